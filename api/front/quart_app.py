"""The other front end's application: Quart-Trio, for all that the lane does not serve.

Operations go through the same service as in the lane, before Quart looks for a route of its own. A
body is taken from Hypercorn as an operation takes it, and else pressed back; Quart by itself would
hold all of it. It would cancel an operation whose client has gone, too: here it goes on to its end.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from time import perf_counter
from typing import Any, ClassVar, cast

import trio
from quart import Response as QuartResponse
from quart import request
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from werkzeug.exceptions import HTTPException

from api.front.hypercorn_server import CONTINUE
from api.front.limits import BODY_SECONDS_MAX, HEAD_SIZE_MAX, STREAM_SECONDS_MAX
from api.front.logs import forwarding_logger
from api.front.messages import (
    Body,
    ClientLeft,
    Head,
    Response,
    add_header,
    error_answer,
    head_too_large,
    split_target,
    too_late,
)
from api.front.service import Admitted, Service, check_http, whole_body
from engine.model.errors import LaurelsError

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_BODY = "laurels.body"


class _Incoming:
    """A body that stays with the client until somebody takes it, piece by piece."""

    def __init__(self, receive: Receive, go_on: Callable[[], Awaitable[None]]) -> None:
        self._receive = receive
        self._go_on = go_on

    async def pieces(self, seconds: float) -> AsyncGenerator[bytes]:
        """Yield the body.

        Args:
            seconds: how long each piece may take.

        Raises:
            Refused: a piece did not come in time.
            ClientLeft: nobody sends any more.
        """
        await self._go_on()
        more = True
        while more:
            message = None
            with trio.move_on_after(seconds):
                message = await self._receive()
            if message is None:
                raise too_late("body")
            if message["type"] != "http.request":
                raise ClientLeft("the client ended in the middle of a body")
            more = message.get("more_body", False)
            if piece := message.get("body", b""):
                yield piece

    async def forget(self) -> None:
        """Take what nobody has taken: Hypercorn waits for somebody to."""
        while (await self._receive())["type"] == "http.request":
            pass


class _Connection(TrioASGIHTTPConnection):
    async def __call__(self, receive: Any, send: Any) -> None:
        scope = cast("Message", self.scope)
        incoming = scope[_BODY] = _Incoming(receive, scope["state"][CONTINUE])
        async with trio.open_nursery() as nursery:

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    nursery.start_soon(incoming.forget)
                await send(message)

            request = self._create_request_from_scope(cast(Any, send_on))
            await self.handle_request(nursery, request, cast(Any, send_on))


class _App(QuartTrio):
    asgi_http_class = _Connection
    default_config: ClassVar[dict[str, Any]] = {
        **QuartTrio.default_config,
        "MAX_CONTENT_LENGTH": None,  # each route has its own, kept by the service
        "BODY_TIMEOUT": None,
        "RESPONSE_TIMEOUT": None,  # every write has a deadline, see `hypercorn_server`
    }


def make_app(service: Service) -> QuartTrio:
    """Return the application that answers by a service."""
    app = _App("laurels", static_folder=None)
    forwarding_logger(app.logger.name, service.log)

    @app.before_request
    async def answer_operation() -> QuartResponse:  # pyright: ignore[reportUnusedFunction]
        return _as_quart(await _answer(service))

    @app.errorhandler(HTTPException)
    async def tell_error(error: HTTPException) -> QuartResponse:  # pyright: ignore[reportUnusedFunction]
        code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        text = error.description or error.name
        return _as_quart(error_answer(code, text, code="http"))

    return app


async def _answer(service: Service) -> Response:
    began_at = perf_counter()
    operation = "refused"
    try:
        head = _head()
        probe = service.probe(head)
        if probe is not None:
            service.telemetry.observe("quart", "probe", probe.status, perf_counter() - began_at)
            return probe
        admitted = service.admit(head)
        operation = admitted.route.name
        with service.admission.inside(admitted.body_room):
            async with _taken(admitted) as body:
                response = await service.respond(admitted, body)
    except LaurelsError as error:
        response = service.refuse(error)
    if service.stopping.is_set():
        response = response._replace(close=True)
    service.telemetry.observe("quart", operation, response.status, perf_counter() - began_at)
    return response


def _head() -> Head:
    scope = cast("dict[str, Any]", request.scope)
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        add_header(headers, name.lower(), value)
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    size = len(target) + sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    if size > HEAD_SIZE_MAX:
        # h11 bounds a head only while it is incomplete.
        raise head_too_large()
    path, query = split_target(target)
    head = Head(scope["method"], path, query, scope["http_version"], headers)
    check_http(head)
    return head


@asynccontextmanager
async def _taken(admitted: Admitted) -> AsyncGenerator[Body]:
    """Give a request's body, whole or as it arrives, as its route wants it."""
    incoming: _Incoming = cast("Message", request.scope)[_BODY]
    if admitted.route.body_kind == "stream":
        async with aclosing(incoming.pieces(STREAM_SECONDS_MAX)) as pieces:
            yield pieces
    elif not admitted.body_room:
        yield b""
    else:
        body = None
        with trio.move_on_after(BODY_SECONDS_MAX):
            async with aclosing(incoming.pieces(BODY_SECONDS_MAX)) as pieces:
                body = await whole_body(pieces, admitted)
        if body is None:
            raise too_late("body")
        yield body


def _as_quart(response: Response) -> QuartResponse:
    made = QuartResponse(
        response.body, response.status, content_type=response.content_type.decode()
    )
    for name, value in response.headers:
        made.headers.add(name.decode(), value.decode())
    if response.close:
        made.headers.add("connection", "close")
    return made
