"""The frame of a row: what goes in comes out, and nothing else passes for it."""

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.errors import LogDamaged
from engine.model.identifiers import ScopeNumber, Seq, UserNumber
from persistence.framing import (
    BATCHES,
    CHECKSUM,
    DERIVED_TABLES,
    FORMAT,
    FRAME,
    KEYS,
    LOG_KEY,
    LOG_TABLES,
    META,
    PERSONAL,
    RECORDS,
    SCOPES,
    STARTS,
    USERS,
    BatchHead,
    chain_checksum,
    describe,
    frame,
    frame_batch,
    frame_numbered,
    genesis,
    number_key,
    number_of,
    scope_key,
    unframe,
    unframe_batch,
    user_key,
    user_of,
)

tables = st.sampled_from(sorted({*LOG_TABLES, *DERIVED_TABLES}))
numbers = st.integers(min_value=0, max_value=2**64 - 1)
payloads = st.binary(max_size=200)
ROW = frame(RECORDS, number_key(7), 3, b"payload")


@given(table=tables, key=st.binary(max_size=20), number=numbers, payload=payloads)
def test_round_trip(table: str, key: bytes, number: int, payload: bytes) -> None:
    row = frame(table, key, number, payload)
    assert len(row) == FRAME.size + len(payload)
    assert unframe(table, key, row) == (number, payload)


@given(
    batch=numbers,
    rows=st.lists(payloads, max_size=5),
    first=st.integers(min_value=0, max_value=2**63),
)
def test_framing_many_does_what_framing_one_does(batch: int, rows: list[bytes], first: int) -> None:
    for table in (RECORDS, PERSONAL):
        keys = [number_key(first + index) for index in range(len(rows))]
        assert frame_numbered(table, batch, enumerate(rows, first)) == [
            (key, frame(table, key, batch, payload))
            for key, payload in zip(keys, rows, strict=True)
        ]


@given(payload=payloads, data=st.data())
def test_a_changed_byte_is_noticed(payload: bytes, data: st.DataObject) -> None:
    row = bytearray(frame(RECORDS, number_key(7), 3, payload))
    place = data.draw(st.integers(0, len(row) - 1))
    row[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LogDamaged, match=r"^record 7 is damaged: its checksum does not fit"):
        unframe(RECORDS, number_key(7), bytes(row))


@given(payload=payloads, data=st.data())
def test_a_row_cut_short_is_noticed(payload: bytes, data: st.DataObject) -> None:
    row = frame(RECORDS, number_key(7), 3, payload)
    with pytest.raises(LogDamaged, match=r"^record 7 is (damaged|cut short)"):
        unframe(RECORDS, number_key(7), row[: data.draw(st.integers(0, len(row) - 1))])


def test_a_row_grown_longer_is_noticed() -> None:
    with pytest.raises(LogDamaged, match="record 7 is damaged"):
        unframe(RECORDS, number_key(7), ROW + b"\0")


def test_a_row_under_another_key_or_in_another_table_is_noticed() -> None:
    with pytest.raises(LogDamaged, match="record 8 is damaged"):
        unframe(RECORDS, number_key(8), ROW)
    with pytest.raises(LogDamaged, match="the personal row of record 7 is damaged"):
        unframe(PERSONAL, number_key(7), ROW)


def newer_row(table: str, key: bytes, number: int, payload: bytes) -> bytes:
    """What a release that writes the next format would write."""
    rest = bytes([FORMAT + 1]) + frame(table, key, number, payload)[5:]
    return CHECKSUM.pack(crc32(table.encode() + key + rest)) + rest


def test_a_row_of_a_newer_release_is_told_from_a_damaged_one() -> None:
    key = number_key(7)
    message = f"record 7 was written by a newer release of Laurels: it has format {FORMAT + 1},"
    with pytest.raises(LogDamaged, match=message):
        unframe(RECORDS, key, newer_row(RECORDS, key, 3, b"payload"))


def test_the_checksum_is_the_one_that_the_specification_names() -> None:
    key = number_key(7)
    assert CHECKSUM.unpack_from(ROW)[0] == crc32(b"records" + key + ROW[4:])


heads = st.builds(
    BatchHead,
    number=st.integers(1, 2**32),
    first_seq=st.integers(1, 2**40).map(Seq),
    count=st.integers(1, 5_000),
    previous=st.binary(min_size=16, max_size=16),
    chain=st.binary(min_size=16, max_size=16),
)


@given(previous=heads, rows=st.lists(payloads, min_size=1, max_size=5))
def test_batch_round_trip(previous: BatchHead, rows: list[bytes]) -> None:
    head, row = frame_batch(previous, rows)
    assert unframe_batch(head.number, row) == head
    assert head.number == previous.number + 1
    assert head.first_seq == previous.first_seq + previous.count
    assert head.next_seq == head.first_seq + len(rows)
    assert head.previous == previous.chain
    assert head.chain == chain_checksum(head.previous, head.number, head.first_seq, rows)


def test_the_first_batch_chains_to_the_identity() -> None:
    head, _ = frame_batch(genesis(b"sixteen bytes id"), [ROW])
    assert (head.number, head.first_seq, head.previous) == (1, 1, b"sixteen bytes id")


@given(rows=st.lists(payloads, min_size=1, max_size=4), data=st.data())
def test_the_chain_tells_any_two_lists_of_rows_apart(
    rows: list[bytes], data: st.DataObject
) -> None:
    text = b"".join(rows)
    cut = data.draw(st.integers(0, len(text)))
    other = data.draw(st.sampled_from([[text], [text[:cut], text[cut:]], [*rows, b""], rows[::-1]]))
    same = chain_checksum(bytes(16), 1, Seq(1), rows) == chain_checksum(bytes(16), 1, Seq(1), other)
    assert same == (rows == other)


def test_the_chain_covers_its_numbers() -> None:
    checksums = {
        chain_checksum(previous, number, Seq(first), [ROW])
        for previous in (bytes(16), b"\1" * 16)
        for number in (1, 2)
        for first in (1, 2)
    }
    assert len(checksums) == 8


def test_a_batch_row_of_a_wrong_size_is_damaged() -> None:
    row = frame(BATCHES, number_key(7), 3, b"too short")
    with pytest.raises(LogDamaged, match="batch 7 is damaged: its row has 22 bytes"):
        unframe_batch(7, row)


@given(scope=st.integers(0, 2**32 - 1), user=numbers)
def test_keys_round_trip_and_sort_like_their_numbers(scope: int, user: int) -> None:
    assert number_of(number_key(user)) == user
    key = user_key(ScopeNumber(scope), UserNumber(user))
    assert user_of(key) == (scope, user)
    assert key[4:] == number_key(user)
    assert key[:4] == scope_key(ScopeNumber(scope))


@pytest.mark.parametrize(
    ("table", "key", "name"),
    [
        (META, LOG_KEY, "the log's own row"),
        (RECORDS, number_key(7), "record 7"),
        (PERSONAL, number_key(7), "the personal row of record 7"),
        (BATCHES, number_key(7), "batch 7"),
        (SCOPES, scope_key(ScopeNumber(2)), "the stored piece of scope 2"),
        (USERS, user_key(ScopeNumber(2), UserNumber(9)), "the stored state of user 9 in scope 2"),
        (
            STARTS,
            user_key(ScopeNumber(2), UserNumber(9)),
            "the stored start row of user 9 in scope 2",
        ),
        (KEYS, bytes(16), "the idempotency key " + "00" * 16),
        (RECORDS, b"\1\2", "the row 0102 of the table records"),
        (USERS, b"\1\2", "the row 0102 of the table users"),
    ],
)
def test_every_row_has_a_name(table: str, key: bytes, name: str) -> None:
    assert describe(table, key) == name
