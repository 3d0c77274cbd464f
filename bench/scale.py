"""What operations cost with 10,000 authorizations and with a million: one table, and JSON.

    GATEHOUSE_TEST_DATABASE_URL=postgres://... python -m bench.scale [--authorizations 1000000] [--small 10000]
                                               [--seconds 60] [--json scale.json]

Both sizes are loaded first where they are not there yet (`bench.load`), each into a database of its own, and measured by
the same program in a process of its own; figures are printed as they come. At most `--seconds` are spent on each of
sealing and revoking. Revoking changes the data, so that a database is measured once and loaded anew the next time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import load, scale_base

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--authorizations", type=int, default=1_000_000)
parser.add_argument("--small", type=int, default=10_000, help="the size to compare with")
parser.add_argument("--seconds", type=int, default=45, help="at most, for sealing and for revoking")
parser.add_argument("--json", type=Path, default=None, help="where to write the figures")
parser.add_argument("--one", type=Path, default=None, help=argparse.SUPPRESS)


def main(small: int, big: int, seconds: int, target: Path | None) -> None:
    begun = time.perf_counter()
    found: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in sorted({small, big}):
            print(f"\n{number:,} authorizations", flush=True)
            done = Path(folder, f"{number}.json")
            words = ["--authorizations", str(number), "--seconds", str(seconds), "--one", str(done)]
            code = subprocess.run([sys.executable, "-m", "bench.scale", *words], check=False, env=dict(os.environ))
            if done.exists():
                found[number] = json.loads(done.read_text())
            if code.returncode:
                print(f"Stopped with {code.returncode}; the table has what was measured.", flush=True)
    table(found)
    if target:
        target.write_text(json.dumps({str(k): v for k, v in found.items()}, indent=2) + "\n")
    print(f"\n{time.perf_counter() - begun:.0f} s in all.", flush=True)


def table(found: dict[int, dict[str, Any]]) -> None:
    """A row for each figure, a column for each size, and how it grows."""
    sizes = sorted(found)
    rows = list(dict.fromkeys(name for figures in found.values() for name in figures))
    print("\n" + " | ".join(["| Figure", *(f"{n:,}" for n in sizes), "growth |"]))
    print("| --- " + "| ---: " * (len(sizes) + 1) + "|")
    for name in rows:
        values = [found[n].get(name) for n in sizes]
        first, last = values[0], values[-1]
        growth = f"{last / first:.1f}×" if first and last is not None and len(sizes) > 1 else ""
        print(f"| {name} | " + " | ".join("" if v is None else f"{v:,.1f}" for v in values) + f" | {growth} |")


def one(number: int, seconds: int, target: Path) -> None:
    load.main(number, again=False)
    import django  # noqa: PLC0415  (the settings look for the database that was just named)

    django.setup()
    from bench import scale_figures  # noqa: PLC0415

    name, figures = scale_base.use(number), {}

    def said(what: str, value: float, note: str = "") -> None:
        figures[what] = round(value, 2)
        target.write_text(json.dumps(figures))
        print(f"  {what:<64}{value:>14,.1f}  {note}", flush=True)

    scale_figures.measure(said, seconds, before_changes=lambda: scale_base.mark(name, scale_base.SPENT))


if __name__ == "__main__":
    asked = parser.parse_args()
    if asked.one:
        one(asked.authorizations, asked.seconds, asked.one)
    else:
        main(asked.small, asked.authorizations, asked.seconds, asked.json)
