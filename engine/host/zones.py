"""The pinned zone data: local days of IANA zones, from the `tzdata` package and nothing else.

The machine's own files are switched off, so that two machines agree (SPEC 2.2). Asked for one day
many times in a row, as events arrive in order, it answers from a small table per zone.
"""

import importlib.metadata
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.model.errors import InvalidInput, LaurelsError
from engine.model.identifiers import DAY_US, Day, Instant
from engine.model.record import RULES, RULES_ZONE_DATA

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_REMEMBERED_DAYS = 1_000
"""Ends of days remembered per zone: who comes back was mostly away for less; some 100 kB."""


class ZoneDataMismatch(LaurelsError):
    """The installed `tzdata` is not the release that the rules' version names."""

    code = "zone_data"
    exit_code = 9


def check_zone_data() -> None:
    """Make sure that what is evaluated here is evaluated by the pinned zone data.

    Raises:
        ZoneDataMismatch: another release of `tzdata` is installed.
    """
    installed = importlib.metadata.version("tzdata")
    if installed != RULES_ZONE_DATA:
        raise ZoneDataMismatch(
            f"rules version {RULES} needs tzdata {RULES_ZONE_DATA}, but {installed} is installed; "
            "install what the lock file names"
        )


class Zones:
    """The rules' `Calendar`, by the `tzdata` package."""

    def __init__(self) -> None:
        zoneinfo.reset_tzpath(to=())
        self._names = zoneinfo.available_timezones()
        self._zones: dict[str, _Zone] = {}

    def knows(self, zone: str) -> bool:
        """Tell whether a name is an IANA zone."""
        return zone in self._names

    def day(self, zone: str, at: Instant) -> Day:
        """Return the local day of an instant: the earliest day that is not over by then."""
        return self._zone(zone).day(at)

    def day_end(self, zone: str, day: Day) -> Instant:
        """Return the first instant after the last one whose local date is not later than a day."""
        return self._zone(zone).day_end(day)

    def minute(self, zone: str, at: Instant) -> int:
        """Return the minute of the day, from 0, that the wall shows at an instant."""
        return self._zone(zone).minute(at)

    def _zone(self, name: str) -> "_Zone":
        zone = self._zones.get(name)
        if zone is None:
            if name not in self._names:
                raise InvalidInput("tz", f"unknown time zone {name!r}")
            zone = self._zones[name] = _Zone(name)
        return zone


class _Zone:
    """One zone with the days it was asked about lately."""

    __slots__ = ("_ends", "_info", "_offset")

    def __init__(self, name: str) -> None:
        self._info = ZoneInfo(name)
        self._ends: dict[Day, Instant] = {}
        self._offset = 0

    def day(self, at: Instant) -> Day:
        # The offset last seen is mostly still right, and two remembered ends confirm it.
        day = Day((at + self._offset) // DAY_US)
        if self.day_end(Day(day - 1)) <= at < self.day_end(day):
            return day
        day = self._wall_day(at)
        while self.day_end(Day(day - 1)) > at:
            day = Day(day - 1)
        self._offset = self._offset_at(at)
        return day

    def day_end(self, day: Day) -> Instant:
        end = self._ends.get(day)
        if end is None:
            if len(self._ends) >= _REMEMBERED_DAYS:
                self._ends.clear()
            end = self._ends[day] = self._find_end(day)
        return end

    def minute(self, at: Instant) -> int:
        wall = self._wall(at)
        return wall.hour * 60 + wall.minute

    def _find_end(self, day: Day) -> Instant:
        """Find the last instant at which the wall's date turns from `day` or earlier to later.

        That is one of the two readings of the following midnight: of a midnight in a gap the one
        before it (there the clocks jump, and with them the date), of one that comes twice the
        second, of any other the only one.
        """
        midnight = datetime.fromordinal(_EPOCH_ORDINAL + day + 1)
        readings = {_instant(midnight.replace(tzinfo=self._info, fold=fold)) for fold in (0, 1)}
        turning = [
            at for at in readings if self._wall_day(Instant(at - 1)) <= day < self._wall_day(at)
        ]
        assert turning, f"no reading of {midnight} in {self._info} begins a later date"
        return max(turning)

    def _wall_day(self, at: Instant) -> Day:
        return Day(self._wall(at).toordinal() - _EPOCH_ORDINAL)

    def _offset_at(self, at: Instant) -> int:
        offset = self._wall(at).utcoffset()
        assert offset is not None
        return offset // timedelta(microseconds=1)

    def _wall(self, at: Instant) -> datetime:
        return (_EPOCH + timedelta(microseconds=at)).astimezone(self._info)


def _instant(moment: datetime) -> Instant:
    return Instant((moment - _EPOCH) // timedelta(microseconds=1))
