"""Streaks as answers: lengths, periods, freezes, pauses, settings."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from api.operations.answers_streaks import (
    EventStreakAnswer,
    FreezeRowAnswer,
    FreezeSettingsAnswer,
    PauseAnswer,
    PeriodAnswer,
    PeriodRowAnswer,
    PreferencesAnswer,
    StreakAnswer,
    StreakMetricAnswer,
    StreakPeriodAnswer,
    StreakPreferencesAnswer,
    StreakSettingsAnswer,
    UserStreakAnswer,
)
from api.operations.instants import date_text, instant_text
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.configuration import Frequency, StreakCondition
from engine.model.facts import (
    FreezesChanged,
    PeriodClosed,
    PeriodMet,
    StreakReset,
    StreakRestored,
)
from engine.model.identifiers import Day, Instant, Millionths, fact_id, pause_id
from engine.model.numbers import UNIT, as_double
from engine.model.user import Preferences, UserState
from engine.rules import periods, streaks
from engine.rules.turn import local_date
from persistence.ledgers import PeriodFact

_KINDS = ("achievement_completed", "recap", "reactivation", "streak_reminder")
_CHANNELS = ("email", "push")
"""The channels that a notification may take where the user has said nothing."""


class StreakPeriod(NamedTuple):
    """A period of a streak's history, also one in which there was none."""

    start: Day
    end: Day
    length: int
    outcome: str | None
    """None for one that is open, or in which no streak was running."""
    reset_at: Instant | None = None


class StreakRender:
    """Makes the answers about streaks in one scope, by its plan at the time."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._plan = scope.plan
        self._settings = scope.plan.streak

    @property
    def frequency(self) -> Frequency:
        """The configured frequency."""
        return self._settings.frequency

    def today(self, state: UserState, at: Instant) -> Day:
        """Return the local date that a user, brought up to an instant, has then."""
        zone = self._plan.zone(state.zone)
        return local_date(state, zone, at, self._scope.calendar)

    def present(self, state: UserState, at: Instant, frequency: Frequency) -> Day:
        """Return the first day of the period that a user is in."""
        return periods.start(frequency, self.today(state, at), self._plan.week_start)

    def streak(self, state: UserState, at: Instant) -> StreakAnswer:
        """Return a user's streak as they are at an instant, brought up to it."""
        return StreakAnswer(**self._streak(state, at))

    def after_event(self, state: UserState, applied: Applied) -> EventStreakAnswer:
        """Return a user's streak after a command."""
        return EventStreakAnswer(
            **self._streak(state, applied.at),
            extended=any(
                isinstance(fact, PeriodMet) and fact.frequency == self.frequency
                for fact in applied.facts
            ),
        )

    def with_history(
        self, state: UserState, at: Instant, history: Sequence[StreakPeriod]
    ) -> UserStreakAnswer:
        """Return a user's streak with its history, brought up to an instant."""
        track = state.streak(self.frequency)
        today = self.today(state, at)
        return UserStreakAnswer(
            **self._streak(state, at),
            extended=instant_text(track.extended_at) if track.length else None,
            streak_history=[self._past(period) for period in history],
            pauses=[
                PauseAnswer(
                    id=self.pause_id(state, pause.index),
                    start=date_text(pause.start),
                    end=date_text(pause.end),
                )
                for pause in state.pauses
                if pause.end >= today
            ],
        )

    def pause_id(self, state: UserState, index: int) -> str:
        """Return the public id of the n-th pause that a user was given."""
        return pause_id(self._scope.state.number, state.number, index)

    def period(self, fact: PeriodClosed) -> PeriodAnswer:
        """Return a closed period."""
        return PeriodAnswer(
            period_start=date_text(fact.period_start),
            period_end=date_text(fact.period_end),
            length=fact.length,
            outcome=fact.outcome,
            closed_at=instant_text(fact.at),
            met_by=fact_id(fact.met_by, 0) if fact.met_by else None,
        )

    def period_row(
        self, row_id: str | None, fact: PeriodFact, frequency: Frequency
    ) -> PeriodRowAnswer:
        """Return a row of a frequency's ledger; of one not recorded yet without an id."""
        met_by = None
        match fact:
            case PeriodClosed():
                first, length, outcome = fact.period_start, fact.length, fact.outcome
                met_by = fact_id(fact.met_by, 0) if fact.met_by else None
            case StreakReset():
                first = periods.start(frequency, fact.date, self._plan.week_start)
                length, outcome = 0, fact.reason
            case StreakRestored():
                first, length, outcome = fact.period, fact.length, "restored"
        return PeriodRowAnswer(
            id=row_id,
            frequency=frequency,
            period_start=date_text(first),
            period_end=date_text(periods.end(frequency, first)),
            length=length,
            outcome=outcome,
            closed_at=instant_text(fact.at),
            met_by=met_by,
        )

    def freeze_row(self, row_id: str | None, fact: FreezesChanged) -> FreezeRowAnswer:
        """Return a row of the freeze ledger; of one not recorded yet without an id."""
        dated = fact.reason in ("consumed", "accumulation")
        return FreezeRowAnswer(
            id=row_id,
            type="granted" if fact.amount > 0 else "consumed",
            reason=fact.reason,
            amount=fact.amount,
            balance=fact.balance,
            period=date_text(fact.period) if dated else None,
            created_at=instant_text(fact.at),
        )

    def settings(self) -> StreakSettingsAnswer:
        """Return the streak settings in force."""
        settings, freezes = self._settings, self._settings.freezes
        return StreakSettingsAnswer(
            frequency=settings.frequency,
            evaluation_mode=settings.evaluation_mode,
            customization_enabled=settings.customization_enabled,
            days_off=list(settings.days_off),
            metrics=self.conditions(settings.conditions),
            freezes=None
            if freezes is None
            else FreezeSettingsAnswer(
                start_count=freezes.start_count,
                max_count=freezes.max_count,
                auto_earn_interval=freezes.auto_earn_interval,
                auto_earn_amount=freezes.auto_earn_amount,
            ),
        )

    def preferences(self, preferences: Preferences) -> PreferencesAnswer:
        """Return a user's own settings; what is as configured is left out."""
        days_off = preferences.days_off
        said = preferences.notifications
        return PreferencesAnswer(
            notifications={kind: list(said.get(kind, _CHANNELS)) for kind in _KINDS},
            streak=StreakPreferencesAnswer(
                enabled=preferences.enabled,
                evaluation_mode=preferences.evaluation_mode or UNSET,
                metrics=(
                    UNSET
                    if preferences.conditions is None
                    else self.conditions(preferences.conditions)
                ),
                days_off=UNSET if days_off is None else list(days_off),
            ),
        )

    def conditions(self, conditions: Sequence[StreakCondition]) -> list[StreakMetricAnswer]:
        """Return what meets a period; conditions on metrics that exist no more are left out."""
        metrics = self._plan.metrics
        return [
            StreakMetricAnswer(
                key=metrics[condition.metric].metric.key,
                threshold=_number(condition.threshold),
            )
            for condition in conditions
            if condition.metric in metrics
        ]

    def _past(self, period: StreakPeriod) -> StreakPeriodAnswer:
        frozen = period.outcome == "frozen"
        return StreakPeriodAnswer(
            period_start=date_text(period.start),
            period_end=date_text(period.end),
            length=period.length,
            used_freeze=frozen if frozen or self._settings.freezes else UNSET,
            used_pause=period.outcome == "paused",
            reset_at=UNSET if period.reset_at is None else instant_text(period.reset_at),
        )

    def _streak(self, state: UserState, at: Instant) -> dict[str, Any]:
        frequency = self.frequency
        track = state.streak(frequency)
        calendar = self._scope.calendar
        first = self.present(state, at, frequency)
        last = streaks.expires(state, self._plan, frequency, calendar)
        answer: dict[str, Any] = {
            "length": track.length,
            "frequency": frequency,
            "started": date_text(track.started) if track.length else None,
            "period_start": date_text(first),
            "period_end": date_text(periods.end(frequency, first)),
            "expires": None if last is None else date_text(last),
        }
        settings = self._settings.freezes
        if settings is not None:
            answer["freezes"] = state.freezes.balance
            answer["max_freezes"] = settings.max_count
            if settings.auto_earn_interval is not None:
                answer["freeze_auto_earn_interval"] = settings.auto_earn_interval
                answer["freeze_auto_earn_amount"] = settings.auto_earn_amount
        return answer


def _number(quantity: Millionths) -> float:
    """Return a quantity without a fraction where it has none: the contract has whole thresholds."""
    whole, part = divmod(quantity, UNIT)
    return as_double(quantity) if part else whole
