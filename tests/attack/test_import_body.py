"""`POST /admin/v1/import` is a body without an end, so it is the one that a client can hold open.

It may stall, drip, break off, be no text, or be more than the engine can take: memory stays within
bounds, what was acknowledged stays, and the same lines under the same name count nothing twice.

The other client only reads here: while a scope imports its history it takes no other commands.
"""

from functools import cache

import msgspec
import pytest
import trio

from api.front.server import Front
from tests.attack.conftest import Hurry
from tests.attack.siege import (
    PATIENCE,
    Attacker,
    Question,
    ask_all,
    attack,
    check_unharmed,
    connections,
    head,
    memory,
    standing_disk,
    under_attack,
)
from tests.wire.server import Answer, Running, request

IMPORT = "/admin/v1/import?name=attack"
CHUNKED = b"Transfer-Encoding: chunked"
ENDLESS = head("POST", IMPORT, b"Content-Length: 10000000000")
MEBIBYTE = 2**20
READING = Question(request("GET", "/admin/v1/status"), 200)


@cache
def lines(count: int, *, start: int = 0, padding: int = 0) -> bytes:
    """Return so many events of `ada`, a second apart."""
    return b"".join(
        msgspec.json.encode(
            {
                "key": "steps",
                "user": {"id": "ada", "name": "x" * padding},
                "value": 1,
                "timestamp": f"2024-03-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z",
            }
        )
        + b"\n"
        for n in range(start, start + count)
    )


def chunk(text: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(text), text)


async def last_record(server: Running) -> int:
    return (await server.ask("GET", "/admin/v1/status")).json["lastRecord"]


async def wait_recorded(server: Running, count: int) -> None:
    """Wait until so many records are in; the first ones are a server's own."""
    with trio.fail_after(PATIENCE):
        while await last_record(server) < count:
            pass


async def import_again(server: Running, count: int, padding: int = 0) -> Answer:
    """Import the same lines from the first on, and check that each counts once in the end."""
    answer = await server.ask("POST", IMPORT, lines(count, padding=padding))
    assert answer.status == 200, answer
    assert answer.json["applied"] + answer.json["replayed"] == count, answer
    steps = await server.ask("GET", "/v1/users/ada/metrics/steps")
    assert steps.json["current"] == count
    return answer


async def test_a_body_that_stalls(front: Front, hurry: Hurry) -> None:
    hurry(STREAM_SECONDS_MAX=0.2)
    async with under_attack(front, question=READING) as server:
        async with await attack(server) as attacker:
            await attacker.send(ENDLESS + lines(200))
            (answer,) = await attacker.answers()
            assert (answer.status, answer.headers.get("connection")) == (408, "close")
        again = await import_again(server, 300)
        assert again.json["replayed"] == 200


async def test_a_body_that_stalls_at_once(front: Front, hurry: Hurry) -> None:
    hurry(STREAM_SECONDS_MAX=0.2)
    async with under_attack(front, question=READING) as server:
        answers = await ask_all(
            server,
            {
                "length": ENDLESS,
                "chunked": head("POST", IMPORT, CHUNKED),
                "size": head("POST", IMPORT, CHUNKED) + b"ff",
                "chunk": head("POST", IMPORT, CHUNKED) + b"ff\r\n{",
                "line": head("POST", IMPORT, CHUNKED) + chunk(lines(1)[:20]),
                "last": head("POST", IMPORT, CHUNKED) + chunk(lines(1)) + b"0\r\n",
            },
        )
        assert {name: got for name, got in answers.items() if got != [408]} == {}


async def test_a_body_that_drips(front: Front, hurry: Hurry) -> None:
    """A pipe behind it may be slow; as long as something comes, it goes on."""
    hurry(STREAM_SECONDS_MAX=1, BODY_SECONDS_MAX=0.1, HANDLER_SECONDS_MAX=0.1)
    text = lines(2)
    async with under_attack(front, question=READING) as server, await attack(server) as attacker:
        await attacker.send(head("POST", IMPORT, b"Content-Length: %d" % len(text)))
        await attacker.drip(text, 0.002)
        answer = await attacker.read()
        assert (answer.status, answer.json["applied"]) == (200, 2)


async def test_a_body_that_breaks_off(front: Front, hurry: Hurry) -> None:
    hurry(LINGER_SECONDS_MAX=0.2)
    async with under_attack(front, question=READING) as server:
        for ahead in (ENDLESS + lines(150), head("POST", IMPORT, CHUNKED) + chunk(lines(150))):
            async with await attack(server) as attacker:
                await attacker.send(ahead)
                await wait_recorded(server, 150)
                await attacker.end_sending()
                statuses = [answer.status for answer in await attacker.answers()]
                assert statuses in ([], [400])
        again = await import_again(server, 300)
        assert again.json["replayed"] == 150


async def test_a_body_with_broken_chunks(front: Front, hurry: Hurry) -> None:
    hurry(LINGER_SECONDS_MAX=0.2)
    ahead = head("POST", IMPORT, CHUNKED) + chunk(lines(150))
    broken = {
        "no size": b"\r\n",
        "no number": b"zz\r\n",
        "negative": b"-1\r\n",
        "a size that never ends": b"1" * 100_000,
        "an extension that never ends": b"1;" + b"x" * 100_000,
        "trailers that never end": b"0\r\n" + b"x: y\r\n" * 20_000,
    }
    async with under_attack(front, question=READING) as server:
        answers = await ask_all(server, {name: ahead + broken[name] for name in broken})
        allowed = ([400], [413], [431])
        assert {name: got for name, got in answers.items() if got not in allowed} == {}
        again = await import_again(server, 300)
        assert again.json["replayed"] in range(151)  # what was not acknowledged may be in


async def test_a_client_that_resets(front: Front) -> None:
    async with under_attack(front, question=READING) as server:
        for start in (0, 100, 200):
            attacker = await attack(server)
            await attacker.send(ENDLESS + lines(start + 100))
            await wait_recorded(server, start + 100)
            await attacker.reset()
        again = await import_again(server, 1_000)
        assert again.json["replayed"] >= 300


async def test_many_clients_that_reset(front: Front) -> None:
    """In the middle of reading, of applying, of waiting for the disk: all of it at once."""

    async def come_and_go(wait: float) -> None:
        attacker = await attack(server)
        await attacker.send(ENDLESS + lines(500))
        await attacker.listen(wait)
        await attacker.reset()

    async with under_attack(front, question=READING) as server:
        async with trio.open_nursery() as nursery:
            for wait in (0, 0.001, 0.002, 0.005, 0.01, 0.02):
                nursery.start_soon(come_and_go, wait)
        await import_again(server, 600)


async def test_garbage(front: Front) -> None:
    """Every line is refused by itself; the good ones between them are in."""
    garbage = bytes(range(256)) * 40
    text = (
        garbage + b"\n" + lines(10) + b"\n" * 1_000 + garbage + b"[" * 10_000 + b"\n" + b'"\\ud800"'
    )
    async with under_attack(front, question=READING) as server:
        answer = await server.ask("POST", IMPORT, text)
        assert answer.status == 200
        assert (answer.json["applied"], answer.json["replayed"]) == (10, 0)
        refused = answer.json["results"]
        assert len(refused) == answer.json["refused"] > 40
        assert {result["code"] for result in refused} <= {"malformed", "invalid_input"}


async def test_a_line_of_20_megabytes(front: Front) -> None:
    async with under_attack(front, question=READING) as server:
        before = memory()
        async with await attack(server) as attacker:
            await attacker.send(head("POST", IMPORT, b"Content-Length: 20000100"))
            for _ in range(200):
                await attacker.send(b"x" * 100_000)
            await attacker.send(b"\n" * 100)
            answer = await attacker.read()
        assert (answer.status, answer.json["refused"]) == (200, 1)
        assert answer.json["results"][0]["line"] == 1
        assert memory() - before < 16 * MEBIBYTE


async def send_in_vain(attacker: Attacker, text: bytes) -> int:
    """Send until the server takes no more; return how many bytes it and the system took."""
    await attacker.send(ENDLESS)
    return await attacker.flood(text, pause=0.3)


async def test_a_body_that_the_engine_cannot_take(front: Front) -> None:
    """50 MB for a disk that stands still: they stay with the client, not in our memory."""
    text = lines(10_000, padding=200)
    text *= 50 * 10**6 // len(text)
    async with standing_disk(front) as standing:
        server, before = standing.server, memory()
        attacker = await attack(server)
        assert await send_in_vain(attacker, text) < len(text)
        assert connections(server) == 1, "it is pressed back, not cut off"
        assert memory() - before < 32 * MEBIBYTE
        await attacker.reset()
        standing.move()
        await import_again(server, 10_000, padding=200)  # more than was in
        await check_unharmed(server, READING)


async def test_many_bodies_that_the_engine_cannot_take(front: Front) -> None:
    text = lines(10_000, padding=200) * 2
    async with standing_disk(front) as standing:
        server, before = standing.server, memory()
        attackers = [await attack(server) for _ in range(5)]
        async with trio.open_nursery() as nursery:
            for attacker in attackers:
                nursery.start_soon(send_in_vain, attacker, text)
        assert memory() - before < 64 * MEBIBYTE
        for attacker in attackers:
            await attacker.reset()
        standing.move()
        await check_unharmed(server, READING)


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
async def test_a_flood_behind_a_request_that_waits(front: Front, connection: bytes) -> None:
    """What follows a request is not kept while its answer waits for the disk."""
    async with standing_disk(front) as standing:
        server, before = standing.server, memory()
        attacker = await attack(server)
        asked = head("POST", IMPORT, CHUNKED, b"Connection: " + connection)
        await attacker.send(asked + chunk(lines(10)) + b"0\r\n\r\n")
        await standing.wait_commit()
        await attacker.flood(bytes(50 * 10**6), pause=0.3)
        assert memory() - before < 32 * MEBIBYTE
        await attacker.reset()
        standing.move()
        await check_unharmed(server, READING)


async def test_an_import_that_is_refused_early(front: Front, hurry: Hurry) -> None:
    """The answer comes before the body has ended, and the connection does not wait for the rest."""
    hurry(LINGER_SECONDS_MAX=0.2)
    text = lines(10_000)
    asked = {
        "another key": request("POST", IMPORT, text * 10, key="test.another-key"),
        "no such setting": request("POST", "/admin/v1/import?x=y", text * 10),
        "no instant": request("POST", "/admin/v1/import?finishAt=x", text * 10),
    }
    async with under_attack(front, question=READING) as server:
        answers = await ask_all(server, asked)
        allowed = ([400], [401], [422])
        assert {name: got for name, got in answers.items() if got not in allowed} == {}
