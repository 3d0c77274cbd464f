"""Reads the documents of another system: JSON lines or CSV, one legacy app a line."""

from oauthapps.takeover.documents import LineProblem, lines

__all__ = ["LineProblem", "lines"]
