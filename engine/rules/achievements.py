"""Achievements: completed once, by the event that takes a user over a threshold (SPEC 6)."""

from collections.abc import Iterable, Sequence

from engine.configuration.plan import Plan
from engine.model.configuration import Achievement
from engine.model.facts import AchievementCompleted
from engine.model.identifiers import Instant, Millionths, Ordinal
from engine.model.user import UserState
from engine.rules.turn import Turn


def complete_by_metric(turn: Turn, metric: Ordinal, before: Millionths | None) -> list[Ordinal]:
    """Complete what the metric's new total qualifies for; return what was completed."""
    total = turn.draft.metrics[metric].total
    return _complete(turn, turn.plan.metrics[metric].crossed(before, total))


def complete_by_streak(turn: Turn, before: int) -> list[Ordinal]:
    """Complete what the streak's new length qualifies for; return what was completed."""
    length = turn.draft.streak(turn.plan.streak.frequency).length
    if length == before:
        return []
    return _complete(turn, turn.plan.streak_lengths.risen(before, length))


def backdate(turn: Turn, achievements: Iterable[Achievement], at: Instant) -> None:
    """Give a user what they qualify for by their past, when an achievement becomes active.

    Without points (SPEC 7.2) and without a webhook (SPEC 6.4).
    """
    for achievement in achievements:
        known = achievement.ordinal in turn.draft.completions
        if not known and qualifies(turn.plan, achievement, turn.draft):
            turn.emit(AchievementCompleted(at, achievement.ordinal, backdated=True))


def qualifies(plan: Plan, achievement: Achievement, state: UserState) -> bool:
    """Tell whether a user's past satisfies an achievement: total so far, longest streak ever."""
    if achievement.trigger == "streak":
        longest = state.streak(plan.streak.frequency).longest
        return longest >= (achievement.streak_length or 1)
    assert achievement.metric is not None
    assert achievement.metric_value is not None
    metric = state.metrics.get(achievement.metric)
    if metric is None:
        return False
    if plan.metrics[achievement.metric].metric.aggregation == "min":
        return metric.total <= achievement.metric_value
    return metric.total >= achievement.metric_value


def _complete(turn: Turn, crossed: Sequence[Achievement]) -> list[Ordinal]:
    if not crossed:
        return []
    new = [a.ordinal for a in crossed if a.ordinal not in turn.draft.completions]
    new.sort()
    for ordinal in new:
        turn.emit(AchievementCompleted(turn.at, ordinal, backdated=False))
    return new
