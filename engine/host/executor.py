"""Executes commands in one scope, all of it between two waits.

A command is evaluated, the boards are moved, the record is queued for its commit, the new state is
put in place: one synchronous stretch, so one command is atomic in memory, and as one record on
disk. Whether a command is taken at all, `engine.host.scope` has decided before.
"""

from collections.abc import Mapping

from msgspec import UNSET

from engine.boards.boards import Boards
from engine.boards.totals import Totals
from engine.configuration.plan import Plan
from engine.configuration.resolve_boards import with_opened
from engine.host.actors import Actors
from engine.host.boost_index import BoostIndex
from engine.host.committer import Committer
from engine.host.directory import Directory
from engine.host.keys import Keys
from engine.host.moves import Moves
from engine.host.requests import Applied
from engine.host.timeline import Timeline
from engine.model.commands import (
    AnyCommand,
    ApplyConfiguration,
    BringUp,
    CloseRun,
    NoteArchive,
    Personal,
    UpsertUser,
    UserCommand,
    key_of,
)
from engine.model.facts import AnyFact, RunFinished
from engine.model.identifiers import Day, Instant, Seq, UserNumber
from engine.model.record import RULES, Record, StoredRecord
from engine.model.scope import ScopeState
from engine.model.user import UserBoost, UserState, Waiting
from engine.rules.apply_scope import apply_to_scope
from engine.rules.calendar import Calendar
from engine.rules.due import next_due
from engine.rules.evaluate import Decision, evaluate
from engine.rules.periods import waiting

NOBODY = UserNumber(0)
NO_DATE = Day(0)
NO_RECORD = Seq(0)


class Executor:
    """The parts of one scope, and what a command does to them together."""

    def __init__(
        self,
        state: ScopeState,
        *,
        actors: Actors,
        keys: Keys,
        calendar: Calendar,
        committer: Committer,
        moves: Moves,
    ) -> None:
        self.state = state
        self.actors = actors
        self.timeline = Timeline(state)
        self.directory = Directory()
        self.boards = Boards()
        self.totals = Totals()
        self.boosts = BoostIndex()
        self.calendar = calendar
        self.keys = keys
        self.committer = committer
        self.moves = moves
        self.boards.enact(self.plan)
        for closed in state.all_closed():
            run = closed.finished.board, closed.finished.run
            if closed.finalised_at:
                self.boards.drop(run)
            else:
                self.boards.close(run, descending=closed.finished.descending)

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.timeline.plan

    @property
    def next_seq(self) -> Seq:
        """The number that the next record will have."""
        return Seq(self.committer.last_seq + 1)

    def apply(
        self,
        command: UserCommand,
        number: UserNumber,
        state: UserState | None,
        personal: Personal | None,
        at: Instant,
    ) -> Applied:
        """Apply a command to its user, all of it or nothing.

        Args:
            command: what is to happen.
            number: the user's number, or the one they will have.
            state: the user's state, acquired; None for one who does not exist yet.
            personal: what the command says about the person.
            at: the command's instant.

        Raises:
            InvalidInput: the rules refuse it; nothing has happened.
        """
        if self.timeline.opens_by(at):
            # What is refused leaves no record, so whether it is comes first.
            self._evaluate(command, number, state, personal, at=at, seq=self.next_seq)
            self.open_boards(at)
        decision = self._evaluate(command, number, state, personal, at=at, seq=self.next_seq)
        due = decision.due_placements
        if personal is not None and personal.attributes is not UNSET:
            where = "attributes" if isinstance(command, UpsertUser) else "user.attributes"
            self.boards.check_groups(decision.placements[due:], where)
        due_moves = self.boards.place(number, decision.placements[:due]) if due else []
        moves = self.boards.place(number, decision.placements[due:])
        facts = decision.facts + due_moves + moves
        seq = self.record(
            command,
            at,
            user=number,
            date=decision.date,
            facts=tuple(facts),
            personal=personal,
            prev_personal=state.personal_head if state and personal else NO_RECORD,
        )
        if state is None or len(decision.state.entries) > len(state.entries):
            self._forget_places(decision.state)
        self.actors.put(decision.state)
        self._index(decision.state, state)
        if state is None or not self._waits_alike(decision.state, state):  # as most events do
            self.note_due(decision.state)
        if personal is not None:
            identity = decision.state.identity
            self.directory.enter(number, identity.id, identity.name)
        if key := key_of(command):
            self.keys.add(key, seq)
        return Applied(
            seq,
            at,
            False,
            decision.state,
            tuple(facts),
            due_facts=decision.due_facts,
            moves=len(decision.facts),
            due_moves=len(due_moves),
        )

    def bring_up(self, number: UserNumber, at: Instant, state: UserState | None = None) -> None:
        """Record what is due for a user by an instant; without anything to say, write nothing.

        Args:
            number: whose.
            at: the instant.
            state: the user's state, from whoever has just looked at it.
        """
        self.open_boards(at)
        if state is None:
            state = self.actors.view(number)
        decision = self._evaluate(BringUp(), number, state, None, at=at, seq=self.next_seq)
        if decision.facts or decision.placements:
            facts = decision.facts + self.boards.place(number, decision.placements)
            self.record(BringUp(), at, user=number, facts=tuple(facts))
            if len(decision.state.entries) > len(state.entries):
                self._forget_places(decision.state)
            self.actors.put_aside(decision.state)
            self._index(decision.state, state)
        # Also without anything to say: a step may have changed when something is due.
        self.note_due(decision.state)

    def open_boards(self, at: Instant) -> None:
        """Record that boards are open that were to open by an instant: a step (SPEC 2.7)."""
        while (opens := self.timeline.opens_at) is not None and opens <= at:
            opened = max(opens, self.state.clock)
            after = with_opened(self.plan.configuration, opened)
            self.record(ApplyConfiguration(after, by_clock=True), opened)

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

    def note_due(self, state: UserState) -> None:
        """Note when something is due for a user next, by the plan in force."""
        self._set_due(state.number, waiting(state), state.identity.attributes)

    def note_waiting(self, number: UserNumber, who: Waiting) -> None:
        """Note when something may be due for a user of whom only the start row is at hand."""
        self._set_due(number, who, None)

    def _set_due(
        self, number: UserNumber, who: Waiting, attributes: Mapping[str, str] | None
    ) -> None:
        self.timeline.due.set(number, next_due(who, self.plan, self.calendar, attributes))

    def _index(self, state: UserState, before: UserState | None) -> None:
        """Note what a user has now in the orders over all users."""
        for system, points in state.points.items():
            had = before.points.get(system) if before is not None else None
            if had is not points:
                self.totals.move(system, had.total if had else None, points.total)
        held: tuple[UserBoost, ...] = before.boosts if before is not None else ()
        if state.boosts is not held:
            self.boosts.replace(state.number, held, state.boosts)

    def record(
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
        """Queue a record for its commit and apply what it says of the scope; return its number."""
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
        seq = self.committer.add(record, personal)
        self.moves.take(seq, record)
        self.apply_scope(seq, record)
        return seq

    def apply_scope(self, seq: Seq, record: Record) -> None:
        """Apply a record's effect on what all users share."""
        apply_to_scope(self.state, seq, record)
        match record.command:
            case ApplyConfiguration():
                self.timeline.add_step(self.state.steps[-1])
                self.boards.enact(self.plan)
            case CloseRun(board, run):
                (finished,) = record.facts
                assert isinstance(finished, RunFinished), "a run is closed by that fact"
                self.boards.close((board, run), descending=finished.descending)
            case NoteArchive(board, run):
                self.boards.drop((board, run))
            case _:
                pass

    def _forget_places(self, state: UserState) -> None:
        """Drop a user's entries of runs that are archived, and of boards that are no more.

        Called when they get another one: so they never have many.
        """
        gone = [key for key in state.entries if not self.boards.wants(key)]
        for key in gone:
            del state.entries[key]

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

    def _waits_alike(self, state: UserState, before: UserState) -> bool:
        """Whether what falls due for a user next is certain to be what it was, or later."""
        return (
            state.streaks == before.streaks
            and state.freezes is before.freezes
            and state.preferences is before.preferences
            and state.zone == before.zone
            and state.step == before.step
            and state.identity is before.identity
            and (not self.plan.timed or state.points == before.points)
        )
