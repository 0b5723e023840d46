"""Archives: what is left of a run once it is closed, written in slices from its frozen order.

Reads come from the order in memory until the archive is complete; then one command says so, and the
order is let go of (SPEC 8.7). A crash in between costs nothing: the order is there again after a
start, since users keep their places until then, and the archive is written anew. So it is when all
derived data are lost.
"""

from collections.abc import Iterable

import trio

from engine.boards.archive import HEAD_KEY, archive_parts
from engine.host.committer import Committer
from engine.host.ports import ArchivePart, Derived, DerivedReader, OutcomeUnknown
from engine.host.scope import Scope
from engine.model.commands import NoteArchive
from engine.model.scope import ClosedRun

_PARTS_WRITTEN = 8
"""Parts of one transaction: 0.1 to 0.8 MB, which the disk takes in some milliseconds."""


class Archives:
    """What writes the archives of an engine's scopes."""

    def __init__(self, derived: Derived, committer: Committer) -> None:
        self._derived = derived
        self._committer = committer
        self._writing = trio.Lock()

    async def write(self, scopes: Iterable[Scope]) -> None:
        """Write the archive of every run that is closed and has none.

        Raises:
            EngineFailed: a commit failed.
            StorageFull: there is no room; a later call begins that archive anew.
        """
        try:
            async with self._writing:
                for scope in scopes:
                    for closed in pending(scope):
                        self._committer.check()  # else the store's state is unknown
                        await self._write(scope, closed)
        except OutcomeUnknown as error:
            self._committer.fail("writing an archive failed", error)
            self._committer.check()
            raise

    async def _write(self, scope: Scope, closed: ClosedRun) -> None:
        finished = closed.finished
        await self._committer.wait_durable(closed.seq)
        groups = scope.boards.groups(finished.board, finished.run)
        parts: list[ArchivePart] = []
        for key, payload in archive_parts(groups):
            part = ArchivePart(
                scope.state.number, finished.board, finished.run, *key, closed.seq, payload
            )
            parts.append(part)
            if len(parts) == _PARTS_WRITTEN:
                await self._derived.write(archives=parts)
                parts = []
                # Nobody waits for an archive: the disk is the log's in between.
                await self._committer.wait_durable(self._committer.last_seq)
            await trio.lowlevel.checkpoint()
        await self._derived.write(archives=parts)
        if closed.finalised_at:
            scope.boards.drop((finished.board, finished.run))  # it was lost, and is known to be
            return
        self._committer.check_headroom()
        await self._committer.wait_room()
        scope.executor.record(NoteArchive(finished.board, finished.run), scope.now())


def pending(scope: Scope) -> list[ClosedRun]:
    """Return the runs of a scope that are closed and have no archive."""
    return [scope.state.closed_runs[board][run] for board, run in scope.boards.held()]


def hold_lost(scope: Scope, derived: DerivedReader) -> None:
    """Let the orders be wanted again of closed runs whose archives are lost.

    Derived data can be lost as a whole. Then everything is replayed from the first record on, so
    users have the places that they had in those runs.
    """
    number = scope.state.number
    for closed in scope.state.all_closed():
        board, run = closed.finished.board, closed.finished.run
        if closed.finalised_at and derived.archive(number, board, run, HEAD_KEY) is None:
            scope.boards.close((board, run), descending=closed.finished.descending)
