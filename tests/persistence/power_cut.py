"""Simulated power cuts: record what a writer sends to the disk, cut, see what can be made of it.

    python -m tests.persistence.power_cut write DIRECTORY STEPS SEED [sync|metasync]
    python -m tests.persistence.power_cut check BEFORE RECORDING IMAGES CUTS

The writer runs under disk.c, which records. `check` takes the directory as it was before, plays the
recording up to a random cut, and writes the image that a disk could hold then: all that was synced,
and of what was not any part, in any order, torn at sectors of 512 bytes. The image is opened as
after a restart, in a process of its own, since LMDB may die of a bad one. Prints one line of JSON.
"""

import json
import os
import shutil
import struct
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import lmdb
import msgspec
import trio

from persistence.directory import check_pages, open_store
from tests.persistence.workload import (
    MAP_SIZE,
    Acknowledged,
    append_some,
    check,
    key_of,
    payload_of,
    work,
)

SECTOR = 512
RECORDS_AT_MOST = 5_000
FILES = {"L": "log/data.mdb", "D": "derived/data.mdb"}
HEAD = struct.Struct("=ccqq")
GOOD, LOST, DIED = "good", "lost", "died"


class Operation(msgspec.Struct, frozen=True):
    """One call of the writer: a write, or a sync of all writes before, or of the last one only."""

    what: str
    file: str
    offset: int
    content: bytes


def write(directory: Path, steps: int, seed: int, unsafe: str | None) -> None:
    """Do the workload; the notes of what was acknowledged go into the recording, as writes."""
    if unsafe is not None:
        real_open: Callable[..., Any] = lmdb.open
        lmdb.open = lambda *args, **options: real_open(*args, **{**options, unsafe: False})  # pyright: ignore
    descriptor = os.open(directory.parent / "acknowledged", os.O_WRONLY | os.O_CREAT)

    def note(done: Acknowledged) -> None:
        os.pwrite(descriptor, done.pack(), 0)

    trio.run(work, directory, steps, seed, note)


def read_recording(path: Path) -> list[Operation]:
    content = path.read_bytes()
    operations: list[Operation] = []
    place = 0
    while place < len(content):
        what, file, offset, size = HEAD.unpack_from(content, place)
        place += HEAD.size
        operations.append(
            Operation(what.decode(), file.decode(), offset, content[place : place + size])
        )
        place += size
    return operations


class Disk:
    """The data files as a cut would leave them."""

    def __init__(self, before: Path) -> None:
        self.images = {tag: bytearray((before / name).read_bytes()) for tag, name in FILES.items()}
        self.pending: dict[str, list[Operation]] = {tag: [] for tag in FILES}
        self.acknowledged = Acknowledged()

    def play(self, operation: Operation) -> None:
        pending = self.pending.get(operation.file)
        match operation.what:
            case "W" if pending is None:
                self.acknowledged = Acknowledged.unpack(operation.content)
            case "W":
                assert pending is not None
                pending.append(operation)
            case "S" if pending is not None:
                for done in pending:
                    self.put(done.file, done.offset, done.content)
                pending.clear()
            case "O" if pending is not None:
                done = pending.pop()
                self.put(done.file, done.offset, done.content)
            case _:
                pass

    def cut(self, random: Random) -> None:
        """Let some sectors of what was not synced reach the disk, in any order."""
        sectors = [
            (operation.file, operation.offset + start, operation.content[start : start + SECTOR])
            for pending in self.pending.values()
            for operation in pending
            for start in range(0, len(operation.content), SECTOR)
        ]
        share = random.choice([0.05, 0.5, 0.95])
        random.shuffle(sectors)
        for file, offset, content in sectors:
            if random.random() < share:
                self.put(file, offset, content)

    def put(self, file: str, offset: int, content: bytes) -> None:
        image = self.images[file]
        if len(image) < offset:
            image.extend(bytes(offset - len(image)))
        image[offset : offset + len(content)] = content

    def write_to(self, directory: Path) -> None:
        for tag, name in FILES.items():
            (directory / name).parent.mkdir(parents=True)
            (directory / name).write_bytes(self.images[tag])


def reopen(directory: Path, acknowledged: Acknowledged) -> None:
    """Do what a restart does: read everything, then open for writing and go on."""
    assert check_pages(directory) == [], "what a cut leaves would be taken for damage"
    check(directory, acknowledged)

    async def go_on() -> None:
        async with open_store(directory, log_map_size=MAP_SIZE, derived_map_size=MAP_SIZE) as store:
            assert store.derived_reset is None, store.derived_reset
            await append_some(store, 3)
            acknowledged.last_seq = store.log.bounds().last_seq

    trio.run(go_on)
    check(directory, acknowledged)


def in_a_child(function: Callable[[], None]) -> str:
    """Return how a function fared in a forked process."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:  # noqa: BLE001 - whatever it was, the parent is told
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return DIED
    return LOST if os.WEXITSTATUS(status) else GOOD


def check_cuts(before: Path, recording: Path, images: Path, cuts: int) -> None:
    operations = read_recording(recording)
    for seq in range(RECORDS_AT_MOST):
        payload_of(seq)  # the children inherit what is remembered
        key_of(seq)
    outcomes: Counter[str] = Counter()
    for number in range(cuts):
        random = Random(number)
        disk = Disk(before)
        for operation in operations[: random.randrange(1, len(operations) + 1)]:
            disk.play(operation)
        disk.cut(random)
        image = images / "image"
        shutil.rmtree(image, ignore_errors=True)
        disk.write_to(image)
        outcome = in_a_child(lambda image=image, disk=disk: reopen(image, disk.acknowledged))
        if outcome != GOOD:
            print(f"cut {number}: {outcome}", file=sys.stderr)
        outcomes[outcome] += 1
    print(json.dumps({"operations": len(operations), **outcomes}))


if __name__ == "__main__":
    arguments = sys.argv[2:]
    if sys.argv[1] == "write":
        unsafe_option = arguments[3] if len(arguments) > 3 else None
        write(Path(arguments[0]), int(arguments[1]), int(arguments[2]), unsafe_option)
    else:
        check_cuts(Path(arguments[0]), Path(arguments[1]), Path(arguments[2]), int(arguments[3]))
