"""Local dates, periods, and what time alone does to a user: the half of the oracle without a scope.

Everything here is a value: bringing a user up to an instant makes another `Progress`, and a reader
can make one and throw it away (SPEC 2.7). Nothing is indexed or worked out in advance. Midnights
are found by walking through UTC, periods day by day, balances by adding up ledgers.

The rules are those of docs/streaks.md. A user's three streaks know nothing of each other; what they
share are the freezes, which the one on the configured frequency uses up, and the local date.
"""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

Frequency = Literal["daily", "weekly", "monthly"]
Outcome = Literal["extended", "frozen", "paused", "day_off", "skipped", "broken"]
Reason = Literal["initial_grant", "accumulation", "manual", "consumed"]

# Also the order in which their periods close at one instant.
FREQUENCIES: tuple[Frequency, ...] = ("daily", "weekly", "monthly")
# As `date.weekday` counts them.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)

# SPEC 2.4: at most one unmet change of zone in so many local days is forgiven.
FORGIVEN_DAYS = 7
# SPEC 5.7: how long before today a day may lie whose length is restored.
RESTORED_DAYS = 90


# --- Local dates (SPEC 2.3) -----------------------------------------------------------------------


@cache
def zone_data(name: str) -> ZoneInfo:
    """The zone from the tzdata package, whatever files the machine has."""
    resource = importlib.resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
    with resource.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_exists(name: str) -> bool:
    try:
        zone_data(name)
    except (OSError, ValueError):
        return False
    return True


def wall_date(zone: str, second: int) -> date:
    """What a calendar on the wall shows at a second of UTC; it can go backwards."""
    return datetime.fromtimestamp(second, zone_data(zone)).date()


@cache
def day_end(zone: str, day: date) -> int:
    """The first instant after the last one whose wall date is not later than `day`.

    The walk starts long after the day is over everywhere on earth and goes back in steps of ten
    minutes; then over the last of these again in smaller ones: clocks are set at whole seconds. No
    place ever went back to an earlier date for less than ten minutes.
    """
    next_day = int((datetime(day.year, day.month, day.day, tzinfo=UTC) + ONE_DAY).timestamp())
    second = next_day + 16 * 3600
    for step in (600, 20, 1):
        while wall_date(zone, second) > day:
            second -= step
        assert second > next_day - 16 * 3600
        second += step
    return second * SECOND


def local_date(zone: str, at: int) -> date:
    """The earliest date whose day is not over; unlike the wall date it never goes backwards."""
    day = (EPOCH + timedelta(microseconds=at)).date() - 2 * ONE_DAY
    while day_end(zone, day) <= at:
        day += ONE_DAY
    return day


def has_an_instant(zone: str, first: date, last: date | None = None) -> bool:
    """False for the dates that a place jumped over, such as 30 December 2011 in Apia."""
    return day_end(zone, first - ONE_DAY) < day_end(zone, last or first)


def is_over_somewhere(day: date, at: int) -> bool:
    """Whether the day is over where dates are seen first, at UTC+14.

    Otherwise it is over for nobody, wherever they are and have been.
    """
    return (EPOCH + timedelta(microseconds=at, hours=14)).date() > day


# --- Periods --------------------------------------------------------------------------------------
# A period is named by its first day, whether or not the place has that day.


def first_day(frequency: Frequency, day: date, week_start: str) -> date:
    """The period in which a date lies."""
    match frequency:
        case "daily":
            return day
        case "weekly":
            while WEEKDAYS[day.weekday()] != week_start:
                day -= ONE_DAY
            return day
        case "monthly":
            return day.replace(day=1)


@cache
def last_day(frequency: Frequency, period: date) -> date:
    match frequency:
        case "daily":
            return period
        case "weekly":
            return period + 6 * ONE_DAY
        case "monthly":
            day = period
            while (day + ONE_DAY).month == period.month:
                day += ONE_DAY
            return day


def period_after(frequency: Frequency, period: date, zone: str) -> date:
    """The next period that the zone has: a date that a place jumped over is none."""
    period = last_day(frequency, period) + ONE_DAY
    while not has_an_instant(zone, period, last_day(frequency, period)):
        period = last_day(frequency, period) + ONE_DAY
    return period


def restore_window(frequency: Frequency, today: date, week_start: str) -> date:
    """Lengths of periods that begin on this date or later can be restored (SPEC 5.7)."""
    match frequency:
        case "daily":
            return today - RESTORED_DAYS * ONE_DAY
        case "weekly":
            return first_day("weekly", date(today.year, 1, 1), week_start)
        case "monthly":
            return date(today.year - 1, 1, 1)


# --- What is remembered ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One closed period. `started` is that of its streak, None if this is where it broke."""

    period: date
    end: date
    length: int
    outcome: Outcome
    closed_at: int
    started: date | None


@dataclass(frozen=True)
class Streak:
    """Where a streak stands. `period` is the open period, None when no streak is running."""

    length: int = 0
    longest: int = 0
    started: date | None = None
    period: date | None = None
    met: bool = False
    # When the present length was reached or restored, and the number of that operation.
    set_at: int = 0
    set_order: int = 0
    # The first day of the period that the last forgiven change of zone led to, whichever streak of
    # this frequency it saved.
    forgiven_on: date | None = None
    # The period after the last one that was closed: what is closed does not come again.
    resumes_on: date = date.min
    rows: tuple[Row, ...] = ()
    # How many of the rows are older than the last reset.
    rows_before_reset: int = 0


@dataclass(frozen=True)
class FreezeRow:
    """One row of the freeze ledger. `date`: the period that was kept, or the date that earned."""

    reason: Reason
    amount: int
    balance: int
    date: date | None
    at: int


@dataclass(frozen=True)
class Pause:
    start: date
    end: date
    is_deleted: bool = False


@dataclass(frozen=True)
class Progress:
    """All of a user that midnights change."""

    streaks: Mapping[Frequency, Streak] = field(
        default_factory=lambda: {frequency: Streak() for frequency in FREQUENCIES}
    )
    freezes: tuple[FreezeRow, ...] = ()

    @property
    def balance(self) -> int:
        return sum(row.amount for row in self.freezes)

    def with_streak(self, frequency: Frequency, streak: Streak) -> "Progress":
        return replace(self, streaks={**self.streaks, frequency: streak})

    def with_freezes(self, reason: Reason, amount: int, day: date | None, at: int) -> "Progress":
        row = FreezeRow(reason, amount, self.balance + amount, day, at)
        return replace(self, freezes=(*self.freezes, row))


@dataclass(frozen=True)
class InForce:
    """The settings that decide what happens to a user when time passes."""

    frequency: Frequency
    week_start: str
    zone: str
    # Weekdays, 0 is Sunday; the user's own or the configured ones, none unless configured is daily.
    days_off: tuple[int, ...]
    # Those not deleted.
    pauses: tuple[Pause, ...]
    # `freezes` of the document, None if switched off.
    freezes: Mapping[str, Any] | None
    is_enabled: bool
    made_on: date


# --- Freezes (SPEC 5.5) ---------------------------------------------------------------------------


def granted(
    progress: Progress,
    force: InForce,
    reason: Reason,
    amount: int,
    *,
    at: int,
    day: date | None = None,
) -> Progress:
    """The progress after a grant, of which only what there is room for is given."""
    assert force.freezes is not None
    given = min(amount, force.freezes["maxCount"] - progress.balance)
    if given <= 0:
        return progress
    progress = progress.with_freezes(reason, given, day, at)
    assert progress.balance <= force.freezes["maxCount"]
    return progress


def earning_dates(force: InForce, after: date, upto: date) -> list[date]:
    """The dates from the one after `after` up to `upto` whose beginning earns freezes."""
    if force.freezes is None or not force.is_enabled:
        return []
    interval = force.freezes.get("autoEarnInterval")
    if interval is None:
        return []
    days = [after + n * ONE_DAY for n in range(1, (upto - after).days + 1)]
    return [
        day for day in days if day > force.made_on and (day - force.made_on).days % interval == 0
    ]


def earned(progress: Progress, force: InForce, day: date, at: int) -> Progress:
    """The progress after the beginning of a date that earns; no date earns twice."""
    assert force.freezes is not None
    earned_before = [row.date for row in progress.freezes if row.reason == "accumulation"]
    if any(before is not None and before >= day for before in earned_before):
        return progress
    amount = force.freezes["autoEarnAmount"]
    return granted(progress, force, "accumulation", amount, at=at, day=day)


# --- Closing periods (SPEC 2.4, 2.5, 5) -----------------------------------------------------------


def keeps(force: InForce, frequency: Frequency, period: date) -> Outcome | None:
    """What keeps an unmet period's length and costs nothing: a day off or a pause."""
    # `weekday` counts from Monday, days off from Sunday.
    if frequency == "daily" and (period.weekday() + 1) % 7 in force.days_off:
        return "day_off"
    end = last_day(frequency, period)
    if any(pause.start <= end and pause.end >= period for pause in force.pauses):
        return "paused"
    return None


def closed(
    progress: Progress, frequency: Frequency, force: InForce, at: int, *, forgiven: bool = False
) -> Progress:
    """The progress after the open period of a running streak got its row.

    A broken streak is over. Otherwise the caller opens another period. `forgiven`: an unmet one
    that nothing else keeps is skipped.
    """
    streak = progress.streaks[frequency]
    period = streak.period
    assert period is not None
    outcome: Outcome
    if streak.met:
        outcome = "extended"
    elif kept := keeps(force, frequency, period):
        outcome = kept
    elif forgiven:
        outcome = "skipped"
    elif frequency == force.frequency and force.freezes is not None and progress.balance > 0:
        outcome = "frozen"
    else:
        outcome = "broken"
        streak = replace(streak, length=0, started=None, period=None)
    end = last_day(frequency, period)
    row = Row(period, end, streak.length, outcome, at, streak.started)
    streak = replace(streak, met=False, rows=(*streak.rows, row))
    progress = progress.with_streak(frequency, streak)
    if outcome == "frozen":
        progress = progress.with_freezes("consumed", -1, period, at)
    return progress


def closed_at_midnight(
    progress: Progress, frequency: Frequency, force: InForce, midnight: int
) -> Progress:
    """The progress after a period that is over, with the next one open if the streak goes on."""
    progress = closed(progress, frequency, force, midnight)
    streak = progress.streaks[frequency]
    following = first_day(frequency, local_date(force.zone, midnight), force.week_start)
    if streak.period is not None:
        streak = replace(streak, period=following)
    return progress.with_streak(frequency, replace(streak, resumes_on=following))


def brought_up(progress: Progress, force: InForce, since: int, at: int) -> Progress:
    """The progress after all midnights later than `since`, up to and including `at`.

    At one of them periods are closed before freezes are earned.
    """
    earnings = earning_dates(force, local_date(force.zone, since), local_date(force.zone, at))
    while True:
        midnights = [
            (day_end(force.zone, last_day(frequency, streak.period)), place)
            for place, frequency in enumerate(FREQUENCIES)
            if (streak := progress.streaks[frequency]).period is not None
        ]
        if earnings:
            midnights.append((day_end(force.zone, earnings[0] - ONE_DAY), len(FREQUENCIES)))
        if not midnights or min(midnights)[0] > at:
            return progress
        midnight, place = min(midnights)
        if place == len(FREQUENCIES):
            progress = earned(progress, force, earnings.pop(0), midnight)
        else:
            progress = closed_at_midnight(progress, FREQUENCIES[place], force, midnight)


def moved(progress: Progress, frequency: Frequency, force: InForce, day: date, at: int) -> Progress:
    """The progress after a command that came in the zone in force on this date (SPEC 2.4).

    Without a change of the zone in effect, or if the open period is still open in the new zone, the
    date lies in the open period and nothing closes.
    """
    streak = progress.streaks[frequency]
    target = first_day(frequency, day, force.week_start)
    before = streak.forgiven_on
    forgiven = before is None or target >= before + FORGIVEN_DAYS * ONE_DAY
    while streak.period is not None and streak.period != target:
        assert streak.period < target
        period = streak.period
        progress = closed(progress, frequency, force, at, forgiven=forgiven)
        streak = progress.streaks[frequency]
        if streak.rows[-1].outcome == "skipped":
            streak = replace(streak, forgiven_on=target)
        if streak.period is not None:
            streak = replace(streak, period=period_after(frequency, period, force.zone))
        progress = progress.with_streak(frequency, streak)
    return progress


def extended(streak: Streak, period: date, at: int, order: int) -> Streak:
    """The streak after an event met the period; with no streak running, one starts with it."""
    length = streak.length + 1
    return replace(
        streak,
        length=length,
        longest=max(length, streak.longest),
        started=period if streak.period is None else streak.started,
        period=period,
        met=True,
        set_at=at,
        set_order=order,
    )


def ended(streak: Streak) -> Streak:
    """The streak after it was ended from outside: no period of it is closed by that."""
    return replace(streak, length=0, started=None, period=None, met=False)


def to_restore(streak: Streak, window: date) -> Row | None:
    """The row whose length a restore gives back; of equal lengths the one of the later period."""
    rows = [row for row in streak.rows[streak.rows_before_reset :] if row.period >= window]
    if not rows:
        return None
    best = max(rows, key=lambda row: (row.length, row.period))
    return best if best.length > streak.length else None


def expires(streak: Streak, frequency: Frequency, force: InForce) -> date | None:
    """The last date on which the streak can still be saved."""
    if streak.period is None:
        return None
    period = streak.period
    if streak.met:
        period = period_after(frequency, period, force.zone)
    while keeps(force, frequency, period):
        period = period_after(frequency, period, force.zone)
    return last_day(frequency, period)
