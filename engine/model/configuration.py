"""One version of a scope's configuration, resolved: keys have become ordinals.

This is what a configuration command carries and what the log keeps. It is read from a document
(`engine.configuration.document`), compared with the version before it
(`engine.configuration.resolve`) and compiled for evaluation (`engine.configuration.plan`).
Fields are added at will (with defaults, maps on disk); a field is never given another meaning.
"""

from typing import Literal

import msgspec

from engine.model.identifiers import Day, Instant, Millionths, Ordinal

Aggregation = Literal["sum", "max", "min", "last"]
Status = Literal["inactive", "active", "locked", "archived"]
Frequency = Literal["daily", "weekly", "monthly"]
FREQUENCIES: tuple[Frequency, ...] = ("daily", "weekly", "monthly")
EvaluationMode = Literal["OR", "AND"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS_OF_A_WEEK = 7


class Metric(msgspec.Struct, frozen=True, omit_defaults=True):
    """What events count (SPEC 4)."""

    ordinal: Ordinal
    key: str
    name: str
    aggregation: Aggregation = "sum"
    unit_type: Literal["number", "currency"] = "number"
    units: str = ""


class Attribute(msgspec.Struct, frozen=True, omit_defaults=True):
    """A declared attribute of users or of events (SPEC 3.2)."""

    ordinal: Ordinal
    key: str
    name: str
    type: Literal["user", "event"] = "user"


class StreakCondition(msgspec.Struct, frozen=True):
    """One metric's part in meeting a period: aggregate ≥ threshold."""

    metric: Ordinal
    threshold: Millionths


class FreezeSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """How streak freezes are got (SPEC 5.5)."""

    start_count: int
    max_count: int
    auto_earn_interval: int | None = None
    """Days; set if and only if the amount is."""
    auto_earn_amount: int | None = None
    since: Instant = Instant(0)
    """When users began to earn at these instants and up to this maximum: nothing is earned for
    earlier dates, also by somebody who was not written since."""


class Streak(msgspec.Struct, frozen=True, omit_defaults=True):
    """What extends the scope's streak, and what keeps it (SPEC 5)."""

    conditions: tuple[StreakCondition, ...] = ()
    frequency: Frequency = "daily"
    evaluation_mode: EvaluationMode = "OR"
    days_off: tuple[int, ...] = ()
    """Weekdays, 0 is Sunday; only with the daily frequency."""
    customization_enabled: bool = False
    freezes: FreezeSettings | None = None


NO_STREAK_CONFIGURED = Streak()
"""What is in force without streak settings: a daily streak that nothing extends."""


class Achievement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to complete once (SPEC 6). Which of the last fields is set follows `trigger`."""

    ordinal: Ordinal
    key: str
    name: str
    trigger: Literal["metric", "streak"]
    description: str = ""
    badge_url: str | None = None
    status: Status = "active"
    metric: Ordinal | None = None
    metric_value: Millionths | None = None
    streak_length: int | None = None


class PointsLevel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A name for having at least so many points (SPEC 7.7)."""

    ordinal: Ordinal
    key: str
    name: str
    points: int
    description: str = ""
    badge_url: str | None = None


class PointsTrigger(msgspec.Struct, frozen=True, omit_defaults=True):
    """What awards points (SPEC 7.2). Which of the last fields is set follows `type`."""

    ordinal: Ordinal
    key: str
    type: Literal["metric", "achievement"]
    points: int
    status: Literal["inactive", "active"] = "active"
    metric: Ordinal | None = None
    metric_threshold: Millionths | None = None
    achievement: Ordinal | None = None
    created: Instant = Instant(0)
    updated: Instant = Instant(0)


class PointsSystem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One currency with its rules (SPEC 7)."""

    ordinal: Ordinal
    key: str
    name: str
    description: str = ""
    badge_url: str | None = None
    max_points: int | None = None
    levels: tuple[PointsLevel, ...] = ()
    triggers: tuple[PointsTrigger, ...] = ()


class Leaderboard(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ranking (SPEC 8). `run` counts its activations: each starts an empty order, seeded anew."""

    ordinal: Ordinal
    key: str
    name: str
    rank_by: Literal["metric", "points", "streak"]
    description: str = ""
    status: Literal["inactive", "active"] = "active"
    order: Literal["desc", "asc"] = "desc"
    metric: Ordinal | None = None
    points_system: Ordinal | None = None
    max_participants: int | None = None
    run: int = 0
    start: Day = Day(0)


class Configuration(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that is configured in a scope from one instant on."""

    version: int = 0
    default_time_zone: str = "UTC"
    week_start: Weekday = "monday"
    metrics: tuple[Metric, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    streak: Streak | None = None
    achievements: tuple[Achievement, ...] = ()
    points: tuple[PointsSystem, ...] = ()
    leaderboards: tuple[Leaderboard, ...] = ()
    made: dict[str, int] = {}
    """How many of each kind were ever made in the scope: the next ordinal is one more."""


EMPTY = Configuration()
"""What a scope has before its first configuration: nothing."""
