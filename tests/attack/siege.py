"""A server under attack: a well-behaved client beside the attacker, and a look at what is left.

    async with under_attack(front) as server, await attack(server) as attacker:
        await attacker.send(...)
        assert (await attacker.answers())[0].status == 400

While the block runs another client sends one request after the other on its own connection, and
each is answered within seconds; the block is left only after that client was answered once more.
Then the attackers are gone, and so must be all that they held: connections, places, room for
bodies. Nothing may have been logged as an error: what a client does wrong is not our failure.
"""

import math
import socket
import struct
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
import trio

from api.front.server import Front
from persistence.memory import MemoryDisk
from tests.unit.games import Gate, game
from tests.unit.games import event as engine_event
from tests.wire.server import EVENT, Answer, Connection, Running, event, request, running

PATIENCE = 5
"""Seconds within which anything here must happen; ten times what it takes."""

PAGE = "/v1/leaderboards/walk?limit=1000"
"""A large answer, once there are users: some 150 kB."""


class Way(NamedTuple):
    """One of the ways that a request can take."""

    name: str
    front: Front
    read: str
    """A path to GET; the answer is 404."""
    write: str
    """A path to POST an event to."""
    written: int
    """The status of the answer to an event."""


LANE = Way("lane", "both", "/v1/users/nobody", EVENT, 201)
BEHIND = Way("handed over", "both", "/nothing", "/nothing", 404)
"""Not in the route table, so the lane hands the connection over to Hypercorn."""
QUART = Way("quart", "quart", "/v1/users/nobody", EVENT, 201)


class Question(NamedTuple):
    """What the other client sends, and which status it is owed."""

    text: bytes = request("POST", EVENT, event("witness"))
    status: int = 201


class Witness:
    """The other client."""

    def __init__(self, connection: Connection, question: Question) -> None:
        self._connection = connection
        self._question = question
        self._answered = trio.Event()

    async def run(self) -> None:
        """Ask and be answered until cancelled."""
        while True:
            await self._connection.send(self._question.text)
            with trio.fail_after(PATIENCE):
                answer = await self._connection.read()
            assert answer.status == self._question.status, answer
            self._answered.set()
            self._answered = trio.Event()

    async def wait_answered(self) -> None:
        """Wait until a request that is sent from now on was answered."""
        for _ in range(2):
            await self._answered.wait()


@asynccontextmanager
async def under_attack(
    front: Front, *, disk: MemoryDisk | None = None, question: Question | None = None
) -> AsyncGenerator[Running]:
    """Run a server that must not mind what the block does to it.

    Args:
        front: which front ends it has.
        disk: what it writes to.
        question: what the other client asks.
    """
    failure: Exception | None = None
    async with running(front, disk=disk) as server:
        try:
            async with watched(server, question or Question()):
                yield server
            await check_unharmed(server, question)
        except Exception as error:  # noqa: BLE001 - raised below: the server is to stop, not to fall
            failure = error
    if failure is not None:
        raise failure


class Standing(NamedTuple):
    """A server whose disk stands still: nothing is confirmed until it moves again."""

    server: Running
    disk: MemoryDisk
    gate: Gate

    async def wait_commit(self) -> None:
        """Wait until a commit waits for the disk."""
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: self.gate.waiting > 0)

    def move(self) -> None:
        """Let the disk work as usual."""
        self.disk.log.delay = None
        self.gate.let(1_000)


@asynccontextmanager
async def standing_disk(front: Front) -> AsyncGenerator[Standing]:
    """Run a server whose disk stands still, until it is told to move or the block is left."""
    failure: Exception | None = None
    disk, gate = MemoryDisk(), Gate()
    async with running(front, disk=disk) as server:
        disk.log.delay = gate
        standing = Standing(server, disk, gate)
        try:
            yield standing
        except Exception as error:  # noqa: BLE001 - raised below, as above
            failure = error
        finally:
            standing.move()
    if failure is not None:
        raise failure


@asynccontextmanager
async def watched(server: Running, question: Question) -> AsyncGenerator[None]:
    """Have another client answered before, while and after the block runs."""
    async with await server.connect() as connection, trio.open_nursery() as nursery:
        witness = Witness(connection, question)
        nursery.start_soon(witness.run)
        await witness.wait_answered()
        yield
        await witness.wait_answered()
        nursery.cancel_scope.cancel()


async def check_unharmed(server: Running, question: Question | None = None) -> None:
    """Check that a server answers as before, and that nothing is left of those who are gone."""
    text, status = question or Question()
    async with await server.connect() as connection:
        await connection.send(text)
        with trio.fail_after(PATIENCE):
            assert (await connection.read()).status == status
    with trio.move_on_after(PATIENCE):
        await wait_until(lambda: connections(server) == 0)
    assert connections(server) == 0, "a connection outlives its client"
    held = places(server)
    assert held == (0, 0), held
    assert complaints(server) == [], "\n".join(complaints(server))


def connections(server: Running) -> int:
    """Return how many connections a server counts."""
    return server.server._connection_count


def places(server: Running) -> tuple[int, int]:
    """Return how many requests a server holds, and how much room for their bodies."""
    admitted = server.service.admission.statistics()
    return admitted.requests, admitted.body_bytes


def complaints(server: Running) -> list[str]:
    """Return what a server logged as an error of its own."""
    lines = [msgspec.json.decode(line) for line in server.log.getvalue().splitlines()]
    grave = [line for line in lines if line["level"] not in ("info", "warning")]
    return [f"{line['event']}\n{line.get('exception')}" for line in grave]


def cut_off(server: Running, why: str) -> float:
    """Return how many connections a server ended for a reason."""
    registry = server.service.telemetry.registry
    return registry.get_sample_value("laurels_connections_cut_off_total", {"why": why}) or 0


def performed(server: Running, operation: str) -> float:
    """Return how often a server has performed an operation with success."""
    families = server.service.telemetry.registry.collect()
    samples = [sample for family in families for sample in family.samples]
    return sum(
        sample.value
        for sample in samples
        if sample.name == "laurels_requests_total"
        and sample.labels["operation"] == operation
        and sample.labels["status"].startswith("2")
    )


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in this process."""
    while not condition():
        await trio.lowlevel.checkpoint()


class Attacker(Connection):
    """A client with bad manners, who takes what comes of them."""

    async def __aenter__(self) -> "Attacker":
        return self

    async def send(self, data: bytes) -> None:
        """Send as much as the server lets us."""
        with suppress(trio.BrokenResourceError):
            await self.stream.send_all(data)

    async def drip(self, data: bytes, pause: float) -> None:
        """Send a byte at a time, with pauses in which an answer, or the end, is waited for."""
        for at in range(len(data)):
            await self.send(data[at : at + 1])
            if not await self.listen(pause):
                return

    async def listen(self, seconds: float) -> bool:
        """Take in what comes within a time; return whether the server is still there."""
        with suppress(EOFError, trio.BrokenResourceError):
            with trio.move_on_after(seconds):
                while True:
                    await self._more()
            return True
        return False

    async def flood(self, data: bytes, pause: float) -> int:
        """Send until all is sent, or until nothing more is taken for so long; return how much."""
        sent, view = 0, memoryview(data)
        with suppress(OSError), trio.CancelScope() as scope:
            while sent < len(data):
                scope.deadline = trio.current_time() + pause
                sent += await self.stream.socket.send(view[sent : sent + 65_536])
            scope.deadline = math.inf
        return sent

    async def end_sending(self) -> None:
        """Close our half."""
        await self.stream.send_eof()

    async def reset(self) -> None:
        """End without a goodbye: the server's next look at the connection is an error."""
        linger = struct.pack("ii", 1, 0)
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        await self.stream.aclose()

    async def read_end(self) -> bytes:
        """Read on to the end; return what came. The server must end it."""
        with trio.fail_after(PATIENCE):
            return await super().read_end()

    async def answers(self) -> list[Answer]:
        """Read to the end and return the answers, each of them whole."""
        return answers_in(await self.read_end())


def answers_in(data: bytes) -> list[Answer]:
    """Take apart what a server sent; nothing but whole answers may be in it."""
    answers: list[Answer] = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        assert end, head
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        assert version == "HTTP/1.1", head
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        length = int(headers["content-length"]) if int(status) >= 200 else 0
        assert len(data) >= length, "an answer that breaks off"
        answers.append(Answer(int(status), headers, data[:length]))
        data = data[length:]
    return answers


async def attack(server: Running, *, window: int | None = None) -> Attacker:
    """Connect; with a small window the server soon cannot write what we do not read."""
    sock = trio.socket.socket()
    if window is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    await sock.connect(server.address)
    return Attacker(trio.SocketStream(sock))


async def ask_all(server: Running, asked: Mapping[str, bytes]) -> dict[str, list[int]]:
    """Send each on a connection of its own, all at once; return the statuses that come back."""
    statuses: dict[str, list[int]] = {}

    async def ask(name: str, text: bytes) -> None:
        async with await attack(server) as attacker:
            await attacker.send(text)
            statuses[name] = [answer.status for answer in await attacker.answers()]

    async with trio.open_nursery() as nursery:
        for name, text in asked.items():
            nursery.start_soon(ask, name, text)
    return statuses


def head(method: str, path: str, *lines: bytes, host: bytes = b"Host: test") -> bytes:
    """Return a request's head with a key and any lines, odd ones too."""
    key = request(method, path).split(b"\r\n")[2]
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), host, key, *lines, b"", b""])


async def total(server: Running, user: str) -> float | None:
    """Return the steps that a user has, None if there is no such user."""
    answer = await server.ask("GET", f"/v1/users/{user}/metrics/steps")
    return None if answer.status == 404 else answer.json["current"]


async def crowded_disk(users: int = 1_000) -> MemoryDisk:
    """Return a disk with so many users on its board."""
    disk = MemoryDisk()
    async with game(disk) as (_, scope):
        for number in range(users):
            await scope.record_event(engine_event(f"user-{number}-with-a-name-of-some-length"))
    return disk


def memory() -> int:
    """Return how many bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4_096
