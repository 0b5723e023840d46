"""Bringing a history in as `laurels import` does, in process, and reading what came of it.

    python -m tests.real.importing DIRECTORY

imports the travelling one, to be killed. After each window it says how many events are on disk.
"""

import sys
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import trio

from api.imports import Result, Tally, Window, import_windows, listed_windows
from api.items import Item
from engine.boards.shard import Place
from engine.configuration import runs
from engine.host.digest import digest
from engine.host.engine import Engine, LiveEngine, Settings, load_engine, open_engine
from engine.host.scope import Scope
from engine.model.identifiers import Instant
from engine.model.limits import INSTANT_MIN
from persistence.archives import Archive
from persistence.directory import open_reader, open_store
from persistence.memory import MemoryDisk, open_memory_store
from tests.real import history
from tests.real.history import FINISH_AT, Told
from tests.real.judge import Order, Standings

SECOND_US = 1_000_000

Disk = Path | MemoryDisk
"""A data directory, or what stands for one."""


class Seen(NamedTuple):
    """What the boards were like at an instant, in seconds."""

    until: int
    live: dict[str, Standings]
    closed: dict[str, set[int]]
    """Of each board the first dates of the runs that were closed by then."""
    digest: str


class _NoClock:
    def now(self) -> Instant:
        return INSTANT_MIN


@asynccontextmanager
async def opened(disk: Disk) -> AsyncGenerator[LiveEngine]:
    settings = Settings(sweeping=False)
    async with (
        open_store(disk) if isinstance(disk, Path) else open_memory_store(disk) as store,
        open_engine(store, clock=_NoClock(), settings=settings) as engine,
    ):
        yield engine


@asynccontextmanager
async def reading(disk: Disk) -> AsyncGenerator[tuple[Engine, Scope]]:
    async with AsyncExitStack() as stack:
        if isinstance(disk, Path):
            store = stack.enter_context(open_reader(disk))
        else:
            store = await stack.enter_async_context(open_memory_store(disk))
        engine = await load_engine(store)
        yield engine, engine.find_scope("default")


async def begun(engine: LiveEngine, told: Told) -> Scope:
    """Return the scope, in history mode."""
    scope = await engine.scope()
    await scope.configure(history.document(told))
    if scope.mode == "idle":
        await scope.start_import()
    return scope


async def bring_in(
    engine: LiveEngine, scope: Scope, items: Sequence[Item], *, talking: bool = False
) -> Tally:
    """Import some events; what closes meanwhile is archived."""
    tally = Tally()

    async def report(results: Sequence[Result], window: Window) -> None:
        refused = [result for result in results if result.status == "refused"]
        assert not refused, refused[0]
        tally.add(results)
        if talking:
            print(tally.total, flush=True)
        await engine.archives.write(engine.scopes())

    windows = listed_windows(items)
    await import_windows(scope, engine.durable, windows, report, trio.CancelScope())
    return tally


async def catch_up(engine: LiveEngine, scope: Scope) -> None:
    """Record everything that is due by the scope's clock, and archive what is closed."""
    while scope.sweep_slice(scope.state.clock):
        await trio.lowlevel.checkpoint()
    await engine.archives.write(engine.scopes())
    await engine.durable(engine.last_seq)


async def finish(engine: LiveEngine, scope: Scope) -> None:
    await scope.finish_import(FINISH_AT)
    await catch_up(engine, scope)


def look(scope: Scope) -> Seen:
    """Return what is there now. Everything that is due must be recorded."""
    boards = scope.plan.leaderboards
    live: dict[str, Standings] = {}
    for board, run in scope.boards.open_runs():
        first = runs.dates_of(boards[board], run).first
        groups = scope.boards.groups(board, run)
        live.setdefault(boards[board].key, {})[first] = {
            group: order_of(shard.page(0, len(shard))) for group, shard in groups.items()
        }
    closed: dict[str, set[int]] = {
        boards[board].key: {run.finished.first for run in closed_runs.values()}
        for board, closed_runs in scope.state.closed_runs.items()
    }
    return Seen(scope.state.clock // SECOND_US, live, closed, digest(scope))


def archived(engine: Engine, scope: Scope, board: str) -> Standings:
    """Return the order of every closed run of a board, from its archive."""
    ordinal = scope.plan.leaderboards_by_key[board].ordinal
    found: Standings = {}
    for closed in scope.state.closed(ordinal):
        assert closed.finalised_at, "it is archived"
        archive = Archive(engine.derived, scope.state.number, closed)
        first = closed.finished.first
        assert first not in found, "a run is closed once"
        found[first] = {}
        for group, participants in archive.groups().items():
            order = archive.order(group)
            assert order is not None
            found[first][group] = order_of(order.page(0, participants))
    return found


def order_of(places: Iterable[Place]) -> Order:
    """Return places as the judge tells them: an author's number is the user's."""
    order: Order = []
    for position, number, value in places:
        order.append((number, value))
        assert len(order) == position
    return order


async def _main() -> None:
    items = history.items(history.commits("travelling"), "travelling")
    async with opened(Path(sys.argv[1])) as engine:
        await bring_in(engine, await begun(engine, "travelling"), items, talking=True)


if __name__ == "__main__":
    trio.run(_main)
