"""Clients that take their time: with a head, a body, the answers, or with saying anything at all.

None may wait for longer than its limit, whatever it does in between; and nobody waits for it.
"""

import pytest
import trio

from api.front.server import Front
from tests.attack.conftest import Hurry
from tests.attack.siege import (
    BEHIND,
    LANE,
    PAGE,
    PATIENCE,
    QUART,
    Way,
    ask_all,
    attack,
    connections,
    crowded_disk,
    cut_off,
    head,
    memory,
    total,
    under_attack,
    wait_until,
)
from tests.wire.server import EVENT, event, request

SHORT = 0.2
"""Seconds of a limit."""
PAUSE = 0.02
"""Between two bytes; many of them are far more than any limit."""
MEBIBYTE = 2**20


async def test_a_byte_of_a_head_at_a_time(way: Way, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=SHORT)

    async def drip(start: bytes, answered: list[int]) -> None:
        async with await attack(server) as attacker:
            await attacker.send(start)
            for status in answered:
                assert (await attacker.read()).status == status
            await attacker.drip(head("GET", way.read, b"X: " + b"x" * 10_000), PAUSE)
            assert [answer.status for answer in await attacker.answers()] in ([], [408])

    async with under_attack(way.front) as server, trio.open_nursery() as nursery:
        nursery.start_soon(drip, b"", [])
        nursery.start_soon(drip, b"\r\n", [])
        nursery.start_soon(drip, request("POST", EVENT, event("ada")), [201])
        nursery.start_soon(drip, request("GET", "/healthz") * 3, [200] * 3)


async def test_a_line_of_a_head_at_a_time(way: Way, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=SHORT)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(head("GET", way.read)[:-2])
        for number in range(1_000):
            await attacker.send(b"X-%d: y\r\n" % number)
            if not await attacker.listen(PAUSE):
                break
        statuses = [answer.status for answer in await attacker.answers()]
        assert statuses in ([], [408])


@pytest.mark.parametrize("way", [LANE, QUART], ids=lambda way: way.name)
@pytest.mark.parametrize("framing", [b"Content-Length: 10000", b"Transfer-Encoding: chunked"])
async def test_a_byte_of_a_body_at_a_time(way: Way, hurry: Hurry, framing: bytes) -> None:
    hurry(BODY_SECONDS_MAX=SHORT)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(head("POST", way.write, framing))
        for _ in range(10_000):
            await attacker.send(b" " if framing.endswith(b"0") else b"1\r\n \r\n")
            if not await attacker.listen(PAUSE):
                break
        assert [answer.status for answer in await attacker.answers()] == [408]
        assert cut_off(server, "slow body") in (0, 1)


async def test_a_byte_at_a_time_of_a_body_that_nobody_wants(hurry: Hurry) -> None:
    hurry(LINGER_SECONDS_MAX=SHORT)
    async with under_attack("both") as server, await attack(server) as attacker:
        await attacker.send(head("POST", BEHIND.write, b"Content-Length: 10000"))
        await attacker.drip(b" " * 10_000, PAUSE)
        assert [answer.status for answer in await attacker.answers()] == [404]


async def test_a_body_that_never_comes(way: Way, hurry: Hurry) -> None:
    hurry(BODY_SECONDS_MAX=SHORT)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(head("POST", way.write, b"Content-Length: 10"))
        assert [answer.status for answer in await attacker.answers()] in ([404], [408])


async def test_a_late_body_that_looks_like_a_head(way: Way, hurry: Hurry) -> None:
    """Whether an answer has a body is said by its request, and by nothing that follows it."""
    hurry(BODY_SECONDS_MAX=SHORT, LINGER_SECONDS_MAX=SHORT)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(head("POST", way.write, b"Content-Length: 100"))
        await attacker.listen(PAUSE)
        await attacker.send(b"HEAD / HTTP/1.1\r\n")
        (answer,) = await attacker.answers()
        assert answer.status in (404, 408)
        assert answer.json["error"]


async def test_a_body_that_is_to_be_asked_for(way: Way, hurry: Hurry) -> None:
    hurry(BODY_SECONDS_MAX=SHORT)
    async with under_attack(way.front) as server, await attack(server) as attacker:
        asked = head("POST", way.write, b"Content-Length: 10", b"Expect: 100-continue")
        await attacker.send(asked)
        statuses = [answer.status for answer in await attacker.answers()]
        assert statuses[-1] in (404, 408)


async def test_saying_nothing(front: Front, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=SHORT, IDLE_SECONDS_MAX=SHORT)
    async with under_attack(front) as server:
        asked = {
            f"{count} lines, {n}": b"\r\n" * count for count in (0, 1, 1_000) for n in range(10)
        }
        answers = await ask_all(server, asked)
        assert {name: got for name, got in answers.items() if got} == {}


async def test_saying_nothing_behind_an_answer(way: Way, hurry: Hurry) -> None:
    hurry(HEAD_SECONDS_MAX=SHORT, IDLE_SECONDS_MAX=SHORT)
    async with under_attack(way.front) as server:
        asked = {str(number): request("GET", way.read) for number in range(20)}
        answers = await ask_all(server, asked)
        assert {name: got for name, got in answers.items() if got != [404]} == {}


async def test_not_leaving_when_told_to(way: Way, hurry: Hurry) -> None:
    """After the last answer our side ends; theirs may stay open no longer than we linger."""
    hurry(LINGER_SECONDS_MAX=SHORT)
    async with under_attack(way.front) as server:
        stubborn = await attack(server)
        await stubborn.send(request("GET", way.read, headers={"Connection": "close"}))
        assert [answer.status for answer in await stubborn.answers()] == [404]
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: connections(server) == 1)
        await stubborn.stream.aclose()


async def test_not_reading_large_answers(front: Front, hurry: Hurry) -> None:
    """Ten thousand pages are a gigabyte; not a hundredth of it may be made, let alone kept."""
    hurry(WRITE_SECONDS_MAX=SHORT, LINGER_SECONDS_MAX=0.1)
    disk = await crowded_disk()
    async with under_attack(front, disk=disk) as server:
        before = memory()
        async with await attack(server, window=4_096) as attacker:
            await attacker.flood(request("GET", PAGE) * 10_000, pause=0.3)
            with trio.fail_after(PATIENCE):
                await wait_until(lambda: cut_off(server, "slow reader") == 1)
                await wait_until(lambda: connections(server) == 1)
        assert memory() - before < 32 * MEBIBYTE


async def test_not_reading_on_many_connections(front: Front, hurry: Hurry) -> None:
    hurry(WRITE_SECONDS_MAX=SHORT, LINGER_SECONDS_MAX=0.1)
    disk = await crowded_disk()
    async with under_attack(front, disk=disk) as server:
        before = memory()
        attackers = [await attack(server, window=4_096) for _ in range(3)]
        for attacker in attackers:
            await attacker.send(request("GET", PAGE) * 100)
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: cut_off(server, "slow reader") == len(attackers))
            await wait_until(lambda: connections(server) == 1)
        for attacker in attackers:
            await attacker.stream.aclose()
        assert memory() - before < 32 * MEBIBYTE


async def test_reading_a_little_at_a_time(front: Front, hurry: Hurry) -> None:
    hurry(WRITE_SECONDS_MAX=SHORT, LINGER_SECONDS_MAX=0.1)
    disk = await crowded_disk()
    async with under_attack(front, disk=disk) as server:
        async with await attack(server, window=4_096) as attacker:
            await attacker.send(request("GET", PAGE) * 200)
            with trio.fail_after(PATIENCE):
                await wait_until(lambda: connections(server) == 2)
                while connections(server) == 2:
                    with trio.move_on_after(PAUSE):
                        await attacker.stream.receive_some(1)
                        await trio.sleep_forever()
        assert cut_off(server, "slow reader") == 1


@pytest.mark.parametrize("way", [LANE, QUART], ids=lambda way: way.name)
async def test_ten_thousand_requests_at_once(way: Way) -> None:
    """From one who reads: every answer is there, whole and in order, and nothing piles up."""
    times = 10_000 if way is LANE else 500
    async with under_attack(way.front) as server:
        before = memory()
        async with await attack(server) as attacker, trio.open_nursery() as nursery:
            nursery.start_soon(attacker.send, request("GET", "/healthz") * times)
            for _ in range(times):
                assert (await attacker.read()).status == 200
        assert memory() - before < 32 * MEBIBYTE


async def test_ten_thousand_requests_that_are_handed_over() -> None:
    """The first is answered and the connection closed; the others are nobody's."""
    async with under_attack("both") as server, await attack(server) as attacker:
        await attacker.flood(request("GET", BEHIND.read) * 10_000, pause=1)
        assert [answer.status for answer in await attacker.answers()] == [404]


async def test_ten_thousand_events_that_nobody_wants_to_hear_of(hurry: Hurry) -> None:
    """The client is cut off; what was applied until then was applied."""
    hurry(WRITE_SECONDS_MAX=0.2, LINGER_SECONDS_MAX=0.1)
    async with under_attack("both") as server:
        before = memory()
        async with await attack(server, window=4_096) as attacker:
            await attacker.flood(request("POST", EVENT, event("mallory")) * 10_000, pause=0.5)
            with trio.fail_after(PATIENCE):
                await wait_until(lambda: cut_off(server, "slow reader") == 1)
                await wait_until(lambda: connections(server) == 1)
        assert 0 < (await total(server, "mallory") or 0) <= 10_000
        assert memory() - before < 64 * MEBIBYTE
