"""Which users have boosts of their own: lists of a system's boosts, without asking everybody."""

from collections.abc import Sequence
from typing import NamedTuple

from sortedcontainers import SortedList

from engine.model.identifiers import Ordinal, UserNumber
from engine.model.user import UserBoost


class Held(NamedTuple):
    """A boost by its place: whose it is, and the n-th that they were ever given."""

    user: UserNumber
    boost: int


class BoostIndex:
    """All users' own boosts of a scope, by points system."""

    def __init__(self) -> None:
        self._by_system: dict[Ordinal, SortedList[Held]] = {}

    def replace(
        self, number: UserNumber, before: Sequence[UserBoost], after: Sequence[UserBoost]
    ) -> None:
        """Note that a user has other boosts than before. O(boosts of theirs * log n)."""
        for boost in before:
            self._by_system[boost.system].remove(Held(number, boost.index))
        for boost in after:
            held = self._by_system.setdefault(boost.system, SortedList())
            held.add(Held(number, boost.index))

    def of_system(self, system: Ordinal, skip: int, limit: int) -> list[Held]:
        """Return some of a system's boosts, by user and age. O(log n + limit)."""
        held = self._by_system.get(system)
        return list(held.islice(skip, skip + limit)) if held is not None else []

    def count(self, system: Ordinal) -> int:
        """Return how many boosts of users there are of a system."""
        return len(self._by_system.get(system, ()))
