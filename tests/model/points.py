"""What is awarded, and what stands in the ledgers (docs/points.md)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import accumulate
from math import ceil, floor, prod

from tests.model.achievements import has_attributes
from tests.model.metrics import events_on, events_that_match, exact, peak
from tests.model.operations import Entry
from tests.model.remembered import Award, Moment, User
from tests.model.streaks import Frequency, first_day
from tests.model.things import Thing, Things

LARGEST_POINTS = 2**53
PERIODS: dict[str, Frequency] = {"day": "daily", "week": "weekly", "month": "monthly"}
HOUR = 3_600_000_000


class Refused(Exception):
    """The command cannot be: nothing has happened."""


# --- Ledgers --------------------------------------------------------------------------------------


def ledger(user: User, system: int) -> list[Award]:
    return [award for award in user.awards if award.system == system]


def total(user: User, system: int) -> int:
    return sum(award.amount for award in ledger(user, system))


def totals(user: User, system: int) -> list[int]:
    """The total after each row."""
    return list(accumulate(award.amount for award in ledger(user, system)))


def level(system: Thing, points: int) -> str | None:
    """The highest level that is not above a total."""
    reached = [each for each in system.entry.get("levels", []) if each["points"] <= points]
    return max(reached, key=lambda each: each["points"])["key"] if reached else None


def end_of_dates(user: User, system: int) -> list[tuple[date, int]]:
    """What the user had at the end of each date on which the ledger got a row.

    No row comes onto an earlier date than the one before it.
    """
    found: dict[date, int] = {}
    last = date.min
    for award, after in zip(ledger(user, system), totals(user, system), strict=True):
        last = max(last, award.moment.date)
        found[last] = after
    return list(found.items())


# --- One award ------------------------------------------------------------------------------------


def boosts_that_apply(
    things: Things, user: User, system: Thing, day: date
) -> list[tuple[str, Fraction, str]]:
    """Whose they are, what they multiply by, and how they round."""
    of_system: list[tuple[str, Entry]] = [
        (boost.key, boost.entry)
        for boost in things.active("boosts")
        if boost.system == system.number and has_attributes(user, boost)
    ]
    of_user: list[tuple[str, Entry]] = [
        (
            f"#{index}",
            {
                "start": own.boost.start,
                "end": own.boost.end,
                "multiplier": own.boost.multiplier,
                "rounding": own.boost.rounding,
            },
        )
        for index, own in enumerate(user.boosts, 1)
        if own.system == system.number and own.boost.is_active and not own.is_deleted
    ]
    return [
        (name, exact(entry["multiplier"]), entry.get("rounding", "down"))
        for name, entry in of_system + of_user
        if entry["start"] <= day and (entry.get("end") is None or day <= entry["end"])
    ]


def rounded(amount: Fraction, roundings: Iterable[str]) -> int:
    """A positive amount, rounded as the strictest of some boosts does."""
    if "down" in roundings:
        return floor(amount)
    if "nearest" in roundings:
        return floor(amount + Fraction(1, 2))
    return ceil(amount)


def left_of_cap(things: Things, user: User, trigger: Thing, day: date) -> int:
    """What a trigger may still award within the period, by what it did since it has the cap."""
    cap = trigger.entry["cap"]

    def period(of: date) -> date:
        return first_day(PERIODS[cap["period"]], of, things.week_start)

    awarded = [
        award.amount
        for award in user.awards
        if award.trigger == trigger.number
        and award.moment.order > trigger.capped_since
        and period(award.moment.date) == period(day)
    ]
    return max(0, cap["points"] - sum(awarded))


def add_row(user: User, award: Award) -> bool:
    """Adds a row, and says whether there is one; none of nothing."""
    before = total(user, award.system)
    if abs(before + award.amount) > LARGEST_POINTS:
        assert not award.moment.is_due, "histories are too small for that"
        raise Refused
    if award.amount == 0:
        return False
    user.awards.append(award)
    return True


def room(system: Thing, user: User) -> int | None:
    """How much more the user may get; None if there is no maximum."""
    most = system.entry.get("maxPoints")
    return None if most is None else max(0, most - total(user, system.number))


def award(things: Things, user: User, trigger: Thing, base_amount: int, moment: Moment) -> bool:
    """Boosts, rounds and clips; adds a row if anything is left, and says so."""
    system = things.by_number[trigger.system]
    amount = base_amount
    boosts: list[tuple[str, Fraction, str]] = []
    if base_amount > 0:
        boosts = boosts_that_apply(things, user, system, moment.date)
        exactly = base_amount * prod((by for _, by, _ in boosts), start=Fraction(1))
        amount = rounded(exactly, [rounding for _, _, rounding in boosts])
        if "cap" in trigger.entry:
            amount = min(amount, left_of_cap(things, user, trigger, moment.date))
        most = room(system, user)
        if most is not None:
            amount = min(amount, most)
    by = tuple((name, multiplier) for name, multiplier, _ in boosts)
    source = trigger.entry["type"]
    row = Award(moment, system.number, trigger.number, source, amount, base_amount, by)
    return add_row(user, row)


# --- Triggers -------------------------------------------------------------------------------------


def triggers(things: Things, user: User, **fields: object) -> list[Thing]:
    """The active ones that ask for nothing that the user has not, by system and then by age."""
    found = [each for each in things.active("triggers", **fields) if has_attributes(user, each)]
    return sorted(found, key=lambda trigger: (trigger.system, trigger.number))


def award_creation(things: Things, user: User, moment: Moment) -> None:
    for trigger in triggers(things, user, type="user_creation"):
        award(things, user, trigger, trigger.entry["points"], moment)


def award_crossings(things: Things, user: User, metric: Thing, moment: Moment) -> list[Thing]:
    """For each multiple that the highest total rises over with the event, which is the last one.

    Returns:
        The triggers that took points away.
    """
    fired: list[Thing] = []
    for trigger in triggers(things, user, type="metric", metricKey=metric.key):
        asked = things.event_filter(trigger.entry)
        events = (
            events_on(user, metric) if asked is None else events_that_match(user, asked, things)
        )
        earlier = [event for event in events if event.moment.order < moment.order]
        threshold = exact(trigger.entry["metricThreshold"])
        crossings = floor(peak(metric, events) / threshold)
        crossings -= floor(peak(metric, earlier) / threshold)
        base_amount = crossings * trigger.entry["points"]
        if crossings and award(things, user, trigger, base_amount, moment) and base_amount < 0:
            fired.append(trigger)
    return fired


def award_streak(things: Things, user: User, moment: Moment) -> None:
    """For the length that the streak has just got by a met period."""
    length = user.progress.streaks[things.frequency].length
    for trigger in triggers(things, user, type="streak"):
        if length % trigger.entry["streakLength"] == 0:
            award(things, user, trigger, trigger.entry["points"], moment)


def award_completions(
    things: Things, user: User, completed: Iterable[Thing], moment: Moment
) -> None:
    """For live completions, in their order."""
    for achievement in completed:
        if user.completions[achievement.number].is_backdated:
            continue
        for trigger in triggers(things, user, type="achievement"):
            meant = things.number("achievements", trigger.entry["achievementKey"])
            if meant == achievement.number:
                award(things, user, trigger, trigger.entry["points"], moment)


def interval(trigger: Thing) -> int:
    """How long an interval of a time trigger is; a day has 24 hours."""
    hours = {"hours": 1, "days": 24}[trigger.entry["timeUnit"]]
    return trigger.entry["timeInterval"] * hours * HOUR


def ends_of_intervals(user: User, trigger: Thing, since: int, upto: int) -> list[int]:
    """When intervals end, later than one instant and up to another."""
    length = interval(trigger)
    n = max(1, (since - user.made_at) // length + 1)
    ends: list[int] = []
    while user.made_at + n * length <= upto:
        ends.append(user.made_at + n * length)
        n += 1
    return ends


def check_blocks(things: Things, user: User, fired: Iterable[Thing]) -> None:
    """Refuses an event on which a blocking trigger took points and that leaves a debt."""
    for trigger in fired:
        if trigger.entry.get("blockIfOutOfPoints") and total(user, trigger.system) < 0:
            raise Refused


# --- By hand --------------------------------------------------------------------------------------


def award_by_hand(things: Things, user: User, system: Thing, amount: int, moment: Moment) -> None:
    """Not boosted; clipped to the maximum, and refused if nothing is left."""
    if amount == 0 or things.is_over(system):
        raise Refused
    most = room(system, user)
    given = amount if amount < 0 or most is None else min(amount, most)
    if given == 0:
        raise Refused
    add_row(user, Award(moment, system.number, 0, "direct", given, amount))


def take_back(things: Things, user: User, order: int, moment: Moment) -> None:
    """One row a system for all that an event caused, except by making the user."""
    for system in things.of_kind("points"):
        if system.is_archived:
            continue
        back = 0
        for place, award in enumerate(user.awards):
            if award.system != system.number or award.moment.order != order:
                continue
            if award.source != "user_creation":
                user.awards[place] = replace(award, voided=moment)
                back -= award.amount
        add_row(user, Award(moment, system.number, 0, "voided_event", back, back))
