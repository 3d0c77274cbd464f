"""The same portal with many authorizations in it: `python -m bench.run --grown 1000000` measures both in one run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.ours import Portal


@dataclass
class Grown(Portal):
    """Filled as the scale bench is (`bench.load`), before the bench's own rows are made."""

    name: str = "Gatehouse, grown"
    database: str = "gatehouse_grown"
    cache: int = 2
    authorizations: int = 1_000_000

    def fill(self) -> None:
        self._python("-m", "bench.grown", str(self.authorizations))


@contextmanager
def step(what: str) -> Iterator[None]:
    yield


if __name__ == "__main__":
    import django

    django.setup()
    from bench import load_rows

    load_rows.load(int(sys.argv[1]), step)
