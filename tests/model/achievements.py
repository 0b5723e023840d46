"""Who completes what, and when (docs/achievements.md)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.model.metrics import aggregation, events_on, events_that_match, exact, total_after
from tests.model.remembered import Completion, User
from tests.model.things import Thing, Things, wanted


def has_attributes(user: User, thing: Thing) -> bool:
    """Whether the user has all attributes that something asks for."""
    return wanted(thing.entry, "userAttributes") <= user.attributes.items()


def anniversary(user: User, years: int) -> date:
    """The date on which so many years are over; 29 February counts as 1 March."""
    since = user.made_on if user.signed_up is None else user.signed_up
    if (since.month, since.day) == (2, 29):
        since = date(since.year, 3, 1)
    return since.replace(year=since.year + years)


def reaches(things: Things, user: User, achievement: Thing) -> bool:
    """Whether the metric's total, or that of the matching events, satisfies the achievement now."""
    metric = things.thing("metrics", achievement.entry["metricKey"])
    assert metric is not None
    asked = things.event_filter(achievement.entry)
    events = events_on(user, metric) if asked is None else events_that_match(user, asked, things)
    last = max((event.moment.order for event in user.events), default=0)
    voids = [event.voided.order for event in user.events if event.voided is not None]
    total = total_after(metric, events, max([last, *voids]))
    if total is None:
        return False
    value = exact(achievement.entry["metricValue"])
    return total <= value if aggregation(metric) == "min" else total >= value


def qualifies(things: Things, user: User, achievement: Thing, today: date) -> bool:
    """Whether the user has by their past what an achievement asks for."""
    if not has_attributes(user, achievement):
        return False
    entry = achievement.entry
    match entry["trigger"]:
        case "metric":
            return reaches(things, user, achievement)
        case "streak":
            return user.progress.streaks[things.frequency].longest >= entry["streakLength"]
        case "api":
            return False
        case "achievement":
            return all(number in user.completions for number in prerequisites(things, achievement))
        case "anniversary":
            return anniversary(user, entry["anniversaryYears"]) <= today
        case other:
            raise AssertionError(other)


def prerequisites(things: Things, achievement: Thing) -> list[int]:
    return [
        things.number("achievements", key) for key in achievement.entry.get("achievementKeys") or []
    ]


def complete(
    things: Things, user: User, achievements: Iterable[Thing], at: int, *, backdated: bool = False
) -> list[Thing]:
    """Completes those that the user has not, then composites until nothing new completes.

    A composite is backdated or not as the completion because of which it completes: all are here.

    Returns:
        What was completed, in order.
    """
    new = [each for each in achievements if each.number not in user.completions]
    for achievement in new:
        user.completions[achievement.number] = Completion(at, backdated)
    for completed in new:  # which grows on the way
        for composite in things.active("achievements", trigger="achievement"):
            if (
                completed.number in prerequisites(things, composite)
                and composite.number not in user.completions
                and qualifies(things, user, composite, date.min)
            ):
                user.completions[composite.number] = Completion(at, backdated)
                new.append(composite)
    return new


def completed_by_event(
    things: Things, user: User, metric: Thing, *, has_extended: bool
) -> list[Thing]:
    """What an event completes by itself: metric achievements, then streak achievements.

    Of those with event attributes only if the event, which is the user's last, has these.
    """
    [event] = user.events[-1:]
    by_metric = [
        achievement
        for achievement in things.active("achievements", trigger="metric")
        if achievement.entry["metricKey"] == metric.key
        and wanted(achievement.entry, "eventAttributes") <= event.attributes
        and has_attributes(user, achievement)
        and reaches(things, user, achievement)
    ]
    length = user.progress.streaks[things.frequency].length
    by_streak = [
        achievement
        for achievement in things.active("achievements", trigger="streak")
        if has_extended
        and has_attributes(user, achievement)
        and length >= achievement.entry["streakLength"]
    ]
    return by_metric + by_streak


def reached_now(things: Things, user: User, metric: Thing) -> list[Thing]:
    """The achievements of a metric that its total, or that of the matching events, satisfies."""
    return [
        achievement
        for achievement in things.active("achievements", trigger="metric")
        if achievement.entry["metricKey"] == metric.key
        and has_attributes(user, achievement)
        and reaches(things, user, achievement)
    ]


def condition(things: Things, achievement: Thing) -> tuple[Any, ...] | None:
    """What decides who completes it, with keys resolved; None unless it is active."""
    if not things.is_active(achievement):
        return None
    entry = achievement.entry
    metric = entry.get("metricKey")
    value = entry.get("metricValue")
    return (
        entry["trigger"],
        None if metric is None else things.number("metrics", metric),
        None if value is None else exact(value),
        wanted(entry, "eventAttributes"),
        entry.get("streakLength"),
        things.frequency if entry["trigger"] == "streak" else None,
        frozenset(prerequisites(things, achievement)),
        entry.get("anniversaryYears"),
        wanted(entry, "userAttributes"),
    )
