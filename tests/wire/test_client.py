"""The hosted service's own client talks to Laurels with nothing changed but the host.

`trophy` is the judge of the contract: its calls must arrive, its models must take what comes back,
and its exceptions must be the ones that it documents. It is lenient in places (a number for a date,
a missing field that may be null), so every body is read once more, strictly, by its own models.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from trophy import TrophyApi
from trophy.core.api_error import ApiError
from trophy.errors import (
    BadRequestError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    UnprocessableEntityError,
)
from trophy.types import (
    NotificationPreferences,
    StreakMetricPreference,
    StreakPreferences,
    StreakSettingsMetric,
    UpdateStreakSettingsFreezes,
    UpsertedUser,
)

from api.front.admission import Admission
from api.front.routes import ROUTES
from api.front.server import Front
from tests.wire.calls_admin_boards import CALLS_OF_BOARDS
from tests.wire.calls_admin_points import CALLS_OF_ADMIN
from tests.wire.calls_points import CALLS_OF_POINTS
from tests.wire.client import (
    Call,
    a_game,
    client_of,
    ended,
    freezes,
    made_pause,
    pause,
    reset,
    restored,
    step,
)
from tests.wire.models import faults, unnoticed
from tests.wire.refusals_settings import at_least_one, at_most
from tests.wire.script import ODD_ID
from tests.wire.server import KEY, running

CALLS: Mapping[str, Call] = {
    "metrics.event": lambda api: api.metrics.event(
        "steps", user=UpsertedUser(id="ada"), value=5, attributes={"via": "app"}
    ),
    "users.create": lambda api: api.users.create(id="cyd", name="Cyd"),
    "users.identify": lambda api: api.users.identify("dan", tz="Asia/Tokyo"),
    "users.update": lambda api: api.users.update("ada", attributes={"plan": "pro"}),
    "users.get": lambda api: api.users.get("ada"),
    "users.all_metrics": lambda api: api.users.all_metrics("ada"),
    "users.single_metric": lambda api: api.users.single_metric("ada", "steps"),
    "users.streak": lambda api: api.users.streak("ada", history_periods=3),
    "users.get_preferences": lambda api: api.users.get_preferences("ada"),
    "users.update_preferences": lambda api: api.users.update_preferences(
        "ada",
        notifications=NotificationPreferences(recap=["push"]),
        streak=StreakPreferences(
            enabled=True,
            evaluation_mode="AND",
            metrics=[StreakMetricPreference(key="steps", threshold=2.5)],
            days_off=[0, 6],
        ),
    ),
    "streaks.list": lambda api: api.streaks.list(user_ids=["ada", "bob"]),
    "users.achievements": lambda api: api.users.achievements("bob", include_incomplete="true"),
    "users.points": lambda api: api.users.points("ada", "xp", awards=2),
    "users.leaderboard": lambda api: api.users.leaderboard("ada", "walk", num_events=3),
    "leaderboards.get": lambda api: api.leaderboards.get("walk", offset=0, limit=2),
    "admin.streaks.settings.get": lambda api: api.admin.streaks.settings.get(),
    "admin.streaks.settings.update": lambda api: api.admin.streaks.settings.update(
        frequency="daily",
        evaluation_mode="AND",
        customization_enabled=False,
        days_off=[0],
        metrics=[StreakSettingsMetric(key="steps", threshold=3)],
        freezes=UpdateStreakSettingsFreezes(start_count=0, max_count=1),
    ),
    "admin.streaks.freezes.create": lambda api: api.admin.streaks.freezes.create(
        freezes=freezes("bob", "nobody")
    ),
    "admin.streaks.pauses.create": lambda api: api.admin.streaks.pauses.create(
        pauses=[pause("ada", "2024-10-06"), pause("nobody", "2024-10-06")]
    ),
    "admin.streaks.pauses.delete": lambda api: api.admin.streaks.pauses.delete(
        ids=[made_pause(api, "ada", "2024-10-06"), "none"]
    ),
    "admin.streaks.restore": lambda api: api.admin.streaks.restore(
        users=restored(ended(api, "ada"), "nobody")
    ),
    "admin.streaks.reset": lambda api: api.admin.streaks.reset(users=reset("ada", "nobody")),
}
"""A call of every operation that both the client and the route table have; the others stand in
`calls_points`, `calls_admin_points`, `calls_admin_boards` and `test_client_ranks`.
"""


async def test_every_operation_that_the_client_has_is_called(front: Front) -> None:
    async with running(front) as server, client_of(server) as client:
        names = {route.name for route in ROUTES if _has(client.api, route.name)}
    others = CALLS_OF_POINTS.keys() | CALLS_OF_ADMIN.keys() | CALLS_OF_BOARDS.keys()
    assert CALLS.keys() | others | {"leaderboards.all"} == names
    own = {route.name for route in ROUTES} - names
    assert own == {
        "users.streak_ledger",
        "users.streak_explain",
        "users.leaderboard.changes",
        "leaderboards.runs",
        "leaderboards.groups",
        "leaderboards.rank",
        "admin.users.hide",
        "admin.users.show",
        "admin.users.get",
        "explain",
        "admin.leaderboards.end_run",
        "admin.points.awards.create",
        "admin.events.void",
        "admin.status",
        "admin.configuration.put",
        "admin.import",
        "admin.what_if",
        "admin.dry_run",
        "admin.jobs.list",
        "admin.jobs.get",
        "admin.jobs.cancel",
    }


def _has(api: TrophyApi, name: str) -> bool:
    """Whether the client has an operation; it calls one `all_` that has the name of a builtin."""
    within: Any = api
    *group, operation = name.split(".")
    for part in group:
        within = getattr(within, part, None)
    return any(callable(getattr(within, known, None)) for known in (operation, f"{operation}_"))


@pytest.mark.parametrize("name", CALLS)
async def test_an_answer_fits_the_client_s_models_strictly(front: Front, name: str) -> None:
    async with a_game(front) as (_, client):
        parsed = await client(CALLS[name])
        raw = client.last.json()
        assert list(faults(parsed, raw, name)) == []


@pytest.mark.parametrize("name", CALLS)
async def test_a_body_that_lacks_a_field_would_be_noticed(front: Front, name: str) -> None:
    async with a_game(front) as (_, client):
        parsed = await client(CALLS[name])
        assert unnoticed(parsed, client.last.json()) == []


async def test_an_event_says_what_it_changed(front: Front) -> None:
    async with a_game(front) as (_, client):
        answer = await client(lambda api: step(api, "cyd", 10.5, name="Cyd"))
        assert client.last.status_code == 201
    assert answer.total == 10.5
    assert [done.key for done in answer.achievements] == ["walker"]
    assert answer.achievements[0].achieved_at == datetime(2024, 10, 5, 12, tzinfo=UTC)
    assert (answer.current_streak.length, answer.current_streak.extended) == (1, True)
    assert answer.current_streak.expires == "2024-10-06"
    points = answer.points["xp"]
    assert (points.added, points.total, points.level.key) == (11, 11, "high")
    assert [award.awarded for award in points.awards] == [4, 7]
    board = answer.leaderboards["walk"]
    assert (board.rank, board.previous_rank, board.rank_by) == (3, None, "metric")
    assert answer.idempotency_key is answer.idempotent_replayed is None


async def test_a_repeat_is_told_apart(front: Front) -> None:
    async with a_game(front) as (_, client):
        first = await client(lambda api: step(api, "cyd", 5, "key 1"))
        assert client.last.status_code == 201
        again = await client(lambda api: step(api, "cyd", 5, "key 1"))
        assert client.last.status_code == 202
    assert first.idempotency_key == again.idempotency_key == "key 1"
    assert first.idempotent_replayed is None
    assert again.idempotent_replayed is True
    assert (again.event_id, again.total) == (first.event_id, 5)
    assert again.points == again.leaderboards == {}


async def test_a_user_is_created_and_changed(front: Front) -> None:
    async with a_game(front) as (_, client):
        created = await client(
            lambda api: api.users.create(
                id="cyd",
                email="cyd@example.org",
                name="Cyd",
                tz="Europe/Berlin",
                sign_up_date="2020-02-29",
                device_tokens=["t1", "t2"],
                subscribe_to_emails=False,
                attributes={"plan": "pro"},
            )
        )
        assert client.last.status_code == 201
        assert created.id == "cyd"
        assert created.email == "cyd@example.org"
        assert created.sign_up_date == "2020-02-29"
        assert created.device_tokens == ["t1", "t2"]
        assert created.subscribe_to_emails is created.control is False
        assert created.attributes == {"plan": "pro"}
        assert created.created == created.updated == datetime(2024, 10, 5, 12, tzinfo=UTC)
        assert await client(lambda api: api.users.get("cyd")) == created
        identified = await client(lambda api: api.users.identify("cyd", name="Cyd II"))
        assert client.last.status_code == 200
        assert (identified.name, identified.email) == ("Cyd II", "cyd@example.org")
        assert await client(lambda api: api.users.update("cyd")) == identified


async def test_null_takes_away_and_left_out_keeps(front: Front) -> None:
    async with a_game(front) as (_, client):
        await client(
            lambda api: api.users.create(
                id="cyd", email="c@example.org", name="Cyd", tz="Asia/Tokyo", device_tokens=["t"]
            )
        )
        changed = await client(
            lambda api: api.users.update("cyd", email=None, tz=None, device_tokens=None)
        )
        assert client.last.request.content == b'{"email":null,"tz":null,"deviceTokens":null}'
        assert changed.email is changed.tz is changed.device_tokens is None
        assert changed.name == "Cyd"
        changed = await client(lambda api: api.users.update("cyd", name=None))
        assert changed.name is None


async def test_an_id_may_hold_anything_but_a_slash(front: Front) -> None:
    async with a_game(front) as (_, client):
        await client(lambda api: step(api, ODD_ID, 100, name="Ünal"))
        assert (await client(lambda api: api.users.get(ODD_ID))).id == ODD_ID
        assert client.last.request.url.raw_path == b"/v1/users/a%20b%20%C3%BC@x"
        place = await client(lambda api: api.users.leaderboard(ODD_ID, "walk"))
        assert (place.rank, place.value) == (1, 100)
        board = await client(lambda api: api.leaderboards.get("walk", user_id=ODD_ID, limit=1))
        assert [(r.user_id, r.user_name, r.rank) for r in board.rankings] == [(ODD_ID, "Ünal", 1)]


async def test_metrics_and_achievements(front: Front) -> None:
    async with a_game(front) as (_, client):
        steps, laps = await client(lambda api: api.users.all_metrics("ada"))
        assert (steps.key, steps.current, laps.key, laps.current) == ("steps", 28, "laps", 0)
        assert await client(lambda api: api.users.single_metric("ada", "steps")) == steps
        (walker,) = await client(lambda api: api.users.achievements("bob"))
        assert (walker.key, walker.completions, walker.rarity) == ("walker", 2, 100)
        _, twice = await client(
            lambda api: api.users.achievements("bob", include_incomplete="true")
        )
        assert (twice.key, twice.achieved_at, twice.streak_length) == ("twice", None, 2)
        assert (twice.completions, twice.rarity) == (1, 50)


async def test_streak_and_points(front: Front) -> None:
    async with a_game(front) as (_, client):
        streak = await client(lambda api: api.users.streak("ada", history_periods=2))
        assert (streak.length, streak.started, streak.period_start) == (
            2,
            "2024-10-04",
            "2024-10-05",
        )
        assert streak.extended == datetime(2024, 10, 5, 12, tzinfo=UTC)
        assert [period.length for period in streak.streak_history] == [0, 1, 2]
        points = await client(lambda api: api.users.points("ada", "xp", awards=2))
        assert (points.total, points.max_points) == (17, 1000)
        assert points.level is not None
        assert points.level.key == "high"
        assert points.awards[0].trigger is not None
        assert points.awards[0].trigger.achievement_name == "Walker"
        assert [award.total for award in points.awards] == [17, 10]


async def test_leaderboards(front: Front) -> None:
    async with a_game(front) as (_, client):
        board = await client(lambda api: api.leaderboards.get("walk"))
        assert (board.status, board.rank_by, board.metric_key) == ("active", "metric", "steps")
        assert [(r.user_id, r.user_name, r.rank, r.value) for r in board.rankings] == [
            ("ada", "Ada", 1, 28),
            ("bob", None, 2, 12),
        ]
        around = await client(
            lambda api: api.leaderboards.get("walk", user_id="bob", offset=-1, limit=1)
        )
        assert [ranking.user_id for ranking in around.rankings] == ["ada"]
        place = await client(lambda api: api.users.leaderboard("ada", "walk", num_events=1))
        assert (place.rank, place.value) == (1, 28)
        (day,) = place.history
        assert (day.date, day.previous_rank, day.rank) == ("2024-10-05", 2, 1)
        assert (day.previous_value, day.value) == (7, 28)


NESTED: Any = [[]]
for _ in range(40):
    NESTED = [NESTED]

ERRORS: Mapping[str, tuple[Call, type[ApiError], int, str]] = {
    "no such user": (
        lambda api: api.users.streak("nobody"),
        NotFoundError,
        404,
        "there is no user 'nobody'",
    ),
    "no such user to change": (
        lambda api: api.users.update("nobody", name="n"),
        NotFoundError,
        404,
        "there is no user 'nobody'",
    ),
    "no such board": (
        lambda api: api.leaderboards.get("none"),
        NotFoundError,
        404,
        "there is no active board 'none' (boards: rich, walk)",
    ),
    "an error that the operation does not list": (
        lambda api: api.users.get("nobody"),
        ApiError,
        404,
        "there is no user 'nobody'",
    ),
    "unknown zone": (
        lambda api: step(api, "ada", 1, tz="Mars/Base"),
        UnprocessableEntityError,
        422,
        "user.tz: unknown time zone 'Mars/Base'; use an IANA name",
    ),
    "no such metric": (
        lambda api: api.metrics.event("none", user=UpsertedUser(id="ada"), value=1),
        UnprocessableEntityError,
        422,
        "key: there is no metric 'none'",
    ),
    "undeclared attribute": (
        lambda api: api.users.create(id="ada", attributes={"shoe": "42"}),
        UnprocessableEntityError,
        422,
        "attributes: undeclared user attribute 'shoe'; declare it first",
    ),
    "run of a perpetual board": (
        lambda api: api.leaderboards.get("walk", run="2024-10-04"),
        UnprocessableEntityError,
        422,
        "run: the board is perpetual: it has no runs",
    ),
    "no such user's settings": (
        lambda api: api.users.get_preferences("nobody"),
        NotFoundError,
        404,
        "there is no user 'nobody'",
    ),
    "settings that users have not": (
        lambda api: forbidden(api, StreakPreferences(days_off=[0])),
        ForbiddenError,
        403,
        "streak: only 'enabled' can be set while customizationEnabled is off",
    ),
    "no such metric to count for a user": (
        lambda api: api.users.update_preferences(
            "ada", streak=StreakPreferences(metrics=[StreakMetricPreference(key="x", threshold=1)])
        ),
        UnprocessableEntityError,
        422,
        "streak.metrics[0].key: there is no metric 'x'",
    ),
    "streaks of no users": (
        lambda api: api.streaks.list(),
        UnprocessableEntityError,
        422,
        "missing the field 'userIds'",
    ),
    "streaks of too many users": (
        lambda api: api.streaks.list(user_ids=["u"] * 101),
        UnprocessableEntityError,
        422,
        f"userIds: {at_most(100)}",
    ),
    "too many freezes": (
        lambda api: api.admin.streaks.freezes.create(freezes=freezes(*["ada"] * 101)),
        UnprocessableEntityError,
        422,
        f"freezes: {at_most(100)}",
    ),
    "no pauses": (
        lambda api: api.admin.streaks.pauses.create(pauses=[]),
        UnprocessableEntityError,
        422,
        f"pauses: {at_least_one()}",
    ),
    "no pauses to delete": (
        lambda api: api.admin.streaks.pauses.delete(ids=[]),
        UnprocessableEntityError,
        422,
        "missing the field 'ids'",
    ),
    "nobody to restore": (
        lambda api: api.admin.streaks.restore(users=[]),
        UnprocessableEntityError,
        422,
        f"users: {at_least_one()}",
    ),
    "too many to reset": (
        lambda api: api.admin.streaks.reset(users=reset(*["ada"] * 101)),
        UnprocessableEntityError,
        422,
        f"users: {at_most(100)}",
    ),
    "days off by the week": (
        lambda api: api.admin.streaks.settings.update(frequency="weekly", days_off=[0]),
        UnprocessableEntityError,
        422,
        "daysOff: goes only with the daily frequency",
    ),
    "nested too deeply": (
        lambda api: api.metrics.event(
            "steps", user=UpsertedUser(id="ada"), value=1, attributes=NESTED
        ),
        BadRequestError,
        400,
        "is nested too deeply",
    ),
}


def forbidden(api: TrophyApi, streak: StreakPreferences) -> Any:
    api.admin.streaks.settings.update(customization_enabled=False)
    return api.users.update_preferences("ada", streak=streak)


@pytest.mark.parametrize("name", ERRORS)
async def test_a_refusal_is_the_client_s_own_exception(front: Front, name: str) -> None:
    call, kind, status, text = ERRORS[name]
    async with a_game(front) as (_, client):
        with pytest.raises(ApiError) as caught:
            await client(call)
    assert type(caught.value) is kind
    assert caught.value.status_code == status
    assert caught.value.body["error"] == text


async def test_a_wrong_key_and_a_tenant_are_refused(front: Front) -> None:
    async with running(front) as server:
        async with client_of(server, key=KEY + "x") as client:
            with pytest.raises(UnauthorizedError) as unauthorized:
                await client(lambda api: api.users.get("ada"))
            assert unauthorized.value.body["code"] == "unauthorized"
        async with client_of(server, tenant="acme") as client:
            with pytest.raises(UnprocessableEntityError) as invalid:
                await client(lambda api: api.users.get("ada"))
            assert invalid.value.body["field"] == "Tenant-ID"


async def test_a_full_server_tells_the_client_when_to_come_again(front: Front) -> None:
    async with a_game(front) as (server, client):
        server.service.admission = Admission(requests_max=0)
        with pytest.raises(ApiError) as caught:
            await client(lambda api: step(api, "ada", 1))
    assert caught.value.status_code == 503
    assert caught.value.headers is not None
    assert caught.value.headers["retry-after"] == "1"
    assert caught.value.body["code"] == "overloaded"
