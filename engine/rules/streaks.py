"""Streaks: met by events, closed at local midnights, carried over changes of zone (SPEC 5, 2.4).

A period is a local day, week or month, told apart by its first date alone, so daylight saving never
matters. All three are followed all the time, each on a track of its own. While a streak is running
on a track there is an open period, and at its end something falls due:

    open, met    ── midnight ──►  row `extended`                    the next period opens
    open, unmet  ── midnight ──►  row `day_off`, `paused`, `frozen`   the next period opens
                                  row `broken`                        no streak
    no streak    ── event meets its period ──►  open, met, length 1

A change of zone closes by the same table, but for `skipped`, which comes before `frozen` once in
seven days. Where the boards rank by streak, a length that changes takes its user along.
"""

from collections.abc import Sequence

from engine.configuration.plan import Plan
from engine.model.configuration import (
    FREQUENCIES,
    EvaluationMode,
    Frequency,
    StreakCondition,
)
from engine.model.facts import Outcome, PeriodClosed, PeriodMet, ZoneChanged
from engine.model.identifiers import Day, Instant, Ordinal, Seq
from engine.model.user import PeriodSums, Preferences, UserState
from engine.rules import freezes, periods, ranking
from engine.rules.calendar import Calendar
from engine.rules.turn import Turn

FORGIVEN_AGAIN_AFTER_DAYS = 7
"""At most one unmet change of zone in so many local days is forgiven (SPEC 2.4)."""


def close_over(turn: Turn, end: Instant, frequency: Frequency) -> None:
    """Close a period that is over, at its local midnight."""
    day = turn.calendar.day(turn.zone, end)
    following = periods.start(frequency, day, turn.plan.week_start)
    _close(turn, frequency, end, following, _verdict(turn, frequency))


def change_zone(turn: Turn, zone: str) -> None:
    """Set the user's zone, and settle the periods that the clock jumps over by it (SPEC 2.4)."""
    if zone == turn.draft.zone:
        return
    before = turn.calendar.day(turn.zone, turn.at)
    turn.emit(ZoneChanged(at=turn.at, zone=zone))
    today = turn.local_date(turn.at)
    for frequency in FREQUENCIES:
        if turn.draft.streak(frequency).length:
            _jump(turn, frequency, today)
    freezes.earn_jumped(turn, before)


def advance(turn: Turn) -> None:
    """Extend the streaks of which the event just counted meets the open period."""
    if not turn.draft.preferences.enabled:
        return
    unmet: list[Frequency] = [f for f in FREQUENCIES if not turn.draft.streak(f).met]
    if not unmet:
        return  # as of most events: the first one of a day has met it
    conditions, mode = conditions_of(turn.plan, turn.draft.preferences)
    if not conditions:
        return
    today = periods.starts(turn.date, turn.plan.week_start)
    for frequency in unmet:
        index = FREQUENCIES.index(frequency)
        track = turn.draft.streak(frequency)
        period = today[index]
        running = track.length > 0
        assert not running or track.period == period, "the open period is the date's"
        if not _satisfied(turn.draft.sums, index, conditions, mode):
            continue
        turn.emit(
            PeriodMet(
                at=turn.at,
                period=period,
                length=track.length + 1,
                started=track.started if running else period,
                frequency=frequency,
            )
        )
        if frequency == turn.plan.streak.frequency:
            ranking.rank_by_streak(turn, turn.at)


def expires(state: UserState, plan: Plan, frequency: Frequency, calendar: Calendar) -> Day | None:
    """Return the last date on which a running streak can still be saved; None without one.

    Args:
        state: the user, brought up.
        plan: the plan in force.
        frequency: which track.
        calendar: the zone data.
    """
    track = state.streak(frequency)
    if not track.length:
        return None
    zone = plan.zone(state.zone)
    days_off = _days_off(plan, state.preferences, frequency)

    def following(last: Day) -> Day:
        return _period_after(frequency, last, zone, plan, calendar)

    period = track.period
    if track.met:
        period = following(periods.end(frequency, period))
    while True:
        if periods.weekday(period) in days_off:
            period = following(period)
            continue
        last = periods.end(frequency, period)
        pause = _pause_over(state, period, last)
        if pause is None:
            return last
        period = following(max(last, pause))


def conditions_of(
    plan: Plan, preferences: Preferences
) -> tuple[Sequence[StreakCondition], EvaluationMode]:
    """Return what meets a user's periods: their own settings where they may have some."""
    settings = plan.streak
    conditions: Sequence[StreakCondition] = settings.conditions
    mode = settings.evaluation_mode
    if settings.customization_enabled:
        mode = preferences.evaluation_mode or mode
        if preferences.conditions is not None:
            known = [c for c in preferences.conditions if c.metric in plan.metrics]
            conditions = known or conditions
    return conditions, mode


def _days_off(plan: Plan, preferences: Preferences, frequency: Frequency) -> Sequence[int]:
    settings = plan.streak
    if frequency != "daily" or settings.frequency != "daily":
        return ()
    if settings.customization_enabled and preferences.days_off is not None:
        return preferences.days_off
    return settings.days_off


def _satisfied(
    sums: dict[Ordinal, PeriodSums],
    index: int,
    conditions: Sequence[StreakCondition],
    mode: EvaluationMode,
) -> bool:
    enough = mode == "OR"  # one met condition, or one unmet, decides
    for condition in conditions:
        of_metric = sums.get(condition.metric)
        total = None if of_metric is None else of_metric[index]
        if (total is not None and total >= condition.threshold) is enough:
            return enough
    return not enough


def _jump(turn: Turn, frequency: Frequency, today: Day) -> None:
    """Close the periods of a running streak that lie before a date, by a change of zone."""
    track = turn.draft.streak(frequency)
    present = periods.start(frequency, today, turn.plan.week_start)
    forgiving = track.forgiven + FORGIVEN_AGAIN_AFTER_DAYS <= today
    skipped = False
    while track.length and track.period < present:
        last = periods.end(frequency, track.period)
        following = min(
            present, _period_after(frequency, last, turn.zone, turn.plan, turn.calendar)
        )
        outcome = _verdict(turn, frequency, forgiving=forgiving)
        skipped = skipped or outcome == "skipped"
        if outcome == "broken":
            following = present
        _close(
            turn,
            frequency,
            turn.at,
            following,
            outcome,
            forgiven=skipped and following == present,
        )
        track = turn.draft.streak(frequency)


def _verdict(turn: Turn, frequency: Frequency, *, forgiving: bool = False) -> Outcome:
    """Return how the open period of a running streak closes (SPEC 5.3)."""
    draft = turn.draft
    track = draft.streak(frequency)
    if track.met:
        return "extended"
    if periods.weekday(track.period) in _days_off(turn.plan, draft.preferences, frequency):
        return "day_off"
    last = periods.end(frequency, track.period)
    if _pause_over(draft, track.period, last) is not None:
        return "paused"
    if forgiving:
        return "skipped"
    settings = turn.plan.streak
    if frequency == settings.frequency and settings.freezes and draft.freezes.balance:
        return "frozen"
    return "broken"


def _pause_over(state: UserState, first: Day, last: Day) -> Day | None:
    """Return the last date of a pause that touches some dates, None if none does."""
    ends = [pause.end for pause in state.pauses if pause.start <= last and first <= pause.end]
    return max(ends) if ends else None


def _period_after(
    frequency: Frequency, last: Day, zone: str, plan: Plan, calendar: Calendar
) -> Day:
    """Return the first day of the period that follows a date on the wall.

    A day without an instant in the zone is no period.
    """
    day = calendar.day(zone, calendar.day_end(zone, last))
    return periods.start(frequency, day, plan.week_start)


def _close(
    turn: Turn,
    frequency: Frequency,
    at: Instant,
    following: Day,
    outcome: Outcome,
    *,
    forgiven: bool = False,
) -> None:
    track = turn.draft.streak(frequency)
    broken = outcome == "broken"
    turn.emit(
        PeriodClosed(
            at=at,
            period_start=track.period,
            period_end=periods.end(frequency, track.period),
            length=0 if broken else track.length,
            outcome=outcome,
            next_period=following,
            prev=track.head,
            forgiven=forgiven,
            frequency=frequency,
            met_by=track.met_by if outcome == "extended" else Seq(0),
        )
    )
    if outcome == "frozen":
        freezes.consume(turn, at, track.period)
    if broken and frequency == turn.plan.streak.frequency:
        ranking.rank_by_streak(turn, at)
