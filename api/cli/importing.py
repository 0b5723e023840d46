"""What `import` and `import-git` do alike: open, configure, import, finish, and say how it went."""

import gc
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import trio

from api.cli.import_report import ImportReport, Results
from api.cli.process import call_at_signals
from api.cli.terminal import Meter, meter
from api.embedded import EmbeddedScope, Laurels, open_laurels
from api.imports import Result, Window, import_windows
from api.operations.instants import instant_text
from engine.configuration.document import parse_toml, read_document
from engine.host.clock import SystemClock
from engine.model.errors import InvalidInput
from engine.model.identifiers import DAY_US, Instant
from engine.model.limits import CONFIGURATION_SIZE_MAX, INSTANT_MIN


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where an import goes, and how it ends."""

    data: Path
    scope: str
    document: dict[str, Any] | None
    """The configuration to put in force; None keeps what the scope has."""
    fallback: dict[str, Any] | None = None
    """The configuration of a scope that has none and is given none."""
    finish: bool
    end: Instant
    """Where finishing lets the clock run to; later items are refused."""
    results: Results


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What is imported."""

    windows: AsyncGenerator[Window]
    unit: str
    """What an item is called: line, event."""
    name_of: Callable[[int], str]
    """How the item with a number is called."""


def now() -> Instant:
    """Return the present instant."""
    return SystemClock().now()


def read_configuration(path: Path) -> dict[str, Any]:
    """Read a configuration file and check all that can be checked without a scope.

    Raises:
        ConfigurationInvalid: names every place.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return checked_document(file.read(CONFIGURATION_SIZE_MAX + 1))


def checked_document(text: bytes) -> dict[str, Any]:
    """Parse and check a configuration's text, as `read_configuration` does."""
    document = parse_toml(text)
    read_document(document)
    return document


async def bring_in(source: Source, destination: Destination) -> int:
    """Import a source; return the exit status.

    Raises:
        LaurelsError: the import could not begin, or could not go on.
    """
    if destination.document is destination.fallback is None and not destination.data.exists():
        raise _unconfigured(destination)  # before a directory is made
    stop = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(call_at_signals, stop.cancel)
        async with _opened(destination.data) as laurels:
            status = await _Import(laurels, source, destination, stop).run()
        nursery.cancel_scope.cancel()
    return status


@asynccontextmanager
async def _opened(data: Path) -> AsyncGenerator[Laurels]:
    async with AsyncExitStack() as stack:
        with meter("recovering", lambda seq, _: f"{seq:,} records") as shown:
            opening = open_laurels(
                data,
                clock=_NoClock(),
                sweeping=False,
                progress=lambda seq: shown.update(seq, seq, None),
            )
            laurels = await stack.enter_async_context(opening)
        yield laurels


def _unconfigured(destination: Destination) -> InvalidInput:
    what = f"scope {destination.scope!r} in {destination.data} has no configuration yet; give one"
    return InvalidInput("--config", what)


class _NoClock:
    """The clock of an import: always behind the scope's own, so that one decides.

    What an import comes to depends on its items and on `--finish-at`, not on when it runs.
    """

    def now(self) -> Instant:
        return INSTANT_MIN


class _Import:
    """One run of the command."""

    _meter: Meter

    def __init__(
        self, laurels: Laurels, source: Source, destination: Destination, stop: trio.CancelScope
    ) -> None:
        self._laurels = laurels
        self._source = source
        self._destination = destination
        self._stop = stop
        self._report = ImportReport(source.unit, source.name_of, destination.results)

    async def run(self) -> int:
        scope = await self._laurels.scope(self._destination.scope)
        await self._configure(scope)
        if scope.mode == "idle":
            await scope.start_import()
        # What recovery built stays for the process's life; no collection has to look at it again.
        gc.freeze()
        began_at = time.monotonic()
        try:
            with meter("importing", self._report.rate) as self._meter:
                await import_windows(
                    scope, self._laurels.durable, self._source.windows, self._take, self._stop
                )
        finally:
            self._report.summarize(time.monotonic() - began_at)
        if not self._stop.cancel_called:
            await self._finish(scope)
        return self._report.status(stopped=self._stop.cancel_called)

    async def _configure(self, scope: EmbeddedScope) -> None:
        document = self._destination.document
        before = scope.configuration.version
        if document is None and before == 0:
            document = self._destination.fallback
            if document is None:
                raise _unconfigured(self._destination)
        if document is not None:
            version = await scope.configure(document)
            if 0 < before < version:
                self._report.configured_anew(version)

    async def _take(self, results: Sequence[Result], window: Window) -> None:
        self._report.take(results, self._meter)
        self._meter.update(self._report.tally.total, window.position, window.size)

    async def _finish(self, scope: EmbeddedScope) -> None:
        if not self._destination.finish:
            self._report.left_open()
            return
        if scope.mode == "importing":
            if not self._report.is_in:
                self._report.left_empty()
                return
            await scope.finish_import(at=self._destination.end)
        await self._sweep(scope)
        self._report.finished(instant_text(scope.clock))

    async def _sweep(self, scope: EmbeddedScope) -> None:
        furthest = 0
        with meter("finishing", lambda lag, _: f"{lag / DAY_US:,.0f} days behind") as shown:
            while not self._stop.cancel_called and await scope.sweep_slice():
                lag = scope.sweep_progress().lag
                furthest = max(furthest, lag)
                shown.update(lag, furthest - lag, furthest)
                await trio.lowlevel.checkpoint()
        await self._laurels.durable(self._laurels.last_seq)
