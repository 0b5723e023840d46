"""A data directory: one writer, any readers, and what is found when it is opened again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.host.ports import Bounds
from engine.model.errors import DirectoryInUse, LogDamaged, NotFound, StorageFull
from engine.model.identifiers import Seq
from persistence.directory import (
    DERIVED_MAP_SIZE,
    LOG_MAP_SIZE,
    check_pages,
    open_reader,
    open_store,
)
from persistence.directory_lock import NOTE_SIZE, command_of_process
from persistence.environment import Environment, check_whole
from persistence.framing import LOG_TABLES
from persistence.tables import StoreUnavailable
from tests.conftest import REPOSITORY
from tests.persistence.test_derived import expect_empty, expect_filled, fill
from tests.persistence.test_log import THREE, append, append_three

PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")

WRITER = """
import sys, trio
from persistence.directory import open_store
from engine.model.identifiers import Seq

async def main():
    async with open_store(sys.argv[1], command="laurels import …") as store:
        for line in sys.stdin:
            word = line.strip()
            if word == "append":
                first = Seq(store.log.bounds().last_seq + 1)
                await store.log.append(first, [b"by the child"], {first: b"personal"})
            if word == "derive":
                await store.derived.write(included=store.log.bounds().last_seq)
            if word == "stop":
                break
            print(word, flush=True)

trio.run(main)
"""

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


GROWER = """
import sys, trio
from persistence.directory import open_store

async def main():
    async with open_store(sys.argv[1]) as store:
        await store.log.append(1, [bytes(500_000)], {})

trio.run(main)
"""


class Writer:
    """A writer in a process of its own, which does what it is told."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(directory)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, word: str) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == word + "\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("stop\n")
        self.process.stdin.flush()
        assert self.process.wait() == 0

    def __enter__(self) -> "Writer":
        self.tell("ready")
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        with self.process:
            pass  # closes the pipes


def run(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, in a session of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )


def start(script: str, path: Path) -> subprocess.Popen[bytes]:
    """Start a script in a process of its own, with pipes to talk to it."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def size_of(directory: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def snapshot_of(directory: Path) -> dict[str, bytes | None]:
    """Every file's content; lock.mdb apart, in which LMDB notes its readers."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
        if path.name != "lock.mdb"
    }


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


async def test_a_log_gone_from_beside_its_derived_data_is_not_begun_anew(
    data_directory: Path,
) -> None:
    async with open_store(data_directory) as store:
        await fill(store)
    shutil.rmtree(data_directory / "log")
    with pytest.raises(LogDamaged, match=r"log is gone, while .*derived, which was made from it"):
        async with open_store(data_directory):
            raise AssertionError
    shutil.rmtree(data_directory / "derived")
    async with open_store(data_directory) as store:
        assert store.log.bounds() == Bounds(0, Seq(0))


async def test_what_is_left_of_a_log_half_made_is_thrown_away(data_directory: Path) -> None:
    (data_directory / "log.new").mkdir()
    (data_directory / "log.new" / "data.mdb").write_bytes(b"half")
    async with open_store(data_directory) as store:
        assert store.log.bounds() == Bounds(0, Seq(0))
    assert not (data_directory / "log.new").exists()


async def test_a_log_cut_short_is_damaged_and_kills_nobody(data_directory: Path) -> None:
    async with open_store(data_directory) as store:
        await append_three(store.log)
        for _ in range(20):
            await append(store.log, [bytes(3_000)] * 4)
    file = data_directory / "log" / "data.mdb"
    check_whole(file)
    whole = file.read_bytes()
    for size in (len(whole) // 2, len(whole) - 4096, 8192, 8191, 4096, 100, 0):
        file.write_bytes(whole[:size])
        before = snapshot_of(data_directory)
        if size > 0:
            message = r"data\.mdb (is cut short: it has|has damaged pages)|LMDB finds its own pages"
            with pytest.raises(LogDamaged, match=message):
                async with open_store(data_directory):
                    raise AssertionError
            with pytest.raises(LogDamaged, match=message), open_reader(data_directory):
                raise AssertionError
            before.pop("lock")
            after = snapshot_of(data_directory)
            after.pop("lock")
            assert after == before
    file.write_bytes(whole)
    with open_reader(data_directory) as reader:
        assert reader.log.bounds() == Bounds(23, Seq(86))


def page_of(content: bytes, text: bytes) -> int:
    """Where the page begins that holds a text."""
    return content.index(text) // PAGE_SIZE * PAGE_SIZE


def zero_page(file: Path, text: bytes) -> None:
    """Overwrite the page that holds a text with zeros, as a lost write can leave it."""
    content = file.read_bytes()
    start = page_of(content, text)
    file.write_bytes(content[:start] + bytes(PAGE_SIZE) + content[start + PAGE_SIZE :])


async def test_a_zeroed_page_of_the_log_refuses_the_start_after_an_unclean_stop(
    data_directory: Path,
) -> None:
    with Writer(data_directory) as writer:
        writer.tell("append")
        writer.kill()
    zero_page(data_directory / "log" / "data.mdb", b"by the child")
    assert check_pages(data_directory)
    with pytest.raises(LogDamaged, match=r"log/data\.mdb has damaged pages .*; restore it"):
        async with open_store(data_directory):
            raise AssertionError


async def test_a_zeroed_page_of_derived_data_costs_only_them_after_an_unclean_stop(
    data_directory: Path,
) -> None:
    async with open_store(data_directory) as store:
        await fill(store)
    with Writer(data_directory) as writer:
        writer.kill()
    zero_page(data_directory / "derived" / "data.mdb", b"start 2.1.4")
    async with open_store(data_directory) as store:
        expect_empty(store)
        assert list(store.log.read()) == THREE
    assert check_pages(data_directory) == []


async def test_pages_are_not_walked_beside_a_writer(data_directory: Path) -> None:
    async with open_store(data_directory):
        assert check_pages(data_directory) is None
    assert check_pages(data_directory) == []


def without_free_end(file: Path) -> bytes | None:
    """The file's content without its last page, if no page that is in use is missing then."""
    content = file.read_bytes()
    shorter = file.with_name("shorter")
    shorter.write_bytes(content[:-PAGE_SIZE])
    try:
        check_whole(shorter)
    except LogDamaged:
        return None
    return content[:-PAGE_SIZE]


async def test_a_file_that_only_lacks_free_pages_is_whole(data_directory: Path) -> None:
    file = data_directory / "log" / "data.mdb"
    shorter: bytes | None = None
    size = 1
    async with open_store(data_directory) as store:
        while shorter is None:
            await append(store.log, [bytes(size)] * 2, 0)
            size = (size * 7 + 300) % 9_000
            shorter = without_free_end(file)
        bounds = store.log.bounds()
    file.write_bytes(shorter)
    async with open_store(data_directory) as store:
        assert store.log.bounds() == bounds
        for _ in range(20):
            await append(store.log, [bytes(3_000)] * 5)
        assert len(list(store.log.read())) == bounds.last_batch + 20
    assert check_pages(data_directory) == []


async def test_an_empty_log_file_beside_derived_data_is_not_begun_anew(
    data_directory: Path,
) -> None:
    async with open_store(data_directory) as store:
        await fill(store)
    (data_directory / "log" / "data.mdb").write_bytes(b"")
    with pytest.raises(LogDamaged):
        async with open_store(data_directory):
            raise AssertionError


async def test_an_environment_that_has_lost_its_log_is_not_given_a_new_one(
    data_directory: Path,
) -> None:
    (data_directory / "log").mkdir()
    Environment.open_writer(
        data_directory / "log", LOG_TABLES, map_size=2**20, readahead=True
    ).close()
    with pytest.raises(LogDamaged, match="holds no log any more; restore it from a backup"):
        async with open_store(data_directory):
            raise AssertionError
    with pytest.raises(NotFound), open_reader(data_directory):
        raise AssertionError


async def test_a_map_smaller_than_what_it_holds_refuses_and_a_larger_one_goes_on(
    data_directory: Path,
) -> None:
    async with open_store(data_directory) as store:
        await append(store.log, [bytes(500_000)])
    async with open_store(data_directory, log_map_size=100_000) as store:
        assert store.log.headroom() == 0
        with pytest.raises(StorageFull):
            await append(store.log, [bytes(500_000)])
    async with open_store(data_directory) as store:
        assert await append(store.log, [bytes(500_000)]) == 2


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


@pytest.mark.parametrize("content", [b"", b"no LMDB file at all", None])
async def test_derived_data_that_cannot_be_read_are_emptied(
    data_directory: Path, content: bytes | None
) -> None:
    async with open_store(data_directory) as store:
        await fill(store)
    file = data_directory / "derived" / "data.mdb"
    file.write_bytes(file.read_bytes()[:12_000] if content is None else content)
    with open_reader(data_directory) as reader:
        assert reader.derived.included() == 0
        assert list(reader.log.read()) == THREE
    async with open_store(data_directory) as store:
        expect_empty(store)
        assert list(store.log.read()) == THREE


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
