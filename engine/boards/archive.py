"""A run's final order as it is kept for ever: pages by rank, and places by participant.

    head      the groups, each with how many are on it
    pages     of each group the participants in order, 1,000 a page
    places    of 4,096 participants with neighbouring numbers: group, position, value

So a page costs one read, and so does the place of somebody. All integers are little endian.
"""

from collections.abc import Iterable, Iterator, Mapping
from struct import Struct
from typing import NamedTuple

import msgspec

from engine.boards.shard import Place, Shard
from engine.model.identifiers import UserNumber

HEAD, PAGES, PLACES = 0, 1, 2
"""The kinds of parts."""

PAGE_PLACES = 1_000
CHUNK_BITS = 12
"""Participants of a chunk of places, by the upper bits of their numbers."""

_ON_PAGE = Struct("<qq")
_OF_PARTICIPANT = Struct("<qiqq")

_head_encoder = msgspec.msgpack.Encoder()
_head_decoder = msgspec.msgpack.Decoder(list[tuple[str, int]])


class PartKey(NamedTuple):
    """Which part of an archive."""

    kind: int
    group: int
    """Its place among the groups; 0 where it does not matter."""
    part: int


HEAD_KEY = PartKey(HEAD, 0, 0)


class ArchivedPlace(NamedTuple):
    """Where somebody ended up."""

    group: int
    position: int
    value: int


def archive_parts(groups: Mapping[str, Shard]) -> Iterator[tuple[PartKey, bytes]]:
    """Yield the parts of a run's archive; some 2 ms each, the head last."""
    chunks: dict[int, bytearray] = {}
    head = [(group, len(shard)) for group, shard in sorted(groups.items())]
    for number, (group, participants) in enumerate(head):
        for index, offset in enumerate(range(0, participants, PAGE_PLACES)):
            page = list(groups[group].page(offset, PAGE_PLACES))
            for place in page:
                chunk = chunks.setdefault(place.number >> CHUNK_BITS, bytearray())
                chunk += _OF_PARTICIPANT.pack(place.number, number, place.position, place.value)
            yield PartKey(PAGES, number, index), _pack_page(page)
    for index, chunk in sorted(chunks.items()):
        yield PartKey(PLACES, 0, index), bytes(chunk)
    yield HEAD_KEY, _head_encoder.encode(head)


def read_head(payload: bytes) -> list[tuple[str, int]]:
    """Return the groups of an archive, each with how many are on it."""
    return _head_decoder.decode(payload)


def read_page(payload: bytes) -> list[tuple[UserNumber, int]]:
    """Return the participants of a page with their values."""
    return [(UserNumber(number), value) for number, value in _ON_PAGE.iter_unpack(payload)]


def find_place(payload: bytes, number: UserNumber) -> ArchivedPlace | None:
    """Return the place of a participant in their chunk, None if they are not in it."""
    for other, group, position, value in _OF_PARTICIPANT.iter_unpack(payload):
        if other == number:
            return ArchivedPlace(group, position, value)
    return None


def _pack_page(places: Iterable[Place]) -> bytes:
    return b"".join(_ON_PAGE.pack(place.number, place.value) for place in places)
