"""A real repository's history as a game: its commits as events, and the boards they are ranked on.

It is told in two ways. *Travelling*: each commit sets its author's zone to one that shows what the
author's clock showed, so that local dates are those that git shows; without streaks, whose open
period can carry the date of a traveller on (docs/streaks.md). *At home*: as `laurels import-git`
does, every author lives in the one zone that their clocks point to, and has a streak.
"""

import csv
import io
import lzma
import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from api.git_history import Commit as GitCommit
from api.git_history import describe_authors
from api.items import Item
from engine.host.requests import EventRequest, UserFields
from engine.model.identifiers import Instant, Millionths

FLASK = Path(__file__).parents[1] / "data" / "flask.csv.xz"
FINISH_AT = Instant(1_800_000_000_000_000)
"""15 January 2027: every run with a commit is over."""
LOYAL_DAYS = 500
CHANGES_UNTIL = 1_356_998_400
"""1 January 2013."""

Told = Literal["travelling", "at home"]
TELLINGS: tuple[Told, ...] = get_args(Told)

_SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_PART_HOURS = {330: "Asia/Kolkata", 210: "Asia/Tehran", 390: "Asia/Yangon"}
"""Zones with offsets of no whole hours, which `Etc/` lacks."""


class Row(NamedTuple):
    """A line of the data."""

    author: int
    seconds: int
    offset: int
    files: int
    added: int
    deleted: int


class Commit(NamedTuple):
    """A commit as it is imported, and as SQL gets it."""

    number: int
    author: int
    seconds: int
    offset: int
    """Minutes east of UTC of the author's zone, by the standard library."""
    zone: str
    band: str
    since: str
    files: int
    lines: int


def read_rows() -> list[Row]:
    text = lzma.decompress(FLASK.read_bytes()).decode()
    lines = csv.DictReader(io.StringIO(text))
    return [Row(**{name: int(value) for name, value in line.items()}) for line in lines]


def commits(told: Told) -> list[Commit]:
    rows = read_rows()
    zoneinfo.reset_tzpath(to=())  # the pinned zone data, as everywhere
    homes = _homes(rows)
    since: dict[int, str] = {}
    found: list[Commit] = []
    for number, row in enumerate(rows, 1):
        zone = homes[row.author] if told == "at home" else zone_showing(row.offset)
        when = _EPOCH + timedelta(seconds=row.seconds)
        offset = when.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset()
        assert offset is not None
        minutes = offset // timedelta(minutes=1)
        assert told == "at home" or minutes == row.offset, "the zone shows what the clock showed"
        found.append(
            Commit(
                number=number,
                author=row.author,
                seconds=row.seconds,
                offset=minutes,
                zone=zone,
                band=_band(row.offset),
                since=since.setdefault(row.author, str(when.year)),
                files=row.files,
                lines=row.added + row.deleted,
            )
        )
    return found


def zone_showing(offset: int) -> str:
    """Return a zone that is so many minutes east of UTC; `Etc/GMT+2` is two hours *west*."""
    hours, minutes = divmod(offset, 60)
    if minutes:
        return _OF_PART_HOURS[offset]
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def items(history: Sequence[Commit], told: Told) -> list[Item]:
    """Return the events of a history, those of a commit one after another."""
    requests = (
        (commit, request)
        for commit, request in _requests(history)
        if told == "travelling" or request.metric not in _CHANGES
    )
    return [
        Item(line, request, Instant(commit.seconds * _SECOND_US))
        for line, (commit, request) in enumerate(requests, 1)
    ]


def user_id(author: int) -> str:
    return f"author-{author}"


def document(told: Told) -> dict[str, Any]:
    """Return the game. Every board says when it starts: the clock does not run yet."""
    boards = BOARDS
    if told == "at home":  # less of it: what depends on dates
        boards = {key: of for key, of in BOARDS.items() if of.get("metricKey") not in _CHANGES}
    streaks = {"metrics": [{"key": "commits", "threshold": 1}]} if told == "at home" else {}
    return {
        "metrics": [
            {"key": "commits", "name": "Commits"},
            {"key": "hundreds", "name": "Hundreds of changed lines"},
            {"key": "smallest", "name": "Smallest change", "aggregation": "min"},
            {"key": "largest", "name": "Largest change", "aggregation": "max"},
            {"key": "latest", "name": "Files of the last change", "aggregation": "last"},
        ],
        "attributes": [
            {"key": "band", "name": "Where their clock last was"},
            {"key": "since", "name": "Year of the first commit"},
        ],
        "streaks": streaks,
        "points": [
            {
                "key": "xp",
                "name": "Experience",
                "triggers": [
                    {"key": "welcome", "type": "user_creation", "points": 5},
                    _per_commits("commit", 1, 10),
                    _per_commits("tenth", 10, 25),
                    {"key": "streak", "type": "streak", "streakLength": 3, "points": 15},
                    {
                        "key": "loyal",
                        "type": "time",
                        "timeUnit": "days",
                        "timeInterval": LOYAL_DAYS,
                        "points": 30,
                    },
                ],
            },
        ],
        "leaderboards": [
            {**_DEFAULTS, "key": key, "name": key, **of} for key, of in boards.items()
        ],
    }


_CHANGES = ("smallest", "largest", "latest")

_DEFAULTS: dict[str, Any] = {"rankBy": "metric"}

BOARDS: dict[str, dict[str, Any]] = {
    # What counts within a run.
    "daily": {"metricKey": "commits", "runUnit": "day", "start": "2010-01-01"},
    "weekly": {"metricKey": "commits", "runUnit": "week", "start": "2010-01-04"},
    "monthly": {"metricKey": "commits", "runUnit": "month", "start": "2010-01-01"},
    "yearly": {"metricKey": "commits", "runUnit": "year", "start": "2010-01-01"},
    "fortnight": {
        "metricKey": "commits",
        "runUnit": "week",
        "runInterval": 2,
        "start": "2010-01-04",
        "end": "2025-06-20",
        "maxParticipants": 3,
    },
    "from-the-31st": {
        "metricKey": "hundreds",
        "runUnit": "month",
        "start": "2010-01-31",
        "breakdownAttributes": ["band"],
    },
    "nights": {
        "metricKey": "commits",
        "runUnit": "month",
        "start": "2010-01-01",
        "startTime": "22:00",
        "endTime": "06:00",
    },
    "veterans": {
        "metricKey": "hundreds",
        "runUnit": "year",
        "start": "2010-01-01",
        "userAttributes": [{"attributeKey": "since", "attributeValue": "2010"}],
    },
    "smallest": {
        "metricKey": "smallest",
        "order": "asc",
        "runUnit": "month",
        "runInterval": 3,
        "start": "2010-01-01",
    },
    "largest": {"metricKey": "largest", "runUnit": "month", "start": "2010-01-01"},
    "latest": {"metricKey": "latest", "runUnit": "month", "start": "2010-01-01"},
    "xp": {
        "rankBy": "points",
        "pointsSystemKey": "xp",
        "runUnit": "month",
        "start": "2010-01-01",
    },
    # One run.
    "office": {
        "metricKey": "commits",
        "start": "2010-01-01",
        "startTime": "09:00",
        "endTime": "17:30",
    },
    "office-until": {
        "metricKey": "hundreds",
        "start": "2012-01-01",
        "end": "2020-12-31",
        "startTime": "09:00",
    },
    # What everybody has in all.
    "total": {"metricKey": "commits", "start": "2010-01-01"},
    "total-until": {"metricKey": "commits", "start": "2010-01-01", "end": "2015-06-30"},
    "least": {"metricKey": "hundreds", "order": "asc", "start": "2010-01-01"},
    "everywhere": {
        "metricKey": "commits",
        "start": "2010-01-01",
        "breakdownAttributes": ["band"],
        "maxParticipants": 5,
    },
    "total-xp": {"rankBy": "points", "pointsSystemKey": "xp", "start": "2010-01-01"},
}


def _homes(rows: Sequence[Row]) -> dict[int, str]:
    """Return where `import-git` would say that the authors live."""
    seen = [
        GitCommit(
            at=Instant(row.seconds * _SECOND_US),
            hash="",
            user=str(row.author),
            name="",
            offset=row.offset,
            lines=0,
        )
        for row in rows
    ]
    return {int(user): author.zone for user, author in describe_authors(seen).items()}


def _band(offset: int) -> str:
    if offset < -120:
        return "america"
    return "europe" if offset <= 180 else "asia"


def _requests(history: Sequence[Commit]) -> Iterator[tuple[Commit, EventRequest]]:
    for commit in history:
        attributes = {"band": commit.band, "since": commit.since}
        user = UserFields(user_id(commit.author), tz=commit.zone, attributes=attributes)
        values = {"commits": 1_000_000, "hundreds": commit.lines * 10_000}
        # Merges change nothing by themselves. Later ones are left out, to save time.
        if commit.lines and commit.seconds < CHANGES_UNTIL:
            values["smallest"] = values["largest"] = commit.lines * 1_000_000
            values["latest"] = commit.files * 1_000_000
        for metric, value in values.items():
            key = f"{metric} {commit.number}"
            yield commit, EventRequest(metric, user, Millionths(value), key=key)


def _per_commits(key: str, threshold: int, points: int) -> dict[str, Any]:
    return {
        "key": key,
        "type": "metric",
        "metricKey": "commits",
        "metricThreshold": threshold,
        "points": points,
    }
