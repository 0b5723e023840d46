"""The engine against the oracle, over random histories and under every regime."""

import os
import random

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.host.digest import digest
from engine.host.engine import empty_engine, load_engine
from engine.host.recovery import read_records
from engine.host.reevaluation import Reevaluation
from engine.model.commands import ApplyConfiguration
from engine.model.identifiers import DAY_US, Instant, Ordinal, Seq, UserNumber
from engine.model.limits import INSTANT_MAX
from engine.model.user import ShardKey
from persistence.memory import MemoryDisk, open_memory_store
from persistence.rank_history import RankHistory
from persistence.verify import LogAlone
from tests.model.histories import Operation, histories, random_history
from tests.model.oracle import Oracle
from tests.model.player import Player, Regime
from tests.model.rank_history import RankHistory as Recorder
from tests.model.rank_history import Shard

HOUR = 3_600_000_000
SWEEPS = ("at once", "at random", "at the end")

regimes = st.builds(
    Regime,
    sweep=st.sampled_from(SWEEPS),
    resident_users=st.sampled_from((1, 2, 1_000)),
    snapshots=st.booleans(),
    crashes=st.booleans(),
    seed=st.integers(0, 2**16),
)


def check(history: list[Operation], regime: Regime) -> None:
    """The regime's outcome is the oracle's, its digest that of the plainest regime and replays."""
    oracle = Oracle()
    for operation in history:
        oracle.apply(operation)
    end = oracle.clock + 48 * HOUR
    expected = oracle.outcome(end)

    async def compare() -> None:
        player = Player(regime)
        outcome, under_regime = await player.play(history, end)
        assert outcome == expected
        plain = Player(Regime())
        _, plainly = await plain.play(history, end)
        assert under_regime == plainly
        await check_replays(player.disk, under_regime)
        await check_rank_history(player.disk)

    trio.run(compare)


async def check_replays(disk: MemoryDisk, live: str) -> None:
    """Snapshot and tail, facts from nothing, evaluation from nothing: all the live digest."""
    async with open_memory_store(disk) as store:
        assert digest((await load_engine(store)).find_scope("default")) == live
        alone = LogAlone(store.log)
        replayed = Reevaluation(empty_engine(alone))
        for stored in read_records(store.log, Seq(0)):
            replayed.apply(stored)
            assert replayed.first_difference is None
        assert digest(replayed.engine.find_scope("default")) == live
        assert digest((await load_engine(alone)).find_scope("default")) == live


async def check_rank_history(disk: MemoryDisk) -> None:
    """Every move has the true positions; and whatever was is read back, the displaced included."""
    async with open_memory_store(disk) as store:
        scope = (await load_engine(store)).find_scope("default")
        descends: dict[int, bool] = {}
        told = Recorder(lambda board: descends[board])
        for stored in read_records(store.log, Seq(0)):
            record = stored.record
            if isinstance(record.command, ApplyConfiguration):
                boards = record.command.configuration.leaderboards
                descends |= {board.ordinal: board.order == "desc" for board in boards}
            told.take(stored.seq, record.at, record.user, record.facts)
        read = RankHistory(store.log, store.derived, scope)
        for shard in told.shards():
            key = ShardKey(Ordinal(shard.board), shard.group, shard.run)
            for number in told.participants(shard):
                await check_changes(told, read, key, UserNumber(number))
            for at in sorted({row.at for row in told.moves(shard)})[-3:]:
                order = await read.standing_at(key, Instant(at))
                places = [(place.number, place.value) for place in order.page(0, len(order))]
                assert places == [(e.number, e.value) for e in told.standing_at(shard, at)]


async def check_changes(
    told: Recorder, read: RankHistory, key: ShardKey, number: UserNumber
) -> None:
    shard = Shard(*key)
    rows = told.rows(shard, number)
    changes = await read.changes(key, number, start=Instant(0), end=INSTANT_MAX, limit=10_000)
    assert [
        (
            (*change.row, change.at),
            change.before.position if change.before else 0,
            (change.after.position, change.after.value) if change.after else (0, 0),
        )
        for change in changes
    ] == [(row[:3], row.from_position, (row.to_position, row.value)) for row in rows]
    last_day = rows[-1].at // DAY_US
    for day in await read.days(key, number, last_day, 3):
        rank = told.rank_at(shard, number, (day.day + 1) * DAY_US - 1)
        assert day.spot == (None if rank is None else tuple(rank))


@settings(max_examples=200)
@given(histories(), regimes)
def test_engine_agrees_with_oracle(history: list[Operation], regime: Regime) -> None:
    check(history, regime)


@pytest.mark.long
def test_engine_agrees_with_oracle_long() -> None:
    count = int(os.environ.get("LAURELS_HISTORIES", "50000"))
    for seed in range(count):
        dice = random.Random(seed)
        regime = Regime(
            sweep=dice.choice(SWEEPS),
            resident_users=dice.choice((1, 2, 1_000)),
            snapshots=dice.random() < 0.5,
            crashes=dice.random() < 0.5,
            seed=seed,
        )
        history = random_history(dice, 50)
        try:
            check(history, regime)
        except AssertionError:
            print(f"seed {seed}, {regime}")
            raise
