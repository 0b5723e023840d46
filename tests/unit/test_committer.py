"""Group commit: in order, one at a time, bounded, and nobody wakes before the disk has it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

import engine.host.committer
from engine.host.applied_log import AppliedLog
from engine.host.committer import Committer
from engine.host.ports import Log
from engine.host.recovery import decode_stored, read_records
from engine.model.commands import NoteSweep, Personal
from engine.model.errors import EngineFailed, Overloaded, StorageFull
from engine.model.identifiers import Day, Instant, ScopeNumber, Seq, UserNumber
from engine.model.record import RULES, Record
from persistence.memory import MemoryDisk, open_memory_store
from persistence.store import OpenStore
from tests.unit.games import Gate


def record(number: int) -> Record:
    """A record that can be told from others."""
    return Record(
        scope=ScopeNumber(1),
        at=Instant(number),
        user=UserNumber(0),
        step=0,
        date=Day(0),
        rules=RULES,
        prev_personal=Seq(0),
        command=NoteSweep(1, number),
        facts=(),
    )


@asynccontextmanager
async def running(
    disk: MemoryDisk, headroom: int = 0
) -> AsyncGenerator[tuple[Committer, OpenStore, trio.Nursery]]:
    async with open_memory_store(disk) as store, trio.open_nursery() as nursery:
        committer = Committer(store.log, headroom)
        nursery.start_soon(committer.run)
        try:
            yield committer, store, nursery
            committer.close()
        finally:
            if isinstance(disk.log.delay, Gate):
                disk.log.delay.let(
                    1_000
                )  # a commit under way is shielded: no failure cuts it short


def batch_sizes(store: OpenStore) -> list[int]:
    return [len(batch.records) for batch in store.log.read()]


async def test_batches_are_bounded_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.host.committer, "BATCH_RECORDS_MAX", 5)
    disk = MemoryDisk()
    disk.log.delay = gate = Gate()
    async with running(disk) as (committer, store, _):
        # While the first record is under way the others collect.
        for number in range(1, 24):
            personal = Personal(f"user {number}") if number % 3 == 0 else None
            assert committer.add(record(number), personal) == number
            if number == 1:
                await trio.testing.wait_all_tasks_blocked()
        assert committer.statistics().queued_records == 22
        gate.let(100)
        await committer.wait_durable(Seq(23))
        assert batch_sizes(store) == [1, 5, 5, 5, 5, 2]
        read = list(read_records(store.log, Seq(0)))
        assert [(stored.seq, stored.record) for stored in read] == [
            (number, record(number)) for number in range(1, 24)
        ]
        assert [stored.seq for stored in read if stored.personal] == list(range(3, 24, 3))
        statistics = committer.statistics()
        assert (statistics.queued_records, statistics.queued_bytes) == (0, 0)
        assert (statistics.durable_seq, statistics.batch_count) == (23, 6)


async def test_every_record_can_be_read_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """On disk, on its way there in a batch, or queued behind that batch: once, and in order."""
    monkeypatch.setattr(engine.host.committer, "BATCH_RECORDS_MAX", 3)
    disk = MemoryDisk()
    disk.log.delay = gate = Gate()
    async with running(disk) as (committer, store, _):
        log = AppliedLog(store.log, committer)
        for number in range(1, 9):
            person = Personal(f"user-{number}") if number % 2 else None
            committer.add(record(number), person)
        where: list[int] = []
        while True:
            await trio.testing.wait_all_tasks_blocked()
            where.append(committer.durable_seq)
            for number in range(1, 9):
                rows = log.read_record(Seq(number))
                assert rows is not None
                assert decode_stored(Seq(number), *rows).record == record(number)
                assert (rows[1] is not None) is (number % 2 == 1)
                queued = committer.queued(Seq(number))
                assert (queued is None) is (number <= committer.durable_seq)
            assert log.read_record(Seq(9)) is None
            if committer.durable_seq == committer.last_seq:
                break
            gate.let(1)
        assert where == [0, 3, 6, 8]


async def test_one_append_is_in_flight() -> None:
    disk = MemoryDisk()
    disk.log.delay = gate = Gate()
    in_flight = 0

    async with open_memory_store(disk) as store, trio.open_nursery() as nursery:
        append = store.log.append

        async def watched(
            first: Seq, records: Sequence[bytes], personal: Mapping[Seq, bytes]
        ) -> int:
            nonlocal in_flight
            assert in_flight == 0
            in_flight += 1
            try:
                return await append(first, records, personal)
            finally:
                in_flight -= 1

        log: Log = store.log
        log.append = watched  # pyright: ignore[reportAttributeAccessIssue]
        committer = Committer(log, 0)
        nursery.start_soon(committer.run)
        for number in range(1, 10):
            committer.add(record(number), None)
            await trio.testing.wait_all_tasks_blocked()
            assert in_flight == 1
            if number % 2:
                gate.let(1)
                await trio.testing.wait_all_tasks_blocked()
        gate.let(10)
        committer.close()


async def test_who_waits_for_a_record_wakes_when_it_is_durable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine.host.committer, "BATCH_RECORDS_MAX", 1)
    disk = MemoryDisk()
    disk.log.delay = gate = Gate()
    woken: list[int] = []
    async with running(disk) as (committer, _, nursery):

        async def wait(seq: int) -> None:
            await committer.wait_durable(Seq(seq))
            assert committer.durable_seq >= seq
            woken.append(seq)

        for number in (3, 1, 2):
            committer.add(record(number), None)
            nursery.start_soon(wait, number)
        for count in (0, 1, 2, 3):
            await trio.testing.wait_all_tasks_blocked()
            assert woken == list(range(1, count + 1))
            assert (await read_durable(disk)) == count
            gate.let(1)


async def read_durable(disk: MemoryDisk) -> int:
    """How many batches a power cut would leave now; the first commit made the log."""
    return disk.log.commit_count - 1 - (0 if disk.log.opened is None else disk_pending(disk))


def disk_pending(disk: MemoryDisk) -> int:
    gate = disk.log.delay
    assert isinstance(gate, Gate)
    return gate.waiting


@pytest.mark.parametrize("bound", ["QUEUE_RECORDS_MAX", "QUEUE_BYTES_MAX"])
async def test_a_full_queue_holds_back_who_waits_for_room(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(engine.host.committer.encode_record(record(1)))
    monkeypatch.setattr(
        engine.host.committer, bound, 4 if bound == "QUEUE_RECORDS_MAX" else 4 * size
    )
    monkeypatch.setattr(engine.host.committer, "BATCH_RECORDS_MAX", 2)
    disk = MemoryDisk()
    disk.log.delay = gate = Gate()
    added: list[int] = []
    async with running(disk) as (committer, _, nursery):

        async def add_many() -> None:
            for number in range(1, 11):
                await committer.wait_room()
                added.append(committer.add(record(number), None))

        nursery.start_soon(add_many)
        for _ in range(12):
            await trio.testing.wait_all_tasks_blocked()
            statistics = committer.statistics()
            assert statistics.queued_records <= 4
            assert committer.has_room == (statistics.queued_records < 4)
            assert len(added) - statistics.durable_seq <= 4 + 2  # queued and in flight
            gate.let(1)
        assert added == list(range(1, 11))
        assert committer.durable_seq == 10


@pytest.mark.parametrize("when", ["fail_before", "fail_after"])
async def test_after_a_failed_commit_nothing_is_accepted(when: str) -> None:
    disk = MemoryDisk()
    getattr(disk.log, when).add(3)  # the first makes the log, the second is record 1's
    errors: list[EngineFailed] = []
    async with running(disk) as (committer, _, nursery):
        committer.add(record(1), None)
        await committer.wait_durable(Seq(1))

        async def wait(seq: Seq) -> None:
            with pytest.raises(EngineFailed) as failed:
                await committer.wait_durable(seq)
            errors.append(failed.value)

        for number in (2, 3):
            nursery.start_soon(wait, committer.add(record(number), None))
        await trio.testing.wait_all_tasks_blocked()
        assert [str(error) for error in errors] == 2 * [
            f"the commit of records 2 to 3 failed ({errors[0].__cause__.__cause__}); "  # pyright: ignore
            "what was not acknowledged may or may not be on disk: stop the process and start it "
            "again, recovery decides"
        ]
        # Each gets an error of their own, and what was durable stays so.
        assert errors[0] is not errors[1]
        await committer.wait_durable(Seq(1))
        for refused in (committer.check, committer.wait_room):
            with pytest.raises(EngineFailed):
                await maybe(refused())
        assert disk.log.commit_count == 3


async def maybe(result: object) -> None:
    if hasattr(result, "__await__"):
        await result  # pyright: ignore


async def test_commands_are_refused_while_the_disk_is_nearly_full() -> None:
    disk = MemoryDisk()
    disk.log.room = 2**20 + 1_000
    async with running(disk, headroom=2**20) as (committer, _, _):
        committer.check_headroom()
        committer.add(record(1), Personal("x" * 1_000))
        await committer.wait_durable(Seq(1))
        with pytest.raises(StorageFull, match="only 0 MiB are free for the log, 1 MiB must be"):
            committer.check_headroom()
        disk.log.room = 2**30
        committer.check_headroom()


async def test_closing_empties_the_queue_first() -> None:
    disk = MemoryDisk()
    async with running(disk) as (committer, _, _):
        for number in range(1, 4):
            committer.add(record(number), None)
    async with open_memory_store(disk) as store:
        assert [stored.seq for stored in read_records(store.log, Seq(0))] == [1, 2, 3]


async def test_a_full_queue_is_told_at_once_and_a_failure_wakes_who_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine.host.committer, "QUEUE_RECORDS_MAX", 2)
    disk = MemoryDisk()
    commits: list[int] = []
    async with running(disk) as (committer, _, nursery):
        committer.observe = lambda seconds, records: commits.append(records)
        disk.log.delay = gate = Gate()
        committer.add(record(1), None)
        await trio.testing.wait_all_tasks_blocked()
        committer.add(record(2), None)
        committer.check_room()
        last = committer.add(record(3), None)
        with pytest.raises(Overloaded):
            committer.check_room()
        disk.log.fail_before.add(3)
        nursery.start_soon(committer.wait_failed)
        gate.let(2)
        with pytest.raises(EngineFailed):
            await committer.wait_durable(last)
    assert commits == [1]
