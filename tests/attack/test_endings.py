"""Clients that leave, politely or not, at every point of a request: half closed, or reset.

A request that was whole when the client closed its half is answered by the lane; Hypercorn takes
a closed half for a client that has left. Whatever was applied was applied whole, and sending it
again under its key makes no second effect.
"""

import pytest
import trio

from api.front.limits import PIPELINED_MAX
from api.front.server import Front
from tests.attack.conftest import Hurry
from tests.attack.siege import (
    PAGE,
    PATIENCE,
    Way,
    attack,
    check_unharmed,
    connections,
    crowded_disk,
    head,
    performed,
    standing_disk,
    total,
    under_attack,
    wait_until,
)
from tests.wire.server import EVENT, event, request

KEYED = {"Idempotency-Key": "once"}


def states(path: str) -> dict[str, tuple[bytes, int]]:
    """Return what a client has sent when it leaves, and how many whole requests that is."""
    whole = request("POST", path, event("mallory"))
    chunked = head("POST", path, b"Transfer-Encoding: chunked")
    return {
        "before anything": (b"", 0),
        "in a line": (whole[:10], 0),
        "in a head": (whole[:40], 0),
        "behind a head": (whole[: whole.index(b"\r\n\r\n") + 4], 0),
        "in a body": (whole[:-5], 0),
        "in a chunk's size": (chunked + b"1", 0),
        "in a chunk": (chunked + b'ff\r\n{"user"', 0),
        "behind a chunk": (chunked + b"1\r\n{\r\n", 0),
        "in a trailer": (chunked + b"1\r\n{\r\n0\r\nx", 0),
        "behind a request": (whole, 1),
        "in the next head": (whole + whole[:20], 1),
        "behind two": (whole * 2, 2),
        "behind two, in a third": (whole * 2 + whole[:-5], 2),
    }


STATES = list(states(""))


@pytest.mark.parametrize("state", STATES)
async def test_half_closed(way: Way, hurry: Hurry, state: str) -> None:
    hurry(LINGER_SECONDS_MAX=0.2)
    sent, whole = states(way.write)[state]
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(sent)
        await attacker.end_sending()
        statuses = [answer.status for answer in await attacker.answers()]
        applied = await total(server, "mallory") or 0
        if way.name == "lane":
            assert statuses == [201] * whole
            assert applied == whole
        else:
            assert set(statuses) <= {way.written, 400, 404}
            assert applied in range(whole + 1)


@pytest.mark.parametrize("state", STATES)
async def test_half_closed_after_a_while(way: Way, hurry: Hurry, state: str) -> None:
    """The server has looked at what was sent, and waits for more, when the half is closed."""
    hurry(LINGER_SECONDS_MAX=0.2)
    sent, whole = states(way.write)[state]
    async with under_attack(way.front) as server, await attack(server) as attacker:
        await attacker.send(sent)
        await attacker.listen(0.02)
        await attacker.end_sending()
        statuses = [answer.status for answer in await attacker.answers()]
        if way.name != "handed over":
            assert statuses[:whole] == [201] * whole
            assert set(statuses[whole:]) <= {400}
            assert await total(server, "mallory") == (whole or None)


@pytest.mark.parametrize("state", STATES)
async def test_reset(way: Way, hurry: Hurry, state: str) -> None:
    hurry(LINGER_SECONDS_MAX=0.2)
    sent, whole = states(way.write)[state]

    async def leave(wait: float) -> None:
        attacker = await attack(server)
        await attacker.send(sent)
        await attacker.listen(wait)
        await attacker.reset()

    async with under_attack(way.front) as server:
        async with trio.open_nursery() as nursery:
            for wait in (0, 0, 0.001, 0.005, 0.02):
                nursery.start_soon(leave, wait)
        applied = await total(server, "mallory") or 0
        assert applied in range(5 * whole + 1)


@pytest.mark.parametrize("manner", ["reset", "half closed", "closed"])
@pytest.mark.parametrize("behind", [0, 1, 100])
async def test_leaving_while_the_disk_works(front: Front, manner: str, behind: int) -> None:
    """Nobody else can be answered meanwhile either: answers show what is on disk."""
    asked = request("POST", EVENT, event("mallory"), headers=KEYED)
    async with standing_disk(front) as standing:
        server, attacker = standing.server, await attack(standing.server)
        await attacker.send(asked + request("GET", "/v1/users/mallory") * behind)
        await standing.wait_commit()
        await attacker.listen(0.02)
        match manner:
            case "reset":
                await attacker.reset()
            case "half closed":
                await attacker.end_sending()
            case _:
                await attacker.stream.aclose()
        with trio.move_on_after(0.05):  # some notice at once, some when they write
            await wait_until(lambda: connections(server) == 0)
        standing.move()
        if manner == "half closed":
            statuses = [answer.status for answer in await attacker.answers()]
            if front == "both":
                assert statuses == [201] + [200] * behind
            await attacker.stream.aclose()
        again = await server.ask("POST", EVENT, event("mallory"), headers=KEYED)
        assert again.status in (201, 202)
        assert await total(server, "mallory") == 1
        await check_unharmed(server)


async def test_more_behind_the_last_request(front: Front) -> None:
    """The client said that this was all; what it sends all the same takes no answer away."""
    asked = request("POST", EVENT, event("mallory"), headers={"Connection": "close"})
    async with standing_disk(front) as standing:
        async with await attack(standing.server) as attacker:
            await attacker.send(asked)
            await standing.wait_commit()
            for _ in range(3):
                await attacker.send(b"and another thing")
                await attacker.listen(0.02)
            standing.move()
            assert [answer.status for answer in await attacker.answers()] == [201]
        await check_unharmed(standing.server)


async def test_many_leave_while_the_disk_works(front: Front) -> None:
    async with standing_disk(front) as standing:
        server = standing.server
        attackers = [await attack(server) for _ in range(100)]
        for number, attacker in enumerate(attackers):
            key = {"Idempotency-Key": str(number)}
            await attacker.send(request("POST", EVENT, event("mallory"), headers=key))
        await standing.wait_commit()
        for attacker in attackers:
            await attacker.reset()
        standing.move()
        for number in range(len(attackers)):
            key = {"Idempotency-Key": str(number)}
            again = await server.ask("POST", EVENT, event("mallory"), headers=key)
            assert again.status in (201, 202)
        assert await total(server, "mallory") == len(attackers)
        await check_unharmed(server)


async def test_leaving_without_reading(way: Way, hurry: Hurry) -> None:
    """What was sent is unread when the client closes, so its system resets the connection."""
    hurry(LINGER_SECONDS_MAX=0.2)
    async with under_attack(way.front) as server:
        for _ in range(20):
            async with await attack(server) as attacker:
                await attacker.send(request("GET", way.read) * 20)


async def test_what_is_left_of_one_who_left(front: Front, hurry: Hurry) -> None:
    """Requests that nobody waits for are not answered one after the other into the void."""
    hurry(LINGER_SECONDS_MAX=0.2)
    disk = await crowded_disk()
    async with under_attack(front, disk=disk) as server:
        attacker = await attack(server)
        await attacker.send(request("GET", PAGE) * 600)
        assert (await attacker.read()).status == 200
        await attacker.reset()
        with trio.fail_after(PATIENCE):
            await wait_until(lambda: connections(server) == 1)
        assert performed(server, "leaderboards.get") <= 2 * PIPELINED_MAX
