"""Examples of leaderboards, worked out by hand: see tests/model/examples.py.

Who is on a board, in which group, and what becomes of it: its opening, its end, its status, what an
operator does. Runs by themselves are in test_oracle_runs.py.
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
    follow,
    live,
    metric,
    of_users,
    play,
    points_board,
    streak_board,
    system,
    ticking,
    top,
)
from tests.model.operations import EndRun, Hide, Operation, Pass, Upsert, Void

KIRITIMATI, PAGO_PAGO = "Pacific/Kiritimati", "Pacific/Pago_Pago"
ATTRIBUTES = {
    "attributes": [{"key": key, "name": key, "type": "user"} for key in ("country", "plan")]
}


def by(*attributes: str, **more: Any) -> dict[str, Any]:
    return board(breakdownAttributes=list(attributes), **more)


def says(when: str, user: str = "ann", **attributes: str) -> Upsert:
    return Upsert(at(when), user, attributes=attributes)


def may(day: int) -> date:
    return date(2024, 5, day)


class TestGroups:
    """SPEC 8.1, 3.3: one group per combination of values."""

    def test_one_group_per_value(self) -> None:
        operations: list[Operation] = [
            configure(leaderboards=[by("country")], **ATTRIBUTES),
            event("1 08:00", "ann", "2", attributes={"country": "DE"}),
            event("1 08:00", "bob", "3", attributes={"country": "DE"}),
            event("1 08:00", "cid", "1", attributes={"country": "Åland"}),
            event("1 08:00", "dot", "9"),  # has none: on no board
            event("1 08:00", "eve", "9", attributes={"country": ""}),  # which is one
        ]
        german, others = [["bob", 3], ["ann", 2]], {'["Åland"]': [["cid", 1]]}
        assert live(*operations) == [(None, {'["DE"]': german, **others, '[""]': [["eve", 9]]})]

    def test_two_attributes_in_the_order_of_the_board(self) -> None:
        attributes = {"country": "DE", "plan": "pro"}
        operations = [
            configure(leaderboards=[by("plan", "country")], **ATTRIBUTES),
            event("1 08:00", "ann", attributes=attributes),
            event("1 08:00", "bob", attributes={"plan": "pro"}),  # not without a country
        ]
        assert live(*operations) == [(None, {'["pro","DE"]': [["ann", 1]]})]

    def test_who_moves_takes_value_and_instant_along(self) -> None:
        operations = [
            configure(leaderboards=[by("country")], **ATTRIBUTES),
            event("1 08:00", "ann", attributes={"country": "FR"}),
            event("1 09:00", "bob", attributes={"country": "DE"}),
            says("1 10:00", country="DE"),
        ]
        assert live(*operations) == [(None, {'["DE"]': [["ann", 1], ["bob", 1]]})]

    def test_earlier_runs_stay_as_they_are(self) -> None:
        operations: list[Operation] = [
            configure(leaderboards=[by("country", runUnit="day")], **ATTRIBUTES),
            event("1 08:00", attributes={"country": "FR"}),
            event("2 08:00"),
            says("2 09:00", country="DE"),
        ]
        french, german = {'["FR"]': [["ann", 1]]}, {'["DE"]': [["ann", 1]]}
        assert live(*operations) == [("05-01", french), ("05-02", german)]
        # Nor does a void move anybody, or one who is hidden and shown again.
        operations[2:2] = [event("1 09:00", value="2")]
        operations.append(Void(at("2 10:00"), 1))
        assert live(*operations) == [("05-01", french), ("05-02", german)]
        operations += [Hide(at("2 10:00"), "ann", True), Hide(at("2 11:00"), "ann", False)]
        assert live(*operations) == [("05-01", french), ("05-02", german)]

    def test_a_run_of_a_date_ahead_is_not_past(self) -> None:
        """An hour was due on the 2nd in a zone ahead; then they travel back, and say otherwise."""
        by_points = points_board(runUnit="day", breakdownAttributes=["country"])
        operations = [
            configure(points=[system(ticking("t", 1, 1))], leaderboards=[by_points], **ATTRIBUTES),
            event("1 09:00", attributes={"country": "FR"}, zone=KIRITIMATI),
            Upsert(at("1 10:30"), "ann", PAGO_PAGO, {"country": "DE"}, None),
        ]
        assert live(*operations) == [("05-02", {'["DE"]': [["ann", 1]]})]

    def test_attributes_said_with_the_event_decide_over_its_run(self) -> None:
        operations = [
            configure(leaderboards=[by("country", runUnit="day")], **ATTRIBUTES),
            event("1 08:00", attributes={"country": "FR"}),
            event("1 09:00", attributes={"country": "DE"}),
        ]
        assert live(*operations) == [("05-01", {'["DE"]': [["ann", 2]]})]


class TestHiding:
    """SPEC 8.2, 3.5: the value of one who is hidden goes on."""

    def test_by_a_filter(self) -> None:
        ranked = board(**of_users(country="DE"))
        operations: list[Operation] = [
            configure(leaderboards=[ranked], **ATTRIBUTES),
            event("1 08:00", "ann", "2", attributes={"country": "FR"}),
            event("1 09:00", "bob", "2", attributes={"country": "DE"}),
        ]
        assert top(*operations) == [["bob", 2]]
        operations.append(says("1 10:00", country="DE"))
        assert top(*operations) == [["ann", 2], ["bob", 2]], "hers was set before"
        operations += [says("1 11:00", country="FR"), event("1 12:00", "ann")]
        assert top(*operations) == [["bob", 2]]
        operations.append(says("1 13:00", country="DE"))
        assert top(*operations) == [["ann", 3], ["bob", 2]]

    def test_in_a_run(self) -> None:
        ranked = daily(**of_users(country="DE"))
        operations: list[Operation] = [
            configure(leaderboards=[ranked], **ATTRIBUTES),
            event("1 08:00", attributes={"country": "FR"}),
            event("2 08:00"),
        ]
        assert live(*operations) == []
        operations.append(says("2 09:00", country="DE"))
        assert live(*operations) == [("05-02", [["ann", 1]])], "the 1st is past for her"

    def test_by_an_operator(self) -> None:
        """On all runs that are not over."""
        operations: list[Operation] = [
            configure(leaderboards=[daily()]),
            event("1 08:00", "ann"),
            event("1 09:00", "bob"),
            event("2 08:00", "ann"),
            Hide(at("2 09:00"), "ann", True),
            event("2 10:00", "ann"),
        ]
        assert live(*operations) == [("05-01", [["bob", 1]])]
        shown = [*operations, Hide(at("2 11:59"), "ann", False)]
        first, second = ("05-01", [["ann", 1], ["bob", 1]]), ("05-02", [["ann", 2]])
        assert live(*shown) == [first, second]
        shown = [*operations, Hide(at("2 12:00"), "ann", False)]
        assert closed(*shown) == [("05-01", [["bob", 1]])]
        assert live(*shown) == [second]
        # Hidden again, she stays where a run is over.
        operations[4:] = [Hide(at("2 12:00"), "ann", True)]
        assert closed(*operations) == [first]

    def test_nobody_whom_there_is_not(self) -> None:
        oracle = play(configure(), event("1 08:00"), Hide(at("1 09:00"), "bob", True))
        assert oracle.last_answer == "refused"
        oracle.apply(Hide(at("1 10:00"), "ann", False))
        assert oracle.last_answer == "applied", "which changes nothing"


class TestEndOfTotals:
    """A board of totals with an end: one run, up to that date."""

    def test_what_comes_on_later_dates_does_not_count(self) -> None:
        operations: list[Operation] = [
            configure(leaderboards=[board(end=may(2))]),
            event("2 23:59", "ann", "2"),
            event("3 00:00", "ann", "5"),
            event("3 00:00", "bob", "5"),  # nothing up to the end
            event("3 10:59", "cid", "1", zone=PAGO_PAGO),  # it is still the 2nd there
        ]
        places = [["ann", 2], ["cid", 1]]
        assert live(*operations) == [(None, places)]
        operations.append(Pass(at("3 12:00")))
        assert (live(*operations), closed(*operations)) == ([], [(None, places)])
        assert after(*operations)["statuses"]["top"] == "finished"

    def test_attributes_of_later_dates_do_not_count_either(self) -> None:
        operations = [
            configure(leaderboards=[by("country", end=may(2))], **ATTRIBUTES),
            event("2 08:00", attributes={"country": "FR"}),
            says("3 08:00", country="DE"),
        ]
        assert live(*operations) == [(None, {'["FR"]': [["ann", 1]]})]

    def test_what_is_voided_after_that_is_taken_out(self) -> None:
        operations = [
            configure(leaderboards=[board(end=may(2))]),
            event("1 08:00", "ann", "2"),
            event("2 08:00", "ann", "3"),
            event("2 09:00", "bob", "3"),
            event("3 08:00", "ann", "7"),
            Void(at("3 09:00"), 0),
            Void(at("3 09:00"), 3),
        ]
        assert live(*operations) == [(None, [["bob", 3], ["ann", 3]])]
        operations.append(Void(at("3 10:00"), 1))
        assert live(*operations) == [(None, [["bob", 3], ["ann", 0]])], (
            "a total is 0 without events"
        )
        operations[-1] = Void(at("3 12:00"), 1)
        assert closed(*operations) == [(None, [["bob", 3], ["ann", 3]])]

    def test_points_that_are_taken_back_after_that(self) -> None:
        operations = [
            configure(
                points=[system(crossing("c", 1, 3))], leaderboards=[points_board(end=may(1))]
            ),
            event("1 08:00", "ann", "2"),  # 6
            event("2 08:00", "ann", "1"),  # 9, not any more
            Void(at("2 09:00"), 0),
        ]
        assert live(*operations) == [(None, [["ann", 0]])]
        assert live(*operations[:-1]) == [(None, [["ann", 6]])]

    def test_streaks_are_ranked_as_they_were_at_the_end(self) -> None:
        """At midnight bob's breaks, and ann's at the one before."""
        operations = [
            configure(leaderboards=[streak_board(end=may(2))], **follow()),
            event("1 08:00", "ann"),
            event("1 09:00", "bob"),
            event("1 09:00", "cid"),
            event("2 09:00", "cid"),
            Pass(at("3 00:00")),
        ]
        assert live(*operations) == [(None, [["cid", 2], ["ann", 1], ["bob", 1]])]
        operations[0] = configure(leaderboards=[streak_board(end=may(3))], **follow())
        assert live(*operations) == [(None, [["cid", 2]])]

    def test_a_void_after_that_takes_no_length(self) -> None:
        """SPEC 4.7: met periods stay."""
        operations = [
            configure(leaderboards=[streak_board(end=may(2))], **follow()),
            event("2 09:00"),
            Void(at("3 09:00"), 0),
        ]
        assert live(*operations) == [(None, [["ann", 1]])]
        assert closed(*operations, Pass(at("3 12:00"))) == [(None, [["ann", 1]])]

    def test_another_end(self) -> None:
        """A later one lets everybody's total count; an earlier one ends the run there and then."""
        operations: list[Operation] = [
            configure(leaderboards=[board(end=may(2))]),
            event("2 08:00", "ann", "2"),
            event("3 08:00", "ann", "5"),
            configure("3 09:00", leaderboards=[board(end=may(5))]),
        ]
        assert live(*operations) == [(None, [["ann", 7]])]
        operations.append(configure("4 11:59", leaderboards=[board(end=may(3))]))
        operations.append(event("4 11:59", "ann"))
        assert live(*operations) == [(None, [["ann", 7]])]
        operations[-2:] = [
            configure("4 12:01", leaderboards=[board(end=may(3))]),
            event("4 12:01", "ann"),
        ]
        assert closed(*operations) == [(None, [["ann", 7]])]

    def test_another_end_after_that_is_another_activation(self) -> None:
        operations = [
            configure(leaderboards=[board(end=may(2))]),
            event("2 08:00", "ann", "2"),
            event("3 12:00", "bob", "5"),
            configure("3 13:00", leaderboards=[board()]),
        ]
        assert closed(*operations) == [(None, [["ann", 2]])]
        assert live(*operations) == [(None, [["bob", 5], ["ann", 2]])]

    def test_who_is_past_the_end_when_it_is_activated_is_not_seeded(self) -> None:
        operations = [
            configure(),
            event("3 08:00", "ann"),
            event("3 08:00", "bob", zone=PAGO_PAGO),  # on the 2nd
            configure("3 09:00", leaderboards=[board(start=may(1), end=may(2))]),
        ]
        assert live(*operations) == [(None, [["bob", 1]])]


class TestOpening:
    """A board of totals that begins later opens by the clock; others have runs by their dates."""

    def scheduled(self, **more: Any) -> dict[str, Any]:
        return board(status="scheduled", start=may(5), **more)

    def test_at_ten_on_the_day_before(self) -> None:
        operations = [
            configure(leaderboards=[self.scheduled()]),
            event("1 08:00", "ann", "2"),
            event("2 08:00", "bob", "2"),
            event("4 09:59", "ann", "-1"),
            event("4 09:59", "ann", "1"),
        ]
        outcome = after(*operations)
        assert (outcome["boards"]["top"], outcome["statuses"]["top"]) == ([], "scheduled")
        operations.append(Pass(at("4 10:00")))
        assert live(*operations) == [(None, [["bob", 2], ["ann", 2]])], "as if it had always been"
        assert after(*operations)["statuses"]["top"] == "active"
        operations.append(event("4 11:00", "ann"))
        assert live(*operations) == [(None, [["ann", 3], ["bob", 2]])]

    def test_to_whom_it_is_today_and_to_whom_not(self) -> None:
        """On a board of one day: in Kiritimati it has begun, elsewhere it is the day before."""
        operations = [
            configure(leaderboards=[self.scheduled(end=may(5))], **ATTRIBUTES),
            event("1 08:00", "ann", zone=KIRITIMATI),
            event("1 08:00", "bob", zone=PAGO_PAGO),
            Pass(at("4 10:00")),
        ]
        assert live(*operations) == [(None, [["ann", 1], ["bob", 1]])]

    def test_what_is_taken_back_before_it_opens_never_was(self) -> None:
        operations = [
            configure(leaderboards=[self.scheduled()]),
            event("1 08:00"),
            configure("3 08:00", leaderboards=[board(status="finished", start=may(5))]),
            Pass(at("5 08:00")),
        ]
        outcome = after(*operations)
        assert (outcome["boards"]["top"], outcome["closed"]["top"]) == ([], [])
        assert outcome["statuses"]["top"] == "finished"

    def test_a_start_in_the_past_opens_it_at_once(self) -> None:
        operations = [
            configure(),
            event("3 08:00"),
            configure("4 09:59", leaderboards=[board(start=may(5))]),
        ]
        assert live(*operations) == []
        operations[-1] = configure("4 10:00", leaderboards=[board(start=may(5))])
        assert live(*operations) == [(None, [["ann", 1]])]

    def test_repeating_ones_are_scheduled_too(self) -> None:
        operations = [configure(leaderboards=[daily(start=may(5))]), event("4 09:59")]
        assert after(*operations)["statuses"]["top"] == "scheduled"
        operations.append(event("4 10:00", zone=KIRITIMATI))
        assert after(*operations)["statuses"]["top"] == "active"
        assert live(*operations) == [("05-05", [["ann", 1]])]


class TestStatus:
    """What is active ranks; what is switched off gives up what is not over."""

    def test_switched_off_and_on(self) -> None:
        operations: list[Operation] = [
            configure(leaderboards=[daily()]),
            event("1 08:00"),
            event("2 12:00"),  # the run of the 1st is over
            configure("2 13:00", leaderboards=[daily(status="inactive")]),
            event("2 14:00"),
        ]
        first = "05-01", [["ann", 1]]
        outcome = after(*operations)
        assert (outcome["boards"]["top"], outcome["statuses"]["top"]) == ([], "inactive")
        assert closed(*operations) == [first]
        operations += [configure("2 15:00", leaderboards=[daily()]), event("2 16:00", value="7")]
        assert live(*operations) == [("05-02", [["ann", 7]])]
        assert closed(*operations) == [first]
        operations.append(Pass(at("3 12:00")))
        assert closed(*operations) == [first, ("05-02", [["ann", 7]])]

    def test_finished_by_hand(self) -> None:
        """All runs that are not over are over then."""
        operations = [
            configure(leaderboards=[daily()]),
            event("2 10:00", "ann", zone=KIRITIMATI),  # on the 3rd
            event("2 10:00", "bob", zone=PAGO_PAGO),  # on the 1st
            configure("2 11:00", leaderboards=[daily(status="finished")]),
            event("2 12:00", "ann"),
        ]
        runs = [("05-01", [["bob", 1]]), ("05-03", [["ann", 1]])]
        assert (live(*operations), closed(*operations)) == ([], runs)
        assert after(*operations)["statuses"]["top"] == "finished"
        again = [*operations, configure("2 13:00", leaderboards=[daily()]), event("2 14:00")]
        assert live(*again) == [("05-03", [["ann", 1]])]
        assert closed(*again) == runs

    def test_a_board_that_ranks_otherwise_begins_anew(self) -> None:
        metrics = {"metrics": [metric(), metric("swims")], **ATTRIBUTES}
        changes: list[dict[str, Any]] = [
            daily(metricKey="swims"),
            daily(order="asc"),
            daily(runInterval=2),
            daily(startTime="01:00"),
            daily(start=may(1)),
            daily(**of_users(plan="pro")),
            daily(breakdownAttributes=["plan"]),
            {**streak_board()},
        ]
        for changed in changes:
            operations = [
                configure(leaderboards=[daily()], **metrics),
                event("1 08:00", attributes={"plan": "pro"}),
                configure("1 09:00", leaderboards=[changed], **metrics),
            ]
            assert live(*operations) == [], changed
            assert closed(*operations, Pass(at("9 00:00"))) == [], changed

    def test_what_is_over_stays_in_its_order(self) -> None:
        """Whatever the board ranks later, or if it ranks no more from then on."""
        operations: list[Operation] = [
            configure(leaderboards=[daily(order="asc")]),
            event("1 08:00", "ann", "2"),
            event("1 09:00", "bob", "1"),
            Pass(at("2 12:00")),
            configure("2 13:00", leaderboards=[daily(order="desc")]),
        ]
        assert closed(*operations) == [("05-01", [["bob", 1], ["ann", 2]])]
        operations[3:] = [configure("1 13:00", leaderboards=[daily(status="finished")])]
        assert closed(*operations) == [("05-01", [["bob", 1], ["ann", 2]])]

    def test_what_is_over_has_whoever_was_to_be_on_it(self) -> None:
        """Also if nobody was brought up to the board's activation by then."""
        operations = [
            configure(leaderboards=[]),
            event("1 08:00", "ann"),
            configure("1 09:00", leaderboards=[board(end=may(1))]),
            configure("2 13:00", leaderboards=[board(status="inactive")]),
        ]
        assert closed(*operations) == [(None, [["ann", 1]])]

    def test_names_and_ends_change_nothing_else(self) -> None:
        for changed in (
            daily(name="other", description="other", maxParticipants=1),
            daily(end=may(1)),
            daily(runInterval=1),
        ):
            operations = [
                configure(leaderboards=[daily()]),
                event("1 08:00"),
                configure("1 09:00", leaderboards=[changed]),
                event("1 09:30"),
            ]
            assert live(*operations) == [("05-01", [["ann", 2]])], changed

    def test_what_comes_back_under_its_key_is_another_board(self) -> None:
        operations = [
            configure(leaderboards=[daily()]),
            event("1 08:00"),
            Pass(at("2 12:00")),
            configure("3 08:00", leaderboards=[]),
            configure("3 09:00", leaderboards=[daily()]),
        ]
        assert closed(*operations) == []
        assert "top" not in after(*operations[:-1])["closed"]

    def test_an_end_in_the_past_of_a_board_with_runs(self) -> None:
        """The run of the 2nd is over when that is said, with whom it has; that of the 3rd too."""
        operations = [
            configure(leaderboards=[daily()]),
            event("2 08:00", "bob"),
            event("3 08:00", "ann"),
            configure("3 09:00", leaderboards=[daily(end=may(1))]),
            event("3 10:00", "ann"),
        ]
        assert live(*operations) == []
        assert closed(*operations) == [("05-02", [["bob", 1]]), ("05-03", [["ann", 1]])]


class TestEndedEarly:
    """An operator ends the run of the UTC date."""

    def test_what_comes_later_on_its_dates_counts_for_nothing(self) -> None:
        operations: list[Operation] = [
            configure(leaderboards=[daily()]),
            event("1 23:00", "ann"),
            event("2 08:00", "ann"),
            event("2 08:00", "bob", zone=PAGO_PAGO),  # on the 1st
            EndRun(at("2 09:00"), "top"),
            event("2 10:00", "ann"),
            event("2 10:30", "cid", zone=KIRITIMATI),  # on the 3rd
            Void(at("2 11:00"), 1),
        ]
        first, third = ("05-01", [["ann", 1], ["bob", 1]]), ("05-03", [["cid", 1]])
        assert live(*operations) == [first, third]
        assert closed(*operations) == [("05-02", [["ann", 1]])]
        assert after(*operations)["statuses"]["top"] == "active"
        operations.append(event("3 00:00", "ann"))
        assert live(*operations) == [("05-03", [["cid", 1], ["ann", 1]])]
        oracle = play(*operations[:5], EndRun(at("2 10:00"), "top"))
        assert oracle.last_answer == "refused", "it is over"

    def test_a_run_without_participants_is_over_too(self) -> None:
        operations = [
            configure(leaderboards=[daily()]),
            Upsert(at("2 08:00"), "ann"),
            EndRun(at("2 09:00"), "top"),
            event("2 10:00", "ann"),
        ]
        assert (live(*operations), closed(*operations)) == ([], [])

    def test_a_board_without_runs_is_finished(self) -> None:
        """A file in which it is active lets it begin anew."""
        operations: list[Operation] = [
            configure(leaderboards=[board()]),
            event("1 08:00"),
            EndRun(at("1 09:00"), "top"),
            event("1 10:00"),
        ]
        assert (live(*operations), closed(*operations)) == ([], [(None, [["ann", 1]])])
        assert after(*operations)["statuses"]["top"] == "finished"
        operations.append(configure("1 11:00", leaderboards=[board(name="other")]))
        assert live(*operations) == [(None, [["ann", 2]])], "another activation"
        assert closed(*operations) == [(None, [["ann", 1]])]

    def test_nothing_to_end(self) -> None:
        for entry in (
            daily(status="inactive"),
            daily(status="finished"),
            daily(start=may(5)),
            daily(start=may(1), end=may(3)),
            board(start=may(6)),
            board(key="other"),
        ):
            oracle = play(
                configure(leaderboards=[entry]), event("4 08:00"), EndRun(at("4 09:00"), "top")
            )
            assert oracle.last_answer == "refused", entry
