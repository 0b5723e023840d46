"""Places on leaderboards through the hosted service's own client: runs, groups, days, the past."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from trophy.core.api_error import ApiError
from trophy.errors import NotFoundError, UnprocessableEntityError
from trophy.types import UpsertedUser

from api.front.server import Front
from tests.wire.client import Call, a_ranks_game, step
from tests.wire.models import faults, unnoticed

CALLS: Mapping[str, Call] = {
    "leaderboards.all": lambda api: api.leaderboards.all_(include_finished=True),
    "a page": lambda api: api.leaderboards.get("daily", offset=0, limit=2),
    "a group": lambda api: api.leaderboards.get("weekly", user_attributes="country:uk"),
    "around somebody": lambda api: api.leaderboards.get("weekly", user_id="ada", offset=-1),
    "a closed run": lambda api: api.leaderboards.get("daily", run="2024-10-04"),
    "a place": lambda api: api.users.leaderboard("ada", "weekly", num_events=3),
    "a place of the past": lambda api: api.users.leaderboard("ada", "daily", run="2024-10-04"),
}


@pytest.mark.parametrize("name", CALLS)
async def test_an_answer_fits_the_client_s_models_strictly(front: Front, name: str) -> None:
    async with a_ranks_game(front) as (_, client):
        parsed = await client(CALLS[name])
        raw = client.last.json()
    assert parsed
    assert list(faults(parsed, raw, name)) == []
    assert unnoticed(parsed, raw) == []


def ranked(board: Any) -> Sequence[tuple[str, int, int]]:
    return [(row.user_id, row.rank, row.value) for row in board.rankings]


async def test_boards(front: Front) -> None:
    async with a_ranks_game(front) as (_, client):
        every = await client(lambda api: api.leaderboards.all_(include_finished=True))
        assert client.last.request.url.query == b"includeFinished=true"
        boards = await client(lambda api: api.leaderboards.all_())
    assert {b.key for b in every} - {b.key for b in boards} == {"old"}
    by_key = {board.key: board for board in every}
    assert by_key["old"].status == "finished"
    assert by_key["soon"].status == "scheduled"
    daily, weekly, monthly = by_key["daily"], by_key["weekly"], by_key["monthly"]
    assert (daily.start, daily.end, daily.max_participants) == ("2024-10-01", None, 2)
    assert (daily.run_unit, daily.run_interval, daily.metric_name) == ("day", 1, "Steps")
    assert (weekly.breakdown_attribute, weekly.breakdown_attributes) == ("country", ["country"])
    assert by_key["teams"].breakdown_attributes == ["country", "team"]
    assert (monthly.points_system_key, monthly.metric_key) == ("xp", None)
    assert [(a.key, a.value) for a in monthly.user_attributes] == [("plan", "pro")]
    assert (by_key["nights"].start_time, by_key["nights"].end_time) == ("20:00", "06:00")


async def test_pages_runs_and_groups(front: Front) -> None:
    async with a_ranks_game(front) as (_, client):
        today = await client(lambda api: api.leaderboards.get("daily"))
        assert ranked(today) == [("ada", 1, 4)]
        friday = await client(lambda api: api.leaderboards.get("daily", run="2024-10-04"))
        assert ranked(friday) == [("bob", 1, 7), ("cyd", 2, 7)]
        uk = await client(lambda api: api.leaderboards.get("weekly", user_attributes="country:uk"))
        assert ranked(uk) == [("ada", 1, 9), ("cyd", 2, 7)]
        # Without a group it is that of the user who is named.
        around = await client(
            lambda api: api.leaderboards.get("weekly", user_id="cyd", offset=-1, limit=1)
        )
        assert ranked(around) == [("ada", 1, 9)]
        nobody = await client(lambda api: api.leaderboards.get("weekly", user_id="nobody"))
        assert nobody.rankings == []


async def test_a_place_and_its_days(front: Front) -> None:
    async with a_ranks_game(front) as (_, client):
        place = await client(lambda api: api.users.leaderboard("ada", "weekly", num_events=5))
        assert (place.rank, place.value, place.start) == (1, 9, "2024-09-30")
        days = [(d.date, d.previous_rank, d.rank, d.previous_value, d.value) for d in place.history]
        assert days == [("2024-10-05", 2, 1, 5, 9), ("2024-10-04", None, 2, None, 5)]
        past = await client(lambda api: api.users.leaderboard("ada", "daily", run="2024-10-04"))
        # Beyond the cap there is no rank, but a value.
        assert (past.rank, past.value) == (None, 5)
        off = await client(lambda api: api.users.leaderboard("bob", "monthly"))
        assert (off.rank, off.value, off.history) == (None, None, [])


async def test_an_event_says_what_it_changed(front: Front) -> None:
    async with a_ranks_game(front) as (_, client):
        answer = await client(lambda api: step(api, "cyd", 3))
        raw = client.last.json()
        assert list(faults(answer, raw, "event")) == []
        weekly = answer.leaderboards["weekly"]
        assert (weekly.rank, weekly.previous_rank, weekly.threshold) == (1, 2, 0)
        assert (weekly.start, weekly.end) == ("2024-09-30", "2024-10-06")
        assert weekly.breakdown_attribute_value == "uk"
        assert weekly.breakdown_attribute_values is not None
        assert [(v.key, v.value) for v in weekly.breakdown_attribute_values] == [("country", "uk")]
        daily = answer.leaderboards["daily"]
        assert (daily.rank, daily.previous_rank, daily.start) == (2, None, "2024-10-05")
        teams = answer.leaderboards["teams"]
        assert teams.breakdown_attribute_value is None
        assert teams.breakdown_attribute_values is not None
        assert [v.value for v in teams.breakdown_attribute_values] == ["uk", "red"]
        moved = await client(
            lambda api: api.metrics.event(
                "steps", user=UpsertedUser(id="cyd", attributes={"country": "de"}), value=0
            )
        )
        assert list(faults(moved, client.last.json(), "event")) == []
        weekly = moved.leaderboards["weekly"]
        assert (weekly.breakdown_attribute_value, weekly.rank) == ("de", 1)
        # Among the Germans she had no rank before.
        assert weekly.previous_rank is None


NO_BOARD = (
    "there is no active board 'off' (boards: autumn, daily, days, few, monthly, nights, old, soon, "
    "soon-daily, teams, weekly)"
)
ERRORS: Mapping[str, tuple[Call, type[ApiError], str]] = {
    "an inactive board": (lambda api: api.leaderboards.get("off"), NotFoundError, NO_BOARD),
    "a place on an inactive board": (
        lambda api: api.users.leaderboard("ada", "off"),
        NotFoundError,
        NO_BOARD,
    ),
    "a place of nobody": (
        lambda api: api.users.leaderboard("nobody", "daily"),
        NotFoundError,
        "there is no user 'nobody'",
    ),
    "no group": (
        lambda api: api.leaderboards.get("weekly"),
        UnprocessableEntityError,
        "userAttributes: is missing: the board is broken down by country:…",
    ),
    "no run": (
        lambda api: api.leaderboards.get("daily", run="yesterday"),
        UnprocessableEntityError,
        "run: is not a date like 2026-03-01",
    ),
    "no page": (
        lambda api: api.leaderboards.get("daily", limit=-1),
        UnprocessableEntityError,
        "limit: must be at least 0",
    ),
    "too many days": (
        lambda api: api.users.leaderboard("ada", "daily", num_events=101),
        UnprocessableEntityError,
        "numEvents: must be at most 100",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_a_refusal_is_the_client_s_own_exception(front: Front, name: str) -> None:
    call, kind, text = ERRORS[name]
    async with a_ranks_game(front) as (_, client):
        with pytest.raises(ApiError) as caught:
            await client(call)
    assert type(caught.value) is kind
    assert caught.value.body["error"] == text


async def test_friends_are_named_in_either_way(front: Front) -> None:
    """As with the lists of users that the client sends elsewhere."""
    async with a_ranks_game(front) as (server, _):
        for query in ("userIds=ada&userIds=cyd", "userIds=ada,cyd", "userIds=ada%2Ccyd"):
            answer = await server.ask("GET", f"/v1/leaderboards/daily?run=2024-10-04&{query}")
            rows = [(r["userId"], r["rank"], r["boardRank"]) for r in answer.json["rankings"]]
            assert rows == [("cyd", 1, 2), ("ada", 2, None)]
