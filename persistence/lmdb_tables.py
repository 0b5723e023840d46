"""An LMDB environment as tables: commits in one thread, one at a time, past all cancelling.

The thread runs one call of `Environment.write` after the other, in the order in which they were
asked for. Reading happens where it is asked for: it is memory, or the page fault of one row.
"""

import trio

from persistence.environment import Environment, LmdbView
from persistence.tables import Change


class LmdbTables:
    """`persistence.tables.Tables` on an environment opened for writing, which it owns."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._one_thread = trio.CapacityLimiter(1)

    def view(self) -> LmdbView:
        """Open a view of the present state; leave the context soon, and before any `await`."""
        return self._environment.view()

    async def commit(self, change: Change) -> None:
        """Apply a change; return once it is durable. Not cancellable: it runs to its end.

        Raises:
            StorageFull: no room; nothing was changed, and the tables can be used further.
            OutcomeUnknown: the change may or may not be durable; use the tables no further.
            StoreUnavailable: it could not even begin; nothing was changed.
        """
        # No deadline: a commit that hangs in the disk cannot be taken back.
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._environment.write, change, limiter=self._one_thread)

    def room(self) -> int:
        """Return how many more bytes fit: the least of free disk and free map."""
        return self._environment.room()

    async def close(self) -> None:
        """Close, after a commit in flight has ended. A second call does nothing."""
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._environment.close, limiter=self._one_thread)
