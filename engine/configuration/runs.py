"""When a board's runs are: arithmetic on local dates and instants (SPEC 8.2, 8.7).

    opens          first day                      last day          over
    10:00 UTC  ───┬──────────────────────────────────────┬───  12:00 UTC
    the day before│ local dates of this run              │     the day after

Somewhere on earth a local date begins 14 hours before it does in UTC, and elsewhere it ends 12
hours after. So a run is live for longer than its dates, and of a daily board three are at once.

A run is known by a number. Of a repeating board it names the activation and the run's first date,
of a perpetual one, which has a single run, the activation alone.
"""

from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, assert_never

from engine.model.configuration import DAYS_OF_A_WEEK, Leaderboard, RunUnit
from engine.model.identifiers import DAY_US, HOUR_US, Day, Instant

_ACTIVATION_SHIFT = 24
"""Bits for a run's first date: until the year 47,000."""
_FIRST_MASK = (1 << _ACTIVATION_SHIFT) - 1
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_OPENS_BEFORE_US = 14 * HOUR_US
_OVER_AFTER_US = 12 * HOUR_US

ShownStatus = Literal["inactive", "scheduled", "active", "finished"]


class Dates(NamedTuple):
    """The local dates of a run, both included; `last` is None of a run without end."""

    first: Day
    last: Day | None


def is_counting(board: Leaderboard) -> bool:
    """Tell whether a board ranks what counted in a run, not what users have in all."""
    return board.run_unit is not None or has_window(board)


def has_window(board: Leaderboard) -> bool:
    """Tell whether only some hours of the day count."""
    return board.start_minute is not None or board.end_minute is not None


def keeps_values(board: Leaderboard) -> bool:
    """Tell whether users keep a value of their own for each run of a board.

    Where they do not, what they have in all is the value.
    """
    return is_counting(board) or board.end is not None


def is_within_window(board: Leaderboard, minute: int) -> bool:
    """Tell whether a minute of the local day is one that counts (SPEC 8.1)."""
    start, end = board.start_minute or 0, board.end_minute
    if end is None:
        return minute >= start
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end


def run_on(board: Leaderboard, day: Day) -> int | None:
    """Return the run for which a local date counts, None if it counts for none."""
    if board.status != "active" or not board.opened:
        return None
    run = run_including(board, day)
    return None if run is None or ended_at(board, run) is not None else run


def run_including(board: Leaderboard, day: Day) -> int | None:
    """Return the run of the present activation that a local date lies in, None for none."""
    if board.end is not None and day > board.end:
        return None
    if day < board.start and is_counting(board):
        return None
    if board.run_unit is None:
        return board.run
    first = _first_day(board.start, board.run_unit, board.run_interval, day)
    return (board.run << _ACTIVATION_SHIFT) + first


def activation_of(run: int) -> int:
    """Return the activation of a board that a run belongs to."""
    return run >> _ACTIVATION_SHIFT or run


def dates_of(board: Leaderboard, run: int) -> Dates:
    """Return the local dates of a run of the board's present activation."""
    if board.run_unit is None:
        return Dates(board.start, board.end)
    first = Day(run & _FIRST_MASK)
    following = _first_after(board.start, board.run_unit, board.run_interval, first)
    last = Day(following - 1)
    return Dates(first, last if board.end is None else min(last, board.end))


def over_at(board: Leaderboard, run: int) -> Instant | None:
    """Return when a run is over: from then on nothing acts on it. None for never.

    By its dates, or when an operator ended it, whichever comes first.
    """
    last = dates_of(board, run).last
    by_date = None if last is None else Instant((last + 1) * DAY_US + _OVER_AFTER_US)
    by_hand = ended_at(board, run)
    if by_date is None or by_hand is None:
        return by_hand if by_date is None else by_date
    return min(by_date, by_hand)


def ended_at(board: Leaderboard, run: int) -> Instant | None:
    """Return when an operator ended a run, or finished the board; None if nobody did."""
    if board.status == "finished":
        return board.finished_at
    return next((ended.at for ended in board.ended if ended.run == run), None)


def is_over(board: Leaderboard, run: int, at: Instant) -> bool:
    """Tell whether nothing acts on a run any more, or it is no run of the board at present."""
    if board.status == "inactive" or activation_of(run) != board.run:
        return True
    over = over_at(board, run)
    return over is not None and at >= over


def can_be_over(board: Leaderboard) -> bool:
    """Tell whether a board has runs that end while it is on, or has ended itself."""
    if board.status == "inactive" or not board.opened:
        return False
    return board.run_unit is not None or board.end is not None or board.status == "finished"


def opens_at(first: Day) -> Instant:
    """Return when a run, or a board, is open that begins on a local date."""
    return Instant(first * DAY_US - _OPENS_BEFORE_US)


def shown_status(board: Leaderboard, at: Instant) -> ShownStatus:
    """Return the status of a board as everybody sees it at an instant."""
    if board.status != "active":
        return board.status
    if not board.opened or (is_counting(board) and at < opens_at(board.start)):
        return "scheduled"
    if board.end is not None and at >= (board.end + 1) * DAY_US + _OVER_AFTER_US:
        return "finished"
    return "active"


@lru_cache(maxsize=4_096)
def _first_day(start: Day, unit: RunUnit, interval: int, day: Day) -> Day:
    """Return the first date of the run that a date lies in."""
    step = _days(unit, interval)
    if step is not None:
        return Day(start + (day - start) // step * step)
    months = _months(unit, interval)
    since, of = _civil(start), _civil(day)
    count = ((of.year - since.year) * 12 + of.month - since.month) // months * months
    first = _months_after(since, count)
    return first if first <= day else _months_after(since, count - months)


def _first_after(start: Day, unit: RunUnit, interval: int, first: Day) -> Day:
    """Return the first date of the run that follows the one that begins on a date."""
    step = _days(unit, interval)
    if step is not None:
        return Day(first + step)
    since, of = _civil(start), _civil(first)
    count = (of.year - since.year) * 12 + of.month - since.month
    return _months_after(since, count + _months(unit, interval))


def _days(unit: RunUnit, interval: int) -> int | None:
    match unit:
        case "day":
            return interval
        case "week":
            return interval * DAYS_OF_A_WEEK
        case "month" | "year":
            return None
        case _:
            assert_never(unit)


def _months(unit: RunUnit, interval: int) -> int:
    return interval * (12 if unit == "year" else 1)


def _months_after(since: date, months: int) -> Day:
    """Return the date so many months after another, at most the month's last (SPEC 8.1)."""
    year, month = divmod(since.year * 12 + since.month - 1 + months, 12)
    day = min(since.day, monthrange(year, month + 1)[1])
    return Day(date(year, month + 1, day).toordinal() - _EPOCH_ORDINAL)


def _civil(day: Day) -> date:
    return date.fromordinal(_EPOCH_ORDINAL + day)
