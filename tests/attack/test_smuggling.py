"""Requests inside of requests: what two readers could take for one or for two is never two here.

A proxy before us passes on what it takes for one request; if we found a second one in it, its
sender would speak with the next client's connection. Every outer request below ends, by one of two
readings, where an event of `mallory` begins. It may be refused, or be the body that it says it is;
it may not be applied.
"""

from collections.abc import Iterator

import pytest

from api.front.server import Front
from tests.attack.conftest import Hurry
from tests.attack.siege import ask_all, head, total, under_attack
from tests.wire.server import EVENT, Running, event, request

OUTER = {
    "event": ("POST", EVENT),
    "read": ("GET", "/v1/users/nobody"),
    "nothing": ("POST", "/nothing"),
    "probe": ("GET", "/healthz"),
    "metrics": ("GET", "/metrics"),
}
Asked = tuple[str, list[bytes], bytes]
"""A name, the lines that are added to the head, and what follows it."""
LAST = b"0\r\n\r\n"
INNER = request("POST", EVENT, event("mallory"))
CHUNKED = b"Transfer-Encoding: chunked"


def refused(inner: bytes) -> Iterator[Asked]:
    """Yield what must be refused."""
    length = b"Content-Length: %d"
    both = LAST + inner
    size = b"%x\r\n" % len(inner)
    yield "CL.TE", [length % len(both), CHUNKED], both
    yield "TE.CL", [CHUNKED, length % len(size)], size + inner + b"\r\n" + LAST
    yield "CL 0 and TE", [b"Content-Length: 0", CHUNKED], both
    yield "two lengths", [length % 0, length % len(inner)], inner
    yield "two lengths, turned", [length % len(inner), length % 0], inner
    yield "a list of lengths", [b"Content-Length: 0, %d" % len(inner)], inner
    for value in (b"-1", b"+1", b"0x1", b"1e1", b"1_0", b"", b"1 0", b"\xb2", b"9" * 5_000):
        yield f"length {value[:8]!r}", [b"Content-Length: " + value], inner
    for value in (b"xchunked", b"identity", b"chunked, identity", b"chunked, chunked", b"gzip"):
        yield f"coding {value!r}", [b"Transfer-Encoding: " + value], both
    for value in (b"chunked;x", b"\x0bchunked", b"chunked\0", b'"chunked"', b"", b"\xa0chunked"):
        yield f"coding {value!r}", [b"Transfer-Encoding: " + value], both
        yield f"coding {value!r} and CL", [b"Transfer-Encoding: " + value, length % len(both)], both
    yield "two codings", [CHUNKED, b"Transfer-Encoding: identity"], both
    yield "two codings, turned", [b"Transfer-Encoding: identity", CHUNKED], both
    yield "a space before the colon", [b"Transfer-Encoding : chunked"], both
    yield "a space before CL's colon", [b"Content-Length : %d" % len(inner)], inner
    yield "a tab before the colon", [b"Content-Length\t: %d" % len(inner)], inner
    yield "a NUL in a name", [b"Content\0-Length: %d" % len(inner)], inner
    yield "a NUL in a value", [b"X: a\0b"], inner
    yield "no colon", [b"Content-Length %d" % len(inner)], inner
    yield "no name", [b": x"], inner
    yield "a return in a value", [b"X: a\rContent-Length: %d" % len(inner)], inner
    yield "brackets in a name", [b"(X): y"], b""
    yield "a name that is not ASCII", ["Coöntent: y".encode()], b""


def old_readings(inner: bytes) -> Iterator[Asked]:
    """Yield what RFC 9112 (2.2, 5.2) lets a server read as it was once meant, or refuse.

    Read so, there is a second request; whoever took the line for a header, or the line feed for a
    part of one, saw no second request there.
    """
    yield "a line feed for an end", [b"X: a\n"], inner
    yield "a line that begins with a space", [b" Content-Length: %d" % len(inner)], inner
    yield "a line feed for no trailers", [CHUNKED], b"0\r\n\n" + inner
    yield "a line feed behind a trailer", [CHUNKED], b"0\r\nX: a\n\r\n" + inner
    yield "line feeds behind a trailer", [CHUNKED], b"0\r\nX: a\n\n" + inner


def one_body(inner: bytes) -> Iterator[Asked]:
    """Yield what may be refused, or have the request for its body."""
    yield "a folded length", [b"Content-Length:\r\n %d" % len(inner)], inner
    yield "a folded coding", [b"Transfer-Encoding:\r\n\tchunked"], b"%x\r\n" % len(inner) + inner
    yield "a length behind a line feed", [b"X: a\nContent-Length: %d" % len(inner)], inner
    yield "a long length", [b"Content-Length: " + b"9" * 20], inner
    yield "a length twice", [b"Content-Length: %d" % len(inner)] * 2, inner
    yield "a plain body", [b"Content-Length: %d" % len(inner)], inner
    yield "a plain chunk", [CHUNKED], b"%x\r\n" % len(inner) + inner + b"\r\n" + LAST


async def ask_inside_out(
    server: Running, outer: str, asked: Iterator[Asked]
) -> dict[str, list[int]]:
    """Ask all at once; return the statuses of the answers."""
    texts = {name: head(*OUTER[outer], *lines) + rest for name, lines, rest in asked}
    return await ask_all(server, texts)


@pytest.fixture(autouse=True)
def _in_a_hurry(hurry: Hurry) -> None:  # pyright: ignore[reportUnusedFunction]
    hurry(HEAD_SECONDS_MAX=0.2, BODY_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2)


@pytest.mark.parametrize("outer", OUTER)
async def test_what_can_be_read_in_two_ways_is_refused(front: Front, outer: str) -> None:
    async with under_attack(front) as server:
        answers = await ask_inside_out(server, outer, refused(INNER))
        allowed = ([], [400], [404], [408], [413], [431], [501])
        assert {name: got for name, got in answers.items() if got not in allowed} == {}
        assert await total(server, "mallory") is None


@pytest.mark.parametrize("outer", OUTER)
async def test_old_readings(front: Front, outer: str) -> None:
    async with under_attack(front) as server:
        answers = await ask_inside_out(server, outer, old_readings(INNER))
        assert {name: got for name, got in answers.items() if len(got) > 1} == {}
        assert await total(server, "mallory") is None


@pytest.mark.parametrize("outer", OUTER)
async def test_a_request_in_a_body_is_no_request(front: Front, outer: str) -> None:
    async with under_attack(front) as server:
        answers = await ask_inside_out(server, outer, one_body(INNER))
        assert {name: got for name, got in answers.items() if len(got) > 1} == {}
        assert await total(server, "mallory") is None
