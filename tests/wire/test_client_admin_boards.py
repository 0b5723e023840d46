"""An operator changes leaderboards through the hosted service's own client."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from trophy.core.api_error import ApiError
from trophy.errors import NotFoundError, UnauthorizedError, UnprocessableEntityError
from trophy.types import (
    CreateLeaderboardRequestItem,
    UpdateLeaderboardRequestItem,
    UpdateLeaderboardRequestItemUserAttributesItem,
)

from api.front.server import Front
from tests.wire.calls_admin_boards import (
    CALLS_OF_BOARDS,
    NIGHTS,
    NO_METRIC,
    OF_LIVES,
    RICH,
    TEAM,
)
from tests.wire.calls_admin_points import LIVES, NO_ID, PLAN, STEPS, XP
from tests.wire.client import Call, a_points_game, client_of
from tests.wire.models import faults, unnoticed
from tests.wire.server import KEY


@pytest.mark.parametrize("name", CALLS_OF_BOARDS)
async def test_an_answer_fits_the_client_s_models_strictly(front: Front, name: str) -> None:
    async with a_points_game(front) as (_, client):
        parsed = await client(CALLS_OF_BOARDS[name])
        raw = client.last.json()
    assert parsed
    assert list(faults(parsed, raw, name)) == []
    assert unnoticed(parsed, raw) == []
    operation = name.rpartition(".")[2]
    listed = {"create": "created", "update": "updated", "delete": "deleted"}.get(operation)
    if listed is not None:
        assert raw[listed]
        assert raw["issues"]
        assert client.last.status_code == (201 if operation == "create" else 200)


async def test_a_leaderboard_is_made_as_it_was_asked_for(front: Front) -> None:
    async with a_points_game(front) as (_, client):
        made = await client(
            lambda api: api.admin.leaderboards.create(request=[NIGHTS, OF_LIVES, NO_METRIC])
        )
        sent = json.loads(client.last.request.content)
        (nights, lives), (issue,) = made.created, made.issues
        shown = client.last.json()["created"][0]
        assert {field: shown[field] for field in sent[0]} == sent[0]
        assert shown.keys() - sent[0].keys() == {"id", "order"}
        assert (nights.status, nights.run_unit, nights.run_interval) == ("scheduled", "month", 1)
        assert nights.user_attributes[0].attribute_value == "pro"
        assert nights.points_system_id is None
        # Sent as null it is for everybody; left out it would be for a thousand.
        assert (lives.max_participants, lives.status, lives.start) == (
            None,
            "inactive",
            "2024-10-05",
        )
        assert (lives.points_system_id, lives.metric_id, lives.run_unit) == (LIVES, None, None)
        assert "runUnit" not in client.last.json()["created"][1]
        assert (issue.index, issue.severity, issue.message) == (2, "error", "metricId is missing")
        assert await client(lambda api: api.admin.leaderboards.get(nights.id)) == nights
        every = await client(lambda api: api.admin.leaderboards.list())
        assert [board.key for board in every] == ["rich", "nights", "lives"]
        page = await client(lambda api: api.admin.leaderboards.list(limit=1, skip=1))
        assert page == [nights]
        thousand = CreateLeaderboardRequestItem(name="S", key="s", rank_by="streak")
        made = await client(lambda api: api.admin.leaderboards.create(request=[thousand]))
        assert made.created[0].max_participants == 1_000


async def test_a_leaderboard_lives(front: Front) -> None:
    async with a_points_game(front) as (_, client):

        async def change(id_: str, **fields: Any) -> Any:
            item = UpdateLeaderboardRequestItem(id=id_, **fields)
            answer = await client(lambda api: api.admin.leaderboards.update(request=[item]))
            if answer.issues:
                assert answer.updated == []
                assert answer.issues[0].id == id_
                return answer.issues[0].message
            return answer.updated[0]

        made = await client(lambda api: api.admin.leaderboards.create(request=[NIGHTS]))
        id_ = made.created[0].id
        assert await change(id_) == made.created[0]
        assert client.last.request.content == b'[{"id":"%b"}]' % id_.encode()
        fixed = "can change only while the leaderboard is inactive"
        assert await change(id_, user_attributes=None) == f"userAttributes: {fixed}"
        assert await change(id_, start="2024-11-02") == f"start: {fixed}"
        assert (await change(id_, status="inactive")).status == "inactive"
        cleared = await change(
            id_,
            end=None,
            start_time=None,
            end_time=None,
            run_unit=None,
            run_interval=None,
            user_attributes=None,
            max_participants=None,
        )
        assert (cleared.end, cleared.start_time, cleared.end_time) == (None, None, None)
        assert (cleared.run_unit, cleared.run_interval) == (None, None)
        assert (cleared.user_attributes, cleared.max_participants) == ([], None)
        changed = await change(
            id_,
            name="Days",
            key="days",
            description=None,
            rank_by="points",
            points_system_id=XP,
            start="2024-10-04",
            breakdown_attributes=[PLAN, TEAM],
            run_unit="day",
            run_interval=3,
            user_attributes=[
                UpdateLeaderboardRequestItemUserAttributesItem(
                    attribute_id=TEAM, attribute_value="red"
                )
            ],
        )
        assert (changed.name, changed.key, changed.description) == ("Days", "days", None)
        assert (changed.rank_by, changed.metric_id, changed.points_system_id) == (
            "points",
            None,
            XP,
        )
        assert changed.breakdown_attributes == [PLAN, TEAM]
        assert changed.user_attributes[0].attribute_id == TEAM
        assert (changed.run_unit, changed.run_interval) == ("day", 3)
        assert (await change(id_, status="active")).status == "active"
        assert await change(id_, metric_id=STEPS, rank_by="metric") == (
            f"rankBy: {fixed}; metricId: {fixed}"
        )
        assert (await change(id_, status="finished")).status == "finished"
        gone = await client(lambda api: api.admin.leaderboards.delete(ids=[id_, NO_ID]))
        assert [each.id for each in gone.deleted] == [id_]
        assert [(issue.id, issue.index) for issue in gone.issues] == [(NO_ID, 1)]
        with pytest.raises(NotFoundError):
            await client(lambda api: api.admin.leaderboards.get(id_))


async def test_a_run_is_ended_beside_the_client(front: Front) -> None:
    async with a_points_game(front) as (server, client):
        answer = await server.ask("POST", f"/admin/v1/leaderboards/{RICH}/end-run")
        assert answer.status == 200
        board = await client(lambda api: api.admin.leaderboards.get(RICH))
        assert answer.json == client.last.json()
        assert board.status == "finished"


async def test_what_was_made_by_a_key_is_not_made_again(front: Front) -> None:
    """The client sends no key for these operations; others may."""
    item = {"name": "S", "key": "s", "rankBy": "streak"}
    async with a_points_game(front) as (server, client):
        for status in (201, 200):
            answer = await server.ask(
                "POST", "/admin/v1/leaderboards", [item], headers={"Idempotency-Key": "k"}
            )
            assert (answer.status, len(answer.json["created"])) == (status, 1)
        every = await client(lambda api: api.admin.leaderboards.list())
        assert [board.key for board in every] == ["rich", "s"]


NO_LIST = "must have 1 to 100 items"
ERRORS: Mapping[str, tuple[Call, type[ApiError], str]] = {
    "too many": (
        lambda api: api.admin.leaderboards.create(request=[NIGHTS] * 101),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "none to change": (
        lambda api: api.admin.leaderboards.update(request=[]),
        UnprocessableEntityError,
        NO_LIST,
    ),
    "none to delete": (
        lambda api: api.admin.leaderboards.delete(ids=[]),
        UnprocessableEntityError,
        "missing the field 'ids'",
    ),
    "too many to delete": (
        lambda api: api.admin.leaderboards.delete(ids=[NO_ID] * 101),
        UnprocessableEntityError,
        "ids: must have at most 100 items",
    ),
    "no such leaderboard": (
        lambda api: api.admin.leaderboards.get(NO_ID),
        NotFoundError,
        f"there is no leaderboard '{NO_ID}'",
    ),
    "no page": (
        lambda api: api.admin.leaderboards.list(limit=101),
        UnprocessableEntityError,
        "limit: must be at most 100",
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
            for name in CALLS_OF_BOARDS:
                with pytest.raises(UnauthorizedError):
                    await client(CALLS_OF_BOARDS[name])
        (board,) = await known(lambda api: api.admin.leaderboards.list())
        assert (board.key, board.name) == ("rich", "Rich")
