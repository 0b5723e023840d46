"""A walk over a shard, in slices, that sees the order of one moment while the shard moves on.

The walk goes from key to key. Whoever moves meanwhile is noted once, with the key they had when it
began. A slice takes the live keys of a range, without those of anybody noted, and puts in between
the old keys of the noted ones that lie in the range. What lies behind the range has been taken
already; so everybody comes once, with the key and in the place of the beginning.
"""

from heapq import heappop, heappush

from engine.boards.shard import Place, Shard
from engine.model.identifiers import UserNumber


class Scan:
    """One walk; a shard can have one at a time. End it by `close`."""

    def __init__(self, shard: Shard) -> None:
        """Begin: from now on the shard tells who moves."""
        self._shard = shard
        self._reached: int | None = None
        self._noted: set[UserNumber] = set()
        self._old: list[int] = []
        """Keys of the beginning that were left since and are still to come, as a heap."""
        self._position = 0
        self.done = False
        """Whether everybody has come."""
        shard.watch(self._note)

    def slice(self, limit: int) -> list[Place]:
        """Return the next places, at most `limit` of them, perhaps none yet. O(log n + limit)."""
        noted, old = self._noted, self._old
        keys = self._shard.keys_after(self._reached, limit)
        is_last = len(keys) < limit
        places: list[Place] = []
        index = 0
        while len(places) < limit:
            key = keys[index] if index < len(keys) else None
            if old and (is_last if key is None else old[0] <= key):
                self._reached = heappop(old)
                places.append(self._place(self._reached))
            elif key is None:
                break
            else:
                index += 1
                self._reached = key
                if self._shard.number_of(key) not in noted:
                    places.append(self._place(key))
        self.done = is_last and index == len(keys) and not old
        return places

    def close(self) -> None:
        """Let the shard tell nobody any more. A second call does nothing."""
        self._shard.watch(None)

    def _place(self, key: int) -> Place:
        self._position += 1
        return Place(self._position, self._shard.number_of(key), self._shard.value_of(key))

    def _note(self, number: UserNumber, key: int | None) -> None:
        if number not in self._noted:
            self._noted.add(number)
            if key is not None and (self._reached is None or key > self._reached):
                heappush(self._old, key)
