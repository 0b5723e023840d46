"""Scenario `in-process`: events through the engine in this process, durable and not.

Durable means that the next event is sent when the one before is on disk (one client, and 32 at
once); not durable that only the last one is waited for. Then the stages of one event, each timed
by itself over the log that was written: what they leave over is queues, requests and the loop.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import trio

from api.items import Item, read_item
from bench.workload import CONFIGURATION, lines
from engine.host.engine import LiveEngine, Settings, empty_engine, open_engine
from engine.host.recovery import read_records
from engine.host.scope import Scope
from engine.model.commands import BringUp, RecordEvent, UpsertUser
from engine.model.identifiers import Seq
from engine.model.limits import INSTANT_MAX
from engine.model.record import decode_record, encode_record
from persistence.directory import open_reader, open_store
from persistence.verify import LogAlone

CLIENTS = 32
WINDOW = 512


class Figure(msgspec.Struct, frozen=True):
    """One measured number."""

    name: str
    value: float
    unit: str


def run(
    events: int, users: int, repeats: int, directory: Path, tell: Callable[[str], None]
) -> list[Figure]:
    """Run the scenario; return the medians of all repeats.

    Args:
        events: how many are sent without waiting for each; the durable runs send fewer.
        users: how many people send them.
        repeats: how often everything is measured.
        directory: where the data directories are made, on the disk to be measured.
        tell: told what is being done.
    """
    runs: dict[str, list[Figure]] = {}
    for repeat in range(1, repeats + 1):
        tell(f"run {repeat} of {repeats}")
        for figure in trio.run(_once, events, users, directory):
            runs.setdefault(figure.name, []).append(figure)
    return [
        Figure(name, statistics.median(f.value for f in figures), figures[0].unit)
        for name, figures in runs.items()
    ]


async def _once(events: int, users: int, directory: Path) -> list[Figure]:
    texts = [
        msgspec.json.encode(
            {
                "key": "lessons",
                "user": {"id": line.user, "tz": line.tz},
                "value": 1,
                "idempotencyKey": line.key,
                "timestamp": _rfc3339(line.timestamp),
            }
        )
        for line in lines(events, users)
    ]
    figures: list[Figure] = []
    started = time.perf_counter()
    items = [_item(index, text) for index, text in enumerate(texts, 1)]
    figures.append(_per_event("stage: read and decode a line", started, events))
    with tempfile.TemporaryDirectory(dir=directory, prefix="bench-") as place:
        data = Path(place) / "data"
        figures.append(await _pipelined(data, items))
        figures += _stages(data)
        for clients in (1, CLIENTS):
            shutil.rmtree(data)
            figures.append(await _durable(data, items[: events // 20 * clients // 4 + 1], clients))
    return figures


def _item(index: int, text: bytes) -> Item:
    item = read_item(index, text, "bench", INSTANT_MAX)
    assert isinstance(item, Item)
    return item


async def _pipelined(data: Path, items: list[Item]) -> Figure:
    async with open_store(data) as store, open_engine(store, settings=_SETTINGS) as engine:
        scope = await _importing(engine)
        started = time.perf_counter()
        for index, item in enumerate(items):
            await scope.record_event(item.request, at=item.at)
            if index % WINDOW == 0:
                await trio.lowlevel.checkpoint()
        await engine.durable(engine.last_seq)
        return _per_event("event, not waited for", started, len(items))


async def _durable(data: Path, items: list[Item], clients: int) -> Figure:
    async with open_store(data) as store, open_engine(store, settings=_SETTINGS) as engine:
        scope = await _importing(engine)
        waiting = iter(items)
        started = time.perf_counter()
        async with trio.open_nursery() as nursery:
            for _ in range(clients):
                nursery.start_soon(_client, engine, scope, waiting)
        return _per_event(f"event, durable, {clients} at once", started, len(items))


async def _client(engine: LiveEngine, scope: Scope, waiting: Iterator[Item]) -> None:
    for item in waiting:
        applied = await scope.record_event(item.request, at=item.at)
        await engine.durable(applied.seq)


_SETTINGS = Settings(sweeping=False)


async def _importing(engine: LiveEngine) -> Scope:
    scope = await engine.scope()
    await scope.configure(CONFIGURATION)
    await scope.start_import()
    return scope


def _stages(data: Path) -> list[Figure]:
    """Time the stages of the log's commands one by one, over a replay by evaluation."""
    spent = dict.fromkeys(
        ("evaluate", "boards", "encode a record", "decode a record", "apply facts"), 0.0
    )
    count = 0
    clock = time.perf_counter
    with open_reader(data) as store:
        engine = empty_engine(LogAlone(store.log))
        for stored in read_records(store.log, Seq(0)):
            record = stored.record
            command = record.command
            if isinstance(command, RecordEvent | UpsertUser | BringUp):
                count += 1
                begun = clock()
                decision = engine.evaluate(stored, command)
                evaluated = clock()
                engine.place(stored, decision)
                placed = clock()
                payload = encode_record(record)
                encoded = clock()
                decode_record(payload)
                decoded = clock()
                engine.replay(stored)
                spent["evaluate"] += evaluated - begun
                spent["boards"] += placed - evaluated
                spent["encode a record"] += encoded - placed
                spent["decode a record"] += decoded - encoded
                spent["apply facts"] += clock() - decoded
            else:
                engine.replay(stored)
    return [
        Figure(f"stage: {name}", seconds / count * 1e6, "µs an event")
        for name, seconds in spent.items()
    ]


def _per_event(name: str, started: float, count: int) -> Figure:
    return Figure(name, (time.perf_counter() - started) / count * 1e6, "µs an event")


def _rfc3339(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(seconds)))
    return f"{whole}.{int(seconds % 1 * 1e6):06d}Z"
