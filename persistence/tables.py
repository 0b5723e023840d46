"""What log and derived data need of a place to keep rows: named tables in order, one writer.

A *row* is a key and its bytes; a table keeps its rows in the byte order of their keys. Rows are
read in a *view*, which sees one state whatever is committed meanwhile, and changed by a *change*,
which happens wholly or not at all. Nothing here knows what a row means: `framing` does.

Two implementations: `environment` with `lmdb_tables` on disk, `memory` for tests and simulation.
A view pins what it sees, so it is held for one bounded slice of work and never across an `await`.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import msgspec

from engine.model.errors import LaurelsError

Row = tuple[bytes, bytes]


class StoreUnavailable(LaurelsError):
    """The store or the system beneath it refused an operation; says nothing about the data."""

    code = "store_unavailable"
    status = 503
    exit_code = 8


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """All that one transaction does. In this order: clear, delete, put, append."""

    clear: Sequence[str] = ()
    """Tables that lose all their rows."""
    delete: Mapping[str, Sequence[bytes]] = {}
    """Keys whose rows go; one that is not there is passed over."""
    put: Mapping[str, Sequence[Row]] = {}
    """Rows that replace those of their keys. Sorted by key they are taken several times faster."""
    append: Mapping[str, Sequence[Row]] = {}
    """Rows behind all that their table holds, sorted by key."""


class View(Protocol):
    """One state of all tables."""

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the row of a key, None if there is none."""
        ...

    def rows(self, table: str, start: bytes, stop: bytes, limit: int) -> list[Row]:
        """Return the rows with start ≤ key < stop in order, at most `limit` of them."""
        ...

    def before(self, table: str, start: bytes, stop: bytes) -> Row | None:
        """Return the last row with start ≤ key < stop, None if there is none."""
        ...

    def last(self, table: str) -> Row | None:
        """Return the row with the highest key, None if the table is empty."""
        ...


class ReadTables(Protocol):
    """Tables as a reader has them."""

    def view(self) -> AbstractContextManager[View]:
        """Open a view of the present state; leave the context soon, and before any `await`."""
        ...


class Pinned:
    """Tables of which one state is seen, for as long as its view is held open elsewhere."""

    def __init__(self, view: View) -> None:
        self._view = view

    def view(self) -> AbstractContextManager[View]:
        """Return the one view; leaving the context does not close it."""
        return nullcontext(self._view)


class Tables(ReadTables, Protocol):
    """Tables as their one writer has them."""

    async def commit(self, change: Change) -> None:
        """Apply a change; return once it is durable. Not cancellable: it runs to its end.

        Raises:
            StorageFull: no room; nothing was changed, and the tables can be used further.
            OutcomeUnknown: the change may or may not be durable; use the tables no further.
            StoreUnavailable: it could not even begin; nothing was changed.
        """
        ...

    def room(self) -> int:
        """Return how many more bytes the tables can take, about."""
        ...

    async def close(self) -> None:
        """Close, after a commit in flight has ended. A second call does nothing."""
        ...
