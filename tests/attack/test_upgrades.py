"""Offers to speak something else than HTTP/1.1: none is taken up, and none ends the server.

Two of these ended Hypercorn's process (RELIABILITY 1.1): a byte behind a web socket's upgrade, and
data of HTTP/2 behind an answer that came early.
"""

import h2.config
import h2.connection
import pytest

from tests.attack.conftest import Hurry
from tests.attack.siege import Way, attack, under_attack
from tests.wire.server import EVENT, event, request

WEB_SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "bKdPyn3u98cTfZJSh4TNeQ==",
}
HTTP2 = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}
FRAME = bytes.fromhex("818537fa213d7f9f4d5158")
"""A web socket's text frame: `Hello`, masked, from RFC 6455."""


@pytest.mark.parametrize("behind", [b"x", FRAME, b"x" * 100_000], ids=["byte", "frame", "flood"])
async def test_something_behind_a_web_socket_upgrade(way: Way, hurry: Hurry, behind: bytes) -> None:
    hurry(HEAD_SECONDS_MAX=0.2)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(request("GET", way.read, headers=WEB_SOCKET) + behind)
        answers = await attacker.answers()
        assert [answer.status for answer in answers] in ([404], [404, 400], [404, 408], [404, 431])


async def test_a_web_socket_upgrade(way: Way, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(request("GET", way.read, headers=WEB_SOCKET))
        answer = await attacker.read()
        assert answer.status == 404
        assert "upgrade" not in answer.headers
        await attacker.send(FRAME)
        assert b"101" not in await attacker.read_end()


@pytest.mark.parametrize("path", ["read", "nothing"])
async def test_http2_data_after_an_early_answer(way: Way, path: str) -> None:
    async with under_attack(way.front) as server, await attack(server) as attacker:
        client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        client.initiate_connection()
        client.send_headers(
            1,
            [
                (":method", "POST"),
                (":path", way.write if path == "read" else "/nothing"),
                (":scheme", "http"),
                (":authority", "test"),
            ],
        )
        await attacker.send(client.data_to_send())
        answer = await attacker.read()
        client.send_data(1, b"hello")
        await attacker.send(client.data_to_send())
        assert answer.status in (400, 505)
        assert await attacker.read_end() == b""


async def test_an_upgrade_to_http2(way: Way, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(request("GET", way.read, headers=HTTP2))
        assert (await attacker.read()).status == 404
        client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        client.initiate_upgrade_connection()
        await attacker.send(client.data_to_send())
        assert b"101" not in await attacker.read_end()


async def test_an_upgrade_to_http2_with_a_body(way: Way, hurry: Hurry) -> None:
    hurry(IDLE_SECONDS_MAX=0.2, HEAD_SECONDS_MAX=0.2)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(request("POST", way.write, event(), headers=HTTP2))
        assert [answer.status for answer in await attacker.answers()] == [way.written]


@pytest.mark.parametrize("target", ["example.com:443", "http://example.com/", "/", EVENT])
async def test_connect(way: Way, hurry: Hurry, target: str) -> None:
    hurry(HEAD_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(request("CONNECT", target) + b"\x16\x03\x01\x02\x00\x01")
        statuses = [answer.status for answer in await attacker.answers()]
        assert statuses[0] in (400, 404, 405, 501)
        assert set(statuses[1:]) <= {400, 408}
