"""The log as far as it is applied: for readers in the process that writes it.

A state is ahead of the disk by what waits for its commit, and leads into records that are not in
the log yet. They are still in the committer's queue, and are read from there; whoever shows them
waits for the disk before anybody sees it (SPEC 1.2).
"""

from collections.abc import Iterator

from engine.host.committer import Committer
from engine.host.ports import Batch, Bounds, LogReader
from engine.model.identifiers import Seq


class AppliedLog:
    """A log and its queue; `engine.host.ports.LogReader`. Batches are those on disk only."""

    def __init__(self, log: LogReader, committer: Committer) -> None:
        self._log = log
        self._committer = committer

    def bounds(self) -> Bounds:
        """Return how far the log reaches on disk."""
        return self._log.bounds()

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[Batch]:
        """Yield the batches on disk; see `LogReader.read`."""
        return self._log.read(after, upto)

    def read_record(self, seq: Seq) -> tuple[bytes, bytes | None] | None:
        """Return one record's payload and personal payload, also while it waits for the disk.

        Raises:
            LogDamaged: the bytes are not what was written.
        """
        return self._committer.queued(seq) or self._log.read_record(seq)

    def batch_of(self, seq: Seq) -> int:
        """Return the number of the batch on disk that holds a record; see `LogReader.batch_of`."""
        return self._log.batch_of(seq)

    def secret(self) -> bytes:
        """Return the log's own random bytes."""
        return self._log.secret()

    def identity(self) -> bytes:
        """Return the log's own random bytes by which derived data know it."""
        return self._log.identity()
