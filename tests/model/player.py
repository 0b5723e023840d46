"""Plays a history on the real engine under a regime, and says what came of it as the oracle does.

A regime is everything that must not matter: when the sweep runs, how many users fit into memory,
when a snapshot is written, when the power fails. Two regimes give the same outcome and digest.
"""

import random
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, assert_never

import msgspec
from msgspec import UNSET

from api.operations.instants import date_text
from engine.configuration.plan import shard_of
from engine.host import by_hand
from engine.host.digest import digest
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.preferences import PreferencesChanges
from engine.host.recovery import read_records
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.commands import ApplyConfiguration
from engine.model.configuration import FREQUENCIES
from engine.model.errors import EngineFailed, Forbidden, InvalidInput, NotFound
from engine.model.facts import AnyFact, FreezesChanged, PeriodClosed, StreakReset
from engine.model.identifiers import Day, Instant, Seq
from engine.model.numbers import as_text, parse_millionths
from engine.model.user import StreakTrack, UserState
from engine.rules.streaks import expires
from persistence.ledgers import Ledgers
from persistence.memory import MemoryDisk, open_memory_store
from tests.model.histories import (
    AddPause,
    Configure,
    DeletePause,
    Event,
    GrantFreeze,
    Operation,
    Pass,
    Prefer,
    Reset,
    Restore,
    StreakCommand,
    Upsert,
)
from tests.model.streaks import is_over_somewhere

EVERYTHING = 100_000
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Regime:
    """What must not matter."""

    sweep: Literal["at once", "at random", "at the end"] = "at once"
    resident_users: int = 1_000
    snapshots: bool = False
    crashes: bool = False
    seed: int = 0


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
            as_read = {user: self._user(scope, user, engine) for user in self._users(scope)}
            while scope.sweep_slice(limit=dice.randrange(1, 4)):
                if dice.random() < 0.5:  # else ledgers are read from the queue
                    await engine.durable(engine.last_seq)
            outcome = self.outcome(scope, engine)
            assert as_read == outcome["users"], "a read shows what the sweep will record"
            for board in scope.plan.live:
                shard = scope.boards.shard(board)
                assert shard is not None
                shard._check()
            return outcome, digest(scope)

    @asynccontextmanager
    async def engine(self) -> AsyncGenerator[LiveEngine]:
        """Open the disk as it is now."""
        settings = Settings(resident_users=self.regime.resident_users, sweeping=False)
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
                    await self._apply(scope, operation)
                    applied.append(engine.last_seq)
                    await self._in_between(scope, engine, dice)
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

    async def _apply(self, scope: Scope, operation: Operation) -> None:
        match operation:
            case Configure(at, document):
                self.clock.at = Instant(at)
                await scope.configure(document)
            case Event():
                self.clock.at = Instant(operation.at)
                fields = _fields(operation)
                try:
                    value = parse_millionths(operation.value)
                    request = EventRequest(operation.metric, fields, value, key=operation.key)
                    await scope.record_event(request)
                except InvalidInput:
                    pass
            case Upsert():
                self.clock.at = Instant(operation.at)
                await scope.upsert_user(_fields(operation))
            case Pass(to):
                self.clock.at = Instant(to)
            case _:
                self.clock.at = Instant(operation.at)
                with suppress(InvalidInput, NotFound, Forbidden):
                    await _by_hand(scope, operation)

    async def _in_between(self, scope: Scope, engine: LiveEngine, dice: random.Random) -> None:
        if self.regime.snapshots and dice.random() < 0.3:
            await engine.snapshots.write()
        if scope.mode != "live" or self.regime.sweep == "at the end":
            return
        if self.regime.sweep == "at once":
            while scope.sweep_slice():
                pass
        elif dice.random() < 0.5:
            for _ in range(dice.randrange(3)):
                scope.sweep_slice(limit=1)

    def outcome(self, scope: Scope, engine: LiveEngine) -> Outcome:
        """Say what came of it, in the oracle's form."""
        boards: dict[str, list[list[object]]] = {}
        for board in scope.configuration.leaderboards:
            shard = scope.boards.shard(shard_of(board))
            places = shard.page(0, EVERYTHING) if shard else ()
            boards[board.key] = [[scope.directory.id(p.number), p.value] for p in places]
        users = {user: self._user(scope, user, engine) for user in self._users(scope)}
        recounted = Counter(
            achievement for user in users for achievement in scope.recorded_user(user).completions
        )
        assert scope.state.completions == recounted, "completions are counted as they are recorded"
        return {"users": users, "boards": boards}

    def _users(self, scope: Scope) -> list[str]:
        return [scope.directory.id(number) for number in scope.directory.numbers()]

    def _user(self, scope: Scope, user_id: str, engine: LiveEngine) -> Outcome:
        recorded = scope.recorded_user(user_id)
        decision = scope.read_user(user_id)
        state, plan = decision.state, scope.plan
        ledgers = Ledgers(engine.log, scope.state.number)
        return {
            "zone": state.zone,
            "attributes": {
                key: value
                for key, value in state.identity.attributes.items()
                if key in plan.user_attributes
            },
            "metrics": {
                metric.key: as_text(state.metrics[metric.ordinal].total)
                for metric in scope.configuration.metrics
                if metric.ordinal in state.metrics
            },
            "streaks": {
                frequency: _streak_outcome(state.streak(frequency)) for frequency in FREQUENCIES
            },
            "periods": _periods(recorded, ledgers, decision.facts),
            "resets": [
                [date_text(row.fact.date), row.fact.at]
                for row in reversed(list(ledgers.periods(recorded, "daily")))
                if isinstance(row.fact, StreakReset) and row.fact.reason == "reset"
            ],
            "freezes": {
                "balance": state.freezes.balance,
                "ledger": _freezes(recorded, ledgers, decision.facts),
            },
            "pauses": [
                [date_text(pause.start), date_text(pause.end)]
                for pause in sorted(state.pauses, key=lambda pause: pause.index)
                if pause.end >= _today(scope, state)
            ],
            "expires": _date_or_none(expires(state, plan, plan.streak.frequency, scope.calendar)),
            "achievements": {
                achievement.key: [completion.at, completion.backdated]
                for achievement in scope.configuration.achievements
                if (completion := state.completions.get(achievement.ordinal))
            },
            "points": {
                system.key: state.points[system.ordinal].total
                if system.ordinal in state.points
                else 0
                for system in scope.configuration.points
            },
            "ledger": self._ledgers(scope, recorded, ledgers, engine),
            "levels": self._levels(scope, state),
        }

    def _ledgers(
        self, scope: Scope, state: UserState, ledgers: Ledgers, engine: LiveEngine
    ) -> dict[str, list[list[object]]]:
        names = _trigger_keys(engine)
        return {
            system.key: [
                [names[row.fact.trigger], f.amount, f.base_amount, f.total, f.at]
                for row in reversed(ledgers.points(state, system.ordinal, EVERYTHING))
                if (f := row.fact)
            ]
            for system in scope.configuration.points
        }

    def _levels(self, scope: Scope, state: UserState) -> dict[str, str | None]:
        levels: dict[str, str | None] = {}
        for ordinal, system in scope.plan.systems.items():
            points = state.points.get(ordinal)
            level = system.level(points.total if points else 0)
            levels[system.system.key] = level.key if level else None
        return levels


async def _by_hand(scope: Scope, operation: StreakCommand) -> None:
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


def _streak_outcome(track: StreakTrack) -> Outcome:
    return {
        "length": track.length,
        "longest": track.longest,
        "started": date_text(track.started) if track.length else None,
        "period": date_text(track.period) if track.length else None,
        "met": track.met and track.length > 0,
    }


def _periods(
    recorded: UserState, ledgers: Ledgers, facts: Sequence[AnyFact]
) -> dict[str, list[list[object]]]:
    """The rows of all frequencies; what is due and not yet recorded stands in the facts."""
    periods: dict[str, list[list[object]]] = {}
    for frequency in FREQUENCIES:
        rows = [row.fact for row in reversed(list(ledgers.periods(recorded, frequency)))]
        closed = [fact for fact in (*rows, *facts) if isinstance(fact, PeriodClosed)]
        periods[frequency] = [
            [date_text(f.period_start), date_text(f.period_end), f.length, f.outcome, f.at]
            for f in closed
            if f.frequency == frequency
        ]
    return periods


def _freezes(recorded: UserState, ledgers: Ledgers, facts: Sequence[AnyFact]) -> list[list[object]]:
    rows = [row.fact for row in reversed(list(ledgers.freezes(recorded)))]
    changes = [fact for fact in (*rows, *facts) if isinstance(fact, FreezesChanged)]
    return [
        [
            *(f.reason, f.amount, f.balance),
            date_text(f.period) if f.reason == "consumed" else None,
            f.at,
        ]
        for f in changes
    ]


def _today(scope: Scope, state: UserState) -> Day:
    """The local date that a command would have now."""
    day = scope.calendar.day(scope.plan.zone(state.zone), scope.now())
    return max(day, state.date, *(track.period for track in state.streaks.values()), Day(0))


def _date(day: Day) -> date:
    return date.fromisoformat(date_text(day))


def _date_or_none(day: Day | None) -> str | None:
    return None if day is None else date_text(day)


def _fields(operation: Event | Upsert) -> UserFields:
    zone = UNSET if operation.zone is None else operation.zone or None
    return UserFields(operation.user, tz=zone, attributes=operation.attributes or UNSET)


def _trigger_keys(engine: LiveEngine) -> dict[int, str]:
    """Return the keys of all triggers that ever were, from the log."""
    keys: dict[int, str] = {}
    for stored in read_records(engine.log, Seq(0)):
        if isinstance(stored.record.command, ApplyConfiguration):
            for system in stored.record.command.configuration.points:
                keys.update((trigger.ordinal, trigger.key) for trigger in system.triggers)
    return keys
