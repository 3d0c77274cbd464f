"""A clock that the test sets: the product takes `now` from Django at its edges, so that is where it is held."""

from datetime import datetime

import pytest


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def stands_at(self, instant: datetime) -> None:
        self._monkeypatch.setattr("django.utils.timezone.now", lambda: instant)
