"""Damage to a log is noticed when it is read, and named; nothing damaged is given out."""

import re
from pathlib import Path

import pytest

from engine.host.ports import Batch
from engine.model.errors import LogDamaged
from engine.model.identifiers import Seq
from persistence.directory import open_reader
from persistence.framing import (
    BATCHES,
    FORMAT,
    LOG_KEY,
    META,
    PERSONAL,
    RECORDS,
    frame,
    frame_batch,
    genesis,
    number_key,
    unframe,
    unframe_batch,
)
from persistence.tables import Change
from tests.persistence.backends import Backend, LmdbBackend
from tests.persistence.test_framing import newer_row
from tests.persistence.test_log import THREE, append_three


async def make(backend: Backend) -> None:
    async with backend.open() as store:
        await append_three(store.log)


async def expect_damage(backend: Backend, message: str) -> None:
    """Expect that neither opening nor reading everything passes over the damage."""
    with pytest.raises(LogDamaged, match=message):
        async with backend.open() as store:
            list(store.log.read())


def row_of(backend: Backend, table: str, number: int) -> bytes:
    row = backend.log_row(table, number_key(number))
    assert row is not None
    return row


@pytest.mark.parametrize("seq", range(1, 7))
async def test_a_missing_record_is_named(backend: Backend, seq: int) -> None:
    await make(backend)
    backend.spoil_log(Change(delete={RECORDS: [number_key(seq)]}))
    await expect_damage(backend, rf"^record {seq} is missing$")
    if seq < 6:
        async with backend.open() as store:
            with pytest.raises(LogDamaged, match=rf"^record {seq} is missing$"):
                store.log.read_record(Seq(seq))
            with pytest.raises(LogDamaged, match=rf"^record {seq} is missing$"):
                store.log.batch_of(Seq(seq))


@pytest.mark.parametrize(("number", "first"), [(1, 1), (2, 3)])
async def test_a_missing_batch_is_named_with_its_first_record(
    backend: Backend, number: int, first: int
) -> None:
    await make(backend)
    backend.spoil_log(Change(delete={BATCHES: [number_key(number)]}))
    await expect_damage(backend, rf"^batch {number} is missing \(its first record is {first}\)$")


async def test_a_missing_last_batch_is_named(backend: Backend) -> None:
    await make(backend)
    backend.spoil_log(Change(delete={BATCHES: [number_key(3)]}))
    await expect_damage(backend, r"^batch 3 is missing: record 4 belongs to none$")


async def test_records_without_any_batch(backend: Backend) -> None:
    await make(backend)
    backend.spoil_log(Change(clear=[BATCHES]))
    await expect_damage(backend, r"^batch 1 is missing: record 1 belongs to none$")


async def test_two_batches_missing_in_a_row(backend: Backend) -> None:
    await make(backend)
    backend.spoil_log(Change(delete={BATCHES: [number_key(1), number_key(2)]}))
    async with backend.open() as store:
        with pytest.raises(LogDamaged, match=r"^batch 2 is missing$"):
            list(store.log.read(2))


@pytest.mark.parametrize(("table", "name"), [(RECORDS, "record"), (PERSONAL, "the personal row")])
async def test_swapped_rows_are_named(backend: Backend, table: str, name: str) -> None:
    await make(backend)
    numbers = (3, 6)
    rows = [row_of(backend, table, number) for number in numbers]
    swapped = [(number_key(a), row) for a, row in zip(numbers, rows[::-1], strict=True)]
    backend.spoil_log(Change(put={table: swapped}))
    await expect_damage(backend, rf"^{name}.* 3 is damaged: its checksum does not fit its bytes$")


async def test_swapped_batches_are_named(backend: Backend) -> None:
    await make(backend)
    rows = [row_of(backend, BATCHES, number) for number in (1, 2)]
    backend.spoil_log(Change(put={BATCHES: [(number_key(1), rows[1]), (number_key(2), rows[0])]}))
    await expect_damage(backend, r"^batch 1 is damaged: .* \(its first record is 1\)$")


async def test_a_record_replaced_by_a_well_framed_one_breaks_the_chain(backend: Backend) -> None:
    await make(backend)
    key = number_key(5)
    backend.spoil_log(Change(put={RECORDS: [(key, frame(RECORDS, key, 3, b"FIVE"))]}))
    await expect_damage(
        backend, r"^batch 3 \(records 4 to 6\) is damaged: its chained checksum does not fit"
    )


async def test_a_batch_replaced_by_a_well_framed_one_breaks_the_chain(backend: Backend) -> None:
    await make(backend)
    key = number_key(3)
    row = frame(RECORDS, key, 2, b"THREE")
    wrong_head = unframe_batch(1, row_of(backend, BATCHES, 1))
    _, batch_row = frame_batch(wrong_head, [row])
    backend.spoil_log(Change(put={RECORDS: [(key, row)], BATCHES: [(number_key(2), batch_row)]}))
    await expect_damage(
        backend, r"^batch 3 \(its first record is 4\) is damaged: it does not follow from batch 2$"
    )


async def test_a_log_under_another_identity_breaks_the_chain(backend: Backend) -> None:
    await make(backend)
    row = frame(META, LOG_KEY, 0, bytes(48))
    backend.spoil_log(Change(put={META: [(LOG_KEY, row)]}))
    assert genesis(bytes(16)).chain == bytes(16)
    await expect_damage(backend, r"^batch 1 .* is damaged: it does not follow from batch 0$")


@pytest.mark.parametrize(
    ("table", "name"), [(RECORDS, "record"), (PERSONAL, "the personal row of")]
)
async def test_a_row_of_another_batch_is_named(backend: Backend, table: str, name: str) -> None:
    await make(backend)
    key = number_key(3)
    backend.spoil_log(Change(put={table: [(key, frame(table, key, 9, b"three"))]}))
    await expect_damage(backend, rf"^{name}.* 3 is damaged: it claims to belong to batch 9, not 2$")


@pytest.mark.parametrize(
    ("table", "name"),
    [(RECORDS, "record 3"), (PERSONAL, "the personal row of record 3"), (BATCHES, "batch 3")],
)
async def test_a_row_cut_short_is_named(backend: Backend, table: str, name: str) -> None:
    await make(backend)
    row = row_of(backend, table, 3)
    backend.spoil_log(Change(put={table: [(number_key(3), row[:-1])]}))
    await expect_damage(backend, rf"^{name} is damaged")
    backend.spoil_log(Change(put={table: [(number_key(3), row[:7])]}))
    await expect_damage(backend, rf"^{name} is cut short: 7 bytes are left of it")


@pytest.mark.parametrize("table", [RECORDS, PERSONAL, BATCHES, META])
async def test_a_newer_format_is_refused_by_name(backend: Backend, table: str) -> None:
    await make(backend)
    key = LOG_KEY if table == META else number_key(3)
    backend.spoil_log(Change(put={table: [(key, newer_row(table, key, 3, b""))]}))
    await expect_damage(
        backend, rf"written by a newer release of Laurels: it has format {FORMAT + 1}"
    )


async def test_a_log_without_its_own_row_is_damaged_and_not_begun_anew(backend: Backend) -> None:
    await make(backend)
    backend.spoil_log(Change(clear=[META]))
    await expect_damage(backend, r"^the log's own row, .*, is missing$")
    assert backend.log_row(META, LOG_KEY) is None


async def test_a_log_whose_own_row_is_too_short_is_damaged(backend: Backend) -> None:
    await make(backend)
    backend.spoil_log(Change(put={META: [(LOG_KEY, frame(META, LOG_KEY, 0, b"short"))]}))
    await expect_damage(backend, r"^the log's own row is damaged: it has 18 bytes$")


async def test_what_lies_before_the_damage_can_still_be_read(backend: Backend) -> None:
    await make(backend)
    backend.spoil_log(Change(put={RECORDS: [(number_key(5), bytes(20))]}))
    async with backend.open() as store:
        batches: list[Batch] = []
        with pytest.raises(LogDamaged, match=r"^record 5 is damaged"):
            batches.extend(store.log.read())
        assert batches == THREE[:2]
        assert store.log.read_record(Seq(6)) == (b"six", b"personal six")


NAMES = {
    META: r"^the log's own row is damaged",
    RECORDS: r"^record {} is damaged",
    PERSONAL: r"^the personal row of record {} is damaged",
    BATCHES: r"^batch {} is damaged: .* \(its first record is \d\)$",
}


async def test_every_flipped_byte_of_every_row_on_the_disk_is_named(data_directory: Path) -> None:
    backend = LmdbBackend(data_directory)
    await make(backend)
    file = data_directory / "log" / "data.mdb"
    content = file.read_bytes()
    places = [(META, LOG_KEY, 0)]
    places += [(RECORDS, number_key(seq), seq) for seq in range(1, 7)]
    places += [(PERSONAL, number_key(seq), seq) for seq in (2, 3, 6)]
    places += [(BATCHES, number_key(number), number) for number in (1, 2, 3)]
    flips = 0
    for table, key, number in places:
        row = backend.log_row(table, key)
        assert row is not None
        unframe(table, key, row)
        copies = [match.start() for match in re.finditer(re.escape(row), content)]
        for offset in range(len(row)):
            spoilt = bytearray(content)
            for start in copies:  # LMDB may keep older copies of a page; the newest counts
                spoilt[start + offset] ^= 0x40
            file.write_bytes(spoilt)
            with (
                pytest.raises(LogDamaged, match=NAMES[table].format(number)),
                open_reader(data_directory) as store,
            ):
                list(store.log.read())
            flips += 1
        file.write_bytes(content)
    assert flips == sum([13 + 48, 6 * 13 + 22, 3 * 13 + 3 * 9 + 11, 3 * (13 + 36)]), (
        "every byte of every row was flipped"
    )


async def test_every_flipped_byte_of_a_records_or_batches_key_is_noticed(
    data_directory: Path,
) -> None:
    backend = LmdbBackend(data_directory)
    await make(backend)
    file = data_directory / "log" / "data.mdb"
    content = file.read_bytes()
    places = [(RECORDS, seq) for seq in range(1, 7)] + [(BATCHES, number) for number in (1, 2, 3)]
    for table, number in places:
        stored = number_key(number) + row_of(backend, table, number)
        starts = [match.start() for match in re.finditer(re.escape(stored), content)]
        assert starts
        for offset in range(8):
            spoilt = bytearray(content)
            for start in starts:
                spoilt[start + offset] ^= 0x40
            file.write_bytes(spoilt)
            with pytest.raises(LogDamaged), open_reader(data_directory) as store:
                list(store.log.read())
        file.write_bytes(content)
