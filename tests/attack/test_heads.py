"""Heads that are odd, malformed, or too large: each is refused as the client's fault."""

from api.front.server import Front
from tests.attack.conftest import Hurry
from tests.attack.siege import Way, ask_all, attack, head, under_attack

LINES = {
    "no version": b"GET /v1/users/nobody\r\n\r\n",
    "HTTP/0.9": b"GET /v1/users/nobody HTTP/0.9\r\nHost: test\r\n\r\n",
    "HTTP/1.2": b"GET /v1/users/nobody HTTP/1.2\r\nHost: test\r\n\r\n",
    "HTTP/1.10": b"GET /v1/users/nobody HTTP/1.10\r\nHost: test\r\n\r\n",
    "HTTP/2.0": b"GET /v1/users/nobody HTTP/2.0\r\nHost: test\r\n\r\n",
    "http/1.1": b"GET /v1/users/nobody http/1.1\r\nHost: test\r\n\r\n",
    "ICY": b"GET /v1/users/nobody ICE/1.0\r\nHost: test\r\n\r\n",
    "RTSP": b"OPTIONS /v1/users/nobody RTSP/1.0\r\nHost: test\r\n\r\n",
    "two spaces": b"GET  /v1/users/nobody HTTP/1.1\r\nHost: test\r\n\r\n",
    "a tab": b"GET\t/v1/users/nobody HTTP/1.1\r\nHost: test\r\n\r\n",
    "a space in the path": b"GET /v1/users/no body HTTP/1.1\r\nHost: test\r\n\r\n",
    "a NUL in the path": b"GET /v1/users/no\0body HTTP/1.1\r\nHost: test\r\n\r\n",
    "a path that is not ASCII": "GET /v1/users/nöbody HTTP/1.1\r\nHost: test\r\n\r\n".encode(),
    "no method": b"/v1/users/nobody HTTP/1.1\r\nHost: test\r\n\r\n",
    "a method in brackets": b"<GET> /v1/users/nobody HTTP/1.1\r\nHost: test\r\n\r\n",
    "a small method": b"get /v1/users/nobody HTTP/1.1\r\nHost: test\r\n\r\n",
    "a long method": b"G" * 10_000 + b" /v1/users/nobody HTTP/1.1\r\nHost: test\r\n\r\n",
    "a query alone": b"GET ?x HTTP/1.1\r\nHost: test\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n",
    "a fragment": b"GET /#x HTTP/1.1\r\nHost: test\r\n\r\n",
    "half an address": b"GET http://[ HTTP/1.1\r\nHost: test\r\n\r\n",
    "no path in an address": b"GET http://test HTTP/1.1\r\nHost: test\r\n\r\n",
    "another scheme": b"GET ftp://test/ HTTP/1.1\r\nHost: test\r\n\r\n",
    "two slashes": b"GET // HTTP/1.1\r\nHost: test\r\n\r\n",
    "up and up": b"GET /../../../etc/passwd HTTP/1.1\r\nHost: test\r\n\r\n",
    "an encoded NUL": b"GET /%00 HTTP/1.1\r\nHost: test\r\n\r\n",
    "half an escape": b"GET /% HTTP/1.1\r\nHost: test\r\n\r\n",
    "an escape that is no UTF-8": b"GET /%ff/%c0%80 HTTP/1.1\r\nHost: test\r\n\r\n",
    "a static file": b"GET /static/../pyproject.toml HTTP/1.1\r\nHost: test\r\n\r\n",
    "a bracket for a host": b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
    "an empty host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "a host with a path": b"GET / HTTP/1.1\r\nHost: test/x?y#z@q\r\n\r\n",
    "a host that is not ASCII": "GET / HTTP/1.1\r\nHost: töst\r\n\r\n".encode(),
    "an unknown expectation": b"GET / HTTP/1.1\r\nHost: test\r\nExpect: wonders\r\n\r\n",
    "an old expectation": b"GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
    "an odd cookie": b"GET / HTTP/1.1\r\nHost: test\r\nCookie: \xff=\xfe; =; ;\r\n\r\n",
    "odd ranges": b"GET / HTTP/1.1\r\nHost: test\r\nRange: bytes=-1,2-1,x\r\n\r\n",
    "an odd date": b"GET / HTTP/1.1\r\nHost: test\r\nIf-Modified-Since: \xff\r\n\r\n",
    "odd authorization": b"GET / HTTP/1.1\r\nHost: test\r\nAuthorization: Basic \xff\r\n\r\n",
}


MALFORMED = {
    "no host": b"GET /v1/users/nobody HTTP/1.1\r\n\r\n",
    "no host, nothing": b"GET /nothing HTTP/1.1\r\n\r\n",
    "no host, probe": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /v1/users/nobody HTTP/1.1\r\nHost: test\r\nHost: other\r\n\r\n",
    "a NUL for a host": b"GET / HTTP/1.1\r\nHost: \0\r\n\r\n",
}
"""What must be answered with 400 (RFC 9112, 3.2; RFC 9110, 5.5)."""


async def test_odd_lines(front: Front, hurry: Hurry) -> None:
    """None has a key; and it is never the server that is at fault."""
    hurry(HEAD_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2)
    async with under_attack(front) as server:
        answers = await ask_all(server, LINES)
        allowed = ([], *([status] for status in (400, 401, 404, 405, 408, 417, 431, 501, 505)))
        assert {name: got for name, got in answers.items() if got not in allowed} == {}


async def test_malformed_heads(front: Front, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2)
    async with under_attack(front) as server:
        answers = await ask_all(server, MALFORMED)
        assert {name: got for name, got in answers.items() if got != [400]} == {}


LARGE = {
    "a header of 64 KiB": head("GET", "/v1/users/nobody", b"X: " + b"x" * 65_536),
    "a header of 20 kB": head("GET", "/v1/users/nobody", b"X: " + b"x" * 20_000),
    "a name of 64 KiB": head("GET", "/v1/users/nobody", b"x" * 65_536 + b": x"),
    "10,000 headers": head("GET", "/v1/users/nobody", *[b"X-%d: x" % n for n in range(10_000)]),
    "10,000 headers alike": head("GET", "/v1/users/nobody", *[b"X: x"] * 10_000),
    "a path of 64 KiB": head("GET", "/v1/users/" + "x" * 65_536),
    "a query of 64 KiB": head("GET", "/v1/users/nobody?" + "x" * 65_536),
    "a path nowhere of 64 KiB": head("GET", "/" + "x" * 65_536),
    "segments of 64 KiB": head("GET", "/v1" * 20_000),
    "a head without an end": b"GET /v1/users/nobody HTTP/1.1\r\n" + b"X: x\r\n" * 100_000,
    "a line without an end": b"G" * 1_000_000,
}


async def test_heads_that_are_too_large(front: Front, hurry: Hurry) -> None:
    hurry(LINGER_SECONDS_MAX=0.2)
    async with under_attack(front) as server:
        answers = await ask_all(server, LARGE)
        assert {name: got for name, got in answers.items() if got != [431]} == {}


async def test_as_much_as_a_head_may_have(way: Way) -> None:
    lines = [b"a: b"] * 2_500
    query = "?" + "&".join(f"{number}=" for number in range(500))
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(head("GET", way.read, *lines))
        assert (await attacker.read()).status == 404
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(head("GET", way.read + query))
        assert (await attacker.read()).status in (400, 404, 422)
