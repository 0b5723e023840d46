"""Random documents: each made out of the one before by small changes.

All documents are valid: what is removed takes along whatever refers to it, or is struck out there.
The aggregation of a metric never changes for its key, nor do the default zone and the day on which
weeks begin. What was active once never becomes inactive again where that is forbidden; what is
archived can only come back as something new.
"""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.model import documents_boards as of_boards
from tests.model import documents_points as of_points
from tests.model.operations import Document, Entry
from tests.model.steps import ATTRIBUTES, EVENT_ATTRIBUTE, Kind, Mutation, Numbers

METRICS = ("m0", "m1", "m2")
AGGREGATIONS = ("sum", "sum", "sum", "max", "min", "last")
FREQUENCIES = (*("daily",) * 6, *("weekly",) * 3, *("monthly",) * 3)
# Weekdays on which a streak may rest, 0 is Sunday; never all of them.
DAYS_OFF = ([], [0, 6], [3], [1, 2, 3], [0, 1, 2, 3, 4, 5], [5])
CONDITION_THRESHOLDS = (1, 1, 2, 0.5, 3, 0)
# Most of the time few, so that they run out.
FREEZES: tuple[Entry | None, ...] = (
    {"startCount": 1, "maxCount": 2},
    {"startCount": 2, "maxCount": 3, "autoEarnInterval": 2, "autoEarnAmount": 1},
    {"startCount": 0, "maxCount": 2, "autoEarnInterval": 1, "autoEarnAmount": 1},
    None,
    {"startCount": 1, "maxCount": 5, "autoEarnInterval": 7, "autoEarnAmount": 2},
    {"startCount": 3, "maxCount": 3, "autoEarnInterval": 3, "autoEarnAmount": 3},
    {"startCount": 0, "maxCount": 0, "autoEarnInterval": 1, "autoEarnAmount": 1},
)
# What may follow on a status. What is archived comes back as something new.
LIFE: dict[Kind, dict[str, tuple[str, ...]]] = {
    "achievement": {
        "inactive": ("active", "active", "active", "archived"),
        "active": ("locked", "locked", "locked", "archived"),
        "locked": ("active", "active", "active", "archived"),
        "archived": ("active",),
    },
    "board": {
        "inactive": ("active", "active", "scheduled"),
        "active": ("inactive", "finished"),
        "scheduled": ("active", "inactive", "finished"),
        "finished": ("active", "active", "inactive"),
    },
    "points": {"active": ("archived",), "archived": ("active",)},
}
SWITCHED = {
    "inactive": ("active", "active", "active", "archived"),
    "active": ("inactive", "inactive", "inactive", "archived"),
    "archived": ("active",),
}


class Editor:
    """Makes the next document out of the present one. `today` is about when it does."""

    def __init__(self) -> None:
        self.today = date.min
        self.document: Document = {
            "defaultTimeZone": "UTC",
            "metrics": [],
            "attributes": [],
            "achievements": [],
            "points": [],
            "leaderboards": [],
        }
        self._published: Document = copy.deepcopy(self.document)
        # For ever: a key that comes back has the aggregation that it had.
        self._aggregations: dict[str, str] = {}

    def mutate(self, mutation: Mutation) -> None:
        """Does what can be done of the mutation: nothing at all if there is nothing to change."""
        document = self.document
        match mutation.kind:
            case "streak":
                self._mutate_streaks(mutation)
            case "metric":
                if mutation.action != "remove" or len(document["metrics"]) > 1:
                    self._mutate_entries(document["metrics"], mutation, self._metric)
            case "attribute":
                self._mutate_entries(document["attributes"], mutation, self._attribute)
            case "achievement":
                make = of_points.maker_of_achievements(document)
                self._mutate_entries(document["achievements"], mutation, make)
            case "points":
                self._mutate_entries(document["points"], mutation, of_points.points_system)
            case "board":
                make = of_boards.maker_of_boards(document, self.today)
                self._mutate_entries(document["leaderboards"], mutation, make)
            case "trigger" | "level" | "boost" if document["points"]:
                system = document["points"][mutation.which % len(document["points"])]
                if mutation.kind == "trigger":
                    make = of_points.maker_of_triggers(document)
                    self._mutate_entries(system["triggers"], mutation, make)
                elif mutation.kind == "boost":
                    make = of_points.maker_of_boosts(document, self.today)
                    self._mutate_entries(system["boosts"], mutation, make)
                else:
                    self._mutate_entries(system["levels"], mutation, of_points.level)
            case _:
                return
        remove_dangling(document)
        # Levels lie at different totals, so that one of them is the highest.
        for system in document["points"]:
            first_at = {level["points"]: level for level in reversed(system["levels"])}
            system["levels"] = [each for each in system["levels"] if each in first_at.values()]

    def publish(self) -> Document:
        """Gives the document away: from here on what is active in it has been active."""
        for kind in ("achievements", "points"):
            correct_statuses(self.document[kind], self._published[kind])
        before = {system["key"]: system for system in self._published["points"]}
        for system in self.document["points"]:
            for kind in ("triggers", "boosts"):
                known = before.get(system["key"], {"status": "archived"})
                correct_statuses(system[kind], known[kind] if is_active(known) else [])
        of_boards.correct_schedules(self.document["leaderboards"], self.today)
        if any(
            keys(self._published[k]) - keys(self.document[k]) for k in ("metrics", "attributes")
        ):
            of_boards.switch_off_finished(self.document["leaderboards"])
        remove_dangling(self.document)
        self._published = copy.deepcopy(self.document)
        return copy.deepcopy(self.document)

    def _mutate_entries(
        self,
        entries: list[Entry],
        mutation: Mutation,
        make: Callable[[Numbers, Entry | None], Entry | None],
    ) -> None:
        numbers = mutation.numbers
        if mutation.action == "add" or not entries:
            made = make(numbers, None)
            if made is not None:
                put(entries, made, numbers)
            return
        chosen = entries[numbers[0] % len(entries)]
        match mutation.action:
            case "remove":
                entries.remove(chosen)
            case "rename" if "name" in chosen:  # triggers have none
                chosen["name"] = f"{chosen['key']} renamed {numbers[1]}"
            case "status" if "status" in chosen:
                followers = LIFE.get(mutation.kind, SWITCHED)[chosen["status"]]
                status = followers[numbers[1] % len(followers)]
                if chosen["status"] == "archived":
                    # What it referred to may be no more.
                    made = make(numbers, chosen)
                    if made is not None:
                        entries[entries.index(chosen)] = without_archived(made, status)
                else:
                    chosen["status"] = status
            case "edit" | "status" if chosen.get("status") != "archived":
                made = make(numbers, chosen)
                if made is not None:
                    entries[entries.index(chosen)] = made

    def _mutate_streaks(self, mutation: Mutation) -> None:
        numbers = mutation.numbers
        if mutation.action == "remove":
            self.document.pop("streaks", None)
        elif mutation.action == "add" or "streaks" not in self.document:
            # What a setting is decides nothing about the others: all combinations come up.
            self.document["streaks"] = settings = {
                "frequency": FREQUENCIES[numbers[0]],
                "evaluationMode": ("OR", "AND")[mutation.which % 2],
                "metrics": self._conditions(numbers[1], numbers[3]),
                "customizationEnabled": mutation.which // 2 == 1,
            }
            self._set_days_off(numbers[1] % 3 * numbers[2])
            self._set_freezes(FREEZES[numbers[2] % len(FREEZES)])
        else:
            settings = self.document["streaks"]
            choice = numbers[1] * 12 + numbers[2]
            match numbers[0]:
                case 0 | 1 | 2 | 3:
                    others = [each for each in FREQUENCIES if each != settings["frequency"]]
                    settings["frequency"] = others[choice % len(others)]
                    self._set_days_off(0)
                case 4 | 5:
                    self._set_days_off(choice)
                case 6 | 7:
                    self._set_freezes(FREEZES[choice % len(FREEZES)])
                case 8:
                    settings["evaluationMode"] = ("OR", "AND")[choice % 2]
                case 9:
                    settings["customizationEnabled"] = not settings["customizationEnabled"]
                case _:
                    settings["metrics"] = self._conditions(choice, numbers[3])

    def _set_days_off(self, choice: int) -> None:
        """Days off go with the daily frequency only."""
        settings = self.document["streaks"]
        settings.pop("daysOff", None)
        if settings["frequency"] == "daily" and choice % len(DAYS_OFF):
            settings["daysOff"] = DAYS_OFF[choice % len(DAYS_OFF)]

    def _set_freezes(self, freezes: Entry | None) -> None:
        settings = self.document["streaks"]
        settings.pop("freezes", None)
        if freezes is not None:
            settings["freezes"] = freezes

    def _conditions(self, choice: int, threshold: int) -> list[Entry]:
        """Mostly one condition, on the first metric: most events are on that."""
        metrics = [metric["key"] for metric in self.document["metrics"]]
        keys = {0: metrics[:1], 1: metrics[-1:], 2: metrics[:2]}.get(choice % 6, metrics[:1])
        if choice % 12 == 11:
            keys = []
        thresholds = CONDITION_THRESHOLDS[threshold % 6 :] + CONDITION_THRESHOLDS
        return [
            {"key": key, "threshold": each} for key, each in zip(keys, thresholds, strict=False)
        ]

    def preferences(self, numbers: Numbers, *, is_disabled: bool) -> dict[str, Any]:
        """Settings of a user's own; who is disabled is mostly enabled again."""
        may_have_others = self.document.get("streaks", {}).get("customizationEnabled", False)
        preferences: dict[str, Any] = {}
        if is_disabled and numbers[0] < 10:
            preferences["enabled"] = (True, None)[numbers[1] % 2]
        elif numbers[0] < 2:
            preferences["enabled"] = False
        elif numbers[0] == 2 or not may_have_others:
            preferences["enabled"] = (True, None, False)[numbers[1] % 3]
        if may_have_others or numbers[0] == 11:
            chosen = 1 + numbers[1] % 7
            if chosen & 1:
                own = self._conditions(numbers[2], numbers[0])
                preferences["metrics"] = sorted(own, key=lambda each: each["key"]) or None
            if chosen & 2:
                preferences["daysOff"] = (*DAYS_OFF, None)[numbers[2] % (len(DAYS_OFF) + 1)]
            if chosen & 4:
                preferences["evaluationMode"] = ("OR", "AND", None)[numbers[2] % 3]
        return preferences

    # Each of these makes an entry, or None if the document has nothing for it to refer to. With an
    # old entry it keeps what an edit keeps: the key, the status, the parts.

    def _metric(self, numbers: Numbers, old: Entry | None) -> Entry:
        if old is not None:
            return {**old, "name": f"edited {numbers[1]}"}
        key = METRICS[numbers[0] % len(METRICS)]
        drawn = AGGREGATIONS[numbers[1] % len(AGGREGATIONS)]
        aggregation = self._aggregations.setdefault(key, drawn)
        entry = {"key": key, "name": f"Metric {key}"}
        return (
            entry
            if aggregation == "sum" and numbers[2] < 6
            else {
                **entry,
                "aggregation": aggregation,
            }
        )

    def _attribute(self, numbers: Numbers, old: Entry | None) -> Entry:
        keys = (*ATTRIBUTES, EVENT_ATTRIBUTE, EVENT_ATTRIBUTE)
        key = keys[numbers[0] % len(keys)] if old is None else old["key"]
        kind = "event" if key == EVENT_ATTRIBUTE else "user"
        return {"key": key, "name": f"Attribute {numbers[1]}", "type": kind}


def is_active(entry: Entry) -> bool:
    return entry["status"] == "active"


def correct_statuses(entries: list[Entry], before: list[Entry]) -> None:
    """Makes active what cannot be as it is, since one version does what were several changes.

    Nothing is archived from its beginning; no achievement becomes inactive again.
    """
    statuses = {entry["key"]: entry["status"] for entry in before}
    for entry in entries:
        was = statuses.get(entry["key"])
        is_new = was in (None, "archived")
        if entry["status"] == "archived" and was is None:
            entry["status"] = "active"
        if (
            entry["status"] == "inactive"
            and "trigger" in entry
            and not (is_new or was == "inactive")
        ):
            entry["status"] = "active"


def without_archived(entry: Entry, status: str) -> Entry:
    """What comes back as something new; what was archived within it does not."""
    parts = {
        kind: [part for part in entry[kind] if part["status"] != "archived"]
        for kind in ("triggers", "boosts")
        if kind in entry
    }
    return {**entry, **parts, "status": status}


def keys(entries: list[Entry]) -> set[str]:
    return {entry["key"] for entry in entries}


def put(entries: list[Entry], entry: Entry, numbers: Numbers) -> None:
    """Adds or replaces; a new entry does not always come last, for order must not matter."""
    old = next((each for each in entries if each["key"] == entry["key"]), None)
    if old is None:
        entries.insert(len(entries) if numbers[-1] < 9 else 0, entry)
    elif old.get("status") == "inactive" or entry.get("status") != "inactive":
        entries[entries.index(old)] = entry


def remove_dangling(document: Document) -> None:
    """Removes what refers to what is no longer there, in the order in which things refer.

    What is archived refers to nothing any more.
    """
    metrics = {metric["key"] for metric in document["metrics"]}
    of_points.strike_out_filters(document)
    of_boards.strike_out_attributes(document)
    document["achievements"] = [
        achievement
        for achievement in document["achievements"]
        if achievement["status"] == "archived" or achievement.get("metricKey", "") in {*metrics, ""}
    ]
    of_points.strike_out_prerequisites(document)
    achievements = {achievement["key"] for achievement in document["achievements"]}
    for system in document["points"]:
        system["triggers"] = [
            trigger
            for trigger in system["triggers"]
            if trigger["status"] == "archived"
            or (
                trigger.get("metricKey", "") in {*metrics, ""}
                and trigger.get("achievementKey", "") in {*achievements, ""}
            )
        ]
    systems = {system["key"] for system in document["points"]}
    document["leaderboards"] = [
        board
        for board in document["leaderboards"]
        if board.get("metricKey", "") in {*metrics, ""}
        and board.get("pointsSystemKey", "") in {*systems, ""}
    ]
    streaks = document.get("streaks")
    if streaks is not None:
        # None may be left: then nothing is met.
        streaks["metrics"] = [each for each in streaks["metrics"] if each["key"] in metrics]
