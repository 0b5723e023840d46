"""A server in the test's own process, on a real socket, and plain ways to talk to it."""

import io
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import trio

from api.front.logs import open_log
from api.front.serve import Options, Port, answer, listening
from api.front.server import Front
from api.front.service import Service
from api.jobs.worker import ChildWorker, Worker
from engine.configuration.document import parse_toml
from engine.host.clock import Clock
from engine.host.engine import LiveEngine, Settings
from persistence.directory import open_store
from persistence.memory import MemoryDisk, open_memory_store
from tests.unit.games import GAME

KEY = "test.0123456789abcdef"


class Running:
    """A server that answers."""

    def __init__(self, port: Port, log: io.StringIO, stop: trio.Event) -> None:
        self.url = port.url
        self.service: Service = port.service
        self.server = port.server
        self.log = log
        """What was logged: a line of JSON each."""
        self.stop = stop
        """Set it to tell the server to stop, as SIGTERM does."""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    async def sweep(self) -> None:
        """Record all that is due, and write the archives of runs that are closed by it."""
        engine = self._engine
        for scope in engine.scopes():
            while scope.sweep_slice():
                pass
        await engine.archives.write(engine.scopes())

    async def store_history(self) -> None:
        """Write a snapshot, and with it rank history; take cuts of it where they are due."""
        await self._engine.snapshots.write()
        await self._engine.cuts.look()

    @property
    def _engine(self) -> LiveEngine:
        opened = self.service._opened  # pyright: ignore[reportPrivateUsage]
        assert opened is not None
        return opened.engine

    async def connect(self) -> "Connection":
        return Connection(await trio.open_tcp_stream(*self.address))

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
    ) -> "Answer":
        """Send one request on a connection of its own."""
        async with await self.connect() as connection:
            await connection.send(request(method, path, body, key=key, headers=headers))
            return await connection.read(head_only=method == "HEAD")


@asynccontextmanager
async def running(
    front: Front = "both",
    *,
    disk: MemoryDisk | None = None,
    data: Path | None = None,
    document: Mapping[str, Any] | None = GAME,
    clock: Clock | None = None,
    settings: Settings | None = None,
    given_key: str | None = KEY,
    worker: Worker | None = None,
) -> AsyncGenerator[Running]:
    """Run a server on a memory disk or a data directory until the block is left.

    Leaving tells it to stop and waits until it has.
    """
    log, stop, announced = io.StringIO(), trio.Event(), trio.Event()
    options = Options(port=0, document=document, given_key=given_key, front=front)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(options, open_log(log)))
        opening = open_memory_store(disk or MemoryDisk()) if data is None else open_store(data)
        store = await stack.enter_async_context(opening)
        async with trio.open_nursery() as nursery:

            async def serve() -> None:
                await answer(
                    port,
                    store,
                    options,
                    announce=lambda url, key: announced.set(),
                    stop=stop,
                    clock=clock,
                    settings=settings or Settings(),
                    worker=worker or (None if data is None else ChildWorker(data)),
                )

            nursery.start_soon(serve)
            await announced.wait()
            try:
                yield Running(port, log, stop)
            finally:
                stop.set()


@asynccontextmanager
async def recovering(front: Front = "both") -> AsyncGenerator[Running]:
    """Open the port of a server that has no engine yet, as long as the block runs."""
    log = io.StringIO()
    options = Options(port=0, given_key=KEY, front=front)
    async with listening(options, open_log(log)) as port:
        yield Running(port, log, trio.Event())


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Connection:
    """A raw connection, and a reader of answers that takes nothing for granted."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._data = b""

    async def __aenter__(self) -> "Connection":
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stream.aclose()

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def read(self, *, head_only: bool = False) -> Answer:
        """Read one answer, interim ones included.

        Raises:
            EOFError: the server ended before there was a whole one.
        """
        head = await self._until(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = status_line.split(" ", 2)
        assert version == "HTTP/1.1"
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = 0 if head_only or int(status) < 200 else int(headers["content-length"])
        while len(self._data) < length:
            await self._more()
        body, self._data = self._data[:length], self._data[length:]
        return Answer(int(status), headers, body)

    async def read_end(self) -> bytes:
        """Read on to the end; return what still came. A reset is an end, too."""
        try:
            while True:
                await self._more()
        except (EOFError, trio.BrokenResourceError):
            return self._data

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._data:
            await self._more()
        found, _, self._data = self._data.partition(mark)
        return found

    async def _more(self) -> None:
        with trio.fail_after(30):
            piece = await self.stream.receive_some(65_536)
        if not piece:
            raise EOFError(f"the server ended after {self._data!r}")
        self._data += bytes(piece)


def request(
    method: str,
    path: str,
    body: object = None,
    *,
    key: str | None = KEY,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a request's bytes; a body that is not bytes is sent as JSON."""
    content = b""
    if body is not None:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    if key is not None:
        lines.append(f"X-API-KEY: {key}")
    if body is not None:
        lines.append(f"Content-Length: {len(content)}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def event(user: str = "ada", value: float = 1, **fields: Any) -> dict[str, Any]:
    """The body of an event; further fields are the user's."""
    return {"user": {"id": user, **fields}, "value": value}


EVENT = "/v1/metrics/steps/event"

FULL_FILE = b"""
[[metrics]]
key = "steps"
name = "Steps"

[[metrics]]
key = "laps"
name = "Laps"
units = "laps"

[[attributes]]
key = "plan"
name = "Plan"

[[attributes]]
key = "via"
name = "Via"
type = "event"

[streaks]
metrics = [{ key = "steps", threshold = 1 }]

[[achievements]]
key = "walker"
name = "Walker"
trigger = "metric"
metricKey = "steps"
metricValue = 10.5
badge = { url = "https://example.org/walker.png" }

[[achievements]]
key = "twice"
name = "Two days in a row"
description = "Come back tomorrow."
trigger = "streak"
streakLength = 2

[[points]]
key = "xp"
name = "Experience"
description = "For every step."
maxPoints = 1000
levels = [
    { key = "low", name = "Low", points = 0 },
    { key = "high", name = "High", points = 8, badge = { url = "https://example.org/high.png" } },
]
triggers = [
    { key = "each", type = "metric", metricKey = "steps", metricThreshold = 5, points = 2 },
    { key = "walked", type = "achievement", achievementKey = "walker", points = 7 },
]

[[leaderboards]]
key = "walk"
name = "Walk"
rankBy = "metric"
metricKey = "steps"

[[leaderboards]]
key = "rich"
name = "Rich"
description = "The two with most points."
rankBy = "points"
pointsSystemKey = "xp"
maxParticipants = 2
"""
"""A game with one of everything that an answer can show."""
FULL = parse_toml(FULL_FILE)
