"""Events on their way out: as lines of a file, or to a webhook of a security system.

What is streamed is sealed: a sealed block names its events one by one, so a transaction that committed a lower id late
is in a later block, and a stream that goes from block to block misses nothing (docs/decisions/0081). The place of a
stream is a block and an event in it.
"""
