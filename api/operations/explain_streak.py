"""Why a streak is what it is: what the log says of each period, for `streak_verdicts` to put.

Rows are read from the ledger of the frequency, events from the user's ledgers of the metrics that
count, both back to the beginning of the range.
"""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

import trio

from api.operations.answers_streaks import StreakExplanationAnswer
from api.operations.instants import date_text
from api.operations.render_streaks import StreakRender
from api.operations.streak_reading import READ_SLICE, last_periods, period_rows
from api.operations.streak_verdicts import CountedEvent, Past, Verdicts
from engine.host.ports import LogReader
from engine.host.scope import Scope
from engine.model.commands import RecordEvent
from engine.model.configuration import DAYS_OF_A_WEEK, Frequency
from engine.model.errors import InvalidInput
from engine.model.facts import (
    MetricChanged,
    PeriodClosed,
    StreakReset,
    StreakRestored,
)
from engine.model.identifiers import Day
from engine.model.limits import DAY_MAX
from engine.model.user import UserState
from engine.rules import periods, streaks
from engine.rules.evaluate import Decision
from persistence.ledgers import Ledgers, Row

PERIODS_MAX = 400
"""Periods explained at once: a year of days and some."""

EVENTS_READ_MAX = 5_000
"""Records read for one explanation: some 75 ms, in slices."""

_DEFAULT_PERIODS = 7


async def explain(
    scope: Scope,
    log: LogReader,
    user_id: str,
    *,
    first: date | None = None,
    last: date | None = None,
    frequency: Frequency | None = None,
) -> StreakExplanationAnswer:
    """Return for each of a user's periods how it ended and why, oldest first.

    Args:
        scope: whose user.
        log: where the rows are.
        user_id: who.
        first: a date in the first period; default seven periods up to the last one.
        last: a date in the last period; default, and at most, the user's today.
        frequency: as followed on which; default the configured one.

    Raises:
        NotFound: there is no such user.
        InvalidInput: the range is empty or has more than 400 periods.
    """
    decision = scope.read_user(user_id)
    recorded = scope.recorded_user(user_id)  # before any wait: both are of one instant
    state = decision.state
    followed = frequency or scope.plan.streak.frequency
    today = StreakRender(scope).today(state, scope.now())
    upto = today if last is None else min(today, _day(last, "to"))
    since = None if first is None else _day(first, "from")
    wanted = await _range(scope, decision, followed, since, upto)
    past = await _past(scope, log, decision, followed, wanted[0])
    await _add_events(past, scope, log, recorded, wanted)
    verdicts = Verdicts(scope, state, past)
    track = state.streak(followed)
    return StreakExplanationAnswer(
        user_id=user_id,
        frequency=followed,
        length=track.length,
        longest=track.longest,
        periods=[verdicts.period(start) for start in wanted],
        events_complete=past.complete,
    )


async def _range(
    scope: Scope, decision: Decision, frequency: Frequency, first: Day | None, upto: Day
) -> list[Day]:
    if first is None:
        return await last_periods(scope, decision, frequency, _DEFAULT_PERIODS, upto)
    if first > upto:
        raise InvalidInput("from", f"lies after the last date, {date_text(upto)}")
    count = _count(frequency, first, upto)
    if count > PERIODS_MAX:
        raise InvalidInput("from", f"asks for more than {PERIODS_MAX} periods; ask for fewer")
    found = await last_periods(scope, decision, frequency, count, upto)
    return [start for start in found if periods.end(frequency, start) >= first]


def _count(frequency: Frequency, first: Day, upto: Day) -> int:
    """Return into how many periods two dates and those between them fall, at most."""
    match frequency:
        case "daily":
            return upto - first + 1
        case "weekly":
            return (upto - first) // DAYS_OF_A_WEEK + 2
        case "monthly":
            begin, end = periods.civil(first), periods.civil(upto)
            return (end.year - begin.year) * 12 + end.month - begin.month + 1
        case _:
            assert_never(frequency)


async def _past(
    scope: Scope, log: LogReader, decision: Decision, frequency: Frequency, since: Day
) -> Past:
    past = Past(frequency)
    for count, row in enumerate(period_rows(scope, log, decision, frequency), 1):
        if count % READ_SLICE == 0:
            await trio.lowlevel.checkpoint()
        fact = row.fact
        if isinstance(fact, PeriodClosed):
            if fact.period_start < since:
                break
            past.closed[fact.period_start] = row.id, fact
            if row.record is not None:
                past.records[fact.period_start] = row.record
        elif isinstance(fact, StreakReset | StreakRestored):
            day = fact.date if isinstance(fact, StreakReset) else fact.period
            start = periods.start(frequency, day, scope.plan.week_start)
            if start < since:
                break
            past.by_hand.setdefault(start, []).insert(0, fact)
            if isinstance(fact, StreakReset) and row.record is not None:
                past.reset.setdefault(start, row.record.seq)
    return past


async def _add_events(
    past: Past, scope: Scope, log: LogReader, recorded: UserState, wanted: Sequence[Day]
) -> None:
    plan = scope.plan
    conditions, _ = streaks.conditions_of(plan, recorded.preferences)
    read = 0
    for condition in conditions:
        key = plan.metrics[condition.metric].metric.key
        for row in Ledgers(log, scope.state.number).events(recorded, condition.metric):
            read += 1
            if read > EVENTS_READ_MAX:
                past.complete = False
                break
            if read % READ_SLICE == 0:
                await trio.lowlevel.checkpoint()
            if row.fact.voids:
                continue
            event = _event(row, key, past.frequency)
            if event.period < wanted[0]:
                break
            if event.period <= wanted[-1]:
                past.events.setdefault(event.period, []).append(event)
    for events in past.events.values():
        events.sort(key=lambda event: event.seq)


def _event(row: Row[MetricChanged], key: str, frequency: Frequency) -> CountedEvent:
    command, fact = row.record.record.command, row.fact
    assert isinstance(command, RecordEvent), "only events count on metrics"
    match frequency:
        case "daily":
            period, total = fact.day, fact.day_sum
        case "weekly":
            period, total = fact.week, fact.week_sum
        case "monthly":
            period, total = fact.month, fact.month_sum
        case _:
            assert_never(frequency)
    assert total is not None, "an event that counts leaves a sum"
    return CountedEvent(row.record.seq, fact.at, key, command.value, period, total)


def _day(of: date, where: str) -> Day:
    day = periods.day_of(of)
    if not 0 <= day <= DAY_MAX:
        raise InvalidInput(where, "must be between 1970 and 2100")
    return day
