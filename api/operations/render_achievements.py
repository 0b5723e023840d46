"""Achievements as answers: what they are, who has them, how far somebody is."""

from typing import Any

from msgspec import UNSET

from api.operations.answers_achievements import (
    AchievementStatsAnswer,
    UserAchievementAnswer,
    UserAchievementStatsAnswer,
)
from api.operations.instants import instant_text
from api.operations.render_filters import filters, only_filter
from engine.configuration.plan import Plan
from engine.host.scope import Scope
from engine.model.configuration import Achievement
from engine.model.identifiers import Ordinal, fact_id, public_id
from engine.model.numbers import UNIT, as_double
from engine.model.user import UserState
from engine.rules.metrics import total_of

PERCENT = 100


class AchievementRender:
    """Makes the answers about one scope's achievements, by its plan at the time."""

    def __init__(self, scope: Scope, plan: Plan | None = None) -> None:
        """Take the scope, and the plan of an earlier version to show things as they were in it."""
        self._scope = scope
        self._plan = scope.plan if plan is None else plan

    def of_user(self, achievement: Achievement, state: UserState) -> UserAchievementAnswer:
        """Return an achievement and when a user completed it."""
        return UserAchievementAnswer(
            **self._achievement(achievement), **self._completion(achievement, state)
        )

    def with_progress(self, achievement: Achievement, state: UserState) -> UserAchievementAnswer:
        """Return an achievement, when a user completed it, and how far they are (SPEC 6.2)."""
        return UserAchievementAnswer(
            **self._achievement(achievement),
            **self._completion(achievement, state),
            **self._progress(achievement, state),
        )

    def of_user_with_stats(
        self, achievement: Achievement, state: UserState, *, progress: bool = False
    ) -> UserAchievementStatsAnswer:
        """Return an achievement, when a user completed it, and how many have."""
        return UserAchievementStatsAnswer(
            **self._achievement(achievement),
            **self._completion(achievement, state),
            **self._stats(achievement),
            **(self._progress(achievement, state) if progress else {}),
        )

    def with_stats(self, achievement: Achievement) -> AchievementStatsAnswer:
        """Return an achievement and how many have completed it (SPEC 6.5)."""
        return AchievementStatsAnswer(**self._achievement(achievement), **self._stats(achievement))

    def _id(self, kind: str, ordinal: Ordinal) -> str:
        return public_id(self._scope.state.name, kind, ordinal)

    def _achievement(self, achievement: Achievement) -> dict[str, Any]:
        metric = self._plan.metrics.get(achievement.metric or Ordinal(0))
        value = achievement.metric_value
        prerequisites = [self._id("achievement", a) for a in achievement.achievements]
        of_events = filters(self._plan, achievement.event_attributes)
        by_metric = achievement.trigger == "metric"
        return {
            "id": self._id("achievement", achievement.ordinal),
            "name": achievement.name,
            "trigger": achievement.trigger,
            "description": achievement.description or None,
            "badge_url": achievement.badge_url,
            "key": achievement.key,
            "user_attributes": filters(self._plan, achievement.user_attributes),
            "status": UNSET if achievement.status == "active" else achievement.status,
            "streak_length": achievement.streak_length or UNSET,
            "anniversary_years": achievement.anniversary_years or UNSET,
            "achievement_ids": prerequisites or UNSET,
            "metric_id": self._id("metric", metric.metric.ordinal) if metric else UNSET,
            "metric_value": as_double(value) if value is not None else UNSET,
            "metric_name": metric.metric.name if metric else UNSET,
            "event_attribute": only_filter(of_events),
            "event_attributes": of_events if by_metric else UNSET,
        }

    def _completion(self, achievement: Achievement, state: UserState) -> dict[str, Any]:
        done = state.completions.get(achievement.ordinal)
        if done is None:
            return {"achieved_at": None}
        recorded = done.seq < self._scope.executor.next_seq
        return {
            "achieved_at": instant_text(done.at),
            "fact_id": fact_id(done.seq, done.index) if recorded else UNSET,
            "backdated": True if done.backdated else UNSET,
        }

    def _stats(self, achievement: Achievement) -> dict[str, Any]:
        completions = self._scope.state.completions.get(achievement.ordinal, 0)
        users = max(1, self._scope.state.users)
        return {"completions": completions, "rarity": PERCENT * completions / users}

    def _progress(self, achievement: Achievement, state: UserState) -> dict[str, Any]:
        """How far a user is: a look-up, for metric and streak achievements."""
        if achievement.trigger == "streak":
            current = state.streak(self._plan.streak.frequency).length * UNIT
            threshold = (achievement.streak_length or 1) * UNIT
        elif achievement.trigger == "metric" and achievement.metric_value is not None:
            of_filter = achievement.event_filter
            counted = (
                state.metrics.get(achievement.metric or Ordinal(0))
                if of_filter is None
                else state.matching.get(of_filter)
            )
            current = total_of(counted) or 0
            threshold = achievement.metric_value
        else:
            return {}
        falling = self._falls(achievement)
        done = achievement.ordinal in state.completions
        return {
            "current_value": current / UNIT,
            "threshold": threshold / UNIT,
            "pct_complete": float(PERCENT)
            if done
            else _percent(current, threshold, falling=falling),
        }

    def _falls(self, achievement: Achievement) -> bool:
        metric = self._plan.metrics.get(achievement.metric or Ordinal(0))
        return metric is not None and metric.metric.aggregation == "min"


def _percent(current: int, threshold: int, *, falling: bool) -> float:
    """Return how much of a threshold is reached, at least 0 and below 100.

    Of one that is to be fallen to nobody can say where the way began: it is 0 until reached.
    """
    if falling or threshold <= 0:
        return 0.0
    return max(0.0, min(99.99, round(PERCENT * current / threshold, 2)))
