"""The shapes of answers, in the field names of the wire contract; `answer` has the conventions."""

from msgspec import UNSET, UnsetType

from api.imports import Result
from api.operations.answer import Answer, FilterAnswer
from api.operations.answers_achievements import UserAchievementAnswer
from api.operations.answers_points import EventPointsAnswer, PointsAnswer
from api.operations.answers_streaks import EventStreakAnswer, PeriodAnswer, StreakAnswer


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
    fact_id: str
    """Ours: the move; the last one if there were several."""


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
    periods: list[PeriodAnswer]
    """The last closed periods of the streak, newest first."""


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
