"""The part of random documents that is about achievements and points. See documents.py.

Values are small, so that thresholds, caps and maxima bite and rounding shows. Time triggers are
slow enough that a history holds some hundred intervals at the most.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from tests.model.operations import Document, Entry, Rounding
from tests.model.steps import ATTRIBUTE_VALUES, Numbers

Maker = Callable[[Numbers, Entry | None], Entry | None]

THRESHOLDS = (1, 2, 3, 0.5, 0, 5, 10, -1, 2.5)
WHOLE_THRESHOLDS = (1, 2, 3, 5, 10)
POINTS = (1, 2, 5, 10, -1, -3, 7, 100, 3, -2)
MOST_POINTS = (1, 3, 10, 25)
MULTIPLIERS = (1.1, 1.5, 2, 0.5, 1.333333, 3, 0.1, 1.25, 1.1)
ROUNDINGS: tuple[Rounding, ...] = ("down", "nearest", "up")
INTERVALS = (
    ("hours", 12),
    ("days", 1),
    ("hours", 24),
    ("days", 3),
    ("hours", 30),
    ("hours", 6),
    ("days", 2),
    ("hours", 72),
)
PERIODS = ("day", "week", "month")


def filters(document: Document, kind: str, choice: int, value: int) -> list[Entry]:
    """Mostly none; else one attribute, or two of those that are declared."""
    declared = [each["key"] for each in document["attributes"] if each.get("type", "user") == kind]
    keys = {8: declared[:1], 9: declared[:1], 10: declared[-1:], 11: declared[:2]}.get(choice, [])
    values = ATTRIBUTE_VALUES[value % 4 :] + ATTRIBUTE_VALUES
    return [
        {"attributeKey": key, "attributeValue": each}
        for key, each in zip(keys, values, strict=False)
    ]


def with_filters(document: Document, entry: Entry, numbers: Numbers) -> Entry:
    """The entry with `userAttributes`, and `eventAttributes` if it is about a metric."""
    wanted = filters(document, "user", numbers[4], numbers[5])
    if wanted:
        entry["userAttributes"] = wanted
    of_events = filters(document, "event", numbers[6], numbers[7])
    if of_events and entry.get("metricKey"):
        entry["eventAttributes"] = of_events
    return entry


def crossable(document: Document) -> list[Entry]:
    """The metrics that may have triggers of points (SPEC 4.6)."""
    return [
        metric
        for metric in document["metrics"]
        if metric.get("aggregation", "sum") in ("sum", "max")
    ]


# --- Achievements ---------------------------------------------------------------------------------


def maker_of_achievements(document: Document) -> Maker:
    def make(numbers: Numbers, old: Entry | None) -> Entry | None:
        key = f"a{numbers[0] % 5}" if old is None else old["key"]
        entry: Entry = {"key": key, "name": f"Achievement {key}"}
        metrics = document["metrics"]
        others = possible_prerequisites(document, key)
        match numbers[1]:
            case 4 | 5 | 6:
                entry |= {"trigger": "streak", "streakLength": 1 + numbers[2] % 3}
            case 7:
                entry |= {"trigger": "api"}
            case 8 | 9 if others:
                first = numbers[2] % len(others)
                keys = others[first : first + 1 + numbers[3] % 2]
                entry |= {"trigger": "achievement", "achievementKeys": keys}
            case 10 | 11:
                entry |= {"trigger": "anniversary", "anniversaryYears": 1 + numbers[2] % 3}
            case _:
                entry |= {
                    "trigger": "metric",
                    "metricKey": metrics[numbers[2] % len(metrics)]["key"],
                    "metricValue": THRESHOLDS[numbers[3] % len(THRESHOLDS)],
                }
        status = {9: "locked", 10: "inactive", 11: "inactive"}.get(numbers[3], "active")
        return {
            **with_filters(document, entry, numbers),
            "status": status if old is None else old["status"],
        }

    return make


def possible_prerequisites(document: Document, key: str) -> list[str]:
    """The achievements that do not need this one, by whatever way."""
    needing = {key}
    entries: Sequence[Entry] = document["achievements"]
    while True:
        more = {
            each["key"]
            for each in entries
            if needing & set(each.get("achievementKeys", [])) and each["key"] not in needing
        }
        if not more:
            return [each["key"] for each in entries if each["key"] not in needing]
        needing |= more


def strike_out_prerequisites(document: Document) -> None:
    """Strikes out those that are no more; without any left the composite goes too."""
    while True:
        keys = {each["key"] for each in document["achievements"]}
        kept: list[Entry] = []
        for entry in document["achievements"]:
            if entry["trigger"] == "achievement" and entry["status"] != "archived":
                entry["achievementKeys"] = [k for k in entry["achievementKeys"] if k in keys]
                if not entry["achievementKeys"]:
                    continue
            kept.append(entry)
        if len(kept) == len(document["achievements"]):
            return
        document["achievements"] = kept


def strike_out_filters(document: Document) -> None:
    """Strikes out attributes that are not declared any more."""
    declared = {each["key"] for each in document["attributes"]}
    parts = [
        part for system in document["points"] for part in (*system["triggers"], *system["boosts"])
    ]
    for entry in (*document["achievements"], *parts):
        for field in ("userAttributes", "eventAttributes"):
            if field in entry and entry["status"] != "archived":
                entry[field] = [each for each in entry[field] if each["attributeKey"] in declared]


# --- Points ---------------------------------------------------------------------------------------


def points_system(numbers: Numbers, old: Entry | None) -> Entry:
    key = f"p{numbers[0] % 2}" if old is None else old["key"]
    entry: Entry = {"key": key, "name": f"Points {key}"}
    if numbers[1] % 2 == 1:
        entry["maxPoints"] = MOST_POINTS[numbers[2] % 4]
    first_levels = [{"key": "l0", "name": "Level l0", "points": numbers[3] % 4}]
    parts = old or {"levels": first_levels, "triggers": [], "boosts": [], "status": "active"}
    kept = {name: parts[name] for name in ("levels", "triggers", "boosts", "status")}
    return entry | kept


def level(numbers: Numbers, old: Entry | None) -> Entry:
    key = f"l{numbers[0] % 3}" if old is None else old["key"]
    points = (0, 1, 2, 3, 5, 10, 25, 50)[numbers[1] % 8]
    return {"key": key, "name": f"Level {key}", "points": points}


def maker_of_triggers(document: Document) -> Maker:
    def make(numbers: Numbers, old: Entry | None) -> Entry | None:
        key = f"t{numbers[0] % 4}" if old is None else old["key"]
        points = POINTS[numbers[3] % len(POINTS)]
        entry: Entry = {"key": key, "points": points}
        achievements, metrics = document["achievements"], crossable(document)
        kind = (
            *("metric", "metric", "metric", "metric", "achievement", "achievement"),
            *("achievement", "streak", "streak", "time", "time", "user_creation"),
        )[numbers[1]]
        if kind == "achievement" and achievements:
            chosen = achievements[numbers[2] % len(achievements)]
            entry |= {"type": "achievement", "achievementKey": chosen["key"]}
        elif kind == "streak":
            entry |= {"type": "streak", "streakLength": 1 + numbers[2] % 3}
        elif kind == "time":
            unit, interval = INTERVALS[numbers[2] % len(INTERVALS)]
            entry |= {"type": "time", "timeUnit": unit, "timeInterval": interval}
        elif kind == "user_creation":
            entry |= {"type": "user_creation"}
        elif metrics:
            entry |= {
                "type": "metric",
                "metricKey": metrics[numbers[2] % len(metrics)]["key"],
                "metricThreshold": WHOLE_THRESHOLDS[numbers[5] % len(WHOLE_THRESHOLDS)],
            }
            if points < 0 and numbers[2] >= 4:
                entry["blockIfOutOfPoints"] = True
        else:
            return None
        may_have_cap = entry["type"] in ("metric", "achievement", "streak") and points > 0
        if may_have_cap and numbers[7] % 3 == 2:
            entry["cap"] = {"points": (1, 4, 12)[numbers[5] % 3], "period": PERIODS[numbers[6] % 3]}
        return {
            **with_filters(document, entry, numbers),
            "status": "active" if old is None else old["status"],
        }

    return make


def maker_of_boosts(document: Document, today: date) -> Maker:
    def make(numbers: Numbers, old: Entry | None) -> Entry:
        key = f"o{numbers[0] % 4}" if old is None else old["key"]
        start = today + timedelta(days=(-1, 0, -3, 1, -30, 2, 0, -1, 0, 5, -400, 0)[numbers[1]])
        entry: Entry = {
            "key": key,
            "name": f"Boost {key}",
            "start": start,
            "multiplier": MULTIPLIERS[numbers[2] % len(MULTIPLIERS)],
            "rounding": ROUNDINGS[numbers[3] % 3],
        }
        if numbers[6] >= 5:
            entry["end"] = start + timedelta(days=(0, 1, 2, 4, 9, 30, 60)[numbers[6] - 5])
        return {
            **with_filters(document, entry, numbers),
            "status": "active" if old is None else old["status"],
        }

    return make
