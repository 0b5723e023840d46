"""What all derived data do, whatever they lie on, and when they are emptied."""

import pytest

from engine.host.ports import Piece, UserPiece
from engine.model.errors import LogDamaged
from engine.model.identifiers import ScopeNumber, Seq, UserNumber
from persistence.derived import CONTENTS, SLICE_ROWS
from persistence.framing import (
    BATCHES,
    DERIVED_KEY,
    KEYS,
    META,
    PERSONAL,
    RECORDS,
    SCOPES,
    STARTS,
    USERS,
    frame,
    number_key,
    scope_key,
    user_key,
)
from persistence.store import OpenStore
from persistence.tables import Change
from tests.persistence.backends import Backend
from tests.persistence.test_log import append_three


def user_piece(scope: int, number: int, seq: int) -> UserPiece:
    text = f"{scope}.{number}.{seq}".encode()
    return UserPiece(
        ScopeNumber(scope), UserNumber(number), Seq(seq), b"state " + text, b"start " + text
    )


def state_of(piece: UserPiece) -> Piece:
    return Piece(piece.scope, piece.number, piece.seq, piece.state)


def start_of(piece: UserPiece) -> Piece:
    return Piece(piece.scope, piece.number, piece.seq, piece.start)


USERS_WRITTEN = [user_piece(2, 1, 4), user_piece(1, 70_000, 2), user_piece(1, 3, 6)]
SCOPES_WRITTEN = [
    Piece(ScopeNumber(2), UserNumber(0), Seq(5), b"second"),
    Piece(ScopeNumber(1), UserNumber(0), Seq(6), b""),
]
KEYS_WRITTEN = [(b"\xff" * 16, Seq(6)), (bytes(16), Seq(1))]


async def fill(store: OpenStore) -> None:
    await append_three(store.log)
    await store.derived.write(
        keys=KEYS_WRITTEN, users=USERS_WRITTEN, scopes=SCOPES_WRITTEN, included=Seq(4)
    )


def expect_filled(store: OpenStore) -> None:
    derived = store.derived
    assert derived.included() == 4
    assert derived.key(b"\xff" * 16) == 6
    assert derived.key(bytes(16)) == 1
    assert derived.key(b"\x01" * 16) is None
    for piece in USERS_WRITTEN:
        assert derived.user(piece.scope, piece.number) == state_of(piece)
    assert derived.user(ScopeNumber(1), UserNumber(4)) is None
    starts = [start_of(piece) for piece in sorted(USERS_WRITTEN, key=lambda p: p.number)]
    assert list(derived.starts(ScopeNumber(1))) == [starts[1], starts[2]]
    assert list(derived.starts(ScopeNumber(2))) == [starts[0]]
    assert list(derived.starts(ScopeNumber(3))) == []
    assert list(derived.scopes()) == SCOPES_WRITTEN[::-1]


def expect_empty(store: OpenStore) -> None:
    assert store.derived.included() == 0
    assert store.derived.key(bytes(16)) is None
    assert store.derived.user(ScopeNumber(2), UserNumber(1)) is None
    assert list(store.derived.starts(ScopeNumber(1))) == []
    assert list(store.derived.scopes()) == []


async def test_new_derived_data_are_empty(backend: Backend) -> None:
    async with backend.open() as store:
        expect_empty(store)


async def test_what_was_written_is_read_also_after_reopening(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
        expect_filled(store)
    async with backend.open() as store:
        assert store.derived_reset is None
        expect_filled(store)


async def test_later_pieces_replace_earlier_ones(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
        newer = user_piece(1, 3, 5)
        await store.derived.write(users=[newer], included=Seq(5))
        assert store.derived.user(newer.scope, newer.number) == state_of(newer)
        assert store.derived.included() == 5
        await store.derived.write(keys=[(b"k" * 16, Seq(3))])
        assert store.derived.included() == 5


async def test_starts_come_in_slices_without_loss(backend: Backend) -> None:
    count = 2 * SLICE_ROWS
    async with backend.open() as store:
        await append_three(store.log)
        pieces = [user_piece(1, number, 1) for number in range(1, count + 1)]
        await store.derived.write(users=pieces[::-1])
        assert list(store.derived.starts(ScopeNumber(1))) == [start_of(piece) for piece in pieces]


async def test_reset_throws_everything_away(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
        await store.derived.reset()
        expect_empty(store)
        await store.derived.write(included=Seq(1))
    async with backend.open() as store:
        assert store.derived_reset is None
        assert store.derived.included() == 1


async def test_nothing_can_be_written_ahead_of_the_log(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
        with pytest.raises(AssertionError, match="within the log"):
            await store.derived.write(included=Seq(7))
        with pytest.raises(AssertionError, match="moves up"):
            await store.derived.write(included=Seq(3))
        with pytest.raises(AssertionError, match="ahead of the log"):
            await store.derived.write(users=[user_piece(1, 1, 7)])
        with pytest.raises(AssertionError, match="ahead of the log"):
            await store.derived.write(scopes=[Piece(ScopeNumber(1), UserNumber(0), Seq(7), b"")])
        with pytest.raises(AssertionError, match="a wrong key"):
            await store.derived.write(keys=[(bytes(16), Seq(7))])
        with pytest.raises(AssertionError, match="a wrong key"):
            await store.derived.write(keys=[(bytes(15), Seq(1))])
        expect_filled(store)


async def test_derived_data_that_reach_beyond_their_log_are_emptied(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
    backend.spoil_log(
        Change(
            delete={
                BATCHES: [number_key(2), number_key(3)],
                RECORDS: [number_key(seq) for seq in range(3, 7)],
                PERSONAL: [number_key(3), number_key(6)],
            }
        )
    )
    async with backend.open() as store:
        assert store.derived_reset == "they include record 4, but the log ends at record 2"
        expect_empty(store)
    async with backend.open() as store:
        assert store.derived_reset is None


async def test_derived_data_of_another_log_are_emptied(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
    row = frame(META, DERIVED_KEY, 1, b"another identity" + CONTENTS)
    backend.spoil_derived(Change(put={META: [(DERIVED_KEY, row)]}))
    async with backend.open() as store:
        assert store.derived_reset == "they belong to another log"
        expect_empty(store)


async def test_derived_data_of_another_release_are_emptied(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
        identity = store.log.identity()
    for contents in (b"", b"\1"):
        row = frame(META, DERIVED_KEY, 1, identity + contents)
        backend.spoil_derived(Change(put={META: [(DERIVED_KEY, row)]}))
        async with backend.open() as store:
            assert store.derived_reset == "they were made by another release"
            expect_empty(store)


@pytest.mark.parametrize("row", [b"", b"too short", bytes(13), None])
async def test_derived_data_without_a_readable_mark_are_emptied(
    backend: Backend, row: bytes | None
) -> None:
    async with backend.open() as store:
        await fill(store)
    if row is None:
        backend.spoil_derived(Change(delete={META: [DERIVED_KEY]}))
    else:
        backend.spoil_derived(Change(put={META: [(DERIVED_KEY, row)]}))
    async with backend.open() as store:
        assert store.derived_reset is not None
        assert "derived's own row" in store.derived_reset or "is missing" in store.derived_reset
        expect_empty(store)


async def test_a_damaged_piece_is_named(backend: Backend) -> None:
    async with backend.open() as store:
        await fill(store)
    one, two = ScopeNumber(1), ScopeNumber(2)
    strayed = frame(USERS, user_key(one, UserNumber(3)), 6, b"state of user 3")
    spoilt = {
        USERS: [(user_key(two, UserNumber(1)), strayed)],
        STARTS: [(user_key(one, UserNumber(3)), bytes(30))],
        SCOPES: [(scope_key(two), b"short")],
        KEYS: [(bytes(16), bytes(13))],
    }
    backend.spoil_derived(Change(put=spoilt))
    async with backend.open() as store:
        with pytest.raises(LogDamaged, match="stored state of user 1 in scope 2 is damaged"):
            store.derived.user(two, UserNumber(1))
        with pytest.raises(LogDamaged, match="stored start row of user 3 in scope 1 is damaged"):
            list(store.derived.starts(one))
        with pytest.raises(LogDamaged, match="stored piece of scope 2 is cut short"):
            list(store.derived.scopes())
        with pytest.raises(LogDamaged, match=f"idempotency key {'00' * 16} is damaged"):
            store.derived.key(bytes(16))
        await store.derived.reset()
        expect_empty(store)
