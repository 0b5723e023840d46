"""One version of a scope's configuration, resolved: keys have become ordinals.

This is what a configuration command carries and what the log keeps. It is read from a document
(`engine.configuration.document`), compared with the version before it
(`engine.configuration.resolve`) and compiled for evaluation (`engine.configuration.plan`).
Fields are added at will (with defaults, maps on disk); a field is never given another meaning.
"""

from typing import Literal, NamedTuple

import msgspec

from engine.model.identifiers import Day, Instant, Millionths, Ordinal

Aggregation = Literal["sum", "max", "min", "last"]
Status = Literal["inactive", "active", "locked", "archived"]
AchievementTrigger = Literal["metric", "streak", "api", "achievement", "anniversary"]
PointsTriggerType = Literal["metric", "achievement", "streak", "time", "user_creation"]
TimeUnit = Literal["hours", "days"]
CapPeriod = Literal["day", "week", "month"]
Rounding = Literal["down", "nearest", "up"]
RunUnit = Literal["day", "week", "month", "year"]
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


class AttributeFilter(msgspec.Struct, frozen=True, array_like=True):
    """An attribute that must have a value; of several all must (SPEC 3.2)."""

    attribute: Ordinal
    value: str


class EventFilter(msgspec.Struct, frozen=True, array_like=True):
    """Events of a metric with certain attributes: their own sum is kept from here on (SPEC 6.3).

    Achievements and triggers that ask for the same events share one. It goes when nobody asks any
    more; asked for again later it is a new one, and starts from nothing.
    """

    ordinal: Ordinal
    metric: Ordinal
    attributes: tuple[AttributeFilter, ...]
    """At least one, by the attributes' ordinals."""


class Achievement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to complete once (SPEC 6). Which of the last fields is set follows `trigger`."""

    ordinal: Ordinal
    key: str
    name: str
    trigger: AchievementTrigger
    description: str = ""
    badge_url: str | None = None
    status: Status = "active"
    user_attributes: tuple[AttributeFilter, ...] = ()
    metric: Ordinal | None = None
    metric_value: Millionths | None = None
    event_attributes: tuple[AttributeFilter, ...] = ()
    event_filter: Ordinal | None = None
    """The events that count, if not all of the metric do; None once archived."""
    streak_length: int | None = None
    achievements: tuple[Ordinal, ...] = ()
    """Prerequisites, all of them, ascending."""
    anniversary_years: int | None = None


class PointsLevel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A name for having at least so many points (SPEC 7.7)."""

    ordinal: Ordinal
    key: str
    name: str
    points: int
    description: str = ""
    badge_url: str | None = None


class PointsCap(msgspec.Struct, frozen=True, array_like=True):
    """The most that a trigger awards to a user within a local day, week or month (SPEC 7.8).

    Another period makes another cap, with an ordinal of its own; so does one that comes back.
    """

    ordinal: Ordinal
    points: int
    period: CapPeriod


class PointsTrigger(msgspec.Struct, frozen=True, omit_defaults=True):
    """What awards points (SPEC 7.2). Which of the last fields is set follows `type`."""

    ordinal: Ordinal
    key: str
    type: PointsTriggerType
    points: int
    status: Literal["inactive", "active", "archived"] = "active"
    user_attributes: tuple[AttributeFilter, ...] = ()
    metric: Ordinal | None = None
    metric_threshold: Millionths | None = None
    event_attributes: tuple[AttributeFilter, ...] = ()
    event_filter: Ordinal | None = None
    block_if_out_of_points: bool = False
    achievement: Ordinal | None = None
    streak_length: int | None = None
    time_unit: TimeUnit | None = None
    time_interval: int | None = None
    cap: PointsCap | None = None
    since: Instant = Instant(0)
    """Of a time trigger: intervals that end later count by these settings and this system's cap.
    Earlier ones are settled, also for a user who was not written since."""
    created: Instant = Instant(0)
    updated: Instant = Instant(0)


class PointsBoost(msgspec.Struct, frozen=True, omit_defaults=True):
    """What multiplies awards between two local dates, both included (SPEC 7.4)."""

    ordinal: Ordinal
    key: str
    name: str
    start: Day
    multiplier: Millionths
    end: Day | None = None
    rounding: Rounding = "down"
    status: Literal["active", "inactive", "archived"] = "active"
    user_attributes: tuple[AttributeFilter, ...] = ()


class PointsSystem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One currency with its rules (SPEC 7)."""

    ordinal: Ordinal
    key: str
    name: str
    description: str = ""
    badge_url: str | None = None
    status: Literal["active", "archived"] = "active"
    max_points: int | None = None
    levels: tuple[PointsLevel, ...] = ()
    triggers: tuple[PointsTrigger, ...] = ()
    boosts: tuple[PointsBoost, ...] = ()


class EndedRun(NamedTuple):
    """A run that an operator ended early."""

    run: int
    at: Instant


class Leaderboard(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ranking (SPEC 8); its calendar is in `engine.configuration.runs`."""

    ordinal: Ordinal
    key: str
    name: str
    rank_by: Literal["metric", "points", "streak"]
    description: str = ""
    status: Literal["inactive", "active", "finished"] = "active"
    order: Literal["desc", "asc"] = "desc"
    metric: Ordinal | None = None
    points_system: Ordinal | None = None
    max_participants: int | None = None
    run: int = 0
    """How many activations it has had: each begins with an empty order."""
    start: Day = Day(0)
    """Its first date: as given, else that of its activation."""
    start_given: bool = False
    end: Day | None = None
    """Its last date."""
    start_minute: int | None = None
    end_minute: int | None = None
    """Of the local day what counts: from the one on, before the other."""
    run_unit: RunUnit | None = None
    """None for a perpetual board."""
    run_interval: int = 1
    user_attributes: tuple[AttributeFilter, ...] = ()
    breakdown: tuple[Ordinal, ...] = ()
    """The user attributes by whose values it falls into groups."""
    opened: bool = True
    """Whether an active board has begun; one that is to be seeded and begins later has not."""
    ended: tuple[EndedRun, ...] = ()
    finished_at: Instant = Instant(0)
    """When it was finished by hand, of one that is."""


class Configuration(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that is configured in a scope from one instant on."""

    version: int = 0
    default_time_zone: str = "UTC"
    week_start: Weekday = "monday"
    metrics: tuple[Metric, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    streak: Streak | None = None
    event_filters: tuple[EventFilter, ...] = ()
    achievements: tuple[Achievement, ...] = ()
    points: tuple[PointsSystem, ...] = ()
    leaderboards: tuple[Leaderboard, ...] = ()
    made: dict[str, int] = {}
    """How many of each kind were ever made in the scope: the next ordinal is one more."""


EMPTY = Configuration()
"""What a scope has before its first configuration: nothing."""
