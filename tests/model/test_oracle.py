"""Examples worked out by hand from SPEC.md, so that the oracle itself can be trusted.

What they are written in is in examples.py. Here: dates, numbers, idempotency and boards; those of
streaks, achievements and points are in the files beside this one.
"""

from datetime import date, datetime

import pytest

from tests.model.examples import (
    HOUR,
    after,
    ann,
    at,
    board,
    configure,
    crossing,
    event,
    metric,
    play,
    points_board,
    system,
    ticking,
    top,
)
from tests.model.metrics import decimal_string, exact
from tests.model.operations import AwardPoints, Pass, Upsert, Void
from tests.model.steps import TRANSITIONS, ZONES
from tests.model.streaks import ONE_DAY, SECOND, day_end, has_an_instant, local_date, wall_date


class TestLocalDates:
    """SPEC 2.3."""

    def test_a_day_ends_at_midnight_of_the_zone(self) -> None:
        assert day_end("UTC", date(2024, 5, 1)) == at("2 00:00")
        assert day_end("Asia/Kathmandu", date(2024, 5, 1)) == at("1 18:15")
        assert local_date("Asia/Kathmandu", at("1 18:15") - 1) == date(2024, 5, 1)
        assert local_date("Asia/Kathmandu", at("1 18:15")) == date(2024, 5, 2)

    def test_new_york_days_of_23_and_25_hours(self) -> None:
        zone = "America/New_York"
        assert day_end(zone, date(2024, 3, 9)) == at("2024-03-10T05:00")
        assert day_end(zone, date(2024, 3, 10)) == at("2024-03-11T04:00")
        assert day_end(zone, date(2023, 11, 5)) - day_end(zone, date(2023, 11, 4)) == 25 * HOUR

    def test_apia_jumped_over_a_date(self) -> None:
        jump = at("2011-12-30T10:00")
        assert day_end("Pacific/Apia", date(2011, 12, 29)) == jump
        assert day_end("Pacific/Apia", date(2011, 12, 30)) == jump
        assert not has_an_instant("Pacific/Apia", date(2011, 12, 30))
        assert has_an_instant("Pacific/Apia", date(2011, 12, 31))
        assert local_date("Pacific/Apia", jump - 1) == date(2011, 12, 29)
        assert local_date("Pacific/Apia", jump) == date(2011, 12, 31)

    def test_sao_paulo_went_back_from_midnight_to_eleven(self) -> None:
        # 24:00 of the 17th at −2 was 02:00 UTC; then it was 23:00 of the 17th once more.
        assert day_end("America/Sao_Paulo", date(2018, 2, 17)) == at("2018-02-18T03:00")

    def test_sao_paulo_went_forward_from_midnight_to_one(self) -> None:
        assert day_end("America/Sao_Paulo", date(2018, 11, 3)) == at("2018-11-04T03:00")

    def test_the_minute_of_the_next_day_in_st_johns_belongs_to_the_day_before(self) -> None:
        # From 02:30 to 02:31 UTC clocks showed 7 November 00:00; then they went back to 23:01.
        zone = "America/St_Johns"
        assert wall_date(zone, at("2010-11-07T02:30") // SECOND) == date(2010, 11, 7)
        assert local_date(zone, at("2010-11-07T02:30")) == date(2010, 11, 6)
        assert day_end(zone, date(2010, 11, 6)) == at("2010-11-07T03:30")

    @pytest.mark.parametrize("zone", ZONES)
    def test_the_walk_agrees_with_one_of_single_minutes(self, zone: str) -> None:
        for transition in TRANSITIONS:
            day = datetime.fromisoformat(transition).date()
            noon = at(f"{day}T12:00") // SECOND
            minutes = [noon + 60 * n for n in range(-40 * 60, 40 * 60)]
            for each in (day - ONE_DAY, day):
                last = max(minute for minute in minutes if wall_date(zone, minute) <= each)
                assert day_end(zone, each) == (last + 60) * SECOND


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "total"),
        [
            ("0.1", "0.1"),
            ("-3", "-3"),
            ("10", "10"),
            ("1.0000005", "1"),  # half to even
            ("1.0000015", "1.000002"),
            ("-0.0000005", "0"),
            ("0.000001", "0.000001"),
            ("-0.25", "-0.25"),
        ],
    )
    def test_values_are_rounded_to_millionths(self, value: str, total: str) -> None:
        """SPEC 4.1."""
        assert ann(configure(), event("1 08:00", value=value))["metrics"] == {"runs": total}

    def test_three_tenths(self) -> None:
        events = [event("1 08:00", value="0.1") for _ in range(3)]
        assert ann(configure(), *events)["metrics"] == {"runs": "0.3"}
        assert decimal_string(exact(0.1) * 3) == "0.3"

    @pytest.mark.parametrize(
        ("aggregation", "total"), [("sum", "-1"), ("max", "3"), ("min", "-6"), ("last", "2")]
    )
    def test_aggregations(self, aggregation: str, total: str) -> None:
        """SPEC 4.6."""
        document = configure(metrics=[metric(aggregation=aggregation)])
        events = [event("1 08:00", value=value) for value in ("3", "-6", "2")]
        assert ann(document, *events)["metrics"] == {"runs": total}

    def test_the_first_event_of_a_maximum_may_be_negative(self) -> None:
        document = configure(metrics=[metric(aggregation="max")])
        assert ann(document, event("1 08:00", value="-4"))["metrics"] == {"runs": "-4"}

    def test_too_large_values_and_totals_are_refused(self) -> None:
        """SPEC 4.1: and a refusal does not use up its key (4.2)."""
        oracle = play(configure(), event("1 08:00", value="1000000000000.5", key="k"))
        assert oracle.last_answer == "refused"
        assert oracle.users == {}
        for _ in range(9):
            oracle.apply(event("1 08:00", value="1000000000000"))
        oracle.apply(event("1 08:00", value="0.000001", key="k"))
        assert oracle.last_answer == "refused"
        oracle.apply(event("1 08:00", value="-1", key="k"))
        assert oracle.last_answer == "applied"

    def test_undeclared_attributes_and_unknown_zones_are_refused(self) -> None:
        """SPEC 2.2, 3.2: nothing is stored."""
        oracle = play(configure(attributes=[{"key": "x", "name": "x", "type": "user"}]))
        oracle.apply(Upsert(at("1 08:00"), "ann", zone="Mars/Olympus"))
        assert oracle.last_answer == "refused"
        oracle.apply(event("1 08:00", attributes={"x": "1", "y": "2"}))
        assert oracle.last_answer == "refused"
        assert oracle.users == {}

    def test_attributes_are_merged(self) -> None:
        declared = [{"key": key, "name": key, "type": "user"} for key in "xyz"]
        user = ann(
            configure(attributes=declared),
            event("1 08:00", attributes={"x": "1", "y": "1"}),
            Upsert(at("1 09:00"), "ann", attributes={"y": "2", "z": "2"}),
        )
        assert user["attributes"] == {"x": "1", "y": "2", "z": "2"}

    def test_a_metric_that_comes_back_is_a_new_one(self) -> None:
        other = {"metrics": [metric("swims")]}
        operations = [
            configure(),
            event("1 08:00", value="5", key="k"),
            configure("1 09:00", **other),
            configure("1 10:00"),
        ]
        assert ann(*operations)["metrics"] == {}
        assert ann(*operations, event("1 11:00", key="k"))["metrics"] == {"runs": "1"}


class TestIdempotency:
    """SPEC 4.2."""

    def test_a_repeat_changes_nothing_at_all(self) -> None:
        first = [configure(), event("1 08:00", key="k")]
        oracle = play(*first, event("9 08:00", value="7", zone="Asia/Kathmandu", key="k"))
        assert oracle.last_answer == "repeated"
        assert oracle.outcome(at("9 08:00")) == play(*first).outcome(at("9 08:00"))

    def test_keys_belong_to_a_metric_and_a_user(self) -> None:
        outcome = after(
            configure(metrics=[metric(), metric("swims")]),
            event("1 08:00", key="k"),
            event("1 08:00", metric="swims", key="k"),
            event("1 08:00", user="bob", key="k"),
        )
        assert outcome["users"]["ann"]["metrics"] == {"runs": "1", "swims": "1"}
        assert outcome["users"]["bob"]["metrics"] == {"runs": "1"}


class TestBoards:
    """SPEC 8."""

    def test_higher_first_or_lower_first_and_floored(self) -> None:
        events = [
            event("1 08:00", "ann", "1.9"),
            event("1 08:00", "bob", "3"),
            event("1 08:00", "cid", "-0.5"),
            event("1 08:00", "dot", "0"),
        ]
        expected = [["bob", 3], ["ann", 1], ["dot", 0], ["cid", -1]]
        assert top(configure(leaderboards=[board()]), *events) == expected
        ascending = configure(leaderboards=[board(order="asc")])
        assert top(ascending, *events) == expected[::-1]

    def test_ties_go_by_when_the_present_value_was_set(self) -> None:
        """SPEC 8.3: an unchanged value keeps the place, one that comes again does not."""
        operations = [
            configure(leaderboards=[board()]),
            event("1 08:00", "ann", "2"),
            event("1 09:00", "bob", "2"),
            event("1 10:00", "ann", "0.5"),  # floored, it is still 2
        ]
        assert top(*operations) == [["ann", 2], ["bob", 2]]
        operations += [event("1 11:00", "ann", "1"), event("1 12:00", "ann", "-1")]
        assert top(*operations) == [["bob", 2], ["ann", 2]]

    def test_at_one_instant_commands_go_by_their_order(self) -> None:
        operations = [
            configure(leaderboards=[board()]),
            Upsert(at("1 07:00"), "ann"),
            event("1 08:00", "bob", "2"),
            event("1 08:00", "ann", "2"),
        ]
        assert top(*operations) == [["bob", 2], ["ann", 2]]

    def test_seeding_goes_by_when_the_value_was_reached(self) -> None:
        """SPEC 8.2, 8.3: the order is the one that the board would have had all along."""
        operations = [
            configure(),
            Upsert(at("1 07:00"), "ann"),
            event("1 08:00", "bob", "2"),
            event("1 08:00", "ann", "2"),
            event("1 08:00", "cid", "3"),
            event("1 09:00", "cid", "-1"),
            Upsert(at("1 09:00"), "dot"),
            configure("1 09:00", leaderboards=[board()]),
            event("1 09:00", "dot", "2"),
        ]
        assert top(*operations) == [["bob", 2], ["ann", 2], ["cid", 2], ["dot", 2]]

    def test_an_inactive_board_is_empty_and_comes_back_seeded(self) -> None:
        operations = [
            configure(leaderboards=[board()]),
            event("1 08:00", "ann", "2"),
            configure("1 09:00", leaderboards=[board(status="inactive")]),
            event("1 10:00", "bob", "3"),
        ]
        assert top(*operations) == []
        operations.append(configure("1 11:00", leaderboards=[board()]))
        assert top(*operations) == [["bob", 3], ["ann", 2]]

    def test_an_edit_ranks_anew(self) -> None:
        metrics = {"metrics": [metric(), metric("swims")]}
        operations = [
            configure(leaderboards=[board()], **metrics),
            event("1 08:00", "ann", "2"),
            event("1 08:00", "bob", "5", metric="swims"),
            configure("1 09:00", leaderboards=[board(metricKey="swims")], **metrics),
        ]
        assert top(*operations) == [["bob", 5]]

    def test_points_boards_take_the_total_after_the_event(self) -> None:
        """Two awards of one event leave the total, and so the place, as it was."""
        triggers = [crossing("a", 1, 2), crossing("b", 2, 1), crossing("c", 2, -3)]
        document = {"points": [system(*triggers)], "leaderboards": [points_board()]}
        operations = [
            configure(**document),
            Upsert(at("1 07:00"), "cid"),
            event("1 08:00", "ann"),  # 2
            event("1 09:00", "bob"),  # 2
        ]
        assert top(*operations) == [["ann", 2], ["bob", 2]]
        operations.append(event("1 10:00", "ann"))  # + 2 + 1 − 3: 2
        assert top(*operations) == [["ann", 2], ["bob", 2]]

    def test_at_one_instant_due_work_comes_first_and_goes_by_user_number(self) -> None:
        """SPEC 8.3: two are made at once, and a third one gets as much at that instant."""
        operations = [
            configure(points=[system(ticking("t", 24, 2))], leaderboards=[points_board()]),
            Upsert(at("1 07:00"), "cid"),
            Upsert(at("1 08:00"), "ann"),
            Upsert(at("1 08:00"), "bob"),
            AwardPoints(at("2 07:30"), "cid", "xp", -2),  # 0, after the first interval
            AwardPoints(at("2 08:00"), "cid", "xp", 2),
        ]
        assert top(*operations) == [["ann", 2], ["bob", 2], ["cid", 2]]

    def test_of_what_is_due_at_one_instant_only_the_outcome_counts(self) -> None:
        triggers = ticking("t", 24, 2), ticking("u", 48, -2)
        operations = [
            configure(points=[system(*triggers)], leaderboards=[points_board()]),
            Upsert(at("1 08:00"), "ann"),
            Upsert(at("1 08:00"), "bob"),
            AwardPoints(at("2 12:00"), "bob", "xp", 3),
            AwardPoints(at("2 13:00"), "bob", "xp", -3),  # 2, later than ann
            Pass(at("3 08:00")),  # + 2 − 2
        ]
        assert top(*operations) == [["ann", 2], ["bob", 2]]
        operations.append(AwardPoints(at("3 08:00"), "ann", "xp", 1))
        operations.append(AwardPoints(at("3 08:00"), "ann", "xp", -1))
        assert top(*operations) == [["bob", 2], ["ann", 2]]

    def test_a_value_that_went_and_came_back_while_away_is_a_later_one(self) -> None:
        """1 every 10 hours, −2 every 20: bob has 1 at the 11th hour, and again at the 31st."""
        triggers = ticking("t", 10, 1), ticking("u", 20, -2)
        operations = [
            configure(points=[system(*triggers)], leaderboards=[points_board()]),
            Upsert(at("1 00:00"), "ann"),
            Upsert(at("1 01:00"), "bob"),
            Upsert(at("1 12:00"), "bob", zone="Europe/London"),
            Pass(at("2 08:00")),
        ]
        assert top(*operations) == [["ann", 1], ["bob", 1]]

    def test_who_has_only_voided_events_stays_with_nothing(self) -> None:
        operations = [
            configure(leaderboards=[board()]),
            event("1 08:00", "ann", "2"),
            event("1 08:00", "bob", "-1"),
            Void(at("1 09:00"), 0),
        ]
        assert top(*operations) == [["ann", 0], ["bob", -1]]
