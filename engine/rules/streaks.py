"""The daily streak: met by events, closed at local midnights, carried over changes of zone.

A period is a local day, told apart by its date alone, so daylight saving never matters. While a
streak is running there is an open period, and at its end something falls due:

    open, met    ── midnight ──►  row `extended`, the next period opens
    open, unmet  ── midnight ──►  row `broken`, no streak
    no streak    ── event meets its date ──►  open, met, length 1

Source: SPEC 5; changes of zone SPEC 2.4.
"""

from engine.model.facts import Outcome, PeriodClosed, PeriodMet, ZoneChanged
from engine.model.identifiers import Day, Instant
from engine.model.user import StreakState, UserState
from engine.rules.calendar import Calendar
from engine.rules.turn import Turn

FORGIVEN_AGAIN_AFTER_DAYS = 7
"""At most one unmet change of zone in so many local days is forgiven (SPEC 2.4)."""


def next_due(state: UserState, zone: str, calendar: Calendar) -> Instant | None:
    """Return the instant at which something falls due for a user who sends nothing."""
    if not state.streak.length:
        return None
    return calendar.day_end(zone, state.streak.period)


def close_periods(turn: Turn, upto: Instant) -> None:
    """Close every period that is over by an instant, each at its own local midnight."""
    draft = turn.draft
    while draft.streak.length:
        end = turn.calendar.day_end(turn.zone, draft.streak.period)
        if end > upto:
            return
        following = turn.calendar.day(turn.zone, end)
        _close(turn, end, following, "extended" if draft.streak.met else "broken")


def decide_date(turn: Turn) -> Day:
    """Return the local date of the turn's command.

    Never earlier than that of the user's previous command, nor than the period after the last
    closed one: what is closed stays closed wherever the user flies.
    """
    local = turn.calendar.day(turn.zone, turn.at)
    return max(local, turn.draft.date, turn.draft.streak.period)


def change_zone(turn: Turn, zone: str) -> None:
    """Set the user's zone, and settle the periods that the clock jumps over by it (SPEC 2.4)."""
    if zone == turn.draft.zone:
        return
    turn.emit(ZoneChanged(at=turn.at, zone=zone))
    if not turn.draft.streak.length:
        return
    today = decide_date(turn)
    period = turn.draft.streak.period
    if today == period:
        return
    if turn.draft.streak.met:
        period = _following(turn, period, today)
        _close(turn, turn.at, period, "extended")
    forgiven = turn.draft.streak.forgiven + FORGIVEN_AGAIN_AFTER_DAYS <= today
    while period < today:
        period = _following(turn, period, today)
        if not forgiven:
            _close(turn, turn.at, today, "broken")
            return
        _close(turn, turn.at, period, "skipped", forgiven=period == today)


def advance_streak(turn: Turn) -> None:
    """Extend the streak if the event just counted meets the open period."""
    streak = turn.draft.streak
    assert not streak.length or streak.period == turn.date, "the open period is the date's"
    if streak.met or not _satisfied(turn, streak):
        return
    running = streak.length > 0
    turn.emit(
        PeriodMet(
            at=turn.at,
            period=turn.date,
            length=streak.length + 1,
            started=streak.started if running else turn.date,
        )
    )


def _satisfied(turn: Turn, streak: StreakState) -> bool:
    configured = turn.plan.streak
    if configured is None:
        return False
    enough = configured.evaluation_mode == "OR"  # one met condition, or one unmet, decides
    for condition in configured.conditions:
        total = streak.sums.get(condition.metric)
        if (total is not None and total >= condition.threshold) is enough:
            return enough
    return not enough


def _following(turn: Turn, day: Day, last: Day) -> Day:
    """Return the next day after one that has an instant in the user's zone, at most `last`."""
    return min(last, turn.calendar.day(turn.zone, turn.calendar.day_end(turn.zone, day)))


def _close(
    turn: Turn, at: Instant, following: Day, outcome: Outcome, *, forgiven: bool = False
) -> None:
    streak = turn.draft.streak
    turn.emit(
        PeriodClosed(
            at=at,
            period_start=streak.period,
            period_end=streak.period,
            length=0 if outcome == "broken" else streak.length,
            outcome=outcome,
            next_period=following,
            prev=streak.head,
            forgiven=forgiven,
        )
    )
