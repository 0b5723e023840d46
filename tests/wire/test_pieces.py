"""A stream has no seams: however a client's bytes are cut into pieces, the answers are the same.

The lane runs on streams in memory here: each piece is taken before the next one is sent, so the
cuts are where the test puts them. Over a socket the same holds once everybody waits.
"""

import io
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.front.auth import Authenticator
from api.front.http1 import parse_head
from api.front.lane import Lane
from api.front.logs import open_log
from api.front.messages import Refused
from api.front.server import Front
from api.front.service import Service
from api.front.telemetry import Telemetry
from api.jobs.jobs import open_jobs
from tests.unit.games import clock_at, game
from tests.wire.server import EVENT, KEY, Running, event, request, running

GET = request("GET", "/v1/users/ada")
_DATE = re.compile(rb"\r\ndate: [^\r]*")


async def talk(pieces: Sequence[bytes]) -> tuple[bytes, bytes | None]:
    """Send pieces to a lane of a fresh server, then end.

    Returns:
        All that it answered, without dates; what must be handed over, None if nothing.
    """
    to_lane, from_client = trio.testing.lockstep_stream_one_way_pair()
    to_client, from_lane = trio.testing.memory_stream_one_way_pair()
    handed_over: bytes | None = None
    answers = b""

    async def serve(lane: Lane) -> None:
        nonlocal handed_over
        unread = await lane.run()
        if unread is not None:
            handed_over = unread + b"".join([bytes(piece) async for piece in from_client])
        await to_client.aclose()

    async with (
        game() as (engine, scope),
        open_jobs(None, clock_at()) as jobs,
        trio.open_nursery() as nursery,
    ):
        service = Service(Telemetry(), open_log(io.StringIO()))
        service.open(engine, Authenticator(scope, KEY), jobs)
        nursery.start_soon(serve, Lane(service, trio.StapledStream(to_client, from_client)))
        for piece in pieces:
            await to_lane.send_all(piece)
        await to_lane.aclose()
        async for piece in from_lane:
            answers += bytes(piece)
        held = service.admission.statistics()
        assert (held.requests, held.body_bytes) == (0, 0), "room was given and not given back"
    return _DATE.sub(b"", answers), handed_over


def statuses(answers: bytes) -> list[int]:
    """Read answers to requests that were no HEAD, to the end."""
    found: list[int] = []
    while answers:
        head, _, answers = answers.partition(b"\r\n\r\n")
        match = re.match(rb"HTTP/1\.1 (\d{3}) [\w -]+\r\n", head + b"\r\n")
        assert match is not None, head
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        found.append(int(match[1]))
        if match[1] != b"100":
            assert length is not None, head
            assert len(answers) >= int(length[1])
            answers = answers[int(length[1]) :]
    return found


def in_chunks(head: bytes, body: bytes, sizes: Sequence[int], extras: bytes) -> bytes:
    """A POST whose body is cut into chunks, with extensions and trailers."""
    chunks, rest = list[bytes](), body
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    chunks.append(rest)
    coded = b"".join(
        b"%X%b\r\n%b\r\n" % (len(c), extras and b";x=" + extras, c) for c in chunks if c
    )
    trailers = extras and b"X-Trailer: " + extras + b"\r\n"
    return head + coded + b"0\r\n" + trailers + b"\r\n"


values = st.sampled_from([b"1", b"0.5", b'"much"', b"-3"])
bodies = st.one_of(
    values.map(lambda value: b'{"user": {"id": "ada"}, "value": %b}' % value),
    st.sampled_from([b'{"user": {"id": "b\xc3\xbc"}, "value": 1}', b"{", b" " * 300]),
)
POST = request("POST", EVENT, headers={"Transfer-Encoding": "chunked"})
requests = st.one_of(
    st.just(GET),
    st.just(request("GET", "/v1/leaderboards/walk?limit=1")),
    st.just(request("GET", "/v1/users/nobody", headers={"X-Long": "x" * 500})),
    st.just(request("GET", "/healthz", key=None)),
    st.just(request("GET", "/v1/users/ada", key="wrong")),
    st.just(request("PUT", "/v1/users/cyd", {"name": "Cyd"})),
    bodies.map(lambda body: request("POST", EVENT, body)),
    st.builds(
        in_chunks,
        st.just(POST),
        bodies,
        st.lists(st.integers(1, 9), max_size=8),
        st.sampled_from([b"", b"1", b'"a;b"']),
    ),
)
lasts = st.sampled_from(
    [
        b"",
        request("GET", "/v1/users/ada", headers={"Connection": "close"}) + GET,
        request("GET", "/nowhere") + GET,
        request("POST", EVENT, headers={"Content-Length": "3, 4"}) + GET,
        in_chunks(POST, b"{}", [1], b"")[:-5] + b"zz\r\n",
        b"GET / HTTP/3\r\n\r\n" + GET,
        request("POST", EVENT, event())[:-7],
        GET[:-2],
    ]
)
gaps = st.sampled_from([b"", b"", b"", b"\r\n"])
pipelines = st.builds(
    lambda parts, last: b"".join(gap + part for gap, part in parts) + last,
    st.lists(st.tuples(gaps, requests), max_size=6),
    lasts,
)


def test_a_pipeline_is_answered_in_order() -> None:
    event_in_chunks = in_chunks(POST, b'{"user": {"id": "ada"}, "value": 1}', [1, 2, 3], b"x")
    parts = [GET, event_in_chunks, GET, request("POST", EVENT, b"{"), request("GET", "/nowhere")]
    answers, handed_over = trio.run(talk, [b"".join(parts) + GET])
    assert statuses(answers) == [404, 201, 200, 400]
    assert handed_over == parts[-1] + GET


@given(pipelines, st.data())
def test_the_answers_are_the_same_for_any_pieces(sent: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=12).map(sorted))
    pieces = [sent[a:b] for a, b in pairwise([0, *cuts, len(sent)]) if a < b]
    assert trio.run(talk, pieces) == trio.run(talk, [sent] if sent else [])


@given(pipelines)
@settings(max_examples=settings().max_examples // 5)
def test_the_answers_are_the_same_byte_by_byte(sent: bytes) -> None:
    whole = trio.run(talk, [sent] if sent else [])
    assert trio.run(talk, [bytes([byte]) for byte in sent]) == whole
    assert len(statuses(whole[0])) <= sent.count(b"HTTP/")


@given(pipelines.filter(bool), st.data())
def test_whatever_comes_the_lane_answers_in_http_and_ends(sent: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sent) - 1))
    size = data.draw(st.integers(0, 20))
    noise = data.draw(st.binary(max_size=8) | st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n", b" "]))
    broken = sent[:at] + noise + sent[at + size :]
    answers, _ = trio.run(talk, [broken] if broken else [])
    statuses(answers)


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    st.sampled_from([b"", b";a", b';a="\xff;b"']),
    st.sampled_from([b"", b"X-A: 1\r\n", b"X-A: 1\r\nX-B:\r\n"]),
    st.data(),
)
@example([b"\r\n0\r\n\r\n"], b"", b"", None)
def test_chunks_are_put_together_from_any_pieces(
    chunks: list[bytes], extension: bytes, trailers: bytes, data: st.DataObject | None
) -> None:
    coded = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    coded += b"0" + extension + b"\r\n" + trailers + b"\r\n"
    sent = coded + GET
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=12).map(sorted)) if data else []
    message = parse_head(POST)
    decoded, taken = b"", 0
    for start, end in pairwise([0, *cuts, len(sent)]):
        if start == end or message.complete:
            continue
        piece, at = message.feed(sent[start:end], 0)
        decoded += piece
        taken = start + at
    assert message.complete
    assert decoded == b"".join(chunks)
    assert taken == len(coded), "what follows is the next request's"


tokens = st.text("abcXYZ019-_!#$%&'*+.^`|~", min_size=1, max_size=12)
texts = st.binary(max_size=20).map(lambda raw: re.sub(rb"[\x00-\x1f\x7f]", b"", raw).strip())


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    st.text("abz019-._~%/", max_size=20),
    st.none() | st.text("abz019-._~%/?=&", max_size=20),
    st.lists(st.tuples(tokens.map(lambda name: "X-" + name), texts), max_size=6),
)
def test_a_head_is_read_as_it_was_written(
    method: str, path: str, query: str | None, headers: list[tuple[str, bytes]]
) -> None:
    target = "/" + path + ("" if query is None else "?" + query)
    text = f"{method} {target} HTTP/1.1\r\n".encode()
    text += b"".join(b"%b: %b\r\n" % (name.encode(), value) for name, value in headers)
    head = parse_head(text + b"\r\n").head
    assert (head.method, head.path, head.query) == (method, "/" + path, query or "")
    expected: dict[bytes, Any] = {}
    for name, value in headers:
        expected.setdefault(name.lower().encode(), []).append(value)
    assert head.headers == {name: b", ".join(values) for name, values in expected.items()}


@pytest.mark.parametrize("gap", [b"", b"\r\n"], ids=["", "empty line"])
async def test_no_seam_shows_over_a_socket(front: Front, gap: bytes) -> None:
    one = b'{"user": {"id": "ada"}, "value": 1}'
    parts = [request("POST", EVENT, one), gap, in_chunks(POST, one, [1, 7], b"1"), GET]
    sent = b"".join(parts)
    async with running(front) as server:
        for cut in range(1, len(sent)):
            await check_pieces(server, [sent[:cut], sent[cut:]])
        await check_pieces(server, [bytes([byte]) for byte in sent])


async def check_pieces(server: Running, pieces: Sequence[bytes]) -> None:
    async with await server.connect() as connection:
        for piece in pieces:
            await connection.send(piece)
            await trio.testing.wait_all_tasks_blocked()
        found = [(await connection.read()).status for _ in range(3)]
        assert found == [201, 201, 200], pieces


lines = st.sampled_from([b"GET / HTTP/1.1", b"A: b", b"\n", b"\r\n", b"\r", b" ", b":"])


@given(st.binary(max_size=200) | st.lists(lines).map(b"".join))
def test_a_head_of_any_bytes_is_read_or_refused(text: bytes) -> None:
    with suppress(Refused):
        assert parse_head(text + b"\r\n\r\n").head.path.startswith("/")
