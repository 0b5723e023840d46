"""The hosted service's own client, on a server in the test's own process."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
import trio
from trophy import TrophyApi
from trophy.admin.streaks import ResetStreaksRequestUsersItem, RestoreStreaksRequestUsersItem
from trophy.admin.streaks.freezes import CreateStreakFreezesRequestFreezesItem
from trophy.admin.streaks.pauses import CreateStreakPausesRequestPausesItem
from trophy.environment import TrophyApiEnvironment
from trophy.types import StreakPreferences, UpsertedUser

from api.front.server import Front
from engine.host.engine import Settings
from engine.model.identifiers import Instant
from tests.model.player import ManualClock
from tests.unit.games import DAY, clock_at
from tests.wire.game_points import POINTS_GAME
from tests.wire.game_ranks import RANKS_GAME
from tests.wire.script_ranks import ADA, BOB, CYD
from tests.wire.server import EVENT, FULL, KEY, Running, event, running

T = TypeVar("T")
Call = Callable[[TrophyApi], Any]

STREAKS = {
    "metrics": [{"key": "steps", "threshold": 1}],
    "customizationEnabled": True,
    "freezes": {"startCount": 1, "maxCount": 2, "autoEarnInterval": 7, "autoEarnAmount": 1},
}
GAME: Mapping[str, Any] = {**FULL, "streaks": STREAKS}
"""The game with one of everything, and with everything that a streak can show."""


class Client:
    """The client, and what came back to it as bytes."""

    def __init__(self, api: TrophyApi, answers: list[httpx.Response]) -> None:
        self.api = api
        self.answers = answers

    async def __call__(self, call: Callable[[TrophyApi], T]) -> T:
        """Make a call in a thread, as the client blocks."""
        return await trio.to_thread.run_sync(call, self.api)

    @property
    def last(self) -> httpx.Response:
        return self.answers[-1]


@asynccontextmanager
async def client_of(
    server: Running, *, key: str = KEY, tenant: str | None = None
) -> AsyncGenerator[Client]:
    answers: list[httpx.Response] = []

    def keep(response: httpx.Response) -> None:
        response.read()
        answers.append(response)

    with httpx.Client(event_hooks={"response": [keep]}) as http:
        api = TrophyApi(
            environment=TrophyApiEnvironment(
                api=f"{server.url}/v1", admin=f"{server.url}/admin/v1"
            ),
            api_key=key,
            tenant_id=tenant,
            httpx_client=http,
            max_retries=0,
        )
        yield Client(api, answers)


@asynccontextmanager
async def a_game(
    front: Front, clock: ManualClock | None = None
) -> AsyncGenerator[tuple[Running, Client]]:
    """A server on which somebody has played for two days, and will be away on the fifth.

    It stands at noon of 5 October 2024.
    """
    clock = clock or clock_at()
    async with running(front, document=GAME, clock=clock) as server, client_of(server) as client:
        await client(lambda api: step(api, "bob", 12.25))
        await client(lambda api: step(api, "ada", 7.5, name="Ada", tz="Europe/London"))
        clock.at = Instant(clock.at + DAY)
        await client(lambda api: step(api, "ada", 20.5))
        await client(lambda api: made_pause(api, "ada", "2024-10-08"))
        yield server, client


@asynccontextmanager
async def a_points_game(
    front: Front, clock: ManualClock | None = None
) -> AsyncGenerator[tuple[Running, Client]]:
    """A server of the game of `game_points`: Ada pays and has come twice, Bob has walked far.

    It stands at noon of 5 October 2024.
    """
    clock = clock or clock_at()
    async with (
        running(front, document=POINTS_GAME, clock=clock) as server,
        client_of(server) as client,
    ):
        who = {"tz": "Europe/London", "attributes": {"plan": "pro", "team": "red"}}
        await client(lambda api: step(api, "ada", 7, **who))
        await client(lambda api: step(api, "bob", 100))
        clock.at = Instant(clock.at + DAY)
        await client(lambda api: step(api, "ada", 14))
        yield server, client


@asynccontextmanager
async def a_ranks_game(
    front: Front, clock: ManualClock | None = None
) -> AsyncGenerator[tuple[Running, Client]]:
    """A server of the game of `game_ranks`: two from the United Kingdom and one from Germany.

    It stands at noon of 5 October 2024, the Friday before is closed.
    """
    clock = clock or clock_at()
    settings = Settings(sweeping=False)
    async with (
        running(front, document=RANKS_GAME, clock=clock, settings=settings) as server,
        client_of(server) as client,
    ):
        users: Mapping[str, tuple[float, Mapping[str, Any]]] = {
            "ada": (5.9, ADA),
            "bob": (7, BOB),
            "cyd": (7.5, CYD),
        }
        for user, (value, who) in users.items():
            body = event(user, value, **who)
            assert (await server.ask("POST", EVENT, body)).status == 201
        clock.at = Instant(clock.at + DAY)
        await server.sweep()
        await client(lambda api: step(api, "ada", 4))
        yield server, client


def step(api: TrophyApi, user: str, value: float, key: str | None = None, **fields: Any) -> Any:
    return api.metrics.event(
        "steps", user=UpsertedUser(id=user, **fields), value=value, idempotency_key=key
    )


def freezes(*users: str) -> Sequence[CreateStreakFreezesRequestFreezesItem]:
    return [CreateStreakFreezesRequestFreezesItem(user_id=user) for user in users]


def pause(user: str, start: str, end: str | None = None) -> CreateStreakPausesRequestPausesItem:
    return CreateStreakPausesRequestPausesItem(user_id=user, start=start, end=end or start)


def restored(*users: str) -> Sequence[RestoreStreaksRequestUsersItem]:
    return [RestoreStreaksRequestUsersItem(id=user) for user in users]


def reset(*users: str) -> Sequence[ResetStreaksRequestUsersItem]:
    return [ResetStreaksRequestUsersItem(id=user) for user in users]


def made_pause(api: TrophyApi, user: str, start: str, end: str | None = None) -> str:
    """Make a pause, return its id."""
    (made,) = api.admin.streaks.pauses.create(pauses=[pause(user, start, end)]).created
    return made.id


def ended(api: TrophyApi, user: str) -> str:
    """End a user's streak so that it can be restored, return the user."""
    for enabled in (False, True):
        api.users.update_preferences(user, streak=StreakPreferences(enabled=enabled))
    return user
