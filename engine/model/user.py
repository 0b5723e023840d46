"""The state of one user: everything the rules know of them, and nothing that can be derived.

A `UserState` is a draft: cheap to copy (the dictionaries are copied, what they hold is frozen and
replaced, never changed), so a refused command leaves the original as it was. Only
`engine.rules.apply` changes one, by a fact; live evaluation, recovery and replay share that code.

Ledgers are walked back through the log: `head` fields hold the number of the last record that
added to a ledger; such a record carries the number of the one before it.
"""

from typing import NamedTuple

import msgspec

from engine.model.configuration import EvaluationMode, Frequency, Rounding, StreakCondition
from engine.model.identifiers import Day, Instant, Millionths, Ordinal, Seq, UserNumber

ORDER_OF_COMMANDS = 1 << 62
"""Added to a record's number in `set_order`, so that due work, ordered by user number, precedes."""


class ShardKey(NamedTuple):
    """One order of participants: a board, one of its groups, one of its runs (SPEC 8.1)."""

    board: Ordinal
    group: str
    run: int


class Bucket(NamedTuple):
    """What somebody had at the end of a local date on which it changed."""

    date: Day
    total: int


class MetricState(msgspec.Struct, frozen=True, array_like=True):
    """A metric's aggregate over all events of the user."""

    total: Millionths
    peak: Millionths
    """The highest total ever, starting at 0 (SPEC 7.2)."""
    set_at: Instant
    set_order: int
    """When the total's whole part last changed: what a board that is seeded later ranks by."""
    head: Seq
    events: int = 1
    """How many events that is, without voided ones."""
    date: Day = Day(0)
    """The local date on which the total was last changed."""
    days: Seq = Seq(0)
    """The record that carries the buckets of the dates before."""


class Matching(NamedTuple):
    """The aggregate of the events that match an event filter, since there is one."""

    total: Millionths
    peak: Millionths
    events: int


class PointsState(msgspec.Struct, frozen=True, array_like=True):
    """What a user has of one currency."""

    total: int
    set_at: Instant
    set_order: int
    head: Seq
    date: Day = Day(0)
    days: Seq = Seq(0)
    """As of a metric."""


class Capped(NamedTuple):
    """What a trigger with a cap has awarded within a period."""

    cap: Ordinal
    period: Day
    """Its first day."""
    amount: int


class UserBoost(msgspec.Struct, frozen=True, array_like=True):
    """A boost of one user (SPEC 7.4). No part of the configuration: it names a person."""

    index: int
    """The n-th boost that the user was ever given."""
    system: Ordinal
    name: str
    start: Day
    end: Day | None
    multiplier: Millionths
    rounding: Rounding
    active: bool = True


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


class RunValue(NamedTuple):
    """What counted for a user in a run of a board that keeps values, also while they are hidden."""

    run: int
    value: int
    """Of a metric in millionths, else points or the length of the streak."""
    set_at: Instant
    set_order: int
    """When what is shown of it, the whole part, became what it is."""
    events: int
    """How often something counted; 0 if the board ranks what users have in all."""
    group: str | None
    """In which group they are by their attributes; None if they are not to be on the board."""


RUNS_KEPT = 3
"""Runs of a board whose values a user keeps: so many of a daily one are live at once (SPEC 8.2)."""


class PeriodStarts(NamedTuple):
    """The day, the week and the month that a local date lies in, by their first days."""

    daily: Day = Day(0)
    weekly: Day = Day(0)
    monthly: Day = Day(0)


class PeriodSums(NamedTuple):
    """A metric's aggregates of the open periods' events; None where there was none."""

    daily: Millionths | None
    weekly: Millionths | None
    monthly: Millionths | None


class Lapse(NamedTuple):
    """A streak that is over: what a restore can give back (SPEC 5.7)."""

    period: Day
    """The first day of the last period that has a row with this length."""
    length: int
    started: Day


class StreakTrack(msgspec.Struct, frozen=True, array_like=True):
    """The streak as followed on one frequency (SPEC 5.1)."""

    period: Day = Day(0)
    """The first day of the open period; with no streak running, where the next may begin."""
    met: bool = False
    """Whether the open period is met."""
    met_by: Seq = Seq(0)
    """The record of the event that met the last period met."""
    length: int = 0
    longest: int = 0
    started: Day = Day(0)
    extended_at: Instant = Instant(0)
    set_at: Instant = Instant(0)
    set_order: int = 0
    """When the present length was reached or restored: what a board that is seeded later ranks by.
    """
    forgiven: Day = Day(-10_000)
    """The first day of the period that the last forgiven change of zone led to (SPEC 2.4)."""
    row: Day | None = None
    """The last period of the running streak that has a row; None ahead of the first one since it
    started or was restored."""
    lapsed: tuple[Lapse, ...] = ()
    """Older ones first; each shorter than the one before, for a longer one hides older ones."""
    head: Seq = Seq(0)


class Freezes(msgspec.Struct, frozen=True, array_like=True):
    """A user's streak freezes (SPEC 5.5)."""

    balance: int = 0
    earned: Day = Day(0)
    """The date that earned last: none earns twice."""
    head: Seq = Seq(0)


class Pause(msgspec.Struct, frozen=True, array_like=True):
    """Dates over which a user's streak keeps its length; both ends included."""

    index: int
    """The n-th pause that the user was ever given."""
    start: Day
    end: Day


class Preferences(msgspec.Struct, frozen=True, array_like=True):
    """A user's own settings. None: as configured."""

    enabled: bool = True
    evaluation_mode: EvaluationMode | None = None
    conditions: tuple[StreakCondition, ...] | None = None
    days_off: tuple[int, ...] | None = None
    notifications: dict[str, tuple[str, ...]] = {}
    """By kind of notification the channels it may take; left out: the product's default."""


NO_STREAK = StreakTrack()


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


class Waiting(NamedTuple):
    """What decides when something falls due for a user next: little enough to read of everybody."""

    zone: str
    """As set; empty for the scope's default."""
    last: Day | None
    """The last date of the first open period of their streaks to end; None without one."""
    enabled: bool
    created_on: Day
    earned: Day
    balance: int
    at: Instant
    """Up to which the user is worked off."""
    created_at: Instant
    signed_up: Day
    """When their years are counted from."""
    points: dict[Ordinal, int]
    """What they have of each currency."""


class UserState(msgspec.Struct, array_like=True):
    """One user of one scope, worked off up to record `seq` and step `step`."""

    number: UserNumber
    identity: Identity = Identity()
    seq: Seq = Seq(0)
    step: int = 0
    at: Instant = Instant(0)
    """The instant up to which everything due is worked off: that of record `seq`."""
    personal_head: Seq = Seq(0)
    created_at: Instant = Instant(0)
    created_on: Day = Day(0)
    """The local date of the command that made the user."""
    updated_at: Instant = Instant(0)
    date: Day = Day(0)
    """The local date of the user's last command: no later one counts as earlier (SPEC)."""
    zone: str = ""
    """An IANA name; empty for the scope's default."""
    counted: PeriodStarts = PeriodStarts()
    """The periods of the user's last event, to which `sums` belong."""
    sums: dict[Ordinal, PeriodSums] = {}
    streaks: dict[Frequency, StreakTrack] = {}
    """Those left out never were met nor reset."""
    freezes: Freezes = Freezes()
    pauses: tuple[Pause, ...] = ()
    pauses_made: int = 0
    preferences: Preferences = Preferences()
    metrics: dict[Ordinal, MetricState] = {}
    completions: dict[Ordinal, Completion] = {}
    points: dict[Ordinal, PointsState] = {}
    entries: dict[ShardKey, Entry] = {}
    matching: dict[Ordinal, Matching] = {}
    """By event filter; also of filters that are no more."""
    capped: dict[Ordinal, Capped] = {}
    """By trigger."""
    boosts: tuple[UserBoost, ...] = ()
    boosts_made: int = 0
    emptied: Seq = Seq(0)
    """The record that last took away what `sums` held: events before it are in none."""
    runs: dict[Ordinal, tuple[RunValue, ...]] = {}
    """By board; those that were counted for first come first."""
    hidden: bool = False
    """Whether an operator keeps the user off all boards."""

    def streak(self, frequency: Frequency) -> StreakTrack:
        """Return the streak as followed on a frequency."""
        return self.streaks.get(frequency, NO_STREAK)

    @property
    def signed_up(self) -> Day:
        """The date that the user's years are counted from: their sign-up, else their making."""
        given = self.identity.sign_up_date
        return self.created_on if given is None else given

    def copy(self) -> "UserState":
        """Return a draft that can be changed without changing this state. Some 1 µs."""
        return UserState(
            self.number,
            self.identity,
            self.seq,
            self.step,
            self.at,
            self.personal_head,
            self.created_at,
            self.created_on,
            self.updated_at,
            self.date,
            self.zone,
            self.counted,
            self.sums,
            self.streaks.copy(),
            self.freezes,
            self.pauses,
            self.pauses_made,
            self.preferences,
            self.metrics.copy(),
            self.completions.copy(),
            self.points.copy(),
            self.entries.copy(),
            self.matching,
            self.capped,
            self.boosts,
            self.boosts_made,
            self.emptied,
            self.runs,
            self.hidden,
        )
