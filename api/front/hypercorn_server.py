"""Hypercorn for one connection, with what it lacks: a barrier, a bounded write, and no HTTP/2.

What is known to break in it (RELIABILITY 1): one request can end the process by an exception that
climbs the nursery; a client that does not read holds up the shutdown, since the send is shielded
without a deadline; HTTP/2 over cleartext has more of the first kind. So a connection speaks
HTTP/1.1 only, whatever it offers to upgrade to; every write has a deadline; and nothing that goes
wrong leaves the connection.

Two more, found here: `100 Continue` goes out before anybody has looked at the head; and of a
request that closes its connection the answer is lost if something follows it.
"""

import re
from contextlib import suppress
from http import HTTPStatus
from typing import cast

import h11
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol import h11 as hypercorn_h11
from hypercorn.protocol.events import Body, EndBody
from hypercorn.protocol.h11 import STREAM_ID
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState, H11SendableEvent

from api.front.http1 import Chunks
from api.front.limits import (
    HEAD_SECONDS_MAX,
    HEAD_SIZE_MAX,
    LINGER_SECONDS_MAX,
    WRITE_SECONDS_MAX,
)
from api.front.logs import Log, forwarding_logger
from api.front.messages import Refused, error_answer, split_target
from api.front.telemetry import Telemetry

CONTINUE = "laurels.continue"
"""Under which name an application finds what tells the client to send its body."""
_RECEIVE_SIZE = 64 * 1024


class HypercornFront:
    """What connections of this front end have in common."""

    def __init__(
        self, app: ASGIFramework, telemetry: Telemetry, log: Log, *, keep_alive: bool
    ) -> None:
        """Prepare to serve.

        Args:
            app: the application.
            telemetry: told of connections that are cut off.
            log: told of what goes wrong inside.
            keep_alive: whether a connection may carry more than one request; one that was handed
                over may not, so that a pooled connection comes back to the lane.
        """
        self._app = ASGIWrapper(app)
        self._telemetry = telemetry
        self._context = WorkerContext(None)
        self._config = Config()
        self._config.accesslog = None
        self._config.errorlog = forwarding_logger("laurels.hypercorn", log)
        self._config.include_server_header = False
        self._config.h11_max_incomplete_size = HEAD_SIZE_MAX
        # Hypercorn's one timer runs from the last answer to the end of the next head.
        self._config.keep_alive_timeout = HEAD_SECONDS_MAX
        self._config.keep_alive_max_requests = 1_000_000_000 if keep_alive else 0

    async def serve(self, stream: trio.SocketStream, unread: bytes = b"") -> None:
        """Serve a connection to its end."""
        server = _Connection(
            self._app,
            self._config,
            self._context,
            cast(ConnectionState, {}),
            cast("trio.SSLStream[trio.SocketStream]", _Replay(stream, unread)),
        )
        server.telemetry = self._telemetry
        await server.run()

    async def end_idle(self) -> None:
        """End connections on which nothing is under way, and the others after their answers."""
        await self._context.terminated.set()


class _Connection(TCPServer):
    """One connection. Its reader is the only one to receive, until the other side has ended."""

    telemetry: Telemetry
    _ending = False
    _reader_done: trio.Event

    async def run(self) -> None:
        self._reader_done = trio.Event()
        try:
            async with TaskGroup() as task_group:
                self._task_group = task_group
                state = ConnectionState(self.state)
                self.protocol = protocol = _Http1(  # pyright: ignore[reportIncompatibleVariableOverride, reportAttributeAccessIssue]
                    self.app,
                    self.config,
                    self.context,
                    task_group,
                    state,
                    False,
                    None,
                    None,
                    self.protocol_send,
                )
                cast("dict[str, object]", state)[CONTINUE] = protocol.send_continue
                await self.idle_task.restart(task_group, self._idle_timeout)  # pyright: ignore[reportUnknownMemberType]
                await self._read_data()
                self._reader_done.set()
                await self.idle_task.stop()
        finally:
            await trio.aclose_forcefully(self.stream)

    async def _read_data(self) -> None:
        while True:
            try:
                data = await self.stream.receive_some(_RECEIVE_SIZE)
            except (trio.ClosedResourceError, trio.BrokenResourceError):
                data = b""
            if not self._ending:
                await self.protocol.handle(RawData(bytes(data)))
            if not data:
                break
        await self.protocol.handle(Closed())

    async def _close(self) -> None:
        """End our side; what still comes is read away, else it takes the last answer with it."""
        if self._ending:
            return
        self._ending = True
        async with self.send_lock:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await self.stream.send_eof()
        self._task_group.spawn(self._end_lingering)  # pyright: ignore[reportUnknownMemberType]

    async def _end_lingering(self) -> None:
        with trio.move_on_after(LINGER_SECONDS_MAX):
            await self._reader_done.wait()
        await trio.aclose_forcefully(self.stream)

    async def protocol_send(self, event: Event) -> None:
        if not isinstance(event, RawData):
            await super().protocol_send(event)
            return
        async with self.send_lock:
            try:
                with trio.move_on_after(WRITE_SECONDS_MAX, shield=True):
                    await self.stream.send_all(event.data)
                    return
                self.telemetry.cut_off("slow reader")
                await trio.aclose_forcefully(self.stream)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
        await self.protocol.handle(Closed())


class _Http1(hypercorn_h11.H11Protocol):
    """HTTP/1.1 and nothing else: neither web sockets nor HTTP/2 over cleartext."""

    _over = False
    """Whether the last request was answered, whatever follows it, or the client has left."""
    _deaf = False
    """Whether what comes is dropped: it follows the last request, or one that is refused."""
    _told = False
    """Whether an error was told: an application that answers after that comes too late."""
    _whole = False
    """Whether the present request is here to its end."""
    _chunks: Chunks | None = None
    """The second reader of a chunked body."""

    @property
    def _h11(self) -> h11.Connection:
        assert isinstance(self.connection, h11.Connection), "never a web socket's"
        return self.connection

    async def handle(self, event: Event) -> None:
        if isinstance(event, Closed):
            self._over = True  # what was asked besides is not answered to one who has left
        if isinstance(event, RawData) and self._between_requests:
            rest = event.data.lstrip(b"\r\n")
            if event.data and not rest:
                return
            event = RawData(rest)
        if isinstance(event, RawData) and (self._deaf or not await self._check_chunks(event.data)):
            return
        await super().handle(event)

    async def _check_chunks(self, data: bytes) -> bool:
        """Let llhttp look at a chunked body besides, and end the connection at what it refuses.

        h11 takes a bare line feed among the trailers: where others see no end of the body there, a
        second request gets by.
        """
        if self._chunks is None or self._chunks.complete:
            return True
        try:
            self._chunks.feed(data, 0)
        except Refused as error:
            self._chunks = None
            if self._h11.our_state is h11.SEND_RESPONSE:
                await self._send_error_response(error.http_status)
            await self.send(Closed())
            return False
        return True

    @property
    def _between_requests(self) -> bool:
        """Whether nothing of the next request is here yet.

        Empty lines here are passed over, which h11 does not do: clients of old put one behind a
        body (RFC 9112, 2.2).
        """
        return self._h11.their_state is h11.IDLE and not self._h11.trailing_data[0]

    async def _maybe_recycle(self) -> None:
        """Go on to the next request, or end the connection, once a request is answered."""
        await self._close_stream()
        whole = self._h11.our_state is self._h11.their_state is h11.DONE
        if self._over or self.context.terminated.is_set() or not whole:
            self._over = True
            await self.can_read.set()
            await self.send(Closed())
            return
        unread = self._h11.trailing_data[0]
        if unread.startswith((b"\r", b"\n")):
            self.connection = h11.Connection(h11.SERVER, self.config.h11_max_incomplete_size)
            if rest := unread.lstrip(b"\r\n"):
                self.connection.receive_data(rest)
        else:
            self._h11.start_next_cycle()
        await self.can_read.set()
        await self.send(Updated(idle=True))

    async def _send_error_response(self, status_code: int) -> None:
        """Tell what h11 does not allow, in the one shape that errors have."""
        told = error_answer(status_code, "this is not HTTP/1.1", code=Refused.code)
        headers = [
            (b"content-type", told.content_type),
            (b"content-length", b"%d" % len(told.body)),
            (b"connection", b"close"),
            *self.config.response_headers("h11"),
        ]
        self._told = self._deaf = True
        # In one piece: an application that answers meanwhile would come in between.
        parts = (
            h11.Response(status_code=status_code, headers=headers),
            h11.Data(data=told.body),
            h11.EndOfMessage(),
        )
        await self.send(RawData(b"".join(self._h11.send(part) or b"" for part in parts)))

    async def send_continue(self) -> None:
        """Tell the client to go on with its body, if it waits for that and somebody wants it."""
        if self._h11.they_are_waiting_for_100_continue:
            await self._send_h11_event(h11.InformationalResponse(status_code=100, headers=[]))

    async def _handle_events(self) -> None:
        while True:
            before = self._h11.their_state
            if before is h11.IDLE and _is_doubtful(self._h11.trailing_data[0]):
                await self._send_error_response(HTTPStatus.BAD_REQUEST)
                await self.send(Closed())
                break
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                answering = self._h11.our_state is h11.SEND_BODY
                if self.stream is not None and (answering or self._whole):
                    self._deaf = True
                    break  # an answer that has begun, or will, goes out whole all the same
                if self._h11.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                    await self._send_error_response(error.error_status_hint)
                await self.send(Closed())
                break
            if isinstance(event, h11.Request):
                await self.send(Updated(idle=False))
                await self._create_stream(event)
            elif event is h11.PAUSED:
                await self.can_read.clear()
                await self.can_read.wait()
                if self._over:
                    break
            elif self.stream is not None and isinstance(event, h11.Data):
                await self.stream.handle(Body(stream_id=STREAM_ID, data=event.data))
            elif self.stream is not None and isinstance(event, h11.EndOfMessage):
                self._whole = True
                await self.stream.handle(EndBody(stream_id=STREAM_ID))
            else:
                break

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        if not self._told:
            await super()._send_h11_event(event)

    async def _check_protocol(self, event: h11.Request) -> None:
        pass

    async def _create_stream(self, request: h11.Request) -> None:
        try:
            path, query = split_target(request.target)
        except Refused as error:
            await self._send_error_response(error.http_status)
            await self.send(Closed())
            return
        offers = (b"upgrade", b"http2-settings")
        headers = [header for header in request.headers if header[0] not in offers]
        plain = h11.Request(
            method=request.method,
            target=f"{path}?{query}" if query else path,
            headers=headers,
            http_version=request.http_version,
        )
        self._whole = False
        self._chunks = None
        if any(name == b"transfer-encoding" for name, _ in headers):
            self._chunks = Chunks()
            if not await self._check_chunks(self._h11.trailing_data[0]):
                return
        await super()._create_stream(plain)
        assert isinstance(self.stream, HTTPStream)


_DOUBTFUL = re.compile(rb"(?<!\r)\n|\n[ \t]")


def _is_doubtful(text: bytes) -> bool:
    """Whether a head holds what others read in another way than h11: a bare LF, a folded line.

    A proxy that takes such a line for a part of the one before it lets a second request by
    (RFC 9112, 2.2 and 5.2 allow to refuse both).
    """
    head, _, _ = text.partition(b"\r\n\r\n")
    return _DOUBTFUL.search(head) is not None


class _Replay:
    """A stream of which some bytes have been read already."""

    def __init__(self, stream: trio.SocketStream, unread: bytes) -> None:
        self._stream = stream
        self._unread = unread

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if self._unread:
            await trio.lowlevel.checkpoint()
            unread, self._unread = self._unread, b""
            return unread
        return bytes(await self._stream.receive_some(max_bytes))

    async def send_all(self, data: bytes) -> None:
        await self._stream.send_all(data)

    async def send_eof(self) -> None:
        await self._stream.send_eof()

    async def aclose(self) -> None:
        await self._stream.aclose()
