"""Scenario `boards`: what leaderboards cost a move, a reader, the past, a closing and a seeding.

    moves     a move with both ranks, and reads, on boards of several sizes side by side
    memory    what a board takes in memory
    history   past ranks, after as many moves as there are people since the last cut; its bytes
    closing   a run that everybody is on is closed and archived, amid events
    seeding   a board becomes active that everybody is on by their past, amid events

`moves` and `memory` have no store; the others are the whole engine on the real one, in this
process. They need many people, who can be kept and measured again (`--keep`).
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from rich.table import Table

from bench import board_closing, board_history, board_memory, board_moves, board_seeding
from bench.measured import Measured, table_of, too_long
from bench.midnight import Options as Amid
from bench.parts import Parts, Runs
from bench.people import prepared

PARTS = ("moves", "memory", "history", "closing", "seeding")

TIMES_MAX = 6.0
"""What a move on the largest board may cost at most, as a multiple of one on the smallest."""
RANK_MAX_US = 50.0
"""What reading a rank may cost at most."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured."""

    directory: Path
    """Where the data directories are made, on the disk to be measured."""
    parts: Sequence[str] = PARTS
    repeats: int = 3
    sizes: Sequence[int] = (1_000, 100_000, 1_000_000)
    """Participants of the boards of `moves`."""
    moves: int = 20_000
    """On each of them, a run."""
    people: int = 100_000
    """Of the other parts."""
    every_ms: float = 5
    """Between two events while a run is closed or a board seeded."""
    quiet_s: float = 10
    """How long the same events are measured before a run is over."""
    keep: Path | None = None
    """Where prepared people are kept, and looked for."""


def run(options: Options, tell: Callable[[str], None]) -> list[Measured]:
    """Run the scenario; return the figures of each part.

    Args:
        options: what is measured.
        tell: told of every step.

    Raises:
        ChildFailed: the process of `memory` did not end well.
    """
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="bench-") as place:
        parts = Parts(Path(place).resolve(), options.repeats, tell)
        amid = Amid(users=options.people, every_s=options.every_ms / 1e3, quiet_s=options.quiet_s)

        def people() -> Path:
            where = options.keep or parts.place
            return prepared(where, options.people, streak_board=False, daily_board=True, tell=tell)

        def run_history() -> Runs:
            data, made = board_history.make(people(), parts.place, options.people, tell)
            asked = parts.repeated(lambda _: board_history.run(data, options.people), shown=True)
            return [made, *asked]  # what is on disk is the same at every run

        def run_closing() -> Runs:
            data = people()
            return parts.repeated(lambda _: board_closing.run(data, parts.place, amid), shown=True)

        def run_seeding() -> Runs:
            data = people()
            return parts.repeated(lambda _: board_seeding.run(data, parts.place, amid), shown=True)

        measure: dict[str, Callable[[], Runs]] = {
            "moves": lambda: parts.repeated(
                lambda _: board_moves.run(options.sizes, options.moves)
            ),
            "memory": lambda: parts.repeated(lambda _: board_memory.run(options.people)),
            "history": run_history,
            "closing": run_closing,
            "seeding": run_seeding,
        }
        return parts.measure(measure, options.parts)


def make_table(options: Options, figures: Sequence[Measured]) -> Table:
    """Return the figures for people."""
    return table_of(
        f"boards: {options.moves:,} moves on each of {len(options.sizes)} boards; "
        f"{options.people:,} people; {options.repeats} runs",
        figures,
    )


def complaints(figures: Sequence[Measured]) -> list[str]:
    """Return a sentence for each figure that is more than it may be."""
    too_much = {board_moves.TIMES: TIMES_MAX, board_moves.RANK: RANK_MAX_US}
    return [
        *(
            f"{one.name}: {one.spread.median:,.2f} {one.unit}; it must be at most {most:g}"
            for one in figures
            for name, most in too_much.items()
            if one.name.startswith(name) and one.spread.median > most
        ),
        *too_long(figures, board_closing.LONGEST),
        *too_long(figures, board_seeding.LONGEST),
    ]
