"""Reading what a process says up to an instant, and ending it there with SIGKILL."""

import os
import select
import time
from dataclasses import dataclass, field
from typing import IO

STUCK_S = 60.0
"""Silence after which a process counts as stuck."""


@dataclass
class Voice:
    """A pipe's lines, as they come."""

    pipe: IO[bytes]
    ended: bool = False
    _rest: bytes = b""
    _lines: list[bytes] = field(default_factory=list)

    def lines(self) -> list[bytes]:
        """Return the whole lines heard since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def hear(self, *, until: float | None = None, count: int = 0) -> None:
        """Listen until an instant of the monotonic clock, or to so many lines, or to the end.

        Listens on while it waits, so that the process is never held up by a full pipe.
        """
        while not self.ended and (until is not None or len(self._lines) < count):
            now = time.monotonic()
            left = STUCK_S if until is None else until - now
            if left <= 0:
                return
            ready, _, _ = select.select([self.pipe], [], [], left)
            if ready:
                self._take()
            else:
                assert until is not None, f"nothing was said in {STUCK_S} s"

    def hear_out(self) -> None:
        """Listen to the end."""
        while not self.ended:
            self._take()

    def _take(self) -> None:
        data = os.read(self.pipe.fileno(), 1 << 16)
        self.ended = not data
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._lines += whole
