"""The shapes of answers, in the field names of the wire contract; `answer` has the conventions."""

from typing import Literal

from msgspec import UNSET, UnsetType

from api.imports import Result
from api.operations.answer import Answer, FilterAnswer
from api.operations.answers_achievements import UserAchievementAnswer
from api.operations.answers_points import EventPointsAnswer, PointsAnswer
from api.operations.answers_streaks import EventStreakAnswer, PeriodAnswer, StreakAnswer

RunStatus = Literal["scheduled", "live", "over", "closed"]


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
    user_attributes: list[FilterAnswer]
    metric_key: str | UnsetType = UNSET
    metric_name: str | UnsetType = UNSET
    points_system_key: str | UnsetType = UNSET
    points_system_name: str | UnsetType = UNSET


class EventLeaderboardAnswer(LeaderboardAnswer, frozen=True, kw_only=True):
    """What an event changed on a leaderboard."""

    rank: int | None
    previous_rank: int | None
    threshold: int
    breakdown_attribute_value: str | UnsetType = UNSET
    breakdown_attribute_values: list[FilterAnswer] | UnsetType = UNSET
    fact_id: str
    """Ours: the move; the last one if there were several."""
    value: int | None
    """Ours; null for one who has left the board."""


class EventAnswer(Answer, frozen=True, kw_only=True):
    """Everything that one event changed."""

    event_id: str
    metric_id: str
    total: float
    achievements: list[UserAchievementAnswer]
    current_streak: EventStreakAnswer
    points: dict[str, EventPointsAnswer]
    leaderboards: dict[str, EventLeaderboardAnswer]
    idempotency_key: str | UnsetType = UNSET
    idempotent_replayed: bool | UnsetType = UNSET
    """Ours: true when the idempotency key was known and nothing was evaluated."""


class MetricAnswer(Answer, frozen=True, kw_only=True):
    """What a user has on a metric, and the achievements that it leads to."""

    id: str
    key: str
    name: str
    current: float
    achievements: list[UserAchievementAnswer]


class BoardPlaceAnswer(Answer, frozen=True, kw_only=True):
    """A user's place on a board."""

    key: str
    name: str
    rank: int | None
    value: int
    run: str | None
    """The first date of the run; null of a perpetual board."""
    breakdown_attribute_values: list[FilterAnswer]


class ProfileAnswer(Answer, frozen=True, kw_only=True):
    """Who a user is."""

    id: str
    email: str | None
    name: str | None
    tz: str | None
    sign_up_date: str | None
    device_tokens: list[str] | None
    subscribe_to_emails: bool
    attributes: dict[str, str]
    control: bool
    created: str
    updated: str


class UserAnswer(ProfileAnswer, frozen=True, kw_only=True):
    """A user with everything that they have, at one instant."""

    streak: StreakAnswer
    longest_streak: int
    metrics: list[MetricAnswer]
    achievements: list[UserAchievementAnswer]
    points: list[PointsAnswer]
    leaderboards: list[BoardPlaceAnswer]
    hidden: bool
    """Whether an operator keeps them off all leaderboards."""
    periods: list[PeriodAnswer]
    """The last closed periods of the streak, newest first."""


class RankingAnswer(Answer, frozen=True, kw_only=True):
    """One line of a board."""

    user_id: str
    user_name: str | None
    rank: int
    """Of users that are asked for alone their rank among themselves."""
    value: int
    board_rank: int | UnsetType | None = UNSET
    """Ours, of users that are asked for alone: their rank on the board, null beyond
    `maxParticipants`."""


class RunAnswer(Answer, frozen=True, kw_only=True):
    """A run of a leaderboard, ours."""

    id: str
    """Means this run alone; a date means the last one that it lies in."""
    start: str | None
    """Null of a perpetual board that nobody gave a date."""
    end: str | None
    status: RunStatus
    """`over` until it is `closed`: from then on its standing is final."""
    participants: int
    groups: int
    over_at: str | None
    """When nothing counts for it any more: by its dates, or once it is closed as it came."""
    closed_at: str | None
    finalised_at: str | None
    """When its archive was complete."""
    fact_id: str | UnsetType = UNSET
    """That it is closed."""


class ListedBoardAnswer(LeaderboardAnswer, frozen=True, kw_only=True):
    """A leaderboard in a list."""

    status: str


class BoardAnswer(LeaderboardAnswer, frozen=True, kw_only=True):
    """A leaderboard with a page of its ranking."""

    status: str
    rankings: list[RankingAnswer]
    participants: int
    """Ours, and the following: how many are in this order, also beyond `maxParticipants`."""
    run: RunAnswer | None
    breakdown_attribute_values: list[FilterAnswer]
    threshold: int
    next_reset: str | None
    """When the next run begins: for the user who is named, or else in UTC."""
    at: str | None
    """The instant that was asked for."""


class GroupAnswer(Answer, frozen=True, kw_only=True):
    """A group of a leaderboard's run."""

    breakdown_attribute_values: list[FilterAnswer]
    participants: int


class GroupsAnswer(Answer, frozen=True, kw_only=True):
    """The groups of a leaderboard's run, those with most participants first."""

    run: RunAnswer | None
    groups: list[GroupAnswer]
    total: int


class RankOfValueAnswer(Answer, frozen=True, kw_only=True):
    """Which rank a value would have."""

    value: int
    rank: int | None
    """Null if it would be beyond `maxParticipants`."""
    position: int
    participants: int


class RankChangeAnswer(Answer, frozen=True, kw_only=True):
    """A change of somebody's rank or value, their own or by somebody else's."""

    timestamp: str
    fact_id: str
    """The move that brought it about."""
    previous_rank: int | None
    rank: int | None
    """Null is beyond `maxParticipants`, or not on the board."""
    previous_position: int | None
    position: int | None
    """In the whole order; null is not on the board."""
    previous_value: int | None
    value: int | None


class RankChangesAnswer(Answer, frozen=True, kw_only=True):
    """Changes of somebody's rank within a period, oldest first."""

    changes: list[RankChangeAnswer]
    next: str | None
    """What `after` takes for those that follow; null if that is all."""


class BoardDayAnswer(Answer, frozen=True, kw_only=True):
    """A day of a user's history on a board."""

    date: str
    timestamp: str
    previous_rank: int | None
    rank: int | None
    previous_value: int | None
    value: int | None


class UserBoardAnswer(LeaderboardAnswer, frozen=True, kw_only=True):
    """A leaderboard with a user's place on it."""

    rank: int | None
    value: int | None
    history: list[BoardDayAnswer]
    position: int | None
    """Ours, as the following: in the whole order, also beyond `maxParticipants`."""
    participants: int
    percentile: float | None
    """How many percent of the participants are behind them."""
    run: RunAnswer | None
    breakdown_attribute_values: list[FilterAnswer]
    next_reset: str | None
    at: str | None


class ImportAnswer(Answer, frozen=True, kw_only=True):
    """What came of the events of one request to import."""

    applied: int
    replayed: int
    refused: int
    results: list[Result]
    """One entry for each item, or each refused one, as asked for; the first thousand."""
    more_results: bool
    status: "StatusAnswer"


class SweepAnswer(Answer, frozen=True, kw_only=True):
    """How far the work is that has fallen due."""

    lag_seconds: float
    """Since the earliest work that is due and not recorded."""
    step: int
    step_users_done: int
    step_users: int


class StatusAnswer(Answer, frozen=True, kw_only=True):
    """How a scope stands."""

    scope: str
    mode: str
    """`idle` before the first user, `importing` in history mode, else `live`."""
    clock: str
    """The instant of the last record."""
    last_record: int
    users: int
    configuration_version: int
    sweep: SweepAnswer
