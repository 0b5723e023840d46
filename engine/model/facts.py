"""What a command caused. A fact gives the piece of state it belongs to its new value.

It never has to be computed from anything but the piece itself, so recovery applies facts without
rules, zone data or configuration. `at` is the fact's own instant: the command's, or for due work
the instant at which it was due (SPEC 1.5). `prev` is the number of the user's previous record in
the same ledger, 0 if there is none.

On disk a fact is an array that begins with its tag; the same rules of evolution as for commands.
"""

from typing import Literal

import msgspec

from engine.model.identifiers import Day, Instant, Millionths, Ordinal, Seq

Outcome = Literal["extended", "frozen", "paused", "day_off", "skipped", "broken"]


class Fact(msgspec.Struct, frozen=True, array_like=True, tag_field="fact"):
    """Base of all facts."""

    at: Instant


class UserCreated(Fact, frozen=True, tag=1):
    """A user exists from now on; their number is the record's."""


class ZoneChanged(Fact, frozen=True, tag=2):
    """A user's zone, an IANA name or empty for the scope's default."""

    zone: str


class MetricChanged(Fact, frozen=True, tag=3):
    """An event was counted."""

    metric: Ordinal
    total: Millionths
    peak: Millionths
    set_at: Instant
    set_order: int
    period: Day
    period_sum: Millionths
    """The metric's aggregate of the events of `period`, the user's open period."""
    prev: Seq


class PeriodMet(Fact, frozen=True, tag=4):
    """An event met the open streak period."""

    period: Day
    length: int
    started: Day


class PeriodClosed(Fact, frozen=True, tag=5):
    """A row of the streak's history (SPEC 5.4); `at` is `closed_at`."""

    period_start: Day
    period_end: Day
    length: int
    outcome: Outcome
    next_period: Day
    prev: Seq
    forgiven: bool = False
    """Closed by a change of zone that is forgiven (SPEC 2.4)."""


class AchievementCompleted(Fact, frozen=True, tag=6):
    """A completion; its id is this fact's, its trigger event this record's."""

    achievement: Ordinal
    backdated: bool


class PointsAwarded(Fact, frozen=True, tag=7):
    """A row of a points ledger (SPEC 7.5)."""

    system: Ordinal
    trigger: Ordinal
    amount: int
    base_amount: int
    total: int
    set_at: Instant
    set_order: int
    """When the total became what it is now: before this command, if it nets to nothing."""
    prev: Seq


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
    set_at: Instant
    set_order: int


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
)
