"""The verdict on each period of a streak, in words and as data.

A closed period's verdict is its recorded row; nothing is judged anew. Rows lead to the events that
met them and to the freezes that kept them.
"""

from typing import NamedTuple, assert_never

import msgspec

from api.operations.answers_streaks import CountedEventAnswer, ExplainedPeriodAnswer
from api.operations.instants import date_text, instant_text
from api.operations.render_streaks import StreakRender
from engine.host.scope import Scope
from engine.model.commands import RecordEvent, UpsertUser
from engine.model.configuration import Frequency
from engine.model.facts import FreezesChanged, PeriodClosed, StreakReset, StreakRestored
from engine.model.identifiers import Day, Instant, Millionths, Seq, fact_id
from engine.model.numbers import as_double, as_text
from engine.model.record import StoredRecord
from engine.model.user import UserState
from engine.rules import periods, streaks

EVENTS_SHOWN_MAX = 20
"""Events shown of one period: the first ones and, whichever it is, the one that met it."""

_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


class CountedEvent(NamedTuple):
    """An event that counted towards a period."""

    seq: Seq
    at: Instant
    metric: str
    value: Millionths
    period: Day
    """The first day of the period."""
    total: Millionths
    """The metric's aggregate of the period after it."""


class Past(msgspec.Struct):
    """What the log says of some periods, by their first days."""

    frequency: Frequency
    closed: dict[Day, tuple[str | None, PeriodClosed]] = {}
    """With the row's id; it has none while it is due and not recorded."""
    by_hand: dict[Day, list[StreakReset | StreakRestored]] = {}
    records: dict[Day, StoredRecord] = {}
    """The record in which a period was closed, if that is recorded."""
    events: dict[Day, list[CountedEvent]] = {}
    """Of the metrics that count now, in order."""
    reset: dict[Day, Seq] = {}
    """The last record that set what a period had come to back to nothing."""
    complete: bool = True
    """False if there were more events than are read."""


class Verdicts:
    """Says of each period how it ended and why."""

    def __init__(self, scope: Scope, state: UserState, past: Past) -> None:
        """Prepare to speak of a user, brought up to now."""
        self._scope = scope
        self._state = state
        self._frequency: Frequency = past.frequency
        self._track = state.streak(past.frequency)
        self._present = StreakRender(scope).present(state, scope.now(), past.frequency)
        self._past = past
        self._events = past.events

    def period(self, start: Day) -> ExplainedPeriodAnswer:
        """Return the verdict on a period."""
        row_id, fact = self._past.closed.get(start, (None, None))
        if fact is not None:
            verdict, length, met_by = fact.outcome, fact.length, fact.met_by
            why = self._why_closed(fact)
        elif start == self._present:
            verdict, length = "open", self._track.length
            met_by = self._track.met_by if self._track.met else Seq(0)
            why = self._why_open()
        else:
            verdict, length, met_by = "none", 0, Seq(0)
            why = "no streak was running, and nothing met the period"
        by_hand = [self._by_hand(fact) for fact in self._past.by_hand.get(start, [])]
        return ExplainedPeriodAnswer(
            period_start=date_text(start),
            period_end=date_text(periods.end(self._frequency, start)),
            verdict=verdict,
            length=length,
            why="; ".join([*by_hand, why]),
            row_id=row_id,
            closed_at=None if fact is None else instant_text(fact.at),
            met_by=fact_id(met_by, 0) if met_by else None,
            events=self._shown(start, met_by),
            more_events=len(self._events.get(start, ())) > EVENTS_SHOWN_MAX,
        )

    def _shown(self, start: Day, met_by: Seq) -> list[CountedEventAnswer]:
        events = self._events.get(start, [])
        shown = events[:EVENTS_SHOWN_MAX]
        if met_by and met_by not in [event.seq for event in shown]:
            shown = shown[:-1] + [event for event in events if event.seq == met_by]
        return [
            CountedEventAnswer(
                event_id=fact_id(event.seq, 0),
                at=instant_text(event.at),
                metric=event.metric,
                value=as_double(event.value),
                total=as_double(event.total),
                met=event.seq == met_by,
            )
            for event in shown
        ]

    def _sums(self, start: Day) -> str:
        """Say what a period had come to, of the metrics that count now."""
        reset = self._past.reset.get(start, Seq(0))
        last = {
            event.metric: event.total for event in self._events.get(start, []) if event.seq > reset
        }
        return ", ".join(f"{key} {as_text(total)}" for key, total in last.items())

    def _met(self, start: Day, met_by: Seq) -> str:
        for event in self._events.get(start, []):
            if event.seq == met_by:
                total = as_text(event.total)
                at = instant_text(event.at)
                return f"met by event {fact_id(met_by, 0)} at {at}, with {event.metric} at {total}"
        return f"met by event {fact_id(met_by, 0)}"

    def _why_closed(self, fact: PeriodClosed) -> str:
        had = self._sums(fact.period_start)
        unmet = f"not met ({had})" if had else "not met (no event that counts)"
        match fact.outcome:
            case "extended":
                return self._met(fact.period_start, fact.met_by)
            case "day_off":
                return f"{unmet}; {_WEEKDAYS[periods.weekday(fact.period_start)]} was a day off"
            case "paused":
                return f"{unmet}; a pause covered it"
            case "frozen":
                return f"{unmet}; a freeze was used, {self._left_after(fact)}"
            case "skipped":
                return f"{unmet}; a change of zone{self._zone_of(fact)} jumped over its end"
            case "broken":
                return f"{unmet}; no day off, no pause, no freeze: the streak broke"
            case _:
                assert_never(fact.outcome)

    def _left_after(self, fact: PeriodClosed) -> str:
        record = self._past.records.get(fact.period_start)
        facts = record.record.facts if record else ()
        for other in facts:
            match other:
                case FreezesChanged(reason="consumed", period=kept) if kept == fact.period_start:
                    return f"{other.balance} left"
                case _:
                    pass
        return f"{self._state.freezes.balance} left"

    def _zone_of(self, fact: PeriodClosed) -> str:
        record = self._past.records.get(fact.period_start)
        command = record.record.command if record else None
        if isinstance(command, RecordEvent | UpsertUser) and command.zone is not None:
            return f" to {self._scope.plan.zone(command.zone)} at {instant_text(fact.at)}"
        return ""

    def _why_open(self) -> str:
        track = self._track
        start = self._present
        if track.met and track.length:
            return self._met(start, track.met_by)
        plan, state = self._scope.plan, self._state
        if not state.preferences.enabled:
            return "streaks are disabled for this user"
        conditions, mode = streaks.conditions_of(plan, state.preferences)
        needs = f" {'and' if mode == 'AND' else 'or'} ".join(
            f"{plan.metrics[c.metric].metric.key} ≥ {as_text(c.threshold)}" for c in conditions
        )
        had = self._sums(start)
        not_yet = f"not met yet ({had or 'no event that counts'}); needs {needs or 'a condition'}"
        if not track.length:
            return f"{not_yet} to start a streak"
        last = streaks.expires(state, plan, self._frequency, self._scope.calendar)
        assert last is not None, "a running streak expires"
        return f"{not_yet} until the end of {date_text(last)}"

    def _by_hand(self, fact: StreakReset | StreakRestored) -> str:
        at = instant_text(fact.at)
        match fact:
            case StreakReset(reason="reset"):
                return f"reset to nothing by an operator at {at}"
            case StreakReset():
                return f"ended at {at}, when streaks were disabled for this user"
            case StreakRestored():
                return f"restored to {fact.length} by an operator at {at}"
