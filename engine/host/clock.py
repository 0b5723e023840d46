"""Where live commands get their instant from."""

import time
from typing import Protocol

from engine.model.identifiers import Instant


class Clock(Protocol):
    """A source of instants. It may jump; a scope raises what runs backwards (SPEC 2.1)."""

    def now(self) -> Instant:
        """Return the present instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """Return the present instant, UTC."""
        return Instant(time.time_ns() // 1000)
