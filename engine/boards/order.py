"""What every order of participants can be asked, be it live, archived, or as it was once."""

from collections.abc import Iterable
from typing import Protocol

from engine.boards.shard import Place
from engine.model.identifiers import UserNumber


class Order(Protocol):
    """Participants in order of rank; positions begin with 1."""

    def __len__(self) -> int:
        """Return how many participants there are."""
        ...

    def page(self, offset: int, limit: int) -> Iterable[Place]:
        """Return the places at positions offset + 1 to offset + limit."""
        ...

    def position(self, number: UserNumber) -> int:
        """Return a participant's position, 0 if they are not in the order."""
        ...

    def value(self, number: UserNumber) -> int | None:
        """Return the value that a participant is ranked by, None if they are not in the order."""
        ...

    def value_at(self, position: int) -> int | None:
        """Return the value at a position, None beyond the end."""
        ...


class Nobody:
    """The order of a board that nobody is on."""

    def __len__(self) -> int:
        return 0

    def page(self, offset: int, limit: int) -> Iterable[Place]:
        """Return no places."""
        return ()

    def position(self, number: UserNumber) -> int:
        """Return 0."""
        return 0

    def value(self, number: UserNumber) -> int | None:
        """Return None."""
        return None

    def value_at(self, position: int) -> int | None:
        """Return None."""
        return None


def position_for(order: Order, value: int, *, descending: bool) -> int:
    """Return the position that somebody would get who came to a value now. O(log² n).

    Whoever has the same value had it earlier, and comes first.
    """
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        other = order.value_at(middle + 1)
        assert other is not None, "positions up to the length have values"
        if other >= value if descending else other <= value:
            low = middle + 1
        else:
            high = middle
    return low + 1
