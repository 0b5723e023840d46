"""A cut: where everybody on one shard stood after one record, by participant number (SPEC 8.5).

A past place is one cut and the rows behind it. A cut lies in *parts* of some thousand participants,
in order of their numbers, so that one participant's place in it is one part. Its *head* says after
which record it was taken and with which number each part begins, and is written last: a cut
without a head is none.

A participant takes 17 bytes of a part (big endian): number (5), position (4), value (8, signed).
"""

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from engine.boards.rank_rows import Spot
from engine.boards.shard import Place
from engine.model.identifiers import Instant, UserNumber

CUT_ROW = struct.Struct(">BIIq")
"""High byte and low bytes of the number, position, value."""

_SIZE = CUT_ROW.size
_NUMBER_SIZE = 5


class CutHead(msgspec.Struct, frozen=True, array_like=True):
    """What there is to know of a cut, beside the record after which it was taken."""

    number: int
    """The n-th cut of its shard, from 1."""
    at: Instant
    """The scope's clock when it was taken."""
    rows: int
    """Rows of rank history that the shard had by then."""
    participants: int
    firsts: tuple[int, ...]
    """The first participant number of each part."""

    def part_of(self, number: UserNumber) -> int:
        """Return the index of the part that a participant would be in; -1 for none."""
        return bisect_right(self.firsts, number) - 1


_encoder = msgspec.msgpack.Encoder()
_heads = msgspec.msgpack.Decoder(CutHead)


def encode_head(head: CutHead) -> bytes:
    """Return the payload of a cut's head."""
    return _encoder.encode(head)


def decode_head(payload: bytes) -> CutHead:
    """Read a payload written by `encode_head`.

    Raises:
        msgspec.DecodeError: the bytes are none.
    """
    return _heads.decode(payload)


def find_in_part(part: bytes, number: UserNumber) -> Spot | None:
    """Return where a participant stands, None if they are not in the part. O(log n)."""
    wanted = number.to_bytes(_NUMBER_SIZE, "big")
    index = bisect_left(
        range(len(part) // _SIZE),
        wanted,
        key=lambda index: part[index * _SIZE : index * _SIZE + _NUMBER_SIZE],
    )
    if not part.startswith(wanted, index * _SIZE):
        return None
    _, _, position, value = CUT_ROW.unpack_from(part, index * _SIZE)
    return Spot(position, value)


def first_of_part(part: bytes) -> int:
    """Return the number of a part's first participant."""
    return int.from_bytes(part[:_NUMBER_SIZE], "big")


class Transposition:
    """Participants come in by position and go out by number, in slices of bounded work.

    They are thrown into buckets by number as they come; a bucket is sorted when it goes out. Holds
    17 bytes a participant.
    """

    def __init__(self, part_participants: int) -> None:
        """Begin with nobody.

        Args:
            part_participants: the most that a part holds.
        """
        self._span = part_participants
        self._buckets: dict[int, bytearray] = {}
        self.participants = 0

    def add(self, places: Iterable[Place]) -> None:
        """Take in some participants. 0.5 µs each."""
        buckets, span, pack = self._buckets, self._span, CUT_ROW.pack
        for position, number, value in places:
            bucket = buckets.get(number // span)
            if bucket is None:
                bucket = buckets[number // span] = bytearray()
            bucket += pack(number >> 32, number & 0xFFFFFFFF, position, value)
            self.participants += 1

    def parts(self) -> Iterator[bytes]:
        """Yield the parts in order of participant numbers. At 2,166 some 0.6 ms each."""
        part = b""
        for index in sorted(self._buckets):
            bucket = bytes(self._buckets.pop(index))
            if part and len(part) + len(bucket) > self._span * _SIZE:
                yield part
                part = b""
            part += b"".join(sorted(bucket[at : at + _SIZE] for at in range(0, len(bucket), _SIZE)))
        if part:
            yield part
