"""The script `BOARDS`: what an operator makes of the leaderboards of the game of `game_points`.

Nobody plays meanwhile: what places there are on boards is told elsewhere.
"""

from collections.abc import Sequence
from typing import Any

from tests.wire.script import Step, get, patch, post, twice
from tests.wire.script_admin import (
    HEIGHT,
    NO_ID,
    PRO,
    RED,
    STEPS,
    SYSTEMS,
    TRAIL,
    delete,
    id_of,
)
from tests.wire.script_points import system_id

LEADERBOARDS = "/admin/v1/leaderboards"
PLAN, TEAM, VIA = (id_of("attribute", ordinal) for ordinal in (1, 2, 3))


def board(ordinal: int) -> str:
    return id_of("leaderboard", ordinal)


def ending(ordinal: int) -> str:
    return f"{LEADERBOARDS}/{board(ordinal)}/end-run"


OF_STEPS = {"rankBy": "metric", "metricId": STEPS}
NEW_BOARDS: Sequence[Any] = [
    OF_STEPS
    | {"name": "Nights", "key": "nights", "description": "Fewest steps.", "status": "active"}
    | {"order": "asc", "maxParticipants": 50, "start": "2024-10-01", "end": "2024-12-31"}
    | {"startTime": "22:00", "endTime": "06:00", "runUnit": "week", "runInterval": 2}
    | {"breakdownAttributes": [TEAM, PLAN], "userAttributes": [PRO]},
    {"name": "Streaks", "key": "streaks", "rankBy": "streak"},
    {"name": "Lives", "key": "lives", "rankBy": "points", "pointsSystemId": system_id(2)}
    | {"maxParticipants": None, "status": "scheduled", "start": "2024-11-01"},
    {"name": "Old", "key": "old", "rankBy": "metric", "metricId": HEIGHT}
    | {"status": "finished", "end": "2024-09-30"},
    # None of these can be.
    OF_STEPS | {"name": "No key"},
    OF_STEPS | {"name": "Rich again", "key": "rich"},
    OF_STEPS | {"name": "Nights again", "key": "nights"},
    {"name": "No metric", "key": "x", "rankBy": "metric"},
    {"name": "Another's id", "key": "x", "rankBy": "points", "pointsSystemId": STEPS},
    {"name": "Mixed", "key": "x", "rankBy": "streak", "metricId": STEPS},
    {"name": "Repeated", "key": "x", "rankBy": "streak", "runUnit": "day", "runInterval": 1},
    OF_STEPS | {"name": "How often", "key": "x", "runUnit": "day"},
    OF_STEPS | {"name": "Of what", "key": "x", "runInterval": 1},
    OF_STEPS | {"name": "Hourly", "key": "x", "runUnit": "hour", "runInterval": 1},
    OF_STEPS | {"name": "Never", "key": "x", "startTime": "08:00", "endTime": "08:00"},
    OF_STEPS | {"name": "When", "key": "x", "startTime": "8:00"},
    OF_STEPS | {"name": "Nobody", "key": "x", "maxParticipants": 0},
    OF_STEPS | {"name": "Backwards", "key": "x", "start": "2024-10-05", "end": "2024-10-04"},
    OF_STEPS | {"name": "Too late", "key": "x", "status": "active", "end": "2024-10-03"},
    OF_STEPS | {"name": "Not over", "key": "x", "status": "finished", "end": "2024-10-04"},
    OF_STEPS | {"name": "Today", "key": "x", "status": "scheduled", "start": "2024-10-04"},
    OF_STEPS | {"name": "Of events", "key": "x", "breakdownAttributes": [PLAN, VIA]},
    OF_STEPS | {"name": "Twice", "key": "x", "breakdownAttributes": [PLAN, PLAN]},
    OF_STEPS | {"name": "Filtered", "key": "x", "userAttributes": [TRAIL]},
    "nights",
    OF_STEPS | {"name": "Odd", "key": "x", "run": 5},
]

CHANGES: Sequence[dict[str, Any]] = [
    {"id": board(3), "status": "active", "description": "Who comes every day."},
    {"id": board(3), "maxParticipants": None, "end": "2024-10-31"},
    {"id": board(2), "name": "Nightwalkers", "maxParticipants": 40, "end": None},
    {"id": board(2), "key": "nights", "status": "active", "start": "2024-10-01"},
    {"id": board(2), "metricId": HEIGHT, "order": "desc", "name": "?"},
    {"id": board(2), "runUnit": None},
    {"id": board(2), "userAttributes": None},
    {"id": board(2), "end": "2024-10-03"},
    {"id": board(2), "status": "scheduled"},
    {"id": board(4), "status": "scheduled", "name": "Most lives"},
    {"id": board(4), "start": "2024-11-02"},
    {"id": board(5), "status": "scheduled"},
    {"id": board(5), "status": "active"},
    {"id": board(5), "end": "2024-09-29"},
    {"id": board(5), "end": "2024-09-30", "description": "Long ago."},
    {"id": board(3), "rankBy": "points", "pointsSystemId": system_id(1)},
    {"id": board(1), "name": None},
    {"id": board(1), "level": 5},
    {"id": NO_ID, "name": "?"},
    {"name": "?"},
]

SECOND_CHANGES: Sequence[dict[str, Any]] = [
    {"id": board(2), "status": "inactive"},
    {"id": board(2), "runUnit": None, "startTime": None, "endTime": None, "order": "desc"},
    {"id": board(2), "userAttributes": [RED], "breakdownAttributes": [PLAN], "key": "walkers"},
    {"id": board(2), "rankBy": "points", "pointsSystemId": system_id(1), "start": "2024-10-30"},
    {"id": board(2), "status": "scheduled"},
    {"id": board(4), "status": "inactive"},
    {"id": board(4), "status": "finished"},
    {"id": board(4), "rankBy": "streak"},
    {"id": board(5), "status": "active", "end": "2024-12-31"},
]

BOARDS: Sequence[Step] = (
    post("ada is made", 201, {"id": "ada", "attributes": {"plan": "pro"}}, "/v1/users"),
    get("leaderboards", LEADERBOARDS),
    get("a leaderboard", f"{LEADERBOARDS}/{board(1)}"),
    *twice(post("leaderboards made", 201, NEW_BOARDS, LEADERBOARDS)),
    post("no leaderboards made", 200, NEW_BOARDS[:1] + NEW_BOARDS[5:6], LEADERBOARDS),
    get("some leaderboards", f"{LEADERBOARDS}?limit=2&skip=3"),
    get("no leaderboards", f"{LEADERBOARDS}?skip=5"),
    patch("leaderboards changed", 200, CHANGES, LEADERBOARDS),
    *twice(post("the run is ended", 200, None, ending(2))),
    post("it is ended already", 422, None, ending(2)),
    post("none is on", 422, None, ending(4)),
    post("the next run is ended", 200, None, ending(2), days=14),
    *twice(post("a board without runs is ended", 200, None, ending(1))),
    post("it is over", 422, None, ending(1)),
    post("nothing to end", 404, None, f"{LEADERBOARDS}/{NO_ID}/end-run"),
    patch("leaderboards changed otherwise", 200, SECOND_CHANGES, LEADERBOARDS),
    get("leaderboards by now", LEADERBOARDS),
    delete("a system that is ranked by", SYSTEMS, system_id(1)),
    delete("leaderboards deleted", LEADERBOARDS, board(4), board(1), board(4), NO_ID, "rich"),
    get("the deleted one", f"{LEADERBOARDS}/{board(4)}", 404),
    post("its run", 404, None, ending(4)),
    patch("the deleted one changed", 200, [{"id": board(4), "name": "?"}], LEADERBOARDS),
    get("leaderboards left", LEADERBOARDS),
    post("one more", 201, [{"name": "Rich", "key": "rich", "rankBy": "streak"}], LEADERBOARDS),
    get("leaderboards after a month", f"{LEADERBOARDS}?skip=1", days=31),
)
