"""One scope: commands in, whatever they are; what cannot be taken is refused here.

A command waits for room, is checked, and its user acquired; from there on nothing is awaited until
`engine.host.executor` has applied it. Callers answer when `Engine.durable` says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from msgspec.structs import replace

from engine.configuration.document import StreakChanges, read_document
from engine.configuration.edit import Draft
from engine.configuration.edit_boards import end_run
from engine.configuration.plan import Plan
from engine.configuration.resolve import change_streak, resolve
from engine.host.clock import Clock
from engine.host.editing import Edit, Editing, MadeByKey
from engine.host.executor import Executor
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
from engine.model.commands import (
    AddKey,
    CompleteAchievement,
    FinishImport,
    OpenScope,
    Personal,
    RecordEvent,
    Role,
    StartImport,
    UpsertUser,
    UserCommand,
    key_of,
)
from engine.model.configuration import Configuration
from engine.model.errors import HistoryModeActive, InvalidInput, NotFound, OutOfOrder
from engine.model.facts import AchievementCompleted
from engine.model.identifiers import Instant, Ordinal, Seq, UserNumber
from engine.model.limits import INSTANT_MAX, INSTANT_MIN, SWEEP_SLICE_USERS
from engine.model.user import UserState
from engine.rules.evaluate import Decision

Mode = Literal["idle", "importing", "live"]
T = TypeVar("T")


def no_keys(told: object) -> MadeByKey:
    """Return that nothing was made by a key."""
    return ()


class Scope:
    """One environment and tenant: users, configuration, clock, boards (SPEC, Words)."""

    def __init__(self, executor: Executor, clock: Clock) -> None:
        """Take what executes the commands, and the clock that says when they came."""
        self.executor = executor
        self.state = executor.state
        self.actors = executor.actors
        self.timeline = executor.timeline
        self.directory = executor.directory
        self.boards = executor.boards
        self.totals = executor.totals
        self.boosts = executor.boosts
        self.calendar = executor.calendar
        self._keys = executor.keys
        self._committer = executor.committer
        self._clock = clock
        self._sweep = Sweep(executor)
        self.editing = Editing(executor, self._sweep, self.now)

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
        self.executor.record(OpenScope(self.state.name), self.state.clock)

    async def add_key(self, role: Role, prefix: str, digest: bytes) -> Seq:
        """Let the holder of an API key in; return the record that says so.

        Args:
            role: what the key allows.
            prefix: its readable beginning.
            digest: SHA-256 of the whole key, which is stored nowhere.
        """
        await self._admit_step()
        return self.executor.record(AddKey(role, prefix, digest), self.now())

    async def configure(self, document: Mapping[str, Any]) -> int:
        """Put a configuration document in force; return the version's number.

        A document that changes nothing makes no version.

        Raises:
            ConfigurationInvalid: names every place that is wrong; nothing has changed.
        """
        wanted = read_document(document)

        def edit(before: Configuration, at: Instant) -> tuple[Configuration, int]:
            after = resolve(
                wanted,
                before,
                at=at,
                started=self.mode != "idle",
                knows_zone=self.calendar.knows,
            )
            return after, after.version

        return await self.edit_configuration(edit)

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
        if at is not None and self.mode == "importing" and self.state.clock <= at <= INSTANT_MAX:
            await self.editing.close_runs(at)  # as if the events had arrived then
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
        if state is not None and (replayed := self._replayed(key, state)):
            return replayed
        instant = self._instant(at)
        zone = zone_news(request.user, state)
        command = RecordEvent(metric.ordinal, request.value, zone, key)
        personal = news_of(request.user, state.identity if state else None, request.attributes)
        return self.executor.apply(command, number, state, personal, instant)

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
            state = self.executor.brought_up(state, instant).state
            return Applied(self._committer.last_seq, instant, replayed=False, state=state)
        return self.executor.apply(UpsertUser(zone), number, state, personal, instant)

    async def edit_configuration(
        self,
        edit: Edit[T],
        keys: Callable[[T], MadeByKey] = no_keys,
    ) -> T:
        """Put in force what an edit makes of the configuration; what changes nothing is no version.

        Args:
            edit: makes of a configuration, at an instant, the next one and what to tell of it.
            keys: tells by which idempotency keys it made something, and what.

        Raises:
            InvalidInput: a board would have too many groups; nothing has changed.
        """
        await self._admit_step()
        return await self.editing.edit(edit, keys)

    def used_key(self, key: bytes) -> Seq | None:
        """Return the record that used the hash of an idempotency key first, None if none did."""
        return self._keys.find(key) if key else None

    async def configure_streaks(self, changes: StreakChanges) -> int:
        """Put other streak settings in force; return the version's number.

        Raises:
            ConfigurationInvalid: names every setting that is wrong; nothing has changed.
        """

        def edit(before: Configuration, at: Instant) -> tuple[Configuration, int]:
            after = change_streak(changes, before, at=at)
            return after, after.version

        return await self.edit_configuration(edit)

    async def complete_achievement(self, user: UserFields, key: str) -> Applied:
        """Complete an achievement at the product's word (SPEC 6.6).

        Whoever has it already keeps the first completion; what is said of them is taken in anyway.

        Args:
            user: who, and what is said of them; created if they do not exist.
            key: the achievement's.

        Returns:
            `replayed` if they had it.

        Raises:
            NotFound: there is no such achievement.
            InvalidInput: it is not to be completed so, or not now, or not by this user.
        """
        number, state = await self._admit(user.id)
        achievement = self.plan.achievements_by_key.get(key)
        if achievement is None:
            raise NotFound(f"there is no achievement {key[:80]!r}")
        check_user(user, self.plan, self.calendar, "user.")
        instant = self._instant(None)
        if state is not None and achievement.ordinal not in state.completions:
            due = self.executor.brought_up(state, instant).state.completions
            if achievement.ordinal in due:
                # They have it by their past: recorded as by the sweep, so that it has an id.
                self.executor.bring_up(number, instant)
                state = self.actors.load(number)
        if state is not None and achievement.ordinal in state.completions:
            known = await self.upsert_user(user, where="user.")
            return replace(known, replayed=True)
        command = CompleteAchievement(achievement.ordinal, zone_news(user, state))
        personal = news_of(user, state.identity if state else None, {})
        applied = self.executor.apply(command, number, state, personal, instant)
        completed = AchievementCompleted(applied.at, achievement.ordinal, backdated=False)
        return applied if completed in applied.facts else replace(applied, replayed=True)

    async def change_user(
        self,
        user_id: str,
        decide: Callable[[UserState], UserCommand | None],
        *,
        reason: str | None = None,
    ) -> Applied:
        """Apply a command that somebody gives by hand to a user who exists.

        Args:
            user_id: who.
            decide: makes the command of the user's state; None if it would change nothing.
            reason: why, in the operator's words.

        Raises:
            NotFound: there is no such user.
            InvalidInput: the command is refused and leaves no trace.
        """
        number, state = await self._admit(user_id)
        if state is None:
            raise self._no_user(user_id)
        at = self._instant(None)
        command = decide(state)
        if command is None:
            brought_up = self.executor.brought_up(state, at).state
            return Applied(self._committer.last_seq, at, replayed=False, state=brought_up)
        if replayed := self._replayed(key_of(command), state):
            return replayed
        personal = None if reason is None else Personal(user_id, reason=reason)
        return self.executor.apply(command, number, state, personal, at)

    async def end_run(self, ordinal: Ordinal) -> None:
        """End the present run of a board early; one without runs is finished (SPEC 8.7).

        Raises:
            NotFound: there is no such board.
            InvalidInput: none of its runs is on.
        """

        def edit(before: Configuration, at: Instant) -> tuple[Configuration, None]:
            draft = Draft(before, at)
            end_run(draft, ordinal, at)
            return draft.finish(), None

        await self.edit_configuration(edit)

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
            self.executor.record(StartImport(), self.state.clock)

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
        self.executor.record(FinishImport(), at)

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
        return self.executor.brought_up(self.recorded_user(user_id), self.now())

    def _no_user(self, user_id: str) -> NotFound:
        return NotFound(f"there is no user {user_id[:80]!r}")

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

    def _replayed(self, key: bytes, state: UserState) -> Applied | None:
        """Return what to answer if an idempotency key was used before, None if it was not."""
        known = self._keys.find(key) if key else None
        if known is None:
            return None
        now = self.now()
        return Applied(known, now, replayed=True, state=self.executor.brought_up(state, now).state)

    def operation_key(self, operation: str, key: str, item: str) -> bytes:
        """Return the hash under which an item of an operation's idempotency key is kept."""
        return self._keys.of_operation(self.state.number, operation, key, item)

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
