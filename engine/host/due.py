"""When something falls due for whom: an index of instants, each with its users.

Local midnights are few and users many: a million people in one zone share an instant. So users are
kept in one bucket an instant, and only the instants are in a heap. Intervals since somebody was
made end at any microsecond; the index rounds them up to the next second, so that users share
instants here too. A bucket, and the index from
user to instant, are made of chunks of users with neighbouring numbers: a dictionary that grows
copies itself, 40 ms at a million entries, 0.1 ms at a chunk's. So no event ever waits for that.
"""

from heapq import heappop, heappush

import msgspec

from engine.model.identifiers import Instant, UserNumber

_GRID_US = 1_000_000
"""Microseconds that something due may wait for, at most, so that users can share an instant."""

_CHUNK_BITS = 12
"""Users of a chunk: 4,096, by the upper bits of their numbers."""

Chunks = dict[int, dict[UserNumber, None]]


class DueStatistics(msgspec.Struct, frozen=True):
    """How much is due some time."""

    users: int
    instants: int


class DueIndex:
    """For every user for whom something will fall due, the next instant at which it does."""

    def __init__(self) -> None:
        self._due: dict[int, dict[UserNumber, Instant]] = {}
        """By chunk, for each of its users the instant."""
        self._buckets: dict[Instant, Chunks] = {}
        """By instant its users, in chunks that are never empty."""
        self._heap: list[Instant] = []
        """The instants that have a bucket, each once; also of buckets that have become empty."""

    def set(self, number: UserNumber, due: Instant | None) -> None:
        """Note when something falls due for a user next, None for never. O(log instants)."""
        if due is not None:
            due = Instant(-(-due // _GRID_US) * _GRID_US)
        chunk = number >> _CHUNK_BITS
        instants = self._due.setdefault(chunk, {})
        before = instants.get(number)
        if before == due:
            return
        if before is not None:
            bucket = self._buckets[before]
            del bucket[chunk][number]
            if not bucket[chunk]:
                del bucket[chunk]
        if due is None:
            del instants[number]
            return
        bucket = self._buckets.get(due)
        if bucket is None:
            bucket = self._buckets[due] = {}
            heappush(self._heap, due)
        bucket.setdefault(chunk, {})[number] = None
        instants[number] = due

    def first(self) -> Instant | None:
        """Return the earliest instant, in whole seconds, by which something is due for anybody."""
        while self._heap and not self._buckets[self._heap[0]]:
            del self._buckets[heappop(self._heap)]
        return self._heap[0] if self._heap else None

    def not_before(self) -> Instant | None:
        """Return an instant before which nothing is due for anybody; None if nothing is at all."""
        first = self.first()
        return None if first is None else Instant(first - _GRID_US + 1)

    def take(self, upto: Instant) -> UserNumber | None:
        """Return a user for whom something is due by an instant, of the earliest one.

        They are out of the index then: whoever takes one brings them up and sets them anew.
        """
        due = self.first()
        if due is None or due > upto:
            return None
        bucket = self._buckets[due]
        chunk, users = bucket.popitem()
        number, _ = users.popitem()  # the last one: taking the first would pass over all gaps
        if users:
            bucket[chunk] = users
        del self._due[chunk][number]
        return number

    def statistics(self) -> DueStatistics:
        """Return how much is due some time. O(users / 4,096)."""
        return DueStatistics(sum(map(len, self._due.values())), len(self._buckets))

    def _check(self) -> None:
        """Assert that all parts agree; O(n), for tests."""
        assert sorted(self._heap) == sorted(self._buckets)
        assert len(set(self._heap)) == len(self._heap)
        found: dict[UserNumber, Instant] = {}
        for at, bucket in self._buckets.items():
            for chunk, users in bucket.items():
                assert users, "a chunk is never empty"
                assert {number >> _CHUNK_BITS for number in users} == {chunk}
                found |= dict.fromkeys(users, at)
        due = {n: at for instants in self._due.values() for n, at in instants.items()}
        assert found == due
