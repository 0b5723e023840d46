"""Reading a data directory: beside its writer, without one, a copy; nothing is changed by it."""

import shutil
from pathlib import Path

import pytest

from engine.host.ports import Bounds
from engine.model.errors import DirectoryInUse, NotFound
from engine.model.identifiers import Seq
from persistence.directory import (
    open_reader,
    open_store,
)
from persistence.tables import StoreUnavailable
from tests.persistence.children import Writer, run, snapshot_of, start
from tests.persistence.test_derived import expect_filled, fill
from tests.persistence.test_log import THREE, append, append_three

GROWER = """
import sys, trio
from persistence.directory import open_store

async def main():
    async with open_store(sys.argv[1]) as store:
        await store.log.append(1, [bytes(500_000)], {})

trio.run(main)
"""


@pytest.mark.parametrize("there", [False, True])
def test_reading_where_nothing_is_creates_nothing(tmp_path: Path, there: bool) -> None:
    directory = tmp_path / "data"
    if there:
        (directory / "log").mkdir(parents=True)
    before = snapshot_of(tmp_path)
    with pytest.raises(NotFound, match="holds no log"), open_reader(directory):
        raise AssertionError
    assert snapshot_of(tmp_path) == before


async def test_reading_an_idle_directory_changes_nothing(data_directory: Path) -> None:
    async with open_store(data_directory) as store:
        await fill(store)
    before = snapshot_of(data_directory)
    with open_reader(data_directory) as reader:
        assert list(reader.log.read()) == THREE
        assert reader.derived.included() == 4
        assert reader.derived_misfit is None
    assert snapshot_of(data_directory) == before


async def test_a_reader_beside_a_writer_sees_the_log_grow(data_directory: Path) -> None:
    with Writer(data_directory) as writer, open_reader(data_directory) as reader:
        assert reader.log.bounds() == Bounds(0, Seq(0))
        writer.tell("append")
        writer.tell("append")
        writer.tell("derive")
        writer.tell("append")
        assert reader.derived.included() == 2
        assert reader.log.bounds() == Bounds(3, Seq(3))
        assert [batch.records for batch in reader.log.read(2)] == [(b"by the child",)]
        assert reader.log.read_record(Seq(3)) == (b"by the child", b"personal")
        batches = reader.log.read()
        next(batches)
        writer.kill()
        assert len(list(batches)) == 2


async def test_a_pinned_reader_sees_one_state(data_directory: Path) -> None:
    with Writer(data_directory) as writer:
        writer.tell("append")
        writer.tell("derive")
        with open_reader(data_directory, pinned=True) as reader:
            writer.tell("append")
            writer.tell("derive")
            assert reader.derived.included() == 1
            assert reader.log.bounds() == Bounds(1, Seq(1))
            assert len(list(reader.log.read())) == 1
            assert reader.log.read_record(Seq(2)) is None
        with open_reader(data_directory, pinned=True) as reader:
            assert reader.derived.included() == 2
            assert reader.log.bounds() == Bounds(2, Seq(2))
        writer.stop()


async def test_the_writing_process_reads_through_its_store(data_directory: Path) -> None:
    async with open_store(data_directory):
        with (
            pytest.raises(DirectoryInUse, match="open in this process already"),
            open_reader(data_directory),
        ):
            raise AssertionError


@pytest.mark.parametrize("kept", ["lock", "nothing"])
async def test_a_copy_without_lock_files_can_be_read(tmp_path: Path, kept: str) -> None:
    directory, copy = tmp_path / "data", tmp_path / "copy"
    async with open_store(directory) as store:
        await fill(store)
    shutil.copytree(directory, copy, ignore=shutil.ignore_patterns("lock.mdb"))
    if kept == "nothing":
        (copy / "lock").unlink()
    before = snapshot_of(copy)
    with open_reader(copy) as reader:
        assert list(reader.log.read()) == THREE
        assert reader.derived.included() == 4
        assert snapshot_of(copy) == before
        if kept == "lock":
            with pytest.raises(DirectoryInUse):
                async with open_store(copy):
                    raise AssertionError
    assert not list(copy.rglob("lock.mdb"))
    async with open_store(copy) as store:
        expect_filled(store)


async def test_a_copy_without_lock_files_is_not_read_beside_its_writer(
    data_directory: Path,
) -> None:
    with Writer(data_directory) as writer:
        for name in ("log", "derived"):
            (data_directory / name / "lock.mdb").unlink()
        with pytest.raises(DirectoryInUse), open_reader(data_directory):
            raise AssertionError
        writer.stop()


async def test_derived_data_that_do_not_fit_seem_empty_to_a_reader(data_directory: Path) -> None:
    async with open_store(data_directory) as store:
        await fill(store)
    for path in (data_directory / "log").iterdir():
        path.unlink()
    shutil.rmtree(data_directory / "log")
    shutil.move(data_directory / "derived", data_directory / "kept")
    async with open_store(data_directory) as store:
        await append(store.log, [b"another log"])
    shutil.rmtree(data_directory / "derived")
    with open_reader(data_directory) as reader:
        assert reader.derived.included() == 0
        assert reader.derived_misfit is None
    shutil.move(data_directory / "kept", data_directory / "derived")
    with open_reader(data_directory) as reader:
        assert reader.derived.included() == 0
        assert list(reader.derived.scopes()) == []
        assert reader.derived_misfit == "they belong to another log"


async def test_a_reader_learns_that_the_map_has_grown_beyond_its_own(data_directory: Path) -> None:
    async with open_store(data_directory, log_map_size=200_000):
        pass
    with open_reader(data_directory) as reader:
        done = run(GROWER, data_directory)
        assert done.returncode == 0, done.stderr
        with pytest.raises(StoreUnavailable, match="larger map by its writer; open it again"):
            reader.log.bounds()
    with open_reader(data_directory) as reader:
        assert reader.log.bounds() == Bounds(1, Seq(1))


async def test_a_reader_that_was_killed_pins_nothing_for_ever(data_directory: Path) -> None:
    script = """
import sys
from persistence.environment import Environment
from persistence.framing import LOG_TABLES
from pathlib import Path

environment = Environment.open_reader(Path(sys.argv[1]), LOG_TABLES, lock=True, readahead=True)
with environment.view() as view:
    print("reading", flush=True)
    sys.stdin.read()
"""
    file = data_directory / "log" / "data.mdb"
    async with open_store(data_directory) as store:
        await append_three(store.log)
        with start(script, data_directory / "log") as reader:
            assert reader.stdout
            assert reader.stdout.readline() == b"reading\n"
            before = file.stat().st_size
            for _ in range(30):
                await append(store.log, [b"pinned"])
            pinned = file.stat().st_size - before
            reader.kill()
        before = file.stat().st_size
        for _ in range(30):
            await append(store.log, [b"free"])
        assert file.stat().st_size - before < pinned // 3
