"""What the second half of the script `ADMIN` must be answered: levels, triggers, boosts."""

from collections.abc import Mapping
from typing import Any

from tests.wire import shapes_admin as admin
from tests.wire import shapes_points as shown
from tests.wire.expected_admin import (
    ADAS_GEMS,
    BOTH_BOOSTS,
    EVERY_TEN_SHOWN,
    EXPECTED_OF_ACHIEVEMENTS,
    EXPECTED_OF_SYSTEMS,
    GEMS_SHOWN,
    TODAY,
    named,
)
from tests.wire.script_admin import ADAS_OF_GEMS, ADAS_OWN, ADAS_TO_COME, NO_ID, RED
from tests.wire.shapes import Json, id_of, recorded, status
from tests.wire.shapes_admin import (
    AGAIN,
    AGED,
    AUTUMN,
    BEST,
    DAILY,
    DOUBLE,
    EACH_SIX,
    EVERY_TWO,
    FIRST,
    FOR_TRAILS,
    GREETED,
    HIGHER,
    HIKED,
    JOINED,
    LATER,
    LOW,
    MIDDLE,
    MINUS_FIVE,
    OF_REDS,
    OFF,
    ONE,
    PATRONS,
    REDS,
    STEPPED,
    SUMMER,
    TEN,
    TOP,
    WINTER,
)
from tests.wire.shapes_explained import AWARDED, COUNTED, LEVEL, MOVED, reasons, total
from tests.wire.shapes_points import FRIDAY, award, earned, rich, risen
from tests.wire.shapes_streaks import issue

NO_LEVEL, NO_TRIGGER, NO_BOOST = (
    f"there is no {what} with this id" for what in ("level", "trigger", "boost")
)


def missing(what: str, id_: str) -> Json:
    return {"error": f"there is no {what} '{id_}'", "code": "not_found"}


LOWER = LOW | {"points": 2}
SHOWN_ONE = shown.LOW | {"id": ONE["id"], "key": "one", "name": "One", "points": 1}

EXPECTED_OF_LEVELS: Mapping[str, Any] = {
    "levels": [LOW, MIDDLE, TOP],
    "some levels": [MIDDLE],
    "a level": TOP,
    "levels made": {
        "created": [FIRST, BEST],
        "issues": [
            issue(2, "key: there is a level 'low' already"),
            issue(3, "points: another level already begins at 10 points"),
            issue(4, "missing the field 'points'"),
            issue(5, "missing the field 'key'"),
        ],
    },
    "ada's level": shown.xp(
        total=27,
        level=shown.LOW,
        awards=[award("4.6", shown.HIKED, 3, 27, *BOTH_BOOSTS, base=1)],
    ),
    "levels changed": {
        "updated": [MIDDLE | {"name": "Half", "description": ""}, LOWER],
        "issues": [
            named(2, "points: another level already begins at 100 points", LOW),
            named(3, "key: cannot be changed", LOW),
            named(4, NO_LEVEL, ONE),
            named(5, NO_LEVEL, TEN),
        ],
    },
    "levels deleted": {
        "deleted": [{"id": BEST["id"]}, {"id": MIDDLE["id"]}],
        "issues": [named(2, "there is no such level", MIDDLE), named(3, NO_LEVEL, NO_ID)],
    },
    "the deleted level": missing("level", MIDDLE["id"]),
    "a level of another system": missing("level", ONE["id"]),
    "levels left": [LOWER, TOP, FIRST],
}

STEPPED_CHANGED = STEPPED | {"cap": None, "points": 5}
RETYPED = {k: v for k, v in EVERY_TWO.items() if not k.startswith(("metric", "event"))} | {
    "type": "user_creation",
    "status": "inactive",
}
DAILY_CHANGED = DAILY | {"cap": None, "userAttributes": [RED]}
HIKED_CHANGED = HIKED | {"eventAttributes": []}
EVERY_TWO_SHOWN = shown.HIKED | {
    "id": EVERY_TWO["id"],
    "points": 4,
    "metricThreshold": 2,
    "userAttributes": [shown.PRO],
    "created": FRIDAY,
    "updated": FRIDAY,
}
STEPPED_SHOWN = shown.STEPPED | {"points": 5, "updated": FRIDAY}
HIKED_SHOWN = {k: v for k, v in shown.HIKED.items() if k != "eventAttribute"} | {
    "eventAttributes": [],
    "updated": FRIDAY,
}
DAILY_SHOWN = shown.AGAIN | {
    "id": DAILY["id"],
    "points": 1,
    "streakLengthThreshold": 1,
    "userAttributes": [shown.RED],
    "created": FRIDAY,
    "updated": FRIDAY,
}
OF_GEMS = (admin.shown(DOUBLE), admin.shown(ADAS_GEMS))

EXPECTED_OF_TRIGGERS: Mapping[str, Any] = {
    "triggers": [JOINED, STEPPED, HIKED, HIGHER, AGAIN, GREETED, AGED, LATER],
    "some triggers": [AGED, LATER],
    "a trigger": STEPPED,
    "triggers made": {
        "created": [EVERY_TWO, DAILY, EACH_SIX, FOR_TRAILS, MINUS_FIVE],
        "issues": [
            issue(5, "points must not be 0"),
            issue(6, "blockIfOutOfPoints does not belong to a user_creation trigger"),
            issue(7, "timeUnit: cannot be 'weeks'"),
            issue(8, "metricId: there is no metric with this id"),
            issue(9, "metricThreshold is missing"),
            issue(10, "achievementId: there is no 'hello'"),
            issue(11, "cap goes only with points above 0"),
        ],
    },
    "ada walks on": recorded(
        17,
        10.0,
        TODAY | {"extended": False},
        points={
            "xp": shown.xp(
                **earned(
                    63,
                    award("17.1", shown.STEPPED, 9, 36, *BOTH_BOOSTS, base=3),
                    award("17.2", shown.HIKED, 3, 39, *BOTH_BOOSTS, base=1),
                    award("17.3", EVERY_TWO_SHOWN, 24, 63, *BOTH_BOOSTS, base=8),
                )
            ),
            "gems": GEMS_SHOWN
            | {"name": "Jewels", "badgeUrl": None, "maxPoints": None}
            | earned(6, award("17.4", EVERY_TEN_SHOWN, 6, 6, *OF_GEMS, base=2))
            | risen("17.5", None, SHOWN_ONE),
        },
        leaderboards=rich("17.6", 63, 1, 1),
    ),
    "triggers changed": {
        "updated": [
            STEPPED_CHANGED,
            RETYPED,
            RETYPED,
            DAILY_CHANGED,
            HIKED_CHANGED,
            JOINED | {"status": "archived"},
        ],
        "issues": [
            named(3, "type: can change only while the trigger is inactive", HIGHER),
            named(6, "points: cannot change with the archiving", HIKED),
            named(8, NO_TRIGGER, id_of("points_trigger", 9)),
        ],
    },
    "triggers deleted": {
        "deleted": [{"id": AGAIN["id"]}],
        "issues": [
            named(1, "there is no such trigger", AGAIN),
            named(2, "there is no such trigger", JOINED),
        ],
    },
    "the archived trigger": missing("trigger", AGAIN["id"]),
    "triggers left": [
        *(STEPPED_CHANGED, HIKED_CHANGED, HIGHER, GREETED, AGED, LATER),
        *(RETYPED, DAILY_CHANGED, EACH_SIX, FOR_TRAILS, MINUS_FIVE),
    ],
    "triggers as they are shown": shown.xp(
        triggers=[
            STEPPED_SHOWN,
            HIKED_SHOWN,
            shown.HIGHER,
            shown.GREETED | {"achievementName": "Said hello"},
            shown.AGED,
            DAILY_SHOWN,
        ]
    ),
}

OWN = admin.own(ADAS_OWN, "Ada's own", "2024-10-04", 1.1, end="2024-10-04", rounding="up")
TO_COME = admin.own(ADAS_TO_COME, "To come", "2024-12-24", 2.0, status="scheduled")
ONCE_MORE = admin.own("00000000-0001-8002-8000-000040000004", "Once more", "2024-10-04", 2.0)
TO_COME_CHANGED = TO_COME | {"multiplier": 3.0, "end": "2024-12-26"}
NO_MULTIPLIER = "multiplier must be above 0 and below 100, and not 1"
FOR_ADA = {
    "created": [OWN, TO_COME],
    "issues": [
        issue(2, "there is no user 'nobody'", userId="nobody"),
        issue(3, "userAttributes: do not belong to a user's own boost", userId="ada"),
        issue(4, "end must not be before start", userId="ada"),
        issue(5, "userId: must be text, not a number"),
    ],
}
ADAS = [shown.AUTUMN, shown.PATRONS, admin.shown(OWN), admin.shown(ONCE_MORE)]
AUTUMN_CHANGED = AUTUMN | {"end": None, "rounding": "nearest"}
PATRONS_OFF = PATRONS | {"status": "inactive"}
OFF_ON = OFF | {"status": "active", "userAttributes": [RED]}
LAST = [
    award("24.1", STEPPED_SHOWN, 33, 96, *ADAS, base=5),
    award("24.2", HIKED_SHOWN, 6, 102, *ADAS, base=1),
]

EXPECTED_OF_BOOSTS: Mapping[str, Any] = {
    "boosts": [AUTUMN, PATRONS, WINTER, SUMMER, OFF],
    "a boost": PATRONS,
    "boosts for ada": FOR_ADA,
    "boosts for ada, again": FOR_ADA,
    "boosts made": {
        "created": [REDS, ONCE_MORE],
        "issues": [
            issue(1, NO_MULTIPLIER),
            issue(2, NO_MULTIPLIER),
            issue(3, "end must not be before start"),
            issue(4, "start: is not a date like 2026-03-01"),
            issue(5, "name: must have at most 255 characters"),
            issue(6, "key: there is a boost 'autumn' already"),
        ],
    },
    "boosts, those of ada last": [REDS, OWN, TO_COME, ONCE_MORE],
    "a boost of ada's": OWN,
    "a boost of another system": {"error": NO_BOOST, "code": "not_found"},
    "ada's boosts": ADAS,
    "ada walks further": recorded(
        24,
        15.0,
        TODAY | {"extended": False},
        points={
            "xp": shown.xp(
                **earned(102, *LAST), **risen("24.3", shown.LOW | {"points": 2}, shown.TOP)
            )
        },
        leaderboards=rich("24.4", 102, 1, 1),
    ),
    "boosts changed": {
        "updated": [AUTUMN_CHANGED, PATRONS_OFF, OFF_ON, TO_COME_CHANGED],
        "issues": [
            named(4, "unknown field 'userId'", ADAS_TO_COME) | {"userId": "bob"},
            named(5, NO_MULTIPLIER, ADAS_TO_COME),
            named(6, NO_BOOST, ADAS_OF_GEMS),
            named(7, NO_BOOST, DOUBLE),
        ],
    },
    "boosts deleted": {
        "deleted": [{"id": WINTER["id"]}, {"id": ADAS_OWN}],
        "issues": [
            named(2, NO_BOOST, ADAS_OWN),
            named(3, "there is no such boost", WINTER),
            named(4, NO_BOOST, NO_ID),
            named(5, NO_BOOST, "ada"),
        ],
    },
    "the archived boost": missing("boost", WINTER["id"]),
    "the deleted boost of ada's": {"error": NO_BOOST, "code": "not_found"},
    "boosts left": [
        *(AUTUMN_CHANGED, PATRONS_OFF, SUMMER, OFF_ON, REDS),
        *(TO_COME_CHANGED, ONCE_MORE),
    ],
    "boosts of gems left": [DOUBLE, OF_REDS, ADAS_GEMS],
    "why ada got so much": {
        "factId": "24.1",
        "type": AWARDED,
        "at": FRIDAY,
        "userId": "ada",
        "why": [
            "Trigger 'stepped' awards 5 of 'xp' for every 5 of 'Steps': "
            "its highest total rose to 15 and passed 1 of them, 1 × 5 = 5.",
            "Boosts on 2024-10-04: Autumn ×1.5, For patrons ×2, a boost ×1.1, Once more ×2; "
            "together ×6.6, rounded down: 33.",
            total(96),
        ],
        "configurationVersion": 15,
        "command": {"type": "event", "at": FRIDAY, "metric": "steps", "value": 5.0},
        "due": False,
        "award": reasons(
            STEPPED_SHOWN,
            33,
            96,
            *(shown.AUTUMN, shown.PATRONS, admin.shown(OWN) | {"name": None}),
            admin.shown(ONCE_MORE),
            base=5,
            boosted=33,
            multiplier="6.6",
            rounding="down",
        ),
        "facts": [
            {"factId": f"24.{place}", "type": kind}
            for place, kind in enumerate((COUNTED, AWARDED, AWARDED, LEVEL, MOVED))
        ],
    },
    "ada's last award": shown.xp(
        total=102,
        level=shown.TOP,
        awards=[
            LAST[1]
            | {
                "boosts": [
                    shown.AUTUMN | {"end": None, "rounding": "nearest"},
                    shown.PATRONS | {"status": "inactive"},
                    admin.shown(ONCE_MORE),
                ]
            }
        ],
    ),
    "versions and records": status("live", FRIDAY, 28, 1, version=17)
    | {"sweep": {"lagSeconds": 0.0, "step": 2, "stepUsersDone": 0, "stepUsers": 1}},
}

EXPECTED_ONCE: Mapping[str, Any] = {
    **EXPECTED_OF_ACHIEVEMENTS,
    **EXPECTED_OF_SYSTEMS,
    **EXPECTED_OF_LEVELS,
    **EXPECTED_OF_TRIGGERS,
    **EXPECTED_OF_BOOSTS,
}
AGAIN = ("achievements made", "systems made", "levels made", "triggers made")
"""What an idempotency key keeps from being made again; what was refused is refused again."""

EXPECTED_OF_ADMIN: Mapping[str, Any] = {
    **EXPECTED_ONCE,
    **{f"{name}, again": EXPECTED_ONCE[name] for name in AGAIN},
}
"""By the names of the steps."""
