"""One user's turn: the draft that a command works on, and what it has caused so far.

Every rule reads the draft and *emits* facts; a fact is applied to the draft at once, by the same
code that recovery uses, so the next rule sees it. Nothing else changes the draft. If a rule
refuses, the turn is dropped and the user's state is as it was.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.configuration.plan import Plan
from engine.model.facts import AnyFact
from engine.model.identifiers import Day, Instant, Seq
from engine.model.user import ORDER_OF_COMMANDS, Entry, ShardKey, UserState
from engine.rules.apply import apply_fact
from engine.rules.calendar import Calendar


class Step(NamedTuple):
    """A command that concerns many users: from `at` on, `plan` is in force (SPEC 2.7)."""

    number: int
    at: Instant
    plan: Plan


class Placement(NamedTuple):
    """What a user's place on a board becomes; the boards tell from which rank to which."""

    at: Instant
    shard: ShardKey
    value: int | None
    """None: they leave the board."""
    set_at: Instant
    set_order: int


class Moment(NamedTuple):
    """When something happens to a user: the command itself, or what has fallen due."""

    at: Instant
    order: int
    """Among what happens at one instant: due work by user number, then commands by record."""
    date: Day
    """The local date (SPEC, Words)."""


class Turn:
    """A draft of one user's state with the facts caused so far."""

    __slots__ = (
        "at",
        "calendar",
        "date",
        "draft",
        "facts",
        "order",
        "placements",
        "plan",
        "seq",
        "steps",
    )

    def __init__(
        self,
        draft: UserState,
        *,
        steps: Sequence[Step],
        calendar: Calendar,
        at: Instant,
        seq: Seq,
    ) -> None:
        """Begin a turn.

        Args:
            draft: a copy of the user's state, which the turn may keep.
            steps: the scope's steps in order, the first one worked off by the user; the last
                one's plan is in force.
            calendar: the zone data.
            at: the command's instant.
            seq: the number that the command's record will have.
        """
        self.draft = draft
        self.steps = steps
        self.plan = steps[0].plan
        self.calendar = calendar
        self.at = at
        self.seq = seq
        self.order = ORDER_OF_COMMANDS + seq
        self.date = Day(0)
        self.facts: list[AnyFact] = []
        self.placements: list[Placement] = []

    @property
    def zone(self) -> str:
        """The zone in effect for the user, an IANA name."""
        return self.plan.zone(self.draft.zone)

    @property
    def moment(self) -> Moment:
        """When the command itself happens; its date must be decided."""
        return Moment(self.at, self.order, self.date)

    @property
    def attributes(self) -> Mapping[str, str]:
        """The user's attributes."""
        return self.draft.identity.attributes

    def local_date(self, at: Instant) -> Day:
        """Return the user's local date at an instant.

        Never earlier than that of their last command, nor than the first day of a period that
        follows a closed one: what is closed stays closed wherever the user flies.
        """
        return local_date(self.draft, self.zone, at, self.calendar)

    def emit(self, fact: AnyFact) -> None:
        """Add a fact and apply it to the draft."""
        apply_fact(self.draft, fact, self.seq, len(self.facts))
        self.facts.append(fact)

    def place(self, at: Instant, shard: ShardKey, entry: Entry) -> None:
        """Give the user a place on a board, unless it is the one they have there."""
        if self.draft.entries.get(shard) == entry:
            return
        self.draft.entries[shard] = entry
        self.placements.append(Placement(at, shard, entry.value, entry.set_at, entry.set_order))

    def leave(self, at: Instant, shard: ShardKey) -> None:
        """Take the user off a board, if they are on it."""
        if self.draft.entries.pop(shard, None) is not None:
            self.placements.append(Placement(at, shard, None, at, 0))


def local_date(state: UserState, zone: str, at: Instant, calendar: Calendar) -> Day:
    """Return the local date that a command of a user has at an instant; see `Turn.local_date`."""
    date = max(calendar.day(zone, at), state.date)
    for track in state.streaks.values():
        date = max(date, track.period)
    return date
