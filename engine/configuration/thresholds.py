"""Thresholds in order, so that those which a change passes over are found by bisection."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.configuration.filters import ByAttribute, Wanted, matches
from engine.model.configuration import Achievement, PointsTrigger
from engine.model.identifiers import Millionths, Ordinal


class AchievementPlan(NamedTuple):
    """An achievement with the attributes that a user must have for it."""

    achievement: Achievement
    wanted: Wanted


class TriggerPlan(NamedTuple):
    """A points trigger with its system and the attributes that a user must have for it."""

    system: Ordinal
    trigger: PointsTrigger
    wanted: Wanted


class Thresholds:
    """Achievements in order of their threshold.

    Crossed ones are found in O(log n + crossed).
    """

    def __init__(self, achievements: Sequence[tuple[int, AchievementPlan]]) -> None:
        ordered = sorted(achievements, key=lambda pair: (pair[0], pair[1].achievement.ordinal))
        self.values = [value for value, _ in ordered]
        self.achievements = [achievement for _, achievement in ordered]

    def risen(self, before: int | None, after: int) -> Sequence[AchievementPlan]:
        """Return those with before < threshold ≤ after; all ≤ after if there was no before."""
        first = 0 if before is None else bisect_right(self.values, before)
        last = bisect_right(self.values, after)
        return self.achievements[first:last] if first < last else ()

    def fallen(self, before: int | None, after: int) -> Sequence[AchievementPlan]:
        """Return those with after ≤ threshold < before; all ≥ after if there was no before."""
        first = bisect_left(self.values, after)
        last = len(self.values) if before is None else bisect_left(self.values, before)
        return self.achievements[first:last] if first < last else ()


class Multiples:
    """Metric triggers in order of their threshold.

    Those of which a multiple is crossed are found in O(log n + thresholds below the peak).
    """

    def __init__(self, triggers: Sequence[TriggerPlan]) -> None:
        ordered = sorted(triggers, key=lambda plan: (_threshold(plan), plan.trigger.ordinal))
        self.values = [_threshold(plan) for plan in ordered]
        self.triggers = ordered

    def crossed(self, before: int, after: int) -> list[tuple[TriggerPlan, int]]:
        """Return the triggers of which a rising peak crosses multiples, and how many."""
        found: list[tuple[TriggerPlan, int]] = []
        for index in range(bisect_right(self.values, after)):
            threshold = self.values[index]
            crossings = after // threshold - before // threshold
            if crossings:
                found.append((self.triggers[index], crossings))
        return found


class Counting:
    """What follows from the events of a metric, or from those that match an event filter."""

    def __init__(
        self,
        achievements: Sequence[AchievementPlan],
        triggers: Sequence[TriggerPlan],
        *,
        falling: bool,
    ) -> None:
        """Sort what depends on an aggregate.

        Args:
            achievements: active metric achievements.
            triggers: active metric triggers.
            falling: whether low aggregates are good ones: those of a `min` metric.
        """
        self._falling = falling
        self._achievements = ByAttribute(
            ((plan.wanted, (plan.achievement.metric_value or 0, plan)) for plan in achievements),
            Thresholds,
        )
        self._triggers = ByAttribute(((plan.wanted, plan) for plan in triggers), Multiples)

    def reached(
        self, before: Millionths | None, after: Millionths, attributes: Mapping[str, str]
    ) -> list[Achievement]:
        """Return the achievements that a change of the aggregate completes for somebody."""
        found: list[Achievement] = []
        for lot in self._achievements.lots(attributes):
            passed = lot.fallen(before, after) if self._falling else lot.risen(before, after)
            found += [plan.achievement for plan in passed if matches(plan.wanted, attributes)]
        return found

    def crossed(
        self, before: Millionths, after: Millionths, attributes: Mapping[str, str]
    ) -> list[tuple[TriggerPlan, int]]:
        """Return the triggers that a rising peak fires for somebody, and how often."""
        found: list[tuple[TriggerPlan, int]] = []
        for lot in self._triggers.lots(attributes):
            found += [
                (plan, crossings)
                for plan, crossings in lot.crossed(before, after)
                if matches(plan.wanted, attributes)
            ]
        return found


def _threshold(plan: TriggerPlan) -> int:
    threshold = plan.trigger.metric_threshold
    assert threshold, "a metric trigger has a threshold"
    return threshold
