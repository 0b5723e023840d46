"""A second engine that is asked what a log says was asked of the first one.

It is told by key and by full particulars, as a product tells; the log says by ordinal and only what
was new.
"""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from api.operations.voiding import void_event
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.recovery import read_records
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.commands import (
    AddBoost,
    AddPause,
    ApplyConfiguration,
    AwardPoints,
    BringUp,
    ChangeBoost,
    ChangePreferences,
    CompleteAchievement,
    DeleteBoost,
    DeletePause,
    RecordEvent,
    UpsertUser,
    UserCommand,
    VoidEvent,
)
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Instant, Ordinal, Seq
from engine.model.record import StoredRecord
from engine.model.user import UserBoost, UserState
from engine.rules.periods import civil
from persistence.memory import MemoryDisk, open_memory_store
from tests.model.player import ManualClock

NOWHERE = Ordinal(1_000_000)
"""An ordinal that nothing has."""


@dataclass
class Living:
    """A second engine that is given what the log says was asked, as a product would ask it."""

    engine: LiveEngine
    scope: Scope
    clock: ManualClock
    recorded: deque[Seq]
    """The events that are there from the start."""
    metrics: dict[Ordinal, str] = field(default_factory=dict)
    achievements: dict[Ordinal, str] = field(default_factory=dict)
    systems: dict[Ordinal, str] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    said: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By user what a product knows of them: zone, attributes, sign-up date."""
    events: dict[Seq, Seq] = field(default_factory=dict)
    """By the record of an event in the log the one here."""
    given: dict[tuple[int, str], list[int | None]] = field(default_factory=dict)
    """By user, the indices here of pauses and boosts in the order of the log."""
    refused: int = 0

    def read(self, stored: StoredRecord) -> None:
        """Learn what names mean and who is who, without doing anything."""
        command, number, personal = stored.record.command, stored.record.user, stored.personal
        if isinstance(command, ApplyConfiguration):
            configuration = command.configuration
            self.metrics |= {metric.ordinal: metric.key for metric in configuration.metrics}
            self.achievements |= {a.ordinal: a.key for a in configuration.achievements}
            self.systems |= {system.ordinal: system.key for system in configuration.points}
        said = self.said.setdefault(number, {})
        if personal is not None:
            self.ids[number] = personal.id
            if personal.attributes is not UNSET:
                said["attributes"] = {**said.get("attributes", {}), **personal.attributes}
            if personal.sign_up_date is not UNSET:
                day = personal.sign_up_date
                said["sign_up_date"] = None if day is None else civil(day)
        zone = getattr(command, "zone", None)
        if zone is not None:
            said["tz"] = zone or None

    def skip(self, stored: StoredRecord) -> None:
        """Take in what was done already, before another configuration came."""
        self.read(stored)
        command = stored.record.command
        if isinstance(command, RecordEvent):
            # Sweeps at other times give other numbers, but not another order.
            self.events[stored.seq] = self.recorded.popleft()
        elif isinstance(command, AddPause | AddBoost):
            given = self._given(stored.record.user, command)
            given.append(len(given) + 1)

    async def live(self, stored: StoredRecord) -> None:
        """Do what a record's command asked for."""
        self.read(stored)
        command, number = stored.record.command, stored.record.user
        if not isinstance(command, UserCommand) or isinstance(command, BringUp):
            return
        self.clock.at = stored.record.at
        user = UserFields(self.ids[number], **self.said[number])
        try:
            match command:
                case RecordEvent():
                    seq = await self._record(command, user, stored)
                    self.events[stored.seq] = seq
                case UpsertUser():
                    await self.scope.upsert_user(user)
                case CompleteAchievement(achievement):
                    key = self.achievements[achievement]
                    await self.scope.complete_achievement(user, key)
                case VoidEvent(event):
                    if event not in self.events:
                        raise NotFound("was not taken")
                    await void_event(self.scope, self.engine.log, self.events[event])
                case AddPause() | AddBoost():
                    given = self._given(number, command)
                    given.append(None)
                    given[-1] = self._add(user.id, command, stored.record.at)
                case _:
                    self._by_hand(user.id, self._here(number, command), stored.record.at)
        except (InvalidInput, NotFound):
            self.refused += 1

    async def _record(self, command: RecordEvent, user: UserFields, stored: StoredRecord) -> Seq:
        said = stored.personal.event_attributes if stored.personal is not None else UNSET
        attributes = {} if said is UNSET else dict(said)
        request = EventRequest(self.metrics[command.metric], user, command.value, attributes)
        return (await self.scope.record_event(request)).seq

    def _given(self, number: int, command: UserCommand) -> list[int | None]:
        what = "pauses" if isinstance(command, AddPause | DeletePause) else "boosts"
        return self.given.setdefault((number, what), [])

    def _add(self, user: str, command: AddPause | AddBoost, at: Instant) -> int:
        if isinstance(command, AddBoost):
            command = replace(command, boost=self._of_system(command.boost))
        state = self._by_hand(user, command, at)
        return state.pauses_made if isinstance(command, AddPause) else state.boosts_made

    def _of_system(self, boost: UserBoost) -> UserBoost:
        known = self.scope.plan.systems_by_key.get(self.systems[boost.system])
        return replace(boost, system=known.system.ordinal if known else NOWHERE)

    def _here(self, number: int, command: UserCommand) -> UserCommand:
        """A command that an operator gives, in today's ordinals and indices."""
        match command:
            case ChangePreferences() if command.preferences.conditions:
                known = self.scope.plan.metrics_by_key
                conditions = tuple(
                    replace(
                        c, metric=m.ordinal if (m := known.get(self.metrics[c.metric])) else NOWHERE
                    )
                    for c in command.preferences.conditions
                )
                preferences = replace(command.preferences, conditions=conditions)
                return replace(command, preferences=preferences)
            case AwardPoints():
                system = self.scope.plan.systems_by_key.get(self.systems[command.system])
                if system is None:
                    raise NotFound("no such system")
                return replace(command, system=system.system.ordinal)
            case ChangeBoost():
                index = self._index(number, command, command.boost.index)
                boost = self._of_system(command.boost)
                return replace(command, boost=replace(boost, index=index))
            case DeleteBoost() | DeletePause():
                return replace(command, index=self._index(number, command, command.index))
            case _:
                return command

    def _index(self, number: int, command: UserCommand, recorded: int) -> int:
        index = self._given(number, command)[recorded - 1]
        if index is None:
            raise NotFound("was not given")
        return index

    def _by_hand(self, user: str, command: UserCommand, at: Instant) -> UserState:
        number = self.scope.directory.number(user)
        if number is None:
            raise NotFound("nobody")
        state = self.scope.actors.load(number)
        return self.scope.executor.apply(command, number, state, None, at).state


@asynccontextmanager
async def living(disk: MemoryDisk, at: int) -> AsyncGenerator[Living]:
    clock = ManualClock()
    clock.at = Instant(at)
    async with (
        open_memory_store(disk) as store,
        open_engine(store, clock=clock, settings=Settings(sweeping=False)) as engine,
    ):
        recorded = deque(
            stored.seq
            for stored in read_records(engine.log, Seq(0))
            if isinstance(stored.record.command, RecordEvent)
        )
        yield Living(engine, await _scope(engine), clock, recorded)


async def _scope(engine: LiveEngine) -> Scope:
    return await engine.scope("default")
