"""Examples of what users and operators do to streaks, worked out by hand from docs/streaks.md:
settings of their own, resets, restores.
"""

from typing import Any

import pytest

from tests.model.examples import (
    DAILY,
    ann,
    at,
    completion,
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
    play,
    prefer,
    streaks,
    system,
)
from tests.model.operations import (
    Configure,
    Event,
    GrantFreeze,
    Operation,
    Pass,
    Prefer,
    Reset,
    Restore,
    Upsert,
)

TWO_METRICS = {"metrics": [metric(), metric("swims")]}


def custom(*conditions: tuple[str, float], **more: Any) -> dict[str, Any]:
    """A document with two metrics that lets users have settings of their own."""
    return {**TWO_METRICS, "streaks": streaks(*conditions, customizationEnabled=True, **more)}


def own(*conditions: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"key": key, "threshold": threshold} for key, threshold in conditions]


class TestPersonalSettings:
    def test_own_conditions_count_instead_of_the_configured_ones(self) -> None:
        operations = [
            configure(**custom(("runs", 1))),
            Upsert(at("1 07:00"), "ann"),
            prefer("1 07:00", metrics=own(("swims", 2))),
            *days(1),
        ]
        assert lengths(ann(*operations)) == [0, 0, 0]
        swims = event("1 09:00", metric="swims", value="2")
        assert lengths(ann(*operations, swims)) == [1, 1, 1]

    def test_an_own_mode_goes_with_whatever_conditions_count(self) -> None:
        operations = [
            configure(**custom(("runs", 1), ("swims", 1))),
            Upsert(at("1 07:00"), "ann"),
            prefer("1 07:00", evaluationMode="AND"),
            *days(1),
        ]
        assert lengths(ann(*operations)) == [0, 0, 0]
        assert lengths(ann(*operations, event("1 09:00", metric="swims"))) == [1, 1, 1]

    def test_they_take_effect_with_the_next_event_only(self) -> None:
        operations = [
            configure(**custom(("runs", 5))),
            *days(1),
            prefer("1 09:00", metrics=own(("runs", 1))),
        ]
        assert lengths(ann(*operations)) == [0, 0, 0]
        assert lengths(ann(*operations, event("1 10:00", metric="swims"))) == [1, 1, 1]

    def test_they_are_kept_and_not_applied_while_that_is_off(self) -> None:
        operations = [
            configure(**custom(("runs", 1))),
            Upsert(at("1 07:00"), "ann"),
            prefer("1 07:00", metrics=own(("swims", 1))),
            configure("1 07:30", **TWO_METRICS, **follow()),
            *days(1),
        ]
        assert lengths(ann(*operations)) == [1, 1, 1]
        operations += [configure("2 07:00", **custom(("runs", 1))), *days(2)]
        assert lengths(ann(*operations)) == [1, 1, 1]
        assert lengths(ann(*operations, event("2 09:00", metric="swims"))) == [2, 1, 1]

    def test_conditions_on_metrics_that_are_gone_are_passed_over(self) -> None:
        """A metric that comes back is a new one, and no condition is on it."""
        without = {"streaks": streaks(("runs", 2), customizationEnabled=True)}
        operations = [
            configure(**custom(("runs", 2))),
            Upsert(at("1 07:00"), "ann"),
            prefer("1 07:00", metrics=own(("swims", 1)), evaluationMode="AND"),
            configure("1 07:10", **without),
            configure("1 07:20", **custom(("runs", 2))),
            event("1 08:00", metric="swims"),
        ]
        assert lengths(ann(*operations)) == [0, 0, 0]
        assert lengths(ann(*operations, event("1 09:00", value="2"))) == [1, 1, 1]
        both = prefer("1 07:00", metrics=own(("swims", 1), ("runs", 1)), evaluationMode="AND")
        user = ann(*operations[:2], both, configure("1 07:10", **without), event("1 08:00"))
        assert lengths(user) == [1, 1, 1]

    def test_null_goes_back_to_what_is_configured(self) -> None:
        operations = [
            configure(**custom(("runs", 1), daysOff=[4])),
            Upsert(at("1 07:00"), "ann"),
            prefer("1 07:00", metrics=own(("swims", 1)), daysOff=[], evaluationMode="AND"),
            prefer("1 07:30", metrics=None, daysOff=None, evaluationMode=None),
            *days(1),
            Pass(at("3 00:00")),
        ]
        assert outcomes(ann(*operations)) == [["05-01", 1, "extended"], ["05-02", 1, "day_off"]]
        # An empty list is none of one's own, which is not the configured ones.
        user = ann(*operations[:-1], prefer("1 09:00", daysOff=[]), Pass(at("3 00:00")))
        assert outcomes(user)[-1] == ["05-02", 0, "broken"]

    def test_only_enabled_is_everybodys(self) -> None:
        for parts in (follow(), {}):
            oracle = play(configure(**parts), *days(1))
            for settings in ({"daysOff": [1]}, {"enabled": False, "evaluationMode": "OR"}):
                oracle.apply(prefer("1 09:00", **settings))
                assert oracle.last_answer == "refused"
            oracle.apply(prefer("1 09:00", enabled=False))
            assert oracle.last_answer == "applied"
        oracle.apply(Prefer(at("1 09:00"), "bob", {"enabled": False}))
        assert oracle.last_answer == "refused"

    def test_what_changes_nothing_leaves_no_trace(self) -> None:
        """Dates go on by commands: the 2nd in Kiritimati is forgotten unless something was said."""
        operations = [
            configure(**custom(("runs", 1))),
            Upsert(at("1 09:00"), "ann", zone="Pacific/Kiritimati"),  # the 1st
        ]
        for settings, started in (
            ({"enabled": True}, "2024-05-01"),
            ({"daysOff": []}, "2024-05-02"),
        ):
            user = ann(
                *operations,
                prefer("1 11:00", **settings),  # the 2nd
                event("1 12:00", zone="Pacific/Pago_Pago"),  # the 1st
            )
            assert user["streaks"]["daily"]["started"] == started


class TestDisabled:
    def test_all_streaks_end_at_once_and_leave_no_row(self) -> None:
        user = ann(configure(**follow()), *days(1, 2), prefer("2 09:00", enabled=False))
        assert lengths(user) == [0, 0, 0]
        assert outcomes(user) == [["05-01", 1, "extended"]]
        assert user["streaks"]["daily"]["longest"] == 2
        assert user["resets"] == []

    def test_nothing_is_met_until_they_are_enabled_again(self) -> None:
        operations = [
            configure(**DAILY),
            event("1 08:00"),
            prefer("1 09:00", enabled=False),
            event("1 10:00"),
            event("1 11:00", value="-0.5"),
            prefer("1 12:00", enabled=True),
        ]
        assert lengths(ann(*operations)) == [0, 0, 0]
        # The first run is forgotten; what came while they were disabled is summed up as ever.
        assert lengths(ann(*operations, event("1 13:00"))) == [0, 0, 0]
        assert lengths(ann(*operations, event("1 13:00", value="1.5"))) == [1, 1, 1]
        # Null is the default: enabled.
        operations[-1] = prefer("1 12:00", enabled=None)
        assert lengths(ann(*operations, event("1 13:00", value="1.5"))) == [1, 1, 1]

    def test_the_streak_can_be_restored_once_they_are_enabled_again(self) -> None:
        """The length of the 3rd stands in no row yet."""
        oracle = play(
            configure(**follow()),
            *days(1, 2, 3),
            prefer("3 09:00", enabled=False),
            Restore(at("3 10:00"), "ann"),
        )
        assert oracle.last_answer == "refused"
        oracle.apply(prefer("3 11:00", enabled=True))
        oracle.apply(Restore(at("3 12:00"), "ann"))
        assert oracle.last_answer == "applied"
        streak = oracle.outcome(oracle.clock)["users"]["ann"]["streaks"]["daily"]
        assert streak == {
            "length": 2,
            "longest": 3,
            "started": "2024-05-01",
            "period": "2024-05-03",
            "met": False,
        }

    def test_a_grant_and_a_pause_and_a_reset_are_taken_all_the_same(self) -> None:
        oracle = play(
            configure(**follow(freezes=freezes(0, 1))),
            *days(1),
            prefer("1 09:00", enabled=False),
        )
        for operation in (
            GrantFreeze(at("1 10:00"), "ann"),
            pause("1 10:00", 2, 2),
            Reset(at("1 10:00"), "ann"),
        ):
            oracle.apply(operation)
            assert oracle.last_answer == "applied"


class TestReset:
    """SPEC 5.7."""

    def test_all_streaks_end_and_the_day_begins_anew(self) -> None:
        operations = [
            configure(**DAILY),
            event("1 08:00", value="2"),
            event("2 08:00", value="2"),
            event("2 08:30"),
            Reset(at("2 09:00"), "ann"),
        ]
        user = ann(*operations)
        assert lengths(user) == [0, 0, 0]
        assert user["resets"] == [["2024-05-02", at("2 09:00")]]
        assert user["streaks"]["daily"]["longest"] == 2
        assert lengths(ann(*operations, event("2 10:00"))) == [0, 0, 0]
        user = ann(*operations, event("2 10:00", value="2"), Pass(at("3 00:00")))
        assert lengths(user) == [1, 1, 1]
        assert outcomes(user) == [["05-01", 1, "extended"], ["05-02", 1, "extended"]]

    def test_the_open_day_has_no_row_if_nothing_follows(self) -> None:
        user = ann(
            configure(**follow()), *days(1), Reset(at("1 09:00"), "ann"), Pass(at("9 00:00"))
        )
        assert outcomes(user) == []

    def test_a_user_who_is_known_can_be_reset_as_often_as_one_likes(self) -> None:
        oracle = play(configure(), Reset(at("1 08:00"), "ann"))
        assert oracle.last_answer == "refused"
        oracle.apply(Upsert(at("1 08:00"), "ann"))
        for _ in range(2):
            oracle.apply(Reset(at("1 09:00"), "ann"))
            assert oracle.last_answer == "applied"
        assert len(oracle.outcome(oracle.clock)["users"]["ann"]["resets"]) == 2

    def test_its_date_is_that_of_a_command(self) -> None:
        user = ann(
            configure(**follow()),
            event("1 11:00", zone="Pacific/Kiritimati"),  # the 2nd
            Upsert(at("1 12:00"), "ann", zone=""),
            Reset(at("1 13:00"), "ann"),
        )
        assert user["resets"] == [["2024-05-02", at("1 13:00")]]


class TestRestore:
    """SPEC 5.7."""

    broken: tuple[Operation, ...] = (configure(**follow()), *days(1, 2, 3), Pass(at("6 12:00")))

    def test_the_greatest_length_comes_back_with_its_start(self) -> None:
        user = ann(*self.broken, Restore(at("6 12:00"), "ann"))
        assert user["streaks"]["daily"] == {
            "length": 3,
            "longest": 3,
            "started": "2024-05-01",
            "period": "2024-05-06",
            "met": False,
        }
        assert outcomes(user)[-1] == ["05-04", 0, "broken"]
        assert user["expires"] == "2024-05-06"

    def test_it_goes_on_from_there(self) -> None:
        restored = (*self.broken, Restore(at("6 12:00"), "ann"))
        user = ann(*restored, event("6 13:00"), Pass(at("7 12:00")))
        assert user["streaks"]["daily"]["length"] == 4
        assert outcomes(user)[-2:] == [["05-04", 0, "broken"], ["05-06", 4, "extended"]]
        user = ann(*restored, Pass(at("7 12:00")))
        assert outcomes(user)[-2:] == [["05-04", 0, "broken"], ["05-06", 0, "broken"]]

    def test_what_was_met_today_stays_met_and_adds_nothing(self) -> None:
        user = ann(*self.broken, event("6 13:00"), Restore(at("6 14:00"), "ann"))
        assert user["streaks"]["daily"]["length"] == 3
        assert user["streaks"]["daily"]["met"]
        assert (
            ann(*self.broken, event("6 13:00"), Restore(at("6 14:00"), "ann"), event("6 15:00"))[
                "streaks"
            ]
            == user["streaks"]
        )

    def test_only_the_configured_frequency_is_restored(self) -> None:
        user = ann(
            configure(**follow("weekly")),
            *days(1, 2, 6, 7),
            Pass(at("29 12:00")),
            Restore(at("29 12:00"), "ann"),
        )
        assert lengths(user) == [0, 2, 1]
        assert user["streaks"]["weekly"]["started"] == "2024-04-29"
        assert user["streaks"]["weekly"]["period"] == "2024-05-27"

    def test_it_is_refused_unless_there_is_a_greater_one(self) -> None:
        oracle = play(configure(), Restore(at("1 08:00"), "ann"))
        assert oracle.last_answer == "refused"
        for operations in (
            (configure(**follow()), *days(1), Restore(at("1 09:00"), "ann")),
            (*self.broken, event("6 13:00"), *days(7, 8), Restore(at("8 09:00"), "ann")),
        ):
            assert play(*operations).last_answer == "refused"

    def test_of_equal_lengths_the_later_one_comes_back(self) -> None:
        user = ann(
            configure(**follow()),
            *days(1, 2, 5, 6),
            Pass(at("9 12:00")),
            Restore(at("9 12:00"), "ann"),
        )
        assert user["streaks"]["daily"]["started"] == "2024-05-05"

    def test_what_was_before_a_reset_is_not_given_back(self) -> None:
        oracle = play(*self.broken, Reset(at("6 12:00"), "ann"), Restore(at("6 12:00"), "ann"))
        assert oracle.last_answer == "refused"
        oracle = play(*self.broken, Reset(at("6 12:00"), "ann"), *days(7), Pass(at("9 12:00")))
        oracle.apply(Restore(at("9 12:00"), "ann"))
        assert oracle.outcome(oracle.clock)["users"]["ann"]["streaks"]["daily"]["length"] == 1

    def test_a_restored_streak_can_be_restored_again_by_its_old_rows(self) -> None:
        operations = (
            *self.broken,
            Restore(at("6 12:00"), "ann"),
            prefer("6 13:00", enabled=False),
            prefer("6 14:00", enabled=True),
        )
        assert lengths(ann(*operations))[0] == 0
        assert lengths(ann(*operations, Restore(at("6 15:00"), "ann")))[0] == 3

    @pytest.mark.parametrize(
        ("frequency", "first", "last", "too_late"),
        [
            # The 1st of May and 90 days
            ("daily", "2024-05-01", "2024-07-30", "2024-07-31"),
            # The week with 1 January 2025 begins on 30 December, that of 2026 on 29 December.
            ("weekly", "2024-12-30", "2025-12-31", "2026-01-01"),
            ("weekly", "2024-12-29", "2024-12-31", "2025-01-01"),
            ("monthly", "2024-01-31", "2025-12-31", "2026-01-01"),
        ],
    )
    def test_windows(self, frequency: str, first: str, last: str, too_late: str) -> None:
        document = {"metrics": [metric()], **follow(frequency)}
        run = Event(at(f"{first}T08:00"), "ann", "runs", "1")
        operations = [Configure(at(f"{first}T00:00"), document), run]
        for day, answer in ((last, "applied"), (too_late, "refused")):
            reset = prefer(f"{day}T09:00", enabled=False)
            # Whatever is still running then is over; a row has been closed long before.
            enabled = prefer(f"{day}T09:00", enabled=True)
            restore = Restore(at(f"{day}T10:00"), "ann")
            assert play(*operations, reset, enabled, restore).last_answer == answer

    def test_nothing_is_completed_but_by_the_next_event(self) -> None:
        parts = {"points": [system(completion("t", "a", 10))], **follow()}
        operations = [
            *self.broken,
            configure("6 12:00", achievements=[on_streak("a", 4)], **parts),
            Restore(at("6 12:00"), "ann"),
        ]
        assert ann(*operations)["achievements"] == {}
        user = ann(*operations, event("6 13:00"))
        assert user["achievements"] == {"a": [[at("6 13:00"), False]]}
        assert user["points"] == {"xp": [10]}

    def test_a_pause_earlier_in_the_week_keeps_the_open_week(self) -> None:
        """No streak was running in that week until the restore: the pause counts all the same."""
        user = ann(
            configure(**follow("weekly")),
            *days(1),
            Pass(at("13 00:00")),  # broken
            pause("14 08:00", 14, 14),
            Restore(at("16 12:00"), "ann"),
            Pass(at("27 00:00")),
        )
        assert outcomes(user, "weekly") == [
            ["04-29", 1, "extended"],
            ["05-06", 0, "broken"],
            ["05-13", 1, "paused"],
            ["05-20", 0, "broken"],
        ]
