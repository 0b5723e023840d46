"""A server is told to stop, whatever is going on: it does, in time, and loses nothing (G11).

Processes, all of them: the command from its entry on, forked ready-made (see `serving`).
"""

import random
import signal
from pathlib import Path

import pytest
import trio

from api.embedded import open_reading
from api.front.server import Front
from tests.crash.books import Books
from tests.crash.clients import make_clients
from tests.crash.directories import CONFIGURATION, Game, digest_of, steps_of
from tests.crash.rude import (
    ON_A_GAME,
    ON_AN_EMPTY_DIRECTORY,
    Rude,
    import_chunk,
    import_head,
    send_half_a_body,
    wait_users,
)
from tests.crash.server_life import SOON_S_MAX, STOP_S_MAX, Life, Nest
from tests.crash.test_server_kill import verify
from tests.wire.server import EVENT, event, request

FRONTS: tuple[Front, ...] = ("both", "quart")
SIGNALS = [signal.SIGTERM, signal.SIGINT]
ADA = "/v1/users/ada/metrics/steps"


# --- Nothing keeps it ---


@pytest.mark.parametrize("number", SIGNALS)
async def test_idle(
    forking: Nest,
    game: Game,
    tmp_path: Path,
    front: Front,
    number: signal.Signals,
) -> None:
    data = game.copy(tmp_path)
    async with forking.life(data, "--front", front) as life:
        assert await life.ready()
        for _ in range(3):
            assert (await life.ask("POST", EVENT, event("ada"))).status == 201
        await life.stop(number)
        with pytest.raises(OSError, match="all attempts to connect"):
            await life.connect()
    assert await steps_of(data, "ada") == 3
    async with forking.life(data) as life:
        assert await life.ready()
        assert "not a clean one" not in life.log()
        assert (await life.ask("GET", ADA)).json["current"] == 3


async def test_idle_connections_are_ended(
    forking: Nest,
    game: Game,
    tmp_path: Path,
    front: Front,
) -> None:
    async with forking.life(game.copy(tmp_path), "--front", front) as life:
        assert await life.ready()
        async with await life.connect() as used, await life.connect() as unused:
            await used.send(request("POST", EVENT, event("ada")))
            assert (await used.read()).status == 201
            await life.stop()
            assert await used.read_end() == b""
            assert await unused.read_end() == b""


@pytest.mark.parametrize("number", SIGNALS)
async def test_under_load(
    forking: Nest,
    tmp_path: Path,
    front: Front,
    number: signal.Signals,
) -> None:
    data, config = tmp_path / "data", tmp_path / "game.toml"
    config.write_text(CONFIGURATION)
    books = Books(data)
    clients = make_clients(books, random.Random(1))
    for _ in range(5):
        async with forking.life(data, "--config", config, "--front", front) as life:
            assert await life.ready()
            async with trio.open_nursery() as nursery:
                for client in clients:
                    nursery.start_soon(client.run, life.address)
                await books.wait_answers(books.answers + 50)
                await life.stop(number)
        assert books.refusals.keys() <= {"closed"}
        books.look()
    async with forking.life(data, "--front", front) as life:
        assert await life.ready()
        assert "not a clean one" not in life.log()
        for client in clients:
            await client.finish(life.address)
        await life.stop()
    await books.close()
    await trio.to_thread.run_sync(verify, data)


# --- Something keeps it ---


async def test_whatever_clients_do(forking: Nest, game: Game, tmp_path: Path) -> None:
    """All of them at once, each with a server of its own: the slowest keep theirs ten seconds."""
    kept_s: dict[str, float] = {}
    ways: dict[str, Rude] = {}

    async def meet(name: str, life: Life) -> None:
        assert await life.ready()
        async with trio.open_nursery() as nursery, await ways[name].begin(life, nursery):
            kept_s[name] = await life.stop(within_s=STOP_S_MAX)
            nursery.cancel_scope.cancel()

    async def on_a_game(name: str, front: Front) -> None:
        data = game.copy(tmp_path, name)
        async with forking.life(data, "--front", front) as life:
            await meet(name, life)
        assert await digest_of(data) == game.digest

    async def on_an_empty_directory(name: str, front: Front) -> None:
        data, config = tmp_path / name, tmp_path / f"{name}.toml"
        config.write_text(CONFIGURATION)
        async with forking.life(data, "--front", front, "--config", config) as life:
            await meet(name, life)
        assert await steps_of(data, "user-0") == 1

    async with trio.open_nursery() as nursery:
        for front in FRONTS:
            for rudes, meeting in (
                (ON_A_GAME, on_a_game),
                (ON_AN_EMPTY_DIRECTORY, on_an_empty_directory),
            ):
                for what, rude in rudes.items():
                    ways[f"{what}, {front}"] = rude
                    nursery.start_soon(meeting, f"{what}, {front}", front)
    print("\nSeconds from SIGTERM to the exit, by what a client does and the front end:")
    for name, took in sorted(kept_s.items()):
        print(f"{took:6.2f}  {name}")
    too_long = [name for name, rude in ways.items() if kept_s[name] > rude.keeps_s + SOON_S_MAX]
    assert not too_long


async def test_a_running_import_is_told_how_much_is_in(
    forking: Nest,
    tmp_path: Path,
    front: Front,
) -> None:
    data, config = tmp_path / "data", tmp_path / "game.toml"
    config.write_text(CONFIGURATION)
    async with forking.life(data, "--config", config, "--front", front) as life:
        assert await life.ready()
        async with await life.connect() as connection:
            await connection.send(import_head() + b"".join(map(import_chunk, range(500))))
            await wait_users(life, 500)
            life.kill(signal.SIGTERM)
            answer = await connection.read()
            assert (answer.status, answer.headers["connection"]) == (503, "close")
            assert answer.json["code"] == "closed"
            assert "500 items are in" in answer.json["error"]
        await life.expect_stopped()
    async with open_reading(data) as laurels:
        assert laurels.scope().user_count == 500
    async with forking.life(data, "--front", front) as life:
        assert await life.ready()
        async with await life.connect() as connection:
            await connection.send(import_head("name=history&finish=true"))
            await connection.send(b"".join(map(import_chunk, range(600))) + b"0\r\n\r\n")
            answer = await connection.read()
        assert answer.status == 202, answer
        assert (answer.json["applied"], answer.json["replayed"]) == (100, 500)
        await life.stop()
    async with open_reading(data) as laurels:
        scope = laurels.scope()
        assert (scope.mode, scope.user_count) == ("live", 600)
        assert {row.value for row in scope.board("steps", limit=1_000).rankings} == {1}
    await trio.to_thread.run_sync(verify, data)


async def test_during_recovery(
    forking: Nest,
    game: Game,
    tmp_path: Path,
    front: Front,
) -> None:
    data = game.copy(tmp_path)
    async with forking.life(data, "--front", front, recovery_hangs=True) as life:
        listening = await life.wait_logged('"listening"')
        life.address = ("127.0.0.1", int(listening["url"].rpartition(":")[2]))
        assert (await life.ask("GET", "/healthz")).status == 200
        ready = await life.ask("GET", "/readyz")
        assert (ready.status, ready.json["code"]) == (503, "not_ready")
        refused = await life.ask("POST", EVENT, event("ada"))
        assert (refused.status, refused.json["code"]) == (503, "not_ready")
        assert int(refused.headers["retry-after"]) >= 1
        life.kill(signal.SIGTERM)
        assert await life.ended(SOON_S_MAX) == 0, life.log()
        assert not await life.ready(), "it never answered"
    assert await digest_of(data) == game.digest


@pytest.mark.parametrize("number", SIGNALS)
async def test_before_it_is_ready(
    forking: Nest, game: Game, tmp_path: Path, number: signal.Signals
) -> None:
    """At once after it listens: it may be recovering or answer already."""
    data = game.copy(tmp_path)
    for _ in range(5):
        async with forking.life(data) as life:
            await life.wait_logged('"listening"')
            life.kill(number)
            assert await life.ended(SOON_S_MAX) == 0, life.log()
    assert await digest_of(data) == game.digest


# --- Twice ---


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
async def test_the_second_signal_ends_it_at_once(
    forking: Nest, game: Game, tmp_path: Path, first: signal.Signals, second: signal.Signals
) -> None:
    data = game.copy(tmp_path)
    async with forking.life(data) as life, trio.open_nursery() as nursery:
        assert await life.ready()
        assert (await life.ask("POST", EVENT, event("ada"))).status == 201
        async with await send_half_a_body(life, nursery):
            life.kill(first)
            await life.wait_logged('"stopping"')
            life.kill(second)
            assert await life.ended(SOON_S_MAX) == 0, life.log()
        assert '"stopped"' not in life.log(), "it did not wait"
    async with forking.life(data) as life:
        assert await life.ready()
        assert "not a clean one" in life.log()
        assert (await life.ask("GET", ADA)).json["current"] == 1


async def test_the_second_signal_does_not_wait_for_a_disk_that_hangs(
    forking: Nest,
    game: Game,
    tmp_path: Path,
    front: Front,
) -> None:
    data = game.copy(tmp_path)
    headers = {"Idempotency-Key": "second"}
    async with forking.life(data, "--front", front, hang_commit=2) as life:
        assert await life.ready()
        assert (await life.ask("POST", EVENT, event("ada"))).status == 201
        async with await life.connect() as connection:
            await connection.send(request("POST", EVENT, event("ada"), headers=headers))
            await life.wait_logged("a commit hangs")
            life.kill(signal.SIGTERM)
            await life.wait_logged('"stopping"')
            assert life.status is None
            life.kill(signal.SIGTERM)
            assert await life.ended(SOON_S_MAX) == 0, life.log()
            assert await connection.read_end() == b"", "what is not on disk was not acknowledged"
    async with forking.life(data) as life:
        assert await life.ready()
        assert (await life.ask("GET", ADA)).json["current"] == 1
        again = await life.ask("POST", EVENT, event("ada"), headers=headers)
        assert (again.status, again.json["total"]) == (201, 2)
