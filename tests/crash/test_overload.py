"""More comes than can be done: what is too much is told so at once, and nothing else suffers (G10).

The disk is slow because the test lets its commits happen one by one; so load, capacity and time are
numbers of requests, of records a commit, and of commits, and nothing depends on the machine.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio

import engine.host.committer
import persistence.lmdb_tables
from api.embedded import open_reading
from api.front.admission import Admission
from api.front.server import Front
from persistence.memory import MemoryDisk
from persistence.tables import Change
from tests.crash.directories import DOCUMENT
from tests.crash.load import (
    WIDE_OPEN,
    Crowd,
    Load,
    Told,
    expect_refused,
    in_flight,
    keyed,
    queue,
    quiet,
    seq_of,
    steps,
    until,
)
from tests.crash.rude import import_chunk, import_head
from tests.crash.server_life import SOON_S_MAX
from tests.crash.test_server_kill import verify
from tests.unit.games import Gate
from tests.wire.server import EVENT, Answer, Connection, Running, event, request, running

COMING = 24


class Allowed(NamedTuple):
    """How much a bound lets in of a crowd."""

    accepted: int
    in_flight: int
    queued: int


def narrow_door(server: Running, _: pytest.MonkeyPatch) -> Allowed:
    """Let few requests in at a time."""
    server.service.admission = Admission(requests_max=8)
    return Allowed(accepted=8, in_flight=8, queued=7)


def short_queue(_: Running, monkeypatch: pytest.MonkeyPatch) -> Allowed:
    """Let few records wait for the disk, besides the one that is with it."""
    monkeypatch.setattr(engine.host.committer, "QUEUE_RECORDS_MAX", 8)
    return Allowed(accepted=9, in_flight=COMING, queued=8)


def few_bytes(_: Running, monkeypatch: pytest.MonkeyPatch) -> Allowed:
    """Let so few bytes wait for the disk that one record is too much already."""
    monkeypatch.setattr(engine.host.committer, "QUEUE_BYTES_MAX", 1)
    return Allowed(accepted=2, in_flight=COMING, queued=1)


Bound = Callable[[Running, pytest.MonkeyPatch], Allowed]
BOUNDS: dict[str, Bound] = {
    "requests in flight": narrow_door,
    "records queued": short_queue,
    "bytes queued": few_bytes,
}
bounds = pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS.keys())


@bounds
async def test_what_is_too_much_has_no_effect(
    front: Front,
    bound: Bound,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = MemoryDisk()
    async with running(front, disk=disk, document=DOCUMENT) as server, Crowd(server) as crowd:
        allowed = bound(server, monkeypatch)
        disk.log.delay = gate = Gate()

        def check() -> None:
            assert queue(server).queued_records <= allowed.queued
            assert in_flight(server) <= allowed.in_flight

        await crowd.come(COMING, check)
        last_seq = queue(server).durable_seq + allowed.accepted
        gate.let(WIDE_OPEN)
        answers = await crowd.answers()
        accepted, refused = answers[: allowed.accepted], answers[allowed.accepted :]
        assert {answer.status for answer in accepted} == {201}
        assert [seq_of(answer) for answer in accepted] == sorted(map(seq_of, accepted))
        for answer in refused:
            expect_refused(answer)
        assert queue(server).durable_seq == last_seq, "of what was refused nothing is in the log"
        assert await steps(server) == allowed.accepted

        again = [answer.status for answer in await crowd.again()]
        assert again == [202] * allowed.accepted + [201] * len(refused)
        assert await steps(server) == COMING
        assert {answer.status for answer in await crowd.again()} == {202}
        assert await steps(server) == COMING
        await quiet()
        left = server.service.admission.statistics()
        assert (left.requests, left.body_bytes) == (0, 0)


@bounds
async def test_what_is_too_much_is_told_at_once(
    front: Front,
    bound: Bound,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not when the disk is through with the others: it may be long till then (SPEC 11.3)."""
    disk = MemoryDisk()
    async with running(front, disk=disk, document=DOCUMENT) as server, Crowd(server) as crowd:
        allowed = bound(server, monkeypatch)
        disk.log.delay = gate = Gate()
        await crowd.come(COMING, lambda: None)
        early = await crowd.early_answers()
        gate.let(WIDE_OPEN)
        told = [answer is not None for answer in early]
        assert told == [False] * allowed.accepted + [True] * (COMING - allowed.accepted)
        for answer in early[allowed.accepted :]:
            assert answer is not None
            expect_refused(answer)


async def test_probes_do_not_wait_for_the_disk(
    front: Front,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever watches over the server sees that it lives, and how full it is."""
    disk = MemoryDisk()
    async with running(front, disk=disk, document=DOCUMENT) as server, Crowd(server) as crowd:
        allowed = narrow_door(server, monkeypatch)
        disk.log.delay = gate = Gate()
        await crowd.come(COMING, lambda: None)
        found: dict[str, Answer] = {}
        with trio.move_on_after(SOON_S_MAX):
            for path in ("/healthz", "/readyz", "/metrics"):
                found[path] = await server.ask("GET", path, key=None)
        gate.let(WIDE_OPEN)
        assert {path: answer.status for path, answer in found.items()} == {
            "/healthz": 200,
            "/readyz": 200,
            "/metrics": 200,
        }
        shown = found["/metrics"].body.decode()
        assert f"laurels_requests_in_flight {allowed.in_flight}.0" in shown
        assert f"laurels_queued_records {allowed.queued}.0" in shown


async def test_bodies_have_a_bound_before_they_are_sent(front: Front) -> None:
    body = b'{"user": {"id": "ada"}, "value": 1}'.ljust(4_000)
    begun = request("POST", EVENT, body)[:-100]
    async with running(front, document=DOCUMENT) as server:
        server.service.admission = admission = Admission(body_bytes_max=10_000)
        async with (
            await server.connect() as first,
            await server.connect() as second,
            await server.connect() as third,
        ):
            for connection in (first, second, third):
                await connection.send(begun)
                await quiet()
                assert admission.statistics().body_bytes <= 10_000
            expect_refused(await third.read())
            for connection in (first, second):
                await connection.send(body[-100:])
                assert (await connection.read()).status == 201
        assert (await server.ask("POST", EVENT, body)).status == 201
        await quiet()
        assert admission.statistics().body_bytes == 0
        assert await steps(server) == 3


async def test_connections_have_a_bound(front: Front) -> None:
    async with running(front, document=DOCUMENT) as server:
        server.server._connections_max = 2
        async with await server.connect() as first:
            async with await server.connect():
                await quiet()
                async with await server.connect() as third:
                    answer = await third.read()
                    expect_refused(answer)
                    assert answer.headers["connection"] == "close"
                await first.send(keyed(1))
                assert (await first.read()).status == 201
            await quiet()
            assert (await server.ask("POST", EVENT, event())).status == 201


LINES = 8_000
BLOCK = 100


async def test_an_import_is_pressed_back(
    front: Front,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A body of any length is read only as far as the disk comes along."""
    monkeypatch.setattr(engine.host.committer, "QUEUE_RECORDS_MAX", 64)
    monkeypatch.setattr(engine.host.committer, "BATCH_RECORDS_MAX", 64)
    disk = MemoryDisk()
    sent = 0

    async def send(connection: Connection) -> None:
        nonlocal sent
        await connection.send(import_head("name=history&finish=true"))
        while sent < LINES:
            await connection.send(b"".join(map(import_chunk, range(BLOCK))))
            sent += BLOCK
        await connection.send(b"0\r\n\r\n")

    async with running(front, disk=disk, document=DOCUMENT) as server:
        disk.log.delay = gate = Gate()
        async with await server.connect() as connection, trio.open_nursery() as nursery:
            nursery.start_soon(send, connection)
            for _ in range(20):
                await quiet()
                assert queue(server).queued_records <= 64
                gate.let(1)
            await quiet()
            print(f"\n{sent:,} of {LINES:,} lines were taken before the disk came along")
            assert sent < LINES
            disk.log.delay = None
            gate.let(WIDE_OPEN)
            answer = await connection.read()
            assert (answer.status, answer.json["applied"]) == (202, LINES), answer
        assert await steps(server) == LINES


# --- Three times capacity ---

RECORDS_A_COMMIT = 4
COMING_A_COMMIT = 3 * RECORDS_A_COMMIT
COMMITS = 60
QUEUE_MAX = 16
RECORD_SIZE_MAX = 1_024
"""Bytes, of the events here."""
IN_FLIGHT_MAX = 64


async def overload(server: Running, gate: Gate) -> list[Told]:
    """Let three times as much come as the disk takes; return what was told in order."""
    async with trio.open_nursery() as nursery, Load(server, nursery) as load:
        for commit in range(COMMITS):
            for number in range(COMING_A_COMMIT):
                await load.come(commit * COMING_A_COMMIT + number)
            await quiet()
            check_bounds(server)
            load.commits += 1
            await commit_one(server, gate)
            check_bounds(server)
            await quiet()
        load.commits += 1
        gate.let(WIDE_OPEN)
        await until(lambda: len(load.told) == COMMITS * COMING_A_COMMIT)
        return load.told


async def commit_one(server: Running, gate: Gate) -> None:
    before = queue(server).batch_count
    gate.let(1)
    await until(lambda: queue(server).batch_count > before)


def check_bounds(server: Running) -> None:
    queued = queue(server)
    assert queued.queued_records <= QUEUE_MAX
    assert queued.queued_bytes <= QUEUE_MAX * RECORD_SIZE_MAX
    assert in_flight(server) <= IN_FLIGHT_MAX


Hold = Callable[[Gate], None]
"""Lets a disk wait for a gate at each commit from now on."""


def memory(_: Path, __: pytest.MonkeyPatch) -> tuple[dict[str, Any], Hold]:
    disk = MemoryDisk()

    def hold(gate: Gate) -> None:
        disk.log.delay = gate

    return {"disk": disk}, hold


def real(directory: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], Hold]:
    commit: Callable[..., Awaitable[None]] = persistence.lmdb_tables.LmdbTables.commit

    def hold(gate: Gate) -> None:
        async def held(self: persistence.lmdb_tables.LmdbTables, change: Change) -> None:
            await gate(0)
            await commit(self, change)

        monkeypatch.setattr(persistence.lmdb_tables.LmdbTables, "commit", held)

    return {"data": directory / "data"}, hold


@pytest.mark.parametrize("disk", [memory, real])
async def test_three_times_capacity(
    front: Front,
    disk: Callable[[Path, pytest.MonkeyPatch], tuple[dict[str, Any], Hold]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine.host.committer, "QUEUE_RECORDS_MAX", QUEUE_MAX)
    monkeypatch.setattr(engine.host.committer, "BATCH_RECORDS_MAX", RECORDS_A_COMMIT)
    place, hold = disk(tmp_path, monkeypatch)
    async with running(front, document=DOCUMENT, **place) as server:
        server.service.admission = Admission(requests_max=IN_FLIGHT_MAX)
        hold(gate := Gate())
        told = await overload(server, gate)
        accepted = [one for one in told if one.answer.status == 201]
        refused = [one for one in told if one.answer.status != 201]
        late = sum(one.read_at > one.sent_at for one in refused)
        print(
            f"\n{len(told)} requests, {len(accepted)} accepted, {len(refused)} refused, "
            f"{late} of these not before the next commit"
        )
        for one in refused:
            expect_refused(one.answer)
        assert len(told) == COMMITS * COMING_A_COMMIT
        capacity = COMMITS * RECORDS_A_COMMIT
        assert capacity <= len(accepted) <= capacity + QUEUE_MAX + RECORDS_A_COMMIT
        in_log_order = sorted(accepted, key=lambda one: seq_of(one.answer))
        assert [one.read_at for one in in_log_order] == sorted(one.read_at for one in accepted)
        waited = max(one.read_at - one.sent_at for one in accepted)
        assert waited <= QUEUE_MAX // RECORDS_A_COMMIT + 2, "who is in is served as quickly as ever"
        assert await steps(server) == len(accepted)

        for expected in (201, 202):
            for one in refused:
                answer = await ask_again(server, one.number)
                assert answer.status == expected, answer
        assert await steps(server) == len(told)
        await quiet()
        assert in_flight(server) == 0
        assert queue(server).queued_records == 0
        gate.let(WIDE_OPEN)
    if "data" in place:
        async with open_reading(tmp_path / "data") as laurels:
            rows = laurels.scope().board("steps").rankings
            assert sum(row.value for row in rows) == len(told)
        await trio.to_thread.run_sync(verify, tmp_path / "data")
    assert late == 0, "refusals had to wait for the disk"


async def ask_again(server: Running, number: int) -> Answer:
    async with await server.connect() as connection:
        await connection.send(keyed(number))
        return await connection.read()
