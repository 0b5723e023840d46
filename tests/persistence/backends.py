"""The stores that the conformance suite runs over: one way to open, spoil and reopen them."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import Random
from typing import Protocol

import trio

from persistence.directory import open_store
from persistence.environment import Environment
from persistence.framing import DERIVED_TABLES, LOG_TABLES
from persistence.memory import MemoryDisk, open_memory_store
from persistence.store import OpenStore
from persistence.tables import Change

MAP_SIZE = 64 * 1024 * 1024


class Backend(Protocol):
    """A place that stores survive in, as one test uses it."""

    def open(self) -> AbstractAsyncContextManager[OpenStore]:
        """Open the store for writing."""
        ...

    def spoil_log(self, change: Change) -> None:
        """Change rows of the log behind its back, while it is closed."""
        ...

    def spoil_derived(self, change: Change) -> None:
        """Change rows of the derived data behind their back, while they are closed."""
        ...

    def log_row(self, table: str, key: bytes) -> bytes | None:
        """Return the bytes of a row of the log, while it is closed."""
        ...


class LmdbBackend:
    """A data directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def open(self) -> AbstractAsyncContextManager[OpenStore]:
        return open_store(self.directory, log_map_size=MAP_SIZE, derived_map_size=MAP_SIZE)

    def spoil_log(self, change: Change) -> None:
        self._spoil("log", LOG_TABLES, change)

    def spoil_derived(self, change: Change) -> None:
        self._spoil("derived", DERIVED_TABLES, change)

    def log_row(self, table: str, key: bytes) -> bytes | None:
        environment = self._open("log", LOG_TABLES)
        with environment.view() as view:
            row = view.get(table, key)
        environment.close()
        return row

    def _spoil(self, name: str, tables: tuple[str, ...], change: Change) -> None:
        environment = self._open(name, tables)
        environment.write(change)
        environment.close()

    def _open(self, name: str, tables: tuple[str, ...]) -> Environment:
        return Environment.open_writer(
            self.directory / name, tables, map_size=MAP_SIZE, readahead=True
        )


class MemoryBackend:
    """A memory disk; a slow one makes every commit wait for some turns of the loop."""

    def __init__(self, *, slow: bool = False) -> None:
        self.disk = MemoryDisk()
        if slow:
            random = Random(1)

            async def delay(_: int) -> None:
                for _ in range(random.randrange(5)):
                    await trio.lowlevel.checkpoint()

            self.disk.log.delay = self.disk.derived.delay = delay

    def open(self) -> AbstractAsyncContextManager[OpenStore]:
        return open_memory_store(self.disk)

    def spoil_log(self, change: Change) -> None:
        self.disk.log.durable.apply(change)

    def spoil_derived(self, change: Change) -> None:
        self.disk.derived.durable.apply(change)

    def log_row(self, table: str, key: bytes) -> bytes | None:
        return self.disk.log.durable.get(table, key)
