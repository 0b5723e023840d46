"""The shapes of the Admin API's answers about achievements, points and leaderboards.

`api.operations.answer` has the conventions. Other things are named by their ids. What an answer has
besides the contract is ours.
"""

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from api.operations.answer import Answer, DeletedAnswer, IssueAnswer


class BadgeAnswer(Answer, frozen=True, kw_only=True):
    """A picture."""

    url: str


class AttributeFilterAnswer(Answer, frozen=True, kw_only=True):
    """An attribute that must have a value."""

    attribute_id: str
    attribute_value: str


class AdminAchievementAnswer(Answer, frozen=True, kw_only=True):
    """An achievement. Which of the last fields it has follows `trigger`."""

    id: str
    key: str
    name: str
    description: str | None
    trigger: str
    status: str
    badge: BadgeAnswer | None
    user_attributes: list[AttributeFilterAnswer]
    metric_id: str | UnsetType = UNSET
    metric_value: float | UnsetType = UNSET
    event_attributes: list[AttributeFilterAnswer] | UnsetType = UNSET
    streak_length: int | UnsetType = UNSET
    anniversary_years: int | UnsetType = UNSET
    achievement_ids: list[str] | UnsetType = UNSET


class AdminLevelAnswer(Answer, frozen=True, kw_only=True):
    """A level of a points system."""

    id: str
    name: str
    key: str
    points: int
    description: str
    badge: BadgeAnswer | None


class CapAnswer(Answer, frozen=True, kw_only=True):
    """The most that a trigger awards within a period."""

    points: int
    period: str


class AdminTriggerAnswer(Answer, frozen=True, kw_only=True):
    """What awards points. Which of the last fields it has follows `type`."""

    id: str
    key: str
    """Ours."""
    type: str
    points: int
    status: str
    user_attributes: list[AttributeFilterAnswer]
    block_if_out_of_points: bool
    cap: CapAnswer | None
    """Ours."""
    metric_id: str | UnsetType = UNSET
    metric_threshold: int | UnsetType = UNSET
    event_attributes: list[AttributeFilterAnswer] | UnsetType = UNSET
    achievement_id: str | UnsetType = UNSET
    streak_length: int | UnsetType = UNSET
    time_unit: str | UnsetType = UNSET
    time_interval: int | UnsetType = UNSET


class AdminBoostAnswer(Answer, frozen=True, kw_only=True):
    """What multiplies awards; one of a user's own has no key and no filters."""

    id: str
    key: str | UnsetType = UNSET
    """Ours."""
    name: str
    status: str
    start: str
    end: str | None
    multiplier: float
    rounding: str
    user_id: str | None
    user_attributes: list[AttributeFilterAnswer] | UnsetType = UNSET


class AdminSystemAnswer(Answer, frozen=True, kw_only=True):
    """A points system; a new one with what was made in it."""

    id: str
    name: str
    key: str
    description: str
    status: str
    badge: BadgeAnswer | None
    max_points: int | None
    levels: list[AdminLevelAnswer] | UnsetType = UNSET
    boosts: list[AdminBoostAnswer] | UnsetType = UNSET
    triggers: list[AdminTriggerAnswer] | UnsetType = UNSET


class AdminLeaderboardAnswer(Answer, frozen=True, kw_only=True):
    """A leaderboard. What it does not have it leaves out, but for `maxParticipants`."""

    id: str
    name: str
    key: str
    description: str | UnsetType = UNSET
    status: str
    rank_by: str
    order: str
    """Ours."""
    metric_id: str | UnsetType = UNSET
    points_system_id: str | UnsetType = UNSET
    max_participants: int | None
    start: str
    end: str | UnsetType = UNSET
    start_time: str | UnsetType = UNSET
    end_time: str | UnsetType = UNSET
    breakdown_attributes: list[str]
    run_unit: str | UnsetType = UNSET
    run_interval: int | UnsetType = UNSET
    user_attributes: list[AttributeFilterAnswer]


class CreatedAnswer(Answer, frozen=True, kw_only=True):
    """What came of a list of new things."""

    created: Sequence[Answer]
    issues: list[IssueAnswer]


class UpdatedAnswer(Answer, frozen=True, kw_only=True):
    """What came of a list of changes."""

    updated: Sequence[Answer]
    issues: list[IssueAnswer]


class DeletedThingsAnswer(Answer, frozen=True, kw_only=True):
    """What came of deleting things."""

    deleted: list[DeletedAnswer]
    issues: list[IssueAnswer]
