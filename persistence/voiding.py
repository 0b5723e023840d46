"""Voiding an event: what the rules must be told of the past, read from the log (SPEC 4.7).

The rules know totals and sums, not the events that they come from. So the event's own record says
what it counted for and what it awarded; and the user's ledger says what the others come to: of a
sum those of the same period, else all of them. Ledgers are read in slices, and nobody waits for it;
what the user does meanwhile is read afterwards, in one stretch with the command.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import trio
from msgspec.structs import replace

from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.host.scope import Scope
from engine.model.commands import RecordEvent, Remaining, VoidedRun, VoidEvent
from engine.model.configuration import Aggregation
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import AnyFact, MetricChanged, PointsAwarded, RunCounted, UserCreated
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
    runs: frozenset[tuple[Ordinal, int]]
    """The boards and runs for which it counted."""


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
        self._stored = stored
        self._fact = counted
        self._awarded = _awarded(stored, counted)
        self._counted = [fact for fact in _own(stored, counted) if isinstance(fact, RunCounted)]
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
            runs=self._runs(state),
        )

    def _runs(self, state: UserState) -> tuple[VoidedRun, ...]:
        """Return what the event counted for in runs, by the present plan's boards."""
        boards, awarded = self._scope.plan.boards, dict(self._awarded)
        found: list[VoidedRun] = []
        for fact in self._counted:
            board = boards.get(fact.board)
            if board is None or not board.is_counting:
                continue
            system = board.board.points_system
            if system is None:
                of_run = VoidedRun(fact.board, fact.run, fact.change, 1)
                others = (e for e in self._others(state) if (fact.board, fact.run) in e.runs)
                found.append(self._replaced(of_run, others))
            else:
                # Making the user may have awarded as well: that stays.
                change, alone = awarded.get(system, 0), self._alone(system)
                found.append(VoidedRun(fact.board, fact.run, change, alone))
        for board in boards.values():
            # What a board with an end ranks holds the event also if it got its end later.
            of, end = board.board, board.board.end
            if board.is_counting or end is None or self._event.date > end:
                continue
            if of.metric == self._metric:
                of_run = VoidedRun(of.ordinal, of.run, self._event.value, 0)
                others = (e for e in self._others(state) if e.date <= end)
                found.append(self._replaced(of_run, others))
            elif of.points_system is not None and of.points_system in awarded:
                found.append(VoidedRun(of.ordinal, of.run, awarded[of.points_system], 0))
        return tuple(found)

    def _replaced(self, of_run: VoidedRun, others: Iterable[_Event]) -> VoidedRun:
        """Return what is to be taken off; if the metric is no sum, what the others come to."""
        if self._how == "sum":
            return of_run
        return replace(of_run, replaced=True, remaining=self._total(others))

    def _remaining(self, state: UserState) -> Remaining:
        """Return what the others come to, what was recorded since `read` included."""
        plan, total = self._scope.plan, self._total
        kept = self._others(state)

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

    def _alone(self, system: Ordinal) -> int:
        """Return 1 if all that the record awarded of a system is the event's, else 0."""
        facts = self._stored.record.facts
        made = isinstance(facts[0], UserCreated)
        earlier = facts[: facts.index(self._fact)] if made else ()
        return 0 if any(isinstance(f, PointsAwarded) and f.system == system for f in earlier) else 1

    def _others(self, state: UserState) -> list[_Event]:
        """Return the user's other events on the metric, of a sum those that matter."""
        for _ in self._rows(state):
            pass
        return [event for seq, event in sorted(self._events.items()) if seq not in self._voided]

    def _total(self, events: Iterable[_Event]) -> Millionths | None:
        result: Millionths | None = None
        for event in events:
            result = aggregate(self._how, result, event.value)
        return result

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
    counted = frozenset(
        (other.board, other.run) for other in _own(stored, fact) if isinstance(other, RunCounted)
    )
    return _Event(stored.seq, command.value, fact.day, matched, counted)


def _own(stored: StoredRecord, counted: MetricChanged) -> Sequence[AnyFact]:
    """Return what an event itself caused: it comes after the fact that it counted."""
    facts = stored.record.facts
    return facts[facts.index(counted) :]


def _awarded(stored: StoredRecord, counted: MetricChanged) -> tuple[tuple[Ordinal, int], ...]:
    """Return what an event awarded, by system: its rows come after the fact that it counted."""
    awarded: dict[Ordinal, int] = {}
    for fact in _own(stored, counted):
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
