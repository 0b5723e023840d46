"""The shapes of answers about achievements and points, in the game of `game_points`.

Everything is in force since before the first user came, but for what was edited on the Monday.
"""

from typing import Any

from tests.wire.shapes import EPOCH, Json, id_of

FRIDAY = "2024-10-04T12:00:00Z"
SATURDAY = "2024-10-05T12:00:00Z"
MONDAY = "2024-10-07T12:00:00Z"
TUESDAY = "2024-10-08T12:00:00Z"
USERS = 4
PRO = {"key": "plan", "value": "pro"}
RED = {"key": "team", "value": "red"}
TRAIL = {"key": "via", "value": "trail"}


def _achievement(ordinal: int, key: str, name: str, trigger: str, **fields: Any) -> Json:
    return {
        "id": id_of("achievement", ordinal),
        "name": name,
        "trigger": trigger,
        "description": None,
        "badgeUrl": None,
        "key": key,
        "userAttributes": [],
        **fields,
    }


def _of_metric(ordinal: int, name: str, *events: Json) -> Json:
    """What an achievement or a trigger says of its metric."""
    of_events = {"eventAttribute": events[0]} if events else {}
    return {
        "metricId": id_of("metric", ordinal),
        "metricName": name,
        "eventAttributes": list(events),
        **of_events,
    }


STEPS, JUMPS, HEIGHT = (
    _of_metric(ordinal, name) for ordinal, name in enumerate(("Steps", "Jumps", "Height"), 1)
)
FAR_BADGE = "https://example.org/far.png"
FAR = _achievement(1, "far", "Far", "metric", badgeUrl=FAR_BADGE, metricValue=20.0, **STEPS)
ON_TRAILS = _of_metric(1, "Steps", TRAIL)
HIKER = _achievement(2, "hiker", "Hiker", "metric", metricValue=10.5, **ON_TRAILS)
PATRON = _achievement(
    3, "patron", "Patron", "metric", metricValue=5.0, userAttributes=[PRO], **STEPS
)
TWICE = _achievement(4, "twice", "Two days in a row", "streak", streakLength=2)
HELLO = _achievement(5, "hello", "Hello", "api", description="Say hello.")
BOTH = _achievement(6, "both", "Both", "achievement", achievementIds=[TWICE["id"], HELLO["id"]])
YEAR = _achievement(7, "year", "A year", "anniversary", anniversaryYears=1)
SOON = _achievement(9, "soon", "Soon", "metric", metricValue=30.0, **HEIGHT)
LOCKED = SOON | {"metricValue": 50.0, "status": "locked"}
MEMBERS = _achievement(10, "members", "Members", "api", userAttributes=[PRO])


def stats(achievement: Json, completions: int = 0) -> Json:
    """With how many of four users have completed it."""
    return achievement | {"completions": completions, "rarity": 100.0 * completions / USERS}


def had(achievement: Json, fact: str, at: str = FRIDAY) -> Json:
    return achievement | {"achievedAt": at, "factId": fact}


def not_had(achievement: Json) -> Json:
    return achievement | {"achievedAt": None}


def _trigger(ordinal: int, type_: str, points: int, **fields: Any) -> Json:
    return {
        "id": id_of("points_trigger", ordinal),
        "type": type_,
        "points": points,
        "status": "active",
        "userAttributes": [],
        "created": EPOCH,
        "updated": EPOCH,
        **fields,
    }


def _for(achievement: Json) -> Json:
    return {"achievementId": achievement["id"], "achievementName": achievement["name"]}


JOINED = _trigger(1, "user_creation", 5)
STEPPED = _trigger(2, "metric", 3, metricThreshold=5, **STEPS)
HIKED = _trigger(3, "metric", 1, metricThreshold=4, **ON_TRAILS)
HIGHER = _trigger(4, "metric", 2, metricThreshold=10, **HEIGHT)
AGAIN = _trigger(5, "streak", 10, streakLengthThreshold=2)
GREETED = _trigger(6, "achievement", 4, userAttributes=[RED], **_for(HELLO))
AGED = _trigger(7, "achievement", 6, **_for(YEAR))
LATER = _trigger(8, "streak", 50, streakLengthThreshold=7, updated=MONDAY)
BORN = _trigger(9, "user_creation", 2)
REST = _trigger(10, "time", 1, timeUnit="hour", timeInterval=12)
JUMP = _trigger(11, "metric", -1, metricThreshold=1, **JUMPS)
XP_TRIGGERS = [JOINED, STEPPED, HIKED, HIGHER, AGAIN, GREETED, AGED]


def _boost(
    ordinal: int, name: str, start: str, end: str | None, multiplier: float, **fields: str
) -> Json:
    return {
        "id": id_of("points_boost", ordinal),
        "name": name,
        "status": "active",
        "start": start,
        "end": end,
        "multiplier": multiplier,
        "rounding": "down",
        **fields,
    }


AUTUMN = _boost(1, "Autumn", "2024-10-01", "2024-10-07", 1.5)
PATRONS = _boost(2, "For patrons", "2024-10-04", None, 2.0, rounding="up")
WINTER = _boost(
    3, "Winter", "2024-12-01", "2024-12-31", 3.0, rounding="nearest", status="scheduled"
)
SUMMER = _boost(4, "Summer", "2024-06-01", "2024-08-31", 1.25, status="finished")


def _level(ordinal: int, key: str, name: str, points: int, **fields: str) -> Json:
    return {
        "id": id_of("points_level", ordinal),
        "key": key,
        "name": name,
        "description": "",
        "badgeUrl": None,
        "points": points,
        **fields,
    }


LOW = _level(1, "low", "Low", 10)
MIDDLE = _level(2, "mid", "Middle", 30, description="Half way.")
TOP = _level(3, "top", "Top", 100, badgeUrl="https://example.org/top.png")
TOP_EDITED = TOP | {"points": 60}


def xp(**fields: Any) -> Json:
    return {
        "id": id_of("points_system", 1),
        "key": "xp",
        "name": "Experience",
        "description": "For all that you do.",
        "badgeUrl": "https://example.org/xp.png",
        "maxPoints": None,
        **fields,
    }


def lives(**fields: Any) -> Json:
    return {
        "id": id_of("points_system", 2),
        "key": "lives",
        "name": "Lives",
        "description": None,
        "badgeUrl": None,
        "maxPoints": 5,
        **fields,
    }


def award(
    fact: str | None,
    trigger: Json,
    awarded: int,
    total: int,
    *boosts: Json,
    base: int | None = None,
    at: str = FRIDAY,
    **fields: Any,
) -> Json:
    """A row by a trigger; without `base` it was neither boosted nor clipped."""
    boosted = {"boosts": list(boosts)} if boosts else {}
    return {
        "id": fact,
        "awarded": awarded,
        "date": at,
        "total": total,
        "baseAmount": awarded if base is None else base,
        "source": trigger["type"],
        "trigger": trigger,
        **boosted,
        **fields,
    }


def by_hand(
    fact: str, awarded: int, total: int, *, base: int | None = None, source: str = "direct"
) -> Json:
    """A row of Saturday without a trigger."""
    return {
        "id": fact,
        "awarded": awarded,
        "date": SATURDAY,
        "total": total,
        "baseAmount": awarded if base is None else base,
        "source": source,
    }


def earned(total: int, *awards: Json) -> Json:
    """What somebody has now, and what a command has added to it."""
    added = sum(row["awarded"] for row in awards)
    return {"total": total, "added": added, "awards": list(awards)}


def risen(fact: str, before: Json | None, now: Json | None) -> Json:
    change = {"factId": fact, "previousLevel": before, "newLevel": now}
    return {"level": now, "levelChange": change}


def rich(fact: str, value: int, rank: int, before: int | None) -> Json:
    """What an event changed on the only board."""
    return {
        "rich": {
            "id": id_of("leaderboard", 1),
            "name": "Rich",
            "key": "rich",
            "rankBy": "points",
            "breakdownAttribute": None,
            "breakdownAttributes": [],
            "description": None,
            "start": "1970-01-01",
            "end": None,
            "startTime": None,
            "endTime": None,
            "maxParticipants": None,
            "runUnit": None,
            "runInterval": None,
            "userAttributes": [],
            "pointsSystemKey": "xp",
            "pointsSystemName": "Experience",
            "rank": rank,
            "previousRank": before,
            "threshold": 0,
            "factId": fact,
            "value": value,
        }
    }
