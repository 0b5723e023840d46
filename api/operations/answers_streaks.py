"""The shapes of answers about streaks; `answer` has the conventions."""

from msgspec import UNSET, UnsetType

from api.operations.answer import Answer, DeletedAnswer, IssueAnswer


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
