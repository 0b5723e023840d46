"""A git history comes to the same digest however it goes in: at once, killed in between, singly.

LAURELS_GIT=path takes a real repository instead of one made for the test.
"""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
import trio

from api.cli.importing import checked_document
from api.embedded import open_laurels, open_reading
from api.git_history import history_items, read_history
from api.imports import Result
from api.items import Item, read_instant
from engine.host.requests import Applied
from engine.model.identifiers import Instant
from engine.model.limits import INSTANT_MIN
from tests.cli.command import Done, command, environment, laurels, laurels_process
from tests.cli.repositories import Made, make_repository
from tests.conftest import REPOSITORY
from tests.crash.killing import Voice

SEED = 4
BEGIN = 1_735_700_000  # 1 January 2025
DAY = 86_400
COMMITS = 500
OFFSETS = ("-0800", "-0700", "+0000", "+0100", "+0530", "+0900")
FINISH_AT = "2026-12-01T00:00:00Z"
SMALL_PIPE = 4096
"""Bytes: once some ninety results lie unread, the command can say no more and gets no further."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("LAURELS_GIT")
    if given:
        return Path(given)
    dice = random.Random(SEED)
    authors = [(f"Author {n}", f"author-{n}@example.org", dice.choice(OFFSETS)) for n in range(9)]
    moments = sorted(BEGIN + dice.randrange(300 * DAY) for _ in range(COMMITS))
    made: list[Made] = []
    for moment in moments:
        name, email, offset = authors[int(len(authors) * dice.random() ** 2)]
        made.append(Made(name, email, f"{moment} {offset}"))
    return make_repository(tmp_path_factory.mktemp("git") / "r", made)


def test_three_ways_to_one_digest(tmp_path: Path, repository: Path) -> None:
    began = time.monotonic()
    once, killed, singly = (tmp_path / name for name in ("once", "killed", "singly"))
    done = laurels_process(*arguments(repository, once))
    assert done.status == 0, done.err
    applied = [result["seq"] for result in done.results]
    at_once = time.monotonic()

    acknowledged = import_and_kill(repository, killed, len(applied) // 2)
    assert 0 < len(acknowledged) < len(applied)
    resumed = laurels_process(*arguments(repository, killed))
    assert resumed.status == 0, resumed.err
    check_resumed(acknowledged, resumed)
    in_two = time.monotonic()

    seqs = [result.seq for result in trio.run(record_singly, repository, singly)]
    one_by_one = time.monotonic()

    records = [result["seq"] for result in resumed.results]
    assert records == applied == seqs
    digests = {data.name: laurels("digest", "--data", data).out for data in (once, killed, singly)}
    print(f"\n{len(applied):,} commits, {len(acknowledged):,} acknowledged before the kill")
    for (name, digest), seconds in zip(
        digests.items(), (at_once - began, in_two - at_once, one_by_one - in_two), strict=True
    ):
        print(f"{name:8} {digest.strip()}  {seconds:.1f} s")
    assert len(set(digests.values())) == 1
    for data in (once, killed, singly):
        verified = laurels("verify", "--data", data, "--evaluate")
        assert verified.status == 0, verified.out + verified.err


def arguments(repository: Path, data: Path) -> tuple[object, ...]:
    options = ("--data", data, "--finish-at", FINISH_AT, "--results", "all")
    return ("import-git", repository, *options)


def import_and_kill(repository: Path, data: Path, lines: int) -> list[Result]:
    """Import, and kill the command after so many results; return all that it had said."""
    with subprocess.Popen(
        command(*arguments(repository, data)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        cwd=REPOSITORY,
        pipesize=SMALL_PIPE,
    ) as process:
        assert process.stdout is not None
        voice = Voice(process.stdout)
        voice.hear(count=lines)
        process.kill()
        voice.hear_out()
        assert process.wait() == -signal.SIGKILL
        return [msgspec.json.decode(line, type=Result) for line in voice.lines()]


def check_resumed(acknowledged: list[Result], resumed: Done) -> None:
    said = [msgspec.convert(result, Result) for result in resumed.results]
    for before, after in zip(acknowledged, said, strict=False):
        assert (after.line, after.status, after.seq) == (before.line, "replayed", before.seq)


async def record_singly(repository: Path, data: Path) -> list[Applied]:
    """Record one commit after the other, each on disk before the next, through the library."""
    end = read_instant(FINISH_AT, "FINISH_AT")
    async with open_laurels(data, clock=StoppedClock(), sweeping=False) as laurels:
        scope = await laurels.scope()
        await scope.configure(checked_document(builtin_configuration()))
        await scope.start_import()
        answers: list[Applied] = []
        for item in items_of(repository, end):
            answers.append(await scope.record_event(item.request, at=item.at))
            await laurels.durable(answers[-1].seq)
        await scope.finish_import(end)
        while await scope.sweep_slice():
            pass
    return answers


class StoppedClock:
    """A clock that is always behind: what an import comes to does not depend on today."""

    def now(self) -> Instant:
        return INSTANT_MIN


def items_of(repository: Path, end: Instant) -> list[Item]:
    return history_items(read_history([repository], until=end))


def builtin_configuration() -> bytes:
    return (REPOSITORY / "api" / "configurations" / "git.toml").read_bytes()


async def test_a_digest_says_whether_a_commit_is_missing(tmp_path: Path) -> None:
    made = [Made("A", "a@example.org", f"{BEGIN + day * DAY} +0100") for day in range(5)]
    digests: list[str] = []
    for count in (4, 5):
        repository = make_repository(tmp_path / f"r{count}", made[:count])
        await record_singly(repository, tmp_path / f"d{count}")
        async with open_reading(tmp_path / f"d{count}") as reader:
            digests.append(reader.scope().digest())
    assert digests[0] != digests[1]
