"""Examples of streaks worked out by hand from docs/streaks.md: see tests/model/examples.py."""

from tests.model.examples import (
    DAILY,
    Outcome,
    ann,
    at,
    configure,
    days,
    event,
    follow,
    freezes,
    lengths,
    metric,
    on_streak,
    outcomes,
    pause,
    streak_board,
    streaks,
    top,
)
from tests.model.operations import Configure, Event, Operation, Pass, Reset, Restore, Upsert


class TestStreak:
    """SPEC 5."""

    def test_three_days_and_a_long_absence(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 08:00"),
            event("1 20:00"),  # 2 on the 1st: met
            event("1 21:00"),  # met already
            event("2 08:00", value="2"),
            event("3 08:00", value="1.5"),
            event("3 23:59", value="0.5"),
            Pass(at("20 12:00")),
        )
        assert user["streaks"]["daily"] == {
            "length": 0,
            "longest": 3,
            "started": None,
            "period": None,
            "met": False,
        }
        assert user["periods"]["daily"] == [
            ["2024-05-01", "2024-05-01", 1, "extended", at("2 00:00")],
            ["2024-05-02", "2024-05-02", 2, "extended", at("3 00:00")],
            ["2024-05-03", "2024-05-03", 3, "extended", at("4 00:00")],
            ["2024-05-04", "2024-05-04", 0, "broken", at("5 00:00")],
        ]

    def test_the_open_period_of_a_running_streak(self) -> None:
        operations = [configure(**DAILY), event("1 08:00", value="2")]
        assert ann(*operations)["streaks"]["daily"] == {
            "length": 1,
            "longest": 1,
            "started": "2024-05-01",
            "period": "2024-05-01",
            "met": True,
        }
        last_moment = ann(*operations, Pass(at("3 00:00") - 1))
        assert last_moment["streaks"]["daily"]["length"] == 1
        assert last_moment["streaks"]["daily"]["period"] == "2024-05-02"
        assert not last_moment["streaks"]["daily"]["met"]
        assert ann(*operations, Pass(at("3 00:00")))["streaks"]["daily"]["length"] == 0

    def test_an_event_at_midnight_belongs_to_the_new_day(self) -> None:
        user = ann(configure(**DAILY), event("1 08:00", value="2"), event("2 00:00", value="2"))
        assert user["streaks"]["daily"]["length"] == 2
        assert [row[3] for row in user["periods"]["daily"]] == ["extended"]

    def test_sums_start_anew_each_day_without_a_streak(self) -> None:
        user = ann(configure(**DAILY), event("1 08:00"), event("2 08:00"))
        assert user["streaks"]["daily"]["length"] == 0
        assert user["periods"]["daily"] == []

    def test_a_new_streak_after_a_break(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 08:00", value="2"),
            event("3 08:00", value="2"),
            event("4 08:00", value="2"),
        )
        assert user["streaks"]["daily"]["length"] == 2
        assert user["streaks"]["daily"]["started"] == "2024-05-03"
        assert [row[2:4] for row in user["periods"]["daily"]] == [
            [1, "extended"],
            [0, "broken"],
            [1, "extended"],
        ]

    def test_all_conditions_at_the_same_moment(self) -> None:
        """SPEC 5.2: the sum of runs goes back below its threshold before the swim."""
        document = configure(
            metrics=[metric(), metric("swims")],
            streaks=streaks(("runs", 2), ("swims", 1), mode="AND"),
        )
        events = [
            event("1 08:00", value="2"),
            event("1 09:00", value="-1"),
            event("1 10:00", metric="swims"),
        ]
        assert ann(document, *events)["streaks"]["daily"]["length"] == 0
        assert ann(document, *events, event("1 11:00"))["streaks"]["daily"]["length"] == 1

    def test_once_met_it_stays_met(self) -> None:
        user = ann(configure(**DAILY), event("1 08:00", value="2"), event("1 09:00", value="-5"))
        assert user["streaks"]["daily"]["met"]
        assert user["streaks"]["daily"]["length"] == 1

    def test_one_of_the_conditions(self) -> None:
        document = configure(
            metrics=[metric(), metric("swims")], streaks=streaks(("runs", 2), ("swims", 1))
        )
        assert ann(document, event("1 08:00", metric="swims"))["streaks"]["daily"]["length"] == 1

    def test_a_metric_without_events_satisfies_nothing(self) -> None:
        """A threshold of 0 wants an event; then that of a `last` metric may be 0."""
        document = configure(
            metrics=[metric(), metric("swims", "last")], streaks=streaks(("swims", 0))
        )
        assert ann(document, event("1 08:00"))["streaks"]["daily"]["length"] == 0
        swim = event("1 08:00", metric="swims", value="0")
        assert ann(document, swim)["streaks"]["daily"]["length"] == 1

    def test_only_an_event_meets_a_period(self) -> None:
        """SPEC 5.2, 5.8: lower thresholds count from the next event on, whatever its metric."""
        operations = [
            configure(metrics=[metric(), metric("swims")], streaks=streaks(("runs", 5))),
            event("1 08:00"),
            configure("1 09:00", metrics=[metric(), metric("swims")], streaks=streaks(("runs", 1))),
            Upsert(at("1 10:00"), "ann"),
        ]
        assert ann(*operations)["streaks"]["daily"]["length"] == 0
        swim = event("1 11:00", metric="swims")
        assert ann(*operations, swim)["streaks"]["daily"]["length"] == 1

    def test_days_of_a_user_are_those_of_their_zone(self) -> None:
        """New York in May is 4 hours behind: 03:00 UTC is 23:00 of the day before."""
        user = ann(
            configure(**DAILY),
            event("1 12:00", value="2", zone="America/New_York"),
            event("3 03:00", value="2"),
        )
        assert user["streaks"]["daily"]["length"] == 2
        assert user["periods"]["daily"] == [
            ["2024-05-01", "2024-05-01", 1, "extended", at("2 04:00")]
        ]

    def test_apia_goes_from_the_29th_to_the_31st(self) -> None:
        """SPEC 2.3: a date without an instant is no period."""
        document = {"defaultTimeZone": "Pacific/Apia", "metrics": [metric()], **DAILY}
        user = ann(
            Configure(at("2011-12-01T00:00"), document),
            Event(at("2011-12-29T20:00"), "ann", "runs", "2"),  # 10:00 of the 29th
            Event(at("2011-12-30T20:00"), "ann", "runs", "2"),  # 10:00 of the 31st
        )
        assert user["streaks"]["daily"]["length"] == 2
        assert user["streaks"]["daily"]["period"] == "2011-12-31"
        assert user["periods"]["daily"] == [
            ["2011-12-29", "2011-12-29", 1, "extended", at("2011-12-30T10:00")]
        ]


class TestFrequencies:
    """SPEC 5.1: all three are followed. The 6th of May is a Monday."""

    def test_a_week_begins_on_monday(self) -> None:
        user = ann(configure(**follow("weekly")), *days(1, 6), Pass(at("13 00:00")))
        assert user["streaks"]["weekly"] == {
            "length": 2,
            "longest": 2,
            "started": "2024-04-29",
            "period": "2024-05-13",
            "met": False,
        }
        assert user["periods"]["weekly"] == [
            ["2024-04-29", "2024-05-05", 1, "extended", at("6 00:00")],
            ["2024-05-06", "2024-05-12", 2, "extended", at("13 00:00")],
        ]

    def test_a_week_begins_when_the_document_says(self) -> None:
        user = ann(configure(weekStart="thursday", **follow("weekly")), *days(1, 2))
        assert user["periods"]["weekly"] == [
            ["2024-04-25", "2024-05-01", 1, "extended", at("2 00:00")]
        ]

    def test_months_have_their_days(self) -> None:
        user = ann(
            Configure(at("2024-02-01T00:00"), {"metrics": [metric()], **follow("monthly")}),
            Event(at("2024-02-29T08:00"), "ann", "runs", "1"),
            Event(at("2024-03-01T08:00"), "ann", "runs", "1"),
            Pass(at("2024-05-01T00:00")),
        )
        assert user["periods"]["monthly"] == [
            ["2024-02-01", "2024-02-29", 1, "extended", at("2024-03-01T00:00")],
            ["2024-03-01", "2024-03-31", 2, "extended", at("2024-04-01T00:00")],
            ["2024-04-01", "2024-04-30", 0, "broken", at("2024-05-01T00:00")],
        ]

    def test_each_has_its_own_length_and_rows(self) -> None:
        user = ann(configure(**follow()), *days(4, 5, 6), Pass(at("8 12:00")))
        assert lengths(user) == [0, 2, 1]
        assert outcomes(user)[-1] == ["05-07", 0, "broken"]
        assert outcomes(user, "weekly") == [["04-29", 1, "extended"]]
        assert outcomes(user, "monthly") == []

    def test_sums_are_those_of_each_period(self) -> None:
        """A run on Wednesday and one on Thursday are two in the week and in no day."""
        user = ann(configure(**DAILY), *days(1, 2))
        assert lengths(user) == [0, 1, 1]
        # The month goes on, the week and the day begin.
        assert lengths(ann(configure(**DAILY), *days(5, 6))) == [0, 0, 1]

    def test_without_conditions_nothing_is_met(self) -> None:
        assert lengths(ann(configure(streaks=streaks()), *days(1))) == [0, 0, 0]
        assert lengths(ann(configure(), *days(1))) == [0, 0, 0]
        assert lengths(ann(configure(streaks=streaks(mode="AND")), *days(1))) == [0, 0, 0]

    def test_running_streaks_close_without_settings(self) -> None:
        user = ann(configure(**follow()), *days(1), configure("1 09:00"), Pass(at("3 00:00")))
        assert outcomes(user) == [["05-01", 1, "extended"], ["05-02", 0, "broken"]]

    def test_apias_last_friday_of_2011(self) -> None:
        """A week is named by its first and last date, even by one that the place jumped over."""

        def friday(week_start: str, *instants: str) -> Outcome:
            document = {"defaultTimeZone": "Pacific/Apia", "weekStart": week_start}
            document |= {"metrics": [metric()], **follow("weekly")}
            events = [Event(at(instant), "ann", "runs", "1") for instant in instants]
            return ann(Configure(at("2011-12-01T00:00"), document), *events)

        # 10:00 of the 29th, and 10:00 of the 31st
        user = friday("saturday", "2011-12-29T20:00", "2011-12-30T20:00")
        assert user["periods"]["weekly"] == [
            ["2011-12-24", "2011-12-30", 1, "extended", at("2011-12-30T10:00")]
        ]
        user = friday("friday", "2011-12-29T20:00", "2011-12-30T20:00")
        assert user["periods"]["weekly"] == [
            ["2011-12-23", "2011-12-29", 1, "extended", at("2011-12-30T10:00")]
        ]
        assert user["streaks"]["weekly"]["period"] == "2011-12-30"

    def test_what_is_closed_stays_closed_for_all_of_them(self) -> None:
        """The week broke in Kiritimati on 3 June, a Monday; in Pago Pago it was Saturday still."""
        user = ann(
            configure(**follow("weekly")),
            event("24 08:00", zone="Pacific/Kiritimati"),  # Friday the 24th
            Pass(at("2024-06-02T10:00")),  # there it is Monday the 3rd of June
            Event(at("2024-06-02T10:30"), "ann", "runs", "1", zone="Pacific/Pago_Pago"),
        )
        assert outcomes(user, "weekly") == [["05-20", 1, "extended"], ["05-27", 0, "broken"]]
        assert user["streaks"]["daily"]["started"] == "2024-06-03"
        assert user["streaks"]["weekly"]["started"] == "2024-06-03"

    def test_a_switch_finds_the_history_of_the_other_frequency(self) -> None:
        user = ann(
            configure(**follow(freezes=freezes(1, 1))),
            *days(1, 6),
            configure("6 09:00", **follow("weekly", freezes=freezes(1, 1))),
            Pass(at("2024-05-20T00:00")),
        )
        # The 2nd was kept by the freeze, the 3rd broke; the week of the 13th has none any more.
        assert outcomes(user)[:3] == [
            ["05-01", 1, "extended"],
            ["05-02", 1, "frozen"],
            ["05-03", 0, "broken"],
        ]
        assert outcomes(user, "weekly") == [
            ["04-29", 1, "extended"],
            ["05-06", 2, "extended"],
            ["05-13", 0, "broken"],
        ]

    def test_a_streak_achievement_goes_by_the_configured_frequency(self) -> None:
        achievements = [on_streak("a", 2)]
        operations = [
            configure(achievements=achievements, **follow("weekly")),
            *days(1, 2),
        ]
        assert ann(*operations)["achievements"] == {}
        user = ann(*operations, event("6 08:00"))
        assert user["achievements"] == {"a": [[at("6 08:00"), False]]}

    def test_another_frequency_backdates(self) -> None:
        """SPEC 6.4: also by a streak that is over; and the frequency is daily without settings."""
        parts = {"achievements": [on_streak("a", 2), on_streak("b", 2, status="locked")]}
        operations = [configure(**parts, **follow("weekly")), *days(1, 2), Pass(at("9 00:00"))]
        for now in (follow("daily"), {}):
            user = ann(*operations, configure("9 08:00", **parts, **now))
            assert user["achievements"] == {"a": [[at("9 08:00"), True]]}
        user = ann(*operations, configure("9 08:00", **parts, **follow("monthly")))
        assert user["achievements"] == {}


class TestStreakBoards:
    """SPEC 8.2, 8.3."""

    def test_present_lengths_and_who_reached_them_first(self) -> None:
        operations: list[Operation] = [
            configure(leaderboards=[streak_board()], **follow()),
            Upsert(at("1 06:00"), "dot"),
            event("1 08:00", "ann"),
            event("1 09:00", "bob"),
            event("1 09:00", "cid"),
        ]
        assert top(*operations) == [["ann", 1], ["bob", 1], ["cid", 1]]
        operations += [event("2 08:00", "cid"), event("2 09:00", "ann"), Pass(at("2 23:00"))]
        assert top(*operations) == [["cid", 2], ["ann", 2], ["bob", 1]]
        # At midnight bob is gone.
        assert top(*operations, Pass(at("3 00:00"))) == [["cid", 2], ["ann", 2]]

    def test_lower_first(self) -> None:
        operations = [
            configure(leaderboards=[streak_board(order="asc")], **follow()),
            event("1 08:00", "ann"),
            event("2 08:00", "ann"),
            event("2 09:00", "bob"),
        ]
        assert top(*operations) == [["bob", 1], ["ann", 2]]

    def test_another_frequency_fills_the_board_anew(self) -> None:
        boards = {"leaderboards": [streak_board()]}
        operations = [
            configure(**boards, **follow()),
            event("5 08:00", "bob"),
            event("6 08:00", "ann"),
            event("6 09:00", "bob"),
            event("7 08:00", "ann"),
        ]
        assert top(*operations) == [["bob", 2], ["ann", 2]]
        weekly = configure("7 09:00", **boards, **follow("weekly"))
        assert top(*operations, weekly) == [["bob", 2], ["ann", 1]]
        monthly = configure("7 09:00", **boards, **follow("monthly"))
        assert top(*operations, monthly) == [["bob", 1], ["ann", 1]]

    def test_a_restored_length_was_reached_when_it_was_restored(self) -> None:
        operations = [
            configure(leaderboards=[streak_board()], **follow()),
            event("1 08:00", "ann"),
            event("2 08:00", "ann"),
            event("3 08:00", "bob"),
            event("4 08:00", "bob"),
            Restore(at("4 09:00"), "ann"),
        ]
        assert top(*operations) == [["bob", 2], ["ann", 2]]
        assert top(*operations, Reset(at("4 10:00"), "bob")) == [["ann", 2]]


class TestChangeOfZone:
    """SPEC 2.4. Kiritimati is 14 hours ahead of UTC, New York 4 behind, Pago Pago 11 behind."""

    def test_the_open_period_stays_open_until_it_is_over_in_the_new_zone(self) -> None:
        operations = [
            configure(**DAILY),
            event("1 08:00", value="2", zone="Pacific/Kiritimati"),  # 22:00 of the 1st
            Upsert(at("1 09:00"), "ann", zone="Pacific/Pago_Pago"),  # 22:00 of the 30th of April
            event("2 10:30", value="1"),  # 23:30 of the 1st: that is met already
        ]
        assert ann(*operations)["streaks"]["daily"]["period"] == "2024-05-01"
        assert ann(*operations)["periods"]["daily"] == []
        user = ann(*operations, Pass(at("2 11:00")))
        assert user["periods"]["daily"] == [
            ["2024-05-01", "2024-05-01", 1, "extended", at("2 11:00")]
        ]

    def test_dates_never_go_back(self) -> None:
        """Section "Words": the 1st in Pago Pago is still the 2nd for somebody from Kiritimati."""
        user = ann(
            configure(**DAILY),
            event("1 10:00", value="1", zone="Pacific/Kiritimati"),  # 00:00 of the 2nd
            event("1 11:00", value="1", zone="Pacific/Pago_Pago"),  # 00:00 of the 1st
        )
        assert user["streaks"]["daily"]["started"] == "2024-05-02"
        assert user["streaks"]["daily"]["period"] == "2024-05-02"

    def test_a_met_period_is_extended_at_once(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            event("1 12:00", value="2", zone="Pacific/Kiritimati"),  # 02:00 of the 2nd
        )
        assert user["streaks"]["daily"]["length"] == 2
        assert user["periods"]["daily"] == [
            ["2024-05-01", "2024-05-01", 1, "extended", at("1 12:00")]
        ]

    def test_an_unmet_period_is_skipped(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            event("2 12:00", value="2", zone="Pacific/Kiritimati"),  # 02:00 of the 3rd
        )
        assert user["streaks"]["daily"]["length"] == 2
        assert user["streaks"]["daily"]["started"] == "2024-05-01"
        assert user["periods"]["daily"][1:] == [
            ["2024-05-02", "2024-05-02", 1, "skipped", at("2 12:00")],
        ]

    def test_dates_jumped_over_are_skipped(self) -> None:
        """From Pago Pago to Kiritimati it is 25 hours: from the 1st into the 3rd."""
        user = ann(
            configure(**DAILY),
            event("2 10:30", value="2", zone="Pacific/Pago_Pago"),  # 23:30 of the 1st
            Upsert(at("2 10:45"), "ann", zone="Pacific/Kiritimati"),  # 00:45 of the 3rd
        )
        assert user["streaks"]["daily"]["length"] == 1
        assert user["streaks"]["daily"]["period"] == "2024-05-03"
        assert not user["streaks"]["daily"]["met"]
        assert user["periods"]["daily"] == [
            ["2024-05-01", "2024-05-01", 1, "extended", at("2 10:45")],
            ["2024-05-02", "2024-05-02", 1, "skipped", at("2 10:45")],
        ]

    def forgiven_on_the_third(self) -> list[Operation]:
        """A streak of 1 from the 1st; the 2nd skipped by a change on the 3rd; back on the 4th."""
        operations: list[Operation] = [
            configure(**DAILY),
            event("1 11:00", value="2"),
            Upsert(at("2 12:00"), "ann", zone="Pacific/Kiritimati"),
            event("2 13:00", value="2"),  # the 3rd
            Upsert(at("3 13:00"), "ann", zone=""),  # the 3rd is over in Kiritimati: the 4th
        ]
        return operations

    def test_a_second_change_within_seven_days_breaks(self) -> None:
        daily = [event(f"{day} 08:00", value="2") for day in range(4, 9)]
        user = ann(
            *self.forgiven_on_the_third(),
            *daily,  # to the 8th
            event("9 12:00", zone="Pacific/Kiritimati"),  # the 10th − 7 is the 3rd: forgiven
        )
        assert user["streaks"]["daily"]["length"] == 7
        assert user["periods"]["daily"][-1][2:4] == [7, "skipped"]
        user = ann(
            *self.forgiven_on_the_third(),
            *daily[:-1],  # to the 7th
            event("8 12:00", zone="Pacific/Kiritimati"),  # the 9th is within seven days
        )
        assert user["streaks"]["daily"] == {
            "length": 0,
            "longest": 6,
            "started": None,
            "period": None,
            "met": False,
        }
        assert user["periods"]["daily"][-2:] == [
            ["2024-05-07", "2024-05-07", 6, "extended", at("8 00:00")],
            ["2024-05-08", "2024-05-08", 0, "broken", at("8 12:00")],
        ]

    def test_the_first_unmet_date_breaks_and_the_others_have_no_rows(self) -> None:
        user = ann(
            *self.forgiven_on_the_third(),
            Upsert(at("3 14:00"), "ann", zone="Pacific/Pago_Pago"),  # the 3rd there; his is the 4th
            event("5 10:30", value="2"),  # 23:30 of the 4th
            event("5 10:45", value="2", zone="Pacific/Kiritimati"),  # 00:45 of the 6th
        )
        assert user["periods"]["daily"][-2:] == [
            ["2024-05-04", "2024-05-04", 3, "extended", at("5 10:45")],
            ["2024-05-05", "2024-05-05", 0, "broken", at("5 10:45")],
        ]
        assert user["streaks"]["daily"]["length"] == 1
        assert user["streaks"]["daily"]["started"] == "2024-05-06"

    def test_a_change_without_an_unmet_period_uses_nothing_up(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            Upsert(at("1 12:00"), "ann", zone="Pacific/Kiritimati"),  # the 2nd; extended
            event("1 13:00", value="2"),
            Upsert(at("1 14:00"), "ann", zone=""),
            Upsert(at("3 12:00"), "ann", zone="Pacific/Kiritimati"),  # the 4th
        )
        assert [row[3] for row in user["periods"]["daily"]] == ["extended", "extended", "skipped"]
        assert user["streaks"]["daily"]["length"] == 2

    def test_a_date_without_an_instant_in_the_new_zone_is_not_skipped(self) -> None:
        user = ann(
            Configure(at("2011-12-01T00:00"), {"metrics": [metric()], **DAILY}),
            Event(at("2011-12-30T10:30"), "ann", "runs", "2", zone="Pacific/Pago_Pago"),  # the 29th
            Upsert(at("2011-12-30T10:45"), "ann", zone="Pacific/Apia"),  # the 31st
        )
        assert [row[::3] for row in user["periods"]["daily"]] == [["2011-12-29", "extended"]]
        assert user["streaks"]["daily"]["period"] == "2011-12-31"

    def test_the_same_zone_in_effect_closes_nothing(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            Upsert(at("2 12:00"), "ann", zone="UTC"),
            Upsert(at("2 13:00"), "ann", zone="UTC"),
            Upsert(at("2 14:00"), "ann", zone=""),
        )
        assert len(user["periods"]["daily"]) == 1
        assert user["zone"] == ""

    def test_without_a_streak_nothing_closes(self) -> None:
        user = ann(
            configure(**DAILY), event("1 11:00"), event("1 12:00", zone="Pacific/Kiritimati")
        )
        assert user["periods"]["daily"] == []
        assert user["streaks"]["daily"]["length"] == 0  # 1 on the 1st, 1 on the 2nd

    def test_a_closed_date_does_not_come_again(self) -> None:
        """The 3rd broke in Kiritimati and is still to come in Pago Pago: it counts as the 4th."""
        operations = [
            configure(**DAILY),
            event("1 11:00", value="2", zone="Pacific/Kiritimati"),  # the 2nd
            event("2 11:00", value="1"),  # the 3rd: not met, and broken at its end
            Upsert(at("3 10:00"), "ann", zone="Pacific/Pago_Pago"),  # 23:00 of the 2nd
            event("3 10:10", value="1"),
        ]
        assert ann(*operations)["streaks"]["daily"]["length"] == 0
        user = ann(*operations, event("3 10:20", value="1"))
        assert user["streaks"]["daily"]["started"] == "2024-05-04"
        assert [row[::3] for row in user["periods"]["daily"]] == [
            ["2024-05-02", "extended"],
            ["2024-05-03", "broken"],
        ]

    def test_days_off_and_pauses_go_as_usual(self) -> None:
        """From Pago Pago to Kiritimati: the 2nd was a pause, the 3rd, a Friday, a day off."""
        user = ann(
            configure(**follow(daysOff=[5])),
            event("2 10:30", zone="Pacific/Pago_Pago"),  # 23:30 of the 1st
            pause("2 10:40", 2, 2),
            Upsert(at("4 10:45"), "ann", zone="Pacific/Kiritimati"),  # from the 3rd into the 5th
        )
        assert outcomes(user) == [
            ["05-01", 1, "extended"],
            ["05-02", 1, "paused"],
            ["05-03", 1, "day_off"],
            ["05-04", 1, "skipped"],
        ]

    def test_what_is_kept_anyway_uses_no_forgiveness_up(self) -> None:
        operations = [
            configure(**follow(daysOff=[4])),
            *days(1),
            Upsert(at("2 12:00"), "ann", zone="Pacific/Kiritimati"),  # Thursday the 2nd is off
            Upsert(at("3 09:00"), "ann", zone=""),  # the 3rd in both
            Upsert(at("3 12:00"), "ann", zone="Pacific/Kiritimati"),  # into the 4th
        ]
        assert outcomes(ann(*operations))[1:] == [["05-02", 1, "day_off"], ["05-03", 1, "skipped"]]

    def test_a_skipped_period_uses_no_freeze_and_one_too_many_does(self) -> None:
        user = ann(
            configure(**follow(freezes=freezes(1, 1))),
            *days(1),
            Upsert(at("2 12:00"), "ann", zone="Pacific/Kiritimati"),  # into the 3rd: skipped
            Upsert(at("3 09:00"), "ann", zone=""),
            event("3 09:30"),
            Upsert(at("4 12:00"), "ann", zone="Pacific/Kiritimati"),  # into the 5th: frozen
            Upsert(at("5 09:00"), "ann", zone=""),
            Upsert(at("5 12:00"), "ann", zone="Pacific/Kiritimati"),  # into the 6th: broken
        )
        assert user["periods"]["daily"][1:] == [
            ["2024-05-02", "2024-05-02", 1, "skipped", at("2 12:00")],
            ["2024-05-03", "2024-05-03", 2, "extended", at("4 00:00")],
            ["2024-05-04", "2024-05-04", 2, "frozen", at("4 12:00")],
            ["2024-05-05", "2024-05-05", 0, "broken", at("5 12:00")],
        ]
        assert user["freezes"]["ledger"][1:] == [["consumed", -1, 0, "2024-05-04", at("4 12:00")]]

    def test_each_frequency_is_forgiven_by_itself(self) -> None:
        """The change into Monday the 6th skips a Sunday; that into the 13th skips a week."""
        user = ann(
            configure(**follow("weekly")),
            *days(1, 2, 3, 4),
            Upsert(at("5 12:00"), "ann", zone="Pacific/Kiritimati"),  # the 6th
            Upsert(at("6 09:00"), "ann", zone=""),
            Upsert(at("12 12:00"), "ann", zone="Pacific/Kiritimati"),  # the 13th
        )
        assert outcomes(user)[-2:] == [["05-05", 4, "skipped"], ["05-06", 0, "broken"]]
        assert outcomes(user, "weekly") == [["04-29", 1, "extended"], ["05-06", 1, "skipped"]]
        assert user["streaks"]["weekly"]["period"] == "2024-05-13"

    def test_a_month_can_be_skipped(self) -> None:
        user = ann(
            configure(**follow("monthly")),
            *days(1),
            Upsert(at("2024-06-30T12:00"), "ann", zone="Pacific/Kiritimati"),  # 1 July
        )
        assert outcomes(user, "monthly") == [["05-01", 1, "extended"], ["06-01", 1, "skipped"]]
        assert user["periods"]["monthly"][1][1] == "2024-06-30"
