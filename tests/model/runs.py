"""When the runs of a leaderboard are (SPEC 8.1, 8.2): dates, instants and times of the day.

A run holds local dates. As they come at other instants in other zones, it is open from where a date
is seen first until it is over everywhere: from 10:00 UTC on the day before its first one to 12:00
UTC on the day after its last one. So three runs of a daily board are open at once.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from tests.model.operations import Entry
from tests.model.streaks import EPOCH, ONE_DAY, SECOND, WEEKDAYS, zone_data

# A run goes by its first date; the only one of a board that does not repeat goes by this one.
ONLY = date.min


@dataclass(frozen=True)
class Rhythm:
    """Since when a board has runs, and how long each of them is; without a unit there is one."""

    start: date
    unit: str | None
    interval: int

    @property
    def repeats(self) -> bool:
        return self.unit is not None

    def first_of(self, number: int) -> date:
        """The first date of a run, counted from 0; always from the start, so 31 comes back."""
        count = number * self.interval
        match self.unit:
            case "day":
                return self.start + count * ONE_DAY
            case "week":
                return self.start + count * 7 * ONE_DAY
            case "month":
                return months_after(self.start, count)
            case "year":
                return months_after(self.start, 12 * count)
            case _:
                raise AssertionError(self.unit)

    def run_on(self, day: date, end: date | None) -> date | None:
        """The run that a date lies in, None if it lies in none."""
        if end is not None and day > end:
            return None
        if not self.repeats:
            return ONLY
        return None if day < self.start else run_with(self, day)[0]

    def last_of(self, first: date, end: date | None) -> date | None:
        """The last date of a run, if it has one; the last run is cut off where the board ends."""
        if first == ONLY:
            return end
        last = run_with(self, first)[1]
        return last if end is None else min(last, end)


@cache
def run_with(rhythm: Rhythm, day: date) -> tuple[date, date]:
    """The first and the last date of the run that a date lies in, not earlier than the start."""
    # No run is shorter than this guess, so that it may be too high but not too low.
    shortest = {"day": 1, "week": 7, "month": 28, "year": 365}[rhythm.unit or ""]
    number = (day - rhythm.start).days // (shortest * rhythm.interval)
    while rhythm.first_of(number) > day:
        number -= 1
    return rhythm.first_of(number), rhythm.first_of(number + 1) - ONE_DAY


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def opens_at(first: date) -> int:
    """10:00 UTC on the day before."""
    return _instant(first - ONE_DAY, hour=10)


def over_at(last: date) -> int:
    """12:00 UTC on the day after."""
    return _instant(last + ONE_DAY, hour=12)


def _instant(day: date, hour: int) -> int:
    instant = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return (instant - EPOCH) // timedelta(microseconds=1)


def utc_date(at: int) -> date:
    return (EPOCH + timedelta(microseconds=at)).date()


def default_start(entry: Entry, now: int, week_start: str) -> date:
    """Today in UTC. Before a scope's clock runs that is 1 January 1970, of which nobody knows.

    There the weeks of a weekly board begin as those of the scope do.
    """
    day = utc_date(now)
    if now == 0 and entry.get("runUnit") == "week":
        while WEEKDAYS[day.weekday()] != week_start:
            day += ONE_DAY
    return day


def is_within(entry: Entry, zone: str, at: int) -> bool:
    """Whether a clock on the wall shows a time of the day that counts.

    At or after `startTime`, before `endTime`. If the end is earlier it is one of the next morning,
    but the run is still that of the local date.
    """
    wall = datetime.fromtimestamp(at // SECOND, zone_data(zone)).strftime("%H:%M")
    start, end = entry.get("startTime") or "00:00", entry.get("endTime") or "24:00"
    if start < end:
        return start <= wall < end
    return wall >= start or wall < end
