"""Plays a history on the real engine under a regime, and says what came of it as the oracle does.

A regime is everything that must not matter: when the sweep runs, how many users fit into memory,
when a snapshot is written, when the power fails. Two regimes give the same outcome and digest.
"""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, assert_never

import msgspec
from msgspec import UNSET

from api.operations.instants import date_text
from api.operations.voiding import void_event
from engine.host import by_hand
from engine.host.digest import digest
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.moves import HistorySettings
from engine.host.preferences import PreferencesChanges
from engine.host.recovery import decode_stored
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.commands import RecordEvent
from engine.model.errors import EngineFailed, Forbidden, InvalidInput, NotFound
from engine.model.identifiers import Day, Instant, Ordinal, Seq
from engine.model.numbers import parse_millionths
from engine.model.user import UserBoost
from engine.rules.periods import day_of
from persistence.memory import MemoryDisk, open_memory_store
from tests.model import seen
from tests.model.operations import (
    AddBoost,
    AddPause,
    AwardPoints,
    Boost,
    ChangeBoost,
    Complete,
    Configure,
    DeleteBoost,
    DeletePause,
    EndRun,
    Event,
    GrantFreeze,
    Hide,
    Operation,
    Pass,
    PointsCommand,
    Prefer,
    Reset,
    Restore,
    StreakCommand,
    Upsert,
    UserUpsert,
    Void,
)
from tests.model.streaks import is_over_somewhere

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Regime:
    """What must not matter."""

    sweep: Literal["at once", "at random", "at the end"] = "at once"
    resident_users: int = 1_000
    snapshots: bool = False
    crashes: bool = False
    seed: int = 0


SMALL_HISTORY = HistorySettings(chunk_rows=8, bytes_max=2_000, cut_rows_min=5, part_participants=4)
"""So small that a short history has many chunks and cuts."""


class ManualClock:
    """A clock that stands where it was set."""

    def __init__(self) -> None:
        self.at = Instant(0)

    def now(self) -> Instant:
        return self.at


@dataclass
class Player:
    """One play: a disk, a clock, and dice for what the regime leaves open."""

    regime: Regime
    disk: MemoryDisk = field(default_factory=MemoryDisk)
    clock: ManualClock = field(default_factory=ManualClock)

    async def play(self, history: Sequence[Operation], end: int) -> tuple[Outcome, str]:
        """Play a history, let time pass to `end`, sweep; return outcome and digest."""
        dice = random.Random(self.regime.seed)
        index = 0
        while index < len(history):
            last = len(history)
            if self.regime.crashes:
                last = min(last, index + dice.randrange(1, 12))
                # A power cut takes what is queued; now and then everything was acknowledged.
            index = await self._session(history, index, last, dice)
        self.clock.at = Instant(end)
        async with self.engine() as engine:
            scope = await engine.scope()
            as_read = {user: seen.user_outcome(scope, user, engine) for user in seen.users(scope)}
            while scope.sweep_slice(limit=dice.randrange(1, 4)):
                if dice.random() < 0.5:  # else ledgers are read from the queue
                    await engine.durable(engine.last_seq)
                seen.check_counts(scope)
            if dice.random() < 0.5:  # else what is closed is read from memory
                await engine.archives.write(engine.scopes())
            outcome = seen.outcome(scope, engine)
            assert as_read == outcome["users"], "a read shows what the sweep will record"
            scope.boards._check()
            return outcome, digest(scope)

    @asynccontextmanager
    async def engine(self) -> AsyncGenerator[LiveEngine]:
        """Open the disk as it is now."""
        settings = Settings(
            resident_users=self.regime.resident_users, sweeping=False, history=SMALL_HISTORY
        )
        async with (
            open_memory_store(self.disk) as store,
            open_engine(store, clock=self.clock, settings=settings) as engine,
        ):
            yield engine

    async def _session(
        self, history: Sequence[Operation], first: int, last: int, dice: random.Random
    ) -> int:
        """Play a stretch; with crashes, end in one. Return the index to go on from."""
        applied: list[Seq] = []
        try:
            async with self.engine() as engine:
                scope = await engine.scope()
                for operation in history[first:last]:
                    await self._apply(scope, operation, engine)
                    applied.append(engine.last_seq)
                    await self._in_between(scope, engine, dice)
                    scope.boards._check()
                    seen.check_counts(scope)
                    if dice.random() < 0.5:
                        await engine.durable(engine.last_seq)
                if self.regime.crashes:
                    self.disk.crash()
        except EngineFailed:
            pass
        async with self.engine() as engine:
            # What is not on disk was not acknowledged; its sender sends it again.
            survived = sum(seq <= engine.last_seq for seq in applied)
            return max(first + survived, first)

    async def _apply(self, scope: Scope, operation: Operation, engine: LiveEngine) -> None:
        self.clock.at = Instant(operation.to if isinstance(operation, Pass) else operation.at)
        match operation:
            case Configure(document=document):
                await scope.configure(document)
            case Pass():
                pass
            case _:
                with suppress(InvalidInput, NotFound, Forbidden):
                    await _of_a_user(scope, operation, engine)

    async def _in_between(self, scope: Scope, engine: LiveEngine, dice: random.Random) -> None:
        if self.regime.snapshots and dice.random() < 0.3:
            await engine.archives.write(engine.scopes())
            await engine.snapshots.write()
            await engine.cuts.look()
        if scope.mode != "live" or self.regime.sweep == "at the end":
            return
        if self.regime.sweep == "at once":
            while scope.sweep_slice():
                pass
        elif dice.random() < 0.5:
            for _ in range(dice.randrange(3)):
                scope.sweep_slice(limit=1)


async def _of_a_user(scope: Scope, operation: Operation, engine: LiveEngine) -> None:
    match operation:
        case Event():
            fields = _fields(operation)
            value = parse_millionths(operation.value)
            attributes = operation.event_attributes or {}
            request = EventRequest(operation.metric, fields, value, attributes, operation.key)
            await scope.record_event(request)
        case Upsert():
            await scope.upsert_user(_fields(operation))
        case Complete(achievement=key):
            await scope.complete_achievement(_fields(operation), key)
        case Void(event=index):
            await void_event(scope, engine.log, _record_of_event(engine, index))
        case AddBoost() | ChangeBoost() | DeleteBoost() | AwardPoints():
            await _about_points(scope, operation)
        case Hide(user=user, hidden=hidden):
            await by_hand.hide_user(scope, user, hidden, "a reason")
        case EndRun(board=key):
            board = scope.plan.leaderboards_by_key.get(key)
            await scope.end_run(board.ordinal if board else Ordinal(0))
        case Configure() | Pass():
            raise AssertionError(operation)
        case _:
            await _about_streak(scope, operation)


async def _about_points(scope: Scope, operation: PointsCommand) -> None:
    match operation:
        case AddBoost(user=user, boost=boost):
            await by_hand.add_boost(scope, user, _boost(scope, boost))
        case ChangeBoost(user=user, index=index, boost=boost):
            await by_hand.change_boost(scope, user, _boost(scope, boost, index))
        case DeleteBoost(user=user, index=index):
            await by_hand.delete_boost(scope, user, index)
        case AwardPoints(user=user, system=key, amount=amount):
            system = scope.plan.systems_by_key[key].system.ordinal
            await by_hand.award_points(scope, user, system, amount)
        case _:
            assert_never(operation)


def _boost(scope: Scope, boost: Boost, index: int = 0) -> UserBoost:
    return UserBoost(
        index=index,
        system=scope.plan.systems_by_key[boost.system].system.ordinal,
        name="",
        start=day_of(boost.start),
        end=None if boost.end is None else day_of(boost.end),
        multiplier=parse_millionths(boost.multiplier),
        rounding=boost.rounding,
        active=boost.is_active,
    )


def _record_of_event(engine: LiveEngine, index: int) -> Seq:
    """The record of the n-th event that was applied; if there is none one that is no event's.

    Records are read one by one: some wait for the disk.
    """
    events: list[Seq] = []
    for number in range(1, engine.last_seq + 1):
        rows = engine.log.read_record(Seq(number))
        assert rows is not None
        if isinstance(decode_stored(Seq(number), *rows).record.command, RecordEvent):
            events.append(Seq(number))
    return events[index] if index < len(events) else Seq(1)


async def _about_streak(scope: Scope, operation: StreakCommand) -> None:
    match operation:
        case GrantFreeze(user=user):
            await by_hand.grant_freeze(scope, user)
        case AddPause(user=user, start=start, end=end):
            await by_hand.add_pause(scope, user, start, end)
        case DeletePause(at=at, user=user, index=index):
            # What has long been over may be forgotten or not: see `DeletePause`.
            known = {pause.index: pause for pause in scope.read_user(user).state.pauses}
            if index not in known or not is_over_somewhere(_date(known[index].end), at):
                await by_hand.delete_pause(scope, user, index)
        case Reset(user=user):
            await by_hand.reset_streak(scope, user)
        case Restore(user=user):
            await by_hand.restore_streak(scope, user)
        case Prefer(user=user, streak=streak):
            changes = msgspec.convert({"streak": streak}, PreferencesChanges)
            await by_hand.change_preferences(scope, user, changes)
        case _:
            assert_never(operation)


def _date(day: Day) -> date:
    return date.fromisoformat(date_text(day))


def _fields(operation: UserUpsert) -> UserFields:
    return UserFields(
        operation.user,
        tz=UNSET if operation.zone is None else operation.zone or None,
        attributes=operation.attributes or UNSET,
        sign_up_date=UNSET if operation.signed_up is None else operation.signed_up or None,
    )
