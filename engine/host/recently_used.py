"""The users whose states are kept decoded: those used most recently.

An ordered dictionary of a million entries copies itself when it grows, and everybody waits 50 ms
for it. So a large one is made of parts, each with its share of the room: a part is small enough
to grow unnoticed, and user numbers spread evenly over them.
"""

from collections import OrderedDict

from engine.model.identifiers import UserNumber
from engine.model.user import UserState

_PARTS = 128
_PARTED_FROM = 16_384
"""Room for fewer is kept in one part: the least recently used of all leaves."""


class RecentlyUsed:
    """States by user number, at most so many; whoever was used longest ago leaves."""

    def __init__(self, capacity: int) -> None:
        """Begin empty, with room for at least 1."""
        count = _PARTS if capacity >= _PARTED_FROM else 1
        self._capacity = capacity // count
        self._parts: list[OrderedDict[UserNumber, UserState]] = [
            OrderedDict() for _ in range(count)
        ]
        self._mask = count - 1

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __contains__(self, number: UserNumber) -> bool:
        return number in self._parts[number & self._mask]

    def get(self, number: UserNumber) -> UserState | None:
        """Return a state, None if it is not among these; it counts as used no more than before."""
        return self._parts[number & self._mask].get(number)

    def use(self, number: UserNumber) -> UserState | None:
        """Return a state, which counts as used just now."""
        part = self._parts[number & self._mask]
        state = part.get(number)
        if state is not None:
            part.move_to_end(number)
        return state

    def put(self, state: UserState) -> UserState | None:
        """Add or replace a state, used just now; return the one that has to leave, if one has."""
        number = state.number
        part = self._parts[number & self._mask]
        part[number] = state
        part.move_to_end(number)
        return part.popitem(last=False)[1] if len(part) > self._capacity else None
