"""What the answers to the script `POINTS` must say, from the corrections of the second day on."""

from collections.abc import Mapping
from typing import Any

from tests.wire.expected_explained import EXPLANATIONS
from tests.wire.expected_points import FIRST_DAYS, HAD_ON_SATURDAY, by_level, in_ranges
from tests.wire.shapes import Json, metric, profile, progress, recorded, status, streak
from tests.wire.shapes_points import (
    BOTH,
    FAR,
    HELLO,
    HIKER,
    LATER,
    LOCKED,
    MEMBERS,
    MIDDLE,
    MONDAY,
    PATRON,
    PATRONS,
    SOON,
    STEPPED,
    TOP_EDITED,
    TUESDAY,
    TWICE,
    XP_TRIGGERS,
    YEAR,
    award,
    by_hand,
    earned,
    not_had,
    rich,
    stats,
    xp,
)
from tests.wire.shapes_streaks import issue

NO_EVENT = "there is no such event"
VOIDED = {
    "voided": [
        {"id": "11.0", "factId": "15.0"},
        {"id": "14.0", "factId": "16.0"},
        {"id": "13.0", "factId": "17.0"},
        {"id": "11.0", "factId": "15.0"},
    ],
    "issues": [
        issue(4, "record 4 holds no event", id="4.0"),
        issue(5, NO_EVENT, id="99.0"),
        issue(6, NO_EVENT, id="yesterday"),
    ],
}
NO_AMOUNT = "amount: must be a whole number up to ±1,000,000,000,000, not 0"
GIVEN = {
    "created": [
        {"userId": "ada", "award": by_hand("18.0", 10, 67)},
        {"userId": "bob", "award": by_hand("19.2", -100, -73)},
    ],
    "issues": [
        issue(2, "there is no user 'nobody'", userId="nobody"),
        issue(3, NO_AMOUNT, userId="ada"),
        issue(4, NO_AMOUNT, userId="ada"),
    ],
}
LIVES_GIVEN = {
    "created": [
        {"userId": "ada", "award": by_hand("20.0", 1, 5, base=10)},
        {"userId": "bob", "award": by_hand("21.0", -1, 1)},
    ],
    "issues": [issue(1, "amount: the user is at the system's maximum, 5", userId="ada")],
}


def summed(*rows: tuple[str, float]) -> list[Json]:
    """Totals at the ends of periods, from their first days; before the first one there was 0."""
    before = [0.0, *(total for _, total in rows)]
    return [
        {"date": day, "total": total, "change": total - was}
        for (day, total), was in zip(rows, before, strict=False)
    ]


NO_MONTHS = [f"2023-{month:02}-01" for month in range(9, 13)]
NO_MONTHS += [f"2024-{month:02}-01" for month in range(1, 10)]

EXPECTED_OF_POINTS: Mapping[str, Any] = {
    **FIRST_DAYS,
    **EXPLANATIONS,
    "events voided": VOIDED,
    "events voided again": VOIDED,
    "ada's points without them": xp(
        total=57,
        level=MIDDLE,
        awards=[
            by_hand("16.1", -12, 57, source="voided_event"),
            by_hand("15.1", -50, 69, source="voided_event"),
        ],
    ),
    "ada's metric without them": metric(
        3, "height", "Height", 32.0, not_had(LOCKED) | progress(32.0, 50.0, 64.0)
    ),
    "points given and taken": GIVEN,
    "points given and taken, again": GIVEN,
    "lives given": LIVES_GIVEN,
    "lives given, again": LIVES_GIVEN,
    "bob's jumps voided": {"voided": [{"id": "10.0", "factId": "22.0"}], "issues": []},
    "configuration edited": status("live", MONDAY, 23, 4, version=2, lag=60.0 * 3600)
    | {"sweep": {"lagSeconds": 60.0 * 3600, "step": 2, "stepUsersDone": 0, "stepUsers": 4}},
    "xp, edited": xp(triggers=[*XP_TRIGGERS, LATER]),
    "ada's achievements, one due": [
        *HAD_ON_SATURDAY,
        stats(SOON) | {"achievedAt": MONDAY, "backdated": True},
    ],
    "ada's last steps": recorded(
        24,
        27.0,
        streak(1, "2024-10-08", "2024-10-08", "2024-10-09", extended=True),
        points={"xp": xp(**earned(73, award("24.8", STEPPED, 6, 73, PATRONS, base=3, at=TUESDAY)))},
        leaderboards=rich("24.9", 73, 1, 1),
    ),
    "cyd is a red": profile(
        "cyd", signUpDate="2023-10-05", attributes={"team": "red"}, updated=TUESDAY
    ),
    "ada's points by day": summed(
        ("2024-10-03", 0.0),
        ("2024-10-04", 39.0),
        *((f"2024-10-{day:02}", 67.0) for day in (5, 6, 7)),
        *((f"2024-10-{day:02}", 73.0) for day in (8, 9)),
    ),
    "ada's points by week": summed(("2024-09-23", 0.0), ("2024-09-30", 39.0)),
    "ada's points by month": summed(*((month, 0.0) for month in NO_MONTHS), ("2024-10-01", 73.0)),
    "bob's lives by day": summed(
        ("2024-10-04", 0.0),
        ("2024-10-05", 3.0),
        *((f"2024-10-{day:02}", 5.0) for day in (6, 7, 8)),
    ),
    "ada's steps by day": summed(
        ("2024-10-03", 0.0),
        *((f"2024-10-{day:02}", 7.0) for day in (4, 5, 6, 7)),
        ("2024-10-08", 27.0),
    ),
    "ada's steps by week": [
        {"date": "2024-09-30", "total": 7.0, "change": 0.0},
        {"date": "2024-10-07", "total": 27.0, "change": 20.0},
    ],
    "ada's leaps by month": summed(("2024-08-01", 0.0), ("2024-09-01", 0.0), ("2024-10-01", 32.0)),
    "dan's steps": summed(("2024-10-01", 0.0)),
    "users by level": by_level(1, 0, 1, top=TOP_EDITED),
    "users by points": in_ranges(10, 1, _1=1, _2=1, _8=1),
    "patrons by points": in_ranges(10, 0, _8=1),
    "reds who pay nothing by points": in_ranges(1, 0),
    "users by lives": in_ranges(1, 0, _2=1, _3=1, _5=2),
    "nobody by the levels of lives": [],
    "achievements in the end": [
        stats(FAR, 2),
        stats(HIKER),
        stats(PATRON, 1),
        stats(TWICE, 1),
        stats(HELLO, 2),
        stats(BOTH, 1),
        stats(YEAR, 2),
        stats(SOON, 1),
        stats(MEMBERS),
    ],
    "nothing was done twice": status("live", TUESDAY, 25, 4, version=2, lag=72.0 * 3600)
    | {"sweep": {"lagSeconds": 84.0 * 3600, "step": 2, "stepUsersDone": 0, "stepUsers": 4}},
}
"""By the names of the steps."""
