"""Ledgers, read by walking back: no index is written for them (persistence/DESIGN.md).

A user's state knows the last record that added to each of their ledgers, and such a record knows
the one before it. So the newest rows cost a record each, and history of any length costs nothing
until somebody asks for it.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.model.errors import LogDamaged
from engine.model.facts import AnyFact, MetricChanged, PeriodClosed, PointsAwarded
from engine.model.identifiers import Ordinal, Seq, fact_id
from engine.model.record import StoredRecord
from engine.model.user import UserState

R = TypeVar("R", MetricChanged, PeriodClosed, PointsAwarded)


class Row(msgspec.Struct, Generic[R], frozen=True):
    """A row of a ledger, with the record that it stands in."""

    id: str
    fact: R
    record: StoredRecord


class Ledgers:
    """The ledgers of a log's users."""

    def __init__(self, log: LogReader) -> None:
        self._log = log

    def points(self, user: UserState, system: Ordinal, limit: int) -> list[Row[PointsAwarded]]:
        """Return the last rows of a user's ledger in a points system, newest first."""

        def belongs(fact: AnyFact) -> bool:
            return isinstance(fact, PointsAwarded) and fact.system == system

        state = user.points.get(system)
        return self._take(state.head if state else Seq(0), PointsAwarded, belongs, limit)

    def events(self, user: UserState, metric: Ordinal, limit: int) -> list[Row[MetricChanged]]:
        """Return a user's last events on a metric, newest first."""

        def belongs(fact: AnyFact) -> bool:
            return isinstance(fact, MetricChanged) and fact.metric == metric

        state = user.metrics.get(metric)
        return self._take(state.head if state else Seq(0), MetricChanged, belongs, limit)

    def periods(self, user: UserState, limit: int) -> list[Row[PeriodClosed]]:
        """Return the last closed periods of a user's streak, newest first."""

        def belongs(fact: AnyFact) -> bool:
            return isinstance(fact, PeriodClosed)

        return self._take(user.streak.head, PeriodClosed, belongs, limit)

    def _take(
        self, head: Seq, kind: type[R], belongs: Callable[[AnyFact], bool], limit: int
    ) -> list[Row[R]]:
        rows: list[Row[R]] = []
        for row in self._walk(head, kind, belongs):
            if len(rows) == limit:
                break
            rows.append(row)
        return rows

    def _walk(
        self, head: Seq, kind: type[R], belongs: Callable[[AnyFact], bool]
    ) -> Iterator[Row[R]]:
        """Yield rows newest first, from record to record; a record may hold several."""
        seq = head
        while seq:
            stored = self._stored(seq)
            rows = [
                Row(fact_id(seq, index), fact, stored)
                for index, fact in enumerate(stored.record.facts)
                if isinstance(fact, kind) and belongs(fact)
            ]
            if not rows:
                raise LogDamaged(f"record {seq} should hold a row of a ledger that leads to it")
            yield from reversed(rows)
            before = rows[0].fact.prev
            if before >= seq:
                raise LogDamaged(f"record {seq} points forward to {before} in a ledger")
            seq = before

    def _stored(self, seq: Seq) -> StoredRecord:
        rows = self._log.read_record(seq)
        if rows is None:
            raise LogDamaged(f"record {seq} is missing; a ledger leads to it")
        return decode_stored(seq, *rows)
