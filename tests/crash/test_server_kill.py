"""SIGKILL of a server at random instants: nothing acknowledged lost, nothing doubled, over HTTP.

Four clients with idempotency keys; a kill up to 50 ms after an answer, or while the server starts;
the next life; every client sends again what was not answered. Two victims: the command as people
start it, and the same forked ready-made, with snapshot passes going on all the time.

LAURELS_KILLS=200 sets how many kills there are; the seed is printed with a failure.
"""

import random
import re
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import trio

from tests.cli.command import laurels
from tests.crash.books import Books
from tests.crash.clients import Client, make_clients
from tests.crash.directories import CONFIGURATION
from tests.crash.killing import STUCK_S
from tests.crash.server_life import Life, command_life, nest
from tests.crash.test_kill import DELAY_S_MAX, kills

SEED = 20_260_801
ANSWERS_MAX = 100
"""Answers in one life before the kill."""
START_S_MAX = 0.12
"""Seconds in which a forked server starts, more or less."""
START_SHARE = 0.2
"""Of kills: those while the server starts."""
KILLS_A_DIRECTORY_MAX = 50
QUIET_KILLS = 25
"""First kills in a directory, without snapshots: then more than a thousand records are to replay,
which is when a start writes pieces behind them."""
RECOVERING_KILLS = 4
"""Kills after these, all of them at the start."""

Birth = AbstractAsyncContextManager[Life]


class Tally:
    """What a run of kills came to."""

    def __init__(self, victim: str, seed: int, enough: int) -> None:
        self.victim = victim
        self.seed = seed
        self.enough = enough
        self.kills = self.before_ready = self.directories = self.marks = 0
        self.answers = self.again = self.events = 0
        self._began = time.monotonic()

    def show(self) -> None:
        seconds = time.monotonic() - self._began
        print(
            f"\n{self.victim}, seed {self.seed}: {self.kills} kills "
            f"({self.before_ready} before it was ready) in {self.directories} directories, "
            f"{self.answers:,} answers read, {self.events:,} events acknowledged and "
            f"{self.again:,} repeats of them; the snapshot's mark moved in {self.marks} lives, "
            f"{seconds:.1f} s",
            flush=True,
        )


class Game:
    """A data directory and its clients, through many lives of its server."""

    def __init__(self, directory: Path, name: str, dice: random.Random, tally: Tally) -> None:
        self.data = directory / name
        self.config = directory / f"{name}.toml"
        self.config.write_text(CONFIGURATION)
        self.books = Books(self.data)
        self.dice = dice
        self.tally = tally
        self.clients: list[Client] = make_clients(self.books, dice)
        self.kills = 0

    async def die(self, birth: Birth, *, starting: bool) -> None:
        """Let a server live and be killed; check what it leaves."""
        async with birth as life:
            if starting:
                await trio.sleep(self.dice.random() * START_S_MAX)
                life.kill()
                was_ready = await life.ready()
            else:
                was_ready = True
                assert await life.ready(), life.log()
                await self._play(life)
            assert await life.ended() == -signal.SIGKILL, life.log()
        self.kills += 1
        self.tally.kills += 1
        self.tally.before_ready += not was_ready
        assert not self.books.refusals, life.log()
        self.books.look()

    async def _play(self, life: Life) -> None:
        answers = self.books.answers + self.dice.randint(1, ANSWERS_MAX)
        killed = False

        async def kill() -> None:
            nonlocal killed
            await self.books.wait_answers(answers)
            await trio.sleep(self.dice.random() * DELAY_S_MAX)
            killed = True
            life.kill()

        with trio.fail_after(STUCK_S):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(kill)
                async with trio.open_nursery() as playing:
                    for client in self.clients:
                        playing.start_soon(client.run, life.address)
                assert killed, f"{self.books.refusals} {life.log()}"

    async def end(self, birth: Birth) -> None:
        """Let a last server live, answer what is open, and stop; check everything."""
        async with birth as life:
            assert await life.ready(), life.log()
            async with trio.open_nursery() as nursery:
                for client in self.clients:
                    nursery.start_soon(client.finish, life.address)
            life.kill(signal.SIGTERM)
            assert await life.ended() == 0, life.log()
        await self.books.close()
        tally, books = self.tally, self.books
        tally.directories += 1
        tally.answers += books.answers
        tally.again += books.again
        tally.events += len(books.told)
        tally.marks += books.marks


def verify(data: Path) -> None:
    """Check that every way to the state leads to the same one."""
    digest = laurels("digest", "--data", data).out.split()[1]
    done = laurels("verify", "--data", data, "--evaluate")
    assert (done.status, done.out.splitlines()[-1]) == (0, "All agree."), done.out + done.err
    assert set(re.findall(r"\b[0-9a-f]{64}\b", done.out)) == {digest}, done.out


@pytest.mark.parametrize("count", [8, pytest.param(200, marks=pytest.mark.long)])
def test_the_killed_command(tmp_path: Path, count: int) -> None:
    dice = random.Random(SEED)
    tally = Tally("laurels serve", SEED, kills(count))
    game = Game(tmp_path, "data", dice, tally)

    async def play() -> None:
        for _ in range(tally.enough):
            await game.die(command_life(game.data, "--config", game.config), starting=False)
        await game.end(command_life(game.data, "--config", game.config))

    try:
        trio.run(play)
    finally:
        tally.show()
    verify(game.data)


@pytest.mark.parametrize("count", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_the_killed_server(tmp_path: Path, count: int) -> None:
    dice = random.Random(SEED + 1)
    tally = Tally("forked server", SEED + 1, kills(count))
    games: list[Game] = []

    async def play(birth: Callable[[Game], Birth]) -> None:
        while tally.kills < tally.enough:
            games.append(game := Game(tmp_path, f"data-{len(games)}", dice, tally))
            for _ in range(min(KILLS_A_DIRECTORY_MAX, tally.enough - tally.kills)):
                recovering = 0 <= game.kills - QUIET_KILLS < RECOVERING_KILLS
                await game.die(birth(game), starting=recovering or dice.random() < START_SHARE)
            await game.end(birth(game))

    try:
        with nest() as forking:

            def birth(game: Game) -> Birth:
                front = dice.choice(("both", "quart"))
                return forking.life(
                    game.data,
                    *("--config", game.config, "--front", front),
                    bounds=busy_snapshots(dice) if game.kills >= QUIET_KILLS else {},
                    resident_users=dice.choice((1, 3, 100)),
                )

            trio.run(play, birth)
    finally:
        tally.show()
    for game in games:
        verify(game.data)


def busy_snapshots(dice: random.Random) -> dict[str, int | float]:
    """Bounds that make passes of the snapshot follow one another, or hardly so."""
    return {
        "engine.host.engine:_HOUSEKEEPING_S": 0.001,
        "engine.host.snapshots:RECENT_KEYS_MAX": dice.choice((1, 20, 500, 100_000)),
        "engine.host.snapshots:DIRTY_USERS_MAX": dice.choice((1, 3, 100_000)),
        "engine.host.snapshots:SNAPSHOT_SLICE_USERS": dice.choice((1, 256)),
    }
