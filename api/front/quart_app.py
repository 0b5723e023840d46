"""The other front end's application: Quart-Trio, for all that the lane does not serve.

Operations go through the same service as in the lane, before Quart looks for a route of its own. A
body is taken as it arrives and pressed back while nobody takes it; Quart by itself would hold all
of it, whatever the application does.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from time import perf_counter
from typing import Any, ClassVar, cast

import trio
from quart import Response as QuartResponse
from quart import request
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioRequest
from quart_trio.wrappers.request import TrioBody
from werkzeug.exceptions import HTTPException

from api.front.limits import BODY_SECONDS_MAX, STREAM_READ_SIZE, STREAM_SECONDS_MAX
from api.front.logs import forwarding_logger
from api.front.messages import Body, Head, Refused, Response, error_answer
from api.front.service import Admitted, Service, whole_body
from engine.model.errors import LaurelsError

Receive = Callable[[], Awaitable[Any]]


class _Body(TrioBody):
    """A body that knows whether it has been taken."""

    def __init__(self, *lengths: Any) -> None:
        super().__init__(*lengths)
        self.taken = trio.Event()

    async def __anext__(self) -> bytes:
        self.taken.set()
        piece = await super().__anext__()
        self.taken.set()
        return piece

    async def wait_taken(self) -> None:
        """Wait until there is little left to take."""
        while len(self._data) > STREAM_READ_SIZE:
            self.taken = trio.Event()
            await self.taken.wait()


class _Request(TrioRequest):
    body_class = _Body


class _Connection(TrioASGIHTTPConnection):
    async def handle_messages(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, nursery: trio.Nursery, request: TrioRequest, receive: Receive
    ) -> None:
        body = request.body
        assert isinstance(body, _Body)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            if message["type"] == "http.request":
                body.append(message.get("body", b""))
                if not message.get("more_body", False):
                    body.set_complete()
                await body.wait_taken()
        nursery.cancel_scope.cancel()


class _App(QuartTrio):
    request_class = _Request
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
    head = _head()
    probe = service.probe(head)
    if probe is not None:
        service.observe("quart", "probe", probe.status, perf_counter() - began_at)
        return probe
    operation = "refused"
    try:
        admitted = service.admit(head)
        operation = admitted.route.name
        with service.admission.inside(admitted.body_room):
            response = await service.respond(admitted, await _body(admitted))
    except LaurelsError as error:
        response = service.refuse(error)
    if service.stopping.is_set():
        response = response._replace(close=True)
    service.observe("quart", operation, response.status, perf_counter() - began_at)
    return response


def _head() -> Head:
    scope = cast("dict[str, Any]", request.scope)
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        lower, known = name.lower(), headers.get(name.lower())
        headers[lower] = value if known is None else known + b", " + value
    return Head(
        scope["method"],
        scope["raw_path"].decode("ascii", "replace"),
        scope["query_string"].decode("ascii", "replace"),
        scope["http_version"],
        headers,
    )


async def _body(admitted: Admitted) -> Body:
    if admitted.route.body_kind == "stream":
        return _pieces()
    if not admitted.body_room:
        return b""
    with trio.move_on_after(BODY_SECONDS_MAX):
        return await whole_body(request.body, admitted)
    raise Refused(HTTPStatus.REQUEST_TIMEOUT, "the request's body did not come in time")


async def _pieces() -> AsyncIterator[bytes]:
    body = request.body
    while True:
        piece = None
        with trio.move_on_after(STREAM_SECONDS_MAX):
            try:
                piece = await body.__anext__()
            except StopAsyncIteration:
                return
        if piece is None:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "the request's body did not come in time")
        yield piece


def _as_quart(response: Response) -> QuartResponse:
    made = QuartResponse(
        response.body, response.status, content_type=response.content_type.decode()
    )
    for name, value in response.headers:
        made.headers.add(name.decode(), value.decode())
    if response.close:
        made.headers.add("connection", "close")
    return made
