"""The commands of a scope once more, from an instant on under another configuration.

Up to the instant the recorded facts are applied. Then the configuration is put in force as a step,
and every user's command is evaluated anew by the executor and the rules that live commands use.
What the record says of the rest is left out: configurations are replaced by the one, and what was
due is worked off by the commands themselves and in the end for everybody (SPEC 2.7: that leads to
the same). Commands that the configuration cannot take are counted by reason.
"""

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec
import trio

from engine.configuration.document import Document
from engine.configuration.resolve_boards import with_opened
from engine.host.hearsay import Hearsay, introduces
from engine.host.hypothesis import hypothetical
from engine.host.numbering import Numbering
from engine.host.ports import LogReader
from engine.host.recovery import read_records
from engine.host.scope import Scope
from engine.host.terms import Terms
from engine.host.unrecorded import UnrecordedEngine
from engine.model.commands import (
    ApplyConfiguration,
    BringUp,
    CloseRun,
    CompleteAchievement,
    NoteArchive,
    NoteSweep,
    OpenScope,
    UpsertUser,
    UserCommand,
    VoidEvent,
)
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Instant, Seq, UserNumber
from engine.model.record import RULES, StoredRecord
from engine.model.user import UserState

PAUSE_RECORDS = 1_024
"""Records between two looks at other tasks: some 50 ms."""

REASONS_MAX = 100
"""Reasons for refusals that are told apart: more are no answer to a person."""

OTHER_REASONS = "other reasons"


class Stretch(msgspec.Struct, frozen=True):
    """Which part of which log is run again."""

    scope: str
    records: Seq
    """The last record of the log that is looked at."""
    begin: Instant | None = None
    """Up to here the record counts; None for nothing of it."""
    end: Instant | None = None
    """The last instant of a command; None for all that there are."""


async def walk(
    log: LogReader,
    stretch: Stretch,
    take: Callable[[StoredRecord], None],
    tell: Callable[[Seq], None],
) -> None:
    """Give the records of a stretch's scope to a function, from the first one on.

    Args:
        log: the log; what is appended meanwhile does not matter.
        stretch: which records.
        take: gets them.
        tell: told now and then of the last one read.

    Raises:
        LogDamaged: names the record.
    """
    number = None
    for stored in read_records(log, Seq(0)):
        if stored.seq > stretch.records:
            return
        record = stored.record
        if isinstance(record.command, OpenScope) and record.command.name == stretch.scope:
            number = record.scope
        if record.scope == number:
            if stretch.end is not None and record.at > stretch.end:
                return
            take(stored)
        if stored.seq % PAUSE_RECORDS == 0:
            tell(stored.seq)
            await trio.lowlevel.checkpoint()


Voids = Callable[[Scope, LogReader, Seq, UserState], VoidEvent]
"""Makes the command that voids an event of a user, by what is recorded in a log.

Raises `NotFound` if there is no such event.
"""


class Rerun:
    """One run of a stretch under another configuration."""

    def __init__(
        self,
        engine: UnrecordedEngine,
        document: Document,
        stretch: Stretch,
        *,
        made: Mapping[str, int],
        voids: Voids,
    ) -> None:
        """Begin with nothing.

        Args:
            engine: has replayed nothing yet.
            document: the configuration.
            stretch: which records will be given to `take`.
            made: how many of each kind there are at the stretch's end (`Configuration.made`).
            voids: makes commands that void an event.
        """
        self.evaluated = 0
        """Commands that were evaluated anew and taken."""
        self.replaced = 0
        """Configurations of the record that the one replaced."""
        self.other_rules = 0
        """Of the commands those that were recorded under other rules than this release's."""
        self.refused: Counter[str] = Counter()
        """Commands that were refused, by reason."""
        self._engine = engine
        self._document = document
        self._made = made
        self._voids = voids
        self._stretch = stretch
        self._scope: Scope | None = None
        """Once the stretch's instant is reached and the configuration in force."""
        self._exists = bytearray(1)
        """By number, whether there is such a user."""
        self._terms = Terms()
        self._hearsay = Hearsay()
        self._numbering = Numbering()

    @property
    def users(self) -> int:
        """The highest number of a user."""
        return len(self._exists) - 1

    def take(self, stored: StoredRecord) -> None:
        """Apply one record: as recorded, anew, or not at all.

        Raises:
            ConfigurationInvalid: the document cannot be put in force at the stretch's instant.
        """
        command = stored.record.command
        if isinstance(command, ApplyConfiguration):
            self._terms.learn(command.configuration)
        if self._scope is None and self._is_beyond(stored):
            self._part()
        if self._scope is None:
            self._engine.replay(stored)
            self._note_user(stored.record.user)
            return
        match command:
            case ApplyConfiguration():
                self.replaced += 1
            case BringUp() | NoteSweep() | CloseRun() | NoteArchive():
                pass
            case _ if isinstance(command, UserCommand):
                self._open_boards(self._scope, stored.record.at)
                self._apply(self._scope, stored, command)
            case _:
                self._engine.replay(stored)

    def finish(self) -> Scope:
        """Return the scope after all records of the stretch; the configuration is in force."""
        if self._scope is None:
            self._part()
        assert self._scope is not None
        if self._stretch.end is not None:
            self._open_boards(self._scope, self._stretch.end)
        return self._scope

    def absent_user_id(self, number: UserNumber) -> str:
        """Return the id of a user whom no command has made here."""
        return self._hearsay.user_id(number) or f"erased-{number}"

    def _is_beyond(self, stored: StoredRecord) -> bool:
        begin = self._stretch.begin
        if begin is None:
            return not isinstance(stored.record.command, OpenScope)
        return stored.record.at > begin

    def _part(self) -> None:
        """Put the configuration in force: from here on the history parts from the record."""
        scope = self._engine.find_scope(self._stretch.scope)
        at = max(scope.state.clock, self._stretch.begin or Instant(0))
        configuration = hypothetical(
            self._document,
            scope.configuration,
            made=self._made,
            at=at,
            started=scope.mode != "idle",
            knows_zone=scope.calendar.knows,
        )
        self._engine.put_in_force(scope, configuration, at)
        self._terms.enact(configuration)
        self._scope = scope

    def _open_boards(self, scope: Scope, at: Instant) -> None:
        """Put in force by the clock what opens by an instant, as the executor does."""
        while (opens := scope.timeline.opens_at) is not None and opens <= at:
            opened = max(opens, scope.state.clock)
            self._engine.put_in_force(scope, with_opened(scope.configuration, opened), opened)

    def _apply(self, scope: Scope, stored: StoredRecord, recorded: UserCommand) -> None:
        number = stored.record.user
        self.other_rules += stored.record.rules != RULES
        said = self._hearsay.add(number, recorded, stored.personal)
        state = scope.actors.find(number) if self._is_there(number) else None
        try:
            command = self._command(scope, stored, recorded, state)
            if introduces(command) and getattr(command, "zone") != said.zone:  # noqa: B009
                command = msgspec.structs.replace(command, zone=said.zone)
            if command != UpsertUser(None) or said.personal is not None:
                again = StoredRecord(stored.seq, stored.record, said.personal)
                self._engine.apply(again, command)
        except InvalidInput as error:
            self._refuse(str(error))
            self._numbering.missed(number, recorded, state)
            if introduces(recorded):
                self._hearsay.keep(number, said)
            return
        self.evaluated += 1
        self._note_user(number)
        if self._hearsay and introduces(recorded):
            self._hearsay.forget(number)

    def _command(
        self,
        scope: Scope,
        stored: StoredRecord,
        recorded: UserCommand,
        state: UserState | None,
    ) -> UserCommand:
        """Return the command that would have been given here for what was asked.

        Raises:
            InvalidInput: none would have been.
        """
        if state is None and not introduces(recorded):
            raise InvalidInput("", "the user does not exist")
        if isinstance(recorded, VoidEvent):
            assert state is not None, "voiding introduces nobody"
            try:
                return self._voids(scope, self._engine.log, recorded.event, state)
            except NotFound as error:
                raise InvalidInput("", "the event to be voided was not taken") from error
        command = self._numbering.renumbered(stored.record.user, self._terms.renamed(recorded))
        if isinstance(command, CompleteAchievement) and state is not None:
            now = scope.executor.brought_up(state, stored.record.at).state
            if command.achievement in now.completions:
                return UpsertUser(command.zone)  # as for everybody who has it
        return command

    def _refuse(self, reason: str) -> None:
        known = reason in self.refused or len(self.refused) < REASONS_MAX
        self.refused[reason if known else OTHER_REASONS] += 1

    def _is_there(self, number: UserNumber) -> bool:
        return number <= self.users and bool(self._exists[number])

    def _note_user(self, number: UserNumber) -> None:
        self._exists.extend(bytes(max(0, number - self.users)))
        self._exists[number] = 1
