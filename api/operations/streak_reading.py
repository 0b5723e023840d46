"""What is read of a streak's past: rows from the log, newest first, and what each period came to.

What has fallen due and is not recorded yet comes first, without an id of its own (SPEC 2.7).
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import trio

from api.operations.answers_streaks import PeriodAnswer
from api.operations.render_streaks import StreakPeriod, StreakRender
from engine.host.ports import LogReader
from engine.host.scope import Scope
from engine.model.configuration import Frequency
from engine.model.facts import FreezesChanged, PeriodClosed, StreakReset
from engine.model.identifiers import Day, Instant
from engine.model.limits import PAGE_MAX
from engine.model.record import StoredRecord
from engine.rules import periods
from engine.rules.evaluate import Decision
from persistence.ledgers import Cursor, Ledgers, PeriodFact

READ_SLICE = 64
"""Records read between two looks at other tasks: some 1 ms."""


class LedgerRow(NamedTuple):
    """A row of a ledger; without an id it is due, and not recorded yet."""

    id: str | None
    fact: PeriodFact | FreezesChanged
    record: StoredRecord | None = None


def period_rows(
    scope: Scope,
    log: LogReader,
    decision: Decision,
    frequency: Frequency,
    before: Cursor | None = None,
) -> Iterator[LedgerRow]:
    """Yield the rows of a user's streak on a frequency, newest first.

    Args:
        scope: whose user.
        log: where the rows are.
        decision: the user brought up to now.
        frequency: as followed on which.
        before: one of the rows: older ones only.

    Raises:
        NotFound: `before` is no such row.
    """
    if before is None:
        for fact in reversed(decision.facts):
            if isinstance(fact, PeriodClosed) and fact.frequency == frequency:
                yield LedgerRow(None, fact)
    recorded = scope.actors.view(decision.state.number)
    for row in Ledgers(log, scope.state.number).periods(recorded, frequency, before):
        yield LedgerRow(row.id, row.fact, row.record)


def freeze_rows(
    scope: Scope, log: LogReader, decision: Decision, before: Cursor | None = None
) -> Iterator[LedgerRow]:
    """Yield the rows of a user's freeze ledger, newest first; see `period_rows`."""
    if before is None:
        for fact in reversed(decision.facts):
            if isinstance(fact, FreezesChanged):
                yield LedgerRow(None, fact)
    recorded = scope.actors.view(decision.state.number)
    for row in Ledgers(log, scope.state.number).freezes(recorded, before):
        yield LedgerRow(row.id, row.fact, row.record)


def recent_periods(
    scope: Scope, log: LogReader, decision: Decision, limit: int
) -> list[PeriodAnswer]:
    """Return a user's last closed periods on the configured frequency, newest first."""
    render = StreakRender(scope)
    rows = period_rows(scope, log, decision, render.frequency)
    closed = (row.fact for row in rows if isinstance(row.fact, PeriodClosed))
    return [render.period(fact) for fact in islice(closed, min(limit, PAGE_MAX))]


async def streak_history(
    scope: Scope, log: LogReader, decision: Decision, past: int
) -> list[StreakPeriod]:
    """Return the last periods of a user on the configured frequency, the present one last."""
    frequency = scope.plan.streak.frequency
    firsts = await last_periods(scope, decision, frequency, past + 1)
    closed, resets = await _rows_since(scope, log, decision, frequency, firsts[0])
    history: list[StreakPeriod] = []
    for first in firsts:
        last = periods.end(frequency, first)
        fact = closed.get(first)
        length, outcome = (fact.length, fact.outcome) if fact else (0, None)
        history.append(StreakPeriod(first, last, length, outcome, resets.get(first)))
    length = decision.state.streak(frequency).length
    history[-1] = history[-1]._replace(length=length)
    return history


async def last_periods(
    scope: Scope, decision: Decision, frequency: Frequency, count: int, upto: Day | None = None
) -> list[Day]:
    """Return the first days of so many periods, oldest first.

    Args:
        scope: whose user.
        decision: the user brought up to now.
        frequency: of which periods.
        count: how many.
        upto: a date in the last one; default the user's today.
    """
    state, calendar, plan = decision.state, scope.calendar, scope.plan
    zone = plan.zone(state.zone)
    today = StreakRender(scope).today(state, scope.now()) if upto is None else upto
    first = periods.start(frequency, today, plan.week_start)
    found = [first]
    while len(found) < count:
        day = Day(first - 1)
        while calendar.day_end(zone, Day(day - 1)) == calendar.day_end(zone, day):
            day = Day(day - 1)  # a date without an instant in the zone is no period (SPEC 2.3)
        first = periods.start(frequency, day, plan.week_start)
        found.append(first)
        if len(found) % READ_SLICE == 0:
            await trio.lowlevel.checkpoint()
    return found[::-1]


async def _rows_since(
    scope: Scope, log: LogReader, decision: Decision, frequency: Frequency, since: Day
) -> tuple[dict[Day, PeriodClosed], dict[Day, Instant]]:
    """Return the closed periods from a date on, and when resets were, by the first day."""
    closed: dict[Day, PeriodClosed] = {}
    resets: dict[Day, Instant] = {}
    for count, row in enumerate(period_rows(scope, log, decision, frequency), 1):
        if count % READ_SLICE == 0:
            await trio.lowlevel.checkpoint()
        match row.fact:
            case PeriodClosed() as fact:
                if fact.period_start < since:
                    break
                closed[fact.period_start] = fact
            case StreakReset(at, date, "reset"):
                first = periods.start(frequency, date, scope.plan.week_start)
                if first < since:
                    break
                resets.setdefault(first, at)
            case _:
                pass
    return closed, resets
