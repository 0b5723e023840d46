"""Points by example: triggers, boosts, caps, refusals, awards by hand, voided events (SPEC 7)."""

from datetime import date
from typing import Any

import pytest

from api.operations.voiding import void_event
from engine.host import by_hand
from engine.host.engine import LiveEngine
from engine.host.scope import Scope
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import PointsAwarded
from engine.model.identifiers import Day, Instant, Millionths, Ordinal, Seq
from engine.model.user import UserBoost
from persistence.ledgers import Ledgers
from tests.unit.games import DAY, NOON, clock_at, event, game, user

XP = Ordinal(2)
"""After that of the game, which is archived by the first document here."""
STEP = {"type": "metric", "metricKey": "steps", "metricThreshold": 1}
PRO = [{"attributeKey": "plan", "attributeValue": "pro"}]
EVER = date(2020, 1, 1)


def document(
    *triggers: dict[str, Any], boosts: tuple[dict[str, Any], ...] = (), **system: Any
) -> dict[str, Any]:
    return {
        "metrics": [
            {"key": "steps", "name": "Steps"},
            {"key": "most", "name": "Most", "aggregation": "max"},
        ],
        "attributes": [
            {"key": "plan", "name": "Plan"},
            {"key": "via", "name": "Via", "type": "event"},
        ],
        "streaks": {"metrics": [{"key": "steps", "threshold": 1}]},
        "achievements": [{"key": "told", "name": "Told", "trigger": "api"}],
        "points": [
            {
                "key": "points",
                "name": "Points",
                "triggers": [{"key": f"t{n}", **t} for n, t in enumerate(triggers)],
                "boosts": [
                    {"key": f"b{n}", "name": "B", "start": EVER, **b} for n, b in enumerate(boosts)
                ],
                **system,
            }
        ],
    }


def ledger(scope: Scope, engine: LiveEngine, user_id: str = "ada") -> list[PointsAwarded]:
    """A user's rows, oldest first."""
    state = scope.recorded_user(user_id)
    rows = Ledgers(engine.log, scope.state.number).points(state, XP, 1_000)
    return [row.fact for row in reversed(rows)]


def amounts(scope: Scope, engine: LiveEngine, user_id: str = "ada") -> list[int]:
    return [row.amount for row in ledger(scope, engine, user_id)]


def total(scope: Scope, user_id: str = "ada") -> int:
    had = scope.read_user(user_id).state.points.get(XP)
    return had.total if had else 0


async def test_taking_away_and_adding_again_pays_nothing_twice() -> None:
    async with game() as (engine, scope):
        await scope.configure(document({**STEP, "points": 2}))
        for value in ("3", "-2", "1", "2"):
            await scope.record_event(event("ada", value))
        assert amounts(scope, engine) == [6, 2]


async def test_five_crossings_are_one_row_and_rounded_once() -> None:
    boost = {"multiplier": 1.1, "rounding": "down"}
    async with game() as (engine, scope):
        await scope.configure(document({**STEP, "points": 3}, boosts=(boost,)))
        await scope.record_event(event("ada", "5"))
        (row,) = ledger(scope, engine)
        assert (row.amount, row.base_amount) == (16, 15)
        assert [b.multiplier for b in row.boosts] == [1_100_000]


async def test_boosts_multiply_and_the_strictest_rounding_decides() -> None:
    up = {"multiplier": 1.1, "rounding": "up"}
    pros = {**up, "userAttributes": PRO}
    async with game() as (engine, scope):
        await scope.configure(document({**STEP, "points": 100}, boosts=(up, pros)))
        await scope.record_event(event("ada", "1", attributes={"plan": "pro"}))
        await scope.record_event(event("bob", "1"))
        assert amounts(scope, engine) == [121]
        assert amounts(scope, engine, "bob") == [110]


async def test_a_boost_holds_on_the_dates_where_the_user_is() -> None:
    today = {"multiplier": 2, "start": date(2024, 10, 5), "end": date(2024, 10, 5)}
    clock = clock_at(NOON + DAY // 6)  # the 5th has begun in Tokyo
    async with game(clock=clock) as (engine, scope):
        await scope.configure(document({**STEP, "points": 1}, boosts=(today,)))
        await scope.record_event(event("ada", "1", tz="Asia/Tokyo"))
        await scope.record_event(event("bob", "1", tz="Europe/London"))
        assert (amounts(scope, engine), amounts(scope, engine, "bob")) == ([2], [1])


async def test_a_boost_of_one_s_own() -> None:
    async with game() as (engine, scope):
        await scope.configure(document({**STEP, "points": 10}))
        await scope.record_event(event("ada", "1"))
        boost = UserBoost(0, XP, "Mine", Day(20_000), None, Millionths(1_500_000), "down")
        added = await by_hand.add_boost(scope, "ada", boost)
        (mine,) = added.state.boosts
        assert mine.index == 1
        assert scope.boosts.of_system(XP, 0, 10) == [(1, 1)]
        await scope.record_event(event("ada", "1"))
        await by_hand.delete_boost(scope, "ada", 1)
        assert scope.boosts.count(XP) == 0
        await scope.record_event(event("ada", "1"))
        assert amounts(scope, engine) == [10, 15, 10]
        with pytest.raises(InvalidInput):
            await by_hand.delete_boost(scope, "ada", 1)


async def test_the_maximum_clips_and_takes_nothing() -> None:
    async with game() as (engine, scope):
        await scope.configure(document({**STEP, "points": 4}, maxPoints=10))
        for _ in range(4):
            await scope.record_event(event("ada", "1"))
        assert amounts(scope, engine) == [4, 4, 2]
        await scope.configure(document({**STEP, "points": 4}, maxPoints=5))
        assert total(scope) == 10


async def test_a_cap_of_a_trigger_begins_anew_with_the_period() -> None:
    capped = {**STEP, "points": 4, "cap": {"points": 6, "period": "day"}}
    clock = clock_at()
    async with game(clock=clock) as (engine, scope):
        await scope.configure(document(capped))
        for _ in range(3):
            await scope.record_event(event("ada", "1"))
        clock.at = Instant(NOON + DAY)
        await scope.record_event(event("ada", "1"))
        assert amounts(scope, engine) == [4, 2, 4]


async def test_an_event_that_would_leave_less_than_nothing_is_refused_whole() -> None:
    play = {**STEP, "points": -2, "blockIfOutOfPoints": True}
    async with game() as (engine, scope):
        await scope.configure(document({"type": "user_creation", "points": 3}, play))
        await scope.record_event(event("ada", "1"))
        before = engine.last_seq
        with pytest.raises(InvalidInput, match="out of points"):
            await scope.record_event(event("ada", "1", key="k"))
        assert (engine.last_seq, total(scope)) == (before, 1)
        await by_hand.award_points(scope, "ada", XP, 1)
        again = await scope.record_event(event("ada", "1", key="k"))
        assert (again.replayed, total(scope)) == (False, 0), "a refusal uses up no key"


async def test_every_kind_of_trigger() -> None:
    triggers = (
        {"type": "user_creation", "points": 1},
        {**STEP, "points": 2},
        {"type": "streak", "streakLength": 2, "points": 3},
        {"type": "achievement", "achievementKey": "told", "points": 4},
        {"type": "time", "timeUnit": "days", "timeInterval": 1, "points": 5},
    )
    clock = clock_at()
    async with game(clock=clock) as (engine, scope):
        await scope.configure(document(*triggers))
        await scope.record_event(event("ada", "1"))
        await scope.complete_achievement(user("ada"), "told")
        clock.at = Instant(NOON + DAY)
        await scope.record_event(event("ada", "1"))
        rows = [(row.source, row.amount) for row in ledger(scope, engine)]
        assert rows == [
            ("user_creation", 1),
            ("metric", 2),
            ("achievement", 4),
            ("time", 5),
            ("metric", 2),
            ("streak", 3),
        ]


async def test_points_by_hand_have_a_reason_that_can_be_erased() -> None:
    async with game() as (engine, scope):
        await scope.configure(document({**STEP, "points": 1}, maxPoints=10))
        await scope.record_event(event("ada", "1"))
        given = await by_hand.award_points(scope, "ada", XP, 20, "sorry, Ada")
        assert total(scope) == 10
        row = engine.log.read_record(given.seq)
        assert row is not None
        record, personal = row
        assert b"sorry" not in record
        assert personal is not None
        assert b"sorry, Ada" in personal
        with pytest.raises(InvalidInput, match="maximum"):
            await by_hand.award_points(scope, "ada", XP, 1)
        with pytest.raises(NotFound):
            await by_hand.award_points(scope, "nobody", XP, 1)
        await by_hand.award_points(scope, "ada", XP, -15)
        assert total(scope) == -5


async def test_a_voided_event_is_gone_but_for_what_lasts() -> None:
    async with game() as (engine, scope):
        await scope.configure(document({**STEP, "points": 2}))
        await scope.record_event(event("ada", "1"))
        wrong = await scope.record_event(event("ada", "5"))
        voided = await void_event(scope, engine.log, wrong.seq, "a mistake")
        again = await void_event(scope, engine.log, wrong.seq)
        assert (voided.replayed, again.replayed) == (False, True)
        assert amounts(scope, engine) == [2, 10, -10]
        state = scope.recorded_user("ada").metrics[Ordinal(1)]
        assert (state.total, state.peak, state.events) == (1_000_000, 6_000_000, 1)
        # The peak stays: what comes again up to it pays nothing.
        await scope.record_event(event("ada", "5"))
        assert amounts(scope, engine) == [2, 10, -10]


@pytest.mark.parametrize(("voided", "left"), [(1, 7), (0, 7), (2, 5)])
async def test_a_maximum_without_an_event(voided: int, left: int) -> None:
    async with game() as (engine, scope):
        await scope.configure(document())
        seqs = [
            (await scope.record_event(event("ada", value, metric="most"))).seq
            for value in ("3", "5", "7")
        ]
        await void_event(scope, engine.log, seqs[voided])
        (state,) = scope.recorded_user("ada").metrics.values()
        assert state.total == left * 1_000_000
        for seq in seqs:
            await void_event(scope, engine.log, seq)
        await scope.record_event(event("ada", "-4", metric="most"))
        (state,) = scope.recorded_user("ada").metrics.values()
        assert (state.total, state.events) == (-4_000_000, 1), "nothing is left of the others"


async def test_only_events_can_be_voided() -> None:
    async with game() as (engine, scope):
        await scope.configure(document())
        made = await scope.upsert_user(user("ada"))
        for seq in (Seq(0), Seq(1), made.seq, Seq(10**9)):
            with pytest.raises(NotFound):
                await void_event(scope, engine.log, seq)
