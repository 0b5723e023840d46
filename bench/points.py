"""Scenario `points`: what achievements and points cost an event, a step and an hour.

    touched     a thousand achievements and triggers configured, three touched
    activation  an achievement becomes active that everybody has by their past, amid events
    hourly      a point an hour for everybody: rows and bytes a day

All in this process, on the real store. The activation needs many people; they are those of the
scenario `streaks`, and can be kept and measured again (`--keep`).
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from rich.table import Table

from bench import activation, hourly, midnight, touched
from bench.in_process import Figure
from bench.measured import Measured, table_of, too_long
from bench.parts import Parts, Runs
from bench.people import prepared

PARTS = ("touched", "activation", "hourly")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured."""

    directory: Path
    """Where the data directories are made, on the disk to be measured."""
    parts: Sequence[str] = PARTS
    repeats: int = 3
    events: int = 20_000
    """Of the part `touched`."""
    users: int = 1_000
    """Who send them."""
    people: int = 100_000
    """Of the other parts."""
    every_ms: float = 5
    """Between two events while an achievement is backdated."""
    hours: int = 2
    """Of the part `hourly`."""
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

        def run_touched(repeat: int) -> list[Figure]:
            return touched.run(options.events, options.users, parts.fresh(f"touched-{repeat}"))

        def run_activation() -> Runs:
            where = options.keep or parts.place
            people = prepared(where, options.people, streak_board=False, tell=tell)
            every_s = options.every_ms / 1e3
            what = midnight.Options(users=options.people, every_s=every_s, quiet_s=0)
            return parts.repeated(lambda _: activation.run(people, parts.place, what), shown=True)

        measure: dict[str, Callable[[], Runs]] = {
            "touched": lambda: parts.repeated(run_touched),
            "activation": run_activation,
            # The same rows at every run: once is enough.
            "hourly": lambda: [hourly.run(options.people, options.hours, parts.place, tell)],
        }
        return parts.measure(measure, options.parts)


def make_table(options: Options, figures: Sequence[Measured]) -> Table:
    """Return the figures for people."""
    return table_of(
        f"points: {options.events:,} events of {options.users:,} people; "
        f"{options.people:,} people; {options.repeats} runs",
        figures,
    )


def complaints(figures: Sequence[Measured]) -> list[str]:
    """Return a sentence if an event waited longer than any may."""
    return too_long(figures, activation.LONGEST)
