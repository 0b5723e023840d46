"""Boards over the history of a real repository are what SQL makes of its commits.

The travelling history is killed while it is imported, and goes on in the same directory.
"""

import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
import trio

from api.embedded import ScopeReader
from engine.configuration import runs
from engine.model.identifiers import Day, Instant, UserNumber
from engine.model.user import ShardKey
from persistence.archives import Archive
from persistence.memory import MemoryDisk
from persistence.rank_history import RankHistory
from tests.conftest import REPOSITORY
from tests.crash.killing import Voice
from tests.real import history
from tests.real.history import FINISH_AT, TELLINGS, Commit, Told
from tests.real.importing import (
    SECOND_US,
    Disk,
    Seen,
    archived,
    begun,
    bring_in,
    catch_up,
    finish,
    look,
    opened,
    order_of,
    reading,
)
from tests.real.judge import Judge, Order, Standings

PARTS = 4
"""In so many the history is imported; after each the live runs are looked at."""
KILLED_AFTER = 4_000
"""Events, of some 16,000: in the first part."""
INSTANTS = 80
AUTHORS = 871
PAST = ("total", "everywhere", "least", "daily", "weekly", "from-the-31st", "nights")
HOUR, DAY = 3_600, 86_400
FINISHED = FINISH_AT // SECOND_US
EPOCH = date(1970, 1, 1)


class Imported(NamedTuple):
    """A history that is all in."""

    told: Told
    disk: Disk
    commits: list[Commit]
    looks: list[Seen]
    replayed: int
    """Events that were in already when it was taken up again."""
    judge: Judge

    def boards(self) -> list[str]:
        return [board["key"] for board in history.document(self.told)["leaderboards"]]


@pytest.fixture(scope="module", params=TELLINGS)
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Imported]:
    """A whole history, imported once: the travelling one on the disk, the other one in memory."""
    told: Told = request.param
    disk: Disk = MemoryDisk()
    commits = history.commits(told)
    with ExitStack() as stack:
        if told == "travelling":
            disk = tmp_path_factory.mktemp("real")
            stack.callback(shutil.rmtree, disk)
            import_until_killed(disk)
        looks, replayed = trio.run(import_all, told, commits, disk)
        judge = Judge(commits, streaks=told == "at home", finish=FINISHED)
        stack.callback(judge.close)
        yield Imported(told, disk, commits, looks, replayed, judge)


def import_until_killed(directory: Path) -> None:
    command = [sys.executable, "-m", "tests.real.importing", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        voice = Voice(process.stdout)
        told = 0
        while told < KILLED_AFTER:
            voice.hear(count=1)
            assert not voice.ended, "it was to be killed, but it ended"
            told = max(map(int, voice.lines()))
        process.kill()


async def import_all(told: Told, commits: list[Commit], disk: Disk) -> tuple[list[Seen], int]:
    """Import a history; return what was seen on the way, and how much was in already."""
    looks: list[Seen] = []
    replayed = 0
    async with opened(disk) as engine:
        scope = await begun(engine, told)
        for part in parts(commits):
            tally = await bring_in(engine, scope, history.items(part, told))
            replayed += tally.replayed
            if not tally.replayed:
                await catch_up(engine, scope)
                looks.append(look(scope))
        await finish(engine, scope)
        looks.append(look(scope))
    return looks, replayed


def parts(commits: list[Commit]) -> Iterator[list[Commit]]:
    """Yield a history in parts; a second is in one of them."""
    size, part = len(commits) // PARTS + 1, list[Commit]()
    for commit in commits:
        if len(part) >= size and commit.seconds > part[-1].seconds:
            yield part
            part = []
        part.append(commit)
    yield part


def compare(imported: Imported, seen: Seen, closed: dict[str, Standings] | None = None) -> int:
    """Compare the boards at an instant with the judge's; return how many places were right."""
    places = 0
    for board in imported.boards():
        expected = imported.judge.standings(board, seen.until)
        last = imported.judge.last_dates(board, expected)
        over = {run for run in expected if (last[run] + 1) * DAY + 12 * HOUR <= seen.until}
        assert seen.closed.get(board, set()) == over, board
        live = {run: groups for run, groups in expected.items() if run not in over}
        assert seen.live.get(board, {}) == live, board
        if closed is not None:
            final = {run: groups for run, groups in expected.items() if run in over}
            assert closed[board] == final, board
            live = expected
        places += sum(len(order) for groups in live.values() for order in groups.values())
    return places


async def test_every_run_is_archived_as_sql_has_it(imported: Imported) -> None:
    async with reading(imported.disk) as (engine, scope):
        for user in (1, 100, scope.state.users):
            assert scope.directory.number(history.user_id(user)) == user
        closed = {board: archived(engine, scope, board) for board in imported.boards()}
    assert sum(map(len, closed.values())) > 3_000
    assert compare(imported, imported.looks[-1], closed) > 20_000


def test_live_runs_are_as_sql_has_them_on_the_way(imported: Imported) -> None:
    assert len(imported.looks) > 2
    for seen in imported.looks[:-1]:
        assert len(seen.live["daily"]) <= 3
        assert compare(imported, seen) > 900


async def test_what_is_told_of_closed_runs(imported: Imported) -> None:
    """Counts, the digest of the order and everybody's place; times as the boards' rules say."""
    async with reading(imported.disk) as (engine, scope):
        for board in ("weekly", "from-the-31st", "office-until"):
            expected = imported.judge.standings(board, FINISHED)
            last = imported.judge.last_dates(board, expected)
            ordinal = scope.plan.leaderboards_by_key[board].ordinal
            for closed in scope.state.closed(ordinal):
                finished = closed.finished
                groups = expected[finished.first]
                assert finished.last == last[finished.first]
                assert finished.at == ((last[finished.first] + 1) * DAY + 12 * HOUR) * SECOND_US
                assert closed.closed_at >= finished.at
                assert finished.groups == len(groups)
                assert finished.participants == sum(map(len, groups.values()))
                assert finished.digest == digest_of(groups)
                check_places(Archive(engine.derived, scope.state.number, closed), groups)


def digest_of(groups: dict[str, Order]) -> bytes:
    """Return the digest of a run's order as `engine.boards.final_order` describes it."""
    told = b""
    for group, order in sorted(groups.items()):
        name = group.encode()
        told += struct.pack("<q", len(name)) + name + struct.pack("<q", len(order))
        told += b"".join(struct.pack("<qq", *place) for place in order)
    return sha256(told).digest()


def check_places(archive: Archive, groups: dict[str, Order]) -> None:
    for group, order in groups.items():
        for position, (author, value) in enumerate(order, 1):
            number = UserNumber(author)
            found = archive.place(number)
            assert found is not None
            assert found[1:] == (position, value)
            assert archive.group_of(number) == group


async def test_only_so_many_have_a_rank(imported: Imported) -> None:
    async with reading(imported.disk) as (engine, scope):
        reader = ScopeReader(scope, engine)
        fortnights = imported.judge.standings("fortnight", FINISHED)
        everywhere = imported.judge.standings("everywhere", FINISHED)
        assert any(len(groups[""]) > 3 for groups in fortnights.values())
        for run, groups in fortnights.items():
            of_run = (EPOCH + timedelta(days=run)).isoformat()
            answer = reader.board("fortnight", run=of_run, limit=100)
            shown = [(ranking.user_id, ranking.rank, ranking.value) for ranking in answer.rankings]
            assert shown == ranks(groups[""][:3])
            assert answer.participants == len(groups[""])
        ((_, groups),) = everywhere.items()
        for group, order in groups.items():
            of_band = f"band:{group[2:-2]}"
            answer = reader.board("everywhere", user_attributes=of_band, limit=100)
            shown = [(ranking.user_id, ranking.rank, ranking.value) for ranking in answer.rankings]
            assert shown == ranks(order[:5])
            assert (answer.participants, answer.threshold) == (len(order), order[4][1] + 1)


def ranks(order: Order) -> list[tuple[str, int, int]]:
    return [(history.user_id(a), rank, value) for rank, (a, value) in enumerate(order, 1)]


async def test_past_ranks_are_those_of_sql(imported: Imported) -> None:
    """The whole order at random instants, and where some users stood, on the board or not."""
    dice = random.Random(1)
    asked = found = 0
    async with reading(imported.disk) as (engine, scope):
        past = RankHistory(engine.log, engine.derived, scope)
        for board in dice.choices(PAST, k=INSTANTS):
            until = dice.choice(imported.commits).seconds + dice.choice((-1, 0, DAY))
            of = scope.plan.leaderboards_by_key[board]
            for run, groups in list(imported.judge.standings(board, until).items())[-2:]:
                number = runs.run_including(of, Day(run))
                assert number is not None
                for group, order in groups.items():
                    key = ShardKey(of.ordinal, group, number)
                    at = Instant((until + 1) * SECOND_US - 1)
                    standing = await past.standing_at(key, at)
                    assert order_of(standing.page(0, len(standing))) == order
                    for _ in range(3):
                        place = dice.randrange(len(order))
                        author = dice.choice((order[place][0], dice.randint(1, AUTHORS)))
                        spot = await past.place_at(key, UserNumber(author), at)
                        assert spot == spot_of(order, author)
                        asked += 1
                        found += spot is not None
    assert asked > 300
    assert 100 < found < asked


def spot_of(order: Order, author: int) -> tuple[int, int] | None:
    for position, (other, value) in enumerate(order, 1):
        if other == author:
            return position, value
    return None


@pytest.mark.parametrize("imported", ["travelling"], indirect=True)
async def test_the_killed_import_came_to_what_an_undisturbed_one_comes_to(
    imported: Imported,
) -> None:
    assert KILLED_AFTER <= imported.replayed < len(history.items(imported.commits, imported.told))
    seen = imported.looks[0]
    part = [commit for commit in imported.commits if commit.seconds <= seen.until]
    async with opened(MemoryDisk()) as engine:
        scope = await begun(engine, imported.told)
        tally = await bring_in(engine, scope, history.items(part, imported.told))
        assert tally.applied == tally.total > imported.replayed
        await catch_up(engine, scope)
        assert look(scope) == seen
