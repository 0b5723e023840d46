"""How many users have how many points: one sorted order of totals for each points system.

It answers summaries in O(log n) (SPEC 7.8). Like the boards it is an index over the users' own
states: never stored, rebuilt from them at a start. Whoever never had points of a system is not in
its order.
"""

from collections.abc import Mapping

from sortedcontainers import SortedList

from engine.model.identifiers import Ordinal


class Totals:
    """The totals of one scope's users, by points system."""

    def __init__(self) -> None:
        self._by_system: dict[Ordinal, SortedList[int]] = {}

    def move(self, system: Ordinal, before: int | None, after: int) -> None:
        """Note that a user's total is another one; `before` is None for their first. O(log n)."""
        if before == after:
            return
        totals = self._by_system.get(system)
        if totals is None:
            totals = self._by_system[system] = SortedList()
        if before is not None:
            totals.remove(before)
        totals.add(after)

    def rebuild(self, totals: Mapping[Ordinal, list[int]]) -> None:
        """Take all totals at once. O(n log n)."""
        self._by_system = {system: SortedList(values) for system, values in totals.items()}

    def count(self, system: Ordinal, low: int | None = None, high: int | None = None) -> int:
        """Return how many users have a total from `low` to `high`, both included. O(log n)."""
        totals = self._by_system.get(system)
        if totals is None:
            return 0
        first = 0 if low is None else totals.bisect_left(low)
        last = len(totals) if high is None else totals.bisect_right(high)
        return max(0, last - first)

    def greatest(self, system: Ordinal) -> int | None:
        """Return the greatest total of a system, None if nobody has any."""
        totals = self._by_system.get(system)
        return totals[-1] if totals else None

    def all(self, system: Ordinal) -> list[int]:
        """Return all totals, ascending; O(n), for tests and verification."""
        return list(self._by_system.get(system, ()))
