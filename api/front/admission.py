"""How much is let in at a time: requests, and bytes of their bodies. What is more is told so.

Refusing at once, before any effect, is what keeps memory bounded and the answers of those who are
in quick (RELIABILITY G10).
"""

from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from api.front.limits import BODIES_SIZE_MAX, IN_FLIGHT_MAX
from engine.model.errors import Overloaded


class AdmissionStatistics(msgspec.Struct, frozen=True):
    """How much is in."""

    requests: int
    body_bytes: int
    refused: int
    """How many requests were told to come again, ever."""


class Admission:
    """Counts what is in, and refuses what would be too much."""

    def __init__(
        self, requests_max: int = IN_FLIGHT_MAX, body_bytes_max: int = BODIES_SIZE_MAX
    ) -> None:
        self._requests_max = requests_max
        self._body_bytes_max = body_bytes_max
        self._requests = 0
        self._body_bytes = 0
        self._refused = 0

    def enter(self, body_size: int) -> None:
        """Let a request in, with room for its body. `leave` must follow.

        Raises:
            Overloaded: there is too much in already.
        """
        if (
            self._requests >= self._requests_max
            or self._body_bytes + body_size > self._body_bytes_max
        ):
            self._refused += 1
            raise Overloaded("the server is answering as many requests as it can; try again")
        self._requests += 1
        self._body_bytes += body_size

    def leave(self, body_size: int) -> None:
        """Note that a request was answered, or will not be."""
        self._requests -= 1
        self._body_bytes -= body_size

    @contextmanager
    def inside(self, body_size: int) -> Generator[None]:
        """Let a request in for as long as the block runs.

        Raises:
            Overloaded: there is too much in already.
        """
        self.enter(body_size)
        try:
            yield
        finally:
            self.leave(body_size)

    def statistics(self) -> AdmissionStatistics:
        """Return how much is in."""
        return AdmissionStatistics(self._requests, self._body_bytes, self._refused)
