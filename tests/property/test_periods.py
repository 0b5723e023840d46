"""Days, weeks and months against the standard library's calendar, from 1970 to 2100."""

import calendar
from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.configuration import FREQUENCIES, Frequency, Weekday
from engine.model.identifiers import Day
from engine.model.limits import DAY_MAX
from engine.rules import apply_streaks, periods

EPOCH = date(1970, 1, 1)
FIRST, LAST = EPOCH, date(2100, 12, 31)
WEEK_STARTS: tuple[Weekday, ...] = get_args(Weekday)
EVERY_DAY = [EPOCH + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
GET_DAY = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
"""JavaScript's `Date.getDay`, which the wire counts by."""

dates = st.dates(FIRST, LAST)
week_starts = st.sampled_from(WEEK_STARTS)
frequencies = st.sampled_from(FREQUENCIES)


def day(of: date) -> Day:
    return Day((of - EPOCH).days)


def week_of(of: date, week_start: Weekday) -> date:
    """The last day with the name of the week's first, walked back to."""
    while calendar.day_name[of.weekday()].lower() != week_start:
        of -= timedelta(days=1)
    return of


def test_days_are_named_as_the_calendar_names_them() -> None:
    assert [name.lower() for name in calendar.day_name] == list(WEEK_STARTS)
    assert day(LAST) == DAY_MAX


@pytest.mark.parametrize("week_start", WEEK_STARTS)
def test_every_day_lies_in_its_week_and_its_month(week_start: Weekday) -> None:
    """Every date there is, since they are few; the weeks and months follow without a gap."""
    week = week_of(FIRST, week_start)
    for of in EVERY_DAY:
        if calendar.day_name[of.weekday()].lower() == week_start:
            week = of
        found = periods.starts(day(of), week_start)
        assert found == (day(of), day(week), day(of.replace(day=1)))
        assert 0 <= found.daily - found.weekly < 7


def test_weekdays_are_javascripts() -> None:
    for of in EVERY_DAY:
        assert GET_DAY[periods.weekday(day(of))] == calendar.day_name[of.weekday()]
    # Of dates before 1970 too, which somebody flying west can have.
    assert [periods.weekday(Day(n)) for n in range(-7, 0)] == [4, 5, 6, 0, 1, 2, 3]


def test_days_are_dates() -> None:
    for of in EVERY_DAY:
        assert periods.civil(day(of)) == of


@given(frequencies, dates, week_starts)
def test_a_period_begins_and_ends_where_its_neighbours_do(
    frequency: Frequency, of: date, week_start: Weekday
) -> None:
    first = periods.start(frequency, day(of), week_start)
    last = periods.end(frequency, first)
    assert first <= day(of) <= last
    # All of its days are in it, and the ones beside it are not.
    assert {periods.start(frequency, Day(n), week_start) for n in range(first, last + 1)} == {first}
    assert periods.start(frequency, Day(last + 1), week_start) == last + 1
    assert periods.end(frequency, periods.start(frequency, Day(first - 1), week_start)) == first - 1
    match frequency:
        case "daily":
            assert last == first
        case "weekly":
            assert (first, last) == (day(week_of(of, week_start)), first + 6)
        case "monthly":
            length = calendar.monthrange(of.year, of.month)[1]
            assert last == day(of.replace(day=length))


def test_months_have_the_calendars_length() -> None:
    for year in range(1970, 2101):
        for month in range(1, 13):
            first = day(date(year, month, 1))
            length = calendar.monthrange(year, month)[1]
            assert periods.end("monthly", first) == first + length - 1


@given(dates, st.integers(-24, 24))
def test_the_first_of_a_month_is_found_by_walking(of: date, months_later: int) -> None:
    year, month = of.year, of.month
    for _ in range(abs(months_later)):
        month += 1 if months_later > 0 else -1
        if month in (0, 13):
            year, month = (year - 1, 12) if month == 0 else (year + 1, 1)
    assert periods.first_of_month(of, months_later) == day(date(year, month, 1))
    assert periods.first_of_month(of) == day(of.replace(day=1))


@given(dates, week_starts)
def test_what_can_be_restored_begins_where_the_window_does(of: date, week_start: Weekday) -> None:
    today = day(of)
    daily = periods.restorable_from("daily", today, week_start)
    weekly = periods.restorable_from("weekly", today, week_start)
    monthly = periods.restorable_from("monthly", today, week_start)
    assert daily == day(of - timedelta(days=90))
    # The week that contains the first of January of today's year.
    new_year = date(of.year, 1, 1)
    assert weekly == day(week_of(new_year, week_start))
    assert weekly <= day(new_year) < weekly + 7
    assert monthly == day(date(of.year - 1, 1, 1))
    # Each is the first day of a period, and none reaches beyond today's own.
    for frequency, first in zip(FREQUENCIES, (daily, weekly, monthly), strict=True):
        assert periods.start(frequency, first, week_start) == first
        assert first <= periods.start(frequency, today, week_start)
        assert today - first < apply_streaks._LAPSES_KEPT_DAYS, "what can be restored is kept"


@pytest.mark.parametrize("week_start", WEEK_STARTS)
def test_windows_move_forwards_only(week_start: Weekday) -> None:
    for frequency in FREQUENCIES:
        windows = [periods.restorable_from(frequency, day(of), week_start) for of in EVERY_DAY]
        assert all(before <= after for before, after in pairwise(windows))
