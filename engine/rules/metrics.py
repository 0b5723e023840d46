"""Metrics: exact totals by four aggregates, and the sums of the open periods (SPEC 4)."""

from collections.abc import Callable
from operator import add

from engine.model.configuration import Aggregation
from engine.model.errors import InvalidInput
from engine.model.facts import MetricChanged
from engine.model.identifiers import Millionths, Ordinal, Seq
from engine.model.limits import TOTAL_MAX
from engine.model.numbers import UNIT
from engine.model.user import PeriodSums
from engine.rules import periods
from engine.rules.apply_streaks import open_sums
from engine.rules.turn import Turn

NO_SUMS = PeriodSums(None, None, None)
NO_PEAK = Millionths(0)
"""Before the first event: peaks start at 0 (SPEC 7.2)."""


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


def count_event(turn: Turn, metric: Ordinal, value: Millionths) -> None:
    """Count one event: the metric's total, its peak, and the open periods' aggregates.

    Raises:
        InvalidInput: the total would leave ±9 * 10**12.
    """
    how = turn.plan.metrics[metric].metric.aggregation
    state = turn.draft.metrics.get(metric)
    total = aggregate(how, state.total if state else None, value)
    if abs(total) > TOTAL_MAX:
        raise InvalidInput("value", "would take the metric's total beyond ±9×10^12")
    today = periods.starts(turn.date, turn.plan.week_start)
    sums = open_sums(turn.draft, today).get(metric, NO_SUMS)
    whole_part_stays = state is not None and state.total // UNIT == total // UNIT
    turn.emit(
        MetricChanged(
            at=turn.at,
            metric=metric,
            total=total,
            peak=Millionths(max(state.peak if state else 0, total)),
            set_at=state.set_at if state and whole_part_stays else turn.at,
            set_order=state.set_order if state and whole_part_stays else turn.order,
            day=today.daily,
            day_sum=aggregate(how, sums.daily, value),
            prev=state.head if state else Seq(0),
            week=today.weekly,
            week_sum=aggregate(how, sums.weekly, value),
            month=today.monthly,
            month_sum=aggregate(how, sums.monthly, value),
        )
    )
