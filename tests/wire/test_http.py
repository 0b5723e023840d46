"""HTTP/1.1 to the letter, on raw sockets: how requests are framed, how connections go on or end.

What is framed wrongly by one of two programs in a row lets one person's request pass for another's.
So the rules of RFC 9112 hold on both front ends; where one answers otherwise than the other, the
test says so. Waits for an end have a deadline: a connection that stays open is a failure.
"""

from collections.abc import Mapping

import pytest
import trio
import trio.testing

from api.front.server import Front
from tests.unit.games import GAME, clock_at
from tests.wire.server import (
    EVENT,
    KEY,
    Answer,
    Connection,
    Running,
    event,
    request,
    running,
)

ADA = "/v1/users/ada"
KEYED = b"Host: test\r\nX-API-KEY: %b\r\n" % KEY.encode()
END_SECONDS_MAX = 3
"""Seconds in which a connection must end that is to end now."""


def raw(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """A request with host and key, and otherwise just as it is written."""
    return line + b"\r\n" + KEYED + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return raw(b"POST %b HTTP/1.1" % EVENT.encode(), *headers, body=body)


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    sized = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return sized + b"0\r\n" + trailers + b"\r\n"


GET = raw(b"GET %b HTTP/1.1" % ADA.encode())
ONE = b'{"user": {"id": "ada"}, "value": 1}'
LENGTH = b"Content-Length: %d" % len(ONE)
CHUNKED = b"Transfer-Encoding: chunked"
CONTINUE = b"Expect: 100-continue"


async def ended(connection: Connection) -> bytes:
    """Wait until the server ends the connection; return what still came."""
    with trio.fail_after(END_SECONDS_MAX):
        return await connection.read_end()


async def total(server: Running) -> float:
    answer = await server.ask("GET", ADA + "/metrics/steps")
    return answer.json["current"]


def closes(answer: Answer) -> bool:
    return answer.headers.get("connection") == "close"


# --- A connection goes on ---


async def test_a_connection_carries_many_requests(front: Front) -> None:
    async with running(front) as server, await server.connect() as connection:
        for status, asked in (
            (201, post(LENGTH, body=ONE)),
            (200, GET),
            (404, request("GET", "/v1/users/nobody")),
            (422, request("POST", EVENT, event(tz="Mars/Base"))),
            (401, request("GET", ADA, key="wrong")),
            (400, request("POST", EVENT, b"{")),
            (201, post(CHUNKED, body=chunked(ONE))),
            (200, request("GET", "/healthz", key=None)),
            (200, GET),
        ):
            await connection.send(asked)
            answer = await connection.read()
            assert (answer.status, closes(answer)) == (status, False), asked


async def test_200_requests_in_one_send_are_answered_in_order(front: Front) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(post(LENGTH, body=ONE) * 200)
        totals = [(await connection.read()).json["total"] for _ in range(200)]
    assert totals == list(range(1, 201))


async def test_pipelined_reads_show_what_was_written_before_them(front: Front) -> None:
    read = request("GET", ADA + "/metrics/steps")
    async with running(front) as server, await server.connect() as connection:
        await connection.send((post(LENGTH, body=ONE) + read) * 50)
        for count in range(1, 51):
            assert (await connection.read()).json["total"] == count
            assert (await connection.read()).json["current"] == count


async def test_what_is_refused_unread_does_not_shift_what_follows(front: Front) -> None:
    refused = request("POST", EVENT, event(), key="wrong")
    async with running(front) as server, await server.connect() as connection:
        await connection.send(post(LENGTH, body=ONE) + refused + GET)
        assert [(await connection.read()).status for _ in range(3)] == [201, 401, 200]


async def test_a_client_may_end_its_side_and_read_on(front: Front) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(post(LENGTH, body=ONE))
        await connection.stream.send_eof()
        assert (await connection.read()).status == 201
        assert await ended(connection) == b""


# --- A connection ends ---


LAST = {
    "GET": GET.replace(b"Host:", b"Connection: close\r\nHost:"),
    "POST": post(LENGTH, b"Connection: close", body=ONE),
    "chunked": post(CHUNKED, b"Connection: keep-alive, close", body=chunked(ONE)),
}


@pytest.mark.parametrize("method", LAST)
async def test_a_connection_ends_when_the_client_says_so(front: Front, method: str) -> None:
    async with running(front) as server:
        await server.ask("POST", EVENT, event())
        async with await server.connect() as connection:
            await connection.send(LAST[method])
            answer = await connection.read()
            assert (answer.status, closes(answer)) == (200 if method == "GET" else 201, True)
            assert await ended(connection) == b""


@pytest.mark.parametrize("behind", [b"\r\n", post(LENGTH, body=ONE)], ids=["line", "request"])
@pytest.mark.parametrize("method", LAST)
async def test_the_last_request_is_the_last(front: Front, method: str, behind: bytes) -> None:
    """Old clients put an empty line behind a body; careless ones go on. The request was fine."""
    async with running(front) as server:
        await server.ask("POST", EVENT, event())
        async with await server.connect() as connection:
            await connection.send(LAST[method] + behind)
            answer = await connection.read()
            assert (answer.status, closes(answer)) == (200 if method == "GET" else 201, True)
        assert await total(server) == (1 if method == "GET" else 2)


async def test_a_chunked_body_of_http_1_0_is_the_last(front: Front) -> None:
    """Its framing is not to be trusted (RFC 9112, 6.1): answered or refused, that is the end."""
    asked = post(CHUNKED, body=chunked(ONE)).replace(b"HTTP/1.1", b"HTTP/1.0")
    async with running(front) as server, await server.connect() as connection:
        await connection.send(asked.replace(b"Host:", b"Connection: keep-alive\r\nHost:"))
        assert closes(await connection.read())
        assert await ended(connection) == b""


@pytest.mark.parametrize("offer", [b"X-None: 0", b"Connection: keep-alive"], ids=["", "keep-alive"])
async def test_http_1_0_is_spoken(front: Front, offer: bytes) -> None:
    asked = b"GET %b HTTP/1.0\r\nX-API-KEY: %b\r\n%b\r\n\r\n" % (ADA.encode(), KEY.encode(), offer)
    async with running(front) as server:
        await server.ask("POST", EVENT, event())
        async with await server.connect() as connection:
            await connection.send(asked)
            answer = await connection.read()
            assert (answer.status, answer.json["id"]) == (200, "ada")
            # A client of that time which is not told that it may go on reads until the end.
            if answer.headers.get("connection", "close").lower() != "keep-alive":
                assert await ended(connection) == b""


async def test_a_silent_connection_is_ended(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.front.lane.IDLE_SECONDS_MAX", 0.05)
    monkeypatch.setattr("api.front.hypercorn_server.HEAD_SECONDS_MAX", 0.05)
    async with running(front) as server, await server.connect() as connection:
        await connection.send(request("GET", "/healthz", key=None))
        assert (await connection.read()).status == 200
        assert await ended(connection) == b""


async def test_a_connection_that_never_asks_is_ended(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.front.lane.IDLE_SECONDS_MAX", 0.05)
    monkeypatch.setattr("api.front.hypercorn_server.HEAD_SECONDS_MAX", 0.05)
    async with running(front) as server, await server.connect() as connection:
        assert await ended(connection) == b""


# --- Bodies ---

PIECES: Mapping[str, tuple[bytes, bytes]] = {
    "length": (LENGTH, ONE),
    "one chunk": (CHUNKED, chunked(ONE)),
    "chunks of a byte": (CHUNKED, chunked(*(bytes([byte]) for byte in ONE))),
    "trailers": (CHUNKED, chunked(ONE, trailers=b"X-Sum: 1\r\nX-More: 2\r\n")),
    "extension": (CHUNKED, b'23;kind="x\xff"\r\n' + ONE + b"\r\n0;last\r\n\r\n"),
    "capitals": (b"TRANSFER-ENCODING: Chunked", b"00023\r\n" + ONE + b"\r\n000\r\n\r\n"),
}


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("cut", [0, 1, 20, -3], ids=lambda at: f"cut at {at}")
async def test_a_body_of_any_framing(front: Front, name: str, cut: int) -> None:
    header, body = PIECES[name]
    assert len(ONE) == 0x23
    async with running(front) as server, await server.connect() as connection:
        await connection.send(post(header, body=body[:cut]))
        await trio.testing.wait_all_tasks_blocked()
        await connection.send(body[cut:] + GET)
        assert (await connection.read()).json["total"] == 1
        assert (await connection.read()).json["id"] == "ada"


async def test_a_stream_in_chunks_is_read_as_it_comes(front: Front) -> None:
    count = 3_000
    line = b'{"key": "steps", "user": {"id": "ada"}, "value": 1, "timestamp": "%b"}\n'
    text = b"".join(line % b"2024-09-01T00:00:00Z" for _ in range(count))
    parts = [text[at : at + 5_000] for at in range(0, len(text), 5_000)]
    asked = raw(b"POST /admin/v1/import?name=x HTTP/1.1", CHUNKED)
    async with running(front) as server, await server.connect() as connection:
        await connection.send(asked)
        for part in parts:
            await connection.send(b"%x\r\n%b\r\n" % (len(part), part))
        await connection.send(b"0\r\n\r\n" + GET)
        answer = await connection.read()
        assert (answer.status, answer.json["applied"]) == (200, count)
        assert (await connection.read()).json["id"] == "ada"


async def test_a_body_in_chunks_has_the_same_bound(front: Front) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(post(CHUNKED, body=chunked(b" " * 10_000, b" " * 10_000)))
        answer = await connection.read()
        assert (answer.status, closes(answer)) == (413, True)
        assert answer.json["error"] == "the body is larger than 16,384 bytes"


# --- Expect: 100-continue ---


@pytest.mark.parametrize("framing", ["length", "chunks of a byte"])
async def test_a_client_that_waits_is_told_to_go_on(front: Front, framing: str) -> None:
    header, body = PIECES[framing]
    async with running(front) as server, await server.connect() as connection:
        await connection.send(post(header, CONTINUE))
        assert (await connection.read()).status == 100
        await connection.send(body + GET)
        assert (await connection.read()).status == 201
        assert (await connection.read()).status == 200


async def test_a_client_that_does_not_wait_is_answered_too(front: Front) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(post(LENGTH, CONTINUE, body=ONE) + GET)
        statuses = [(await connection.read()).status]
        while statuses[-1] != 200:
            statuses.append((await connection.read()).status)
    assert [status for status in statuses if status != 100] == [201, 200]


async def test_a_client_of_1_0_is_not_told_to_go_on(front: Front) -> None:
    asked = post(LENGTH, CONTINUE, body=ONE).replace(b"HTTP/1.1", b"HTTP/1.0")
    async with running(front) as server, await server.connect() as connection:
        await connection.send(asked)
        assert (await connection.read()).status == 201


REFUSED_BY_THE_HEAD: Mapping[int, bytes] = {
    401: post(LENGTH, CONTINUE).replace(KEY.encode(), b"wrong"),
    404: post(LENGTH, CONTINUE).replace(EVENT.encode(), b"/nowhere"),
    405: post(LENGTH, CONTINUE).replace(EVENT.encode(), ADA.encode()),
    413: post(b"Content-Length: 16385", CONTINUE),
    415: post(LENGTH, CONTINUE, b"Content-Encoding: gzip"),
    417: post(LENGTH, b"Expect: a-miracle"),
}


@pytest.mark.parametrize("status", REFUSED_BY_THE_HEAD)
async def test_what_the_head_decides_is_not_asked_for(front: Front, status: int) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(REFUSED_BY_THE_HEAD[status])
        answer = await connection.read()
        assert answer.status == status
        assert "error" in answer.json


# --- Targets ---


@pytest.mark.parametrize("target", [b"http://test", b"http://other:8080", b"HTTP://TEST"])
async def test_a_target_may_name_the_host(front: Front, target: bytes) -> None:
    asked = raw(b"GET %b%b?awards=1 HTTP/1.1" % (target, ADA.encode() + b"/points/xp"))
    async with running(front) as server:
        await server.ask("POST", EVENT, event())
        async with await server.connect() as connection:
            await connection.send(asked)
            answer = await connection.read()
            assert (answer.status, answer.json.get("key")) == (200, "xp")


async def test_an_empty_line_before_a_request_is_passed_over(front: Front) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(b"\r\n" + post(LENGTH, body=ONE) + b"\r\n" + GET)
        assert [(await connection.read()).status for _ in range(2)] == [201, 200]


@pytest.mark.parametrize(
    "target", [b"v1/users/ada", b"/v1/users/ada#x", b"*", "/v1/users/ä".encode(), b"test:80"]
)
async def test_a_target_that_is_no_path_is_refused(front: Front, target: bytes) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(raw(b"GET %b HTTP/1.1" % target))
        assert (await connection.read()).status == 400


# --- What HTTP does not allow ---

WRONG: Mapping[str, tuple[set[int], bytes]] = {
    "length and coding": ({400}, post(LENGTH, CHUNKED, body=chunked(ONE))),
    "coding and length": ({400}, post(CHUNKED, LENGTH, body=chunked(ONE))),
    "two lengths": ({400}, post(LENGTH, b"Content-Length: 3", body=ONE)),
    "list of lengths": ({400}, post(b"Content-Length: 35, 3", body=ONE)),
    "signed length": ({400}, post(b"Content-Length: +35", body=ONE)),
    "negative length": ({400}, post(b"Content-Length: -1")),
    "length of no number": ({400}, post(b"Content-Length: 0x23", body=ONE)),
    "endless length": ({400, 413}, post(b"Content-Length: " + b"9" * 400)),
    "other coding": ({400, 501}, post(b"Transfer-Encoding: gzip", body=ONE)),
    "two codings": ({400, 501}, post(b"Transfer-Encoding: gzip, chunked", body=chunked(ONE))),
    "chunked twice": ({400, 501}, post(CHUNKED, CHUNKED, body=chunked(ONE))),
    "size of no number": ({400}, post(CHUNKED, body=b"zz\r\n" + ONE + b"\r\n0\r\n\r\n")),
    "chunk too short": ({400}, post(CHUNKED, body=b"24\r\n" + ONE + b"\r\n0\r\n\r\n")),
    "chunk too long": ({400}, post(CHUNKED, body=b"22\r\n" + ONE + b"\r\n0\r\n\r\n")),
    "no host": ({400}, GET.replace(b"Host: test\r\n", b"")),
    "two hosts": ({400}, GET.replace(b"Host: test\r\n", b"Host: test\r\nHost: other\r\n")),
    "space before the colon": ({400}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b"X-A : 1")),
    "space in a name": ({400}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b"X A: 1")),
    "no name": ({400}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b": 1")),
    "zero byte": ({400}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b"X-A: \0")),
    "unknown expectation": ({417}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b"Expect: more")),
    "other version": ({400, 505}, raw(b"GET %b HTTP/2.0" % ADA.encode())),
    "no version": ({400, 505}, raw(b"GET %b" % ADA.encode())),
    "large head": ({431}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b"X-A: " + b"a" * 16_384)),
    "larger head": ({431}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b"X-A: " + b"a" * 200_000)),
    "many headers": ({431}, raw(b"GET %b HTTP/1.1" % ADA.encode(), *[b"A: b"] * 4_000)),
    "compressed": ({415}, post(LENGTH, b"Content-Encoding: gzip", body=ONE)),
    "body of a read": ({400}, raw(b"GET %b HTTP/1.1" % ADA.encode(), b"Content-Length: 1")),
    "no request": ({400}, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_http_does_not_allow_is_refused(front: Front, name: str) -> None:
    statuses, asked = WRONG[name]
    if front == "quart" and statuses == {431}:
        statuses = set(range(400, 500))  # h11 calls some of them just bad
    async with running(front) as server:
        await server.ask("POST", EVENT, event())
        async with await server.connect() as connection:
            await connection.send(asked)
            answer = await connection.read()
            assert answer.status in statuses, answer
            assert closes(answer)
            if front == "both":  # h11 refuses by itself, without a word
                assert {"error", "code"} <= answer.json.keys()
        assert await total(server) == 1, "it was applied"


@pytest.mark.parametrize("name", ["two lengths", "chunk too short", "compressed"])
async def test_a_refusal_of_http_is_the_last_answer(front: Front, name: str) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(GET + WRONG[name][1] + GET)
        assert (await connection.read()).status == 404
        assert (await connection.read()).status >= 400
        assert await ended(connection) == b""


@pytest.mark.parametrize("header", [b"Expect: more", b"Content-Length: 1"])
async def test_a_refused_head_gets_no_body(front: Front, header: bytes) -> None:
    async with running(front) as server, await server.connect() as connection:
        await connection.send(raw(b"HEAD %b HTTP/1.1" % ADA.encode(), header))
        answer = await connection.read(head_only=True)
        assert answer.status in (400, 417)
        assert await ended(connection) == b""


@pytest.mark.parametrize("path", [b"/healthz", b"/readyz", b"/metrics", b"/nowhere"])
@pytest.mark.parametrize("header", [b"Content-Length: %d" % len(GET), CHUNKED])
async def test_a_request_in_a_body_is_no_request(front: Front, path: bytes, header: bytes) -> None:
    """Where a body is not wanted it is passed over, or ends the connection; it is never obeyed."""
    content = chunked(GET) if header == CHUNKED else GET
    asked = raw(b"GET %b HTTP/1.1" % path, header, body=content)
    async with running(front) as server:
        await server.ask("POST", EVENT, event())
        async with await server.connect() as connection:
            await connection.send(asked + request("GET", "/v1/users/nobody"))
            first = await connection.read()
            if not closes(first):
                second = await connection.read()
                assert second.status == 404, second
                assert b"nobody" in second.body


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
@pytest.mark.parametrize(
    "asked",
    [GET, post(LENGTH, body=ONE), post(CHUNKED, body=chunked(ONE))],
    ids=["none", "length", "chunked"],
)
async def test_an_offer_to_upgrade_is_not_taken_up(
    front: Front, protocol: bytes, asked: bytes
) -> None:
    offer = b"Connection: Upgrade\r\nUpgrade: %b\r\nHost:" % protocol
    async with running(front) as server:
        await server.ask("POST", EVENT, event())
        async with await server.connect() as connection:
            await connection.send(asked.replace(b"Host:", offer) + GET)
            assert (await connection.read()).status in (200, 201)
            assert (await connection.read()).json["id"] == "ada"


# --- Handing over ---


@pytest.mark.parametrize("path", ["/nowhere", "/v1/leaderboards/walk/none"])
async def test_who_asks_for_something_else_goes_to_quart_and_off(path: str) -> None:
    async with running("both") as server, await server.connect() as connection:
        ahead = post(LENGTH, body=ONE) * 3 + GET
        await connection.send(ahead + request("GET", path) + GET)
        assert [(await connection.read()).status for _ in range(4)] == [201, 201, 201, 200]
        answer = await connection.read()
        assert (answer.status, closes(answer)) == (404, True)
        assert answer.json == {"error": f"there is nothing at {path}", "code": "no_route"}
        assert await ended(connection) == b""
    assert '"level": "error"' not in server.log.getvalue()


async def test_a_body_goes_along_when_a_connection_is_handed_over() -> None:
    async with running("both") as server, await server.connect() as connection:
        asked = request("POST", "/nowhere", b"x" * 1_000)
        await connection.send(asked[:-10])
        answer = await connection.read()
        assert (answer.status, closes(answer)) == (404, True)
        await connection.send(asked[-10:])
        assert await ended(connection) == b""


# --- What operators ask ---


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_probes_need_no_key(front: Front, method: str) -> None:
    async with running(front, document=GAME, clock=clock_at()) as server:
        for path, kind in (
            ("/healthz", "application/json"),
            ("/readyz", "application/json"),
            ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ):
            answer = await server.ask(method, path, key=None)
            assert (answer.status, answer.headers["content-type"]) == (200, kind)
        if method == "GET":
            assert (await server.ask("GET", "/healthz", key=None)).json == {"status": "ok"}
            ready = await server.ask("GET", "/readyz", key=None)
            assert ready.json == {"status": "ready"}


async def test_metrics_name_operation_front_and_status(front: Front) -> None:
    async with running(front) as server:
        for _ in range(3):
            await server.ask("POST", EVENT, event())
        await server.ask("GET", ADA)
        await server.ask("GET", "/v1/users/nobody")
        await server.ask("GET", ADA, key="wrong")
        await server.ask("GET", "/nowhere")
        answer = await server.ask("GET", "/metrics", key=None)
    shown = set(answer.body.decode().splitlines())
    label = "lane" if front == "both" else "quart"
    for operation, at, status, count in (
        ("metrics.event", label, 201, 3),
        ("users.get", label, 200, 1),
        ("users.get", label, 404, 1),
        ("refused", label, 401, 1),
        ("refused", "quart", 404, 1),
    ):
        labels = f'front="{at}",operation="{operation}",status="{status}"'
        assert f"laurels_requests_total{{{labels}}} {count}.0" in shown
    seconds = f'laurels_request_seconds_count{{front="{label}",operation="metrics.event"}} 3.0'
    assert seconds in shown
    assert 'laurels_users{scope="default"} 1.0' in shown
