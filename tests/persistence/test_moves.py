"""Rows on their way to the disk: none is lost and none is there twice, wherever a crash comes."""

import random
from typing import Any

import pytest

from engine.boards.rank_rows import ROW_SIZE, RowId, count_rows, later_rows, pack_row, row_id
from engine.host.moves import HistorySettings, Moves, ShardHistory, shard_id
from engine.host.ports import Derived
from engine.model.commands import BringUp
from engine.model.facts import LevelChanged, RankMoved
from engine.model.identifiers import Day, Instant, Ordinal, ScopeNumber, Seq, UserNumber
from engine.model.record import Record
from engine.model.user import ShardKey
from persistence.memory import MemoryDisk, open_memory_store

SCOPE = ScopeNumber(1)
KEYS = [ShardKey(Ordinal(1), group, run) for group in ("", "a") for run in (0, 7)]


def record(dice: random.Random) -> Record:
    facts: list[Any] = []
    for _ in range(dice.randrange(4)):
        key = dice.choice(KEYS)
        at = Instant(0)
        facts.append(LevelChanged(at, Ordinal(1), Ordinal(1), Ordinal(2)))
        facts.append(RankMoved(at, *key, 0, dice.randrange(1, 9), dice.randrange(9), at, 1))
    return Record(
        scope=SCOPE,
        at=Instant(0),
        user=UserNumber(dice.randrange(1, 9)),
        step=0,
        date=Day(0),
        rules=1,
        prev_personal=Seq(0),
        command=BringUp(),
        facts=tuple(facts),
    )


class Way:
    """A log of records, what was made of them, and the rows that should be there."""

    def __init__(self, dice: random.Random, derived: Derived) -> None:
        self.dice = dice
        self.derived = derived
        self.settings = HistorySettings(chunk_rows=dice.randrange(1, 6), bytes_max=10**6)
        self.records: list[Record] = []
        self.mark = 0
        self.moves = self.begin()

    def begin(self) -> Moves:
        return Moves(SCOPE, self.derived, self.settings, writes=True)

    def take(self, first: int) -> None:
        for seq in range(first, len(self.records) + 1):
            self.moves.take(Seq(seq), self.records[seq - 1])

    async def flush(self, slices: int) -> bool:
        """Write some slices, as many as there are if they are fewer; return whether it was all."""
        for count, chunks in enumerate(self.moves.slices()):
            if count == slices:
                return False  # the power fails before this slice is written
            await self.derived.write(moves=chunks)
        return True

    async def crash(self) -> None:
        """Take the tail anew; a pass may be under way when only a part of it is taken."""
        self.moves = self.begin()
        part = self.dice.randrange(self.mark, len(self.records) + 1)
        for seq in range(self.mark + 1, part + 1):
            self.moves.take(Seq(seq), self.records[seq - 1])
        if self.dice.random() < 0.5:
            for key in KEYS:
                self.moves.history(key)
        if self.dice.random() < 0.5 and await self.flush(99):
            self.mark = part
        self.take(part + 1)

    def check(self) -> None:
        size = 0
        for key in KEYS:
            expected = b"".join(
                pack_row(Seq(seq), index, record.user, fact)
                for seq, record in enumerate(self.records, 1)
                for index, fact in enumerate(record.facts)
                if isinstance(fact, RankMoved) and (fact.board, fact.group, fact.run) == key
            )
            chunks = self.derived.moves(SCOPE, shard_id(key), Seq(0), 0, 10_000)
            rows = b"".join(chunk.rows for chunk in chunks)
            assert expected.startswith(rows)
            full = self.settings.chunk_rows
            assert all(count_rows(chunk.rows) == full for chunk in chunks[:-1])
            assert [c.before for c in chunks] == [n * full for n in range(len(chunks))]
            pending = self.moves.pending(key)
            size += len(pending)
            last = row_id(rows, -1) if rows else RowId(Seq(0), 0)
            assert rows + later_rows(pending, last) == expected
            if self.dice.random() < 0.3:
                found = self.moves.history(key)
                assert found == ShardHistory(count_rows(expected), 0, 0, -1)
                assert rows + self.moves.pending(key) == expected
                size -= len(pending) - len(self.moves.pending(key))
        assert self.moves.size == size


@pytest.mark.parametrize("seed", range(60))
async def test_every_row_is_on_disk_or_here_and_once(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr("engine.host.moves.SLICE_SHARDS", dice.randrange(1, 5))
    monkeypatch.setattr("engine.host.moves.SLICE_BYTES", dice.randrange(1, 5) * ROW_SIZE)
    async with open_memory_store(MemoryDisk()) as store:
        way = Way(dice, store.derived)
        for _ in range(30):
            for _ in range(dice.randrange(6)):
                way.records.append(record(dice))
                await store.log.append(Seq(len(way.records)), [b"record"], {})
                way.take(len(way.records))
            way.check()
            if dice.random() < 0.4:
                everything = await way.flush(dice.randrange(4))
                way.check()
                if everything and dice.random() < 0.6:
                    way.mark = len(way.records)
                else:
                    await way.crash()
                    way.check()
        assert await way.flush(99)
        assert way.moves.size == 0
        way.check()


async def test_what_is_written_is_not_kept_and_what_is_not_live_forgotten() -> None:
    dice = random.Random(1)
    async with open_memory_store(MemoryDisk()) as store:
        way = Way(dice, store.derived)
        while way.moves.size < 20 * ROW_SIZE:
            way.records.append(record(dice))
            await store.log.append(Seq(len(way.records)), [b"record"], {})
            way.take(len(way.records))
        moves = way.moves
        assert sorted(moves.touched()) == sorted(KEYS)
        assert moves.touched() == []
        moves.forget(KEYS[0])
        assert sorted(moves.known()) == sorted(KEYS), "its rows are not on disk"
        assert await way.flush(99)
        moves.forget(KEYS[0])
        assert sorted(moves.known()) == sorted(KEYS[1:])
        way.check()


async def test_who_cannot_write_keeps_no_more_than_may_be() -> None:
    async with open_memory_store(MemoryDisk()) as store:
        settings = HistorySettings(bytes_max=4 * ROW_SIZE)
        moves = Moves(SCOPE, store.derived, settings, writes=False)
        dice = random.Random(2)
        for seq in range(1, 50):
            moves.take(Seq(seq), record(dice))
            assert moves.size < 4 * ROW_SIZE
        assert not moves.is_complete
