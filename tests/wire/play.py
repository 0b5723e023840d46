"""Plays the scripts: the same steps on a fresh server of each front end.

Its clock stands where the steps put it, and nothing is swept but at a step that says so. So two
plays may differ in nothing but in what a front end itself adds.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

import trio

from api.front.server import Front
from engine.host.engine import Settings
from engine.model.identifiers import Instant
from tests.model.player import ManualClock
from tests.unit.games import DAY, HOUR, clock_at
from tests.wire.facts_named import facts_named
from tests.wire.game_points import POINTS_GAME
from tests.wire.game_ranks import RANKS_GAME
from tests.wire.job_workers import QuickWorker
from tests.wire.refusals import REFUSALS
from tests.wire.refusals_admin import (
    BEFORE_REFUSALS_OF_ADMIN,
    REFUSALS_OF_ADMIN,
    TRACES_OF_ADMIN,
)
from tests.wire.refusals_points import (
    BEFORE_REFUSALS_OF_POINTS,
    REFUSALS_OF_POINTS,
    TRACES_OF_POINTS,
)
from tests.wire.refusals_ranks import (
    BEFORE_REFUSALS_OF_RANKS,
    REFUSALS_OF_RANKS,
    TRACES_OF_RANKS,
)
from tests.wire.refusals_streaks import BEFORE_REFUSALS, REFUSALS_OF_STREAKS, TRACES
from tests.wire.script import IMPORTED, LIVE, STREAKS, Step, get, post
from tests.wire.script_admin_boards import BOARDS
from tests.wire.script_admin_points import ADMIN
from tests.wire.script_jobs import JOBS
from tests.wire.script_points import POINTS
from tests.wire.script_ranks import RANKS
from tests.wire.server import FULL, Answer, Running, event, request, running

ScriptName = Literal[
    "live",
    "import",
    "streaks",
    "points",
    "admin",
    "boards",
    "ranks",
    "jobs",
    "refusals",
    "refusals of streaks",
    "refusals of points",
    "refusals of admin",
    "refusals of ranks",
]
SCRIPTS: Mapping[ScriptName, Sequence[Step]] = {
    "live": LIVE,
    "import": IMPORTED,
    "streaks": STREAKS,
    "points": POINTS,
    "admin": ADMIN,
    "boards": BOARDS,
    "ranks": RANKS,
    "jobs": JOBS,
    "refusals": (
        post("somebody", 201, event("ada", 3)),
        get("status before", "/admin/v1/status"),
        *(refusal.step for refusal in REFUSALS),
        get("status after", "/admin/v1/status"),
    ),
    "refusals of streaks": (
        *BEFORE_REFUSALS,
        *(get(f"{name} before", path) for name, path in TRACES.items()),
        *(refusal.step for refusal in REFUSALS_OF_STREAKS),
        *(get(f"{name} after", path) for name, path in TRACES.items()),
    ),
    "refusals of points": (
        *BEFORE_REFUSALS_OF_POINTS,
        *(get(f"{name} before", path) for name, path in TRACES_OF_POINTS.items()),
        *(refusal.step for refusal in REFUSALS_OF_POINTS),
        *(get(f"{name} after", path) for name, path in TRACES_OF_POINTS.items()),
    ),
    "refusals of admin": (
        *BEFORE_REFUSALS_OF_ADMIN,
        *(get(f"{name} before", path) for name, path in TRACES_OF_ADMIN.items()),
        *(refusal.step for refusal in REFUSALS_OF_ADMIN),
        *(get(f"{name} after", path) for name, path in TRACES_OF_ADMIN.items()),
    ),
    "refusals of ranks": (
        *BEFORE_REFUSALS_OF_RANKS,
        *(get(f"{name} before", path) for name, path in TRACES_OF_RANKS.items()),
        *(refusal.step for refusal in REFUSALS_OF_RANKS),
        *(get(f"{name} after", path) for name, path in TRACES_OF_RANKS.items()),
    ),
}

GAMES: Mapping[ScriptName, Mapping[str, Any]] = {
    "points": POINTS_GAME,
    "admin": POINTS_GAME,
    "boards": POINTS_GAME,
    "ranks": RANKS_GAME,
    "refusals of points": POINTS_GAME,
    "refusals of admin": POINTS_GAME,
    "refusals of ranks": RANKS_GAME,
}
"""The game that a script plays, if it is not `FULL`."""


class Play(NamedTuple):
    """What came back: by the steps' names, of reads without a body also their heads."""

    answers: Mapping[str, Answer]
    heads: Mapping[str, Answer]
    explanations: Mapping[str, Answer]
    """In the end, of every fact that was named in an answer, by its id."""


@cache
def played(front: Front, name: ScriptName) -> Play:
    """Play a script on a fresh server; once in a test run, as it is the same every time."""
    return trio.run(_play, front, SCRIPTS[name], GAMES.get(name, FULL))


async def _play(front: Front, script: Sequence[Step], game: Mapping[str, Any]) -> Play:
    answers: dict[str, Answer] = {}
    heads: dict[str, Answer] = {}
    clock, settings = clock_at(), Settings(sweeping=False)
    async with running(
        front, document=game, clock=clock, settings=settings, worker=QuickWorker()
    ) as server:
        for step in script:
            assert step.name not in answers, f"{step.name!r} is there twice"
            try:
                answers[step.name] = await take(server, clock, step)
                if step.method == "GET" and step.body is None:
                    heads[step.name] = await _head(server, step)
            except Exception as error:
                error.add_note(f"at the step {step.name!r}")
                raise
        named = {fact for answer in answers.values() for fact, _ in facts_named(answer.json)}
        explanations = {
            fact: await server.ask("GET", f"/v1/explain/{fact}") for fact in sorted(named)
        }
    return Play(answers, heads, explanations)


async def take(server: Running, clock: ManualClock, step: Step) -> Answer:
    """Let the time of a step come, and take it."""
    clock.at = Instant(clock.at + step.days * DAY + step.hours * HOUR)
    if step.swept:
        await server.sweep()
    return await server.ask(step.method, step.path, step.body, key=step.key, headers=step.headers)


async def _head(server: Running, step: Step) -> Answer:
    """Ask for the head alone; a probe sent behind it shows that no body follows."""
    async with await server.connect() as connection:
        asked = request("HEAD", step.path, key=step.key, headers=step.headers)
        await connection.send(asked + request("GET", "/healthz"))
        head = await connection.read(head_only=True)
        if head.headers.get("connection") != "close":
            assert (await connection.read()).json == {"status": "ok"}
        return head
