"""Writing a log: one batch at a time, each a single change of the tables.

All that can be prepared is prepared on the caller's side of the commit: frames, checksums, lists of
rows. What runs in the store's thread is four calls that release the interpreter.
"""

import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import trio

from engine.host.ports import Batch, BatchTooLarge, Bounds, OutcomeUnknown
from engine.model.errors import NotFound, StorageFull
from engine.model.identifiers import Seq
from persistence.framing import (
    BATCHES,
    IDENTITY_SIZE,
    LOG_KEY,
    META,
    PERSONAL,
    RECORDS,
    SECRET_SIZE,
    frame,
    frame_batch,
    frame_numbered,
    number_key,
)
from persistence.log_reader import StoredLogReader
from persistence.tables import Change, StoreUnavailable, Tables

BATCH_SIZE_MAX = 64 * 1024 * 1024
"""Bytes of payload in one batch: four times the writer's queue, an eighth of what LMDB can take."""


async def open_log(tables: Tables) -> "StoredLog":
    """Open the log in these tables for writing; make an empty one if there is none.

    Raises:
        LogDamaged: the log's own row or its end is not what was written.
    """
    try:
        return StoredLog(tables)
    except NotFound:
        await tables.commit(new_log())
        return StoredLog(tables)


def new_log() -> Change:
    """Return the change that makes a log in empty tables: identity and secret, by chance."""
    payload = secrets.token_bytes(IDENTITY_SIZE) + secrets.token_bytes(SECRET_SIZE)
    return Change(append={META: [(LOG_KEY, frame(META, LOG_KEY, 0, payload))]})


class StoredLog(StoredLogReader):
    """A log in tables, opened by its one writer; `engine.host.ports.Log`."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._writing = tables
        self._head_now = self.head(super().bounds().last_batch)
        self._appending = False
        self._failed = False
        self._closed = False
        self._changed = trio.Event()
        """Set, and replaced, when a batch was appended or the log was closed."""

    def bounds(self) -> Bounds:
        """Return how far the log reaches now, counting what `append` has returned for."""
        return Bounds(self._head_now.number, Seq(self._head_now.next_seq - 1))

    async def append(
        self, first_seq: Seq, records: Sequence[bytes], personal: Mapping[Seq, bytes]
    ) -> int:
        """Append one batch at the head; return its number once it is durable.

        One append at a time. It cannot be cancelled: it runs to its end.

        Cost: 2 µs a record before the store's thread, then one commit.

        Raises:
            OutcomeUnknown: it may or may not be durable; nothing more is accepted.
            BatchTooLarge: a certain refusal; nothing was appended.
            StorageFull: a certain refusal; nothing was appended.
            StoreUnavailable: a certain refusal; nothing was appended.
        """
        assert not self._appending, "one append at a time"
        assert not self._closed, "the log is closed"
        assert records, "a batch holds at least one record"
        assert first_seq == self._head_now.next_seq, "batches follow without a gap"
        assert all(first_seq <= seq < first_seq + len(records) for seq in personal), "a foreign row"
        size = sum(map(len, records)) + sum(map(len, personal.values()))
        if size > BATCH_SIZE_MAX:
            raise BatchTooLarge(f"a batch of {size} bytes is larger than {BATCH_SIZE_MAX}")
        number = self._head_now.number + 1
        rows = frame_numbered(RECORDS, number, enumerate(records, first_seq))
        head, batch_row = frame_batch(self._head_now, [row for _, row in rows])
        change = Change(
            append={
                RECORDS: rows,
                PERSONAL: frame_numbered(PERSONAL, number, sorted(personal.items())),
                BATCHES: [(number_key(number), batch_row)],
            }
        )
        self._appending = True
        try:
            await self._commit(change)
        finally:
            self._appending = False
        self._head_now = head
        self._wake()
        return number

    async def forget(self, seqs: Iterable[Seq]) -> None:
        """Delete the personal rows of these records, and nothing else: all of them or none.

        Numbers without a personal row are passed over, so that it can be repeated. Cannot be
        cancelled. Cost: one commit, and some 3 µs a row if they lie apart; call it with hundreds.

        Raises:
            StorageFull: no room for the change; nothing was deleted.
            StoreUnavailable: nothing was deleted.
            OutcomeUnknown: they may or may not be deleted; nothing more is accepted.
        """
        assert not self._closed, "the log is closed"
        keys = [number_key(seq) for seq in sorted(seqs)]
        await self._commit(Change(delete={PERSONAL: keys}))

    def follow(self, after: int) -> AsyncIterator[Batch]:
        """Yield every batch after a number, waiting for new ones at the end.

        Reads from the log and buffers nothing, so a slow reader costs no memory. Ends when the log
        is closed.

        Raises:
            LogDamaged: as `read`.
        """
        return _Tail(self, after)

    def headroom(self) -> int:
        """Return how many bytes can still be appended: the least of free disk and free map."""
        return self._writing.room()

    async def close(self) -> None:
        """Close; what was appended stays. A second call does nothing."""
        self._closed = True
        self._wake()
        await self._writing.close()

    @property
    def failed(self) -> bool:
        """Whether an append or a forget has ended without a verdict; it stays so."""
        return self._failed

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    async def wait_changed(self) -> None:
        """Wait until a batch is appended or the log is closed."""
        await self._changed.wait()

    async def _commit(self, change: Change) -> None:
        if self._failed:
            raise OutcomeUnknown(
                "an earlier commit failed; open the log again to see what it holds"
            )
        try:
            with trio.CancelScope(shield=True):
                await self._writing.commit(change)
        except (StorageFull, StoreUnavailable):
            raise
        except BaseException:
            self._failed = True
            raise

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


class _Tail(AsyncIterator[Batch]):
    """What `StoredLog.follow` gives: a place in the log, and nothing else."""

    def __init__(self, log: StoredLog, after: int) -> None:
        self._log = log
        self._after = after

    async def __anext__(self) -> Batch:
        await trio.lowlevel.checkpoint()
        while not self._log.closed and self._after >= self._log.bounds().last_batch:
            await self._log.wait_changed()
        if self._log.closed:
            raise StopAsyncIteration
        (batch,) = self._log.read(self._after, self._after + 1)
        self._after = batch.number
        return batch
