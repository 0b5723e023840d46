"""Engines side by side: what one configuration costs an event more than another.

The same events go through engines that differ in nothing but their configuration, a few hundred to
each in turn: whatever else the machine does hits all of them alike. Measured is the processor time
of the loop's thread from the request to the record on disk, without the wait for the disk; so the
ratio of two says more than the microseconds.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bench.people import NOT_SWEPT
from bench.workload import Line
from engine.host.engine import LiveEngine, open_engine
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.identifiers import Instant, Millionths
from engine.model.numbers import UNIT
from persistence.directory import open_store

_SLICE = 500


class _Side:
    """One of the engines side by side."""

    def __init__(self, engine: LiveEngine, scope: Scope) -> None:
        self._engine = engine
        self._scope = scope
        self.seconds = 0.0

    async def send(self, events: Sequence[tuple[EventRequest, Instant]]) -> None:
        """Let it take some events, and measure."""
        begun = time.thread_time()
        for request, at in events:
            await self._scope.record_event(request, at=at)
        await self._engine.durable(self._engine.last_seq)
        self.seconds += time.thread_time() - begun


async def side_by_side(
    stream: Sequence[tuple[EventRequest, Instant]],
    variants: Mapping[str, Mapping[str, Any]],
    place: Path,
) -> dict[str, float]:
    """Send the same events to an engine for each configuration; return the seconds of each.

    Args:
        stream: the events with their instants.
        variants: configuration documents by name.
        place: where the data directories are made.
    """
    async with AsyncExitStack() as stack:
        sides: dict[str, _Side] = {}
        for index, (name, document) in enumerate(variants.items()):
            store = await stack.enter_async_context(open_store(place / f"variant-{index}"))
            engine = await stack.enter_async_context(open_engine(store, settings=NOT_SWEPT))
            scope = await engine.scope()
            await scope.configure(document)
            await scope.start_import()
            sides[name] = _Side(engine, scope)
        order = list(sides.values())
        for start in range(0, len(stream), _SLICE):
            for side in order:
                await side.send(stream[start : start + _SLICE])
            order.append(order.pop(0))  # nobody is always the one behind a certain other
    return {name: side.seconds for name, side in sides.items()}


def event_of(line: Line) -> tuple[EventRequest, Instant]:
    """Return a generated line as an event with its instant."""
    user = UserFields(line.user, tz=line.tz)
    request = EventRequest("lessons", user, Millionths(UNIT), key=line.key)
    return request, Instant(int(line.timestamp * 1_000_000))
