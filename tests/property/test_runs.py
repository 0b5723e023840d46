"""When a board's runs are: arithmetic against a walk from date to date."""

from calendar import monthrange
from datetime import date, timedelta
from typing import get_args

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.configuration import runs
from engine.configuration.resolver import date_of, day_of
from engine.model.configuration import EndedRun, Leaderboard, RunUnit
from engine.model.identifiers import DAY_US, HOUR_US, Day, Instant, Ordinal
from engine.model.limits import DAY_MAX

WALK_DAYS = 1_500
"""How far a walk goes."""

late_starts = st.builds(
    lambda year, month, day: date(year, month, min(day, monthrange(year, month)[1])),
    st.integers(1970, 2100),
    st.integers(1, 12),
    st.integers(28, 31),
)
starts = st.one_of(
    late_starts,
    st.sampled_from((date(2024, 2, 29), date(2096, 2, 29), date(2023, 12, 31), date(1970, 1, 1))),
    st.dates(date(1970, 1, 1), date(2100, 12, 31)),
)


def board_of(
    unit: RunUnit | None = None,
    interval: int = 1,
    start: date = date(2024, 2, 29),
    **fields: object,
) -> Leaderboard:
    return replace(
        Leaderboard(Ordinal(1), "b", "B", "metric", metric=Ordinal(1), run=3),
        run_unit=unit,
        run_interval=interval,
        start=day_of(start),
        start_given=True,
        **fields,
    )


def months_after(start: date, months: int) -> date:
    """The same day so many months on, or the last one of a month that is too short."""
    month, year = start.month, start.year
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = start.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def first_days(unit: RunUnit, interval: int, start: date, until: date) -> list[date]:
    """Walk over the first days of runs, to the first one after a date."""
    firsts = [start]
    while firsts[-1] <= until:
        count = len(firsts) * interval
        match unit:
            case "day":
                firsts.append(start + timedelta(days=count))
            case "week":
                firsts.append(start + timedelta(weeks=count))
            case "month":
                firsts.append(months_after(start, count))
            case "year":
                firsts.append(months_after(start, 12 * count))
    return firsts


@st.composite
def boards(draw: st.DrawFn) -> Leaderboard:
    unit: RunUnit = draw(st.sampled_from(get_args(RunUnit)))
    interval = draw(st.one_of(st.integers(1, 5), st.integers(1, 40)))
    start = draw(starts)
    end = draw(st.none() | st.integers(0, WALK_DAYS).map(lambda n: Day(day_of(start) + n)))
    return board_of(unit, interval, start, end=end)


@given(boards())
@example(board_of("month", 1, date(2024, 1, 31)))
@example(board_of("month", 1, date(2023, 1, 29)))
@example(board_of("month", 13, date(2023, 11, 30)))
@example(board_of("year", 1, date(2024, 2, 29)))
@example(board_of("year", 4, date(2096, 2, 29)))
def test_every_date_is_in_the_run_that_a_walk_finds(board: Leaderboard) -> None:
    assert board.run_unit is not None
    start = date_of(board.start)
    until = start + timedelta(days=WALK_DAYS)
    firsts = first_days(board.run_unit, board.run_interval, start, until)
    number = 0
    for day in (Day(board.start + n) for n in range(-3, WALK_DAYS)):
        run = runs.run_on(board, day)
        if day < board.start or (board.end is not None and day > board.end):
            assert run is None
            continue
        while day >= day_of(firsts[number + 1]):
            number += 1
        first, last = day_of(firsts[number]), day_of(firsts[number + 1]) - 1
        last = last if board.end is None else min(last, board.end)
        assert run is not None
        assert runs.dates_of(board, run) == (first, last)
        assert runs.activation_of(run) == board.run
        assert run == (board.run << 24) + first


@given(boards(), st.integers(0, WALK_DAYS))
def test_runs_follow_each_other_without_gap_and_overlap(board: Leaderboard, days: int) -> None:
    run = runs.run_on(board, Day(board.start + days))
    if run is None:
        assert board.end is not None
        assert board.start + days > board.end
        return
    first, last = runs.dates_of(board, run)
    assert last is not None
    assert first <= board.start + days <= last
    assert {runs.run_on(board, day) for day in (first, Day((first + last) // 2), last)} == {run}
    after = runs.run_on(board, Day(last + 1))
    if board.end is None or last < board.end:
        assert after is not None
        assert runs.dates_of(board, after).first == last + 1
    else:
        assert after is None
    if first > board.start:
        before = runs.run_on(board, Day(first - 1))
        assert before is not None
        assert before != run
        assert runs.dates_of(board, before).last == first - 1


@given(boards(), st.integers(0, WALK_DAYS), st.integers(-12, 14), st.integers(0, DAY_US - 1))
def test_a_run_is_live_while_it_is_one_of_its_dates_anywhere(
    board: Leaderboard, days: int, hours_ahead: int, time: int
) -> None:
    """From the first zone (14 hours ahead of UTC) to the last one (12 behind)."""
    day = Day(board.start + days)
    run = runs.run_on(board, day)
    if run is None:
        return
    dates = runs.dates_of(board, run)
    assert dates.last is not None
    over = runs.over_at(board, run)
    assert over is not None
    assert runs.opens_at(dates.first) == dates.first * DAY_US - 14 * HOUR_US
    assert over == (dates.last + 1) * DAY_US + 12 * HOUR_US
    now = Instant(day * DAY_US + time - hours_ahead * HOUR_US)
    assert runs.opens_at(dates.first) <= now < over
    assert not runs.is_over(board, run, now)
    assert not runs.is_over(board, run, Instant(over - 1))
    assert runs.is_over(board, run, over)


@given(boards())
def test_of_a_daily_board_three_runs_are_live_at_most(board: Leaderboard) -> None:
    """And never more than two where runs are longer than a day."""
    noon = Instant((board.start + 40) * DAY_US + 11 * HOUR_US)
    days = (Day(board.start + 40 + n) for n in range(-3, 4))
    live = {
        run
        for day in days
        if (run := runs.run_on(board, day)) is not None
        and runs.opens_at(runs.dates_of(board, run).first) <= noon
        and not runs.is_over(board, run, noon)
    }
    daily = board.run_unit == "day" and board.run_interval == 1
    assert len(live) <= (3 if daily else 2)


@given(boards(), st.integers(0, WALK_DAYS))
def test_a_run_that_was_ended_is_over_and_takes_nothing(board: Leaderboard, days: int) -> None:
    day = Day(board.start + days)
    run = runs.run_on(board, day)
    if run is None:
        return
    ended = replace(board, ended=(EndedRun(run, Instant(0)),))
    first, last = runs.dates_of(ended, run)
    assert last is not None
    assert all(runs.run_on(ended, each) is None for each in (first, day, last))
    assert runs.is_over(ended, run, Instant(0))
    following = runs.run_on(board, Day(last + 1))
    assert runs.run_on(ended, Day(last + 1)) == following
    # Of another activation it was another run.
    again = replace(ended, run=board.run + 1)
    assert runs.run_on(again, day) not in (None, run)
    assert runs.is_over(again, run, Instant(0))


@given(boards(), st.integers(0, WALK_DAYS), st.integers(-2 * DAY_US, 2 * DAY_US))
def test_a_run_is_over_by_hand_or_by_its_dates_whichever_is_first(
    board: Leaderboard, days: int, after: int
) -> None:
    run = runs.run_on(board, Day(board.start + days))
    if run is None:
        return
    by_dates = runs.over_at(board, run)
    assert by_dates is not None
    by_hand = Instant(by_dates + after)
    following = runs.run_on(board, Day(board.start + days + 1))
    finished = replace(board, status="finished", finished_at=by_hand)
    for other in (replace(board, ended=(EndedRun(run, by_hand),)), finished):
        over = min(by_dates, by_hand)
        assert runs.over_at(other, run) == over
        assert not runs.is_over(other, run, Instant(over - 1))
        assert runs.is_over(other, run, over)
        assert runs.ended_at(other, run) == by_hand
        assert runs.is_over(replace(other, status="inactive"), run, Instant(over - 1))
    # To end a run is nothing to another one; to finish the board ends all of them.
    if following not in (None, run):
        ended = replace(board, ended=(EndedRun(run, by_hand),))
        assert runs.over_at(ended, following) == runs.over_at(board, following)
        then = runs.over_at(finished, following)
        assert then is not None
        assert then <= by_hand


@given(st.sampled_from(get_args(RunUnit)), st.integers(1, 1_000), st.integers(0, DAY_MAX))
def test_the_latest_dates_have_runs(unit: RunUnit, interval: int, start: int) -> None:
    """No date that can come up lies beyond the calendar."""
    board = board_of(unit, interval, date_of(Day(start)))
    run = runs.run_on(board, Day(DAY_MAX + 1))
    assert run is not None
    first, last = runs.dates_of(board, run)
    assert last is not None
    assert start <= first <= DAY_MAX + 1 <= last
    assert runs.over_at(board, run) is not None


@given(st.integers(0, 1_439), st.none() | st.integers(0, 1_439), st.none() | st.integers(0, 1_439))
def test_a_window_may_wrap_over_midnight(minute: int, start: int | None, end: int | None) -> None:
    if (start or 0) == end:  # refused
        return
    board = board_of(start_minute=start, end_minute=end)
    inside, now = set[int](), start or 0
    while True:
        inside.add(now)
        now = (now + 1) % 1_440
        if now == (end or 0):
            break
    assert runs.is_within_window(board, minute) == (minute in inside)
    assert runs.has_window(board) == (start is not None or end is not None)
    assert runs.is_counting(board) == runs.has_window(board)


def test_a_perpetual_board_has_one_run() -> None:
    total = board_of()
    assert runs.run_on(total, Day(0)) == runs.run_on(total, Day(DAY_MAX)) == 3
    assert runs.activation_of(3) == 3
    assert runs.dates_of(total, 3) == (total.start, None)
    assert runs.over_at(total, 3) is None
    assert not runs.keeps_values(total)
    window = board_of(start_minute=60)
    assert runs.run_on(window, Day(window.start - 1)) is None
    assert runs.run_on(window, window.start) == 3
    assert runs.keeps_values(window)
    ending = board_of(end=total.start)
    assert (runs.run_on(ending, total.start), runs.run_on(ending, Day(total.start + 1))) == (
        3,
        None,
    )
    assert runs.keeps_values(ending)
    # It is over by its end, if it has one, or when it is finished by hand.
    by_end = runs.over_at(ending, 3)
    assert by_end is not None
    for board, by_hand, over in (
        (total, by_end, by_end),
        (ending, by_end - 1, by_end - 1),
        (ending, by_end + 1, by_end),
    ):
        finished = replace(board, status="finished", finished_at=Instant(by_hand))
        assert runs.over_at(finished, 3) == over
        assert runs.run_on(finished, total.start) is None


def test_what_a_board_is_shown_as() -> None:
    start = day_of(date(2024, 2, 29))
    opens, over = runs.opens_at(start), Instant((start + 11) * DAY_US + 12 * HOUR_US)
    last = Day(start + 10)
    for board in (board_of("day", end=last), board_of(end_minute=60, end=last)):
        assert runs.shown_status(board, Instant(opens - 1)) == "scheduled"
        assert runs.shown_status(board, opens) == "active"
        assert runs.shown_status(board, Instant(over - 1)) == "active"
        assert runs.shown_status(board, over) == "finished"
    # A total board opens by a step, which may come late.
    waiting = board_of(opened=False)
    assert runs.shown_status(waiting, opens) == "scheduled"
    assert runs.run_on(waiting, start) is None
    assert runs.shown_status(board_of(), Instant(opens - 1)) == "active"
    for status in ("inactive", "finished"):
        assert runs.shown_status(board_of(status=status), opens) == status
        assert runs.run_on(board_of("day", status=status), start) is None
        assert runs.is_over(board_of(status=status), 3, Instant(0))
