"""Part `year`: what a year of people's streaks takes, on disk and in memory.

People of several zones, each as reliable as they are, do something on most days, some days twice;
they have freezes and earn more. Every day is swept at noon in UTC. Rows come out the same at every
run. Files also hold what LMDB has not filled, and the derived one the index of idempotency keys.
"""

import random
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from bench.in_process import Figure
from bench.people import NOT_SWEPT, SettableClock
from bench.workload import CONFIGURATION, START_S, person
from engine.host.actors import Actors
from engine.host.engine import LiveEngine, open_engine
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.commands import BringUp, RecordEvent
from engine.model.identifiers import DAY_US, Instant, Millionths, ScopeNumber, Seq, UserNumber
from engine.model.numbers import UNIT
from engine.model.record import decode_record
from persistence.directory import DERIVED, LOG, open_reader, open_store
from persistence.environment import DATA_FILE
from persistence.framing import FRAME, NUMBER_KEY
from persistence.store import ReadStore

YEAR_DAYS = 365

_RELIABLE = (0.6, 0.98)
"""From the least to the most: how likely somebody does something on a day."""
_TWICE = 0.3
_FREEZES = {"startCount": 1, "maxCount": 3, "autoEarnInterval": 7, "autoEarnAmount": 1}
_DOCUMENT: dict[str, Any] = {
    **CONFIGURATION,
    "streaks": {**CONFIGURATION["streaks"], "freezes": _FREEZES},
}
_SCOPE = ScopeNumber(1)
_TOLD = 5
"""Into so many parts progress is told."""


def run(users: int, days: int, place: Path, tell: Callable[[str], None]) -> list[Figure]:
    """Live through the days; return bytes a person and year.

    Args:
        users: how many people.
        days: how many days; a year's figures are reckoned from them.
        place: where the data directory is made.
        tell: told of progress.
    """
    data = place / "year"
    trio.run(_live, data, users, days, tell)
    years = users * days / YEAR_DAYS
    with open_reader(data) as store:
        figures = [*_log(store, years), *_pieces(store, users)]
    for name in (LOG, DERIVED):
        size = (data / name / DATA_FILE).stat().st_size
        figures.append(Figure(f"file of the {name}", size / years, "B a user-year"))
    return figures


async def _live(data: Path, users: int, days: int, tell: Callable[[str], None]) -> None:
    dice = random.Random(2)
    reliable = [dice.uniform(*_RELIABLE) for _ in range(users)]
    noon = (START_S * 1_000_000 // DAY_US) * DAY_US + DAY_US // 2
    clock = SettableClock(Instant(noon))
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=NOT_SWEPT) as engine,
    ):
        scope = await engine.scope()
        await scope.configure(_DOCUMENT)
        for day in range(days):
            clock.set(Instant(noon + day * DAY_US))
            await _sweep(engine, scope)
            for number, likely in enumerate(reliable):
                for _ in range((dice.random() < likely) * (1 + (dice.random() < _TWICE))):
                    await scope.record_event(_event(number, engine.last_seq))
            await engine.durable(engine.last_seq)
            if (day + 1) % (days // _TOLD + 1) == 0:
                tell(f"day {day + 1} of {days}, {engine.last_seq:,} records")


async def _sweep(engine: LiveEngine, scope: Scope) -> None:
    while scope.mode == "live" and scope.sweep_slice():
        await engine.durable(engine.last_seq)


def _event(number: int, key: int) -> EventRequest:
    sender = person(number)
    user = UserFields(sender.id, tz=sender.tz)
    return EventRequest("lessons", user, Millionths(UNIT), key=f"key{key}")


def _log(store: ReadStore, years: float) -> list[Figure]:
    """Return what the rows of the log take: key, frame and payload, personal rows included."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for batch in store.log.read():
        for index, payload in enumerate(batch.records):
            match decode_record(payload).command:
                case RecordEvent():
                    kind = "event"
                case BringUp():
                    kind = "sweep"
                case _:
                    kind = "other"
            counts[kind] += 1
            sizes[kind] += sum(
                NUMBER_KEY.size + FRAME.size + len(row)
                for row in (payload, batch.personal.get(Seq(batch.first_seq + index)))
                if row is not None
            )
    everything = sum(sizes.values())
    return [
        Figure("events", counts["event"] / years, "a user-year"),
        Figure("records of the sweep", counts["sweep"] / years, "a user-year"),
        Figure("rows of the log", everything / years, "B a user-year"),
        Figure("… of those the sweep's", sizes["sweep"] / years, "B a user-year"),
        Figure("rows of the log, an event", everything / counts["event"], "B"),
        Figure("an event's own record", sizes["event"] / counts["event"], "B"),
        Figure("a record of the sweep", sizes["sweep"] / max(1, counts["sweep"]), "B"),
    ]


def _pieces(store: ReadStore, users: int) -> list[Figure]:
    """Return what the snapshot holds of a user, and what a decoded state takes."""
    numbers = [UserNumber(number) for number in range(1, users + 1)]
    pieces = [store.derived.user(_SCOPE, number) for number in numbers]
    state = sum(len(piece.payload) for piece in pieces if piece is not None)
    start = sum(len(piece.payload) for piece in store.derived.starts(_SCOPE))
    actors = Actors(_SCOPE, store.derived, users)
    actors.load(numbers[0])  # what is made once is not counted
    tracemalloc.start()
    try:
        states = [actors.view(number) for number in numbers]
        resident, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del states
    return [
        Figure("a user's piece of the snapshot", state / users, "B"),
        Figure("a user's start row", start / users, "B"),
        Figure("a decoded state in memory", resident / users, "B"),
    ]
