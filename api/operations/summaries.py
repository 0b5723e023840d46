"""Summaries by day, week or month: what a total came to, at a cost per date, not per event.

A ledger carries, with the first change on a date, what the date before came to
(`persistence.ledgers`). So a year of somebody who comes daily is 365 records, however much they do.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
import trio

from api.operations.answers_points import SummaryRowAnswer
from api.operations.instants import date_text, read_date
from engine.host.ports import LogReader
from engine.host.scope import Scope
from engine.model.configuration import Frequency
from engine.model.errors import InvalidInput
from engine.model.facts import PointsAwarded
from engine.model.identifiers import Day, Ordinal
from engine.model.numbers import UNIT
from engine.model.user import Bucket
from engine.rules import periods
from engine.rules.evaluate import Decision
from persistence.ledgers import Ledgers

RANGE_DAYS_MAX = 400
"""Days of one summary (SPEC 4.5)."""
_SLICE = 64
"""Records read between two looks at the event loop: some 1 ms."""

Aggregation = Literal["daily", "weekly", "monthly"]


class SummaryQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which dates are wanted, and by what they are put together."""

    aggregation: Aggregation
    start_date: str
    end_date: str


async def metric_summary(
    scope: Scope, log: LogReader, decision: Decision, metric: Ordinal, query: SummaryQuery
) -> list[SummaryRowAnswer]:
    """Return a row for each period of a range, of a user's total on a metric."""
    recorded = scope.actors.view(decision.state.number)
    buckets = Ledgers(log, scope.state.number).metric_days(recorded, metric)
    return await _rows(scope, buckets, query, UNIT)


async def points_summary(
    scope: Scope, log: LogReader, decision: Decision, system: Ordinal, query: SummaryQuery
) -> list[SummaryRowAnswer]:
    """Return a row for each period of a range, of a user's total of a points system."""
    recorded = scope.actors.view(decision.state.number)
    ledger = Ledgers(log, scope.state.number).points_days(recorded, system)
    return await _rows(scope, _with_due(decision, system, ledger), query, 1)


def _with_due(decision: Decision, system: Ordinal, recorded: Iterator[Bucket]) -> Iterator[Bucket]:
    """Yield what has fallen due and is not recorded yet ahead of what is, newest first."""
    due = [f for f in decision.facts if isinstance(f, PointsAwarded) and f.system == system]
    if not due:
        yield from recorded
        return
    now = decision.state.points[system]
    yield Bucket(now.date, now.total)
    last = now.date
    for fact in reversed(due):
        for bucket in reversed(fact.buckets):
            last = bucket.date
            yield bucket
    for bucket in recorded:
        if bucket.date < last:
            yield bucket


async def _rows(
    scope: Scope, buckets: Iterable[Bucket], query: SummaryQuery, unit: int
) -> list[SummaryRowAnswer]:
    first, last = _range(query)
    found: list[Bucket] = []
    for read, bucket in enumerate(buckets, 1):
        if bucket.date <= last:
            found.append(bucket)
        if bucket.date < first:
            break
        if read % _SLICE == 0:
            await trio.lowlevel.checkpoint()
    found.reverse()
    rows: list[SummaryRowAnswer] = []
    total = 0
    position = 0
    while position < len(found) and found[position].date < first:
        total = found[position].total
        position += 1
    for start, end in _periods(query.aggregation, first, last, scope):
        before = total
        while position < len(found) and found[position].date <= end:
            total = found[position].total
            position += 1
        rows.append(
            SummaryRowAnswer(
                date=date_text(start), total=total / unit, change=(total - before) / unit
            )
        )
    return rows


def _periods(
    frequency: Frequency, first: Day, last: Day, scope: Scope
) -> Iterator[tuple[Day, Day]]:
    """Yield the periods of a range: their first days, and the last ones within the range."""
    day = first
    while day <= last:
        start = periods.start(frequency, day, scope.plan.week_start)
        end = periods.end(frequency, start)
        yield start, min(end, last)
        day = Day(end + 1)


def _range(query: SummaryQuery) -> tuple[Day, Day]:
    first = read_date(query.start_date, "startDate")
    last = read_date(query.end_date, "endDate")
    if last < first:
        raise InvalidInput("endDate", "lies before startDate")
    if last - first >= RANGE_DAYS_MAX:
        raise InvalidInput("endDate", f"makes a range of more than {RANGE_DAYS_MAX} days")
    return first, last
