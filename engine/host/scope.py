"""One scope: commands in, records out, all of it between two waits.

A command is checked, its user acquired, and then without any wait in between: evaluated, the
boards moved, the record queued for its commit, the new state put in place. So one command is
atomic in memory, and as one record on disk. Callers answer when `Engine.durable` says so.
"""

from collections.abc import Mapping
from typing import Any, Literal

from engine.boards.boards import Boards
from engine.configuration.document import read_document
from engine.configuration.plan import Plan
from engine.configuration.resolve import resolve
from engine.host.actors import Actors
from engine.host.clock import Clock
from engine.host.committer import Committer
from engine.host.directory import Directory
from engine.host.keys import Keys
from engine.host.requests import (
    Applied,
    EventRequest,
    UserFields,
    check_attributes,
    check_key,
    check_user,
    news_of,
    zone_news,
)
from engine.host.sweep import Sweep, SweepProgress
from engine.host.timeline import Timeline
from engine.model.commands import (
    AddKey,
    AnyCommand,
    ApplyConfiguration,
    BringUp,
    FinishImport,
    NoteSweep,
    OpenScope,
    Personal,
    RecordEvent,
    Role,
    StartImport,
    UpsertUser,
)
from engine.model.configuration import Configuration
from engine.model.errors import HistoryModeActive, InvalidInput, NotFound, OutOfOrder
from engine.model.facts import AnyFact
from engine.model.identifiers import Day, Instant, Seq, UserNumber
from engine.model.limits import INSTANT_MAX, INSTANT_MIN, SWEEP_SLICE_USERS
from engine.model.record import RULES, Record, StoredRecord
from engine.model.scope import ScopeState
from engine.model.user import UserState
from engine.rules.apply_scope import apply_to_scope
from engine.rules.calendar import Calendar
from engine.rules.evaluate import Decision, UserCommand, evaluate
from engine.rules.streaks import next_due

Mode = Literal["idle", "importing", "live"]
NOBODY = UserNumber(0)
NO_DATE = Day(0)
NO_RECORD = Seq(0)


class Scope:
    """One environment and tenant: users, configuration, clock, boards (SPEC, Words)."""

    def __init__(
        self,
        state: ScopeState,
        *,
        actors: Actors,
        keys: Keys,
        calendar: Calendar,
        committer: Committer,
        clock: Clock,
    ) -> None:
        self.state = state
        self.actors = actors
        self.timeline = Timeline(state)
        self.directory = Directory()
        self.boards = Boards()
        self.calendar = calendar
        self._keys = keys
        self._committer = committer
        self._clock = clock
        self._sweep = Sweep(state, self.timeline, self.actors, self._bring_up, self._note)
        self.boards.enact(self.plan)

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.timeline.plan

    @property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return self.plan.configuration

    @property
    def mode(self) -> Mode:
        """`idle` before the first user command, `importing` in history mode, else `live`."""
        if self.state.importing:
            return "importing"
        return "live" if self.state.started else "idle"

    def now(self) -> Instant:
        """Return the instant of a command that came now; never behind the scope's clock."""
        if self.mode == "live":
            return max(self.state.clock, self._clock.now())
        return self.state.clock

    def open(self) -> None:
        """Record that this scope exists from now on."""
        self._record(OpenScope(self.state.name), self.state.clock)

    async def add_key(self, role: Role, prefix: str, digest: bytes) -> Seq:
        """Let the holder of an API key in; return the record that says so.

        Args:
            role: what the key allows.
            prefix: its readable beginning.
            digest: SHA-256 of the whole key, which is stored nowhere.
        """
        await self._admit_step()
        return self._record(AddKey(role, prefix, digest), self.now())

    async def configure(self, document: Mapping[str, Any]) -> int:
        """Put a configuration document in force; return the version's number.

        A document that changes nothing makes no version.

        Raises:
            ConfigurationInvalid: names every place that is wrong; nothing has changed.
        """
        await self._admit_step()
        wanted = read_document(document)
        at = self.now()
        configuration = resolve(
            wanted,
            self.configuration,
            at=at,
            started=self.mode != "idle",
            knows_zone=self.calendar.knows,
        )
        if configuration is not self.configuration:
            self._record(ApplyConfiguration(configuration), at)
        return configuration.version

    async def record_event(self, request: EventRequest, *, at: Instant | None = None) -> Applied:
        """Apply one event to its user (SPEC 1.4).

        Args:
            request: the event.
            at: its instant, in history mode only; a live one counts when it arrives.

        Raises:
            InvalidInput: the event is refused and leaves no trace.
            OutOfOrder: it is older than the scope's clock.
            HistoryModeActive: a live event met an import.
            StorageFull: the disk is nearly full.
            EngineFailed: a commit failed.
        """
        number, state = await self._admit(request.user.id)
        # From here on nothing is awaited: what is looked up stays true until it is replaced.
        plan = self.plan
        metric = plan.metrics_by_key.get(request.metric)
        if metric is None:
            raise InvalidInput("key", f"there is no metric {request.metric[:80]!r}")
        check_user(request.user, plan, self.calendar, "user.")
        check_attributes(request.attributes, plan.event_attributes, "attributes", "event")
        check_key(request.key)
        key = b""
        if request.key is not None:
            key = self._keys.of_event(
                self.state.number, metric.ordinal, request.user.id, request.key
            )
        elif request.import_key is not None:
            key = self._keys.of_import(self.state.number, request.import_key)
        known = self._keys.find(key) if key else None
        if known is not None and state is not None:
            now = self.now()
            state = self.brought_up(state, now).state
            return Applied(known, now, replayed=True, state=state)
        instant = self._instant(at)
        zone = zone_news(request.user, state)
        command = RecordEvent(metric.ordinal, request.value, zone, key)
        personal = news_of(request.user, state.identity if state else None, request.attributes)
        return self._apply(command, number, state, personal, instant)

    async def upsert_user(
        self, user: UserFields, *, known_only: bool = False, where: str = ""
    ) -> Applied:
        """Create a user or change what is known of them (SPEC 3.1).

        Args:
            user: who, and what is said of them.
            known_only: whether a user who does not exist is an error.
            where: what stands before a field's name in the request, for refusals.

        Raises:
            InvalidInput: a field is refused; nothing has changed.
            NotFound: there is no such user, and only known ones were meant.
        """
        number, state = await self._admit(user.id)
        check_user(user, self.plan, self.calendar, where)
        if state is None and known_only:
            raise self._no_user(user.id)
        instant = self._instant(None)
        personal = news_of(user, state.identity if state else None, {})
        zone = zone_news(user, state)
        if state is not None and personal is None and zone is None:
            state = self.brought_up(state, instant).state
            return Applied(self._committer.last_seq, instant, replayed=False, state=state)
        return self._apply(UpsertUser(zone), number, state, personal, instant)

    async def start_import(self) -> None:
        """Put the scope into history mode, if its clock has not started (SPEC 9.1).

        Raises:
            OutOfOrder: the clock runs; says since when.
        """
        await self._admit_step()
        if self.mode == "live":
            raise OutOfOrder(
                "import",
                f"the clock of scope {self.state.name!r} runs already: history can be imported "
                "only before the first live command",
            )
        if self.mode == "idle":
            self._record(StartImport(), self.state.clock)

    async def finish_import(self, at: Instant) -> None:
        """Let the clock run on to an instant and leave history mode; a live scope stays as it is.

        What is due by then is recorded by the sweep.

        Raises:
            OutOfOrder: the clock is later than that.
        """
        await self._admit_step()
        if self.mode != "importing":
            return
        self._check_instant(at, "finishAt")
        self._record(FinishImport(), at)

    def sweep_slice(self, upto: Instant | None = None, limit: int = SWEEP_SLICE_USERS) -> bool:
        """Bring up some users for whom a step or a midnight is not yet recorded.

        Args:
            upto: the instant to bring them up to; default now, the clock in history mode.
            limit: how many users to look at.

        Returns:
            Whether there may be more to do.
        """
        self._committer.check()
        at = max(self.state.clock, upto) if upto is not None else self.now()
        return self._sweep.slice(at, limit)

    def sweep_progress(self) -> SweepProgress:
        """Return how far the sweep is."""
        return self._sweep.progress(self.now())

    def brought_up(self, state: UserState, at: Instant) -> Decision:
        """Return what a user is at an instant, everything due worked off; records nothing."""
        return self._evaluate(BringUp(), state.number, state, None, at=at, seq=self.next_seq)

    def reevaluate(self, stored: StoredRecord, command: UserCommand) -> Decision:
        """Evaluate a record's command on the state before it; change nothing.

        Raises:
            InvalidInput: the rules would refuse it.
        """
        record = stored.record
        return self._evaluate(
            command,
            record.user,
            self.actors.find(record.user),
            stored.personal,
            at=record.at,
            seq=stored.seq,
        )

    def recorded_user(self, user_id: str) -> UserState:
        """Return a user as the log has them. Not to be changed.

        Raises:
            NotFound: there is no such user.
        """
        number = self.directory.number(user_id)
        if number is None:
            raise self._no_user(user_id)
        return self.actors.view(number)

    def read_user(self, user_id: str) -> Decision:
        """Return a user brought up to now, with the facts that are not recorded yet.

        Raises:
            NotFound: there is no such user.
        """
        return self.brought_up(self.recorded_user(user_id), self.now())

    def _no_user(self, user_id: str) -> NotFound:
        return NotFound(f"there is no user {user_id[:80]!r}")

    @property
    def next_seq(self) -> Seq:
        """The number that the next record will have."""
        return Seq(self._committer.last_seq + 1)

    async def _admit_step(self) -> None:
        """Wait until a command that concerns no single user can be taken."""
        self._committer.check_headroom()
        await self._committer.wait_room()

    async def _admit(self, user_id: str) -> tuple[UserNumber, UserState | None]:
        """Wait until a command can be taken, and acquire its user; None for a new one."""
        committer = self._committer
        committer.check()
        committer.check_headroom()
        if not committer.has_room:
            await committer.wait_room()
        number = self.directory.number(user_id)
        if number is not None:
            state = await self.actors.acquire(number)
            self._committer.check()  # it may have waited, and the engine may be closing since
            return number, state
        return UserNumber(self.state.users + 1), None

    def _instant(self, at: Instant | None) -> Instant:
        if at is None:
            if self.mode == "importing":
                raise HistoryModeActive(
                    f"scope {self.state.name!r} is importing its history; finish that first"
                )
            return max(self.state.clock, self._clock.now())
        if self.mode == "idle":
            raise OutOfOrder("timestamp", "needs an import: start one first")
        if self.mode == "live":
            raise OutOfOrder(
                "timestamp",
                f"scope {self.state.name!r} is not importing: its clock was started by a live "
                "command or a finished import",
            )
        self._check_instant(at, "timestamp")
        return at

    def _check_instant(self, at: Instant, where: str) -> None:
        if not INSTANT_MIN <= at <= INSTANT_MAX:
            raise InvalidInput(where, "must be between 1970 and 2100")
        if at < self.state.clock:
            raise OutOfOrder(
                where,
                f"is {(self.state.clock - at) / 1_000_000:.6f} s older than the scope's clock; "
                "import in order of time (or sort the file first)",
            )

    def _apply(
        self,
        command: UserCommand,
        number: UserNumber,
        state: UserState | None,
        personal: Personal | None,
        at: Instant,
    ) -> Applied:
        decision = self._evaluate(command, number, state, personal, at=at, seq=self.next_seq)
        facts = decision.facts + self.boards.place(number, decision.placements)
        seq = self._record(
            command,
            at,
            user=number,
            date=decision.date,
            facts=tuple(facts),
            personal=personal,
            prev_personal=state.personal_head if state and personal else NO_RECORD,
        )
        self.settle(decision.state)
        if personal is not None:
            identity = decision.state.identity
            self.directory.enter(number, identity.id, identity.name)
        if isinstance(command, RecordEvent) and command.key:
            self._keys.add(command.key, seq)
        return Applied(seq, at, False, decision.state, tuple(facts))

    def _bring_up(self, number: UserNumber, at: Instant) -> None:
        state = self.actors.load(number)
        decision = self._evaluate(BringUp(), number, state, None, at=at, seq=self.next_seq)
        if decision.facts or decision.placements:
            facts = decision.facts + self.boards.place(number, decision.placements)
            self._record(BringUp(), at, user=number, facts=tuple(facts))
            self.settle(decision.state)

    def _note(self, step: int, swept: int, at: Instant) -> None:
        self._record(NoteSweep(step, swept), at)

    def settle(self, state: UserState) -> None:
        """Put a user's new state in place, and note when something is due for them next."""
        due = next_due(state, self.plan.zone(state.zone), self.calendar)
        self.timeline.set_due(state.number, due)
        self.actors.put(state, due)

    def _evaluate(
        self,
        command: UserCommand,
        number: UserNumber,
        state: UserState | None,
        personal: Personal | None,
        *,
        at: Instant,
        seq: Seq,
    ) -> Decision:
        steps = self.timeline.steps_from(state.step) if state else self.timeline.steps
        return evaluate(
            command,
            state,
            personal,
            number=number,
            steps=steps,
            calendar=self.calendar,
            at=at,
            seq=seq,
        )

    def _record(
        self,
        command: AnyCommand,
        at: Instant,
        *,
        user: UserNumber = NOBODY,
        date: Day = NO_DATE,
        facts: tuple[AnyFact, ...] = (),
        personal: Personal | None = None,
        prev_personal: Seq = NO_RECORD,
    ) -> Seq:
        record = Record(
            scope=self.state.number,
            at=at,
            user=user,
            step=self.timeline.steps[-1].number,
            date=date,
            rules=RULES,
            prev_personal=prev_personal,
            command=command,
            facts=facts,
        )
        seq = self._committer.add(record, personal)
        self.apply_scope(seq, record)
        return seq

    def apply_scope(self, seq: Seq, record: Record) -> None:
        """Apply a record's effect on what all users share."""
        apply_to_scope(self.state, seq, record)
        if isinstance(record.command, ApplyConfiguration):
            self.timeline.add_step(self.state.steps[-1])
            self.boards.enact(self.plan)
