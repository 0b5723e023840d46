"""A server that ends by itself, or cannot begin: its exit status, its sentence, what it leaves."""

import random
from pathlib import Path

import pytest
import trio

from engine.model.errors import EngineFailed
from tests.crash.books import Books
from tests.crash.clients import make_clients
from tests.crash.directories import CONFIGURATION, Game, digest_of
from tests.crash.server_life import SOON_S_MAX, Nest, nest
from tests.crash.test_server_kill import verify
from tests.wire.server import EVENT, event

FRONTS = ("both", "quart")


async def test_a_disk_that_fails_ends_the_command(tmp_path: Path, shim: Path) -> None:
    """The n-th call to the disk fails under load, for n = 1, 2, …"""
    data, config = tmp_path / "data", tmp_path / "game.toml"
    config.write_text(CONFIGURATION)
    books = Books(data)
    clients = make_clients(books, random.Random(2))
    busy = {"engine.host.engine:_HOUSEKEEPING_S": 0.01, "engine.host.snapshots:DIRTY_USERS_MAX": 1}
    with nest(LD_PRELOAD=str(shim)) as forking:
        for call in (*range(1, 11), 23, 42, 64):
            options = ("--config", config, "--front", FRONTS[call % 2])
            bounds = busy if call > 10 else {}
            async with forking.life(data, *options, fail_call=call, bounds=bounds) as life:
                assert await life.ready(), life.log()
                async with trio.open_nursery() as nursery:
                    for client in clients:
                        nursery.start_soon(client.run, life.address)
                assert await life.ended(SOON_S_MAX) == EngineFailed.exit_code == 8, life.log()
                assert "a commit failed; the process ends" in life.log()
                assert life.log().splitlines()[-1].startswith("laurels: "), life.log()
            books.look()
        assert books.refusals.keys() <= {"engine_failed", "closed"}
        assert books.refusals["engine_failed"] >= 10, "in-flight requests are told"
        async with forking.life(data) as life:
            assert await life.ready()
            for client in clients:
                await client.finish(life.address)
            await life.stop()
    print(f"\n{books.answers:,} answers, {len(books.told):,} events, {dict(books.refusals)}")
    await books.close()
    await trio.to_thread.run_sync(verify, data)


# --- It cannot start ---


async def test_a_second_server_on_the_directory(forking: Nest, game: Game, tmp_path: Path) -> None:
    data = game.copy(tmp_path)
    async with forking.life(data) as first:
        assert await first.ready()
        async with forking.life(data) as second:
            assert not await second.ready()
            assert await second.ended() == 5
            (said,) = [line for line in second.log().splitlines() if line.startswith("laurels:")]
            assert f"process {first.pid} (laurels serve" in said
            assert f"--url {first.url}" in said
        assert (await first.ask("POST", EVENT, event("ada"))).status == 201
        await first.stop()


async def test_a_port_in_use(forking: Nest, game: Game, tmp_path: Path) -> None:
    async with forking.life(game.copy(tmp_path)) as first:
        assert await first.ready()
        port = first.address[1]
        async with forking.life(tmp_path / "other", "--port", port) as second:
            assert not await second.ready()
            assert await second.ended() == 2
            (said,) = second.log().splitlines()
            assert said.startswith("laurels: ")
            assert "in use" in said
            assert str(port) in said, "which one, if several are to be started?"
        assert not (tmp_path / "other").exists()
        assert (await first.ask("GET", "/readyz")).status == 200


WRONG = {
    "no TOML": ("[[metrics", "not valid TOML"),
    "a field that is not known": (CONFIGURATION + 'colour = "red"', "colour"),
    "a metric that is not there": (
        CONFIGURATION.replace('metricKey = "steps"', 'metricKey = "miles"'),
        "miles",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_configuration(forking: Nest, game: Game, tmp_path: Path, name: str) -> None:
    text, named = WRONG[name]
    config = tmp_path / "wrong.toml"
    config.write_text(text)
    data = game.copy(tmp_path)
    async with forking.life(data, "--config", config) as life:
        assert not await life.ready()
        assert await life.ended() == 4
        lines = [line for line in life.log().splitlines() if not line.startswith("{")]
        assert "nothing has changed" in lines[0]
        assert any(named in line for line in lines[1:]), lines
    assert await digest_of(data) == game.digest
