"""What is configured as the Admin API shows it: by ids, with everything that is set."""

from collections.abc import Iterable

from msgspec import UNSET

from api.operations.answers_configuration import (
    AdminAchievementAnswer,
    AdminBoostAnswer,
    AdminLeaderboardAnswer,
    AdminLevelAnswer,
    AdminSystemAnswer,
    AdminTriggerAnswer,
    AttributeFilterAnswer,
    BadgeAnswer,
    CapAnswer,
)
from api.operations.instants import date_text
from api.operations.render_points import boost_status
from engine.configuration.entries import time_text
from engine.configuration.runs import shown_status
from engine.host.scope import Scope
from engine.model.configuration import (
    Achievement,
    AttributeFilter,
    Leaderboard,
    PointsBoost,
    PointsLevel,
    PointsSystem,
    PointsTrigger,
)
from engine.model.identifiers import Ordinal, UserNumber, boost_id, public_id
from engine.model.numbers import UNIT, as_double
from engine.model.user import UserBoost


class ConfigurationRender:
    """Makes the Admin API's answers about one scope, at one instant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._at = scope.now()
        self._today = scope.calendar.day(scope.plan.default_zone, self._at)

    def id(self, kind: str, ordinal: Ordinal) -> str:
        """Return the public id of a configured thing."""
        return public_id(self._scope.state.name, kind, ordinal)

    def achievement(self, achievement: Achievement) -> AdminAchievementAnswer:
        """Return an achievement."""
        value, metric = achievement.metric_value, achievement.metric
        counts = achievement.trigger == "metric"
        return AdminAchievementAnswer(
            id=self.id("achievement", achievement.ordinal),
            key=achievement.key,
            name=achievement.name,
            description=achievement.description or None,
            trigger=achievement.trigger,
            status=achievement.status,
            badge=_badge(achievement.badge_url),
            user_attributes=self._filters(achievement.user_attributes),
            metric_id=UNSET if metric is None else self.id("metric", metric),
            metric_value=UNSET if value is None else as_double(value),
            event_attributes=self._filters(achievement.event_attributes) if counts else UNSET,
            streak_length=achievement.streak_length or UNSET,
            anniversary_years=achievement.anniversary_years or UNSET,
            achievement_ids=[self.id("achievement", a) for a in achievement.achievements] or UNSET,
        )

    def system(self, system: PointsSystem) -> AdminSystemAnswer:
        """Return a points system, without what is in it."""
        return AdminSystemAnswer(
            id=self.id("points_system", system.ordinal),
            name=system.name,
            key=system.key,
            description=system.description,
            status=system.status,
            badge=_badge(system.badge_url),
            max_points=system.max_points,
        )

    def level(self, level: PointsLevel) -> AdminLevelAnswer:
        """Return a level."""
        return AdminLevelAnswer(
            id=self.id("points_level", level.ordinal),
            name=level.name,
            key=level.key,
            points=level.points,
            description=level.description,
            badge=_badge(level.badge_url),
        )

    def trigger(self, trigger: PointsTrigger) -> AdminTriggerAnswer:
        """Return what awards points."""
        metric, achievement = trigger.metric, trigger.achievement
        threshold, cap = trigger.metric_threshold, trigger.cap
        counts = trigger.type == "metric"
        return AdminTriggerAnswer(
            id=self.id("points_trigger", trigger.ordinal),
            key=trigger.key,
            type=trigger.type,
            points=trigger.points,
            status=trigger.status,
            user_attributes=self._filters(trigger.user_attributes),
            block_if_out_of_points=trigger.block_if_out_of_points,
            cap=CapAnswer(points=cap.points, period=cap.period) if cap else None,
            metric_id=UNSET if metric is None else self.id("metric", metric),
            metric_threshold=UNSET if threshold is None else threshold // UNIT,
            event_attributes=self._filters(trigger.event_attributes) if counts else UNSET,
            achievement_id=UNSET if achievement is None else self.id("achievement", achievement),
            streak_length=trigger.streak_length or UNSET,
            time_unit=trigger.time_unit or UNSET,
            time_interval=trigger.time_interval or UNSET,
        )

    def boost(self, boost: PointsBoost) -> AdminBoostAnswer:
        """Return a configured boost; its status is that of the date in the default zone."""
        return AdminBoostAnswer(
            id=self.id("points_boost", boost.ordinal),
            key=boost.key,
            name=boost.name,
            status=self._status(boost, boost.status),
            start=date_text(boost.start),
            end=None if boost.end is None else date_text(boost.end),
            multiplier=as_double(boost.multiplier),
            rounding=boost.rounding,
            user_id=None,
            user_attributes=self._filters(boost.user_attributes),
        )

    def own_boost(self, user: UserNumber, boost: UserBoost) -> AdminBoostAnswer:
        """Return a user's own boost; its status is that of the date in the default zone."""
        return AdminBoostAnswer(
            id=boost_id(self._scope.state.number, user, boost.index),
            name=boost.name,
            status=self._status(boost, "active" if boost.active else "inactive"),
            start=date_text(boost.start),
            end=None if boost.end is None else date_text(boost.end),
            multiplier=as_double(boost.multiplier),
            rounding=boost.rounding,
            user_id=self._scope.directory.id(user),
        )

    def leaderboard(self, board: Leaderboard) -> AdminLeaderboardAnswer:
        """Return a leaderboard, with the status that everybody sees."""
        metric, system = board.metric, board.points_system
        return AdminLeaderboardAnswer(
            id=self.id("leaderboard", board.ordinal),
            name=board.name,
            key=board.key,
            description=board.description or UNSET,
            status=shown_status(board, self._at),
            rank_by=board.rank_by,
            order=board.order,
            metric_id=UNSET if metric is None else self.id("metric", metric),
            points_system_id=UNSET if system is None else self.id("points_system", system),
            max_participants=board.max_participants,
            start=date_text(board.start),
            end=UNSET if board.end is None else date_text(board.end),
            start_time=time_text(board.start_minute) or UNSET,
            end_time=time_text(board.end_minute) or UNSET,
            breakdown_attributes=[self.id("attribute", a) for a in board.breakdown],
            run_unit=board.run_unit or UNSET,
            run_interval=board.run_interval if board.run_unit else UNSET,
            user_attributes=self._filters(board.user_attributes),
        )

    def _status(self, boost: PointsBoost | UserBoost, status: str) -> str:
        if status == "archived":
            return status
        return boost_status(boost, self._today, on=status == "active")

    def _filters(self, filters: Iterable[AttributeFilter]) -> list[AttributeFilterAnswer]:
        return [
            AttributeFilterAnswer(
                attribute_id=self.id("attribute", f.attribute), attribute_value=f.value
            )
            for f in filters
        ]


def _badge(url: str | None) -> BadgeAnswer | None:
    return None if url is None else BadgeAnswer(url=url)
