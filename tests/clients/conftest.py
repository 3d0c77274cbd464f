"""These tests share one running product."""

from tests.live.stack import stack

__all__ = ["stack"]
