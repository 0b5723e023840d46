"""One order of participants: exact ranks by a sorted list of composite integer keys.

A participant's key is one integer, so comparing two costs one comparison of integers instead of a
walk over tuples, and the list holds nothing else:

    ┌───────────────┬──────────────┬────────────────┬────────────┐
    │ value, signed │ set_at  (64) │ set_order (64) │ number (40)│
    └───────────────┴──────────────┴────────────────┴────────────┘

The value is negated where higher ranks first, so the list is in rank order either way. `set_at`
and `set_order` break ties: whose present value was set earlier comes first (SPEC 8.3). The number
makes keys unique and leads back from a key to its participant.

Measured on 2 shared cores (bench `boards`): a move with both positions costs some 3 µs at 1,000
participants and 15 µs at 1,000,000.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec
from sortedcontainers import SortedList

from engine.model.identifiers import Instant, UserNumber

_NUMBER_BITS = 40
_ORDER_BITS = 64
_AT_BITS = 64
_NUMBER_MASK = (1 << _NUMBER_BITS) - 1
_ORDER_SHIFT = _NUMBER_BITS
_AT_SHIFT = _ORDER_SHIFT + _ORDER_BITS
_VALUE_SHIFT = _AT_SHIFT + _AT_BITS


class Place(NamedTuple):
    """A participant's place: position from 1 in the whole order, and the value ranked by."""

    position: int
    number: UserNumber
    value: int


Remains = list[dict[UserNumber, int]]
"""Keys of shards that are no more: to free a million at once would take 45 ms, so somebody frees
some at a time."""

Watcher = Callable[[UserNumber, int | None], None]
"""Told of whoever moves, with the key that they had, None for one who joins."""


class ShardStatistics(msgspec.Struct, frozen=True):
    """How large a shard is."""

    participants: int


class Shard:
    """The order of one board's group and run."""

    __slots__ = ("_descending", "_keys", "_order", "_remains", "_watcher")

    def __init__(
        self,
        *,
        descending: bool,
        entries: Iterable[tuple[UserNumber, int, Instant, int]] = (),
        remains: Remains | None = None,
    ) -> None:
        """Make a shard, of all entries at once: O(n log n).

        Args:
            descending: whether higher values rank first.
            entries: participants as (number, value, set_at, set_order), each number once.
            remains: where its keys go when nobody has the shard any more.
        """
        self._remains = remains
        self._descending = descending
        self._keys = {
            number: self._key(number, value, set_at, set_order)
            for number, value, set_at, set_order in entries
        }
        self._order: SortedList[int] = SortedList(self._keys.values())
        self._watcher: Watcher | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def __del__(self) -> None:
        if self._remains is not None:
            self._remains.append(self._keys)

    def move(
        self, number: UserNumber, value: int, set_at: Instant, set_order: int
    ) -> tuple[int, int]:
        """Give a participant a value, letting them join if need be. O(log n).

        Returns:
            The positions from (0 if they were not in the order) and to, from 1.
        """
        old = self._keys.get(number)
        key = self._key(number, value, set_at, set_order)
        if self._watcher is not None:
            self._watcher(number, old)
        from_position = 0
        order = self._order
        if old is not None:
            order.remove(old)
            from_position = order.bisect_left(old) + 1
        self._keys[number] = key
        order.add(key)
        return from_position, order.bisect_left(key) + 1

    def leave(self, number: UserNumber) -> int:
        """Take a participant out; return the position they had, 0 if none. O(log n)."""
        old = self._keys.pop(number, None)
        if old is None:
            return 0
        if self._watcher is not None:
            self._watcher(number, old)
        self._order.remove(old)
        return self._order.bisect_left(old) + 1

    def position(self, number: UserNumber) -> int:
        """Return a participant's position from 1, 0 if they are not in the order. O(log n)."""
        key = self._keys.get(number)
        return 0 if key is None else self._order.bisect_left(key) + 1

    def value(self, number: UserNumber) -> int | None:
        """Return the value that a participant is ranked by, None if they are not in the order."""
        key = self._keys.get(number)
        return None if key is None else self.value_of(key)

    def page(self, offset: int, limit: int) -> Iterator[Place]:
        """Yield the places at positions offset + 1 to offset + limit. O(log n + limit)."""
        keys = self._order.islice(offset, min(offset + limit, len(self._order)))
        for position, key in enumerate(keys, offset + 1):
            yield Place(position, self.number_of(key), self.value_of(key))

    def value_at(self, position: int) -> int | None:
        """Return the value at a position from 1, None beyond the end. O(log n)."""
        if not 0 < position <= len(self._order):
            return None
        return self.value_of(self._order[position - 1])

    def watch(self, watcher: Watcher | None) -> None:
        """Tell somebody of every move from now on, or nobody: see `engine.boards.scan`."""
        assert watcher is None or self._watcher is None, "one walk at a time"
        self._watcher = watcher

    def keys_after(self, key: int | None, limit: int) -> list[int]:
        """Return the next keys behind one, in rank order; from the first on for None.

        O(log n + limit).
        """
        keys = self._order.irange(minimum=key, inclusive=(False, True))
        return list(islice(keys, limit))

    @staticmethod
    def number_of(key: int) -> UserNumber:
        """Return whose key it is."""
        return UserNumber(key & _NUMBER_MASK)

    def statistics(self) -> ShardStatistics:
        """Return how large the shard is."""
        return ShardStatistics(participants=len(self._keys))

    def _key(self, number: UserNumber, value: int, set_at: Instant, set_order: int) -> int:
        ranked = -value if self._descending else value
        return (
            (ranked << _VALUE_SHIFT) + (set_at << _AT_SHIFT) + (set_order << _ORDER_SHIFT) + number
        )

    def value_of(self, key: int) -> int:
        """Return the value in a key."""
        ranked = key >> _VALUE_SHIFT
        return -ranked if self._descending else ranked

    def _check(self) -> None:
        """Assert that list and dictionary agree; O(n), for tests."""
        self._order._check()  # pyright: ignore
        assert sorted(self._keys.values()) == list(self._order)
        for number, key in self._keys.items():
            assert key & _NUMBER_MASK == number
