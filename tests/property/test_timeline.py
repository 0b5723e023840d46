"""What is due, against a dictionary; and when a step may be forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.host.timeline import Timeline
from engine.model.configuration import EMPTY, Configuration, Leaderboard
from engine.model.identifiers import Instant, Ordinal, ScopeNumber, UserNumber
from engine.model.scope import ScopeState, StepState

users = st.integers(1, 6).map(UserNumber)
instants = st.integers(0, 8).map(Instant)
changes = st.lists(st.tuples(users, st.none() | instants), max_size=60)


def timeline() -> Timeline:
    return Timeline(ScopeState(ScopeNumber(1), "scope"))


@given(changes, instants, st.integers(1, 7))
def test_due_users_are_those_of_a_dictionary(
    made: list[tuple[UserNumber, Instant | None]], upto: Instant, limit: int
) -> None:
    lines, model = timeline(), dict[UserNumber, Instant]()
    for number, due in made:
        lines.set_due(number, due)
        if due is None:
            model.pop(number, None)
        else:
            model[number] = due
        assert lines.next_due() == min(model.values(), default=None)
    waiting = sorted((due, number) for number, due in model.items() if due <= upto)
    # Everybody who is due, earliest first; a slice of them with a limit; and they stay due.
    everybody = list(dict.fromkeys(lines.due_users(upto, 1_000)))
    assert everybody == [number for _, number in waiting]
    for _ in range(2):
        found = lines.due_users(upto, limit)
        assert len(found) == min(limit, len(lines.due_users(upto, 1_000)))
        assert list(dict.fromkeys(found)) == everybody[: len(set(found))]


def test_a_user_is_due_once() -> None:
    lines = timeline()
    for due in (1, 2, 1):
        lines.set_due(UserNumber(1), Instant(due))
    lines.set_due(UserNumber(2), Instant(1))
    assert lines.due_users(Instant(9), 2) == [1, 2]


def test_the_heap_does_not_grow_without_bound() -> None:
    lines = timeline()
    for day in range(10_000):
        lines.set_due(UserNumber(day % 3), Instant(day))
    assert len(lines._heap) < 100


BUSY = Configuration(
    version=1,
    leaderboards=(Leaderboard(Ordinal(1), "b", "B", "metric", metric=Ordinal(1), run=1),),
)
AT = Instant(100)


def with_step(configuration: Configuration, users_then: int) -> tuple[ScopeState, Timeline]:
    """A scope whose one step at `AT` concerned so many users."""
    state = ScopeState(ScopeNumber(1), "scope")
    lines = Timeline(state)
    state.steps.append(StepState(1, AT, configuration, users_then))
    lines.add_step(state.steps[-1])
    return state, lines


@pytest.mark.parametrize(
    ("configuration", "users_then", "swept", "due", "settled"),
    [
        (BUSY, 3, None, None, False),  # nobody has met it
        (BUSY, 3, (1, 2), None, False),  # one is missing
        (BUSY, 3, (1, 3), None, True),
        (BUSY, 0, None, None, True),  # concerned nobody
        (EMPTY, 3, None, None, True),  # meant nothing
        (EMPTY, 3, None, AT - 1, False),  # somebody has work from before it
        (BUSY, 3, (1, 3), AT - 1, False),
        (BUSY, 3, (1, 3), AT, True),
    ],
)
def test_a_step_retires_when_nobody_is_behind_it(
    configuration: Configuration,
    users_then: int,
    swept: tuple[int, int] | None,
    due: int | None,
    settled: bool,
) -> None:
    state, lines = with_step(configuration, users_then)
    if swept is not None:
        state.swept_step, state.swept = swept
    if due is not None:
        lines.set_due(UserNumber(1), Instant(due))
    lines.retire()
    assert [step.number for step in lines.steps] == ([1] if settled else [0, 1])
    assert [step.number for step in state.steps] == [step.number for step in lines.steps]
    # A user who has not met it is given it where it is still kept, a plan in force otherwise.
    assert [step.number for step in lines.steps_from(0)] == ([1] if settled else [0, 1])
    assert [step.number for step in lines.steps_from(1)] == [1]


def test_steps_are_swept_in_order() -> None:
    state, lines = with_step(BUSY, 3)
    again = Leaderboard(Ordinal(1), "b", "B", "metric", metric=Ordinal(1), run=2)
    state.steps.append(StepState(2, Instant(200), Configuration(2, leaderboards=(again,)), 5))
    lines.add_step(state.steps[-1])
    seen = []
    while (step := lines.unswept_step()) is not None:
        lines.retire()
        seen.append((step.number, lines.steps[0].number))
        state.swept_step, state.swept = step.number, step.users
    lines.retire()
    assert seen == [(1, 0), (2, 1)]
    assert lines.steps[0].number == 2
