"""No answer shows what is not on disk: of an event, of a read, of a refusal (SPEC 1.2, G4)."""

import pytest
import trio
import trio.lowlevel

from api.front.server import Front
from persistence.memory import MemoryDisk
from tests.unit.games import Gate, clock_at
from tests.wire.server import EVENT, event, request, running
from tests.wire.shapes import id_of

RANGE = "aggregation=daily&startDate=2024-10-01&endDate=2024-10-05"
XP = id_of("points_system", 1)
GIVEN = {"userId": "ada", "amount": 0}
BOOST = {"userId": "nobody", "name": "B", "start": "2024-10-01", "multiplier": 2}
READS = [
    request("GET", "/v1/users/ada"),
    request("GET", "/v1/users/ada/points/xp"),
    request("GET", "/v1/leaderboards/steps"),
    request("GET", "/v1/leaderboards"),
    request("GET", "/v1/leaderboards/walk?userId=ada"),
    request("GET", "/v1/leaderboards/walk?userIds=ada"),
    request("GET", "/v1/leaderboards/walk?at=2024-10-04T12:00:00Z"),
    request("GET", "/v1/leaderboards/walk/runs"),
    request("GET", "/v1/leaderboards/walk/groups"),
    request("GET", "/v1/leaderboards/walk/rank?value=1"),
    request("GET", "/v1/users/ada/leaderboards/walk"),
    request("GET", "/v1/users/ada/leaderboards/walk/changes"),
    request("POST", "/admin/v1/users/show", {"users": [{"userId": "ada"}]}),
    request("GET", "/v1/users/nobody"),
    request("POST", EVENT, event(value="much")),  # type: ignore[arg-type]
    request("HEAD", "/v1/users/ada"),
    request("GET", "/v1/users/ada/streak/ledger"),
    request("GET", "/v1/streaks?userIds=ada"),
    request("POST", "/admin/v1/streaks/freezes", {"freezes": [{"userId": "ada"}]}),
    request("PATCH", "/v1/users/ada/preferences", {"streak": {"daysOff": [0]}}),
    request("GET", "/v1/achievements"),
    request("GET", "/v1/users/ada/achievements?includeIncomplete=true&includeProgress=true"),
    request("POST", "/v1/achievements/none/complete", {"user": {"id": "ada"}}),
    request("GET", "/v1/points/xp/summary"),
    request("GET", "/v1/points/xp/summary?userAttributes=plan:pro"),
    request("GET", "/v1/points/xp/level-summary"),
    request("GET", "/v1/users/ada/points/xp/boosts"),
    request("GET", f"/v1/users/ada/metrics/steps/event-summary?{RANGE}"),
    request("GET", f"/v1/users/ada/points/xp/event-summary?{RANGE}"),
    request("GET", "/v1/explain/3.1"),
    request("GET", "/v1/explain/4.0"),
    request("GET", "/v1/explain/5.0"),
    request("GET", "/admin/v1/achievements"),
    request("POST", "/admin/v1/achievements", [{"name": "A", "trigger": "api"}]),
    request("POST", "/admin/v1/events/void", {"events": [{"id": "2.0"}]}),
    request("POST", f"/admin/v1/points/{XP}/awards", {"awards": [GIVEN]}),
    request("POST", f"/admin/v1/points/{XP}/boosts", [BOOST]),
]
SETTINGS = "/admin/v1/streaks/settings"
FREEZES = {"startCount": 1, "maxCount": 2}


@pytest.mark.parametrize("read", READS, ids=lambda read: read.split(b" HTTP")[0].decode())
async def test_an_answer_waits_for_all_that_it_may_show(front: Front, read: bytes) -> None:
    disk = MemoryDisk()
    async with running(front, disk=disk) as server:
        assert (await server.ask("POST", EVENT, event())).status == 201
        disk.log.delay = gate = Gate()
        async with await server.connect() as writer, await server.connect() as reader:
            try:
                await writer.send(request("POST", EVENT, event()))
                while not gate.waiting:
                    await trio.lowlevel.checkpoint()
                await reader.send(read)
                for connection in (writer, reader):
                    with trio.move_on_after(0.1) as waiting:
                        await connection.stream.receive_some(1)
                    assert waiting.cancelled_caught, "answered before it was on disk"
                gate.let(1)
                assert (await writer.read()).status == 201
                answer = await reader.read(head_only=read.startswith(b"HEAD"))
                assert answer.status in (200, 403, 404, 422)
            finally:
                gate.let(1_000)  # or the server waits for ever to stop


LEDGERS = [
    ("GET", "/v1/users/ada/points/xp", "awards"),
    ("GET", "/v1/users/ada/streak/ledger?rows=freezes", "rows"),
    ("GET", "/v1/users/ada/streak/explain", "periods"),
    ("GET", "/v1/users/ada/leaderboards/walk", "history"),
    ("GET", "/v1/users/ada/achievements", None),
    ("GET", f"/v1/users/ada/metrics/steps/event-summary?{RANGE}", None),
    ("GET", f"/v1/users/ada/points/xp/event-summary?{RANGE}", None),
    ("GET", "/v1/explain/4.0", "why"),
    ("GET", "/v1/explain/4.6", "why"),
]


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger[1])
async def test_a_ledger_is_read_whole_while_its_newest_rows_wait_for_the_disk(
    front: Front, ledger: tuple[str, str, str | None]
) -> None:
    """Applied and not yet on disk: an answer that waits for the disk may well show it."""
    method, path, field = ledger
    disk = MemoryDisk()
    async with running(front, disk=disk, clock=clock_at()) as server:
        assert (await server.ask("PATCH", SETTINGS, {"freezes": FREEZES})).status == 200
        disk.log.delay = gate = Gate()
        async with await server.connect() as writer, await server.connect() as reader:
            try:
                await writer.send(request("POST", EVENT, event(value=25)))
                while not gate.waiting:
                    await trio.lowlevel.checkpoint()
                await reader.send(request(method, path))
                with trio.move_on_after(0.1) as waiting:
                    await reader.stream.receive_some(1)
                assert waiting.cancelled_caught, "refused, instead of read when it is on disk"
                gate.let(1_000)
                assert (await writer.read()).status == 201
                answer = await reader.read()
                assert answer.status == 200, answer.body
                assert answer.json if field is None else answer.json[field]
            finally:
                gate.let(1_000)


async def test_a_disk_of_100_ms_is_seen_in_every_answer(front: Front) -> None:
    async def slow(number: int) -> None:
        await trio.sleep(0.1)

    disk = MemoryDisk()
    async with running(front, disk=disk) as server:
        disk.log.delay = slow
        before = trio.current_time()
        for _ in range(3):
            assert (await server.ask("POST", EVENT, event())).status == 201
        assert trio.current_time() - before >= 0.3
