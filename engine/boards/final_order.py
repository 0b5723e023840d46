"""The order of a run when it is over: how many are on it, and one number for who is where.

The number is SHA-256 over the run's groups in the order of their names; of each the length of the
name and the name (UTF-8), how many are on it, and of everybody in order of rank number and value,
all integers with 8 bytes, little endian.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

from engine.boards.shard import Shard

_COUNT = Struct("<q")
_PLACE = Struct("<qq")


class FinalOrder(NamedTuple):
    """What a closed run is known by."""

    groups: int
    participants: int
    digest: bytes


def final_order(groups: Mapping[str, Shard], slice_size: int) -> Iterator[FinalOrder | None]:
    """Work out the order of a run that nothing acts on any more, slice by slice.

    Args:
        groups: the run's.
        slice_size: how many participants to take in between two yields; some 1 µs each.

    Yields:
        None while there is more to do, then the result.
    """
    hashed, participants = sha256(), 0
    for group, shard in sorted(groups.items()):
        name = group.encode()
        hashed.update(_COUNT.pack(len(name)) + name + _COUNT.pack(len(shard)))
        participants += len(shard)
        for offset in range(0, len(shard), slice_size):
            places = shard.page(offset, slice_size)
            hashed.update(b"".join(_PLACE.pack(place.number, place.value) for place in places))
            yield None
    yield FinalOrder(len(groups), participants, hashed.digest())


def whole_order(groups: Mapping[str, Shard]) -> FinalOrder:
    """Work out the order of a run at once."""
    (*_, result) = final_order(groups, 1 << 40)
    assert result is not None, "the last yield is the result"
    return result
