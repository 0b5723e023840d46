"""What a scope's users have come to at one instant, in as few bytes as a comparison needs.

Two runs of one history are compared user by user, and only one of them can be in memory as a
whole: of the other a *standing* stays. It holds of each user some 70 bytes (which achievements,
how many points) and of each board the first few places.
"""

from collections.abc import Iterator

import msgspec

from engine.boards.shard import Shard
from engine.configuration.plan import Plan
from engine.host.scope import Scope
from engine.model.identifiers import Instant, Ordinal, UserNumber
from engine.model.user import ShardKey, UserState

TOP = 10
"""Places of a board that are kept."""


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """What a user has of what a configuration has."""

    completions: list[Ordinal]
    """Achievements, ascending."""
    points: list[tuple[Ordinal, int]]
    """Totals of points systems that are not 0, ascending."""


class Place(msgspec.Struct, frozen=True, rename="camel"):
    """A place on a board."""

    rank: int
    user_id: str
    value: int


class BoardTop(msgspec.Struct, frozen=True):
    """The beginning of a board."""

    places: list[Place]
    participants: int


class Standings:
    """What everybody has at one instant, packed; their number is the index."""

    def __init__(self, plan: Plan) -> None:
        """Begin with nobody.

        Args:
            plan: says what counts.
        """
        self.plan = plan
        self.boards: dict[ShardKey, BoardTop] = {}
        """By live shard."""
        self._packed: list[bytes | None] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Standing)

    def __len__(self) -> int:
        """The highest number of a user."""
        return len(self._packed)

    def put(self, number: UserNumber, standing: Standing) -> None:
        """Add a user; numbers ascend."""
        self._packed += [None] * (number - 1 - len(self._packed))
        self._packed.append(self._encoder.encode(standing))

    def get(self, number: UserNumber) -> Standing | None:
        """Return what a user has, None if there is no such user."""
        packed = self._packed[number - 1] if number <= len(self._packed) else None
        return None if packed is None else self._decoder.decode(packed)


def standing_of(state: UserState, plan: Plan) -> Standing:
    """Return what a user has of what a plan has."""
    return Standing(
        sorted(o for o in state.completions if o in plan.achievements),
        sorted((o, p.total) for o, p in state.points.items() if p.total and o in plan.systems),
    )


def id_of(state: UserState) -> str:
    """Return a user's id; of an erased one, what stands in its place (SPEC 9.4)."""
    return state.identity.id or f"erased-{state.number}"


def brought_up(scope: Scope, users: int, at: Instant) -> Iterator[UserState | None]:
    """Yield the users by number, each as they are at an instant; None for a number without one.

    Some 40 µs each.

    Args:
        scope: the scope.
        users: the highest number.
        at: an instant not before the scope's clock.
    """
    for number in range(1, users + 1):
        state = scope.actors.find(UserNumber(number))
        yield None if state is None else scope.executor.brought_up(state, at).state


class Tops:
    """The first places of all boards, found while everybody is looked at once.

    The boards' own order decides, on shards that never have more than `TOP` + 1 participants: so a
    million users cost no more room than a few.
    """

    def __init__(self, scope: Scope, at: Instant) -> None:
        """Begin with nobody.

        Args:
            scope: whose boards.
            at: the instant that counts: runs that are over by then are left out.
        """
        self._plan = scope.plan
        self._at = at
        self._shards: dict[ShardKey, Shard] = {}
        self._participants: dict[ShardKey, int] = {}
        self._ids: dict[UserNumber, str] = {}
        """Of those who are or were among the first."""

    def take(self, state: UserState) -> None:
        """Place a user. O(boards)."""
        for key, (value, set_at, set_order) in _entries(state):
            shard = self._shards.get(key)
            if shard is None:
                if not self._plan.ranks(key, self._at):
                    continue
                descending = self._plan.leaderboards[key.board].order == "desc"
                shard = self._shards[key] = Shard(descending=descending)
            self._participants[key] = self._participants.get(key, 0) + 1
            shard.move(state.number, value, set_at, set_order)
            if len(shard) > TOP:
                last = next(shard.page(TOP, 1))
                shard.leave(last.number)
                if last.number == state.number:
                    continue
            self._ids[state.number] = id_of(state)

    def result(self) -> dict[ShardKey, BoardTop]:
        """Return the beginning of every board, as far as its participants have ranks."""
        return {key: self._top(key, shard) for key, shard in self._shards.items()}

    def _top(self, key: ShardKey, shard: Shard) -> BoardTop:
        cap = self._plan.leaderboards[key.board].max_participants
        places = [
            Place(place.position, self._ids[place.number], place.value)
            for place in shard.page(0, TOP if cap is None else min(TOP, cap))
        ]
        return BoardTop(places, self._participants[key])


def _entries(state: UserState) -> Iterator[tuple[ShardKey, tuple[int, Instant, int]]]:
    for key, entry in state.entries.items():
        yield key, (entry.value, entry.set_at, entry.set_order)
