"""Newline-delimited JSON from a file or a pipe, as windows of items.

Lines are numbered as they stand in the input, blank ones included, also when they are then sorted
by time: an item without a key is known by its line's number (SPEC 9.1), and so an import can be
run again. Nothing here waits on the event loop: a pipe may have nothing to read for hours.
"""

import hashlib
import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

import trio

from api.imports import WINDOW_ITEMS, Window
from api.items import peek_instant, read_item
from engine.model.identifiers import Instant
from engine.model.limits import EVENT_SIZE_MAX

READ_SIZE = 1 << 16

NumberedLine = tuple[int, bytes | None]
"""A line's number, from 1, and its bytes; None for a line that is longer than allowed."""


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


class LineSource:
    """An open file or pipe as windows of items."""

    def __init__(
        self,
        descriptor: int,
        *,
        label: str,
        name: str | None,
        until: Instant,
        size: int | None = None,
        sort: bool = False,
    ) -> None:
        """Prepare reading; nothing is read yet.

        Args:
            descriptor: an open file's.
            label: what the file is called, for the import's name.
            name: the import's name; None makes it of the label and the first line.
            until: later items are refused.
            size: bytes of the file, None if it has no end that is known.
            sort: order the lines by time; holds all of them in memory.
        """
        self._descriptor = descriptor
        self._label = label
        self._name = name
        self._until = until
        self._size = size
        self._sort = sort
        self._read_size = 0

    async def windows(self) -> AsyncGenerator[Window]:
        """Yield the lines as items."""
        if self._sort:
            ordered = await self._lines_by_time()
            for start in range(0, len(ordered), WINDOW_ITEMS):
                await trio.lowlevel.checkpoint()
                window = ordered[start : start + WINDOW_ITEMS]
                yield self._window(window, start + len(window), len(ordered))
            return
        async with aclosing(self._lines()) as batches:
            async for batch in batches:
                for start in range(0, len(batch), WINDOW_ITEMS):
                    window = batch[start : start + WINDOW_ITEMS]
                    yield self._window(window, self._read_size, self._size)

    def _window(self, lines: Sequence[NumberedLine], position: int, size: int | None) -> Window:
        assert self._name is not None, "named with the first line"
        items = [read_item(number, text, self._name, self._until) for number, text in lines]
        return Window(items, position, size)

    async def _lines_by_time(self) -> list[NumberedLine]:
        stamped: list[tuple[Instant, int, bytes | None]] = []
        async with aclosing(self._lines()) as batches:
            async for batch in batches:
                stamped += [(peek_instant(text), number, text) for number, text in batch]
        # By line where the time is the same: there the file's order counts.
        stamped.sort(key=lambda line: line[:2])
        return [(number, text) for _, number, text in stamped]

    async def _lines(self) -> AsyncGenerator[list[NumberedLine]]:
        splitter = LineSplitter()
        more = True
        while more:
            data = await trio.to_thread.run_sync(
                os.read, self._descriptor, READ_SIZE, abandon_on_cancel=True
            )
            self._read_size += len(data)
            more = bool(data)
            batch = list(splitter.feed(data) if data else splitter.end())
            if batch and self._name is None:
                self._name = import_name(self._label, batch[0][1] or b"")
            if batch:
                yield batch


def import_name(label: str, first_line: bytes) -> str:
    """Return the name of an import that was given none: the same file, also grown, has the same."""
    return f"{label}-{hashlib.sha256(first_line).hexdigest()[:16]}"
