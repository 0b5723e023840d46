"""Fail the n-th call to the disk, for n = 1, 2, … until a run is left untouched.

    python -m tests.persistence.io_faults DIRECTORY HALF

Runs under disk.c, every n in a process of its own, beginning without a data directory. After the
failure the store is opened again and must hold everything that was acknowledged. Prints one line of
JSON: how many runs ended how.
"""

import ctypes
import json
import os
import sys
import traceback
from collections import Counter
from pathlib import Path

import trio

from engine.host.ports import OutcomeUnknown
from engine.model.errors import StorageFull
from persistence.directory import open_store
from persistence.tables import StoreUnavailable
from tests.persistence.workload import MAP_SIZE, Acknowledged, append_some, check, work

STEPS, SEED = 8, 5
UNTOUCHED, TOLD, WRONG = "untouched", "told", "wrong"
EXIT_CODES = {UNTOUCHED: 10, TOLD: 11, WRONG: 12}


def run_with_fault(directory: Path, call: int, half: int) -> str:
    """Do the workload with one fault, then look at what is left; return how the writer fared."""
    disk = ctypes.CDLL(None)
    acknowledged = Acknowledged()
    outcome = UNTOUCHED

    def note(done: Acknowledged) -> None:
        nonlocal acknowledged
        acknowledged = Acknowledged.unpack(done.pack())

    disk.disk_fail(call, half)
    try:
        trio.run(work, directory, STEPS, SEED, note)
    except (OutcomeUnknown, StoreUnavailable, StorageFull):
        outcome = TOLD
    assert disk.disk_failed() == (outcome == TOLD), "a failure was not told, or told without cause"
    disk.disk_fail(0, 0)

    async def reopen(count: int) -> None:
        async with open_store(directory, log_map_size=MAP_SIZE, derived_map_size=MAP_SIZE) as store:
            assert store.derived_reset is None
            if count:
                await append_some(store, count)

    trio.run(reopen, 0)
    check(directory, acknowledged)
    trio.run(reopen, 2)
    check(directory, acknowledged)
    return outcome


def in_a_child(directory: Path, call: int, half: int) -> str:
    """Return how a run fared in a forked process, whatever became of that."""
    child = os.fork()
    if child == 0:
        outcome = WRONG
        try:
            outcome = run_with_fault(directory, call, half)
        except BaseException:  # noqa: BLE001 - whatever it was, the parent is told
            traceback.print_exc()
        os._exit(EXIT_CODES[outcome])
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    names = {code: name for name, code in EXIT_CODES.items()}
    return names.get(code, f"died of signal {-code}")


def main(directory: Path, half: int) -> None:
    outcomes: Counter[str] = Counter()
    while outcomes[UNTOUCHED] == 0:
        call = outcomes.total() + 1
        outcome = in_a_child(directory / str(call), call, half)
        if outcome not in (UNTOUCHED, TOLD):
            print(f"call {call}: {outcome}", file=sys.stderr)
        outcomes[outcome] += 1
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
