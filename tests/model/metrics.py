"""Exact numbers, and what the events of a metric come to."""

import operator
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import accumulate

from tests.model.remembered import Counted, Moment, User
from tests.model.things import Filter, Thing, Things

COMBINE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "sum": operator.add,
    "max": max,
    "min": min,
    "last": lambda _, value: value,
}


def exact(number: float | str) -> Fraction:
    """The number as it is written; `str` of a float is its shortest decimal form."""
    return Fraction(str(number))


def decimal_string(number: Fraction) -> str:
    """The number in decimals, without an exponent and without zeros at the end."""
    millionths = number * 10**6
    assert millionths.denominator == 1
    whole, part = divmod(abs(millionths.numerator), 10**6)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{part:06}".rstrip("0").rstrip(".")


def aggregation(metric: Thing) -> str:
    return metric.entry.get("aggregation", "sum")


def aggregate(metric: Thing, values: Iterable[Fraction]) -> Fraction | None:
    """What values come to (SPEC 4.6): the first one of any metric is the total; None of none."""
    totals = list(accumulate(values, COMBINE[aggregation(metric)]))
    return totals[-1] if totals else None


def events_on(user: User, metric: Thing) -> list[Counted]:
    """All events that ever counted on a metric, voided ones included."""
    return [event for event in user.events if event.metric == metric.number]


def events_that_match(user: User, asked: Filter, things: Things) -> list[Counted]:
    """Those that a filter counts: with its attributes, and since it was first asked for."""
    metric, attributes = asked
    return [
        event
        for event in user.events
        if event.metric == metric
        and attributes <= event.attributes
        and event.moment.order > things.filters[asked]
    ]


def total_after(metric: Thing, events: Iterable[Counted], order: int) -> Fraction | None:
    """What events came to after an operation; None if none of them counted then."""
    return aggregate(metric, [event.value for event in events if event.counts_at(order)])


def peak(metric: Thing, events: list[Counted]) -> Fraction:
    """The highest total that there was after any of the events, at least 0 (SPEC 7.2).

    What is voided later has been there.
    """
    totals = [total_after(metric, events, event.moment.order) for event in events]
    return max([Fraction(0), *(total for total in totals if total is not None)])


def changes(user: User, metric: Thing) -> list[tuple[Moment, Fraction]]:
    """The total after each event and each void, in order; 0 while all are voided."""
    events = events_on(user, metric)
    moments = [event.moment for event in events]
    moments += [event.voided for event in events if event.voided is not None]
    moments.sort(key=lambda moment: moment.order)
    return [
        (moment, total_after(metric, events, moment.order) or Fraction(0)) for moment in moments
    ]
