"""A configuration compiled for evaluation: an event touches only what can matter to it.

Per metric there are the thresholds of its achievements in order, so that the few that an event
crosses are found by bisection, and the triggers and boards that it feeds; what asks for attributes
is found by them (`engine.configuration.filters`). A plan is made once per version and never
changes. It also says what the step to it means for every user (`engine.configuration.step_work`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.configuration import runs
from engine.configuration.board_plan import BoardPlan
from engine.configuration.filters import ByAttribute, Wanted, matches
from engine.configuration.step_work import StepWork, earning, streak_of
from engine.configuration.thresholds import AchievementPlan, Counting, Thresholds, TriggerPlan
from engine.model.configuration import (
    Achievement,
    AttributeFilter,
    Configuration,
    EventFilter,
    Leaderboard,
    Metric,
    PointsBoost,
    PointsLevel,
    PointsSystem,
    Weekday,
)
from engine.model.identifiers import HOUR_US, Day, Instant, Ordinal
from engine.model.user import ShardKey

_DATES_REMEMBERED = 64
"""Dates for which the boosts in force are remembered: those of today all over the world, mostly."""


class BoostPlan(NamedTuple):
    """A boost with the attributes that a user must have for it."""

    boost: PointsBoost
    wanted: Wanted


class SystemPlan:
    """A points system with its levels in order, its boosts, and the boards it feeds."""

    def __init__(
        self, system: PointsSystem, boards: tuple[BoardPlan, ...], boosts: Sequence[BoostPlan]
    ) -> None:
        self.system = system
        self.boards = boards
        self.levels = sorted(system.levels, key=lambda level: level.points)
        self._thresholds = [level.points for level in self.levels]
        self._boosts = boosts
        self._on: dict[Day, ByAttribute[Sequence[BoostPlan]]] = {}

    def level(self, total: int) -> PointsLevel | None:
        """Return the highest level whose threshold is at most a total (SPEC 7.7)."""
        index = bisect_right(self._thresholds, total)
        return self.levels[index - 1] if index else None

    def boosts(self, date: Day, attributes: Mapping[str, str]) -> list[PointsBoost]:
        """Return the configured boosts that apply to somebody on a date, by age."""
        if not self._boosts:
            return []
        on = self._on.get(date)
        if on is None:
            if len(self._on) >= _DATES_REMEMBERED:
                self._on.clear()
            on = self._on[date] = ByAttribute(
                ((plan.wanted, plan) for plan in self._boosts if _is_on(plan.boost, date)), tuple
            )
        found = [
            plan.boost
            for lot in on.lots(attributes)
            for plan in lot
            if matches(plan.wanted, attributes)
        ]
        found.sort(key=lambda boost: boost.ordinal)
        return found


class FilterPlan(NamedTuple):
    """An event filter of a metric, with what follows from the events that match it."""

    ordinal: Ordinal
    wanted: Wanted
    counting: Counting


class MetricPlan:
    """A metric with everything that an event on it can touch."""

    def __init__(
        self,
        metric: Metric,
        counting: Counting,
        filters: Sequence[FilterPlan],
        boards: tuple[BoardPlan, ...],
    ) -> None:
        self.metric = metric
        self.counting = counting
        """What follows from all of its events."""
        self._filters = ByAttribute(((plan.wanted, plan) for plan in filters), tuple)
        self.countings = {plan.ordinal: plan.counting for plan in filters}
        """By event filter what follows from the events that match it."""
        self.boards = boards

    def filters(self, attributes: Mapping[str, str]) -> list[FilterPlan]:
        """Return the event filters that an event matches, by age."""
        if not self._filters:
            return []
        found = [
            plan
            for lot in self._filters.lots(attributes)
            for plan in lot
            if matches(plan.wanted, attributes)
        ]
        found.sort()
        return found


class Timed(NamedTuple):
    """A points system that awards as time passes."""

    system: SystemPlan
    triggers: tuple[TriggerPlan, ...]
    """By age."""


class Plan:
    """One configuration version, ready to evaluate by."""

    def __init__(self, configuration: Configuration, before: "Plan | None" = None) -> None:
        self.configuration = configuration
        self.default_zone = configuration.default_time_zone
        self.week_start: Weekday = configuration.week_start
        self.streak = streak_of(configuration)
        self.earns = bool(earning(self.streak.freezes))
        """Whether users earn freezes as time passes."""
        self._keys = {a.ordinal: a.key for a in configuration.attributes}
        self.metrics_by_key = {metric.key: metric for metric in configuration.metrics}
        self.user_attributes = {a.key for a in configuration.attributes if a.type == "user"}
        self.event_attributes = {a.key for a in configuration.attributes if a.type == "event"}
        self.event_filters = {f.ordinal: f for f in configuration.event_filters}
        self._plan_boards(configuration)
        self.systems = {system.ordinal: self._system(system) for system in configuration.points}
        by_life = sorted(self.systems.values(), key=lambda s: s.system.status == "active")
        self.systems_by_key = {plan.system.key: plan for plan in by_life}
        """Of an archived system and its successor of the same key the successor."""
        self._plan_achievements(configuration)
        triggers = self._plan_triggers(configuration)
        self._plan_metrics(configuration, triggers)
        self.work = StepWork(before, self)

    def zone(self, zone: str) -> str:
        """Return the zone in effect for a user's setting."""
        return zone or self.default_zone

    def wanted(self, filters: Iterable[AttributeFilter]) -> Wanted:
        """Return the attributes that filters ask for, by their keys."""
        return tuple(sorted((self._keys[f.attribute], f.value) for f in filters))

    def matches(self, achievement: Achievement, attributes: Mapping[str, str]) -> bool:
        """Tell whether a user's attributes are those that an achievement asks for."""
        filters = achievement.user_attributes
        return not filters or matches(self.wanted(filters), attributes)

    def ranks(self, shard: ShardKey, at: Instant) -> bool:
        """Tell whether a shard is of a run that is not over at an instant."""
        board = self.boards.get(shard.board)
        return board is not None and not runs.is_over(board.board, shard.run, at)

    def compiled(self, board: Leaderboard) -> BoardPlan:
        """Return a board with the attributes that it asks for, by their keys."""
        return BoardPlan(
            board,
            self.wanted(board.user_attributes),
            tuple(self._keys[attribute] for attribute in board.breakdown),
        )

    def _plan_boards(self, configuration: Configuration) -> None:
        self.leaderboards = {b.ordinal: b for b in configuration.leaderboards}
        self.leaderboards_by_key = {b.key: b for b in configuration.leaderboards}
        self.boards = {
            board.ordinal: self.compiled(board)
            for board in configuration.leaderboards
            if board.status == "active" and board.opened
        }
        """The boards that rank, by ordinal."""
        self.streak_boards = tuple(
            board for board in self.boards.values() if board.board.rank_by == "streak"
        )
        self.boards_by_attribute: dict[str, list[BoardPlan]] = {}
        """By user attribute the boards for which its value matters."""
        for board in self.boards.values():
            for key in {*board.breakdown, *(key for key, _ in board.wanted)}:
                self.boards_by_attribute.setdefault(key, []).append(board)

    def _system(self, system: PointsSystem) -> SystemPlan:
        boosts = [
            BoostPlan(boost, self.wanted(boost.user_attributes))
            for boost in system.boosts
            if boost.status == "active" and system.status == "active"
        ]
        boards = tuple(b for b in self.boards.values() if b.board.points_system == system.ordinal)
        return SystemPlan(system, boards, boosts)

    def _plan_achievements(self, configuration: Configuration) -> None:
        self.achievements = {a.ordinal: a for a in configuration.achievements}
        by_life = sorted(configuration.achievements, key=lambda a: a.status != "archived")
        self.achievements_by_key = {achievement.key: achievement for achievement in by_life}
        """As of the systems."""
        self._active = [
            AchievementPlan(achievement, self.wanted(achievement.user_attributes))
            for achievement in configuration.achievements
            if achievement.status == "active"
        ]
        self.streak_lengths = ByAttribute(
            (
                (plan.wanted, (plan.achievement.streak_length or 0, plan))
                for plan in self._active
                if plan.achievement.trigger == "streak"
            ),
            Thresholds,
        )
        self.composites: dict[Ordinal, list[Achievement]] = {}
        """By prerequisite the active achievements that have it."""
        self.by_user_attribute: dict[str, list[AchievementPlan]] = {}
        """By attribute the active achievements that ask for a value of it."""
        for plan in self._active:
            for prerequisite in plan.achievement.achievements:
                self.composites.setdefault(prerequisite, []).append(plan.achievement)
            for key, _ in plan.wanted:
                self.by_user_attribute.setdefault(key, []).append(plan)
        self.anniversaries = [
            (plan.achievement.anniversary_years or 0, plan.achievement, plan.wanted)
            for plan in self._active
            if plan.achievement.trigger == "anniversary"
        ]
        """The active ones: years, achievement, attributes."""

    def _plan_triggers(self, configuration: Configuration) -> list[TriggerPlan]:
        triggers = [
            TriggerPlan(system.ordinal, trigger, self.wanted(trigger.user_attributes))
            for system in sorted(configuration.points, key=lambda s: s.ordinal)
            if system.status == "active"
            for trigger in sorted(system.triggers, key=lambda t: t.ordinal)
            if trigger.status == "active"
        ]
        self.achievement_triggers: dict[Ordinal, list[TriggerPlan]] = {}
        self.streak_triggers: dict[int, list[TriggerPlan]] = {}
        """By length the triggers that fire at its multiples."""
        timed: dict[Ordinal, list[TriggerPlan]] = {}
        for plan in triggers:
            trigger = plan.trigger
            if trigger.achievement is not None:
                self.achievement_triggers.setdefault(trigger.achievement, []).append(plan)
            elif trigger.type == "streak" and trigger.streak_length:
                self.streak_triggers.setdefault(trigger.streak_length, []).append(plan)
            elif trigger.type == "time":
                timed.setdefault(plan.system, []).append(plan)
        self.creation_triggers = [p for p in triggers if p.trigger.type == "user_creation"]
        self.timed = [
            Timed(self.systems[system], tuple(of_system)) for system, of_system in timed.items()
        ]
        return triggers

    def _plan_metrics(
        self,
        configuration: Configuration,
        triggers: Sequence[TriggerPlan],
    ) -> None:
        achievements: dict[tuple[Ordinal | None, Ordinal | None], list[AchievementPlan]] = {}
        for plan in self._active:
            counted = plan.achievement.metric, plan.achievement.event_filter
            achievements.setdefault(counted, []).append(plan)
        fired: dict[tuple[Ordinal | None, Ordinal | None], list[TriggerPlan]] = {}
        for plan in triggers:
            fired.setdefault((plan.trigger.metric, plan.trigger.event_filter), []).append(plan)
        filters: dict[Ordinal, list[EventFilter]] = {}
        for event_filter in configuration.event_filters:
            filters.setdefault(event_filter.metric, []).append(event_filter)

        def counting(metric: Metric, event_filter: Ordinal | None) -> Counting:
            counted = metric.ordinal, event_filter
            falling = metric.aggregation == "min"
            return Counting(achievements.get(counted, ()), fired.get(counted, ()), falling=falling)

        def filter_plans(metric: Metric) -> list[FilterPlan]:
            return [
                FilterPlan(f.ordinal, self.wanted(f.attributes), counting(metric, f.ordinal))
                for f in filters.get(metric.ordinal, ())
            ]

        self.metrics = {
            metric.ordinal: MetricPlan(
                metric,
                counting(metric, None),
                filter_plans(metric),
                tuple(b for b in self.boards.values() if b.board.metric == metric.ordinal),
            )
            for metric in configuration.metrics
        }


def interval_of(plan: TriggerPlan) -> int:
    """Return the length of a time trigger's interval in microseconds; a day is 24 hours."""
    trigger = plan.trigger
    assert trigger.time_interval, "a time trigger has an interval"
    return trigger.time_interval * HOUR_US * (24 if trigger.time_unit == "days" else 1)


def interval_after(plan: TriggerPlan, created_at: Instant, at: Instant) -> Instant:
    """Return when the first interval of a time trigger ends that ends after an instant."""
    interval = interval_of(plan)
    after = max(at, plan.trigger.since)
    return Instant(created_at + ((after - created_at) // interval + 1) * interval)


def _is_on(boost: PointsBoost, date: Day) -> bool:
    return boost.start <= date and (boost.end is None or date <= boost.end)
