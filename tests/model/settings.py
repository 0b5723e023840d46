"""What is in force for a user: their zone and date, and what decides over their streaks."""

from datetime import date
from fractions import Fraction

from tests.model.metrics import aggregate, events_on, exact
from tests.model.remembered import User
from tests.model.streaks import Frequency, InForce, first_day, local_date
from tests.model.things import Things


def zone_of(things: Things, user: User) -> str:
    return user.zone or things.document.get("defaultTimeZone", "UTC")


def today(things: Things, user: User, at: int) -> date:
    """The local date that a command would have: in the user's zone, and never an earlier one.

    It is not earlier than that of their last command, nor in a period that is closed. The user has
    to be brought up to the instant.
    """
    closed_up_to = [streak.resumes_on for streak in user.progress.streaks.values()]
    return max(local_date(zone_of(things, user), at), user.last_date, *closed_up_to)


def customizes(things: Things) -> bool:
    """Whether the users' own settings are applied."""
    return things.document.get("streaks", {}).get("customizationEnabled", False)


def in_force(things: Things, user: User) -> InForce:
    """The settings that decide over the user's periods and freezes."""
    settings = things.document.get("streaks", {})
    days_off = settings.get("daysOff", [])
    if customizes(things) and user.preferences.days_off is not None:
        days_off = user.preferences.days_off
    return InForce(
        frequency=things.frequency,
        week_start=things.week_start,
        zone=zone_of(things, user),
        days_off=tuple(days_off) if things.frequency == "daily" else (),
        pauses=tuple(pause for pause in user.pauses if not pause.is_deleted),
        freezes=settings.get("freezes"),
        is_enabled=user.preferences.is_enabled,
        made_on=user.made_on,
    )


def conditions(things: Things, user: User) -> tuple[str, list[tuple[int, Fraction]]]:
    """The evaluation mode and the conditions that count for a user, metrics by number."""
    settings = things.document.get("streaks", {})
    mode = settings.get("evaluationMode", "OR")
    configured = [
        (things.number("metrics", condition["key"]), exact(condition["threshold"]))
        for condition in settings.get("metrics", [])
    ]
    if not customizes(things):
        return mode, configured
    present = [metric.number for metric in things.of_kind("metrics")]
    own = [each for each in user.preferences.conditions or () if each[0] in present]
    return user.preferences.evaluation_mode or mode, own or configured


def meets_the_period(things: Things, user: User, frequency: Frequency) -> bool:
    """Whether the event just counted meets a period that was not met yet."""
    if not user.preferences.is_enabled or user.progress.streaks[frequency].met:
        return False
    mode, wanted = conditions(things, user)
    satisfied = [
        satisfies(things, user, frequency, metric, threshold) for metric, threshold in wanted
    ]
    return bool(satisfied) and (all(satisfied) if mode == "AND" else any(satisfied))


def satisfies(
    things: Things, user: User, frequency: Frequency, number: int, threshold: Fraction
) -> bool:
    """Compares the aggregate of the period's events: those that bear a date of it.

    They need no further test but for a reset and for voided ones, since no command comes into a
    period once closed.
    """
    metric = things.by_number[number]
    period = first_day(frequency, user.last_date, things.week_start)
    values = [
        event.value
        for event in events_on(user, metric)
        if first_day(frequency, event.moment.date, things.week_start) == period
        and event.moment.order > user.emptied_by
        and event.voided is None
    ]
    total = aggregate(metric, values)
    return total is not None and total >= threshold
