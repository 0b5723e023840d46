"""Fail-stop: a commit that fails stops the engine, tells everybody, and loses nothing acknowledged.

The n-th commit of the log, then of the derived data, is made to fail, before or after it is
durable, for n = 1, 2, … until no commit is left to fail.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

import pytest
import trio
import trio.testing

from api.cli.importing import checked_document
from engine.host.digest import digest
from engine.host.engine import LiveEngine, Settings, load_engine, open_engine
from engine.host.ports import OutcomeUnknown
from engine.host.recovery import read_records
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.commands import RecordEvent
from engine.model.errors import EngineClosed, EngineFailed, LaurelsError, StorageFull
from engine.model.identifiers import Instant, Millionths, Seq
from engine.model.numbers import UNIT
from persistence.memory import MemoryDisk, open_memory_store
from persistence.verify import LogAlone
from tests.cli.command import CONFIGURATION
from tests.model.player import ManualClock

NOON = Instant(1_772_366_400_000_000)
"""1 March 2026, 12:00 UTC."""
DAY_US = 86_400_000_000
CALLERS = 4
EVENTS_EACH = 5
ENOUGH = 200
"""More commits than any run here makes."""

Failure = Literal["before", "after"]


@dataclass
class World:
    """A disk, a clock, and what was acknowledged of what the callers wanted."""

    disk: MemoryDisk = field(default_factory=MemoryDisk)
    clock: ManualClock = field(default_factory=ManualClock)
    settings: Settings = field(default_factory=lambda: Settings(sweeping=False))
    acknowledged: dict[tuple[str, str], Seq] = field(default_factory=dict)
    failures: list[EngineFailed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock.at = NOON

    @asynccontextmanager
    async def engine(self) -> AsyncGenerator[LiveEngine]:
        async with (
            open_memory_store(self.disk) as store,
            open_engine(store, clock=self.clock, settings=self.settings) as engine,
        ):
            yield engine

    @asynccontextmanager
    async def scope(self) -> AsyncGenerator[tuple[LiveEngine, Scope]]:
        """Open the engine with a scope whose configuration is on disk."""
        async with self.engine() as engine:
            scope = await configured(engine)
            await engine.durable(engine.last_seq)
            yield engine, scope

    async def call(self, engine: LiveEngine, scope: Scope, user: str) -> None:
        """Record a user's events one after the other, each acknowledged before the next."""
        try:
            for number in range(EVENTS_EACH):
                applied = await scope.record_event(event(user, f"key-{number}"))
                await engine.durable(applied.seq)
                before = self.acknowledged.setdefault((user, f"key-{number}"), applied.seq)
                assert before == applied.seq, "a key leads to one record for ever"
        except EngineFailed as failure:
            self.failures.append(failure)

    async def play(self) -> None:
        """Let all callers call at once, then write a snapshot."""
        async with self.scope() as (engine, scope):
            async with trio.open_nursery() as nursery:
                for user in users():
                    nursery.start_soon(self.call, engine, scope, user)
            if self.failures:
                assert len(self.failures) == CALLERS, "every waiter was told"
                await expect_stopped(engine, scope)
            await engine.snapshots.write()

    async def check(self) -> None:
        """What was acknowledged is there; what was not is there once when it is sent again."""
        for environment in (self.disk.log, self.disk.derived):
            environment.fail_before.clear()
            environment.fail_after.clear()
        before = dict(self.acknowledged)
        self.failures.clear()
        await self.play()
        assert self.acknowledged.keys() >= before.keys()
        assert not self.failures
        async with self.scope() as (engine, scope):
            assert totals(scope) == dict.fromkeys(users(), EVENTS_EACH * UNIT)
            recorded = event_records(engine)
            assert sorted(recorded) == sorted(self.acknowledged.values())
            live = digest(scope)
        await self.check_replays(live)

    async def check_replays(self, live: str) -> None:
        async with open_memory_store(self.disk) as store:
            assert digest((await load_engine(store)).find_scope("default")) == live
            alone = await load_engine(LogAlone(store.log))
            assert digest(alone.find_scope("default")) == live


async def configured(engine: LiveEngine) -> Scope:
    scope = await engine.scope()
    await scope.configure(checked_document(CONFIGURATION.encode()))
    return scope


def users() -> list[str]:
    return [f"user-{number}" for number in range(CALLERS)]


def event(user: str, key: str | None = None) -> EventRequest:
    return EventRequest("lessons", UserFields(user), Millionths(UNIT), key=key)


def totals(scope: Scope) -> dict[str, int]:
    found: dict[str, int] = {}
    for number in scope.directory.numbers():
        state = scope.actors.view(number)
        found[state.identity.id] = sum(metric.total for metric in state.metrics.values())
    return found


def event_records(engine: LiveEngine) -> list[Seq]:
    records = read_records(engine.log, Seq(0))
    events = [stored for stored in records if isinstance(stored.record.command, RecordEvent)]
    keys = [c.key for stored in events if isinstance(c := stored.record.command, RecordEvent)]
    assert len(set(keys)) == len(keys), "a key was counted twice"
    return [stored.seq for stored in events]


async def expect_stopped(engine: LiveEngine, scope: Scope) -> None:
    """Nothing more is accepted, waiting ends at once, reading goes on."""
    last = engine.last_seq
    with pytest.raises(EngineFailed):
        await scope.record_event(event("user-0", "another"))
    with pytest.raises(EngineFailed):
        await scope.upsert_user(UserFields("user-0", name="Another"))
    with pytest.raises(EngineFailed):
        await scope.configure(checked_document(CONFIGURATION.replace("XP", "EP").encode()))
    with pytest.raises(EngineFailed):
        scope.sweep_slice(Instant(NOON + 3 * DAY_US))
    with pytest.raises(EngineFailed):
        await engine.scope("another")
    with pytest.raises(EngineFailed):
        await engine.durable(last)
    with pytest.raises(EngineFailed):
        await engine.snapshots.write()
    assert engine.last_seq == last
    assert scope.read_user("user-0").state.identity.id == "user-0"
    assert len(digest(scope)) == 64


# --- The log ---


@pytest.mark.parametrize("failure", ["before", "after"])
async def test_the_logs_nth_commit_fails(failure: Failure) -> None:
    untouched = 0
    for number in range(1, ENOUGH):
        world = World()
        log = world.disk.log
        (log.fail_before if failure == "before" else log.fail_after).add(number)
        if number == 1:
            # It makes the log itself: there is no engine yet that could stop.
            with pytest.raises(OutcomeUnknown):
                await world.play()
        else:
            try:
                await world.play()
            except EngineFailed as failed:
                await check_batch(world, failed, failure)
            else:
                untouched = number
        await world.check()
        if untouched:
            break
    assert untouched > 2 + EVENTS_EACH, "commits of every kind were made to fail"


async def check_batch(world: World, failed: EngineFailed, failure: Failure) -> None:
    """The failed batch is in the log as a whole or not at all; everything before it is there."""
    match = re.match(r"the commit of records (\d+) to (\d+) failed", str(failed))
    assert match is not None, failed
    first, last = int(match[1]), int(match[2])
    async with open_memory_store(world.disk) as store:
        end = store.log.bounds().last_seq
        assert end == (first - 1 if failure == "before" else last)
        assert all(seq <= first - 1 for seq in world.acknowledged.values())


async def test_a_log_without_room_stops_the_engine_and_leaves_nothing_of_the_batch() -> None:
    world = World(settings=Settings(sweeping=False, headroom_bytes=0))

    async def run_out() -> None:
        async with world.scope() as (engine, scope):
            await scope.record_event(event("user-0", "key-0"))
            await engine.durable(engine.last_seq)
            world.acknowledged["user-0", "key-0"] = engine.last_seq
            world.disk.log.room = 50
            await scope.record_event(event("user-0", "key-1"))
            await engine.durable(engine.last_seq)

    with pytest.raises(EngineFailed, match=r"the commit of records .* failed"):
        await run_out()
    async with open_memory_store(world.disk) as store:
        assert store.log.bounds().last_seq == world.acknowledged["user-0", "key-0"]
    world.disk.log.room = 2**30
    await world.check()


# --- The derived data ---


@pytest.mark.parametrize("failure", ["before", "after"])
async def test_the_derived_datas_nth_commit_fails(failure: Failure) -> None:
    untouched = 0
    for number in range(1, ENOUGH):
        world = World()
        derived = world.disk.derived
        (derived.fail_before if failure == "before" else derived.fail_after).add(number)
        if number == 1:
            with pytest.raises(OutcomeUnknown):
                await world.play()
        else:
            try:
                await world.play()
                untouched = number
            except EngineFailed as error:
                if "writing the snapshot failed" not in str(error):
                    raise
            assert len(world.acknowledged) == CALLERS * EVENTS_EACH
        await world.check()
        if untouched:
            break
    # Made, keys, users, scope; and once more on closing, in which keys are none and users no more.
    assert untouched >= 5


async def test_a_failed_snapshot_stops_commands_as_a_failed_commit_does() -> None:
    world = World()
    derived, failing = world.disk.derived, 0
    with suppress(EngineFailed):  # on leaving it may be said again
        async with world.scope() as (engine, scope):
            await scope.record_event(event("user-0"))
            await engine.durable(engine.last_seq)
            failing = derived.commit_count + 1
            derived.fail_before.add(failing)
            with pytest.raises(EngineFailed, match="writing the snapshot failed"):
                await engine.snapshots.write()
            with pytest.raises(EngineFailed):
                await scope.record_event(event("user-0"))
            await engine.durable(engine.last_seq)  # what was durable before stays so
    assert derived.commit_count == failing, "tables whose state is unknown were written to again"
    async with world.scope() as (_, scope):
        assert totals(scope) == {"user-0": UNIT}


@pytest.mark.parametrize("room", [0, 100, 400])
async def test_derived_data_without_room_do_not_stop_the_engine(room: int) -> None:
    world = World()
    async with world.scope() as (engine, scope):
        world.disk.derived.room = room
        for user in users():
            await world.call(engine, scope, user)
            with pytest.raises(StorageFull):
                await engine.snapshots.write()
        assert len(world.acknowledged) == CALLERS * EVENTS_EACH
        for user in users():
            await world.call(engine, scope, user)  # all of them known, also by unwritten keys
        assert totals(scope) == dict.fromkeys(users(), EVENTS_EACH * UNIT)
        # Leaving writes a snapshot if it can; that it cannot is no failure.
    async with world.scope() as (engine, scope):
        assert totals(scope) == dict.fromkeys(users(), EVENTS_EACH * UNIT)
        world.disk.derived.room = 2**30
        assert await engine.snapshots.write() == engine.last_seq
    await world.check()


# --- Headroom ---


async def test_below_the_headroom_commands_are_refused_reads_go_on_and_service_resumes() -> None:
    world = World(settings=Settings(sweeping=False, headroom_bytes=1_000_000))
    async with world.scope() as (engine, scope):
        await scope.record_event(event("user-0", "key-0"))
        await engine.durable(engine.last_seq)
        world.disk.log.room = 1_000_000
        await scope.record_event(event("user-0", "key-1"))
        await engine.durable(engine.last_seq)  # its commit meets the disk as it is now
        last, before = engine.last_seq, digest(scope)
        for _ in range(2):
            with pytest.raises(StorageFull, match="commands are refused, reads go on"):
                await scope.record_event(event("user-0", "key-2"))
            with pytest.raises(StorageFull):
                await scope.record_event(event("new", "key-0"))
            with pytest.raises(StorageFull):
                await scope.upsert_user(UserFields("user-0", name="Name"))
            with pytest.raises(StorageFull):
                await scope.configure(checked_document(CONFIGURATION.replace("XP", "EP").encode()))
        assert (engine.last_seq, digest(scope)) == (last, before)
        assert totals(scope) == {"user-0": 2 * UNIT}
        assert scope.read_user("user-0").state.identity.id == "user-0"
        world.disk.log.room = 2_000_000
        applied = await scope.record_event(event("user-0", "key-2"))
        await engine.durable(applied.seq)
        assert totals(scope) == {"user-0": 3 * UNIT}
    async with world.scope() as (_, scope):
        assert totals(scope) == {"user-0": 3 * UNIT}


async def test_the_headroom_takes_all_that_is_queued() -> None:
    """Whatever was accepted before the disk was found too full still finds room."""
    world = World(settings=Settings(sweeping=False, headroom_bytes=100_000))
    world.disk.log.room = 150_000
    accepted = 0
    async with world.scope() as (engine, scope):
        full = False
        while not full:
            try:
                await scope.record_event(event(f"user-{accepted % 3}", f"key-{accepted}"))
                accepted += 1
            except StorageFull:
                full = True
            if accepted % 7 == 0:
                await engine.durable(engine.last_seq)
        await engine.durable(engine.last_seq)
        assert world.disk.log.room < 100_000
    assert accepted > 100
    world.disk.log.room = 2**30
    async with world.scope() as (engine, scope):
        assert sum(totals(scope).values()) == accepted * UNIT
        assert len(event_records(engine)) == accepted


# --- Cancelling ---


async def test_a_caller_who_gives_up_waiting_does_not_lose_the_record() -> None:
    world = World()
    go_on = trio.Event()

    async def hang(_: int) -> None:
        await go_on.wait()

    async with world.scope() as (engine, scope):
        world.disk.log.delay = hang
        given_up: list[Seq] = []

        async def call() -> None:
            applied = await scope.record_event(event("user-0", "key-0"))
            given_up.append(applied.seq)
            await engine.durable(applied.seq)
            raise AssertionError("this caller was cancelled before")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        async with trio.open_nursery() as nursery:
            # A second one waits behind the same commit, and is not harmed by the first one.
            nursery.start_soon(world.call, engine, scope, "user-1")
            await trio.testing.wait_all_tasks_blocked()
            assert not world.acknowledged
            go_on.set()
        assert len(world.acknowledged) == EVENTS_EACH
        again = await scope.record_event(event("user-0", "key-0"))
        assert (again.replayed, [again.seq]) == (True, given_up)
    async with world.scope() as (_, scope):
        assert totals(scope) == {"user-0": UNIT, "user-1": EVENTS_EACH * UNIT}
        again = await scope.record_event(event("user-0", "key-0"))
        assert (again.replayed, [again.seq]) == (True, given_up)


async def test_an_owner_who_is_cancelled_still_commits_what_was_applied() -> None:
    world = World()
    with trio.CancelScope() as cancelling:
        async with world.scope() as (_, scope):
            await scope.record_event(event("user-0", "key-0"))
            cancelling.cancel()
            await trio.lowlevel.checkpoint()
            raise AssertionError("the block was cancelled before")
    assert cancelling.cancelled_caught
    async with world.scope() as (_, scope):
        assert totals(scope) == {"user-0": UNIT}


# --- Closing ---


async def slowly(_: int) -> None:
    """Make a commit of the derived data take a second (of trio's clock, which jumps)."""
    await trio.sleep(1)


async def give_up(engine: LiveEngine) -> None:
    """Wake a closing that hangs: it is shielded, so that no deadline ends it."""
    await trio.sleep(60)
    engine._committer.fail("closing hangs", EngineClosed("after a minute"))


async def test_closing_ends_though_midnight_passes_meanwhile(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = World(settings=Settings(sweeping=True))
    async with trio.open_nursery() as nursery:
        async with world.scope() as (engine, scope):
            nursery.start_soon(give_up, engine)
            await scope.record_event(event("user-0", "key-0"))
            world.disk.derived.delay = slowly
            world.clock.at = Instant(NOON + 3 * DAY_US)
        nursery.cancel_scope.cancel()
    world.disk.derived.delay = None
    async with world.scope() as (_, scope):
        assert totals(scope) == {"user-0": UNIT}


async def test_a_command_that_comes_while_the_engine_closes_is_refused_or_recorded(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = World()
    answers: list[str] = []

    async def come_late(engine: LiveEngine, scope: Scope) -> None:
        await trio.sleep(1.5)
        try:
            applied = await scope.record_event(event("late", "key-0"))
            await engine.durable(applied.seq)
        except LaurelsError:
            answers.append("refused")
        else:
            answers.append("recorded")

    async with trio.open_nursery() as nursery:
        async with trio.open_nursery() as callers, world.scope() as (engine, scope):
            nursery.start_soon(give_up, engine)
            await scope.record_event(event("user-0", "key-0"))
            world.disk.derived.delay = slowly
            callers.start_soon(come_late, engine, scope)
        nursery.cancel_scope.cancel()
    world.disk.derived.delay = None
    async with world.scope() as (_, scope):
        assert ("late" in totals(scope)) == (answers == ["recorded"])
    assert answers
