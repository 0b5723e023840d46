"""The engine: one log, its scopes, and the few tasks that keep them going.

    async with open_engine(store) as engine:
        scope = await engine.scope("production")
        applied = await scope.record_event(request)
        await engine.durable(applied.seq)        # now it may be answered

Its life encloses everything that uses it. On leaving, what is queued is committed and the
snapshot written; after a failed commit nothing is (the next start recovers).
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from math import inf
from typing import cast

import msgspec
import trio

from engine.boards.shard import Shard
from engine.host.actors import Actors, ActorsStatistics
from engine.host.applied_log import AppliedLog
from engine.host.archives import Archives, pending
from engine.host.clock import Clock, SystemClock
from engine.host.committer import Committer, CommitterStatistics, Observe
from engine.host.cuts import Cuts
from engine.host.executor import Executor
from engine.host.keys import Keys
from engine.host.moves import HistorySettings, Moves
from engine.host.ports import DerivedReader, Log, LogReader, ReadableStore, Store
from engine.host.recovery import recover, replay
from engine.host.scope import Scope
from engine.host.snapshots import Snapshots
from engine.host.zones import Zones, check_zone_data
from engine.model.commands import CloseRun, UserCommand
from engine.model.errors import (
    EngineClosed,
    EngineFailed,
    InvalidInput,
    NotFound,
    ReadOnly,
    StorageFull,
)
from engine.model.facts import RankMoved
from engine.model.identifiers import ScopeNumber, Seq
from engine.model.limits import (
    HEADROOM_BYTES,
    ID_LENGTH_MAX,
    LET_GO_PARTICIPANTS,
    RESIDENT_USERS_MAX,
    SWEEP_AHEAD_RECORDS,
)
from engine.model.record import StoredRecord
from engine.model.scope import ScopeState
from engine.model.user import UserState
from engine.rules.calendar import Calendar
from engine.rules.evaluate import Decision

_HOUSEKEEPING_S = 0.25
"""How often the engine looks whether something is due; the clock lag of a quiet server."""


_LET_GO_PAUSE_S = 0.002
"""Between two slices of freeing: a million participants are gone in half a second, as nobody minds.
"""


class Settings(msgspec.Struct, frozen=True):
    """What an owner may set."""

    resident_users: int = RESIDENT_USERS_MAX
    """How many users per scope are kept decoded."""
    headroom_bytes: int = HEADROOM_BYTES
    """Free disk below which commands are refused."""
    sweeping: bool = True
    """Whether live scopes are swept as time passes; an import sweeps when it finishes."""
    history: HistorySettings = HistorySettings()
    """How rank history is laid out."""
    closing_snapshot_s: float = inf
    """Seconds that closing may spend on the snapshot; what it lacks is replayed at the next start.
    """


class EngineStatistics(msgspec.Struct, frozen=True):
    """How the engine stands."""

    committer: CommitterStatistics
    actors: dict[str, ActorsStatistics]
    keys_in_memory: int


class Engine:
    """All scopes of one log, for reading; `LiveEngine` adds the writing."""

    _writes = False

    def __init__(
        self, store: ReadableStore, committer: Committer, clock: Clock, settings: Settings
    ) -> None:
        self._store = store
        self._committer = committer
        self._clock = clock
        self._settings = settings
        self._calendar: Calendar = Zones()
        self._keys = Keys(store.log.secret(), store.derived)
        self._scopes: dict[ScopeNumber, Scope] = {}

    @property
    def last_seq(self) -> Seq:
        """The last record that was applied."""
        return self._committer.last_seq

    @property
    def log(self) -> LogReader:
        """The log, for readers of history."""
        return self._store.log

    @property
    def derived(self) -> DerivedReader:
        """What is made from the log, for readers of archives and of rank history."""
        return self._store.derived

    def scopes(self) -> list[Scope]:
        """Return the scopes in order of their making."""
        return list(self._scopes.values())

    def find_scope(self, name: str) -> Scope:
        """Return a scope that exists.

        Raises:
            NotFound: there is none of that name; says which there are.
        """
        scope = self._by_name(name)
        if scope is None:
            known = ", ".join(repr(s.state.name) for s in self.scopes()) or "none yet"
            raise NotFound(f"there is no scope {name!r} (there are: {known})")
        return scope

    async def durable(self, seq: Seq) -> None:
        """Wait until a record, and so every one before it, is on disk.

        Raises:
            EngineFailed: a commit failed; the record may or may not be there.
        """
        await self._committer.wait_durable(seq)

    def statistics(self) -> EngineStatistics:
        """Return how the engine stands."""
        return EngineStatistics(
            committer=self._committer.statistics(),
            actors={scope.state.name: scope.actors.statistics() for scope in self.scopes()},
            keys_in_memory=len(self._keys),
        )

    async def start(self, progress: Callable[[Seq], None]) -> None:
        """Recover what is on disk."""

        async def pause(seq: Seq) -> None:
            progress(seq)
            await self._pause(seq)

        last = await recover(
            self._store.log,
            self._store.derived,
            self._scopes,
            keys=self._keys,
            make=self._make,
            pause=pause,
        )
        assert last == self._committer.last_seq, "what was recovered is the whole log"

    def replay(self, stored: StoredRecord) -> None:
        """Apply one record by its facts; boards are left to whoever needs them."""
        replay(self._scopes, self._keys, self._make, stored)

    def user_before(self, stored: StoredRecord) -> UserState | None:
        """Return the user of a record as the records replayed so far have left them."""
        scope = self._scopes.get(stored.record.scope)
        user = stored.record.user
        return scope.actors.find(user) if scope is not None and user else None

    def evaluate(self, stored: StoredRecord, command: UserCommand) -> Decision:
        """Evaluate a record's command on the state before it; change nothing.

        Raises:
            InvalidInput: the rules would refuse it.
        """
        return self._scopes[stored.record.scope].executor.reevaluate(stored, command)

    def place(self, stored: StoredRecord, decision: Decision) -> list[RankMoved]:
        """Move the boards as a decision says; return the rows of rank history."""
        boards = self._scopes[stored.record.scope].boards
        return boards.place(stored.record.user, decision.placements)

    def groups(self, stored: StoredRecord, command: CloseRun) -> Mapping[str, Shard]:
        """Return the order of the run that a record closes, by group."""
        boards = self._scopes[stored.record.scope].boards
        return boards.groups(command.board, command.run)

    async def _pause(self, seq: Seq) -> None:
        await trio.lowlevel.checkpoint()

    def _by_name(self, name: str) -> Scope | None:
        return next((s for s in self._scopes.values() if s.state.name == name), None)

    def _make(self, state: ScopeState) -> Scope:
        executor = Executor(
            state,
            actors=Actors(state.number, self._store.derived, self._settings.resident_users),
            keys=self._keys,
            calendar=self._calendar,
            committer=self._committer,
            moves=Moves(
                state.number,
                self._store.derived,
                self._settings.history,
                writes=self._writes,
            ),
        )
        return Scope(executor, self._clock)


class LiveEngine(Engine):
    """All scopes of one log, with the log's one writer."""

    _writes = True

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        committer = Committer(store.log, settings.headroom_bytes)
        super().__init__(store, committer, clock, settings)
        self._closed = False
        self._applied = AppliedLog(store.log, committer)
        self.archives = Archives(store.derived, committer)
        self.snapshots = Snapshots(store.derived, self._scopes, self._keys, committer)
        self.cuts = Cuts(store.derived, self._scopes, committer, settings.history)

    @property
    def log(self) -> LogReader:
        """The log, for readers of history, with what waits for the disk."""
        return self._applied

    async def scope(self, name: str = "default") -> Scope:
        """Return a scope, made if there is none of that name.

        Raises:
            InvalidInput: the name is empty, too long or not printable.
            EngineClosed: the engine is closed.
        """
        if self._by_name(name) is None:
            if self._closed:
                raise EngineClosed("the engine is closed")
            if not 0 < len(name) <= ID_LENGTH_MAX or not name.isprintable():
                raise InvalidInput("scope", f"must have 1 to {ID_LENGTH_MAX} printable characters")
            await self._committer.wait_room()
        return self._by_name(name) or self._open_scope(name)

    def check(self) -> None:
        """Raise what keeps the engine from accepting commands, if anything does.

        Raises:
            EngineFailed: a commit failed.
            EngineClosed: the engine is being closed.
        """
        self._committer.check()

    def check_room(self) -> None:
        """Make sure that not too much waits for the disk, for a caller who would rather not wait.

        Raises:
            Overloaded: too much does; nothing was applied.
        """
        self._committer.check_room()

    async def wait_failed(self) -> None:
        """Wait until a commit fails; mostly for ever."""
        await self._committer.wait_failed()

    def observe_commits(self, observe: Observe) -> None:
        """Let a function be told of every commit: seconds and records."""
        self._committer.observe = observe

    def run(self, nursery: trio.Nursery) -> None:
        """Start the engine's tasks."""
        nursery.start_soon(self._commit)
        nursery.start_soon(self._keep_house)
        nursery.start_soon(self._keep_cuts)

    async def _commit(self) -> None:
        # Ends by `close` and not by a cancellation: until then somebody may still apply a command.
        with trio.CancelScope(shield=True):
            await self._committer.run()

    async def close(self) -> None:
        """Commit what is queued and write the snapshot, if there is room for it.

        Raises:
            EngineFailed: a commit failed.
        """
        self._closed = True
        self._committer.close()
        await self._committer.wait_durable(self._committer.last_seq)
        with suppress(StorageFull):  # costs the next start time, not data
            with trio.move_on_after(self._settings.closing_snapshot_s):
                await self.snapshots.write()

    def _make(self, state: ScopeState) -> Scope:
        scope = super()._make(state)
        scope.boards.free_in_slices()
        scope.editing.archive = self._archive
        return scope

    def _open_scope(self, name: str) -> Scope:
        number = ScopeNumber(len(self._scopes) + 1)
        scope = self._make(ScopeState(number, name))
        self._scopes[number] = scope
        scope.open()
        return scope

    async def _pause(self, seq: Seq) -> None:
        await self._snapshot_if_due(seq)
        await trio.lowlevel.checkpoint()

    async def _snapshot_if_due(self, replayed: Seq | None = None) -> None:
        if self.snapshots.is_due():
            with suppress(StorageFull):  # commands are refused by then; a later pass goes on
                await self.snapshots.write(replayed)

    async def _archive(self) -> None:
        if any(map(pending, self.scopes())):
            with suppress(StorageFull):  # what is in memory is read until there is room again
                await self.archives.write(self.scopes())

    async def _let_go(self) -> None:
        for scope in self.scopes():
            while scope.boards.let_go(LET_GO_PARTICIPANTS):  # noqa: ASYNC110 - work, not waiting
                # More than a look at others: the thread that commits has to get the interpreter.
                await trio.sleep(_LET_GO_PAUSE_S)

    async def _sweep(self, scope: Scope) -> None:
        """Record what is due in a scope, in slices: everybody else goes on in between."""
        while scope.mode == "live" and scope.sweep_slice():
            # Never far ahead of the disk: what events add has to wait behind it.
            await self._committer.wait_durable(
                Seq(max(0, self._committer.last_seq - SWEEP_AHEAD_RECORDS))
            )
            await self._snapshot_if_due()  # a midnight of many fills the room for changed users
            await trio.lowlevel.checkpoint()

    async def _keep_house(self) -> None:
        try:
            while True:
                if self._settings.sweeping:
                    for scope in self.scopes():
                        await self._sweep(scope)
                await self._archive()
                await self._let_go()
                await self._snapshot_if_due()
                await trio.sleep(_HOUSEKEEPING_S)
        except (EngineFailed, EngineClosed):
            return  # every caller is told so by the committer

    async def _keep_cuts(self) -> None:
        # A task of its own: a cut of a million takes seconds, which a sweep must not wait for.
        try:
            while True:
                await self.cuts.look()
                await trio.sleep(_HOUSEKEEPING_S)
        except (EngineFailed, EngineClosed):
            return  # as above


def _no_progress(seq: Seq) -> None:
    pass


@asynccontextmanager
async def open_engine(
    store: Store,
    *,
    clock: Clock | None = None,
    settings: Settings | None = None,
    progress: Callable[[Seq], None] = _no_progress,
) -> AsyncGenerator[LiveEngine]:
    """Recover an engine from its store and keep it going until the block is left.

    Args:
        store: log and derived data, opened by their one writer.
        clock: default the machine's.
        settings: bounds and habits.
        progress: called during recovery with the last record applied.

    Raises:
        LogDamaged: stored bytes are not what was written.
        ZoneDataMismatch: the zone data is not the rules' own.
        EngineFailed: on leaving, if a commit failed and nobody has been told yet.
    """
    check_zone_data()
    engine = LiveEngine(store, clock or SystemClock(), settings or Settings())
    await engine.start(progress)
    raised: BaseException | None = None
    async with trio.open_nursery() as nursery:
        engine.run(nursery)
        try:
            yield engine
        except BaseException as error:  # noqa: BLE001 - raised again below, outside the nursery
            # A nursery wraps what leaves it in a group; owners want to catch their own errors.
            raised = error
        try:
            with trio.CancelScope(shield=True):
                await engine.close()
        except EngineFailed as error:
            raised = raised or error
        nursery.cancel_scope.cancel()
    if raised is not None:
        raise raised


async def load_engine(
    store: ReadableStore, *, clock: Clock | None = None, settings: Settings | None = None
) -> Engine:
    """Return an engine for reading what a store holds now; commands are refused.

    Raises:
        LogDamaged: stored bytes are not what was written.
    """
    engine = empty_engine(store, clock=clock, settings=settings)
    await engine.start(_no_progress)
    return engine


def empty_engine(
    store: ReadableStore, *, clock: Clock | None = None, settings: Settings | None = None
) -> Engine:
    """Return an engine that has read nothing yet, to replay records into."""
    committer = Committer(cast(Log, store.log))  # never run, so it never appends
    committer.failure = ReadOnly("the data directory is open for reading only")
    return Engine(store, committer, clock or SystemClock(), settings or Settings())
