"""A configuration compiled for evaluation: an event touches only what can matter to it.

Per metric there are the thresholds of its achievements in order, so that the few that an event
crosses are found by bisection, and the triggers and boards that it feeds. A plan is made once per
version and never changes. It also says what the step to it means for every user (SPEC 2.7).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from engine.model.configuration import (
    NO_STREAK_CONFIGURED,
    Achievement,
    Configuration,
    FreezeSettings,
    Leaderboard,
    Metric,
    PointsLevel,
    PointsSystem,
    PointsTrigger,
    Streak,
    Weekday,
)
from engine.model.identifiers import Millionths, Ordinal
from engine.model.user import ShardKey


class Thresholds:
    """Achievements in order of their threshold.

    Crossed ones are found in O(log n + crossed).
    """

    def __init__(self, achievements: Iterable[tuple[int, Achievement]]) -> None:
        ordered = sorted(achievements, key=lambda pair: (pair[0], pair[1].ordinal))
        self.values = [value for value, _ in ordered]
        self.achievements = [achievement for _, achievement in ordered]

    def risen(self, before: int | None, after: int) -> Sequence[Achievement]:
        """Return those with before < threshold ≤ after; all ≤ after if there was no before."""
        first = 0 if before is None else bisect_right(self.values, before)
        last = bisect_right(self.values, after)
        return self.achievements[first:last] if first < last else ()

    def fallen(self, before: int | None, after: int) -> Sequence[Achievement]:
        """Return those with after ≤ threshold < before; all ≥ after if there was no before."""
        first = bisect_left(self.values, after)
        last = len(self.values) if before is None else bisect_left(self.values, before)
        return self.achievements[first:last] if first < last else ()


class SystemPlan:
    """A points system with its levels in order and the shards it feeds."""

    def __init__(self, system: PointsSystem, shards: tuple[ShardKey, ...]) -> None:
        self.system = system
        self.shards = shards
        self.levels = sorted(system.levels, key=lambda level: level.points)
        self._thresholds = [level.points for level in self.levels]

    def level(self, total: int) -> PointsLevel | None:
        """Return the highest level whose threshold is at most a total (SPEC 7.7)."""
        index = bisect_right(self._thresholds, total)
        return self.levels[index - 1] if index else None


class MetricPlan:
    """A metric with everything that an event on it can touch."""

    def __init__(
        self,
        metric: Metric,
        thresholds: Thresholds,
        triggers: tuple[tuple[Ordinal, PointsTrigger], ...],
        shards: tuple[ShardKey, ...],
    ) -> None:
        self.metric = metric
        self.thresholds = thresholds
        self.triggers = triggers
        self.shards = shards

    def crossed(self, before: Millionths | None, after: Millionths) -> Sequence[Achievement]:
        """Return the achievements that a change of the total can complete."""
        if self.metric.aggregation == "min":
            return self.thresholds.fallen(before, after)
        return self.thresholds.risen(before, after)


class StepWork:
    """What a step to this plan may mean for a user who existed before it."""

    def __init__(self, before: "Plan | None", plan: "Plan") -> None:
        old = before.configuration if before else Configuration()
        known = {a.ordinal: a for a in old.achievements}
        self.backdated = [
            achievement
            for achievement in plan.configuration.achievements
            if achievement.status == "active"
            and _condition(known.get(achievement.ordinal), old)
            != _condition(achievement, plan.configuration)
        ]
        old_runs = {(b.ordinal, b.run) for b in old.leaderboards if b.status == "active"}
        self.seeded = [
            board
            for board in plan.configuration.leaderboards
            if board.status == "active" and (board.ordinal, board.run) not in old_runs
        ]
        old_systems = before.systems if before else {}
        self.relevelled = [
            (old_systems[ordinal], system)
            for ordinal, system in plan.systems.items()
            if ordinal in old_systems and old_systems[ordinal].levels != system.levels
        ]

        self.earning = earning(streak_of(old).freezes) != earning(plan.streak.freezes)
        """Whether users earn freezes at other instants from now on."""

    def __bool__(self) -> bool:
        """Whether the step can mean anything for anybody."""
        return bool(self.backdated or self.seeded or self.relevelled or self.earning)


class Plan:
    """One configuration version, ready to evaluate by."""

    def __init__(self, configuration: Configuration, before: "Plan | None" = None) -> None:
        self.configuration = configuration
        self.default_zone = configuration.default_time_zone
        self.week_start: Weekday = configuration.week_start
        self.streak = streak_of(configuration)
        self.earns = bool(earning(self.streak.freezes))
        """Whether users earn freezes as time passes."""
        active = [a for a in configuration.achievements if a.status == "active"]
        boards = [b for b in configuration.leaderboards if b.status == "active"]
        self.systems = {
            system.ordinal: SystemPlan(
                system, tuple(shard_of(b) for b in boards if b.points_system == system.ordinal)
            )
            for system in configuration.points
        }
        triggers = [
            (system.ordinal, trigger)
            for system in sorted(configuration.points, key=lambda s: s.ordinal)
            for trigger in sorted(system.triggers, key=lambda t: t.ordinal)
            if trigger.status == "active"
        ]
        self.metrics = {
            metric.ordinal: MetricPlan(
                metric,
                Thresholds((a.metric_value or 0, a) for a in active if a.metric == metric.ordinal),
                tuple((s, t) for s, t in triggers if t.metric == metric.ordinal),
                tuple(shard_of(b) for b in boards if b.metric == metric.ordinal),
            )
            for metric in configuration.metrics
        }
        self.streak_shards = tuple(shard_of(b) for b in boards if b.rank_by == "streak")
        self.metrics_by_key = {metric.key: metric for metric in configuration.metrics}
        self.user_attributes = {a.key for a in configuration.attributes if a.type == "user"}
        self.event_attributes = {a.key for a in configuration.attributes if a.type == "event"}
        self.streak_lengths = Thresholds(
            (a.streak_length or 0, a) for a in active if a.trigger == "streak"
        )
        self.achievement_triggers: dict[Ordinal, list[tuple[Ordinal, PointsTrigger]]] = {}
        for system, trigger in triggers:
            if trigger.achievement is not None:
                of_one = self.achievement_triggers.setdefault(trigger.achievement, [])
                of_one.append((system, trigger))
        self.achievements = {a.ordinal: a for a in configuration.achievements}
        self.boards = {b.ordinal: b for b in configuration.leaderboards}
        self.boards_by_key = {b.key: b for b in configuration.leaderboards}
        self.systems_by_key = {s.system.key: s for s in self.systems.values()}
        self.live = {shard_of(board) for board in boards}
        self.work = StepWork(before, self)

    def zone(self, zone: str) -> str:
        """Return the zone in effect for a user's setting."""
        return zone or self.default_zone


def shard_of(board: Leaderboard) -> ShardKey:
    """Return the shard that a perpetual board without groups ranks in now."""
    return ShardKey(board.ordinal, "", board.run)


def streak_of(configuration: Configuration) -> Streak:
    """Return the streak settings in force, also where none are configured."""
    return configuration.streak or NO_STREAK_CONFIGURED


def earning(settings: FreezeSettings | None) -> tuple[object, ...]:
    """Return what decides when users earn freezes; nothing if they do not."""
    if settings is None or settings.auto_earn_interval is None:
        return ()
    return settings.auto_earn_interval, settings.max_count


def _condition(
    achievement: Achievement | None, configuration: Configuration
) -> tuple[object, ...] | None:
    """Return what decides who completes an achievement; None unless it is active."""
    if achievement is None or achievement.status != "active":
        return None
    return (
        achievement.trigger,
        achievement.metric,
        achievement.metric_value,
        achievement.streak_length,
        streak_of(configuration).frequency if achievement.trigger == "streak" else None,
    )
