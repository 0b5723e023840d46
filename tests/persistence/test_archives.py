"""Archives of closed runs: what is read from them is the order that was closed, come what may."""

import random
from contextlib import suppress
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from engine.boards.archive import (
    CHUNK_BITS,
    HEAD_KEY,
    PAGE_PLACES,
    PAGES,
    PLACES,
    ArchivedPlace,
    PartKey,
    archive_parts,
    find_place,
    read_head,
    read_page,
)
from engine.boards.final_order import final_order, whole_order
from engine.boards.shard import Shard
from engine.host.archives import pending
from engine.host.digest import digest
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.errors import EngineFailed, LogDamaged
from engine.model.identifiers import HOUR_US, Instant, Millionths, UserNumber
from engine.model.numbers import UNIT
from engine.model.scope import ClosedRun
from engine.model.user import ShardKey
from persistence.archives import Archive
from persistence.memory import MemoryDisk, open_memory_store
from tests.unit.games import clock_at

NOON = Instant(1_770_033_600_000_000)
ZONES = ("Pacific/Kiritimati", "Europe/Berlin", "Pacific/Pago_Pago")
NAMES = tuple(f"user-{number}" for number in range(12))
GAME: dict[str, Any] = {
    "metrics": [{"key": "steps", "name": "Steps"}],
    "attributes": [{"key": "team", "name": "Team"}],
    "leaderboards": [
        {
            "key": "daily",
            "name": "Daily",
            "rankBy": "metric",
            "metricKey": "steps",
            "runUnit": "day",
            "breakdownAttributes": ["team"],
        },
        {
            "key": "two",
            "name": "Every other day",
            "rankBy": "metric",
            "metricKey": "steps",
            "order": "asc",
            "runUnit": "day",
            "runInterval": 2,
        },
    ],
}

Orders = dict[str, list[tuple[int, int]]]
"""By group the participants with their values."""

numbers = st.integers(1, 3 << CHUNK_BITS)
orders = st.dictionaries(numbers, st.integers(-(2**53), 2**53), min_size=1, max_size=40)


@given(st.dictionaries(st.text(max_size=3), orders, min_size=1, max_size=3), st.booleans())
def test_the_parts_are_the_order(groups: dict[str, dict[int, int]], descending: bool) -> None:
    shards = {
        name: Shard(
            descending=descending,
            entries=[
                (UserNumber(number), value, Instant(number % 3), number)
                for number, value in values.items()
            ],
        )
        for name, values in groups.items()
    }
    *parts, (last, head) = archive_parts(shards)
    found = dict(parts)
    assert last == HEAD_KEY
    assert read_head(head) == [(name, len(shards[name])) for name in sorted(shards)]
    seen: dict[int, set[ArchivedPlace]] = {}
    for index, name in enumerate(sorted(shards)):
        places = list(shards[name].page(0, len(shards[name])))
        page = [(place.number, place.value) for place in places]
        assert read_page(found[PartKey(PAGES, index, 0)]) == page
        for place in places:
            of_user = seen.setdefault(place.number, set())
            of_user.add(ArchivedPlace(index, place.position, place.value))
    for number, places in seen.items():
        chunk = found[PartKey(PLACES, 0, number >> CHUNK_BITS)]
        assert find_place(chunk, UserNumber(number)) in places
        assert find_place(chunk, UserNumber(number + (4 << CHUNK_BITS))) is None
    for size in (1, 7, 1_000):
        *_, order = final_order(shards, size)
        assert order == whole_order(shards)


def test_a_long_order_has_many_pages() -> None:
    count = 2 * PAGE_PLACES + 1
    entries = [(UserNumber(n), n, Instant(0), n) for n in range(1, count + 1)]
    shard = Shard(descending=True, entries=entries)
    parts = dict(archive_parts({"": shard}))
    sizes = [len(read_page(parts[PartKey(PAGES, 0, index)])) for index in range(3)]
    assert sizes == [PAGE_PLACES, PAGE_PLACES, 1]


class Game:
    """Some days of a game, with what the engine had in memory of each run as it was closed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.disk = MemoryDisk()
        self.clock = clock_at(NOON)
        self.closed: dict[tuple[int, int], Orders] = {}

    async def play(self, engine: LiveEngine, events: int) -> None:
        scope = await engine.scope()
        if not scope.configuration.version:
            await scope.configure(GAME)
        for _ in range(events):
            self.clock.at = Instant(self.clock.at + self.dice.randrange(6 * HOUR_US))
            who = self.dice.randrange(len(NAMES))
            user = UserFields(
                NAMES[who], tz=ZONES[who % 3], attributes={"team": self.dice.choice("ab")}
            )
            value = Millionths(self.dice.randrange(-3, 9) * UNIT // 2)
            await scope.record_event(EventRequest("steps", user, value))
            self.sweep(scope)

    def sweep(self, scope: Scope) -> None:
        while scope.sweep_slice():
            for closed in pending(scope):
                run = closed.finished.board, closed.finished.run
                self.closed.setdefault(run, in_memory(scope, closed))

    async def check(self, engine: LiveEngine) -> None:
        scope = await engine.scope()
        runs = list(scope.state.all_closed())
        assert {(c.finished.board, c.finished.run) for c in runs} == set(self.closed)
        for closed in runs:
            finished = closed.finished
            order = self.closed[finished.board, finished.run]
            assert finished.groups == len(order)
            assert finished.participants == sum(map(len, order.values()))
            assert closed.finalised_at >= closed.closed_at >= finished.at
            assert archived(engine, scope, closed) == order


def in_memory(scope: Scope, closed: ClosedRun) -> Orders:
    groups = scope.boards.groups(closed.finished.board, closed.finished.run)
    return {
        group: [(place.number, place.value) for place in shard.page(0, len(shard))]
        for group, shard in groups.items()
    }


def archived(engine: LiveEngine, scope: Scope, closed: ClosedRun) -> Orders:
    """Everything that can be read of an archive; its ways of asking must agree."""
    archive = Archive(engine.derived, scope.state.number, closed)
    orders: Orders = {}
    for group, participants in archive.groups().items():
        order = archive.order(group)
        assert order is not None
        assert len(order) == participants
        places = list(order.page(0, participants + 5))
        for place in places:
            assert order.position(place.number) == place.position
            assert order.value(place.number) == order.value_at(place.position) == place.value
            assert archive.group_of(place.number) == group
        orders[group] = [(place.number, place.value) for place in places]
    assert archive.order("nobody's") is None
    assert archive.group_of(UserNumber(10**9)) is None
    return orders


SETTINGS = Settings(sweeping=False)


@pytest.mark.parametrize("seed", range(4))
async def test_what_was_closed_is_read_for_ever(seed: int, autojump_clock: object) -> None:
    game = Game(seed)
    for _ in range(3):
        async with (
            open_memory_store(game.disk) as store,
            open_engine(store, clock=game.clock, settings=SETTINGS) as engine,
        ):
            await game.play(engine, 30)
            await engine.archives.write(engine.scopes())
            await game.check(engine)
            assert not pending(await engine.scope())
    assert game.closed


async def test_an_archive_that_a_crash_cuts_short_is_written_again(
    autojump_clock: object,
) -> None:
    game = Game(7)
    async with (
        open_memory_store(game.disk) as store,
        open_engine(store, clock=game.clock, settings=SETTINGS) as engine,
    ):
        await game.play(engine, 60)
        await engine.durable(engine.last_seq)
    assert game.closed
    for failing in range(1, 30):
        game.disk.derived.fail_before = {game.disk.derived.commit_count + failing}
        try:
            async with (
                open_memory_store(game.disk) as store,
                open_engine(store, clock=game.clock, settings=SETTINGS) as engine,
            ):
                scope = await engine.scope()
                assert digest(scope)
                with suppress(EngineFailed, trio.Cancelled):
                    await engine.archives.write(engine.scopes())
        except Exception:  # noqa: BLE001 - the store has failed, as was wanted
            continue
    game.disk.derived.fail_before = set()
    async with (
        open_memory_store(game.disk) as store,
        open_engine(store, clock=game.clock, settings=SETTINGS) as engine,
    ):
        await engine.archives.write(engine.scopes())
        await game.check(engine)


async def test_lost_archives_are_made_again(autojump_clock: object) -> None:
    game = Game(11)
    async with (
        open_memory_store(game.disk) as store,
        open_engine(store, clock=game.clock, settings=SETTINGS) as engine,
    ):
        await game.play(engine, 80)
        await engine.archives.write(engine.scopes())
        before = digest(await engine.scope())
    async with open_memory_store(game.disk) as store:
        await store.derived.reset()
    async with (
        open_memory_store(game.disk) as store,
        open_engine(store, clock=game.clock, settings=SETTINGS) as engine,
    ):
        scope = await engine.scope()
        assert digest(scope) == before
        lost = pending(scope)
        assert {(c.finished.board, c.finished.run) for c in lost} == set(game.closed)
        for closed in lost:
            run = closed.finished.board, closed.finished.run
            assert in_memory(scope, closed) == game.closed[run]
        await engine.archives.write(engine.scopes())
        assert not pending(scope)
        await game.check(engine)


async def test_a_missing_archive_is_damage(autojump_clock: object) -> None:
    game = Game(3)
    async with (
        open_memory_store(game.disk) as store,
        open_engine(store, clock=game.clock, settings=SETTINGS) as engine,
    ):
        await game.play(engine, 40)
        await engine.archives.write(engine.scopes())
        scope = await engine.scope()
        closed = next(scope.state.all_closed())
        run = closed.finished
        await store.derived.reset()
        with pytest.raises(LogDamaged, match="the archive of run"):
            Archive(engine.derived, scope.state.number, closed)
        assert scope.boards.shard(ShardKey(run.board, "", run.run)) is None
