"""From state and facts to answers: names for numbers, text for instants, ranks within caps."""

from typing import Any

from msgspec import UNSET

from api.operations.answers import EventAnswer, MetricAnswer, ProfileAnswer, UserAnswer
from api.operations.answers_streaks import PeriodAnswer
from api.operations.instants import date_text, instant_text
from api.operations.render_achievements import AchievementRender
from api.operations.render_boards import BoardRender
from api.operations.render_points import PointsRender
from api.operations.render_streaks import StreakRender
from engine.configuration.plan import Plan
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.configuration import Achievement, Metric
from engine.model.facts import AchievementCompleted, RankMoved
from engine.model.identifiers import Ordinal, fact_id, public_id
from engine.model.numbers import as_double
from engine.model.user import UserState


class Render:
    """Makes the answers of one scope, by its plan at the time."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._name = scope.state.name
        self._plan: Plan = scope.plan
        self._achievements = AchievementRender(scope)

    def id(self, kind: str, ordinal: Ordinal) -> str:
        """Return the public id of a configured thing."""
        return public_id(self._name, kind, ordinal)

    def event(self, applied: Applied, metric_key: str, key: str | None) -> EventAnswer:
        """Return everything that an event changed; of a replay, only the present state."""
        state = applied.state
        metric = self._plan.metrics_by_key[metric_key].ordinal
        own = [
            (fact_id(applied.seq, index), fact)
            for index, fact in applied.own()
            if isinstance(fact, RankMoved)
        ]
        completed = completed_by(applied)
        total = state.metrics.get(metric)
        return EventAnswer(
            event_id=fact_id(applied.seq, 0),
            metric_id=self.id("metric", metric),
            total=as_double(total.total) if total else 0.0,
            achievements=[
                self._achievements.of_user(self._plan.achievements[a], state)
                for a in completed
                if a in self._plan.achievements
            ],
            current_streak=StreakRender(self._scope).after_event(state, applied),
            points=PointsRender(self._scope).changed(applied),
            leaderboards=BoardRender(self._scope).moved(own),
            idempotency_key=key if key is not None else UNSET,
            idempotent_replayed=True if applied.replayed else UNSET,
        )

    def profile(self, state: UserState) -> ProfileAnswer:
        """Return who a user is."""
        return ProfileAnswer(**self._profile(state))

    def _profile(self, state: UserState) -> dict[str, Any]:
        identity = state.identity
        tokens = identity.device_tokens
        return {
            "id": identity.id,
            "email": identity.email,
            "name": identity.name,
            "tz": state.zone or None,
            "sign_up_date": (
                None if identity.sign_up_date is None else date_text(identity.sign_up_date)
            ),
            "device_tokens": None if tokens is None else list(tokens),
            "subscribe_to_emails": identity.subscribe_to_emails,
            "attributes": {
                key: value
                for key, value in identity.attributes.items()
                if key in self._plan.user_attributes
            },
            "control": False,
            "created": instant_text(state.created_at),
            "updated": instant_text(state.updated_at),
        }

    def metric(self, metric: Metric, state: UserState) -> MetricAnswer:
        """Return what a user has on a metric."""
        had = state.metrics.get(metric.ordinal)
        return MetricAnswer(
            id=self.id("metric", metric.ordinal),
            key=metric.key,
            name=metric.name,
            current=as_double(had.total) if had else 0.0,
            achievements=[
                self._achievements.with_progress(achievement, state)
                for achievement in self._plan.configuration.achievements
                if achievement.metric == metric.ordinal and is_shown(achievement, state)
            ],
        )

    def user(self, state: UserState, periods: list[PeriodAnswer]) -> UserAnswer:
        """Return a user with everything that they have, brought up to now."""
        plan = self._plan
        points = PointsRender(self._scope)
        return UserAnswer(
            **self._profile(state),
            streak=StreakRender(self._scope).streak(state, self._scope.now()),
            longest_streak=state.streak(plan.streak.frequency).longest,
            periods=periods,
            metrics=[
                self.metric(metric, state)
                for metric in plan.configuration.metrics
                if metric.ordinal in state.metrics
            ],
            achievements=[
                self._achievements.of_user(achievement, state)
                for achievement in plan.configuration.achievements
                if achievement.ordinal in state.completions
            ],
            points=[
                points.of_user(system, state, [])
                for ordinal, system in plan.systems.items()
                if ordinal in state.points
            ],
            leaderboards=BoardRender(self._scope).places(state),
            hidden=state.hidden,
        )


def completed_by(applied: Applied) -> list[Ordinal]:
    """Return the achievements that a command completed; not what fell due before it."""
    return [fact.achievement for _, fact in applied.own() if isinstance(fact, AchievementCompleted)]


def is_shown(achievement: Achievement, state: UserState) -> bool:
    """Whether an achievement is shown to a user: one they have, or could have or see locked."""
    return achievement.status in ("active", "locked") or achievement.ordinal in state.completions
