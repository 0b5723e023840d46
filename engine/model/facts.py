"""What a command caused. A fact gives the piece of state it belongs to its new value.

It never has to be computed from anything but the piece itself, so recovery applies facts without
rules, zone data or configuration. `at` is the fact's own instant: the command's, or for due work
the instant at which it was due (SPEC 1.5). `prev` is the number of the user's previous record in
the same ledger, 0 if there is none.

On disk a fact is an array that begins with its tag; the same rules of evolution as for commands.
"""

from typing import Literal

import msgspec

from engine.model.configuration import Frequency, Rounding
from engine.model.identifiers import Day, Instant, Millionths, Ordinal, Seq
from engine.model.user import Bucket, Capped, Matching, Pause, Preferences, UserBoost

Outcome = Literal["extended", "frozen", "paused", "day_off", "skipped", "broken"]
FreezeReason = Literal["initial_grant", "accumulation", "manual", "consumed"]


class Fact(msgspec.Struct, frozen=True, array_like=True, tag_field="fact"):
    """Base of all facts."""

    at: Instant


class UserCreated(Fact, frozen=True, tag=1):
    """A user exists from now on; their number is the record's."""

    date: Day = Day(0)
    """The local date."""


class ZoneChanged(Fact, frozen=True, tag=2):
    """A user's zone, an IANA name or empty for the scope's default."""

    zone: str


class MetricChanged(Fact, frozen=True, tag=3):
    """An event was counted, or one that was counted is taken out again."""

    metric: Ordinal
    total: Millionths
    peak: Millionths
    set_at: Instant
    set_order: int
    day: Day
    day_sum: Millionths | None
    """The metric's aggregate of the events of the day; the week's and the month's likewise. None
    if the last of them was taken out."""
    prev: Seq
    week: Day = Day(0)
    week_sum: Millionths | None = Millionths(0)
    month: Day = Day(0)
    month_sum: Millionths | None = Millionths(0)
    events: int = 0
    """How many events the total comes from; 0 in records that are older than it."""
    date: Day = Day(0)
    """The local date of the change; `day` is that of the sums."""
    bucket: Bucket | None = None
    """With the first change on a date: what the date before came to."""
    days: Seq = Seq(0)
    """With a bucket: the record that carries those before it."""
    matched: tuple[tuple[Ordinal, Matching], ...] = ()
    """What the event filters come to that the event matches."""
    voids: Seq = Seq(0)
    """The event that is taken out; 0 for one that was counted."""


class PeriodMet(Fact, frozen=True, tag=4):
    """An event met the open period of a streak, or the first one of a new streak."""

    period: Day
    length: int
    started: Day
    frequency: Frequency = "daily"


class PeriodClosed(Fact, frozen=True, tag=5):
    """A row of a streak's history (SPEC 5.4); `at` is `closed_at`."""

    period_start: Day
    period_end: Day
    length: int
    outcome: Outcome
    next_period: Day
    prev: Seq
    forgiven: bool = False
    """The last row that a change of zone closed which is forgiven (SPEC 2.4)."""
    frequency: Frequency = "daily"
    met_by: Seq = Seq(0)
    """The record of the event that met the period, if it was extended."""


class AchievementCompleted(Fact, frozen=True, tag=6):
    """A completion; its id is this fact's, its trigger event this record's."""

    achievement: Ordinal
    backdated: bool


Source = Literal[
    "metric", "streak", "achievement", "user_creation", "time", "direct", "voided_event"
]


class AppliedBoost(msgspec.Struct, frozen=True, array_like=True):
    """A boost that an award was multiplied by."""

    ordinal: int
    """Of a boost of the system; of one of the user's own its index."""
    own: bool
    multiplier: Millionths
    rounding: Rounding


class Intervals(msgspec.Struct, frozen=True, array_like=True):
    """The intervals of a time trigger that one row stands for."""

    first: Instant
    """When the first of them ended; the last one ended at the row's `at`."""
    count: int


class PointsAwarded(Fact, frozen=True, tag=7):
    """A row of a points ledger (SPEC 7.5)."""

    system: Ordinal
    trigger: Ordinal
    """0 if an operator or a voided event is the source."""
    amount: int
    """Net: boosted, rounded, clipped."""
    base_amount: int
    total: int
    set_at: Instant
    set_order: int
    """When the total became what it is now: before this command, if it nets to nothing."""
    prev: Seq
    source: Source | None = None
    """None in records that are older than it."""
    boosts: tuple[AppliedBoost, ...] = ()
    intervals: Intervals | None = None
    achievement: Ordinal = Ordinal(0)
    """Whose completion it is for."""
    capped: Capped | None = None
    """What a trigger with a cap has awarded within the period, this included."""
    date: Day = Day(0)
    buckets: tuple[Bucket, ...] = ()
    """With the first change on a date: what the dates before came to since the last row."""
    days: Seq = Seq(0)
    """With buckets: the record that carries those before them."""


class LevelChanged(Fact, frozen=True, tag=8):
    """A user is on another level of a points system; 0 for none."""

    system: Ordinal
    from_level: Ordinal
    to_level: Ordinal


class RankMoved(Fact, frozen=True, tag=9):
    """A row of rank history (SPEC 8.5): positions are of the whole order, from 1, 0 = not on it."""

    board: Ordinal
    group: str
    run: int
    from_position: int
    to_position: int
    value: int
    """What they are ranked by; 0 for one who leaves."""
    set_at: Instant
    set_order: int


class FreezesChanged(Fact, frozen=True, tag=10):
    """A row of the freeze ledger (SPEC 5.5): granted if `amount` is positive, else consumed."""

    reason: FreezeReason
    amount: int
    balance: int
    """After it."""
    period: Day
    """Of a consumed one the first day of the period that it kept; of an earned one the date."""
    prev: Seq


class StreakReset(Fact, frozen=True, tag=11):
    """A user's streaks of all frequencies ended, and what they had of the open periods is gone."""

    date: Day
    reason: Literal["reset", "disabled"]
    prev: tuple[Seq, Seq, Seq]
    """In the ledgers of the three frequencies."""


class StreakRestored(Fact, frozen=True, tag=12):
    """A streak got back a length that it had (SPEC 5.7)."""

    frequency: Frequency
    period: Day
    """The first day of the open period."""
    length: int
    started: Day
    prev: Seq


class PausesChanged(Fact, frozen=True, tag=13):
    """A user's pauses, but for those that are over."""

    pauses: tuple[Pause, ...]
    made: int
    """How many they were ever given."""


class PreferencesChanged(Fact, frozen=True, tag=14):
    """A user's own settings."""

    preferences: Preferences


class BoostsChanged(Fact, frozen=True, tag=15):
    """A user's own boosts."""

    boosts: tuple[UserBoost, ...]
    made: int
    """How many they were ever given."""


class RunCounted(Fact, frozen=True, tag=16):
    """Something counted for a user in a run of a board that keeps values, or is taken out again."""

    board: Ordinal
    run: int
    value: int | None
    """Of a metric in millionths, else points or a length; None if nothing that counted is left."""
    change: int
    """By how much it is more than before, in the same unit."""
    set_at: Instant
    set_order: int
    events: int
    """How often something has counted, this included; 0 if the board ranks what users have in all.
    """
    group: str | None
    """The group by the user's attributes; None if they are not to be on the board."""


class UserHidden(Fact, frozen=True, tag=17):
    """An operator keeps a user off all boards, or no longer does."""

    hidden: bool


class RunFinished(Fact, frozen=True, tag=18):
    """A run of a board is closed: its standing is final (SPEC 8.7). `at` is when it was over."""

    board: Ordinal
    run: int
    first: Day
    last: Day | None
    groups: int
    participants: int
    digest: bytes
    """SHA-256 of the order: see `engine.boards.final_order`."""
    descending: bool
    """Whether higher values rank first."""


AnyFact = (
    UserCreated
    | ZoneChanged
    | MetricChanged
    | PeriodMet
    | PeriodClosed
    | AchievementCompleted
    | PointsAwarded
    | LevelChanged
    | RankMoved
    | FreezesChanged
    | StreakReset
    | StreakRestored
    | PausesChanged
    | PreferencesChanged
    | BoostsChanged
    | RunCounted
    | UserHidden
    | RunFinished
)
