"""Connections by the thousand, more of them than there may be, and bytes that are no HTTP."""

import random
import ssl
from functools import partial

import pytest
import trio

import api.front.serve
from api.front.server import Front, Server
from tests.attack.conftest import Hurry
from tests.attack.siege import (
    PATIENCE,
    Way,
    ask_all,
    attack,
    connections,
    cut_off,
    places,
    under_attack,
    wait_until,
)
from tests.wire.server import EVENT, event, request, running


@pytest.mark.parametrize("manner", ["closed", "reset", "left in a head", "left with a request"])
async def test_thousands_of_connections(front: Front, manner: str) -> None:
    async def come_and_go() -> None:
        for _ in range(25):
            attacker = await attack(server)
            match manner:
                case "left in a head":
                    await attacker.send(b"GET / HTTP")
                case "left with a request":
                    await attacker.send(request("GET", "/healthz"))
                case "reset":
                    await attacker.reset()
                case _:
                    pass
            await attacker.stream.aclose()

    async with under_attack(front) as server, trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(come_and_go)


@pytest.fixture
def room_for_five(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.front.serve, "Server", partial(Server, connections_max=5))


@pytest.mark.usefixtures("room_for_five")
async def test_more_connections_than_there_may_be(front: Front) -> None:
    """Who is in stays in; who comes later is told when to come again."""
    async with under_attack(front) as server:
        inside = [await attack(server) for _ in range(4)]
        for attacker in inside:
            await attacker.send(request("GET", "/healthz"))
            assert (await attacker.read()).status == 200
        for _ in range(20):
            async with await attack(server) as attacker:
                await attacker.send(request("POST", EVENT, event("mallory")))
                (answer,) = await attacker.answers()
                assert (answer.status, answer.headers["retry-after"]) == (503, "1")
                assert answer.headers["connection"] == "close"
                assert answer.json["code"] == "overloaded"
        assert cut_off(server, "too many connections") == 20
        for attacker in inside:
            await attacker.send(request("GET", "/healthz"))
            assert (await attacker.read()).status == 200
            await attacker.stream.aclose()
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: connections(server) == 1)
        assert (await server.ask("POST", EVENT, event("ada"))).status == 201


@pytest.mark.usefixtures("room_for_five")
async def test_being_turned_away_takes_no_place(front: Front, hurry: Hurry) -> None:
    """Those who are told to come again, and stay, do not keep others out once there is room."""
    hurry(LINGER_SECONDS_MAX=PATIENCE)
    async with running(front) as server:
        inside = [await attack(server) for _ in range(5)]
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: connections(server) == 5)
        stubborn = [await attack(server) for _ in range(20)]
        for attacker in stubborn:
            assert (await attacker.read()).status == 503
        for attacker in inside:
            await attacker.stream.aclose()
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: connections(server) <= 20)
            assert (await server.ask("POST", EVENT, event("ada"))).status == 201
        for attacker in stubborn:
            await attacker.stream.aclose()


@pytest.mark.usefixtures("room_for_five")
async def test_a_crowd_that_is_turned_away(front: Front) -> None:
    async def come_and_go() -> None:
        for _ in range(10):
            async with await attack(server) as attacker:
                await attacker.send(b"x" * 100_000)
                await attacker.read_end()

    async with under_attack(front) as server:
        inside = [await attack(server) for _ in range(4)]
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: connections(server) == 5)
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(come_and_go)
        for attacker in inside:
            await attacker.stream.aclose()


@pytest.mark.parametrize("path", [EVENT, "/admin/v1/import"])
async def test_a_place_is_held_while_a_body_comes(front: Front, path: str) -> None:
    """Also behind a request that was answered meanwhile; and it is given back once."""
    waiting = request("POST", path, event("mallory"))
    async with running(front) as server:
        for ahead in (b"", request("POST", EVENT, event("ada")), request("GET", "/healthz") * 3):
            async with await attack(server) as attacker:
                await attacker.send(ahead + waiting[:-5])
                await attacker.listen(0.05)
                requests, room = places(server)
                assert requests == 1, ahead
                assert room >= 30, ahead
                await attacker.send(waiting[-5:])
                await attacker.listen(0.05)
            with trio.fail_after(PATIENCE):
                await wait_until(lambda: connections(server) == 0)
            assert places(server) == (0, 0), ahead


def client_hello() -> bytes:
    """Return what a client says first that speaks TLS."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="test")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


GARBAGE = {
    "TLS": client_hello(),
    "zeros": bytes(100_000),
    "empty lines": b"\r\n" * 50_000,
    "line feeds": b"\n" * 100_000,
    "returns": b"\r" * 100_000,
    "spaces": b" " * 100_000,
    "colons": b":" * 100_000,
    "anything": random.Random(1).randbytes(100_000),
    "anything in lines": random.Random(2).randbytes(1_000) + b"\r\n\r\n",
    "anything behind a line": b"GET / HTTP/1.1\r\n"
    + random.Random(3).randbytes(1_000)
    + b"\r\n\r\n",
    "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"EHLO test\r\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n",
    "a PROXY line": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "UTF-16": "GET / HTTP/1.1\r\nHost: test\r\n\r\n".encode("utf-16"),
}


async def test_garbage(front: Front, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2, LINGER_SECONDS_MAX=0.2)
    async with under_attack(front) as server:
        answers = await ask_all(server, GARBAGE)
        allowed = ([], [400], [408], [431], [505])
        assert {name: got for name, got in answers.items() if got not in allowed} == {}


async def test_garbage_behind_a_request(way: Way, hurry: Hurry) -> None:
    """The request was one, and is answered; what follows it harms nobody else."""
    hurry(HEAD_SECONDS_MAX=0.2, IDLE_SECONDS_MAX=0.2, LINGER_SECONDS_MAX=0.2)
    ahead = request("POST", way.write, event("mallory"))
    async with under_attack(way.front) as server:
        answers = await ask_all(server, {name: ahead + GARBAGE[name] for name in GARBAGE})
        allowed = tuple([way.written, *rest] for rest in ([], [400], [408], [431], [505]))
        assert {name: got for name, got in answers.items() if got not in allowed} == {}
