"""An audit of rank history: the stored rows are those of the log's facts, all of them, in order.

Of each shard a running checksum is kept of as many rows as are stored, while the facts go by; in
the end the chunks are read in order, and theirs must be the same. So nothing is held but some
hundred bytes a shard, however long the history.
"""

from zlib import crc32

from engine.boards.rank_rows import count_rows, pack_row
from engine.host.moves import shard_id
from engine.host.ports import DerivedReader
from engine.model.facts import RankMoved
from engine.model.identifiers import ScopeNumber
from engine.model.record import StoredRecord
from engine.model.user import ShardKey


class _Rows:
    """Rows of a shard as the facts say: so many, and the checksum of those that are stored."""

    __slots__ = ("checksum", "count", "stored")

    def __init__(self, stored: int) -> None:
        self.stored = stored
        self.count = 0
        self.checksum = 0


class MovesAudit:
    """Compares the rows of rank history with the facts of the records, as these go by."""

    def __init__(self, derived: DerivedReader) -> None:
        """Begin before the first record.

        Args:
            derived: the derived data, seen in one state for as long as this lasts.
        """
        self._derived = derived
        self._mark = derived.included()
        self._shards: dict[tuple[ScopeNumber, bytes], _Rows] = {}
        self._ids: dict[ShardKey, bytes] = {}

    def take(self, stored: StoredRecord) -> str | None:
        """Take in a record; return what is wrong, in words, None if nothing is. 2 µs a row."""
        record = stored.record
        for index, fact in enumerate(record.facts):
            if isinstance(fact, RankMoved):
                rows = self._rows(record.scope, ShardKey(fact.board, fact.group, fact.run))
                rows.count += 1
                if rows.count <= rows.stored:
                    row = pack_row(stored.seq, index, record.user, fact)
                    rows.checksum = crc32(row, rows.checksum)
                elif stored.seq <= self._mark:
                    return (
                        f"fact {stored.seq}.{index}: the derived data lack this row of rank"
                        f" history, though they include record {self._mark}"
                    )
        return None

    def finish(self) -> str | None:
        """Compare with what is stored; return what is wrong, None if nothing is.

        Reads all chunks: some 20 µs each.
        """
        found: dict[tuple[ScopeNumber, bytes], _Rows] = {}
        for chunk in self._derived.all_moves():
            rows = found.setdefault((chunk.scope, chunk.shard), _Rows(0))
            if chunk.before != rows.count:
                return (
                    f"rank history of shard {chunk.shard.hex()} in scope {chunk.scope} has"
                    f" {rows.count} rows before record {chunk.seq}, not {chunk.before}"
                )
            rows.count += count_rows(chunk.rows)
            rows.checksum = crc32(chunk.rows, rows.checksum)
        for (scope, shard), rows in found.items():
            told = self._shards.get((scope, shard))
            if told is None or told.count < rows.count or told.checksum != rows.checksum:
                return (
                    f"rank history of shard {shard.hex()} in scope {scope} is not what the facts"
                    " of the log say; remove the derived data to have it made again"
                )
        return None

    def _rows(self, scope: ScopeNumber, key: ShardKey) -> _Rows:
        shard = self._ids.get(key)
        if shard is None:
            shard = self._ids[key] = shard_id(key)
        rows = self._shards.get((scope, shard))
        if rows is None:
            last = self._derived.last_moves(scope, shard)
            stored = 0 if last is None else last.before + count_rows(last.rows)
            rows = self._shards[scope, shard] = _Rows(stored)
        return rows
