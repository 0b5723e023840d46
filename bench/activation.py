"""Part `activation`: an achievement becomes active that everybody has by their past.

The step is one record; the engine's sweep records a completion for each of many people, while
somebody sends events at fixed instants (`bench.open_loop`).
"""

import gc
from pathlib import Path

import trio

from bench.in_process import Figure
from bench.midnight import Options
from bench.open_loop import Client, Watched, delays_of
from bench.people import (
    MADE_ON,
    POLL_SECONDS,
    SettableClock,
    collected,
    configuration,
    copy,
    midnight_after,
)
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.scope import Scope
from engine.model.identifiers import Day, Instant
from persistence.directory import open_store

LONGEST = "activation: longest delay of an event"
_SETTINGS = Settings(closing_snapshot_s=0)
_HOUR = 3_600_000_000
_NEW = {
    "key": "beginner",
    "name": "Beginner",
    "trigger": "metric",
    "metricKey": "lessons",
    "metricValue": 1,
}


def run(prepared: Path, place: Path, options: Options) -> list[Figure]:
    """Measure one activation on a copy of a prepared directory.

    Args:
        prepared: as `bench.people.prepared` makes it.
        place: where the copy is made.
        options: what is measured.
    """
    data = place / "activation"
    copy(prepared, data)
    with collected():
        return trio.run(_run, data, options)


async def _run(data: Path, options: Options) -> list[Figure]:
    clock = SettableClock(Instant(midnight_after(Day(MADE_ON + 1)) - 8 * _HOUR))
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=_SETTINGS) as engine,
    ):
        gc.freeze()  # as the server does
        scope = await engine.scope()
        client = Client(engine, scope, users=options.users, every_s=options.every_s)
        watched = Watched()
        with watched.watching(engine):
            seconds, delays = await _activate(engine, scope, client)
        (completed,) = (
            scope.state.completions.get(a.ordinal, 0)
            for a in scope.configuration.achievements
            if a.key == _NEW["key"]
        )
    return [
        Figure("activation: backdated to", completed, "users"),
        Figure("activation: all on disk after", seconds, "s"),
        Figure("activation: users a second", options.users / seconds, "/s"),
        *delays_of("activation", delays),
        *watched.figures("activation"),
    ]


async def _activate(engine: LiveEngine, scope: Scope, client: Client) -> tuple[float, list[float]]:
    """Put the achievement in force, and send events until everybody who is to have it has it."""
    document = configuration(streak_board=False)
    changed = {**document, "achievements": [*document["achievements"], _NEW]}

    async def activate() -> None:
        await scope.configure(changed)
        while scope.sweep_progress().step:  # noqa: ASYNC110 - the engine has no event for that
            await trio.sleep(POLL_SECONDS)
        await engine.durable(engine.last_seq)

    return await client.send_during(activate)
