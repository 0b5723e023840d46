"""Local days against the plainest reading of the wall clock, around every change of every zone.

The wall's date changes only where a zone's offset changes or where its clock shows midnight. So
between two such instants it is constant, and the days of a stretch of time can be listed exactly:
a day is over after the last piece of that list whose date is not later.
"""

import json
import os
import random
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from engine.host.zones import Zones
from engine.model.errors import InvalidInput
from engine.model.identifiers import Day, Instant

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
STEP = 6 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
FIRST = Instant(0)
LAST = Instant((datetime(2038, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1))

NASTY = (
    "Africa/Casablanca",  # winter time in Ramadan only
    "Africa/Monrovia",  # 44 minutes 30 seconds behind, until 1972
    "America/Asuncion",  # changes at midnight
    "America/Caracas",  # half an hour off and back
    "America/Godthab",  # forwards over midnight
    "America/Havana",  # back from 01:00 to midnight
    "America/Sao_Paulo",  # back over midnight, forwards from midnight
    "America/Scoresbysund",  # back and forth around midnight
    "America/St_Johns",  # back from 00:01
    "Antarctica/Casey",  # three hours at once
    "Antarctica/Troll",  # two hours twice a year
    "Asia/Amman",  # forwards at midnight, into Friday
    "Asia/Beirut",  # forwards from midnight
    "Asia/Gaza",  # whenever it pleases
    "Asia/Kathmandu",  # a quarter of an hour once
    "Asia/Pyongyang",  # half an hour off and back
    "Asia/Tehran",  # half hours, at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # no 30 December 2011
    "Pacific/Fakaofo",  # nor here
    "Pacific/Kiritimati",  # no 1 January 1995, 14 hours ahead
    "Pacific/Kwajalein",  # no 21 August 1993
)


@pytest.fixture(scope="module")
def zones() -> Zones:
    return Zones()


def offset_at(zone: ZoneInfo, at: int) -> int:
    offset = (EPOCH + timedelta(microseconds=at)).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def changes(zone: ZoneInfo) -> Iterator[int]:
    """Every instant at which the offset changes: looked for by steps, then to the second."""
    before = offset_at(zone, FIRST)
    for at in range(FIRST, LAST, STEP):
        after = offset_at(zone, at + STEP)
        if after == before:
            continue
        low, high = at, at + STEP
        while high - low > SECOND:
            middle = (low + high) // (2 * SECOND) * SECOND
            low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
        yield high
        before = after


class Days:
    """The local days between two instants, from a list of pieces of constant date."""

    def __init__(self, zone: ZoneInfo, first: int, last: int, changing: list[int]) -> None:
        turns = {first, *(at for at in changing if first < at < last)}
        for offset in {offset_at(zone, at) for at in turns}:
            turns |= {d * DAY - offset for d in range(first // DAY - 2, last // DAY + 3)}
        self.starts = sorted(at for at in turns if first <= at < last)
        self.dates = [(at + offset_at(zone, at)) // DAY for at in self.starts]

    def day_end(self, day: int) -> int:
        """The end of the last piece whose date is not later."""
        return self.starts[1 + max(i for i, date in enumerate(self.dates) if date <= day)]

    def day(self, at: int) -> int:
        """The earliest day that is not over."""
        wall = self.dates[bisect_right(self.starts, at) - 1]
        return next(day for day in range(wall - 2, wall + 1) if self.day_end(day) > at)


def check_zone(zones: Zones, name: str) -> None:
    zone = ZoneInfo.no_cache(name)
    questions: list[tuple[int, Days]] = []
    changing = list(changes(zone))
    for change in changing:
        days = Days(zone, change - 5 * DAY, change + 5 * DAY, changing)
        near = [at for at in days.starts if abs(at - change) <= 2 * DAY]
        asked = {at + by for at in near for by in (-1, 0, 1)}
        asked |= set(range(change - 2 * HOUR, change + 2 * HOUR, 15 * MINUTE))
        questions += ((at, days) for at in sorted(asked) if at >= 0)
    # In any order: what was asked before must not matter.
    answers: dict[int, Day] = {}
    for at, days in random.Random(name).sample(questions, len(questions)):
        day = answers[at] = zones.day(name, Instant(at))
        assert day == days.day(at), f"{name} at {at}"
        assert zones.day_end(name, day) == days.day_end(day), f"{name}, end of {day}"
        assert zones.day_end(name, Day(day - 1)) <= at < zones.day_end(name, day), f"{name} {at}"
    for (_, early), (at, late) in pairwise(sorted(answers.items())):
        assert early <= late, f"{name} runs backwards before {at}"


@pytest.mark.parametrize("name", NASTY)
def test_days_are_those_of_the_wall_clock(zones: Zones, name: str) -> None:
    check_zone(zones, name)


@pytest.mark.long
def test_days_are_those_of_the_wall_clock_everywhere(zones: Zones) -> None:
    for name in sorted(available_timezones()):
        check_zone(zones, name)


def day_of(year: int, month: int, of_month: int) -> Day:
    return Day(date(year, month, of_month).toordinal() - EPOCH_ORDINAL)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("Pacific/Apia", day_of(2011, 12, 30)),
        ("Pacific/Fakaofo", day_of(2011, 12, 30)),
        ("Pacific/Kiritimati", day_of(1994, 12, 31)),
        ("Pacific/Kwajalein", day_of(1993, 8, 21)),
    ],
)
def test_a_date_that_was_left_out_is_no_day(zones: Zones, name: str, missing: Day) -> None:
    end = zones.day_end(name, Day(missing - 1))
    assert zones.day_end(name, missing) == end
    assert zones.day(name, Instant(end - 1)) == missing - 1
    assert zones.day(name, end) == missing + 1


def test_a_clock_that_falls_back_over_midnight_stays_on_the_earlier_day(zones: Zones) -> None:
    # São Paulo, 18 February 2018: at midnight back to 23:00 of the 17th, which so has 25 hours.
    the_17th = day_of(2018, 2, 17)
    start, end = (zones.day_end("America/Sao_Paulo", Day(the_17th - n)) for n in (1, 0))
    assert end - start == 25 * HOUR
    # St. John's, 7 November 2010: at 00:01 back to 23:01. The minute of the 7th was the 6th's.
    the_6th = day_of(2010, 11, 6)
    back = Instant(zones.day_end("America/St_Johns", the_6th) - 59 * MINUTE)
    wall = (EPOCH + timedelta(microseconds=back - 1)).astimezone(ZoneInfo("America/St_Johns"))
    assert (wall.day, wall.hour, wall.minute) == (7, 0, 0)
    assert zones.day("America/St_Johns", Instant(back - 1)) == the_6th


def test_unknown_names_are_refused(zones: Zones) -> None:
    for name in ("Mars/Olympus", "", "../UTC", "utc", "Europe/London\n", "localtime"):
        assert not zones.knows(name)
        with pytest.raises(InvalidInput, match="unknown time zone"):
            zones.day(name, Instant(0))


PROGRAM = """
import json, sys
from engine.host.zones import Zones
zones = Zones()
print(json.dumps([
    [zones.day(name, at), zones.day_end(name, zones.day(name, at)), zones.knows("My/Own")]
    for name, at in json.load(sys.stdin)
]))
"""


def test_the_machines_own_zones_do_not_matter(zones: Zones, data_directory: Path) -> None:
    own = resources.files("tzdata.zoneinfo.Pacific").joinpath("Kiritimati").read_bytes()
    for name in ("Europe/London", "My/Own", "localtime"):
        path = data_directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(own)
    asked = [
        (name, at)
        for name in ("Europe/London", "UTC", "America/Havana")
        for at in (0, 1_700_000_000 * SECOND, 1_711_846_800 * SECOND)
    ]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(asked),
        env={
            **os.environ,
            "TZ": "Pacific/Kiritimati",
            "TZDIR": str(data_directory),
            "PYTHONTZPATH": str(data_directory),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    expected = []
    for name, at in asked:
        day = zones.day(name, Instant(at))
        expected.append([day, zones.day_end(name, day), False])
    assert json.loads(ran.stdout) == expected
