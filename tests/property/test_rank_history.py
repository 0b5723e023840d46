"""What follows from rows of rank history, and a walk over a shard that moves, against lists."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.boards.cut import (
    CutHead,
    Transposition,
    decode_head,
    encode_head,
    find_in_part,
    first_of_part,
)
from engine.boards.past_order import PastOrder
from engine.boards.rank_rows import (
    ROW_SIZE,
    Change,
    RowId,
    Spot,
    changes,
    count_rows,
    follow,
    later_rows,
    pack_row,
    row_id,
    rows_upto,
)
from engine.boards.scan import Scan
from engine.boards.shard import Place, Shard
from engine.model.errors import LogDamaged
from engine.model.facts import RankMoved
from engine.model.identifiers import Instant, Ordinal, Seq, UserNumber

Order = list[tuple[int, int]]
"""(number, value) by position."""

seeds = st.integers(0, 2**32)
LAST_NUMBER = 2**40 - 1


def moved(from_position: int, to_position: int, value: int) -> RankMoved:
    return RankMoved(
        at=Instant(0),
        board=Ordinal(1),
        group="",
        run=0,
        from_position=from_position,
        to_position=to_position,
        value=value,
        set_at=Instant(0),
        set_order=0,
    )


class History:
    """Random rows, made on a naive list, with the order after each of them."""

    def __init__(self, dice: random.Random, length: int, people: int) -> None:
        numbers = [*range(1, people), LAST_NUMBER]
        order: Order = []
        self.orders: list[Order] = [[]]
        self.ids: list[RowId] = []
        self.rows = b""
        seq, index = 0, 0
        for _ in range(length):
            if dice.random() < 0.7 or seq == 0:
                seq, index = seq + dice.randrange(1, 4), dice.randrange(3)
            else:
                index += dice.randrange(1, 3)
            number = dice.choice(numbers)
            at = next((n for n, (who, _) in enumerate(order, 1) if who == number), 0)
            order = [entry for entry in order if entry[0] != number]
            to, value = 0, 0
            if not at or dice.random() < 0.85:
                to = dice.randrange(1, len(order) + 2)
                value = dice.choice((-(2**53), -1, 0, 1, 2**53))
                order.insert(to - 1, (number, value))
            self.orders.append(order)
            self.ids.append(RowId(Seq(seq), index))
            self.rows += pack_row(Seq(seq), index, UserNumber(number), moved(at, to, value))

    def spot(self, number: int, rows: int) -> Spot | None:
        for position, (who, value) in enumerate(self.orders[rows], 1):
            if who == number:
                return Spot(position, value)
        return None


@given(seeds, st.integers(0, 60), st.integers(1, 8))
def test_places_follow_from_rows(seed: int, length: int, people: int) -> None:
    dice = random.Random(seed)
    history = History(dice, length, people)
    first = dice.randrange(length + 1)
    last = dice.randrange(first, length + 1)
    rows = history.rows[first * ROW_SIZE : last * ROW_SIZE]
    assert count_rows(rows) == last - first
    for number in (*range(1, people + 1), LAST_NUMBER):
        who = UserNumber(number)
        spot = history.spot(number, first)
        assert follow(rows, who, spot) == history.spot(number, last)
        expected: list[Change] = []
        for index in range(first, last):
            before, after = history.spot(number, index), history.spot(number, index + 1)
            if before != after:
                expected.append(Change(history.ids[index], before, after))
        assert list(changes(rows, who, spot)) == expected


@given(seeds, st.integers(1, 40))
def test_rows_are_cut_where_they_should(seed: int, length: int) -> None:
    history = History(random.Random(seed), length, 5)
    ids = history.ids
    assert [row_id(history.rows, index) for index in range(-1, length)] == [ids[-1], *ids]
    for at in (*ids, RowId(Seq(0), 0), RowId(ids[-1].seq, ids[-1].fact + 1)):
        assert count_rows(later_rows(history.rows, at)) == sum(row > at for row in ids)
        upto = rows_upto(history.rows, at.seq)
        assert count_rows(upto) == sum(row.seq <= at.seq for row in ids)
        assert history.rows.startswith(upto)
    assert later_rows(b"", ids[0]) == rows_upto(b"", Seq(1)) == b""


@given(seeds, st.integers(0, 120), st.integers(1, 30), st.integers(1, 4))
def test_a_past_order_is_a_list(seed: int, length: int, people: int, block: int) -> None:
    dice = random.Random(seed)
    history = History(dice, length, people)
    first = dice.randrange(length + 1)
    order = PastOrder(len(history.orders[first]), block=block)
    for part in parts(history.orders[first], dice.randrange(1, 5)):
        order.fill(part)
    order._check()
    for index in range(first, length):
        order.move(history.rows[index * ROW_SIZE : (index + 1) * ROW_SIZE])
        order._check()
    expected = places(history.orders[length])
    assert len(order) == len(expected)
    for offset in (0, 1, 3, len(expected), len(expected) + 1):
        for limit in (0, 1, 2, 100):
            assert list(order.page(offset, limit)) == expected[offset : offset + limit]
    for position in range(-1, len(expected) + 3):
        place = expected[position - 1] if 0 < position <= len(expected) else None
        assert order.value_at(position) == (place.value if place else None)
    for number in (*range(1, people + 1), LAST_NUMBER):
        spot = history.spot(number, length) or (0, None)
        assert (order.position(UserNumber(number)), order.value(UserNumber(number))) == spot


@pytest.mark.parametrize(
    "wrong", [moved(2, 1, 5), moved(1, 0, 0), moved(3, 0, 0), moved(0, 4, 0), moved(9, 9, 0)]
)
def test_rows_that_do_not_add_up_are_named(wrong: RankMoved) -> None:
    order = PastOrder()
    for number in (1, 2):
        order.move(pack_row(Seq(number), 0, UserNumber(number), moved(0, number, 7)))
    with pytest.raises(LogDamaged, match=r"at fact 8\.3"):
        order.move(pack_row(Seq(8), 3, UserNumber(3), wrong))


def places(order: Order) -> list[Place]:
    return [Place(n, UserNumber(who), value) for n, (who, value) in enumerate(order, 1)]


def parts(order: Order, size: int) -> list[bytes]:
    transposition = Transposition(size)
    transposition.add(places(order))
    assert transposition.participants == len(order)
    return list(transposition.parts())


@given(
    st.lists(
        st.tuples(
            st.integers(1, 40) | st.sampled_from((2**32, 2**32 + 1, LAST_NUMBER)),
            st.integers(-(2**53), 2**53),
        ),
        unique_by=lambda entry: entry[0],
    ),
    st.integers(1, 9),
)
def test_a_cut_gives_back_every_place_by_number(order: Order, size: int) -> None:
    cut = parts(order, size)
    head = CutHead(1, Instant(2), 3, len(order), tuple(first_of_part(part) for part in cut))
    assert decode_head(encode_head(head)) == head
    assert sum(map(len, cut)) == 17 * len(order)
    assert all(0 < len(part) <= 17 * size for part in cut)
    known = {number: Spot(n, value) for n, (number, value) in enumerate(order, 1)}
    for number in (*range(42), *known):
        index = head.part_of(UserNumber(number))
        found = find_in_part(cut[index], UserNumber(number)) if index >= 0 else None
        assert found == known.get(number)


def shake(dice: random.Random, people: int) -> Callable[[Shard], None]:
    """Return what moves somebody; often between few keys, also back to one they had."""

    def move(shard: Shard) -> None:
        number = UserNumber(dice.randrange(1, people + 1))
        if dice.random() < 0.2:
            shard.leave(number)
        else:
            shard.move(number, dice.randrange(-3, 4), Instant(dice.randrange(3)), 1)

    return move


@given(seeds, st.integers(1, 40), st.integers(1, 6), st.integers(0, 6), st.booleans())
def test_a_scan_sees_the_order_of_its_beginning(
    seed: int, people: int, limit: int, moves: int, descending: bool
) -> None:
    dice = random.Random(seed)
    shard = Shard(descending=descending)
    move = shake(dice, people)
    for _ in range(2 * people):
        move(shard)
    for _ in range(2):
        expected = list(shard.page(0, people))
        scan = Scan(shard)
        seen: list[Place] = []
        while not scan.done:
            for _ in range(dice.randrange(moves + 1)):
                move(shard)
            found = scan.slice(limit)
            assert len(found) <= limit
            seen += found
        scan.close()
        scan.close()
        assert seen == expected
        move(shard)
        shard._check()


def test_a_scan_ends_on_an_empty_shard_and_on_one_that_becomes_empty() -> None:
    shard = Shard(descending=True)
    scan = Scan(shard)
    assert (scan.slice(3), scan.done) == ([], True)
    scan.close()
    for number in range(1, 6):
        shard.move(UserNumber(number), number, Instant(0), 1)
    scan = Scan(shard)
    for number in range(1, 6):
        shard.leave(UserNumber(number))
    assert [place.number for place in scan.slice(3)] == [5, 4, 3]
    assert not scan.done
    assert [place.number for place in scan.slice(3)] == [2, 1]
    assert scan.done


def test_one_scan_at_a_time() -> None:
    shard = Shard(descending=True)
    Scan(shard)
    with pytest.raises(AssertionError, match="one walk at a time"):
        Scan(shard)
