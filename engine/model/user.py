"""The state of one user: everything the rules know of them, and nothing that can be derived.

A `UserState` is a draft: cheap to copy (the dictionaries are copied, what they hold is frozen and
replaced, never changed), so a refused command leaves the original as it was. Only
`engine.rules.apply` changes one, by a fact; live evaluation, recovery and replay share that code.

Ledgers are walked back through the log: `head` fields hold the number of the last record that
added to a ledger; such a record carries the number of the one before it.
"""

from typing import NamedTuple

import msgspec

from engine.model.identifiers import Day, Instant, Millionths, Ordinal, Seq, UserNumber

ORDER_OF_COMMANDS = 1 << 62
"""Added to a record's number in `set_order`, so that due work, ordered by user number, precedes."""


class ShardKey(NamedTuple):
    """One order of participants: a board, one of its groups, one of its runs (SPEC 8.1)."""

    board: Ordinal
    group: str
    run: int


class MetricState(msgspec.Struct, frozen=True, array_like=True):
    """A metric's aggregate over all events of the user."""

    total: Millionths
    peak: Millionths
    """The highest total ever, starting at 0 (SPEC 7.2)."""
    set_at: Instant
    set_order: int
    """When the total's whole part last changed: what a board that is seeded later ranks by."""
    head: Seq


class PointsState(msgspec.Struct, frozen=True, array_like=True):
    """What a user has of one currency."""

    total: int
    set_at: Instant
    set_order: int
    head: Seq


class Completion(msgspec.Struct, frozen=True, array_like=True):
    """An achievement the user has. Never taken back."""

    at: Instant
    seq: Seq
    index: int
    backdated: bool


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A user's place on a board: the value, and when this present value was set (SPEC 8.3)."""

    value: int
    set_at: Instant
    set_order: int


class StreakState(msgspec.Struct, frozen=True, array_like=True):
    """The daily streak. While one is running, `period` is the open period; else the last seen."""

    period: Day = Day(0)
    met: bool = False
    sums: dict[Ordinal, Millionths] = {}
    """Aggregates of the open period's events, for all metrics."""
    length: int = 0
    longest: int = 0
    started: Day = Day(0)
    extended_at: Instant = Instant(0)
    forgiven: Day = Day(-10_000)
    """The last date on which a change of zone skipped a period (SPEC 2.4)."""
    head: Seq = Seq(0)


class Identity(msgspec.Struct, frozen=True, array_like=True):
    """Who the user is: kept apart on disk so that it can be erased (SPEC 9.4)."""

    id: str = ""
    name: str | None = None
    email: str | None = None
    attributes: dict[str, str] = {}
    sign_up_date: Day | None = None
    """When they signed up at the product, which may be long before Laurels knew them."""
    device_tokens: tuple[str, ...] | None = None
    subscribe_to_emails: bool = True


class UserState(msgspec.Struct, array_like=True):
    """One user of one scope, worked off up to record `seq` and step `step`."""

    number: UserNumber
    identity: Identity = Identity()
    seq: Seq = Seq(0)
    step: int = 0
    personal_head: Seq = Seq(0)
    created_at: Instant = Instant(0)
    updated_at: Instant = Instant(0)
    date: Day = Day(0)
    """The local date of the user's last command: no later one counts as earlier (SPEC)."""
    zone: str = ""
    """An IANA name; empty for the scope's default."""
    streak: StreakState = StreakState()
    metrics: dict[Ordinal, MetricState] = {}
    completions: dict[Ordinal, Completion] = {}
    points: dict[Ordinal, PointsState] = {}
    entries: dict[ShardKey, Entry] = {}

    def copy(self) -> "UserState":
        """Return a draft that can be changed without changing this state. Some 1 µs."""
        return UserState(
            self.number,
            self.identity,
            self.seq,
            self.step,
            self.personal_head,
            self.created_at,
            self.updated_at,
            self.date,
            self.zone,
            self.streak,
            self.metrics.copy(),
            self.completions.copy(),
            self.points.copy(),
            self.entries.copy(),
        )
