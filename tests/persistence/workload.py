"""A writer whose every byte can be foretold, and the check that a store holds what it should.

Record `seq` has the payload `payload_of(seq)`, every third one a personal row. From time to time
all personal rows so far are forgotten, or derived data written that include all records so far.
What was acknowledged is noted after each acknowledgement.
"""

import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import msgspec

from engine.host.ports import UserPiece
from engine.model.identifiers import ScopeNumber, Seq, UserNumber
from persistence.directory import open_reader, open_store
from persistence.store import OpenStore, ReadStore

MAP_SIZE = 64 * 1024 * 1024
SCOPE = ScopeNumber(1)
USERS = 7

ACKNOWLEDGED = struct.Struct(">QQQQ")


class Acknowledged(msgspec.Struct):
    """How far the writer had come, by its own notes."""

    last_seq: int = 0
    forgetting: int = 0
    """Personal rows up to here may be forgotten: it was asked for."""
    forgotten: int = 0
    """Personal rows up to here are forgotten."""
    included: int = 0

    def pack(self) -> bytes:
        return ACKNOWLEDGED.pack(self.last_seq, self.forgetting, self.forgotten, self.included)

    @staticmethod
    def unpack(content: bytes) -> "Acknowledged":
        return Acknowledged(*ACKNOWLEDGED.unpack(content))


@cache
def payload_of(seq: int) -> bytes:
    random = Random(seq)
    return random.randbytes(random.choice([5, 40, 300, 300, 300, 2_500]))


def personal_of(seq: int) -> bytes | None:
    return b"personal " + payload_of(seq)[:50] if seq % 3 == 0 else None


@cache
def key_of(seq: int) -> bytes:
    return Random(-seq).randbytes(16)


def user_piece(seq: int) -> UserPiece:
    number = UserNumber(seq % USERS)
    return UserPiece(SCOPE, number, Seq(seq), payload_of(seq), payload_of(seq)[:5])


async def append_some(store: OpenStore, count: int) -> None:
    first = store.log.bounds().last_seq + 1
    seqs = range(first, first + count)
    rows = {Seq(seq): row for seq in seqs if (row := personal_of(seq)) is not None}
    await store.log.append(Seq(first), [payload_of(seq) for seq in seqs], rows)


async def work(
    directory: Path, steps: int, seed: int, note: Callable[[Acknowledged], None]
) -> None:
    """Open an empty store and do some steps; note every intention to forget and every success."""
    random = Random(seed)
    async with open_store(
        directory, log_map_size=MAP_SIZE, derived_map_size=MAP_SIZE, command="workload"
    ) as store:
        done = Acknowledged()
        for _ in range(steps):
            match random.randrange(6):
                case 0:
                    done.forgetting = done.last_seq
                    note(done)
                    await store.log.forget(map(Seq, range(done.forgotten + 1, done.last_seq + 1)))
                    done.forgotten = done.last_seq
                case 1:
                    news = range(done.included + 1, done.last_seq + 1)
                    await store.derived.write(
                        keys=[(key_of(seq), Seq(seq)) for seq in news],
                        users=[user_piece(seq) for seq in news[-USERS:]],
                        included=Seq(done.last_seq),
                    )
                    done.included = done.last_seq
                case _:
                    await append_some(store, random.choice([1, 1, 1, 2, 5, 40]))
                    done.last_seq = store.log.bounds().last_seq
            note(done)


def check(directory: Path, acknowledged: Acknowledged) -> None:
    """Read all there is, and compare it with what must be there and with what may be."""
    with open_reader(directory) as store:
        check_log(store, acknowledged)
        check_derived(store, acknowledged)


def check_log(store: ReadStore, acknowledged: Acknowledged) -> None:
    seq = 0
    for batch in store.log.read():
        for record in batch.records:
            seq += 1
            assert record == payload_of(seq), f"record {seq} is another"
            found, expected = batch.personal.get(Seq(seq)), personal_of(seq)
            if seq <= acknowledged.forgotten:
                assert found is None, f"the personal row of record {seq} is back"
            elif seq > acknowledged.forgetting:
                assert found == expected, f"the personal row of record {seq} is another"
            else:
                assert found in (None, expected), f"the personal row of record {seq} is another"
    assert seq == store.log.bounds().last_seq
    assert seq >= acknowledged.last_seq, f"record {acknowledged.last_seq} was acknowledged"


def check_derived(store: ReadStore, acknowledged: Acknowledged) -> None:
    included, end = store.derived.included(), store.log.bounds().last_seq
    assert store.derived_misfit is None, store.derived_misfit
    assert acknowledged.included <= included <= end
    for seq in range(1, included + 1):
        assert store.derived.key(key_of(seq)) == seq, f"the key of record {seq} is gone"
    starts = list(store.derived.starts(SCOPE))
    assert len(starts) == min(included, USERS)
    for start in starts:
        piece = user_piece(start.seq)
        assert start.payload == piece.start
        state = store.derived.user(SCOPE, start.number)
        assert state is not None
        assert (state.seq, state.payload) == (start.seq, piece.state)
        assert included - USERS < state.seq <= included
