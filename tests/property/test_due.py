"""What falls due for whom, against a dictionary; and a million who are due at one instant."""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.host import due as module
from engine.host.due import DueIndex
from engine.model.identifiers import Instant, UserNumber
from engine.model.limits import SWEEP_SLICE_USERS

users = st.integers(1, 8).map(UserNumber)
SECOND = 1_000_000
instants = st.builds(
    lambda second, part: Instant(second * SECOND + part),
    st.integers(0, 9),
    st.sampled_from((0, 0, 1, SECOND // 2, SECOND - 1)),
)
set_one = st.tuples(st.just("set"), users, st.none() | instants)
take_one = st.tuples(st.just("take"), st.none(), instants)
look = st.tuples(st.just("first"), st.none(), st.none())
walks = st.lists(set_one | set_one | take_one | look, max_size=80)
Walk = list[tuple[str, UserNumber | None, Instant | None]]


class Model:
    """A dictionary, searched through every time; instants are rounded up to whole seconds."""

    def __init__(self) -> None:
        self.due: dict[UserNumber, Instant] = {}

    def put(self, number: UserNumber, due: Instant | None) -> None:
        self.due.pop(number, None)
        if due is not None:
            self.due[number] = Instant((due + SECOND - 1) // SECOND * SECOND)

    def first(self) -> Instant | None:
        return min(self.due.values(), default=None)

    def may_take(self, upto: Instant) -> set[UserNumber]:
        """Whoever is due earliest, if that is by an instant."""
        first = self.first()
        if first is None or first > upto:
            return set()
        return {number for number, due in self.due.items() if due == first}


@given(walks)
def test_the_index_is_a_dictionary(walk: Walk) -> None:
    index, again, model = DueIndex(), DueIndex(), Model()
    for what, number, at in walk:
        if what == "set":
            assert number is not None
            index.set(number, at)
            again.set(number, at)
            model.put(number, at)
        elif what == "take":
            assert at is not None
            expected = model.may_take(at)
            taken = index.take(at)
            assert taken == again.take(at), "the order follows from what was set"
            assert taken in expected if expected else taken is None
            if taken is not None:
                model.put(taken, None)
        else:
            first = model.first()
            assert index.first() == again.first() == first
            assert index.not_before() == (None if first is None else first - SECOND + 1)
        index._check()
        statistics = index.statistics()
        assert statistics.users == len(model.due)
        assert statistics.instants >= len(set(model.due.values()))
    # What is left comes out in order of instants, everybody once.
    left: list[UserNumber] = []
    while (taken := index.take(Instant(10 * SECOND))) is not None:
        left.append(taken)
        index._check()
    assert sorted(left) == sorted(model.due)
    assert [model.due[number] for number in left] == sorted(model.due.values())
    index.first()
    assert index.statistics() == module.DueStatistics(users=0, instants=0)


@given(walks)
def test_no_empty_instant_comes_before_the_first(walk: Walk) -> None:
    index = DueIndex()
    for what, number, at in walk:
        if what == "set":
            assert number is not None
            index.set(number, at)
        elif at is not None:
            index.take(at)
    first = index.first()
    assert [at for at in index._heap if first is None or at < first] == []


def test_instants_that_are_over_are_forgotten() -> None:
    """Three users who come every day for years, as the sweep looks now and then."""
    index = DueIndex()
    most = 0
    for day in range(10_000):
        index.set(UserNumber(day % 3), Instant(day * SECOND))
        if day % 16 == 0:
            index.first()
        most = max(most, len(index._heap))
        assert len(index._heap) == len(index._buckets)
    assert most < 32


class Calls:
    """Counts every call, of Python and of C, that something makes."""

    def __init__(self) -> None:
        self.count = 0

    def _note(self, frame: FrameType, event: str, arg: object) -> None:
        self.count += event in ("call", "c_call")

    def of(self, work: Callable[[], object]) -> int:
        before, known = self.count, sys.getprofile()
        sys.setprofile(self._note)
        try:
            work()
        finally:
            sys.setprofile(known)
        return self.count - before


MANY = 1_000_000
TODAY, TOMORROW = Instant(SECOND), Instant(2 * SECOND)


def test_a_million_due_at_one_instant_cost_the_same_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A midnight of a large game: its users are taken in slices, while some come by themselves.

    Work is counted and not timed: a heap operation an instant and not a user, a slice in the
    middle as many calls as the first one. Were anything in it to look at all others, or at those
    who have gone, this would not end.
    """
    heap_operations = Counter[str]()
    for name in ("heappush", "heappop"):
        operation = getattr(module, name)

        def counted(
            *arguments: object, name: str = name, operation: Callable[..., object] = operation
        ) -> object:
            heap_operations[name] += 1
            return operation(*arguments)

        monkeypatch.setattr(module, name, counted)
    index = DueIndex()
    for number in range(1, MANY + 1):
        index.set(UserNumber(number), TODAY)
    assert index.statistics() == module.DueStatistics(users=MANY, instants=1)

    def take_slice() -> None:
        for _ in range(SWEEP_SLICE_USERS):
            number = index.take(TODAY)
            if number is None:
                return
            taken[number - 1] += 1
            index.set(number, TOMORROW)

    taken = bytearray(MANY)
    come = bytearray(MANY)
    calls = Calls()
    costs: list[int] = []
    slices = 0
    while index.first() == TODAY:
        if slices in (0, 1, 1_000, 2_000):
            costs.append(calls.of(take_slice))
        else:
            take_slice()
        slices += 1
        # Some come by an event of their own, from all over the bucket, its end too.
        for number in (slices, MANY // 2 + slices, 2 * slices, MANY - slices * SWEEP_SLICE_USERS):
            if 0 < number <= MANY and not taken[number - 1] and not come[number - 1]:
                come[number - 1] = 1
                index.set(UserNumber(number), TOMORROW)
    assert slices * SWEEP_SLICE_USERS <= MANY + SWEEP_SLICE_USERS
    assert len(costs) == 4
    # The first slice makes the bucket of tomorrow.
    assert len(set(costs[1:])) == 1
    assert costs[0] <= costs[1] + 8
    assert costs[1] <= 10 * SWEEP_SLICE_USERS
    assert all(t + c == 1 for t, c in zip(taken, come, strict=True)), "everybody once"
    assert index.statistics() == module.DueStatistics(users=MANY, instants=1)
    assert heap_operations == {"heappush": 2, "heappop": 1}
