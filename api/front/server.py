"""The server: sockets, connections, and the order in which things begin and end.

    listen ─► recover ─► answer ············· told to stop ─► drain ─► close the engine ─► exit
       └─ /healthz, /readyz from here on             │
                                     a second time ──┴──► exit at once (the log allows it)

The engine encloses what is answered and not the other way round: it is closed only when no request
is under way any more, and what it has acknowledged is on disk whatever happens here.

Around every connection there is a barrier: an exception ends that connection and is logged.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Literal

import trio

from api.front.http1 import read_away, render
from api.front.hypercorn_server import HypercornFront
from api.front.lane import Lane
from api.front.limits import CONNECTIONS_MAX, DRAIN_SECONDS_MAX, LINGER_SECONDS_MAX
from api.front.logs import Log
from api.front.messages import error_answer
from api.front.quart_app import make_app
from api.front.service import Service
from api.front.telemetry import admission_states

Front = Literal["both", "quart"]
LATE_SECONDS = 0.25
"""Between two looks for lanes that are late: how much longer than its bound a wait can last."""
_GOODBYE = render(
    error_answer(
        HTTPStatus.SERVICE_UNAVAILABLE, "there are too many connections", code="overloaded"
    ),
    head_only=False,
    close=True,
)


class Server:
    """Connections, from the first byte to the last."""

    def __init__(
        self,
        service: Service,
        log: Log,
        *,
        front: Front = "both",
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        """Prepare to serve.

        Args:
            service: answers requests.
            log: told of what matters.
            front: `both` for the lane with Quart behind it, `quart` for Quart alone.
            connections_max: how many connections there may be at a time.
        """
        self._service = service
        self._log = log
        self._front = front
        self._connections_max = connections_max
        self._connection_count = 0
        self._turned_away = 0
        """Connections that are being told that there are too many."""
        self._lanes: set[Lane] = set()
        self._behind = HypercornFront(
            make_app(service), service.telemetry, log, keep_alive=front == "quart"
        )
        self._none_left = trio.Event()
        self._accepting = trio.CancelScope()
        service.telemetry.watch(
            lambda: admission_states(service.admission.statistics(), self._connection_count)
        )

    @asynccontextmanager
    async def serving(self, listeners: list[trio.SocketListener]) -> AsyncGenerator[None]:
        """Serve while the block runs; whoever is still connected when it is left is cut off."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._accept, listeners, nursery)
            nursery.start_soon(self._end_late)
            try:
                yield
            finally:
                nursery.cancel_scope.cancel()

    async def _accept(
        self, listeners: list[trio.SocketListener], connections: trio.Nursery
    ) -> None:
        with self._accepting:
            await trio.serve_listeners(self.connect, listeners, handler_nursery=connections)

    async def _end_late(self) -> None:
        """End, now and then, the lanes that have waited too long."""
        while True:
            await trio.sleep(LATE_SECONDS)
            now = trio.current_time()
            for lane in self._lanes:
                lane.end_late(now)

    async def drain(self) -> None:
        """Accept nobody any more, refuse what comes, let what is under way end.

        Takes at most `DRAIN_SECONDS_MAX`.
        """
        self._accepting.cancel()
        self._service.stopping.set()
        for lane in self._lanes:
            lane.end_idle()
        await self._behind.end_idle()
        with trio.move_on_after(DRAIN_SECONDS_MAX):
            while self._connection_count:
                self._none_left = trio.Event()
                await self._none_left.wait()
        if self._connection_count:
            self._log.warning("connections cut off", connections=self._connection_count)

    async def connect(self, stream: trio.SocketStream) -> None:
        """Serve one connection: the barrier around it."""
        if self._connection_count >= self._connections_max:
            await self._turn_away(stream)
            return
        self._connection_count += 1
        try:
            if self._front == "quart":
                await self._behind.serve(stream)
            else:
                await self._lane(stream)
        except* (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            pass  # the client went away: that is its right
        except* Exception as group:  # noqa: BLE001 - the barrier around a connection
            self._log.error("connection failed", exc_info=group)
        finally:
            self._connection_count -= 1
            if not self._connection_count:
                self._none_left.set()
            await trio.aclose_forcefully(stream)

    async def _lane(self, stream: trio.SocketStream) -> None:
        lane = Lane(self._service, stream)
        self._lanes.add(lane)
        try:
            unread = await lane.run()
        finally:
            self._lanes.discard(lane)
        if unread is not None:
            await self._behind.serve(stream, unread)

    async def _turn_away(self, stream: trio.SocketStream) -> None:
        """Tell a client that there are too many already, if there is time for it."""
        self._service.telemetry.cut_off("too many connections")
        self._log.warning("too many connections", connections=self._connection_count)
        self._turned_away += 1
        try:
            if self._turned_away <= CONNECTIONS_MAX:
                with trio.move_on_after(LINGER_SECONDS_MAX):
                    await stream.send_all(_GOODBYE)
                    await stream.send_eof()
                    await read_away(stream, LINGER_SECONDS_MAX)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            pass
        finally:
            self._turned_away -= 1
            await trio.aclose_forcefully(stream)
