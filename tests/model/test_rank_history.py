"""Examples of the rank history that is worked out by brute force."""

import pytest

from engine.model.facts import RankMoved
from engine.model.identifiers import Instant, Ordinal
from tests.model.rank_history import Entry, Rank, RankHistory, Row, Shard

TOP = Shard(1, "", 1)
ANN, BOB, CID = 1, 2, 3


def moved(
    from_position: int,
    to_position: int,
    value: int,
    *,
    at: int,
    order: int = 0,
    group: str = "",
) -> RankMoved:
    return RankMoved(
        at=Instant(at),
        board=Ordinal(1),
        group=group,
        run=1,
        from_position=from_position,
        to_position=to_position,
        value=value,
        set_at=Instant(at),
        set_order=order,
    )


@pytest.fixture
def history() -> RankHistory:
    """Ann with 5, bob with 7 and cid with 7; then ann goes to 7, to 9, and bob leaves."""
    history = RankHistory(lambda _: True)
    history.take(1, 10, ANN, [moved(0, 1, 5, at=10)])
    history.take(2, 20, BOB, [moved(0, 1, 7, at=20)])
    history.take(4, 20, CID, [moved(0, 2, 7, at=20, order=1)])
    history.take(5, 30, ANN, [moved(3, 3, 7, at=30), moved(3, 1, 9, at=31)])
    history.take(6, 40, ANN, [])
    history.take(7, 50, BOB, [moved(2, 0, 0, at=50)])
    return history


def test_everybody_who_is_displaced_has_a_row(history: RankHistory) -> None:
    assert history.rows(TOP, ANN) == [
        Row(1, 0, 10, 0, 1, 5),
        Row(2, 0, 20, 1, 2, 5),
        Row(4, 0, 20, 2, 3, 5),
        Row(5, 0, 30, 3, 3, 7),
        Row(5, 1, 30, 3, 1, 9),
    ]
    assert history.rows(TOP, BOB) == [
        Row(2, 0, 20, 0, 1, 7),
        Row(5, 1, 30, 1, 2, 7),
        Row(7, 0, 50, 2, 0, 0),
    ]
    assert history.changes(TOP, CID, 20, 50) == [Row(5, 1, 30, 2, 3, 7), Row(7, 0, 50, 3, 2, 7)]


def test_standings_and_ranks(history: RankHistory) -> None:
    assert history.standing_after(TOP, 3) == [Entry(BOB, 7, 20, 0), Entry(ANN, 5, 10, 0)]
    assert [entry.number for entry in history.standing_at(TOP, 20)] == [BOB, CID, ANN]
    assert [entry.number for entry in history.standing_at(TOP, 49)] == [ANN, BOB, CID]
    assert history.standing_at(TOP, 9) == []
    assert history.rank_at(TOP, ANN, 29) == Rank(3, 5)
    assert history.rank_after(TOP, BOB, 7) is None
    assert (history.shards(), history.participants(TOP)) == ([TOP], [ANN, BOB, CID])


def test_lower_first_and_groups_apart() -> None:
    history = RankHistory(lambda _: False)
    history.take(1, 10, ANN, [moved(0, 1, 5, at=10, group='["DE"]')])
    history.take(2, 20, BOB, [moved(0, 1, 7, at=20, group='["FR"]')])
    history.take(3, 30, BOB, [moved(1, 0, 0, at=30, group='["FR"]')])
    history.take(4, 30, BOB, [moved(0, 2, 7, at=20, group='["DE"]')])
    german = Shard(1, '["DE"]', 1)
    assert [entry.number for entry in history.standing_at(german, 30)] == [ANN, BOB]
    assert history.rows(german, ANN) == [Row(1, 0, 10, 0, 1, 5)]


@pytest.mark.parametrize(
    "wrong",
    [
        moved(0, 2, 5, at=60),  # comes to the third place
        moved(1, 1, 19, at=60),  # was not on it
        moved(0, 0, 0, at=60),
    ],
)
def test_a_wrong_position_is_found(history: RankHistory, wrong: RankMoved) -> None:
    with pytest.raises(AssertionError):
        history.take(8, 60, BOB, [wrong])
    with pytest.raises(AssertionError, match="instants"):
        history.take(9, 1, BOB, [])
