"""Scenario `streaks`: what streaks cost an event, a midnight, a year and a restart.

    cost      what each kind of streak settings adds to an event
    midnight  everybody's streak ends at one instant, while somebody sends events
    year      bytes of a year, on disk and in memory
    restart   recovery from the snapshot, with freezes on and off

All in this process, on the real store. Midnight and restart need many people with running streaks;
making them takes some minutes a million, so they can be kept (`--keep`) and measured again.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from rich.table import Table

from bench import midnight, restart, streak_cost, streak_year
from bench.in_process import Figure
from bench.measured import Measured, table_of, too_long
from bench.parts import Parts, Runs
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


def run(options: Options, tell: Callable[[str], None]) -> list[Measured]:
    """Run the scenario; return the figures of each part.

    Args:
        options: what is measured.
        tell: told of every step.
    """
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="bench-") as place:
        parts = Parts(Path(place).resolve(), options.repeats, tell)

        def people() -> Path:
            where = options.keep or parts.place
            return prepared(where, options.people, streak_board=options.streak_board, tell=tell)

        def run_cost(repeat: int) -> list[Figure]:
            return streak_cost.run(options.events, options.users, parts.fresh(f"cost-{repeat}"))

        def run_midnight() -> Runs:
            data = people()
            every_s = options.every_ms / 1e3
            what = midnight.Options(users=options.people, every_s=every_s, quiet_s=options.quiet_s)
            return parts.repeated(lambda _: midnight.run(data, parts.place, what), shown=True)

        def run_restart() -> Runs:
            data = people()
            without = restart.without_freezes(data, parts.place)
            return parts.repeated(lambda _: restart.run(data, without, tell))

        measure: dict[str, Callable[[], Runs]] = {
            "cost": lambda: parts.repeated(run_cost),
            "midnight": run_midnight,
            # The same at every run: once is enough.
            "year": lambda: [streak_year.run(options.year_users, options.days, parts.place, tell)],
            "restart": run_restart,
        }
        return parts.measure(measure, options.parts)


def make_table(options: Options, figures: Sequence[Measured]) -> Table:
    """Return the figures for people."""
    return table_of(
        f"streaks: {options.events:,} events of {options.users:,} people; "
        f"{options.people:,} people at midnight; {options.repeats} runs",
        figures,
    )


def complaints(figures: Sequence[Measured]) -> list[str]:
    """Return a sentence if an event waited longer at midnight than any may."""
    return too_long(figures, midnight.LONGEST)
