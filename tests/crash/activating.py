"""A process that backdates an achievement to many people, and may kill itself in the middle.

    python -m tests.crash.activating DATA SLICES

opens a directory of `bench.people`, puts the achievement in force unless it is, and sweeps. After
so many slices it ends by SIGKILL; with 0 it goes on to the end and prints how many have completed
it, and the digest.
"""

import os
import signal
import sys
from pathlib import Path

import trio

from bench.people import MADE_ON, NOT_SWEPT, configuration, midnight_after
from engine.host.digest import digest
from engine.host.engine import open_engine
from engine.model.identifiers import Day, Instant
from persistence.directory import open_store
from tests.model.player import ManualClock

SLICE_USERS = 128
HOUR = 3_600_000_000
NEW = {
    "key": "beginner",
    "name": "Beginner",
    "trigger": "metric",
    "metricKey": "lessons",
    "metricValue": 1,
}


async def activate(data: Path, slices: int) -> None:
    clock = ManualClock()
    clock.at = Instant(midnight_after(Day(MADE_ON + 1)) - 8 * HOUR)
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=NOT_SWEPT) as engine,
    ):
        scope = await engine.scope()
        document = configuration(streak_board=False)
        await scope.configure({**document, "achievements": [*document["achievements"], NEW]})
        swept = 0
        while scope.sweep_slice(limit=SLICE_USERS):
            await engine.durable(engine.last_seq)
            if engine.snapshots.is_due():
                await engine.snapshots.write()
            swept += 1
            if swept == slices:
                os.kill(os.getpid(), signal.SIGKILL)
        achievement = scope.plan.achievements_by_key["beginner"]
        print(scope.state.completions[achievement.ordinal], digest(scope))


if __name__ == "__main__":
    trio.run(activate, Path(sys.argv[1]), int(sys.argv[2]))
