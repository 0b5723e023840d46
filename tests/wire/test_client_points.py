"""Achievements and points through the hosted service's own client: what it asks and is shown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from trophy import TrophyApi
from trophy.core.api_error import ApiError
from trophy.errors import NotFoundError, UnprocessableEntityError
from trophy.types import AchievementCompletionResponse, UpsertedUser

from api.front.server import Front
from engine.model.identifiers import Instant
from tests.unit.games import DAY, clock_at
from tests.wire.calls_points import CALLS_OF_POINTS
from tests.wire.client import Call, a_points_game
from tests.wire.models import faults, unnoticed

FRIDAY = datetime(2024, 10, 4, 12, tzinfo=UTC)
SATURDAY = datetime(2024, 10, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", CALLS_OF_POINTS)
async def test_an_answer_fits_the_client_s_models_strictly(front: Front, name: str) -> None:
    async with a_points_game(front) as (_, client):
        parsed = await client(CALLS_OF_POINTS[name])
        raw = client.last.json()
    assert parsed
    assert list(faults(parsed, raw, name)) == []
    assert unnoticed(parsed, raw) == []


async def test_an_event_awards_completes_and_lifts(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        answer = await client(
            lambda api: api.metrics.event(
                "steps",
                user=UpsertedUser(id="cyd", attributes={"plan": "pro"}),
                value=11,
                attributes={"via": "trail"},
            )
        )
        assert list(faults(answer, client.last.json(), "event")) == []
    assert [done.key for done in answer.achievements] == ["hiker", "patron"]
    xp, lives = answer.points["xp"], answer.points["lives"]
    assert (xp.total, xp.added, lives.total) == (39, 39, 2)
    assert xp.level is not None
    assert xp.level.key == "mid"
    shown = [(award.awarded, award.total) for award in xp.awards]
    assert shown == [(15, 15), (18, 33), (6, 39)]
    assert answer.leaderboards["rich"].rank == 2


async def test_achievements_with_their_conditions(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        listed = await client(lambda api: api.achievements.all_())
        by_key = {achievement.key: achievement for achievement in listed}
        assert "secret" not in by_key
        far, hiker, patron = by_key["far"], by_key["hiker"], by_key["patron"]
        assert (far.metric_name, far.metric_value) == ("Steps", 20)
        assert (far.completions, far.rarity) == (2, 100)
        assert hiker.event_attributes is not None
        assert [(a.key, a.value) for a in hiker.event_attributes] == [("via", "trail")]
        assert hiker.event_attribute is not None
        assert hiker.event_attribute.value == "trail"
        assert [(a.key, a.value) for a in patron.user_attributes] == [("plan", "pro")]
        assert (by_key["twice"].streak_length, by_key["year"].anniversary_years) == (2, 1)
        assert by_key["both"].achievement_ids == [by_key["twice"].id, by_key["hello"].id]
        free = await client(lambda api: api.achievements.all_(user_attributes="plan:free"))
        assert client.last.request.url.query == b"userAttributes=plan%3Afree"
        missing = by_key.keys() - {achievement.key for achievement in free}
        assert missing == {"patron", "members"}


async def test_an_achievement_is_completed_once(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        first = await client(lambda api: completed(api, "hello", "ada"))
        assert client.last.status_code == 201
        assert first.achievement.key == "hello"
        assert first.achievement.achieved_at == SATURDAY
        (award,) = first.points["xp"].awards
        assert (award.awarded, award.total) == (12, first.points["xp"].total)
        assert award.trigger is not None
        assert award.trigger.achievement_name == "Hello"
        assert award.boosts is not None
        assert [boost.multiplier for boost in award.boosts] == [1.5, 2]
        (both,) = client.last.json()["achievements"]
        assert both["key"] == "both"
        again = await client(lambda api: completed(api, "hello", "ada"))
        assert client.last.status_code == 201
        assert (again.completion_id, again.points) == (first.completion_id, {})
        new = await client(lambda api: completed(api, "hello", "cyd"))
        assert new.points["lives"].total == 2
        assert (await client(lambda api: api.users.get("cyd"))).id == "cyd"


async def test_achievements_of_a_user(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        had = await client(lambda api: api.users.achievements("ada"))
        assert [(a.key, a.achieved_at) for a in had] == [
            ("far", SATURDAY),
            ("patron", FRIDAY),
            ("twice", SATURDAY),
        ]
        every = await client(lambda api: api.users.achievements("bob", include_incomplete="true"))
        keys = ["far", "hiker", "twice", "hello", "both", "year", "soon"]
        assert [achievement.key for achievement in every] == keys
        assert [a.key for a in every if a.achieved_at is not None] == ["far"]


async def test_a_points_system_with_levels_and_boosts(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        system = await client(lambda api: api.points.system("lives"))
        assert (system.name, system.max_points, system.description) == ("Lives", 5, None)
        born, rest, jump = system.triggers
        assert (born.type, born.points, born.status) == ("user_creation", 2, "active")
        assert (rest.type, rest.time_unit, rest.time_interval) == ("time", "hour", 12)
        assert (jump.metric_name, jump.metric_threshold, jump.points) == ("Jumps", 1, -1)
        levels = await client(lambda api: api.points.levels("xp"))
        assert [(level.key, level.points) for level in levels] == [
            ("low", 10),
            ("mid", 30),
            ("top", 100),
        ]
        summed = await client(lambda api: api.points.level_summary("xp"))
        assert [(row.level.key, row.users) for row in summed] == [
            ("low", 1),
            ("mid", 1),
            ("top", 0),
        ]
        now = await client(lambda api: api.points.boosts("xp"))
        assert [(boost.name, boost.status) for boost in now] == [
            ("Autumn", "active"),
            ("Winter", "scheduled"),
        ]
        every = await client(lambda api: api.points.boosts("xp", include_finished=True))
        assert client.last.request.url.query == b"includeFinished=true"
        assert [boost.status for boost in every] == ["active", "scheduled", "finished"]


async def test_points_of_a_user(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        points = await client(lambda api: api.users.points("ada", "xp", awards=2))
        assert points.level is not None
        assert (points.total, points.level.key) == (74, "mid")
        streak, steps = points.awards
        assert (streak.awarded, steps.awarded, steps.total) == (30, 20, 44)
        assert streak.trigger is not None
        assert streak.trigger.streak_length_threshold == 2
        boosts = await client(lambda api: api.users.points_boosts("ada", "xp"))
        assert [(boost.name, boost.rounding) for boost in boosts] == [
            ("Autumn", "down"),
            ("For patrons", "up"),
        ]
        assert len(await client(lambda api: api.users.points_boosts("bob", "xp"))) == 1
        lives = await client(lambda api: api.users.points("bob", "lives"))
        assert (lives.total, lives.level) == (4, None)
        # Nobody has swept yet: what is due has no id, and can be read all the same.
        assert [award.awarded for award in lives.awards] == [2, 2]


async def test_how_many_have_how_much(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        ranges = await client(lambda api: api.points.summary("xp"))
        assert [(r.from_, r.to) for r in ranges][:3] == [(0, 0), (1, 10), (11, 20)]
        assert [(r.to, r.users) for r in ranges if r.users] == [(30, 1), (80, 1)]
        some = await client(lambda api: api.points.summary("xp", user_attributes="plan:pro"))
        assert [(r.to, r.users) for r in some if r.users] == [(80, 1)]


async def test_summaries_of_events(front: Front) -> None:
    clock = clock_at()
    async with a_points_game(front, clock) as (_, client):
        clock.at = Instant(clock.at + 2 * DAY)
        days = await client(
            lambda api: api.users.points_event_summary(
                "ada", "xp", aggregation="daily", start_date="2024-10-03", end_date="2024-10-06"
            )
        )
        assert [(day.date, day.total, day.change) for day in days] == [
            ("2024-10-03", 0, 0),
            ("2024-10-04", 24, 24),
            ("2024-10-05", 74, 50),
            ("2024-10-06", 74, 0),
        ]
        weeks = await client(
            lambda api: api.users.metric_event_summary(
                "ada", "steps", aggregation="weekly", start_date="2024-10-05", end_date="2024-10-07"
            )
        )
        assert [(week.date, week.total, week.change) for week in weeks] == [
            ("2024-09-30", 21, 14),
            ("2024-10-07", 21, 0),
        ]


async def test_who_is_out_of_points_is_told(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        with pytest.raises(UnprocessableEntityError) as caught:
            await client(
                lambda api: api.metrics.event("jumps", user=UpsertedUser(id="bob"), value=5)
            )
        assert caught.value.body["field"] == "value"
        metric = await client(lambda api: api.users.single_metric("bob", "jumps"))
        assert metric.current == 0


NO_USER = "there is no user 'nobody'"
NO_SYSTEM = "there is no points system 'none'"
ERRORS: Mapping[str, tuple[Call, type[ApiError], str]] = {
    "achievements by half an attribute": (
        lambda api: api.achievements.all_(user_attributes="plan"),
        UnprocessableEntityError,
        "userAttributes: must be like key:value,key:value",
    ),
    "no such achievement": (
        lambda api: completed(api, "none", "ada"),
        NotFoundError,
        "there is no achievement 'none'",
    ),
    "completed by its trigger": (
        lambda api: completed(api, "hiker", "ada"),
        UnprocessableEntityError,
        "key: is completed by its trigger, 'metric'",
    ),
    "no such system's boosts": (lambda api: api.points.boosts("none"), NotFoundError, NO_SYSTEM),
    "no such system's users": (
        lambda api: api.points.level_summary("none"),
        NotFoundError,
        NO_SYSTEM,
    ),
    "no such system's levels": (lambda api: api.points.levels("none"), NotFoundError, NO_SYSTEM),
    "no such system's ranges": (lambda api: api.points.summary("none"), NotFoundError, NO_SYSTEM),
    "ranges by no attribute": (
        lambda api: api.points.summary("xp", user_attributes="none:x"),
        UnprocessableEntityError,
        "userAttributes: undeclared user attribute 'none'",
    ),
    "no such system": (lambda api: api.points.system("none"), NotFoundError, NO_SYSTEM),
    "achievements of nobody": (
        lambda api: api.users.achievements("nobody"),
        NotFoundError,
        NO_USER,
    ),
    "points of nobody": (lambda api: api.users.points("nobody", "xp"), NotFoundError, NO_USER),
    "points of no system": (lambda api: api.users.points("ada", "none"), NotFoundError, NO_SYSTEM),
    "no awards": (
        lambda api: api.users.points("ada", "xp", awards=0),
        UnprocessableEntityError,
        "awards: must be at least 1",
    ),
    "boosts of nobody": (
        lambda api: api.users.points_boosts("nobody", "xp"),
        NotFoundError,
        NO_USER,
    ),
    "boosts of no system": (
        lambda api: api.users.points_boosts("ada", "none"),
        NotFoundError,
        NO_SYSTEM,
    ),
    "summary of nobody": (
        lambda api: points_of_days(api, "nobody", "xp"),
        NotFoundError,
        NO_USER,
    ),
    "summary of no system": (
        lambda api: points_of_days(api, "ada", "none"),
        NotFoundError,
        NO_SYSTEM,
    ),
    "summary backwards": (
        lambda api: points_of_days(api, "ada", "xp", last="2024-09-30"),
        UnprocessableEntityError,
        "endDate: lies before startDate",
    ),
    "summary of no metric": (
        lambda api: metric_of(api, "none", "daily"),
        NotFoundError,
        "there is no metric 'none'",
    ),
    "summary by the hour": (
        lambda api: metric_of(api, "steps", "hourly"),
        UnprocessableEntityError,
        "aggregation: cannot be 'hourly'",
    ),
}


def completed(api: TrophyApi, key: str, user: str) -> AchievementCompletionResponse:
    return api.achievements.complete(key, user=UpsertedUser(id=user))


def points_of_days(api: TrophyApi, user: str, system: str, last: str = "2024-10-05") -> Any:
    return api.users.points_event_summary(
        user, system, aggregation="daily", start_date="2024-10-01", end_date=last
    )


def metric_of(api: TrophyApi, key: str, aggregation: str) -> Any:
    return api.users.metric_event_summary(
        "ada", key, aggregation=aggregation, start_date="2024-10-01", end_date="2024-10-05"
    )


@pytest.mark.parametrize("name", ERRORS)
async def test_a_refusal_is_the_client_s_own_exception(front: Front, name: str) -> None:
    call, kind, text = ERRORS[name]
    async with a_points_game(front) as (_, client):
        with pytest.raises(ApiError) as caught:
            await client(call)
    assert type(caught.value) is kind
    assert caught.value.body["error"] == text
