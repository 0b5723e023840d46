"""What the engine needs of a store: two ports, the log and the derived data.

The log is the truth. A *batch* is what one commit appends, numbered densely from 1; records carry
their own numbers (`first_seq`, `first_seq` + 1, …). Payloads are opaque here: the store frames
them with numbers and checksums and gives back exactly what it was given, or raises `LogDamaged`.

The derived data (idempotency keys, snapshot pieces) can be thrown away and rebuilt from the log.
It is written behind the log and never holds anything that includes an uncommitted record.

`persistence/` implements both on LMDB and in memory; one conformance suite runs over all.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from engine.model.errors import LaurelsError
from engine.model.identifiers import Ordinal, ScopeNumber, Seq, UserNumber


class OutcomeUnknown(LaurelsError):
    """An append failed in a way that leaves open whether it is durable. The writer is done for."""

    code = "outcome_unknown"
    status = 503
    exit_code = 8


class BatchTooLarge(LaurelsError):
    """A batch exceeds what the log can take at once; nothing was appended."""

    code = "batch_too_large"
    status = 503


class Bounds(msgspec.Struct, frozen=True):
    """How far a log reaches: its last batch and its last record, 0 for none."""

    last_batch: int
    last_seq: Seq


class Batch(msgspec.Struct, frozen=True):
    """One commit as read back, verified."""

    number: int
    first_seq: Seq
    records: Sequence[bytes]
    personal: Mapping[Seq, bytes]
    """Personal rows that have not been forgotten, by record number."""


class LogReader(Protocol):
    """Reading a log; needs no lock and may run beside its writer."""

    def bounds(self) -> Bounds:
        """Return how far the log reaches now."""
        ...

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[Batch]:
        """Yield the batches with after < number ≤ upto in order, each verified.

        Without `upto`, up to the log's end at the call. Holds one batch at a time.

        Raises:
            LogDamaged: a batch is missing or its bytes are not what was written; names the record.
        """
        ...

    def read_record(self, seq: Seq) -> tuple[bytes, bytes | None] | None:
        """Return one record's payload and personal payload (None if forgotten or never there).

        Returns None for a number beyond the end.

        Raises:
            LogDamaged: the bytes are not what was written.
        """
        ...

    def batch_of(self, seq: Seq) -> int:
        """Return the number of the batch that holds a record; 0 for seq 0.

        Raises:
            NotFound: the log does not reach that far.
            LogDamaged: the record's bytes are not what was written.
        """
        ...

    def secret(self) -> bytes:
        """Return the log's own 32 random bytes: the key of its keyed hashes."""
        ...

    def identity(self) -> bytes:
        """Return the log's own 16 random bytes, by which derived data knows its log."""
        ...


class Log(LogReader, Protocol):
    """A log opened by its one writer."""

    async def append(
        self, first_seq: Seq, records: Sequence[bytes], personal: Mapping[Seq, bytes]
    ) -> int:
        """Append one batch at the head; return its number once it is durable.

        One append at a time. The caller must not be cancelled away from it: it runs to its end,
        shielded.

        Raises:
            OutcomeUnknown: it may or may not be durable; nothing more is accepted.
            BatchTooLarge: a certain refusal; nothing was appended.
            StorageFull: a certain refusal; nothing was appended.
        """
        ...

    async def forget(self, seqs: Iterable[Seq]) -> None:
        """Delete the personal rows of these records, and nothing else."""
        ...

    def follow(self, after: int) -> AsyncIterator[Batch]:
        """Yield every batch after a number, waiting for new ones at the end. Bounded memory."""
        ...

    def headroom(self) -> int:
        """Return how many bytes can still be appended: the least of free disk and free map."""
        ...

    async def close(self) -> None:
        """Close; what was appended stays."""
        ...


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """One stored piece of a snapshot: a state that includes records up to `seq`."""

    scope: ScopeNumber
    number: UserNumber
    seq: Seq
    payload: bytes


class UserPiece(msgspec.Struct, frozen=True, array_like=True):
    """A user's piece in its two rows: the state, and what a start must read of everybody."""

    scope: ScopeNumber
    number: UserNumber
    seq: Seq
    state: bytes
    start: bytes


class ArchivePart(msgspec.Struct, frozen=True, array_like=True):
    """A part of the archive of a closed run; `engine.boards.archive` says which there are."""

    scope: ScopeNumber
    board: Ordinal
    run: int
    kind: int
    group: int
    index: int
    seq: Seq
    """The record that closed the run."""
    payload: bytes


class MovesChunk(msgspec.Struct, frozen=True, array_like=True):
    """A chunk of rank history: rows of one shard that follow one another, at least one.

    Only the last chunk of a shard ever changes: it is written again with more rows.
    """

    scope: ScopeNumber
    shard: bytes
    """16 bytes."""
    seq: Seq
    """Record of the first row."""
    fact: int
    """Place of the first row in its record."""
    last_seq: Seq
    """Record of the last row."""
    before: int
    """How many rows the shard has before these."""
    rows: bytes


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """The head of a cut of a shard at a record; written when all of its parts are."""

    scope: ScopeNumber
    shard: bytes
    seq: Seq
    payload: bytes


class CutPart(msgspec.Struct, frozen=True, array_like=True):
    """A part of a cut; one whose cut has no head is overwritten by the next of its number."""

    scope: ScopeNumber
    shard: bytes
    seq: Seq
    number: int
    """The n-th cut of the shard."""
    index: int
    """The part, from 0."""
    payload: bytes


class DerivedReader(Protocol):
    """Reading the derived data."""

    def included(self) -> Seq:
        """Return the low-water mark: every piece and key includes the records up to here."""
        ...

    def key(self, key: bytes) -> Seq | None:
        """Return the record that a 16-byte key hash belongs to, if it is in the index."""
        ...

    def user(self, scope: ScopeNumber, number: UserNumber) -> Piece | None:
        """Return a user's stored state, None if there is none.

        Raises:
            LogDamaged: the bytes are not what was written; names the piece.
        """
        ...

    def starts(self, scope: ScopeNumber) -> Iterator[Piece]:
        """Yield the start row of every stored user of a scope, by number."""
        ...

    def scopes(self) -> Iterator[Piece]:
        """Yield the stored piece of every scope (`number` is 0)."""
        ...

    def archive(
        self, scope: ScopeNumber, board: Ordinal, run: int, part: tuple[int, int, int]
    ) -> bytes | None:
        """Return the payload of a part of an archive, None if there is none.

        `part` is its kind, the group, and the place among those of its kind.

        Raises:
            LogDamaged: the bytes are not what was written; names the part.
        """
        ...

    def moves(
        self, scope: ScopeNumber, shard: bytes, seq: Seq, fact: int, limit: int
    ) -> list[MovesChunk]:
        """Return the chunks of a shard in order, from the one that a row is or would be in.

        Args:
            scope: the shard's scope.
            shard: whose.
            seq: the row's record.
            fact: the row's place there.
            limit: the most chunks to return.
        """
        ...

    def last_moves(self, scope: ScopeNumber, shard: bytes) -> MovesChunk | None:
        """Return the last chunk of a shard, None if it has none."""
        ...

    def start_of_moves(self, scope: ScopeNumber, shard: bytes, upto: Seq) -> Seq | None:
        """Return the record with which a shard's last chunk begins that begins by a record."""
        ...

    def all_moves(self) -> Iterator[MovesChunk]:
        """Yield every chunk, by scope and shard, then in order."""
        ...

    def cut(self, scope: ScopeNumber, shard: bytes, upto: Seq) -> Cut | None:
        """Return the last cut of a shard at or before a record, None if there is none."""
        ...

    def cut_part(self, cut: Cut, number: int, index: int) -> bytes:
        """Return the payload of a part of a cut.

        Raises:
            LogDamaged: there is none, or it is not what was written.
        """
        ...


class Derived(DerivedReader, Protocol):
    """The derived data opened by its one writer."""

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
        """Put all of these in one transaction; `included` moves the low-water mark."""
        ...

    async def reset(self) -> None:
        """Throw everything away."""
        ...

    async def close(self) -> None:
        """Close; what was written stays."""
        ...


class ReadableStore(Protocol):
    """A log and its derived data, opened together for reading."""

    @property
    def log(self) -> LogReader:
        """The truth."""
        ...

    @property
    def derived(self) -> DerivedReader:
        """What can be rebuilt from it; never ahead of `log`."""
        ...


class Store(Protocol):
    """A log and its derived data, opened together by their one writer."""

    @property
    def log(self) -> Log:
        """The truth."""
        ...

    @property
    def derived(self) -> Derived:
        """What can be rebuilt from it."""
        ...
