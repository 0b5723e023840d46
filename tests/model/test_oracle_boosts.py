"""Examples of time triggers and boosts, worked out by hand from docs/points.md."""

from datetime import date
from typing import Any

import pytest

from tests.model.examples import (
    ATTRIBUTES,
    after,
    amounts,
    ann,
    anniversary,
    at,
    boost,
    completion,
    configure,
    crossing,
    event,
    of_users,
    play,
    rows,
    system,
    ticking,
)
from tests.model.operations import (
    AddBoost,
    AwardPoints,
    Boost,
    ChangeBoost,
    DeleteBoost,
    Operation,
    Pass,
    Upsert,
)


class TestBoosts:
    """SPEC 7.4."""

    def boosted(self, amount: int, *boosts: Any, crossings: int = 1) -> int:
        """What a trigger awards for so many crossings of so many points."""
        document = configure(points=[system(crossing("t", 1, amount), boosts=list(boosts))])
        [row] = rows(document, event("1 08:00", value=str(crossings)))
        assert row[2] == amount * crossings
        return row[1]

    def test_the_exact_product_is_rounded_once(self) -> None:
        ups = [boost(key, 1.1, rounding="up") for key in "ab"]
        assert self.boosted(100, *ups) == 121

    def test_crossings_come_first(self) -> None:
        assert self.boosted(3, boost("a", 1.1, rounding="down"), crossings=5) == 16

    @pytest.mark.parametrize(
        ("roundings", "amount"),
        [
            (["up"], 4),
            (["nearest"], 3),
            (["down"], 3),
            (["up", "nearest"], 4),
            (["up", "nearest", "down"], 3),
        ],
    )
    def test_the_strictest_rounding_decides(self, roundings: list[str], amount: int) -> None:
        """3 × 1.1 is 3.3, × 1.1 is 3.63, × 1.1 is 3.993."""
        keys = "abc"[: len(roundings)]
        boosts = [boost(key, 1.1, rounding=how) for key, how in zip(keys, roundings, strict=True)]
        assert self.boosted(3, *boosts) == amount

    def test_halves_go_up(self) -> None:
        assert self.boosted(5, boost("a", 1.5, rounding="nearest")) == 8

    def test_down_is_the_default(self) -> None:
        assert self.boosted(5, boost("a", 1.5)) == 7

    def test_of_less_than_one_nothing_may_be_left(self) -> None:
        document = configure(points=[system(crossing("t", 1, 1), boosts=[boost("a", 0.5)])])
        assert rows(document, event("1 08:00")) == []

    def test_deductions_are_not_boosted_nor_is_what_is_given_by_hand(self) -> None:
        got = amounts(
            configure(points=[system(crossing("t", 1, -2), boosts=[boost("a", 3)])]),
            event("1 08:00"),
            AwardPoints(at("1 09:00"), "ann", "xp", 5),
        )
        assert got == [("t", -2), (None, 5)]

    def test_boosted_first_and_clipped_then(self) -> None:
        cap: Any = {"cap": {"points": 25, "period": "day"}}
        got = amounts(
            configure(
                points=[system(crossing("t", 1, 10, **cap), boosts=[boost("a", 2)], maxPoints=30)]
            ),
            event("1 08:00"),
            event("1 09:00"),
            event("2 08:00"),
        )
        assert got == [("t", 20), ("t", 5), ("t", 5)]

    def test_dates_are_the_users_own_and_both_included(self) -> None:
        zone = "Asia/Kathmandu"
        got = amounts(
            configure(points=[system(crossing("t", 1, 1), boosts=[boost("a", 3, 2, 3)])]),
            event("1 18:14", zone=zone),
            event("1 18:15"),  # the 2nd
            event("3 18:14"),
            event("3 18:15"),  # the 4th
        )
        assert got == [("t", 1), ("t", 3), ("t", 3), ("t", 1)]

    def test_of_a_traveller_the_date_of_the_command(self) -> None:
        got = amounts(
            configure(points=[system(crossing("t", 1, 1), boosts=[boost("a", 3, 2, 2)])]),
            event("1 11:00", zone="Pacific/Kiritimati"),  # the 2nd
            event("1 12:00", zone="Pacific/Pago_Pago"),  # the 1st there: it stays the 2nd
        )
        assert got == [("t", 3), ("t", 3)]

    def test_off_and_on_and_archived(self) -> None:
        def documents(hour: int, **more: Any) -> list[Operation]:
            boosts = [boost("a", 3, **more)]
            document = configure(
                f"1 {hour:02}:00", points=[system(crossing("t", 1, 1), boosts=boosts)]
            )
            return [document, event(f"1 {hour:02}:30")]

        operations = [
            *documents(8),
            *documents(9, status="inactive"),
            *documents(10),
            *documents(11, status="archived"),
            *documents(12, rounding="up"),
        ]
        assert [row[1] for row in rows(*operations)] == [3, 1, 3, 1, 3]
        assert ann(*operations)["ledger"]["xp"][0][0][-1] == [["a", "3"]]

    def test_by_attributes(self) -> None:
        boosts = [boost("a", 2, **of_users(x="pro")), boost("b", 3)]
        got = amounts(
            configure(points=[system(crossing("t", 1, 1), boosts=boosts)], **ATTRIBUTES),
            event("1 08:00"),
            event("1 09:00", attributes={"x": "pro"}),
        )
        assert got == [("t", 3), ("t", 6)]


class TestOwnBoosts:
    OWN = Boost("xp", date(2024, 5, 1), date(2024, 5, 2), "2")

    def test_only_the_user_has_it_and_in_one_system(self) -> None:
        systems = [
            system(crossing("t", 1, 1), boosts=[boost("a", 3)]),
            system(crossing("t", 1, 1), key="gems"),
        ]
        got = after(
            configure(points=systems),
            Upsert(at("1 07:00"), "ann"),
            AddBoost(at("1 08:00"), "ann", self.OWN),
            event("1 09:00"),
            event("1 09:00", "bob"),
        )["users"]
        assert got["ann"]["points"] == {"xp": [6], "gems": [1]}
        assert got["ann"]["ledger"]["xp"][0][0][-1] == [["#1", "2"], ["a", "3"]]
        assert got["bob"]["points"] == {"xp": [3], "gems": [1]}

    def test_changed_switched_off_and_deleted(self) -> None:
        tripled = Boost("xp", date(2024, 5, 1), None, "3")
        off = Boost("xp", date(2024, 5, 1), None, "3", is_active=False)
        operations = [
            configure(points=[system(crossing("t", 1, 1))]),
            Upsert(at("1 07:00"), "ann"),
            AddBoost(at("1 08:00"), "ann", self.OWN),
            event("1 09:00"),
            ChangeBoost(at("1 10:00"), "ann", 1, tripled),
            event("1 11:00"),
            ChangeBoost(at("1 12:00"), "ann", 1, off),
            event("1 13:00"),
            ChangeBoost(at("1 14:00"), "ann", 1, tripled),
            DeleteBoost(at("1 15:00"), "ann", 1),
            event("1 16:00"),
        ]
        assert [row[1] for row in rows(*operations)] == [2, 3, 1, 1]
        assert ann(*operations)["boosts"] == []

    def test_what_is_not_there_is_refused(self) -> None:
        oracle = play(
            configure(points=[system()]),
            Upsert(at("1 07:00"), "ann"),
            AddBoost(at("1 08:00"), "ann", self.OWN),
        )
        commands = [
            (DeleteBoost(at("1 09:00"), "ann", 2), "refused"),
            (ChangeBoost(at("1 09:00"), "ann", 1, self.OWN), "applied"),
            (DeleteBoost(at("1 09:00"), "ann", 1), "applied"),
            (DeleteBoost(at("1 09:00"), "ann", 1), "refused"),
            (ChangeBoost(at("1 09:00"), "ann", 1, self.OWN), "refused"),
            (AddBoost(at("1 09:00"), "bob", self.OWN), "refused"),
        ]
        for command, answer in commands:
            oracle.apply(command)
            assert oracle.last_answer == answer, command


class TestTime:
    """SPEC 7.2: intervals since the user was made, also while they are away."""

    def test_every_interval_by_itself(self) -> None:
        operations = [
            configure(points=[system(ticking("t", 12, 2))]),
            Upsert(at("1 08:00"), "ann"),
            Pass(at("2 20:00") - 1),
        ]
        assert rows(*operations) == [
            ["t", 2, 2, 2, at("1 20:00")],
            ["t", 2, 2, 4, at("2 08:00")],
        ]
        assert len(rows(*operations, Pass(at("2 20:00")))) == 3

    def test_a_day_has_24_hours(self) -> None:
        """In New York 10 March has 23: the second interval ends an hour later on the wall."""
        days = {"timeUnit": "days", "timeInterval": 1}
        operations = [
            configure("2024-03-01T00:00", points=[system({**ticking("t", 1, 1), **days})]),
            Upsert(at("2024-03-09T12:00"), "ann", zone="America/New_York"),
            Pass(at("2024-03-11T12:00")),
        ]
        assert [row[4] for row in rows(*operations)] == [
            at("2024-03-10T12:00"),
            at("2024-03-11T12:00"),
        ]

    def test_each_is_boosted_by_its_own_date_rounded_and_clipped(self) -> None:
        document = configure(
            points=[system(ticking("t", 24, 3), boosts=[boost("a", 1.5, 3, 4)], maxPoints=13)]
        )
        operations = [document, Upsert(at("1 08:00"), "ann"), Pass(at("9 00:00"))]
        assert rows(*operations) == [
            ["t", 3, 3, 3, at("2 08:00")],
            ["t", 4, 3, 7, at("3 08:00")],
            ["t", 4, 3, 11, at("4 08:00")],
            ["t", 2, 3, 13, at("5 08:00")],
        ]

    def test_at_the_maximum_nothing_is_due_until_there_is_room_again(self) -> None:
        operations = [
            configure(points=[system(ticking("t", 24, 3), maxPoints=3)]),
            Upsert(at("1 08:00"), "ann"),
            AwardPoints(at("5 12:00"), "ann", "xp", -1),
            Pass(at("9 00:00")),
        ]
        assert rows(*operations) == [
            ["t", 3, 3, 3, at("2 08:00")],
            [None, -1, -1, 2, at("5 12:00")],
            ["t", 1, 3, 3, at("6 08:00")],
        ]

    def test_deductions_go_on_for_ever(self) -> None:
        operations = [
            configure(points=[system(ticking("t", 24, -1))]),
            Upsert(at("1 08:00"), "ann"),
            Pass(at("4 08:00")),
        ]
        assert ann(*operations)["points"] == {"xp": [-3]}

    def test_what_ended_before_is_settled_by_what_was_in_force(self) -> None:
        operations = [
            configure(points=[system(ticking("t", 12, 1, status="inactive"))]),
            Upsert(at("1 08:00"), "ann"),
            configure("2 08:00", points=[system(ticking("t", 12, 1))]),
            configure("3 08:00", points=[system(ticking("t", 24, 5))]),
            Pass(at("4 08:00")),
        ]
        assert rows(*operations) == [
            ["t", 1, 1, 1, at("2 20:00")],
            ["t", 1, 1, 2, at("3 08:00")],
            ["t", 5, 5, 7, at("4 08:00")],
        ]

    def test_also_if_it_came_to_nothing_under_the_boosts_of_then(self) -> None:
        halved = configure(points=[system(ticking("t", 24, 1), boosts=[boost("a", 0.5)])])
        operations = [
            halved,
            Upsert(at("1 08:00"), "ann"),
            Pass(at("4 00:00")),
            configure("4 00:00", points=[system(ticking("t", 24, 1))]),
            Pass(at("5 00:00")),
        ]
        assert rows(*operations) == [["t", 1, 1, 1, at("4 08:00")]]

    def test_by_user_attributes_at_the_time(self) -> None:
        operations = [
            configure(points=[system(ticking("t", 24, 1, **of_users(x="pro")))], **ATTRIBUTES),
            Upsert(at("1 08:00"), "ann"),
            Upsert(at("3 08:00"), "ann", attributes={"x": "pro"}),
            Upsert(at("5 08:00"), "ann", attributes={"x": "not"}),
            Pass(at("9 00:00")),
        ]
        assert [row[4] for row in rows(*operations)] == [at("4 08:00"), at("5 08:00")]

    def test_at_one_instant_anniversaries_first_and_triggers_by_age(self) -> None:
        document = configure(
            points=[system(ticking("u", 24, 4), completion("c", "y", 3), ticking("t", 48, 4))],
            achievements=[anniversary("y", 1)],
        )
        document.document["points"][0]["maxPoints"] = 13
        operations = [
            document,
            Upsert(at("1 00:00"), "ann", signed_up=date(2023, 5, 3)),
            Pass(at("4 00:00")),
        ]
        assert rows(*operations) == [
            ["u", 4, 4, 4, at("2 00:00")],
            ["c", 3, 3, 7, at("3 00:00")],
            ["u", 4, 4, 11, at("3 00:00")],
            ["t", 2, 4, 13, at("3 00:00")],
        ]

    def test_before_a_command_at_the_same_instant(self) -> None:
        operations = [
            configure(points=[system(ticking("t", 24, 5), crossing("x", 1, 5), maxPoints=7)]),
            Upsert(at("1 08:00"), "ann"),
            event("2 08:00"),
        ]
        assert amounts(*operations) == [("t", 5), ("x", 2)]

    def test_dates_of_summaries(self) -> None:
        """In Kathmandu the third interval ends on the 3rd, and then the user has a 2nd once more.

        No row comes onto an earlier date than the last one of the ledger.
        """
        user = ann(
            configure(points=[system(ticking("t", 12, 1), crossing("x", 1, 5))]),
            Upsert(at("1 08:00"), "ann", zone="Asia/Kathmandu"),
            Pass(at("2 20:00")),  # three intervals: on the 2nd at 01:45, 13:45, on the 3rd at 01:45
            event("2 21:00", zone="America/New_York"),  # the 2nd there
            Pass(at("3 20:00")),
        )
        assert user["pointsDays"]["xp"] == [[["2024-05-02", 2], ["2024-05-03", 10]]]
