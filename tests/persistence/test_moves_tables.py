"""Rank history as all derived data keep it: chunks by row, cuts by record, whatever they lie on."""

import pytest
import trio

from engine.boards.rank_rows import ROW, RowId, count_rows
from engine.host.ports import Cut, CutPart, MovesChunk
from engine.model.errors import LogDamaged
from engine.model.identifiers import ScopeNumber, Seq
from persistence.framing import CUTS, MOVES, PLACES, cut_key, frame, moves_key, places_key
from persistence.store import OpenStore
from persistence.tables import Change
from persistence.verify import NothingDerived
from tests.persistence.backends import Backend
from tests.persistence.test_log import append_three

ONE, TWO = ScopeNumber(1), ScopeNumber(2)
LOW, HIGH = bytes(16), b"\xff" * 16
LAST = 0xFFFFFFFF


def chunk(scope: ScopeNumber, shard: bytes, before: int, *ids: tuple[int, int]) -> MovesChunk:
    rows = b"".join(ROW.pack(seq, fact << 40 | 7, 0, 1, -5) for seq, fact in ids)
    first, last = RowId(Seq(ids[0][0]), ids[0][1]), Seq(ids[-1][0])
    return MovesChunk(scope, shard, first.seq, first.fact, last, before, rows)


CHUNKS = [
    chunk(ONE, LOW, 0, (1, 0), (1, 3), (2, 0)),
    chunk(ONE, LOW, 3, (2, 1)),
    chunk(ONE, LOW, 4, (4, 0), (5, 2)),
    chunk(ONE, HIGH, 0, (3, 0)),
    chunk(TWO, LOW, 0, (6, 0)),
]
CUTS_WRITTEN = [
    Cut(ONE, LOW, Seq(2), b"two"),
    Cut(ONE, LOW, Seq(5), b"five"),
    Cut(ONE, HIGH, Seq(3), b"three"),
]
PARTS = [
    CutPart(ONE, LOW, Seq(2), 1, 0, b"first"),
    CutPart(ONE, LOW, Seq(2), 1, 1, b"second"),
    CutPart(ONE, LOW, Seq(5), 2, 0, b"other"),
]


async def fill(store: OpenStore) -> None:
    await append_three(store.log)
    await store.derived.write(moves=CHUNKS[::-1])
    await store.derived.write(parts=PARTS, cuts=CUTS_WRITTEN)


async def test_chunks_are_found_by_the_row_that_is_or_would_be_in_them(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
    async with backend.open() as store:
        derived = store.derived
        assert list(derived.all_moves()) == CHUNKS
        of_low = CHUNKS[:3]
        for seq, fact, first in (
            (0, LAST, 0),
            (1, 0, 0),
            (1, 2, 0),
            (2, 0, 0),
            (2, 1, 1),
            (3, 9, 1),
            (4, 0, 2),
            (6, LAST, 2),
        ):
            for limit in (1, 2, 9):
                found = derived.moves(ONE, LOW, Seq(seq), fact, limit)
                assert found == of_low[first : first + limit]
        assert derived.last_moves(ONE, LOW) == CHUNKS[2]
        assert derived.last_moves(ONE, HIGH) == CHUNKS[3]
        assert derived.last_moves(TWO, LOW) == CHUNKS[4]
        for shard in (b"\x01" + bytes(15), b"\xfe" * 16):
            assert derived.last_moves(ONE, shard) is None
            assert derived.moves(ONE, shard, Seq(0), 0, 9) == []
            assert derived.start_of_moves(ONE, shard, Seq(9)) is None
        assert derived.last_moves(TWO, HIGH) is None
        starts = [derived.start_of_moves(ONE, LOW, Seq(seq)) for seq in range(7)]
        assert starts == [None, 1, 2, 2, 4, 4, 4]
        assert [derived.start_of_moves(TWO, LOW, Seq(seq)) for seq in (5, 6)] == [None, 6]


async def test_the_last_chunk_is_written_again_with_more_rows(backend: Backend) -> None:
    longer = chunk(ONE, LOW, 4, (4, 0), (5, 2), (6, 0))
    async with backend.open() as store:
        await fill(store)
        await store.derived.write(moves=[longer])
        assert store.derived.last_moves(ONE, LOW) == longer
        assert count_rows(longer.rows) == 3
        assert len(list(store.derived.all_moves())) == len(CHUNKS)


async def test_cuts_are_found_by_record_and_parts_by_cut(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
    async with backend.open() as store:
        derived = store.derived
        low = [derived.cut(ONE, LOW, Seq(seq)) for seq in range(7)]
        two, five = CUTS_WRITTEN[:2]
        assert low == [None, None, two, two, two, five, five]
        assert derived.cut(ONE, LOW, Seq(2**63 - 1)) == five
        assert derived.cut(ONE, HIGH, Seq(9)) == CUTS_WRITTEN[2]
        assert derived.cut(TWO, LOW, Seq(9)) is None
        assert [derived.cut_part(two, 1, index) for index in (0, 1)] == [b"first", b"second"]
        assert derived.cut_part(five, 2, 0) == b"other"
        with pytest.raises(LogDamaged, match=r"part 1 of cut 2 of shard 0000.* is missing"):
            derived.cut_part(five, 2, 1)
        with pytest.raises(LogDamaged, match="is of record 5, not 2"):
            derived.cut_part(two, 2, 0)


async def test_nothing_of_it_runs_ahead_of_the_log(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
        for late in (
            {"moves": [chunk(ONE, LOW, 6, (6, 0), (7, 0))]},
            {"parts": [CutPart(ONE, LOW, Seq(7), 3, 0, b"")]},
            {"cuts": [Cut(ONE, LOW, Seq(7), b"")]},
        ):
            with pytest.raises(AssertionError, match=r"runs? ahead of the log"):
                await store.derived.write(**late)  # pyright: ignore[reportArgumentType]
        assert list(store.derived.all_moves()) == CHUNKS


async def test_a_writing_without_a_mark_leaves_the_mark_that_another_has_moved(
    backend: Backend,
) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        async with trio.open_nursery() as nursery:

            async def cut() -> None:
                await store.derived.write(parts=PARTS)

            async def mark() -> None:
                await store.derived.write(included=Seq(3))

            for _ in range(5):
                nursery.start_soon(cut)
            nursery.start_soon(mark)
        assert store.derived.included() == 3


async def test_damage_is_named(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
    moves, cut, part = (
        moves_key(ONE, LOW, Seq(4), 0),
        cut_key(ONE, LOW, Seq(5)),
        places_key(ONE, LOW, 2, 0),
    )
    spoilt = {
        MOVES: [(moves, frame(MOVES, moves, 4, bytes(33)))],
        CUTS: [(cut, bytes(20))],
        PLACES: [(part, b"")],
    }
    backend.spoil_derived(Change(put=spoilt))
    async with backend.open() as store:
        derived = store.derived
        where = f"shard {LOW.hex()} in scope 1"
        with pytest.raises(LogDamaged, match=f"rank history of {where} from 4.0 on is damaged"):
            derived.last_moves(ONE, LOW)
        with pytest.raises(LogDamaged, match=f"the cut of {where} at record 5 is damaged"):
            derived.cut(ONE, LOW, Seq(6))
        with pytest.raises(LogDamaged, match=f"part 0 of cut 2 of {where} is cut short"):
            derived.cut_part(CUTS_WRITTEN[1], 2, 0)
        await derived.reset()
        assert list(derived.all_moves()) == []
        assert derived.cut(ONE, LOW, Seq(6)) is None


def test_where_nothing_is_derived_there_is_no_rank_history() -> None:
    nothing = NothingDerived()
    assert nothing.moves(ONE, LOW, Seq(1), 0, 9) == list(nothing.all_moves()) == []
    assert nothing.last_moves(ONE, LOW) is None
    assert nothing.start_of_moves(ONE, LOW, Seq(9)) is None
    assert nothing.cut(ONE, LOW, Seq(9)) is None
    with pytest.raises(LogDamaged, match="no cut at record 5"):
        nothing.cut_part(CUTS_WRITTEN[1], 1, 0)
