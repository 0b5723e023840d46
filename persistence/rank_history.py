"""Who stood where, and when: past ranks out of cuts and packed rows (SPEC 8.5).

A question about an instant is one about a record: the last one of the scope that is not later.
From the last cut before it one walks over the rows in between (`persistence.rows_reader`).

Everything here goes in slices of 1 or 2 ms, between which others run and the board moves on. A
slice holds no view of the store when it ends.
"""

from collections.abc import Iterable
from typing import NamedTuple

import trio

from engine.boards.cut import decode_head, find_in_part
from engine.boards.past_order import PastOrder
from engine.boards.rank_rows import (
    ROW_SIZE,
    Change,
    RowId,
    Spot,
    changes,
    count_rows,
    follow,
    row_id,
)
from engine.host.moves import shard_id
from engine.host.ports import DerivedReader, LogReader
from engine.host.recovery import decode_stored
from engine.host.scope import Scope
from engine.model.errors import LogDamaged
from engine.model.identifiers import DAY_US, Instant, Seq, UserNumber
from engine.model.user import ShardKey
from persistence.rows_reader import RowsReader, Walk

_SLICE_MOVES = 256
"""Moves made in a whole order between two looks at the event loop: some 1 ms."""
_SLICE_RECORDS = 128
"""Records decoded between two looks at the event loop: some 1 ms."""
_BEGINNING = Seq(0)


class RankChange(NamedTuple):
    """Somebody's position or value became another one, by a move of theirs or of others."""

    row: RowId
    """The fact that did it: its public id is `fact_id(*row)`."""
    at: Instant
    """The instant of its record."""
    before: Spot | None
    """None is not on the board."""
    after: Spot | None


class DayEnd(NamedTuple):
    """Where somebody stood when a UTC day was over, or stands now if it is not."""

    day: int
    """As days since 1970."""
    spot: Spot | None


class RankHistory:
    """The rank history of a scope, as far as its records are applied.

    Who shows what they read here waits until the scope's last record is durable, as ever.
    """

    def __init__(self, log: LogReader, derived: DerivedReader, scope: Scope) -> None:
        """Take an engine's `log` and `derived`, and one of its scopes."""
        self._log = log
        self._derived = derived
        self._scope = scope
        self._number = scope.state.number
        self._rows = RowsReader(log, derived, scope)

    async def record_at(self, key: ShardKey, instant: Instant) -> Seq:
        """Return a record up to which a shard has the rows that it had at an instant, no others.

        Cost: a bisection, some 0.5 ms with a million records.

        Raises:
            LogDamaged: stored bytes are not what was written; as all that follow.
        """
        await trio.lowlevel.checkpoint()
        state = self._scope.state
        last = state.seq
        if instant >= state.clock:
            return last
        low, high = 0, int(last)
        shard = shard_id(key)
        while low < high:
            middle = Seq((low + high + 1) // 2)
            start = self._derived.start_of_moves(self._number, shard, middle)
            if start is None or self._at(start) <= instant:
                low = middle
            else:
                high = start - 1
        for rows in await self._rows.around(key, Seq(low), last):
            following = self._first_after(rows, instant)
            if following is not None:
                return min(Seq(following - 1), last)
        return last

    async def place_at(self, key: ShardKey, number: UserNumber, instant: Instant) -> Spot | None:
        """Return where somebody stood at an instant, None if they were not on the board.

        Cost: one part of a cut, and 0.1 µs for each row behind it.
        """
        return await self.place_after(key, number, await self.record_at(key, instant))

    async def place_after(self, key: ShardKey, number: UserNumber, seq: Seq) -> Spot | None:
        """Return where somebody stood after a record; see `place_at`."""
        reached, spot = self._place_in_cut(key, number, seq) or (_BEGINNING, None)
        return await self._follow(key, number, spot, reached, seq)

    async def standing_at(self, key: ShardKey, instant: Instant) -> PastOrder:
        """Return the whole order at an instant.

        Cost: 0.4 µs a participant, some 5 µs for each row behind the cut; 16 bytes a participant.
        """
        return await self.standing_after(key, await self.record_at(key, instant))

    async def standing_after(self, key: ShardKey, seq: Seq) -> PastOrder:
        """Return the whole order after a record; see `standing_at`."""
        reached, order = _BEGINNING, PastOrder()
        cut = self._derived.cut(self._number, shard_id(key), seq)
        if cut is not None:
            head = decode_head(cut.payload)
            reached, order = cut.seq, PastOrder(head.participants)
            for index in range(len(head.firsts)):
                order.fill(self._derived.cut_part(cut, head.number, index))
                await trio.lowlevel.checkpoint()
        walk = Walk(self._rows, key, after=reached, upto=seq)
        while (rows := await walk.next()) is not None:
            for start in range(0, len(rows), _SLICE_MOVES * ROW_SIZE):
                order.move(rows[start : start + _SLICE_MOVES * ROW_SIZE])
                await trio.lowlevel.checkpoint()
        return order

    async def changes(
        self,
        key: ShardKey,
        number: UserNumber,
        *,
        start: Instant,
        end: Instant,
        limit: int,
        after: RowId | None = None,
    ) -> list[RankChange]:
        """Return the changes of somebody's position or value within a time, in order.

        Cost: 0.2 µs for each row of the board in that time, and as `place_at` at its start.

        Args:
            key: the shard.
            number: who.
            start: records from this instant on count.
            end: and before this one.
            limit: the most changes to return.
            after: one of its changes: those behind that one.
        """
        first = await self.record_at(key, Instant(start - 1))
        last = await self.record_at(key, Instant(end - 1))
        if after is not None:
            first = max(first, Seq(after.seq - 1))
        spot = await self.place_after(key, number, first)
        found: list[Change] = []
        walk = Walk(self._rows, key, after=first, upto=last)
        while len(found) < limit and (rows := await walk.next()) is not None:
            for change in changes(rows, number, spot):
                spot = change.after
                if after is None or change.row > after:
                    found.append(change)
        return await self._dated(found[:limit])

    async def days(
        self, key: ShardKey, number: UserNumber, last_day: int, count: int
    ) -> list[DayEnd]:
        """Return where somebody stood at the end of each of the last `count` UTC days, in order.

        One walk over the rows of these days, shorter where cuts lie on the way.

        Args:
            key: the shard.
            number: who.
            last_day: the last of the days, as days since 1970; it need not be over.
            count: how many.
        """
        reached, spot = _BEGINNING, None
        ends: list[DayEnd] = []
        for day in range(last_day - count + 1, last_day + 1):
            seq = await self.record_at(key, Instant((day + 1) * DAY_US - 1))
            cut = self._place_in_cut(key, number, seq, later_than=reached)
            if cut is not None:
                reached, spot = cut
            spot = await self._follow(key, number, spot, reached, seq)
            reached = max(reached, seq)
            ends.append(DayEnd(day, spot))
        return ends

    async def _follow(
        self, key: ShardKey, number: UserNumber, spot: Spot | None, after: Seq, upto: Seq
    ) -> Spot | None:
        walk = Walk(self._rows, key, after=after, upto=upto)
        while (rows := await walk.next()) is not None:
            spot = follow(rows, number, spot)
        return spot

    def _place_in_cut(
        self, key: ShardKey, number: UserNumber, upto: Seq, *, later_than: Seq = _BEGINNING
    ) -> tuple[Seq, Spot | None] | None:
        """Return the record of the last cut by a record, and where somebody stood in it."""
        cut = self._derived.cut(self._number, shard_id(key), upto)
        if cut is None or cut.seq <= later_than:
            return None
        head = decode_head(cut.payload)
        index = head.part_of(number)
        if index < 0:
            return cut.seq, None
        return cut.seq, find_in_part(self._derived.cut_part(cut, head.number, index), number)

    async def _dated(self, found: Iterable[Change]) -> list[RankChange]:
        dated: list[RankChange] = []
        for count, change in enumerate(found, 1):
            dated.append(RankChange(change.row, self._at(change.row.seq), *change[1:]))
            if count % _SLICE_RECORDS == 0:
                await trio.lowlevel.checkpoint()
        return dated

    def _first_after(self, rows: bytes, instant: Instant) -> Seq | None:
        """Return the record of the first row that is later than an instant, None for none."""
        low, high = 0, count_rows(rows)
        while low < high:
            middle = (low + high) // 2
            if self._at(row_id(rows, middle).seq) <= instant:
                low = middle + 1
            else:
                high = middle
        return row_id(rows, low).seq if low < count_rows(rows) else None

    def _at(self, seq: Seq) -> Instant:
        """Return the instant of a record. Some 10 µs."""
        rows = self._log.read_record(seq)
        if rows is None:
            raise LogDamaged(f"record {seq} is missing; rank history leads to it")
        return decode_stored(seq, *rows).record.at
