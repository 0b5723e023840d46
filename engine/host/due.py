"""When something falls due for whom: an index of instants, each with its users.

Local midnights are few and users many: a million people in one zone share an instant. So users are
kept in one bucket an instant, and only the instants are in a heap. Putting a user into a bucket
and taking one out costs the same however many there are; nothing is ever rebuilt, so no event
waits for it.
"""

from heapq import heappop, heappush
from typing import NamedTuple

import msgspec

from engine.model.identifiers import Instant, UserNumber


class _Bucket(NamedTuple):
    at: Instant
    """One object for all its users in `_due`, instead of one each."""
    users: dict[UserNumber, None]
    """A dictionary, not a set: `popitem` takes the last, so the order is always the same."""


class DueStatistics(msgspec.Struct, frozen=True):
    """How much is due some time."""

    users: int
    instants: int


class DueIndex:
    """For every user for whom something will fall due, the next instant at which it does."""

    def __init__(self) -> None:
        self._due: dict[UserNumber, Instant] = {}
        self._buckets: dict[Instant, _Bucket] = {}
        self._heap: list[Instant] = []
        """The instants that have a bucket, each once; also of buckets that have become empty."""

    def set(self, number: UserNumber, due: Instant | None) -> None:
        """Note when something falls due for a user next, None for never. O(log instants)."""
        before = self._due.get(number)
        if before == due:
            return
        if before is not None:
            del self._buckets[before].users[number]
        if due is None:
            del self._due[number]
            return
        bucket = self._buckets.get(due)
        if bucket is None:
            bucket = self._buckets[due] = _Bucket(due, {})
            heappush(self._heap, due)
        bucket.users[number] = None
        self._due[number] = bucket.at

    def first(self) -> Instant | None:
        """Return the earliest instant at which something is due for anybody."""
        while self._heap and not self._buckets[self._heap[0]].users:
            del self._buckets[heappop(self._heap)]
        return self._heap[0] if self._heap else None

    def take(self, upto: Instant) -> UserNumber | None:
        """Return a user for whom something is due by an instant, of the earliest one.

        They are out of the index then: whoever takes one brings them up and sets them anew.
        """
        due = self.first()
        if due is None or due > upto:
            return None
        number, _ = self._buckets[due].users.popitem()
        del self._due[number]
        return number

    def statistics(self) -> DueStatistics:
        """Return how much is due some time."""
        return DueStatistics(len(self._due), len(self._buckets))

    def _check(self) -> None:
        """Assert that all parts agree; O(n), for tests."""
        assert sorted(self._heap) == sorted(self._buckets)
        assert len(set(self._heap)) == len(self._heap)
        found = {n: at for at, bucket in self._buckets.items() for n in bucket.users}
        assert found == self._due
