"""The shapes of the Admin API's answers, in the game of `game_points` and what becomes of it."""

from typing import Any

from tests.wire.script_admin import PRO, RED, TRAIL
from tests.wire.shapes import Json, id_of

METRICS = {"steps": id_of("metric", 1), "jumps": id_of("metric", 2), "height": id_of("metric", 3)}


def achievement(ordinal: int, key: str, name: str, trigger: str, **fields: Any) -> Json:
    counts = {"eventAttributes": []} if trigger == "metric" else {}
    return {
        "id": id_of("achievement", ordinal),
        "key": key,
        "name": name,
        "description": None,
        "trigger": trigger,
        "status": "active",
        "badge": None,
        "userAttributes": [],
        **counts,
        **fields,
    }


def counting(metric: str, value: float, **fields: Any) -> Json:
    return {"metricId": METRICS[metric], "metricValue": value, **fields}


FAR = achievement(
    1,
    "far",
    "Far",
    "metric",
    badge={"url": "https://example.org/far.png"},
    **counting("steps", 20.0),
)
HIKER = achievement(
    2, "hiker", "Hiker", "metric", **counting("steps", 10.5, eventAttributes=[TRAIL])
)
PATRON = achievement(
    3, "patron", "Patron", "metric", userAttributes=[PRO], **counting("steps", 5.0)
)
TWICE = achievement(4, "twice", "Two days in a row", "streak", streakLength=2)
HELLO = achievement(5, "hello", "Hello", "api", description="Say hello.")
BOTH = achievement(6, "both", "Both", "achievement", achievementIds=[TWICE["id"], HELLO["id"]])
YEAR = achievement(7, "year", "A year", "anniversary", anniversaryYears=1)
SECRET = achievement(8, "secret", "Secret", "api", status="inactive")
SOON = achievement(9, "soon", "Soon", "metric", status="locked", **counting("height", 50.0))
MEMBERS = achievement(10, "members", "Members", "api", userAttributes=[PRO])
TRAILS = achievement(
    11,
    "achievement-11",
    "Trails",
    "metric",
    description="Only trails count.",
    badge={"url": "https://example.org/trails.png"},
    status="inactive",
    userAttributes=[PRO, RED],
    **counting("steps", 5.5, eventAttributes=[TRAIL]),
)
ONCE = achievement(12, "once", "Once", "streak", streakLength=1)
TWO_YEARS = achievement(
    13, "achievement-13", "Two years", "anniversary", anniversaryYears=2, status="locked"
)
TRAILS_CHANGED = TRAILS | {
    "key": "trails",
    "description": None,
    "badge": None,
    "status": "active",
    "userAttributes": [],
    "metricValue": 6.0,
}
NINE = achievement(13, "achievement-13", "Two years", "streak", streakLength=9, status="locked")


def system(ordinal: int, key: str, name: str, **fields: Any) -> Json:
    return {
        "id": id_of("points_system", ordinal),
        "name": name,
        "key": key,
        "description": "",
        "status": "active",
        "badge": None,
        "maxPoints": None,
        **fields,
    }


XP = system(
    1,
    "xp",
    "Experience",
    description="For all that you do.",
    badge={"url": "https://example.org/xp.png"},
)
LIVES = system(2, "lives", "Lives", maxPoints=5)
GEM = {"url": "https://example.org/gem.png"}
GEMS = system(3, "gems", "Gems", description="Rare.", badge=GEM, maxPoints=50)
BARE = system(4, "bare", "Bare")


def level(ordinal: int, key: str, name: str, points: int, **fields: Any) -> Json:
    return {
        "id": id_of("points_level", ordinal),
        "name": name,
        "key": key,
        "points": points,
        "description": "",
        "badge": None,
        **fields,
    }


LOW = level(1, "low", "Low", 10)
MIDDLE = level(2, "mid", "Middle", 30, description="Half way.")
TOP = level(3, "top", "Top", 100, badge={"url": "https://example.org/top.png"})
ONE = level(4, "one", "One", 1)
TEN = level(5, "ten", "Ten", 10, description="A lot.", badge=GEM)
FIRST = level(6, "first", "First", 1)
BEST = level(7, "best", "Best", 500, badge={"url": "https://b.example"})


def trigger(ordinal: int, key: str, type_: str, points: int, **fields: Any) -> Json:
    counts = {"eventAttributes": []} if type_ == "metric" else {}
    return {
        "id": id_of("points_trigger", ordinal),
        "key": key,
        "type": type_,
        "points": points,
        "status": "active",
        "userAttributes": [],
        "blockIfOutOfPoints": False,
        "cap": None,
        **counts,
        **fields,
    }


def each(metric: str, threshold: int, **fields: Any) -> Json:
    return {"metricId": METRICS[metric], "metricThreshold": threshold, **fields}


def unused(ordinal: int, type_: str, points: int, **fields: Any) -> Json:
    """A new trigger as it is without a status and a key."""
    return trigger(ordinal, f"trigger-{ordinal}", type_, points, status="inactive", **fields)


JOINED = trigger(1, "joined", "user_creation", 5)
STEPPED = trigger(
    2, "stepped", "metric", 3, cap={"points": 20, "period": "day"}, **each("steps", 5)
)
HIKED = trigger(3, "hiked", "metric", 1, **each("steps", 4, eventAttributes=[TRAIL]))
HIGHER = trigger(4, "higher", "metric", 2, **each("height", 10))
AGAIN = trigger(5, "again", "streak", 10, streakLength=2)
GREETED = trigger(6, "greeted", "achievement", 4, userAttributes=[RED], achievementId=HELLO["id"])
AGED = trigger(7, "aged", "achievement", 6, achievementId=YEAR["id"])
LATER = trigger(8, "later", "streak", 50, streakLength=7, status="inactive")
EVERY_TEN = trigger(
    12, "trigger-12", "metric", 2, cap={"points": 8, "period": "week"}, **each("steps", 10)
)
FOR_FAR = unused(13, "achievement", 1, achievementId=FAR["id"])
EACH_DAY = unused(14, "time", 1, timeUnit="days", timeInterval=1)
EVERY_TWO = trigger(
    15,
    "trigger-15",
    "metric",
    4,
    userAttributes=[PRO],
    **each("steps", 2, eventAttributes=[TRAIL]),
)
DAILY = trigger(16, "daily", "streak", 1, streakLength=1, cap={"points": 2, "period": "month"})
EACH_SIX = unused(17, "time", 3, timeUnit="hours", timeInterval=6)
FOR_TRAILS = unused(18, "achievement", 7, achievementId=TRAILS["id"])
MINUS_FIVE = unused(19, "user_creation", -5)


def boost(ordinal: int, key: str, name: str, start: str, multiplier: float, **fields: Any) -> Json:
    return {
        "id": id_of("points_boost", ordinal),
        "key": key,
        "name": name,
        "status": "active",
        "start": start,
        "end": None,
        "multiplier": multiplier,
        "rounding": "down",
        "userId": None,
        "userAttributes": [],
        **fields,
    }


AUTUMN = boost(1, "autumn", "Autumn", "2024-10-01", 1.5, end="2024-10-07")
PATRONS = boost(2, "pro", "For patrons", "2024-10-04", 2.0, rounding="up", userAttributes=[PRO])
WINTER = boost(
    3,
    "winter",
    "Winter",
    "2024-12-01",
    3.0,
    end="2024-12-31",
    rounding="nearest",
    status="scheduled",
)
SUMMER = boost(4, "summer", "Summer", "2024-06-01", 1.25, end="2024-08-31", status="finished")
OFF = boost(5, "off", "Switched off", "2024-10-01", 9.0, status="inactive")
DOUBLE = boost(6, "boost-6", "Double", "2024-10-01", 2.0)
OF_REDS = boost(
    7,
    "boost-7",
    "Reds'",
    "2024-11-01",
    3.0,
    end="2024-11-30",
    rounding="up",
    status="scheduled",
    userAttributes=[RED],
)
REDS = boost(8, "boost-8", "Reds", "2024-10-01", 0.5, userAttributes=[RED])


def own(id_: str, name: str, start: str, multiplier: float, **fields: Any) -> Json:
    """A boost of Ada's own: it has neither key nor filters."""
    made = boost(0, "", name, start, multiplier, userId="ada", **fields)
    return {k: v for k, v in made.items() if k not in ("key", "userAttributes")} | {"id": id_}


def shown(boost: Json) -> Json:
    """A boost as the application sees it."""
    return {k: v for k, v in boost.items() if k not in ("key", "userId", "userAttributes")}
