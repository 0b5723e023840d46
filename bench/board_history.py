"""Part `history`: past ranks when a cut is as far away as it can be, and what rank history takes.

On a copy of a prepared directory the new day's cut is taken. Then, on that day, come as many moves
as there are people but one: one more would bring the next cut. A week later somebody asks for that
day's end. Everybody asks by `persistence.rank_history`, of an engine that has nothing else to do.
"""

import gc
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import trio
from msgspec.structs import replace

from bench.in_process import Figure
from bench.open_loop import Watched
from bench.people import MORNING, ZONE, SettableClock, Tell, collected, configuration, copy
from engine.boards.rank_rows import count_rows
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.moves import HistorySettings
from engine.host.recovery import read_records
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.facts import RankMoved
from engine.model.identifiers import DAY_US, HOUR_US, Instant, Millionths, Seq, UserNumber
from engine.model.limits import PAGE_MAX
from engine.model.numbers import UNIT
from engine.model.record import encode_record
from engine.model.user import ShardKey
from persistence.directory import DERIVED, open_reader, open_store
from persistence.environment import Environment
from persistence.framing import CUTS, DERIVED_TABLES, MOVES, PLACES
from persistence.rank_history import RankHistory

T = TypeVar("T")

ROWS = "history: rows"
STANDING = "history: participants a week ago"
RANK = "history: a rank a week ago"
ORDER = "history: the whole board a week ago"
CHANGES = f"history: the first {PAGE_MAX:,} changes of somebody in the middle"
WEEK = "history: a week's changes of the last one, whom nobody passes"

_BOARD = "lessons"
_WEEK = 7 * DAY_US
_DAYS = 10
DAYS = f"history: the ends of {_DAYS} days of somebody"
_EVENING = Instant(MORNING + 22 * HOUR_US)
"""When the day's moves are over, and it is not."""
_LATER = Instant(_EVENING + _WEEK)
_ASKED = 10
"""People whose rank is asked for."""
_GAIN_MAX = 20
_WINDOW = 512
_TOLD_S = 5
_SAMPLE = 20_000
"""Records in which the facts of moves are weighed."""


def make(
    prepared: Path, place: Path, people: int, tell: Tell, history: HistorySettings | None = None
) -> tuple[Path, list[Figure]]:
    """Make the directory that is asked; return it, and what rank history takes in it.

    Args:
        prepared: as `bench.people.prepared` makes it.
        place: where the copy is made.
        people: how many there are.
        tell: told of progress.
        history: how rank history is laid out, for tests.
    """
    data = place / "history"
    copy(prepared, data)
    settings = Settings(sweeping=False, history=history or HistorySettings())
    with collected():
        first = trio.run(_make, data, people, settings, tell)
    return data, [*_tables(data), *_facts(data, first)]


async def _make(data: Path, people: int, settings: Settings, tell: Tell) -> Seq:
    """Make the moves; return the record before the first."""
    clock = SettableClock(MORNING)
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=settings) as engine,
    ):
        scope = await engine.scope()
        await scope.configure(configuration(streak_board=False))  # without the daily board
        await engine.cuts.look()
        await engine.durable(engine.last_seq)
        first = engine.last_seq
        await _move(engine, scope, people, tell)
        clock.set(_LATER)
        await scope.record_event(_event(0, 1))  # lets the scope's clock go on
        await engine.cuts.look()
        return first


async def _move(engine: LiveEngine, scope: Scope, people: int, tell: Tell) -> None:
    dice = random.Random(4)
    told_at = time.perf_counter()
    for count in range(1, people):
        await scope.record_event(_event(dice.randrange(people), dice.randint(1, _GAIN_MAX)))
        if count % _WINDOW == 0:
            await trio.lowlevel.checkpoint()
            if time.perf_counter() - told_at >= _TOLD_S:
                told_at = time.perf_counter()
                tell(f"{count:,} of {people:,} moves")
    await engine.durable(engine.last_seq)
    assert scope.state.clock < _EVENING, "all moves are made on one day"


def _event(number: int, value: int) -> EventRequest:
    user = UserFields(f"user{number}", tz=ZONE)
    return EventRequest("lessons", user, Millionths(value * UNIT))


def _tables(data: Path) -> list[Figure]:
    """Return what rank history takes on disk: whole pages, as LMDB counts them.

    Of everything: also what the daily board had before it was removed.
    """
    with open_reader(data) as store:
        rows = sum(count_rows(chunk.rows) for chunk in store.derived.all_moves())
    environment = Environment.open_reader(
        data / DERIVED, DERIVED_TABLES, lock=True, readahead=False
    )
    transaction = environment.begin_reading()
    try:
        sizes: dict[str, float] = {}
        for table in (MOVES, CUTS, PLACES):
            stat = transaction.stat(environment.table(table))
            pages = stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"]
            sizes[table] = pages * stat["psize"] / rows
    finally:
        transaction.abort()
        environment.close()
    return [
        Figure(ROWS, rows, ""),
        Figure("history: derived data", sum(sizes.values()), "B a row"),
        Figure("… of that rows", sizes[MOVES], "B a row"),
        Figure("… of that cuts", sizes[CUTS] + sizes[PLACES], "B a row"),
    ]


def _facts(data: Path, first: Seq) -> list[Figure]:
    """Return what the facts of moves take in the log's records, without frames and keys."""
    moves = size = whole = 0
    with open_reader(data) as store:
        for count, stored in enumerate(read_records(store.log, first)):
            if count == _SAMPLE:
                break
            record = stored.record
            others = tuple(fact for fact in record.facts if not isinstance(fact, RankMoved))
            length = len(encode_record(record))
            whole += length
            size += length - len(encode_record(replace(record, facts=others)))
            moves += len(record.facts) - len(others)
    return [
        Figure("history: the fact of a move in the log", size / moves, "B"),
        Figure("history: share of such facts in an event's record", size / whole * 100, "%"),
    ]


def run(data: Path, people: int) -> list[Figure]:
    """Ask once; return how long every question takes.

    Args:
        data: as `make` makes it.
        people: how many there are.
    """
    with collected():
        return trio.run(_ask, data, people)


async def _ask(data: Path, people: int) -> list[Figure]:
    settings = Settings(sweeping=False, closing_snapshot_s=0)
    async with (
        open_store(data) as store,
        open_engine(store, clock=SettableClock(_LATER), settings=settings) as engine,
    ):
        gc.freeze()  # as the server does
        scope = await engine.scope()
        (board,) = (b for b in scope.configuration.leaderboards if b.key == _BOARD)
        key = ShardKey(board.ordinal, "", board.run)
        history = RankHistory(engine.log, engine.derived, scope)
        asking = _Asking(engine)
        week, dice = Instant(_EVENING - _WEEK), random.Random(5)
        asked = [UserNumber(dice.randrange(people) + 1) for _ in range(_ASKED)]

        async def ask_ranks() -> None:
            for number in asked:
                assert await history.place_at(key, number, _EVENING) is not None

        await asking.ask(RANK, ask_ranks, of=_ASKED)
        standing = await asking.ask(ORDER, lambda: history.standing_at(key, _EVENING))
        (middle,) = standing.page(people // 2, 1)
        (last,) = standing.page(people - 1, 1)
        for name, place in ((CHANGES, middle), (WEEK, last)):
            await asking.ask(
                name,
                lambda place=place: history.changes(
                    key, place.number, start=week, end=_EVENING, limit=PAGE_MAX
                ),
            )
        await asking.ask(DAYS, lambda: history.days(key, middle.number, _EVENING // DAY_US, _DAYS))
        return [Figure(STANDING, len(standing), "users"), *asking.figures]


class _Asking:
    """What questions cost, one after the other."""

    def __init__(self, engine: LiveEngine) -> None:
        self._engine = engine
        self.figures: list[Figure] = []

    async def ask(self, name: str, work: Callable[[], Awaitable[T]], *, of: int = 1) -> T:
        """Ask something, or `of` things of one kind, and note what one takes."""
        watched = Watched()
        with watched.watching(self._engine):
            began_at = time.perf_counter()
            answer = await work()
            seconds = time.perf_counter() - began_at
        self.figures += [
            Figure(name, seconds / of * 1e3, "ms"),
            Figure(f"{name}: longest step of the loop", watched.step_s * 1e3, "ms of processor"),
        ]
        return answer
