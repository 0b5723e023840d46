"""The fast lane: one connection's requests, answered without a framework.

    bytes ──► head ──► admit ──► body ──► perform ─┐   for each request that is there already
                                                   ▼
                          write ◄── settle ◄── pending answers

Requests that have arrived together are applied one after the other, and their answers wait for the
disk together; that is what makes pipelining quick. Before anything is awaited from the client, what
is pending is written: a client may be waiting for it.

A request that is not in the route table is not answered here: `run` returns what is unread, and the
server hands the connection over. Every wait has a deadline, every buffer a bound; nothing that a
client does ends more than its own connection.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from time import perf_counter
from typing import NamedTuple

import trio

from api.front.http1 import HEAD_END, Message, parse_head, read_away, render
from api.front.limits import (
    BODY_SECONDS_MAX,
    HANDLER_SECONDS_MAX,
    HEAD_SECONDS_MAX,
    HEAD_SIZE_MAX,
    IDLE_SECONDS_MAX,
    LINGER_SECONDS_MAX,
    PIPELINED_MAX,
    STREAM_SECONDS_MAX,
    WRITE_SECONDS_MAX,
)
from api.front.messages import Refused, Response
from api.front.service import PROBES, Admitted, Service, whole_body
from engine.model.errors import LaurelsError

_RECEIVE_SIZE = 64 * 1024
_PENDING_SIZE_MAX = 256 * 1024
"""Bytes of answers that wait for one another: large pages are written by themselves."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ConnectionLost(LaurelsError):
    """The client went away in the middle of a request; nobody is left to be told."""

    code = "connection_lost"
    status = 400


class _Pending(NamedTuple):
    """An answer that waits for the disk, and for those before it."""

    response: Response
    message: Message
    operation: str
    began_at: float
    room: int | None
    """Bytes of body that it holds of the admission; None if it was never let in."""


class Lane:
    """One connection."""

    def __init__(self, service: Service, stream: trio.abc.HalfCloseableStream) -> None:
        self._service = service
        self._stream = stream
        self._data = b""
        self._at = 0
        """Where in the data the next request, or what is left of the present one, begins."""
        self._pending: list[_Pending] = []
        self._pending_size = 0
        self._idle: trio.CancelScope | None = None
        self._body_open = False
        """Whether some of a streamed body is still to come."""

    async def run(self) -> bytes | None:
        """Answer requests until the connection ends, or must be handed over.

        Returns:
            What is unread, from the first byte of a request that is not the lane's; None at an end.
        """
        try:
            while True:
                message, start = await self._next()
                if message is None:
                    await self._flush()
                    return None
                if not self._serves(message):
                    await self._flush()
                    return self._data[start:]
                if not await self._answer(message):
                    break
                if len(self._pending) >= PIPELINED_MAX or self._pending_size > _PENDING_SIZE_MAX:
                    await self._flush()
            await self._flush()
        except Refused as error:
            await self._refuse_all(error)
        except ConnectionLost:
            return None
        finally:
            self._release()
        await self._linger()
        return None

    def end_idle(self) -> None:
        """End the connection if nothing is under way on it: the server stops."""
        if self._idle is not None:
            self._idle.cancel()

    # --- Reading ---

    async def _next(self) -> tuple[Message | None, int]:
        """Return the next request and where it began; None if the client has ended.

        Raises:
            Refused: what came is no request, or did not come in time.
        """
        deadline = None
        while True:
            while self._data.startswith(b"\r\n", self._at):
                self._at += 2  # clients of old put an empty line behind a body (RFC 9112, 2.2)
            end = self._data.find(HEAD_END, self._at, self._at + HEAD_SIZE_MAX)
            if end >= 0:
                break
            unread = len(self._data) - self._at
            if unread >= HEAD_SIZE_MAX:
                what = f"the request's head is larger than {HEAD_SIZE_MAX:,} bytes"
                raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, what)
            await self._flush()
            if not unread:
                if not await self._receive_idle():
                    return None, self._at
            elif not await self._receive(
                deadline := deadline or trio.current_time() + HEAD_SECONDS_MAX, "head"
            ):
                return None, self._at
        start, self._at = self._at, end + len(HEAD_END)
        return parse_head(self._data[start : self._at]), start

    async def _receive_idle(self) -> bool:
        """Wait for the first byte of a request; return False if none comes."""
        if self._service.stopping.is_set():
            return False
        more = False
        with trio.move_on_after(IDLE_SECONDS_MAX) as self._idle:
            more = await self._take()
        self._idle = None
        return more

    async def _receive(self, deadline: float, what: str) -> bool:
        """Wait for more of a request; return False if the client has ended.

        Raises:
            Refused: nothing came in time.
        """
        with trio.move_on_at(deadline):
            return await self._take()
        self._service.telemetry.cut_off(f"slow {what}")
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, f"the request's {what} did not come in time")

    async def _take(self) -> bool:
        piece = bytes(await self._stream.receive_some(_RECEIVE_SIZE))
        self._data = self._data[self._at :] + piece if self._at < len(self._data) else piece
        self._at = 0
        return bool(piece)

    async def _body(self, message: Message, admitted: Admitted) -> bytes:
        """Read a whole body.

        Raises:
            Refused: it is too large, too slow, or not what HTTP allows.
            ConnectionLost: the client ended in the middle of it.
        """
        if not message.chunked:
            end = self._at + message.length
            if end <= len(self._data):
                body, self._at = self._data[self._at : end], end
                return body
        deadline = trio.current_time() + BODY_SECONDS_MAX
        async with aclosing(self._pieces(message, deadline)) as pieces:
            return await whole_body(pieces, admitted)

    async def _pieces(self, message: Message, deadline: float | None) -> AsyncGenerator[bytes]:
        """Yield a body as it arrives, by a deadline, or without one as long as something comes."""
        left = message.length
        if message.wants_continue and self._at == len(self._data) and (left or message.chunked):
            await self._flush()
            await self._write(_CONTINUE)
        quiet = 0
        while left if not message.chunked else not message.complete:
            if self._at == len(self._data):
                await self._flush()
                until = deadline or trio.current_time() + STREAM_SECONDS_MAX
                if not await self._receive(until, "body"):
                    raise ConnectionLost("the client ended in the middle of a body")
            if message.chunked:
                before = self._at
                self._at = message.feed(self._data, before)
                piece = b"".join(message.pieces)
                message.pieces.clear()
                # What is around the body (sizes, extensions, trailers) is bounded like a head.
                quiet = 0 if piece else quiet + self._at - before
                if quiet > HEAD_SIZE_MAX:
                    raise Refused(HTTPStatus.BAD_REQUEST, "chunks with more around them than in")
            else:
                piece = self._data[self._at : self._at + left]
                self._at += len(piece)
                left -= len(piece)
            if piece:
                yield piece
        self._body_open = False

    # --- Answering ---

    def _serves(self, message: Message) -> bool:
        head = message.head
        return self._service.router.knows(head.method, head.path) or head.path in PROBES

    async def _answer(self, message: Message) -> bool:
        """Answer a request, or queue its answer; return whether the connection goes on."""
        began_at = perf_counter()
        service = self._service
        probe = service.probe(message.head)
        if probe is not None:
            return self._queue(_Pending(probe, message, "probe", began_at, None))
        try:
            admitted = service.admit(message.head)
            service.admission.enter(admitted.body_room)
        except Refused:
            raise
        except LaurelsError as error:
            response = service.refuse(error)
            if not self._skip_body(message):
                response = response._replace(close=True)
            return self._queue(_Pending(response, message, "refused", began_at, None))
        room = admitted.body_room
        try:
            if admitted.route.body_kind == "stream":
                response = await self._perform_stream(message, admitted)
            else:
                body = await self._body(message, admitted) if room else b""
                response = service.too_slow()
                with trio.move_on_after(HANDLER_SECONDS_MAX):
                    response = await service.perform(admitted, body)
        except BaseException:
            service.admission.leave(room)
            raise
        return self._queue(_Pending(response, message, admitted.route.name, began_at, room))

    async def _perform_stream(self, message: Message, admitted: Admitted) -> Response:
        """Let an operation take a body as it arrives."""
        await self._flush()
        self._body_open = message.chunked or message.length > 0
        async with aclosing(self._pieces(message, None)) as pieces:
            response = await self._service.respond(admitted, pieces)
        return response._replace(close=True) if self._body_open else response

    def _skip_body(self, message: Message) -> bool:
        """Pass over a body that nobody wants, if it is here; return whether it was."""
        end = self._at + message.length
        if message.chunked or end > len(self._data):
            return False
        self._at = end
        return True

    def _queue(self, pending: _Pending) -> bool:
        self._pending.append(pending)
        self._pending_size += len(pending.response.body)
        return not self._closes(pending)

    def _closes(self, pending: _Pending) -> bool:
        return (
            pending.response.close
            or not pending.message.keep_alive
            or self._service.stopping.is_set()
        )

    async def _flush(self) -> None:
        """Write the pending answers, once what they show is on disk."""
        if not self._pending:
            return
        service, pending = self._service, self._pending
        answers = [one.response for one in pending]
        with trio.move_on_after(HANDLER_SECONDS_MAX) as limit:
            answers = await service.settle(answers)
        if limit.cancelled_caught:
            answers = [service.too_slow()] * len(pending)
        now = perf_counter()
        out: list[bytes] = []
        for one, response in zip(pending, answers, strict=True):
            close = one is pending[-1] and (self._closes(one) or response.close)
            head_only = one.message.head.method == "HEAD"
            out.append(render(response, head_only=head_only, close=close))
            service.observe("lane", one.operation, response.status, now - one.began_at)
        await self._write(b"".join(out))
        self._release()

    def _release(self) -> None:
        for one in self._pending:
            if one.room is not None:
                self._service.admission.leave(one.room)
        self._pending = []
        self._pending_size = 0

    async def _write(self, data: bytes) -> None:
        with trio.move_on_after(WRITE_SECONDS_MAX):
            await self._stream.send_all(data)
            return
        self._service.telemetry.cut_off("slow reader")
        raise ConnectionLost("the client does not read its answers")

    async def _refuse_all(self, error: Refused) -> None:
        """Tell that what came is refused, behind the answers that are pending; the last words."""
        response = self._service.refuse(error)
        try:
            await self._flush()
            await self._write(render(response, head_only=False, close=True))
        except ConnectionLost:
            return
        self._service.observe("lane", "refused", response.status, 0.0)

    async def _linger(self) -> None:
        """End our side, and read on a little: else the last answer is lost with what is unread."""
        await self._stream.send_eof()
        await read_away(self._stream, LINGER_SECONDS_MAX)
