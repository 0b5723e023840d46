"""Reads the rows of rank history of a shard, wherever they are: on disk, in memory, in the log.

Rows up to a mark are in the derived data, and perhaps some more; all later ones are in memory
(`engine.host.moves`), or if there are too many for a process that only reads, in the log. Between
reading the end of the one and the beginning of the other nothing is awaited, so that no row leaves
for the disk unseen. Rows that are in both are known by their place and passed over.
"""

import trio

from engine.boards.rank_rows import (
    ROW_SIZE,
    RowId,
    later_rows,
    pack_row,
    row_id,
    rows_upto,
)
from engine.host.moves import shard_id
from engine.host.ports import DerivedReader, LogReader
from engine.host.recovery import read_records
from engine.host.scope import Scope
from engine.model.facts import RankMoved
from engine.model.identifiers import Seq
from engine.model.user import ShardKey

_SLICE_CHUNKS = 16
"""Chunks read at once: 256 KiB, some 0.4 ms."""
_SLICE_ROWS = 8_192
"""The same when they come from memory."""
_SLICE_RECORDS = 128
"""Records decoded between two looks at the event loop: some 1 ms."""
_LAST_FACT = 0xFFFFFFFF


class RowsReader:
    """The rows of a scope's shards."""

    def __init__(self, log: LogReader, derived: DerivedReader, scope: Scope) -> None:
        self._log = log
        self._derived = derived
        self._number = scope.state.number
        self._moves = scope.executor.moves

    async def around(self, key: ShardKey, seq: Seq, last: Seq) -> list[bytes]:
        """Return rows in order, among them those just before and just after a record's end.

        Args:
            key: the shard.
            seq: the record.
            last: the last record that counts.
        """
        mark = self._derived.included()
        chunks = self._derived.moves(self._number, shard_id(key), seq, _LAST_FACT, 2)
        pending = await self._pending(key, mark, last)
        return [*(chunk.rows for chunk in chunks), pending]

    async def slice(
        self, key: ShardKey, after: RowId, last: Seq, *, limit: int = _SLICE_CHUNKS
    ) -> tuple[bytes, bytes | None]:
        """Return the next rows on disk behind one; with the last of them those that are not.

        Args:
            key: the shard.
            after: the row.
            last: the last record that counts.
            limit: the most chunks to read, two at least.
        """
        mark = self._derived.included()
        chunks = self._derived.moves(self._number, shard_id(key), after.seq, after.fact, limit)
        at_end = len(chunks) < limit
        pending = await self._pending(key, mark, last) if at_end else None
        return b"".join(chunk.rows for chunk in chunks), pending

    async def _pending(self, key: ShardKey, mark: Seq, last: Seq) -> bytes:
        """Return the rows that are not on disk, perhaps with some that are.

        Args:
            key: the shard.
            mark: what derived data included before their rows were read.
            last: the last record that counts.
        """
        if self._moves.is_complete:
            return self._moves.pending(key)
        rows = bytearray()
        for count, stored in enumerate(read_records(self._log, mark), 1):
            if stored.seq > last:
                break
            if stored.record.scope == self._number:
                for index, fact in enumerate(stored.record.facts):
                    if isinstance(fact, RankMoved) and (fact.board, fact.group, fact.run) == key:
                        rows += pack_row(stored.seq, index, stored.record.user, fact)
            if count % _SLICE_RECORDS == 0:
                await trio.lowlevel.checkpoint()
        return bytes(rows)


class Walk:
    """The rows of a shard behind one record and up to another, slice by slice."""

    def __init__(self, reader: RowsReader, key: ShardKey, *, after: Seq, upto: Seq) -> None:
        self._reader = reader
        self._key = key
        self._upto = upto
        self._last = RowId(after, _LAST_FACT)
        """What is not later than this row has come already."""
        self._pending: bytes | None = None
        """When all is read that is on disk: the rest."""
        self._is_over = after >= upto

    async def next(self) -> bytes | None:
        """Return the next rows, at least one; None at the end. Some 8,000 at once."""
        while not self._is_over:
            await trio.lowlevel.checkpoint()
            found = later_rows(await self._read(), self._last)
            rows = rows_upto(found, self._upto)
            if len(rows) < len(found) or self._pending == b"":
                self._is_over = True
            if rows:
                self._last = row_id(rows, -1)
                return rows
        return None

    async def _read(self) -> bytes:
        if self._pending is None:
            rows, self._pending = await self._reader.slice(self._key, self._last, self._upto)
        else:
            size = _SLICE_ROWS * ROW_SIZE
            rows, self._pending = self._pending[:size], self._pending[size:]
        return rows
