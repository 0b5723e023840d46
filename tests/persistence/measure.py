"""Measures a data directory, for DESIGN.md: python -m tests.persistence.measure [DIRECTORY]."""

import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import trio

from engine.model.identifiers import Seq
from persistence.directory import open_store
from persistence.store import OpenStore
from tests.conftest import REPOSITORY

RECORD_SIZE, PERSONAL_SIZE = 300, 60
random = Random(1)
RECORDS = [random.randbytes(RECORD_SIZE) for _ in range(1_000)]
PERSONAL = random.randbytes(PERSONAL_SIZE)


async def median_ms(repeat: int, work: Callable[[], Awaitable[object]]) -> float:
    times: list[float] = []
    for _ in range(repeat):
        started = time.perf_counter()
        await work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1_000


async def measure_appends(store: OpenStore) -> None:
    for count in (1, 100, 1_000):
        for personal in (False, True):

            async def append(count: int = count, personal: bool = personal) -> None:
                first = store.log.bounds().last_seq + 1
                rows = {Seq(first + n): PERSONAL for n in range(count)} if personal else {}
                await store.log.append(Seq(first), RECORDS[:count], rows)

            name = f"append {count} records" + (", each with a personal row" if personal else "")
            print(f"{name}: {await median_ms(200, append):.2f} ms")


def measure_reading(store: OpenStore) -> None:
    for first, last in ((0, 400), (400, 800), (800, 1_200)):
        started = time.perf_counter()
        batches = list(store.log.read(first, last))
        seconds = time.perf_counter() - started
        count = sum(len(batch.records) for batch in batches)
        print(
            f"read batches of {len(batches[0].records)}:"
            f" {count / seconds:,.0f} records/s, {seconds / len(batches) * 1e6:.0f} µs a batch"
        )
    started = time.perf_counter()
    for seq in range(1, 10_001):
        store.log.read_record(Seq(seq))
    print(f"one record: {(time.perf_counter() - started) * 100:.1f} µs")


async def measure_keys(store: OpenStore) -> None:
    keys = [(random.randbytes(16), Seq(1)) for _ in range(500_000)]
    seconds = 0.0
    for start in range(0, len(keys), 100_000):
        started = time.perf_counter()
        await store.derived.write(keys=keys[start : start + 100_000])
        seconds = time.perf_counter() - started
    print(f"100,000 keys beside 400,000: {seconds * 10:.1f} µs a key")
    started = time.perf_counter()
    for key, _ in keys[:20_000]:
        store.derived.key(key)
    print(f"one key: {(time.perf_counter() - started) / 20_000 * 1e6:.1f} µs")


async def main(directory: Path) -> None:
    async with open_store(directory / "data") as store:
        await measure_appends(store)
        measure_reading(store)
        await measure_keys(store)

    async def reopen() -> None:
        async with open_store(directory / "data"):
            pass

    print(f"open and close: {await median_ms(20, reopen):.1f} ms")


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / ".test-data"
    place.mkdir(parents=True, exist_ok=True)
    sys.setswitchinterval(0.0005)  # as the server does
    with tempfile.TemporaryDirectory(dir=place) as made:
        trio.run(main, Path(made))
