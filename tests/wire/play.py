"""Plays the scripts: the same steps on a fresh server of each front end.

Its clock stands where the steps put it, and nothing is swept. So two plays may differ in nothing
but in what a front end itself adds.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

import trio

from api.front.server import Front
from engine.host.engine import Settings
from engine.model.identifiers import Instant
from tests.unit.games import DAY, clock_at
from tests.wire.refusals import REFUSALS
from tests.wire.refusals_streaks import BEFORE_REFUSALS, REFUSALS_OF_STREAKS, TRACES
from tests.wire.script import IMPORTED, LIVE, STREAKS, Step, get, post
from tests.wire.server import FULL, Answer, Running, event, request, running

ScriptName = Literal["live", "import", "streaks", "refusals", "refusals of streaks"]
SCRIPTS: Mapping[ScriptName, Sequence[Step]] = {
    "live": LIVE,
    "import": IMPORTED,
    "streaks": STREAKS,
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
}


class Play(NamedTuple):
    """What came back: by the steps' names, of reads without a body also their heads."""

    answers: Mapping[str, Answer]
    heads: Mapping[str, Answer]


@cache
def played(front: Front, name: ScriptName) -> Play:
    """Play a script on a fresh server; once in a test run, as it is the same every time."""
    return trio.run(_play, front, SCRIPTS[name])


async def _play(front: Front, script: Sequence[Step]) -> Play:
    answers: dict[str, Answer] = {}
    heads: dict[str, Answer] = {}
    clock, settings = clock_at(), Settings(sweeping=False)
    async with running(front, document=FULL, clock=clock, settings=settings) as server:
        for step in script:
            assert step.name not in answers, f"{step.name!r} is there twice"
            clock.at = Instant(clock.at + step.days * DAY)
            try:
                answers[step.name] = await server.ask(
                    step.method, step.path, step.body, key=step.key, headers=step.headers
                )
                if step.method == "GET" and step.body is None:
                    heads[step.name] = await _head(server, step)
            except Exception as error:
                error.add_note(f"at the step {step.name!r}")
                raise
    return Play(answers, heads)


async def _head(server: Running, step: Step) -> Answer:
    """Ask for the head alone; a probe sent behind it shows that no body follows."""
    async with await server.connect() as connection:
        asked = request("HEAD", step.path, key=step.key, headers=step.headers)
        await connection.send(asked + request("GET", "/healthz"))
        head = await connection.read(head_only=True)
        if head.headers.get("connection") != "close":
            assert (await connection.read()).json == {"status": "ok"}
        return head
