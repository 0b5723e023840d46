"""Examples worked out by hand from SPEC.md, so that the oracle itself can be trusted.

What they are written in is in examples.py; those of streaks are in the files beside this one. At
the end: what the generator of histories promises.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings

from tests.model.examples import (
    DAILY,
    HOUR,
    Outcome,
    after,
    ann,
    at,
    board,
    completion,
    configure,
    crossing,
    event,
    metric,
    on_metric,
    on_streak,
    play,
    points_board,
    streaks,
    system,
)
from tests.model.histories import (
    TRANSITIONS,
    ZONES,
    Configure,
    Event,
    Operation,
    Pass,
    Prefer,
    Upsert,
    histories,
    random_history,
)
from tests.model.oracle import (
    Oracle,
    Preferences,
    decimal_string,
    entry_of,
    exact,
    frequency_of,
    is_active,
)
from tests.model.streaks import (
    FREQUENCIES,
    ONE_DAY,
    SECOND,
    WEEKDAYS,
    day_end,
    has_an_instant,
    local_date,
    wall_date,
)


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
        assert user["streaks"]["daily"]["length"] == 0
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
        assert user["periods"]["daily"][-1] == [
            "2024-05-02",
            "2024-05-02",
            0,
            "broken",
            at("3 00:00"),
        ]
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
        for seed in range(300):
            oracle = Oracle()
            for operation in random_history(random.Random(seed), 50):
                before = oracle.document
                oracle.apply(operation)
                seen[oracle.last_answer] += 1
                seen[f"{type(operation).__name__} {oracle.last_answer}"] += 1
                if isinstance(operation, Configure):
                    seen.update(what_a_switch_meets(oracle, before))
                elif isinstance(operation, Prefer) and oracle.last_answer == "applied":
                    seen["disabled"] += not oracle.users[operation.user].preferences.is_enabled
                elif isinstance(operation, Event):
                    seen["own settings"] += has_own_settings(oracle, operation.user)
            outcome = oracle.outcome(oracle.clock)
            check_outcome(outcome)
            seen.update(what_came_of_it(outcome))
        for what in (
            *("applied", "repeated", "refused", "level", "expires", "pause"),
            *("backdated True", "backdated False", "clipped", "whole", "deducted", "tie"),
            *(f"{each} {outcome}" for each in FREQUENCIES for outcome in OUTCOMES),
            *("daily day_off", "initial_grant", "accumulation", "manual", "consumed"),
            *("frozen by a change of zone", "reset", "disabled", "own settings"),
            *("switch with streak board", "switch that backdates"),
            *(
                f"{command} {answer}"
                for command in ("GrantFreeze", "AddPause", "DeletePause", "Restore", "Prefer")
                for answer in ("applied", "refused")
            ),
        ):
            assert seen[what] >= 3, what


OUTCOMES = ("extended", "frozen", "paused", "skipped", "broken")


def what_a_switch_meets(oracle: Oracle, before: dict[str, Any]) -> list[str]:
    """What a change of the frequency has to do with; nothing after any other configuration."""
    if oracle.frequency() == frequency_of(before):
        return []
    met: list[str] = []
    for ranked in oracle.entries("leaderboards"):
        known = entry_of(before, "leaderboards", ranked["key"])
        if ranked["rankBy"] == "streak" and is_active(ranked) and known == ranked:
            met += ["switch with streak board"] * bool(oracle.users)
    for achievement in oracle.entries("achievements"):
        known = entry_of(before, "achievements", achievement["key"])
        number = oracle.number("achievements", achievement["key"])
        if achievement["trigger"] == "streak" and known == achievement:
            completed = [user.completions.get(number) for user in oracle.users.values()]
            met += ["switch that backdates"] * ((oracle.clock, True) in completed)
    return met


def has_own_settings(oracle: Oracle, name: str) -> bool:
    """Whether a user is judged by other conditions or days off than those configured."""
    user = oracle.users.get(name)
    if user is None or not oracle.customizes():
        return False
    plain = replace(user, preferences=Preferences())
    return oracle.conditions(user) != oracle.conditions(plain) or (
        oracle.in_force(user).days_off != oracle.in_force(plain).days_off
    )


def what_came_of_it(outcome: Outcome) -> Counter[str]:
    seen: Counter[str] = Counter()
    for user in outcome["users"].values():
        for frequency in FREQUENCIES:
            seen.update(f"{frequency} {row[3]}" for row in user["periods"][frequency])
        for row in user["periods"]["daily"]:
            is_midnight = row[4] in {day_end(zone, date.fromisoformat(row[0])) for zone in ZONES}
            seen["frozen by a change of zone"] += row[3] == "frozen" and not is_midnight
        seen.update(row[0] for row in user["freezes"]["ledger"])
        seen["reset"] += len(user["resets"])
        seen["pause"] += len(user["pauses"])
        seen["expires"] += user["expires"] is not None
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
    return seen


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
    for ranked in document["leaderboards"]:
        if ranked["rankBy"] == "metric":
            assert ranked["metricKey"] in keys["metrics"]
        elif ranked["rankBy"] == "points":
            assert ranked["pointsSystemKey"] in keys["points"]
    assert document.get("weekStart", "monday") in WEEKDAYS
    if "streaks" in document:
        check_streak_settings(document["streaks"], keys["metrics"])


def check_streak_settings(settings: dict[str, Any], metrics: list[str]) -> None:
    conditions = [each["key"] for each in settings["metrics"]]
    assert len(set(conditions)) == len(conditions)
    assert set(conditions) <= set(metrics)
    assert settings["frequency"] in FREQUENCIES
    assert settings["frequency"] == "daily" or "daysOff" not in settings
    days_off = settings.get("daysOff", [])
    assert days_off == sorted(set(days_off))
    assert len(days_off) < 7
    of_freezes = settings.get("freezes", {"startCount": 0, "maxCount": 0})
    assert 0 <= of_freezes["startCount"] <= of_freezes["maxCount"]
    assert ("autoEarnInterval" in of_freezes) == ("autoEarnAmount" in of_freezes)


def check_outcome(outcome: Outcome) -> None:
    """What holds after any history."""
    for user in outcome["users"].values():
        for frequency in FREQUENCIES:
            check_streak(user["streaks"][frequency], user["periods"][frequency])
        check_freezes(user)
        for key, rows in user["ledger"].items():
            assert user["points"][key] == sum(row[1] for row in rows)
            assert all(row[1] != 0 for row in rows)
    for places in outcome["boards"].values():
        values = [value for _, value in places]
        assert values in (sorted(values), sorted(values, reverse=True))
        assert len({user for user, _ in places}) == len(places)


def check_streak(streak: dict[str, Any], periods: list[list[Any]]) -> None:
    assert (streak["length"] > 0) == (streak["period"] is not None)
    assert (streak["length"] > 0) == (streak["started"] is not None)
    assert streak["length"] <= streak["longest"]
    assert [row[4] for row in periods] == sorted(row[4] for row in periods)
    starts = [row[0] for row in periods]
    assert starts == sorted(set(starts)), "no period is closed twice"
    if streak["period"] is not None:
        assert streak["started"] <= streak["period"]
        assert not starts or starts[-1] < streak["period"]


def check_freezes(user: Outcome) -> None:
    """The balance is the sum of the ledger, and each freeze consumed kept one period."""
    ledger = user["freezes"]["ledger"]
    assert [row[2] for row in ledger] == list(accumulate(row[1] for row in ledger))
    assert user["freezes"]["balance"] == sum(row[1] for row in ledger) >= 0
    rows = [row for rows in user["periods"].values() for row in rows]
    kept = sorted((row[0], row[4]) for row in rows if row[3] == "frozen")
    assert kept == sorted((row[3], row[4]) for row in ledger if row[0] == "consumed")
