"""Part `closing`: a daily run that everybody is on is over, is closed and archived, amid events.

From the instant at which it is over the engine works out its order, records that it is closed, and
writes the archive from the frozen order. The client (`bench.open_loop`) sends events, which count
for the next run, before that and meanwhile.
"""

import gc
import time
from pathlib import Path

import trio

from bench.in_process import Figure
from bench.midnight import Options
from bench.open_loop import Client, Watched, delays_of, set_after
from bench.people import (
    DAILY,
    MADE_ON,
    MORNING,
    POLL_SECONDS,
    SettableClock,
    collected,
    copy,
)
from engine.configuration import runs
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.scope import Scope
from engine.model.configuration import Leaderboard
from engine.model.scope import ClosedRun
from persistence.archives import Archive
from persistence.directory import open_store

LONGEST = "closing: longest delay of an event"
PARTICIPANTS = "closing: participants"
ARCHIVED = "closing: participants in the archive"
_SETTINGS = Settings(closing_snapshot_s=0)


def run(prepared: Path, place: Path, options: Options) -> list[Figure]:
    """Measure one closing on a copy of a prepared directory.

    Args:
        prepared: as `bench.people.prepared` makes it, with a daily board.
        place: where the copy is made.
        options: what is measured.
    """
    data = place / "closing"
    copy(prepared, data)
    with collected():
        return trio.run(_run, data, options)


async def _run(data: Path, options: Options) -> list[Figure]:
    clock = SettableClock(MORNING)
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=_SETTINGS) as engine,
    ):
        gc.freeze()  # as the server does
        scope = await engine.scope()
        await engine.cuts.look()  # the new day's
        (board,) = (b for b in scope.configuration.leaderboards if b.key == DAILY)
        client = Client(engine, scope, users=options.users, every_s=options.every_s)
        quiet = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(set_after, quiet, options.quiet_s)
            before = await client.send_until(quiet)
        closing = _Closing(engine, scope, board)
        watched = Watched()
        with watched.watching(engine):
            clock.set(closing.over_at)
            archived_s, delays = await client.send_during(closing.watch)
        closed = closing.closed()
        assert closed is not None, "it was waited for"
        archive = Archive(engine.derived, scope.state.number, closed)
        in_archive = sum(archive.groups().values())
    return [
        Figure(PARTICIPANTS, closed.finished.participants, "users"),
        Figure(ARCHIVED, in_archive, "users"),
        *delays_of("quiet", before),
        Figure("closing: closed and on disk after", closing.closed_s, "s"),
        Figure("closing: archived and on disk after", archived_s, "s"),
        *delays_of("closing", delays),
        *watched.figures("closing"),
    ]


class _Closing:
    """The closing of the run of the day on which everybody did something."""

    def __init__(self, engine: LiveEngine, scope: Scope, board: Leaderboard) -> None:
        self._engine = engine
        self._scope = scope
        self._board = board
        run = runs.run_on(board, MADE_ON)
        over_at = None if run is None else runs.over_at(board, run)
        assert over_at is not None, "a daily board has a run on that day"
        self._run = run
        self.over_at = over_at
        self.closed_s = 0.0
        """Seconds until it was closed and that was on disk."""

    def closed(self) -> ClosedRun | None:
        """Return the run as it was closed, None if it is not yet."""
        closed = self._scope.state.closed(self._board.ordinal)
        return next((c for c in closed if c.finished.run == self._run), None)

    async def watch(self) -> None:
        """Wait until it is closed, and then until it is archived."""
        began_at = time.perf_counter()
        # The engine has no event for either.
        while (closed := self.closed()) is None:  # noqa: ASYNC110
            await trio.sleep(POLL_SECONDS)
        await self._engine.durable(closed.seq)
        self.closed_s = time.perf_counter() - began_at
        while (closed := self.closed()) is None or not closed.finalised_at:  # noqa: ASYNC110
            await trio.sleep(POLL_SECONDS)
        await self._engine.durable(self._engine.last_seq)
