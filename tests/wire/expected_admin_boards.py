"""What the script `BOARDS` must be answered."""

from collections.abc import Mapping
from typing import Any

from tests.wire.expected_admin import NO_OBJECT, named
from tests.wire.script_admin import NO_ID, PRO, RED
from tests.wire.script_admin_boards import PLAN, TEAM
from tests.wire.shapes import Json, id_of, profile
from tests.wire.shapes_admin import LIVES, METRICS, XP
from tests.wire.shapes_streaks import issue


def board(ordinal: int, key: str, name: str, rank_by: str, **fields: Any) -> Json:
    return {
        "id": id_of("leaderboard", ordinal),
        "name": name,
        "key": key,
        "status": "active",
        "rankBy": rank_by,
        "order": "desc",
        "maxParticipants": 1_000,
        "start": "2024-10-04",
        "breakdownAttributes": [],
        "userAttributes": [],
        **fields,
    }


def without(answer: Json, *fields: str) -> Json:
    return {field: value for field, value in answer.items() if field not in fields}


RICH = board(
    1, "rich", "Rich", "points", pointsSystemId=XP["id"], maxParticipants=None, start="1970-01-01"
)
NIGHTS = board(
    2,
    "nights",
    "Nights",
    "metric",
    description="Fewest steps.",
    order="asc",
    metricId=METRICS["steps"],
    maxParticipants=50,
    start="2024-10-01",
    end="2024-12-31",
    startTime="22:00",
    endTime="06:00",
    breakdownAttributes=[TEAM, PLAN],
    runUnit="week",
    runInterval=2,
    userAttributes=[PRO],
)
STREAKS = board(3, "streaks", "Streaks", "streak", status="inactive")
OF_LIVES = board(
    4,
    "lives",
    "Lives",
    "points",
    status="scheduled",
    pointsSystemId=LIVES["id"],
    maxParticipants=None,
    start="2024-11-01",
)
OLD = board(
    5,
    "old",
    "Old",
    "metric",
    status="finished",
    metricId=METRICS["height"],
    start="2024-09-30",
    end="2024-09-30",
)

STREAKS_CHANGED = STREAKS | {
    "status": "active",
    "description": "Who comes every day.",
    "maxParticipants": None,
    "end": "2024-10-31",
}
NIGHTS_CHANGED = without(NIGHTS, "end") | {"name": "Nightwalkers", "maxParticipants": 40}
LIVES_CHANGED = OF_LIVES | {"name": "Most lives"}
WALKERS = without(NIGHTS_CHANGED, "metricId", "runUnit", "runInterval", "startTime", "endTime") | {
    "key": "walkers",
    "status": "scheduled",
    "rankBy": "points",
    "order": "desc",
    "pointsSystemId": XP["id"],
    "start": "2024-10-30",
    "userAttributes": [RED],
    "breakdownAttributes": [PLAN],
}
BY_STREAK = without(LIVES_CHANGED, "pointsSystemId") | {"status": "inactive", "rankBy": "streak"}
OLD_CHANGED = OLD | {"description": "Long ago."}
OLD_AGAIN = OLD_CHANGED | {"status": "active", "start": "2024-10-18", "end": "2024-12-31"}
RICH_OVER = RICH | {"status": "finished"}
ANOTHER = board(6, "rich", "Rich", "streak", status="inactive", start="2024-10-18")

FIXED = "can change only while the leaderboard is inactive"
NO_BOARD = "there is no leaderboard with this id"
PAST = "end: must not lie in the past: make the leaderboard 'finished' instead"
OF_EVENTS = "'via' is an attribute of events"


def refused(what: str) -> Json:
    return {"error": what, "code": "invalid"}


def missing(id_: str) -> Json:
    return {"error": f"there is no leaderboard {id_!r}", "code": "not_found"}


ISSUES_OF_NEW = [
    issue(4, "missing the field 'key'"),
    issue(5, "key: there is a leaderboard 'rich' already"),
    issue(6, "key: there is a leaderboard 'nights' already"),
    issue(7, "metricId is missing"),
    issue(8, "pointsSystemId: there is no points system with this id"),
    issue(9, "metricId does not belong to a board ranked by streak"),
    issue(
        10,
        "runUnit does not belong to a board ranked by streak; "
        "runInterval does not belong to a board ranked by streak",
    ),
    issue(11, "runInterval is missing"),
    issue(12, "runInterval does not belong to a board without runUnit"),
    issue(13, "runUnit: cannot be 'hour'"),
    issue(14, "startTime and endTime must differ"),
    issue(15, "startTime: is not a time of day like 09:30"),
    issue(16, "maxParticipants: must be at least 1"),
    issue(17, "end must not be before start (2024-10-05)"),
    issue(18, PAST),
    issue(19, "end: must lie in the past of what is 'finished' from the start"),
    issue(20, "start must lie in the future of what is 'scheduled'"),
    issue(21, f"breakdownAttributes[1]: {OF_EVENTS}"),
    issue(22, "breakdownAttributes[1]: 'plan' is there twice"),
    issue(23, f"userAttributes[0]: {OF_EVENTS}"),
    issue(24, NO_OBJECT),
    issue(25, "unknown field 'run'"),
]

EXPECTED_OF_BOARDS: Mapping[str, Any] = {
    "ada is made": profile("ada", attributes={"plan": "pro"}),
    "leaderboards": [RICH],
    "a leaderboard": RICH,
    "leaderboards made": {"created": [NIGHTS, STREAKS, OF_LIVES, OLD], "issues": ISSUES_OF_NEW},
    "leaderboards made, again": {
        "created": [NIGHTS, STREAKS, OF_LIVES, OLD],
        "issues": ISSUES_OF_NEW,
    },
    "no leaderboards made": {
        "created": [],
        "issues": [
            issue(0, "key: there is a leaderboard 'nights' already"),
            issue(1, "key: there is a leaderboard 'rich' already"),
        ],
    },
    "some leaderboards": [OF_LIVES, OLD],
    "no leaderboards": [],
    "leaderboards changed": {
        "updated": [
            STREAKS_CHANGED,
            STREAKS_CHANGED,
            NIGHTS_CHANGED,
            NIGHTS_CHANGED,
            LIVES_CHANGED,
            OLD_CHANGED,
        ],
        "issues": [
            named(4, f"order: {FIXED}; metricId: {FIXED}", NIGHTS),
            named(5, f"runUnit: {FIXED}", NIGHTS),
            named(6, f"userAttributes: {FIXED}", NIGHTS),
            named(7, PAST, NIGHTS),
            named(8, "status: the leaderboard has begun already", NIGHTS),
            named(10, f"start: {FIXED}", OF_LIVES),
            named(11, "status: a finished leaderboard cannot become 'scheduled'", OLD),
            named(12, PAST, OLD),
            named(13, "end: can change only while the leaderboard is not finished", OLD),
            named(15, f"rankBy: {FIXED}; pointsSystemId: {FIXED}", STREAKS),
            named(16, "name: must be text, not null", RICH),
            named(17, "unknown field 'level'", RICH),
            named(18, NO_BOARD, NO_ID),
            issue(19, "id: is missing"),
        ],
    },
    "the run is ended": NIGHTS_CHANGED,
    "the run is ended, again": NIGHTS_CHANGED,
    "it is ended already": refused("the run of today, by the date in UTC, is ended already"),
    "none is on": refused("no run of the leaderboard is on: it is scheduled"),
    "the next run is ended": NIGHTS_CHANGED,
    "a board without runs is ended": RICH_OVER,
    "a board without runs is ended, again": RICH_OVER,
    "it is over": refused("no run of the leaderboard is on: it is finished"),
    "nothing to end": missing(NO_ID),
    "leaderboards changed otherwise": {
        "updated": [WALKERS] * 5 + [BY_STREAK, BY_STREAK, OLD_AGAIN],
        "issues": [named(6, "status: an inactive leaderboard cannot become 'finished'", OF_LIVES)],
    },
    "leaderboards by now": [RICH_OVER, WALKERS, STREAKS_CHANGED, BY_STREAK, OLD_AGAIN],
    "a system that is ranked by": {
        "deleted": [],
        "issues": [named(0, "cannot be deleted: the leaderboard 'rich' ranks by it", XP)],
    },
    "leaderboards deleted": {
        "deleted": [{"id": OF_LIVES["id"]}, {"id": RICH["id"]}],
        "issues": [
            named(2, "there is no such leaderboard", OF_LIVES),
            named(3, NO_BOARD, NO_ID),
            named(4, NO_BOARD, "rich"),
        ],
    },
    "the deleted one": missing(OF_LIVES["id"]),
    "its run": missing(OF_LIVES["id"]),
    "the deleted one changed": {"updated": [], "issues": [named(0, NO_BOARD, OF_LIVES)]},
    "leaderboards left": [WALKERS, STREAKS_CHANGED, OLD_AGAIN],
    "one more": {"created": [ANOTHER], "issues": []},
    "leaderboards after a month": [STREAKS_CHANGED | {"status": "finished"}, OLD_AGAIN, ANOTHER],
}
