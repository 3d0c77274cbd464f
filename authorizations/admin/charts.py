"""Charts drawn on the server: shapes with attributes only, a title, units on the axes, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 480, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 24, 26
BAR = 240  # width of the longest bar of a ranking


@dataclass(frozen=True)
class Line:
    """One row of numbers over the days. `style`: one or two, which differ in colour and in pattern."""

    title: str
    style: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True)
class Mark:
    at: float
    text: str


@dataclass(frozen=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    style: str


@dataclass(frozen=True)
class Columns:
    """Numbers per day, side by side. `unit`: what is counted; days are UTC."""

    key: str
    title: str
    unit: str
    days: Sequence[date]
    lines: Sequence[Line]
    address: str = ""  # of the list behind it

    width, height, left, right, bottom = WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM

    @property
    def top(self) -> int:
        """The number at the top of the axis."""
        return nice(max((value for line in self.lines for value in line.values), default=0))

    @property
    def rects(self) -> list[Rect]:
        slot = (self.right - LEFT) / max(len(self.days), 1)
        wide = max(1.0, slot * 0.8 / max(len(self.lines), 1))
        found = []
        for place, line in enumerate(self.lines):
            for n, value in enumerate(line.values):
                tall = round(value / self.top * (self.bottom - TOP), 1)
                if value:  # a single one among thousands stays visible
                    tall = max(tall, 1.5)
                    x = round(LEFT + n * slot + slot * 0.1 + place * wide, 1)
                    found.append(Rect(x, round(self.bottom - tall, 1), round(wide, 1), tall, line.style))
        return found

    @property
    def levels(self) -> list[Mark]:
        return [
            Mark(round(self.bottom - part * (self.bottom - TOP), 1), short(round(self.top * part)))
            for part in (0.0, 0.5, 1.0)
            if part != 0.5 or self.top % 2 == 0
        ]

    @property
    def labels(self) -> list[Mark]:
        """About six days along the bottom."""
        slot, step = (self.right - LEFT) / max(len(self.days), 1), max(1, len(self.days) // 6)
        return [
            Mark(round(LEFT + (n + 0.5) * slot, 1), f"{day:%d %b}") for n, day in enumerate(self.days) if n % step == 0
        ]

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """For the table, the newest first."""
        return [(day, [line.values[n] for line in self.lines]) for n, day in enumerate(self.days)][::-1]

    @property
    def words(self) -> str:
        said = ", ".join(f"{line.title}: {line.total:,}" for line in self.lines)
        return f"{said} in {len(self.days)} days"


@dataclass(frozen=True)
class Bar:
    label: str
    value: int
    address: str = ""
    width: int = 0


@dataclass(frozen=True)
class Ranking:
    """Bars beside their names, the longest first."""

    key: str
    title: str
    unit: str
    bars: Sequence[Bar]
    empty: str
    address: str = ""


def ranking(key: str, title: str, unit: str, bars: Sequence[Bar], *, empty: str, address: str = "") -> Ranking:
    most = max((bar.value for bar in bars), default=1)
    drawn = [Bar(b.label, b.value, b.address, max(2, round(BAR * b.value / most)) if b.value else 0) for b in bars]
    return Ranking(key, title, unit, drawn, empty, address)


def window(last: date, count: int) -> list[date]:
    return [last - timedelta(days=back) for back in range(count - 1, -1, -1)]


def nice(most: int) -> int:
    """The smallest of 1, 2, 4, 10, 20, 40, 100, … that is not below."""
    step = 1
    while True:
        for factor in (1, 2, 4):
            if step * factor >= most:
                return step * factor
        step *= 10


def short(number: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return str(number)
