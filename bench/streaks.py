"""Scenario `streaks`: what streaks cost an event, a midnight, a year and a restart.

    cost      what each kind of streak settings adds to an event
    midnight  everybody's streak ends at one instant, while somebody sends events
    year      bytes of a year, on disk and in memory
    restart   recovery from the snapshot, with freezes on and off

All in this process, on the real store. Midnight and restart need many people with running streaks;
making them takes some minutes a million, so they can be kept (`--keep`) and measured again.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from rich.table import Table

from bench import midnight, restart, streak_cost, streak_year
from bench.in_process import Figure
from bench.over_http import Spread, spread
from bench.people import prepared

PARTS = ("cost", "midnight", "year", "restart")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured."""

    directory: Path
    """Where the data directories are made, on the disk to be measured."""
    parts: Sequence[str] = PARTS
    repeats: int = 3
    events: int = 20_000
    """Of the part `cost`."""
    users: int = 1_000
    """Who send them."""
    people: int = 100_000
    """At midnight, and at a restart."""
    streak_board: bool = False
    """Whether a board ranks those people's streaks."""
    every_ms: float = 5
    """Between two events at midnight."""
    quiet_s: float = 10
    """How long the same events are measured without a midnight."""
    year_users: int = 200
    days: int = streak_year.YEAR_DAYS
    keep: Path | None = None
    """Where prepared people are kept, and looked for."""


class Measured(msgspec.Struct, frozen=True):
    """A figure over all runs."""

    part: str
    name: str
    unit: str
    spread: Spread


def run(options: Options, tell: Callable[[str], None]) -> list[Measured]:
    """Run the scenario; return the figures of each part.

    Args:
        options: what is measured.
        tell: told of every step.
    """
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="bench-") as place:
        return _Bench(options, Path(place).resolve(), tell).measure_all()


class _Bench:
    """The parts, and the directory in which they take place."""

    def __init__(self, options: Options, place: Path, tell: Callable[[str], None]) -> None:
        self._options = options
        self._place = place
        self._tell = tell

    def measure_all(self) -> list[Measured]:
        """Measure the parts asked for, in their order here."""
        measure = {
            "cost": self._cost,
            "midnight": self._midnight,
            "year": self._year,
            "restart": self._restart,
        }
        figures: list[Measured] = []
        for part in PARTS:
            if part in self._options.parts:
                self._tell(f"part {part}")
                figures += _summarize(part, measure[part]())
        return figures

    def _cost(self) -> list[list[Figure]]:
        options = self._options
        return [
            streak_cost.run(options.events, options.users, self._fresh(f"cost-{repeat}"))
            for repeat in self._repeats()
        ]

    def _midnight(self) -> list[list[Figure]]:
        options = self._options
        people = self._people()
        what = midnight.Options(
            users=options.people, every_s=options.every_ms / 1e3, quiet_s=options.quiet_s
        )
        runs: list[list[Figure]] = []
        for _ in self._repeats():
            runs.append(midnight.run(people, self._place, what))
            for figure in runs[-1]:
                self._tell(f"  {figure.name}: {figure.value:,.1f} {figure.unit}")
        return runs

    def _year(self) -> list[list[Figure]]:
        options = self._options  # the same at every run: once is enough
        return [streak_year.run(options.year_users, options.days, self._place, self._tell)]

    def _restart(self) -> list[list[Figure]]:
        people = self._people()
        without = restart.without_freezes(people, self._place)
        return [restart.run(people, without, self._tell) for _ in self._repeats()]

    def _people(self) -> Path:
        options = self._options
        return prepared(
            options.keep or self._place,
            options.people,
            streak_board=options.streak_board,
            tell=self._tell,
        )

    def _repeats(self) -> Iterator[int]:
        for repeat in range(1, self._options.repeats + 1):
            self._tell(f"run {repeat} of {self._options.repeats}")
            yield repeat

    def _fresh(self, name: str) -> Path:
        made = self._place / name
        made.mkdir()
        return made


def _summarize(part: str, runs: Sequence[Sequence[Figure]]) -> list[Measured]:
    values: dict[tuple[str, str], list[float]] = {}
    for figures in runs:
        for figure in figures:
            values.setdefault((figure.name, figure.unit), []).append(figure.value)
    return [Measured(part, name, unit, spread(of)) for (name, unit), of in values.items()]


def make_table(options: Options, figures: Sequence[Measured]) -> Table:
    """Return the figures for people: medians, and from the least to the greatest beside them."""
    table = Table(
        title=f"streaks: {options.events:,} events of {options.users:,} people; "
        f"{options.people:,} people at midnight; {options.repeats} runs",
    )
    for heading in ("part", "figure"):
        table.add_column(heading)
    for heading in ("median", "min–max"):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    before = figures[0].part if figures else ""
    for one in figures:
        if one.part != before:
            table.add_section()
            before = one.part
        median, least, greatest = map(_shown, (one.spread.median, one.spread.min, one.spread.max))
        table.add_row(one.part, one.name, median, f"{least}–{greatest}", one.unit)
    return table


def complaints(figures: Sequence[Measured]) -> list[str]:
    """Return a sentence if an event waited longer at midnight than any may."""
    return [
        f"at midnight an event waited {one.spread.max:,.1f} ms; "
        f"none may wait {midnight.DELAY_MAX_MS:g} ms or longer"
        for one in figures
        if one.name == midnight.LONGEST and one.spread.max >= midnight.DELAY_MAX_MS
    ]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 or value == int(value) else f"{value:,.2f}"
