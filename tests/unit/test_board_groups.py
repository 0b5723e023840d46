"""How many groups a leaderboard can have (SPEC 8.1): refused where a command enters, not later."""

from typing import Any

import pytest

from engine.boards import boards
from engine.host import editing
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant, Ordinal
from engine.model.numbers import parse_millionths
from persistence.memory import MemoryDisk, open_memory_store
from tests.unit.games import DAY, GAME, clock_at

TOTAL = {
    "key": "towns",
    "name": "Towns",
    "rankBy": "metric",
    "metricKey": "steps",
    "breakdownAttributes": ["plan"],
}
DAILY = {**TOTAL, "runUnit": "day"}


@pytest.fixture(autouse=True)
def few_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "GROUPS_MAX", 2)
    monkeypatch.setattr(editing, "GROUPS_MAX", 2)


def game(*leaderboards: dict[str, Any]) -> dict[str, Any]:
    return {**GAME, "leaderboards": list(leaderboards)}


async def walk(scope: Scope, user: str, plan: str | None = None) -> None:
    fields = UserFields(user, attributes={"plan": plan}) if plan else UserFields(user)
    await scope.record_event(EventRequest("steps", fields, parse_millionths("1")))


def groups(scope: Scope, run: int) -> list[str]:
    return sorted(scope.boards.groups(Ordinal(1), run))


async def played(engine: LiveEngine, document: dict[str, Any]) -> Scope:
    scope = await engine.scope()
    await scope.configure(document)
    return scope


@pytest.mark.parametrize("board", [TOTAL, DAILY])
async def test_who_would_make_one_more_is_refused(
    board: dict[str, Any], autojump_clock: object
) -> None:
    async with (
        open_memory_store(MemoryDisk()) as store,
        open_engine(store, clock=clock_at(), settings=Settings(sweeping=False)) as engine,
    ):
        scope = await played(engine, game(board))
        for user, plan in (("ada", "a"), ("bob", "b"), ("cyd", "b")):
            await walk(scope, user, plan)
        last = engine.last_seq
        with pytest.raises(InvalidInput, match=r"^user\.attributes: .* a group more than the 2"):
            await walk(scope, "dan", "c")
        with pytest.raises(InvalidInput, match=r"^attributes: .* a group more than the 2"):
            await scope.upsert_user(UserFields("bob", attributes={"plan": "c"}))
        assert engine.last_seq == last, "nothing was stored"
        # Where a group has become empty there is room for another one.
        await scope.upsert_user(UserFields("ada", attributes={"plan": "b"}))
        await walk(scope, "dan", "c")
        ((_, run),) = scope.boards.open_runs()
        assert groups(scope, run) == ['["b"]', '["c"]']


async def test_a_board_that_would_have_more_is_not_activated(autojump_clock: object) -> None:
    async with (
        open_memory_store(MemoryDisk()) as store,
        open_engine(store, clock=clock_at(), settings=Settings(sweeping=False)) as engine,
    ):
        scope = await played(engine, game())
        for user, plan in (("ada", "a"), ("bob", "b"), ("cyd", "c")):
            await walk(scope, user, plan)
        with pytest.raises(InvalidInput, match="more than 2 combinations"):
            await scope.configure(game(TOTAL))
        assert scope.configuration.version == 1
        await scope.configure(
            game({**TOTAL, "userAttributes": [{"attributeKey": "plan", "attributeValue": "c"}]})
        )
        while scope.sweep_slice():
            pass
        assert groups(scope, 1) == ['["c"]']


async def test_nobody_is_refused_whose_attributes_stay(autojump_clock: object) -> None:
    """In the run of a new day those come first who come first; none of them is turned away."""
    clock = clock_at()
    async with (
        open_memory_store(MemoryDisk()) as store,
        open_engine(store, clock=clock, settings=Settings(sweeping=False)) as engine,
    ):
        scope = await played(engine, game())
        for user, plan in (("ada", "a"), ("bob", "b"), ("cyd", "c")):
            await walk(scope, user, plan)
        await scope.configure(game(DAILY))
        clock.at = Instant(clock.at + DAY)
        for user in ("ada", "bob", "cyd"):
            await walk(scope, user)
        ((_, run),) = scope.boards.open_runs()
        assert groups(scope, run) == ['["a"]', '["b"]', '["c"]']
