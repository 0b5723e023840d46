"""A data directory: its layout, its one writer, and how it is let go of."""

import os
import sys
from pathlib import Path

import pytest

from engine.host.ports import Bounds
from engine.model.errors import DirectoryInUse
from engine.model.identifiers import Seq
from persistence.directory import (
    DERIVED_MAP_SIZE,
    LOG_MAP_SIZE,
    open_store,
)
from persistence.directory_lock import NOTE_SIZE, command_of_process
from tests.persistence.children import Writer, run, size_of, snapshot_of
from tests.persistence.test_log import append, append_three

OPENER = """
import sys, trio
from engine.model.errors import LaurelsError
from persistence.directory import open_store

async def main():
    async with open_store(sys.argv[1]):
        pass

try:
    trio.run(main)
except LaurelsError as error:
    print(error)
    sys.exit(error.exit_code)
"""


async def test_the_layout(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "data"
    async with open_store(directory):
        pass
    names = sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))
    assert names == [
        "derived",
        "derived/data.mdb",
        "derived/lock.mdb",
        "lock",
        "log",
        "log/data.mdb",
        "log/lock.mdb",
    ]
    for path in (directory, *directory.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, f"{path} is private: it holds personal data"


async def test_maps_of_default_size_cost_nothing(data_directory: Path) -> None:
    assert (LOG_MAP_SIZE, DERIVED_MAP_SIZE) == (256 * 2**30, 64 * 2**30)
    async with open_store(data_directory) as store:
        await append_three(store.log)
    assert size_of(data_directory) < 200_000


async def test_a_second_writer_of_the_same_process_is_refused(data_directory: Path) -> None:
    async with open_store(data_directory, command="laurels serve") as store:
        await append_three(store.log)
        before = snapshot_of(data_directory)
        message = (
            rf"^{data_directory} is in use by process {os.getpid()} \(laurels serve\);"
            r" wait until it is through, or stop it$"
        )
        with pytest.raises(DirectoryInUse, match=message):
            async with open_store(data_directory):
                raise AssertionError
        assert snapshot_of(data_directory) == before
        await append(store.log, [b"seven"])
    async with open_store(data_directory) as store:
        assert store.log.bounds() == Bounds(4, Seq(7))


async def test_a_second_writer_in_another_process_is_refused(data_directory: Path) -> None:
    async with open_store(data_directory, command="laurels serve") as store:
        await append_three(store.log)
        before = snapshot_of(data_directory)
        done = run(OPENER, data_directory)
        assert done.returncode == DirectoryInUse.exit_code
        assert f"is in use by process {os.getpid()} (laurels serve)" in done.stdout
        assert snapshot_of(data_directory) == before


async def test_a_killed_writer_lets_go_and_leaves_what_it_acknowledged(
    data_directory: Path,
) -> None:
    with Writer(data_directory) as writer:
        writer.tell("append")
        message = rf"process {writer.process.pid} \(laurels import …\)"
        with pytest.raises(DirectoryInUse, match=message):
            async with open_store(data_directory):
                raise AssertionError
        writer.kill()
    async with open_store(data_directory) as store:
        assert not store.stopped_cleanly
        assert store.log.bounds() == Bounds(1, Seq(1))
    async with open_store(data_directory) as store:
        assert store.stopped_cleanly


async def test_a_writer_that_stops_notes_it(data_directory: Path) -> None:
    with Writer(data_directory) as writer:
        writer.stop()
    async with open_store(data_directory) as store:
        assert store.stopped_cleanly


async def test_a_forked_child_does_not_keep_the_lock(data_directory: Path) -> None:
    script = """
import os, sys, signal
from pathlib import Path
from engine.model.errors import DirectoryInUse
from persistence.directory_lock import DirectoryLock

path = Path(sys.argv[1])
lock = DirectoryLock(path, "parent")
child = os.fork()
if child == 0:
    signal.pause()
lock.release(stopped=True)
DirectoryLock(path, "next").release(stopped=True)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)

parent = os.fork()
if parent == 0:
    lock = DirectoryLock(path, "killed parent")
    ready, tell = os.pipe()
    if os.fork() == 0:
        os.write(tell, b"!")
        signal.alarm(20)
        signal.pause()
    os.read(ready, 1)
    os._exit(0)
os.waitpid(parent, 0)
DirectoryLock(path, "after the killed parent").release(stopped=True)
print("free", flush=True)
os.killpg(0, signal.SIGTERM)
"""
    done = run(script, data_directory / "lock")
    assert done.stdout == "free\n", done.stderr


async def test_an_unreadable_note_counts_as_an_unclean_stop(data_directory: Path) -> None:
    async with open_store(data_directory):
        pass
    (data_directory / "lock").write_bytes(b"\xff" * NOTE_SIZE)
    async with open_store(data_directory) as store:
        assert not store.stopped_cleanly
        (data_directory / "lock").write_bytes(b"\xff" * NOTE_SIZE)
        with pytest.raises(
            DirectoryInUse, match="in use by another process; wait until it is through"
        ):
            async with open_store(data_directory):
                raise AssertionError


def test_the_command_is_told_without_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/laurels", "import", "--key", "secret"])
    assert command_of_process() == "laurels import …"
    monkeypatch.setattr(sys, "argv", ["/usr/bin/laurels", "serve"])
    assert command_of_process() == "laurels serve"
    monkeypatch.setattr(sys, "argv", [""])
    assert command_of_process() == "python"
