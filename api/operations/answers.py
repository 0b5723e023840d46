"""The shapes of answers, in the field names of the wire contract.

Fields that may be null and are always sent have no default; fields that are left out where they do
not apply default to `UNSET`. Instants are RFC 3339 text, local dates ISO dates.
"""

import msgspec
from msgspec import UNSET, UnsetType

from api.imports import Result


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


class AchievementStatsAnswer(AchievementAnswer, frozen=True, kw_only=True):
    """An achievement, when the user completed it, and how many have."""

    completions: int
    rarity: float
    """Percent of all users."""


class StreakAnswer(Answer, frozen=True, kw_only=True):
    """A user's streak."""

    length: int
    frequency: str
    started: str | None
    period_start: str | None
    period_end: str | None
    expires: str | None
    freezes: int | UnsetType = UNSET
    max_freezes: int | UnsetType = UNSET
    freeze_auto_earn_interval: int | UnsetType = UNSET
    freeze_auto_earn_amount: int | UnsetType = UNSET


class EventStreakAnswer(StreakAnswer, frozen=True, kw_only=True):
    """A user's streak after an event; `extended` if this event met the period."""

    extended: bool


class StreakPeriodAnswer(Answer, frozen=True, kw_only=True):
    """A period of a streak's history."""

    period_start: str
    period_end: str
    length: int
    used_pause: bool
    used_freeze: bool | UnsetType = UNSET
    reset_at: str | UnsetType = UNSET


class PauseAnswer(Answer, frozen=True, kw_only=True):
    """A pause of a streak."""

    id: str
    start: str
    end: str


class UserStreakAnswer(StreakAnswer, frozen=True, kw_only=True):
    """A user's streak with its last periods."""

    extended: str | None
    streak_history: list[StreakPeriodAnswer]
    pauses: list[PauseAnswer]


class BulkStreakAnswer(Answer, frozen=True, kw_only=True):
    """One of several users' streaks."""

    user_id: str
    streak_length: int
    extended: str | None


class StreakMetricAnswer(Answer, frozen=True, kw_only=True):
    """A metric that counts towards a streak."""

    key: str
    threshold: float
    """Whole ones are written without a fraction."""


class StreakPreferencesAnswer(Answer, frozen=True, kw_only=True):
    """A user's own streak settings; those that are as configured are left out."""

    enabled: bool
    evaluation_mode: str | UnsetType = UNSET
    metrics: list[StreakMetricAnswer] | UnsetType = UNSET
    days_off: list[int] | UnsetType = UNSET


class PreferencesAnswer(Answer, frozen=True, kw_only=True):
    """A user's own settings."""

    notifications: dict[str, list[str]]
    """By kind of notification the channels it may take."""
    streak: StreakPreferencesAnswer


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
    """What a user has on a metric, and the achievements that it leads to."""

    id: str
    key: str
    name: str
    current: float
    achievements: list[AchievementAnswer]


class PeriodAnswer(Answer, frozen=True, kw_only=True):
    """A closed period of a streak."""

    period_start: str
    period_end: str
    length: int
    outcome: str
    closed_at: str
    met_by: str | None
    """The event that met it, if one did."""


class PeriodRowAnswer(Answer, frozen=True, kw_only=True):
    """A row of a streak's ledger: a closed period, or what was done by hand."""

    id: str | None
    """Null for one that is due and not recorded yet."""
    frequency: str
    period_start: str
    period_end: str
    length: int
    outcome: str
    """How the period ended; or `reset`, `disabled`, `restored`, within it."""
    closed_at: str
    met_by: str | None


class FreezeRowAnswer(Answer, frozen=True, kw_only=True):
    """A row of a freeze ledger."""

    id: str | None
    """Null for one that is due and not recorded yet."""
    type: str
    reason: str
    amount: int
    balance: int
    """After it."""
    period: str | None
    """Of a consumed one the first day of the period that it kept; of an earned one the date."""
    created_at: str


class StreakLedgerAnswer(Answer, frozen=True, kw_only=True):
    """A page of a ledger, newest first."""

    rows: list[PeriodRowAnswer | FreezeRowAnswer]
    next: str | None
    """What `before` takes for the next page; null if this is the last one."""


class CountedEventAnswer(Answer, frozen=True, kw_only=True):
    """An event that counted towards a period."""

    event_id: str
    at: str
    metric: str
    value: float
    total: float
    """The metric's aggregate of the period after it."""
    met: bool
    """Whether this event met the period."""


class ExplainedPeriodAnswer(Answer, frozen=True, kw_only=True):
    """How a period ended, and why."""

    period_start: str
    period_end: str
    verdict: str
    """An outcome; `open` for the present one, `none` where no streak was running."""
    length: int
    why: str
    row_id: str | None
    closed_at: str | None
    met_by: str | None
    events: list[CountedEventAnswer]
    more_events: bool


class StreakExplanationAnswer(Answer, frozen=True, kw_only=True):
    """Why a user's streak is what it is, oldest period first."""

    user_id: str
    frequency: str
    length: int
    longest: int
    periods: list[ExplainedPeriodAnswer]
    events_complete: bool
    """False if there were more events than are read for one explanation."""


class IssueAnswer(Answer, frozen=True, kw_only=True):
    """Why an item of a list was not applied."""

    message: str
    severity: str = "error"
    index: int | UnsetType = UNSET
    id: str | UnsetType = UNSET
    user_id: str | UnsetType = UNSET


class FreezeSettingsAnswer(Answer, frozen=True, kw_only=True):
    """How streak freezes are got."""

    start_count: int
    max_count: int
    auto_earn_interval: int | None
    auto_earn_amount: int | None


class StreakSettingsAnswer(Answer, frozen=True, kw_only=True):
    """The streak settings in force."""

    frequency: str
    evaluation_mode: str
    customization_enabled: bool
    days_off: list[int]
    metrics: list[StreakMetricAnswer]
    freezes: FreezeSettingsAnswer | None


class PauseRecordAnswer(Answer, frozen=True, kw_only=True):
    """A pause that was made."""

    id: str
    user_id: str
    start: str
    end: str
    status: str


class CreatedFreezesAnswer(Answer, frozen=True, kw_only=True):
    """What came of grants of freezes."""

    issues: list[IssueAnswer]


class CreatedPausesAnswer(Answer, frozen=True, kw_only=True):
    """What came of new pauses."""

    created: list[PauseRecordAnswer]
    issues: list[IssueAnswer]


class DeletedAnswer(Answer, frozen=True, kw_only=True):
    """Something that is deleted."""

    id: str


class DeletedPausesAnswer(Answer, frozen=True, kw_only=True):
    """What came of deleting pauses."""

    deleted: list[DeletedAnswer]
    issues: list[IssueAnswer]


class RestoredStreaksAnswer(Answer, frozen=True, kw_only=True):
    """What came of restoring streaks."""

    restored_users: list[str]
    issues: list[IssueAnswer]


class ResetStreaksAnswer(Answer, frozen=True, kw_only=True):
    """What came of resetting streaks."""

    reset_users: list[str]
    issues: list[IssueAnswer]


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
    achievements: list[AchievementAnswer]
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
