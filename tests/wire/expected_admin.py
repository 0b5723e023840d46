"""What the first half of the script `ADMIN` must be answered: achievements, points systems."""

from collections.abc import Mapping
from typing import Any

from tests.wire import shapes_admin as admin
from tests.wire import shapes_points as shown
from tests.wire.script_admin import ADAS_OF_GEMS, NO_ID
from tests.wire.shapes import Json, profile, recorded, streak
from tests.wire.shapes_admin import (
    BARE,
    DOUBLE,
    EACH_DAY,
    EVERY_TEN,
    FOR_FAR,
    GEM,
    GEMS,
    LIVES,
    OF_REDS,
    ONE,
    TEN,
    XP,
)
from tests.wire.shapes_points import FRIDAY, award, earned, had, rich
from tests.wire.shapes_streaks import issue

BOTH_BOOSTS = (shown.AUTUMN, shown.PATRONS)
TODAY = streak(1, "2024-10-04", "2024-10-04", "2024-10-05")
ADAS_FIRST = (
    award("4.5", shown.STEPPED, 9, 24, *BOTH_BOOSTS, base=3),
    award("4.6", shown.HIKED, 3, 27, *BOTH_BOOSTS, base=1),
)
ADAS_GEMS = admin.own(ADAS_OF_GEMS, "Ada's", "2024-10-04", 1.5)
OF_GAME = [
    *(admin.FAR, admin.HIKER, admin.PATRON, admin.TWICE, admin.HELLO, admin.BOTH, admin.YEAR),
    *(admin.SECRET, admin.SOON, admin.MEMBERS),
]
NO_ACHIEVEMENT = "there is no achievement with this id"
NO_OBJECT = "must be an object, not text"
CANNOT_GO_BACK = "cannot become inactive again, since users may hold it: lock or archive it instead"


def named(index: int, message: str, id_: str | Json) -> Json:
    """An issue of an item that names a thing."""
    return issue(index, message, id=id_ if isinstance(id_, str) else id_["id"])


def stats(achievement: Json, completions: int = 0) -> Json:
    """With how many of one user have completed it."""
    return achievement | {"completions": completions, "rarity": 100.0 * completions}


def of_ada(achievement: Json, **fields: Any) -> Json:
    """One that she has by her past, which is not recorded yet."""
    return stats(achievement) | {"achievedAt": FRIDAY, "backdated": True} | fields


NEW_ONCE = shown.TWICE | {
    "id": admin.ONCE["id"],
    "key": "once",
    "name": "Once",
    "streakLength": 1,
}
NEW_TWO_YEARS = shown.YEAR | {
    "id": admin.TWO_YEARS["id"],
    "key": "achievement-13",
    "name": "Two years",
    "anniversaryYears": 2,
    "status": "locked",
}
NEW_TRAILS = shown.HIKER | {
    "id": admin.TRAILS["id"],
    "key": "trails",
    "name": "Trails",
    "metricValue": 6.0,
}
ADAS_PATRON = had(stats(shown.PATRON, 1), "4.4")
SHOWN_AT_FIRST = [
    *(shown.FAR, shown.HIKER, shown.PATRON, shown.TWICE, shown.HELLO, shown.BOTH, shown.YEAR),
    *(shown.LOCKED, shown.MEMBERS, NEW_ONCE, NEW_TWO_YEARS),
]

EXPECTED_OF_ACHIEVEMENTS: Mapping[str, Any] = {
    "ada is made": profile("ada", attributes={"plan": "pro"}),
    "ada walks": recorded(
        4,
        6.0,
        TODAY | {"extended": True},
        achievements=[had(shown.PATRON, "4.4")],
        points={"xp": shown.xp(**earned(27, *ADAS_FIRST))},
        leaderboards=rich("4.7", 27, 1, 1),
    ),
    "achievements": OF_GAME,
    "some achievements": [admin.SECRET, admin.SOON],
    "no achievements": [],
    "an achievement": admin.HIKER,
    "achievements made": {
        "created": [admin.TRAILS, admin.ONCE, admin.TWO_YEARS],
        "issues": [
            issue(2, "key: is missing: the product completes it by its key"),
            issue(3, f"achievementIds: {NO_ACHIEVEMENT}"),
            issue(5, "key: there is an achievement 'far' already"),
            issue(6, "metricId does not belong to a streak trigger"),
            issue(7, "metricId: there is no metric with this id"),
            issue(8, NO_OBJECT),
            issue(9, "unknown field 'points'"),
        ],
    },
    "no achievements made": {
        "created": [],
        "issues": [issue(0, NO_OBJECT), issue(1, "unknown field 'points'")],
    },
    "achievements shown": [stats(a, 1 if a is shown.PATRON else 0) for a in SHOWN_AT_FIRST],
    "ada was there once": [ADAS_PATRON, of_ada(NEW_ONCE)],
    "achievements changed": {
        "updated": [
            admin.TRAILS_CHANGED,
            admin.TRAILS_CHANGED,
            admin.NINE,
            admin.FAR,
            admin.HELLO | {"status": "archived", "name": "Said hello"},
            admin.YEAR | {"status": "archived"},
        ],
        "issues": [
            named(2, CANNOT_GO_BACK, admin.ONCE),
            named(4, "anniversaryYears does not belong to a streak trigger", admin.NINE),
            named(5, "cannot be a prerequisite of itself: both → both", admin.BOTH),
            named(6, "cannot be a prerequisite of itself: twice → both → twice", admin.TWICE),
            named(7, "metricValue is missing", admin.FAR),
            named(9, NO_ACHIEVEMENT, NO_ID),
            issue(10, "id: is missing"),
        ],
    },
    "ada has the trails": [ADAS_PATRON, of_ada(NEW_TRAILS), of_ada(NEW_ONCE)],
    "achievements deleted": {
        "deleted": [
            {"id": gone["id"]} for gone in (admin.SECRET, admin.MEMBERS, admin.ONCE, admin.NINE)
        ],
        "issues": [
            named(4, "cannot be deleted: the achievement 'both' refers to it", admin.TWICE),
            named(5, "there is no such achievement", admin.SECRET),
            named(6, NO_ACHIEVEMENT, "far"),
            named(7, NO_ACHIEVEMENT, NO_ID),
        ],
    },
    "the deleted one is gone": {
        "error": f"there is no achievement '{admin.SECRET['id']}'",
        "code": "not_found",
    },
    "the archived one is out of sight": {
        "error": f"there is no achievement '{admin.NINE['id']}'",
        "code": "not_found",
    },
    "ada keeps what is archived": [
        ADAS_PATRON,
        of_ada(NEW_TRAILS),
        of_ada(NEW_ONCE, status="archived"),
    ],
    "achievements left": [
        *(admin.FAR, admin.HIKER, admin.PATRON, admin.TWICE, admin.BOTH, admin.SOON),
        admin.TRAILS_CHANGED,
    ],
}

TAKEN = {key: f"key: there is a points system '{key}' already" for key in ("xp", "gems", "bare")}
ALIKE = (
    "levels[1] ('a'): the key is used twice; "
    "levels[1] ('a'): another level already begins at 5 points"
)
FORMER_LIVES = LIVES | {"maxPoints": 9, "description": "Nine, as a cat.", "status": "archived"}
JEWELS = GEMS | {"name": "Jewels", "badge": None, "maxPoints": None}
GEMS_SHOWN = {
    "id": GEMS["id"],
    "key": "gems",
    "name": "Gems",
    "description": "Rare.",
    "badgeUrl": GEM["url"],
    "maxPoints": 50,
}
EVERY_TEN_SHOWN = shown.STEPPED | {
    "id": EVERY_TEN["id"],
    "points": 2,
    "metricThreshold": 10,
    "created": FRIDAY,
    "updated": FRIDAY,
}

EXPECTED_OF_SYSTEMS: Mapping[str, Any] = {
    "systems": [XP, LIVES],
    "a system": XP,
    "systems made": {
        "created": [
            GEMS
            | {
                "levels": [ONE, TEN],
                "triggers": [EVERY_TEN, FOR_FAR, EACH_DAY],
                "boosts": [DOUBLE, OF_REDS, ADAS_GEMS],
            },
            BARE,
        ],
        "issues": [
            issue(2, TAKEN["xp"]),
            issue(3, "levels[0].points: must be at least 0"),
            issue(4, ALIKE),
            issue(5, "triggers[0] ('trigger-15'): streakLength is missing"),
            issue(6, "boosts[0]: missing the field 'multiplier'"),
            issue(7, "boosts[0]: there is no user 'nobody'"),
            issue(8, "levels: must be an array, not an object"),
            issue(9, "missing the field 'key'"),
        ],
    },
    "no systems made": {
        "created": [],
        "issues": [issue(0, TAKEN["gems"]), issue(1, TAKEN["bare"]), issue(2, TAKEN["xp"])],
    },
    "gems as they are shown": GEMS_SHOWN | {"triggers": [EVERY_TEN_SHOWN]},
    "the levels of gems": [ONE, TEN],
    "the triggers of gems": [EVERY_TEN, FOR_FAR, EACH_DAY],
    "the boosts of gems": [DOUBLE, OF_REDS, ADAS_GEMS],
    "ada's boosts of gems": [admin.shown(DOUBLE), admin.shown(ADAS_GEMS)],
    "systems changed": {
        "updated": [JEWELS, FORMER_LIVES | {"status": "active"}],
        "issues": [
            named(2, "key: cannot be changed", XP),
            named(3, "maxPoints: must be at least 1", XP),
            named(4, "unknown field 'levels'", XP),
            named(5, "name: must be text, not null", XP),
            named(6, "there is no points system with this id", NO_ID),
        ],
    },
    "systems deleted": {
        "deleted": [{"id": BARE["id"]}, {"id": LIVES["id"]}],
        "issues": [
            named(1, "cannot be deleted: the leaderboard 'rich' ranks by it", XP),
            named(3, "there is no such points system: it is archived already", LIVES),
        ],
    },
    "an archived system changed": {
        "updated": [FORMER_LIVES | {"name": "Former lives"}],
        "issues": [
            named(1, "maxPoints: cannot change any more: the points system is archived", LIVES)
        ],
    },
    "an archived system": FORMER_LIVES | {"name": "Former lives"},
    "an archived system as it is shown": shown.lives(
        name="Former lives", description="Nine, as a cat.", maxPoints=9, triggers=[]
    ),
    "systems left": [
        JEWELS,
        FORMER_LIVES | {"name": "Former lives"},
        BARE | {"status": "archived"},
    ],
    "nothing new in an archived system": {
        "created": [],
        "issues": [issue(0, "the points system is archived: nothing in it can change")],
    },
}
