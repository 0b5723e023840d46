"""Clients of a server that is ended under them.

They share users and, now and then, events. What was not answered they send again, as the official
clients do; sometimes also what was.
"""

import random

import trio

from tests.crash.books import METRICS, Books, Event, Sent
from tests.wire.server import Connection, request

USERS = ("ada", "grace", "edsger", "barbara", "donald", "kathleen")
CLIENTS = 4
BURST_MAX = 4
"""Requests that a client sends before it reads an answer."""
AGAIN_SHARE = 0.15
READ_SHARE = 0.1


class Client:
    """One who sends events, reads answers, and sends again what was not answered."""

    def __init__(self, books: Books, seed: int) -> None:
        self._books = books
        self._dice = random.Random(seed)
        self._number = 0
        self._unanswered: list[Event] = []

    async def run(self, address: tuple[str, int]) -> None:
        """Send until the server goes away or refuses."""
        try:
            async with Connection(await trio.open_tcp_stream(*address)) as connection:
                while await self._burst(connection, self._choose()):
                    pass
        except (EOFError, OSError, trio.BrokenResourceError):
            pass  # what was not answered is sent again to the next one

    async def finish(self, address: tuple[str, int]) -> None:
        """Send again what was not answered, until all is."""
        async with Connection(await trio.open_tcp_stream(*address)) as connection:
            while self._unanswered:
                assert await self._burst(connection, []), self._books.refusals

    def _choose(self) -> list[Event | None]:
        """Choose what is sent next besides what was not answered; None is a read."""
        dice = self._dice
        chosen: list[Event | None] = []
        for _ in range(dice.randint(1, BURST_MAX)):
            fate = dice.random()
            if fate < READ_SHARE:
                chosen.append(None)
            elif fate < READ_SHARE + AGAIN_SHARE:
                chosen.append(self._books.recent(dice))
            else:
                # Every client numbers its own: so they also use the same keys, mostly for others.
                self._number += 1
                metric, user = dice.choice(list(METRICS)), dice.choice(USERS)
                chosen.append(Event(metric, user, f"key-{self._number}"))
        return chosen

    async def _burst(self, connection: Connection, chosen: list[Event | None]) -> bool:
        """Send some requests at once and read their answers; return whether all are good."""
        books, dice = self._books, self._dice
        again, self._unanswered = self._unanswered, []
        sent: list[Sent] = []
        data = b""
        for one in [*again, *chosen]:
            if one is None:
                user, metric = dice.choice(USERS), dice.choice(list(METRICS))
                sent.append(books.read(user, metric))
                data += request("GET", f"/v1/users/{user}/metrics/{metric}")
            else:
                sent.append(books.send(one))
                data += one.request()
        self._unanswered = list(dict.fromkeys(s.event for s in sent if s.event is not None))
        await connection.send(data)
        for one in sent:
            answer = await connection.read()
            if not books.answer(one, answer):
                return False
            self._unanswered = [event for event in self._unanswered if event != one.event]
            if answer.headers.get("connection") == "close":
                return False
        return True


def make_clients(books: Books, dice: random.Random) -> list[Client]:
    return [Client(books, dice.randrange(2**32)) for _ in range(CLIENTS)]
