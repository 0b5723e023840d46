"""The whole order of a shard as rows of rank history leave it, from a cut or from nothing on.

A move is named by positions, so what is needed is a list in which one can take out and put in at
any position, a million times. It is kept in blocks of a few hundred entries, and a Fenwick tree
over the blocks' lengths (Fenwick 1994) finds the block of a position: some 4 µs a row at a million
participants, where one long list would take milliseconds. A block that has become too long is
halved and the tree made anew; one that has become empty stays.

A block is two arrays, of numbers and of values: 16 bytes a participant, and nothing that would take
long to free.
"""

from array import array
from collections.abc import Iterator

from engine.boards.cut import CUT_ROW
from engine.boards.rank_rows import NUMBER_BITS, NUMBER_MASK, ROW, RowId
from engine.boards.shard import Place
from engine.model.errors import LogDamaged
from engine.model.identifiers import Seq, UserNumber

BLOCK = 512
"""Entries of a block when it is made; twice as many at most."""


class PastOrder:
    """Participants by position."""

    def __init__(self, participants: int = 0, *, block: int = BLOCK) -> None:
        """Make room for the participants of a cut, whom `fill` puts in.

        Args:
            participants: how many there are.
            block: entries of a block, for tests.
        """
        self._block = block
        self._length = participants
        lengths = [min(block, participants - at) for at in range(0, participants, block)] or [0]
        self._numbers = [array("Q", bytes(8 * length)) for length in lengths]
        self._values = [array("q", bytes(8 * length)) for length in lengths]
        self._index()

    def __len__(self) -> int:
        return self._length

    def fill(self, part: bytes) -> None:
        """Put in the participants of a part of the cut. 0.3 µs each."""
        numbers, values, length = self._numbers, self._values, self._block
        for high, low, position, value in CUT_ROW.iter_unpack(part):
            block, within = divmod(position - 1, length)
            numbers[block][within] = high << 32 | low
            values[block][within] = value

    def move(self, rows: bytes) -> None:
        """Let these rows happen. O(log participants) each, some 4 µs.

        Raises:
            LogDamaged: they do not follow from what was before; names the record.
        """
        for seq, who, from_position, to_position, value in ROW.iter_unpack(rows):
            number = who & NUMBER_MASK
            if from_position and self._take_out(from_position) != number:
                raise _damaged(RowId(Seq(seq), who >> NUMBER_BITS))
            if to_position:
                if to_position > self._length + 1:
                    raise _damaged(RowId(Seq(seq), who >> NUMBER_BITS))
                self._put_in(to_position, number, value)

    def page(self, offset: int, limit: int) -> Iterator[Place]:
        """Yield the places at positions offset + 1 to offset + limit. O(log n + limit)."""
        if offset >= self._length:
            return
        block, within = self._find(offset)
        position, last = offset, min(offset + limit, self._length)
        while position < last:
            places = zip(self._numbers[block][within:], self._values[block][within:], strict=True)
            for number, value in places:
                if position == last:
                    break
                position += 1
                yield Place(position, UserNumber(number), value)
            block, within = block + 1, 0

    def position(self, number: UserNumber) -> int:
        """Return a participant's position, 0 if they are not in the order. O(n), 20 ns each."""
        before = 0
        for numbers in self._numbers:
            if number in numbers:
                return before + numbers.index(number) + 1
            before += len(numbers)
        return 0

    def value(self, number: UserNumber) -> int | None:
        """Return a participant's value, None if they are not in the order. O(n)."""
        return self.value_at(self.position(number))

    def value_at(self, position: int) -> int | None:
        """Return the value at a position, None beyond the end. O(log n)."""
        if not 0 < position <= self._length:
            return None
        block, within = self._find(position - 1)
        return self._values[block][within]

    def _take_out(self, position: int) -> int | None:
        """Return the number of whoever was there, None for nobody."""
        if position > self._length:
            return None
        block, within = self._find(position - 1)
        self._add(block, -1)
        del self._values[block][within]
        return self._numbers[block].pop(within)

    def _put_in(self, position: int, number: int, value: int) -> None:
        block, within = self._find(position - 1)
        numbers, values, half = self._numbers[block], self._values[block], self._block
        numbers.insert(within, number)
        values.insert(within, value)
        self._add(block, 1)
        if len(numbers) > 2 * half:
            self._numbers[block : block + 1] = [numbers[:half], numbers[half:]]
            self._values[block : block + 1] = [values[:half], values[half:]]
            self._index()

    def _find(self, offset: int) -> tuple[int, int]:
        """Return the block of an offset from 0, and the offset within; the end is in the last."""
        tree, count = self._tree, len(self._numbers)
        index, step = 0, self._top
        while step:
            following = index + step
            if following <= count and tree[following] <= offset:
                index = following
                offset -= tree[following]
            step >>= 1
        if index == count:
            return count - 1, len(self._numbers[-1]) + offset
        return index, offset

    def _add(self, index: int, change: int) -> None:
        tree, count = self._tree, len(self._numbers)
        index += 1
        while index <= count:
            tree[index] += change
            index += index & -index
        self._length += change

    def _index(self) -> None:
        """Make the tree of the blocks' lengths. O(blocks)."""
        count = len(self._numbers)
        self._tree = tree = [0, *map(len, self._numbers)]
        for index in range(1, count + 1):
            parent = index + (index & -index)
            if parent <= count:
                tree[parent] += tree[index]
        self._top = 1 << (count.bit_length() - 1)

    def _check(self) -> None:
        """Assert that blocks, tree and length agree; O(n), for tests."""
        assert self._length == sum(map(len, self._numbers))
        assert [*map(len, self._numbers)] == [*map(len, self._values)]
        before = list(self._tree)
        self._index()
        assert before == self._tree
        assert all(len(block) <= 2 * self._block for block in self._numbers)


def _damaged(row: RowId) -> LogDamaged:
    return LogDamaged(
        f"rank history does not add up at fact {row.seq}.{row.fact}: the derived data are damaged;"
        " remove them to have them made again"
    )
