"""Part `midnight`: everybody's streak ends at one instant, while somebody sends events.

The engine's own sweep records every close. The client is an open loop: it sends at fixed instants,
whatever becomes of the events before, and each one's delay counts from its instant to the disk. So
a pause of the engine shows in every event that fell into it. First the same without a midnight.

On a machine with other work to do a delay says little by itself. So the longest step of the loop
and the longest garbage collection are given in processor time, and how busy others were.
"""

import gc
import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import trio

from bench.children import read_busy_seconds
from bench.in_process import Figure
from bench.load import percentile
from bench.people import (
    MADE_ON,
    POLL_SECONDS,
    SettableClock,
    collected,
    copy,
    event_of,
    midnight_after,
)
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.scope import Scope
from engine.model.identifiers import Day, Instant
from persistence.directory import open_store

DELAY_MAX_MS = 50.0
"""What no event may wait longer for, at the midnight of a million people."""
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
        client = _Client(engine, scope, options)
        quiet = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_set_after, quiet, options.quiet_s)
            before = await client.send_until(quiet)
        watched = _Watched()
        with watched.watching(engine):
            clock.set(midnight)
            seconds, delays = await _midnight(engine, scope, client)
    return [
        Figure("start: open and recover", started_s, "s"),
        *_delays("quiet", before),
        Figure("midnight: all closes durable after", seconds, "s"),
        Figure("midnight: closes a second", options.users / seconds, "/s"),
        *_delays("midnight", delays),
        Figure("midnight: longest commit", watched.commit_s * 1e3, "ms"),
        Figure("midnight: longest step of the loop", watched.step_s * 1e3, "ms of processor"),
        Figure("midnight: longest collection", watched.collection_s * 1e3, "ms of processor"),
        Figure("midnight: others", watched.others, "processors"),
    ]


async def _set_after(event: trio.Event, seconds: float) -> None:
    await trio.sleep(seconds)
    event.set()


async def _midnight(
    engine: LiveEngine, scope: Scope, client: "_Client"
) -> tuple[float, list[float]]:
    """Send events until everything due is on disk; return the seconds, and the delays."""
    began_at = time.perf_counter()
    seconds = 0.0
    done = trio.Event()

    async def wait_durable() -> None:
        nonlocal seconds
        while scope.sweep_progress().lag:  # noqa: ASYNC110 - the engine has no event for that
            await trio.sleep(POLL_SECONDS)
        await engine.durable(engine.last_seq)
        seconds = time.perf_counter() - began_at
        done.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait_durable)
        delays = await client.send_until(done)
    return seconds, delays


def _delays(phase: str, delays: list[float]) -> list[Figure]:
    ascending = sorted(delays)
    return [
        Figure(f"{phase}: events", len(ascending), ""),
        Figure(f"{phase}: median delay of an event", percentile(ascending, 50) * 1e3, "ms"),
        Figure(f"{phase}: p99 delay of an event", percentile(ascending, 99) * 1e3, "ms"),
        Figure(f"{phase}: longest delay of an event", ascending[-1] * 1e3, "ms"),
        Figure(
            f"{phase}: events that waited {DELAY_MAX_MS:g} ms or longer",
            sum(delay * 1e3 >= DELAY_MAX_MS for delay in ascending),
            "",
        ),
    ]


class _Client:
    """Somebody who sends events at fixed instants, of people drawn evenly, each with a key."""

    def __init__(self, engine: LiveEngine, scope: Scope, options: Options) -> None:
        self._engine = engine
        self._scope = scope
        self._options = options
        self._dice = random.Random(3)
        self._sent = 0
        self._delays: list[float] = []

    async def send_until(self, end: trio.Event) -> list[float]:
        """Send until an event is set; return the seconds that each took to the disk."""
        self._delays = []
        due_at = trio.current_time()
        async with trio.open_nursery() as nursery:
            while not end.is_set():
                due_at += self._options.every_s
                await trio.sleep_until(due_at)
                nursery.start_soon(self._send, due_at)
        return self._delays

    async def _send(self, due_at: float) -> None:
        number = self._dice.randrange(self._options.users)
        self._sent += 1
        applied = await self._scope.record_event(event_of(number, f"key{self._sent}"))
        await self._engine.durable(applied.seq)
        self._delays.append(trio.current_time() - due_at)


class _Watched(trio.abc.Instrument):
    """The longest of what holds events up, and what else the machine did."""

    def __init__(self) -> None:
        self.commit_s = 0.0
        """On the wall."""
        self.step_s = 0.0
        """Of the loop's thread, between two of its looks at what else there is to do."""
        self.collection_s = 0.0
        self.others = 0.0
        """How many processors were busy with something else, on average."""
        self._step_since = time.thread_time()
        self._collecting_since = 0.0

    @contextmanager
    def watching(self, engine: LiveEngine) -> Generator[None]:
        """Watch tasks, commits and garbage collections."""
        engine.observe_commits(self._note_commit)
        gc.callbacks.append(self._note_collection)
        trio.lowlevel.add_instrument(self)
        began_at, busy, own = time.perf_counter(), _busy_seconds(), time.process_time()
        try:
            yield
        finally:
            trio.lowlevel.remove_instrument(self)
            gc.callbacks.remove(self._note_collection)
            busy, own = _busy_seconds() - busy, time.process_time() - own
            self.others = max(0.0, (busy - own) / (time.perf_counter() - began_at))

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Note when a task goes on."""
        self._step_since = time.thread_time()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Note how long it went on."""
        self.step_s = max(self.step_s, time.thread_time() - self._step_since)

    def _note_commit(self, seconds: float, records: int) -> None:
        self.commit_s = max(self.commit_s, seconds)

    def _note_collection(self, phase: str, info: dict[str, int]) -> None:
        now = time.thread_time()
        if phase == "start":
            self._collecting_since = now
        else:
            self.collection_s = max(self.collection_s, now - self._collecting_since)


def _busy_seconds() -> float:
    return read_busy_seconds(Path("/proc/stat").read_text())
