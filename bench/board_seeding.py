"""Part `seeding`: a board becomes active that everybody is on by their past, amid events.

The activation is one record; the engine's sweep places everybody by their total and when it was
reached, a record each, while somebody sends events at fixed instants (`bench.open_loop`).
"""

import gc
from pathlib import Path
from typing import Any

import trio

from bench.in_process import Figure
from bench.midnight import Options
from bench.open_loop import Client, Watched, delays_of
from bench.people import MORNING, POLL_SECONDS, SettableClock, collected, configuration, copy
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.scope import Scope
from engine.model.user import ShardKey
from persistence.directory import open_store

LONGEST = "seeding: longest delay of an event"
PLACED = "seeding: placed"
_SETTINGS = Settings(closing_snapshot_s=0)
_NEW = {"key": "all", "name": "All lessons", "rankBy": "metric", "metricKey": "lessons"}


def run(prepared: Path, place: Path, options: Options) -> list[Figure]:
    """Measure one seeding on a copy of a prepared directory.

    Args:
        prepared: as `bench.people.prepared` makes it, with a daily board.
        place: where the copy is made.
        options: what is measured.
    """
    data = place / "seeding"
    copy(prepared, data)
    with collected():
        return trio.run(_run, data, options)


async def _run(data: Path, options: Options) -> list[Figure]:
    async with (
        open_store(data) as store,
        open_engine(store, clock=SettableClock(MORNING), settings=_SETTINGS) as engine,
    ):
        gc.freeze()  # as the server does
        scope = await engine.scope()
        await engine.cuts.look()  # the new day's
        client = Client(engine, scope, users=options.users, every_s=options.every_s)
        watched = Watched()
        with watched.watching(engine):
            seconds, delays = await client.send_during(lambda: _seed(engine, scope))
        (board,) = (b for b in scope.configuration.leaderboards if b.key == _NEW["key"])
        shard = scope.boards.shard(ShardKey(board.ordinal, "", board.run))
        placed = 0 if shard is None else len(shard)
    return [
        Figure(PLACED, placed, "users"),
        Figure("seeding: all on disk after", seconds, "s"),
        Figure("seeding: users a second", placed / seconds, "/s"),
        *delays_of("seeding", delays),
        *watched.figures("seeding"),
    ]


async def _seed(engine: LiveEngine, scope: Scope) -> None:
    document = configuration(streak_board=False, daily_board=True)
    boards: list[dict[str, Any]] = [*document["leaderboards"], _NEW]
    await scope.configure({**document, "leaderboards": boards})
    while scope.sweep_progress().step:  # noqa: ASYNC110 - the engine has no event for that
        await trio.sleep(POLL_SECONDS)
    await engine.durable(engine.last_seq)
