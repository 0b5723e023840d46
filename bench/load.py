"""The load generator: a process of its own, plain sockets and one epoll.

A closed loop: every connection sends its next event once the last one is answered, so there are
always as many requests under way as there are connections. An event's bytes are put together from
parts made beforehand; only its key and its user change. What this process costs is measured too
(`Load.busy`): close to 1, the figures would be its own and not the server's.

    python -m bench.load <plan.json >load.json
"""

import random
import re
import select
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count, cycle
from typing import NamedTuple

import msgspec

from bench.workload import draw_number, person

API_KEY = "bench.0123456789abcdef"
HOST = "127.0.0.1"
PATH = "/v1/metrics/lessons/event"
DRAIN_SECONDS_MAX = 15
"""How long the last answers may take: longer than the server's own bound on a request."""

_DRAWN_COUNT = 50_000
_RECEIVE_SIZE = 64 * 1024
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to send."""

    port: int
    connections: int
    users: int
    run: int
    """Goes into the keys: no run sends a key of another one."""
    warm_up_s: float
    seconds: float
    """How long is measured, after the warm-up."""
    once: bool = False
    """Whether every user sends one event and that is all, within the seconds."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What came back."""

    measured: int
    """Answers with 2xx while it was measured; latencies are theirs."""
    p50_ms: float
    p99_ms: float
    all: int
    """Answers of any kind, warm-up and end included."""
    refused: dict[int, int]
    """How many answers other than 2xx there were, by status."""
    lost: int
    """Connections that ended before their answer; each was opened again."""
    body_size: int
    """Bytes of an answer's body, on average."""
    busy: float
    """The share of a processor that this process took."""


class LoadFailed(Exception):
    """What came is not what a server of HTTP/1.1 answers, or did not come."""


class Answer(NamedTuple):
    """The measures of an answer."""

    status: int
    body_size: int
    size: int


def read_answer(data: bytes) -> Answer | None:
    """Return the measures of the answer that data begins with; None if it is not whole yet.

    Raises:
        LoadFailed: it does not say how long it is.
    """
    head_end = data.find(_HEAD_END)
    if head_end < 0:
        return None
    length = _LENGTH.search(data, 0, head_end + 2)
    if length is None:
        raise LoadFailed(f"an answer without Content-Length: {data[:200]!r}")
    body_size = int(length[1])
    size = head_end + len(_HEAD_END) + body_size
    return Answer(int(data[9:12]), body_size, size) if size <= len(data) else None


def percentile(ascending: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent do not exceed (nearest rank)."""
    return ascending[-(-len(ascending) * percent // 100) - 1]


def events(plan: Plan) -> Iterator[bytes]:
    """Yield requests: every user's one, or users drawn as the workload draws them, for ever."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {HOST}:{plan.port}\r\nX-API-KEY: {API_KEY}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {plan.run:08x}-0000-4000-8000-"
    ).encode()
    tails = [_tail(number) for number in range(plan.users)]
    if plan.once:
        senders = iter(tails)
    else:
        dice = random.Random(plan.run)
        senders = cycle([tails[draw_number(dice, plan.users)] for _ in range(_DRAWN_COUNT)])
    return (b"%b%012x%b" % (head, number, tail) for number, tail in zip(count(), senders))


def _tail(number: int) -> bytes:
    """Return what follows the key in somebody's request."""
    sender = person(number)
    body = msgspec.json.encode({"user": {"id": sender.id, "tz": sender.tz}, "value": 1})
    return b"\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class _Connection:
    """One connection, on which one request is under way."""

    __slots__ = ("data", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=DRAIN_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.data = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Send a request. The socket's buffer is empty then, and a request smaller than it."""
        self.data = b""
        self.sent_at = time.perf_counter()
        if self.socket.send(request) != len(request):
            raise LoadFailed("the socket took only a part of a request")

    def receive(self) -> Answer | None:
        """Return the answer, None if there is more to come.

        Raises:
            ConnectionError: the other side ended.
            LoadFailed: what came is no answer, or more than one.
        """
        data = self.socket.recv(_RECEIVE_SIZE)
        if not data:
            raise ConnectionResetError
        self.data = data = self.data + data if self.data else data
        answer = read_answer(data)
        if answer is not None and answer.size < len(data):
            raise LoadFailed(f"more than one answer to a request: {data[answer.size :][:200]!r}")
        return answer


class _Generator:
    """Sends and receives until the time is over, and counts."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = events(plan)
        self._epoll = select.epoll()
        self._connections: dict[int, _Connection] = {}
        self._under_way = 0
        self._begin_at = self._end_at = 0.0
        self._seconds: list[float] = []
        """Latencies of what is measured."""
        self._all = 0
        self._body_bytes = 0
        self._refused: dict[int, int] = {}
        self._lost = 0

    def run(self) -> Load:
        """Send the load.

        Raises:
            LoadFailed: there is nobody to answer, or the answers are none.
        """
        worked, started = time.process_time(), time.perf_counter()
        for _ in range(self._plan.connections):
            self._open()
        self._begin_at = time.perf_counter() + self._plan.warm_up_s
        self._end_at = self._begin_at + self._plan.seconds
        for connection in list(self._connections.values()):
            self._send_next(connection)
        while self._under_way:
            self._answer_ready()
        busy = (time.process_time() - worked) / (time.perf_counter() - started)
        if not self._seconds:
            raise LoadFailed(f"no answer with 2xx in time (others by status: {self._refused})")
        self._seconds.sort()
        return Load(
            measured=len(self._seconds),
            p50_ms=percentile(self._seconds, 50) * 1e3,
            p99_ms=percentile(self._seconds, 99) * 1e3,
            all=self._all,
            refused=self._refused,
            lost=self._lost,
            body_size=round(self._body_bytes / self._all),
            busy=busy,
        )

    def _open(self) -> _Connection:
        connection = _Connection(self._plan.port)
        number = connection.socket.fileno()
        self._epoll.register(number, select.EPOLLIN)
        self._connections[number] = connection
        return connection

    def _send_next(self, connection: _Connection) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._under_way += 1
            connection.send(request)

    def _answer_ready(self) -> None:
        """Take the answers that are there, or wait for one."""
        ready = self._epoll.poll(1)
        if not ready and time.perf_counter() > self._end_at + DRAIN_SECONDS_MAX:
            raise LoadFailed(f"{self._under_way} requests were not answered")
        for number, _ in ready:
            connection = self._connections[number]
            try:
                answer = connection.receive()
            except ConnectionError:
                connection.socket.close()
                del self._connections[number]
                self._lost += 1
                connection = self._open()
            else:
                if answer is None:
                    continue
                self._count(connection, answer)
            self._under_way -= 1
            if time.perf_counter() < self._end_at:
                self._send_next(connection)

    def _count(self, connection: _Connection, answer: Answer) -> None:
        now = time.perf_counter()
        self._all += 1
        self._body_bytes += answer.body_size
        if not 200 <= answer.status < 300:
            self._refused[answer.status] = self._refused.get(answer.status, 0) + 1
        elif self._begin_at <= now < self._end_at:
            self._seconds.append(now - connection.sent_at)


def main() -> None:
    """Read a plan from standard input, send the load, write what came back."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    try:
        load = _Generator(plan).run()
    except (LoadFailed, OSError) as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(msgspec.json.encode(load))


if __name__ == "__main__":
    main()
