"""Ledgers, read by walking back: no index is written for them (persistence/DESIGN.md).

A user's state knows the last record that added to each of their ledgers, and such a record knows
the one before it. So the newest rows cost a record each, and history of any length costs nothing
until somebody asks for it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Generic, NamedTuple, TypeGuard, TypeVar

import msgspec

from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.model.configuration import FREQUENCIES, Frequency
from engine.model.errors import LogDamaged, NotFound
from engine.model.facts import (
    AnyFact,
    FreezesChanged,
    MetricChanged,
    PeriodClosed,
    PointsAwarded,
    StreakReset,
    StreakRestored,
)
from engine.model.identifiers import Ordinal, ScopeNumber, Seq, fact_id
from engine.model.record import StoredRecord
from engine.model.user import Bucket, MetricState, PointsState, UserState

PeriodFact = PeriodClosed | StreakReset | StreakRestored
"""What the ledger of a frequency holds: closed periods, and what was done by hand in between."""

R = TypeVar("R", bound=AnyFact)


class Row(msgspec.Struct, Generic[R], frozen=True):
    """A row of a ledger, with the record that it stands in."""

    fact: R
    record: StoredRecord
    index: int
    """The place of the fact in the record."""

    @property
    def id(self) -> str:
        """The row's public id."""
        return fact_id(self.record.seq, self.index)


class Cursor(NamedTuple):
    """A row from which to go on to older ones."""

    seq: Seq
    fact: int
    """Its place in the record."""


class Ledgers:
    """The ledgers of a scope's users."""

    def __init__(self, log: LogReader, scope: ScopeNumber) -> None:
        self._log = log
        self._scope = scope

    def points(self, user: UserState, system: Ordinal, limit: int) -> list[Row[PointsAwarded]]:
        """Return the last rows of a user's ledger in a points system, newest first."""
        return list(islice(self._points(user, system), limit))

    def events(self, user: UserState, metric: Ordinal) -> Iterator[Row[MetricChanged]]:
        """Yield a user's events on a metric, newest first."""

        def belongs(fact: AnyFact) -> TypeGuard[MetricChanged]:
            return isinstance(fact, MetricChanged) and fact.metric == metric

        state = user.metrics.get(metric)
        return self._walk(user, state.head if state else Seq(0), belongs, _previous)

    def metric_days(self, user: UserState, metric: Ordinal) -> Iterator[Bucket]:
        """Yield what a metric came to on each local date on which it changed, newest first.

        A record a date, however many events there were.
        """

        def carried(fact: AnyFact) -> tuple[Sequence[Bucket], Seq] | None:
            if isinstance(fact, MetricChanged) and fact.metric == metric and fact.bucket:
                return (fact.bucket,), fact.days
            return None

        state = user.metrics.get(metric)
        return self._days(user, state, carried) if state is not None else iter(())

    def points_days(self, user: UserState, system: Ordinal) -> Iterator[Bucket]:
        """Yield what a user had of a points system on each local date on which it changed."""

        def carried(fact: AnyFact) -> tuple[Sequence[Bucket], Seq] | None:
            if isinstance(fact, PointsAwarded) and fact.system == system and fact.buckets:
                return fact.buckets, fact.days
            return None

        state = user.points.get(system)
        return self._days(user, state, carried) if state is not None else iter(())

    def periods(
        self, user: UserState, frequency: Frequency, before: Cursor | None = None
    ) -> Iterator[Row[PeriodFact]]:
        """Yield the rows of a user's streak on a frequency, newest first.

        Args:
            user: whose.
            frequency: as followed on which.
            before: one of its rows: those older than that one.

        Raises:
            NotFound: that is no row of this ledger.
        """
        index = FREQUENCIES.index(frequency)

        def belongs(fact: AnyFact) -> TypeGuard[PeriodFact]:
            if isinstance(fact, StreakReset):
                return True
            return isinstance(fact, PeriodClosed | StreakRestored) and fact.frequency == frequency

        def previous(fact: PeriodFact) -> Seq:
            return fact.prev[index] if isinstance(fact, StreakReset) else fact.prev

        return self._walk(user, user.streak(frequency).head, belongs, previous, before)

    def freezes(
        self, user: UserState, before: Cursor | None = None
    ) -> Iterator[Row[FreezesChanged]]:
        """Yield the rows of a user's freeze ledger, newest first.

        Args:
            user: whose.
            before: one of its rows: those older than that one.

        Raises:
            NotFound: that is no row of this ledger.
        """

        def belongs(fact: AnyFact) -> TypeGuard[FreezesChanged]:
            return isinstance(fact, FreezesChanged)

        return self._walk(user, user.freezes.head, belongs, _previous, before)

    def _points(self, user: UserState, system: Ordinal) -> Iterator[Row[PointsAwarded]]:
        def belongs(fact: AnyFact) -> TypeGuard[PointsAwarded]:
            return isinstance(fact, PointsAwarded) and fact.system == system

        state = user.points.get(system)
        return self._walk(user, state.head if state else Seq(0), belongs, _previous)

    def _days(
        self,
        user: UserState,
        state: MetricState | PointsState,
        carried: Callable[[AnyFact], tuple[Sequence[Bucket], Seq] | None],
    ) -> Iterator[Bucket]:
        """Yield the last date's bucket from the state, then those that records carry."""
        yield Bucket(state.date, state.total)
        seq = state.days
        while seq:
            facts = self._stored(seq).record.facts
            found = [carries for fact in facts if (carries := carried(fact)) is not None]
            if not found:
                raise LogDamaged(f"record {seq} should carry the days of user {user.number}")
            for buckets, _ in reversed(found):
                yield from reversed(buckets)
            older = found[0][1]
            if older >= seq:
                raise LogDamaged(f"record {seq} points forward to {older} in a summary")
            seq = older

    def _walk(
        self,
        user: UserState,
        head: Seq,
        belongs: Callable[[AnyFact], TypeGuard[R]],
        previous: Callable[[R], Seq],
        before: Cursor | None = None,
    ) -> Iterator[Row[R]]:
        """Yield rows newest first, from record to record; a record may hold several."""
        seq = head
        if before is not None:
            rows = self._rows(before.seq, belongs, user) if 0 < before.seq <= user.seq else []
            if before.fact not in [row.index for row in rows]:
                raise NotFound(f"{fact_id(*before)} is no row of this ledger")
            yield from (row for row in reversed(rows) if row.index < before.fact)
            seq = previous(rows[0].fact)
        while seq:
            rows = self._rows(seq, belongs, user)
            if not rows:
                raise LogDamaged(f"record {seq} should hold a row of a ledger that leads to it")
            yield from reversed(rows)
            older = previous(rows[0].fact)
            if older >= seq:
                raise LogDamaged(f"record {seq} points forward to {older} in a ledger")
            seq = older

    def _rows(
        self, seq: Seq, belongs: Callable[[AnyFact], TypeGuard[R]], user: UserState
    ) -> list[Row[R]]:
        stored = self._stored(seq)
        record = stored.record
        if record.user != user.number or record.scope != self._scope:
            return []
        return [
            Row(fact, stored, index) for index, fact in enumerate(record.facts) if belongs(fact)
        ]

    def _stored(self, seq: Seq) -> StoredRecord:
        rows = self._log.read_record(seq)
        if rows is None:
            raise LogDamaged(f"record {seq} is missing; a ledger leads to it")
        return decode_stored(seq, *rows)


def _previous(fact: MetricChanged | PointsAwarded | FreezesChanged) -> Seq:
    return fact.prev
