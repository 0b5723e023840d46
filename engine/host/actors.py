"""Users as actors: a state each, acquired before use, passivated when room runs short.

An actor is no task: evaluation never waits, so a state that is acquired and used without a wait
in between cannot be changed by anybody else. States are in one of three places:

    hot      decoded, in memory, the most recently used ones
    packed   encoded, in memory, waiting to be written to the snapshot
    cold     only in the snapshot

Changed states are *dirty* until the snapshot holds them; a dirty one that has to make room is
packed, a clean one just dropped. Nothing is ever lost here that is not in the log.
"""

from collections.abc import Iterator

import msgspec
import trio

from engine.host.ports import DerivedReader, UserPiece
from engine.host.recently_used import RecentlyUsed
from engine.model.errors import LogDamaged
from engine.model.identifiers import ScopeNumber, UserNumber
from engine.model.limits import PACKED_USERS_MAX
from engine.model.user import Entry, ShardKey, UserBoost, UserState, Waiting
from engine.rules.periods import waiting


class StartRow(msgspec.Struct, frozen=True, array_like=True):
    """What a start must read of every user, hot or not."""

    id: str
    name: str | None
    entries: dict[ShardKey, Entry]
    waiting: Waiting
    boosts: tuple[UserBoost, ...]


_encoder = msgspec.msgpack.Encoder()
_states = msgspec.msgpack.Decoder(UserState)
_starts = msgspec.msgpack.Decoder(StartRow)


class ActorsStatistics(msgspec.Struct, frozen=True):
    """Where a scope's users are."""

    hot: int
    packed: int
    dirty: int


class Actors:
    """The users of one scope."""

    def __init__(self, scope: ScopeNumber, derived: DerivedReader, capacity: int) -> None:
        """Begin with nobody in memory.

        Args:
            scope: whose users.
            derived: where the cold ones are.
            capacity: how many may be hot, at least 1.
        """
        self._scope = scope
        self._derived = derived
        self._hot = RecentlyUsed(capacity)
        self._packed: dict[UserNumber, UserPiece] = {}
        self._dirty: dict[UserNumber, None] = {}
        self._room = trio.Event()

    async def acquire(self, number: UserNumber) -> UserState:
        """Return an existing user's state, from wherever it is.

        It may be used until the caller waits for anything; then it has to be acquired anew. Waits
        while too many packed states wait to be written.

        Raises:
            LogDamaged: the snapshot's piece is not what was written.
        """
        while len(self._packed) >= PACKED_USERS_MAX:
            await self._room.wait()
        return self.load(number)

    def load(self, number: UserNumber) -> UserState:
        """Return an existing user's state without waiting for room."""
        state = self._hot.use(number)
        if state is None:
            state = self.view(number)
            self._unpack(number)
            self._keep(state)
        return state

    def view(self, number: UserNumber) -> UserState:
        """Return an existing user's state without making it hot. Not to be changed.

        Raises:
            LogDamaged: the snapshot lacks the user, or its piece is not what was written.
        """
        state = self.find(number)
        if state is None:
            raise LogDamaged(f"user {number} of scope {self._scope} is not in the snapshot")
        return state

    def find(self, number: UserNumber) -> UserState | None:
        """Return a user's state as `view` does, None for a user who does not exist yet."""
        state = self._hot.get(number)
        if state is not None:
            return state
        packed = self._packed.get(number)
        if packed is not None:
            return _states.decode(packed.state)
        piece = self._derived.user(self._scope, number)
        return None if piece is None else _states.decode(piece.payload)

    def put(self, state: UserState) -> None:
        """Replace a user's state by a newer one; it is dirty from now on."""
        number = state.number
        self._dirty[number] = None
        self._unpack(number)
        self._keep(state)

    def put_aside(self, state: UserState) -> None:
        """Replace a user's state as `put` does, but without making a cold one hot.

        A sweep touches everybody once: those who are really there must not make room for them.
        """
        number = state.number
        if number in self._hot:
            self.put(state)
        else:
            self._dirty[number] = None
            self._packed[number] = self._pack(state)

    def is_dirty(self, number: UserNumber) -> bool:
        """Whether the snapshot lacks the user's last change."""
        return number in self._dirty

    def dirty(self) -> list[UserNumber]:
        """Return the users whose last change the snapshot lacks."""
        return list(self._dirty)

    def pack(self, number: UserNumber) -> UserPiece:
        """Return a dirty user's piece for the snapshot. Some 5 µs."""
        packed = self._packed.get(number)
        if packed is None:
            state = self._hot.get(number)
            assert state is not None, "a dirty user is hot or packed"
            packed = self._pack(state)
        return packed

    def written(self, piece: UserPiece) -> None:
        """Note that the snapshot holds a piece: its user is clean if not changed since."""
        number = piece.number
        state = self._hot.get(number)
        packed = self._packed.get(number)
        current = state.seq if state is not None else packed.seq if packed else piece.seq
        if current != piece.seq:
            return
        self._dirty.pop(number, None)
        self._unpack(number)

    def statistics(self) -> ActorsStatistics:
        """Return where the users are."""
        return ActorsStatistics(len(self._hot), len(self._packed), len(self._dirty))

    def _unpack(self, number: UserNumber) -> None:
        """Forget a packed state, and let those go on who wait for fewer of them."""
        if self._packed.pop(number, None) is not None:
            self._room.set()
            self._room = trio.Event()

    def _keep(self, state: UserState) -> None:
        left = self._hot.put(state)
        if left is not None and left.number in self._dirty:
            self._packed[left.number] = self._pack(left)

    def _pack(self, state: UserState) -> UserPiece:
        identity = state.identity
        start = StartRow(identity.id, identity.name, state.entries, waiting(state), state.boosts)
        return UserPiece(
            scope=self._scope,
            number=state.number,
            seq=state.seq,
            state=_encoder.encode(state),
            start=_encoder.encode(start),
        )


def read_starts(
    derived: DerivedReader, scope: ScopeNumber
) -> Iterator[tuple[UserNumber, StartRow]]:
    """Yield the start row of every user in the snapshot, by number."""
    for piece in derived.starts(scope):
        yield piece.number, _starts.decode(piece.payload)
