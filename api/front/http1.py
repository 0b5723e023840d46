"""HTTP/1.1 on the wire, for the lane: heads and chunked bodies in by `httptools`, answers out.

llhttp, which httptools wraps, is left as strict as it is. A head is cut out of the stream by its
empty line and parsed alone, so the place where the next request begins is known to the byte: that
is what lets a connection be handed over with what is unread. A body with a length is cut out by
that; only a chunked one goes through the parser.
"""

import time
from email.utils import formatdate
from http import HTTPStatus

import httptools
import trio

from api.front.messages import Head, Refused, Response

HEAD_END = b"\r\n\r\n"


class Message:
    """A request whose head has been parsed."""

    __slots__ = ("_parser", "complete", "head", "keep_alive", "pieces")

    def __init__(self, head: Head, keep_alive: bool, parser: httptools.HttpRequestParser) -> None:
        self.head = head
        self.keep_alive = keep_alive
        """Whether the client will use the connection further."""
        self.complete = False
        """Whether the end of a chunked body was seen."""
        self.pieces: list[bytes] = []
        """Of a chunked body, what was decoded and not taken yet."""
        self._parser = parser

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return b"transfer-encoding" in self.head.headers

    @property
    def length(self) -> int:
        """How long the body is, if it does not come in chunks."""
        return int(self.head.headers.get(b"content-length", b"0"))

    @property
    def wants_continue(self) -> bool:
        """Whether the client waits to be told before it sends the body (RFC 9110, 10.1.1)."""
        return self.head.version == "1.1" and b"expect" in self.head.headers

    def feed(self, data: bytes, at: int) -> int:
        """Decode more of a chunked body; return where the body, or the data, ends.

        The parser would go on into the next request; so it is fed line by line, and a body's end
        is always the end of a line.

        Raises:
            Refused: it is not chunked as HTTP has it.
        """
        while at < len(data) and not self.complete:
            line_end = data.find(b"\n", at)
            end = line_end + 1 if line_end >= 0 else len(data)
            feed(self._parser, data[at:end])
            at = end
        return at


class _Callbacks:
    """What the parser tells."""

    __slots__ = ("headers", "message", "url")

    def __init__(self) -> None:
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.message: Message | None = None

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        known = self.headers.get(name)
        self.headers[name] = value if known is None else known + b", " + value

    def on_body(self, body: bytes) -> None:
        assert self.message is not None, "the body comes after the head"
        self.message.pieces.append(body)

    def on_message_complete(self) -> None:
        if self.message is not None:
            self.message.complete = True


def parse_head(text: bytes) -> Message:
    """Parse a request's line and headers, with the empty line at their end. Some 5 µs.

    Raises:
        Refused: they are not what HTTP allows.
    """
    callbacks = _Callbacks()
    parser = httptools.HttpRequestParser(callbacks)
    feed(parser, text)
    path, _, query = _target(callbacks.url).partition("?")
    head = Head(
        parser.get_method().decode("ascii"),
        path,
        query,
        parser.get_http_version(),
        callbacks.headers,
    )
    callbacks.message = Message(head, parser.should_keep_alive(), parser)
    return callbacks.message


def feed(parser: httptools.HttpRequestParser, data: bytes) -> None:
    """Give the parser some bytes.

    Raises:
        Refused: they are not what HTTP allows.
    """
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        pass  # an offer that is not taken up: the request is answered as it stands
    except httptools.HttpParserError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"this is not HTTP/1.1: {error}") from error


def _target(url: bytes) -> str:
    """Return path and query, also of a target that names the host as well (RFC 9112, 3.2.2)."""
    try:
        target = url.decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the request's target is not ASCII") from error
    if target.startswith("http://"):
        target = "/" + target.removeprefix("http://").partition("/")[2]
    if not target.startswith("/") or "#" in target:
        raise Refused(HTTPStatus.BAD_REQUEST, "the request's target must be a path")
    return target


_status_lines = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


def render(response: Response, *, head_only: bool, close: bool) -> bytes:
    """Return an answer's bytes."""
    parts = [
        _status_lines[response.status],
        _date_line(),
        b"content-type: ",
        response.content_type,
        b"\r\ncontent-length: %d\r\n" % len(response.body),
    ]
    parts += [b"%b: %b\r\n" % header for header in response.headers]
    if close:
        parts.append(b"connection: close\r\n")
    parts.append(b"\r\n")
    if not head_only:
        parts.append(response.body)
    return b"".join(parts)


class _Date:
    second = -1
    line = b""


def _date_line() -> bytes:
    second = int(time.time())
    if second != _Date.second:
        _Date.second = second
        _Date.line = f"date: {formatdate(second, usegmt=True)}\r\n".encode()
    return _Date.line


async def read_away(stream: trio.abc.ReceiveStream, seconds: float) -> None:
    """Read what still comes and forget it, for so long, or until the other side ends."""
    with trio.move_on_after(seconds):
        while await stream.receive_some(65_536):
            pass
