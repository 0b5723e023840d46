"""An operator changes achievements and points through the hosted service's own client."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from trophy import TrophyApi
from trophy.core.api_error import ApiError
from trophy.errors import NotFoundError, UnauthorizedError, UnprocessableEntityError
from trophy.types import (
    CreateAchievementRequestItem,
    PatchPointsBoostsRequestItem,
    PatchPointsLevelsRequestItem,
    PatchPointsTriggersRequestItem,
    UpdateAchievementRequestItem,
    UpdatePointsSystemRequestItem,
)

from api.front.server import Front
from tests.wire.calls_admin_points import (
    ADAS,
    AUTUMN,
    BEST,
    CALLS_OF_ADMIN,
    DOUBLE,
    EVERY_TEN,
    FAR,
    GEMS,
    HELLO,
    LIVES,
    LOW,
    NO_ID,
    NO_KEY,
    STEPPED,
    STEPS,
    TRAILS,
    XP,
)
from tests.wire.client import Call, a_points_game, client_of, step
from tests.wire.models import faults, unnoticed
from tests.wire.server import KEY
from tests.wire.shapes import id_of


@pytest.mark.parametrize("name", CALLS_OF_ADMIN)
async def test_an_answer_fits_the_client_s_models_strictly(front: Front, name: str) -> None:
    async with a_points_game(front) as (_, client):
        parsed = await client(CALLS_OF_ADMIN[name])
        raw = client.last.json()
    assert parsed
    assert list(faults(parsed, raw, name)) == []
    assert unnoticed(parsed, raw) == []
    operation = name.rpartition(".")[2]
    listed = {"create": "created", "update": "updated", "delete": "deleted"}.get(operation)
    if listed is not None:
        assert raw[listed]
        assert raw["issues"] != [] or name == "admin.points.boosts.delete"
        assert client.last.status_code == (201 if operation == "create" else 200)


async def test_an_achievement_lives(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        made = await client(lambda api: api.admin.achievements.create(request=[TRAILS, NO_KEY]))
        ((trails,), (issue,)) = made.created, made.issues
        assert (trails.key, trails.status, trails.metric_value) == ("trails", "active", 5.5)
        assert trails.event_attributes is not None
        assert trails.event_attributes[0].attribute_value == "trail"
        assert (issue.index, issue.severity) == (1, "error")
        assert issue.message == "key: is missing: the product completes it by its key"
        assert await client(lambda api: api.admin.achievements.get(trails.id)) == trails
        # Somebody who qualifies by their past has it at once.
        await client(
            lambda api: api.admin.achievements.update(
                request=[
                    UpdateAchievementRequestItem(
                        id=trails.id, event_attributes=None, user_attributes=[], description=None
                    )
                ]
            )
        )
        sent = json.loads(client.last.request.content)
        assert sent == [
            {"id": trails.id, "description": None, "userAttributes": [], "eventAttributes": None}
        ]
        (changed,) = client.last.json()["updated"]
        assert (changed["description"], changed["eventAttributes"]) == (None, [])
        assert changed["badge"] == {"url": "https://example.org/trails.png"}
        had = await client(lambda api: api.users.achievements("bob"))
        assert "trails" in [achievement.key for achievement in had]
        gone = await client(lambda api: api.admin.achievements.delete(ids=[trails.id, HELLO]))
        assert [each.id for each in gone.deleted] == [trails.id]
        assert [(issue.id, issue.index) for issue in gone.issues] == [(HELLO, 1)]
        with pytest.raises(NotFoundError):
            await client(lambda api: api.admin.achievements.get(trails.id))


async def test_a_list_has_pages(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        every = await client(lambda api: api.admin.achievements.list())
        assert len(every) == 10
        page = await client(lambda api: api.admin.achievements.list(limit=3, skip=8))
        assert client.last.request.url.query == b"limit=3&skip=8"
        assert page == every[8:]
        levels = await client(lambda api: api.admin.points.levels.list(XP, limit=1))
        assert [level.id for level in levels] == [LOW]


async def test_nothing_new_is_no_creation(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        made = await client(lambda api: api.admin.achievements.create(request=[NO_KEY]))
        assert client.last.status_code == 200
        assert (made.created, len(made.issues)) == ([], 1)


async def test_a_points_system_is_made_with_what_is_in_it(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        made = await client(lambda api: api.admin.points.systems.create(request=[GEMS]))
        assert client.last.status_code == 201
        (gems,) = made.created
        assert (gems.status, gems.max_points, gems.description) == ("active", 50, "")
        assert gems.levels is not None
        assert [(level.key, level.points) for level in gems.levels] == [("best", 500)]
        assert gems.boosts is not None
        assert [boost.user_id for boost in gems.boosts] == [None, "ada"]
        assert gems.triggers is not None
        assert [trigger.status for trigger in gems.triggers] == ["active"]
        answer = await client(lambda api: step(api, "ada", 10))
        # 31 steps by now: the second ten were passed before there were gems.
        assert answer.points["gems"].total == 6
        await client(lambda api: api.admin.points.systems.delete(ids=[gems.id]))
        shown = await client(lambda api: api.admin.points.systems.get(gems.id))
        assert shown.status == "archived"
        answer = await client(lambda api: step(api, "ada", 10))
        assert "gems" not in answer.points


async def test_settings_left_out_stay_and_null_takes_away(front: Front) -> None:
    async with a_points_game(front) as (_, client):

        def change(api: TrophyApi, **fields: Any) -> Any:
            item = UpdatePointsSystemRequestItem(id=LIVES, **fields)
            (changed,) = api.admin.points.systems.update(request=[item]).updated
            return changed

        before = await client(lambda api: api.admin.points.systems.get(LIVES))
        assert await client(change) == before
        assert client.last.request.content == b'[{"id":"%b"}]' % LIVES.encode()
        hearts = await client(lambda api: change(api, name="Hearts"))
        assert (hearts.name, hearts.max_points) == ("Hearts", 5)
        endless = await client(lambda api: change(api, max_points=None))
        assert (endless.name, endless.max_points) == ("Hearts", None)


async def test_levels_are_made_changed_and_deleted(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        made = await client(lambda api: api.admin.points.levels.create(XP, request=[BEST, BEST]))
        ((best,), (issue,)) = made.created, made.issues
        assert (issue.index, issue.message) == (1, "key: there is a level 'best' already")
        lower = PatchPointsLevelsRequestItem(id=best.id, points=50, badge=None)
        await client(lambda api: api.admin.points.levels.update(XP, request=[lower]))
        shown = await client(lambda api: api.admin.points.levels.get(XP, best.id))
        assert (shown.points, shown.badge, shown.name) == (50, None, "Best")
        points = await client(lambda api: api.users.points("ada", "xp"))
        assert points.level is not None
        assert points.level.key == "best"
        gone = await client(lambda api: api.admin.points.levels.delete(XP, ids=best.id))
        assert client.last.request.url.query == f"ids={best.id}".encode()
        assert [each.id for each in gone.deleted] == [best.id]
        points = await client(lambda api: api.users.points("ada", "xp"))
        assert points.level is not None
        assert points.level.key == "mid"


async def test_triggers_are_made_changed_and_deleted(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        made = await client(lambda api: api.admin.points.triggers.create(XP, request=[EVERY_TEN]))
        (new,) = made.created
        assert (new.type, new.metric_id, new.metric_threshold) == ("metric", STEPS, 10)
        assert (new.user_attributes, new.block_if_out_of_points) == ([], False)
        dearer = PatchPointsTriggersRequestItem(id=new.id, points=20)
        wrong = PatchPointsTriggersRequestItem(id=STEPPED, streak_length=3)
        changed = await client(
            lambda api: api.admin.points.triggers.update(XP, request=[dearer, wrong])
        )
        ((dear,), (issue,)) = changed.updated, changed.issues
        assert (dear.points, dear.metric_threshold) == (20, 10)
        assert (issue.index, issue.id) == (1, STEPPED)
        assert issue.message == "streakLength does not belong to a metric trigger"
        answer = await client(lambda api: step(api, "ada", 9))
        # The day's cap has nothing left for the five steps; ten are worth 20, three times.
        assert [award.awarded for award in answer.points["xp"].awards] == [60]
        await client(lambda api: api.admin.points.triggers.delete(XP, ids=[new.id]))
        with pytest.raises(NotFoundError):
            await client(lambda api: api.admin.points.triggers.get(XP, new.id))


async def test_boosts_for_everybody_and_for_one(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        made = await client(
            lambda api: api.admin.points.boosts.create(XP, request=[DOUBLE, ADAS, DOUBLE])
        )
        for_all, adas, _ = made.created
        assert (for_all.user_id, for_all.status) == (None, "active")
        assert for_all.user_attributes is not None
        assert for_all.user_attributes[0].attribute_value == "pro"
        assert (adas.user_id, adas.user_attributes, adas.end) == ("ada", None, None)
        boosts = await client(lambda api: api.users.points_boosts("ada", "xp"))
        assert adas.id in [boost.id for boost in boosts]
        assert adas.id not in [
            boost.id for boost in await client(lambda api: api.users.points_boosts("bob", "xp"))
        ]
        assert await client(lambda api: api.admin.points.boosts.get(XP, adas.id)) == adas
        changed = await client(
            lambda api: api.admin.points.boosts.update(
                XP,
                request=[
                    PatchPointsBoostsRequestItem(id=adas.id, end="2024-10-05"),
                    PatchPointsBoostsRequestItem(id=AUTUMN, end=None),
                ],
            )
        )
        assert [boost.end for boost in changed.updated] == ["2024-10-05", None]
        listed = await client(lambda api: api.admin.points.boosts.list(XP, limit=100))
        assert [boost.user_id for boost in listed] == [None] * 7 + ["ada"]
        ids = [adas.id, for_all.id, adas.id]
        gone = await client(lambda api: api.admin.points.boosts.delete(XP, ids=ids))
        assert [each.id for each in gone.deleted] == [adas.id, for_all.id]
        assert [(issue.id, issue.index) for issue in gone.issues] == [(adas.id, 2)]


TOO_MANY = CreateAchievementRequestItem(name="A", trigger="api", key="a")
NO_SYSTEM = f"there is no points system '{NO_ID}'"
NO_LIST = "must have 1 to 100 items"
NO_IDS = "missing the field 'ids'"
ERRORS: Mapping[str, tuple[Call, type[ApiError], str]] = {
    "too many achievements": (
        lambda api: api.admin.achievements.create(request=[TOO_MANY] * 101),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "no achievements to change": (
        lambda api: api.admin.achievements.update(request=[]),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "no achievements to delete": (
        lambda api: api.admin.achievements.delete(ids=[]),
        UnprocessableEntityError,
        NO_IDS,
    ),
    "no such achievement": (
        lambda api: api.admin.achievements.get(NO_ID),
        NotFoundError,
        f"there is no achievement '{NO_ID}'",
    ),
    "no page of achievements": (
        lambda api: api.admin.achievements.list(limit=0),
        UnprocessableEntityError,
        "limit: must be at least 1",
    ),
    "no points systems": (
        lambda api: api.admin.points.systems.create(request=[]),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "no points systems to change": (
        lambda api: api.admin.points.systems.update(request=[]),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "no points systems to delete": (
        lambda api: api.admin.points.systems.delete(ids=[]),
        UnprocessableEntityError,
        NO_IDS,
    ),
    "no such points system": (
        lambda api: api.admin.points.systems.get(NO_ID),
        NotFoundError,
        NO_SYSTEM,
    ),
    "no page of points systems": (
        lambda api: api.admin.points.systems.list(skip=-1),
        UnprocessableEntityError,
        "skip: must be at least 0",
    ),
    **{
        f"{name} of no system": (call, NotFoundError, NO_SYSTEM)
        for name, call in {
            "new levels": lambda api: api.admin.points.levels.create(NO_ID, request=[BEST]),
            "changed levels": lambda api: api.admin.points.levels.update(NO_ID, request=[]),
            "deleted levels": lambda api: api.admin.points.levels.delete(NO_ID, ids=LOW),
            "levels": lambda api: api.admin.points.levels.list(NO_ID),
            "a level": lambda api: api.admin.points.levels.get(NO_ID, LOW),
            "new triggers": lambda api: api.admin.points.triggers.create(NO_ID, request=[]),
            "changed triggers": lambda api: api.admin.points.triggers.update(NO_ID, request=[]),
            "deleted triggers": lambda api: api.admin.points.triggers.delete(NO_ID, ids=LOW),
            "triggers": lambda api: api.admin.points.triggers.list(NO_ID),
            "a trigger": lambda api: api.admin.points.triggers.get(NO_ID, STEPPED),
            "new boosts": lambda api: api.admin.points.boosts.create(NO_ID, request=[DOUBLE]),
            "changed boosts": lambda api: api.admin.points.boosts.update(NO_ID, request=[]),
            "deleted boosts": lambda api: api.admin.points.boosts.delete(NO_ID, ids=AUTUMN),
            "boosts": lambda api: api.admin.points.boosts.list(NO_ID),
            "a boost": lambda api: api.admin.points.boosts.get(NO_ID, AUTUMN),
        }.items()
    },
    "no levels": (
        lambda api: api.admin.points.levels.create(XP, request=[]),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "no triggers": (
        lambda api: api.admin.points.triggers.update(XP, request=[]),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "no boosts": (
        lambda api: api.admin.points.boosts.delete(XP, ids=[]),
        UnprocessableEntityError,
        NO_IDS,
    ),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_a_refusal_is_the_client_s_own_exception(front: Front, name: str) -> None:
    call, kind, text = ERRORS[name]
    async with a_points_game(front) as (_, client):
        with pytest.raises(ApiError) as caught:
            await client(call)
    assert type(caught.value) is kind
    assert caught.value.body["error"] == text


async def test_a_wrong_key_changes_nothing(front: Front) -> None:
    async with a_points_game(front) as (server, known):
        async with client_of(server, key=KEY + "x") as client:
            for name in ("admin.achievements.update", "admin.points.systems.delete"):
                with pytest.raises(UnauthorizedError):
                    await client(CALLS_OF_ADMIN[name])
        system = await known(lambda api: api.admin.points.systems.get(LIVES))
        assert system.status == "active"
        assert (await known(lambda api: api.admin.achievements.get(FAR))).name == "Far"
        assert id_of("achievement", 1) == FAR
