"""The past of a board is what it showed then: every page, every place, every change of rank.

People walk, move to another country, are hidden and shown again, and their events are voided, at
random, each at an instant of its own. After each of these all boards are read. In the end what was
read is asked for once more, by its instant.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest
import trio

from api.front.server import Front
from api.operations.board_history import PAST_ORDERS_MAX
from api.operations.instants import instant_text
from engine.host.engine import Settings
from engine.host.moves import HistorySettings
from engine.model.identifiers import Instant
from persistence.framing import CUTS
from persistence.memory import MemoryDisk
from tests.model.player import ManualClock
from tests.unit.games import HOUR, clock_at
from tests.wire.game_ranks import RANKS_GAME
from tests.wire.script_points import VOID
from tests.wire.script_ranks import HIDE, SHOW, changes, of
from tests.wire.server import EVENT, Running, event, running

USERS = ("ada", "bob", "cyd", "dan", "eve")
ZONES = {"ada": "Europe/London", "cyd": "Asia/Tokyo", "dan": "America/Los_Angeles"}
COUNTRIES = ("uk", "de")
BOARDS = ("daily", "weekly?userAttributes=country:uk", "weekly?userAttributes=country:de", "few")
SMALL = HistorySettings(chunk_rows=4, bytes_max=2_000, cut_rows_min=8, part_participants=2)

Row = Mapping[str, Any]


class Seen(NamedTuple):
    """What a board showed at an instant."""

    at: str
    rankings: Sequence[Row]
    participants: int
    threshold: int


async def read(server: Running, path: str) -> Any:
    answer = await server.ask("GET", path)
    assert answer.status == 200, (path, answer.body)
    return answer.json


def with_query(board: str, *parameters: str) -> str:
    key, _, query = board.partition("?")
    return f"/v1/leaderboards/{key}?" + "&".join(filter(None, (query, *parameters)))


async def something_happens(server: Running, rng: random.Random, events: list[str]) -> None:
    user = rng.choice(USERS)
    kind = rng.choice(("walk",) * 6 + ("move", "hide", "show", "void"))
    if kind == "walk":
        who = {"tz": ZONES.get(user)}
        body = event(user, rng.choice((0.5, 1, 2, 3, -1)), **who)
        answer = await server.ask("POST", EVENT, body)
        events.append(answer.json["eventId"])
    elif kind == "move":
        fields = {"attributes": {"country": rng.choice(COUNTRIES)}}
        answer = await server.ask("PUT", f"/v1/users/{user}", fields)
    elif kind == "void":
        ids = [{"id": rng.choice(events)}] if events else [{"id": "1.0"}]
        answer = await server.ask("POST", VOID, {"events": ids})
    else:
        path = HIDE if kind == "hide" else SHOW
        answer = await server.ask("POST", path, {"users": [{"userId": user}]})
    assert answer.status in (200, 201), answer.body


async def play(
    server: Running, clock: ManualClock, rng: random.Random
) -> tuple[dict[str, list[Seen]], dict[str, list[tuple[int | None, int | None]]]]:
    """Return what each board showed, and the places of each user on `few`, after each step."""
    seen: dict[str, list[Seen]] = {board: [] for board in BOARDS}
    places: dict[str, list[tuple[int | None, int | None]]] = {user: [] for user in USERS}
    events: list[str] = []
    for user in USERS:
        fields = {"attributes": {"country": rng.choice(COUNTRIES)}}
        await server.ask("PUT", f"/v1/users/{user}", fields)
    for index in range(60):
        if index % 12 == 0:
            await server.store_history()
        clock.at = Instant(clock.at + rng.randrange(1, 2 * HOUR))
        await server.sweep()
        await something_happens(server, rng, events)
        for board, of_board in seen.items():
            page = await read(server, with_query(board, "limit=9"))
            shown = page["rankings"], page["participants"], page["threshold"]
            of_board.append(Seen(instant_text(clock.at), *shown))
        for user, of_user in places.items():
            place = await read(server, of(user, "few", "numEvents=0"))
            of_user.append((place["position"], place["value"]))
    return seen, places


@pytest.mark.parametrize("seed", range(2))
async def test_a_page_at_an_instant_is_what_it_was(front: Front, seed: int) -> None:
    clock, rng = clock_at(), random.Random(seed)
    settings = Settings(sweeping=False, history=SMALL)
    disk = MemoryDisk()
    async with running(
        front, disk=disk, document=RANKS_GAME, clock=clock, settings=settings
    ) as server:
        seen, places = await play(server, clock, rng)
        assert disk.derived.durable.tables[CUTS], "some of the past is read from cuts"
        for board, of_board in seen.items():
            for was in rng.sample(of_board, 20):
                page = await read(server, with_query(board, "limit=9", f"at={was.at}"))
                shown = page["rankings"], page["participants"], page["threshold"]
                assert Seen(was.at, *shown) == was, (board, was.at)
        for user, of_user in places.items():
            for was, spot in rng.sample(list(zip(seen["few"], of_user, strict=True)), 8):
                place = await read(server, of(user, "few", f"numEvents=0&at={was.at}"))
                assert (place["position"], place["value"]) == spot, (user, was.at)
                assert place["participants"] == was.participants


@pytest.mark.parametrize("seed", range(2))
async def test_changes_of_rank_are_all_there_once_however_they_are_paged(
    front: Front, seed: int
) -> None:
    clock, rng = clock_at(), random.Random(seed)
    settings = Settings(sweeping=False, history=SMALL)
    disk = MemoryDisk()
    async with running(
        front, disk=disk, document=RANKS_GAME, clock=clock, settings=settings
    ) as server:
        seen, places = await play(server, clock, rng)
        assert disk.derived.durable.tables[CUTS], "some of the past is read from cuts"
        ends = {was.at: index for index, was in enumerate(seen["few"])}
        for user, of_user in places.items():
            whole = (await read(server, changes(user, "few", "limit=1000")))["changes"]
            for limit in (1, 2, 7):
                paged: list[Row] = []
                after: str | None = ""
                while after is not None:
                    cursor = after and f"&after={after}"
                    page = await read(server, changes(user, "few", f"limit={limit}{cursor}"))
                    assert len(page["changes"]) <= limit
                    paged += page["changes"]
                    after = page["next"]
                assert paged == whole
            spot: tuple[int | None, int | None] = (None, None)
            reached = -1
            for change in whole:
                assert (change["previousPosition"], change["previousValue"]) == spot
                for index in range(max(0, reached), ends[change["timestamp"]]):
                    assert of_user[index] == spot, "nothing changed in between"
                reached = ends[change["timestamp"]]
                spot = change["position"], change["value"]
            for index in range(max(0, reached), len(of_user)):
                assert of_user[index] == spot


async def test_many_who_ask_about_the_past_at_once_are_all_answered(front: Front) -> None:
    clock = clock_at()
    settings = Settings(sweeping=False)
    answers: list[Any] = []
    async with running(front, document=RANKS_GAME, clock=clock, settings=settings) as server:
        for user in USERS:
            await server.ask("POST", EVENT, event(user, 2))
        at = f"at={instant_text(clock.at)}"

        async def ask() -> None:
            answers.append(await read(server, with_query("daily", at)))

        async with trio.open_nursery() as nursery:
            for _ in range(3 * PAST_ORDERS_MAX):
                nursery.start_soon(ask)
    assert len(answers) == 3 * PAST_ORDERS_MAX
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["participants"] == len(USERS)
