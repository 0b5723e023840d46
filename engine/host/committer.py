"""Group commit: records queue here, one append at a time takes them to the log.

While one append syncs, the next batch collects; so the busier it is, the larger the batches and
the fewer the syncs. Callers wait for a record number to be durable, never for "their" commit.
A failed append leaves its outcome unknown: from then on nothing is answered (RELIABILITY, G1).
"""

from collections.abc import Callable
from time import perf_counter

import msgspec
import trio

from engine.host.ports import Log
from engine.model.commands import Personal
from engine.model.errors import (
    EngineClosed,
    EngineFailed,
    LaurelsError,
    Overloaded,
    StorageFull,
)
from engine.model.identifiers import Seq
from engine.model.limits import (
    BATCH_RECORDS_MAX,
    HEADROOM_BYTES,
    QUEUE_BYTES_MAX,
    QUEUE_RECORDS_MAX,
)
from engine.model.record import Record, encode_personal, encode_record


class CommitterStatistics(msgspec.Struct, frozen=True):
    """How the queue stands."""

    queued_records: int
    queued_bytes: int
    durable_seq: Seq
    batch_count: int


Observe = Callable[[float, int], None]
"""Told of every commit: how many seconds it took, and how many records it held."""


class Committer:
    """The queue in front of the log, and the task that empties it."""

    def __init__(self, log: Log, headroom_bytes: int = HEADROOM_BYTES) -> None:
        self._log = log
        self._headroom_bytes = headroom_bytes
        self.observe: Observe = _ignore
        self.durable_seq = log.bounds().last_seq
        """The last record that is on disk."""
        self.last_seq = self.durable_seq
        """The last record that was applied."""
        self.failure: LaurelsError | None = None
        """Why nothing is accepted any more, if so."""
        self._records: list[bytes] = []
        self._personal: dict[Seq, bytes] = {}
        self._appending: list[bytes] = []
        self._appending_personal: dict[Seq, bytes] = {}
        """The batch that is on its way to the disk."""
        self._bytes = 0
        self._batch_count = 0
        self._free = 0
        self._closing = False
        self._arrival = trio.Event()
        self._progress = trio.Event()
        self._failed = trio.Event()

    def add(self, record: Record, personal: Personal | None) -> Seq:
        """Queue a record; return its number. Never waits: see `wait_room`."""
        payload = encode_record(record)
        row = encode_personal(personal) if personal is not None else None
        seq = self.last_seq = Seq(self.last_seq + 1)
        self._records.append(payload)
        self._bytes += len(payload)
        if row is not None:
            self._personal[seq] = row
            self._bytes += len(row)
        self._arrival.set()
        return seq

    def queued(self, seq: Seq) -> tuple[bytes, bytes | None] | None:
        """Return a record's payload and personal payload if it is applied and not on disk yet."""
        if not self.durable_seq < seq <= self.last_seq:
            return None
        index = seq - self.durable_seq - 1
        if index < len(self._appending):
            return self._appending[index], self._appending_personal.get(seq)
        return self._records[index - len(self._appending)], self._personal.get(seq)

    @property
    def has_room(self) -> bool:
        """Whether the queue is below its bounds."""
        return len(self._records) < QUEUE_RECORDS_MAX and self._bytes < QUEUE_BYTES_MAX

    def check_room(self) -> None:
        """Make sure that the queue is below its bounds, for a caller who would rather not wait.

        Raises:
            Overloaded: it is not; nothing was applied.
        """
        if not self.has_room:
            raise Overloaded("more events wait for the disk than may; try again in a moment")

    async def wait_room(self) -> None:
        """Wait until the queue is below its bounds.

        Raises:
            EngineFailed: a commit failed.
        """
        while not self.has_room and self.failure is None:
            await self._progress.wait()
        self.check()

    async def wait_durable(self, seq: Seq) -> None:
        """Wait until a record, and so every one before it, is on disk.

        Raises:
            EngineFailed: a commit failed; the record may or may not be there.
        """
        while self.durable_seq < seq and self.failure is None:
            await self._progress.wait()
        if self.durable_seq < seq:
            self.check()

    async def wait_failed(self) -> None:
        """Wait until a commit fails; mostly for ever."""
        await self._failed.wait()

    def fail(self, what: str, cause: LaurelsError) -> None:
        """Stop for good: nothing more is committed, everybody who waits is told."""
        self.failure = EngineFailed(
            f"{what} ({cause}); what was not acknowledged may or may not be on disk: "
            "stop the process and start it again, recovery decides"
        )
        self.failure.__cause__ = cause
        self._failed.set()
        self._arrival.set()
        self._wake()

    def check(self) -> None:
        """Raise what keeps the engine from accepting commands, if anything does.

        Raises:
            EngineFailed: a commit failed.
            ReadOnly: the engine was opened for reading.
            EngineClosed: the engine is being closed: what was queued now would stay so.
        """
        if self.failure is not None:
            raise type(self.failure)(*self.failure.args) from self.failure
        if self._closing:
            raise EngineClosed("the engine is closed or being closed; nothing was applied")

    def check_headroom(self) -> None:
        """Make sure that there is room on disk for what is about to be applied.

        Asks the system again only while there was not enough, and after every commit: what is
        queued in between is bounded, and far smaller than the headroom.

        Raises:
            StorageFull: there is not; nothing was applied.
        """
        if self._free < self._headroom_bytes:
            self._free = self._log.headroom()
        free = self._free
        if free < self._headroom_bytes:
            raise StorageFull(
                f"only {free >> 20} MiB are free for the log, {self._headroom_bytes >> 20} MiB "
                "must be: commands are refused, reads go on; free some space"
            )

    async def run(self) -> None:
        """Append batch after batch until closed and empty, or until an append fails."""
        while self.failure is None:
            while not self._records:
                if self._closing or self.failure is not None:
                    return
                self._arrival = trio.Event()
                await self._arrival.wait()
            await self._append_batch()

    def close(self) -> None:
        """Let `run` end once the queue is empty."""
        self._closing = True
        self._arrival.set()

    def statistics(self) -> CommitterStatistics:
        """Return how the queue stands."""
        return CommitterStatistics(
            len(self._records), self._bytes, self.durable_seq, self._batch_count
        )

    async def _append_batch(self) -> None:
        records = self._records[:BATCH_RECORDS_MAX]
        self._records = self._records[BATCH_RECORDS_MAX:]
        first = Seq(self.durable_seq + 1)
        last = Seq(self.durable_seq + len(records))
        personal = {seq: row for seq, row in self._personal.items() if seq <= last}
        for seq in personal:
            del self._personal[seq]
        self._bytes -= sum(map(len, records)) + sum(map(len, personal.values()))
        self._appending, self._appending_personal = records, personal
        began_at = perf_counter()
        try:
            with trio.CancelScope(shield=True):
                await self._log.append(first, records, personal)
        except LaurelsError as error:
            self.fail(f"the commit of records {first} to {last} failed", error)
        else:
            self.durable_seq = last
            self._appending, self._appending_personal = [], {}
            self._batch_count += 1
            self._free = self._log.headroom()
            self._wake()
            self.observe(perf_counter() - began_at, len(records))

    def _wake(self) -> None:
        progress, self._progress = self._progress, trio.Event()
        progress.set()


def _ignore(seconds: float, records: int) -> None:
    pass
