"""When a step may be forgotten, and what nobody is behind of any more."""

import pytest

from engine.host.timeline import Timeline
from engine.model.configuration import (
    EMPTY,
    Configuration,
    FreezeSettings,
    Leaderboard,
    Streak,
)
from engine.model.identifiers import Instant, Ordinal, ScopeNumber, UserNumber
from engine.model.scope import ScopeState, StepState

BUSY = Configuration(
    version=1,
    leaderboards=(Leaderboard(Ordinal(1), "b", "B", "metric", metric=Ordinal(1), run=1),),
)
EARNING = Configuration(version=1, streak=Streak(freezes=FreezeSettings(0, 2, 7, 1)))
GRANTING = Configuration(version=1, streak=Streak(freezes=FreezeSettings(1, 2)))
"""Freezes that nobody earns: existing users get nothing by it."""
AT = Instant(100_000_000)
SECOND = 1_000_000


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
        (BUSY, 3, (1, 3), AT, False),  # rounded up: it may be from before it
        (BUSY, 3, (1, 3), AT + SECOND, True),
        (EARNING, 3, None, None, False),  # everybody is due at other instants from now on
        (EARNING, 3, (1, 3), None, True),
        (GRANTING, 3, None, None, True),
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
        lines.due.set(UserNumber(1), Instant(due))
    lines.retire()
    assert [step.number for step in lines.steps] == ([1] if settled else [0, 1])
    assert [step.number for step in state.steps] == [step.number for step in lines.steps]
    # A user who has not met it is given it where it is still kept, a plan in force otherwise.
    assert [step.number for step in lines.steps_from(0)] == ([1] if settled else [0, 1])
    assert [step.number for step in lines.steps_from(1)] == [1]


@pytest.mark.parametrize("past_the_second", [0, 1, 2, SECOND // 2, SECOND - 1])
def test_what_is_due_at_a_steps_very_instant_needs_the_plan_of_before(past_the_second: int) -> None:
    """The index rounds up to whole seconds; wherever a step lies in one, its instant counts."""
    state = ScopeState(ScopeNumber(1), "scope")
    lines = Timeline(state)
    at = Instant(AT + past_the_second)
    state.steps.append(StepState(1, at, BUSY, users=0))
    lines.add_step(state.steps[-1])
    lines.due.set(UserNumber(1), at)
    lines.retire()
    assert [step.number for step in lines.steps] == [0, 1]


def test_steps_are_swept_in_order() -> None:
    state, lines = with_step(BUSY, 3)
    again = Leaderboard(Ordinal(1), "b", "B", "metric", metric=Ordinal(1), run=2)
    state.steps.append(StepState(2, Instant(2 * AT), Configuration(2, leaderboards=(again,)), 5))
    lines.add_step(state.steps[-1])
    seen = []
    while (step := lines.unswept_step()) is not None:
        lines.retire()
        seen.append((step.number, lines.steps[0].number))
        state.swept_step, state.swept = step.number, step.users
    lines.retire()
    assert seen == [(1, 0), (2, 1)]
    assert lines.steps[0].number == 2
