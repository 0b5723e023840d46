"""`laurels import --url`: a history sent to a running server, part by part.

Each part is one request and is on the server's disk when it is answered; so a broken connection, a
restart of the server, or Ctrl-C costs at most one part, which the next run sends again. Lines keep
their own numbers, by which the server knows them.
"""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

import msgspec
import trio

from api.cli.client import Client
from api.cli.import_report import ImportReport, Results
from api.cli.process import call_at_signals
from api.cli.terminal import Meter, meter
from api.imports import Result
from api.lines import LineSource, numbered_line
from api.operations.answers import StatusAnswer
from api.operations.instants import instant_text
from engine.model.identifiers import Instant
from engine.model.limits import PAGE_MAX

AnswerT = TypeVar("AnswerT")

PART_SIZE_MAX = 512 * 1024
"""Bytes of one part: some 50 ms of a server's time."""
_POLL_S = 0.5


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """Where an import goes, and how it ends."""

    client: Client
    config: Path | None
    """The configuration file to put in force; None keeps what the server has."""
    finish: bool
    end: Instant
    """Where finishing lets the clock run to; later items are refused."""
    results: Results


class _Part(msgspec.Struct):
    applied: int
    replayed: int
    refused: int
    results: list[Result]
    status: StatusAnswer


async def send(lines: LineSource, remote: Remote) -> int:
    """Send lines to a server; return the exit status.

    Raises:
        ServerUnreachable: nothing answers there any more; what was reported is in.
        ServerRefused: the server does not take it.
    """
    stop = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(call_at_signals, stop.cancel)
        status = await _Sending(lines, remote, stop).run()
        nursery.cancel_scope.cancel()
    return status


class _Sending:
    """One run of the command."""

    _meter: Meter

    def __init__(self, lines: LineSource, remote: Remote, stop: trio.CancelScope) -> None:
        self._lines = lines
        self._remote = remote
        self._stop = stop
        self._report = ImportReport("line", lambda line: f"line {line}", remote.results)

    async def run(self) -> int:
        if self._remote.config is not None:
            await self._configure(self._remote.config)
        began_at = time.monotonic()
        try:
            with meter("importing", self._report.rate) as self._meter:
                await self._send_all()
        finally:
            self._report.summarize(time.monotonic() - began_at)
        if not self._stop.cancel_called:
            await self._finish()
        return self._report.status(stopped=self._stop.cancel_called)

    async def _configure(self, config: Path) -> None:
        text = await trio.Path(config).read_bytes()
        before = await self._ask("GET", "/admin/v1/status", StatusAnswer)
        after = await self._ask("PUT", "/admin/v1/configuration", StatusAnswer, body=text)
        if 0 < before.configuration_version < after.configuration_version:
            self._report.configured_anew(after.configuration_version)

    async def _send_all(self) -> None:
        with self._stop:
            async with aclosing(self._parts()) as parts:
                async for part, position, size in parts:
                    # A part that is under way is waited for: it counts, whoever presses Ctrl-C.
                    with trio.CancelScope(shield=True):
                        answer = await self._import(b"".join(part))
                        self._report.take(answer.results, self._meter)
                    self._meter.update(self._report.tally.total, position, size)

    async def _parts(self) -> AsyncGenerator[tuple[list[bytes], int, int | None]]:
        part: list[bytes] = []
        part_size = position = 0
        size: int | None = None
        async with aclosing(self._lines.batches()) as batches:
            async for batch in batches:
                position, size = batch.position, batch.size
                for line in batch.lines:
                    text = numbered_line(*line)
                    if part and (len(part) == PAGE_MAX or part_size + len(text) > PART_SIZE_MAX):
                        yield part, position, size
                        part, part_size = [], 0
                    part.append(text)
                    part_size += len(text)
        if part:
            yield part, position, size

    async def _import(self, body: bytes, *, finish: bool = False) -> _Part:
        query = {
            "name": self._lines.name if body else None,
            "numbered": True,
            "results": "all",
            "finish": finish,
            "finishAt": instant_text(self._remote.end),
        }
        return await self._ask("POST", "/admin/v1/import", _Part, query=query, body=body)

    async def _finish(self) -> None:
        if not self._remote.finish:
            self._report.left_open()
            return
        status = await self._ask("GET", "/admin/v1/status", StatusAnswer)
        if status.mode == "importing":
            if not self._report.is_in:
                self._report.left_empty()
                return
            status = (await self._import(b"", finish=True)).status
        with meter("finishing", lambda lag, _: f"{lag / 86_400:,.0f} days behind") as shown:
            furthest = 0
            while status.sweep.step or status.sweep.lag_seconds > 0:
                lag = int(status.sweep.lag_seconds)
                furthest = max(furthest, lag)
                shown.update(lag, furthest - lag, furthest)
                await trio.sleep(_POLL_S)
                if self._stop.cancel_called:
                    return
                status = await self._ask("GET", "/admin/v1/status", StatusAnswer)
        self._report.finished(status.clock)

    async def _ask(
        self,
        method: str,
        path: str,
        into: type[AnswerT],
        *,
        query: Mapping[str, object] | None = None,
        body: bytes | None = None,
    ) -> AnswerT:
        def ask() -> AnswerT:
            return self._remote.client.ask(method, path, into, query=query, body=body)

        return await trio.to_thread.run_sync(ask)
