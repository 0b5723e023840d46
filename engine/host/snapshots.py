"""The snapshot, written behind the log without a pause: pieces, keys, and the low-water mark.

A pass notes the last durable record R, then writes every dirty piece and every recent key in
slices, between which the engine goes on. A piece may be newer than R, never newer than the log:
each slice waits until its newest record is durable. When all that was dirty at R is written, the
mark moves to R. A crash in between costs nothing: pieces know what they include.
"""

from collections.abc import Mapping

import trio

from engine.host.committer import Committer
from engine.host.keys import Keys
from engine.host.ports import Derived, OutcomeUnknown, Piece, UserPiece
from engine.host.recovery import encode_scope
from engine.host.scope import Scope
from engine.model.identifiers import ScopeNumber, Seq, UserNumber
from engine.model.limits import (
    DIRTY_USERS_MAX,
    PACKED_USERS_MAX,
    RECENT_KEYS_MAX,
    SNAPSHOT_SLICE_USERS,
)

_KEYS_SLICE = 4_096


class Snapshots:
    """What writes the derived data of an engine."""

    def __init__(
        self,
        derived: Derived,
        scopes: Mapping[ScopeNumber, Scope],
        keys: Keys,
        committer: Committer,
    ) -> None:
        self._derived = derived
        self._scopes = scopes
        self._keys = keys
        self._committer = committer
        self._pass = trio.Lock()

    def is_due(self) -> bool:
        """Whether enough has changed since the last pass for another one."""
        statistics = [scope.actors.statistics() for scope in self._scopes.values()]
        return (
            sum(s.dirty for s in statistics) >= DIRTY_USERS_MAX
            or any(s.packed >= PACKED_USERS_MAX // 2 for s in statistics)
            or len(self._keys) >= RECENT_KEYS_MAX
            or any(scope.executor.moves.is_due for scope in self._scopes.values())
        )

    async def write(self, upto: Seq | None = None) -> Seq:
        """Write one pass; return the new low-water mark.

        Args:
            upto: during recovery, the last record replayed: the log is durable far beyond it, but
                the pieces do not include that yet. Default: the last durable record.

        Raises:
            EngineFailed: a commit failed, of the log or of the snapshot itself.
            StorageFull: there is no room; the snapshot is as good as before, a later pass goes on.
        """
        try:
            async with self._pass:
                if self._committer.failure is not None:
                    self._committer.check()  # the store's state is unknown: it is used no further
                return await self._write(upto)
        except OutcomeUnknown as error:
            self._committer.fail("writing the snapshot failed", error)
            self._committer.check()
            raise

    async def _write(self, upto: Seq | None) -> Seq:
        mark = self._committer.durable_seq if upto is None else upto
        await self._write_keys()
        for scope in list(self._scopes.values()):
            await self._write_users(scope)
            await self._write_moves(scope)
        pieces = [
            Piece(number, UserNumber(0), scope.state.seq, encode_scope(scope.state))
            for number, scope in self._scopes.items()
        ]
        await self._committer.wait_durable(max((p.seq for p in pieces), default=Seq(0)))
        await self._derived.write(scopes=pieces, included=mark)
        return mark

    async def _write_keys(self) -> None:
        keys = self._keys.leave()
        await self._committer.wait_durable(self._committer.last_seq)
        for start in range(0, len(keys), _KEYS_SLICE):
            await self._derived.write(keys=keys[start : start + _KEYS_SLICE])
        self._keys.left()

    async def _write_users(self, scope: Scope) -> None:
        numbers = scope.actors.dirty()
        for start in range(0, len(numbers), SNAPSHOT_SLICE_USERS):
            pieces: list[UserPiece] = [
                scope.actors.pack(number)
                for number in numbers[start : start + SNAPSHOT_SLICE_USERS]
                if scope.actors.is_dirty(number)
            ]
            await self._committer.wait_durable(max((p.seq for p in pieces), default=Seq(0)))
            await self._derived.write(users=pieces)
            for piece in pieces:
                scope.actors.written(piece)

    async def _write_moves(self, scope: Scope) -> None:
        for chunks in scope.executor.moves.slices():
            await self._committer.wait_durable(max(chunk.last_seq for chunk in chunks))
            await self._derived.write(moves=chunks)
