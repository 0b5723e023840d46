"""Random histories of a scope: what users and operators do, at nasty instants in nasty zones.

A history is a list of operations. It is made in two halves. The first draws *steps*, which know
nothing of each other: "an event of the second user on the third metric, just before midnight". The
second writes the steps down as operations, for which it follows the clock, the document and the
users' zones: which metric is the third one, when midnight is. So hypothesis can strike out any step
and what remains is still a valid history, and `random_history` draws the same steps from a seed.

All documents are valid: what is removed takes along whatever refers to it. The aggregation of a
metric never changes for its key, nor do the default zone and the day on which weeks begin. Rarely a
value is too large; then the engine has to refuse the event. What concerns streaks is refused more
often: a pause in the past, a freeze too many, settings that users may not have.
"""

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Document = dict[str, Any]
Entry = dict[str, Any]
T = TypeVar("T")


# --- Operations -----------------------------------------------------------------------------------
# Instants are microseconds of UTC since 1970 and never decrease along a history.


@dataclass(frozen=True)
class Configure:
    """A configuration version; the document replaces the one before it."""

    at: int
    document: Document


@dataclass(frozen=True)
class Event:
    """A user interaction. `zone`: None is not given, "" sets it to null."""

    at: int
    user: str
    metric: str
    value: str
    zone: str | None = None
    attributes: dict[str, str] | None = None
    key: str | None = None


@dataclass(frozen=True)
class Upsert:
    """Creates or changes a user, as an event does on its way."""

    at: int
    user: str
    zone: str | None = None
    attributes: dict[str, str] | None = None


@dataclass(frozen=True)
class Pass:
    """Nobody does anything until the instant `to`."""

    to: int


@dataclass(frozen=True)
class GrantFreeze:
    """An operator gives a user a freeze."""

    at: int
    user: str


@dataclass(frozen=True)
class AddPause:
    """A user's streaks rest over these dates, both ends included."""

    at: int
    user: str
    start: date
    end: date


@dataclass(frozen=True)
class DeletePause:
    """Takes away the user's pause with this number: 1 is the first that was ever accepted.

    One that is over already where dates are seen first is left alone: nobody can tell the
    difference, and whoever plays the history may have forgotten it.
    """

    at: int
    user: str
    index: int


@dataclass(frozen=True)
class Reset:
    """Sets the user's streaks to nothing."""

    at: int
    user: str


@dataclass(frozen=True)
class Restore:
    """Gives the user back the greatest length that they had lately."""

    at: int
    user: str


@dataclass(frozen=True)
class Prefer:
    """The user changes streak settings of their own: `streak` of the preferences on the wire.

    What is left out stays as it is; None goes back to what is configured.
    """

    at: int
    user: str
    streak: dict[str, Any]


StreakCommand = GrantFreeze | AddPause | DeletePause | Reset | Restore | Prefer
Operation = Configure | Event | Upsert | Pass | StreakCommand


# --- What is drawn from ---------------------------------------------------------------------------
# Hypothesis shrinks towards the first of each list.

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Pacific/Kiritimati",  # the first to see a date
    "Pacific/Apia",  # jumped over 30 December 2011
    "America/Sao_Paulo",  # midnights that come twice, or not at all
    "America/St_Johns",  # changed its clocks at one minute past midnight until 2011
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Kathmandu",  # three quarters of an hour off
    "Pacific/Kwajalein",  # jumped over 21 August 1993
    "Africa/Casablanca",  # winter time in Ramadan only
    "Pacific/Pago_Pago",  # the last to see a date, 25 hours behind Kiritimati
)

# Histories start at most three days before one of these.
TRANSITIONS = (
    "2024-03-10T07:00",  # New York forwards; Casablanca in Ramadan at 02:00
    "2023-11-05T06:00",  # New York back
    "2024-03-31T01:00",  # London forwards
    "2023-10-29T01:00",  # London back
    "2011-12-30T10:00",  # Apia over the date line
    "2012-03-31T14:00",  # Apia back
    "2018-02-18T02:00",  # São Paulo back, from midnight to 23:00
    "2018-11-04T03:00",  # São Paulo forwards, from midnight to 01:00
    "2010-11-07T02:31",  # St. John's back, from 00:01 to 23:01
    "2011-03-13T03:31",  # St. John's forwards, from 00:01 to 01:01
    "2023-04-01T15:00",  # Lord Howe back
    "2023-09-30T15:30",  # Lord Howe forwards
    "2024-04-14T02:00",  # Casablanca after Ramadan
    "2018-10-28T02:00",  # Casablanca stays on summer time
    "1993-08-21T12:00",  # Kwajalein over the date line
)

# Where those who travel go more often than elsewhere: to the next date, and back to the last one.
FAR_ZONES = (*ZONES, "", *("Pacific/Kiritimati", "Pacific/Pago_Pago") * 4)

USERS = ("u0", "u1", "u2", "u3", "u4")
# A streak lives only if its user comes every day, so most histories have few users.
USER_COUNTS = (1, 1, 2, 2, 3, 5)
METRICS = ("m0", "m1", "m2")
AGGREGATIONS = ("sum", "sum", "sum", "max", "min", "last")
VALUES = (
    *("1", "1", "1", "2", "2", "3", "5", "10", "0", "-1", "-2", "-7"),
    *("0.1", "0.5", "2.5", "-0.5", "0.000001", "-0.000001", "0.999999"),
    *("1.0000005", "1.0000015", "-0.0000005", "0.0000004"),  # half-even, and less than a millionth
)
HUGE_VALUES = ("1000000000000", "-1000000000000", "1000000000001")
THRESHOLDS = (1, 2, 3, 0.5, 0, 5, 10, -1, 2.5)
WHOLE_THRESHOLDS = (1, 2, 3, 5, 10)
POINTS = (1, 2, 5, 10, -1, -3, 0, 100)
KEYS = (*(None,) * 20, "k0", "k1", "k2", "k3", "k4")
ATTRIBUTES = ("x0", "x1")
ATTRIBUTE_VALUES = ("red", "blue", "")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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
STATUSES = ("active", "inactive")
ACHIEVEMENT_STATUSES = ("active", "inactive", "locked")

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


class Chance(Protocol):
    """Where choices come from: hypothesis, or a seeded generator."""

    def pick(self, options: Sequence[T], /) -> T: ...

    def between(self, low: int, high: int, /) -> int: ...


class _Drawn:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def pick(self, options: Sequence[T], /) -> T:
        return self._draw(st.sampled_from(options))

    def between(self, low: int, high: int, /) -> int:
        return self._draw(st.integers(low, high))


class _Seeded:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def pick(self, options: Sequence[T], /) -> T:
        return options[self._rng.randrange(len(options))]

    def between(self, low: int, high: int, /) -> int:
        return self._rng.randint(low, high)


# --- Steps ----------------------------------------------------------------------------------------

Wait = Literal["microseconds", "midnight", "own midnight", "own week", "own month", "own year"]
Kind = Literal[
    "metric", "attribute", "streak", "achievement", "points", "trigger", "level", "board"
]
Action = Literal["add", "edit", "status", "rename", "remove"]
StepKind = Literal[
    "event",
    "upsert",
    "pass",
    "configure",
    "retry",
    "travel",
    "freeze",
    "pause",
    "unpause",
    "reset",
    "restore",
    "lapse",
    "prefer",
]
BACK = "back"  # to the zone that the user had before the present one


@dataclass(frozen=True)
class _Time:
    """How long to wait: so many microseconds, after the next midnight somewhere or at once.

    The midnight may be one that begins a week, a month or a year. So many `days` go by before it.
    """

    wait: Wait = "microseconds"
    amount: int = 0
    zone: str = "UTC"
    days: int = 0


@dataclass(frozen=True)
class _Mutation:
    """A change of the document. Numbers stand for choices, taken modulo what there is."""

    kind: Kind
    action: Action
    which: int
    numbers: tuple[int, int, int, int]


@dataclass(frozen=True)
class _Step:
    """One operation to be, or some; which fields matter depends on `kind`."""

    kind: StepKind
    time: _Time
    user: int
    metric: int = 0
    value: str = "1"
    zone: str | None = None
    attributes: dict[str, str] | None = None
    key: str | None = None
    days: int = 1  # the same event again on the days that follow
    stride: int = 1  # or on every so manieth of them
    back: int = 0
    mutations: tuple[_Mutation, ...] = ()
    numbers: tuple[int, ...] = ()  # choices that depend on what there is
    journey: tuple[tuple[str, int], ...] = ()  # zones, and how long to stay


def _draw_time(chance: Chance) -> _Time:
    match chance.between(0, 17):
        case 0 | 1:
            return _Time(amount=0)
        case 2:
            return _Time(amount=chance.between(1, 3))
        case 3:
            return _Time(amount=chance.between(1, 7200) * SECOND)
        case 4 | 5:
            return _Time(amount=chance.between(1, 30) * HOUR)
        case 6:
            return _Time(amount=chance.between(1, 3) * DAY)
        case 7 if chance.between(0, 2) == 2:
            return _Time(amount=chance.between(4, 60) * DAY)
        case 7 if chance.between(0, 5) == 5:
            return _Time(amount=chance.between(100, 400) * DAY)
        case 7 | 8:
            return _Time("midnight", chance.between(-1, 1), chance.pick(ZONES))
        case 9:
            return _Time("own midnight", chance.between(-1, 1))
        case 10:
            return _draw_period_end(chance)
        case _:
            return _Time("own midnight", chance.between(0, 23) * HOUR)


def _draw_period_end(chance: Chance) -> _Time:
    """Around the end of a week or month, the present one or the next."""
    amount = chance.pick((-HOUR, -1, 0, 1, HOUR, 10 * HOUR))
    if chance.between(0, 1):
        return _Time("own month", amount, days=chance.pick((0, 28)))
    return _Time("own week", amount, days=chance.pick((0, 7)))


def _draw_evening(chance: Chance) -> _Time:
    """The last hour of the next period: nobody did anything in it so far."""
    match chance.between(0, 2):
        case 0:
            return _Time("own midnight", -HOUR, days=1)
        case 1:
            return _Time("own week", -HOUR, days=7)
        case _:
            return _Time("own month", -HOUR, days=28)


def _draw_zone(chance: Chance) -> str | None:
    match chance.between(0, 9):
        case 7 | 8:
            return chance.pick(FAR_ZONES)
        case 9:
            return BACK
        case _:
            return None


def _draw_attributes(chance: Chance) -> dict[str, str] | None:
    if chance.between(0, 7) < 7:
        return None
    return {chance.pick(ATTRIBUTES): chance.pick(ATTRIBUTE_VALUES)}


def _draw_mutation(chance: Chance, *, adds_only: bool = False) -> _Mutation:
    kinds: tuple[Kind, ...] = (
        *("streak", "achievement", "points", "trigger", "board", "level", "metric", "attribute"),
        *("achievement", "trigger", "board", "streak", "streak"),
    )
    actions: tuple[Action, ...] = (
        *("add", "add", "edit", "edit", "status", "status", "remove", "rename"),
    )
    return _Mutation(
        kind=chance.pick(kinds),
        action="add" if adds_only else chance.pick(actions),
        which=chance.between(0, 3),
        numbers=(
            chance.between(0, 11),
            chance.between(0, 11),
            chance.between(0, 11),
            chance.between(0, 11),
        ),
    )


def _draw_numbers(chance: Chance) -> tuple[int, int, int]:
    return chance.between(0, 11), chance.between(0, 11), chance.between(0, 11)


def _draw_journey(chance: Chance) -> tuple[tuple[str, int], ...]:
    """Some zones within days. A stay of a day or more is long enough to leave a period unmet."""
    return tuple(
        (chance.pick(FAR_ZONES), chance.pick((25, 1, 6, 13, 24, 26, 30)) * HOUR)
        for _ in range(chance.between(2, 6))
    )


def _draw_step(chance: Chance) -> _Step | None:
    """A step, or rarely none: the simplest thing that hypothesis can make of a step is nothing."""
    what = chance.between(0, 31)
    if what == 0:
        return None
    time = _draw_time(chance)
    user = chance.between(0, len(USERS) - 1)
    match what:
        case 17 | 18:
            attributes = _draw_attributes(chance)
            return _Step("upsert", time, user, zone=_draw_zone(chance), attributes=attributes)
        case 19 | 20 | 21:
            mutations = tuple(_draw_mutation(chance) for _ in range(chance.between(1, 3)))
            return _Step("configure", time, user, mutations=mutations)
        case 22:
            return _Step("pass", time, user)
        case 23:
            return _Step("retry", time, user, back=chance.between(0, 5))
        case 24:
            time = _draw_evening(chance) if chance.between(0, 3) else time
            return _Step("travel", time, user, journey=_draw_journey(chance))
        case 25:
            return _Step("freeze", time, user)
        case 26 | 27:
            kind: StepKind = chance.pick(("pause", "pause", "unpause"))
            return _Step(kind, time, user, numbers=_draw_numbers(chance))
        case 28:
            return _Step(chance.pick(("restore", "restore", "reset")), time, user)
        case 29:
            return _Step("lapse", _Time(), user, numbers=_draw_numbers(chance))
        case 30 | 31:
            return _Step("prefer", time, user, numbers=_draw_numbers(chance))
        case _:
            return _Step(
                "event",
                time,
                user,
                metric=chance.between(0, 2),
                value=chance.pick(VALUES if chance.between(0, 60) < 60 else HUGE_VALUES),
                zone=_draw_zone(chance),
                attributes=_draw_attributes(chance),
                key=chance.pick(KEYS),
                days=chance.pick((1, 1, 1, 1, 1, 2, 3, 4, 5)),
                stride=chance.pick((1, 1, 1, 1, 7, 30)),
            )


# --- Documents ------------------------------------------------------------------------------------


def _find(entries: list[Entry], key: str) -> Entry | None:
    return next((entry for entry in entries if entry["key"] == key), None)


def _crossable(document: Document) -> list[Entry]:
    """The metrics that may have triggers of points (SPEC 4.6)."""
    return [
        metric
        for metric in document["metrics"]
        if metric.get("aggregation", "sum") in ("sum", "max")
    ]


def _remove_dangling(document: Document) -> None:
    """Removes what refers to what is no longer there, in the order in which things refer."""
    metrics = {metric["key"] for metric in document["metrics"]}
    document["achievements"] = [
        achievement
        for achievement in document["achievements"]
        if achievement["trigger"] == "streak" or achievement["metricKey"] in metrics
    ]
    achievements = {achievement["key"] for achievement in document["achievements"]}
    for system in document["points"]:
        system["triggers"] = [
            trigger
            for trigger in system["triggers"]
            if trigger.get("metricKey") in metrics or trigger.get("achievementKey") in achievements
        ]
    systems = {system["key"] for system in document["points"]}
    document["leaderboards"] = [
        board
        for board in document["leaderboards"]
        if board["rankBy"] == "streak"
        or board.get("metricKey") in metrics
        or board.get("pointsSystemKey") in systems
    ]
    streaks = document.get("streaks")
    if streaks is not None:
        # None may be left: then nothing is met.
        streaks["metrics"] = [each for each in streaks["metrics"] if each["key"] in metrics]


def _put(entries: list[Entry], entry: Entry, numbers: Sequence[int]) -> None:
    """Adds or replaces; a new entry does not always come last, for order must not matter."""
    old = _find(entries, entry["key"])
    if old is None:
        entries.insert(len(entries) if numbers[-1] < 9 else 0, entry)
    else:
        entries[entries.index(old)] = entry


class _Editor:
    """Makes the next document out of the present one."""

    def __init__(self) -> None:
        self.document: Document = {
            "defaultTimeZone": "UTC",
            "metrics": [],
            "attributes": [],
            "achievements": [],
            "points": [],
            "leaderboards": [],
        }
        # For ever: a key that comes back has the aggregation that it had.
        self._aggregations: dict[str, str] = {}

    def mutate(self, mutation: _Mutation) -> None:
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
                self._mutate_entries(document["achievements"], mutation, self._achievement)
            case "points":
                self._mutate_entries(document["points"], mutation, self._points_system)
            case "board":
                self._mutate_entries(document["leaderboards"], mutation, self._board)
            case "trigger" | "level" if document["points"]:
                system = document["points"][mutation.which % len(document["points"])]
                if mutation.kind == "trigger":
                    self._mutate_entries(system["triggers"], mutation, self._trigger)
                else:
                    self._mutate_entries(system["levels"], mutation, self._level)
            case _:
                return
        _remove_dangling(document)
        # Levels lie at different totals, so that one of them is the highest.
        for system in document["points"]:
            first_at = {level["points"]: level for level in reversed(system["levels"])}
            system["levels"] = [each for each in system["levels"] if each in first_at.values()]

    def _mutate_entries(
        self,
        entries: list[Entry],
        mutation: _Mutation,
        make: Callable[[Sequence[int], Entry | None], Entry | None],
    ) -> None:
        numbers = mutation.numbers
        if mutation.action == "add" or not entries:
            made = make(numbers, None)
            if made is not None:
                _put(entries, made, numbers)
            return
        chosen = entries[numbers[0] % len(entries)]
        match mutation.action:
            case "remove":
                entries.remove(chosen)
            case "rename" if "name" in chosen:  # triggers have none
                chosen["name"] = f"{chosen['key']} renamed {numbers[1]}"
            case "status" if "status" in chosen:
                statuses = ACHIEVEMENT_STATUSES if mutation.kind == "achievement" else STATUSES
                others = [status for status in statuses if status != chosen["status"]]
                chosen["status"] = others[numbers[1] % len(others)]
            case "edit" | "status":
                made = make(numbers, chosen)
                if made is not None:
                    entries[entries.index(chosen)] = made

    def _mutate_streaks(self, mutation: _Mutation) -> None:
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

    def preferences(self, numbers: Sequence[int], *, is_disabled: bool) -> Entry:
        """Settings of a user's own; who is disabled is mostly enabled again."""
        may_have_others = self.document.get("streaks", {}).get("customizationEnabled", False)
        preferences: Entry = {}
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

    def _metric(self, numbers: Sequence[int], old: Entry | None) -> Entry:
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

    def _attribute(self, numbers: Sequence[int], old: Entry | None) -> Entry:
        key = ATTRIBUTES[numbers[0] % len(ATTRIBUTES)] if old is None else old["key"]
        return {"key": key, "name": f"Attribute {numbers[1]}", "type": "user"}

    def _achievement(self, numbers: Sequence[int], old: Entry | None) -> Entry | None:
        key = f"a{numbers[0] % 4}" if old is None else old["key"]
        entry: Entry = {"key": key, "name": f"Achievement {key}"}
        metrics = self.document["metrics"]
        if numbers[1] % 3 == 2:
            entry |= {"trigger": "streak", "streakLength": 1 + numbers[2] % 3}
        elif metrics:
            entry |= {
                "trigger": "metric",
                "metricKey": metrics[numbers[2] % len(metrics)]["key"],
                "metricValue": THRESHOLDS[numbers[3] % len(THRESHOLDS)],
            }
        else:
            return None
        status = "active" if old is None else old["status"]
        return {**entry, "status": "inactive" if old is None and numbers[3] > 9 else status}

    def _points_system(self, numbers: Sequence[int], old: Entry | None) -> Entry:
        key = f"p{numbers[0] % 2}" if old is None else old["key"]
        entry: Entry = {"key": key, "name": f"Points {key}"}
        if numbers[1] % 2 == 1:
            entry["maxPoints"] = (1, 3, 10, 25)[numbers[2] % 4]
        first_levels = [{"key": "l0", "name": "Level l0", "points": numbers[3] % 4}]
        old_one = old or {"levels": first_levels, "triggers": []}
        return entry | {"levels": old_one["levels"], "triggers": old_one["triggers"]}

    def _trigger(self, numbers: Sequence[int], old: Entry | None) -> Entry | None:
        key = f"t{numbers[0] % 3}" if old is None else old["key"]
        entry: Entry = {"key": key, "points": POINTS[numbers[3] % len(POINTS)]}
        achievements, metrics = self.document["achievements"], _crossable(self.document)
        if achievements and (numbers[1] % 3 == 2 or not metrics):
            chosen = achievements[numbers[2] % len(achievements)]
            entry |= {"type": "achievement", "achievementKey": chosen["key"]}
        elif metrics:
            entry |= {
                "type": "metric",
                "metricKey": metrics[numbers[2] % len(metrics)]["key"],
                "metricThreshold": WHOLE_THRESHOLDS[numbers[1] % len(WHOLE_THRESHOLDS)],
            }
        else:
            return None
        return {**entry, "status": "active" if old is None else old["status"]}

    def _level(self, numbers: Sequence[int], old: Entry | None) -> Entry:
        key = f"l{numbers[0] % 3}" if old is None else old["key"]
        points = (0, 1, 2, 3, 5, 10, 25, 50)[numbers[1] % 8]
        return {"key": key, "name": f"Level {key}", "points": points}

    def _board(self, numbers: Sequence[int], old: Entry | None) -> Entry | None:
        key = f"b{numbers[0] % 3}" if old is None else old["key"]
        entry: Entry = {"key": key, "name": f"Board {key}"}
        metrics, systems = self.document["metrics"], self.document["points"]
        if numbers[1] % 3 == 2:
            entry |= {"rankBy": "streak"}
        elif systems and (numbers[1] % 2 == 1 or not metrics):
            chosen = systems[numbers[2] % len(systems)]
            entry |= {"rankBy": "points", "pointsSystemKey": chosen["key"]}
        elif metrics:
            chosen = metrics[numbers[2] % len(metrics)]
            entry |= {"rankBy": "metric", "metricKey": chosen["key"]}
        else:
            return None
        if numbers[3] >= 9:
            entry["maxParticipants"] = numbers[3] - 8
        entry["order"] = ("desc", "asc")[numbers[3] % 2]
        return {**entry, "status": "active" if old is None else old["status"]}


# --- Writing down ---------------------------------------------------------------------------------


def _wall_date(zone: str, at: int) -> date:
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).date()


def _midnight(zone: str, day: date) -> int:
    """About the midnight that begins a date; an hour off where clocks are changed then."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int(midnight.timestamp()) * SECOND


@dataclass
class _Scribe:
    """Turns steps into operations, following the clock, the document and the users.

    It does not decide what becomes of an operation, so what it knows of pauses and of who is
    disabled is a guess.
    """

    clock: int
    users: Sequence[str]
    editor: _Editor
    zones: dict[str, list[str]] = field(default_factory=dict)
    pauses: dict[str, list[date]] = field(default_factory=dict)  # their ends
    disabled: set[str] = field(default_factory=set)
    operations: list[Operation] = field(default_factory=list)

    def configure(self, mutations: Sequence[_Mutation]) -> None:
        for mutation in mutations:
            self.editor.mutate(mutation)
        document = copy.deepcopy(self.editor.document)
        self.operations.append(Configure(self.clock, document))

    def write(self, step: _Step | None) -> None:
        if step is None:
            return
        user = self.users[step.user % len(self.users)]
        self.clock = max(self.clock, self._instant(step.time, user))
        match step.kind:
            case "configure":
                self.configure(step.mutations)
            case "pass":
                self.operations.append(Pass(self.clock))
            case "upsert":
                zone = self._zone(step.zone, user)
                attributes = self._declared(step.attributes)
                self.operations.append(Upsert(self.clock, user, zone, attributes))
            case "event":
                self._event(step, user)
            case "retry":
                self._retry(step)
            case "travel":
                self._travel(step, user)
            case "freeze":
                self.operations.append(GrantFreeze(self.clock, user))
            case "pause":
                self._pause(step, user)
            case "unpause":
                self._unpause(step, user)
            case "reset":
                self.operations.append(Reset(self.clock, user))
            case "restore":
                self.operations.append(Restore(self.clock, user))
            case "lapse":
                self._lapse(step, user)
            case "prefer":
                self._prefer(step, user)

    def _event(self, step: _Step, user: str) -> None:
        metrics = self.editor.document["metrics"]
        event = Event(
            at=self.clock,
            user=user,
            metric=metrics[step.metric % len(metrics)]["key"],
            value=step.value,
            zone=self._zone(step.zone, user),
            attributes=self._declared(step.attributes),
            key=step.key,
        )
        self.operations.append(event)
        for _ in range(step.days - 1):
            wait = _Time("own midnight", 9 * HOUR + (step.stride - 1) * DAY)
            self.clock = self._instant(wait, user)
            again = replace(event, at=self.clock, zone=None, attributes=None, key=None)
            self.operations.append(again)

    def _retry(self, step: _Step) -> None:
        """Sends one of the last events with a key again, if it still means anything."""
        metrics = [metric["key"] for metric in self.editor.document["metrics"]]
        sent = [
            operation
            for operation in self.operations
            if isinstance(operation, Event) and operation.key and operation.metric in metrics
        ]
        if sent:
            again = sent[max(0, len(sent) - 1 - step.back)]
            attributes = self._declared(again.attributes)
            self.operations.append(replace(again, at=self.clock, attributes=attributes))

    def _travel(self, step: _Step, user: str) -> None:
        """Goes through some zones; every second stop has an event, some a pause from today on."""
        for place, (zone, stay) in enumerate(step.journey):
            self._zone(zone, user)
            if place % 2:
                self.operations.append(self._plain_event(user, zone))
            else:
                self.operations.append(Upsert(self.clock, user, zone))
            if stay == 6 * HOUR:
                today = _wall_date(self._own_zone(user), self.clock)
                self.operations.append(AddPause(self.clock, user, today, today))
            self.clock += stay

    def _lapse(self, step: _Step, user: str) -> None:
        """Stays away until the streak is over or nearly so, and then asks for it back.

        Ninety days and the turn of the year are where lengths are too old to be given back.
        """
        days = (1, 1, 2, 2, 8, 8, 15, 33, 64, 88, 89, 90)[step.numbers[0]]
        wait = "own year" if step.numbers[1] == 11 else "own midnight"
        self.clock = self._instant(_Time(wait, 9 * HOUR, days=days), user)
        if step.numbers[1] % 3 == 0:
            self.operations.append(self._plain_event(user))
        self.operations.append(Restore(self.clock, user))
        if step.numbers[2] % 3 != 0:
            self.clock = self._instant(_Time("own midnight", 9 * HOUR), user)
            self.operations.append(self._plain_event(user))

    def _plain_event(self, user: str, zone: str | None = None) -> Event:
        """One that mostly meets a period."""
        metric = self.editor.document["metrics"][0]["key"]
        return Event(self.clock, user, metric, "3", zone)

    def _pause(self, step: _Step, user: str) -> None:
        """Mostly of a few days from today or a little later; rarely in the past, or of no days.

        Some are taken back soon, which is before they are over.
        """
        today = _wall_date(self._own_zone(user), self.clock)
        start = today + timedelta(days=(0, 0, 0, 1, 1, 1, 2, 3, 6, 20, -1, -9)[step.numbers[0]])
        length = (0, 0, 0, 1, 1, 2, 2, 5, 9, 40, 150, -1)[step.numbers[1]]
        end = start + timedelta(days=length)
        if today <= start <= end:
            self.pauses.setdefault(user, []).append(end)
        self.operations.append(AddPause(self.clock, user, start, end))
        if step.numbers[2] < 4:
            wait = ("microseconds", "own midnight")[step.numbers[2] % 2]
            self.clock = self._instant(_Time(wait, HOUR), user)
            self._unpause(step, user)

    def _unpause(self, step: _Step, user: str) -> None:
        """Mostly the last pause that is not over, perhaps again; rarely one that does not exist."""
        today = _wall_date(self._own_zone(user), self.clock)
        ends = self.pauses.get(user, [])
        indexes = [index for index, end in enumerate(ends, start=1) if end >= today]
        if not indexes or step.numbers[0] == 11:
            indexes = [0, len(ends) + 1]
        index = indexes[-1 - step.numbers[1] // 8 % len(indexes)]
        self.operations.append(DeletePause(self.clock, user, index))

    def _prefer(self, step: _Step, user: str) -> None:
        preferences = self.editor.preferences(step.numbers, is_disabled=user in self.disabled)
        if preferences.get("enabled", True) is False:
            self.disabled.add(user)
        elif "enabled" in preferences:
            self.disabled.discard(user)
        self.operations.append(Prefer(self.clock, user, preferences))

    def _instant(self, time: _Time, user: str) -> int:
        zone = time.zone if time.wait == "midnight" else self._own_zone(user)
        day = _wall_date(zone, self.clock) + timedelta(days=1 + time.days)
        match time.wait:
            case "microseconds":
                return self.clock + time.amount
            case "midnight" | "own midnight":
                pass
            case "own week":
                while WEEKDAYS[day.weekday()] != self.editor.document.get("weekStart", "monday"):
                    day += timedelta(days=1)
            case "own month" | "own year":
                while day.day != 1 or (time.wait == "own year" and day.month != 1):
                    day += timedelta(days=1)
        return _midnight(zone, day) + time.amount

    def _own_zone(self, user: str) -> str:
        return self.zones.get(user, [""])[-1] or self.editor.document["defaultTimeZone"]

    def _zone(self, zone: str | None, user: str) -> str | None:
        zones = self.zones.setdefault(user, [""])
        if zone == BACK:
            zone = zones[-2] if len(zones) > 1 else None
        if zone is not None:
            zones.append(zone)
        return zone

    def _declared(self, attributes: dict[str, str] | None) -> dict[str, str] | None:
        """Leaves out what the document does not declare: the engine would refuse it."""
        declared = [attribute["key"] for attribute in self.editor.document["attributes"]]
        kept = {key: value for key, value in (attributes or {}).items() if key in declared}
        return kept or None


def _begin(chance: Chance, first_mutations: Sequence[_Mutation]) -> _Scribe:
    """Writes the first document: one sum, mostly a streak on it, and what the mutations add."""
    transition = datetime.fromisoformat(chance.pick(TRANSITIONS)).replace(tzinfo=UTC)
    start = int(transition.timestamp()) * SECOND - chance.between(0, 72) * HOUR
    editor = _Editor()
    editor.document["defaultTimeZone"] = chance.pick(("UTC", "UTC", *ZONES))
    week_start = chance.pick((None, None, *WEEKDAYS))
    if week_start is not None:
        editor.document["weekStart"] = week_start
    editor.mutate(_Mutation("metric", "add", 0, (0, 0, 0, 0)))
    scribe = _Scribe(start, USERS[: chance.pick(USER_COUNTS)], editor)
    if chance.between(0, 3) > 0:
        numbers = (*_draw_numbers(chance), chance.between(0, 11))
        editor.mutate(_Mutation("streak", "add", chance.between(0, 3), numbers))
    scribe.configure(first_mutations)
    return scribe


class _Dealt:
    """Makes a `Chance` of one number, or has hypothesis draw each choice.

    By numbers histories differ more: a history has a thousand choices, and hypothesis comes back to
    the same ones again and again. It can strike out a step either way, but make a step simpler only
    where it draws each choice.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self._by_number = draw(st.sampled_from((False, True, True)))

    def chance(self, draw: st.DrawFn) -> Chance:
        if not self._by_number:
            return _Drawn(draw)
        # Hypothesis prefers small numbers to larger ones of more than 24 bits.
        return _Seeded(random.Random(draw(st.integers(0, 2**24 - 1))))


@st.composite
def _additions(draw: st.DrawFn, dealt: _Dealt) -> _Mutation:
    return _draw_mutation(dealt.chance(draw), adds_only=True)


@st.composite
def _steps(draw: st.DrawFn, dealt: _Dealt) -> _Step | None:
    return _draw_step(dealt.chance(draw))


@st.composite
def histories(draw: st.DrawFn, max_operations: int = 50) -> list[Operation]:
    """Histories of up to so many operations, the first of which configures the scope."""
    dealt = _Dealt(draw)
    # Lists are short unless they have to be long.
    least = draw(st.sampled_from((0, 5, 10, 20)))
    mutations = draw(st.lists(_additions(dealt), min_size=least, max_size=25))
    scribe = _begin(dealt.chance(draw), mutations)
    most = max_operations - 1
    least = min(most, draw(st.sampled_from((0, 10, 25, 40, 40))))
    for step in draw(st.lists(_steps(dealt), min_size=least, max_size=most)):
        scribe.write(step)
    return scribe.operations[:max_operations]


def random_history(rng: random.Random, operations: int) -> list[Operation]:
    """A history of exactly so many operations (at least one); the same seed gives the same one."""
    chance = _Seeded(rng)
    scribe = _begin(
        chance, [_draw_mutation(chance, adds_only=True) for _ in range(rng.randint(0, 25))]
    )
    while len(scribe.operations) < operations:
        scribe.write(_draw_step(chance))
    return scribe.operations[:operations]
