"""Which day, week and month a local date lies in: arithmetic on dates, without any zone (SPEC 2.3).

A period is known by its first day. Days are counted from 1 January 1970, a Thursday.
"""

from datetime import date
from functools import lru_cache
from typing import assert_never, get_args

from engine.model.configuration import DAYS_OF_A_WEEK, FREQUENCIES, Frequency, Weekday
from engine.model.identifiers import Day
from engine.model.user import PeriodStarts, UserState, Waiting

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = _WEEKDAYS.index("thursday")
_EPOCH_WEEKDAY_FROM_SUNDAY = 4


@lru_cache(maxsize=4_096)
def starts(day: Day, week_start: Weekday) -> PeriodStarts:
    """Return the first days of the day, the week and the month that a date lies in."""
    into_week = (day + _EPOCH_WEEKDAY - _WEEKDAYS.index(week_start)) % DAYS_OF_A_WEEK
    into_month = civil(day).day - 1
    return PeriodStarts(day, Day(day - into_week), Day(day - into_month))


def start(frequency: Frequency, day: Day, week_start: Weekday) -> Day:
    """Return the first day of the period that a date lies in."""
    return getattr(starts(day, week_start), frequency)


@lru_cache(maxsize=4_096)
def end(frequency: Frequency, first: Day) -> Day:
    """Return the last day of a period, given its first."""
    match frequency:
        case "daily":
            return first
        case "weekly":
            return Day(first + DAYS_OF_A_WEEK - 1)
        case "monthly":
            return Day(first_of_month(civil(first), months_later=1) - 1)
        case _:
            assert_never(frequency)


def first_to_end(state: UserState) -> tuple[Day, Frequency] | None:
    """Return the last date of the first open period to end, and whose it is; None without one.

    Of those that end on one date the shortest.
    """
    found: tuple[Day, Frequency] | None = None
    for frequency in FREQUENCIES:
        track = state.streaks.get(frequency)
        if track is not None and track.length:
            last = end(frequency, track.period)
            if found is None or last < found[0]:
                found = last, frequency
    return found


def waiting(state: UserState) -> Waiting:
    """Return what decides when something falls due for a user next."""
    first = first_to_end(state)
    freezes = state.freezes
    return Waiting(
        state.zone,
        first[0] if first else None,
        state.preferences.enabled,
        state.created_on,
        freezes.earned,
        freezes.balance,
        state.at,
        state.created_at,
        state.signed_up,
        {system: points.total for system, points in state.points.items()},
    )


def anniversary(signed_up: Day, years: int) -> Day:
    """Return the date so many years after another; 29 February counts as 1 March (SPEC 3.4)."""
    since = civil(signed_up)
    if (since.month, since.day) == (2, 29):
        since = date(since.year, 3, 1)
    return day_of(date(since.year + years, since.month, since.day))


def weekday(day: Day) -> int:
    """Return the weekday as the wire counts it: 0 is Sunday, 6 Saturday."""
    return (day + _EPOCH_WEEKDAY_FROM_SUNDAY) % DAYS_OF_A_WEEK


def restorable_from(frequency: Frequency, today: Day, week_start: Weekday) -> Day:
    """Return the first day of the oldest period whose length a restore gives back (SPEC 5.7)."""
    year = civil(today).year
    match frequency:
        case "daily":
            return Day(today - 90)
        case "weekly":
            return starts(day_of(date(year, 1, 1)), week_start).weekly
        case "monthly":
            return day_of(date(year - 1, 1, 1))
        case _:
            assert_never(frequency)


def civil(day: Day) -> date:
    """Return a local date as the standard library's."""
    return date.fromordinal(_EPOCH_ORDINAL + day)


def first_of_month(of: date, months_later: int = 0) -> Day:
    """Return the first day of a date's month, or of a later one."""
    months = of.year * 12 + of.month - 1 + months_later
    return day_of(date(months // 12, months % 12 + 1, 1))


def day_of(of: date) -> Day:
    """Return the standard library's date as a local date; `civil` is the way back."""
    return Day(of.toordinal() - _EPOCH_ORDINAL)
