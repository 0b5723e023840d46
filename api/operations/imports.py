"""`POST /admin/v1/import`: newline-delimited events into a scope's history (SPEC 9.1).

The body may be of any length; it is read as it is applied, and what is read and not yet on disk is
bounded. What was applied when the connection breaks stays; the same lines under the same name
count nothing twice.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
import trio

from api.imports import Result, Tally, Window, import_windows
from api.items import read_instant
from api.lines import LineSource
from api.operations.answers import ImportAnswer
from api.operations.call import Call, Reply, Stream
from api.operations.status import status_of
from engine.host.clock import SystemClock
from engine.model.errors import EngineClosed, InvalidInput, LaurelsError
from engine.model.limits import ID_LENGTH_MAX, PAGE_MAX


class ImportQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How to import."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LENGTH_MAX)] | None = None
    """The import's name: with a line's number it identifies a line without an idempotencyKey."""
    numbered: bool = False
    """Whether each line begins with its number and a space: for a part of a larger import."""
    finish: bool = False
    """Whether the import ends with this request."""
    finish_at: str | None = None
    """How far the clock runs on when it ends; later items are refused. Default: now."""
    results: Literal["none", "errors", "all"] = "errors"
    """For which items the answer has an entry; it has a thousand at most."""


async def import_events(call: Call[ImportQuery, Stream]) -> Reply:
    """Import the events of the body; with `finish`, let the scope's clock run on.

    Raises:
        OutOfOrder: the scope's clock runs already.
        InvalidInput: `finishAt` is no instant, or there is nothing to finish.
        EngineClosed: the server was told to stop; what was read is in.
    """
    query, scope = call.query, call.scope
    end = SystemClock().now()
    if query.finish_at is not None:
        end = read_instant(query.finish_at, "finishAt")
    if scope.mode == "idle":
        await scope.start_import()
    collected = _Collected(query.results)
    source = LineSource(
        call.body, label="http", name=query.name, until=end, numbered=query.numbered
    )
    stop = trio.CancelScope()
    failure: LaurelsError | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_with_server, call.stopping, stop)
        try:
            await import_windows(scope, call.engine.durable, source.windows(), collected.take, stop)
        except LaurelsError as error:  # raised below: a nursery would wrap it in a group
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    if stop.cancel_called:
        done = collected.tally.total
        raise EngineClosed(f"the server is stopping; {done:,} items are in, send the rest again")
    if query.finish:
        if not scope.state.users:
            raise InvalidInput("finish", "there is nothing in that could be finished")
        await scope.finish_import(end)
    return Reply(
        HTTPStatus.ACCEPTED if query.finish else HTTPStatus.OK,
        ImportAnswer(
            applied=collected.tally.applied,
            replayed=collected.tally.replayed,
            refused=collected.tally.refused,
            results=collected.results,
            more_results=collected.more,
            status=status_of(call.engine, scope),
        ),
    )


async def _stop_with_server(stopping: trio.Event, stop: trio.CancelScope) -> None:
    await stopping.wait()
    stop.cancel()


class _Collected:
    """What came of the items so far."""

    def __init__(self, wanted: Literal["none", "errors", "all"]) -> None:
        self._wanted = wanted
        self.tally = Tally()
        self.results: list[Result] = []
        self.more = False

    async def take(self, results: Sequence[Result], window: Window) -> None:
        """Take a window's results."""
        self.tally.add(results)
        if self._wanted == "none":
            return
        wanted = [r for r in results if self._wanted == "all" or r.status == "refused"]
        room = PAGE_MAX - len(self.results)
        self.results += wanted[:room]
        self.more = self.more or len(wanted) > room
