"""Part `hourly`: a trigger that awards a point an hour to everybody, also to those who are away.

Nothing condenses what is worked off on time: every hour is a row for everybody. With a maximum a
system has nothing due once it is reached. Users are made evenly over an hour, so that what is due
is due at any second of it.
"""

from pathlib import Path
from typing import Any

import trio

from bench.in_process import Figure
from bench.people import NOT_SWEPT, SettableClock, Tell, collected
from engine.host.engine import open_engine
from engine.host.requests import EventRequest, UserFields
from engine.model.identifiers import Instant, Millionths
from engine.model.numbers import UNIT
from persistence.directory import LOG, open_store
from persistence.environment import DATA_FILE

HOUR = 3_600_000_000
HOURS_A_DAY = 24
START = Instant(20_000 * HOURS_A_DAY * HOUR)
_SLICE = 512
_DOCUMENT: dict[str, Any] = {
    "metrics": [{"key": "lessons", "name": "Lessons"}],
    "points": [
        {
            "key": "energy",
            "name": "Energy",
            "triggers": [
                {"key": "hour", "type": "time", "points": 1, "timeUnit": "hours", "timeInterval": 1}
            ],
        }
    ],
}


def run(users: int, hours: int, place: Path, tell: Tell) -> list[Figure]:
    """Measure some hours of so many users; return rows and bytes a day.

    Args:
        users: how many.
        hours: how many hours are played.
        place: where the data directory is made.
        tell: told of progress.
    """
    with collected():
        return trio.run(_run, users, hours, place / "hourly", tell)


async def _run(users: int, hours: int, data: Path, tell: Tell) -> list[Figure]:
    clock = SettableClock(START)
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=NOT_SWEPT) as engine,
    ):
        scope = await engine.scope()
        await scope.configure(_DOCUMENT)
        for number in range(users):
            clock.set(Instant(START + number * HOUR // users))
            user = UserFields(f"user{number}")
            await scope.record_event(EventRequest("lessons", user, Millionths(UNIT)))
            if number % _SLICE == 0:
                await trio.lowlevel.checkpoint()
        await engine.durable(engine.last_seq)
        tell(f"{users:,} users made")
        before, size_before = engine.last_seq, _log_size(data)
        begun = trio.current_time()
        for hour in range(1, hours + 1):
            clock.set(Instant(START + (hour + 1) * HOUR - 1))
            while scope.sweep_slice(limit=_SLICE):
                await engine.durable(engine.last_seq)
            tell(f"{hour} of {hours} hours")
        seconds = trio.current_time() - begun
        rows = engine.last_seq - before
        size = _log_size(data) - size_before
    a_day = HOURS_A_DAY / hours
    return [
        Figure("hourly: rows a user and day", rows / users * a_day, ""),
        Figure("hourly: log a row", size / rows, "B"),
        Figure("hourly: rows a day", rows * a_day, ""),
        Figure("hourly: log a day", size * a_day / 1e9, "GB"),
        Figure("hourly: rows a second, nothing else to do", rows / seconds, "/s"),
    ]


def _log_size(data: Path) -> int:
    return (data / LOG / DATA_FILE).stat().st_size
