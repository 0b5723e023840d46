"""Freezes: the balance is the sum of its ledger, and what is earned is earned at its midnight.

Random histories are played on a real scope, and then its log is read as an auditor would: row by
row, with nothing but the settings in force at each one's instant. What is due is looked for in a
plain way too: nobody has anything to work off before the instant that the index names.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any, Literal

import msgspec
import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.host import by_hand
from engine.host.digest import digest
from engine.host.engine import LiveEngine, Settings
from engine.host.preferences import PreferencesChanges
from engine.host.recovery import read_records
from engine.host.requests import UserFields
from engine.host.scope import Scope
from engine.host.zones import Zones
from engine.model.commands import ApplyConfiguration, GrantFreeze
from engine.model.configuration import FreezeSettings
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import (
    AnyFact,
    FreezesChanged,
    PeriodClosed,
    PreferencesChanged,
    RankMoved,
    UserCreated,
    ZoneChanged,
)
from engine.model.identifiers import Day, Instant, Seq, UserNumber
from engine.model.record import StoredRecord
from engine.rules import periods
from persistence.ledgers import Ledgers
from persistence.memory import MemoryDisk
from tests.conftest import LONG
from tests.model.player import ManualClock
from tests.model.test_model import check_replays
from tests.unit.games import DAY, HOUR, event, opened

USERS = ("ada", "bob")
FAR = 800 * DAY
"""Longer than any interval here."""


def instant(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**6)


STARTS = (
    instant("2024-10-04T12:00"),
    instant("2024-10-31T03:00"),  # before clocks go back, in Havana over midnight
    instant("2024-03-07T23:00"),  # and forwards
    instant("2011-12-20T10:00"),  # before Apia leaves out a date
    instant("1994-12-20T10:00"),  # and Kiritimati
)
ZONES = (
    "",
    "America/Havana",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Niue",
)


class Pass(msgspec.Struct, frozen=True):
    """Nobody does anything for so many hours."""

    hours: int


class Come(msgspec.Struct, frozen=True):
    """An event, which makes the user if need be."""

    user: str


class Stay(msgspec.Struct, frozen=True):
    """A user comes on so many days, one after the other."""

    user: str
    days: int


class Move(msgspec.Struct, frozen=True):
    """A user flies, or is made there."""

    user: str
    zone: str


class Name(msgspec.Struct, frozen=True):
    """A user says something that has nothing to do with streaks."""

    user: str


class Grant(msgspec.Struct, frozen=True):
    """An operator gives a freeze."""

    user: str


class Enable(msgspec.Struct, frozen=True):
    """A user switches streaks off or on."""

    user: str
    enabled: bool


class Configure(msgspec.Struct, frozen=True):
    """Other settings; without freezes they are off."""

    frequency: str
    freezes: FreezeSettings | None


class Restart(msgspec.Struct, frozen=True):
    """The engine is closed and opened again."""

    snapshot: bool


Operation = Pass | Come | Stay | Move | Name | Grant | Enable | Configure | Restart


@st.composite
def freeze_settings(draw: st.DrawFn) -> FreezeSettings:
    most = draw(st.integers(0, 5))
    start = draw(st.integers(0, most))
    if not draw(st.integers(0, 4)):
        return FreezeSettings(start, most)
    interval = draw(st.sampled_from((1, 1, 2, 3, 7)))
    return FreezeSettings(start, most, interval, draw(st.integers(1, 3)))


users = st.sampled_from(USERS)
frequencies = st.sampled_from(("daily", "daily", "weekly"))
earning = st.builds(Configure, frequencies, freeze_settings())
off = st.builds(Configure, frequencies, st.none())
passing = st.builds(Pass, st.integers(1, 30) | st.integers(24, 24 * 12))
moving = st.builds(Move, users, st.sampled_from(ZONES))
operations: st.SearchStrategy[Operation] = st.one_of(
    passing,
    passing,
    st.builds(Come, users),
    st.builds(Stay, users, st.integers(2, 12)),
    st.builds(Stay, users, st.integers(2, 12)),
    moving,
    moving,
    st.builds(Name, users),
    st.builds(Grant, users),
    st.builds(Enable, users, st.booleans()),
    earning,
    off,
    st.builds(Restart, st.booleans()),
)
histories = st.tuples(
    st.sampled_from(STARTS),
    st.builds(
        lambda *parts: [operation for part in parts for operation in part],
        st.tuples(st.builds(Move, st.just("ada"), st.sampled_from(ZONES))) | st.just(()),
        st.tuples(earning) | st.tuples(passing, earning) | st.just(()),
        # Of one list Hypothesis draws some five elements, however many there may be.
        *(st.lists(operations, max_size=10) for _ in range(3)),
    ),
)
Habit = Literal["every hour", "when due", "never"]


def document(frequency: str, freezes: FreezeSettings | None) -> dict[str, Any]:
    streaks: dict[str, Any] = {
        "frequency": frequency,
        "metrics": [{"key": "steps", "threshold": 1}],
    }
    if freezes is not None:
        streaks["freezes"] = {
            "startCount": freezes.start_count,
            "maxCount": freezes.max_count,
            "autoEarnInterval": freezes.auto_earn_interval,
            "autoEarnAmount": freezes.auto_earn_amount,
        }
    return {
        "metrics": [{"key": "steps", "name": "Steps"}],
        "streaks": streaks,
        "leaderboards": [{"key": "streak", "name": "Streak", "rankBy": "streak"}],
    }


@dataclass
class World:
    """A disk and a clock, and when somebody sweeps."""

    habit: Habit
    clock: ManualClock
    disk: MemoryDisk = field(default_factory=MemoryDisk)
    digests: list[str] = field(default_factory=list)
    """After each operation."""

    async def play(self, history: Sequence[Operation]) -> None:
        sessions: list[list[Operation]] = [[]]
        for operation in history:
            sessions[-1].append(operation)
            if isinstance(operation, Restart):
                sessions.append([])
        for number, session in enumerate(sessions):
            closing = session[-1] if session else None
            snapshot = isinstance(closing, Restart) and closing.snapshot
            habits = Settings(sweeping=False, closing_snapshot_s=10 if snapshot else 0)
            async with opened(self.disk, self.clock, habits) as engine:
                scope = await engine.scope()
                if number == 0:
                    await scope.configure(document("daily", None))
                for operation in session:
                    await self.apply(scope, operation)
                    await self.check(engine, scope)
                if number == len(sessions) - 1:
                    sweep(scope)
                    await self.check(engine, scope)
                    check_recorded(scope, self.clock.at)

    async def apply(self, scope: Scope, operation: Operation) -> None:
        match operation:
            case Pass(hours):
                self.wait(scope, hours)
            case Come(user):
                await scope.record_event(event(user))
            case Stay(user, days):
                for _ in range(days):
                    await scope.record_event(event(user))
                    self.wait(scope, 24)
            case Move(user, zone):
                await scope.upsert_user(UserFields(user, tz=zone or None))
            case Name(user):
                await scope.upsert_user(UserFields(user, name=f"since {self.clock.at}"))
            case Grant(user):
                with suppress(InvalidInput, NotFound):  # off, no room, or nobody
                    await by_hand.grant_freeze(scope, user)
            case Enable(user, enabled):
                said = msgspec.convert({"streak": {"enabled": enabled}}, PreferencesChanges)
                with suppress(NotFound):
                    await by_hand.change_preferences(scope, user, said)
            case Configure(frequency, freezes):
                await scope.configure(document(frequency, freezes))
            case Restart():
                pass

    def wait(self, scope: Scope, hours: int) -> None:
        for _ in range(hours):
            self.clock.at = Instant(self.clock.at + HOUR)
            self.sweep_by_habit(scope)
        if self.habit == "when due":
            check_recorded(scope, self.clock.at)

    def sweep_by_habit(self, scope: Scope) -> None:
        now = self.clock.at
        if self.habit == "every hour":
            sweep(scope)
        elif self.habit == "when due":
            first = scope.timeline.due.first()
            if scope.timeline.unswept_step() is not None or (first is not None and first <= now):
                sweep(scope)

    async def check(self, engine: LiveEngine, scope: Scope) -> None:
        await engine.durable(engine.last_seq)
        self.digests.append(digest(scope, self.clock.at))
        if scope.timeline.unswept_step() is None:
            check_due(scope, self.clock.at)
        for state in states(scope):
            ledger = Ledgers(engine.log, scope.state.number)
            rows = [row.fact for row in ledger.freezes(state)]
            assert state.freezes.balance == sum(row.amount for row in rows)
            assert state.freezes.balance == (rows[0].balance if rows else 0)


def sweep(scope: Scope) -> None:
    while scope.sweep_slice():
        pass


def states(scope: Scope) -> list[Any]:
    return [scope.actors.view(UserNumber(n)) for n in range(1, scope.state.users + 1)]


def check_due(scope: Scope, now: Instant) -> None:
    """Nobody has anything to work off before the index says so."""
    first = scope.timeline.due.first()
    before = Instant(max(now, scope.state.clock) + FAR) if first is None else Instant(first - 1)
    for state in states(scope):
        if before >= max(state.at, scope.timeline.steps[-1].at):
            decision = scope.executor.brought_up(state, before)
            assert (decision.facts, decision.placements) == ([], []), f"due before {first}"


def check_recorded(scope: Scope, now: Instant) -> None:
    """After a sweep everything that is due is recorded, and the boards show it."""
    if scope.mode != "live":
        return
    ranked: dict[str, int] = {}
    for state in states(scope):
        decision = scope.executor.brought_up(state, now)
        assert (decision.facts, decision.placements) == ([], []), "the sweep has missed it"
        length = state.streak(scope.plan.streak.frequency).length
        if length:
            ranked[state.identity.id] = length
    (board,) = scope.plan.boards.values()
    shard = scope.boards.shard(board.shard)
    places = shard.page(0, len(shard)) if shard else ()
    assert {scope.directory.id(place.number): place.value for place in places} == ranked


# The audit.


@cache
def zones() -> Zones:
    return Zones()


@dataclass
class Version:
    """Settings that came into force."""

    at: Instant
    freezes: FreezeSettings | None


@dataclass
class Audit:
    """One user's books, kept from the facts of the log alone."""

    versions: list[Version]
    created_at: int = 0
    created_on: int = 0
    zone: str = ""
    moved_at: Instant | None = None
    """When they moved last, after they were made."""
    enabled: list[tuple[Instant, bool]] = field(default_factory=list)
    balance: int = 0
    rows: list[FreezesChanged] = field(default_factory=list)

    def before(self, at: Instant) -> FreezeSettings | None:
        """What was in force up to an instant: midnights come before what is configured then."""
        return next((v.freezes for v in reversed(self.versions) if v.at < at), None)

    def during(self, stored: StoredRecord) -> FreezeSettings | None:
        """What was in force when a command was applied."""
        return self.versions[stored.record.step].freezes

    def note(self, stored: StoredRecord, index: int) -> None:
        facts = stored.record.facts
        match facts[index]:
            case UserCreated(at, date):
                self.created_at, self.created_on = at, date
                self.enabled.append((at, True))
            case ZoneChanged(at, zone):
                self.zone = zone or "UTC"
                if not isinstance(facts[0], UserCreated):
                    self.moved_at = at
            case PreferencesChanged(at, preferences):
                self.enabled.append((at, preferences.enabled))
            case FreezesChanged() as row:
                self._check(stored, row, facts[index - 1] if index else None)
                self.balance += row.amount
                self.rows.append(row)
                assert row.balance == self.balance >= 0
            case _:
                pass

    def _check(self, stored: StoredRecord, row: FreezesChanged, previous: AnyFact | None) -> None:
        match row.reason:
            case "initial_grant":
                given = self.during(stored)
                assert given is not None
                assert isinstance(previous, UserCreated)
                assert row.amount == given.start_count > 0
            case "manual":
                given = self.during(stored)
                assert given is not None
                assert isinstance(stored.record.command, GrantFreeze)
                assert row.amount == 1
            case "accumulation":
                given = self._check_earned(stored, row)
            case "consumed":
                assert isinstance(previous, PeriodClosed)
                assert (previous.outcome, previous.at) == ("frozen", row.at)
                assert row.period == previous.period_start
                assert row.amount == -1
                assert self.before(row.at) is not None, "not used while they are switched off"
                return
        assert self.balance + row.amount <= given.max_count, "no grant lifts it above the maximum"

    def _check_earned(self, stored: StoredRecord, row: FreezesChanged) -> FreezeSettings:
        jumped = self.moved_at == row.at == stored.record.at
        given = self.during(stored) if jumped else self.before(row.at)
        assert given is not None, "nothing is earned while they are switched off"
        interval, amount = given.auto_earn_interval, given.auto_earn_amount
        assert interval is not None
        assert amount is not None
        assert self.enabled[-1][1], "nothing is earned by those who want no streaks"
        assert row.period > self.created_on
        assert (row.period - self.created_on) % interval == 0
        assert row.amount == min(amount, given.max_count - self.balance) > 0
        earned = [r.period for r in self.rows if r.reason == "accumulation"]
        assert row.period > max(earned, default=self.created_on), "no date earns twice"
        if not jumped:
            zone = self.zone or "UTC"
            day_before, day = (zones().day(zone, Instant(row.at - n)) for n in (1, 0))
            assert day_before < row.period <= day, "at the midnight that begins the date"
        return given

    def check_complete(self, now: Instant) -> None:
        """Check that no date is missing, for somebody who never moved."""
        if self.moved_at is not None:
            return
        earned = {r.period: r for r in self.rows if r.reason == "accumulation"}
        zone = self.zone or "UTC"
        for date in range(self.created_on + 1, zones().day(zone, now) + 1):
            midnight = zones().day_end(zone, Day(date - 1))
            given = self.before(midnight)
            if midnight <= self.created_at or given is None or given.auto_earn_interval is None:
                continue
            if (date - self.created_on) % given.auto_earn_interval:
                continue
            if not next(on for at, on in reversed(self.enabled) if at < midnight):
                continue
            balance = sum(
                row.amount
                for row in self.rows
                if row.at < midnight or (row.at == midnight and row.reason == "consumed")
            )
            if balance < given.max_count:
                assert Day(date) in earned, f"{date - self.created_on} days after creation"
                assert earned[Day(date)].at == midnight


def audited(records: Iterator[StoredRecord]) -> dict[UserNumber, Audit]:
    versions = [Version(Instant(0), None)]
    audits: dict[UserNumber, Audit] = {}
    last: dict[UserNumber, Instant] = {}
    for stored in records:
        record = stored.record
        if isinstance(record.command, ApplyConfiguration):
            streak = record.command.configuration.streak
            versions.append(Version(record.at, streak.freezes if streak else None))
        if record.user:
            audit = audits.setdefault(record.user, Audit(versions))
            for index, fact in enumerate(record.facts):
                if isinstance(fact, RankMoved):
                    continue  # they come at the end
                assert last.get(record.user, 0) <= fact.at <= record.at, "in order of instant"
                last[record.user] = fact.at
                audit.note(stored, index)
    return audits


async def check_books(world: World) -> None:
    async with opened(world.disk, world.clock) as engine:
        live = digest(await engine.scope())
        for audit in audited(read_records(engine.log, Seq(0))).values():
            audit.check_complete(world.clock.at)
    await check_replays(world.disk, live)


WEEKLY = FreezeSettings(0, 4, 7, 1)
SWITCHED_ON = (
    STARTS[0],
    [
        Move("ada", ""),
        Pass(30 * 24),
        Configure("daily", WEEKLY),
        Pass(10 * 24),
        Restart(snapshot=True),
        Pass(10 * 24),
    ],
)
"""Freezes are earned from when they are switched on, not for the time before."""
ROOM_MADE = (
    STARTS[0],
    [
        Configure("daily", FreezeSettings(1, 1, 2, 1)),
        Come("ada"),
        Pass(9 * 24),
        Configure("daily", FreezeSettings(1, 3, 2, 1)),
        Pass(9 * 24),
        Configure("daily", FreezeSettings(0, 0, 2, 1)),
        Pass(9 * 24),
        Configure("daily", FreezeSettings(0, 4, 3, 2)),
        Pass(9 * 24),
    ],
)
FLOWN = (
    STARTS[1],
    [
        Configure("daily", FreezeSettings(0, 5, 1, 1)),
        Move("ada", "Pacific/Niue"),
        Pass(5),
        Move("ada", "Pacific/Kiritimati"),  # a day and an hour further
        Pass(1),
        Move("ada", "Pacific/Niue"),  # whose midnights come again
        Pass(60),
        Move("ada", "Asia/Kathmandu"),
        Pass(60),
    ],
)
NAMED_BEFORE_THE_SWEEP = (
    STARTS[0],
    [
        Move("ada", ""),
        Configure("daily", FreezeSettings(0, 4, 2, 1)),
        Name("ada"),  # so the sweep has no business with her, and nothing but the plan is another
        Pass(5 * 24),
    ],
)
CAME_BACK = (
    STARTS[0],
    [
        Configure("daily", FreezeSettings(0, 4, 3, 1)),
        Move("ada", ""),
        Enable("ada", enabled=False),
        Pass(5 * 24),
        Enable("ada", enabled=True),  # she never had a streak: nothing else is another
        Pass(5 * 24),
    ],
)


@settings(max_examples=1_000 if LONG else 80)
@example(SWITCHED_ON)
@example(ROOM_MADE)
@example(FLOWN)
@example(NAMED_BEFORE_THE_SWEEP)
@example(CAME_BACK)
@given(histories)
def test_freezes_are_what_their_ledger_says_whenever_it_is_swept(
    history: tuple[Instant, list[Operation]],
) -> None:
    start, operations = history
    worlds: list[World] = []

    async def play(habit: Habit) -> None:
        world = World(habit, ManualClock())
        world.clock.at = start
        worlds.append(world)
        await world.play(operations)
        await check_books(world)

    for habit in ("every hour", "when due", "never"):
        trio.run(play, habit)
    for one, two in pairwise(worlds):
        assert one.digests == two.digests, f"{one.habit} and {two.habit}"


async def test_a_flight_earns_the_dates_that_it_jumps_over() -> None:
    world = World("when due", ManualClock())
    world.clock.at, operations = FLOWN
    await world.play(operations)
    async with opened(world.disk, world.clock) as engine:
        scope = await engine.scope()
        rows = list(Ledgers(engine.log, scope.state.number).freezes(scope.recorded_user("ada")))
    earned = [(str(periods.civil(row.fact.period)), row.fact.at) for row in reversed(rows)]
    assert earned == [
        ("2024-10-31", instant("2024-10-31T08:00")),  # by flying to Kiritimati
        # The midnight of that date in Niue, three hours later, earns nothing more.
        ("2024-11-01", instant("2024-11-01T11:00")),
        ("2024-11-02", instant("2024-11-02T11:00")),
        ("2024-11-03", instant("2024-11-02T21:00")),  # by flying to Kathmandu
        ("2024-11-04", instant("2024-11-03T18:15")),
        # Then there is no more room.
    ]


@pytest.mark.parametrize("resident_users", [1, 1_000])
@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("restart", ["none", "with a snapshot", "without"])
async def test_switching_freezes_on_lets_everybody_earn_from_then_on(
    restart: str, swept: bool, resident_users: int
) -> None:
    """Many who have nothing recorded since they were made, swept by then or not at all."""
    clock, disk = ManualClock(), MemoryDisk()
    clock.at = STARTS[0]
    habits = Settings(
        resident_users=resident_users,
        sweeping=False,
        closing_snapshot_s=0 if restart == "without" else 10,
    )
    made = 20
    async with opened(disk, clock, habits) as engine:
        scope = await engine.scope()
        await scope.configure(document("daily", None))
        for number in range(made):
            await scope.upsert_user(UserFields(f"user-{number}", tz="Asia/Kathmandu"))
            clock.at = Instant(clock.at + DAY)
        clock.at = Instant(clock.at + 30 * DAY)
        await scope.configure(document("daily", WEEKLY))
        if swept:
            sweep(scope)
            assert [step.number for step in scope.timeline.steps] == [2]
        if restart == "none":
            await check_earned(scope, clock, made)
    async with opened(disk, clock, habits) as engine:
        if restart != "none":
            await check_earned(await engine.scope(), clock, made)


async def check_earned(scope: Scope, clock: ManualClock, made: int) -> None:
    """Everybody earns within seven days, not all on one, and nobody for the time before."""
    switched = scope.state.steps[-1].at
    assert switched < clock.at + 1
    sweep(scope)
    check_due(scope, clock.at)
    seen: set[int] = set()
    for _ in range(7 * 24):
        clock.at = Instant(clock.at + HOUR)
        sweep(scope)
        check_recorded(scope, clock.at)
        check_due(scope, clock.at)
        for state in states(scope):
            if state.freezes.balance and state.number not in seen:
                seen.add(state.number)
                date = zones().day("Asia/Kathmandu", clock.at)
                assert state.freezes.earned == date
                assert (date - state.created_on) % 7 == 0
    assert len(seen) == made
    assert [state.freezes.balance for state in states(scope)] == [1] * made
