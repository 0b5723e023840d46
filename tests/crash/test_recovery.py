"""The power fails while a snapshot is written, on stopping, in between, and within a recovery.

A snapshot is many commits, and the mark that says what it includes comes last. Whatever is cut off
in between, the next start comes to the same state and knows every user and every key.
"""

from contextlib import suppress

import pytest

import engine.host.snapshots
from engine.host.digest import digest
from engine.model.errors import EngineFailed
from engine.model.numbers import UNIT
from tests.crash.test_stop import ENOUGH, World, event, totals

EVENTS = 1_500
"""More than recovery replays before it first looks whether a snapshot is due."""
PEOPLE = 300


def cut_off_at(world: World, number: int) -> None:
    """Cut the power at a commit of the derived data."""

    async def cut(commit: int) -> None:
        if commit == number:
            world.disk.crash()

    world.disk.derived.delay = cut


async def play(world: World, first: int, last: int) -> str:
    """Record events, each with a key of its own; cut the power once all are on disk."""
    live = ""
    with suppress(EngineFailed):  # leaving the block meets the cut
        async with world.scope() as (opened, scope):
            for number in range(first, last):
                request = event(f"user-{number % PEOPLE}", f"key-{number}")
                applied = await scope.record_event(request)
                world.acknowledged[request.user.id, f"key-{number}"] = applied.seq
            await opened.durable(opened.last_seq)
            live = digest(scope)
            world.disk.crash()
    assert live
    return live


async def check(world: World, live: str) -> None:
    """Everything acknowledged is there under its record, known by its key, and nothing else."""
    world.disk.derived.delay = None
    await world.check_replays(live)
    async with world.scope() as (_, scope):
        assert digest(scope) == live
        for (user, key), seq in world.acknowledged.items():
            again = await scope.record_event(event(user, key))
            assert (again.replayed, again.seq) == (True, seq), (user, key)
        assert sum(totals(scope).values()) == len(world.acknowledged) * UNIT
        assert set(totals(scope)) == {user for user, _ in world.acknowledged}
        assert digest(scope) == live


@pytest.mark.parametrize("earlier", [0, 40], ids=["first snapshot", "later snapshot"])
async def test_the_power_fails_at_the_nth_commit_of_a_snapshot(earlier: int) -> None:
    untouched = 0
    for number in range(1, ENOUGH):
        world = World()
        await play(world, 0, earlier)
        if earlier:
            async with world.scope() as (opened, _):
                await opened.snapshots.write()
        live = await play(world, earlier, earlier + PEOPLE // 3)
        before = world.disk.derived.commit_count
        cut_off_at(world, before + number)
        with suppress(EngineFailed):
            async with world.scope() as (opened, _):
                await opened.snapshots.write()
            untouched = number
        await check(world, live)
        if untouched:
            break
    assert untouched > 3, "keys, users, and the mark were cut off"


@pytest.mark.parametrize("earlier", [0, 40], ids=["without a snapshot", "with a snapshot"])
async def test_the_power_fails_at_the_nth_commit_of_a_snapshot_within_recovery(
    earlier: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    untouched = 0
    for number in range(1, ENOUGH):
        world = World()
        await play(world, 0, earlier)
        if earlier:
            async with world.scope() as (opened, _):
                await opened.snapshots.write()
        live = await play(world, earlier, earlier + EVENTS)
        last = world.disk.derived.commit_count + number
        cut_off_at(world, last)
        with monkeypatch.context() as patch, suppress(EngineFailed):
            # So many keys are in the tail that a snapshot is due before recovery is at its end.
            patch.setattr(engine.host.snapshots, "RECENT_KEYS_MAX", EVENTS // 3)
            async with world.engine():
                untouched = number if world.disk.derived.commit_count < last else 0
                world.disk.crash()  # recovered, and at once the next cut
        await check(world, live)
        if untouched:
            break
    assert untouched > 3, "keys, users, and the mark were cut off"
