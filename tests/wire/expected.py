"""What the answers to the scripts must say, field by field.

The numbers follow from the rules and the file `FULL_FILE`: two points for every five steps, seven
for 10.5 of them, a streak of days with a step. A fact's id is its place in its record.
"""

from collections.abc import Mapping
from typing import Any

from tests.wire.script import ODD_ID
from tests.wire.shapes import (
    ADAS_AWARDS,
    ADAS_FIRST,
    ADAS_NEXT,
    BOB,
    BOBS,
    EACH_FIVE,
    EPOCH,
    FIRST_DAY,
    LATER,
    NEXT_NOON,
    NO_LAPS,
    NO_STREAK,
    NOON,
    SECOND_DAY,
    STATS,
    TWICE_STATS,
    award,
    board_day,
    changed,
    history,
    metric,
    moved,
    outcome,
    overview,
    page,
    period,
    place,
    points,
    profile,
    progress,
    recorded,
    refused,
    rich,
    standing,
    status,
    streak,
    twice,
    walk,
    walker,
)

LAG = 117.0 * 3600
"""Since midnight in Tokyo after the first day, which nobody has swept."""

EXPECTED: Mapping[str, Any] = {
    "status of an empty scope": status("idle", EPOCH, 2, 0),
    "first event": recorded(
        3, 3.0, FIRST_DAY | {"extended": True}, leaderboards={"walk": walk(**moved(3, 1, None))}
    ),
    "event with a key": recorded(
        4,
        7.5,
        FIRST_DAY | {"extended": False},
        points={"xp": changed(2, [ADAS_FIRST])},
        leaderboards={"walk": walk(**moved(7, 1, 1)), "rich": rich(**moved(2, 1, None))},
        idempotencyKey="k1",
    ),
    "its repeat": recorded(
        4, 7.5, FIRST_DAY | {"extended": False}, idempotencyKey="k1", idempotentReplayed=True
    ),
    "user created": BOB,
    "user created again": BOB | {"tz": "Asia/Tokyo"},
    "user identified": profile("cyd", name="Cyd"),
    "user changed": BOB | {"tz": "Asia/Tokyo", "email": None, "name": "Bob"},
    "event that completes": recorded(
        9,
        12.25,
        FIRST_DAY | {"extended": True},
        achievements=[walker(NOON)],
        points={"xp": changed(11, BOBS)},
        leaderboards={"walk": walk(**moved(12, 1, None)), "rich": rich(**moved(11, 1, None, 3))},
    ),
    "event of an odd id": recorded(
        10,
        5.0,
        FIRST_DAY | {"extended": True},
        points={"xp": changed(2, [award("10.5", 2, 2, EACH_FIVE)])},
        leaderboards={"walk": walk(**moved(5, 3, None)), "rich": rich(**moved(2, None, None, 3))},
    ),
    "user of an odd id": profile(ODD_ID),
    "event of the next day": recorded(
        11,
        28.0,
        SECOND_DAY | {"extended": True},
        achievements=[walker(NEXT_NOON), twice(NEXT_NOON)],
        points={"xp": changed(17, ADAS_NEXT, 2)},
        leaderboards={"walk": walk(**moved(28, 1, 2)), "rich": rich(**moved(17, 1, 2, 12))},
    ),
    "metrics": [
        metric(1, "steps", "Steps", 28.0, walker(NEXT_NOON) | progress(28.0, 10.5, 100.0)),
        NO_LAPS,
    ],
    "metric": NO_LAPS,
    "streak": SECOND_DAY
    | {
        "extended": NEXT_NOON,
        "streakHistory": history(("2024-10-03", 0), ("2024-10-04", 1), ("2024-10-05", 2)),
        "pauses": [],
    },
    "streak of this period": streak(
        1,
        "2024-10-04",
        "2024-10-05",
        "2024-10-05",
        extended=NOON,
        streakHistory=history(("2024-10-05", 1)),
        pauses=[],
    ),
    "achievements": [walker(NOON) | STATS],
    "every achievement": [walker(NOON) | STATS, twice(None) | TWICE_STATS],
    "points": points(17, ADAS_AWARDS),
    "last award": points(17, ADAS_AWARDS[:1]),
    "place": walk(
        rank=1,
        value=28,
        history=[
            board_day("2024-10-05", previousRank=2, rank=1, previousValue=7, value=28),
            board_day("2024-10-04", previousRank=None, rank=2, previousValue=None, value=7),
        ],
        **standing(1, 3, 66.66),
    ),
    "place beyond the cap": rich(
        rank=None,
        value=2,
        history=[
            board_day("2024-10-05", previousRank=None, rank=None, previousValue=2, value=2),
            board_day("2024-10-04", previousRank=None, rank=None, previousValue=None, value=2),
        ],
        **standing(3, 3, 0.0),
    ),
    "place of somebody without one": rich(
        rank=None, value=None, history=[], **standing(None, 3, None)
    ),
    "board": page(1, 2, 3),
    "page of a board": page(2),
    "around a user": page(1, 2, 3),
    "around the first": page(1),
    "around nobody": page(),
    "user": BOB | {"tz": "Asia/Tokyo", "email": None, "name": "Bob"},
    "overview": overview(
        SECOND_DAY,
        28.0,
        [place("walk", "Walk", 1, 28), place("rich", "Rich", 1, 17)],
        [period("2024-10-04", 1, "extended", "3.0")],
    ),
    "event that takes away": recorded(
        12, 2.0, SECOND_DAY | {"extended": False}, leaderboards={"walk": walk(**moved(2, 3, 1))}
    ),
    "streak of days ago": NO_STREAK
    | {
        "extended": None,
        "streakHistory": history(
            ("2024-10-06", 0), ("2024-10-07", 0), ("2024-10-08", 0), ("2024-10-09", 0)
        ),
        "pauses": [],
    },
    "overview after days": overview(
        NO_STREAK,
        2.0,
        [place("walk", "Walk", 3, 2), place("rich", "Rich", 1, 17)],
        [
            period("2024-10-06", 0, "broken"),
            period("2024-10-05", 2, "extended", "11.0"),
            period("2024-10-04", 1, "extended", "3.0"),
        ],
    ),
    "repeat after days": recorded(
        4, 2.0, NO_STREAK | {"extended": False}, idempotencyKey="k1", idempotentReplayed=True
    ),
    "configuration as it is": status("live", NEXT_NOON, 12, 4, lag=LAG),
    "configuration": status("live", LATER, 13, 4, version=2, lag=LAG),
    "status": status("live", LATER, 13, 4, version=2, lag=LAG),
}
"""By the names of the steps of the script `LIVE`."""

MUCH = 'value: must be a finite JSON number, not "much"'
IMPORTING = status("importing", "2024-09-02T12:00:00Z", 6, 2)

FINISHED = status("live", "2024-09-03T00:00:00Z", 8, 2, lag=31.5 * 86_400)

EXPECTED_OF_IMPORT: Mapping[str, Any] = {
    "nothing to finish": {
        "error": "finish: there is nothing in that could be finished",
        "code": "invalid",
        "field": "finish",
    },
    "import": outcome(
        3,
        0,
        1,
        IMPORTING,
        {"line": 1, "status": "applied", "seq": 4},
        {"line": 2, "status": "applied", "seq": 5},
        refused(3, MUCH, "invalid"),
        {"line": 4, "status": "applied", "seq": 6},
    ),
    "live event meanwhile": {
        "error": "scope 'default' is importing its history; finish that first",
        "code": "history_mode",
    },
    "user meanwhile": streak(
        2,
        "2024-09-01",
        "2024-09-02",
        "2024-09-03",
        extended="2024-09-02T12:00:00Z",
        streakHistory=history(("2024-09-01", 1), ("2024-09-02", 2)),
        pauses=[],
    ),
    "import again": outcome(0, 3, 1, IMPORTING),
    "import from the past": outcome(
        0,
        0,
        1,
        IMPORTING,
        refused(
            1,
            "timestamp: is 172800.000000 s older than the scope's clock; "
            "import in order of time (or sort the file first)",
            "out_of_order",
        ),
    ),
    "numbered lines": outcome(1, 0, 0, status("importing", "2024-09-02T12:00:00Z", 7, 2)),
    "finish": outcome(0, 0, 0, FINISHED),
    "user after": streak(
        0,
        None,
        "2024-10-04",
        None,
        extended=None,
        streakHistory=history(("2024-10-02", 0), ("2024-10-03", 0), ("2024-10-04", 0)),
        pauses=[],
    ),
    "import too late": outcome(
        0,
        0,
        1,
        FINISHED,
        refused(
            1,
            "timestamp: scope 'default' is not importing: "
            "its clock was started by a live command or a finished import",
            "out_of_order",
        ),
    ),
    "live event after": recorded(
        9,
        5.0,
        FIRST_DAY | {"extended": True},
        points={"xp": changed(2, [award("9.9", 2, 2, EACH_FIVE)])},
        leaderboards={"walk": walk(**moved(5, 2, 2)), "rich": rich(**moved(2, 2, None, 3))},
    ),
}
"""By the names of the steps of the script `IMPORTED`."""
