"""Examples of achievements, worked out by hand from docs/achievements.md."""

from datetime import date

from tests.model.examples import (
    ATTRIBUTES,
    DAILY,
    after,
    amounts,
    ann,
    anniversary,
    at,
    by_api,
    completion,
    composite,
    configure,
    days,
    event,
    follow,
    held,
    metric,
    of_events,
    of_users,
    on_metric,
    on_streak,
    play,
    system,
)
from tests.model.operations import Complete, Operation, Pass, Upsert, Void

PRO = on_metric("a", 3, **of_users(x="pro"))


class TestMetricsAndStreaks:
    """SPEC 6.1."""

    def test_metric_and_streak_achievements_complete_live(self) -> None:
        got = held(
            configure(achievements=[on_metric("a", 3), on_streak("b", 2)], **DAILY),
            event("1 08:00", value="2"),
            event("2 08:00", value="2"),
        )
        assert got == {"a": [at("2 08:00"), False], "b": [at("2 08:00"), False]}

    def test_at_most_once(self) -> None:
        got = held(
            configure(achievements=[on_metric("a", 3)]),
            event("1 08:00", value="3"),
            event("2 08:00", value="-3"),
            event("3 08:00", value="3"),
        )
        assert got == {"a": [at("1 08:00"), False]}

    def test_minimum_metrics_complete_from_below(self) -> None:
        """SPEC 4.6."""
        document = configure(
            metrics=[metric(aggregation="min")], achievements=[on_metric("a", 2.5)]
        )
        got = held(document, event("1 08:00", value="3"), event("2 08:00", value="2.5"))
        assert got == {"a": [at("2 08:00"), False]}

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
        assert outcome["users"]["ann"]["achievements"] == {"a": [[at("2 12:00"), True]]}
        assert outcome["users"]["ann"]["points"] == {"xp": [0]}
        assert outcome["users"]["bob"]["achievements"] == {"a": [[at("3 08:00"), False]]}
        assert outcome["users"]["bob"]["points"] == {"xp": [10]}
        assert outcome["completions"] == {"a": [2]}

    def test_a_new_achievement_backdates_by_the_longest_streak(self) -> None:
        operations = [
            configure(**DAILY),
            event("1 08:00", value="2"),
            event("2 08:00", value="2"),
            configure("9 12:00", achievements=[on_streak("a", 2), on_streak("b", 3)], **DAILY),
        ]
        assert ann(*operations)["streaks"]["daily"]["length"] == 0
        assert held(*operations) == {"a": [at("9 12:00"), True]}

    def test_no_events_no_backdating(self) -> None:
        operations = [
            configure(),
            Upsert(at("1 08:00"), "ann"),
            configure("1 09:00", achievements=[on_metric("a", 0)]),
        ]
        assert held(*operations) == {}
        assert held(*operations, event("1 10:00", value="0")) == {"a": [at("1 10:00"), False]}

    def test_an_edit_backdates_and_a_new_name_does_not(self) -> None:
        operations = [configure(achievements=[on_metric("a", 9)]), event("1 08:00", value="3")]
        renamed = {**on_metric("a", 9), "name": "Nine"}
        assert held(*operations, configure("2 08:00", achievements=[renamed])) == {}
        eased = on_metric("a", 3)
        got = held(*operations, configure("2 08:00", achievements=[eased]))
        assert got == {"a": [at("2 08:00"), True]}

    def test_a_step_comes_after_a_midnight_at_its_instant(self) -> None:
        """SPEC 2.7."""
        operations = [
            configure(**DAILY),
            event("1 08:00", value="2"),
            configure("3 00:00", achievements=[on_streak("a", 1)], **DAILY),
        ]
        last = ["2024-05-02", "2024-05-02", 0, "broken", at("3 00:00")]
        assert ann(*operations)["periods"]["daily"][-1] == last
        assert held(*operations) == {"a": [at("3 00:00"), True]}


class TestLife:
    """Status, and what becomes of what is removed."""

    def test_locked_keeps_and_unlocking_completes_nothing_twice(self) -> None:
        operations = [configure(achievements=[on_metric("a", 3)]), event("1 08:00", value="3")]
        locked = configure("2 08:00", achievements=[on_metric("a", 3, status="locked")])
        unlocked = configure("3 08:00", achievements=[on_metric("a", 3)])
        for steps in ([locked], [locked, unlocked]):
            assert held(*operations, *steps) == {"a": [at("1 08:00"), False]}

    def test_a_removed_one_is_archived_and_its_key_means_something_new(self) -> None:
        operations = [configure(achievements=[on_metric("a", 3)]), event("1 08:00", value="3")]
        removed, again = (
            configure("2 08:00"),
            configure("3 08:00", achievements=[on_metric("a", 3)]),
        )
        first = [at("1 08:00"), False]
        assert ann(*operations, removed)["achievements"] == {"a": [first]}
        both = {"a": [first, [at("3 08:00"), True]]}
        assert ann(*operations, removed, again)["achievements"] == both
        assert after(*operations, removed, again)["completions"] == {"a": [1, 1]}

    def test_archived_by_its_status_it_is_the_same_and_never_comes_back(self) -> None:
        archived = on_metric("a", 3, status="archived")
        operations = [
            configure(achievements=[on_metric("a", 3)]),
            configure("1 06:00", achievements=[archived]),
            event("1 08:00", value="3"),
        ]
        assert held(*operations) == {}
        again = configure("2 08:00", achievements=[on_metric("a", 3)])
        assert held(*operations, again) == {"a": [at("2 08:00"), True]}
        assert len(play(*operations, again).things.of_kind("achievements")) == 2

    def test_one_that_was_never_active_vanishes(self) -> None:
        inactive = configure(achievements=[on_metric("a", 3, status="inactive")])
        oracle = play(inactive, configure("1 06:00"))
        assert oracle.things.of_kind("achievements") == []

    def test_what_is_not_active_does_not_complete(self) -> None:
        for before, status in (("inactive",) * 2, ("active", "locked"), ("active", "archived")):
            operations = [
                configure(achievements=[on_metric("a", 3, status=before)]),
                configure("1 06:00", achievements=[on_metric("a", 3, status=status)]),
            ]
            assert held(*operations, event("1 08:00", value="3")) == {}


class TestEventAttributes:
    """SPEC 6.3: a sum of their own, since the filter is there."""

    def document(self, when: str = "1 00:00", **more: str) -> Operation:
        trails = on_metric("a", 3, **of_events(y="trail"), **more)
        return configure(when, achievements=[trails], **ATTRIBUTES)

    def test_only_matching_events_count(self) -> None:
        got = held(
            self.document(),
            event("1 08:00", value="2", event_attributes={"y": "trail"}),
            event("1 09:00", value="5"),
            event("1 10:00", value="5", event_attributes={"y": "road"}),
            event("1 11:00", value="1", event_attributes={"y": "trail"}),
        )
        assert got == {"a": [at("1 11:00"), False]}

    def test_from_the_moment_on_at_which_it_is_asked_for(self) -> None:
        trail = {"y": "trail"}
        got = held(
            configure(**ATTRIBUTES),
            event("1 08:00", value="3", event_attributes=trail),
            self.document("1 09:00"),
            event("1 10:00", value="2", event_attributes=trail),
            event("1 11:00", value="1", event_attributes=trail),
        )
        assert got == {"a": [at("1 11:00"), False]}

    def test_what_is_inactive_asks_too(self) -> None:
        trail = {"y": "trail"}
        operations = [
            self.document(status="inactive"),
            event("1 08:00", value="3", event_attributes=trail),
            self.document("1 09:00"),
        ]
        assert held(*operations) == {"a": [at("1 09:00"), True]}

    def test_what_nobody_asks_for_begins_anew(self) -> None:
        trail = {"y": "trail"}
        operations = [
            self.document(),
            event("1 08:00", value="2", event_attributes=trail),
            configure("1 09:00", **ATTRIBUTES),
            self.document("1 10:00"),
            event("1 11:00", value="1", event_attributes=trail),
        ]
        assert held(*operations) == {}
        assert held(*operations, event("1 12:00", value="2", event_attributes=trail)) == {
            "a": [at("1 12:00"), False]
        }

    def test_an_undeclared_one_refuses_the_event(self) -> None:
        oracle = play(self.document(), event("1 08:00", event_attributes={"x": "trail"}))
        assert oracle.last_answer == "refused"
        assert oracle.users == {}


class TestUserAttributes:
    def test_who_has_them_not_completes_when_they_get_them_live(self) -> None:
        points = {"points": [system(completion("t", "a", 10))]}
        operations = [
            configure(achievements=[PRO], **points, **ATTRIBUTES),
            event("1 08:00", value="3"),
            event("1 09:00", value="1"),
        ]
        assert held(*operations) == {}
        operations.append(Upsert(at("1 10:00"), "ann", attributes={"x": "pro"}))
        assert held(*operations) == {"a": [at("1 10:00"), False]}
        assert amounts(*operations) == [("t", 10)]

    def test_an_event_is_counted_first(self) -> None:
        """SPEC 1.4: a total that falls with the same event qualifies no more."""
        operations = [
            configure(achievements=[PRO], **ATTRIBUTES),
            event("1 08:00", value="3"),
            event("1 09:00", value="-1", attributes={"x": "pro"}),
        ]
        assert held(*operations) == {}
        assert held(*operations, event("1 10:00")) == {"a": [at("1 10:00"), False]}

    def test_another_attribute_opens_nothing(self) -> None:
        attributes = [{"key": key, "name": key, "type": "user"} for key in "xz"]
        operations = [
            configure(achievements=[PRO], attributes=attributes),
            event("1 08:00", value="3", attributes={"z": "pro"}),
        ]
        assert held(*operations) == {}

    def test_the_longest_streak_counts_and_not_the_present_one(self) -> None:
        operations = [
            configure(
                achievements=[on_streak("a", 2, **of_users(x="pro"))], **ATTRIBUTES, **follow()
            ),
            *days(1, 2),
            Upsert(at("9 10:00"), "ann", attributes={"x": "pro"}),
        ]
        assert held(*operations) == {"a": [at("9 10:00"), False]}

    def test_backdating_asks_for_them_too(self) -> None:
        got = after(
            configure(**ATTRIBUTES),
            event("1 08:00", value="3", attributes={"x": "pro"}),
            event("1 08:00", "bob", value="3"),
            configure("2 08:00", achievements=[PRO], **ATTRIBUTES),
        )
        assert got["users"]["ann"]["achievements"] == {"a": [[at("2 08:00"), True]]}
        assert got["users"]["bob"]["achievements"] == {}


class TestComposites:
    def test_live_by_live_and_backdated_by_backdated(self) -> None:
        entries = [composite("c", "a", "b"), composite("d", "c"), on_metric("a", 1), by_api("b")]
        operations = [
            configure(achievements=entries, points=[system(completion("t", "d", 7))]),
            event("1 08:00"),
            Complete(at("1 09:00"), "ann", "b"),
        ]
        assert held(*operations) == {
            "a": [at("1 08:00"), False],
            "b": [at("1 09:00"), False],
            "c": [at("1 09:00"), False],
            "d": [at("1 09:00"), False],
        }
        assert amounts(*operations) == [("t", 7)]

    def test_a_step_goes_through_all_of_them(self) -> None:
        """Those that are there already follow, too: `c` is not new, its prerequisite is active."""
        locked = on_metric("a", 1, status="locked")
        entries = [composite("d", "c"), composite("c", "a")]
        operations = [
            configure(achievements=[*entries, locked]),
            event("1 08:00"),
            configure("2 08:00", achievements=[*entries, on_metric("a", 1)]),
        ]
        assert held(*operations) == {key: [at("2 08:00"), True] for key in "acd"}

    def test_other_prerequisites_are_another_condition(self) -> None:
        a, b = on_metric("a", 1), on_metric("b", 9)
        operations = [
            configure(achievements=[a, b, composite("c", "a", "b")]),
            event("1 08:00"),
            configure("2 08:00", achievements=[a, b, composite("c", "a")]),
        ]
        assert held(*operations)["c"] == [at("2 08:00"), True]

    def test_a_locked_one_waits(self) -> None:
        a = on_metric("a", 1)
        operations = [
            configure(achievements=[a, composite("c", "a", status="locked")]),
            event("1 08:00"),
            configure("2 08:00", achievements=[a, composite("c", "a")]),
        ]
        assert held(*operations)["c"] == [at("2 08:00"), True]


class TestAnniversaries:
    YEAR = anniversary("y", 1)

    def upsert(self, when: str, signed_up: date, zone: str | None = None) -> Upsert:
        return Upsert(at(when), "ann", zone, signed_up=signed_up)

    def test_at_the_local_midnight_by_the_date_of_creation(self) -> None:
        operations = [
            configure(achievements=[self.YEAR], points=[system(completion("t", "y", 5))]),
            Upsert(at("1 08:00"), "ann", zone="Asia/Kathmandu"),
            Pass(at("2025-04-30T18:14")),
        ]
        assert held(*operations) == {}
        operations.append(Pass(at("2025-05-09T00:00")))
        assert held(*operations) == {"y": [at("2025-04-30T18:15"), False]}
        assert amounts(*operations) == [("t", 5)]

    def test_by_the_sign_up_date_and_passed_ones_are_backdated(self) -> None:
        operations = [
            configure(
                achievements=[self.YEAR, anniversary("z", 2)],
                points=[system(completion("t", "y", 5), completion("u", "z", 6))],
            ),
            self.upsert("1 08:00", date(2022, 5, 3)),
            Pass(at("4 00:00")),
        ]
        assert held(*operations) == {"y": [at("1 08:00"), True], "z": [at("3 00:00"), False]}
        assert amounts(*operations) == [("u", 6)]

    def test_the_date_itself_has_passed(self) -> None:
        operations = [configure(achievements=[self.YEAR]), self.upsert("1 08:00", date(2023, 5, 1))]
        assert held(*operations) == {"y": [at("1 08:00"), True]}

    def test_taken_away_the_date_of_creation_counts(self) -> None:
        operations = [
            configure(achievements=[self.YEAR]),
            self.upsert("1 08:00", date(2023, 5, 4)),
            Upsert(at("2 08:00"), "ann", signed_up=""),
        ]
        assert held(*operations, Pass(at("2025-04-30T00:00"))) == {}
        assert held(*operations, Pass(at("2025-05-02T00:00"))) == {
            "y": [at("2025-05-01T00:00"), False]
        }

    def test_a_change_of_zone_jumps_over_the_midnight(self) -> None:
        operations = [
            configure(achievements=[self.YEAR]),
            self.upsert("1 08:00", date(2023, 5, 3)),
            Upsert(at("2 12:00"), "ann", zone="Pacific/Kiritimati"),  # 02:00 of the 3rd
        ]
        assert held(*operations) == {"y": [at("2 12:00"), False]}
        # There and back again it does not come twice.
        operations += [Upsert(at("2 13:00"), "ann", zone=""), Pass(at("4 00:00"))]
        assert held(*operations) == {"y": [at("2 12:00"), False]}

    def test_a_new_sign_up_date_with_the_change_backdates(self) -> None:
        operations = [
            configure(achievements=[self.YEAR]),
            Upsert(at("2 08:00"), "ann"),
            self.upsert("2 12:00", date(2023, 5, 3), zone="Pacific/Kiritimati"),
        ]
        assert held(*operations) == {"y": [at("2 12:00"), True]}

    def test_29_february_is_1_march(self) -> None:
        for year in ("2023", "2024"):
            operations = [
                configure(f"{year}-02-01T00:00", achievements=[anniversary("y", int(year) - 2020)]),
                self.upsert(f"{year}-02-02T00:00", date(2020, 2, 29)),
                Pass(at(f"{year}-03-01T00:00") - 1),
            ]
            assert held(*operations) == {}
            operations.append(Pass(at(f"{year}-03-01T00:00")))
            assert held(*operations) == {"y": [at(f"{year}-03-01T00:00"), False]}

    def test_after_the_users_today_is_refused(self) -> None:
        oracle = play(configure(), self.upsert("1 08:00", date(2024, 5, 2)))
        assert oracle.last_answer == "refused"
        assert oracle.users == {}
        oracle.apply(self.upsert("1 10:00", date(2024, 5, 2), zone="Pacific/Kiritimati"))
        assert oracle.last_answer == "applied"

    def test_becoming_active_backdates_by_the_local_date(self) -> None:
        zone = "Pacific/Kiritimati"
        operations = [
            configure(),
            self.upsert("1 08:00", date(2023, 5, 3), zone=zone),
            configure("2 12:00", achievements=[self.YEAR]),  # the 3rd has begun at 10:00
        ]
        assert held(*operations) == {"y": [at("2 12:00"), True]}

    def test_who_has_not_the_attributes_then_gets_it_with_them(self) -> None:
        operations = [
            configure(achievements=[anniversary("y", 1, **of_users(x="pro"))], **ATTRIBUTES),
            self.upsert("1 08:00", date(2023, 5, 3)),
            Upsert(at("5 08:00"), "ann", attributes={"x": "pro"}),
        ]
        assert held(*operations) == {"y": [at("5 08:00"), False]}


class TestByTheProduct:
    """SPEC 6.6."""

    def test_it_completes_once_and_takes_in_what_is_said(self) -> None:
        oracle = play(
            configure(achievements=[by_api("a")], points=[system(completion("t", "a", 5))]),
            Complete(at("1 08:00"), "ann", "a", zone="Asia/Kathmandu"),
        )
        assert oracle.last_answer == "applied"
        oracle.apply(Complete(at("1 09:00"), "ann", "a", zone=""))
        assert oracle.last_answer == "repeated"
        user = oracle.outcome(at("1 09:00"))["users"]["ann"]
        assert user["achievements"] == {"a": [[at("1 08:00"), False]]}
        assert user["points"] == {"xp": [5]}
        assert user["zone"] == ""

    def test_a_second_time_whatever_it_has_become(self) -> None:
        oracle = play(
            configure(achievements=[by_api("a")]),
            Complete(at("1 08:00"), "ann", "a"),
            configure("1 09:00"),
            Complete(at("1 10:00"), "ann", "a"),
        )
        assert oracle.last_answer == "repeated"
        oracle.apply(Complete(at("1 10:00"), "bob", "a"))
        assert oracle.last_answer == "refused"
        assert "bob" not in oracle.users

    def test_a_second_time_leaves_no_trace(self) -> None:
        """Not even a date, also if the first time was a step that nobody has recorded yet."""
        operations = [
            configure(),
            event("1 08:00"),
            configure("1 12:00", achievements=[on_metric("a", 1)]),
            Complete(at("2 09:00"), "ann", "a"),
            event("2 10:00", zone="Pacific/Pago_Pago"),  # 23:00 of the 1st
        ]
        assert ann(*operations)["metricDays"]["runs"] == [["2024-05-01", "2"]]

    def test_refusals(self) -> None:
        entries = [
            by_api("locked", status="locked"),
            by_api("pro", **of_users(x="pro")),
            on_metric("metric", 1),
        ]
        oracle = play(configure(achievements=entries, **ATTRIBUTES))
        for key in ("locked", "pro", "metric", "nothing"):
            oracle.apply(Complete(at("1 08:00"), "ann", key))
            assert oracle.last_answer == "refused", key
        assert oracle.users == {}
        oracle.apply(Complete(at("1 08:00"), "ann", "pro", attributes={"x": "pro"}))
        assert oracle.last_answer == "applied"

    def test_backdating_gives_it_to_nobody(self) -> None:
        operations = [
            configure(achievements=[by_api("a", status="locked")]),
            event("1 08:00"),
            configure("1 09:00", achievements=[by_api("a")]),
        ]
        assert held(*operations) == {}


class TestVoids:
    def test_completions_stay_and_the_total_does_not_qualify_any_more(self) -> None:
        operations = [
            configure(achievements=[on_metric("a", 3), on_metric("b", 5)]),
            event("1 08:00", value="4"),
            Void(at("1 09:00"), 0),
            event("1 10:00", value="4"),
        ]
        assert held(*operations) == {"a": [at("1 08:00"), False]}

    def test_what_the_total_reaches_without_the_event_is_completed(self) -> None:
        points = {"points": [system(completion("t", "a", 5))]}
        operations = [
            configure(achievements=[on_metric("a", 3)], **points),
            event("1 08:00", value="-1"),
            event("1 09:00", value="3"),
        ]
        assert held(*operations) == {}
        operations.append(Void(at("1 10:00"), 0))
        assert held(*operations) == {"a": [at("1 10:00"), False]}
        assert amounts(*operations) == [("t", 5)]

    def test_without_events_nothing_qualifies(self) -> None:
        operations = [
            configure(),
            event("1 08:00", value="4"),
            Void(at("1 09:00"), 0),
            configure("1 10:00", achievements=[on_metric("a", 0)]),
        ]
        assert held(*operations) == {}
        assert ann(*operations)["metrics"] == {}
