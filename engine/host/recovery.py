"""From what is on disk to running scopes: the snapshot's pieces, then the log's tail, by facts.

The snapshot's low-water mark says up to which record all pieces are complete. Records after it
are applied to those pieces that do not include them yet; each piece knows the number of its last
one. Boards and the index of due work come last, from the users' start rows and the tail's users.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TypeVar

import msgspec
import trio

from engine.boards.boards import Entries, gather
from engine.host.actors import read_starts
from engine.host.archives import hold_lost
from engine.host.keys import Keys
from engine.host.ports import Batch, DerivedReader, LogReader
from engine.host.scope import Scope
from engine.model.commands import OpenScope, keys_of
from engine.model.errors import LogDamaged
from engine.model.identifiers import Ordinal, ScopeNumber, Seq
from engine.model.record import StoredRecord, decode_personal, decode_record
from engine.model.scope import ScopeState
from engine.model.user import ShardKey, UserState
from engine.rules.apply import apply_record

T = TypeVar("T")
_SLICE_ROWS = 512

MakeScope = Callable[[ScopeState], Scope]
Pause = Callable[[Seq], Awaitable[None]]

_encoder = msgspec.msgpack.Encoder()
_scopes = msgspec.msgpack.Decoder(ScopeState)


def encode_scope(state: ScopeState) -> bytes:
    """Return the payload of a scope's piece."""
    return _encoder.encode(state)


def read_records(log: LogReader, after: Seq) -> Iterator[StoredRecord]:
    """Yield every record after a number, decoded, verified, one batch in memory at a time.

    Raises:
        LogDamaged: names the record.
    """
    if after >= log.bounds().last_seq:
        return
    for batch in log.read(log.batch_of(Seq(after + 1)) - 1):
        yield from _records_of(batch, after)


def _records_of(batch: Batch, after: Seq) -> Iterator[StoredRecord]:
    for index, payload in enumerate(batch.records):
        seq = Seq(batch.first_seq + index)
        if seq > after:
            yield decode_stored(seq, payload, batch.personal.get(seq))


def decode_stored(seq: Seq, payload: bytes, personal: bytes | None) -> StoredRecord:
    """Decode a record's rows.

    Raises:
        LogDamaged: the bytes are whole but mean nothing to this release.
    """
    try:
        return StoredRecord(
            seq, decode_record(payload), decode_personal(personal) if personal else None
        )
    except msgspec.DecodeError as error:
        raise LogDamaged(f"record {seq} cannot be understood: {error}") from error


async def recover(
    log: LogReader,
    derived: DerivedReader,
    scopes: dict[ScopeNumber, Scope],
    *,
    keys: Keys,
    make: MakeScope,
    pause: Pause,
) -> Seq:
    """Rebuild every scope; return the last record that they include.

    Args:
        log: the truth.
        derived: the snapshot to begin with; may be empty.
        scopes: gets the scopes.
        keys: gets the tail's idempotency keys.
        make: makes a scope of its state.
        pause: called now and then with the last record applied: progress, other tasks, and for a
            writer the chance to write pieces behind.
    """

    def make_known(state: ScopeState) -> Scope:
        # A scope that is made by the tail: an interrupted first snapshot has users' pieces, which
        # replay passes over if they are newer, and no scope's piece yet.
        scope = make(state)
        for number, row in read_starts(derived, state.number):
            scope.directory.enter(number, row.id, row.name)
        return scope

    for piece in derived.scopes():
        scope = scopes[piece.scope] = make(_scopes.decode(piece.payload))
        async for number, row in _in_slices(read_starts(derived, piece.scope)):
            scope.directory.enter(number, row.id, row.name)
    last = derived.included()
    for stored in read_records(log, last):
        replay(scopes, keys, make_known, stored)
        scopes[stored.record.scope].executor.moves.take(stored.seq, stored.record)
        last = stored.seq
        if stored.seq % 1024 == 0:
            await pause(stored.seq)
    for number, scope in scopes.items():
        await _index(scope, derived, number)
    return last


async def _in_slices(rows: Iterator[T]) -> AsyncIterator[T]:
    """Yield rows, with a look at other tasks now and then: a server tells how far recovery is."""
    for count, row in enumerate(rows, 1):
        yield row
        if count % _SLICE_ROWS == 0:
            await trio.lowlevel.checkpoint()


def replay(
    scopes: dict[ScopeNumber, Scope], keys: Keys, make: MakeScope, stored: StoredRecord
) -> None:
    """Apply one record, by its facts, to the pieces that do not include it yet."""
    seq, record = stored.seq, stored.record
    if isinstance(record.command, OpenScope) and record.scope not in scopes:
        scopes[record.scope] = make(ScopeState(record.scope, record.command.name))
    scope = scopes.get(record.scope)
    if scope is None:
        raise LogDamaged(f"record {seq} belongs to scope {record.scope}, which was never opened")
    if seq > scope.state.seq:
        scope.executor.apply_scope(seq, record)
    for key in keys_of(record.command):
        keys.add(key, seq)
    if record.user:
        state = scope.actors.find(record.user) or UserState(record.user)
        if seq > state.seq:
            apply_record(state, seq, record, stored.personal)
            scope.actors.put(state)  # what is due next, `_index` notes of everybody at the end
            scope.directory.enter(record.user, state.identity.id, state.identity.name)


async def _index(scope: Scope, derived: DerivedReader, number: ScopeNumber) -> None:
    """Make what is an index over all users: boards, totals, boosts, and when something is due.

    From the start rows, or for changed users from their state.
    """
    hold_lost(scope, derived)
    gathered: dict[ShardKey, Entries] = {}
    wanted = scope.boards.wants
    totals: dict[Ordinal, list[int]] = {}
    executor = scope.executor
    async for user, row in _in_slices(read_starts(derived, number)):
        if not scope.actors.is_dirty(user):
            gather(user, row.entries, gathered, wanted)
            _gather_totals(row.waiting.points, totals)
            executor.boosts.replace(user, (), row.boosts)
            executor.note_waiting(user, row.waiting)
    async for user in _in_slices(iter(scope.actors.dirty())):
        state = scope.actors.view(user)
        gather(user, state.entries, gathered, wanted)
        _gather_totals({s: p.total for s, p in state.points.items()}, totals)
        executor.boosts.replace(user, (), state.boosts)
        executor.note_due(state)
    scope.boards.rebuild(gathered)
    executor.totals.rebuild(totals)


def _gather_totals(points: Mapping[Ordinal, int], totals: dict[Ordinal, list[int]]) -> None:
    for system, total in points.items():
        totals.setdefault(system, []).append(total)
