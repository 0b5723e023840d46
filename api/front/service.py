"""The one way from a request to its answer, the same for both front ends.

    head ──► admit ──► body is read ──► perform ──► settle ──► answer goes out
             route      (front end)      operation    disk
             key
             size

`admit` looks at the head alone, so that a body which will be refused need not be sent. `perform`
applies the operation and builds the answer; it is the barrier around a command: whatever goes wrong
becomes an answer. `settle` waits until everything applied by then is on disk, since no answer, of
a read neither, may show what a crash can take away (SPEC 1.2). Front ends settle several answers
at once.

What HTTP allows beyond its grammar is decided here too, so that both front ends refuse the same.
"""

from collections.abc import AsyncIterator, Sequence
from functools import cache
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec
import trio

from api.front.admission import Admission
from api.front.auth import Authenticator
from api.front.limits import HANDLER_SECONDS_MAX
from api.front.logs import Log
from api.front.messages import Body, Head, Refused, Response, answer, error_answer, refusal
from api.front.routes import Match, MethodNotAllowed, Route, Router
from api.front.telemetry import CONTENT_TYPE, Telemetry
from api.jobs.jobs import Jobs
from api.json_input import decode_json, misfit
from api.operations.call import Call, NoQuery
from engine.configuration.document import read_quantity
from engine.host.engine import LiveEngine
from engine.host.scope import Scope
from engine.model.errors import (
    ConfigurationInvalid,
    EngineClosed,
    EngineFailed,
    Forbidden,
    HistoryModeActive,
    InvalidInput,
    LaurelsError,
    Malformed,
    NotFound,
)
from engine.model.identifiers import Seq

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""What operators and their machines ask for; needs no key."""

_LENGTH_DIGITS_MAX = 18

_SHOWING = (NotFound, Forbidden, InvalidInput, ConfigurationInvalid, HistoryModeActive)
"""Errors that tell something of a scope's state, which may not be on disk yet."""

_decoders: dict[type, msgspec.json.Decoder[object]] = {}


class NotReady(LaurelsError):
    """The server is still recovering; nothing was applied."""

    code = "not_ready"
    status = 503


class TooSlow(LaurelsError):
    """The disk did not confirm a command in time: it may or may not be applied."""

    code = "timeout"
    status = 503


class Admitted(NamedTuple):
    """A request whose head is fine."""

    head: Head
    match: Match
    scope: Scope
    body_room: int
    """Bytes that the body may have, and for which there is room."""

    @property
    def route(self) -> Route:
        """What is asked for."""
        return self.match.route


class Opened(NamedTuple):
    """What a server has once its data directory is recovered."""

    engine: LiveEngine
    authenticator: Authenticator
    jobs: Jobs


class Service:
    """Answers requests: not ready at first, then with an engine, in the end stopping."""

    def __init__(self, telemetry: Telemetry, log: Log, admission: Admission | None = None) -> None:
        self.router = Router()
        self.admission = admission or Admission()
        self.telemetry = telemetry
        self.log = log
        self.stopping = trio.Event()
        """Set when the server was told to stop."""
        self.recovered: Seq = Seq(0)
        self.records: Seq = Seq(0)
        """While recovering: the last record replayed, and how many there are."""
        self._opened: Opened | None = None
        self._closed = False

    def open(self, engine: LiveEngine, authenticator: Authenticator, jobs: Jobs) -> None:
        """Begin to answer."""
        self._opened = Opened(engine, authenticator, jobs)

    def close(self) -> None:
        """End answering: the engine is about to be closed."""
        self._opened = None
        self._closed = True

    def admit(self, head: Head) -> Admitted:
        """Decide by a request's head, which `check_http` has passed, whether it can be answered.

        Raises:
            Refused: it has a body that cannot be taken; its connection ends.
            LaurelsError: it is refused.
        """
        match = self.router.find(head.method, head.path)
        room = _body_room(head, match.route)
        if self.stopping.is_set():
            raise _stopped()
        if self._opened is None:
            raise NotReady(f"the server is recovering: {self.recovered:,} of {self.records:,}")
        scope = self._opened.authenticator.authenticate(head.header(b"x-api-key"))
        if tenant := head.header(b"tenant-id"):
            raise InvalidInput("Tenant-ID", f"there is no tenant {tenant[:80]!r}")
        return Admitted(head, match, scope, room)

    async def perform(self, admitted: Admitted, body: Body) -> Response:
        """Apply the operation and build its answer, whatever comes of it.

        It may go out once `settle` has returned.
        """
        try:
            return await self._perform(admitted, body)
        except LaurelsError as error:
            return self.refuse(error)
        except Exception:  # the barrier around a command
            self.log.exception("operation failed", operation=admitted.route.name)
            return error_answer(
                HTTPStatus.INTERNAL_SERVER_ERROR, "Laurels itself failed", code="internal"
            )

    async def settle(self, answers: Sequence[Response]) -> Sequence[Response]:
        """Wait until all that was applied is on disk; return what may go out then.

        Answers that show nothing do not wait: whoever is told to come again is told at once.
        """
        if all(answer.at_once for answer in answers):
            return answers
        opened = self._opened
        if opened is None:
            # Before the engine is there nothing was applied; after it nothing is certain.
            return [refusal(_stopped())] * len(answers) if self._closed else answers
        try:
            await opened.engine.durable(opened.engine.last_seq)
        except EngineFailed as error:
            return [refusal(error)] * len(answers)
        return answers

    async def respond(self, admitted: Admitted, body: Body) -> Response:
        """Perform and settle one request within the time that it may take."""
        if admitted.route.body_kind == "stream":
            return (await self.settle([await self.perform(admitted, body)]))[0]
        with trio.move_on_after(HANDLER_SECONDS_MAX):
            return (await self.settle([await self.perform(admitted, body)]))[0]
        return self.too_slow()

    def too_slow(self) -> Response:
        """Return the answer to a request whose time is over."""
        return refusal(
            TooSlow(
                "no confirmation from the disk in time: whether this was applied is not known; "
                "send it again with the same Idempotency-Key"
            )
        )

    def refuse(self, error: LaurelsError) -> Response:
        """Return the answer that tells of an error."""
        response = refusal(error)._replace(at_once=not isinstance(error, _SHOWING))
        match error:
            case MethodNotAllowed():
                allow = ", ".join(error.allowed).encode()
                return response._replace(headers=((b"allow", allow),))
            case EngineClosed():
                return response._replace(close=True)
            case _:
                return response

    def probe(self, head: Head) -> Response | None:
        """Answer an operator's probe, None if this is none. Needs no key and no room."""
        if head.path not in PROBES:
            return None
        if head.method not in ("GET", "HEAD"):
            return self.refuse(MethodNotAllowed(head.method, ("GET", "HEAD")))._replace(close=True)
        if has_body(head):
            return self.refuse(_no_body())
        match head.path:
            case "/healthz":
                return answer(HTTPStatus.OK, {"status": "ok"})._replace(at_once=True)
            case "/readyz":
                return self._ready()._replace(at_once=True)
            case "/metrics":
                text = self.telemetry.exposition()
                return Response(HTTPStatus.OK, text, CONTENT_TYPE, at_once=True)
            case _:
                return None

    def _ready(self) -> Response:
        if self.stopping.is_set():
            return error_answer(
                HTTPStatus.SERVICE_UNAVAILABLE, "the server is stopping", code="closed"
            )
        if self._opened is None:
            progress = {"recovered": self.recovered, "records": self.records}
            return error_answer(
                HTTPStatus.SERVICE_UNAVAILABLE, "recovering", code="not_ready", extra=progress
            )
        try:
            self._opened.engine.check()
        except LaurelsError as error:
            return refusal(error)
        return answer(HTTPStatus.OK, {"status": "ready"})

    async def _perform(self, admitted: Admitted, body: Body) -> Response:
        opened, route, head = self._opened, admitted.route, admitted.head
        if opened is None:
            raise _stopped()
        call = Call(
            engine=opened.engine,
            scope=admitted.scope,
            path=admitted.match.path,
            query=_read_query(head.query, route.query),
            body=_read_body(route, body),
            idempotency_key=_utf8_header(head, b"idempotency-key"),
            stopping=self.stopping,
            jobs=opened.jobs,
        )
        if route.command:
            opened.engine.check_room()
        status, value = await route.operation(call)
        return answer(status, value)


def _stopped() -> EngineClosed:
    return EngineClosed("the server is stopping; send it again in a moment")


def check_http(head: Head) -> None:
    """Check what HTTP allows beyond its grammar, the same for both front ends.

    Raises:
        Refused: it does not allow it.
    """
    headers = head.headers
    if head.version not in ("1.0", "1.1"):
        raise Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "HTTP/1.1 is spoken here")
    if head.version == "1.1" and b"host" not in headers:
        raise Refused(HTTPStatus.BAD_REQUEST, "the header Host is missing")
    if b"," in headers.get(b"host", b""):
        raise Refused(HTTPStatus.BAD_REQUEST, "the header Host is there more than once")
    coding = headers.get(b"transfer-encoding")
    if coding is not None:
        if b"content-length" in headers:
            raise Refused(
                HTTPStatus.BAD_REQUEST, "Content-Length and Transfer-Encoding exclude each other"
            )
        if coding.lower() != b"chunked":
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, "the one transfer coding here is chunked")
    length = headers.get(b"content-length")
    if length is not None and not (length.isdigit() and len(length) <= _LENGTH_DIGITS_MAX):
        raise Refused(HTTPStatus.BAD_REQUEST, "Content-Length must be one number")
    expected = headers.get(b"expect")
    if expected is not None and expected.lower() != b"100-continue":
        raise Refused(HTTPStatus.EXPECTATION_FAILED, "the one expectation here is 100-continue")


def _body_room(head: Head, route: Route) -> int:
    """Return how many bytes the body may have."""
    headers = head.headers
    if not has_body(head):
        return 0
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must not be compressed")
    if route.body_kind == "none":
        raise _no_body()
    length = headers.get(b"content-length")
    if length is None or route.body_kind == "stream":
        return route.body_size_max
    if len(length) > len(str(route.body_size_max)) or int(length) > route.body_size_max:
        raise body_too_large(route)
    return int(length)


def has_body(head: Head) -> bool:
    """Whether a body follows a head."""
    headers = head.headers
    return b"transfer-encoding" in headers or int(headers.get(b"content-length", b"0")) > 0


def _no_body() -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "this request takes no body")


def body_too_large(route: Route) -> Refused:
    """Return the refusal of a body that is larger than its route takes."""
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {route.body_size_max:,} bytes",
    )


def _utf8_header(head: Head, name: bytes) -> str | None:
    value = head.headers.get(name)
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Malformed(name.decode(), "is not UTF-8 text") from error


def _read_query(text: str, into: type[msgspec.Struct]) -> msgspec.Struct:
    if not text and into is NoQuery:
        return into()  # as of most requests
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1_000)
    except ValueError as error:
        raise Malformed("query", "is not UTF-8 text, or has too many parameters") from error
    lists = _list_parameters(into)
    values: dict[str, object] = {}
    for name in lists:
        # Repeated, or with commas, or both: clients do either.
        given = [part for key, value in pairs if key == name for part in value.split(",")]
        if given:
            values[name] = given
    for name, value in pairs:
        if name in lists:
            continue
        if name in values:
            raise InvalidInput(name[:80], "is there more than once")
        values[name] = value
    try:
        return msgspec.convert(values, into, strict=False)
    except msgspec.ValidationError as error:
        raise misfit(error) from error


@cache
def _list_parameters(query: type[msgspec.Struct]) -> frozenset[str]:
    """Return the names of the parameters that may be given more than once."""
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(query)}
    return frozenset(
        name
        for name, kind in kinds.items()
        if isinstance(msgspec.inspect.type_info(kind), msgspec.inspect.ListType)
    )


def _read_body(route: Route, body: Body) -> object:
    match route.body_kind:
        case "none":
            return None
        case "json":
            assert route.body is not None
            assert isinstance(body, bytes)
            decoder = _decoders.get(route.body)
            if decoder is None:
                decoder = _decoders[route.body] = msgspec.json.Decoder(
                    route.body, dec_hook=read_quantity
                )
            return decode_json(decoder, body)
        case "bytes" | "stream":
            return body


async def whole_body(pieces: AsyncIterator[bytes], admitted: Admitted) -> bytes:
    """Read a body that must be held whole.

    Raises:
        Refused: it is larger than there is room for.
    """
    size, parts = 0, list[bytes]()
    async for piece in pieces:
        size += len(piece)
        if size > admitted.body_room:
            raise body_too_large(admitted.route)
        parts.append(piece)
    return b"".join(parts)
