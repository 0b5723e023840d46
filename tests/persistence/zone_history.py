"""A history in many zones, and what a process of its own makes of it.

    python -m tests.persistence.zone_history build|check|write DIRECTORY

It spans the half year to January, so most of its zones change their clocks on the way; its days in
July to October would lie elsewhere by the zones that `LOOK_ALIKE` names, those in January not.
Streaks are configured daily, weekly, monthly and daily again, with freezes; some users fly.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import trio

from engine.host import by_hand
from engine.host.digest import digest
from engine.host.engine import Engine, LiveEngine, Settings, load_engine, open_engine
from engine.host.preferences import PreferencesChanges
from engine.host.recovery import read_records
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.errors import InvalidInput
from engine.model.facts import FreezesChanged, PeriodClosed, ZoneChanged
from engine.model.identifiers import Instant, Millionths, Seq
from engine.model.numbers import UNIT
from persistence.directory import open_reader, open_store
from persistence.verify import LogAlone, VerifyReport, verify_directory
from tests.model.player import ManualClock

LOOK_ALIKE = {
    "Africa/Cairo": "Africa/Tripoli",
    "America/Havana": "America/Jamaica",
    "America/New_York": "America/Panama",
    "Antarctica/Troll": "Africa/Abidjan",
    "Australia/Sydney": "Pacific/Noumea",
    "Europe/Lisbon": "Africa/Dakar",
    "Europe/Paris": "Africa/Algiers",
}
"""By a zone of the history one with the same clock in January 2025, and another before."""
ZONES = (
    *LOOK_ALIKE,
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "",
)
BEGIN, END = (datetime(y, m, 20, 6, 30, tzinfo=UTC) for y, m in ((2024, 7), (2025, 1)))
SETTLED = datetime(2024, 12, 20, tzinfo=UTC)
"""From here on nobody flies: everybody's days are those of where they are in January."""
MAP_SIZE = 256 * 1024 * 1024


class Found(msgspec.Struct, frozen=True):
    """What a process found in a directory."""

    utc_offset_s: int
    """Of the process's own clock, in January."""
    seq: int
    digest: str
    """By snapshot and tail."""
    digest_by_facts: str
    """By the facts of all records."""
    due: int | None
    """When something falls due next."""
    due_by_facts: int | None
    verified: VerifyReport | None = None
    """By evaluation too, where that was asked for."""
    counts: dict[str, int] = {}
    """What there is in the history, from who made it."""


def microseconds(moment: datetime) -> Instant:
    return Instant((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def document(frequency: str) -> dict[str, Any]:
    freezes = {"startCount": 2, "maxCount": 3, "autoEarnInterval": 9, "autoEarnAmount": 1}
    return {
        "metrics": [{"key": "steps", "name": "Steps"}],
        "streaks": {
            "frequency": frequency,
            "metrics": [{"key": "steps", "threshold": 1}],
            "freezes": freezes,
            "customizationEnabled": True,
        },
        "leaderboards": [
            {"key": "streak", "name": "Streak", "rankBy": "streak"},
            {"key": "steps", "name": "Steps", "rankBy": "metric", "metricKey": "steps"},
        ],
    }


FREQUENCIES = {0: "daily", 50: "weekly", 100: "monthly", 150: "daily"}
"""By day of the history."""


async def build(directory: Path) -> Found:
    """Make the history, half of it in the snapshot; everything due by its end is recorded."""
    dice, clock = random.Random(2024), ManualClock()
    clock.at = microseconds(BEGIN)
    settings = Settings(sweeping=False, closing_snapshot_s=0)
    async with (
        open_store(directory, log_map_size=MAP_SIZE, derived_map_size=MAP_SIZE) as store,
        open_engine(store, clock=clock, settings=settings) as engine,
    ):
        scope = await engine.scope()
        homes = dict(enumerate((*ZONES, *ZONES[::2])))
        for number in range((END - BEGIN).days):
            moment = BEGIN + timedelta(days=number)
            if number in FREQUENCIES:
                await scope.configure(document(FREQUENCIES[number]))
            await live_a_day(scope, clock, dice, homes, moment)
            if dice.random() < 0.7:
                while scope.sweep_slice():
                    pass
            if number == 100:
                await engine.durable(engine.last_seq)
                await engine.snapshots.write()
        clock.at = microseconds(END)
        await scope.record_event(event(0, homes[0]))
        while scope.sweep_slice():
            pass
        await engine.durable(engine.last_seq)
        return msgspec.structs.replace(
            await found(engine, LogAlone(store.log)), counts=Counter(kinds(engine))
        )


async def live_a_day(
    scope: Scope,
    clock: ManualClock,
    dice: random.Random,
    homes: dict[int, str],
    moment: datetime,
) -> None:
    """Let most come, some of them from elsewhere, in order of time."""
    happening = sorted((dice.random(), user) for user in homes)
    for part, user in happening:
        clock.at = microseconds(moment + part * timedelta(days=1))
        if (moment - BEGIN).days // 40 == user % 8:
            continue  # away for weeks, once
        if user >= len(ZONES) and moment < SETTLED and dice.random() < 0.06:
            homes[user] = dice.choice(ZONES)
        if dice.random() < (0.9 if user % 3 else 0.75):
            await scope.record_event(event(user, homes[user]))
        if dice.random() < 0.03:
            await by_operator(scope, dice, f"user-{user}", moment.date())


async def by_operator(scope: Scope, dice: random.Random, user: str, today: date) -> None:
    if scope.directory.number(user) is None:
        return
    try:
        match dice.randrange(6):
            case 0 | 1:
                await by_hand.grant_freeze(scope, user)
            case 2:
                start = today + timedelta(days=dice.randrange(2, 5))
                await by_hand.add_pause(scope, user, start, start + timedelta(days=1))
            case 3:
                await by_hand.restore_streak(scope, user)
            case 4:
                said = {"streak": {"daysOff": [dice.randrange(7)]}}
                await by_hand.change_preferences(
                    scope, user, msgspec.convert(said, PreferencesChanges)
                )
            case _:
                await by_hand.reset_streak(scope, user)
    except InvalidInput:
        pass  # no room, or nothing to restore


def event(user: int, zone: str) -> EventRequest:
    return EventRequest("steps", UserFields(f"user-{user}", tz=zone or None), Millionths(UNIT))


def kinds(engine: LiveEngine) -> Iterator[str]:
    """Yield what the facts of the history are, as far as zones have to do with them."""
    for stored in read_records(engine.log, Seq(0)):
        for fact in stored.record.facts:
            match fact:
                case PeriodClosed():
                    yield f"{fact.frequency} {fact.outcome}"
                case FreezesChanged():
                    yield fact.reason
                case ZoneChanged():
                    yield "move"
                case _:
                    pass


async def found(engine: Engine, alone: LogAlone) -> Found:
    scope = engine.find_scope("default")
    by_facts = (await load_engine(alone)).find_scope("default")
    return Found(
        -time.timezone,
        engine.last_seq,
        digest(scope),
        digest(by_facts),
        scope.timeline.due.first(),
        by_facts.timeline.due.first(),
    )


async def check(directory: Path) -> Found:
    """Read the directory, and verify it by every way there is."""
    with open_reader(directory) as store:
        read = await found(await load_engine(store), LogAlone(store.log))
    verified = await verify_directory(directory, evaluate=True)
    return msgspec.structs.replace(read, verified=verified)


async def write(directory: Path) -> Found:
    """Open the directory as its writer does, and leave it as it is."""
    settings = Settings(sweeping=False, closing_snapshot_s=0)
    clock = ManualClock()
    clock.at = microseconds(END)
    async with (
        open_store(directory, log_map_size=MAP_SIZE, derived_map_size=MAP_SIZE) as store,
        open_engine(store, clock=clock, settings=settings) as engine,
    ):
        return await found(engine, LogAlone(store.log))


ACTIONS = {"build": build, "check": check, "write": write}

if __name__ == "__main__":
    _, action, path = sys.argv
    sys.stdout.buffer.write(msgspec.json.encode(trio.run(ACTIONS[action], Path(path))))
