"""Bodies that are no event: too deep, too long, not UTF-8, not JSON, or JSON with a twist.

Each is refused as the client's fault and leaves nothing behind; the few that are events after all
are applied once.
"""

import json

import trio

from api.front.server import Front
from tests.attack.siege import PATIENCE, ask_all, attack, head, total, under_attack
from tests.wire.server import EVENT, event, request

EVENT_SIZE_MAX = 16 * 1024


def valued(value: str) -> bytes:
    return b'{"user":{"id":"mallory"},"value":%b}' % value.encode()


def named(name: bytes) -> bytes:
    return b'{"user":{"id":"mallory","name":%b},"value":1}' % name


REFUSED = {
    "nothing": b"",
    "a space": b" ",
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "a text": b'"x"',
    "half an object": b'{"user":{"id":"mallory"},"value":1',
    "two objects": valued("1") + valued("1"),
    "something behind": valued("1") + b"x",
    "a mark of byte order": b"\xef\xbb\xbf" + valued("1"),
    "UTF-16": valued("1").decode().encode("utf-16"),
    "a comment": b"/**/" + valued("1"),
    "a comma too many": b'{"user":{"id":"mallory"},"value":1,}',
    "single quotes": b"{'user':{'id':'mallory'},'value':1}",
    "100,000 brackets": b"[" * 100_000,
    "16,000 brackets": b"[" * 16_000,
    "16,000 braces": b'{"a":' * 3_000,
    "a deep value": valued("[" * 5_000 + "]" * 5_000),
    "a deep unknown field": b'{"x":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a deep attribute": b'{"user":{"id":"mallory"},"value":1,"attributes":{"via":' + b"[" * 7_000,
    "brackets and quotes that never end": b"[" * 40 + b'"' + b'\\"' * 8_000,
    "brackets and quotes": b"[" * 40 + b'"' * 16_000,
    "brackets in strings": b'{"' + b"[" * 16_000 + b'":1}',
    "bad UTF-8": named(b'"\xff\xfe"'),
    "UTF-8 that is cut short": named(b'"\xe2\x82"'),
    "an overlong NUL": named(b'"\xc0\x80"'),
    "a surrogate in UTF-8": named(b'"\xed\xa0\x80"'),
    "a lone surrogate": named(b'"\\ud800"'),
    "a lone low surrogate": named(b'"\\udc00"'),
    "surrogates, turned": named(b'"\\udc00\\ud800"'),
    "half an escape": named(b'"\\u12"'),
    "an unknown escape": named(b'"\\x41"'),
    "a raw NUL": named(b'"\0"'),
    "a raw line feed": named(b'"\n"'),
    "a lone surrogate for an id": b'{"user":{"id":"\\ud800"},"value":1}',
    "a lone surrogate for a key": b'{"\\ud800":1,"user":{"id":"mallory"},"value":1}',
    "an empty id": b'{"user":{"id":""},"value":1}',
    "a long id": b'{"user":{"id":"%b"},"value":1}' % (b"x" * 10_000),
    "a number for an id": b'{"user":{"id":1},"value":1}',
    "NaN": valued("NaN"),
    "Infinity": valued("Infinity"),
    "-Infinity": valued("-Infinity"),
    "a huge exponent": valued("1e999999999"),
    "a huge exponent with a sign": valued("-1e+999999999"),
    "an exponent of many digits": valued("1e" + "9" * 1_000),
    "10,000 digits": valued("9" * 10_000),
    "10,000 places": valued("0." + "1" * 10_000),
    "2^64": valued(str(2**64)),
    "2^1024": valued(str(2**1024)),
    "a leading zero": valued("01"),
    "a plus": valued("+1"),
    "a point alone": valued("."),
    "hexadecimal": valued("0x10"),
    "a text for a value": valued('"1"'),
    "true for a value": valued("true"),
    "null for a value": valued("null"),
    "no value": b'{"user":{"id":"mallory"}}',
    "no user": b'{"value":1}',
    "an unknown field": b'{"user":{"id":"mallory"},"value":1,"x":1}',
    "a field with markup": b'{"<script>":1,"user":{"id":"mallory"},"value":1}',
    "many fields": json.dumps({f"x{n}": n for n in range(1_000)}).encode(),
    "many attributes": b'{"user":{"id":"mallory"},"value":1,"attributes":%b}'
    % json.dumps({f"x{n}": "" for n in range(900)}).encode(),
    "an attribute nobody knows": b'{"user":{"id":"mallory"},"value":1,"attributes":{"x":"y"}}',
    "__class__": b'{"user":{"id":"mallory","__class__":"x"},"value":1}',
    "an odd zone": b'{"user":{"id":"mallory","tz":"../../etc/passwd"},"value":1}',
    "a long event": valued("1") + b" " * EVENT_SIZE_MAX,
}
TAKEN = {
    "a small exponent": valued("1e-999999999"),
    "minus zero": valued("-0.0"),
    "the same field twice": b'{"user":{"id":"x"},"user":{"id":"mallory"},"value":5,"value":1}',
    "spaces": b" \t\r\n" * 1_000 + valued("1"),
    "a pair of surrogates": named(b'"\\ud83d\\ude00"'),
    "an escaped id": b'{"user":{"id":"\\u006d\\u0061llory"},"value":1}',
}
TYPES = (
    b"text/plain",
    b"text/html; charset=utf-16",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=x",
    b"multipart/form-data",
    b"application/json; charset=no-such",
    b"\xff\xfe",
    b"",
    b";;;;",
    b"x" * 10_000,
)


async def test_what_is_no_event(front: Front) -> None:
    asked = {name: request("POST", EVENT, REFUSED[name]) for name in REFUSED}
    closing = {
        name: text.replace(b"Host", b"Connection: close\r\nHost") for name, text in asked.items()
    }
    async with under_attack(front) as server:
        answers = await ask_all(server, closing)
        allowed = ([400], [413], [422])
        assert {name: got for name, got in answers.items() if got not in allowed} == {}
        assert await total(server, "mallory") is None
        status = await server.ask("GET", "/admin/v1/status")
        assert status.json["users"] == 1, "the other client's"


async def test_what_is_an_event_after_all(front: Front) -> None:
    async with under_attack(front) as server:
        for text in TAKEN.values():
            answer = await server.ask("POST", EVENT, text)
            assert answer.status == 201, (text, answer)
        assert await total(server, "mallory") == len(TAKEN) - 2


async def test_types_that_are_not_json(front: Front) -> None:
    """A content type is not looked at: the route says what a body is."""
    asked = {
        str(kind): head(
            "POST", EVENT, b"Connection: close", b"Content-Type: " + kind, b"Content-Length: 35"
        )
        + valued("1")
        for kind in TYPES
    }
    async with under_attack(front) as server:
        answers = await ask_all(server, asked)
        assert {name: got for name, got in answers.items() if got not in ([201], [415])} == {}


async def test_compressed_bodies(front: Front) -> None:
    """Never unpacked, so there is no bomb to be unpacked."""
    asked = {
        str(coding): head("POST", EVENT, b"Content-Encoding: " + coding, b"Content-Length: 35")
        + valued("1")
        for coding in (b"gzip", b"deflate", b"br", b"identity, gzip", b"x" * 1_000)
    }
    async with under_attack(front) as server:
        answers = await ask_all(server, asked)
        assert {name: got for name, got in answers.items() if got != [415]} == {}


async def test_no_body_takes_long_to_refuse(front: Front) -> None:
    """One client's text may not hold up the others: all share one thread."""
    async with under_attack(front) as server, await attack(server) as attacker:
        for name, text in REFUSED.items():
            if 1_000 < len(text) <= EVENT_SIZE_MAX:
                before = trio.current_time()
                await attacker.send(request("POST", EVENT, text))
                assert (await attacker.read()).status in (400, 422), name
                assert trio.current_time() - before < 0.25, name


async def test_bodies_that_are_too_large(front: Front) -> None:
    """Refused by the head where it says so, else once they have become too large."""
    length, chunked = b"Content-Length: %d", b"Transfer-Encoding: chunked"
    wait = b"Expect: 100-continue"
    chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
    other_key = request("POST", EVENT, bytes(4_000_000), key="test.not-this-one")
    asked = {
        "1 GiB, announced": head("POST", EVENT, length % 2**30),
        "1 GiB, announced and waited for": head("POST", EVENT, length % 2**30, wait),
        "100 PB, announced": head("POST", EVENT, length % 10**17),
        "a byte too much": head("POST", EVENT, length % (EVENT_SIZE_MAX + 1)),
        "a byte too much, sent": request("POST", EVENT, bytes(EVENT_SIZE_MAX + 1)),
        "4 MB": request("POST", EVENT, bytes(4_000_000)),
        "4 MB in chunks": head("POST", EVENT, chunked) + chunk * 60,
        "5 MB of configuration": request("PUT", "/admin/v1/configuration", bytes(5_000_000)),
    }
    elsewhere = {
        "1 GiB, announced, nowhere": head("POST", "/nothing", length % 2**30),
        "4 MB nowhere": request("POST", "/nothing", bytes(4_000_000)),
        "4 MB in chunks nowhere": head("POST", "/nothing", chunked) + chunk * 60,
        "4 MB with another key": other_key,
        "4 MB for a read": request("GET", "/v1/users/nobody", bytes(4_000_000)),
        "4 MB for a probe": request("GET", "/healthz", bytes(4_000_000)),
        "4 MB with a wrong method": request("DELETE", EVENT, bytes(4_000_000)),
    }
    async with under_attack(front) as server:
        with trio.fail_after(PATIENCE):
            answers = await ask_all(server, asked)
            assert {name: got for name, got in answers.items() if got != [413]} == {}
            answers = await ask_all(server, elsewhere)
            allowed = ([400], [401], [404], [405], [413])
            assert {name: got for name, got in answers.items() if got not in allowed} == {}


async def test_ids_and_keys_that_are_odd(front: Front) -> None:
    paths = (
        "%00",
        "%ff",
        "%ed%a0%80",
        "%2e%2e%2f",
        "%",
        "x" * 5_000,
        "%F0%9F%98%80",
        "%0d%0aSet-Cookie:x=y",
    )
    async with under_attack(front) as server:
        for path in paths:
            answer = await server.ask("GET", f"/v1/users/{path}")
            assert answer.status in (400, 404, 422), path
            assert "set-cookie" not in answer.headers
            answer = await server.ask("GET", f"/v1/leaderboards/walk?userId={path}")
            assert answer.status in (200, 400, 404, 422), path
        for key in ("\x7f", "ä" * 200, "x" * 10_000, "\ud800".encode("utf-8", "surrogatepass")):
            raw = key if isinstance(key, bytes) else key.encode()
            async with await attack(server) as attacker:
                await attacker.send(
                    head("POST", EVENT, b"Idempotency-Key: " + raw, b"Content-Length: 35")
                    + valued("1")
                )
                assert (await attacker.read()).status in (201, 400, 422), raw[:20]
        assert (await server.ask("POST", EVENT, event("ada"))).status == 201
