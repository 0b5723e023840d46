"""Ledgers, read by walking back: no index is written for them (persistence/DESIGN.md).

A user's state knows the last record that added to each of their ledgers, and such a record knows
the one before it. So the newest rows cost a record each, and history of any length costs nothing
until somebody asks for it.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Generic, TypeVar

import msgspec

from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.model.configuration import Leaderboard
from engine.model.errors import LogDamaged
from engine.model.facts import AnyFact, MetricChanged, PeriodClosed, PointsAwarded, RankMoved
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
        return list(islice(self._points(user, system), limit))

    def events(self, user: UserState, metric: Ordinal, limit: int) -> list[Row[MetricChanged]]:
        """Return a user's last events on a metric, newest first."""
        return list(islice(self._events(user, metric), limit))

    def periods(self, user: UserState, limit: int) -> list[Row[PeriodClosed]]:
        """Return the last closed periods of a user's streak, newest first."""

        def belongs(fact: AnyFact) -> bool:
            return isinstance(fact, PeriodClosed)

        return list(islice(self._walk(user.streak.head, PeriodClosed, belongs), limit))

    def moves(
        self, user: UserState, board: Leaderboard
    ) -> Iterator[tuple[StoredRecord, RankMoved]]:
        """Yield a user's own moves on a board, newest first, with the records they stand in.

        They stand beside the row of what the board ranks by; seeding is not among them.
        """
        rows: Iterator[Row[MetricChanged]] | Iterator[Row[PointsAwarded]]
        if board.metric is not None:
            rows = self._events(user, board.metric)
        else:
            assert board.points_system is not None
            rows = self._points(user, board.points_system)
        here, last = (board.ordinal, board.run), Seq(0)
        for row in rows:
            if row.record.seq != last:  # several awards in a record are one move
                last = row.record.seq
                for fact in reversed(row.record.record.facts):
                    if isinstance(fact, RankMoved) and (fact.board, fact.run) == here:
                        yield row.record, fact

    def _points(self, user: UserState, system: Ordinal) -> Iterator[Row[PointsAwarded]]:
        def belongs(fact: AnyFact) -> bool:
            return isinstance(fact, PointsAwarded) and fact.system == system

        state = user.points.get(system)
        return self._walk(state.head if state else Seq(0), PointsAwarded, belongs)

    def _events(self, user: UserState, metric: Ordinal) -> Iterator[Row[MetricChanged]]:
        def belongs(fact: AnyFact) -> bool:
            return isinstance(fact, MetricChanged) and fact.metric == metric

        state = user.metrics.get(metric)
        return self._walk(state.head if state else Seq(0), MetricChanged, belongs)

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
