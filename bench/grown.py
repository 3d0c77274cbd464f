"""The same portal with many authorizations in it: `python -m bench.run --grown 1000000` measures both in one run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import stores
from bench.ours import Portal


@dataclass
class Grown(Portal):
    """Filled as the scale bench is (`bench.load`), before the bench's own rows are made. What was filled stays as it is
    in a database of its own, of which each run takes a copy."""

    name: str = "Gatehouse, grown"
    database: str = "gatehouse_grown"
    cache: int = 2
    authorizations: int = 1_000_000

    def create(self) -> None:
        filled, being = f"filled_{self.authorizations}", f"being_filled_{self.authorizations}"
        if not self.stores.holds(filled):
            here = self.stores.create(being)
            self._python("manage.py", "migrate", "--noinput", "--verbosity", "0", DATABASE_URL=here)
            self._python("-m", "bench.grown", str(self.authorizations), DATABASE_URL=here)
            stores.run_sql(self.stores, f"ALTER DATABASE {being} RENAME TO {filled}")
        self.stores.create(self.database, like=filled)
        # It was filled under the keys of its first run, of which nothing in it is made.
        stores.run_sql(self.stores, "DELETE FROM oauthapps_keycheck", self.database)


@contextmanager
def step(what: str) -> Iterator[None]:
    yield


if __name__ == "__main__":
    import django

    django.setup()
    from bench import load_rows

    load_rows.load(int(sys.argv[1]), step)
