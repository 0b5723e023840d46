"""Part `cost`: what streaks add to an event.

The same events go through engines side by side that differ in nothing but their streak settings,
a few hundred to each in turn: whatever else the machine does hits all of them alike. Measured is
the processor time of the loop's thread from the request to the record on disk, without the wait
for the disk; so the ratio to the engine without streaks says more than the microseconds.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import trio

from bench.in_process import Figure
from bench.people import NOT_SWEPT, collected
from bench.workload import CONFIGURATION, Line, lines
from engine.host.engine import LiveEngine, open_engine
from engine.host.requests import EventRequest, UserFields
from engine.host.scope import Scope
from engine.model.identifiers import Instant, Millionths
from engine.model.numbers import UNIT
from persistence.directory import open_store

DAYS = 14
WITHOUT = "without streaks"

_DAILY: dict[str, Any] = CONFIGURATION["streaks"]
_FREEZES = {"startCount": 1, "maxCount": 3, "autoEarnInterval": 7, "autoEarnAmount": 1}
_BOARD = {"key": "streak", "name": "Longest streak", "rankBy": "streak"}
_SLICE = 500


def _document(streaks: dict[str, Any] | None, *boards: dict[str, Any]) -> dict[str, Any]:
    """Return the workload's document with other streak settings, without achievements by streak."""
    document: dict[str, Any] = {
        **CONFIGURATION,
        "achievements": [a for a in CONFIGURATION["achievements"] if a["trigger"] == "metric"],
        "leaderboards": [*CONFIGURATION["leaderboards"], *boards],
    }
    del document["streaks"]
    return document if streaks is None else {**document, "streaks": streaks}


VARIANTS: Mapping[str, Mapping[str, Any]] = {
    WITHOUT: _document(None),
    "daily": _document(_DAILY),
    "daily, freezes earned": _document({**_DAILY, "freezes": _FREEZES}),
    "weekly": _document({**_DAILY, "frequency": "weekly"}),
    "daily, streak board": _document(_DAILY, _BOARD),
}


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


def run(events: int, users: int, place: Path) -> list[Figure]:
    """Measure every variant once; return microseconds an event, differences and ratios.

    Args:
        events: how many each variant takes, over two weeks.
        users: how many people send them, in several zones.
        place: where the data directories are made.
    """
    stream = [_event(line) for line in lines(events, users, DAYS)]
    with collected():
        spent = trio.run(_run, stream, place)
    figures: list[Figure] = []
    for name, seconds in spent.items():
        cost = seconds / events * 1e6
        figures.append(Figure(f"event, {name}", cost, "µs"))
        if name != WITHOUT:
            without = spent[WITHOUT] / events * 1e6
            figures.append(Figure(f"… more than {WITHOUT}, {name}", cost - without, "µs"))
            figures.append(Figure(f"… times {WITHOUT}, {name}", cost / without, "×"))
    return figures


async def _run(stream: Sequence[tuple[EventRequest, Instant]], place: Path) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        sides: dict[str, _Side] = {}
        for index, (name, document) in enumerate(VARIANTS.items()):
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


def _event(line: Line) -> tuple[EventRequest, Instant]:
    user = UserFields(line.user, tz=line.tz)
    request = EventRequest("lessons", user, Millionths(UNIT), key=line.key)
    return request, Instant(int(line.timestamp * 1_000_000))
