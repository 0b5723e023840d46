"""Examples worked out by hand from SPEC.md, so that the oracle itself can be trusted.

Unless a test says otherwise the zone is UTC and the days are those of May 2024. `at("7 12:30")` is
half past twelve on the seventh.
"""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from tests.model.histories import (
    TRANSITIONS,
    ZONES,
    Configure,
    Event,
    Operation,
    Pass,
    Upsert,
    histories,
    random_history,
)
from tests.model.oracle import (
    ONE_DAY,
    SECOND,
    Oracle,
    day_end,
    decimal_string,
    exact,
    has_an_instant,
    local_date,
    wall_date,
)

HOUR = 3600 * SECOND
Outcome = dict[str, Any]


def at(text: str) -> int:
    """An instant of May 2024 as "day hour:minute", or any one in ISO form; both are UTC."""
    if "T" in text:
        instant = datetime.fromisoformat(text).replace(tzinfo=UTC)
    else:
        day, time = text.split()
        instant = datetime.fromisoformat(f"2024-05-{int(day):02}T{time}").replace(tzinfo=UTC)
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def metric(key: str = "runs", aggregation: str = "sum") -> dict[str, Any]:
    return {"key": key, "name": key, "aggregation": aggregation}


def streaks(*conditions: tuple[str, float], mode: str = "OR") -> dict[str, Any]:
    return {
        "frequency": "daily",
        "evaluationMode": mode,
        "metrics": [{"key": key, "threshold": threshold} for key, threshold in conditions],
    }


def on_metric(key: str, value: float, metric: str = "runs", **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": key,
        "trigger": "metric",
        "metricKey": metric,
        "metricValue": value,
        **more,
    }


def on_streak(key: str, length: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "trigger": "streak", "streakLength": length, **more}


def crossing(key: str, threshold: int, points: int, metric: str = "runs", **more: Any) -> Any:
    return {
        "key": key,
        "type": "metric",
        "metricKey": metric,
        "metricThreshold": threshold,
        "points": points,
        "status": "active",
        **more,
    }


def completion(key: str, achievement: str, points: int) -> dict[str, Any]:
    return {"key": key, "type": "achievement", "achievementKey": achievement, "points": points}


def system(*triggers: Any, key: str = "xp", **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "levels": [], "triggers": list(triggers), **more}


def board(key: str = "top", **more: Any) -> dict[str, Any]:
    ranked = {"rankBy": "metric", "metricKey": "runs", "order": "desc", "status": "active"}
    return {"key": key, "name": key, **ranked, **more}


def points_board(**more: Any) -> dict[str, Any]:
    ranked = {"rankBy": "points", "pointsSystemKey": "xp", "order": "desc", "status": "active"}
    return {"key": "top", "name": "top", **ranked, **more}


def configure(when: str = "1 00:00", /, **parts: Any) -> Configure:
    document = {"defaultTimeZone": "UTC", "metrics": [metric()], **parts}
    return Configure(at(when), document)


def event(when: str, user: str = "ann", value: str = "1", **more: Any) -> Event:
    return Event(at(when), user, more.pop("metric", "runs"), value, **more)


def play(*operations: Operation) -> Oracle:
    oracle = Oracle()
    for operation in operations:
        oracle.apply(operation)
    return oracle


def after(*operations: Operation) -> Outcome:
    oracle = play(*operations)
    return oracle.outcome(oracle.clock)


def ann(*operations: Operation) -> Outcome:
    return after(*operations)["users"]["ann"]


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


DAILY = {"streaks": streaks(("runs", 2))}


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
        assert user["streak"] == {
            "length": 0,
            "longest": 3,
            "started": None,
            "period": None,
            "met": False,
        }
        assert user["periods"] == [
            ["2024-05-01", "2024-05-01", 1, "extended", at("2 00:00")],
            ["2024-05-02", "2024-05-02", 2, "extended", at("3 00:00")],
            ["2024-05-03", "2024-05-03", 3, "extended", at("4 00:00")],
            ["2024-05-04", "2024-05-04", 0, "broken", at("5 00:00")],
        ]

    def test_the_open_period_of_a_running_streak(self) -> None:
        operations = [configure(**DAILY), event("1 08:00", value="2")]
        assert ann(*operations)["streak"] == {
            "length": 1,
            "longest": 1,
            "started": "2024-05-01",
            "period": "2024-05-01",
            "met": True,
        }
        last_moment = ann(*operations, Pass(at("3 00:00") - 1))
        assert last_moment["streak"]["length"] == 1
        assert last_moment["streak"]["period"] == "2024-05-02"
        assert not last_moment["streak"]["met"]
        assert ann(*operations, Pass(at("3 00:00")))["streak"]["length"] == 0

    def test_an_event_at_midnight_belongs_to_the_new_day(self) -> None:
        user = ann(configure(**DAILY), event("1 08:00", value="2"), event("2 00:00", value="2"))
        assert user["streak"]["length"] == 2
        assert [row[3] for row in user["periods"]] == ["extended"]

    def test_sums_start_anew_each_day_without_a_streak(self) -> None:
        user = ann(configure(**DAILY), event("1 08:00"), event("2 08:00"))
        assert user["streak"]["length"] == 0
        assert user["periods"] == []

    def test_a_new_streak_after_a_break(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 08:00", value="2"),
            event("3 08:00", value="2"),
            event("4 08:00", value="2"),
        )
        assert user["streak"]["length"] == 2
        assert user["streak"]["started"] == "2024-05-03"
        assert [row[2:4] for row in user["periods"]] == [
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
        assert ann(document, *events)["streak"]["length"] == 0
        assert ann(document, *events, event("1 11:00"))["streak"]["length"] == 1

    def test_once_met_it_stays_met(self) -> None:
        user = ann(configure(**DAILY), event("1 08:00", value="2"), event("1 09:00", value="-5"))
        assert user["streak"]["met"]
        assert user["streak"]["length"] == 1

    def test_one_of_the_conditions(self) -> None:
        document = configure(
            metrics=[metric(), metric("swims")], streaks=streaks(("runs", 2), ("swims", 1))
        )
        assert ann(document, event("1 08:00", metric="swims"))["streak"]["length"] == 1

    def test_a_metric_without_events_satisfies_nothing(self) -> None:
        """A threshold of 0 wants an event; then that of a `last` metric may be 0."""
        document = configure(
            metrics=[metric(), metric("swims", "last")], streaks=streaks(("swims", 0))
        )
        assert ann(document, event("1 08:00"))["streak"]["length"] == 0
        swim = event("1 08:00", metric="swims", value="0")
        assert ann(document, swim)["streak"]["length"] == 1

    def test_only_an_event_meets_a_period(self) -> None:
        """SPEC 5.2, 5.8: lower thresholds count from the next event on, whatever its metric."""
        operations = [
            configure(metrics=[metric(), metric("swims")], streaks=streaks(("runs", 5))),
            event("1 08:00"),
            configure("1 09:00", metrics=[metric(), metric("swims")], streaks=streaks(("runs", 1))),
            Upsert(at("1 10:00"), "ann"),
        ]
        assert ann(*operations)["streak"]["length"] == 0
        swim = event("1 11:00", metric="swims")
        assert ann(*operations, swim)["streak"]["length"] == 1

    def test_days_of_a_user_are_those_of_their_zone(self) -> None:
        """New York in May is 4 hours behind: 03:00 UTC is 23:00 of the day before."""
        user = ann(
            configure(**DAILY),
            event("1 12:00", value="2", zone="America/New_York"),
            event("3 03:00", value="2"),
        )
        assert user["streak"]["length"] == 2
        assert user["periods"] == [["2024-05-01", "2024-05-01", 1, "extended", at("2 04:00")]]

    def test_apia_goes_from_the_29th_to_the_31st(self) -> None:
        """SPEC 2.3: a date without an instant is no period."""
        document = {"defaultTimeZone": "Pacific/Apia", "metrics": [metric()], **DAILY}
        user = ann(
            Configure(at("2011-12-01T00:00"), document),
            Event(at("2011-12-29T20:00"), "ann", "runs", "2"),  # 10:00 of the 29th
            Event(at("2011-12-30T20:00"), "ann", "runs", "2"),  # 10:00 of the 31st
        )
        assert user["streak"]["length"] == 2
        assert user["streak"]["period"] == "2011-12-31"
        assert user["periods"] == [
            ["2011-12-29", "2011-12-29", 1, "extended", at("2011-12-30T10:00")]
        ]


class TestChangeOfZone:
    """SPEC 2.4. Kiritimati is 14 hours ahead of UTC, New York 4 behind, Pago Pago 11 behind."""

    def test_the_open_period_stays_open_until_it_is_over_in_the_new_zone(self) -> None:
        operations = [
            configure(**DAILY),
            event("1 08:00", value="2", zone="Pacific/Kiritimati"),  # 22:00 of the 1st
            Upsert(at("1 09:00"), "ann", zone="Pacific/Pago_Pago"),  # 22:00 of the 30th of April
            event("2 10:30", value="1"),  # 23:30 of the 1st: that is met already
        ]
        assert ann(*operations)["streak"]["period"] == "2024-05-01"
        assert ann(*operations)["periods"] == []
        user = ann(*operations, Pass(at("2 11:00")))
        assert user["periods"] == [["2024-05-01", "2024-05-01", 1, "extended", at("2 11:00")]]

    def test_dates_never_go_back(self) -> None:
        """Section "Words": the 1st in Pago Pago is still the 2nd for somebody from Kiritimati."""
        user = ann(
            configure(**DAILY),
            event("1 10:00", value="1", zone="Pacific/Kiritimati"),  # 00:00 of the 2nd
            event("1 11:00", value="1", zone="Pacific/Pago_Pago"),  # 00:00 of the 1st
        )
        assert user["streak"]["started"] == "2024-05-02"
        assert user["streak"]["period"] == "2024-05-02"

    def test_a_met_period_is_extended_at_once(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            event("1 12:00", value="2", zone="Pacific/Kiritimati"),  # 02:00 of the 2nd
        )
        assert user["streak"]["length"] == 2
        assert user["periods"] == [["2024-05-01", "2024-05-01", 1, "extended", at("1 12:00")]]

    def test_an_unmet_period_is_skipped(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            event("2 12:00", value="2", zone="Pacific/Kiritimati"),  # 02:00 of the 3rd
        )
        assert user["streak"]["length"] == 2
        assert user["streak"]["started"] == "2024-05-01"
        assert user["periods"][1:] == [
            ["2024-05-02", "2024-05-02", 1, "skipped", at("2 12:00")],
        ]

    def test_dates_jumped_over_are_skipped(self) -> None:
        """From Pago Pago to Kiritimati it is 25 hours: from the 1st into the 3rd."""
        user = ann(
            configure(**DAILY),
            event("2 10:30", value="2", zone="Pacific/Pago_Pago"),  # 23:30 of the 1st
            Upsert(at("2 10:45"), "ann", zone="Pacific/Kiritimati"),  # 00:45 of the 3rd
        )
        assert user["streak"]["length"] == 1
        assert user["streak"]["period"] == "2024-05-03"
        assert not user["streak"]["met"]
        assert user["periods"] == [
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
        assert user["streak"]["length"] == 7
        assert user["periods"][-1][2:4] == [7, "skipped"]
        user = ann(
            *self.forgiven_on_the_third(),
            *daily[:-1],  # to the 7th
            event("8 12:00", zone="Pacific/Kiritimati"),  # the 9th is within seven days
        )
        assert user["streak"] == {
            "length": 0,
            "longest": 6,
            "started": None,
            "period": None,
            "met": False,
        }
        assert user["periods"][-2:] == [
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
        assert user["periods"][-2:] == [
            ["2024-05-04", "2024-05-04", 3, "extended", at("5 10:45")],
            ["2024-05-05", "2024-05-05", 0, "broken", at("5 10:45")],
        ]
        assert user["streak"]["length"] == 1
        assert user["streak"]["started"] == "2024-05-06"

    def test_a_change_without_an_unmet_period_uses_nothing_up(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            Upsert(at("1 12:00"), "ann", zone="Pacific/Kiritimati"),  # the 2nd; extended
            event("1 13:00", value="2"),
            Upsert(at("1 14:00"), "ann", zone=""),
            Upsert(at("3 12:00"), "ann", zone="Pacific/Kiritimati"),  # the 4th
        )
        assert [row[3] for row in user["periods"]] == ["extended", "extended", "skipped"]
        assert user["streak"]["length"] == 2

    def test_a_date_without_an_instant_in_the_new_zone_is_not_skipped(self) -> None:
        user = ann(
            Configure(at("2011-12-01T00:00"), {"metrics": [metric()], **DAILY}),
            Event(at("2011-12-30T10:30"), "ann", "runs", "2", zone="Pacific/Pago_Pago"),  # the 29th
            Upsert(at("2011-12-30T10:45"), "ann", zone="Pacific/Apia"),  # the 31st
        )
        assert [row[::3] for row in user["periods"]] == [["2011-12-29", "extended"]]
        assert user["streak"]["period"] == "2011-12-31"

    def test_the_same_zone_in_effect_closes_nothing(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 11:00", value="2"),
            Upsert(at("2 12:00"), "ann", zone="UTC"),
            Upsert(at("2 13:00"), "ann", zone="UTC"),
            Upsert(at("2 14:00"), "ann", zone=""),
        )
        assert len(user["periods"]) == 1
        assert user["zone"] == ""

    def test_without_a_streak_nothing_closes(self) -> None:
        user = ann(
            configure(**DAILY), event("1 11:00"), event("1 12:00", zone="Pacific/Kiritimati")
        )
        assert user["periods"] == []
        assert user["streak"]["length"] == 0  # 1 on the 1st, 1 on the 2nd

    def test_a_closed_date_does_not_come_again(self) -> None:
        """The 3rd broke in Kiritimati and is still to come in Pago Pago: it counts as the 4th."""
        operations = [
            configure(**DAILY),
            event("1 11:00", value="2", zone="Pacific/Kiritimati"),  # the 2nd
            event("2 11:00", value="1"),  # the 3rd: not met, and broken at its end
            Upsert(at("3 10:00"), "ann", zone="Pacific/Pago_Pago"),  # 23:00 of the 2nd
            event("3 10:10", value="1"),
        ]
        assert ann(*operations)["streak"]["length"] == 0
        user = ann(*operations, event("3 10:20", value="1"))
        assert user["streak"]["started"] == "2024-05-04"
        assert [row[::3] for row in user["periods"]] == [
            ["2024-05-02", "extended"],
            ["2024-05-03", "broken"],
        ]


class TestAchievements:
    """SPEC 6."""

    def test_metric_and_streak_achievements_complete_live(self) -> None:
        user = ann(
            configure(achievements=[on_metric("a", 3), on_streak("b", 2)], **DAILY),
            event("1 08:00", value="2"),
            event("2 08:00", value="2"),
        )
        assert user["achievements"] == {"a": [at("2 08:00"), False], "b": [at("2 08:00"), False]}

    def test_at_most_once(self) -> None:
        user = ann(
            configure(achievements=[on_metric("a", 3)]),
            event("1 08:00", value="3"),
            event("2 08:00", value="-3"),
            event("3 08:00", value="3"),
        )
        assert user["achievements"] == {"a": [at("1 08:00"), False]}

    def test_minimum_metrics_complete_from_below(self) -> None:
        """SPEC 4.6."""
        document = configure(
            metrics=[metric(aggregation="min")], achievements=[on_metric("a", 2.5)]
        )
        user = ann(document, event("1 08:00", value="3"), event("2 08:00", value="2.5"))
        assert user["achievements"] == {"a": [at("2 08:00"), False]}

    def test_becoming_active_backdates_those_who_qualify(self) -> None:
        """SPEC 6.4: by the total, not by its history; and without points."""
        locked, active = on_metric("a", 3, status="locked"), on_metric("a", 3, status="active")
        points = {"points": [system(completion("t", "a", 10))]}
        outcome = after(
            configure(achievements=[locked], **points),
            event("1 08:00", "ann", "3"),
            event("1 09:00", "bob", "3"),
            event("1 10:00", "bob", "-1"),
            configure("2 12:00", achievements=[active], **points),
            event("3 08:00", "bob", "1"),
        )
        assert outcome["users"]["ann"]["achievements"] == {"a": [at("2 12:00"), True]}
        assert outcome["users"]["ann"]["points"] == {"xp": 0}
        assert outcome["users"]["bob"]["achievements"] == {"a": [at("3 08:00"), False]}
        assert outcome["users"]["bob"]["points"] == {"xp": 10}

    def test_a_new_achievement_backdates_by_the_longest_streak(self) -> None:
        user = ann(
            configure(**DAILY),
            event("1 08:00", value="2"),
            event("2 08:00", value="2"),
            configure("9 12:00", achievements=[on_streak("a", 2), on_streak("b", 3)], **DAILY),
        )
        assert user["streak"]["length"] == 0
        assert user["achievements"] == {"a": [at("9 12:00"), True]}

    def test_no_events_no_backdating(self) -> None:
        operations = [
            configure(),
            Upsert(at("1 08:00"), "ann"),
            configure("1 09:00", achievements=[on_metric("a", 0)]),
        ]
        assert ann(*operations)["achievements"] == {}
        assert ann(*operations, event("1 10:00", value="0"))["achievements"] == {
            "a": [at("1 10:00"), False]
        }

    def test_an_edit_backdates_and_a_new_name_does_not(self) -> None:
        operations = [configure(achievements=[on_metric("a", 9)]), event("1 08:00", value="3")]
        renamed = {**on_metric("a", 9), "name": "Nine"}
        assert ann(*operations, configure("2 08:00", achievements=[renamed]))["achievements"] == {}
        eased = on_metric("a", 3)
        user = ann(*operations, configure("2 08:00", achievements=[eased]))
        assert user["achievements"] == {"a": [at("2 08:00"), True]}

    def test_locked_keeps_and_removed_forgets(self) -> None:
        operations = [configure(achievements=[on_metric("a", 3)]), event("1 08:00", value="3")]
        locked = configure("2 08:00", achievements=[on_metric("a", 3, status="locked")])
        unlocked = configure("3 08:00", achievements=[on_metric("a", 3)])
        for steps in ([locked], [locked, unlocked]):
            assert ann(*operations, *steps)["achievements"] == {"a": [at("1 08:00"), False]}
        removed = configure("2 08:00")
        assert ann(*operations, removed)["achievements"] == {}
        user = ann(*operations, removed, unlocked)
        assert user["achievements"] == {"a": [at("3 08:00"), True]}

    def test_a_step_comes_after_a_midnight_at_its_instant(self) -> None:
        """SPEC 2.7."""
        user = ann(
            configure(**DAILY),
            event("1 08:00", value="2"),
            configure("3 00:00", achievements=[on_streak("a", 1)], **DAILY),
        )
        assert user["periods"][-1] == ["2024-05-02", "2024-05-02", 0, "broken", at("3 00:00")]
        assert user["achievements"] == {"a": [at("3 00:00"), True]}


class TestPoints:
    """SPEC 7."""

    def rows(self, *operations: Operation) -> list[list[Any]]:
        return ann(*operations)["ledger"]["xp"]

    def test_crossings(self) -> None:
        rows = self.rows(
            configure(points=[system(crossing("t", 3, 5))]),
            event("1 08:00", value="2"),  # no crossing: no row
            event("1 09:00", value="5"),  # 7: crosses 3 and 6
            event("1 10:00", value="2"),  # 9
        )
        assert rows == [["t", 10, 10, 10, at("1 09:00")], ["t", 5, 5, 15, at("1 10:00")]]

    def test_taking_away_and_adding_again_never_pays_twice(self) -> None:
        rows = self.rows(
            configure(points=[system(crossing("t", 3, 5))]),
            event("1 08:00", value="-4"),  # the peak stays 0
            event("1 09:00", value="7"),  # 3
            event("1 10:00", value="-3"),
            event("1 11:00", value="5"),  # 5
            event("1 12:00", value="1.5"),  # 6.5
        )
        assert [row[1] for row in rows] == [5, 5]
        assert [row[4] for row in rows] == [at("1 09:00"), at("1 12:00")]

    def test_maximum_metrics_cross_too(self) -> None:
        document = configure(
            metrics=[metric(aggregation="max")], points=[system(crossing("t", 2, 1))]
        )
        events = [event("1 08:00", value=value) for value in ("5", "4", "6")]
        assert [row[1] for row in self.rows(document, *events)] == [2, 1]

    def test_triggers_never_count_for_the_past(self) -> None:
        """SPEC 7.3: while a trigger is inactive the peak moves on."""
        asleep = configure(points=[system(crossing("t", 3, 5, status="inactive"))])
        awake = configure("2 08:00", points=[system(crossing("t", 3, 5))])
        rows = self.rows(asleep, event("1 08:00", value="7"), awake, event("3 08:00", value="2"))
        assert rows == [["t", 5, 5, 5, at("3 08:00")]]

    def test_the_cap_clips_awards_in_turn_and_not_deductions(self) -> None:
        document = configure(
            points=[system(crossing("a", 1, 4), crossing("b", 1, 4), crossing("c", 2, -1))]
        )
        document.document["points"][0]["maxPoints"] = 6
        rows = self.rows(document, event("1 08:00"), event("1 09:00"), event("1 10:00"))
        assert [row[:4] for row in rows] == [
            ["a", 4, 4, 4],
            ["b", 2, 4, 6],
            ["c", -1, -1, 5],  # the second event: nothing left for a and b
            ["a", 1, 4, 6],
        ]

    def test_totals_may_go_below_zero(self) -> None:
        """SPEC 7.6: and then the whole cap is open again."""
        document = configure(points=[system(crossing("a", 1, -4), maxPoints=3)])
        assert ann(document, event("1 08:00"))["points"] == {"xp": -4}

    def test_order_of_triggers(self) -> None:
        """Systems and triggers go by first appearance, then completions in their order.

        The second document turns everything round, which changes no ordinal.
        """
        parts = {
            "achievements": [on_metric("a", 1), on_metric("b", 1), on_streak("c", 1)],
            "points": [
                system(completion("z", "c", 7), completion("y", "a", 3), crossing("x", 1, 1)),
            ],
            "streaks": streaks(("runs", 1)),
        }
        parts["points"][0]["triggers"].append(completion("w", "b", 4))
        first = configure(**parts)
        turned = {
            "achievements": parts["achievements"][::-1],
            "points": [{**parts["points"][0], "triggers": parts["points"][0]["triggers"][::-1]}],
            "streaks": parts["streaks"],
        }
        rows = self.rows(first, configure("1 04:00", **turned), event("1 08:00"))
        assert [row[:2] for row in rows] == [["x", 1], ["y", 3], ["w", 4], ["z", 7]]

    def test_levels_go_up_and_down(self) -> None:
        """SPEC 7.7."""
        levels = [{"key": key, "name": key, "points": n} for key, n in (("hi", 10), ("lo", 2))]
        operations = [
            configure(points=[system(crossing("a", 1, 1), crossing("b", 10, -9), levels=levels)]),
            event("1 08:00"),
        ]
        assert ann(*operations)["levels"] == {"xp": None}
        operations.append(event("1 09:00"))
        assert ann(*operations)["levels"] == {"xp": "lo"}
        operations.append(event("1 10:00", value="8"))
        assert ann(*operations)["points"] == {"xp": 1}
        assert ann(*operations)["levels"] == {"xp": None}
        operations.append(event("1 11:00", value="9.5"))  # 19.5, and 10 points
        assert ann(*operations)["levels"] == {"xp": "hi"}

    def test_a_removed_trigger_keeps_its_rows_and_a_removed_system_does_not(self) -> None:
        operations = [
            configure(points=[system(crossing("t", 1, 5))]),
            event("1 08:00"),
            configure("1 09:00", points=[system()]),
        ]
        assert self.rows(*operations) == [["t", 5, 5, 5, at("1 08:00")]]
        operations.append(configure("1 10:00"))
        assert ann(*operations)["ledger"] == {}
        operations.append(configure("1 11:00", points=[system()]))
        assert ann(*operations)["points"] == {"xp": 0}


class TestBoards:
    """SPEC 8."""

    def top(self, *operations: Operation) -> list[list[Any]]:
        return after(*operations)["boards"]["top"]

    def test_higher_first_or_lower_first_and_floored(self) -> None:
        events = [
            event("1 08:00", "ann", "1.9"),
            event("1 08:00", "bob", "3"),
            event("1 08:00", "cid", "-0.5"),
            event("1 08:00", "dot", "0"),
        ]
        expected = [["bob", 3], ["ann", 1], ["dot", 0], ["cid", -1]]
        assert self.top(configure(leaderboards=[board()]), *events) == expected
        ascending = configure(leaderboards=[board(order="asc")])
        assert self.top(ascending, *events) == expected[::-1]

    def test_ties_go_by_when_the_present_value_was_set(self) -> None:
        """SPEC 8.3: an unchanged value keeps the place, one that comes again does not."""
        operations = [
            configure(leaderboards=[board()]),
            event("1 08:00", "ann", "2"),
            event("1 09:00", "bob", "2"),
            event("1 10:00", "ann", "0.5"),  # floored, it is still 2
        ]
        assert self.top(*operations) == [["ann", 2], ["bob", 2]]
        operations += [event("1 11:00", "ann", "1"), event("1 12:00", "ann", "-1")]
        assert self.top(*operations) == [["bob", 2], ["ann", 2]]

    def test_at_one_instant_commands_go_by_their_order(self) -> None:
        operations = [
            configure(leaderboards=[board()]),
            Upsert(at("1 07:00"), "ann"),
            event("1 08:00", "bob", "2"),
            event("1 08:00", "ann", "2"),
        ]
        assert self.top(*operations) == [["bob", 2], ["ann", 2]]

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
        assert self.top(*operations) == [["bob", 2], ["ann", 2], ["cid", 2], ["dot", 2]]

    def test_an_inactive_board_is_empty_and_comes_back_seeded(self) -> None:
        operations = [
            configure(leaderboards=[board()]),
            event("1 08:00", "ann", "2"),
            configure("1 09:00", leaderboards=[board(status="inactive")]),
            event("1 10:00", "bob", "3"),
        ]
        assert self.top(*operations) == []
        operations.append(configure("1 11:00", leaderboards=[board()]))
        assert self.top(*operations) == [["bob", 3], ["ann", 2]]

    def test_an_edit_ranks_anew(self) -> None:
        metrics = {"metrics": [metric(), metric("swims")]}
        operations = [
            configure(leaderboards=[board()], **metrics),
            event("1 08:00", "ann", "2"),
            event("1 08:00", "bob", "5", metric="swims"),
            configure("1 09:00", leaderboards=[board(metricKey="swims")], **metrics),
        ]
        assert self.top(*operations) == [["bob", 5]]

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
        assert self.top(*operations) == [["ann", 2], ["bob", 2]]
        operations.append(event("1 10:00", "ann"))  # + 2 + 1 − 3: 2
        assert self.top(*operations) == [["ann", 2], ["bob", 2]]


class TestHistories:
    """The generator keeps its promises, and what it makes is worth playing."""

    @settings(max_examples=40)
    @given(histories())
    def test_histories_are_valid(self, history: list[Operation]) -> None:
        assert len(history) <= 50
        check_history(history)

    def test_seeds_give_histories(self) -> None:
        history = random_history(random.Random(7), 50)
        assert history == random_history(random.Random(7), 50)
        assert len(history) == 50
        check_history(history)

    def test_things_happen(self) -> None:
        seen: Counter[str] = Counter()
        for seed in range(80):
            oracle = Oracle()
            for operation in random_history(random.Random(seed), 50):
                oracle.apply(operation)
                seen[oracle.last_answer] += 1
            outcome = oracle.outcome(oracle.clock)
            check_outcome(outcome)
            for user in outcome["users"].values():
                seen.update(row[3] for row in user["periods"])
                seen.update(f"backdated {each[1]}" for each in user["achievements"].values())
                seen["level"] += any(user["levels"].values())
                for _, amount, base_amount, _, _ in (
                    row for rows in user["ledger"].values() for row in rows
                ):
                    seen["clipped" if amount < base_amount else "whole"] += 1
                    seen["deducted"] += amount < 0
            for places in outcome["boards"].values():
                values = [value for _, value in places]
                seen["tie"] += len(set(values)) < len(values)
        for what in (
            *("applied", "repeated", "refused", "extended", "broken", "skipped", "level"),
            *("backdated True", "backdated False", "clipped", "whole", "deducted", "tie"),
        ):
            assert seen[what] >= 3, what


def check_history(history: list[Operation]) -> None:
    """Valid operations at instants that never run backwards; the oracle takes them all."""
    assert isinstance(history[0], Configure)
    oracle = Oracle()
    for operation in history:
        before = oracle.clock
        if isinstance(operation, Configure):
            check_document(operation.document)
        oracle.apply(operation)
        assert oracle.clock >= before
    now = oracle.outcome(oracle.clock)
    later = oracle.outcome(oracle.clock + 48 * HOUR)
    check_outcome(later)
    assert now == oracle.outcome(oracle.clock), "a look changes nothing"
    oracle.apply(Pass(oracle.clock + 48 * HOUR))
    assert later == oracle.outcome(oracle.clock), "a look is what time would have done"


def check_document(document: dict[str, Any]) -> None:
    keys = {
        kind: [entry["key"] for entry in document[kind]]
        for kind in ("metrics", "attributes", "achievements", "points", "leaderboards")
    }
    assert keys["metrics"]
    assert all(len(set(each)) == len(each) for each in keys.values())
    crossable = [
        each["key"]
        for each in document["metrics"]
        if each.get("aggregation", "sum") in ("sum", "max")
    ]
    for achievement in document["achievements"]:
        assert achievement["trigger"] == "streak" or achievement["metricKey"] in keys["metrics"]
    for points in document["points"]:
        assert len({each["key"] for each in points["triggers"]}) == len(points["triggers"])
        assert len({each["key"] for each in points["levels"]}) == len(points["levels"])
        assert len({each["points"] for each in points["levels"]}) == len(points["levels"])
        for trigger in points["triggers"]:
            if trigger["type"] == "metric":
                assert trigger["metricKey"] in crossable
            else:
                assert trigger["achievementKey"] in keys["achievements"]
    for board in document["leaderboards"]:
        if board["rankBy"] == "metric":
            assert board["metricKey"] in keys["metrics"]
        else:
            assert board["pointsSystemKey"] in keys["points"]
    if "streaks" in document:
        conditions = [each["key"] for each in document["streaks"]["metrics"]]
        assert conditions
        assert len(set(conditions)) == len(conditions)
        assert set(conditions) <= set(keys["metrics"])


def check_outcome(outcome: Outcome) -> None:
    """What holds after any history."""
    for user in outcome["users"].values():
        streak, periods = user["streak"], user["periods"]
        assert (streak["length"] > 0) == (streak["period"] is not None)
        assert streak["length"] <= streak["longest"]
        assert [row[4] for row in periods] == sorted(row[4] for row in periods)
        for key, rows in user["ledger"].items():
            assert user["points"][key] == sum(row[1] for row in rows)
            assert all(row[1] != 0 for row in rows)
    for places in outcome["boards"].values():
        values = [value for _, value in places]
        assert values in (sorted(values), sorted(values, reverse=True))
        assert len({user for user, _ in places}) == len(places)
