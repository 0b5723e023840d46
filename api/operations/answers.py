"""The shapes of answers, in the field names of the wire contract.

Fields that may be null and are always sent have no default; fields that are left out where they do
not apply default to `UNSET`. Instants are RFC 3339 text, local dates ISO dates.
"""

import msgspec
from msgspec import UNSET, UnsetType


class Answer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Base of all answers."""


class Filter(Answer, frozen=True, kw_only=True):
    """An attribute that must have a value."""

    key: str
    value: str


class AchievementAnswer(Answer, frozen=True, kw_only=True):
    """An achievement, and when the user completed it."""

    id: str
    name: str
    trigger: str
    description: str | None
    badge_url: str | None
    key: str
    user_attributes: list[Filter]
    achieved_at: str | None
    streak_length: int | UnsetType = UNSET
    metric_id: str | UnsetType = UNSET
    metric_value: float | UnsetType = UNSET
    metric_name: str | UnsetType = UNSET


class StreakAnswer(Answer, frozen=True, kw_only=True):
    """A user's streak."""

    length: int
    frequency: str
    started: str | None
    period_start: str | None
    period_end: str | None
    expires: str | None


class EventStreakAnswer(StreakAnswer, frozen=True, kw_only=True):
    """A user's streak after an event; `extended` if this event met the period."""

    extended: bool


class LevelAnswer(Answer, frozen=True, kw_only=True):
    """A level of a points system."""

    id: str
    key: str
    name: str
    description: str
    badge_url: str | None
    points: int


class TriggerAnswer(Answer, frozen=True, kw_only=True):
    """What awarded points."""

    id: str
    type: str
    points: int
    status: str
    user_attributes: list[Filter]
    created: str
    updated: str
    metric_id: str | UnsetType = UNSET
    metric_name: str | UnsetType = UNSET
    metric_threshold: int | UnsetType = UNSET
    achievement_id: str | UnsetType = UNSET
    achievement_name: str | UnsetType = UNSET


class AwardAnswer(Answer, frozen=True, kw_only=True):
    """A row of a points ledger."""

    id: str
    awarded: int
    date: str
    total: int
    trigger: TriggerAnswer | UnsetType = UNSET


class PointsAnswer(Answer, frozen=True, kw_only=True):
    """A points system and what a user has of it."""

    id: str
    key: str
    name: str
    description: str | None
    badge_url: str | None
    max_points: int | None
    total: int
    level: LevelAnswer | None
    awards: list[AwardAnswer]


class EventPointsAnswer(PointsAnswer, frozen=True, kw_only=True):
    """What an event changed in a points system."""

    added: int


class LeaderboardAnswer(Answer, frozen=True, kw_only=True):
    """A leaderboard."""

    id: str
    name: str
    key: str
    rank_by: str
    breakdown_attribute: str | None
    breakdown_attributes: list[str]
    description: str | None
    start: str
    end: str | None
    start_time: str | None
    end_time: str | None
    max_participants: int | None
    run_unit: str | None
    run_interval: int | None
    user_attributes: list[Filter]
    metric_key: str | UnsetType = UNSET
    metric_name: str | UnsetType = UNSET
    points_system_key: str | UnsetType = UNSET
    points_system_name: str | UnsetType = UNSET


class EventLeaderboardAnswer(LeaderboardAnswer, frozen=True, kw_only=True):
    """What an event changed on a leaderboard."""

    rank: int | None
    previous_rank: int | None
    threshold: int


class EventAnswer(Answer, frozen=True, kw_only=True):
    """Everything that one event changed."""

    event_id: str
    metric_id: str
    total: float
    achievements: list[AchievementAnswer]
    current_streak: EventStreakAnswer
    points: dict[str, EventPointsAnswer]
    leaderboards: dict[str, EventLeaderboardAnswer]
    idempotency_key: str | UnsetType = UNSET
    idempotent_replayed: bool | UnsetType = UNSET
    """Ours: true when the idempotency key was known and nothing was evaluated."""


class MetricAnswer(Answer, frozen=True, kw_only=True):
    """What a user has on a metric."""

    id: str
    key: str
    name: str
    current: float


class PeriodAnswer(Answer, frozen=True, kw_only=True):
    """A closed period of a streak."""

    period_start: str
    period_end: str
    length: int
    outcome: str
    closed_at: str


class BoardPlaceAnswer(Answer, frozen=True, kw_only=True):
    """A user's place on a board."""

    key: str
    name: str
    rank: int | None
    value: int


class UserAnswer(Answer, frozen=True, kw_only=True):
    """A user with everything that they have, at one instant."""

    id: str
    name: str | None
    email: str | None
    tz: str | None
    attributes: dict[str, str]
    created: str
    updated: str
    streak: StreakAnswer
    longest_streak: int
    metrics: list[MetricAnswer]
    achievements: list[AchievementAnswer]
    points: list[PointsAnswer]
    leaderboards: list[BoardPlaceAnswer]


class RankingAnswer(Answer, frozen=True, kw_only=True):
    """One line of a board."""

    user_id: str
    user_name: str | None
    rank: int
    value: int


class BoardAnswer(LeaderboardAnswer, frozen=True, kw_only=True):
    """A leaderboard with a page of its ranking."""

    status: str
    participants: int
    rankings: list[RankingAnswer]
