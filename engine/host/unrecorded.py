"""An engine whose records go nowhere: it replays and evaluates, and writes to nothing.

Commands are evaluated by the executor that serves live ones, and what they make of user and scope
is kept. Nothing else is: no record, and none of what a live engine has of every user beside their
state (who is called what, what is due when, where they stand, what the snapshot lacks). Nobody asks
for that here, and it would be most of the memory.

The one exception are users of whom an event is voided: of them records stay, since the command that
voids it says what it had awarded and what the others come to.
"""

from collections.abc import Iterator
from typing import cast

import msgspec

from engine.host.actors import Actors
from engine.host.clock import SystemClock
from engine.host.committer import Committer
from engine.host.directory import Directory
from engine.host.engine import Engine, Settings
from engine.host.executor import NO_DATE, NO_RECORD, NOBODY
from engine.host.keys import Keys
from engine.host.ports import Batch, Bounds, DerivedReader, Log, LogReader, ReadableStore
from engine.host.recently_used import RecentlyUsed
from engine.host.scope import Scope
from engine.model.commands import ApplyConfiguration, Personal, UserCommand
from engine.model.configuration import Configuration
from engine.model.identifiers import Instant, ScopeNumber, Seq, UserNumber
from engine.model.record import (
    RULES,
    Record,
    StoredRecord,
    encode_personal,
    encode_record,
)
from engine.model.scope import ScopeState
from engine.model.user import UserState

RESIDENT_USERS = 20_000
"""Users kept decoded, some 5 kB each: all others are packed, a tenth of it, for 15 µs a look."""

_encoder = msgspec.msgpack.Encoder()
_states = msgspec.msgpack.Decoder(UserState)


class UnrecordedEngine(Engine):
    """All scopes of a log, from its first record on, for commands that are not to be kept."""

    def __init__(self, store: ReadableStore, kept: frozenset[UserNumber] = frozenset()) -> None:
        """Begin with nothing replayed.

        Args:
            store: its log is read; of its derived data nothing is.
            kept: users whose records are to be kept.
        """
        committer = Committer(cast(Log, store.log))  # never run, so it never appends
        super().__init__(store, committer, SystemClock(), Settings())
        self._keys = _NoKeys(store.log.secret(), store.derived)
        self._kept = kept
        self._rewritten = _Rewritten(store.log)

    @property
    def log(self) -> LogReader:
        """The log, with the records of commands that were applied here in place of its own."""
        return self._rewritten

    def apply(self, stored: StoredRecord, command: UserCommand) -> None:
        """Evaluate a command in place of a record's own; keep what it makes of user and scope.

        Args:
            stored: the record, with whatever the command says about the person.
            command: the command.

        Raises:
            InvalidInput: the rules refuse it; nothing has happened.
        """
        record = stored.record
        scope = self._scopes[record.scope]
        decision = scope.executor.reevaluate(stored, command)
        users = scope.state.users
        caused = msgspec.structs.replace(record, command=command, facts=tuple(decision.facts))
        scope.executor.apply_scope(stored.seq, caused)
        scope.state.users = max(users, scope.state.users)  # they may appear in another order
        _forget_places(scope, decision.state, record.at)
        scope.actors.put(decision.state)
        if record.user in self._kept:
            self._rewritten.keep(stored.seq, caused, stored.personal)

    def put_in_force(self, scope: Scope, configuration: Configuration, at: Instant) -> None:
        """Let a configuration be in force from an instant on: a step."""
        record = Record(
            scope=scope.state.number,
            at=at,
            user=NOBODY,
            step=scope.timeline.steps[-1].number,
            date=NO_DATE,
            rules=RULES,
            prev_personal=NO_RECORD,
            command=ApplyConfiguration(configuration),
            facts=(),
        )
        scope.executor.apply_scope(scope.state.seq, record)
        self._rewritten.part(scope.state.seq)

    def _make(self, state: ScopeState) -> Scope:
        scope = super()._make(state)
        executor = scope.executor
        executor.actors = scope.actors = _Packed(state.number, self._store.derived, RESIDENT_USERS)
        executor.directory = scope.directory = _NoNames()
        return scope


def _forget_places(scope: Scope, state: UserState, at: Instant) -> None:
    """Drop a user's entries of runs that are over: nobody closes them here."""
    for key in [key for key in state.entries if not scope.plan.ranks(key, at)]:
        del state.entries[key]


class _Packed(Actors):
    """Users of whom nothing is written: a few decoded, all others as their bytes alone."""

    def __init__(self, scope: ScopeNumber, derived: DerivedReader, capacity: int) -> None:
        super().__init__(scope, derived, capacity)
        self._decoded = RecentlyUsed(capacity)
        self._bytes: list[bytes | None] = []
        """By number less one; None also for somebody who was always decoded so far."""

    def find(self, number: UserNumber) -> UserState | None:
        state = self._decoded.use(number)
        if state is not None:
            return state
        packed = self._bytes[number - 1] if number <= len(self._bytes) else None
        return None if packed is None else _states.decode(packed)

    def put(self, state: UserState) -> None:
        left = self._decoded.put(state)
        if left is not None:
            self._bytes += [None] * (left.number - len(self._bytes))
            self._bytes[left.number - 1] = _encoder.encode(left)


class _Rewritten:
    """A log that ends in the records of another history; `engine.host.ports.LogReader`.

    Record by record only: its batches are those of the log.
    """

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._parted: Seq | None = None
        self._records: dict[Seq, tuple[bytes, bytes | None]] = {}

    def part(self, last: Seq) -> None:
        """Let nothing of the log's own count after a record; the first call is the one that counts.

        Later versions are made by the clock, in the other history.
        """
        if self._parted is None:
            self._parted = last

    def keep(self, seq: Seq, record: Record, personal: Personal | None) -> None:
        """Add a record of the other history."""
        row = encode_personal(personal) if personal is not None else None
        self._records[seq] = (encode_record(record), row)

    def bounds(self) -> Bounds:
        return self._log.bounds()

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[Batch]:
        return self._log.read(after, upto)

    def read_record(self, seq: Seq) -> tuple[bytes, bytes | None] | None:
        if self._parted is None or seq <= self._parted:
            return self._log.read_record(seq)
        return self._records.get(seq)

    def batch_of(self, seq: Seq) -> int:
        return self._log.batch_of(seq)

    def secret(self) -> bytes:
        return self._log.secret()

    def identity(self) -> bytes:
        return self._log.identity()


class _NoKeys(Keys):
    """Idempotency keys that nobody will ask for: what is in the log was no repeat."""

    def add(self, key: bytes, seq: Seq) -> None:
        pass


class _NoNames(Directory):
    """Ids and names that nobody will ask for: the states have them."""

    def enter(self, number: UserNumber, user_id: str, name: str | None) -> None:
        pass
