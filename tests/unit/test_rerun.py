"""What if, by example: what becomes of commands that another configuration sees otherwise."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from api.operations.voiding import void_event
from engine.configuration.document import read_document
from engine.configuration.own_boosts import new_own_boost
from engine.host import by_hand
from engine.host.comparison import UserDifference
from engine.host.ports import ReadableStore
from engine.host.scope import Scope
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import Instant, Ordinal
from persistence.memory import MemoryDisk, open_memory_store
from persistence.what_if import Answer, Question, what_if
from tests.unit.games import DAY, GAME, NOON, clock_at, event, opened

STEPS, BEST = GAME["metrics"]
TWO = GAME | {"metrics": [STEPS, BEST, {"key": "laps", "name": "Laps"}]}
ONLY_STEPS = {
    "metrics": [STEPS],
    "points": GAME["points"],
    "leaderboards": GAME["leaderboards"],
    "attributes": GAME["attributes"],
}


async def asked(
    disk: MemoryDisk, document: Mapping[str, Any], begin: int | None = None, end: int | None = None
) -> tuple[Answer, dict[str, UserDifference]]:
    differ: dict[str, UserDifference] = {}
    async with open_memory_store(disk) as store:

        @contextmanager
        def opens(*, pinned: bool = False) -> Iterator[ReadableStore]:
            yield store

        answer = await what_if(
            opens,
            Question(
                read_document(document),
                "default",
                None if begin is None else Instant(begin),
                None if end is None else Instant(end),
            ),
            lambda *_: None,
            lambda user: differ.__setitem__(user.user_id, user),
        )
    return answer, differ


async def test_a_metric_that_came_back_under_its_key_is_one() -> None:
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock) as engine:
        scope = await engine.scope()
        await scope.configure(TWO)
        await scope.record_event(event("ada", "6"))
        await scope.configure({"metrics": [BEST]})
        await scope.configure(TWO)
        await scope.record_event(event("ada", "6"))
        assert scope.recorded_user("ada").completions == {}
        clock.at = Instant(NOON + DAY)
        await scope.record_event(event("ada", "1", metric="best"))
    answer, differ = await asked(disk, TWO)
    assert answer.difference.left_out == []
    assert answer.difference.replaced_versions == 3
    assert differ["ada"].gained == ["walker"]
    assert (differ["ada"].points["xp"].recorded, differ["ada"].points["xp"].would_be) == (2, 4)


async def test_users_are_known_by_what_refused_commands_said() -> None:
    """Ada and Bob come by events that are refused; she has no more, he has, in another order."""
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock) as engine:
        scope = await engine.scope()
        await scope.configure(TWO)
        await scope.record_event(event("ada", "1", metric="laps"))
        await scope.record_event(
            event("bob", "1", metric="laps", tz="Asia/Tokyo", attributes={"plan": "pro"})
        )
        await by_hand.reset_streak(scope, "bob")
        await scope.record_event(event("cyd", "5"))
        await scope.record_event(event("bob", "5", attributes={"plan": "free"}))
    answer, differ = await asked(disk, ONLY_STEPS)
    difference = answer.difference
    assert {(left.reason, left.commands) for left in difference.left_out} == {
        ("there is no metric 'laps'", 2),
        ("the user does not exist", 1),
    }
    assert (difference.users, difference.would_be_users, difference.evaluated) == (3, 2, 2)
    [board] = difference.leaderboards
    assert [(p.rank, p.user_id) for p in board.would_be] == [(1, "cyd"), (2, "bob")]
    assert board.would_be == board.recorded
    assert set(differ) == {"ada"}


async def test_what_the_rules_refuse_is_counted_by_reason() -> None:
    disk, clock = MemoryDisk(), clock_at()
    dear = {
        "key": "dear",
        "type": "metric",
        "metricKey": "steps",
        "metricThreshold": 1,
        "points": 10**12,
    }
    document = {**GAME, "points": [{"key": "xp", "name": "XP", "triggers": [dear]}]}
    async with opened(disk, clock) as engine:
        scope = await engine.scope()
        await scope.configure(GAME)
        for _ in range(3):
            await scope.record_event(event("ada", "9000"))
    answer, differ = await asked(disk, document)
    [left_out] = answer.difference.left_out
    assert left_out.commands == 2
    assert "beyond" in left_out.reason
    assert differ["ada"].points["xp"].would_be == 9000 * 10**12


async def test_the_end_may_lie_before_the_last_record_or_behind_it() -> None:
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock) as engine:
        scope = await engine.scope()
        await scope.configure(GAME)
        for _ in range(3):
            await scope.record_event(event("ada", "5"))
            clock.at = Instant(clock.at + DAY)
    twice = {**GAME, "points": [_twice(GAME["points"][0])]}
    for end, recorded in ((NOON - 1, 0), (NOON, 2), (NOON + DAY, 4), (NOON + 9 * DAY, 6)):
        answer, differ = await asked(disk, twice, end=end)
        assert answer.end == end
        [system] = answer.difference.points
        assert (system.recorded, system.would_be) == (recorded, 2 * recorded)
        assert len(differ) == (recorded > 0)
    answer, _ = await asked(disk, twice, begin=NOON + 9 * DAY)
    assert answer.difference.evaluated == 0


def _twice(system: dict[str, Any]) -> dict[str, Any]:
    triggers = [{**trigger, "points": 2 * trigger["points"]} for trigger in system["triggers"]]
    return {**system, "triggers": triggers}


async def test_other_scopes_do_not_matter() -> None:
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock) as engine:
        scopes: list[Scope] = [await engine.scope("other"), await engine.scope()]
        for count, scope in enumerate(scopes, start=1):
            await scope.configure(GAME)
            for _ in range(count):
                await scope.record_event(event("ada", "10"))
    answer, _ = await asked(disk, ONLY_STEPS)
    assert answer.difference.evaluated == 2
    [walker] = answer.difference.achievements
    assert (walker.recorded, walker.would_be, walker.lost) == (1, 0, 1)


async def test_a_voided_event_takes_back_what_it_awarded_here() -> None:
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock) as engine:
        scope = await engine.scope()
        await scope.configure(TWO)
        first = await scope.record_event(event("ada", "10"))
        lap = await scope.record_event(event("ada", "1", metric="laps"))
        await scope.record_event(event("ada", "5"))
        for applied in (first, lap):
            await void_event(scope, engine.log, applied.seq)
        assert scope.recorded_user("ada").points[Ordinal(1)].total == 2
    dear = {**ONLY_STEPS, "points": [_twice(_twice(GAME["points"][0]))]}
    answer, differ = await asked(disk, dear)
    assert (differ["ada"].points["xp"].recorded, differ["ada"].points["xp"].would_be) == (2, 8)
    [board] = answer.difference.leaderboards
    assert board.would_be == board.recorded
    assert {(left.reason, left.commands) for left in answer.difference.left_out} == {
        ("there is no metric 'laps'", 1),
        ("the event to be voided was not taken", 1),
    }


async def test_boosts_are_known_by_what_they_are_and_not_by_their_number() -> None:
    """Ada has no first boost, as she was not there yet; what changes the second one changes it."""
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock) as engine:
        scope = await engine.scope()
        await scope.configure(TWO)
        await scope.record_event(event("ada", "1", metric="laps"))
        given = {"name": "B", "start": "2024-10-01", "multiplier": 5}
        boosts = [new_own_boost(Ordinal(1), {**given, "multiplier": m}) for m in (5, 10)]
        await by_hand.add_boost(scope, "ada", boosts[0])
        await scope.record_event(event("ada", "5"))
        await by_hand.add_boost(scope, "ada", boosts[1])
        await by_hand.delete_boost(scope, "ada", 1)
        await by_hand.delete_boost(scope, "ada", 2)
        await scope.record_event(event("ada", "5"))
    answer, differ = await asked(disk, ONLY_STEPS)
    # 2 × 5 and 2 as recorded, 2 and 2 here: both boosts are gone in the end.
    assert (differ["ada"].points["xp"].recorded, differ["ada"].points["xp"].would_be) == (12, 4)
    assert {(left.reason, left.commands) for left in answer.difference.left_out} == {
        ("there is no metric 'laps'", 1),
        ("the user does not exist", 1),
        ("the boost was not given", 1),
    }


async def test_what_is_archived_today_can_be_left_out_of_the_past() -> None:
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock) as engine:
        scope = await engine.scope()
        await scope.configure(GAME)
        await scope.record_event(event("ada", "10"))
        clock.at = Instant(NOON + DAY)
        archived = [{**achievement, "status": "archived"} for achievement in GAME["achievements"]]
        await scope.configure({**GAME, "achievements": archived})
    answer, differ = await asked(disk, {**GAME, "achievements": archived})
    assert differ["ada"].lost == ["walker"]
    answer, differ = await asked(disk, {**GAME, "achievements": archived}, begin=NOON)
    assert differ == {}
    [walker] = answer.difference.achievements
    assert (walker.recorded, walker.would_be) == (1, 1)
    inactive = [{**achievement, "status": "inactive"} for achievement in GAME["achievements"]]
    with pytest.raises(ConfigurationInvalid, match="cannot become inactive again"):
        await asked(disk, {**GAME, "achievements": inactive}, begin=NOON)
    answer, differ = await asked(disk, {**GAME, "achievements": inactive})
    assert differ["ada"].lost == ["walker"]
