"""A dictionary that keeps so many entries at most; the oldest go first. Any thread may read and add."""

from contextlib import suppress
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[K, V] = {}
        self.get = self._held.get

    def keep(self, key: K, value: V) -> None:
        while len(self._held) >= self._most:
            with suppress(StopIteration, KeyError, RuntimeError):  # another thread was quicker
                del self._held[next(iter(self._held))]
        self._held[key] = value

    def forget(self) -> None:
        self._held.clear()

    def __len__(self) -> int:
        return len(self._held)
