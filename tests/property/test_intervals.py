"""Time triggers: however often somebody is looked at, they come to the same (SPEC 2.7, 7.2)."""

from datetime import date
from typing import Any

import trio
from hypothesis import given
from hypothesis import strategies as st

from engine.host.scope import Scope
from engine.model.facts import PointsAwarded
from engine.model.identifiers import Instant, Ordinal
from persistence.ledgers import Ledgers
from tests.property.test_boosts import by_fractions
from tests.unit.games import NOON, clock_at, event, game

HOUR = 3_600_000_000
LIVES = Ordinal(2)
"""After that of the game, which is archived."""

triggers = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("time"),
            "points": st.sampled_from((-7, -1, 1, 2, 5)),
            "timeUnit": st.just("hours"),
            "timeInterval": st.sampled_from((1, 5, 7, 24)),
        }
    ),
    min_size=1,
    max_size=3,
)


def a_boost(start: date, end: date | None, multiplier: float, rounding: str) -> dict[str, Any]:
    boost = {"name": "B", "start": start, "multiplier": multiplier, "rounding": rounding}
    return boost if end is None else boost | {"end": max(start, end)}


boosts = st.lists(
    st.builds(
        a_boost,
        st.sampled_from((date(2024, 10, 4), date(2024, 10, 6))),
        st.sampled_from((date(2024, 10, 5), date(2024, 10, 7), None)),
        st.sampled_from((0.5, 1.5, 3)),
        st.sampled_from(("down", "nearest", "up")),
    ),
    max_size=2,
)
most = st.none() | st.sampled_from((3, 20, 60))
stops = st.lists(st.integers(1, 120), max_size=8)


def document(
    made: list[dict[str, Any]], boosted: list[dict[str, Any]], most: int | None
) -> dict[str, Any]:
    system: dict[str, Any] = {
        "key": "lives",
        "name": "Lives",
        "triggers": [{"key": f"t{n}", **trigger} for n, trigger in enumerate(made)],
        "boosts": [{"key": f"b{n}", **boost} for n, boost in enumerate(boosted)],
    }
    if most is not None:
        system["maxPoints"] = most
    return {"metrics": [{"key": "steps", "name": "Steps"}], "points": [system]}


def rows_of(scope: Scope, log: Any) -> list[PointsAwarded]:
    state = scope.actors.view(next(iter(scope.directory.numbers())))
    ledger = Ledgers(log, scope.state.number)
    return [row.fact for row in reversed(ledger.points(state, LIVES, 10_000))]


def single(row: PointsAwarded) -> list[tuple[int, int, int]]:
    """The intervals of a row: when each ended, its trigger, what it awarded."""
    assert row.intervals is not None
    first, count = row.intervals.first, row.intervals.count
    every = (row.at - first) // (count - 1) if count > 1 else 0
    unit = row.base_amount // count
    full = by_fractions(unit, row.boosts) if unit > 0 else unit
    amounts = [full] * (count - 1)
    amounts.append(row.amount - sum(amounts))
    return [(first + n * every, row.trigger, amount) for n, amount in enumerate(amounts)]


@given(triggers, boosts, most, stops)
def test_it_does_not_matter_when_somebody_is_looked_at(
    made: list[dict[str, Any]],
    boosted: list[dict[str, Any]],
    most: int | None,
    stops: list[int],
) -> None:
    async def play(stops: list[int]) -> tuple[list[Any], list[Any], int]:
        clock = clock_at()
        async with game(clock=clock) as (engine, scope):
            await scope.configure(document(made, boosted, most))
            await scope.record_event(event("ada", "1"))
            for hours in [*sorted(stops), 121]:
                clock.at = Instant(NOON + hours * HOUR)
                while scope.sweep_slice():
                    pass
            state = scope.actors.view(next(iter(scope.directory.numbers())))
            rows = rows_of(scope, engine.log)
            days = list(Ledgers(engine.log, scope.state.number).points_days(state, LIVES))
            had = state.points.get(LIVES)
            assert sum(row.amount for row in rows) == (had.total if had else 0)
            return (
                sorted(ended for row in rows for ended in single(row)),
                [(bucket.date, bucket.total) for bucket in days],
                had.set_at if had else 0,
            )

    assert trio.run(play, stops) == trio.run(play, [])


async def test_an_hour_that_is_like_the_one_before_needs_no_row() -> None:
    trigger = {"type": "time", "points": 1, "timeUnit": "hours", "timeInterval": 1}
    clock = clock_at()
    async with game(clock=clock) as (engine, scope):
        await scope.configure(document([trigger], [], None))
        await scope.record_event(event("ada", "1"))
        clock.at = Instant(NOON + 24 * 100 * HOUR)
        while scope.sweep_slice():
            pass
        (row,) = rows_of(scope, engine.log)
        assert (row.amount, row.intervals and row.intervals.count) == (2_400, 2_400)
        state = scope.actors.view(next(iter(scope.directory.numbers())))
        days = list(Ledgers(engine.log, scope.state.number).points_days(state, LIVES))
        assert [bucket.total for bucket in days][:3] == [2_400, 2_387, 2_363]
        assert len(days) == 101


async def test_at_its_maximum_nothing_is_due() -> None:
    trigger = {"type": "time", "points": 1, "timeUnit": "hours", "timeInterval": 1}
    clock = clock_at()
    async with game(clock=clock) as (_, scope):
        await scope.configure(document([trigger], [], 5))
        await scope.record_event(event("ada", "1"))
        for hours in (3, 7, 9):
            clock.at = Instant(NOON + hours * HOUR)
            while scope.sweep_slice():
                pass
        due = scope.timeline.due.first()
        assert due is None or due > clock.at
        assert scope.totals.all(LIVES) == [5]
