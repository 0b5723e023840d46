"""The shapes of answers about points; `answer` has the conventions."""

import msgspec
from msgspec import UNSET, UnsetType

from api.operations.answer import Answer, FilterAnswer


class LevelAnswer(Answer, frozen=True, kw_only=True):
    """A level of a points system."""

    id: str
    key: str
    name: str
    description: str
    badge_url: str | None
    points: int


class TriggerAnswer(Answer, frozen=True, kw_only=True):
    """What awards points."""

    id: str
    type: str
    points: int
    status: str
    user_attributes: list[FilterAnswer]
    created: str
    updated: str
    metric_id: str | UnsetType = UNSET
    metric_name: str | UnsetType = UNSET
    metric_threshold: int | UnsetType = UNSET
    event_attribute: FilterAnswer | UnsetType = UNSET
    event_attributes: list[FilterAnswer] | UnsetType = UNSET
    achievement_id: str | UnsetType = UNSET
    achievement_name: str | UnsetType = UNSET
    streak_length_threshold: int | UnsetType = UNSET
    time_unit: str | UnsetType = UNSET
    time_interval: int | UnsetType = UNSET


class BoostAnswer(Answer, frozen=True, kw_only=True):
    """What multiplies awards."""

    id: str
    name: str
    status: str
    start: str
    end: str | None
    multiplier: float
    rounding: str


class AwardAnswer(Answer, frozen=True, kw_only=True):
    """A row of a points ledger."""

    id: str | None
    """The row's; None while it is due and not recorded."""
    awarded: int
    date: str
    total: int
    trigger: TriggerAnswer | UnsetType = UNSET
    boosts: list[BoostAnswer] | UnsetType = UNSET
    base_amount: int
    """Ours: before boosts and caps."""
    source: str
    """Ours: what it was for."""
    intervals: int | UnsetType = UNSET
    """Ours: of a time trigger, how many intervals the row stands for."""


class _SystemAnswer(Answer, frozen=True, kw_only=True):
    id: str
    key: str
    name: str
    description: str | None
    badge_url: str | None
    max_points: int | None


class SystemAnswer(_SystemAnswer, frozen=True, kw_only=True):
    """A points system with its active triggers."""

    triggers: list[TriggerAnswer]


class PointsAnswer(_SystemAnswer, frozen=True, kw_only=True):
    """A points system and what a user has of it."""

    total: int
    level: LevelAnswer | None
    awards: list[AwardAnswer]


class LevelChangeAnswer(Answer, frozen=True, kw_only=True):
    """From which level a user came to which; null for none."""

    fact_id: str
    previous_level: LevelAnswer | None
    new_level: LevelAnswer | None


class EventPointsAnswer(_SystemAnswer, frozen=True, kw_only=True):
    """What an event changed in a points system."""

    total: int
    added: int
    awards: list[AwardAnswer]
    level: LevelAnswer | UnsetType | None = UNSET
    """Only when it is another one."""
    level_change: LevelChangeAnswer | UnsetType = UNSET
    """Ours, likewise."""


class RangeAnswer(Answer, frozen=True, kw_only=True):
    """How many users have so many points."""

    from_: int = msgspec.field(name="from")
    to: int
    users: int


class LevelCountAnswer(Answer, frozen=True, kw_only=True):
    """How many users are on a level."""

    level: LevelAnswer
    users: int


class SummaryRowAnswer(Answer, frozen=True, kw_only=True):
    """What a total came to within a period."""

    date: str
    total: float
    change: float
