"""Events make no cycles, so full garbage collections are switched off and nothing is missed."""

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager

from api.cli.process import tune
from tests.unit.games import event, game

EVENTS = 5_000


@contextmanager
def tuned() -> Generator[list[int]]:
    """Set the process up as the command line does; collect the generations collected."""
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    collected: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            collected.append(info["generation"])

    gc.callbacks.append(note)
    try:
        tune()
        yield collected
    finally:
        gc.callbacks.remove(note)
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


async def test_events_need_no_full_collection() -> None:
    async with game() as (engine, scope):
        with tuned() as collected:
            gc.collect()
            collected.clear()
            for number in range(EVENTS):
                await scope.record_event(event(f"user-{number % 50}", key=f"key-{number}"))
                if number % 500 == 0:
                    await engine.durable(engine.last_seq)
            assert 2 not in collected
            assert gc.collect() < EVENTS / 100, "objects in cycles, made by events"
