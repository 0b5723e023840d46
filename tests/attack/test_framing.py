"""Bodies whose chunks are not what they should be: refused, bounded, and without effect."""

from tests.attack.conftest import Hurry
from tests.attack.siege import Way, ask_all, attack, head, total, under_attack
from tests.wire.server import EVENT, Connection

CHUNKED = b"Transfer-Encoding: chunked"
LAST = b"0\r\n\r\n"
TEXT = b'{"user":{"id":"mallory"},"value":1}'
SIZE = b"%x" % len(TEXT)
WHOLE = SIZE + b"\r\n" + TEXT + b"\r\n"
"""The event as one chunk, without the last one."""

BROKEN = {
    "no size": b"\r\n" + TEXT + b"\r\n" + LAST,
    "a size that is no number": b"zz\r\n" + TEXT + b"\r\n" + LAST,
    "a negative size": b"-1\r\n" + TEXT + b"\r\n" + LAST,
    "a signed size": b"+" + WHOLE + LAST,
    "a prefixed size": b"0x" + WHOLE + LAST,
    "a space before the size": b" " + WHOLE + LAST,
    "a size of 63 bits": b"7fffffffffffffff\r\n" + TEXT,
    "a size of 68 bits": b"f" * 17 + b"\r\n" + TEXT,
    "a size that never ends": b"1" * 100_000,
    "a size of zeros that never ends": b"0" * 100_000,
    "a size that is too small": b"5\r\n" + TEXT + b"\r\n" + LAST,
    "a size that is too large": b"ff\r\n" + TEXT + b"\r\n" + LAST,
    "nothing behind the data": SIZE + b"\r\n" + TEXT + LAST,
    "bare line feeds": WHOLE.replace(b"\r", b"") + b"0\n\n",
    "an extension that never ends": SIZE + b";" + b"a" * 100_000,
    "no last chunk": WHOLE,
    "a trailer without a colon": WHOLE + b"0\r\nmallory\r\n\r\n",
    "a trailer with a NUL": WHOLE + b"0\r\nmal: l\0ory\r\n\r\n",
    "a trailer that never ends": WHOLE + b"0\r\nmallory: " + b"y" * 100_000,
    "trailers that never end": WHOLE + b"0\r\n" + b"mal: lory\r\n" * 10_000,
    "garbage": bytes(range(256)) * 100,
}
LOPSIDED = {
    "chunks of a byte": b"1\r\n \r\n" * 100_000,
    "chunks of a byte with long extensions": (b"1;" + b"a" * 8_000 + b"\r\n \r\n") * 1_000,
}


async def test_broken_chunks(way: Way, hurry: Hurry) -> None:
    hurry(BODY_SECONDS_MAX=0.2, LINGER_SECONDS_MAX=0.2)
    ahead = head("POST", way.write, CHUNKED)
    # Several of each: what goes wrong may depend on who is first.
    asked = {f"{name}, {n}": ahead + BROKEN[name] for name in BROKEN for n in range(5)}
    async with under_attack(way.front) as server:
        answers = await ask_all(server, asked)
        allowed = ([], [400], [404], [408], [413], [431])
        assert {name: got for name, got in answers.items() if got not in allowed} == {}
        assert await total(server, "mallory") is None


async def test_an_odd_extension(way: Way) -> None:
    """Nobody reads extensions, so it is one whether this one is refused."""
    body = SIZE + b";a\0b\r\n" + TEXT + b"\r\n" + LAST
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(head("POST", way.write, CHUNKED) + body)
        assert (await attacker.read()).status in (400, way.written)


async def test_more_around_a_body_than_in_it(way: Way, hurry: Hurry) -> None:
    hurry(BODY_SECONDS_MAX=0.5, LINGER_SECONDS_MAX=0.2)
    ahead = head("POST", way.write, CHUNKED)
    async with under_attack(way.front) as server:
        answers = await ask_all(server, {name: ahead + LOPSIDED[name] for name in LOPSIDED})
        allowed = ([], [400], [404], [408], [413])
        assert {name: got for name, got in answers.items() if got not in allowed} == {}


async def test_trailers_are_no_headers(way: Way) -> None:
    """A key in a trailer came behind the checks, and past what looks at heads before us."""
    trailers = b"0\r\nIdempotency-Key: same\r\nContent-Type: text/html\r\n\r\n"
    asked = head("POST", EVENT, CHUNKED) + WHOLE + trailers
    async with under_attack(way.front) as server:
        for _ in range(2):
            async with await attack(server) as attacker:
                await attacker.send(asked)
                assert (await attacker.read()).status == 201
        assert await total(server, "mallory") == 2


async def test_trailers_cannot_make_up_a_key(way: Way) -> None:
    trailers = b"0\r\nX-API-KEY: test.0123456789abcdef\r\n\r\n"
    lines = b"POST " + EVENT.encode() + b" HTTP/1.1\r\nHost: test\r\n"
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(lines + CHUNKED + b"\r\n\r\n" + WHOLE + trailers)
        assert (await Connection.read(attacker)).status == 401
        assert await total(server, "mallory") is None
