"""What the lane is measured against: httptools on trio, and nothing behind it.

A request is parsed whole, its headers and its body are collected, and a fixed body goes back. So
this is what parsing, trio and the sockets alone cost in this interpreter on this machine; what
Laurels costs beyond it is its own.

    python -m bench.echo BODY_SIZE
"""

import sys

import httptools
import trio

_RECEIVE_SIZE = 64 * 1024
_HEAD = (
    b"HTTP/1.1 201 Created\r\n"
    b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    b"content-type: application/json\r\n"
    b"content-length: %d\r\n\r\n"
)


class _Request:
    """What the parser tells of the request that it is in."""

    __slots__ = ("body", "complete", "headers", "url")

    def __init__(self) -> None:
        self.on_message_begin()

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


def answer_of(body_size: int) -> bytes:
    """Return an answer whose body has so many bytes."""
    return _HEAD % body_size + b"x" * body_size


async def _serve(body_size: int) -> None:
    answer = answer_of(body_size)

    async def connect(stream: trio.SocketStream) -> None:
        request = _Request()
        parser = httptools.HttpRequestParser(request)
        try:
            while data := await stream.receive_some(_RECEIVE_SIZE):
                parser.feed_data(data)
                if request.complete:
                    request.complete = False
                    await stream.send_all(answer)
        except trio.BrokenResourceError:
            pass  # the client went away in the middle of an answer

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    print(f"The echo answers at http://127.0.0.1:{port}", flush=True)
    await trio.serve_listeners(connect, listeners)


if __name__ == "__main__":
    trio.run(_serve, int(sys.argv[1]))
