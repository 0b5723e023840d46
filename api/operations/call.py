"""What an operation gets and gives: a typed request in, a typed answer out, no framework.

An operation is a plain async function. It waits for nothing but the engine's room; whoever called
it waits for the disk before the answer goes out (SPEC 1.2).
"""

from collections.abc import AsyncIterator
from typing import Generic, NamedTuple, TypeVar

import msgspec
import trio

from api.jobs.jobs import Jobs
from engine.host.engine import LiveEngine
from engine.host.scope import Scope

QueryT = TypeVar("QueryT")
BodyT = TypeVar("BodyT")


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operation without query parameters."""


class Call(msgspec.Struct, Generic[QueryT, BodyT]):
    """One request to an operation, authenticated and decoded."""

    engine: LiveEngine
    scope: Scope
    path: tuple[str, ...]
    """The variable parts of the path, in order, decoded."""
    query: QueryT
    body: BodyT
    idempotency_key: str | None
    stopping: trio.Event
    """Set when the server is told to stop: an operation that takes long should end."""
    jobs: Jobs
    """Long questions, answered by processes of their own."""


Read = Call[NoQuery, None]
"""A request that says nothing but its path."""

Stream = AsyncIterator[bytes]
"""The body of an operation that takes any length."""


class Reply(NamedTuple):
    """What came of it: an HTTP status and what to encode."""

    status: int
    answer: object
