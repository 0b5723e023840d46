"""The shapes of answers about achievements; `answer` has the conventions."""

from msgspec import UNSET, UnsetType

from api.operations.answer import Answer, FilterAnswer
from api.operations.answers_points import EventPointsAnswer


class AchievementAnswer(Answer, frozen=True, kw_only=True):
    """An achievement."""

    id: str
    name: str
    trigger: str
    description: str | None
    badge_url: str | None
    key: str
    user_attributes: list[FilterAnswer]
    status: str | UnsetType = UNSET
    """Ours: left out while it is active."""
    streak_length: int | UnsetType = UNSET
    anniversary_years: int | UnsetType = UNSET
    achievement_ids: list[str] | UnsetType = UNSET
    metric_id: str | UnsetType = UNSET
    metric_value: float | UnsetType = UNSET
    metric_name: str | UnsetType = UNSET
    event_attribute: FilterAnswer | UnsetType = UNSET
    event_attributes: list[FilterAnswer] | UnsetType = UNSET


class UserAchievementAnswer(AchievementAnswer, frozen=True, kw_only=True):
    """An achievement, and when a user completed it."""

    achieved_at: str | None
    fact_id: str | UnsetType = UNSET
    """Ours: the completion; left out while it is due and not recorded."""
    backdated: bool | UnsetType = UNSET
    """Ours: true if the user had it by their past."""
    current_value: float | UnsetType = UNSET
    """Ours, with the next two: how far the user is."""
    threshold: float | UnsetType = UNSET
    pct_complete: float | UnsetType = UNSET


class AchievementStatsAnswer(AchievementAnswer, frozen=True, kw_only=True):
    """An achievement, and how many have completed it."""

    completions: int
    rarity: float
    """Percent of all users."""


class UserAchievementStatsAnswer(UserAchievementAnswer, frozen=True, kw_only=True):
    """An achievement, when a user completed it, and how many have."""

    completions: int
    rarity: float


class CompletionAnswer(Answer, frozen=True, kw_only=True):
    """What completing an achievement has changed."""

    completion_id: str
    achievement: UserAchievementAnswer
    points: dict[str, EventPointsAnswer]
    achievements: list[UserAchievementAnswer]
    """Ours: those that it completed besides."""
