"""Importing: windows of events into a scope, acknowledged once they are on disk, resumable.

Three tasks in a row, with finite channels between them:

    read ──windows──► apply ──outcomes──► acknowledge
    (a thread reads)  (no wait inside)    (waits for the disk)

While one window syncs, the next is applied and the one after it read. Results go out in the order
in which the items came, a window at a time, and never before the window is on disk: what was
reported is there after a crash. What was applied and not reported may be there; the items' keys
see to it that sending them again counts nothing twice.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Literal, NamedTuple, Protocol

import msgspec
import trio

from api.items import Item, Refusal
from engine.host.requests import Applied, EventRequest
from engine.model.errors import LaurelsError
from engine.model.identifiers import Instant, Seq

WINDOW_ITEMS = 128
"""Items between two looks at the event loop: some 5 ms."""

WINDOWS_IN_FLIGHT = 16
"""Windows applied and not yet acknowledged: two thousand items keep the commits full."""

CLIENT_ERROR_MAX = 499
"""A status up to here says that the item is at fault, one above that Laurels cannot go on."""


class Window(NamedTuple):
    """Some consecutive items."""

    items: Sequence[Item | Refusal]
    position: int
    """How far the source has been read with them: bytes of a file, items of a list."""
    size: int | None
    """How far it reaches, if that is known."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one item."""

    line: int
    status: Literal["applied", "replayed", "refused"]
    seq: Seq | None = None
    """The record that the item is in; for a replayed one that of the first time."""
    error: str | None = None
    code: str | None = None


class Tally:
    """What has been acknowledged so far."""

    def __init__(self) -> None:
        self.applied = 0
        self.replayed = 0
        self.refused = 0

    @property
    def total(self) -> int:
        """All items, whatever came of them."""
        return self.applied + self.replayed + self.refused

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        for result in results:
            match result.status:
                case "applied":
                    self.applied += 1
                case "replayed":
                    self.replayed += 1
                case "refused":
                    self.refused += 1


class Target(Protocol):
    """What is imported into."""

    async def record_event(self, request: EventRequest, *, at: Instant) -> Applied:
        """Apply one event."""
        ...


Durable = Callable[[Seq], Awaitable[None]]
Report = Callable[[Sequence[Result], Window], Awaitable[None]]


async def import_windows(
    target: Target,
    durable: Durable,
    windows: AsyncGenerator[Window],
    report: Report,
    stop: trio.CancelScope,
) -> None:
    """Import everything that `windows` yields.

    Args:
        target: gets the events, one after another.
        durable: waits until a record is on disk.
        windows: what to import.
        report: told of every window's results, in order, once they are on disk.
        stop: cancelling it ends the reading; what was read is still applied and reported.

    Raises:
        LaurelsError: the import cannot go on, but what was reported is safe.
    """
    pipeline = _Pipeline(target, durable, report, stop)
    await pipeline.run(windows)
    if pipeline.failure is not None:
        raise pipeline.failure


class _Done(NamedTuple):
    window: Window
    results: list[Result]


class _Pipeline:
    """The three tasks. Each ends when the one before it has nothing more for it."""

    def __init__(
        self, target: Target, durable: Durable, report: Report, stop: trio.CancelScope
    ) -> None:
        self._target = target
        self._durable = durable
        self._report = report
        self._stop = stop
        self.failure: LaurelsError | None = None
        """Why the import could not go on."""

    async def run(self, windows: AsyncGenerator[Window]) -> None:
        to_apply, read = trio.open_memory_channel[Window](1)
        to_acknowledge, applied = trio.open_memory_channel[_Done](WINDOWS_IN_FLIGHT)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read, windows, to_apply)
            nursery.start_soon(self._apply, read, to_acknowledge)
            nursery.start_soon(self._acknowledge, applied)

    async def _read(
        self, windows: AsyncGenerator[Window], to_apply: trio.MemorySendChannel[Window]
    ) -> None:
        async with to_apply, aclosing(windows):
            try:
                with self._stop:
                    async for window in windows:
                        await to_apply.send(window)
            except LaurelsError as error:  # the source broke off
                self.failure = self.failure or error

    async def _apply(
        self,
        read: trio.MemoryReceiveChannel[Window],
        to_acknowledge: trio.MemorySendChannel[_Done],
    ) -> None:
        async with to_acknowledge:
            async for window in read:
                done = _Done(window, [])
                # After a failure what was read is dropped: nothing of it has been reported.
                if self.failure is None:
                    await self._apply_window(done)
                    await to_acknowledge.send(done)

    async def _apply_window(self, done: _Done) -> None:
        try:
            for item in done.window.items:
                done.results.append(await _apply_item(self._target, item))
        except LaurelsError as error:
            self._give_up(error)

    async def _acknowledge(self, applied: trio.MemoryReceiveChannel[_Done]) -> None:
        failed = False
        async for window, results in applied:
            last = max((result.seq or 0 for result in results), default=0)
            try:
                await self._durable(Seq(last))
            except LaurelsError as error:
                self._give_up(error)
                failed = True
            if not failed:
                await self._report(results, window)

    def _give_up(self, error: LaurelsError) -> None:
        self.failure = self.failure or error
        self._stop.cancel()


async def _apply_item(target: Target, item: Item | Refusal) -> Result:
    if isinstance(item, Refusal):
        return _refused(item.line, item.error)
    try:
        applied = await target.record_event(item.request, at=item.at)
    except LaurelsError as error:
        if error.status > CLIENT_ERROR_MAX:
            raise
        return _refused(item.line, error)
    return Result(item.line, "replayed" if applied.replayed else "applied", applied.seq)


def _refused(line: int, error: LaurelsError) -> Result:
    return Result(line, "refused", error=str(error), code=error.code)


async def listed_windows(items: Sequence[Item | Refusal]) -> AsyncGenerator[Window]:
    """Yield items that are in memory already."""
    for start in range(0, len(items), WINDOW_ITEMS):
        window = items[start : start + WINDOW_ITEMS]
        await trio.lowlevel.checkpoint()
        yield Window(window, start + len(window), len(items))
