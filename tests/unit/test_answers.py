"""Answers, field by field: what an event changed, ranks within a cap, the contract's names."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pydantic
import pytest
from trophy import types
from trophy.leaderboards.types import LeaderboardsAllResponseItem

from api.embedded import EmbeddedScope
from api.operations import (
    answer,
    answers,
    answers_achievements,
    answers_points,
    answers_streaks,
)
from engine.host.recovery import decode_stored
from engine.model.errors import InvalidInput
from engine.model.facts import AchievementCompleted, LevelChanged, RankMoved
from engine.model.identifiers import Instant, Ordinal, public_id
from tests.unit.games import DAY, GAME, NOON, clock_at, event, game

SYSTEM = {
    **GAME["points"][0],
    "description": "Experience",
    "maxPoints": 100,
    "levels": [
        {"key": "low", "name": "Low", "points": 0},
        {"key": "high", "name": "High", "points": 4, "badge": {"url": "https://x/high.png"}},
    ],
}
TRIGGERS = [
    *GAME["points"][0]["triggers"],
    {"key": "walked", "type": "achievement", "achievementKey": "walker", "points": 7},
]
FULL: dict[str, Any] = {**GAME, "points": [{**SYSTEM, "triggers": TRIGGERS}]}


def found(rows: tuple[bytes, bytes | None] | None) -> tuple[bytes, bytes | None]:
    assert rows is not None
    return rows


def id_of(kind: str, ordinal: int) -> str:
    return public_id("default", kind, Ordinal(ordinal))


async def test_an_answer_in_full() -> None:
    async with game() as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        await scope.configure(FULL)
        await scope.event("steps", user={"id": "bob"}, value=12)
        answer = await scope.event(
            "steps", user={"id": "ada", "tz": "Asia/Tokyo"}, value=10.5, idempotency_key="k"
        )
        seq = engine.last_seq
        applied = decode_stored(seq, *found(engine.log.read_record(seq))).record.facts
    completions, levels, moves = (
        [f"{seq}.{index}" for index, fact in enumerate(applied) if isinstance(fact, kind)]
        for kind in (AchievementCompleted, LevelChanged, RankMoved)
    )
    low, high = (
        {"id": id_of("points_level", n), "key": key, "name": key.title(), "description": ""}
        | {"badgeUrl": badge, "points": points}
        for n, (key, points, badge) in enumerate(
            (("low", 0, None), ("high", 4, "https://x/high.png")), 1
        )
    )
    noon = "2024-10-04T12:00:00Z"
    trigger = {
        "points": 2,
        "status": "active",
        "userAttributes": [],
        "created": "1970-01-01T00:00:00Z",
        "updated": "1970-01-01T00:00:00Z",
    }
    facts = msgspec.to_builtins(answer)
    ids = [award["id"] for award in facts["points"]["xp"]["awards"]]
    assert all(id_.startswith(f"{seq}.") for id_ in ids)
    assert len(set(ids)) == 2
    assert facts == {
        "eventId": f"{seq}.0",
        "metricId": id_of("metric", 1),
        "total": 10.5,
        "achievements": [
            {
                "id": id_of("achievement", 1),
                "name": "Walker",
                "trigger": "metric",
                "description": None,
                "badgeUrl": None,
                "key": "walker",
                "userAttributes": [],
                "achievedAt": noon,
                "metricId": id_of("metric", 1),
                "metricValue": 10.0,
                "metricName": "Steps",
                "eventAttributes": [],
                "factId": completions[0],
            }
        ],
        "currentStreak": {
            "length": 1,
            "frequency": "daily",
            "started": "2024-10-04",
            "periodStart": "2024-10-04",
            "periodEnd": "2024-10-04",
            "expires": "2024-10-05",
            "extended": True,
        },
        "points": {
            "xp": {
                "id": id_of("points_system", 1),
                "key": "xp",
                "name": "XP",
                "description": "Experience",
                "badgeUrl": None,
                "maxPoints": 100,
                "total": 11,
                "level": high,
                "levelChange": {"factId": levels[0], "previousLevel": low, "newLevel": high},
                "awards": [
                    {
                        "id": ids[0],
                        "awarded": 4,
                        "baseAmount": 4,
                        "source": "metric",
                        "date": noon,
                        "total": 4,
                        "trigger": {
                            **trigger,
                            "id": id_of("points_trigger", 1),
                            "type": "metric",
                            "metricId": id_of("metric", 1),
                            "metricName": "Steps",
                            "metricThreshold": 5,
                            "eventAttributes": [],
                        },
                    },
                    {
                        "id": ids[1],
                        "awarded": 7,
                        "baseAmount": 7,
                        "source": "achievement",
                        "date": noon,
                        "total": 11,
                        "trigger": {
                            **trigger,
                            "id": id_of("points_trigger", 2),
                            "type": "achievement",
                            "points": 7,
                            "achievementId": id_of("achievement", 1),
                            "achievementName": "Walker",
                        },
                    },
                ],
                "added": 11,
            }
        },
        "leaderboards": {
            "walk": {
                "id": id_of("leaderboard", 1),
                "name": "Walk",
                "key": "walk",
                "rankBy": "metric",
                "breakdownAttribute": None,
                "breakdownAttributes": [],
                "description": None,
                "start": "1970-01-01",
                "end": None,
                "startTime": None,
                "endTime": None,
                "maxParticipants": None,
                "runUnit": None,
                "runInterval": None,
                "userAttributes": [],
                "metricKey": "steps",
                "metricName": "Steps",
                "factId": moves[0],
                "rank": 2,
                "previousRank": None,
                "threshold": 0,
                "value": 10,
            }
        },
        "idempotencyKey": "k",
    }


async def test_a_repeat_answers_with_the_present_state_and_no_changes() -> None:
    async with game() as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        first = await scope.event("steps", user={"id": "ada"}, value=12, idempotency_key="k")
        await scope.event("steps", user={"id": "ada"}, value=1)
        again = await scope.event("steps", user={"id": "ada"}, value=99, idempotency_key="k")
    assert (again.idempotent_replayed, again.idempotency_key) == (True, "k")
    assert (again.event_id, again.total) == (first.event_id, 13.0)
    assert (again.achievements, again.points, again.leaderboards) == ([], {}, {})
    assert (again.current_streak.length, again.current_streak.extended) == (1, False)


async def test_a_repeat_is_brought_up_to_now() -> None:
    clock = clock_at()
    async with game(clock=clock) as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        await scope.event("steps", user={"id": "ada"}, value=1, idempotency_key="k")
        clock.at = Instant(NOON + 3 * DAY)
        assert scope.user("ada").streak.length == 0
        again = await scope.event("steps", user={"id": "ada"}, value=1, idempotency_key="k")
        assert again.current_streak.length == 0


async def test_an_upsert_that_changes_nothing_is_brought_up_to_now() -> None:
    clock = clock_at()
    async with game(clock=clock) as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        await scope.event("steps", user={"id": "ada"}, value=1)
        clock.at = Instant(NOON + 3 * DAY)
        assert (await scope.identify({"id": "ada"})).streak.length == 0


@pytest.mark.parametrize(
    ("order", "values", "ranks", "thresholds", "listed"),
    [
        # Three ranks; who comes fourth has none, until somebody falls out. The threshold is what
        # would enter now: better than the last, since an equal value would be set later.
        ("desc", (5, 9, 7, 6, 6), (1, 1, 2, 3, None), (0, 0, 6, 7, 7), ["b", "c", "d"]),
        ("asc", (5, 9, 7, 6, 6), (1, 2, 2, 2, 3), (0, 0, 8, 6, 5), ["a", "d", "e"]),
    ],
)
async def test_ranks_end_at_the_cap(
    order: str,
    values: tuple[int, ...],
    ranks: tuple[int | None, ...],
    thresholds: tuple[int, ...],
    listed: list[str],
) -> None:
    board = {**GAME["leaderboards"][0], "order": order, "maxParticipants": 3}
    async with game() as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        await scope.configure({**GAME, "leaderboards": [board]})
        for user, value, rank, threshold in zip("abcde", values, ranks, thresholds, strict=True):
            answer = await scope.event("steps", user={"id": user}, value=value)
            changed = answer.leaderboards["walk"]
            assert (changed.rank, changed.threshold) == (rank, threshold), user
        page = scope.board("walk", limit=10)
        assert [row.user_id for row in page.rankings] == listed
        assert [row.rank for row in page.rankings] == [1, 2, 3]
        assert page.participants == 5
        assert scope.board("walk", offset=3).rankings == []
        (place,) = scope.user("b").leaderboards
        assert (place.rank, place.value) == ((1, 9) if order == "desc" else (None, 9))


async def test_who_was_beyond_the_cap_comes_back() -> None:
    board = {**GAME["leaderboards"][0], "maxParticipants": 1}
    async with game() as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        await scope.configure({**GAME, "leaderboards": [board]})

        async def ranks(user: str, value: int) -> tuple[int | None, int | None]:
            answer = await scope.event("steps", user={"id": user}, value=value)
            changed = answer.leaderboards["walk"]
            return changed.previous_rank, changed.rank

        assert await ranks("ada", 5) == (None, 1)
        assert await ranks("bob", 3) == (None, None)
        assert await ranks("ada", -4) == (1, None)
        assert [row.user_id for row in scope.board("walk").rankings] == ["bob"]
        assert await ranks("ada", 4) == (None, 1)


async def test_a_page_is_bounded() -> None:
    async with game() as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        for offset, limit in ((-1, 10), (0, -1), (0, 1_001)):
            with pytest.raises(InvalidInput):
                scope.board("walk", offset=offset, limit=limit)


CONTRACT: Sequence[tuple[type[answer.Answer], type[pydantic.BaseModel], set[str]]] = (
    (answers.EventAnswer, types.EventResponse, set()),
    (answers.MetricAnswer, types.MetricResponse, set()),
    (
        answers_achievements.UserAchievementAnswer,
        types.UserAchievementResponse,
        {"factId", "backdated", "currentValue", "threshold", "pctComplete", "status"},
    ),
    (
        answers_achievements.AchievementStatsAnswer,
        types.AchievementWithStatsResponse,
        {"status"},
    ),
    (
        answers_achievements.UserAchievementStatsAnswer,
        types.UserAchievementWithStatsResponse,
        {"factId", "backdated", "currentValue", "threshold", "pctComplete", "status"},
    ),
    (
        answers_achievements.CompletionAnswer,
        types.AchievementCompletionResponse,
        {"achievements"},
    ),
    (answers_points.LevelAnswer, types.PointsLevel, set()),
    (answers_points.TriggerAnswer, types.PointsTrigger, set()),
    (answers_points.BoostAnswer, types.PointsBoost, set()),
    (answers_points.AwardAnswer, types.PointsAward, {"baseAmount", "source", "intervals"}),
    (answers_points.SystemAnswer, types.PointsSystemResponse, {"key"}),
    (answers_points.PointsAnswer, types.GetUserPointsResponse, set()),
    (answers_points.EventPointsAnswer, types.MetricEventPointsResponse, {"levelChange"}),
    (answers_points.RangeAnswer, types.PointsRange, set()),
    (answers_points.LevelCountAnswer, types.PointsLevelSummaryResponseItem, set()),
    (answers.LeaderboardAnswer, types.LeaderboardResponse, set()),
    (answers.RankingAnswer, types.LeaderboardRanking, {"boardRank"}),
    (
        answers.EventLeaderboardAnswer,
        types.MetricEventLeaderboardResponse,
        {"factId", "value"},
    ),
    (answers.ListedBoardAnswer, LeaderboardsAllResponseItem, set()),
    (
        answers.BoardAnswer,
        types.LeaderboardResponseWithRankings,
        {"participants", "run", "breakdownAttributeValues", "threshold", "nextReset", "at"},
    ),
    (
        answers.UserBoardAnswer,
        types.UserLeaderboardResponseWithHistory,
        {"position", "participants", "percentile", "run"}
        | {"breakdownAttributeValues", "nextReset", "at"},
    ),
    (answers.BoardDayAnswer, types.LeaderboardEvent, set()),
)
"""An answer, the client's model of it, and what is ours besides."""


@pytest.mark.parametrize(("answer", "model", "ours"), CONTRACT)
def test_field_names_are_the_contracts(
    answer: type[answer.Answer], model: type[pydantic.BaseModel], ours: set[str]
) -> None:
    read = {field.alias or name for name, field in model.model_fields.items()}
    assert set(answer.__struct_encode_fields__) - ours == read


@pytest.mark.parametrize(
    ("answer", "model"),
    [
        (answers_streaks.StreakAnswer, types.BaseStreakResponse),
        (answers_streaks.EventStreakAnswer, types.MetricEventStreakResponse),
        (answers_streaks.UserStreakAnswer, types.StreakResponse),
        (answers_streaks.StreakPeriodAnswer, types.StreakResponseStreakHistoryItem),
        (answers_streaks.PauseAnswer, types.StreakResponsePausesItem),
        (answers_streaks.BulkStreakAnswer, types.BulkStreakResponseItem),
        (answers_streaks.PreferencesAnswer, types.UserPreferencesResponse),
        (answers_streaks.StreakPreferencesAnswer, types.StreakPreferences),
        (answers_streaks.StreakMetricAnswer, types.StreakMetricPreference),
        (answers_streaks.StreakMetricAnswer, types.StreakSettingsMetric),
        (answers_streaks.StreakSettingsAnswer, types.StreakSettings),
        (answers_streaks.FreezeSettingsAnswer, types.StreakSettingsFreezes),
        (answers_streaks.CreatedFreezesAnswer, types.CreateStreakFreezesResponse),
        (answers_streaks.PauseRecordAnswer, types.AdminStreakPause),
        (answers_streaks.CreatedPausesAnswer, types.CreateStreakPausesResponse),
        (answer.DeletedAnswer, types.DeletedResource),
        (answers_streaks.DeletedPausesAnswer, types.DeleteStreakPausesResponse),
        (answers_streaks.RestoredStreaksAnswer, types.RestoreStreaksResponse),
        (answers_streaks.ResetStreaksAnswer, types.ResetStreaksResponse),
        (answer.IssueAnswer, types.AdminIssue),
    ],
)
def test_what_is_said_of_streaks_has_the_client_s_fields(
    answer: type[answer.Answer], model: type[pydantic.BaseModel]
) -> None:
    to_come = {"boostId"}
    read = {field.alias or name for name, field in model.model_fields.items()}
    assert set(answer.__struct_encode_fields__) == read - to_come


@pytest.mark.parametrize("kind", ["user", "value", "attributes", "key"])
async def test_refusals_name_the_field(kind: str) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "user": {"user": {"id": 5}},
        "value": {"value": float("nan")},
        "attributes": {"attributes": {"hue": "red"}},
        "key": {"metric": "none"},
    }
    async with game() as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        asked: dict[str, Any] = {"metric": "steps", "user": {"id": "ada"}, "value": 1}
        with pytest.raises(InvalidInput) as refusal:
            await scope.event(**{**asked, **wrong[kind]})
        assert refusal.value.where == kind
        assert engine.last_seq == 2  # scope and configuration
        assert not (await inner.record_event(event())).replayed


async def test_corrections_in_process() -> None:
    document = {
        **FULL,
        "achievements": [
            *FULL["achievements"],
            {"key": "hello", "name": "Hello", "trigger": "api"},
        ],
    }
    async with game() as (engine, inner):
        scope = EmbeddedScope(inner, engine)
        await scope.configure(document)
        done = await scope.complete("hello", user={"id": "ada"})
        assert [a.key for a in done.achievements] == ["hello"]
        wrong = await scope.event("steps", user={"id": "ada"}, value=5)
        await scope.void_event(wrong.event_id, "a mistake")
        given = await scope.award("ada", "xp", 3, "sorry")
        assert (given.awarded, given.total, given.source) == (3, 3, "direct")
        rows = [(row.awarded, row.source) for row in scope.awards("ada", "xp")]
        assert rows == [(3, "direct"), (-2, "voided_event"), (2, "metric")]
        assert given.id is not None
        assert scope.explain(given.id).why == [
            "An operator gave 3 of 'xp': sorry",
            "The total is 3 by it.",
        ]
