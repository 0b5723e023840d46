"""Metrics: exact totals by four aggregates, and the sums of the open period (SPEC 4)."""

from typing import assert_never

from engine.model.configuration import Aggregation
from engine.model.errors import InvalidInput
from engine.model.facts import MetricChanged
from engine.model.identifiers import Millionths, Ordinal, Seq
from engine.model.limits import TOTAL_MAX
from engine.model.numbers import UNIT
from engine.rules.turn import Turn

NO_PEAK = Millionths(0)
"""Before the first event: peaks start at 0 (SPEC 7.2)."""


def aggregate(how: Aggregation, before: Millionths | None, value: Millionths) -> Millionths:
    """Return an aggregate after one more event; `before` is None ahead of the first one."""
    if before is None:
        return value
    match how:
        case "sum":
            return Millionths(before + value)
        case "max":
            return max(before, value)
        case "min":
            return min(before, value)
        case "last":
            return value
        case _:
            assert_never(how)


def count_event(turn: Turn, metric: Ordinal, value: Millionths) -> None:
    """Count one event: the metric's total, its peak, and the open period's aggregate.

    Raises:
        InvalidInput: the total would leave ±9 * 10**12.
    """
    how = turn.plan.metrics[metric].metric.aggregation
    state = turn.draft.metrics.get(metric)
    total = aggregate(how, state.total if state else None, value)
    if abs(total) > TOTAL_MAX:
        raise InvalidInput("value", "would take the metric's total beyond ±9×10^12")
    streak = turn.draft.streak
    same_period = streak.period == turn.date
    period_sum = aggregate(how, streak.sums.get(metric) if same_period else None, value)
    whole_part_stays = state is not None and state.total // UNIT == total // UNIT
    turn.emit(
        MetricChanged(
            at=turn.at,
            metric=metric,
            total=total,
            peak=Millionths(max(state.peak if state else 0, total)),
            set_at=state.set_at if state and whole_part_stays else turn.at,
            set_order=state.set_order if state and whole_part_stays else turn.order,
            period=turn.date,
            period_sum=period_sum,
            prev=state.head if state else Seq(0),
        )
    )
