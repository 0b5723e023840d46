"""A small game for the tests of the host: its document, its events, and a way to open it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import trio

from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.identifiers import Instant
from engine.model.numbers import parse_millionths
from persistence.memory import MemoryDisk, open_memory_store
from tests.model.player import ManualClock

HOUR = 3_600_000_000
DAY = 24 * HOUR
NOON = Instant(20_000 * DAY + 12 * HOUR)
"""2024-10-04T12:00:00Z."""

GAME: dict[str, Any] = {
    "metrics": [{"key": "steps", "name": "Steps"}, {"key": "best", "name": "Best"}],
    "attributes": [
        {"key": "plan", "name": "Plan"},
        {"key": "via", "name": "Via", "type": "event"},
    ],
    "streaks": {"metrics": [{"key": "steps", "threshold": 1}]},
    "achievements": [
        {
            "key": "walker",
            "name": "Walker",
            "trigger": "metric",
            "metricKey": "steps",
            "metricValue": 10,
        }
    ],
    "points": [
        {
            "key": "xp",
            "name": "XP",
            "triggers": [
                {
                    "key": "each",
                    "type": "metric",
                    "metricKey": "steps",
                    "metricThreshold": 5,
                    "points": 2,
                }
            ],
        }
    ],
    "leaderboards": [{"key": "walk", "name": "Walk", "rankBy": "metric", "metricKey": "steps"}],
}


def clock_at(at: int = NOON) -> ManualClock:
    """A clock that stands at an instant."""
    clock = ManualClock()
    clock.at = Instant(at)
    return clock


@asynccontextmanager
async def opened(
    disk: MemoryDisk, clock: ManualClock, settings: Settings | None = None
) -> AsyncGenerator[LiveEngine]:
    """Open a disk; nothing is swept unless a test does it."""
    async with (
        open_memory_store(disk) as store,
        open_engine(store, clock=clock, settings=settings or Settings(sweeping=False)) as engine,
    ):
        yield engine


@asynccontextmanager
async def game(
    disk: MemoryDisk | None = None, clock: ManualClock | None = None
) -> AsyncGenerator[tuple[LiveEngine, Scope]]:
    """Open a disk and configure its default scope."""
    async with opened(disk or MemoryDisk(), clock or clock_at()) as engine:
        scope = await engine.scope()
        await scope.configure(GAME)
        yield engine, scope


def event(
    user: str = "ada",
    value: str = "1",
    *,
    metric: str = "steps",
    key: str | None = None,
    via: str | None = None,
    **fields: Any,
) -> EventRequest:
    """One interaction, perhaps with the event's attribute `via`; further fields are the user's."""
    attributes = {} if via is None else {"via": via}
    return EventRequest(
        metric, UserFields(user, **fields), parse_millionths(value), attributes, key
    )


def user(user_id: str, **fields: Any) -> UserFields:
    """What is said of a user."""
    return UserFields(user_id, **fields)


class Gate:
    """Holds commits back until it is told how many may happen: a disk's `delay`."""

    def __init__(self) -> None:
        self._open = trio.Semaphore(0)
        self.waiting = 0

    async def __call__(self, number: int) -> None:
        if number == 1:
            return  # the log is made
        self.waiting += 1
        await self._open.acquire()
        self.waiting -= 1

    def let(self, count: int) -> None:
        """Let so many commits happen."""
        for _ in range(count):
            self._open.release()
