"""Every kind of store against a model of lists and dicts, over random histories."""

import tempfile
from pathlib import Path

import msgspec
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.host.ports import Batch, Bounds, Piece, UserPiece
from engine.model.identifiers import ScopeNumber, Seq, UserNumber
from persistence.store import OpenStore
from tests.conftest import LONG, TEST_DATA
from tests.persistence.backends import Backend, LmdbBackend, MemoryBackend

payloads = st.binary(max_size=12)


class Append(msgspec.Struct, frozen=True):
    records: list[tuple[bytes, bytes | None]]


class Forget(msgspec.Struct, frozen=True):
    seqs: set[int]


class Write(msgspec.Struct, frozen=True):
    """Derived data of some users, scopes and keys, with low-water marks cut down to the log."""

    users: dict[tuple[int, int], tuple[int, bytes]]
    keys: dict[bytes, int]
    included: int | None


class Reopen(msgspec.Struct, frozen=True):
    pass


class Reset(msgspec.Struct, frozen=True):
    pass


Step = Append | Forget | Write | Reopen | Reset
seqs = st.integers(1, 40)
steps = st.one_of(
    st.builds(
        Append,
        st.lists(st.tuples(payloads, st.none() | payloads), min_size=1, max_size=4),
    ),
    st.builds(Forget, st.sets(seqs, max_size=4)),
    st.builds(
        Write,
        st.dictionaries(
            st.tuples(st.integers(1, 2), st.integers(1, 3)), st.tuples(seqs, payloads), max_size=3
        ),
        st.dictionaries(st.binary(min_size=16, max_size=16), seqs, max_size=2),
        st.none() | seqs,
    ),
    st.builds(Reopen),
    st.builds(Reset),
)


class Model:
    """What a store should hold."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.users: dict[tuple[int, int], Piece] = {}
        self.keys: dict[bytes, int] = {}
        self.included = 0

    @property
    def last_seq(self) -> int:
        return sum(len(batch.records) for batch in self.batches)

    async def step(self, step: Step, store: OpenStore) -> None:
        match step:
            case Append(records):
                first = self.last_seq + 1
                personal = {
                    Seq(first + index): row
                    for index, (_, row) in enumerate(records)
                    if row is not None
                }
                rows = tuple(record for record, _ in records)
                number = await store.log.append(Seq(first), rows, personal)
                assert number == len(self.batches) + 1
                self.batches.append(Batch(number, Seq(first), rows, personal))
            case Forget(seqs):
                await store.log.forget(map(Seq, seqs))
                self.batches = [
                    msgspec.structs.replace(
                        batch,
                        personal={seq: r for seq, r in batch.personal.items() if seq not in seqs},
                    )
                    for batch in self.batches
                ]
            case Write(users, keys, included):
                await self.write(users, keys, included, store)
            case Reset():
                await store.derived.reset()
                self.users, self.keys, self.included = {}, {}, 0
            case Reopen():
                pass

    async def write(
        self,
        users: dict[tuple[int, int], tuple[int, bytes]],
        keys: dict[bytes, int],
        included: int | None,
        store: OpenStore,
    ) -> None:
        end = self.last_seq
        pieces = [
            UserPiece(ScopeNumber(s), UserNumber(n), Seq(min(seq, end)), state, state[::-1])
            for (s, n), (seq, state) in users.items()
        ]
        capped = {key: min(seq, end) for key, seq in keys.items()}
        mark = None if included is None else max(self.included, min(included, end))
        await store.derived.write(
            keys=[(key, Seq(seq)) for key, seq in capped.items()],
            users=pieces,
            included=None if mark is None else Seq(mark),
        )
        for p in pieces:
            self.users[p.scope, p.number] = Piece(p.scope, p.number, p.seq, p.state)
        self.keys |= capped
        self.included = self.included if mark is None else mark

    def compare(self, store: OpenStore) -> None:
        log, derived = store.log, store.derived
        assert log.bounds() == Bounds(len(self.batches), Seq(self.last_seq))
        assert list(log.read()) == self.batches
        half = len(self.batches) // 2
        assert list(log.read(half)) == self.batches[half:]
        for batch in self.batches:
            for seq, record in enumerate(batch.records, batch.first_seq):
                assert log.read_record(Seq(seq)) == (record, batch.personal.get(Seq(seq)))
                assert log.batch_of(Seq(seq)) == batch.number
        assert derived.included() == self.included
        for key, seq in self.keys.items():
            assert derived.key(key) == seq
        for (scope, number), piece in self.users.items():
            assert derived.user(ScopeNumber(scope), UserNumber(number)) == piece
        for scope in (1, 2):
            in_scope = [piece for (s, _), piece in sorted(self.users.items()) if s == scope]
            assert list(derived.starts(ScopeNumber(scope))) == [
                msgspec.structs.replace(piece, payload=piece.payload[::-1]) for piece in in_scope
            ]


async def play(backend: Backend, history: list[Step]) -> None:
    model = Model()
    position = 0
    while position < len(history) + 1:
        async with backend.open() as store:
            assert store.derived_reset is None
            model.compare(store)
            for step in history[position:]:
                position += 1
                await model.step(step, store)
                if isinstance(step, Reopen):
                    break
            else:
                position = len(history) + 1
            model.compare(store)


@given(history=st.lists(steps, max_size=20))
def test_a_memory_store_does_what_its_model_does(history: list[Step]) -> None:
    trio.run(play, MemoryBackend(), history)


@settings(max_examples=500 if LONG else 60)
@given(history=st.lists(steps, max_size=12))
def test_a_data_directory_does_what_its_model_does(history: list[Step]) -> None:
    with tempfile.TemporaryDirectory(dir=TEST_DATA) as directory:
        trio.run(play, LmdbBackend(Path(directory)), history)
