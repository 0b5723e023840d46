"""An importer to be killed, which is born in milliseconds: a process that forks one for each job.

    python -m tests.crash.importer

reads jobs from standard input, a line of JSON each. For each it forks a child that does it, and
says `born PID` first and `ended STATUS` at last. In between the child acknowledges: `LINE SEQ
STATUS`, each once it is on disk. A line is one write, shorter than a pipe's atomic size, so that a
kill leaves no part of one.

The child goes through `api.embedded`, in groups of as many events between two waits for the disk as
its dice say. It writes snapshots far more often than an engine of this size would, so that kills
meet them too.
"""

import os
import random
import sys
import traceback
from pathlib import Path
from typing import Any

import msgspec
import trio

import engine.host.engine
import engine.host.snapshots
from api.cli.importing import checked_document
from api.embedded import EmbeddedScope, Laurels, open_laurels
from api.items import Item, read_instant, read_item
from engine.model.identifiers import Instant
from engine.model.limits import INSTANT_MAX, INSTANT_MIN
from tests.crash.history import FINISH_AT, NAME


class Job(msgspec.Struct):
    """What to import, and into which directory."""

    data: str
    lines: str
    config: str
    seed: int
    snapshot_keys: int
    """Keys in memory at which a snapshot is due."""


class _StoppedClock:
    def now(self) -> Instant:
        return INSTANT_MIN


async def bring_in(job: Job, document: dict[str, Any], lines: list[bytes]) -> None:
    dice = random.Random(job.seed)
    engine.host.snapshots.RECENT_KEYS_MAX = job.snapshot_keys
    engine.host.engine._HOUSEKEEPING_S = 0.001
    async with open_laurels(job.data, clock=_StoppedClock(), sweeping=False) as laurels:
        scope = await laurels.scope()
        await scope.configure(document)
        if scope.mode == "idle":
            await scope.start_import()
        first = 0
        while first < len(lines):
            last = min(len(lines), first + dice.choice((1, 10, 100)))
            await record(laurels, scope, lines, first, last)
            first = last
        await scope.finish_import(read_instant(FINISH_AT, "FINISH_AT"))
        while await scope.sweep_slice():
            pass


async def record(
    laurels: Laurels, scope: EmbeddedScope, lines: list[bytes], first: int, last: int
) -> None:
    """Record a group of lines and acknowledge them."""
    done: list[str] = []
    for number in range(first + 1, last + 1):
        item = read_item(number, lines[number - 1], NAME, INSTANT_MAX)
        assert isinstance(item, Item)
        applied = await scope.record_event(item.request, at=item.at)
        done.append(f"{number} {applied.seq} {'replayed' if applied.replayed else 'applied'}\n")
        await trio.lowlevel.checkpoint()
    await laurels.durable(laurels.last_seq)
    for text in done:
        os.write(1, text.encode())


def do(job: Job) -> int:
    """Do a job in this process; return its exit status."""
    document = checked_document(Path(job.config).read_bytes())
    lines = Path(job.lines).read_bytes().splitlines()
    try:
        trio.run(bring_in, job, document, lines)
    except BaseException:  # noqa: BLE001 - the barrier: a fork must not return into its parent's code
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    child = 0
    for line in sys.stdin:
        if child:
            os.waitpid(child, 0)
        job = msgspec.json.decode(line, type=Job)
        child = os.fork()
        if child == 0:
            os.write(1, f"born {os.getpid()}\n".encode())
            os._exit(do(job))
        # Not reaped before the next job: whoever kills it late must not meet somebody else.
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        os.write(1, f"ended {status}\n".encode())


if __name__ == "__main__":
    main()
