"""A request and its answer, as both front ends hand them on: no framework's types in here."""

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from api.front.limits import HEAD_SIZE_MAX, RETRY_AFTER_SECONDS
from engine.model.errors import ConfigurationInvalid, InvalidInput, LaurelsError

JSON = b"application/json"

_encoder = msgspec.json.Encoder()


class Head(msgspec.Struct):
    """A request without its body."""

    method: str
    path: str
    """As it was sent, percent-encoded; without the query."""
    query: str
    """As it was sent; empty without one."""
    version: str
    """Of HTTP: `1.0` or `1.1`."""
    headers: dict[bytes, bytes]
    """Names in lower case; values of a header that was sent twice are joined with a comma."""

    def header(self, name: bytes) -> str | None:
        """Return a header's value, None if it was not sent."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def add_header(headers: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    """Add a header, its name in lower case, to those of a head."""
    known = headers.get(name)
    headers[name] = value if known is None else known + b", " + value


def split_target(target: bytes) -> tuple[str, str]:
    """Return path and query of a request, also of one that names the host (RFC 9112, 3.2).

    Raises:
        Refused: it is no path, or not ASCII.
    """
    try:
        text = target.decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the request's target is not ASCII") from error
    if text[:7].lower() == "http://":
        text = "/" + text[7:].partition("/")[2]
    if not text.startswith("/") or "#" in text:
        raise Refused(HTTPStatus.BAD_REQUEST, "the request's target must be a path")
    path, _, query = text.partition("?")
    return path, query


Body = bytes | AsyncIterator[bytes]
"""A whole body, or for a route that streams its parts as they arrive."""


class Response(NamedTuple):
    """An answer; the front end adds what its protocol needs."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    close: bool = False
    """Whether the connection cannot be used any further."""
    at_once: bool = False
    """Whether it shows nothing of any state, and so need not wait for the disk."""


class ClientLeft(LaurelsError):
    """The client went away in the middle of a request; nobody is left to be told."""

    code = "client_left"
    status = 400


class Refused(LaurelsError):
    """A request that HTTP itself does not allow; the answer is the last one on its connection."""

    code = "bad_request"
    status = 400

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.http_status = status


def head_too_large() -> Refused:
    """Return the refusal of a head that is larger than any may be."""
    return Refused(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        f"the request's head is larger than {HEAD_SIZE_MAX:,} bytes",
    )


def too_late(what: str) -> Refused:
    """Return the refusal of a part of a request (its head, its body) that did not come in time."""
    return Refused(HTTPStatus.REQUEST_TIMEOUT, f"the request's {what} did not come in time")


def answer(status: int, body: object) -> Response:
    """Return an answer with a JSON body."""
    return Response(status, _encoder.encode(body))


def refusal(error: LaurelsError) -> Response:
    """Return the answer that tells of an error: one shape, whatever went wrong (SPEC 11.4)."""
    if isinstance(error, Refused):
        return error_answer(error.http_status, str(error), close=True, code=error.code)
    extra: dict[str, object] = {}
    match error:
        case InvalidInput() if error.where:
            extra["field"] = error.where
        case ConfigurationInvalid():
            extra["issues"] = [{"place": place, "message": what} for place, what in error.issues]
        case _:
            pass
    return error_answer(error.status, str(error), code=error.code, extra=extra)


def error_answer(
    status: int,
    text: str,
    *,
    code: str,
    extra: Mapping[str, object] = MappingProxyType({}),
    close: bool = False,
) -> Response:
    """Return an answer with an error's status, its sentence, its code."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers = ((b"retry-after", b"%d" % RETRY_AFTER_SECONDS),)
    elif status == HTTPStatus.UNAUTHORIZED:
        headers = ((b"www-authenticate", b"ApiKey"),)
    return Response(
        status, _encoder.encode({"error": text, "code": code, **extra}), JSON, headers, close
    )
