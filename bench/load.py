"""Fills a database of its own with a portal that has been in use for a year.

    GATEHOUSE_TEST_DATABASE_URL=postgres://... python -m bench.load [--authorizations 1000000] [--again] [--drop]

For 1,000,000 authorizations: 200,000 people, 1,000 services, 2,000,000 connections, 5,000,000 events. The rows are made
by the server itself, in steps of which each says how far it is. What is filled already is left as it is; `--again` fills
it anew, `--drop` removes it.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench import scale_base

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--authorizations", type=int, default=1_000_000)
parser.add_argument("--again", action="store_true", help="fill it anew")
parser.add_argument("--drop", action="store_true", help="remove it")


def main(number: int, *, again: bool = False) -> str:
    """The name of the database. 10,000 is the least: one person has 200 of them."""
    if number < 10_000:
        sys.exit("At least 10,000 authorizations.")
    name = scale_base.use(number)
    if scale_base.marked(name) == scale_base.LOADED and not again:
        print(f"{name} is filled already.", flush=True)
        return name
    scale_base.create(name)
    import django  # noqa: PLC0415  (the settings look for the database that was just named)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from bench import load_rows  # noqa: PLC0415

    begun = time.perf_counter()
    with step("the tables"):
        call_command("migrate", verbosity=0)
    load_rows.load(number, step)
    scale_base.mark(name, scale_base.LOADED)
    print(f"{name} is filled, in {time.perf_counter() - begun:.0f} s.", flush=True)
    return name


@contextmanager
def step(what: str) -> Iterator[None]:
    begun = time.perf_counter()
    print(f"  {what:<44}", end="", flush=True)
    yield
    print(f"{time.perf_counter() - begun:>8.1f} s", flush=True)


if __name__ == "__main__":
    said = parser.parse_args()
    if said.drop:
        scale_base.drop(scale_base.use(said.authorizations))
    else:
        main(said.authorizations, again=said.again)
