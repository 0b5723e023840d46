"""Derived data: what can be thrown away and made again from the log.

They never run ahead: nothing is written that includes a record which the log has not committed.
So when they turn out at their opening to reach further than the log, or to belong to another log,
or to be in a form that this release does not know, they are wrong, not the log, and are emptied.
"""

from collections.abc import Iterable, Iterator, Sequence

import trio

from engine.boards.rank_rows import ROW_SIZE, row_id
from engine.host.ports import (
    ArchivePart,
    Cut,
    CutPart,
    LogReader,
    MovesChunk,
    Piece,
    UserPiece,
)
from engine.model.errors import LogDamaged
from engine.model.identifiers import Ordinal, ScopeNumber, Seq, UserNumber
from persistence.framing import (
    ARCHIVE_KEY,
    ARCHIVES,
    CUTS,
    DERIVED_KEY,
    DERIVED_TABLES,
    KEY_HASH_SIZE,
    KEYS,
    META,
    MOVES,
    MOVES_KEY,
    PLACES,
    SCOPES,
    STARTS,
    USERS,
    cut_key,
    describe,
    frame,
    moves_key,
    places_key,
    scope_key,
    unframe,
    user_key,
    user_of,
)
from persistence.tables import Change, ReadTables, Row, Tables

CONTENTS = bytes([5])
"""What pieces hold, raised when their form changes or a new field cannot start from its default.

2 counts completions, 3 follows streaks on three frequencies, 5 holds rank history.
"""

SLICE_ROWS = 256
"""Rows copied out of one view: some 0.2 ms, and memory for as many pieces."""

_SLICE_CHUNKS = 64
"""Chunks of rank history likewise: 1 MiB."""


class StoredDerivedReader:
    """Derived data in tables; `engine.host.ports.DerivedReader`.

    Who reads beside a writer asks for `included` first, then for pieces, then for the log's bounds:
    every piece is then covered by the log, and the tail from `included` on brings all up to date.
    """

    def __init__(self, tables: ReadTables) -> None:
        self._tables = tables

    def included(self) -> Seq:
        """Return the low-water mark: every piece and key includes the records up to here.

        Raises:
            LogDamaged: the bytes are not what was written.
        """
        return mark(self._tables)[0]

    def key(self, key: bytes) -> Seq | None:
        """Return the record that a 16-byte key hash belongs to, if it is in the index.

        Cost: some 3 µs, more if its page has to come from the disk.

        Raises:
            LogDamaged: the bytes are not what was written; names the key.
        """
        with self._tables.view() as view:
            row = view.get(KEYS, key)
        return None if row is None else Seq(unframe(KEYS, key, row)[0])

    def user(self, scope: ScopeNumber, number: UserNumber) -> Piece | None:
        """Return a user's stored state, None if there is none. Cost: some 3 µs, or a disk read.

        Raises:
            LogDamaged: the bytes are not what was written; names the piece.
        """
        key = user_key(scope, number)
        with self._tables.view() as view:
            row = view.get(USERS, key)
        return None if row is None else _user_piece(USERS, key, row)

    def starts(self, scope: ScopeNumber) -> Iterator[Piece]:
        """Yield the start row of every stored user of a scope, by number. Holds 256 at a time.

        Raises:
            LogDamaged: the bytes are not what was written; names the piece.
        """
        start = user_key(scope, UserNumber(0))
        stop = user_key(ScopeNumber(scope + 1), UserNumber(0))
        for key, row in self._scan(STARTS, start, stop):
            yield _user_piece(STARTS, key, row)

    def scopes(self) -> Iterator[Piece]:
        """Yield the stored piece of every scope (`number` is 0), by scope.

        Raises:
            LogDamaged: the bytes are not what was written; names the piece.
        """
        for key, row in self._scan(SCOPES, b"", b"\xff" * (len(scope_key(ScopeNumber(0))) + 1)):
            seq, payload = unframe(SCOPES, key, row)
            scope = ScopeNumber(int.from_bytes(key, "big"))
            yield Piece(scope, UserNumber(0), Seq(seq), payload)

    def archive(
        self, scope: ScopeNumber, board: Ordinal, run: int, part: tuple[int, int, int]
    ) -> bytes | None:
        """Return the payload of a part of an archive, None if there is none.

        Raises:
            LogDamaged: the bytes are not what was written; names the part.
        """
        key = ARCHIVE_KEY.pack(scope, board, run, *part)
        with self._tables.view() as view:
            row = view.get(ARCHIVES, key)
        return None if row is None else unframe(ARCHIVES, key, row)[1]

    def moves(
        self, scope: ScopeNumber, shard: bytes, seq: Seq, fact: int, limit: int
    ) -> list[MovesChunk]:
        """Return the chunks of a shard in order, from the one that a row is or would be in.

        Cost: some 5 µs, and 20 µs a chunk of 16 KiB.

        Raises:
            LogDamaged: the bytes are not what was written; names the chunk.
        """
        first, stop = _of_shard(scope, shard)
        start = moves_key(scope, shard, seq, fact)
        with self._tables.view() as view:
            at = view.before(MOVES, first, start + b"\0")
            rows = view.rows(MOVES, start if at is None else at[0], stop, limit)
        return [_chunk(key, row) for key, row in rows]

    def last_moves(self, scope: ScopeNumber, shard: bytes) -> MovesChunk | None:
        """Return the last chunk of a shard, None if it has none.

        Raises:
            LogDamaged: the bytes are not what was written; names the chunk.
        """
        with self._tables.view() as view:
            found = view.before(MOVES, *_of_shard(scope, shard))
        return None if found is None else _chunk(*found)

    def start_of_moves(self, scope: ScopeNumber, shard: bytes, upto: Seq) -> Seq | None:
        """Return the record with which a shard's last chunk begins that begins by a record.

        Cost: some 5 µs; the chunk is not looked into.
        """
        first = _of_shard(scope, shard)[0]
        with self._tables.view() as view:
            found = view.before(MOVES, first, moves_key(scope, shard, Seq(upto + 1), 0))
        return None if found is None else Seq(MOVES_KEY.unpack(found[0])[2])

    def all_moves(self) -> Iterator[MovesChunk]:
        """Yield every chunk, by scope and shard, then in order. Holds 64 at a time.

        Raises:
            LogDamaged: the bytes are not what was written; names the chunk.
        """
        start = b""
        while True:
            with self._tables.view() as view:
                rows = view.rows(MOVES, start, b"\xff" * (MOVES_KEY.size + 1), _SLICE_CHUNKS)
            yield from (_chunk(key, row) for key, row in rows)
            if len(rows) < _SLICE_CHUNKS:
                return
            start = rows[-1][0] + b"\0"

    def cut(self, scope: ScopeNumber, shard: bytes, upto: Seq) -> Cut | None:
        """Return the last cut of a shard at or before a record, None if there is none.

        Raises:
            LogDamaged: the bytes are not what was written; names the cut.
        """
        first = _of_shard(scope, shard)[0]
        with self._tables.view() as view:
            found = view.before(CUTS, first, cut_key(scope, shard, upto) + b"\0")
        if found is None:
            return None
        seq, payload = unframe(CUTS, *found)
        return Cut(scope, shard, Seq(seq), payload)

    def cut_part(self, cut: Cut, number: int, index: int) -> bytes:
        """Return the payload of a part of a cut. Cost: some 40 µs, its checksum above all.

        Raises:
            LogDamaged: there is none, or it is not what was written.
        """
        key = places_key(cut.scope, cut.shard, number, index)
        with self._tables.view() as view:
            row = view.get(PLACES, key)
        if row is None:
            raise LogDamaged(f"{describe(PLACES, key)} is missing")
        seq, payload = unframe(PLACES, key, row)
        if seq != cut.seq:
            raise LogDamaged(f"{describe(PLACES, key)} is of record {seq}, not {cut.seq}")
        return payload

    def _scan(self, table: str, start: bytes, stop: bytes) -> Iterator[Row]:
        while True:
            with self._tables.view() as view:
                rows = view.rows(table, start, stop, SLICE_ROWS)
            yield from rows
            if len(rows) < SLICE_ROWS:
                return
            start = rows[-1][0] + b"\0"


class StoredDerived(StoredDerivedReader):
    """Derived data in tables, opened by their one writer; `engine.host.ports.Derived`."""

    def __init__(self, tables: Tables, log: LogReader) -> None:
        super().__init__(tables)
        self._writing = tables
        self._log = log
        self._included = mark(tables)[0]

    def included(self) -> Seq:
        """Return the low-water mark: every piece and key includes the records up to here."""
        return self._included

    async def write(
        self,
        *,
        keys: Sequence[tuple[bytes, Seq]] = (),
        users: Sequence[UserPiece] = (),
        scopes: Sequence[Piece] = (),
        archives: Sequence[ArchivePart] = (),
        moves: Sequence[MovesChunk] = (),
        parts: Sequence[CutPart] = (),
        cuts: Sequence[Cut] = (),
        included: Seq | None = None,
    ) -> None:
        """Put all of these in one transaction; `included` moves the low-water mark.

        Cannot be cancelled. Cost: one commit; 5 to 14 µs a key in the store's thread.

        Raises:
            StorageFull: no room; nothing was written.
            StoreUnavailable: nothing was written.
            OutcomeUnknown: it may or may not be written; open the store again.
        """
        end = self._log.bounds().last_seq
        mark_now = self._included if included is None else included
        assert self._included <= mark_now <= end, "the low-water mark moves up, within the log"
        pieces = (*users, *scopes, *archives, *parts, *cuts)
        assert all(piece.seq <= end for piece in pieces), "a piece runs ahead of the log"
        assert all(chunk.last_seq <= end for chunk in moves), "rank history runs ahead of the log"
        assert all(seq <= end and len(key) == KEY_HASH_SIZE for key, seq in keys), "a wrong key"
        put = {
            KEYS: _framed(KEYS, ((key, seq, b"") for key, seq in keys)),
            USERS: _framed(USERS, ((_key_of(p), p.seq, p.state) for p in users)),
            STARTS: _framed(STARTS, ((_key_of(p), p.seq, p.start) for p in users)),
            SCOPES: _framed(SCOPES, ((scope_key(p.scope), p.seq, p.payload) for p in scopes)),
            ARCHIVES: _framed(
                ARCHIVES, ((_key_of_archived(p), p.seq, p.payload) for p in archives)
            ),
            MOVES: _framed(MOVES, ((_key_of_chunk(c), c.before, c.rows) for c in moves)),
            PLACES: _framed(PLACES, ((_key_of_part(p), p.seq, p.payload) for p in parts)),
            CUTS: _framed(CUTS, ((_key_of_cut(c), c.seq, c.payload) for c in cuts)),
        }
        if included is not None:
            put[META] = [_mark_row(included, self._log.identity())]
        with trio.CancelScope(shield=True):
            await self._writing.commit(Change(put=put))
        if included is not None:  # else another writing may have moved it meanwhile
            self._included = mark_now

    async def reset(self) -> None:
        """Throw everything away, in one transaction. Cannot be cancelled.

        Raises:
            StorageFull, StoreUnavailable, OutcomeUnknown: as `write`.
        """
        with trio.CancelScope(shield=True):
            await self._writing.commit(empty_change(self._log.identity()))
        self._included = Seq(0)

    async def close(self) -> None:
        """Close; what was written stays. A second call does nothing."""
        await self._writing.close()


async def open_derived(tables: Tables, log: LogReader) -> tuple[StoredDerived, str | None]:
    """Open the derived data in these tables for writing, emptied if they do not fit the log.

    Returns them, and why they were emptied; None if they were not, or were new.
    """
    why = misfit(tables, log)
    if why is not None:
        await tables.commit(empty_change(log.identity()))
    return StoredDerived(tables, log), why or None


def misfit(tables: ReadTables, log: LogReader) -> str | None:
    """Return why derived data cannot be used with a log, None if they can, empty if there are none.

    Reads the derived data before the log, which may grow meanwhile.
    """
    with tables.view() as view:
        used = [table for table in DERIVED_TABLES if view.last(table)]
    if not used:
        return ""
    try:
        included, origin = mark(tables)
    except LogDamaged as damage:
        return str(damage)
    if not origin.startswith(log.identity()):
        return "they belong to another log"
    if origin != log.identity() + CONTENTS:
        return "they were made by another release"
    end = log.bounds().last_seq
    if included > end:
        return f"they include record {included}, but the log ends at record {end}"
    return None


def mark(tables: ReadTables) -> tuple[Seq, bytes]:
    """Return the low-water mark, and of which log and release it speaks.

    Raises:
        LogDamaged: their row is missing, or not what was written.
    """
    with tables.view() as view:
        row = view.get(META, DERIVED_KEY)
    if row is None:
        raise LogDamaged("the derived data's own row is missing")
    included, origin = unframe(META, DERIVED_KEY, row)
    return Seq(included), origin


def empty_change(identity: bytes) -> Change:
    """Return the change that leaves derived data empty and fit for a log."""
    return Change(clear=DERIVED_TABLES, put={META: [_mark_row(Seq(0), identity)]})


def _mark_row(included: Seq, identity: bytes) -> Row:
    return DERIVED_KEY, frame(META, DERIVED_KEY, included, identity + CONTENTS)


def _key_of(piece: UserPiece) -> bytes:
    return user_key(piece.scope, piece.number)


def _key_of_archived(part: ArchivePart) -> bytes:
    return ARCHIVE_KEY.pack(part.scope, part.board, part.run, part.kind, part.group, part.index)


def _key_of_chunk(chunk: MovesChunk) -> bytes:
    return moves_key(chunk.scope, chunk.shard, chunk.seq, chunk.fact)


def _key_of_part(part: CutPart) -> bytes:
    return places_key(part.scope, part.shard, part.number, part.index)


def _key_of_cut(cut: Cut) -> bytes:
    return cut_key(cut.scope, cut.shard, cut.seq)


def _framed(table: str, pieces: Iterable[tuple[bytes, int, bytes]]) -> list[Row]:
    """Return the rows of some pieces in the order of their keys, which makes writing them quick."""
    return sorted((key, frame(table, key, seq, payload)) for key, seq, payload in pieces)


def _of_shard(scope: ScopeNumber, shard: bytes) -> tuple[bytes, bytes]:
    """Return between which keys the rows of a shard lie, in whichever table."""
    prefix = scope_key(scope) + shard
    return prefix, prefix + b"\xff" * (MOVES_KEY.size - len(prefix) + 1)


def _chunk(key: bytes, row: bytes) -> MovesChunk:
    before, rows = unframe(MOVES, key, row)
    scope, shard, seq, fact = MOVES_KEY.unpack(key)
    if not rows or len(rows) % ROW_SIZE:
        raise LogDamaged(f"{describe(MOVES, key)} is damaged: it has {len(rows)} bytes")
    return MovesChunk(ScopeNumber(scope), shard, Seq(seq), fact, row_id(rows, -1).seq, before, rows)


def _user_piece(table: str, key: bytes, row: bytes) -> Piece:
    seq, payload = unframe(table, key, row)
    scope, number = user_of(key)
    return Piece(scope, number, Seq(seq), payload)
