"""Clients that would keep a server from stopping, if it let them.

Each leaves a connection in the middle of something: it returns once it is there, and goes on with
it, if that is its way, in the nursery that it is given.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import count, repeat
from pathlib import Path
from typing import NamedTuple

import trio

from api.front.limits import (
    BODY_SECONDS_MAX,
    HEAD_SECONDS_MAX,
    LINGER_SECONDS_MAX,
    WRITE_SECONDS_MAX,
)
from tests.crash.killing import STUCK_S
from tests.crash.server_life import Life
from tests.wire.server import EVENT, KEY, Connection, request

PAGE = "/v1/leaderboards/steps?limit=1000"
PAGES = 60
"""Of a third of a megabyte each: more than all buffers between here and there take."""
RECEIVE_BUFFER = 4096
"""Bytes that a client's system takes for it, more or less."""
STILL_LOOKS = 20
"""So often in a row nothing may move before a connection counts as stuck."""
DRIP_S = 0.2


class Rude(NamedTuple):
    """A way to keep a server."""

    begin: Callable[[Life, trio.Nursery], Awaitable[Connection]]
    keeps_s: float
    """For how long the server lets it."""


def head(method: str, path: str, *lines: str) -> bytes:
    """A request's head, without the length of a body."""
    return "\r\n".join(
        [f"{method} {path} HTTP/1.1", "Host: test", f"X-API-KEY: {KEY}", *lines, "", ""]
    ).encode()


def import_head(query: str = "name=history") -> bytes:
    return head("POST", f"/admin/v1/import?{query}", "Transfer-Encoding: chunked")


def import_chunk(number: int) -> bytes:
    """A line of an import, about the user of that number, as a chunk of a body."""
    line = (
        b'{"key": "steps", "user": {"id": "user-%d"}, "value": 1, '
        b'"timestamp": "2026-03-01T12:00:00Z"}\n' % number
    )
    return b"%x\r\n%b\r\n" % (len(line), line)


async def say_nothing(life: Life, _: trio.Nursery) -> Connection:
    return await life.connect()


async def keep_a_connection(life: Life, _: trio.Nursery) -> Connection:
    connection = await life.connect()
    await connection.send(request("GET", PAGE))
    assert (await connection.read()).status == 200
    return connection


async def send_half_a_head(life: Life, _: trio.Nursery) -> Connection:
    return await _send(life, b"GET /v1/leader")


async def send_half_a_body(life: Life, _: trio.Nursery) -> Connection:
    return await _send(life, head("POST", EVENT, "Content-Length: 100") + b'{"user": ')


async def drip_a_body(life: Life, nursery: trio.Nursery) -> Connection:
    connection = await _send(life, head("POST", EVENT, "Content-Length: 10000"))
    nursery.start_soon(_drip, connection, repeat(b" "))
    return connection


async def leave_an_import(life: Life, _: trio.Nursery) -> Connection:
    connection = await _send(life, import_head() + import_chunk(0))
    await wait_users(life, 1)
    return connection


async def drip_an_import(life: Life, nursery: trio.Nursery) -> Connection:
    connection = await leave_an_import(life, nursery)
    nursery.start_soon(_drip, connection, map(import_chunk, count(1)))
    return connection


async def read_nothing(life: Life, _: trio.Nursery) -> Connection:
    connection = await slow_connection(life.address)
    await connection.send(request("GET", PAGE) * PAGES)
    await wait_stuck(connection)
    return connection


ON_A_GAME = {
    "says nothing": Rude(say_nothing, 0),
    "keeps a connection": Rude(keep_a_connection, 0),
    "sends half a head": Rude(send_half_a_head, HEAD_SECONDS_MAX + LINGER_SECONDS_MAX),
    "sends half a body": Rude(send_half_a_body, BODY_SECONDS_MAX + LINGER_SECONDS_MAX),
    "drips a body": Rude(drip_a_body, BODY_SECONDS_MAX + LINGER_SECONDS_MAX),
    "reads nothing": Rude(read_nothing, WRITE_SECONDS_MAX + LINGER_SECONDS_MAX),
}
"""Those that need a game that runs."""
ON_AN_EMPTY_DIRECTORY = {
    "leaves an import": Rude(leave_an_import, LINGER_SECONDS_MAX),
    "drips an import": Rude(drip_an_import, LINGER_SECONDS_MAX),
}


async def slow_connection(address: tuple[str, int]) -> Connection:
    """Connect as a client for which the system keeps next to nothing."""
    raw = trio.socket.socket()
    raw.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, RECEIVE_BUFFER)
    await raw.connect(address)
    return Connection(trio.SocketStream(raw))


async def wait_stuck(connection: Connection) -> None:
    """Wait until the server cannot send any more, because the client takes nothing."""
    socket = connection.stream.socket
    ends = socket.getpeername()[1], socket.getsockname()[1]
    looks: list[int] = []
    while len(looks) < STILL_LOOKS or looks[-1] == 0 or len(set(looks[-STILL_LOOKS:])) > 1:
        looks.append(_unsent(*ends))
        await trio.sleep(0.005)


async def wait_users(life: Life, users: int) -> None:
    """Wait until so many users are in, and on disk."""
    status = None
    with trio.fail_after(STUCK_S):
        while status is None or status["users"] < users:
            status = (await life.ask("GET", "/admin/v1/status")).json


async def _send(life: Life, data: bytes) -> Connection:
    connection = await life.connect()
    await connection.send(data)
    for _ in range(2):  # what was there before is read before the second one is answered
        assert (await life.ask("GET", "/healthz")).status == 200
    return connection


async def _drip(connection: Connection, pieces: Iterator[bytes]) -> None:
    with suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
        for piece in pieces:
            await connection.send(piece)
            await trio.sleep(DRIP_S)


def _unsent(port: int, client_port: int) -> int:
    """Bytes that the server has given to the system, and the client has not taken."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        if local.endswith(f":{port:04X}") and remote.endswith(f":{client_port:04X}"):
            return int(queues.partition(":")[0], 16)
    return 0
