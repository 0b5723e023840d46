"""The judge: what the boards must come to, worked out by SQLite from the commits alone.

    commits ──► dated ─────────┐
       │      (local dates)    ├──► counted ──► valued ──► set_by ──► standings
       └──► awards, intervals ─┘   (by run)    (so far)   (ties)    (ROW_NUMBER)

One query a board. It knows nothing of the engine: of times it knows what the standard library says
of offsets, of a run its first date.

A local date never runs backwards, so it is the greatest of the author's wall dates so far: a
running MAX. What falls due has the date that the wall shows then, or that of the last commit.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.real.history import CHANGES_UNTIL, LOYAL_DAYS, Commit

Order = list[tuple[int, int]]
"""Authors with their values, the first one first."""

Standings = dict[int, dict[str, Order]]
"""By the first date of a run, as days since 1970, and by group."""


class Ranked(NamedTuple):
    """What is particular about a board."""

    source: str = "SELECT * FROM dated"
    """What may count: rows with author, at, turn (among those of one instant), date."""
    counts: str = "TRUE"
    value: str = "COUNT(*) OVER so_far"
    group: str = "''"
    best: str = "DESC"
    calendar: str = "SELECT '2010-01-01', NULL"
    """The first date of each run, and where that is said the last."""


COMMITS = "COUNT(*) OVER so_far"
HUNDREDS = "SUM(lines) OVER so_far / 100"
CHANGES = f"lines > 0 AND at < {CHANGES_UNTIL}"
BY_BAND = """'["' || LAST_VALUE(band) OVER whole || '"]'"""
AWARDS = "SELECT * FROM awards"
POINTS = "SUM(points) OVER so_far"

DAYS = "SELECT date('2010-01-01', k || ' days'), NULL FROM k"
WEEKS = "SELECT date('2010-01-04', (7 * k) || ' days'), NULL FROM k"
FORTNIGHTS = "SELECT date('2010-01-04', (14 * k) || ' days'), '2025-06-20' FROM k"
MONTHS = "SELECT date('2010-01-01', k || ' months'), NULL FROM k"
QUARTERS = "SELECT date('2010-01-01', (3 * k) || ' months'), NULL FROM k"
YEARS = "SELECT date('2010-01-01', k || ' years'), NULL FROM k"
# The 31st, or the day before the next month.
MONTHS_FROM_THE_31ST = """
    SELECT MIN(
        date('2010-01-01', k || ' months', '30 days'),
        date('2010-01-01', (k + 1) || ' months', '-1 day')
    ), NULL FROM k
"""

RANKED = {
    "daily": Ranked(calendar=DAYS),
    "weekly": Ranked(calendar=WEEKS),
    "monthly": Ranked(calendar=MONTHS),
    "yearly": Ranked(calendar=YEARS),
    "fortnight": Ranked(calendar=FORTNIGHTS),
    "from-the-31st": Ranked(calendar=MONTHS_FROM_THE_31ST, value=HUNDREDS, group=BY_BAND),
    "nights": Ranked(calendar=MONTHS, counts="minute >= 22 * 60 OR minute < 6 * 60"),
    "veterans": Ranked(calendar=YEARS, value=HUNDREDS, counts="since = '2010'"),
    "smallest": Ranked(
        calendar=QUARTERS, value="MIN(lines) OVER so_far", counts=CHANGES, best="ASC"
    ),
    "largest": Ranked(calendar=MONTHS, value="MAX(lines) OVER so_far", counts=CHANGES),
    "latest": Ranked(calendar=MONTHS, value="files", counts=CHANGES),
    "xp": Ranked(calendar=MONTHS, source=AWARDS, value=POINTS),
    "office": Ranked(counts="minute >= 9 * 60 AND minute < 17 * 60 + 30"),
    "office-until": Ranked(
        calendar="SELECT '2012-01-01', '2020-12-31'", value=HUNDREDS, counts="minute >= 9 * 60"
    ),
    "total": Ranked(),
    "total-until": Ranked(calendar="SELECT '2010-01-01', '2015-06-30'"),
    "least": Ranked(value=HUNDREDS, best="ASC"),
    "everywhere": Ranked(group=BY_BAND),
    "total-xp": Ranked(source=AWARDS, value=POINTS),
}

_COMMITS = """
CREATE TABLE commits (
    number INTEGER PRIMARY KEY, author INTEGER, at INTEGER, "offset" INTEGER, zone TEXT,
    band TEXT, since TEXT, files INTEGER, lines INTEGER
)
"""

# `at` is in seconds. Commits of one second are in order of their import.
_DATED = """
CREATE TABLE dated AS
SELECT
    author, at, number AS turn, band, since, files, lines, zone,
    MAX((at + 60 * "offset") / 86400) OVER so_far AS date,
    (at + 60 * "offset") % 86400 / 60 AS minute,
    COUNT(*) OVER so_far AS nth
FROM commits
WINDOW so_far AS (PARTITION BY author ORDER BY number)
"""

# A day with a commit extends the streak: the days of one are those that lie as far from the first
# as there are days in between. The streak pays by the first commit of a day.
_STREAKS = """
CREATE TABLE streaks AS
WITH days AS (
    SELECT author, date, MIN(turn) AS turn FROM dated WHERE :streaks GROUP BY author, date
), islands AS (
    SELECT *, date - ROW_NUMBER() OVER (PARTITION BY author ORDER BY date) AS island FROM days
)
SELECT turn, ROW_NUMBER() OVER (PARTITION BY author, island ORDER BY date) AS length FROM islands
"""

# The n-th interval ends n intervals after the first commit, until the import is finished.
_INTERVALS = """
CREATE TABLE intervals AS
WITH RECURSIVE ends AS (
    SELECT author, MIN(at) + :interval AS at FROM commits GROUP BY author
    UNION ALL
    SELECT author, at + :interval FROM ends WHERE at + :interval <= :finish
)
SELECT
    ends.author, ends.at,
    MAX(dated.date, (ends.at + 60 * offset_at(dated.zone, ends.at)) / 86400) AS date
FROM ends JOIN dated ON dated.turn = (
    SELECT MAX(turn) FROM dated AS other WHERE other.author = ends.author AND other.at < ends.at
)
"""

# Of one instant what falls due comes first, by number of the author.
_AWARDS = """
CREATE TABLE awards AS
SELECT
    author, at, turn, date,
    10
    + CASE WHEN nth = 1 THEN 5 ELSE 0 END
    + CASE WHEN nth % 10 = 0 THEN 25 ELSE 0 END
    + CASE WHEN length % 3 = 0 THEN 15 ELSE 0 END AS points
FROM dated LEFT JOIN streaks USING (turn)
UNION ALL
SELECT author, at, author - 1000000, date, 30 FROM intervals
"""

_RUNS = "CREATE TABLE runs (board TEXT, first INTEGER, last INTEGER, PRIMARY KEY (board, first))"

# A run lasts until the next one begins, or until the board's end.
_CALENDAR = """
INSERT INTO runs
WITH RECURSIVE k (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM k WHERE k < 6500),
named (first, last) AS ({calendar}),
numbered AS (
    SELECT
        CAST(strftime('%s', first) AS INTEGER) / 86400 AS first,
        CAST(strftime('%s', last) AS INTEGER) / 86400 AS last
    FROM named
)
SELECT :board, first, MIN(
    COALESCE(LEAD(first) OVER (ORDER BY first) - 1, last, 99999), COALESCE(last, 99999)
)
FROM numbered
WHERE last IS NULL OR first <= last
"""

_STANDINGS = """
WITH counted AS (
    SELECT *, (
        SELECT MAX(first) FROM runs WHERE board = :board AND first <= source.date
    ) AS run
    FROM ({source}) AS source
    WHERE at <= :until AND ({counts})
), valued AS (
    SELECT author, run, at, turn, {value} AS value, {group} AS "group"
    FROM counted JOIN runs ON board = :board AND first = run AND date <= last
    WINDOW
        so_far AS (PARTITION BY author, run ORDER BY at, turn),
        whole AS (
            PARTITION BY author, run ORDER BY at, turn
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
), compared AS (
    SELECT
        *,
        LAG(value) OVER (PARTITION BY author, run ORDER BY at, turn) IS value AS is_the_same,
        ROW_NUMBER() OVER (PARTITION BY author, run ORDER BY at DESC, turn DESC) AS last_first
    FROM valued
), latest AS (
    -- Of those that made it another one the last: it made it what it is.
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY author, run ORDER BY last_first) AS nth
    FROM compared
    WHERE NOT is_the_same
)
SELECT
    run, "group", author, value,
    ROW_NUMBER() OVER (PARTITION BY run, "group" ORDER BY value {best}, at, turn) AS position
FROM latest
WHERE nth = 1
ORDER BY run, "group", position
"""


class Judge:
    """A history in a database."""

    def __init__(self, history: Sequence[Commit], *, streaks: bool, finish: int) -> None:
        """Work out what all boards are made of.

        Args:
            history: the commits.
            streaks: whether days with a commit make a streak.
            finish: until when, in seconds, something falls due.
        """
        self._database = sqlite3.connect(":memory:")
        run = self._database.execute
        self._database.create_function("offset_at", 2, _offset_at, deterministic=True)
        run(_COMMITS)
        self._database.executemany(f"INSERT INTO commits VALUES ({'?, ' * 8}?)", history)
        run(_DATED)
        run("CREATE UNIQUE INDEX dated_turn ON dated (turn)")
        run("CREATE INDEX dated_author ON dated (author, at, turn)")
        run(_STREAKS, {"streaks": streaks})
        run(_INTERVALS, {"interval": LOYAL_DAYS * 86_400, "finish": finish})
        run(_AWARDS)
        run(_RUNS)
        for board, ranked in RANKED.items():
            run(_CALENDAR.format(calendar=ranked.calendar), {"board": board})

    def close(self) -> None:
        self._database.close()

    def standings(self, board: str, until: int) -> Standings:
        """Return the order of every run of a board at an instant, in seconds."""
        query = _STANDINGS.format(**RANKED[board]._asdict())
        found: Standings = {}
        for run, group, author, value, position in self._database.execute(
            query, {"board": board, "until": until}
        ):
            order = found.setdefault(run, {}).setdefault(group, [])
            order.append((author, value))
            assert len(order) == position
        return found

    def last_dates(self, board: str, runs: Iterable[int]) -> dict[int, int]:
        """Return the last dates of some runs of a board, by their first ones."""
        found = self._database.execute("SELECT first, last FROM runs WHERE board = ?", (board,))
        last = dict(found)
        return {run: last[run] for run in runs}

    def counted(self) -> dict[str, int]:
        """Return how many rows of each kind there are."""
        (row,) = self._database.execute(
            "SELECT (SELECT COUNT(*) FROM dated), (SELECT COUNT(*) FROM intervals),"
            " (SELECT COUNT(*) FROM streaks WHERE length % 3 = 0)"
        )
        return dict(zip(("commits", "intervals", "streaks"), row, strict=True))


def _offset_at(zone: str, seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60
