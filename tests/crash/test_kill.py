"""SIGKILL of an importing process at random instants: nothing acknowledged lost, nothing doubled.

Two victims. The command `laurels import` is what people run; a life of it takes a second. The
`importer` is born in milliseconds, acknowledges in small groups and writes snapshots all the time,
so that kills fall into recovery, commits, snapshots, finishing, and sweeping.

LAURELS_KILLS=200 sets how many kills there are; the seed is printed with a failure.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from api.imports import Result
from engine.model.identifiers import Seq
from tests.cli.command import command, environment, laurels
from tests.conftest import REPOSITORY
from tests.crash.history import FINISH_AT, NAME, History, Witness, make_history, outcome
from tests.crash.importer import Job
from tests.crash.killing import Voice

SEED = 20_260_301
DELAY_S_MAX = 0.05
"""Between an acknowledgement that was read and the kill."""
NEW_LINES_MAX = 6_000
"""Acknowledgements beyond what was in before that a life of the command has at most."""
FINISHING_S_MAX = 0.5
"""After the last acknowledgement there is still the finishing, the sweep, and the snapshot."""
KILLS_AN_IMPORT_MAX = 20


def kills(default: int) -> int:
    return int(os.environ.get("LAURELS_KILLS") or default)


class Whole(NamedTuple):
    """A history, and what an import of it comes to that nobody interrupts."""

    history: History
    digest: str


@pytest.fixture(scope="module")
def long_history(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return import_whole(tmp_path_factory.mktemp("long"), 20_000)


@pytest.fixture(scope="module")
def short_history(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return import_whole(tmp_path_factory.mktemp("short"), 3_000)


def import_whole(directory: Path, count: int) -> Whole:
    history = make_history(directory, count, SEED)
    done = laurels(*import_arguments(history, directory / "data"))
    assert done.status == 0, done.err
    total, digest = outcome(directory / "data")
    assert total == history.event_count < count, "there are repeated lines"
    return Whole(history, digest)


def import_arguments(history: History, data: Path) -> tuple[object, ...]:
    options = ("--config", history.config, "--finish-at", FINISH_AT, "--name", NAME)
    return ("import", history.lines, "--data", data, *options, "--results", "all")


class Tally:
    """What a run of kills came to."""

    def __init__(self, victim: str, seed: int, enough: int) -> None:
        self.victim = victim
        self.seed = seed
        self.enough = enough
        self.kills = self.lives = self.imports = self.acknowledged = self.before_any = 0
        self._began = time.monotonic()

    def show(self) -> None:
        seconds = time.monotonic() - self._began
        print(
            f"\n{self.victim}, seed {self.seed}: {self.kills} kills in {self.lives} lives "
            f"({self.before_any} before the first acknowledgement), "
            f"{self.acknowledged:,} acknowledgements read, "
            f"{self.imports} imports brought to their end, {seconds:.1f} s",
            flush=True,
        )


def verify(data: Path) -> None:
    done = laurels("verify", "--data", data, "--evaluate")
    assert (done.status, done.out.splitlines()[-1]) == (0, "All agree."), done.out + done.err


# --- The command ---


@pytest.mark.parametrize("count", [8, pytest.param(200, marks=pytest.mark.long)])
def test_the_killed_command(tmp_path: Path, long_history: Whole, count: int) -> None:
    tally, dice = Tally("laurels import", SEED + 1, kills(count)), random.Random(SEED + 1)
    try:
        while tally.kills < tally.enough:
            data = tmp_path / f"data-{tally.imports}"
            kill_until_through(long_history, data, dice, tally)
            verify(data)
    finally:
        tally.show()


def kill_until_through(whole: Whole, data: Path, dice: random.Random, tally: Tally) -> None:
    """Run one import, killed over and over, until it is through."""
    history, total = whole.history, len(whole.history.identities)
    witness = Witness(history, data)
    said: list[Result] = []
    killed_before = tally.kills
    status = -signal.SIGKILL
    while status == -signal.SIGKILL:
        known = len(witness.records)
        last, delay_s = dice.randrange(1, known + NEW_LINES_MAX), dice.random() * DELAY_S_MAX
        if known == history.event_count:
            last, delay_s = total, dice.random() * FINISHING_S_MAX
        if tally.kills == tally.enough or tally.kills - killed_before > KILLS_AN_IMPORT_MAX:
            last = total + 1  # to its end, undisturbed
        said, status, err = one_life(history, data, last, delay_s)
        tally.lives += 1
        tally.kills += status == -signal.SIGKILL
        tally.acknowledged += len(said)
        for result in said:
            assert result.seq is not None, result
            witness.acknowledge(result.line, result.status, result.seq)
        witness.look()
        assert status in (0, -signal.SIGKILL), err
    tally.imports += 1
    assert [result.line for result in said] == list(range(1, total + 1))
    witness.look_at_the_end(whole.digest)


def one_life(
    history: History, data: Path, lines: int, delay_s: float
) -> tuple[list[Result], int, str]:
    """Run the command; kill it so long after so many lines. Return results, status, complaints."""
    with (
        (data.parent / "said").open("w+b") as complaints,
        subprocess.Popen(
            command(*import_arguments(history, data)),
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment(),
            cwd=REPOSITORY,
        ) as process,
    ):
        assert process.stdout is not None
        voice = Voice(process.stdout)
        voice.hear(count=lines)
        if not voice.ended:
            voice.hear(until=time.monotonic() + delay_s)
            process.kill()
        voice.hear_out()
        status = process.wait()
        complaints.seek(0)
        said = [msgspec.json.decode(line, type=Result) for line in voice.lines()]
        return said, status, complaints.read().decode()


# --- The importer ---


@pytest.mark.parametrize("count", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_the_killed_importer(tmp_path: Path, short_history: Whole, count: int) -> None:
    tally, dice = Tally("importer", SEED + 2, kills(count)), random.Random(SEED + 2)
    try:
        with forking(tmp_path) as server:
            while tally.kills < tally.enough:
                data = tmp_path / f"data-{tally.imports}"
                fork_until_through(server, short_history, data, dice, tally)
                if tally.imports == 1:
                    verify(data)
    finally:
        tally.show()


def fork_until_through(
    server: "Forking",
    whole: Whole,
    data: Path,
    dice: random.Random,
    tally: Tally,
) -> None:
    """Run one import by forked importers, killed over and over, until it is through."""
    history, total = whole.history, len(whole.history.identities)
    witness = Witness(history, data)
    status = -signal.SIGKILL
    while status == -signal.SIGKILL:
        known = len(witness.records)
        last = dice.choice((0, known, known + 1, known + dice.randrange(1, 500)))
        if tally.kills == tally.enough:
            last = total + 10  # to its end, undisturbed
        delay_s = dice.random() * dice.choice((0.001, 0.01, DELAY_S_MAX))
        job = Job(
            data=str(data),
            lines=str(history.lines),
            config=str(history.config),
            seed=dice.randrange(2**32),
            snapshot_keys=dice.choice((1, 50, 500, 100_000)),
        )
        said, status = server.one_life(job, last, delay_s)
        tally.lives += 1
        tally.kills += status == -signal.SIGKILL
        tally.before_any += not said
        tally.acknowledged += len(said)
        for line, seq, what in said:
            witness.acknowledge(line, what, seq)
        try:
            witness.look()
            assert status in (0, -signal.SIGKILL), server.complaints()
        except AssertionError:
            print(f"after kill {tally.kills}, in {data}: {job}")
            raise
    tally.imports += 1
    witness.look_at_the_end(whole.digest)


class Forking:
    """The process that forks importers."""

    def __init__(self, process: subprocess.Popen[bytes], errors: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._jobs = process.stdin
        self._voice = Voice(process.stdout)
        self._errors = errors
        self._heard: list[bytes] = []

    def one_life(
        self, job: Job, lines: int, delay_s: float
    ) -> tuple[list[tuple[int, Seq, str]], int]:
        """Let a child do a job; kill it so long after so many lines. Return them, and its end."""
        self._heard = []
        self._jobs.write(msgspec.json.encode(job) + b"\n")
        self._jobs.flush()
        self._hear_until(lambda: len(self._heard) > lines)
        if not self._ended():
            self._voice.hear(until=time.monotonic() + delay_s)
            # If it has ended meanwhile, its number is still kept for it.
            os.kill(int(self._heard[0].removeprefix(b"born ")), signal.SIGKILL)
        self._hear_until(self._ended)
        status = int(self._heard[-1].removeprefix(b"ended "))
        words = [text.decode().split() for text in self._heard[1:-1]]
        return [(int(line), Seq(int(seq)), what) for line, seq, what in words], status

    def complaints(self) -> str:
        return self._errors.read_text()

    def _hear_until(self, enough: Callable[[], bool]) -> None:
        while not enough() and not self._ended():
            self._voice.hear(count=1)
            assert not self._voice.ended, self.complaints()
            self._heard += self._voice.lines()

    def _ended(self) -> bool:
        return bool(self._heard) and self._heard[-1].startswith(b"ended ")


@contextmanager
def forking(directory: Path) -> Generator[Forking]:
    """Start a process that forks importers, and end it."""
    errors = directory / "errors"
    with (
        errors.open("wb") as complaints,
        subprocess.Popen(
            [sys.executable, "-m", "tests.crash.importer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=REPOSITORY,
        ) as process,
    ):
        try:
            yield Forking(process, errors)
        finally:
            process.kill()
