"""How a fact changes a user's state: the one place that does, live, in recovery and in replay.

Each function gives the state the fact's values and looks at nothing else.
"""

from typing import TypeVar, assert_never

from msgspec import UNSET, UnsetType

from engine.model.commands import Personal
from engine.model.facts import (
    AchievementCompleted,
    AnyFact,
    BoostsChanged,
    FreezesChanged,
    LevelChanged,
    MetricChanged,
    PausesChanged,
    PeriodClosed,
    PeriodMet,
    PointsAwarded,
    PreferencesChanged,
    RankMoved,
    RunCounted,
    RunFinished,
    StreakReset,
    StreakRestored,
    UserCreated,
    UserHidden,
    ZoneChanged,
)
from engine.model.identifiers import Instant, Seq
from engine.model.record import Record
from engine.model.user import (
    RUNS_KEPT,
    Completion,
    Entry,
    Identity,
    MetricState,
    PointsState,
    RunValue,
    ShardKey,
    UserState,
)
from engine.rules import apply_streaks

T = TypeVar("T")


def apply_record(state: UserState, seq: Seq, record: Record, personal: Personal | None) -> None:
    """Bring a user's state from their record before to this one, by its facts alone."""
    for index, fact in enumerate(record.facts):
        apply_fact(state, fact, seq, index)
    if record.prev_personal or personal is not None:
        state.personal_head = seq
    if personal is not None:
        apply_personal(state, personal, record.at)
    if record.date:
        state.date = record.date
    state.step = record.step
    state.at = record.at
    state.seq = seq


def apply_personal(state: UserState, personal: Personal, at: Instant) -> None:
    """Merge what a command said about a person: given fields replace, attributes are merged."""
    known = state.identity
    merged = Identity(
        id=personal.id,
        name=_given(personal.name, known.name),
        email=_given(personal.email, known.email),
        attributes=(
            known.attributes
            if personal.attributes is UNSET
            else {**known.attributes, **personal.attributes}
        ),
        sign_up_date=_given(personal.sign_up_date, known.sign_up_date),
        device_tokens=_given(personal.device_tokens, known.device_tokens),
        subscribe_to_emails=_given(personal.subscribe_to_emails, known.subscribe_to_emails),
    )
    if merged != known:
        state.identity = merged
        state.updated_at = at


def _given(said: T | UnsetType, known: T) -> T:
    return known if said is UNSET else said


def apply_fact(state: UserState, fact: AnyFact, seq: Seq, index: int) -> None:
    """Give the state the values of one fact, the `index`-th of record `seq`."""
    match fact:
        case MetricChanged():
            _count(state, fact, seq)
        case RankMoved():
            shard = ShardKey(fact.board, fact.group, fact.run)
            if fact.to_position:
                state.entries[shard] = Entry(fact.value, fact.set_at, fact.set_order)
            else:
                state.entries.pop(shard, None)
        case PointsAwarded():
            _award(state, fact, seq)
        case PeriodMet():
            track = state.streak(fact.frequency)
            state.streaks[fact.frequency] = apply_streaks.meet(track, fact, seq)
        case PeriodClosed():
            track = state.streak(fact.frequency)
            state.streaks[fact.frequency] = apply_streaks.close(track, fact, seq)
        case FreezesChanged():
            state.freezes = apply_streaks.change_freezes(state.freezes, fact, seq)
        case AchievementCompleted():
            completion = Completion(fact.at, seq, index, fact.backdated)
            state.completions[fact.achievement] = completion
        case UserCreated():
            state.created_at = state.updated_at = fact.at
            state.created_on = fact.date
        case ZoneChanged():
            state.zone = fact.zone
            state.updated_at = fact.at
        case StreakReset():
            apply_streaks.reset(state, fact, seq)
        case StreakRestored():
            track = state.streak(fact.frequency)
            state.streaks[fact.frequency] = apply_streaks.restore(track, fact, seq)
        case PausesChanged():
            state.pauses = fact.pauses
            state.pauses_made = fact.made
        case PreferencesChanged():
            state.preferences = fact.preferences
        case BoostsChanged():
            state.boosts = fact.boosts
            state.boosts_made = fact.made
        case RunCounted():
            _count_run(state, fact)
        case UserHidden():
            state.hidden = fact.hidden
        case LevelChanged() | RunFinished():
            pass  # derived, or of the scope; the fact is for readers of the log
        case _:
            assert_never(fact)


def _count(state: UserState, fact: MetricChanged, seq: Seq) -> None:
    had = state.metrics.get(fact.metric)
    state.metrics[fact.metric] = MetricState(
        total=fact.total,
        peak=fact.peak,
        set_at=fact.set_at,
        set_order=fact.set_order,
        head=seq,
        # Records of earlier rules have neither this count nor a date of their own.
        events=fact.events if fact.events or fact.voids else had.events + 1 if had else 1,
        date=fact.date or fact.day,
        days=seq if fact.bucket is not None else had.days if had else Seq(0),
    )
    apply_streaks.count(state, fact)
    if fact.matched:
        state.matching = {**state.matching, **dict(fact.matched)}


def _award(state: UserState, fact: PointsAwarded, seq: Seq) -> None:
    had = state.points.get(fact.system)
    state.points[fact.system] = PointsState(
        total=fact.total,
        set_at=fact.set_at,
        set_order=fact.set_order,
        head=seq,
        date=fact.date,
        days=seq if fact.buckets else had.days if had else Seq(0),
    )
    if fact.capped is not None:
        state.capped = {**state.capped, fact.trigger: fact.capped}


def _count_run(state: UserState, fact: RunCounted) -> None:
    values = state.runs.get(fact.board, ())
    if fact.value is None:
        kept = tuple(value for value in values if value.run != fact.run)
    else:
        new = RunValue(fact.run, fact.value, fact.set_at, fact.set_order, fact.events, fact.group)
        if any(value.run == fact.run for value in values):
            kept = tuple(new if value.run == fact.run else value for value in values)
        else:
            kept = (*values[1 - RUNS_KEPT :], new)
    state.runs = {**state.runs, fact.board: kept}
