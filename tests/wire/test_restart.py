"""What is answered does not change by a restart: everything comes back from the disk.

Each script is played, all that it reads is read once more in the end, the server stops and another
one starts on its disk: from the snapshot that the first one left, from the log alone, or from what
was on the disk when the power was cut.
"""

from typing import Literal

import pytest
import trio

from api.front.server import Front
from engine.host.engine import Settings
from persistence.framing import DERIVED_TABLES
from persistence.memory import MemoryDisk, MemoryEnvironment
from tests.unit.games import clock_at
from tests.wire.facts_named import facts_named
from tests.wire.play import GAMES, SCRIPTS, ScriptName, played, take
from tests.wire.server import FULL, Answer, Running, running

Start = Literal["from a snapshot", "from the log", "after a power cut"]
SETTINGS = Settings(sweeping=False)


def as_it_is(disk: MemoryDisk) -> MemoryDisk:
    """Return a disk with what would be on this one if the power were cut now."""
    cut = MemoryDisk()
    cut.log.durable, cut.derived.durable = disk.log.durable.copy(), disk.derived.durable.copy()
    return cut


@pytest.mark.parametrize("start", ["from a snapshot", "from the log", "after a power cut"])
@pytest.mark.parametrize("name", ["live", "streaks", "points", "admin", "ranks"])
async def test_reads_are_the_same_after_a_restart(
    front: Front, name: ScriptName, start: Start
) -> None:
    disk, clock = MemoryDisk(), clock_at()
    script, game = SCRIPTS[name], GAMES.get(name, FULL)
    paths = dict.fromkeys(step.path for step in script if step.method == "GET")
    async with running(front, disk=disk, document=game, clock=clock, settings=SETTINGS) as server:
        for step in script:
            answer = await take(server, clock, step)
            if answer.status < 400:
                paths |= {f"/v1/explain/{fact}": None for fact, _ in facts_named(answer.json)}
        before = await _read(server, list(paths))
        cut = as_it_is(disk)
    if start == "from the log":
        disk.derived = MemoryEnvironment(DERIVED_TABLES)
    if start == "after a power cut":
        disk = cut
    async with running(front, disk=disk, document=None, clock=clock, settings=SETTINGS) as server:
        after = await _read(server, list(paths))
    for path in paths:
        assert after[path] == before[path], path


async def _read(server: Running, paths: list[str]) -> dict[str, tuple[int, bytes]]:
    read: dict[str, tuple[int, bytes]] = {}
    for path in paths:
        answer = await server.ask("GET", path)
        read[path] = answer.status, answer.body
    return read


@pytest.mark.parametrize("is_cut", [False, True], ids=["stopped", "power cut"])
def test_boards_go_on_over_restarts_as_if_there_were_none(front: Front, is_cut: bool) -> None:
    """Before time goes on, and so before runs are closed and archived, and after that."""
    answers = trio.run(_play_with_restarts, front, is_cut)
    for name, answer in played(front, "ranks").answers.items():
        assert (answers[name].status, answers[name].body) == (answer.status, answer.body), name


async def _play_with_restarts(front: Front, is_cut: bool) -> dict[str, Answer]:
    disk, clock = MemoryDisk(), clock_at()
    answers: dict[str, Answer] = {}
    steps = list(SCRIPTS["ranks"])
    restarts = 0
    while steps:
        document = None if restarts else GAMES["ranks"]
        async with running(
            front, disk=disk, document=document, clock=clock, settings=SETTINGS
        ) as server:
            while steps:
                step = steps.pop(0)
                answers[step.name] = await take(server, clock, step)
                if step.swept or (steps and (steps[0].days or steps[0].hours)):
                    break
            cut = as_it_is(disk)
        restarts += 1
        disk = cut if is_cut else disk
    assert restarts > 8
    return answers
