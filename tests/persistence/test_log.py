"""What every log does, whatever it lies on: one suite over all of them."""

from collections.abc import Sequence

import pytest
import trio
import trio.testing

from engine.host.ports import Batch, BatchTooLarge, Bounds, Log
from engine.model.errors import LogDamaged, NotFound
from engine.model.identifiers import Seq
from persistence.log_writer import BATCH_SIZE_MAX
from tests.persistence.backends import Backend


async def append(log: Log, records: Sequence[bytes], *personal_at: int) -> int:
    """Append records at the end; those at some places have a personal row."""
    first = log.bounds().last_seq + 1
    personal = {Seq(first + index): b"personal " + records[index] for index in personal_at}
    return await log.append(Seq(first), records, personal)


async def all_started() -> None:
    """Wait until every task that was started before has had its first turn."""
    await trio.lowlevel.checkpoint()
    await trio.lowlevel.checkpoint()


async def append_three(log: Log) -> None:
    """Append three batches: records 1 and 2, 3, and 4 to 6; 2, 3 and 6 have personal rows."""
    await append(log, [b"one", b"two"], 1)
    await append(log, [b"three"], 0)
    await append(log, [b"four", b"five", b"six"], 2)


THREE = [
    Batch(1, Seq(1), (b"one", b"two"), {Seq(2): b"personal two"}),
    Batch(2, Seq(3), (b"three",), {Seq(3): b"personal three"}),
    Batch(3, Seq(4), (b"four", b"five", b"six"), {Seq(6): b"personal six"}),
]


async def test_a_new_log_is_empty(backend: Backend) -> None:
    async with backend.open() as store:
        assert store.log.bounds() == Bounds(0, Seq(0))
        assert list(store.log.read()) == []
        assert store.log.read_record(Seq(1)) is None
        assert store.log.batch_of(Seq(0)) == 0
        assert store.stopped_cleanly
        assert store.derived_reset is None


async def test_batches_are_read_as_they_were_appended(backend: Backend) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        assert store.log.bounds() == Bounds(3, Seq(6))
        assert list(store.log.read()) == THREE


async def test_a_part_of_the_log_can_be_read(backend: Backend) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        assert list(store.log.read(1)) == THREE[1:]
        assert list(store.log.read(1, 2)) == THREE[1:2]
        assert list(store.log.read(2, 2)) == []
        assert list(store.log.read(3)) == []


async def test_reading_ends_where_the_log_ended_at_the_call(backend: Backend) -> None:
    async with backend.open() as store:
        await append(store.log, [b"one"])
        batches = store.log.read()
        await append(store.log, [b"two"])
        assert [batch.number for batch in batches] == [1]


async def test_reading_up_to_a_batch_that_is_not_there_is_not_passed_off_as_complete(
    backend: Backend,
) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        with pytest.raises(LogDamaged, match=r"batch 4 is missing: the log should reach batch 5"):
            store.log.read(0, 5)


async def test_single_records(backend: Backend) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        assert store.log.read_record(Seq(1)) == (b"one", None)
        assert store.log.read_record(Seq(6)) == (b"six", b"personal six")
        assert store.log.read_record(Seq(7)) is None
        assert [store.log.batch_of(Seq(seq)) for seq in range(7)] == [0, 1, 1, 2, 3, 3, 3]
        with pytest.raises(NotFound, match="no record 7 yet"):
            store.log.batch_of(Seq(7))


async def test_all_of_it_is_there_after_reopening(backend: Backend) -> None:
    async with backend.open() as store:
        identity, secret = store.log.identity(), store.log.secret()
        await append_three(store.log)
    async with backend.open() as store:
        assert (store.log.identity(), store.log.secret()) == (identity, secret)
        assert (len(identity), len(secret)) == (16, 32)
        assert list(store.log.read()) == THREE
        assert await append(store.log, [b"seven"]) == 4
        assert store.log.bounds() == Bounds(4, Seq(7))
    async with backend.open() as store:
        assert [batch.number for batch in store.log.read()] == [1, 2, 3, 4]


async def test_forgetting_deletes_personal_rows_and_nothing_else(backend: Backend) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        await store.log.forget([Seq(6), Seq(2), Seq(1), Seq(99)])
        await store.log.forget([Seq(2)])
        await store.log.forget([])
        assert store.log.read_record(Seq(2)) == (b"two", None)
        expected = [
            Batch(1, Seq(1), THREE[0].records, {}),
            THREE[1],
            Batch(3, Seq(4), THREE[2].records, {}),
        ]
        assert list(store.log.read()) == expected
    async with backend.open() as store:
        assert list(store.log.read()) == expected


async def test_empty_and_large_payloads(backend: Backend) -> None:
    large = bytes(range(256)) * 4_000
    async with backend.open() as store:
        await store.log.append(Seq(1), [b"", large], {Seq(1): b"", Seq(2): large})
        assert store.log.read_record(Seq(1)) == (b"", b"")
        assert store.log.read_record(Seq(2)) == (large, large)


async def test_a_batch_that_is_too_large_leaves_no_trace(backend: Backend) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        half = bytes(BATCH_SIZE_MAX // 2)
        with pytest.raises(BatchTooLarge, match="is larger than"):
            await store.log.append(Seq(7), [half, half], {Seq(7): b"1"})
        assert list(store.log.read()) == THREE
        assert await append(store.log, [b"seven"]) == 4


async def test_mistakes_of_the_caller_are_caught_before_anything_is_written(
    backend: Backend,
) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        with pytest.raises(AssertionError, match="without a gap"):
            await store.log.append(Seq(8), [b"eight"], {})
        with pytest.raises(AssertionError, match="without a gap"):
            await store.log.append(Seq(6), [b"six"], {})
        with pytest.raises(AssertionError, match="at least one"):
            await store.log.append(Seq(7), [], {})
        with pytest.raises(AssertionError, match="a foreign row"):
            await store.log.append(Seq(7), [b"seven"], {Seq(8): b"personal"})
        assert list(store.log.read()) == THREE


async def test_one_append_at_a_time(backend: Backend) -> None:
    outcomes: list[int | str] = []

    async def try_to_append(record: bytes) -> None:
        try:
            outcomes.append(await append(store.log, [record]))
        except AssertionError as mistake:
            outcomes.append(str(mistake))

    async with backend.open() as store:
        async with trio.open_nursery() as nursery:  # starts both in the same turn of the loop
            nursery.start_soon(try_to_append, b"one")
            nursery.start_soon(try_to_append, b"one")
        assert outcomes == ["one append at a time", 1]
        assert [batch.records for batch in store.log.read()] == [(b"one",)]


async def test_forgetting_while_an_append_is_under_way(backend: Backend) -> None:
    async with backend.open() as store:
        await append_three(store.log)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(append, store.log, [b"seven"], 0)
            await all_started()
            nursery.start_soon(store.log.forget, [Seq(2), Seq(3)])
        personal = [set(batch.personal) for batch in store.log.read()]
        assert personal == [set(), set(), {6}, {7}]


async def test_a_cancelled_caller_does_not_abandon_its_append(backend: Backend) -> None:
    async with backend.open() as store:
        numbers: list[int] = []
        with trio.CancelScope() as scope:
            scope.cancel()
            numbers.append(await append(store.log, [b"one"]))
            await trio.lowlevel.checkpoint()
            raise AssertionError("the cancellation arrives after the append")
        assert numbers == [1]
        assert scope.cancelled_caught
        assert store.log.bounds() == Bounds(1, Seq(1))
    async with backend.open() as store:
        assert store.log.bounds() == Bounds(1, Seq(1))


async def test_cancelling_while_the_commit_runs(backend: Backend) -> None:
    async with backend.open() as store:
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(append, store.log, [b"one"])
                nursery.start_soon(store.log.forget, [Seq(1)])
                await all_started()
                scope.cancel()
        assert await append(store.log, [b"two"]) == 2


async def test_closing_waits_for_an_append_and_can_be_repeated(backend: Backend) -> None:
    async with backend.open() as store:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(append, store.log, [b"one"])
            await all_started()
            await store.log.close()
        await store.log.close()
        with pytest.raises(AssertionError, match="closed"):
            await append(store.log, [b"two"])
    async with backend.open() as store:
        assert store.log.bounds() == Bounds(1, Seq(1))


async def test_followers_see_every_batch_in_order_at_their_own_pace(backend: Backend) -> None:
    async def follow(after: int, seen: list[Batch], pause: int) -> None:
        async for batch in store.log.follow(after):
            seen.append(batch)
            for _ in range(pause):
                await trio.lowlevel.checkpoint()
            if batch.number == 5:
                return

    seen: list[list[Batch]] = [[], [], [], []]
    async with backend.open() as store:
        await append_three(store.log)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow, 0, seen[0], 0)
            nursery.start_soon(follow, 0, seen[1], 20)
            nursery.start_soon(follow, 2, seen[2], 0)
            nursery.start_soon(follow, 4, seen[3], 0)
            await trio.lowlevel.checkpoint()
            await append(store.log, [b"seven"])
            await append(store.log, [b"eight"])
        everything = list(store.log.read())
    assert seen == [everything, everything, everything[2:], everything[4:]]


async def test_following_ends_when_the_log_is_closed(backend: Backend) -> None:
    seen: list[int] = []

    async def follow() -> None:
        async for batch in store.log.follow(0):
            seen.append(batch.number)

    async with backend.open() as store, trio.open_nursery() as nursery:
        await append(store.log, [b"one"])
        nursery.start_soon(follow)
        await trio.testing.wait_all_tasks_blocked()
        await store.log.close()
    assert seen == [1]


async def test_headroom_shrinks_as_the_log_grows(backend: Backend) -> None:
    async with backend.open() as store:
        before = store.log.headroom()
        await append(store.log, [bytes(100_000)])
        assert before - 150_000 < store.log.headroom() <= before - 100_000
