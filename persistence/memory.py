"""The store's twin in memory, for tests and simulation: the same rows, no threads, faults on order.

A `MemoryDisk` is what survives a power cut. A store opened on it is dropped by `crash`, whatever it
was doing; what was durable by then is there when the disk is opened again. The log, the derived
data, their frames and checksums are the very ones that run on LMDB; only the tables are replaced.

    disk = MemoryDisk()
    disk.log.fail_after.add(3)          # the third commit is durable, but reported as failed
    async with open_memory_store(disk) as store:
        ...
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import trio
from sortedcontainers import SortedDict

from engine.host.ports import OutcomeUnknown
from engine.model.errors import DirectoryInUse, StorageFull
from persistence.framing import DERIVED_TABLES, LOG_TABLES
from persistence.store import OpenStore, open_tables
from persistence.tables import Change, Row

ROOM = 2**40
"""Bytes that a memory disk takes unless told otherwise."""


class MemoryDisk:
    """Two environments that survive a crash, and the knobs of what goes wrong with them."""

    def __init__(self) -> None:
        self.log = MemoryEnvironment(LOG_TABLES)
        self.derived = MemoryEnvironment(DERIVED_TABLES)

    def crash(self) -> None:
        """Cut the power: open stores are dead, a commit under way fails and leaves nothing.

        What a disk that does not honour flushes had not yet written is gone as well.
        """
        self.log.crash()
        self.derived.crash()


class MemoryEnvironment:
    """Durable tables. The knobs count commits from 1, over the disk's whole life.

    Knobs:
        delay: awaited before a commit happens, with the commit's number; told to wait, it delays.
        fail_before: commits that fail and leave nothing; the caller learns `OutcomeUnknown`.
        fail_after: commits that fail once they are durable; the caller learns `OutcomeUnknown`.
        honours_flushes: if False, a commit is durable only after `flush`.
        room: bytes left. It shrinks with every commit; one that does not fit is `StorageFull`.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.delay: Callable[[int], Awaitable[None]] | None = None
        self.fail_before: set[int] = set()
        self.fail_after: set[int] = set()
        self.honours_flushes = True
        self.room = ROOM
        self.commit_count = 0
        self.durable = Image(names)
        self.opened: MemoryTables | None = None
        self._unflushed: list[Change] = []

    def open(self) -> "MemoryTables":
        """Open the tables for their one writer.

        Raises:
            DirectoryInUse: a writer has them, and has neither closed them nor been cut off.
        """
        if self.opened is not None:
            raise DirectoryInUse("this memory disk is in use by another store")
        self.opened = MemoryTables(self)
        return self.opened

    def store(self, change: Change) -> None:
        """Make a change durable, or keep it for `flush` on a disk that does not honour flushes."""
        self._unflushed.append(change)
        if self.honours_flushes:
            self.flush()

    def flush(self) -> None:
        """Make durable what was committed."""
        for change in self._unflushed:
            self.durable.apply(change)
        self._unflushed.clear()

    def crash(self) -> None:
        """Cut off the store that is open, and forget what was not durable."""
        self._unflushed.clear()
        if self.opened is not None:
            self.opened.cut_off()
            self.opened = None


class Image:
    """All tables in one state; the view of a store in memory."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.tables: dict[str, SortedDict[bytes, bytes]] = {name: SortedDict() for name in names}

    def copy(self) -> "Image":
        """Return another image with the same rows. Cost: linear."""
        image = Image(())
        image.tables = {name: table.copy() for name, table in self.tables.items()}
        return image

    def apply(self, change: Change) -> None:
        """Apply a change."""
        for name in change.clear:
            self.tables[name].clear()
        for name, keys in change.delete.items():
            for key in keys:
                self.tables[name].pop(key, None)
        for name, rows in change.put.items():
            self.tables[name].update(rows)
        for name, rows in change.append.items():
            table = self.tables[name]
            for key, row in rows:
                assert not table or key > table.peekitem()[0], "rows are appended in order"
                table[key] = row

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the row of a key, None if there is none."""
        return self.tables[table].get(key)

    def rows(self, table: str, start: bytes, stop: bytes, limit: int) -> list[Row]:
        """Return the rows with start ≤ key < stop in order, at most `limit` of them."""
        rows: list[Row] = []
        for key in self.tables[table].irange(start, stop, inclusive=(True, False)):
            if len(rows) == limit:
                break
            rows.append((key, self.tables[table][key]))
        return rows

    def before(self, table: str, start: bytes, stop: bytes) -> Row | None:
        """Return the last row with start ≤ key < stop, None if there is none."""
        rows = self.tables[table]
        for key in rows.irange(start, stop, inclusive=(True, False), reverse=True):
            return key, rows[key]
        return None

    def last(self, table: str) -> Row | None:
        """Return the row with the highest key, None if the table is empty."""
        return self.tables[table].peekitem() if self.tables[table] else None


class MemoryTables:
    """The tables of a memory disk, as the writer who opened them sees them."""

    def __init__(self, disk: MemoryEnvironment) -> None:
        self._disk = disk
        self._visible = disk.durable.copy()
        self._closed = False
        self._cut_off = False
        self._commit_lock = trio.Lock()
        self._under_way = trio.CancelScope()

    @contextmanager
    def view(self) -> Generator[Image]:
        """Open a view of the present state."""
        assert not self._closed, "the store is closed"
        yield self._visible

    async def commit(self, change: Change) -> None:
        """Apply a change, unless a knob says otherwise.

        Raises:
            StorageFull: no room; nothing was changed, and the tables can be used further.
            OutcomeUnknown: the change may or may not be durable; use the tables no further.
        """
        with trio.CancelScope(shield=True):
            async with self._commit_lock:
                await self._commit(change)

    async def _commit(self, change: Change) -> None:
        assert not self._closed, "the store is closed"
        if self._cut_off:
            raise OutcomeUnknown("the power was cut")
        disk = self._disk
        disk.commit_count += 1
        number = disk.commit_count
        with trio.CancelScope() as self._under_way:
            await trio.lowlevel.checkpoint()
            if disk.delay is not None:
                await disk.delay(number)
        if self._cut_off:
            raise OutcomeUnknown("the power was cut")
        if number in disk.fail_before:
            raise OutcomeUnknown(f"commit {number} failed and left nothing, as it was told to")
        size = change_size(change)
        if size > disk.room:
            raise StorageFull(f"{size} bytes do not fit into the {disk.room} that are left")
        disk.room -= size
        self._visible.apply(change)
        disk.store(change)
        if number in disk.fail_after:
            raise OutcomeUnknown(f"commit {number} is durable but failed, as it was told to")

    def room(self) -> int:
        """Return how many more bytes the tables can take."""
        return self._disk.room

    async def close(self) -> None:
        """Close, after a commit in flight has ended. A second call does nothing."""
        with trio.CancelScope(shield=True):
            async with self._commit_lock:
                self._closed = True
                if self._disk.opened is self:
                    self._disk.opened = None

    def cut_off(self) -> None:
        """Fail every commit from now on, also one under way; reading goes on, for it harms none."""
        self._cut_off = True
        self._under_way.cancel()


def change_size(change: Change) -> int:
    """Return the bytes of the rows that a change adds."""
    added = (*change.put.values(), *change.append.values())
    return sum(len(key) + len(row) for rows in added for key, row in rows)


@asynccontextmanager
async def open_memory_store(disk: MemoryDisk) -> AsyncGenerator[OpenStore]:
    """Open a memory disk for the one writer, and close it in the end.

    Raises:
        DirectoryInUse: it is open already.
        LogDamaged: what is on it is not what was written.
    """
    log_tables = disk.log.open()
    derived_tables = disk.derived.open()
    try:
        store = await open_tables(log_tables, derived_tables, stopped_cleanly=True)
        try:
            yield store
        finally:
            await store.close()
    finally:
        await derived_tables.close()
        await log_tables.close()
