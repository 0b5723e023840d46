"""Requests that come while the disk does little or nothing, and how the server stands meanwhile.

The disk is slow because a test lets its commits happen one by one; so load, capacity and time are
numbers of requests, of records a commit, and of commits, and nothing depends on the machine.
"""

from collections.abc import Callable
from typing import NamedTuple, Self

import trio
import trio.testing

from engine.host.committer import CommitterStatistics
from tests.crash.rude import PAGE
from tests.crash.server_life import SOON_S_MAX
from tests.wire.server import EVENT, Answer, Connection, Running, event, request

CUSHION_S = 0.004
"""Silence after which nothing is on its way in this process any more."""
USERS = ("ada", "grace", "edsger")
WIDE_OPEN = 10_000
"""Commits: more than there will be."""


def keyed(number: int) -> bytes:
    """The event of a number: one step, with a key of its own."""
    user = USERS[number % len(USERS)]
    return request("POST", EVENT, event(user), headers={"Idempotency-Key": f"key-{number}"})


def seq_of(answer: Answer) -> int:
    """The record of an event that was acknowledged."""
    return int(answer.json["eventId"].partition(".")[0])


def queue(server: Running) -> CommitterStatistics:
    """How much waits for the disk."""
    opened = server.service._opened
    assert opened is not None
    return opened.engine.statistics().committer


def in_flight(server: Running) -> int:
    """How many requests have been let in and not been answered."""
    return server.service.admission.statistics().requests


def expect_refused(answer: Answer) -> None:
    assert (answer.status, answer.json["code"]) == (503, "overloaded"), answer
    assert int(answer.headers["retry-after"]) >= 1


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something in this process, which is about to happen."""
    with trio.fail_after(SOON_S_MAX):
        while not condition():
            await trio.lowlevel.checkpoint()


async def quiet() -> None:
    """Wait until nothing happens any more in this process."""
    await trio.testing.wait_all_tasks_blocked(CUSHION_S)


async def steps(server: Running) -> int:
    """What all users have together."""
    rankings = (await server.ask("GET", PAGE)).json["rankings"]
    return sum(row["value"] for row in rankings)


class Connections:
    """Connections to a server, closed when the block is left."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self.connections: list[Connection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        for connection in self.connections:
            await trio.aclose_forcefully(connection.stream)

    async def connect(self) -> Connection:
        self.connections.append(await self._server.connect())
        return self.connections[-1]


class Crowd(Connections):
    """Requests that all come while the disk does nothing, each on a connection of its own."""

    async def come(self, count: int, check: Callable[[], None]) -> None:
        for number in range(count):
            await (await self.connect()).send(keyed(number))
            await quiet()
            check()

    async def answers(self) -> list[Answer]:
        return [await connection.read() for connection in self.connections]

    async def early_answers(self) -> list[Answer | None]:
        """Return what is answered though the disk does nothing, None for what is not."""
        found: list[Answer | None] = [None] * len(self.connections)

        async def read(index: int, connection: Connection) -> None:
            found[index] = await connection.read()

        with trio.move_on_after(SOON_S_MAX):
            async with trio.open_nursery() as nursery:
                for index, connection in enumerate(self.connections):
                    nursery.start_soon(read, index, connection)
                await quiet()
                nursery.cancel_scope.cancel()
        return found

    async def again(self) -> list[Answer]:
        """Let all of them come again, with the same keys."""
        found: list[Answer] = []
        for number, connection in enumerate(self.connections):
            await connection.send(keyed(number))
            found.append(await connection.read())
        return found


class Told(NamedTuple):
    """An answer, and when it was read: after so many commits."""

    number: int
    sent_at: int
    read_at: int
    answer: Answer


class Load(Connections):
    """Requests that come whether or not those before them are answered."""

    def __init__(self, server: Running, nursery: trio.Nursery) -> None:
        super().__init__(server)
        self._nursery = nursery
        self._idle: list[Connection] = []
        self.commits = 0
        self.told: list[Told] = []

    async def come(self, number: int) -> None:
        """Send a request on a connection on which nothing is under way, made if there is none."""
        connection = self._idle.pop() if self._idle else await self.connect()
        await connection.send(keyed(number))
        self._nursery.start_soon(self._read, number, self.commits, connection)

    async def _read(self, number: int, sent_at: int, connection: Connection) -> None:
        answer = await connection.read()
        if answer.status == 201:
            assert seq_of(answer) <= queue(self._server).durable_seq, "not on disk yet"
        self.told.append(Told(number, sent_at, self.commits, answer))
        self._idle.append(connection)
