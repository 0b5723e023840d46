"""What the rules ask about days: a small protocol, answered by the shell's pinned zone data."""

from typing import Protocol

from engine.model.identifiers import Day, Instant


class Calendar(Protocol):
    """Local days of IANA zones. A day without an instant in its zone is no day (SPEC 2.3)."""

    def knows(self, zone: str) -> bool:
        """Tell whether a name is an IANA zone."""
        ...

    def day(self, zone: str, at: Instant) -> Day:
        """Return the local day of an instant: the earliest day that is not over by then.

        This is the date on the wall, but for the minutes in which clocks that fall back over
        midnight show a date before it has come to stay. It never runs backwards.
        """
        ...

    def day_end(self, zone: str, day: Day) -> Instant:
        """Return the first instant after the last one whose local date is not later than a day."""
        ...

    def minute(self, zone: str, at: Instant) -> int:
        """Return the minute of the day, from 0, that the wall shows at an instant."""
        ...
