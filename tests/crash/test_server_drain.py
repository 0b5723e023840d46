"""Between being told to stop and the end: what is under way, what comes, what fails (G11, G9).

A server in the test's own process, so that the test has a hold on the disk.
"""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from api.front.messages import Head
from api.front.server import Front
from engine.model.errors import EngineFailed
from persistence.memory import MemoryDisk
from tests.crash.directories import DOCUMENT, LONG_NAME, USERS, Game
from tests.crash.load import in_flight, until
from tests.crash.rude import PAGE, slow_connection, wait_stuck
from tests.crash.server_life import SOON_S_MAX
from tests.unit.games import Gate
from tests.wire.server import EVENT, Answer, Connection, Running, event, request, running

ROWS = 40
"""Of a page that fits into the system's buffers at the server's end, and not at the client's."""
TICKS = 12
"""Steps of the loop in which a request is answered, or all that is idle has ended."""
ADA = "/v1/users/ada/metrics/steps"


async def held(server: Running, disk: MemoryDisk, connection: Connection) -> Gate:
    """Send an event and hold its commit back; tell the server to stop meanwhile."""
    disk.log.delay = gate = Gate()
    await connection.send(request("POST", EVENT, event(), headers={"Idempotency-Key": "held"}))
    await until(lambda: gate.waiting > 0)
    server.stop.set()
    await server.service.stopping.wait()
    return gate


async def expect_ada(disk: MemoryDisk, steps: int) -> None:
    disk.log.delay = None
    async with running(disk=disk) as server:
        assert (await server.ask("GET", ADA)).json["current"] == steps


async def test_a_request_in_a_commit_is_answered(front: Front) -> None:
    disk = MemoryDisk()
    async with running(front, disk=disk) as server, await server.connect() as connection:
        gate = await held(server, disk, connection)
        with trio.move_on_after(0.1) as waiting:
            await connection.stream.receive_some(1)
        assert waiting.cancelled_caught, "answered, or ended, before it was on disk"
        gate.let(1_000)
        answer = await connection.read()
        assert (answer.status, answer.headers["connection"]) == (201, "close")
        assert await connection.read_end() == b""
    await expect_ada(disk, 1)


async def test_a_request_at_the_instant_of_the_stop(front: Front) -> None:
    """Whichever is first by however little: it is answered, or refused, or was never read."""
    ends: Counter[str] = Counter()
    for ticks in [*range(-TICKS, TICKS)] * 6:
        disk = MemoryDisk()
        began_at = trio.current_time()
        async with running(front, disk=disk) as server, await server.connect() as connection:
            await connection.send(request("POST", EVENT, event()))
            assert (await connection.read()).status == 201
            disk.log.delay = take_ticks
            async with await server.connect() as another:
                await another.send(request("POST", EVENT, event("grace")))
                answer = await at_once(server, connection, ticks)
        cut_off = server.service.telemetry.exposition().decode()
        assert "slow reader" not in cut_off, f"{ticks}: it read all that it was sent, {answer}"
        assert trio.current_time() - began_at < SOON_S_MAX, f"{ticks}: {answer}"
        end = "unread" if answer is None else answer.json.get("code", "answered")
        assert end in ("answered", "closed", "unread"), f"{ticks}: {answer}"
        ends[end] += 1
        await expect_ada(disk, 2 if end == "answered" else 1)
    print(f"\n{dict(ends)}")


async def take_ticks(_: int) -> None:
    """Let a commit last for longer than all that is tried here."""
    for _ in range(4 * TICKS):
        await trio.lowlevel.checkpoint()


async def at_once(server: Running, connection: Connection, ticks: int) -> Answer | None:
    """Tell the server to stop so many steps before a request is sent; negative: after it."""
    for tick in range(-TICKS, TICKS):
        if tick == 0:
            server.stop.set()
        if tick == ticks:
            await connection.send(request("POST", EVENT, event()))
        await trio.lowlevel.checkpoint()
    return await finish_late(connection, b"")


async def test_what_comes_while_it_drains_is_refused_at_once(front: Front) -> None:
    disk = MemoryDisk()
    late = request("POST", EVENT, event())
    async with running(front, disk=disk) as server, await server.connect() as connection:
        async with await server.connect() as begun:
            await begun.send(late[:20])
            await until(lambda: server.server._connection_count == 2)
            gate = await held(server, disk, connection)
            await expect_refused(server)
            refused = None
            with trio.move_on_after(SOON_S_MAX) as waiting:
                refused = await finish_late(begun, late[20:])
            gate.let(1_000)
            assert not waiting.cancelled_caught, "it had to wait for the disk"
            if refused is not None:
                assert (refused.status, refused.json["code"]) == (503, "closed")
                assert refused.headers["connection"] == "close"
                assert int(refused.headers["retry-after"]) >= 1
        assert (await connection.read()).status == 201
    await expect_ada(disk, 1)


async def expect_refused(server: Running) -> None:
    """Expect that nobody is accepted any more, once the port is closed."""
    with trio.fail_after(SOON_S_MAX), suppress(OSError):
        while True:
            async with await server.connect():
                await trio.lowlevel.checkpoint()


async def finish_late(connection: Connection, rest: bytes) -> Answer | None:
    """Send the rest of a request; return its answer, None if the connection has ended."""
    try:
        await connection.send(rest)
        return await connection.read()
    except (EOFError, OSError, trio.BrokenResourceError):
        return None


async def test_an_answer_arrives_whole_though_more_was_asked(front: Front) -> None:
    """An end with something unread resets a connection, and takes what is on its way with it."""
    disk = MemoryDisk()
    async with running(front, disk=disk, document=DOCUMENT) as server:
        async with trio.open_nursery() as nursery:
            for number in range(ROWS):
                body = event(f"user-{number}", name=LONG_NAME)
                nursery.start_soon(server.ask, "POST", EVENT, body)
        async with await slow_connection(server.address) as slow, await server.connect() as writer:
            gate = await hold_both(server, disk, writer, slow)
            await slow.send(request("GET", PAGE))
            gate.let(1_000)
            assert (await writer.read()).status == 201
            await until(lambda: server.server._connection_count == 0)
            answer = await slow.read()
            assert len(answer.json["rankings"]) == ROWS + 1


async def test_what_was_asked_besides_does_not_keep_it(
    front: Front, game: Game, tmp_path: Path
) -> None:
    """It is told to stop while an answer is on its way, and behind that more requests wait."""
    async with running(front, data=game.copy(tmp_path), document=None) as server:
        async with await slow_connection(server.address) as slow:
            await slow.send(request("GET", PAGE) * 3)
            await wait_stuck(slow)
            server.stop.set()
            await server.service.stopping.wait()
            answer = await slow.read()
            assert len(answer.json["rankings"]) == USERS
        await until(lambda: server.server._connection_count == 0)


async def hold_both(
    server: Running, disk: MemoryDisk, writer: Connection, reader: Connection
) -> Gate:
    """Hold an event's commit back, and so a large page behind it; tell the server to stop."""
    disk.log.delay = gate = Gate()
    await writer.send(request("POST", EVENT, event()))
    await until(lambda: gate.waiting > 0)
    await reader.send(request("GET", PAGE))
    await until(lambda: in_flight(server) == 2)
    server.stop.set()
    await server.service.stopping.wait()
    return gate


# --- The disk fails ---


@pytest.mark.parametrize("failure", ["before", "after"])
async def test_a_commit_that_fails_ends_the_server(front: Front, failure: str) -> None:
    disk = MemoryDisk()
    answers: list[Answer] = []
    with pytest.RaisesGroup(EngineFailed, flatten_subgroups=True):
        async with running(front, disk=disk) as server:
            assert (await server.ask("POST", EVENT, event())).status == 201
            disk.log.delay = gate = Gate()
            # What fails cancels this block; what was asked is nevertheless answered.
            with trio.CancelScope(shield=True), trio.fail_after(SOON_S_MAX):
                async with trio.open_nursery() as nursery:
                    for number in range(4):
                        nursery.start_soon(ask_and_note, server, f"key-{number}", answers)
                    await until(lambda: in_flight(server) == 4 and gate.waiting > 0)
                    failing = disk.log.fail_before if failure == "before" else disk.log.fail_after
                    failing.add(disk.log.commit_count)
                    gate.let(1)
                ready = server.service.probe(Head("GET", "/readyz", "", "1.1", {}))
                assert ready is not None
                assert ready.status == 503
            await trio.sleep_forever()
    assert [answer.status for answer in answers] == [503] * 4
    assert {answer.json["code"] for answer in answers} == {"engine_failed"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
    disk.log.delay = None
    async with running(front, disk=disk) as server:
        for number in range(4):
            await ask_and_note(server, f"key-{number}", answers)
        assert (await server.ask("GET", ADA)).json["current"] == 5
    again = {answer.status for answer in answers[4:]}
    assert again <= {201, 202}
    assert (202 in again) == (failure == "after"), "what had failed and yet was on disk is known"


async def ask_and_note(server: Running, key: str, answers: list[Answer]) -> None:
    headers = {"Idempotency-Key": key}
    answers.append(await server.ask("POST", EVENT, event(), headers=headers))


async def test_a_commit_that_fails_while_it_drains_is_told(front: Front) -> None:
    disk = MemoryDisk()
    with pytest.RaisesGroup(EngineFailed, flatten_subgroups=True):
        async with running(front, disk=disk) as server, await server.connect() as connection:
            gate = await held(server, disk, connection)
            disk.log.fail_before.add(disk.log.commit_count)
            with trio.CancelScope(shield=True), trio.fail_after(SOON_S_MAX):
                gate.let(1)
                answer = await connection.read()
                assert (answer.status, answer.json["code"]) == (503, "engine_failed")
            await trio.sleep_forever()
