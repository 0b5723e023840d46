"""Examples of what keeps a streak, worked out by hand from docs/streaks.md: freezes, pauses, days
off; and of the date on which it expires.
"""

from datetime import date
from typing import Any

from tests.model.examples import (
    after,
    ann,
    at,
    configure,
    days,
    event,
    follow,
    freezes,
    metric,
    outcomes,
    pause,
    play,
    prefer,
)
from tests.model.operations import (
    AddPause,
    Configure,
    DeletePause,
    Event,
    GrantFreeze,
    Operation,
    Pass,
    Upsert,
)


def frozen(*arguments: int, **more: Any) -> dict[str, Any]:
    """The streak part of a document with freezes."""
    return follow(freezes=freezes(*arguments), **more)


class TestFreezes:
    """SPEC 5.5."""

    def ledger(self, *operations: Operation) -> list[list[Any]]:
        return ann(*operations)["freezes"]["ledger"]

    def test_a_long_absence_uses_one_a_day_until_none_is_left(self) -> None:
        user = ann(configure(**frozen(2, 3)), *days(1, 2), Pass(at("20 00:00")))
        assert user["periods"]["daily"][2:] == [
            ["2024-05-03", "2024-05-03", 2, "frozen", at("4 00:00")],
            ["2024-05-04", "2024-05-04", 2, "frozen", at("5 00:00")],
            ["2024-05-05", "2024-05-05", 0, "broken", at("6 00:00")],
        ]
        assert user["freezes"] == {
            "balance": 0,
            "ledger": [
                ["initial_grant", 2, 2, None, at("1 08:00")],
                ["consumed", -1, 1, "2024-05-03", at("4 00:00")],
                ["consumed", -1, 0, "2024-05-04", at("5 00:00")],
            ],
        }

    def test_a_kept_length_goes_on(self) -> None:
        user = ann(configure(**frozen(1, 1)), *days(1, 3))
        assert user["streaks"]["daily"]["length"] == 2
        assert user["streaks"]["daily"]["started"] == "2024-05-01"

    def test_only_the_configured_frequency_uses_them(self) -> None:
        user = ann(
            configure(**frozen(2, 2, frequency="weekly")), *days(1), Pass(at("2024-06-10T00:00"))
        )
        assert outcomes(user) == [["05-01", 1, "extended"], ["05-02", 0, "broken"]]
        assert outcomes(user, "weekly") == [
            ["04-29", 1, "extended"],
            ["05-06", 1, "frozen"],
            ["05-13", 1, "frozen"],
            ["05-20", 0, "broken"],
        ]
        assert user["freezes"]["ledger"][1:] == [
            ["consumed", -1, 1, "2024-05-06", at("13 00:00")],
            ["consumed", -1, 0, "2024-05-13", at("20 00:00")],
        ]

    def test_one_keeps_a_month(self) -> None:
        user = ann(
            configure(**frozen(1, 1, frequency="monthly")), *days(1), Pass(at("2024-08-01T00:00"))
        )
        assert user["periods"]["monthly"][1:] == [
            ["2024-06-01", "2024-06-30", 1, "frozen", at("2024-07-01T00:00")],
            ["2024-07-01", "2024-07-31", 0, "broken", at("2024-08-01T00:00")],
        ]

    def test_only_who_is_made_while_they_are_on_gets_some(self) -> None:
        operations = [configure(**follow()), *days(1), configure("1 09:00", **frozen(1, 1))]
        assert self.ledger(*operations) == []
        bob = after(*operations, Upsert(at("1 10:00"), "bob"))["users"]["bob"]
        assert bob["freezes"]["ledger"] == [["initial_grant", 1, 1, None, at("1 10:00")]]

    def test_a_grant_of_none_is_no_row(self) -> None:
        assert self.ledger(configure(**frozen(0, 1)), *days(1)) == []

    def test_switched_off_they_are_kept_and_not_used(self) -> None:
        off, on = configure("1 09:00", **follow()), configure("3 09:00", **frozen(1, 1))
        user = ann(configure(**frozen(1, 1)), *days(1), off, Pass(at("3 00:00")))
        assert outcomes(user)[-1] == ["05-02", 0, "broken"]
        assert user["freezes"]["balance"] == 1
        user = ann(configure(**frozen(1, 1)), *days(1), off, *days(2, 3), on, Pass(at("5 00:00")))
        assert outcomes(user)[-1] == ["05-04", 3, "frozen"]

    def test_a_lower_maximum_takes_nothing_and_leaves_no_room(self) -> None:
        operations = [
            configure(**frozen(3, 3)),
            *days(1),
            configure("1 09:00", **frozen(1, 1, 1)),
            Pass(at("2 12:00")),
            GrantFreeze(at("2 12:00"), "ann"),
        ]
        assert play(*operations).last_answer == "refused"
        assert ann(*operations)["freezes"]["balance"] == 3

    def test_an_operator_grants_one(self) -> None:
        oracle = play(configure(**frozen(0, 1)), *days(1), GrantFreeze(at("1 09:00"), "ann"))
        assert oracle.last_answer == "applied"
        user = oracle.outcome(at("3 00:00"))["users"]["ann"]
        assert user["freezes"]["ledger"] == [
            ["manual", 1, 1, None, at("1 09:00")],
            ["consumed", -1, 0, "2024-05-02", at("3 00:00")],
        ]

    def test_a_grant_is_refused_without_room_or_freezes_or_user(self) -> None:
        oracle = play(configure(**frozen(1, 1)), *days(1))
        for user in ("ann", "bob"):
            oracle.apply(GrantFreeze(at("1 09:00"), user))
            assert oracle.last_answer == "refused"
        for parts in (follow(), {}):
            oracle = play(configure(**parts), *days(1), GrantFreeze(at("1 09:00"), "ann"))
            assert oracle.last_answer == "refused"


class TestEarning:
    """SPEC 5.5: at midnights, by days since the user was made."""

    def earnings(self, *operations: Operation) -> list[list[Any]]:
        """Amount, balance and instant of what was earned."""
        rows = ann(*operations)["freezes"]["ledger"]
        return [[row[1], row[2], row[4]] for row in rows if row[0] == "accumulation"]

    def test_every_so_many_days_as_far_as_there_is_room(self) -> None:
        operations = [configure(**frozen(0, 3, 2, 2)), Upsert(at("1 12:00"), "ann")]
        assert self.earnings(*operations, Pass(at("20 00:00"))) == [
            [2, 2, at("3 00:00")],
            [1, 3, at("5 00:00")],
        ]

    def test_midnights_are_those_of_the_users_zone_of_the_time(self) -> None:
        """Made on the 2nd in Kiritimati; in New York from its 3rd, which ends at 04:00 UTC."""
        rows = self.earnings(
            configure(**frozen(0, 9, 1)),
            Upsert(at("1 11:00"), "ann", zone="Pacific/Kiritimati"),
            Pass(at("2 10:00")),  # the 3rd begins
            Upsert(at("2 11:00"), "ann", zone="America/New_York"),  # 07:00 of the 2nd
            Pass(at("5 04:00")),
        )
        # The 3rd comes again at 04:00 of the 3rd and earns no more.
        assert [row[2] for row in rows] == [at("2 10:00"), at("4 04:00"), at("5 04:00")]

    def test_a_midnight_consumes_before_it_earns(self) -> None:
        user = ann(configure(**frozen(1, 1, 2)), *days(1), Pass(at("5 00:00")))
        assert user["freezes"]["ledger"] == [
            ["initial_grant", 1, 1, None, at("1 08:00")],
            ["consumed", -1, 0, "2024-05-02", at("3 00:00")],
            ["accumulation", 1, 1, None, at("3 00:00")],
            ["consumed", -1, 0, "2024-05-03", at("4 00:00")],
            ["accumulation", 1, 1, None, at("5 00:00")],
        ]
        assert outcomes(user)[-1] == ["05-04", 0, "broken"]

    def test_settings_of_the_time_decide(self) -> None:
        """The interval counts from the day of making; a step at a midnight comes after it."""
        rows = self.earnings(
            configure(**frozen(0, 9, 3)),
            Upsert(at("1 12:00"), "ann"),
            configure("4 00:00", **frozen(0, 9, 5, 2)),
            Pass(at("12 00:00")),
        )
        assert rows == [[1, 1, at("4 00:00")], [2, 3, at("6 00:00")], [2, 5, at("11 00:00")]]

    def test_a_jumped_date_earns_too(self) -> None:
        """Apia, 30 December 2011: its beginning and that of the 31st are one instant."""
        document = {"defaultTimeZone": "Pacific/Apia", "metrics": [metric()], **frozen(0, 9, 1)}
        jump = at("2011-12-30T10:00")
        rows = self.earnings(
            Configure(at("2011-12-01T00:00"), document),
            Upsert(at("2011-12-29T20:00"), "ann"),  # the 29th
            Pass(jump),
        )
        assert rows == [[1, 1, jump], [1, 2, jump]]

    def test_a_change_of_zone_earns_at_the_midnights_that_it_jumps_over(self) -> None:
        """From the 1st in Pago Pago into the 3rd in Kiritimati, and back and on as days go by."""
        operations = [
            configure(**frozen(0, 9, 1)),
            Upsert(at("2 10:30"), "ann", zone="Pacific/Pago_Pago"),
            Upsert(at("2 10:45"), "ann", zone="Pacific/Kiritimati"),
            Upsert(at("2 10:50"), "ann", zone="Pacific/Pago_Pago"),
            Upsert(at("2 10:55"), "ann", zone="Pacific/Kiritimati"),
            Upsert(at("2 11:30"), "ann", zone=""),  # the 2nd
        ]
        jumped = [[1, 1, at("2 10:45")], [1, 2, at("2 10:45")]]
        assert self.earnings(*operations) == jumped
        assert self.earnings(*operations, Pass(at("4 00:00"))) == [*jumped, [1, 3, at("4 00:00")]]

    def test_a_change_of_zone_closes_before_it_earns(self) -> None:
        """The freeze earned by the change comes too late for the period that it closes."""
        operations = [
            configure(**frozen(0, 1, 5)),
            *days(1),
            Upsert(at("2 12:00"), "ann", zone="Pacific/Kiritimati"),  # into the 3rd: skipped
            Upsert(at("3 09:00"), "ann", zone=""),
            *days(4),
            Upsert(at("5 12:00"), "ann", zone="Pacific/Kiritimati"),  # into the 6th
        ]
        user = ann(*operations)
        assert user["freezes"]["ledger"] == [["accumulation", 1, 1, None, at("5 12:00")]]
        assert outcomes(user)[-1] == ["05-05", 0, "broken"]

    def test_a_midnight_without_room_earns_when_a_flight_west_brings_it_again(self) -> None:
        """No row, nothing earned: so the date is open still."""
        rows = self.earnings(
            configure(**frozen(1, 1, 1)),
            event("1 11:00", zone="Pacific/Kiritimati"),  # the 2nd
            Pass(at("2 10:00")),  # the 3rd: no room
            Upsert(at("2 10:30"), "ann", zone="Pacific/Pago_Pago"),  # the 1st there
            configure("2 11:00", **frozen(1, 2, 1)),  # the 2nd there
            Pass(at("3 11:00")),
        )
        assert rows == [[1, 2, at("3 11:00")]]

    def test_who_is_disabled_earns_nothing_and_makes_up_for_nothing(self) -> None:
        rows = self.earnings(
            configure(**frozen(0, 9, 1)),
            Upsert(at("1 12:00"), "ann"),
            prefer("2 12:00", enabled=False),
            prefer("4 12:00", enabled=True),
            Pass(at("5 00:00")),
        )
        assert [row[2] for row in rows] == [at("2 00:00"), at("5 00:00")]


class TestDaysOff:
    """SPEC 5.3. The 4th is a Saturday (6), the 5th a Sunday (0)."""

    def test_they_keep_the_length_and_cost_no_freeze(self) -> None:
        user = ann(configure(**frozen(1, 1, daysOff=[0, 6])), *days(3), Pass(at("7 00:00")))
        assert outcomes(user) == [
            ["05-03", 1, "extended"],
            ["05-04", 1, "day_off"],
            ["05-05", 1, "day_off"],
            ["05-06", 1, "frozen"],
        ]

    def test_an_event_on_one_extends(self) -> None:
        user = ann(configure(**follow(daysOff=[6])), *days(3, 4), Pass(at("5 00:00")))
        assert outcomes(user)[-1] == ["05-04", 2, "extended"]

    def test_they_come_before_pauses(self) -> None:
        user = ann(
            configure(**frozen(1, 1, daysOff=[6])),
            *days(3),
            pause("3 09:00", 4, 5),
            Pass(at("6 00:00")),
        )
        assert outcomes(user)[1:] == [["05-04", 1, "day_off"], ["05-05", 1, "paused"]]

    def test_a_users_own_ones_count_while_daily_is_configured(self) -> None:
        own = prefer("3 09:00", daysOff=[6])
        parts = {"customizationEnabled": True, "daysOff": [0]}
        user = ann(configure(**follow(**parts)), *days(3), own, Pass(at("6 00:00")))
        assert outcomes(user)[1:] == [["05-04", 1, "day_off"], ["05-05", 0, "broken"]]
        weekly = configure("3 10:00", **follow("weekly", customizationEnabled=True))
        user = ann(configure(**follow(**parts)), *days(3), own, weekly, Pass(at("6 00:00")))
        assert outcomes(user)[1:] == [["05-04", 0, "broken"]]


class TestPauses:
    """SPEC 5.3."""

    def test_a_pause_keeps_the_length_and_costs_no_freeze(self) -> None:
        user = ann(configure(**frozen(1, 1)), *days(1), pause("1 09:00", 2, 3), Pass(at("6 00:00")))
        assert outcomes(user) == [
            ["05-01", 1, "extended"],
            ["05-02", 1, "paused"],
            ["05-03", 1, "paused"],
            ["05-04", 1, "frozen"],
            ["05-05", 0, "broken"],
        ]
        assert user["freezes"]["balance"] == 0

    def test_an_event_in_a_pause_extends(self) -> None:
        user = ann(configure(**follow()), *days(1), pause("1 09:00", 2, 3), *days(3))
        assert user["streaks"]["daily"]["length"] == 2

    def test_one_day_of_it_keeps_a_week_and_a_month(self) -> None:
        user = ann(
            configure(**frozen(1, 1, frequency="weekly")),
            *days(1),
            pause("1 09:00", 12, 12),  # the Sunday of the second week
            Pass(at("2024-07-01T00:00")),
        )
        assert outcomes(user, "weekly")[:4] == [
            ["04-29", 1, "extended"],
            ["05-06", 1, "paused"],
            ["05-13", 1, "frozen"],
            ["05-20", 0, "broken"],
        ]
        operations = [configure(**follow("monthly")), *days(1)]
        june = AddPause(at("1 09:00"), "ann", date(2024, 6, 30), date(2024, 7, 1))
        user = ann(*operations, june, Pass(at("2024-09-01T00:00")))
        assert outcomes(user, "monthly") == [
            ["05-01", 1, "extended"],
            ["06-01", 1, "paused"],
            ["07-01", 1, "paused"],
            ["08-01", 0, "broken"],
        ]

    def test_today_can_be_paused_and_yesterday_cannot(self) -> None:
        operations = [configure(**follow()), *days(1), Pass(at("2 12:00"))]
        assert play(*operations, pause("2 12:00", 2, 2)).last_answer == "applied"
        assert play(*operations, pause("2 12:00", 1, 9)).last_answer == "refused"
        assert play(*operations, pause("2 12:00", 3, 2)).last_answer == "refused"
        bob = AddPause(at("2 12:00"), "bob", date(2024, 5, 3), date(2024, 5, 3))
        assert play(*operations, bob).last_answer == "refused"

    def test_today_is_the_date_that_the_command_would_have(self) -> None:
        """It is the 1st in Pago Pago, but who was in Kiritimati is at their 2nd."""
        operations = [
            configure(**follow()),
            event("1 11:00", zone="Pacific/Kiritimati"),
            Upsert(at("1 12:00"), "ann", zone="Pacific/Pago_Pago"),
        ]
        assert play(*operations, pause("1 13:00", 1, 5)).last_answer == "refused"
        assert play(*operations, pause("1 13:00", 2, 5)).last_answer == "applied"

    def test_a_deleted_pause_counts_no_more_and_what_is_closed_stays(self) -> None:
        operations = [
            configure(**follow()),
            *days(1),
            pause("1 09:00", 2, 9),
            DeletePause(at("3 12:00"), "ann", 1),
        ]
        user = ann(*operations, Pass(at("9 00:00")))
        assert outcomes(user)[1:] == [["05-02", 1, "paused"], ["05-03", 0, "broken"]]
        assert user["pauses"] == []

    def test_pauses_are_deleted_by_number_and_once(self) -> None:
        """What is refused has no number."""
        operations = [
            configure(**follow()),
            *days(1),
            pause("1 09:00", 9, 8),
            pause("1 09:00", 2, 3),
            pause("1 09:00", 3, 4),
        ]
        for index, rest in (
            (1, [["2024-05-03", "2024-05-04"]]),
            (2, [["2024-05-02", "2024-05-03"]]),
        ):
            deleted = DeletePause(at("1 10:00"), "ann", index)
            oracle = play(*operations, deleted)
            assert oracle.last_answer == "applied"
            assert oracle.outcome(oracle.clock)["users"]["ann"]["pauses"] == rest
            oracle.apply(deleted)
            assert oracle.last_answer == "refused"
        for index in (0, 3):
            deleted = DeletePause(at("1 10:00"), "ann", index)
            assert play(*operations, deleted).last_answer == "refused"

    def test_a_pause_is_shown_until_it_is_over(self) -> None:
        operations = [configure(**follow()), *days(1), pause("1 09:00", 2, 3)]
        shown = [["2024-05-02", "2024-05-03"]]
        assert ann(*operations, Pass(at("4 00:00") - 1))["pauses"] == shown
        assert ann(*operations, Pass(at("4 00:00")))["pauses"] == []


class TestExpires:
    def expires(self, *operations: Operation, **parts: Any) -> str | None:
        return ann(configure(**follow(**parts)), *operations)["expires"]

    def test_today_or_if_it_is_met_tomorrow(self) -> None:
        assert self.expires(*days(1)) == "2024-05-02"
        assert self.expires(*days(1), Pass(at("2 12:00"))) == "2024-05-02"
        assert self.expires(*days(1), Pass(at("3 12:00"))) is None
        assert self.expires(Upsert(at("1 12:00"), "ann")) is None

    def test_days_off_and_pauses_move_it_on(self) -> None:
        """From Friday the 3rd over the weekend; the 6th and 7th are a pause."""
        assert self.expires(*days(3), daysOff=[0, 6]) == "2024-05-06"
        paused = pause("3 09:00", 6, 7)
        assert self.expires(*days(3), paused, daysOff=[0, 6]) == "2024-05-08"
        assert self.expires(*days(3), paused, Pass(at("4 12:00")), daysOff=[0, 6]) == "2024-05-08"
        assert self.expires(*days(3), paused) == "2024-05-04"

    def test_weeks_and_months(self) -> None:
        assert self.expires(*days(1), frequency="weekly") == "2024-05-12"
        assert self.expires(*days(1), Pass(at("6 00:00")), frequency="weekly") == "2024-05-12"
        assert self.expires(*days(1), frequency="monthly") == "2024-06-30"
        assert self.expires(*days(1), pause("1 09:00", 6, 6), frequency="weekly") == "2024-05-19"

    def test_freezes_do_not_move_it(self) -> None:
        assert self.expires(*days(1), freezes=freezes(3, 3)) == "2024-05-02"

    def test_there_is_no_30_december_in_apia(self) -> None:
        document = {"defaultTimeZone": "Pacific/Apia", "metrics": [metric()], **follow()}
        run = Event(at("2011-12-29T20:00"), "ann", "runs", "1")  # the 29th
        assert ann(Configure(at("2011-12-01T00:00"), document), run)["expires"] == "2011-12-31"
