"""What is answered does not change by a restart: everything comes back from the disk.

Each script is played, all that it reads is read once more in the end, the server stops and another
one starts on its disk: from the snapshot that the first one left, or from the log alone.
"""

import pytest

from api.front.server import Front
from engine.host.engine import Settings
from engine.model.identifiers import Instant
from persistence.framing import DERIVED_TABLES
from persistence.memory import MemoryDisk, MemoryEnvironment
from tests.unit.games import DAY, clock_at
from tests.wire.facts_named import facts_named
from tests.wire.play import GAMES, SCRIPTS, ScriptName
from tests.wire.server import FULL, Running, running


@pytest.mark.parametrize("from_log", [False, True], ids=["from a snapshot", "from the log"])
@pytest.mark.parametrize("name", ["live", "streaks", "points", "admin"])
async def test_reads_are_the_same_after_a_restart(
    front: Front, name: ScriptName, from_log: bool
) -> None:
    disk, clock, settings = MemoryDisk(), clock_at(), Settings(sweeping=False)
    script, game = SCRIPTS[name], GAMES.get(name, FULL)
    paths = dict.fromkeys(step.path for step in script if step.method == "GET")
    async with running(front, disk=disk, document=game, clock=clock, settings=settings) as server:
        for step in script:
            clock.at = Instant(clock.at + step.days * DAY)
            answer = await server.ask(
                step.method, step.path, step.body, key=step.key, headers=step.headers
            )
            if answer.status < 400:
                paths |= {f"/v1/explain/{fact}": None for fact, _ in facts_named(answer.json)}
        before = await _read(server, list(paths))
    if from_log:
        disk.derived = MemoryEnvironment(DERIVED_TABLES)
    async with running(front, disk=disk, document=None, clock=clock, settings=settings) as server:
        after = await _read(server, list(paths))
    for path in paths:
        assert after[path] == before[path], path


async def _read(server: Running, paths: list[str]) -> dict[str, tuple[int, bytes]]:
    read: dict[str, tuple[int, bytes]] = {}
    for path in paths:
        answer = await server.ask("GET", path)
        read[path] = answer.status, answer.body
    return read
