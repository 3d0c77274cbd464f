"""The table of a run, for people (Markdown) and for programs (JSON)."""

import json
import platform
import statistics
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.operations import BAD, WAYS

OURS = "Gatehouse"


class Results:
    def __init__(self, folder: Path, asked: dict[str, Any]) -> None:
        self.folder, self.asked = folder, asked
        self.runs: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self.problems: list[str] = []
        self.memory: dict[str, tuple[float, float]] = {}
        self.memory_before: dict[str, tuple[float, float]] = {}
        self.floods: list[str] = []

    def add(self, name: str, operation: str, found: dict[str, Any]) -> None:
        self.runs.setdefault(operation, {}).setdefault(name, []).append(found)
        way = WAYS[operation]
        wrong = found["bad"] + found["broken"] + (found["statuses"] if not way.check else 0)
        if way.check and not found["good"]:
            wrong = max(wrong, 1)
        print(
            f"{operation:<24}{name:<34}{found['requests'] / found['seconds']:>9,.0f}/s  p50 {found['p50']:>7.2f}  "
            f"p99 {found['p99']:>7.2f} ms  cpu {found['server_ms']:.3f} + {found['database_ms']:.3f} ms"
            + (f"  WRONG: {wrong} {found['sample']}" if wrong and found["requests"] else ""),
            flush=True,
        )
        if not found["requests"]:
            self.problems.append(f"{name}, {operation}: no answer in {found['seconds']:.0f} seconds")
        elif wrong:
            self.problems.append(f"{name}, {operation}: {wrong} wrong answers, such as: {found['sample'][:200]}")

    def failed(self, name: str, operation: str, problem: str) -> None:
        print(f"{operation:<24}{name:<34} failed: {problem}", flush=True)
        self.problems.append(f"{name}, {operation}: {problem}")

    def beside(self, operation: str, alone: dict[str, Any], under: dict[str, Any], flood: dict[str, Any]) -> None:
        rates = [found["requests"] / found["seconds"] for found in (alone, under, flood)]
        wrong = sum(found["bad"] + found["broken"] for found in (alone, under, flood))
        self.floods.append(
            f"{operation} beside as many connections that send wrong secrets: {rates[1]:,.0f}/s of {rates[0]:,.0f}/s alone "
            f"({rates[1] / max(1, rates[0]):.2f}), p99 {under['p99']:.1f} ms ({alone['p99']:.1f} alone); {rates[2]:,.0f} wrong "
            f"ones/s were refused; {wrong} wrong answers"
        )
        print(self.floods[-1], flush=True)

    def rate(self, name: str, operation: str) -> float:
        found = self.runs.get(operation, {}).get(name, [])
        return statistics.median(r["requests"] / r["seconds"] for r in found) if found else 1e9

    def summary(self, operation: str, name: str) -> dict[str, float] | None:
        found = self.runs.get(operation, {}).get(name)
        if not found:
            return None
        middle = {key: statistics.median(r[key] for r in found) for key in ("p50", "p99", "server_ms", "database_ms")}
        return {"rate": self.rate(name, operation), **middle, "rounds": len(found)}

    def names(self) -> list[str]:
        return list(dict.fromkeys(name for per in self.runs.values() for name in per))

    def table(self) -> str:
        names = self.names()
        peers = [name for name in names if name != OURS]
        lines = ["| operation | " + " | ".join([*names, *(f"ratio to {p}" for p in peers)]) + " |"]
        lines.append("| --- |" + " ---: |" * (len(names) + len(peers)))
        for operation in [o for o in WAYS if o in self.runs and o not in BAD]:
            found = {name: self.summary(operation, name) for name in names}
            cells = [_cell(found[name]) for name in names]
            ratios = [_ratio(found.get(OURS), found[p]) for p in peers]
            lines.append(f"| {operation} | " + " | ".join([*cells, *ratios]) + " |")
        return "\n".join(lines)

    def bad_table(self) -> str:
        found = [(o, self.summary(o, OURS)) for o in BAD if o in self.runs]
        lines = [f"- {operation}: {_cell(figures)}" for operation, figures in found]
        return "\n".join([*lines, *(f"- {flood}" for flood in self.floods)])

    def markdown(self, seconds: float) -> str:
        memory = "\n".join(
            f"- {name}: {peak:.0f} MB at most in one process, {total:.0f} MB in all"
            f" (before the first call: {' and '.join(f'{mb:.0f}' for mb in self.memory_before.get(name, ()))})"
            for name, (peak, total) in self.memory.items()
        )
        problems = "\n".join(f"- {p}" for p in self.problems) or "- none"
        rounds, length = self.asked.get("rounds"), self.asked.get("seconds")
        return (
            f"# Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_cores()} cores, {platform.machine()}\n\n"
            f"Median of {rounds} alternating rounds of {length} s, 16 connections, in {seconds / 60:.1f} minutes. In each "
            "cell: requests/s; p50 / p99 in ms; CPU ms per request, server + database.\n\n"
            f"{self.table()}\n\n## Bad input\n{self.bad_table()}\n\n## Memory\n{memory}\n\n## Wrong answers\n{problems}\n"
        )

    def write(self, seconds: float) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = self.markdown(seconds)
        (self.folder / "bench.md").write_text(text)
        said = {
            "at": datetime.now(UTC).isoformat(),
            "asked": self.asked,
            "cores": _cores(),
            "runs": self.runs,
            "memory_mb": self.memory,
            "problems": self.problems,
            "medians": {o: {n: self.summary(o, n) for n in self.names()} for o in self.runs},
        }
        (self.folder / "bench.json").write_text(json.dumps(said, indent=1, default=str))
        print(f"\n{text}\nWritten to {self.folder}/bench.md and bench.json", flush=True)


def _cores() -> int:
    import os  # noqa: PLC0415

    return os.cpu_count() or 0


def _cell(found: dict[str, float] | None) -> str:
    if found is None:
        return "-"
    cost = f"{found['server_ms']:.2f} + {found['database_ms']:.2f}"
    return f"{found['rate']:,.0f}; {found['p50']:.1f} / {found['p99']:.1f}; {cost}"


def _ratio(ours: dict[str, float] | None, theirs: dict[str, float] | None) -> str:
    if ours is None or theirs is None or not theirs["rate"]:
        return "-"
    return f"{ours['rate'] / theirs['rate']:.2f}"
