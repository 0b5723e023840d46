"""Past places against all that the log says, through snapshots, cuts, crashes and new starts."""

import random
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio
import trio.testing
from msgspec.structs import replace

from engine.boards.rank_rows import ROW_SIZE, RowId, Spot
from engine.boards.shard import Place
from engine.host.engine import Engine, LiveEngine, Settings, load_engine, open_engine
from engine.host.moves import HistorySettings, shard_id
from engine.host.ports import ReadableStore
from engine.host.recovery import read_records
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.errors import EngineFailed, LogDamaged
from engine.model.facts import RankMoved
from engine.model.identifiers import DAY_US, Instant, Millionths, ScopeNumber, Seq, UserNumber
from engine.model.numbers import UNIT, parse_millionths
from engine.model.user import ShardKey
from persistence.directory import open_reader, open_store
from persistence.framing import CUTS, MOVES, PLACES, moves_key
from persistence.memory import MemoryDisk, open_memory_store
from persistence.moves_audit import MovesAudit
from persistence.rank_history import RankHistory
from persistence.store import OpenStore
from persistence.tables import Change
from tests.model.player import ManualClock
from tests.unit.games import GAME, NOON, clock_at

BOARDS = [
    {"key": "walk", "name": "Walk", "rankBy": "metric", "metricKey": "steps"},
    {"key": "low", "name": "Low", "rankBy": "metric", "metricKey": "best", "order": "asc"},
    {"key": "days", "name": "Days", "rankBy": "streak"},
    {
        "key": "daily",
        "name": "Daily",
        "rankBy": "metric",
        "metricKey": "steps",
        "runUnit": "day",
        "breakdownAttributes": ["plan"],
    },
]
SMALL = HistorySettings(chunk_rows=8, bytes_max=2_000, cut_rows_min=5, part_participants=4)
NAMES = ("one", "two")


def game(boards: list[dict[str, Any]]) -> dict[str, Any]:
    return {**GAME, "leaderboards": boards}


Order = list[tuple[int, int]]


class Told(NamedTuple):
    """A row as the log has it, with the order after it."""

    row: RowId
    at: int
    order: Order


def told(log_reader: Any) -> dict[tuple[int, ShardKey], list[Told]]:
    """By scope and shard what the log says, on naive lists."""
    found: dict[tuple[int, ShardKey], list[Told]] = {}
    for stored in read_records(log_reader, Seq(0)):
        record = stored.record
        for index, fact in enumerate(record.facts):
            if isinstance(fact, RankMoved):
                key = record.scope, ShardKey(fact.board, fact.group, fact.run)
                rows = found.setdefault(key, [])
                order = list(rows[-1].order) if rows else []
                if fact.from_position:
                    number, _ = order.pop(fact.from_position - 1)
                    assert number == record.user
                if fact.to_position:
                    order.insert(fact.to_position - 1, (record.user, fact.value))
                rows.append(Told(RowId(stored.seq, index), record.at, order))
    return found


def spot(order: Order, number: int) -> Spot | None:
    for position, (who, value) in enumerate(order, 1):
        if who == number:
            return Spot(position, value)
    return None


def order_at(rows: list[Told], instant: int) -> Order:
    return next((row.order for row in reversed(rows) if row.at <= instant), [])


async def compare(engine: Engine, dice: random.Random) -> int:
    """Ask everything of some boards of an engine; return how many answers were right."""
    answers = 0
    log = told(engine.log)
    asked = dice.sample(sorted(log), min(len(log), 8))
    for number, key in asked:
        rows = log[number, key]
        await trio.lowlevel.checkpoint()
        scope = next(scope for scope in engine.scopes() if scope.state.number == number)
        history = RankHistory(engine.log, engine.derived, scope)
        instants = [dice.choice(rows).at + dice.choice((-1, 0, 1)) for _ in range(5)]
        people = [UserNumber(dice.randrange(1, scope.state.users + 2)) for _ in range(3)]
        for at in (0, NOON - 1, *instants, scope.state.clock, scope.state.clock + 1):
            instant, order = Instant(at), order_at(rows, at)
            standing = await history.standing_at(key, instant)
            expected = [Place(n, UserNumber(u), value) for n, (u, value) in enumerate(order, 1)]
            assert list(standing.page(0, len(standing) + 1)) == expected
            for who in people:
                assert await history.place_at(key, who, instant) == spot(order, who)
                answers += 1
        for who in people:
            await compare_changes(history, key, rows, who, sorted(dice.sample(instants, 2)))
            last_day = scope.state.clock // DAY_US + dice.randrange(-2, 2)
            ends = await history.days(key, who, last_day, 12)
            assert [end.day for end in ends] == list(range(last_day - 11, last_day + 1))
            for day, found in ends:
                assert found == spot(order_at(rows, (day + 1) * DAY_US - 1), who)
    return answers


async def compare_changes(
    history: RankHistory, key: ShardKey, rows: list[Told], who: UserNumber, times: list[int]
) -> None:
    start, end = Instant(times[0]), Instant(times[1])
    expected = []
    before: Order = []
    for row in rows:
        change = spot(before, who), spot(row.order, who)
        if change[0] != change[1] and start <= row.at < end:
            expected.append((row.row, row.at, *change))
        before = row.order
    found = await history.changes(key, who, start=start, end=end, limit=10_000)
    assert [tuple(change) for change in found] == expected
    paged = []
    while page := await history.changes(
        key, who, start=start, end=end, limit=3, after=paged[-1].row if paged else None
    ):
        assert len(page) <= 3
        paged += page
    assert paged == found


class Play:
    """Random events of some dozens of users in two scopes, over days and through crashes."""

    def __init__(self, dice: random.Random, disk: MemoryDisk | Path) -> None:
        self.dice = dice
        self.disk = disk
        self.clock: ManualClock = clock_at()
        self.cuts = 0

    def store(self) -> Any:
        if isinstance(self.disk, Path):
            return open_store(self.disk, log_map_size=2**28, derived_map_size=2**28)
        return open_memory_store(self.disk)

    async def session(self, events: int, *, crash: bool, boards: list[dict[str, Any]]) -> None:
        settings = Settings(sweeping=False, history=SMALL)
        with suppress(EngineFailed):
            async with (
                self.store() as store,
                open_engine(store, clock=self.clock, settings=settings) as engine,
            ):
                scopes = [await engine.scope(name) for name in NAMES]
                for scope in scopes:
                    await scope.configure(game(boards))
                for _ in range(events):
                    await self.event(engine, self.dice.choice(scopes))
                if crash and isinstance(self.disk, MemoryDisk):
                    self.disk.crash()

    async def event(self, engine: LiveEngine, scope: Scope) -> None:
        dice = self.dice
        if dice.random() < 0.3:
            steps = (0, 1, 1_000_000, DAY_US // 24, DAY_US // 3)
            self.clock.at = Instant(self.clock.at + dice.choice(steps))
        metric = dice.choice(("steps", "best"))
        value = parse_millionths(str(dice.randrange(-3, 9)))
        user = UserFields(f"user-{dice.randrange(24)}")
        if dice.random() < 0.2:
            user = replace(user, attributes={"plan": dice.choice(("free", "pro"))})
        await scope.record_event(EventRequest(metric, user, value, {}, None))
        if dice.random() < 0.1:
            scope.sweep_slice(limit=dice.randrange(1, 9))
        if dice.random() < 0.02:
            await engine.snapshots.write()
        if dice.random() < 0.1:
            self.cuts += await engine.cuts.look()
        if dice.random() < 0.1:
            await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("seed", range(2))
async def test_past_places_are_those_of_the_log(seed: int) -> None:
    dice = random.Random(seed)
    disk = MemoryDisk()
    play = Play(dice, disk)
    for number in range(8):
        boards = BOARDS if number != 4 else BOARDS[1:]  # what comes back begins a new run
        await play.session(dice.randrange(60, 160), crash=dice.random() < 0.7, boards=boards)
        if number == 5:
            async with open_memory_store(disk) as store:
                await store.derived.reset()  # all of it can be made again
        if dice.random() < 0.3:
            async with open_memory_store(disk) as store:
                await check_readers(store, dice)
    assert play.cuts > 20
    settings = Settings(sweeping=False, history=SMALL)
    async with (
        open_memory_store(disk) as store,
        open_engine(store, clock=play.clock, settings=settings) as engine,
    ):
        assert await compare(engine, dice) > 100
        chunks = list(store.derived.all_moves())
        assert len({chunk.shard for chunk in chunks}) > 3
        assert all(len(chunk.rows) <= 8 * 32 for chunk in chunks)
    async with open_memory_store(disk) as store:
        await check_audit(store, dice)


async def check_audit(store: OpenStore, dice: random.Random) -> None:
    """The stored rows are those of the facts; if one is another, or is not there, it is told."""
    assert audited(store) is None
    chunk = dice.choice([chunk for chunk in store.derived.all_moves() if chunk.before])
    await store.derived.write(moves=[replace(chunk, rows=chunk.rows[:-1] + b"!")])
    assert "is not what the facts of the log say" in (audited(store) or "")
    await store.derived.write(moves=[chunk])
    assert audited(store) is None
    last = store.derived.last_moves(chunk.scope, chunk.shard)
    assert last is not None
    await store.derived.write(moves=[replace(last, rows=last.rows[:-ROW_SIZE] or last.rows[:32])])
    assert ("lack this row" in (audited(store) or "")) == (len(last.rows) > ROW_SIZE)
    await store.derived.write(moves=[replace(last, before=last.before + 1)])
    assert f"rows before record {last.seq}, not" in (audited(store) or "")


def audited(store: OpenStore) -> str | None:
    audit = MovesAudit(store.derived)
    for stored in read_records(store.log, Seq(0)):
        if wrong := audit.take(stored):
            return wrong
    return audit.finish()


async def check_readers(store: ReadableStore, dice: random.Random) -> None:
    """Who only reads finds the same; also with less room than there are rows."""
    for bytes_max in (10**6, 64):
        history = HistorySettings(bytes_max=bytes_max)
        engine = await load_engine(store, settings=Settings(history=history))
        assert await compare(engine, dice)


async def test_past_places_while_the_boards_move_on() -> None:
    """Questions and cuts go in slices: what is asked about an instant is not moved by others."""
    dice = random.Random(5)
    play = Play(dice, MemoryDisk())
    settings = Settings(sweeping=False, history=SMALL)
    async with (
        play.store() as store,
        open_engine(store, clock=play.clock, settings=settings) as engine,
    ):
        scopes = [await engine.scope(name) for name in NAMES]
        for scope in scopes:
            await scope.configure(game(BOARDS))
        done = trio.Event()

        async def go_on() -> None:
            for _ in range(1_500):
                await play.event(engine, dice.choice(scopes))
                await trio.lowlevel.checkpoint()
            done.set()

        async def cut() -> None:
            while not done.is_set():
                play.cuts += await engine.cuts.look()
                await engine.snapshots.write()
                await trio.lowlevel.checkpoint()

        asked = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(go_on)
            nursery.start_soon(cut)
            while not done.is_set():
                await trio.lowlevel.checkpoint()
                scope = dice.choice(scopes)
                history = RankHistory(engine.log, engine.derived, scope)
                # Before now: what happens at this instant may still go on.
                at = Instant(dice.randrange(NOON - 1, max(NOON, scope.state.clock)))
                for key in scope.boards.live():
                    who = UserNumber(dice.randrange(1, 25))
                    order = await history.standing_at(key, at)
                    place = await history.place_at(key, who, at)
                    asked.append((scope.state.number, key, at, who, order, place))
        assert play.cuts
        assert len(asked) > 20
        await engine.durable(engine.last_seq)
        log = told(engine.log)
        for number, key, at, who, standing, place in asked:
            order = order_at(log.get((number, key), []), at)
            assert [(p.number, p.value) for p in standing.page(0, 99)] == order
            assert place == spot(order, who)


async def test_past_places_from_a_directory_beside_its_writer(data_directory: Path) -> None:
    dice = random.Random(6)
    play = Play(dice, data_directory)
    await play.session(150, crash=False, boards=BOARDS)
    await play.session(150, crash=False, boards=BOARDS)
    with open_reader(data_directory) as reader:
        await check_readers(reader, dice)
    assert play.cuts


async def test_damaged_rank_history_is_named_and_never_ahead_of_the_log() -> None:
    disk = MemoryDisk()
    play = Play(random.Random(7), disk)
    await play.session(50, crash=False, boards=BOARDS[:1])
    async with open_memory_store(disk) as store:
        chunk = next(store.derived.all_moves())
    key = moves_key(chunk.scope, chunk.shard, chunk.seq, chunk.fact)
    disk.derived.durable.apply(Change(put={MOVES: [(key, bytes(40))]}))
    async with open_memory_store(disk) as store:
        name = f"rank history of shard {chunk.shard.hex()} in scope {chunk.scope}"
        with pytest.raises(LogDamaged, match=name):
            store.derived.moves(chunk.scope, chunk.shard, chunk.seq, 0, 1)


async def test_a_cut_that_was_interrupted_is_not_there_and_the_next_takes_its_room() -> None:
    disk = MemoryDisk()
    play = Play(random.Random(8), disk)
    settings = Settings(sweeping=False, history=SMALL)
    people = 100

    cuts = disk.derived.durable.tables[CUTS]
    with suppress(EngineFailed):
        async with (
            play.store() as store,
            open_engine(store, clock=play.clock, settings=settings) as engine,
        ):
            await trio.testing.wait_all_tasks_blocked()  # the engine's own look is over
            scope = await engine.scope()
            await scope.configure(game(BOARDS[:1]))
            for number in range(people):
                user = UserFields(f"user-{number}")
                amount = parse_millionths(str(number * number % 97))
                await scope.record_event(EventRequest("steps", user, amount, {}, None))
            disk.derived.fail_before.add(disk.derived.commit_count + 2)
            with pytest.raises(EngineFailed, match="writing a cut failed"):
                await engine.cuts.look()
    assert (len(disk.derived.durable.tables[PLACES]), len(cuts)) == (16, 0)
    async with (
        play.store() as store,
        open_engine(store, clock=play.clock, settings=settings) as engine,
    ):
        await trio.testing.wait_all_tasks_blocked()  # it is taken at the start
        scope = engine.find_scope("default")
        (key,) = scope.boards.live()
        cut = store.derived.cut(ScopeNumber(1), shard_id(key), engine.last_seq)
        assert cut is not None
        assert (cut.seq, len(cuts)) == (engine.last_seq, 1)
        assert await compare(engine, play.dice)
        play.clock.at = Instant(play.clock.at + 1)
        for number in range(people // 2):
            user = UserFields(f"user-{number}")
            await scope.record_event(EventRequest("steps", user, Millionths(UNIT), {}, None))
        assert await engine.cuts.look() == 0
    assert len(cuts) == 1
    play.clock.at = Instant(play.clock.at + DAY_US)
    async with (
        play.store() as store,
        open_engine(store, clock=play.clock, settings=settings) as engine,
    ):
        await trio.testing.wait_all_tasks_blocked()
        assert len(cuts) == 2, "a quarter has moved since yesterday's cut"
        assert await compare(engine, play.dice)


def test_a_shard_has_one_id_of_its_own() -> None:
    keys = [
        ShardKey(board, group, run)  # pyright: ignore
        for board in (1, 2)
        for group in ("", "1", '["DE"]')
        for run in (0, 1, -1)
    ]
    ids = {shard_id(key) for key in keys}
    assert len(ids) == len(keys)
    assert {len(i) for i in ids} == {16}
