"""Where somebody probably is, judged by the offsets from UTC that their clocks showed.

A commit says "10:00 at −08:00" and never "America/Los_Angeles"; but only that zone and a few like
it show −08:00 in winter and −07:00 in summer. Of a fixed list of zones, one for every rule that
many people live by, the one is taken that agrees with most of what was seen. The list's order
decides ties, so of zones that the evidence cannot tell apart the one with more developers is named.
"""

import zoneinfo
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from engine.model.identifiers import DAY_US, Instant

REPRESENTATIVES = (
    "UTC",  # before London: build machines commit at +00:00 all year
    "America/Los_Angeles",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "Europe/Berlin",
    "Europe/London",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "America/Sao_Paulo",
    "Europe/Helsinki",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Asia/Jerusalem",
    "Asia/Bangkok",
    "Asia/Karachi",
    "Asia/Dubai",
    "Asia/Dhaka",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Africa/Nairobi",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Phoenix",
    "America/Mexico_City",
    "America/Regina",
    "America/Bogota",
    "America/Halifax",
    "America/La_Paz",
    "America/Santiago",
    "America/Argentina/Buenos_Aires",
    "America/St_Johns",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Atlantic/Azores",
    "Atlantic/Cape_Verde",
    "Asia/Kabul",
    "Asia/Yekaterinburg",
    "Asia/Colombo",
    "Asia/Yangon",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Vladivostok",
    "Australia/Perth",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Noumea",
    "Pacific/Tongatapu",
)


class Sighting(NamedTuple):
    """A clock once seen: the instant, and its offset in minutes east of UTC."""

    at: Instant
    offset: int


class ZoneInference:
    """Names zones; keeps what it looked up, so one object serves all users of a history."""

    def __init__(self, representatives: Sequence[str] = REPRESENTATIVES) -> None:
        # The pinned zone data and no other: the choice is then the same on every machine.
        zoneinfo.reset_tzpath(to=())
        self._zones = [_Offsets(name) for name in representatives]
        self._turning: dict[int, bool] = {}

    def infer(self, seen: Iterable[Sighting]) -> str:
        """Return the IANA zone that agrees with most of what was seen.

        Where a single offset explains more than any zone of the list, that offset's own zone is
        taken (`Etc/GMT+2` is two hours *west*), and UTC where there is none or nothing was seen.
        Costs one look-up per zone of the list and distinct (day, offset).
        """
        counts = self._count(seen)
        if not counts:
            return "UTC"
        best, agreeing = "UTC", 0
        total = sum(counts.values())
        for zone in self._zones:
            found = zone.agreeing(counts, more_than=agreeing, total=total)
            if found > agreeing:
                best, agreeing = zone.name, found
            if agreeing == total:
                return best
        return _fixed(counts, agreeing) or best

    def _count(self, seen: Iterable[Sighting]) -> Counter[Sighting]:
        """Count sightings, those of a UTC day as one unless some zone turns its clocks then."""
        counts: Counter[Sighting] = Counter()
        for at, offset in seen:
            day = at // DAY_US
            turning = self._turning.get(day)
            if turning is None:
                turning = self._turning[day] = any(zone.turns_on(day) for zone in self._zones)
            counts[Sighting(at if turning else Instant(day * DAY_US), offset)] += 1
        return counts


def _fixed(counts: Counter[Sighting], agreeing: int) -> str | None:
    """Return the fixed zone of the commonest offset if it explains more than `agreeing`."""
    by_offset: Counter[int] = Counter()
    for (_, offset), count in counts.items():
        by_offset[offset] += count
    offset, count = max(by_offset.items(), key=lambda item: (item[1], -abs(item[0]), item[0]))
    hours, minutes = divmod(offset, 60)
    if count <= agreeing or minutes or not -12 <= hours <= 14:
        return None
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


class _Offsets:
    """One zone's offsets, in minutes east of UTC."""

    __slots__ = ("_at_midnight", "_info", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = zoneinfo.ZoneInfo(name)
        self._at_midnight: dict[int, int] = {}

    def agreeing(self, counts: Counter[Sighting], *, more_than: int, total: int) -> int:
        """Return how much of what was seen agrees, or 0 once `more_than` is out of reach."""
        missed, bearable = 0, total - more_than
        for (at, offset), count in counts.items():
            if self._offset(at) != offset:
                missed += count
                if missed >= bearable:
                    return 0
        return total - missed

    def turns_on(self, day: int) -> bool:
        """Tell whether the offset is another at the end of a UTC day than at its begin."""
        return self._offset(day * DAY_US) != self._offset((day + 1) * DAY_US)

    def _offset(self, at: int) -> int:
        day, time = divmod(at, DAY_US)
        if time:
            return self._look_up(at)
        offset = self._at_midnight.get(day)
        if offset is None:
            offset = self._at_midnight[day] = self._look_up(at)
        return offset

    def _look_up(self, at: int) -> int:
        offset = (_EPOCH + timedelta(microseconds=at)).astimezone(self._info).utcoffset()
        assert offset is not None
        return int(offset.total_seconds()) // 60


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
