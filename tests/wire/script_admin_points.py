"""The second half of the script `ADMIN`: levels, triggers and boosts of `xp`, one after the other.

At its beginning Ada has what `script_admin` has left her with.
"""

from collections.abc import Sequence

from tests.wire.script import Step, get, patch, post, twice
from tests.wire.script_admin import (
    ADAS_OF_GEMS,
    ADAS_OWN,
    ADAS_TO_COME,
    BOOSTS,
    GEMS,
    HEIGHT,
    LEVELS,
    NO_ID,
    OF_ACHIEVEMENTS,
    OF_SYSTEMS,
    PRO,
    RED,
    STEPS,
    TRAIL,
    TRIGGERS,
    achievement,
    delete,
    id_of,
)
from tests.wire.script_points import ADAS, XP, explain
from tests.wire.server import event


def level(ordinal: int) -> str:
    return id_of("points_level", ordinal)


def trigger(ordinal: int) -> str:
    return id_of("points_trigger", ordinal)


def boost(ordinal: int) -> str:
    return id_of("points_boost", ordinal)


OF_LEVELS: Sequence[Step] = (
    get("levels", LEVELS),
    get("some levels", f"{LEVELS}?limit=1&skip=1"),
    get("a level", f"{LEVELS}/{level(3)}"),
    *twice(
        post(
            "levels made",
            201,
            [
                {"name": "First", "key": "first", "points": 1, "description": None},
                {
                    "name": "Best",
                    "key": "best",
                    "points": 500,
                    "badge": {"url": "https://b.example"},
                },
                {"name": "Low again", "key": "low", "points": 11},
                {"name": "As low", "key": "as-low", "points": 10},
                {"name": "No points", "key": "none"},
                {"name": "No key", "points": 12},
            ],
            LEVELS,
        )
    ),
    get("ada's level", f"{ADAS}/points/xp?awards=1"),
    patch(
        "levels changed",
        200,
        [
            {"id": level(2), "name": "Half", "description": None},
            {"id": level(1), "points": 2},
            {"id": level(1), "points": 100},
            {"id": level(1), "key": "lowest"},
            {"id": level(4), "points": 3},
            {"id": level(5), "badge": None},
        ],
        LEVELS,
    ),
    delete("levels deleted", LEVELS, level(7), level(2), level(2), NO_ID),
    get("the deleted level", f"{LEVELS}/{level(2)}", 404),
    get("a level of another system", f"{LEVELS}/{level(4)}", 404),
    get("levels left", f"{LEVELS}?limit=100"),
)

OF_TRIGGERS: Sequence[Step] = (
    get("triggers", TRIGGERS),
    get("some triggers", f"{TRIGGERS}?limit=2&skip=6"),
    get("a trigger", f"{TRIGGERS}/{trigger(2)}"),
    *twice(
        post(
            "triggers made",
            201,
            [
                {"type": "metric", "points": 4, "metricId": STEPS, "metricThreshold": 2}
                | {"eventAttributes": [TRAIL], "userAttributes": [PRO], "status": "active"},
                {
                    "type": "streak",
                    "points": 1,
                    "streakLength": 1,
                    "key": "daily",
                    "status": "active",
                }
                | {"cap": {"points": 2, "period": "month"}},
                {"type": "time", "points": 3, "timeUnit": "hours", "timeInterval": 6},
                {"type": "achievement", "points": 7, "achievementId": achievement(11)},
                {"type": "user_creation", "points": -5, "blockIfOutOfPoints": False},
                {"type": "user_creation", "points": 0},
                {"type": "user_creation", "points": 1, "blockIfOutOfPoints": True},
                {"type": "time", "points": -1, "timeUnit": "weeks", "timeInterval": 1},
                {"type": "metric", "points": 1, "metricId": NO_ID, "metricThreshold": 1},
                {"type": "metric", "points": 1, "metricId": HEIGHT},
                {"type": "achievement", "points": 1, "achievementId": achievement(5)},
                {"type": "metric", "points": -1, "metricId": STEPS, "metricThreshold": 1}
                | {"cap": {"points": 1, "period": "day"}},
            ],
            TRIGGERS,
        )
    ),
    post("ada walks on", 201, event("ada", 4) | {"attributes": {"via": "trail"}}),
    patch(
        "triggers changed",
        200,
        [
            {"id": trigger(2), "cap": None, "points": 5},
            {"id": trigger(15), "status": "inactive"},
            {"id": trigger(15), "type": "user_creation"},
            {"id": trigger(4), "type": "streak", "streakLength": 3},
            {"id": trigger(16), "cap": None, "userAttributes": [RED]},
            {"id": trigger(3), "eventAttributes": []},
            {"id": trigger(3), "status": "archived", "points": 9},
            {"id": trigger(1), "status": "archived"},
            {"id": trigger(9), "points": 1},
        ],
        TRIGGERS,
    ),
    delete("triggers deleted", TRIGGERS, trigger(5), trigger(5), trigger(1)),
    get("the archived trigger", f"{TRIGGERS}/{trigger(5)}", 404),
    get("triggers left", f"{TRIGGERS}?limit=100"),
    get("triggers as they are shown", XP),
)

OWN = {"name": "Ada's own", "start": "2024-10-04", "end": "2024-10-04", "multiplier": 1.1}
OF_BOOSTS: Sequence[Step] = (
    get("boosts", BOOSTS),
    get("a boost", f"{BOOSTS}/{boost(2)}"),
    *twice(
        post(
            "boosts for ada",
            201,
            [
                OWN | {"userId": "ada", "rounding": "up"},
                {"name": "To come", "start": "2024-12-24", "multiplier": 2, "userId": "ada"},
                OWN | {"userId": "nobody"},
                OWN | {"userId": "ada", "userAttributes": [PRO]},
                OWN | {"userId": "ada", "end": "2024-10-03"},
                OWN | {"userId": 5},
            ],
            BOOSTS,
        )
    ),
    post(
        "boosts made",
        201,
        [
            {"name": "Reds", "start": "2024-10-01", "multiplier": 0.5, "userAttributes": [RED]},
            {"name": "None", "start": "2024-10-01", "multiplier": 1},
            {"name": "Many", "start": "2024-10-01", "multiplier": 100},
            {"name": "Backwards", "start": "2024-10-02", "end": "2024-10-01", "multiplier": 2},
            {"name": "No date", "start": "today", "multiplier": 2},
            {"name": "n" * 256, "start": "2024-10-01", "multiplier": 2},
            {"name": "Again", "start": "2024-10-01", "multiplier": 2, "key": "autumn"},
            {"name": "Once more", "start": "2024-10-04", "multiplier": 2, "userId": "ada"},
        ],
        BOOSTS,
    ),
    get("boosts, those of ada last", f"{BOOSTS}?limit=4&skip=5"),
    get("a boost of ada's", f"{BOOSTS}/{ADAS_OWN}"),
    get("a boost of another system", f"{BOOSTS}/{ADAS_OF_GEMS}", 404),
    get("ada's boosts", f"{ADAS}/points/xp/boosts"),
    post("ada walks further", 201, event("ada", 5)),
    patch(
        "boosts changed",
        200,
        [
            {"id": boost(1), "end": None, "rounding": "nearest"},
            {"id": boost(2), "status": "inactive"},
            {"id": boost(5), "status": "active", "userAttributes": [RED]},
            {"id": ADAS_TO_COME, "multiplier": 3, "end": "2024-12-26"},
            {"id": ADAS_TO_COME, "userId": "bob"},
            {"id": ADAS_TO_COME, "multiplier": 1},
            {"id": ADAS_OF_GEMS, "name": "?"},
            {"id": boost(6), "name": "?"},
        ],
        BOOSTS,
    ),
    delete("boosts deleted", BOOSTS, boost(3), ADAS_OWN, ADAS_OWN, boost(3), NO_ID, "ada"),
    get("the archived boost", f"{BOOSTS}/{boost(3)}", 404),
    get("the deleted boost of ada's", f"{BOOSTS}/{ADAS_OWN}", 404),
    get("boosts left", f"{BOOSTS}?limit=100"),
    get("boosts of gems left", f"{GEMS}/boosts"),
    explain("why ada got so much", "24.1"),
    get("ada's last award", f"{ADAS}/points/xp?awards=1"),
    get("versions and records", "/admin/v1/status"),
)

ADMIN: Sequence[Step] = (
    *OF_ACHIEVEMENTS,
    *OF_SYSTEMS,
    *OF_LEVELS,
    *OF_TRIGGERS,
    *OF_BOOSTS,
)
