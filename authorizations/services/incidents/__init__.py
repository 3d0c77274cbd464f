"""Something was compromised between A and B: who and what is affected, stopping it, telling everybody, and the proof."""
