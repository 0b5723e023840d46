"""Part `restart`: recovery from the snapshot, with freezes switched on and off.

With freezes that are earned, a start has to find out for everybody when they earn the next one.
Both directories hold the same people and are only read; what differs is the configuration in force.
"""

import time
from pathlib import Path

import trio

from bench.in_process import Figure
from bench.people import (
    MADE_ON,
    NOT_SWEPT,
    SettableClock,
    Tell,
    collected,
    copy,
    midnight_after,
)
from engine.configuration.document import StreakChanges
from engine.host.engine import load_engine, open_engine
from persistence.directory import open_reader, open_store


def without_freezes(prepared: Path, place: Path) -> Path:
    """Return a copy of a prepared directory in which freezes are switched off."""
    data = place / "without"
    copy(prepared, data)
    with collected():
        trio.run(_switch_off, data)
    return data


async def _switch_off(data: Path) -> None:
    clock = SettableClock(midnight_after(MADE_ON))
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=NOT_SWEPT) as engine,
    ):
        scope = await engine.scope()
        await scope.configure_streaks(StreakChanges(freezes=None))


def run(prepared: Path, without: Path, tell: Tell) -> list[Figure]:
    """Measure both once.

    Args:
        prepared: people with freezes.
        without: the same without.
        tell: told of each.
    """
    figures: list[Figure] = []
    for name, data in (("freezes on", prepared), ("freezes off", without)):
        with collected():
            seconds, processor_s = trio.run(_recover, data)
        figures.append(Figure(f"recovery, {name}", seconds, "s"))
        figures.append(Figure(f"… its processor time, {name}", processor_s, "s"))
        tell(f"recovery with {name}: {seconds:.2f} s, of which {processor_s:.2f} s worked")
    return figures


async def _recover(data: Path) -> tuple[float, float]:
    with open_reader(data) as store:
        began_at, worked = time.perf_counter(), time.thread_time()
        await load_engine(store)
        return time.perf_counter() - began_at, time.thread_time() - worked
