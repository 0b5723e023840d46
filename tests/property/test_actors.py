"""Where users' states are, against a dictionary: nothing is lost, nothing is old, little is hot."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

import engine.host.actors
from engine.host.actors import Actors, read_starts
from engine.host.ports import UserPiece
from engine.model.errors import LogDamaged
from engine.model.identifiers import Day, Instant, Ordinal, ScopeNumber, Seq, UserNumber
from engine.model.user import (
    Entry,
    Freezes,
    Identity,
    Preferences,
    ShardKey,
    StreakTrack,
    UserState,
)
from engine.rules.periods import waiting
from persistence.memory import MemoryDisk, open_memory_store
from persistence.store import OpenStore

SCOPE = ScopeNumber(1)
USERS = 5
numbers = st.integers(1, USERS)
operations = st.lists(
    st.tuples(st.sampled_from(("put", "put", "load", "view", "pack", "write")), numbers),
    max_size=40,
)


def state_of(number: int, seq: int) -> UserState:
    entries = {ShardKey(Ordinal(1), "", 1): Entry(seq, Instant(seq), seq)}
    identity = Identity(f"user {number}", f"name at {seq}")
    return UserState(
        UserNumber(number),
        identity,
        Seq(seq),
        at=Instant(seq),
        created_on=Day(number),
        zone=f"Zone/{number}",
        streaks={"daily": StreakTrack(period=Day(seq % 5), length=seq % 5)},
        freezes=Freezes(balance=seq, earned=Day(seq)),
        preferences=Preferences(enabled=seq % 3 > 0),
        entries=entries,
    )


@asynccontextmanager
async def a_store() -> AsyncGenerator[OpenStore]:
    """A store whose log reaches further than any state here, as the derived data insist."""
    async with open_memory_store(MemoryDisk()) as store:
        await store.log.append(Seq(1), [b""] * 50, {})
        yield store


@dataclass
class Walk:
    """Actors and what they should know."""

    actors: Actors
    store: OpenStore
    capacity: int
    seq: int = 0
    latest: dict[int, UserState] = field(default_factory=dict)
    written: dict[int, int] = field(default_factory=dict)
    packed: list[UserPiece] = field(default_factory=list)

    async def step(self, what: str, number: int) -> None:
        known = number in self.latest
        match what:
            case "put":
                self.seq += 1
                state = self.latest[number] = state_of(number, self.seq)
                self.actors.put(state)
            case "load" if known:
                assert self.actors.load(UserNumber(number)) == self.latest[number]
            case "view" if known:
                assert self.actors.view(UserNumber(number)) == self.latest[number]
            case "pack":
                # As a snapshot does: a slice of the dirty ones, which others overtake.
                self.packed = [self.actors.pack(n) for n in self.actors.dirty()[:number]]
            case "write":
                await self.store.derived.write(users=self.packed)
                for piece in self.packed:
                    self.actors.written(piece)
                    self.written[piece.number] = piece.seq
                self.packed = []

    def check(self) -> None:
        dirty = {n for n, state in self.latest.items() if self.written.get(n) != state.seq}
        assert set(self.actors.dirty()) == dirty
        for number in range(1, USERS + 1):
            found = self.actors.find(UserNumber(number))
            assert found == self.latest.get(number)
            assert self.actors.is_dirty(UserNumber(number)) == (number in dirty)
        statistics = self.actors.statistics()
        assert statistics.hot <= self.capacity
        assert statistics.dirty == len(dirty)
        assert statistics.packed <= len(dirty)
        for number, row in read_starts(self.store.derived, SCOPE):
            seq = self.written[number]
            state = state_of(number, seq)
            assert (row.id, row.name) == (f"user {number}", f"name at {seq}")
            assert row.entries == state.entries
            assert row.waiting == waiting(state)
            assert row.waiting.last == seq % 5 or row.waiting.last is None


@given(st.sampled_from((1, 2, 100)), operations)
def test_actors_are_a_dictionary(capacity: int, walked: list[tuple[str, int]]) -> None:
    async def walk() -> None:
        async with a_store() as store:
            walk = Walk(Actors(SCOPE, store.derived, capacity), store, capacity)
            for what, number in walked:
                await walk.step(what, number)
                walk.check()

    trio.run(walk)


async def test_a_state_that_is_nowhere_is_damage() -> None:
    async with a_store() as store:
        actors = Actors(SCOPE, store.derived, 1)
        assert actors.find(UserNumber(7)) is None
        with pytest.raises(LogDamaged, match="user 7 of scope 1 is not in the snapshot"):
            actors.view(UserNumber(7))


async def acquire_three(
    actors: Actors, monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> list[UserState]:
    """Let somebody acquire user 1 while users 1 and 2 are packed and 3 is hot; they wait."""
    monkeypatch.setattr(engine.host.actors, "PACKED_USERS_MAX", 2)
    for number in (1, 2, 3):
        actors.put(state_of(number, number))
    acquired: list[UserState] = []

    async def acquire() -> None:
        acquired.append(await actors.acquire(UserNumber(1)))

    nursery.start_soon(acquire)
    await trio.testing.wait_all_tasks_blocked()
    assert not acquired
    return acquired


async def test_acquiring_waits_until_packed_states_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_store() as store, trio.open_nursery() as nursery:
        actors = Actors(SCOPE, store.derived, 1)
        acquired = await acquire_three(actors, monkeypatch, nursery)
        piece = actors.pack(UserNumber(2))
        await store.derived.write(users=[piece])
        actors.written(piece)
        await trio.testing.wait_all_tasks_blocked()
        assert acquired == [state_of(1, 1)]


async def test_acquiring_goes_on_when_a_packed_state_becomes_hot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_store() as store, trio.open_nursery() as nursery:
        actors = Actors(SCOPE, store.derived, 1)
        acquired = await acquire_three(actors, monkeypatch, nursery)
        hot = actors.pack(UserNumber(3))
        await store.derived.write(users=[hot])
        actors.written(hot)  # clean, so dropped for whoever comes next
        actors.load(UserNumber(2))
        assert actors.statistics().packed == 1
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
        assert acquired == [state_of(1, 1)]
