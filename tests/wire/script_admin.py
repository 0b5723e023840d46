"""The script `ADMIN`: what an operator makes of the game of `game_points`, by lists of items.

Ada, who pays, plays meanwhile, so that what is changed is seen by its consequences.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.model.identifiers import Ordinal, public_id
from tests.wire.script import Step, get, patch, post, twice
from tests.wire.script_points import ADAS, LIVES, system_id
from tests.wire.server import event

ACHIEVEMENTS = "/admin/v1/achievements"
SYSTEMS = "/admin/v1/points"
NO_ID = "00000000-0000-5000-8000-000000000000"
ADAS_OF_GEMS = "00000000-0001-8002-8000-000040000001"
ADAS_OWN = "00000000-0001-8002-8000-000040000002"
ADAS_TO_COME = "00000000-0001-8002-8000-000040000003"
"""Boosts of Ada's, by age."""


def id_of(kind: str, ordinal: int) -> str:
    return public_id("default", kind, Ordinal(ordinal))


def achievement(ordinal: int) -> str:
    return id_of("achievement", ordinal)


def delete(name: str, path: str, *ids: str, status: int = 200) -> Step:
    return Step(name, status, "DELETE", f"{path}?ids={','.join(ids)}")


def wanted(attribute: int, value: str) -> Mapping[str, str]:
    return {"attributeId": id_of("attribute", attribute), "attributeValue": value}


STEPS, HEIGHT = id_of("metric", 1), id_of("metric", 3)
PRO, RED, TRAIL = wanted(1, "pro"), wanted(2, "red"), wanted(3, "trail")
XPS, GEMS = f"{SYSTEMS}/{system_id(1)}", f"{SYSTEMS}/{system_id(3)}"
LEVELS, TRIGGERS, BOOSTS = (f"{XPS}/{what}" for what in ("levels", "triggers", "boosts"))

NEW_ACHIEVEMENTS: Sequence[Any] = [
    {
        "name": "Trails",
        "description": "Only trails count.",
        "badge": {"url": "https://example.org/trails.png"},
        "trigger": "metric",
        "metricId": STEPS,
        "metricValue": 5.5,
        "eventAttributes": [TRAIL],
        "userAttributes": [PRO, RED],
    },
    {"name": "Once", "key": "once", "trigger": "streak", "streakLength": 1, "status": "active"},
    {"name": "No key", "trigger": "api"},
    {"name": "All", "trigger": "achievement", "achievementIds": [achievement(1), NO_ID]},
    {"name": "Two years", "trigger": "anniversary", "anniversaryYears": 2, "status": "locked"},
    {"name": "Far again", "key": "far", "trigger": "api"},
    {"name": "Mixed", "trigger": "streak", "streakLength": 2, "metricId": STEPS},
    {"name": "Nothing", "trigger": "metric", "metricId": NO_ID, "metricValue": 1},
    "far",
    {"name": "Odd", "trigger": "api", "key": "odd", "points": 5},
]

OF_ACHIEVEMENTS: Sequence[Step] = (
    post("ada is made", 201, {"id": "ada", "attributes": {"plan": "pro"}}, "/v1/users"),
    post("ada walks", 201, event("ada", 6) | {"attributes": {"via": "trail"}}),
    get("achievements", ACHIEVEMENTS),
    get("some achievements", f"{ACHIEVEMENTS}?limit=2&skip=7"),
    get("no achievements", f"{ACHIEVEMENTS}?skip=10"),
    get("an achievement", f"{ACHIEVEMENTS}/{achievement(2)}"),
    *twice(post("achievements made", 201, NEW_ACHIEVEMENTS, ACHIEVEMENTS)),
    post("no achievements made", 200, NEW_ACHIEVEMENTS[-2:], ACHIEVEMENTS),
    get("achievements shown", "/v1/achievements"),
    get("ada was there once", f"{ADAS}/achievements"),
    patch(
        "achievements changed",
        200,
        [
            {"id": achievement(11), "status": "active", "description": None, "badge": None},
            {"id": achievement(11), "userAttributes": [], "metricValue": 6, "key": "trails"},
            {"id": achievement(12), "status": "inactive"},
            {"id": achievement(13), "trigger": "streak", "streakLength": 9},
            {"id": achievement(13), "anniversaryYears": 1},
            {"id": achievement(6), "achievementIds": [achievement(6)]},
            {"id": achievement(4), "trigger": "achievement", "achievementIds": [achievement(6)]},
            {"id": achievement(1), "metricValue": None},
            {"id": achievement(1), "name": "Far", "trigger": "metric"},
            {"id": NO_ID, "name": "?"},
            {"name": "?"},
            {"id": achievement(5), "status": "archived", "name": "Said hello"},
            {"id": achievement(7), "status": "archived"},
        ],
        ACHIEVEMENTS,
    ),
    get("ada has the trails", f"{ADAS}/achievements"),
    delete(
        "achievements deleted",
        ACHIEVEMENTS,
        achievement(8),
        achievement(10),
        achievement(12),
        achievement(13),
        achievement(4),
        achievement(8),
        "far",
        NO_ID,
    ),
    get("the deleted one is gone", f"{ACHIEVEMENTS}/{achievement(8)}", 404),
    get("the archived one is out of sight", f"{ACHIEVEMENTS}/{achievement(13)}", 404),
    get("ada keeps what is archived", f"{ADAS}/achievements"),
    get("achievements left", f"{ACHIEVEMENTS}?limit=100"),
)

BADGE = {"url": "https://example.org/gem.png"}
NEW_SYSTEMS: Sequence[Any] = [
    {
        "name": "Gems",
        "key": "gems",
        "description": "Rare.",
        "badge": BADGE,
        "maxPoints": 50,
        "levels": [
            {"name": "One", "key": "one", "points": 1},
            {"name": "Ten", "key": "ten", "points": 10, "description": "A lot.", "badge": BADGE},
        ],
        "triggers": [
            {"type": "metric", "points": 2, "metricId": STEPS, "metricThreshold": 10}
            | {"status": "active", "cap": {"points": 8, "period": "week"}},
            {"type": "achievement", "points": 1, "achievementId": achievement(1)},
            {"type": "time", "points": 1, "timeUnit": "days", "timeInterval": 1},
        ],
        "boosts": [
            {"name": "Double", "start": "2024-10-01", "multiplier": 2},
            {"name": "Ada's", "start": "2024-10-04", "multiplier": 1.5, "userId": "ada"},
            {"name": "Reds'", "start": "2024-11-01", "end": "2024-11-30", "multiplier": 3}
            | {"rounding": "up", "userAttributes": [RED]},
        ],
    },
    {"name": "Bare", "key": "bare"},
    {"name": "Experience again", "key": "xp"},
    {"name": "Levels", "key": "levels", "levels": [{"name": "L", "key": "l", "points": -1}]},
    {"name": "Alike", "key": "alike", "levels": [{"name": "A", "key": "a", "points": 5}] * 2},
    {"name": "Triggers", "key": "triggers", "triggers": [{"type": "streak", "points": 1}]},
    {"name": "Boosts", "key": "boosts", "boosts": [{"name": "B", "start": "2024-10-01"}]},
    {"name": "Whose", "key": "whose"}
    | {"boosts": [{"name": "B", "start": "2024-10-01", "multiplier": 2, "userId": "nobody"}]},
    {"name": "Lists", "key": "lists", "levels": {"one": 1}},
    {"name": "No key"},
]

OF_SYSTEMS: Sequence[Step] = (
    get("systems", SYSTEMS),
    get("a system", XPS),
    *twice(post("systems made", 201, NEW_SYSTEMS, SYSTEMS)),
    post("no systems made", 200, NEW_SYSTEMS[:3], SYSTEMS),
    get("gems as they are shown", "/v1/points/gems"),
    get("the levels of gems", f"{GEMS}/levels"),
    get("the triggers of gems", f"{GEMS}/triggers"),
    get("the boosts of gems", f"{GEMS}/boosts"),
    get("ada's boosts of gems", f"{ADAS}/points/gems/boosts"),
    patch(
        "systems changed",
        200,
        [
            {"id": system_id(3), "name": "Jewels", "badge": None, "maxPoints": None},
            {"id": system_id(2), "maxPoints": 9, "description": "Nine, as a cat."},
            {"id": system_id(1), "key": "exp"},
            {"id": system_id(1), "maxPoints": 0},
            {"id": system_id(1), "levels": []},
            {"id": system_id(1), "name": None},
            {"id": NO_ID, "name": "?"},
        ],
        SYSTEMS,
    ),
    delete("systems deleted", SYSTEMS, system_id(4), system_id(1), system_id(2), system_id(2)),
    patch(
        "an archived system changed",
        200,
        [
            {"id": system_id(2), "name": "Former lives"},
            {"id": system_id(2), "maxPoints": 7},
        ],
        SYSTEMS,
    ),
    get("an archived system", f"{SYSTEMS}/{system_id(2)}"),
    get("an archived system as it is shown", LIVES),
    get("systems left", f"{SYSTEMS}?limit=3&skip=1"),
    post(
        "nothing new in an archived system",
        200,
        [{"name": "L", "key": "l", "points": 1}],
        f"{SYSTEMS}/{system_id(2)}/levels",
    ),
)
