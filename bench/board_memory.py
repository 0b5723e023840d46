"""Part `memory`: what a board takes in memory, a participant.

A process of its own (`python -m bench.board_memory PARTICIPANTS`) makes a board and looks at its
resident size before and after. A move makes a new key in another place of memory and leaves the
lists of the order less full, so it looks again when as many moves have been made as there are
participants. Then it makes the board once more, counted by tracemalloc.
"""

import random
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from resource import getpagesize

import msgspec

from bench.children import CHECKOUT, ChildFailed
from bench.in_process import Figure
from bench.people import MORNING
from engine.boards.shard import Shard
from engine.model.identifiers import Instant, UserNumber
from engine.model.user import ORDER_OF_COMMANDS

_MEAN = 10_000
_GAIN_MAX = 100


class Sizes(msgspec.Struct, frozen=True):
    """Bytes that a board takes."""

    resident: int
    resident_moved: int
    allocated: int


def run(participants: int) -> list[Figure]:
    """Measure a board in a process of its own; return bytes a participant.

    Raises:
        ChildFailed: the process did not end well.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.board_memory", str(participants)],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise ChildFailed(f"a board could not be made: {done.stderr.decode(errors='replace')}")
    sizes = msgspec.json.decode(done.stdout, type=Sizes)
    return [
        Figure("memory: resident", sizes.resident / participants, "B a participant"),
        Figure(
            "memory: resident, after a move of each",
            sizes.resident_moved / participants,
            "B a participant",
        ),
        Figure("memory: allocated", sizes.allocated / participants, "B a participant"),
    ]


def measure(participants: int) -> Sizes:
    """Measure a board in this process, which should hold nothing else."""
    Shard(descending=True, entries=_entries(1))  # what is made once is not counted
    before = _resident()
    shard = Shard(descending=True, entries=_entries(participants))
    made = _resident() - before
    dice = random.Random(2)
    for count in range(participants):
        number = UserNumber(dice.randrange(participants) + 1)
        had = shard.value(number)
        assert had is not None, "everybody is on it"
        later = participants + 1 + count
        shard.move(number, had + dice.randint(1, _GAIN_MAX), *_now(later))
    moved = _resident() - before
    del shard
    tracemalloc.start()
    try:
        shard = Shard(descending=True, entries=_entries(participants))
        allocated, _ = tracemalloc.get_traced_memory()
        assert len(shard) == participants
    finally:
        tracemalloc.stop()
    return Sizes(made, moved, allocated)


def _entries(participants: int) -> Iterator[tuple[UserNumber, int, Instant, int]]:
    dice = random.Random(1)
    for number in range(1, participants + 1):
        yield UserNumber(number), int(dice.expovariate(1 / _MEAN)), *_now(number)


def _now(count: int) -> tuple[Instant, int]:
    return Instant(MORNING + count * 1_000), ORDER_OF_COMMANDS + count


def _resident() -> int:
    """Return the bytes that this process resides in (proc(5))."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()


if __name__ == "__main__":
    print(msgspec.json.encode(measure(int(sys.argv[1]))).decode())
