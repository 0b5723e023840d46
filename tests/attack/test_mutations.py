"""Valid requests with a few bytes changed, cut out, doubled or put in, in pieces, with any ending.

What comes of each is not said here: an answer of any kind but one that blames the server, or none.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.front.server import Front
from tests.attack.siege import attack, head, under_attack
from tests.conftest import LONG
from tests.wire.server import EVENT, event, request

CHUNKED = head("POST", EVENT, b"Transfer-Encoding: chunked")
VALID = (
    request("POST", EVENT, event()),
    request("POST", EVENT, event(), headers={"Idempotency-Key": "x", "Expect": "100-continue"}),
    CHUNKED + b'10\r\n{"user":{"id":"a\r\n10;x=y\r\nda"},"value":1}  \r\n0\r\nx: y\r\n\r\n',
    request("PUT", "/v1/users/ada", {"name": "Ada", "tz": "Europe/London"}),
    request("GET", "/v1/users/ada/metrics/steps?x=%20"),
    request("GET", "/v1/leaderboards/walk?limit=5&offset=0", headers={"Connection": "close"}),
    request("GET", "/nothing", headers={"Upgrade": "websocket", "Connection": "Upgrade"}),
    request("POST", "/nothing", event()),
    request("GET", "/metrics", headers={"Accept": "*/*"}),
    request("POST", "/admin/v1/import?name=x", b"{}\n{}\n"),
)
PIECES = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b":",
    b"%",
    b"\xff",
    b"\r\n\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"HTTP/1.0",
    b"0\r\n\r\n",
    b"99999999999999999999",
    b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
)


class Mutation(NamedTuple):
    """One change: of a request, from a place on, so many bytes become others."""

    place: float
    removed: int
    put: bytes

    def apply(self, text: bytes) -> bytes:
        at = int(self.place * len(text))
        return text[:at] + self.put + text[at + self.removed :]


mutations = st.builds(
    Mutation,
    st.floats(0, 1, exclude_max=True),
    st.sampled_from((0, 1, 2, 10)),
    st.sampled_from(PIECES) | st.binary(max_size=8),
)
texts = st.lists(st.sampled_from(VALID), min_size=1, max_size=3).map(b"".join)
endings = st.sampled_from(("half closed", "reset", "closed"))


@pytest.mark.parametrize("front", ["both", "quart"])
@settings(max_examples=1_000 if LONG else 50)
@given(texts, st.lists(mutations, max_size=4), st.integers(1, 4), endings)
async def test_mutated_requests(
    front: Front, text: bytes, changes: Sequence[Mutation], pieces: int, ending: str
) -> None:
    for change in changes:
        text = change.apply(text)
    size = len(text) // pieces + 1
    async with under_attack(front) as server, await attack(server) as attacker:
        for at in range(0, len(text), size):
            await attacker.send(text[at : at + size])
            await attacker.listen(0.001)
        match ending:
            case "half closed":
                await attacker.end_sending()
                answered = await attacker.read_end()
                statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answered)]
                assert {status for status in statuses if status >= 500} <= {501, 503, 505}
            case "reset":
                await attacker.reset()
            case _:
                pass
