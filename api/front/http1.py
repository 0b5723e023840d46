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

from api.front.messages import Head, Refused, Response, add_header, split_target

HEAD_END = b"\r\n\r\n"
_CHUNKED_HEAD = b"POST / HTTP/1.1\r\nHost: laurels\r\nTransfer-Encoding: chunked\r\n\r\n"


class Message:
    """A request whose head has been parsed."""

    __slots__ = ("_chunks", "head", "keep_alive")

    def __init__(self, head: Head) -> None:
        self.head = head
        self.keep_alive = _keeps_alive(head)
        """Whether the client will use the connection further."""
        self._chunks: Chunks | None = None

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

    @property
    def complete(self) -> bool:
        """Whether the end of a chunked body was seen."""
        return self._chunks is not None and self._chunks.complete

    def feed(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Decode more of a chunked body.

        Returns:
            What was in it, and where in the data the body, or the data, ends.

        Raises:
            Refused: it is not chunked as HTTP has it.
        """
        if self._chunks is None:
            self._chunks = Chunks()
        return self._chunks.feed(data, at)


class Chunks:
    """The decoder of one chunked body: a parser of its own, which has seen a head of ours.

    So what the client's head offered besides (an upgrade) means nothing to it.
    """

    def __init__(self) -> None:
        self._sink = _Callbacks()
        self._parser = httptools.HttpRequestParser(self._sink)
        self._parser.feed_data(_CHUNKED_HEAD)

    @property
    def complete(self) -> bool:
        """Whether the end of the body was seen."""
        return self._sink.complete

    def feed(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Decode more; see `Message.feed`."""
        # The parser would go on into the next request; so it is fed line by line, and a body's end
        # is always the end of a line.
        while at < len(data) and not self._sink.complete:
            line_end = data.find(b"\n", at)
            end = line_end + 1 if line_end >= 0 else len(data)
            _feed(self._parser, data[at:end])
            at = end
        pieces, self._sink.pieces = self._sink.pieces, []
        return b"".join(pieces), at


class _Callbacks:
    """What the parser tells. Knows no parser: a cycle of the two would wait for a collection."""

    __slots__ = ("complete", "headers", "pieces", "url")

    def __init__(self) -> None:
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.pieces: list[bytes] = []
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        add_header(self.headers, name.lower(), value)

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)

    def on_message_complete(self) -> None:
        self.complete = True


def parse_head(text: bytes) -> Message:
    """Parse a request's line and headers, with the empty line at their end. Some 5 µs.

    Raises:
        Refused: they are not what HTTP allows.
    """
    callbacks = _Callbacks()
    parser = httptools.HttpRequestParser(callbacks)
    _feed(parser, text)
    path, query = split_target(callbacks.url)
    method, version = parser.get_method().decode("ascii"), parser.get_http_version()
    return Message(Head(method, path, query, version, callbacks.headers))


def _feed(parser: httptools.HttpRequestParser, data: bytes) -> None:
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        pass  # an offer that is not taken up: the request is answered as it stands
    except httptools.HttpParserError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"this is not HTTP/1.1: {error}") from error


def _keeps_alive(head: Head) -> bool:
    """Whether a connection persists by what the client says (RFC 9112, 9.3)."""
    if head.version == "1.0" and b"transfer-encoding" in head.headers:
        return False  # its framing is doubtful (RFC 9112, 6.1)
    said = head.headers.get(b"connection")
    if said is None:
        return head.version == "1.1"
    options = [option.strip() for option in said.lower().split(b",")]
    return b"close" not in options and (head.version == "1.1" or b"keep-alive" in options)


_status_lines = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


def render(response: Response, *, head_only: bool, close: bool, version: str = "1.1") -> bytes:
    """Return an answer's bytes.

    Args:
        response: the answer.
        head_only: whether the body is left out.
        close: whether it is the last one on its connection.
        version: the client's; one of 1.0 is told that the connection goes on.
    """
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
    elif version == "1.0":
        parts.append(b"connection: keep-alive\r\n")
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
