"""The one door: what a command causes, as facts.

`evaluate` takes a user's state and a command and returns a decision; it changes nothing. The same
function runs live, in replay, for reads (a copy brought up to now) and in the model tests. Whoever
wants to know what Laurels does reads `_event` first: it is SPEC 1.4 in its order.
"""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from engine.model.commands import (
    AddPause,
    BringUp,
    ChangePreferences,
    DeletePause,
    GrantFreeze,
    Personal,
    RecordEvent,
    ResetStreak,
    RestoreStreak,
    UpsertUser,
    UserCommand,
)
from engine.model.errors import InvalidInput
from engine.model.facts import AnyFact, UserCreated
from engine.model.identifiers import Day, Instant, Seq, UserNumber
from engine.model.user import UserState
from engine.rules import (
    achievements,
    freezes,
    metrics,
    points,
    ranking,
    streak_commands,
    streaks,
)
from engine.rules.apply import apply_personal
from engine.rules.calendar import Calendar
from engine.rules.turn import Placement, Step, Turn


class Decision(NamedTuple):
    """What a command causes, before the boards have told the ranks."""

    state: UserState
    date: Day
    facts: list[AnyFact]
    placements: list[Placement]


def evaluate(
    command: UserCommand,
    state: UserState | None,
    personal: Personal | None,
    *,
    number: UserNumber,
    steps: Sequence[Step],
    calendar: Calendar,
    at: Instant,
    seq: Seq,
) -> Decision:
    """Return what one command causes for its user.

    Args:
        command: what happened.
        state: the user's state, left as it is; None for a user who does not exist yet.
        personal: what the command says about the person; a new user needs it, for the id.
        number: the user's number, or the one they will have.
        steps: the scope's steps in order; the first is the one the user has worked off, or a
            later one that is settled for everybody.
        calendar: the zone data.
        at: the command's instant, not earlier than the scope's clock.
        seq: the number that the command's record will have.

    Raises:
        InvalidInput: the command is refused; nothing has happened.
    """
    if state is None:
        turn = Turn(UserState(number), steps=steps[-1:], calendar=calendar, at=at, seq=seq)
        created = _creation(turn, command)
        turn.emit(created)
        freezes.grant_initially(turn)
    else:
        turn = Turn(state.copy(), steps=steps, calendar=calendar, at=at, seq=seq)
        bring_up(turn)
    match command:
        case RecordEvent():
            _event(turn, command, personal)
        case UpsertUser():
            _upsert(turn, command.zone, personal, where="")
        case BringUp():
            pass
        case _:
            _note_date(turn)
            _by_hand(turn, command)
    turn.draft.at = at
    turn.draft.step = steps[-1].number
    turn.draft.seq = seq
    return Decision(turn.draft, turn.date, turn.facts, turn.placements)


def bring_up(turn: Turn) -> None:
    """Work off what has fallen due and the later steps, in order of instant (SPEC 2.7)."""
    for step in turn.steps[1:]:
        streaks.work_off(turn, step.at)
        turn.plan = step.plan
        _meet(turn, step)
    streaks.work_off(turn, turn.at)


def _meet(turn: Turn, step: Step) -> None:
    work = step.plan.work
    achievements.backdate(turn, work.backdated, step.at)
    for old, new in work.relevelled:
        had = turn.draft.points.get(new.system.ordinal)
        if had is not None:
            points.state_level(turn, old, new, before=had.total, after=had.total, at=step.at)
    ranking.seed(turn, work.seeded, step.at)


def _event(turn: Turn, event: RecordEvent, personal: Personal | None) -> None:
    """One event, after its user was brought up to its instant: SPEC 1.4, steps 2 to 8."""
    _upsert(turn, event.zone, personal, where="user.")

    metric_before = turn.draft.metrics.get(event.metric)
    length_before = turn.draft.streak(turn.plan.streak.frequency).length
    points_before = turn.draft.points.copy()

    metrics.count_event(turn, event.metric, event.value)

    streaks.advance(turn)

    total_before = metric_before.total if metric_before else None
    completed = achievements.complete_by_metric(turn, event.metric, total_before)
    completed += achievements.complete_by_streak(turn, length_before)

    peak_before = metric_before.peak if metric_before else metrics.NO_PEAK
    points.award_by_metric(turn, event.metric, peak_before, points_before)
    points.award_by_achievement(turn, completed, points_before)

    changed = points.change_levels(turn, points_before)

    ranking.rank_by_metric(turn, event.metric)
    ranking.rank_by_points(turn, changed)


def _upsert(turn: Turn, zone: str | None, personal: Personal | None, *, where: str) -> None:
    """Fields, attributes, zone; and with the zone decided, the command's local date.

    `where` is what stands before a field's name in the command.
    """
    if personal is not None:
        apply_personal(turn.draft, personal, turn.at)
        turn.draft.personal_head = turn.seq
    if zone is not None:
        streaks.change_zone(turn, zone)
    _note_date(turn)
    signed_up = turn.draft.identity.sign_up_date
    if personal is not None and signed_up is not None and signed_up > turn.date:
        raise InvalidInput(f"{where}signUpDate", "lies after the user's today")


def _by_hand(
    turn: Turn,
    command: GrantFreeze | AddPause | DeletePause | ResetStreak | RestoreStreak | ChangePreferences,
) -> None:
    """What somebody changes about a user who has done nothing."""
    match command:
        case GrantFreeze():
            freezes.grant_by_hand(turn)
        case AddPause(start, end):
            streak_commands.add_pause(turn, start, end)
        case DeletePause(index):
            streak_commands.delete_pause(turn, index)
        case ResetStreak():
            streak_commands.reset(turn)
        case RestoreStreak():
            streak_commands.restore(turn)
        case ChangePreferences(preferences):
            streak_commands.change_preferences(turn, preferences)
        case _:
            assert_never(command)


def _note_date(turn: Turn) -> None:
    turn.date = turn.draft.date = streaks.decide_date(turn)


def _creation(turn: Turn, command: UserCommand) -> UserCreated:
    assert isinstance(command, RecordEvent | UpsertUser), "nothing else makes a user"
    zone = turn.plan.zone(command.zone or "")
    return UserCreated(turn.at, turn.calendar.day(zone, turn.at))
