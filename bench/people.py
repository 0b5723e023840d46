"""Many people in one zone, every one with a streak: a prepared directory, and the clock over it.

Preparing a million by their events takes minutes, so a directory can be kept and measured again.
Measurements work on copies, or read only.
"""

import gc
import os
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trio

from bench.workload import CONFIGURATION
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.requests import EventRequest, UserFields
from engine.host.zones import Zones
from engine.model.commands import GrantFreeze
from engine.model.identifiers import DAY_US, HOUR_US, Day, Instant, Millionths
from engine.model.numbers import UNIT
from engine.model.user import UserState
from persistence.directory import open_store

Tell = Callable[[str], None]

ZONE = "Europe/Berlin"
MADE_ON = Day(20_000)
"""4 October 2024: on this day everybody does something, on the next one nobody."""
MORNING = Instant((MADE_ON + 1) * DAY_US + HOUR_US)
"""One o'clock in UTC on the day after: a new day, on which nothing is due for long."""
FREEZES = {"startCount": 0, "maxCount": 1, "autoEarnInterval": 7, "autoEarnAmount": 1}
"""Every second person is given one by hand; nobody earns one before the midnight measured."""
DAILY = "daily"
"""Key of the board of a day's lessons."""

NOT_SWEPT = Settings(sweeping=False)

POLL_SECONDS = 0.01
_WINDOW = 512
_TOLD_SECONDS = 5


class SettableClock:
    """A clock that can be set, and goes on from there."""

    def __init__(self, at: Instant) -> None:
        self.set(at)

    def set(self, at: Instant) -> None:
        """Let it be this instant now."""
        self._at = at
        self._since = time.perf_counter()

    def now(self) -> Instant:
        """Return the present instant."""
        return Instant(self._at + int((time.perf_counter() - self._since) * 1_000_000))


def midnight_after(day: Day) -> Instant:
    """Return the instant at which a day ends where everybody lives."""
    return Zones().day_end(ZONE, day)


def event_of(number: int, key: str | None = None) -> EventRequest:
    """Return an event of the person with a number from 0 on."""
    return EventRequest("lessons", UserFields(f"user{number}", tz=ZONE), Millionths(UNIT), key=key)


def configuration(*, streak_board: bool, daily_board: bool = False) -> dict[str, Any]:
    """Return the document in force: the workload's with freezes, perhaps with more boards."""
    streaks = {**CONFIGURATION["streaks"], "freezes": FREEZES}
    boards = [*CONFIGURATION["leaderboards"]]
    if streak_board:
        boards.append({"key": "streak", "name": "Longest streak", "rankBy": "streak"})
    if daily_board:
        boards.append({**CONFIGURATION["leaderboards"][0], "key": DAILY, "runUnit": "day"})
    return {**CONFIGURATION, "streaks": streaks, "leaderboards": boards}


@contextmanager
def collected() -> Generator[None]:
    """Free what was made, in the end: an engine is full of cycles, and `tune` frees none."""
    try:
        yield
    finally:
        gc.unfreeze()
        gc.collect()


def prepared(
    parent: Path, users: int, *, streak_board: bool, tell: Tell, daily_board: bool = False
) -> Path:
    """Return a data directory with so many people, made now unless it is there.

    It is that of a server stopped in good order on the day after everybody's event, before the
    midnight at which their streaks end, but for every second one's, who have a freeze.

    Args:
        parent: where it is looked for, and made.
        users: how many people.
        streak_board: whether a board ranks their streaks.
        tell: told of progress.
        daily_board: whether a board ranks every day's lessons: all are on the run of that day.
    """
    name = f"people-{users}{'-board' * streak_board}{'-daily' * daily_board}"
    document = configuration(streak_board=streak_board, daily_board=daily_board)
    wanted, making = parent / name, parent / f"{name}.new"
    if wanted.is_dir():
        tell(f"{wanted} is there and is used again")
        return wanted
    shutil.rmtree(making, ignore_errors=True)
    with collected():
        trio.run(_make, making, users, document, tell)
    os.sync()
    making.rename(wanted)
    return wanted


async def _make(data: Path, users: int, document: dict[str, Any], tell: Tell) -> None:
    clock = SettableClock(Instant(midnight_after(MADE_ON) - 12 * 3600 * 1_000_000))
    async with open_store(data) as store, open_engine(store, clock=clock) as engine:
        scope = await engine.scope()
        await scope.configure(document)
        progress = _Progress(engine, tell)
        for number in range(users):
            await scope.record_event(event_of(number))
            await progress.note("sent their event", number + 1, users)
        for number in range(0, users, 2):
            await scope.change_user(f"user{number}", _grant)
            await progress.note("may have got a freeze", number + 2, users)
        clock.set(midnight_after(MADE_ON))
        before = engine.last_seq
        while scope.sweep_progress().lag:
            await trio.sleep(POLL_SECONDS)
            progress.tell_now_and_then("have a day closed", engine.last_seq - before, users)


def _grant(state: UserState) -> GrantFreeze:
    return GrantFreeze()


class _Progress:
    """Lets other tasks run now and then, and tells how far it is."""

    def __init__(self, engine: LiveEngine, tell: Tell) -> None:
        self._engine = engine
        self._tell = tell
        self._told_at = time.perf_counter()

    async def note(self, what: str, done: int, users: int) -> None:
        """Note that so many of them are done."""
        if done % _WINDOW == 0:
            await trio.lowlevel.checkpoint()
            self.tell_now_and_then(what, done, users)
        if done >= users:
            await self._engine.durable(self._engine.last_seq)
            self._tell(f"{users:,} people {what}")

    def tell_now_and_then(self, what: str, done: int, users: int) -> None:
        """Tell how many are done, if that was not told lately."""
        now = time.perf_counter()
        if now - self._told_at >= _TOLD_SECONDS:
            self._told_at = now
            self._tell(f"{done:,} of {users:,} people {what}")


def copy(data: Path, to: Path) -> None:
    """Copy a data directory; what was copied is not written while something is measured."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data, to)
    os.sync()
