"""The one door: what a command causes, as facts.

`evaluate` takes a user's state and a command and returns a decision; it changes nothing. The same
function runs live, in replay, for reads (a copy brought up to now) and in the model tests. Whoever
wants to know what Laurels does reads `_event` first: it is SPEC 1.4 in its order.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, assert_never

from msgspec import UNSET

from engine.model.commands import (
    AddBoost,
    AddPause,
    AwardPoints,
    BringUp,
    ChangeBoost,
    ChangePreferences,
    CompleteAchievement,
    DeleteBoost,
    DeletePause,
    GrantFreeze,
    HideUser,
    Personal,
    RecordEvent,
    ResetStreak,
    RestoreStreak,
    UpsertUser,
    UserCommand,
    VoidEvent,
)
from engine.model.errors import InvalidInput
from engine.model.facts import AnyFact, UserCreated, UserHidden
from engine.model.identifiers import Day, Instant, Seq, UserNumber
from engine.model.user import UserState
from engine.rules import (
    achievements,
    boosts,
    due,
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
    due_facts: int
    """So many of the facts come first that had fallen due, or belong to steps."""
    due_placements: int


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
    due_facts, due_placements = (len(turn.facts), len(turn.placements)) if state else (0, 0)
    match command:
        case RecordEvent():
            _event(turn, command, personal, created=state is None)
        case UpsertUser() | CompleteAchievement():
            _change_user(turn, command, personal, created=state is None)
        case BringUp():
            pass
        case _:
            if personal is not None:
                turn.draft.personal_head = turn.seq  # the reason: nothing about the person
            _note_date(turn)
            _by_hand(turn, command)
    turn.draft.at = at
    turn.draft.step = steps[-1].number
    turn.draft.seq = seq
    return Decision(turn.draft, turn.date, turn.facts, turn.placements, due_facts, due_placements)


def bring_up(turn: Turn) -> None:
    """Work off what has fallen due and the later steps, in order of instant (SPEC 2.7)."""
    for step in turn.steps[1:]:
        due.work_off(turn, step.at)
        turn.plan = step.plan
        _meet(turn, step)
    due.work_off(turn, turn.at)


def _meet(turn: Turn, step: Step) -> None:
    work = step.plan.work
    achievements.backdate(turn, work.backdated, step.at)
    for old, new in work.relevelled:
        had = turn.draft.points.get(new.system.ordinal)
        if had is not None:
            points.state_level(turn, old, new, before=had.total, after=had.total, at=step.at)
    ranking.seed(turn, work.seeded, step.at)


def _event(turn: Turn, event: RecordEvent, personal: Personal | None, created: bool) -> None:
    """One event, after its user was brought up to its instant: SPEC 1.4, steps 2 to 8."""
    news = _upsert(turn, event.zone, personal, created, where="user.")
    awarding = points.Awarding(turn, turn.moment)
    if created:
        awarding.by_creation()

    counts = metrics.count_event(turn, event.metric, event.value, _event_attributes(personal))

    length_before = turn.draft.streak(turn.plan.streak.frequency).length
    streaks.advance(turn)

    completed = achievements.complete(turn, news, counts=counts, length_before=length_before)

    awarding.by_metric(counts)
    awarding.by_streak(length_before)
    awarding.by_achievements(completed)

    ranking.rank_by_metric(turn, event.metric, event.value)
    awarding.settle()


def _change_user(
    turn: Turn,
    command: UpsertUser | CompleteAchievement,
    personal: Personal | None,
    created: bool,
) -> None:
    """What is said of a user, and what follows; perhaps with an achievement that is completed."""
    called = None
    where = ""
    if isinstance(command, CompleteAchievement):
        where = "user."
        if command.achievement not in turn.draft.completions:  # else they have it already
            called = turn.plan.achievements[command.achievement]
    news = _upsert(turn, command.zone, personal, created, where=where)
    if called is not None:
        achievements.check_call(turn, called)
    awarding = points.Awarding(turn, turn.moment)
    if created:
        awarding.by_creation()
    awarding.by_achievements(achievements.complete(turn, news, called=called))
    awarding.settle()


def _upsert(
    turn: Turn, zone: str | None, personal: Personal | None, created: bool, *, where: str
) -> achievements.News:
    """Fields, attributes, zone; and with the zone decided, the command's local date.

    `where` is what stands before a field's name in the command.
    """
    attributes, signed_up = turn.attributes, turn.draft.identity.sign_up_date
    zone_before = turn.zone
    if personal is not None:
        apply_personal(turn.draft, personal, turn.at)
        turn.draft.personal_head = turn.seq
    if zone is not None:
        streaks.change_zone(turn, zone)
    _note_date(turn)
    if personal is None:
        if not created and zone is None:
            return achievements.NO_NEWS  # as nearly every event
        return achievements.News(created, zone=turn.zone != zone_before)
    given = turn.draft.identity.sign_up_date
    if given is not None and given > turn.date:
        raise InvalidInput(f"{where}signUpDate", "lies after the user's today")
    changed = frozenset(k for k, v in turn.attributes.items() if attributes.get(k) != v)
    if changed and not created:
        ranking.regroup(turn, changed)
    if given != signed_up:
        achievements.backdate_anniversaries(turn)
    return achievements.News(created, changed, zone=turn.zone != zone_before)


def _by_hand(
    turn: Turn,
    command: GrantFreeze
    | AddPause
    | DeletePause
    | ResetStreak
    | RestoreStreak
    | ChangePreferences
    | VoidEvent
    | AwardPoints
    | AddBoost
    | ChangeBoost
    | DeleteBoost
    | HideUser,
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
        case VoidEvent():
            _void(turn, command)
        case AwardPoints(system, amount):
            awarding = points.Awarding(turn, turn.moment)
            awarding.by_hand(system, amount)
            awarding.settle()
        case AddBoost(boost):
            boosts.add(turn, boost)
        case ChangeBoost(boost):
            boosts.change(turn, boost)
        case DeleteBoost(index):
            boosts.delete(turn, index)
        case HideUser(hidden):
            turn.emit(UserHidden(turn.at, hidden))
            ranking.place_all(turn)
        case _:
            assert_never(command)


def _void(turn: Turn, command: VoidEvent) -> None:
    """Take an event out again: of totals and sums, and what it awarded (SPEC 4.7).

    What a total reaches without it is completed; peaks stay, so no trigger of a metric fires.
    """
    awarding = points.Awarding(turn, turn.moment)
    counts = metrics.void_event(turn, command)
    completed = achievements.complete(turn, achievements.NO_NEWS, counts=counts)
    awarding.take_back(command.awarded)
    awarding.by_achievements(completed)
    ranking.rank_by_metric(turn, command.metric, None)
    ranking.take_back(turn, command.runs)
    awarding.settle()


def _event_attributes(personal: Personal | None) -> Mapping[str, str]:
    if personal is None or personal.event_attributes is UNSET:
        return {}
    return personal.event_attributes


def _note_date(turn: Turn) -> None:
    turn.date = turn.draft.date = turn.local_date(turn.at)


def _creation(turn: Turn, command: UserCommand) -> UserCreated:
    assert isinstance(command, RecordEvent | UpsertUser | CompleteAchievement), "it makes a user"
    zone = turn.plan.zone(command.zone or "")
    return UserCreated(turn.at, turn.calendar.day(zone, turn.at))
