"""From state and facts to answers: names for numbers, text for instants, ranks within caps."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from msgspec import UNSET
from msgspec.structs import asdict

from api.operations.answers import (
    AchievementAnswer,
    AchievementStatsAnswer,
    AwardAnswer,
    EventAnswer,
    EventPointsAnswer,
    LevelAnswer,
    MetricAnswer,
    PointsAnswer,
    ProfileAnswer,
    TriggerAnswer,
    UserAnswer,
)
from api.operations.answers_streaks import PeriodAnswer
from api.operations.instants import date_text, instant_text
from api.operations.render_boards import BoardRender
from api.operations.render_streaks import StreakRender
from engine.configuration.plan import Plan
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.configuration import (
    Achievement,
    Metric,
    PointsLevel,
    PointsTrigger,
)
from engine.model.facts import (
    AchievementCompleted,
    Fact,
    PointsAwarded,
    RankMoved,
)
from engine.model.identifiers import Ordinal, Seq, fact_id, public_id
from engine.model.numbers import UNIT, as_double
from engine.model.user import UserState


class Render:
    """Makes the answers of one scope, by its plan at the time."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._name = scope.state.name
        self._plan: Plan = scope.plan

    def id(self, kind: str, ordinal: Ordinal) -> str:
        """Return the public id of a configured thing."""
        return public_id(self._name, kind, ordinal)

    def event(self, applied: Applied, metric_key: str, key: str | None) -> EventAnswer:
        """Return everything that an event changed; of a replay, only the present state."""
        state = applied.state
        metric = self._plan.metrics_by_key[metric_key].ordinal
        own = list(_of_kind(applied.facts, RankMoved))
        completed = [f.achievement for f in _of_kind(applied.facts, AchievementCompleted)]
        total = state.metrics.get(metric)
        return EventAnswer(
            event_id=fact_id(applied.seq, 0),
            metric_id=self.id("metric", metric),
            total=as_double(total.total) if total else 0.0,
            achievements=[
                self.achievement(self._plan.achievements[a], state)
                for a in completed
                if a in self._plan.achievements
            ],
            current_streak=StreakRender(self._scope).after_event(state, applied),
            points=self._event_points(applied.seq, state, applied.facts),
            leaderboards=BoardRender(self._scope).moved(own),
            idempotency_key=key if key is not None else UNSET,
            idempotent_replayed=True if applied.replayed else UNSET,
        )

    def achievement(self, achievement: Achievement, state: UserState) -> AchievementAnswer:
        """Return an achievement and when a user completed it."""
        done = state.completions.get(achievement.ordinal)
        metric = self._plan.metrics.get(achievement.metric or Ordinal(0))
        value = achievement.metric_value
        return AchievementAnswer(
            id=self.id("achievement", achievement.ordinal),
            name=achievement.name,
            trigger=achievement.trigger,
            description=achievement.description or None,
            badge_url=achievement.badge_url,
            key=achievement.key,
            user_attributes=[],
            achieved_at=instant_text(done.at) if done else None,
            streak_length=achievement.streak_length or UNSET,
            metric_id=self.id("metric", metric.metric.ordinal) if metric else UNSET,
            metric_value=as_double(value) if value is not None else UNSET,
            metric_name=metric.metric.name if metric else UNSET,
        )

    def achievement_with_stats(
        self, achievement: Achievement, state: UserState
    ) -> AchievementStatsAnswer:
        """Return an achievement, when a user completed it, and how many have (SPEC 6.5)."""
        completions = self._scope.state.completions.get(achievement.ordinal, 0)
        return AchievementStatsAnswer(
            **asdict(self.achievement(achievement, state)),
            completions=completions,
            rarity=100 * completions / max(1, self._scope.state.users),
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
                self.achievement(achievement, state)
                for achievement in self._plan.configuration.achievements
                if achievement.metric == metric.ordinal
                and (achievement.status == "active" or achievement.ordinal in state.completions)
            ],
        )

    def user(self, state: UserState, periods: list[PeriodAnswer]) -> UserAnswer:
        """Return a user with everything that they have, brought up to now."""
        plan = self._plan
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
                self.achievement(achievement, state)
                for achievement in plan.configuration.achievements
                if achievement.ordinal in state.completions
            ],
            points=[
                self.points(system, state.points[system].total, [])
                for system in plan.systems
                if system in state.points
            ],
            leaderboards=BoardRender(self._scope).places(state),
        )

    def level(self, level: PointsLevel | None) -> LevelAnswer | None:
        """Return a level."""
        if level is None:
            return None
        return LevelAnswer(
            id=self.id("points_level", level.ordinal),
            key=level.key,
            name=level.name,
            description=level.description,
            badge_url=level.badge_url,
            points=level.points,
        )

    def award(self, id_: str, fact: PointsAwarded) -> AwardAnswer:
        """Return a ledger row."""
        trigger = self._trigger(fact)
        return AwardAnswer(
            id=id_,
            awarded=fact.amount,
            date=instant_text(fact.at),
            total=fact.total,
            trigger=trigger if trigger is not None else UNSET,
        )

    def points(self, system: Ordinal, total: int, awards: list[AwardAnswer]) -> PointsAnswer:
        """Return a points system and what a user has of it."""
        return PointsAnswer(**self._points(system, total, awards))

    def _points(self, system: Ordinal, total: int, awards: list[AwardAnswer]) -> dict[str, Any]:
        plan = self._plan.systems[system]
        return {
            "id": self.id("points_system", system),
            "key": plan.system.key,
            "name": plan.system.name,
            "description": plan.system.description or None,
            "badge_url": plan.system.badge_url,
            "max_points": plan.system.max_points,
            "total": total,
            "level": self.level(plan.level(total)),
            "awards": awards,
        }

    def _event_points(
        self, seq: Seq, state: UserState, facts: Sequence[object]
    ) -> dict[str, EventPointsAnswer]:
        awards: dict[Ordinal, list[tuple[str, PointsAwarded]]] = {}
        for index, fact in enumerate(facts):
            if isinstance(fact, PointsAwarded) and fact.system in self._plan.systems:
                awards.setdefault(fact.system, []).append((fact_id(seq, index), fact))
        return {
            self._plan.systems[system].system.key: EventPointsAnswer(
                **self._points(
                    system,
                    state.points[system].total,
                    [self.award(id_, fact) for id_, fact in rows],
                ),
                added=sum(fact.amount for _, fact in rows),
            )
            for system, rows in awards.items()
        }

    def _trigger(self, fact: PointsAwarded) -> TriggerAnswer | None:
        system = self._plan.systems.get(fact.system)
        found = [t for t in system.system.triggers if t.ordinal == fact.trigger] if system else []
        return self.trigger(found[0]) if found else None

    def trigger(self, trigger: PointsTrigger) -> TriggerAnswer:
        """Return what awards points."""
        metric = self._plan.metrics.get(trigger.metric or Ordinal(0))
        achievement = self._plan.achievements.get(trigger.achievement or Ordinal(0))
        threshold = trigger.metric_threshold
        return TriggerAnswer(
            id=self.id("points_trigger", trigger.ordinal),
            type=trigger.type,
            points=trigger.points,
            status=trigger.status,
            user_attributes=[],
            created=instant_text(trigger.created),
            updated=instant_text(trigger.updated),
            metric_id=self.id("metric", metric.metric.ordinal) if metric else UNSET,
            metric_name=metric.metric.name if metric else UNSET,
            metric_threshold=threshold // UNIT if threshold else UNSET,
            achievement_id=(self.id("achievement", achievement.ordinal) if achievement else UNSET),
            achievement_name=achievement.name if achievement else UNSET,
        )


F = TypeVar("F", bound=Fact)


def _of_kind(facts: Iterable[object], kind: type[F]) -> Iterable[F]:
    return (fact for fact in facts if isinstance(fact, kind))
