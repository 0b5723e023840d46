"""Commits that fail, hang, or were only promised: what the caller learns, and what is left."""

from pathlib import Path

import pytest
import trio

from engine.host.ports import Bounds, Log, OutcomeUnknown, UserPiece
from engine.model.errors import DirectoryInUse, StorageFull
from engine.model.identifiers import ScopeNumber, Seq, UserNumber
from persistence.directory import open_store
from persistence.memory import MemoryDisk, open_memory_store
from tests.persistence.test_derived import expect_empty, expect_filled, fill
from tests.persistence.test_log import THREE, all_started, append, append_three

FIRST_APPEND = 2
"""The first commit of a new log makes the log itself."""


async def test_an_append_that_fails_before_it_is_durable_leaves_nothing() -> None:
    disk = MemoryDisk()
    disk.log.fail_before.add(FIRST_APPEND + 3)
    async with open_memory_store(disk) as store:
        await append_three(store.log)
        with pytest.raises(OutcomeUnknown):
            await append(store.log, [b"seven"])
        assert store.log.failed
        with pytest.raises(OutcomeUnknown, match="an earlier commit failed; open the log again"):
            await append(store.log, [b"seven"])
        with pytest.raises(OutcomeUnknown, match="an earlier commit failed"):
            await store.log.forget([Seq(2)])
    async with open_memory_store(disk) as store:
        assert list(store.log.read()) == THREE
        assert await append(store.log, [b"seven"]) == 4


async def test_an_append_that_fails_after_it_is_durable_is_there_after_reopening() -> None:
    disk = MemoryDisk()
    disk.log.fail_after.add(FIRST_APPEND + 3)
    async with open_memory_store(disk) as store:
        await append_three(store.log)
        with pytest.raises(OutcomeUnknown):
            await append(store.log, [b"seven"])
        assert store.log.bounds() == Bounds(3, Seq(6)), "what was not acknowledged does not count"
        with pytest.raises(OutcomeUnknown):
            await append(store.log, [b"seven"])
    async with open_memory_store(disk) as store:
        assert store.log.bounds() == Bounds(4, Seq(7))


async def test_an_append_waits_until_the_disk_is_told_to_go_on() -> None:
    disk = MemoryDisk()
    go_on = trio.Event()

    async def hang(_: int) -> None:
        await go_on.wait()

    async with open_memory_store(disk) as store:
        disk.log.delay = hang
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(append, store.log, [b"one"])
                await all_started()
                scope.cancel()
                assert store.log.bounds() == Bounds(0, Seq(0))
                go_on.set()
        assert store.log.bounds() == Bounds(1, Seq(1))


async def test_a_crash_under_an_append_leaves_nothing_of_it() -> None:
    disk = MemoryDisk()

    async def hang(_: int) -> None:
        await trio.sleep_forever()

    async def expect_failure() -> None:
        with pytest.raises(OutcomeUnknown):
            await append(store.log, [b"seven"])

    async with open_memory_store(disk) as store:
        await append_three(store.log)
        disk.log.delay = hang
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expect_failure)
            await all_started()
            disk.crash()
        disk.log.delay = None
        with pytest.raises(OutcomeUnknown):
            await append(store.log, [b"seven"])
        async with open_memory_store(disk) as restarted:
            assert list(restarted.log.read()) == THREE


async def test_a_disk_that_does_not_honour_flushes_forgets_what_it_promised() -> None:
    disk = MemoryDisk()
    async with open_memory_store(disk) as store:
        await append_three(store.log)
        disk.log.honours_flushes = False
        await append(store.log, [b"seven"])
        await store.derived.write(included=Seq(7))
        assert store.log.bounds() == Bounds(4, Seq(7))
        disk.crash()
    async with open_memory_store(disk) as store:
        assert list(store.log.read()) == THREE
        assert store.derived_reset == "they include record 7, but the log ends at record 6"
        await append(store.log, [b"seven"])
        disk.log.flush()
        disk.crash()
    async with open_memory_store(disk) as store:
        assert store.log.bounds() == Bounds(4, Seq(7))


async def test_a_memory_disk_has_one_writer() -> None:
    disk = MemoryDisk()
    async with open_memory_store(disk):
        with pytest.raises(DirectoryInUse):
            async with open_memory_store(disk):
                raise AssertionError
    async with open_memory_store(disk):
        pass


async def test_a_full_memory_disk_refuses_and_goes_on_when_there_is_room() -> None:
    disk = MemoryDisk()
    async with open_memory_store(disk) as store:
        await append_three(store.log)
        disk.log.room = 100
        assert store.log.headroom() == 100
        with pytest.raises(StorageFull):
            await append(store.log, [bytes(100)])
        assert list(store.log.read()) == THREE
        disk.log.room = 1_000
        assert await append(store.log, [bytes(100)]) == 4


@pytest.mark.parametrize("failure", ["before", "after"])
async def test_derived_data_survive_a_failed_write_whole_or_not_at_all(failure: str) -> None:
    disk = MemoryDisk()
    (disk.derived.fail_before if failure == "before" else disk.derived.fail_after).add(2)
    async with open_memory_store(disk) as store:
        with pytest.raises(OutcomeUnknown):
            await fill(store)
    async with open_memory_store(disk) as store:
        assert store.derived_reset is None
        if failure == "before":
            expect_empty(store)
        else:
            expect_filled(store)


async def append_until_refused(log: Log, size: int) -> int:
    """Append batches of ten records until there is no room; return how many went in."""
    count = 0
    while True:
        try:
            await append(log, [bytes(size)] * 10, 3)
        except StorageFull:
            return count
        count += 1


@pytest.mark.parametrize("size", [10, 700, 3_000, 5_000])
async def test_a_full_map_is_a_certain_refusal(data_directory: Path, size: int) -> None:
    async with open_store(data_directory, log_map_size=256 * 1024) as store:
        headroom = store.log.headroom()
        assert headroom < 256 * 1024
        appended = await append_until_refused(store.log, size)
        assert appended > 0
        assert store.log.headroom() < headroom
        assert not store.log.failed
        bounds = Bounds(appended, Seq(10 * appended))
        assert store.log.bounds() == bounds
        with pytest.raises(StorageFull, match=r"log has no room left .* nothing was changed"):
            await append(store.log, [bytes(600_000)])
        assert len(list(store.log.read())) == appended
    async with open_store(data_directory) as store:
        assert store.log.bounds() == bounds
        assert await append(store.log, [bytes(600_000)]) == appended + 1


async def test_a_full_map_of_derived_data_is_a_certain_refusal(data_directory: Path) -> None:
    async with open_store(data_directory, derived_map_size=256 * 1024) as store:
        await fill(store)
        large = UserPiece(ScopeNumber(1), UserNumber(1), Seq(1), bytes(300_000), bytes(300_000))
        with pytest.raises(StorageFull, match="derived has no room left"):
            await store.derived.write(users=[large], included=Seq(6))
        expect_filled(store)
        await store.derived.write(included=Seq(5))
