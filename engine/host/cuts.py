"""Cuts of live boards: when one is due, and how it is taken while the board moves on (SPEC 8.5).

A shard is cut when as many rows followed its last cut as it has participants; when a UTC day is
over (or at a start, if no day's cut has been taken since) already at a quarter as many. Below some
thousand rows never, since walking through those costs less than reading a cut. So cuts take
no more room than the rows, to within a small factor, and a past place is at most so many rows away
from one.

One cut at a time, in four stretches of slices:

    scan       the shard in rank order, as it was when the scan began (`engine.boards.scan`)
    transpose  by participant number (`engine.boards.cut`), on the way
    write      the parts, once the record at which the scan began is durable
    head       last; without it the cut is not there, and its parts are overwritten by the next one
"""

from collections.abc import Mapping
from contextlib import suppress

import trio

from engine.boards.cut import CutHead, Transposition, encode_head, first_of_part
from engine.boards.scan import Scan
from engine.boards.shard import Shard
from engine.host.committer import Committer
from engine.host.moves import HistorySettings, ShardHistory, shard_id
from engine.host.ports import Cut, CutPart, Derived, OutcomeUnknown
from engine.host.scope import Scope
from engine.model.errors import StorageFull
from engine.model.identifiers import DAY_US, ScopeNumber
from engine.model.limits import SCAN_SLICE_PARTICIPANTS
from engine.model.user import ShardKey

_SLICE_SHARDS = 32
"""Shards looked at between two looks at the event loop: at a start each costs two look-ups."""
_SLICE_PARTS = 16
"""Parts in one transaction: half a megabyte."""


class Cuts:
    """What cuts the live boards of an engine."""

    def __init__(
        self,
        derived: Derived,
        scopes: Mapping[ScopeNumber, Scope],
        committer: Committer,
        settings: HistorySettings,
    ) -> None:
        self._derived = derived
        self._scopes = scopes
        self._committer = committer
        self._settings = settings
        self._one_at_a_time = trio.Lock()
        self._days: dict[ScopeNumber, int] = {}
        """The UTC day on which all boards of a scope were looked at last."""

    async def look(self) -> int:
        """Cut the boards for which it is time; return how many were cut.

        Raises:
            EngineFailed: a commit failed, of the log or of the cut itself.
        """
        cuts = 0
        try:
            async with self._one_at_a_time:
                for scope in list(self._scopes.values()):
                    cuts += await self._look(scope)
        except OutcomeUnknown as error:
            self._committer.fail("writing a cut failed", error)
            self._committer.check()
        return cuts

    async def _look(self, scope: Scope) -> int:
        moves, boards = scope.executor.moves, scope.boards
        day = scope.now() // DAY_US
        is_new_day = day != self._days.get(scope.state.number)
        self._days[scope.state.number] = day
        keys = moves.touched()
        if is_new_day:
            keys = list({*boards.live(), *moves.known()})
        cuts = 0
        for count, key in enumerate(keys, 1):
            if count % _SLICE_SHARDS == 0:
                await trio.lowlevel.checkpoint()
            shard = boards.shard(key)
            if shard is None:
                moves.forget(key)
            elif self._is_due(moves.history(key), len(shard), day, is_new_day=is_new_day):
                with suppress(StorageFull):  # a past place then takes longer; a later look goes on
                    await self._cut(scope, key, shard)
                    cuts += 1
        return cuts

    def _is_due(
        self, history: ShardHistory, participants: int, day: int, *, is_new_day: bool
    ) -> bool:
        rows = history.rows - history.cut_rows
        if rows < self._settings.cut_rows_min:
            return False
        return rows >= participants or (
            is_new_day and history.cut_day < day and 4 * rows >= participants
        )

    async def _cut(self, scope: Scope, key: ShardKey, shard: Shard) -> None:
        """Take and write one cut, of the record that was applied last."""
        moves, committer = scope.executor.moves, self._committer
        committer.check()  # after a failure the store's state is unknown: it is used no further
        seq, at, history = committer.last_seq, scope.state.clock, moves.history(key)
        transposition = Transposition(self._settings.part_participants)
        scan = Scan(shard)
        try:
            while not scan.done:
                transposition.add(scan.slice(SCAN_SLICE_PARTICIPANTS))
                await trio.lowlevel.checkpoint()
        finally:
            scan.close()
        await committer.wait_durable(seq)
        number, shard_bytes = history.cut + 1, shard_id(key)
        firsts: list[int] = []
        parts: list[CutPart] = []
        for index, rows in enumerate(transposition.parts()):
            firsts.append(first_of_part(rows))
            parts.append(CutPart(scope.state.number, shard_bytes, seq, number, index, rows))
            if len(parts) == _SLICE_PARTS:
                await self._derived.write(parts=parts)
                parts = []
            await trio.lowlevel.checkpoint()
        head = CutHead(number, at, history.rows, transposition.participants, tuple(firsts))
        cut = Cut(scope.state.number, shard_bytes, seq, encode_head(head))
        await self._derived.write(parts=parts, cuts=[cut])
        moves.note_cut(key, number, history.rows, at // DAY_US)
