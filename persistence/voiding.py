"""Voiding an event: what the rules must be told of the past, read from the log (SPEC 4.7).

The rules know totals and sums, not the events that they come from. So the event's own record says
what it counted for and what it awarded; and the user's ledger says what the others come to: of a
sum those of the same period, else all of them. Ledgers are read in slices, and nobody waits for it;
what the user does meanwhile is read afterwards, in one stretch with the command.
"""

from collections.abc import Iterator
from typing import NamedTuple

import trio

from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.host.scope import Scope
from engine.model.commands import RecordEvent, Remaining, VoidEvent
from engine.model.configuration import Aggregation
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import MetricChanged, PointsAwarded
from engine.model.identifiers import Day, Millionths, Ordinal, Seq
from engine.model.record import StoredRecord
from engine.model.user import PeriodStarts, UserState
from engine.rules.metrics import aggregate
from engine.rules.periods import starts
from persistence.ledgers import Ledgers

_SLICE = 64
"""Records read between two looks at the event loop: some 1 ms."""


class _Event(NamedTuple):
    """An event as its record has it."""

    seq: Seq
    value: Millionths
    date: Day
    matched: tuple[Ordinal, ...]


class Voiding:
    """An event that is to be voided, and the other events of its user on its metric."""

    def __init__(self, scope: Scope, log: LogReader, seq: Seq) -> None:
        """Read the event.

        Args:
            scope: where it was recorded.
            log: the log, with what waits for the disk.
            seq: the event's record.

        Raises:
            NotFound: there is no such event in the scope.
            InvalidInput: it cannot be taken out.
        """
        stored = _record(scope, log, seq)
        command = stored.record.command
        counted = next((f for f in stored.record.facts if isinstance(f, MetricChanged)), None)
        if not isinstance(command, RecordEvent) or counted is None:
            raise NotFound(f"record {seq} holds no event")
        metric = scope.plan.metrics.get(command.metric)
        if metric is None:
            raise InvalidInput("", "its metric is not configured any more")
        self.user = stored.record.user
        self._scope = scope
        self._log = log
        self._metric = command.metric
        self._event = _event(stored, counted)
        self._awarded = _awarded(stored, counted)
        self._how: Aggregation = metric.metric.aggregation
        self._first = starts(self._event.date, scope.plan.week_start)
        """The first days of the periods that the event lies in."""
        self._events: dict[Seq, _Event] = {}
        self._voided: set[Seq] = {seq}
        self._read_from = Seq(0)
        """The newest record that was read."""

    async def read(self, state: UserState) -> None:
        """Read the ledger in slices, so that the command has little left to read."""
        newest = state.metrics[self._metric].head
        for count, _ in enumerate(self._rows(state), 1):
            if count % _SLICE == 0:
                await trio.lowlevel.checkpoint()
        self._read_from = newest

    def command(self, state: UserState) -> VoidEvent:
        """Return the command that takes the event out, by what was recorded up to now.

        In one stretch with its application: nothing may be recorded in between.
        """
        event = self._event
        return VoidEvent(
            event=event.seq,
            metric=self._metric,
            value=event.value,
            date=event.date,
            matched=event.matched,
            awarded=self._awarded,
            remaining=self._remaining(state),
            key=self._scope.operation_key("void", str(event.seq), ""),
        )

    def _remaining(self, state: UserState) -> Remaining:
        """Return what the others come to, what was recorded since `read` included."""
        for _ in self._rows(state):
            pass
        plan = self._scope.plan
        kept = [event for seq, event in sorted(self._events.items()) if seq not in self._voided]

        def total(events: list[_Event]) -> Millionths | None:
            result: Millionths | None = None
            for event in events:
                result = aggregate(self._how, result, event.value)
            return result

        def within(index: int) -> list[_Event]:
            summed = [e for e in kept if e.seq > state.emptied]
            return [
                e for e in summed if starts(e.date, plan.week_start)[index] == self._first[index]
            ]

        day, week, month = (total(within(i)) for i in range(len(PeriodStarts._fields)))
        if self._how == "sum":
            return Remaining(None, day, week, month)
        matching = tuple(
            (ordinal, total([e for e in kept if ordinal in e.matched]))
            for ordinal in self._event.matched
        )
        return Remaining(total(kept), day, week, month, matching)

    def _rows(self, state: UserState) -> Iterator[None]:
        """Take in the rows that are newer than the last one read."""
        for row in Ledgers(self._log, self._scope.state.number).events(state, self._metric):
            if row.record.seq <= self._read_from:
                return
            if self._how == "sum" and not row.fact.voids and row.fact.day < min(self._first):
                return
            if row.fact.voids:
                self._voided.add(row.fact.voids)
            else:
                self._events[row.record.seq] = _event(row.record, row.fact)
            yield


def _event(stored: StoredRecord, fact: MetricChanged) -> _Event:
    command = stored.record.command
    assert isinstance(command, RecordEvent), "only events count on metrics"
    matched = tuple(ordinal for ordinal, _ in fact.matched)
    return _Event(stored.seq, command.value, fact.day, matched)


def _awarded(stored: StoredRecord, counted: MetricChanged) -> tuple[tuple[Ordinal, int], ...]:
    """Return what an event awarded, by system: its rows come after the fact that it counted."""
    facts = stored.record.facts
    awarded: dict[Ordinal, int] = {}
    for fact in facts[facts.index(counted) :]:
        if isinstance(fact, PointsAwarded):
            awarded[fact.system] = awarded.get(fact.system, 0) + fact.amount
    return tuple(sorted((system, amount) for system, amount in awarded.items() if amount))


def _record(scope: Scope, log: LogReader, seq: Seq) -> StoredRecord:
    rows = log.read_record(seq) if seq > 0 else None
    if rows is not None:
        stored = decode_stored(seq, *rows)
        if stored.record.scope == scope.state.number:
            return stored
    raise NotFound("there is no such event")
