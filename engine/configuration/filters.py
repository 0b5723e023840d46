"""What applies to somebody with certain attributes, found without looking at what does not.

A filter is equality, and all of several must match (SPEC 3.2). Things are kept in *lots*: one of
those without a filter, and one for each value that the first attribute of a filter may have. So
a thousand triggers, one for each country, cost an event one look-up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

Wanted = tuple[tuple[str, str], ...]
"""Attributes, by key, that must have a value."""

T = TypeVar("T")
Lot = TypeVar("Lot")


def matches(wanted: Wanted, attributes: Mapping[str, str]) -> bool:
    """Tell whether somebody has all of some attributes."""
    return all(attributes.get(key) == value for key, value in wanted)


class ByAttribute(Generic[Lot]):
    """Lots of things by the attributes that they ask for."""

    def __init__(
        self, things: Iterable[tuple[Wanted, T]], make: Callable[[Sequence[T]], Lot]
    ) -> None:
        """Sort things into lots.

        Args:
            things: each with what it asks for.
            make: makes a lot of things; they keep their order.
        """
        everybody: list[T] = []
        by_value: dict[str, dict[str, list[T]]] = {}
        for wanted, thing in things:
            if wanted:
                key, value = wanted[0]
                by_value.setdefault(key, {}).setdefault(value, []).append(thing)
            else:
                everybody.append(thing)
        self._everybody = (make(everybody),) if everybody else ()
        self._by_value = {
            key: {value: make(lot) for value, lot in values.items()}
            for key, values in by_value.items()
        }

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self._everybody or self._by_value)

    def lots(self, attributes: Mapping[str, str]) -> Sequence[Lot]:
        """Return the lots that may hold something for somebody. O(attributes asked for first).

        Of what is in them the whole filter is still to be looked at.
        """
        if not self._by_value:
            return self._everybody
        found = list(self._everybody)
        for key, values in self._by_value.items():
            value = attributes.get(key)
            lot = values.get(value) if value is not None else None
            if lot is not None:
                found.append(lot)
        return found
