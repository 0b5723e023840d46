"""Examples of points, worked out by hand from docs/points.md: triggers, caps, levels, by hand.

What time and boosts do to them is in test_oracle_boosts.py.
"""

from typing import Any

import pytest

from tests.model.examples import (
    ATTRIBUTES,
    after,
    amounts,
    ann,
    at,
    by_api,
    completion,
    configure,
    crossing,
    days,
    event,
    follow,
    metric,
    of_events,
    of_users,
    on_metric,
    on_streak,
    per_streak,
    play,
    rows,
    streaks,
    system,
    ticking,
    welcome,
)
from tests.model.operations import AwardPoints, Complete, Operation, Restore, Upsert, Void


class TestCrossings:
    """SPEC 7.2, 7.3."""

    def test_crossings(self) -> None:
        got = rows(
            configure(points=[system(crossing("t", 3, 5))]),
            event("1 08:00", value="2"),  # no crossing: no row
            event("1 09:00", value="5"),  # 7: crosses 3 and 6
            event("1 10:00", value="2"),  # 9
        )
        assert got == [["t", 10, 10, 10, at("1 09:00")], ["t", 5, 5, 15, at("1 10:00")]]

    def test_taking_away_and_adding_again_never_pays_twice(self) -> None:
        got = rows(
            configure(points=[system(crossing("t", 3, 5))]),
            event("1 08:00", value="-4"),  # the peak stays 0
            event("1 09:00", value="7"),  # 3
            event("1 10:00", value="-3"),
            event("1 11:00", value="5"),  # 5
            event("1 12:00", value="1.5"),  # 6.5
        )
        assert [row[1] for row in got] == [5, 5]
        assert [row[4] for row in got] == [at("1 09:00"), at("1 12:00")]

    def test_maximum_metrics_cross_too(self) -> None:
        document = configure(
            metrics=[metric(aggregation="max")], points=[system(crossing("t", 2, 1))]
        )
        events = [event("1 08:00", value=value) for value in ("5", "4", "6")]
        assert [row[1] for row in rows(document, *events)] == [2, 1]

    def test_triggers_never_count_for_the_past(self) -> None:
        """SPEC 7.3: while a trigger is inactive the peak moves on."""
        asleep = configure(points=[system(crossing("t", 3, 5, status="inactive"))])
        awake = configure("2 08:00", points=[system(crossing("t", 3, 5))])
        got = rows(asleep, event("1 08:00", value="7"), awake, event("3 08:00", value="2"))
        assert got == [["t", 5, 5, 5, at("3 08:00")]]

    def test_the_cap_clips_awards_in_turn_and_not_deductions(self) -> None:
        document = configure(
            points=[system(crossing("a", 1, 4), crossing("b", 1, 4), crossing("c", 2, -1))]
        )
        document.document["points"][0]["maxPoints"] = 6
        got = rows(document, event("1 08:00"), event("1 09:00"), event("1 10:00"))
        assert [row[:4] for row in got] == [
            ["a", 4, 4, 4],
            ["b", 2, 4, 6],
            ["c", -1, -1, 5],  # the second event: nothing left for a and b
            ["a", 1, 4, 6],
        ]

    def test_totals_may_go_below_zero(self) -> None:
        """SPEC 7.6: and then the whole cap is open again."""
        document = configure(points=[system(crossing("a", 1, -4), maxPoints=3)])
        assert ann(document, event("1 08:00"))["points"] == {"xp": [-4]}

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
        got = rows(first, configure("1 04:00", **turned), event("1 08:00"))
        assert [row[:2] for row in got] == [["x", 1], ["y", 3], ["w", 4], ["z", 7]]

    def test_levels_go_up_and_down(self) -> None:
        """SPEC 7.7."""
        levels = [{"key": key, "name": key, "points": n} for key, n in (("hi", 10), ("lo", 2))]
        operations = [
            configure(points=[system(crossing("a", 1, 1), crossing("b", 10, -9), levels=levels)]),
            event("1 08:00"),
        ]
        assert ann(*operations)["levels"] == {"xp": [[None]]}
        operations.append(event("1 09:00"))
        assert ann(*operations)["levels"] == {"xp": [["lo"]]}
        operations.append(event("1 10:00", value="8"))
        assert ann(*operations)["points"] == {"xp": [1]}
        assert ann(*operations)["levels"] == {"xp": [[None]]}
        operations.append(event("1 11:00", value="9.5"))  # 19.5, and 10 points
        assert ann(*operations)["levels"] == {"xp": [["hi"]]}

    def test_what_is_removed_is_archived_with_its_rows(self) -> None:
        operations = [
            configure(points=[system(crossing("t", 1, 5))]),
            event("1 08:00"),
            configure("1 09:00", points=[system()]),
        ]
        assert rows(*operations) == [["t", 5, 5, 5, at("1 08:00")]]
        operations.append(configure("1 10:00"))
        assert rows(*operations) == [["t", 5, 5, 5, at("1 08:00")]]
        operations.append(configure("1 11:00", points=[system()]))
        assert ann(*operations)["points"] == {"xp": [5, 0]}

    def test_in_an_archived_system_nothing_happens(self) -> None:
        triggers = crossing("t", 1, 5), ticking("u", 1, 1)
        operations = [
            configure(points=[system(*triggers)]),
            event("1 08:00"),
            configure("1 08:30", points=[system(*triggers, status="archived")]),
            event("1 10:00"),
        ]
        assert ann(*operations)["points"] == {"xp": [5]}
        oracle = play(*operations, AwardPoints(at("1 11:00"), "ann", "xp", 1))
        assert oracle.last_answer == "refused"
        again = configure("1 12:00", points=[system(*triggers)])
        assert ann(*operations, again, event("1 12:30"))["points"] == {"xp": [5, 5]}


class TestOtherTriggers:
    def test_streak_at_every_multiple(self) -> None:
        document = configure(points=[system(per_streak("t", 2, 5))], **follow())
        got = rows(document, *days(1, 2, 3, 4), event("4 09:00"), *days(5))
        assert got == [["t", 5, 5, 5, at("2 08:00")], ["t", 5, 5, 10, at("4 08:00")]]

    def test_streak_of_the_configured_frequency_only_and_not_by_a_restore(self) -> None:
        document = configure(points=[system(per_streak("t", 1, 5))], **follow())
        operations = [document, *days(1, 2), Restore(at("5 08:00"), "ann")]
        assert play(*operations).last_answer == "applied"
        assert amounts(*operations) == [("t", 5), ("t", 5)]

    def test_creation_once_and_before_everything_else(self) -> None:
        operations = [
            configure(points=[system(crossing("t", 1, 1), welcome("w", 7))]),
            event("1 08:00"),
            event("1 09:00"),
            Upsert(at("1 09:00"), "bob"),
        ]
        assert amounts(*operations) == [("w", 7), ("t", 1), ("t", 1)]
        assert after(*operations)["users"]["bob"]["points"] == {"xp": [7]}

    def test_never_for_those_who_are_there(self) -> None:
        operations = [
            configure(),
            event("1 08:00"),
            configure("1 09:00", points=[system(welcome("w", 7))]),
        ]
        assert rows(*operations, event("1 10:00")) == []

    def test_by_event_attributes_by_a_peak_of_their_own(self) -> None:
        trail = {"y": "trail"}
        operations = [
            configure(points=[system(crossing("t", 2, 1, **of_events(y="trail")))], **ATTRIBUTES),
            event("1 08:00", value="3", event_attributes=trail),  # 3
            event("1 09:00", value="9"),
            event("1 10:00", value="-2", event_attributes=trail),  # 1
            event("1 11:00", value="4", event_attributes=trail),  # 5: the peak goes from 3 to 5
        ]
        assert rows(*operations) == [
            ["t", 1, 1, 1, at("1 08:00")],
            ["t", 1, 1, 2, at("1 11:00")],
        ]

    def test_by_user_attributes_at_the_time(self) -> None:
        pro = of_users(x="pro")
        triggers = [
            crossing("t", 1, 1, **pro),
            per_streak("s", 1, 2, **pro),
            welcome("w", 3, **pro),
            completion("c", "a", 4, **pro),
        ]
        document = configure(
            points=[system(*triggers)], achievements=[by_api("a")], **follow(), **ATTRIBUTES
        )
        assert rows(document, event("1 08:00"), Complete(at("1 09:00"), "ann", "a")) == []
        got = amounts(
            document,
            event("1 08:00", attributes={"x": "pro"}),
            Complete(at("1 09:00"), "ann", "a"),
            event("2 08:00", attributes={"x": "not"}),
        )
        assert got == [("w", 3), ("t", 1), ("s", 2), ("c", 4)]

    def test_two_systems_in_their_order(self) -> None:
        systems = [system(crossing("t", 1, 1)), system(crossing("t", 1, 2), key="gems")]
        user = ann(configure(points=systems), event("1 08:00"))
        assert user["points"] == {"xp": [1], "gems": [2]}


class TestCaps:
    """SPEC 7.8: `cap` of a trigger."""

    def document(self, period: str, when: str = "1 00:00", **more: Any) -> Operation:
        cap: Any = {"cap": {"points": 5, "period": period}}
        return configure(when, points=[system(crossing("t", 1, 3, **cap), **more)])

    @pytest.mark.parametrize(
        ("period", "second"),
        [("day", "2 08:00"), ("week", "6 08:00"), ("month", "2024-06-01T08:00")],
    )
    def test_so_much_within_a_period(self, period: str, second: str) -> None:
        operations = [
            self.document(period),
            event("1 08:00"),
            event("1 09:00"),
            event("1 10:00"),  # nothing is left: no row
            event(second),
        ]
        assert [row[1] for row in rows(*operations)] == [3, 2, 3]

    def test_local_days(self) -> None:
        zone = "Asia/Kathmandu"
        operations = [
            self.document("day"),
            event("1 18:14", value="2", zone=zone),
            event("1 18:15"),  # the 2nd
        ]
        assert [row[1] for row in rows(*operations)] == [5, 3]

    def test_before_the_maximum_and_what_was_clipped_there_does_not_count(self) -> None:
        operations = [
            self.document("day", maxPoints=4),
            event("1 08:00", value="2"),  # 6, of which the cap leaves 5 and the maximum 4
            AwardPoints(at("1 09:00"), "ann", "xp", -4),
            event("1 10:00"),  # 1 is left of the cap
        ]
        assert [row[1] for row in rows(*operations)] == [4, -4, 1]

    def test_counted_since_it_exists(self) -> None:
        operations = [
            configure(points=[system(crossing("t", 1, 3))]),
            event("1 08:00", value="2"),
            self.document("day", "1 09:00"),
            event("1 10:00", value="2"),
            self.document("week", "1 11:00"),
            event("1 12:00", value="2"),
            self.document("week", "1 13:00", maxPoints=100),
            event("1 14:00", value="2"),
        ]
        assert [row[1] for row in rows(*operations)] == [6, 5, 5]

    def test_another_period_is_another_cap(self) -> None:
        """Monday the 6th begins the day and the week."""
        operations = [
            self.document("day", "6 00:00"),
            event("6 08:00"),
            self.document("week", "6 09:00"),
            event("6 10:00", value="2"),
        ]
        assert [row[1] for row in rows(*operations)] == [3, 5]

    def test_one_that_was_taken_away_is_forgotten(self) -> None:
        operations = [
            self.document("day"),
            event("1 08:00", value="2"),
            configure("1 09:00", points=[system(crossing("t", 1, 3))]),
            event("1 10:00"),
            self.document("day", "1 11:00"),
            event("1 12:00", value="2"),
        ]
        assert [row[1] for row in rows(*operations)] == [5, 3, 5]


class TestBlocking:
    """SPEC 7.6."""

    PRICE = crossing("p", 1, -3, blockIfOutOfPoints=True)

    def test_an_event_without_the_points_for_it_leaves_nothing(self) -> None:
        oracle = play(
            configure(points=[system(self.PRICE)], metrics=[metric(), metric("swims")]),
            event("1 08:00", key="k", zone="Asia/Kathmandu"),
        )
        assert oracle.last_answer == "refused"
        assert oracle.users == {}
        oracle.apply(event("1 09:00", metric="swims"))
        oracle.apply(AwardPoints(at("1 09:30"), "ann", "xp", 3))
        oracle.apply(event("1 10:00", key="k"))
        assert oracle.last_answer == "applied"
        assert oracle.outcome(oracle.clock)["users"]["ann"]["points"] == {"xp": [0]}

    def test_all_awards_of_the_event_are_counted_first(self) -> None:
        parts = {"points": [system(self.PRICE, completion("c", "a", 2))]}
        oracle = play(configure(**parts, achievements=[on_metric("a", 1)]), event("1 08:00"))
        assert oracle.last_answer == "refused"
        parts = {"points": [system(self.PRICE, completion("c", "a", 3))]}
        assert amounts(configure(**parts, achievements=[on_metric("a", 1)]), event("1 08:00")) == [
            ("p", -3),
            ("c", 3),
        ]

    def test_others_may_go_below_zero(self) -> None:
        triggers = self.PRICE, crossing("q", 2, -3)
        got = amounts(
            configure(points=[system(triggers[1]), system(triggers[0], key="gems")]),
            Upsert(at("1 07:00"), "ann"),
            AwardPoints(at("1 08:00"), "ann", "gems", 9),
            event("1 09:00", value="2"),
        )
        assert got == [("q", -3)]


class TestByHand:
    def test_clipped_and_refused_if_nothing_is_left(self) -> None:
        oracle = play(configure(points=[system(maxPoints=5)]), Upsert(at("1 08:00"), "ann"))
        for amount, answer, total in (
            (3, "applied", 3),
            (3, "applied", 5),
            (1, "refused", 5),
            (-9, "applied", -4),
            (0, "refused", -4),
        ):
            oracle.apply(AwardPoints(at("1 09:00"), "ann", "xp", amount))
            assert oracle.last_answer == answer
            user = oracle.outcome(oracle.clock)["users"]["ann"]
            assert user["points"] == {"xp": [total]}
        assert user["ledger"]["xp"][0][1] == [None, "direct", 2, 3, 5, at("1 09:00"), []]
        oracle.apply(AwardPoints(at("1 09:00"), "bob", "xp", 1))
        assert oracle.last_answer == "refused"

    def test_a_void_takes_back_one_row_a_system(self) -> None:
        operations = [
            configure(
                points=[
                    system(
                        *(welcome("w", 7), crossing("t", 1, 1), crossing("u", 1, 2)),
                        *(per_streak("s", 1, 4), completion("c", "a", 8)),
                    ),
                    system(crossing("t", 1, -5), key="gems"),
                ],
                achievements=[on_metric("a", 1)],
                **follow(),
            ),
            event("1 08:00"),
            Void(at("2 08:00"), 0),
        ]
        user = ann(*operations)
        assert user["points"] == {"xp": [7], "gems": [0]}
        assert user["ledger"]["xp"][0][-1] == [None, "voided_event", -15, -15, 7, at("2 08:00"), []]
        assert user["ledger"]["gems"][0][-1] == [None, "voided_event", 5, 5, 0, at("2 08:00"), []]
        assert user["achievements"] == {"a": [[at("1 08:00"), False]]}
        assert user["streaks"]["daily"]["length"] == 1

    def test_the_peak_stays_so_nothing_is_paid_twice(self) -> None:
        operations = [
            configure(points=[system(crossing("t", 2, 5))]),
            event("1 08:00", value="2"),
            Void(at("1 09:00"), 0),
            event("1 10:00", value="3"),  # 3
            event("1 11:00", value="1"),  # 4
        ]
        assert amounts(*operations) == [("t", 5), (None, -5), ("t", 5)]

    def test_once_and_only_what_is_there(self) -> None:
        oracle = play(configure(), event("1 08:00"), Void(at("1 09:00"), 0))
        assert oracle.last_answer == "applied"
        oracle.apply(Void(at("1 09:00"), 0))
        assert oracle.last_answer == "repeated"
        oracle.apply(Void(at("1 09:00"), 1))
        assert oracle.last_answer == "refused"
        oracle.apply(event("1 10:00"))
        oracle.apply(configure("1 11:00", metrics=[metric("swims")]))
        oracle.apply(Void(at("1 12:00"), 1))
        assert oracle.last_answer == "refused"

    @pytest.mark.parametrize(
        ("aggregation", "left"), [("sum", "3"), ("max", "2"), ("min", "1"), ("last", "2")]
    )
    def test_what_is_left_is_worked_out_anew(self, aggregation: str, left: str) -> None:
        document = configure(metrics=[metric(aggregation=aggregation)])
        events = [event("1 08:00", value=value) for value in ("1", "2", "7")]
        assert ann(document, *events, Void(at("1 09:00"), 2))["metrics"] == {"runs": left}

    def test_sums_of_the_open_periods(self) -> None:
        """Without the 2 of the first of May a day needs another; the met week stays met."""
        operations = [
            configure(**follow(metrics=[{"key": "runs", "threshold": 3}])),
            event("1 08:00", value="2"),
            Void(at("1 09:00"), 0),
            event("1 10:00", value="2"),
        ]
        assert ann(*operations)["streaks"]["daily"]["length"] == 0
        assert ann(*operations, event("1 11:00"))["streaks"]["daily"]["length"] == 1

    def test_without_its_only_event_a_period_satisfies_nothing(self) -> None:
        operations = [
            configure(**follow(metrics=[{"key": "runs", "threshold": 0}])),
            event("1 08:00", value="-1"),
            Void(at("1 09:00"), 0),
            configure(
                "1 09:30",
                metrics=[metric(), metric("swims")],
                **follow(metrics=[{"key": "runs", "threshold": 0}]),
            ),
            event("1 10:00", metric="swims"),
        ]
        assert ann(*operations)["streaks"]["daily"]["length"] == 0

    def test_of_an_archived_system_nothing_is_taken_back(self) -> None:
        operations = [
            configure(points=[system(crossing("t", 1, 5))]),
            event("1 08:00"),
            configure("1 09:00"),
            Void(at("1 10:00"), 0),
        ]
        assert ann(*operations)["points"] == {"xp": [5]}


class TestSummaries:
    def test_levels_and_those_with_nothing(self) -> None:
        levels = [{"key": key, "name": key, "points": n} for key, n in (("lo", 0), ("hi", 5))]
        got = after(
            configure(points=[system(crossing("t", 1, 1), levels=levels)]),
            event("1 08:00", "ann", "7"),
            event("1 08:00", "bob", "2"),
            Upsert(at("1 08:00"), "cid"),
            Upsert(at("1 08:00"), "dot"),
            AwardPoints(at("1 09:00"), "dot", "xp", -3),
        )["summaries"]["xp"]
        counts = {2: 1, 7: 1}
        ranges = [[0, 0, 2], *([n, n, counts.get(n, 0)] for n in range(1, 11))]
        assert got == [{"ranges": ranges, "levels": {"lo": 2, "hi": 1}}]

    def test_a_date_has_what_there_was_at_its_end(self) -> None:
        user = ann(
            configure(points=[system(crossing("t", 1, 1))]),
            event("1 08:00"),
            event("1 18:15", zone="Asia/Kathmandu"),  # the 2nd
            event("1 19:00", value="2"),
            event("5 08:00", value="-1"),
            Void(at("6 08:00"), 0),
        )
        assert user["metricDays"]["runs"] == [
            ["2024-05-01", "1"],
            ["2024-05-02", "4"],
            ["2024-05-05", "3"],
            ["2024-05-06", "2"],
        ]
        assert user["pointsDays"]["xp"] == [
            [["2024-05-01", 1], ["2024-05-02", 4], ["2024-05-06", 3]]
        ]
