"""The files of a data directory cut short, zeroed, emptied, gone: named, or made anew."""

import shutil
from pathlib import Path

import pytest

from engine.host.ports import Bounds
from engine.model.errors import LogDamaged, NotFound, StorageFull
from engine.model.identifiers import Seq
from persistence.directory import (
    check_pages,
    open_reader,
    open_store,
)
from persistence.environment import Environment, check_whole
from persistence.framing import LOG_TABLES
from tests.persistence.children import PAGE_SIZE, Writer, snapshot_of
from tests.persistence.test_derived import expect_empty, fill
from tests.persistence.test_log import THREE, append, append_three


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
