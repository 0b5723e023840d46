"""A client that sends at fixed instants whatever becomes of the events before, and what it meets.

Each event's delay counts from its instant to the disk: a pause of the engine shows in every event
that falls into it. On a machine with other work to do a delay says little by itself. So the longest
step of the loop and the longest garbage collection are given in processor time, and how busy
others were.
"""

import gc
import random
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import trio

from bench.children import read_busy_seconds
from bench.in_process import Figure
from bench.load import percentile
from bench.people import event_of
from engine.host.engine import LiveEngine
from engine.host.scope import Scope

DELAY_MAX_MS = 50.0
"""What no event may wait longer for, whatever many users make the engine do."""


def delays_of(phase: str, delays: list[float]) -> list[Figure]:
    """Return the delays of events as figures."""
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


class Client:
    """Somebody who sends events at fixed instants, of people drawn evenly, each with a key."""

    def __init__(self, engine: LiveEngine, scope: Scope, *, users: int, every_s: float) -> None:
        """Take whom to send as, and how often."""
        self._engine = engine
        self._scope = scope
        self._users = users
        self._every_s = every_s
        self._dice = random.Random(3)
        self._sent = 0
        self._delays: list[float] = []

    async def send_until(self, end: trio.Event) -> list[float]:
        """Send until an event is set; return the seconds that each took to the disk."""
        self._delays = []
        due_at = trio.current_time()
        async with trio.open_nursery() as nursery:
            while not end.is_set():
                due_at += self._every_s
                # What became due during one step of the loop all goes out behind it: one event a
                # step would fall back behind its instants if steps were longer than `every_s`.
                if due_at > trio.current_time():
                    await trio.sleep_until(due_at)
                nursery.start_soon(self._send, due_at)
        return self._delays

    async def send_during(self, work: Callable[[], Awaitable[None]]) -> tuple[float, list[float]]:
        """Send until some work is done; return its seconds, and those of each event."""
        seconds = 0.0
        done = trio.Event()

        async def run() -> None:
            nonlocal seconds
            began_at = time.perf_counter()
            await work()
            seconds = time.perf_counter() - began_at
            done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            delays = await self.send_until(done)
        return seconds, delays

    async def _send(self, due_at: float) -> None:
        number = self._dice.randrange(self._users)
        self._sent += 1
        applied = await self._scope.record_event(event_of(number, f"key{self._sent}"))
        await self._engine.durable(applied.seq)
        self._delays.append(trio.current_time() - due_at)


class Watched(trio.abc.Instrument):
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

    def figures(self, phase: str) -> list[Figure]:
        """Return what was watched."""
        return [
            Figure(f"{phase}: longest commit", self.commit_s * 1e3, "ms"),
            Figure(f"{phase}: longest step of the loop", self.step_s * 1e3, "ms of processor"),
            Figure(f"{phase}: longest collection", self.collection_s * 1e3, "ms of processor"),
            Figure(f"{phase}: others", self.others, "processors"),
        ]

    def _note_commit(self, seconds: float, records: int) -> None:
        self.commit_s = max(self.commit_s, seconds)

    def _note_collection(self, phase: str, info: dict[str, int]) -> None:
        now = time.thread_time()
        if phase == "start":
            self._collecting_since = now
        else:
            self.collection_s = max(self.collection_s, now - self._collecting_since)


async def set_after(event: trio.Event, seconds: float) -> None:
    """Set an event after some seconds."""
    await trio.sleep(seconds)
    event.set()


def _busy_seconds() -> float:
    return read_busy_seconds(Path("/proc/stat").read_text())
