"""A log and its derived data, opened together, on whatever tables there are.

The log comes first: the derived data are held against it, and emptied if they do not fit.
"""

import msgspec

from persistence.derived import StoredDerived, StoredDerivedReader, open_derived
from persistence.log_reader import StoredLogReader
from persistence.log_writer import StoredLog, open_log
from persistence.tables import Tables


class OpenStore(msgspec.Struct, frozen=True, kw_only=True):
    """A log and its derived data, opened by the one writer; `engine.host.ports.Store`."""

    log: StoredLog
    derived: StoredDerived
    derived_reset: str | None
    """Why the derived data were emptied on opening, for the operator; None if they were not."""
    stopped_cleanly: bool
    """Whether the last writer closed the store. If not, it was killed, or the machine stopped."""

    async def close(self) -> None:
        """Close both. A second call does nothing."""
        await self.derived.close()
        await self.log.close()


class ReadStore(msgspec.Struct, frozen=True, kw_only=True):
    """A log and its derived data, opened to read beside a writer or without one.

    Whoever needs both reads in this order: `derived.included`, the pieces, `log.bounds`.
    """

    log: StoredLogReader
    derived: StoredDerivedReader
    derived_misfit: str | None
    """Why the stored derived data cannot be used and seem empty here; None if they can."""


async def open_tables(
    log_tables: Tables, derived_tables: Tables, *, stopped_cleanly: bool
) -> OpenStore:
    """Open log and derived data in their tables for writing, made first if they are not there.

    Raises:
        LogDamaged: the log's own row or its end is not what was written.
        StorageFull, StoreUnavailable, OutcomeUnknown: what was missing could not be written.
    """
    log = await open_log(log_tables)
    derived, why = await open_derived(derived_tables, log)
    return OpenStore(log=log, derived=derived, derived_reset=why, stopped_cleanly=stopped_cleanly)
