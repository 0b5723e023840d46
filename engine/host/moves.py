"""Rank history on its way into the derived data: rows that are not there yet, shard by shard.

Every `RankMoved` fact of a record becomes a packed row (`engine.boards.rank_rows`) as the record is
applied, or after a start as it is read from the log's tail. A snapshot pass appends the rows to
what the derived data have of the shard, in chunks, before it moves the mark. So at any time what
is on disk and what is here are together all rows; they may overlap, after a crash and while a pass
is under way, and never leave a gap:

    log        1 ─────────────────────── mark ─────────────── last record
    on disk    all rows up to the mark,  perhaps some more
    here                                 all rows from here on

What is known of a shard beside its rows (how many there are, when the last cut was taken) is
looked up in the derived data when it is asked for first; nothing of that is in the event's path.
"""

from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from engine.boards.cut import decode_head
from engine.boards.rank_rows import (
    ROW_SIZE,
    RowId,
    count_rows,
    later_rows,
    pack_row,
    row_id,
)
from engine.host.ports import DerivedReader, MovesChunk
from engine.model.facts import RankMoved
from engine.model.identifiers import DAY_US, ScopeNumber, Seq
from engine.model.limits import (
    CUT_PART_PARTICIPANTS,
    CUT_ROWS_MIN,
    MOVES_BYTES_MAX,
    MOVES_CHUNK_ROWS,
)
from engine.model.record import Record
from engine.model.user import ShardKey

SLICE_BYTES = 512 * 1024
"""Rows framed between two looks at the event loop: some 1 ms."""
SLICE_SHARDS = 32
"""Shards whose last chunk is looked up between two looks at the event loop: some 1 ms."""
NO_DAY = -1
_LAST_SEQ = Seq(2**63 - 1)
_NO_ROW = RowId(Seq(0), 0)

_encoder = msgspec.msgpack.Encoder()


class HistorySettings(msgspec.Struct, frozen=True):
    """How rank history is laid out. Tests make all of it small; what is stored stays readable."""

    chunk_rows: int = MOVES_CHUNK_ROWS
    bytes_max: int = MOVES_BYTES_MAX
    cut_rows_min: int = CUT_ROWS_MIN
    part_participants: int = CUT_PART_PARTICIPANTS


class ShardHistory(msgspec.Struct, frozen=True):
    """What there is of a shard's history."""

    rows: int
    """Rows, with those that are not on disk yet."""
    cut: int
    """Number of the last cut, 0 for none."""
    cut_rows: int
    """Rows before that cut."""
    cut_day: int
    """The UTC day on which it was taken, as days since 1970; -1 for none."""


def shard_id(key: ShardKey) -> bytes:
    """Return the 16 bytes by which derived data know a shard: BLAKE2b of board, group, run."""
    return blake2b(_encoder.encode(key), digest_size=16).digest()


class _Shard:
    """One shard's rows that are not on disk, and what is known of those that are."""

    __slots__ = ("cut", "id", "is_known", "key", "last", "rows", "touched", "written")

    def __init__(self, key: ShardKey) -> None:
        self.key = key
        self.id = shard_id(key)
        self.rows = bytearray()
        self.touched = False
        self.is_known = False
        """Whether the following have been looked up."""
        self.written = 0
        self.last = _NO_ROW
        """The last row on disk: what is not later is there already."""
        self.cut: tuple[int, int, int] = (0, 0, NO_DAY)


class Moves:
    """The rows of one scope that the derived data lack."""

    def __init__(
        self,
        scope: ScopeNumber,
        derived: DerivedReader,
        settings: HistorySettings,
        *,
        writes: bool,
    ) -> None:
        """Begin with nothing.

        Args:
            scope: whose.
            derived: where rows go.
            settings: how they are laid out there.
            writes: whether somebody writes them there. If not, and they become more than may be in
                memory, none are kept, and readers find them in the log.
        """
        self.derived = derived
        self.is_complete = True
        """Whether all rows are here that are not on disk."""
        self._scope = scope
        self._settings = settings
        self._writes = writes
        self._shards: dict[tuple[int, str, int], _Shard] = {}
        self._touched: list[_Shard] = []
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of rows that are not on disk."""
        return self._size

    @property
    def is_due(self) -> bool:
        """Whether so many rows wait that a snapshot pass should write them."""
        return self._size >= self._settings.bytes_max

    def take(self, seq: Seq, record: Record) -> None:
        """Take the rows of a record, once each, in order of the log. 0.1 µs, 0.8 a row."""
        for fact, moved in enumerate(record.facts):
            if type(moved) is RankMoved:
                key = (moved.board, moved.group, moved.run)
                shard = self._shards.get(key)
                if shard is None:
                    shard = self._shards[key] = _Shard(ShardKey(*key))
                if seq <= shard.last.seq and (seq, fact) <= shard.last:
                    continue  # it was written beyond the mark, before a crash
                shard.rows += pack_row(seq, fact, record.user, moved)
                self._size += ROW_SIZE
                if not shard.touched:
                    shard.touched = True
                    self._touched.append(shard)
        if not self._writes and self.is_due:
            self.is_complete = False
            self._drop()

    def pending(self, key: ShardKey) -> bytes:
        """Return the rows of a shard that are not on disk, perhaps with some that are. A copy."""
        shard = self._shards.get(key)
        return b"" if shard is None else bytes(shard.rows)

    def history(self, key: ShardKey) -> ShardHistory:
        """Return what there is of a shard's history: two look-ups when it is asked first."""
        shard = self._known(key)
        return ShardHistory(shard.written + count_rows(shard.rows), *shard.cut)

    def note_cut(self, key: ShardKey, number: int, rows: int, day: int) -> None:
        """Note that a shard was cut."""
        self._known(key).cut = (number, rows, day)

    def touched(self) -> list[ShardKey]:
        """Return the shards that have moved since this was asked last."""
        touched, self._touched = self._touched, []
        for shard in touched:
            shard.touched = False
        return [shard.key for shard in touched]

    def known(self) -> list[ShardKey]:
        """Return the shards of which something is in memory."""
        return [shard.key for shard in self._shards.values()]

    def forget(self, key: ShardKey) -> None:
        """Forget what is known of a shard that is not live any more, if its rows are on disk."""
        shard = self._shards.get(key)
        if shard is not None and not shard.rows:
            del self._shards[key]

    def slices(self) -> Iterator[list[MovesChunk]]:
        """Yield the chunks to write, in slices; ask for the next when those are on disk.

        All rows that are here when it begins, and perhaps later ones.
        """
        found: list[tuple[_Shard, MovesChunk]] = []
        size = 0
        shards = [shard for shard in self._shards.values() if shard.rows]
        for shard in shards:
            self._look_up(shard)
            waiting = len(shard.rows)
            done = 0
            while done < waiting:
                length = min(waiting - done, SLICE_BYTES)
                chunks = self._chunks(shard, bytes(shard.rows[:length]))
                found += [(shard, chunk) for chunk in chunks]
                size += length
                done += length
                if size >= SLICE_BYTES or len(found) >= SLICE_SHARDS or done < waiting:
                    yield [chunk for _, chunk in found]
                    self._written(found)
                    found, size = [], 0
        if found:
            yield [chunk for _, chunk in found]
            self._written(found)

    def _written(self, chunks: list[tuple[_Shard, MovesChunk]]) -> None:
        """Note that chunks are on disk: their rows need not be here any more."""
        for shard, chunk in chunks:
            end = chunk.before + count_rows(chunk.rows)
            self._leave(shard, (end - shard.written) * ROW_SIZE)
            shard.written = end
            shard.last = row_id(chunk.rows, -1)

    def _chunks(self, shard: _Shard, rows: bytes) -> list[MovesChunk]:
        """Return the chunks that rows make behind what is on disk, its last chunk filled up."""
        before, full = shard.written, self._settings.chunk_rows * ROW_SIZE
        last = self.derived.last_moves(self._scope, shard.id)
        if last is not None and len(last.rows) < full:
            before, rows = last.before, last.rows + rows
        chunks: list[MovesChunk] = []
        for start in range(0, len(rows), full):
            of_chunk = rows[start : start + full]
            first, end = row_id(of_chunk, 0), row_id(of_chunk, -1)
            chunks.append(
                MovesChunk(self._scope, shard.id, first.seq, first.fact, end.seq, before, of_chunk)
            )
            before += count_rows(of_chunk)
        return chunks

    def _known(self, key: ShardKey) -> _Shard:
        shard = self._shards.get(key)
        if shard is None:
            shard = self._shards[key] = _Shard(key)
        self._look_up(shard)
        return shard

    def _look_up(self, shard: _Shard) -> None:
        """Find out what is on disk of a shard, once; drop the rows here that are there too."""
        if shard.is_known:
            return
        shard.is_known = True
        last = self.derived.last_moves(self._scope, shard.id)
        if last is not None:
            shard.written = last.before + count_rows(last.rows)
            shard.last = row_id(last.rows, -1)
            later = later_rows(bytes(shard.rows), shard.last)
            self._leave(shard, len(shard.rows) - len(later))
        cut = self.derived.cut(self._scope, shard.id, _LAST_SEQ)
        if cut is not None:
            head = decode_head(cut.payload)
            shard.cut = (head.number, head.rows, head.at // DAY_US)

    def _leave(self, shard: _Shard, size: int) -> None:
        del shard.rows[:size]
        self._size -= size

    def _drop(self) -> None:
        for shard in self._shards.values():
            self._leave(shard, len(shard.rows))
