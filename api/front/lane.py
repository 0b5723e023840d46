"""The fast lane: one connection's requests, answered without a framework.

    bytes ──► head ──► admit ──► body ──► perform ─┐   for each request that is there already
                                                   ▼
                          write ◄── settle ◄── pending answers

Requests that have arrived together are applied one after the other, and their answers wait for the
disk together; that is what makes pipelining quick. Before anything is awaited from the client, what
is pending is written: a client may be waiting for it.

A request that is not in the route table is not answered here: `run` returns what is unread, and the
server hands the connection over.

Every wait has a deadline. A lane only notes what it waits for and until when (`deadline`, `phase`);
the server looks at all lanes now and then and ends those that are late. A timer of its own for each
wait costs a sixth of a request. Every buffer has a bound, and nothing that a client does ends more
than its own connection.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from http import HTTPStatus
from math import inf
from time import perf_counter
from typing import Literal, NamedTuple

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
from api.front.messages import ClientLeft, Refused, Response, head_too_large, too_late
from api.front.service import PROBES, Admitted, Service, check_http, has_body, whole_body
from engine.model.errors import LaurelsError

_RECEIVE_SIZE = 64 * 1024
_PENDING_SIZE_MAX = 256 * 1024
"""Bytes of answers that wait for one another: large pages are written by themselves."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Phase = Literal["idle", "head", "body", "answer", "stream", "write"]
"""What a lane waits for: a request, the rest of its head or its body, the engine, an operation that
takes its body as it comes, the client taking its answers."""


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
        self.deadline = inf
        """Until when the present wait may last, by trio's clock."""
        self.phase: Phase = "idle"
        self._service = service
        self._stream = stream
        self._life = trio.CancelScope()
        self._idle: trio.CancelScope | None = None
        self._data = b""
        self._start = 0
        """Where in the data the present request begins."""
        self._at = 0
        """Where what is left of it, or the next one, begins."""
        self._performing: _Pending | None = None
        """The request being performed, with what is told if that takes too long."""
        self._pending: list[_Pending] = []
        self._pending_size = 0
        self._said_close = False
        """Whether an answer was written that is the last one."""
        self._body_open = False
        """Whether some of a streamed body is still to come."""

    async def run(self) -> bytes | None:
        """Answer requests until the connection ends, or must be handed over.

        Returns:
            What is unread, from the first byte of a request that is not the lane's; None at an end.
        """
        try:
            with self._life:
                try:
                    if await self._serve():
                        return self._data[self._start :]
                except Refused as error:
                    await self._refuse(error)
                except ClientLeft:
                    return None
            if self._life.cancelled_caught:
                with trio.move_on_after(WRITE_SECONDS_MAX):
                    await self._end_late()
        finally:
            self._release(self._under_way())
        if self._said_close:
            await self._linger()
        return None

    def end_idle(self) -> None:
        """End the connection if nothing is under way on it: the server stops."""
        if self._idle is not None:
            self._idle.cancel()

    def end_late(self, now: float) -> None:
        """End the connection if what it waits for is late."""
        if now > self.deadline:
            self._life.cancel()

    async def _serve(self) -> bool:
        """Answer requests; return whether the next one is somebody else's."""
        while True:
            message = await self._next()
            if message is None:
                await self._flush()
                return False
            if not self._serves(message):
                await self._flush()
                return not self._said_close
            if not await self._answer(message):
                await self._flush()
                return False
            if len(self._pending) >= PIPELINED_MAX or self._pending_size > _PENDING_SIZE_MAX:
                await self._flush()
                if self._said_close:
                    return False

    async def _end_late(self) -> None:
        """Tell the client what took too long, as far as that can be told."""
        phase, self.phase = self.phase, "write"
        match phase:
            case "idle":
                self.phase = "idle"
            case "head" | "body":
                self._service.telemetry.cut_off(f"slow {phase}")
                await self._refuse(too_late(phase))
            case "answer" | "stream":
                late = self._under_way()
                told = self._service.too_slow()._replace(close=True)
                await self._write_all(late, [told] * len(late))
            case "write":
                self._service.telemetry.cut_off("slow reader")

    # --- Reading ---

    async def _next(self) -> Message | None:
        """Return the next request; None if the client has ended.

        Raises:
            Refused: what came is no request.
        """
        while True:
            while self._data.startswith(b"\r\n", self._at):
                self._at += 2  # clients of old put an empty line behind a body (RFC 9112, 2.2)
            self._start = self._at
            end = self._data.find(HEAD_END, self._at, self._at + HEAD_SIZE_MAX)
            if end >= 0:
                break
            unread = len(self._data) - self._at
            if unread >= HEAD_SIZE_MAX:
                raise head_too_large()
            if self._pending:
                await self._flush()
                if self._said_close:
                    return None
            if unread and self.phase != "head":
                self._wait_for("head", HEAD_SECONDS_MAX)
            if not unread:
                self._wait_for("idle", IDLE_SECONDS_MAX)
                if not await self._take_idle():
                    return None
            elif not await self._take():
                return None
        self._at = end + len(HEAD_END)
        message = parse_head(self._data[self._start : self._at])
        check_http(message.head)
        self._wait_for("answer", HANDLER_SECONDS_MAX)
        return message

    def _wait_for(self, phase: Phase, seconds: float) -> None:
        self.phase = phase
        self.deadline = trio.current_time() + seconds

    async def _take_idle(self) -> bool:
        """Wait for a request, unless the server stops; return False if none comes.

        In a scope of its own: what has come when it is cancelled is there, and is answered.
        """
        if self._service.stopping.is_set():
            return False
        more = False
        with trio.CancelScope() as self._idle:
            more = await self._take()
        self._idle = None
        return more

    async def _take_of_stream(self) -> bool:
        """Wait for more of a body of any length; the operation learns if none comes in time."""
        with trio.move_on_after(STREAM_SECONDS_MAX):
            return await self._take()
        self._service.telemetry.cut_off("slow body")
        raise too_late("body")

    async def _take(self) -> bool:
        """Wait for more; return False if the client has ended."""
        try:
            piece = bytes(await self._stream.receive_some(_RECEIVE_SIZE))
        except trio.BrokenResourceError as error:
            raise ClientLeft("the client has broken the connection off") from error
        self._data = self._data[self._at :] + piece if self._at < len(self._data) else piece
        self._start = self._at = 0
        return bool(piece)

    async def _body(self, message: Message, admitted: Admitted) -> bytes:
        """Read a whole body.

        Raises:
            Refused: it is too large, or not what HTTP allows.
            ClientLeft: the client ended in the middle of it.
        """
        if not message.chunked:
            end = self._at + message.length
            if end <= len(self._data):
                body, self._at = self._data[self._at : end], end
                return body
        self._wait_for("body", BODY_SECONDS_MAX)
        async with aclosing(self._pieces(message)) as pieces:
            return await whole_body(pieces, admitted)

    async def _pieces(self, message: Message) -> AsyncGenerator[bytes]:
        """Yield a body as it arrives."""
        left = message.length
        if message.wants_continue and self._at == len(self._data) and (left or message.chunked):
            await self._flush()
            before, deadline = self.phase, self.deadline
            self._wait_for("write", WRITE_SECONDS_MAX)
            await self._stream.send_all(_CONTINUE)
            self.phase, self.deadline = before, deadline
        quiet = 0
        while left if not message.chunked else not message.complete:
            if self._at == len(self._data):
                await self._flush()
                more = self._take_of_stream if self.phase == "stream" else self._take
                if not await more():
                    raise ClientLeft("the client ended in the middle of a body")
            if message.chunked:
                before = self._at
                piece, self._at = message.feed(self._data, before)
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
        except LaurelsError as error:
            response = service.refuse(error)
            if not self._skip_body(message):
                response = response._replace(close=True)
            return self._queue(_Pending(response, message, "refused", began_at, None))
        room, name = admitted.body_room, admitted.route.name
        self._performing = _Pending(_NOTHING, message, name, began_at, room)
        try:
            if admitted.route.body_kind == "stream":
                response = await self._perform_stream(message, admitted)
            else:
                body = b""
                if room:
                    body = await self._body(message, admitted)
                    self._wait_for("answer", HANDLER_SECONDS_MAX)
                response = await service.perform(admitted, body)
        except Refused as error:
            response = service.refuse(error)
        self._performing = None
        return self._queue(_Pending(response, message, name, began_at, room))

    async def _perform_stream(self, message: Message, admitted: Admitted) -> Response:
        """Let an operation take a body as it arrives."""
        await self._flush()
        self._wait_for("stream", inf)
        self._body_open = has_body(message.head)
        async with aclosing(self._pieces(message)) as pieces:
            response = await self._service.perform(admitted, pieces)
        self._wait_for("answer", HANDLER_SECONDS_MAX)
        return response._replace(close=True) if self._body_open else response

    def _skip_body(self, message: Message) -> bool:
        """Pass over a body that nobody wants, if it is here; return whether it was."""
        end = self._at + message.length
        if message.chunked or end > len(self._data):
            return False
        self._at = end
        return True

    def _under_way(self) -> list[_Pending]:
        return [*self._pending, *([self._performing] if self._performing else [])]

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
        before, deadline = self.phase, self.deadline
        pending = self._pending
        self._wait_for("answer", HANDLER_SECONDS_MAX)
        answers = await self._service.settle([one.response for one in pending])
        await self._write_all(pending, answers)
        self._release(pending)
        self.phase, self.deadline = before, deadline

    async def _write_all(self, pending: Sequence[_Pending], answers: Sequence[Response]) -> None:
        now = perf_counter()
        out: list[bytes] = []
        for one, response in zip(pending, answers, strict=True):
            close = one is pending[-1] and (self._closes(one) or response.close)
            head = one.message.head
            out.append(
                render(
                    response,
                    head_only=head.method == "HEAD",
                    close=close,
                    version=head.version,
                )
            )
            self._service.telemetry.observe(
                "lane", one.operation, response.status, now - one.began_at
            )
            self._said_close = self._said_close or close
        self._wait_for("write", WRITE_SECONDS_MAX)
        await self._stream.send_all(b"".join(out))

    def _release(self, pending: Sequence[_Pending]) -> None:
        """Give back what requests hold of the admission."""
        for one in pending:
            if one.room is not None:
                self._service.admission.leave(one.room)
        self._pending = []
        self._pending_size = 0

    async def _refuse(self, error: Refused) -> None:
        """Tell that what came is refused, behind the answers that are pending; the last words."""
        await self._flush()
        self._wait_for("write", WRITE_SECONDS_MAX)
        response = self._service.refuse(error)
        self._said_close = True
        # Of a head that could not be parsed the method is still the first word.
        head_only = self._data.startswith(b"HEAD ", self._start)
        if self._performing is not None:
            head_only = self._performing.message.head.method == "HEAD"
        await self._stream.send_all(render(response, head_only=head_only, close=True))
        self._service.telemetry.observe("lane", "refused", response.status, 0.0)

    async def _linger(self) -> None:
        """End our side, and read on a little: else the last answer is lost with what is unread."""
        await self._stream.send_eof()
        await read_away(self._stream, LINGER_SECONDS_MAX)


_NOTHING = Response(HTTPStatus.SERVICE_UNAVAILABLE, b"")
