"""What a dropped run leaves behind is freed in slices, and not before its last reader is gone."""

from engine.boards.boards import Boards
from engine.boards.shard import Shard
from engine.model.identifiers import Instant, Ordinal, UserNumber
from engine.model.user import ORDER_OF_COMMANDS, ShardKey

KEY = ShardKey(Ordinal(1), "", 1)


def boards_of(participants: int) -> Boards:
    boards = Boards()
    boards.free_in_slices()
    entries = [(UserNumber(n), n, Instant(n), ORDER_OF_COMMANDS + n) for n in range(participants)]
    boards.rebuild({KEY: entries})
    return boards


def test_a_dropped_run_is_freed_slice_by_slice() -> None:
    boards = boards_of(25)
    assert not boards.let_go(10)
    boards.drop((KEY.board, KEY.run))
    assert boards.let_go(10)
    assert boards.let_go(10)
    assert not boards.let_go(10)
    assert not boards.let_go(10)


def test_somebody_who_still_reads_it_keeps_it_whole() -> None:
    boards = boards_of(3)
    shard = boards.shard(KEY)
    boards.drop((KEY.board, KEY.run))
    assert not boards.let_go(10)
    assert isinstance(shard, Shard)
    assert [place.number for place in shard.page(0, 10)] == [2, 1, 0]
    shard._check()
    del shard
    assert boards.let_go(2)
    assert not boards.let_go(10)


def test_without_anybody_who_frees_in_slices_nothing_is_kept() -> None:
    boards = Boards()
    boards.rebuild({KEY: [(UserNumber(1), 1, Instant(1), 1)]})
    boards.drop((KEY.board, KEY.run))
    assert not boards.let_go(10)
