"""Achievements: completed once, by whatever makes a user satisfy them (SPEC 6).

Three ways lead to a completion. *Live*: the event that crosses a threshold, the product's call, an
anniversary's midnight, a change of attributes that lets a user in. *Backdated*: a step or a sign-up
date by which the past suffices; it awards nothing. And as a *composite* of what has just completed,
live or backdated as that was.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.configuration.filters import matches
from engine.model.configuration import Achievement
from engine.model.errors import InvalidInput
from engine.model.facts import AchievementCompleted
from engine.model.identifiers import Day, Instant, Ordinal
from engine.rules import periods
from engine.rules.metrics import Count, total_of
from engine.rules.turn import Turn


class News(NamedTuple):
    """What a command said about its user that was not so before."""

    created: bool = False
    attributes: frozenset[str] = frozenset()
    """Those that have another value."""
    zone: bool = False
    signed_up: bool = False
    """Whether their years are counted from another date."""


NO_NEWS = News()


def complete(
    turn: Turn,
    news: News,
    *,
    counts: Sequence[Count] = (),
    length_before: int | None = None,
    called: Achievement | None = None,
) -> list[Ordinal]:
    """Complete what a command makes its user satisfy: metric, streak, call, years, composites.

    Args:
        turn: the user's turn, the event counted, the streak advanced.
        news: what the command said of the user.
        counts: what its event changed.
        length_before: the streak's length before it, None if it cannot have grown.
        called: the achievement that it names.

    Returns:
        What was completed, in order.
    """
    done: list[Ordinal] = []
    if news.zone and turn.plan.anniversaries:
        # A change of zone that jumps over their midnight comes before what happens in the new one.
        done += _complete_all(turn, _passed(turn, turn.at), turn.at, backdated=False)
    found: list[Achievement] = []
    for count in counts:
        found += count.counting.reached(count.before, count.after, turn.attributes)
    found.sort(key=_age)
    if length_before is not None:
        found += sorted(_reached_by_streak(turn, length_before), key=_age)
    if called is not None:
        found.append(called)
    if found:
        done += _complete_all(turn, found, turn.at, backdated=False)
    if news.attributes:
        let_in = sorted(_let_in(turn, news.attributes), key=_age)
        done += _complete_all(turn, let_in, turn.at, backdated=False)
    return done


def backdate(turn: Turn, achievements: Iterable[Achievement], at: Instant) -> None:
    """Give a user what they qualify for by their past, when achievements become active.

    Without points (SPEC 7.2) and without a webhook (SPEC 6.4).
    """
    found = [a for a in achievements if qualifies(turn, a, at)]
    if found:
        _complete_all(turn, found, at, backdated=True)


def backdate_anniversaries(turn: Turn) -> None:
    """Give a user the anniversaries that are behind them by a new sign-up date (SPEC 3.4)."""
    passed = _passed(turn, turn.at)
    if passed:
        _complete_all(turn, passed, turn.at, backdated=True)


def complete_anniversaries(turn: Turn, at: Instant) -> list[Ordinal]:
    """Complete those that the local midnight at an instant brings; return what was completed."""
    return _complete_all(turn, _passed(turn, at), at, backdated=False)


def next_anniversary(turn: Turn) -> Day | None:
    """Return the next date that completes an anniversary of the user; None if none does."""
    today = turn.calendar.day(turn.zone, turn.draft.at)
    return min(
        (
            date
            for years, achievement, wanted in turn.plan.anniversaries
            if achievement.ordinal not in turn.draft.completions
            and (date := periods.anniversary(turn.draft.signed_up, years)) > today
            and matches(wanted, turn.attributes)
        ),
        default=None,
    )


def check_call(turn: Turn, achievement: Achievement) -> None:
    """Make sure that the product's call completes an achievement (SPEC 6.6).

    Raises:
        InvalidInput: it is not to be completed so, or not now, or not by this user.
    """
    if achievement.trigger != "api":
        raise InvalidInput("key", f"is completed by its trigger, {achievement.trigger!r}")
    if achievement.status != "active":
        raise InvalidInput("key", f"the achievement is {achievement.status}")
    if not turn.plan.matches(achievement, turn.attributes):
        raise InvalidInput("user", "has not the attributes that the achievement asks for")


def qualifies(turn: Turn, achievement: Achievement, at: Instant) -> bool:
    """Tell whether a user's past satisfies an achievement at an instant (docs/achievements.md)."""
    plan, state = turn.plan, turn.draft
    if achievement.ordinal in state.completions:
        return False
    if not plan.matches(achievement, turn.attributes):
        return False
    match achievement.trigger:
        case "metric":
            return _total_suffices(turn, achievement)
        case "streak":
            longest = state.streak(plan.streak.frequency).longest
            return longest >= (achievement.streak_length or 1)
        case "api":
            return False
        case "achievement":
            return all(a in state.completions for a in achievement.achievements)
        case "anniversary":
            date = periods.anniversary(state.signed_up, achievement.anniversary_years or 1)
            return date <= turn.local_date(at)


def _total_suffices(turn: Turn, achievement: Achievement) -> bool:
    assert achievement.metric is not None
    assert achievement.metric_value is not None
    if achievement.event_filter is None:
        total = total_of(turn.draft.metrics.get(achievement.metric))
    else:
        total = total_of(turn.draft.matching.get(achievement.event_filter))
    if total is None:
        return False
    if turn.plan.metrics[achievement.metric].metric.aggregation == "min":
        return total <= achievement.metric_value
    return total >= achievement.metric_value


def _reached_by_streak(turn: Turn, before: int) -> list[Achievement]:
    length = turn.draft.streak(turn.plan.streak.frequency).length
    if length == before:
        return []
    return [
        plan.achievement
        for lot in turn.plan.streak_lengths.lots(turn.attributes)
        for plan in lot.risen(before, length)
        if matches(plan.wanted, turn.attributes)
    ]


def _passed(turn: Turn, at: Instant) -> list[Achievement]:
    found = (achievement for _, achievement, _ in turn.plan.anniversaries)
    return [achievement for achievement in found if qualifies(turn, achievement, at)]


def _let_in(turn: Turn, attributes: Iterable[str]) -> list[Achievement]:
    """Return what a user qualifies for that asks for one of these attributes (SPEC 3.3)."""
    return [
        plan.achievement
        for key in attributes
        for plan in turn.plan.by_user_attribute.get(key, ())
        if qualifies(turn, plan.achievement, turn.at)
    ]


def _age(achievement: Achievement) -> int:
    return achievement.ordinal


def _complete_all(
    turn: Turn, found: Iterable[Achievement], at: Instant, *, backdated: bool
) -> list[Ordinal]:
    """Complete achievements, then the composites that follow from them; return them in order."""
    done: list[Ordinal] = []

    def complete(achievement: Achievement) -> None:
        if achievement.ordinal not in turn.draft.completions:
            turn.emit(AchievementCompleted(at, achievement.ordinal, backdated=backdated))
            done.append(achievement.ordinal)

    for achievement in found:
        complete(achievement)
    if turn.plan.composites:
        for ordinal in done:  # which grows on the way
            for composite in turn.plan.composites.get(ordinal, ()):
                if qualifies(turn, composite, at):
                    complete(composite)
    return done
