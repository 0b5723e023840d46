"""The order of a board against a sorted list of tuples."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.boards.shard import Place, Shard
from engine.model.identifiers import Instant, UserNumber
from engine.model.user import ORDER_OF_COMMANDS

LAST_NUMBER = 2**40 - 1
# Few of each, so that many tie; and the ends of what there can be.
numbers = st.sampled_from((1, 2, 3, 4, 5, LAST_NUMBER - 1, LAST_NUMBER)).map(UserNumber)
values = st.sampled_from((-9 * 10**12, -2, -1, 0, 1, 2, 2**53, -(2**53)))
instants = st.sampled_from((0, 1, 2, 4_102_444_800_000_000)).map(Instant)
orders = st.sampled_from((1, 2, LAST_NUMBER, ORDER_OF_COMMANDS, ORDER_OF_COMMANDS + 2**40))


@dataclass(frozen=True)
class Move:
    number: UserNumber
    value: int
    set_at: Instant
    set_order: int


@dataclass(frozen=True)
class Leave:
    number: UserNumber


moves = st.builds(Move, numbers, values, instants, orders)


class Order:
    """The same, naively."""

    def __init__(self, *, descending: bool) -> None:
        self.sign = -1 if descending else 1
        self.entries: dict[UserNumber, Move] = {}

    def order(self) -> list[UserNumber]:
        def key(m: Move) -> tuple[int, ...]:
            return self.sign * m.value, m.set_at, m.set_order, m.number

        return [m.number for m in sorted(self.entries.values(), key=key)]

    def position(self, number: UserNumber) -> int:
        return self.order().index(number) + 1 if number in self.entries else 0


@pytest.mark.parametrize("descending", [True, False])
@given(
    operations=st.lists(moves | st.builds(Leave, numbers), max_size=25),
    begin=st.lists(moves, max_size=5, unique_by=lambda move: move.number),
)
def test_a_shard_is_a_sorted_list(
    descending: bool, operations: list[Move | Leave], begin: list[Move]
) -> None:
    model = Order(descending=descending)
    model.entries = {move.number: move for move in begin}
    shard = Shard(
        descending=descending, entries=[(m.number, m.value, m.set_at, m.set_order) for m in begin]
    )
    check(shard, model)
    for operation in operations:
        before = model.position(operation.number)
        match operation:
            case Move(number, value, set_at, set_order):
                model.entries[number] = operation
                expected = before, model.position(number)
                assert shard.move(number, value, set_at, set_order) == expected
            case Leave(number):
                model.entries.pop(number, None)
                assert shard.leave(number) == before
        check(shard, model)


def check(shard: Shard, model: Order) -> None:
    shard._check()
    order = model.order()
    places = [Place(n, who, model.entries[who].value) for n, who in enumerate(order, 1)]
    assert len(shard) == shard.statistics().participants == len(order)
    for offset in (0, 1, len(order), len(order) + 3):
        for limit in (0, 1, 2, 100):
            assert list(shard.page(offset, limit)) == places[offset : offset + limit]
    for position in range(-1, len(order) + 3):
        inside = 0 < position <= len(order)
        assert shard.value_at(position) == (places[position - 1].value if inside else None)
    for number in (UserNumber(1), UserNumber(LAST_NUMBER)):
        known = model.entries.get(number)
        assert shard.position(number) == model.position(number)
        assert shard.value(number) == (known.value if known else None)
