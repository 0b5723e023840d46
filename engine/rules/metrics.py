"""Metrics: exact totals by four aggregates, the sums of the open periods, event filters (SPEC 4).

An event that is voided is taken out of all of these again; only peaks stay.
"""

from collections.abc import Callable, Mapping
from operator import add
from typing import NamedTuple

from engine.configuration.thresholds import Counting
from engine.model.commands import VoidEvent
from engine.model.configuration import Aggregation
from engine.model.errors import InvalidInput
from engine.model.facts import MetricChanged
from engine.model.identifiers import Day, Millionths, Ordinal, Seq
from engine.model.limits import TOTAL_MAX
from engine.model.numbers import UNIT
from engine.model.user import Bucket, Matching, MetricState, PeriodSums, UserState
from engine.rules import periods
from engine.rules.apply_streaks import open_sums
from engine.rules.turn import Turn

NO_SUMS = PeriodSums(None, None, None)
NO_PEAK = Millionths(0)
"""Before the first event: peaks start at 0 (SPEC 7.2)."""
NOTHING = Millionths(0)


class Count(NamedTuple):
    """What an event changed: the metric's own aggregate, or that of an event filter."""

    counting: Counting
    before: Millionths | None
    """None ahead of the first event."""
    after: Millionths
    peak_before: Millionths
    peak: Millionths


def _last(before: int, value: int) -> int:
    return value


_COMBINE: dict[Aggregation, Callable[[int, int], int]] = {
    "sum": add,
    "max": max,
    "min": min,
    "last": _last,
}


def aggregate(how: Aggregation, before: Millionths | None, value: Millionths) -> Millionths:
    """Return an aggregate after one more event; `before` is None ahead of the first one."""
    return value if before is None else Millionths(_COMBINE[how](before, value))


def total_of(state: MetricState | Matching | None) -> Millionths | None:
    """Return what somebody's events come to, None without any (also if all were voided)."""
    return state.total if state is not None and state.events else None


def count_event(
    turn: Turn, metric: Ordinal, value: Millionths, attributes: Mapping[str, str]
) -> list[Count]:
    """Count one event: total, peak, the open periods' aggregates, the filters that it matches.

    Args:
        turn: the user's turn.
        metric: what the event is on.
        value: how much.
        attributes: the event's own.

    Returns:
        What it changed, the metric itself first.

    Raises:
        InvalidInput: the total would leave ±9 * 10**12.
    """
    plan = turn.plan.metrics[metric]
    how = plan.metric.aggregation
    state = turn.draft.metrics.get(metric)
    before = total_of(state)
    total = aggregate(how, before, value)
    if abs(total) > TOTAL_MAX:
        raise InvalidInput("value", "would take the metric's total beyond ±9×10^12")
    peak_before = state.peak if state else NO_PEAK
    peak = Millionths(max(peak_before, total))
    counts = [Count(plan.counting, before, total, peak_before, peak)]
    matched: list[tuple[Ordinal, Matching]] = []
    for event_filter in plan.filters(attributes):
        had = turn.draft.matching.get(event_filter.ordinal)
        of_filter = _count(event_filter.counting, how, had, value)
        counts.append(of_filter)
        events = had.events + 1 if had else 1
        matched.append((event_filter.ordinal, Matching(of_filter.after, of_filter.peak, events)))
    today = periods.starts(turn.date, turn.plan.week_start)
    sums = open_sums(turn.draft, today).get(metric, NO_SUMS)
    date, bucket, days = _bucket(state, turn.date)
    unmoved = _keeps_place(state, total)
    turn.emit(
        MetricChanged(
            at=turn.at,
            metric=metric,
            total=total,
            peak=peak,
            set_at=unmoved.set_at if unmoved else turn.at,
            set_order=unmoved.set_order if unmoved else turn.order,
            day=today.daily,
            day_sum=aggregate(how, sums.daily, value),
            prev=state.head if state else Seq(0),
            week=today.weekly,
            week_sum=aggregate(how, sums.weekly, value),
            month=today.monthly,
            month_sum=aggregate(how, sums.monthly, value),
            events=state.events + 1 if state else 1,
            date=date,
            bucket=bucket,
            days=days,
            matched=tuple(matched),
        )
    )
    return counts


def void_event(turn: Turn, command: VoidEvent) -> list[Count]:
    """Take an event out of total, sums of the open periods and filters (SPEC 4.7).

    Returns:
        What that changed, of what there are still events of; peaks are as they were.
    """
    draft = turn.draft
    state = draft.metrics.get(command.metric)
    assert state is not None, "what is voided was counted"
    left = state.events - 1
    is_sum = turn.plan.metrics[command.metric].metric.aggregation == "sum"
    rest = Millionths(state.total - command.value) if is_sum else command.remaining.total
    total = rest or NOTHING
    if abs(total) > TOTAL_MAX:
        raise InvalidInput("", "would take the metric's total beyond ±9×10^12")
    sums = _sums_without(turn, command)
    matched = _matching_without(draft, command, is_sum=is_sum)
    counts = _counts_of(turn, command, total if left else None, matched)
    date, bucket, days = _bucket(state, turn.date)
    unmoved = _keeps_place(state, total)
    turn.emit(
        MetricChanged(
            at=turn.at,
            metric=command.metric,
            total=total,
            peak=state.peak,
            set_at=unmoved.set_at if unmoved else turn.at,
            set_order=unmoved.set_order if unmoved else turn.order,
            day=draft.counted.daily,
            day_sum=sums.daily,
            prev=state.head,
            week=draft.counted.weekly,
            week_sum=sums.weekly,
            month=draft.counted.monthly,
            month_sum=sums.monthly,
            events=left,
            date=date,
            bucket=bucket,
            days=days,
            matched=matched,
            voids=command.event,
        )
    )
    return counts


def _count(counting: Counting, how: Aggregation, had: Matching | None, value: Millionths) -> Count:
    before = total_of(had)
    after = aggregate(how, before, value)
    peak_before = had.peak if had else NO_PEAK
    return Count(counting, before, after, peak_before, Millionths(max(peak_before, after)))


def _sums_without(turn: Turn, command: VoidEvent) -> PeriodSums:
    """Return the sums of the periods of the last event without one: those that it lies in."""
    counted = turn.draft.counted
    sums = turn.draft.sums.get(command.metric, NO_SUMS)
    if command.event < turn.draft.emptied:
        return sums
    lies_in = periods.starts(command.date, turn.plan.week_start)
    rest = command.remaining
    remaining = (rest.day, rest.week, rest.month)
    return PeriodSums(
        *(
            left if first == own_first else total
            for total, left, first, own_first in zip(sums, remaining, counted, lies_in, strict=True)
        )
    )


def _matching_without(
    draft: UserState, command: VoidEvent, *, is_sum: bool
) -> tuple[tuple[Ordinal, Matching], ...]:
    left = dict(command.remaining.matching)
    found: list[tuple[Ordinal, Matching]] = []
    for ordinal in command.matched:
        had = draft.matching.get(ordinal)
        assert had is not None, "what an event matched has a sum"
        total = Millionths(had.total - command.value) if is_sum else left.get(ordinal)
        found.append((ordinal, Matching(total or NOTHING, had.peak, had.events - 1)))
    return tuple(found)


def _counts_of(
    turn: Turn,
    command: VoidEvent,
    total: Millionths | None,
    matched: tuple[tuple[Ordinal, Matching], ...],
) -> list[Count]:
    """Return what taking an event out changes, ahead of the fact that does."""
    plan, draft = turn.plan.metrics[command.metric], turn.draft
    state = draft.metrics[command.metric]
    counts: list[Count] = []
    if total is not None:
        counts.append(Count(plan.counting, state.total, total, state.peak, state.peak))
    countings = plan.countings
    for ordinal, matching in matched:
        counting = countings.get(ordinal)
        if counting is not None and matching.events:
            had = draft.matching[ordinal]
            counts.append(Count(counting, had.total, matching.total, had.peak, had.peak))
    return counts


def _keeps_place(state: MetricState | None, total: Millionths) -> MetricState | None:
    """Return the state before if boards show the same value for both (SPEC 8.3)."""
    return state if state and state.total // UNIT == total // UNIT else None


def _bucket(state: MetricState | None, date: Day) -> tuple[Day, Bucket | None, Seq]:
    """Return the date of a change; with the first one on it what the date before came to."""
    if state is None:
        return date, None, Seq(0)
    if date <= state.date:
        return state.date, None, Seq(0)
    return date, Bucket(state.date, state.total), state.days
