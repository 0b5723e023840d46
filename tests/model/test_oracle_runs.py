"""Examples of runs of leaderboards, worked out by hand: see tests/model/examples.py.

Which date counts for which run, when a run is over, and what counts in it. The first of May 2024 is
a Wednesday. Kiritimati is 14 hours ahead of UTC, Pago Pago 11 behind, New York 4 in summer.
"""

from datetime import date
from typing import Any

from tests.model.examples import (
    after,
    at,
    board,
    closed,
    configure,
    crossing,
    daily,
    event,
    live,
    metric,
    play,
    points_board,
    system,
    ticking,
    welcome,
)
from tests.model.operations import AwardPoints, Operation, Pass, Upsert, Void
from tests.model.runs import Rhythm, is_within, over_at

KIRITIMATI, PAGO_PAGO, NEW_YORK = "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"


class TestDates:
    """SPEC 8.2: a run holds local dates."""

    def test_one_date_everywhere_is_a_run_of_fifty_hours(self) -> None:
        """At 10:30 UTC it is half past midnight, half past ten, and half past eleven at night."""
        operations: list[Operation] = [
            configure(leaderboards=[daily()]),
            event("2 10:30", "ann", zone=KIRITIMATI),  # on the 3rd
            event("2 10:30", "bob"),
            event("2 10:30", "cid", zone=PAGO_PAGO),  # on the 1st
            event("2 10:59", "cid"),
        ]
        first, second, third = (
            ("05-01", [["cid", 2]]),
            ("05-02", [["bob", 1]]),
            ("05-03", [["ann", 1]]),
        )
        assert live(*operations) == [first, second, third]
        operations.append(event("2 11:00", "cid", value="5"))  # on the 2nd
        second = "05-02", [["cid", 5], ["bob", 1]]
        assert live(*operations, Pass(at("2 12:00") - 1)) == [first, second, third]
        operations.append(Pass(at("2 12:00")))
        assert live(*operations) == [second, third]
        assert closed(*operations) == [first]
        operations.append(Pass(at("4 12:00")))
        assert live(*operations) == []
        assert closed(*operations) == [first, second, third]

    def test_who_flies_back_over_the_date_line_stays_on_their_date(self) -> None:
        operations = [
            configure(leaderboards=[daily()]),
            event("2 10:30", zone=KIRITIMATI),  # on the 3rd
            event("2 10:40", zone=PAGO_PAGO),  # their clock shows the 1st
            event("3 10:59"),  # and now the 2nd
            event("4 11:00"),  # the 4th is over everywhere but here, where it begins
        ]
        assert live(*operations) == [("05-03", [["ann", 3]]), ("05-04", [["ann", 1]])]

    def test_days_of_23_and_of_25_hours(self) -> None:
        """New York put its clocks forward on 10 March 2024 and back on 3 November."""
        assert live(
            configure("2024-03-01T00:00", leaderboards=[daily()]),
            event("2024-03-10T05:00", zone=NEW_YORK),
            event("2024-03-11T03:59"),
            event("2024-03-11T04:00"),
        ) == [("03-10", [["ann", 2]]), ("03-11", [["ann", 1]])]
        assert live(
            configure("2024-11-01T00:00", leaderboards=[daily()]),
            event("2024-11-03T04:00", zone=NEW_YORK),
            event("2024-11-04T04:59"),
            event("2024-11-04T05:00"),
        ) == [("11-03", [["ann", 2]]), ("11-04", [["ann", 1]])]

    def test_every_other_day_from_the_start(self) -> None:
        ranked = daily(runInterval=2, start=date(2024, 5, 2))
        operations = [
            configure(leaderboards=[ranked]),
            *(event(f"{day} 08:00") for day in (1, 2, 3, 4)),  # the 1st is before the start
        ]
        assert live(*operations) == [("05-02", [["ann", 2]]), ("05-04", [["ann", 1]])]
        assert closed(*operations, Pass(at("4 12:00"))) == [("05-02", [["ann", 2]])]

    def test_weeks_begin_as_the_start_does(self) -> None:
        """The 2nd is a Thursday; so is the 9th."""
        ranked = board(runUnit="week", start=date(2024, 5, 2))
        days = [event(f"{day} 08:00") for day in (1, 2, 8, 9)]
        assert live(configure(leaderboards=[ranked]), *days) == [
            ("05-02", [["ann", 2]]),
            ("05-09", [["ann", 1]]),
        ]

    def test_months_and_years_are_counted_from_the_start(self) -> None:
        months = Rhythm(date(2023, 1, 31), "month", 1)
        firsts = [months.first_of(number) for number in range(4)]
        assert firsts == [date(2023, *each) for each in ((1, 31), (2, 28), (3, 31), (4, 30))]
        assert months.last_of(date(2023, 1, 31), None) == date(2023, 2, 27)
        assert months.last_of(date(2023, 2, 28), None) == date(2023, 3, 30)
        assert months.run_on(date(2023, 2, 28), None) == date(2023, 2, 28)
        years = Rhythm(date(2024, 2, 29), "year", 2)
        assert [years.first_of(number).isoformat() for number in range(3)] == [
            "2024-02-29",
            "2026-02-28",
            "2028-02-29",
        ]

    def test_a_monthly_run(self) -> None:
        ranked = board(runUnit="month", start=date(2024, 3, 31))
        operations = [
            configure("2024-03-01T00:00", leaderboards=[ranked]),
            event("2024-03-30T08:00"),  # before the start
            event("2024-03-31T08:00"),
            event("2024-04-29T08:00"),
            event("2024-04-30T08:00"),
        ]
        assert live(*operations) == [("03-31", [["ann", 2]]), ("04-30", [["ann", 1]])]

    def test_without_a_start_it_is_the_utc_date_of_the_activation(self) -> None:
        """In Pago Pago it is still the 5th when the board is made, which begins on the 6th."""
        operations: list[Operation] = [
            configure(),
            Upsert(at("1 08:00"), "ann", zone=PAGO_PAGO),
            configure("6 08:00", leaderboards=[board(runUnit="week")]),
            event("6 10:59"),
        ]
        assert live(*operations) == []
        operations += [event("6 11:00"), event("13 10:00"), event("13 11:00")]
        assert live(*operations) == [("05-06", [["ann", 2]]), ("05-13", [["ann", 1]])]

    def test_before_the_clock_runs_weeks_begin_as_the_scope_has_them(self) -> None:
        ranked = {"leaderboards": [board(runUnit="week")]}
        days = [event(f"{day} 08:00") for day in (4, 5, 6)]  # Saturday, Sunday, Monday
        assert live(configure(**ranked), *days) == [
            ("04-29", [["ann", 2]]),
            ("05-06", [["ann", 1]]),
        ]
        sunday = configure(weekStart="sunday", **ranked), *days
        assert closed(*sunday) == [("04-28", [["ann", 1]])]
        assert live(*sunday) == [("05-05", [["ann", 2]])]

    def test_the_last_run_is_cut_off_at_the_end(self) -> None:
        ranked = board(runUnit="week", start=date(2024, 5, 1), end=date(2024, 5, 9))
        operations = [
            configure(leaderboards=[ranked]),
            event("9 08:00", "ann"),
            event("10 00:00", "ann"),
            event("10 10:59", "bob", zone=PAGO_PAGO),  # on the 9th
        ]
        places = [["ann", 1], ["bob", 1]]
        assert live(*operations) == [("05-08", places)]
        operations.append(Pass(at("10 12:00")))
        assert live(*operations) == []
        assert closed(*operations) == [("05-08", places)]
        assert after(*operations)["statuses"]["top"] == "finished"
        assert after(*operations[:-1])["statuses"]["top"] == "active"


class TestWhatCounts:
    """SPEC 4.6, 8.2: a run ranks by what counted within it, floored."""

    def test_each_aggregation_is_over_the_events_of_the_run(self) -> None:
        values = "-2", "7.5", "3"
        expected = {"sum": 8, "max": 7, "min": -2, "last": 3}
        for aggregation, value in expected.items():
            assert live(
                configure(metrics=[metric(aggregation=aggregation)], leaderboards=[daily()]),
                event("1 08:00", value="100"),
                *(event(f"2 {8 + n:02}:00", value=each) for n, each in enumerate(values)),
            ) == [("05-01", [["ann", 100]]), ("05-02", [["ann", value]])]

    def test_it_starts_empty_and_takes_negative_values(self) -> None:
        operations: list[Operation] = [
            configure(),
            event("1 08:00", "ann", "5"),
            event("1 08:00", "bob", "5"),
            configure("1 09:00", leaderboards=[daily()]),
        ]
        assert live(*operations) == []
        operations += [event("1 10:00", "ann", "-0.5"), event("1 10:00", "bob", "0")]
        assert live(*operations) == [("05-01", [["bob", 0], ["ann", -1]])]

    def test_an_unchanged_value_keeps_its_place(self) -> None:
        operations = [
            configure(leaderboards=[daily()]),
            event("1 08:00", "ann", "1.2"),
            event("1 09:00", "bob", "1"),
            event("1 10:00", "ann", "0.5"),  # still 1 when floored
        ]
        assert live(*operations) == [("05-01", [["ann", 1], ["bob", 1]])]
        operations += [event("1 11:00", "ann", "1"), event("1 12:00", "ann", "-1")]
        assert live(*operations) == [("05-01", [["bob", 1], ["ann", 1]])]

    def test_points_are_those_gained_in_the_run(self) -> None:
        """Whatever they are for, and also fewer than none."""
        triggers = welcome("w", 5), crossing("c", 10, 3)
        ranked = points_board(runUnit="day")
        assert live(
            configure(points=[system(*triggers)], leaderboards=[ranked]),
            event("1 08:00", "ann", "10"),  # 5 + 3
            event("1 09:00", "bob"),  # 5
            AwardPoints(at("1 10:00"), "bob", "xp", 4),
            event("2 08:00", "ann", "1"),  # nothing
            AwardPoints(at("2 09:00"), "bob", "xp", -2),
        ) == [("05-01", [["bob", 9], ["ann", 8]]), ("05-02", [["bob", -2]])]

    def test_each_interval_counts_on_its_own_date(self) -> None:
        """Every 12 hours since 18:00: at 06:00 and at 18:00, and nobody comes."""
        ranked = points_board(runUnit="day")
        operations = [
            configure(points=[system(ticking("t", 12, 2))], leaderboards=[ranked]),
            Upsert(at("1 18:00"), "ann"),
            Pass(at("3 06:00")),
        ]
        assert live(*operations) == [("05-02", [["ann", 4]]), ("05-03", [["ann", 2]])]

    def test_rows_of_one_event_count_together(self) -> None:
        """What they come to decides since when the value is what it is."""
        triggers = crossing("a", 1, 2), crossing("b", 2, 1), crossing("c", 2, -3)
        assert live(
            configure(points=[system(*triggers)], leaderboards=[points_board(runUnit="day")]),
            event("1 08:00", "ann"),  # 2
            event("1 09:00", "bob"),  # 2
            event("1 10:00", "ann"),  # + 2 + 1 − 3
        ) == [("05-01", [["ann", 2], ["bob", 2]])]

    def test_awards_that_come_to_nothing_count(self) -> None:
        """Rows of one instant that cancel each other are the first that counts all the same."""
        ticks = system(ticking("up", 24, 2), ticking("down", 24, -2))
        operations: list[Operation] = [
            configure(points=[ticks], leaderboards=[points_board(runUnit="day")]),
            event("1 08:00", "ann"),
            Pass(at("2 09:00")),
        ]
        assert live(*operations) == [("05-02", [["ann", 0]])]
        operations[0] = configure(points=[ticks], leaderboards=[points_board()])
        assert live(*operations) == [(None, [["ann", 0]])]


class TestWindow:
    """SPEC 8.1: of each day only some hours count, as the user's clock on the wall shows them."""

    def count(self, entry: dict[str, Any], *times: str) -> list[tuple[str | None, Any]]:
        events = [event(f"1 {time}") for time in times]
        return live(configure(leaderboards=[daily(**entry)]), *events)

    def test_from_the_start_to_before_the_end(self) -> None:
        times = "08:59", "09:00", "16:59", "17:00", "23:00"
        hours = {"startTime": "09:00", "endTime": "17:00"}
        assert self.count(hours, *times) == [("05-01", [["ann", 2]])]
        assert self.count({"startTime": "09:00"}, *times) == [("05-01", [["ann", 4]])]
        assert self.count({"endTime": "17:00"}, *times) == [("05-01", [["ann", 3]])]
        assert self.count({"startTime": "23:30"}, *times) == []

    def test_an_end_before_the_start_is_in_the_night(self) -> None:
        """The run is that of the local date all the same: early and late on one day."""
        hours = {"startTime": "22:00", "endTime": "06:00"}
        times = "00:00", "05:59", "06:00", "21:59", "22:00", "23:59"
        assert self.count(hours, *times) == [("05-01", [["ann", 4]])]
        until_midnight = {"startTime": "22:00", "endTime": "00:00"}
        assert self.count(until_midnight, *times) == [("05-01", [["ann", 2]])]

    def test_by_the_users_clock(self) -> None:
        ranked = daily(startTime="09:00", endTime="17:00")
        assert live(
            configure(leaderboards=[ranked]),
            event("1 12:30", "ann", zone=NEW_YORK),  # 08:30
            event("1 12:30", "bob", zone="Asia/Kathmandu"),  # 18:15
            event("1 13:00", "ann"),
            event("2 03:14", "bob"),  # 08:59
            event("2 03:15", "bob"),
        ) == [("05-01", [["ann", 1]]), ("05-02", [["bob", 1]])]

    def test_hours_that_come_twice_or_not_at_all(self) -> None:
        """New York had no hour from two to three on 10 March, and two from one on 3 November."""
        night = {"startTime": "02:00", "endTime": "03:00"}
        assert not is_within(night, NEW_YORK, at("2024-03-10T06:59"))  # 01:59
        assert not is_within(night, NEW_YORK, at("2024-03-10T07:00"))  # 03:00
        night = {"startTime": "01:00", "endTime": "02:00"}
        assert is_within(night, NEW_YORK, at("2024-11-03T05:30"))
        assert is_within(night, NEW_YORK, at("2024-11-03T06:30"))
        assert not is_within(night, NEW_YORK, at("2024-11-03T07:30"))

    def test_without_runs_it_counts_from_the_activation_on(self) -> None:
        ranked = board(startTime="09:00", endTime="17:00")
        operations = [
            configure(),
            event("1 10:00", "ann", "9"),
            configure("1 11:00", leaderboards=[ranked]),
            event("1 12:00", "bob"),
            event("1 18:00", "bob"),
            event("9 12:00", "ann"),
            event("9 12:00", "bob"),
        ]
        assert live(*operations) == [(None, [["bob", 2], ["ann", 1]])]

    def test_intervals_by_the_hour_at_which_each_ended(self) -> None:
        """Every six hours from midnight on; it is 06:00, 12:00, 18:00 and 00:00."""
        ranked = points_board(runUnit="day", startTime="12:00")
        operations = [
            configure(points=[system(ticking("t", 6, 1))], leaderboards=[ranked]),
            Upsert(at("1 00:00"), "ann"),
            Pass(at("2 12:00")),
        ]
        assert closed(*operations) == [("05-01", [["ann", 2]])]
        assert live(*operations) == [("05-02", [["ann", 1]])]


class TestVoids:
    """SPEC 4.7: what is voided is taken out of the runs that are not over."""

    def test_out_of_an_earlier_run(self) -> None:
        operations = [
            configure(leaderboards=[daily()]),
            event("1 08:00", "ann", "2"),
            event("1 09:00", "ann", "3"),
            event("1 09:00", "bob", "3"),
            Void(at("2 11:59"), 0),
        ]
        # Ann's 3 is of the void, later than bob's.
        assert live(*operations) == [("05-01", [["bob", 3], ["ann", 3]])]
        operations[-1] = Void(at("2 12:00"), 0)  # over
        assert closed(*operations) == [("05-01", [["ann", 5], ["bob", 3]])]

    def test_the_only_event_takes_the_user_along(self) -> None:
        operations = [
            configure(leaderboards=[daily()]),
            event("1 08:00", "ann", "2"),
            event("1 09:00", "bob", "1"),
            Void(at("1 10:00"), 0),
        ]
        assert live(*operations) == [("05-01", [["bob", 1]])]
        operations.append(Void(at("1 11:00"), 1))
        assert live(*operations) == []
        assert closed(*operations, Pass(at("9 00:00"))) == [], "nobody was left: there was no run"
        operations.append(event("1 12:00", "ann", "0"))
        assert live(*operations) == [("05-01", [["ann", 0]])]

    def test_the_others_decide_over_a_maximum(self) -> None:
        assert live(
            configure(metrics=[metric(aggregation="max")], leaderboards=[daily()]),
            event("1 08:00", value="2"),
            event("1 09:00", value="9"),
            event("2 08:00", value="4"),
            Void(at("2 09:00"), 1),
        ) == [("05-01", [["ann", 2]]), ("05-02", [["ann", 4]])]

    def test_points_are_taken_out_of_the_run_in_which_they_were_awarded(self) -> None:
        """And of no other one: the row that takes them back is none of the 2nd."""
        document: Any = {
            "points": [system(welcome("w", 5), crossing("c", 1, 3))],
            "leaderboards": [points_board(runUnit="day")],
        }
        operations: list[Operation] = [
            configure(**document),
            event("1 08:00", "ann"),  # 5 + 3; making the user stays
            event("1 09:00", "ann", "0"),
            event("2 08:00", "ann"),  # 3
            Void(at("2 09:00"), 0),
        ]
        assert live(*operations) == [("05-01", [["ann", 5]]), ("05-02", [["ann", 3]])]
        operations.append(Void(at("2 10:00"), 2))
        assert live(*operations) == [("05-01", [["ann", 5]])]
        operations[4:] = [Void(at("2 12:00"), 0)]  # too late for the run of the 1st
        assert closed(*operations) == [("05-01", [["ann", 8]])]
        assert live(*operations) == [("05-02", [["ann", 3]])]

    def test_what_did_not_count_is_not_taken_out(self) -> None:
        ranked = daily(startTime="09:00")
        assert live(
            configure(leaderboards=[ranked]),
            event("1 08:00", value="2"),
            event("1 09:00", value="3"),
            Void(at("1 10:00"), 0),
        ) == [("05-01", [["ann", 3]])]


def test_a_run_is_over_at_noon_of_the_day_after() -> None:
    assert over_at(date(2024, 5, 1)) == at("2 12:00")
    oracle = play(configure(leaderboards=[daily()]), event("1 08:00"))
    assert oracle.outcome(at("2 12:00") - 1)["closed"] == {"top": []}
    assert oracle.outcome(at("2 12:00"))["boards"] == {"top": []}
