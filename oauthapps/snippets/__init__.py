"""Configuration of client libraries, ready to paste: texts with places for an app's own values.

`$name` is a value as a literal of the snippet's language, never a raw text; `$$` is a dollar sign. No text has a place
for a secret: it comes from the environment of whoever pastes it.
"""
