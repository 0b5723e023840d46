"""Part `midnight`: everybody's streak ends at one instant, while somebody sends events.

The engine's own sweep records every close. The client is an open loop (`bench.open_loop`). First
the same without a midnight.
"""

import gc
import time
from pathlib import Path

import msgspec
import trio

from bench.in_process import Figure
from bench.open_loop import Client, Watched, delays_of, set_after
from bench.people import (
    MADE_ON,
    POLL_SECONDS,
    SettableClock,
    collected,
    copy,
    midnight_after,
)
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.scope import Scope
from engine.model.identifiers import Day, Instant
from persistence.directory import open_store

LONGEST = "midnight: longest delay of an event"

_MINUTE = 60 * 1_000_000
_SETTINGS = Settings(closing_snapshot_s=0)
"""The copy is thrown away: nothing is written to it in the end."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured."""

    users: int
    every_s: float
    """Between two events of the client."""
    quiet_s: float
    """How long is measured without a midnight."""


def run(prepared: Path, place: Path, options: Options) -> list[Figure]:
    """Measure one midnight on a copy of a prepared directory.

    Args:
        prepared: as `bench.people.prepared` makes it.
        place: where the copy is made.
        options: what is measured.
    """
    data = place / "midnight"
    copy(prepared, data)
    with collected():
        return trio.run(_run, data, options)


async def _run(data: Path, options: Options) -> list[Figure]:
    midnight = midnight_after(Day(MADE_ON + 1))
    clock = SettableClock(Instant(midnight - 60 * _MINUTE))
    opened_at = time.perf_counter()
    async with (
        open_store(data) as store,
        open_engine(store, clock=clock, settings=_SETTINGS) as engine,
    ):
        started_s = time.perf_counter() - opened_at
        gc.freeze()  # as the server does
        scope = await engine.scope()
        client = Client(engine, scope, users=options.users, every_s=options.every_s)
        quiet = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(set_after, quiet, options.quiet_s)
            before = await client.send_until(quiet)
        watched = Watched()
        with watched.watching(engine):
            clock.set(midnight)
            seconds, delays = await _midnight(engine, scope, client)
    return [
        Figure("start: open and recover", started_s, "s"),
        *delays_of("quiet", before),
        Figure("midnight: all closes durable after", seconds, "s"),
        Figure("midnight: closes a second", options.users / seconds, "/s"),
        *delays_of("midnight", delays),
        *watched.figures("midnight"),
    ]


async def _midnight(engine: LiveEngine, scope: Scope, client: Client) -> tuple[float, list[float]]:
    """Send events until everything due is on disk; return the seconds, and the delays."""

    async def wait_durable() -> None:
        while scope.sweep_progress().lag:  # noqa: ASYNC110 - the engine has no event for that
            await trio.sleep(POLL_SECONDS)
        await engine.durable(engine.last_seq)

    return await client.send_during(wait_durable)
