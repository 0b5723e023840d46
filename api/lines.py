"""Newline-delimited JSON from a file, a pipe or a request's body, as windows of items.

Lines are numbered as they stand in the input, blank ones included, also when they are then sorted
by time: an item without a key is known by its line's number (SPEC 9.1), and so an import can be
run again. Nothing here waits on the event loop: a pipe may have nothing to read for hours.
"""

import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

import trio

from api.imports import WINDOW_ITEMS, Window
from api.items import peek_instant, read_item
from engine.model.identifiers import Instant
from engine.model.limits import EVENT_SIZE_MAX

READ_SIZE = 1 << 16

_LINE_DIGITS_MAX = 18

NumberedLine = tuple[int, bytes | None]
"""A line's number, from 1, and its bytes; None for a line that is longer than allowed."""


class LineBatch(NamedTuple):
    """Some consecutive lines."""

    lines: Sequence[NumberedLine]
    position: int
    """How far the source has been read with them: its bytes, or when sorted its lines."""
    size: int | None
    """How far it reaches, if that is known."""


class LineSplitter:
    """Bytes in, numbered lines out; holds at most one line, and of a longer one nothing."""

    def __init__(self, line_size_max: int = EVENT_SIZE_MAX) -> None:
        self._size_max = line_size_max
        self._rest = b""
        self._too_long = False
        self._line = 0

    def feed(self, data: bytes) -> Iterator[NumberedLine]:
        """Yield the lines that are complete now, None for one that is too long; no blank ones."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for text in whole:
            yield from self._one(text)
        if len(self._rest) > self._size_max:
            self._rest, self._too_long = b"", True

    def end(self) -> Iterator[NumberedLine]:
        """Yield the last line if it did not end in a newline."""
        rest, self._rest = self._rest, b""
        yield from self._one(rest)

    def _one(self, text: bytes) -> Iterator[NumberedLine]:
        self._line += 1
        if self._line == 1:
            text = text.removeprefix(b"\xef\xbb\xbf")  # what some editors put before UTF-8
        text = text.strip()
        if self._too_long or len(text) > self._size_max:
            self._too_long = False
            yield self._line, None
        elif text:
            yield self._line, text


async def read_file(descriptor: int) -> AsyncGenerator[bytes]:
    """Yield what an open file or pipe holds, piece by piece."""
    while data := await trio.to_thread.run_sync(
        os.read, descriptor, READ_SIZE, abandon_on_cancel=True
    ):
        yield data


class LineSource:
    """Bytes that arrive piece by piece as windows of items."""

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        *,
        label: str,
        name: str | None,
        until: Instant,
        size: int | None = None,
        sort: bool = False,
        numbered: bool = False,
    ) -> None:
        """Prepare reading; nothing is read yet.

        Args:
            pieces: what is read.
            label: what it is called, for the import's name.
            name: the import's name; None makes it of the label and the first line.
            until: later items are refused.
            size: bytes in all, None if there is no end that is known.
            sort: order the lines by time; holds all of them in memory.
            numbered: whether each line begins with its number and a space, as those of a part do.
        """
        self._pieces = pieces
        self._label = label
        self._name = name
        self._until = until
        self._size = size
        self._sort = sort
        self._numbered = numbered
        self._read_size = 0

    async def windows(self) -> AsyncGenerator[Window]:
        """Yield the lines as items."""
        async with aclosing(self.batches()) as batches:
            async for batch in batches:
                yield self.items(batch)

    async def batches(self) -> AsyncGenerator["LineBatch"]:
        """Yield the lines as they are, at most `WINDOW_ITEMS` of them at a time."""
        if self._sort:
            ordered = await self._lines_by_time()
            for start in range(0, len(ordered), WINDOW_ITEMS):
                await trio.lowlevel.checkpoint()
                batch = ordered[start : start + WINDOW_ITEMS]
                yield LineBatch(batch, start + len(batch), len(ordered))
            return
        async with aclosing(self._lines()) as read:
            async for lines in read:
                for start in range(0, len(lines), WINDOW_ITEMS):
                    batch = lines[start : start + WINDOW_ITEMS]
                    yield LineBatch(batch, self._read_size, self._size)

    def items(self, batch: "LineBatch") -> Window:
        """Return lines as items."""
        items = [read_item(number, text, self.name, self._until) for number, text in batch.lines]
        return Window(items, batch.position, batch.size)

    @property
    def name(self) -> str:
        """The import's name, known once there is a first line."""
        assert self._name is not None, "named with the first line"
        return self._name

    async def _lines_by_time(self) -> list[NumberedLine]:
        stamped: list[tuple[Instant, int, bytes | None]] = []
        async with aclosing(self._lines()) as batches:
            async for batch in batches:
                stamped += [(peek_instant(text), number, text) for number, text in batch]
        # By line where the time is the same: there the file's order counts.
        stamped.sort(key=lambda line: line[:2])
        return [(number, text) for _, number, text in stamped]

    async def _lines(self) -> AsyncGenerator[list[NumberedLine]]:
        prefix = _LINE_DIGITS_MAX + 1 if self._numbered else 0
        splitter = LineSplitter(EVENT_SIZE_MAX + prefix)
        async for data in self._pieces:
            self._read_size += len(data)
            lines = self._named(splitter.feed(data))
            if lines:
                yield lines
        lines = self._named(splitter.end())
        if lines:
            yield lines

    def _named(self, split: Iterator[NumberedLine]) -> list[NumberedLine]:
        lines = [_own_number(*line) for line in split] if self._numbered else list(split)
        if lines and self._name is None:
            self._name = import_name(self._label, lines[0][1] or b"")
        return lines


def _own_number(line: int, text: bytes | None) -> NumberedLine:
    """Return a line under the number that it begins with; without one it will be refused."""
    if text is None:
        return line, None
    number, _, rest = text.partition(b" ")
    if not number.isdigit() or len(number) > _LINE_DIGITS_MAX:
        return line, text
    return int(number), rest if 0 < len(rest) <= EVENT_SIZE_MAX else None


def numbered_line(line: int, text: bytes | None) -> bytes:
    """Return a line as a part of an import sends it: of one that is too long only the number."""
    return b"%d %s\n" % (line, text or b"")


def import_name(label: str, first_line: bytes) -> str:
    """Return the name of an import that was given none: the same file, also grown, has the same."""
    return f"{label}-{hashlib.sha256(first_line).hexdigest()[:16]}"
