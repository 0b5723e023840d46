"""Achievements by example: each trigger, filters, the order of things, backdating (SPEC 6)."""

from datetime import date
from typing import Any

import pytest

from engine.host.scope import Scope
from engine.model.errors import ConfigurationInvalid, InvalidInput, NotFound
from engine.model.identifiers import Instant
from tests.unit.games import DAY, HOUR, NOON, clock_at, event, game, user

STEPS = {"metricKey": "steps"}
PRO = [{"attributeKey": "plan", "attributeValue": "pro"}]
BY_APP = [{"attributeKey": "via", "attributeValue": "app"}]


def achievement(key: str, trigger: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "trigger": trigger, **fields}


def document(*achievements: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "metrics": [{"key": "steps", "name": "Steps"}, {"key": "best", "name": "Best"}],
        "attributes": [
            {"key": "plan", "name": "Plan"},
            {"key": "via", "name": "Via", "type": "event"},
        ],
        "streaks": {"metrics": [{"key": "steps", "threshold": 1}]},
        "achievements": list(achievements),
        **fields,
    }


def held(scope: Scope, user_id: str = "ada") -> dict[str, bool]:
    """The achievements that a user has, and whether by their past."""
    state = scope.read_user(user_id).state
    known = scope.plan.achievements
    return {known[o].key: c.backdated for o, c in state.completions.items() if o in known}


async def test_ten_times_a_tenth_is_one() -> None:
    one = achievement("one", "metric", **STEPS, metricValue=1)
    async with game() as (_, scope):
        await scope.configure(document(one))
        for _ in range(9):
            await scope.record_event(event("ada", "0.1"))
        assert held(scope) == {}
        await scope.record_event(event("ada", "0.1"))
        assert held(scope) == {"one": False}


async def test_events_that_match_have_a_sum_of_their_own() -> None:
    app = achievement("app", "metric", **STEPS, metricValue=2, eventAttributes=BY_APP)
    async with game() as (_, scope):
        await scope.configure(document())
        await scope.record_event(event("ada", "5", via="app"))
        await scope.configure(document(app))
        await scope.record_event(event("ada", "9"))
        await scope.record_event(event("ada", "1", via="web"))
        await scope.record_event(event("ada", "1", via="app"))
        assert held(scope) == {}, "it counts from the moment the filter exists"
        await scope.record_event(event("ada", "1", via="app"))
        assert held(scope) == {"app": False}


async def test_attributes_that_let_somebody_in_complete_at_once() -> None:
    first = achievement("first", "metric", **STEPS, metricValue=1, userAttributes=PRO)
    async with game() as (_, scope):
        await scope.configure(document(first))
        await scope.record_event(event("ada", "3"))
        assert held(scope) == {}
        await scope.upsert_user(user("ada", attributes={"plan": "free"}))
        assert held(scope) == {}
        await scope.upsert_user(user("ada", attributes={"plan": "pro"}))
        assert held(scope) == {"first": False}


async def test_composites_follow_until_nothing_new_completes() -> None:
    chain = (
        achievement("a", "api"),
        achievement("b", "api"),
        achievement("both", "achievement", achievementKeys=["a", "b"]),
        achievement("more", "achievement", achievementKeys=["both"]),
    )
    async with game() as (_, scope):
        await scope.configure(document(*chain))
        await scope.complete_achievement(user("ada"), "b")
        assert held(scope) == {"b": False}
        await scope.complete_achievement(user("ada"), "a")
        assert list(held(scope)) == ["b", "a", "both", "more"]


async def test_a_circle_of_prerequisites_is_named() -> None:
    circle = (
        achievement("a", "achievement", achievementKeys=["b"]),
        achievement("b", "achievement", achievementKeys=["a"]),
    )
    async with game() as (_, scope):
        with pytest.raises(ConfigurationInvalid, match="a → b → a"):
            await scope.configure(document(*circle))


async def test_what_the_product_may_complete() -> None:
    chosen = (
        achievement("told", "api"),
        achievement("locked", "api", status="locked"),
        achievement("counted", "metric", **STEPS, metricValue=1),
        achievement("pros", "api", userAttributes=PRO),
    )
    async with game() as (engine, scope):
        await scope.configure(document(*chosen))
        first = await scope.complete_achievement(user("ada"), "told")
        again = await scope.complete_achievement(user("ada"), "told")
        assert (first.replayed, again.replayed) == (False, True)
        before = engine.last_seq
        for key in ("locked", "counted", "pros"):
            with pytest.raises(InvalidInput):
                await scope.complete_achievement(user("bob"), key)
        with pytest.raises(NotFound):
            await scope.complete_achievement(user("bob"), "nothing")
        assert engine.last_seq == before, "a refusal leaves no record"
        with pytest.raises(NotFound):
            scope.read_user("bob")


async def test_an_anniversary_comes_at_the_local_midnight() -> None:
    clock = clock_at()
    async with game(clock=clock) as (_, scope):
        await scope.configure(document(achievement("year", "anniversary", anniversaryYears=1)))
        await scope.record_event(event("ada", "1", tz="Asia/Tokyo"))
        midnight = NOON + 365 * DAY + 3 * HOUR - DAY  # in Tokyo, 4 October 2025 begins
        clock.at = Instant(midnight - 1)
        assert held(scope) == {}
        clock.at = Instant(midnight)
        assert held(scope) == {"year": False}


async def test_a_sign_up_date_brings_the_years_that_have_passed() -> None:
    years = [achievement(f"y{n}", "anniversary", anniversaryYears=n) for n in (1, 2, 3)]
    async with game() as (_, scope):
        await scope.configure(document(*years))
        await scope.record_event(event("ada", "1"))
        await scope.upsert_user(user("ada", sign_up_date=date(2022, 10, 4)))
        assert held(scope) == {"y1": True, "y2": True}


@pytest.mark.parametrize(
    ("today", "done"), [("2025-02-28", False), ("2025-03-01", True), ("2024-02-29", False)]
)
async def test_the_29th_of_february_counts_as_the_1st_of_march(today: str, done: bool) -> None:
    at = NOON + (date.fromisoformat(today) - date(2024, 10, 4)).days * DAY
    clock = clock_at(at)
    async with game(clock=clock) as (_, scope):
        await scope.configure(document(achievement("year", "anniversary", anniversaryYears=1)))
        await scope.upsert_user(user("ada", sign_up_date=date(2024, 2, 29)))
        assert bool(held(scope)) is done


async def test_an_anniversary_whose_midnight_is_flown_over_comes_with_the_flight() -> None:
    clock = clock_at()
    async with game(clock=clock) as (_, scope):
        await scope.configure(document(achievement("year", "anniversary", anniversaryYears=1)))
        await scope.record_event(event("ada", "1", tz="America/Los_Angeles"))
        clock.at = Instant(NOON + 364 * DAY)
        assert held(scope) == {}
        clock.at = Instant(NOON + 365 * DAY - 6 * HOUR)  # still the 3rd in Los Angeles
        await scope.upsert_user(user("ada", tz="Asia/Tokyo"))
        assert held(scope) == {"year": False}


async def test_what_becomes_active_is_given_to_whom_the_past_suffices() -> None:
    hiker = achievement("hiker", "metric", **STEPS, metricValue=3)
    twice = achievement("twice", "streak", streakLength=1)
    both = achievement("both", "achievement", achievementKeys=["hiker", "twice"])
    async with game() as (_, scope):
        await scope.configure(
            document(*({**a, "status": "inactive"} for a in (hiker, twice)), both)
        )
        await scope.record_event(event("ada", "3"))
        await scope.record_event(event("bob", "2"))
        await scope.configure(document(hiker, twice, both))
        assert held(scope) == {"hiker": True, "twice": True, "both": True}
        assert held(scope, "bob") == {"twice": True}
        while scope.sweep_slice():
            pass
        assert sorted(scope.state.completions.values()) == [1, 1, 2]


async def test_what_people_hold_is_archived_and_not_lost() -> None:
    first = achievement("first", "metric", **STEPS, metricValue=1)
    async with game() as (_, scope):
        await scope.configure(document(first))
        await scope.record_event(event("ada", "1"))
        await scope.configure(document())
        assert held(scope) == {"first": False}
        assert scope.plan.achievements_by_key["first"].status == "archived"
        await scope.record_event(event("bob", "1"))
        assert held(scope, "bob") == {}
        await scope.configure(document(first))
        with pytest.raises(ConfigurationInvalid, match="inactive"):
            await scope.configure(document({**first, "status": "inactive"}))
