"""The rules of SPEC.md once more, as slowly and as plainly as they can be said.

The model test plays one history to the engine and to this oracle and compares what comes out. So
the oracle imports nothing of the engine and has no cleverness to get wrong. Totals, peaks, period
sums, levels and boards are worked out anew from the raw list of what happened whenever they are
asked for; amounts are fractions; midnights are found by walking through UTC.

All that is remembered of a user is what they did (`events`), what they got (`awards` and
`completions`) and where their streak stands. A streak is an immutable value: bringing a user up to
an instant makes another one, and a reader can make one and throw it away (SPEC 2.7).

Here everybody is brought up to the instant of every operation. The engine does it later or in
another order, and has to end up the same: that is SPEC 2.7 put to the test.

Scope: metrics, users, zones, attributes, daily streaks without freezes, pauses and days off, metric
and streak achievements, points with metric and achievement triggers, perpetual boards.
"""

import importlib.resources
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import floor
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tests.model.histories import Configure, Event, Operation, Pass, Upsert

Answer = Literal["applied", "repeated", "refused"]
Document = dict[str, Any]
Entry = dict[str, Any]
# What tells things of the document apart: kind and key; a trigger's system comes in between.
Path = tuple[str, ...]

SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
EMPTY_DOCUMENT: Document = {"defaultTimeZone": "UTC", "metrics": []}

# SPEC 4.1
LARGEST_VALUE = 10**12
LARGEST_TOTAL = 9 * 10**12
# SPEC 2.4: at most one unmet change of zone in so many local days is forgiven.
FORGIVEN_DAYS = 7


# --- Local dates (SPEC 2.3) -----------------------------------------------------------------------


@cache
def zone_data(name: str) -> ZoneInfo:
    """The zone from the tzdata package, whatever files the machine has."""
    resource = importlib.resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
    with resource.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_exists(name: str) -> bool:
    try:
        zone_data(name)
    except (OSError, ValueError):
        return False
    return True


def wall_date(zone: str, second: int) -> date:
    """What a calendar on the wall shows at a second of UTC; it can go backwards."""
    return datetime.fromtimestamp(second, zone_data(zone)).date()


@cache
def day_end(zone: str, day: date) -> int:
    """The first instant after the last one whose wall date is not later than `day`.

    The walk starts long after the day is over everywhere on earth and goes back in steps of ten
    minutes, then over the ten minutes that it finds second by second: clocks are set at whole
    seconds. No place ever went back to an earlier date for less than ten minutes.
    """
    next_day = int((datetime(day.year, day.month, day.day, tzinfo=UTC) + ONE_DAY).timestamp())
    second = next_day + 16 * 3600
    while wall_date(zone, second) > day:
        second -= 600
    assert second > next_day - 16 * 3600
    while wall_date(zone, second) <= day:
        second += 1
    return second * SECOND


def local_date(zone: str, at: int) -> date:
    """The earliest date whose day is not over; unlike the wall date it never goes backwards."""
    day = (EPOCH + timedelta(microseconds=at)).date() - 2 * ONE_DAY
    while day_end(zone, day) <= at:
        day += ONE_DAY
    return day


def has_an_instant(zone: str, day: date) -> bool:
    """False for the dates that a place jumped over, such as 30 December 2011 in Apia."""
    return day_end(zone, day - ONE_DAY) < day_end(zone, day)


# --- What is remembered of a user -----------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """One event that counted. `order` numbers the operations of the history."""

    order: int
    at: int
    metric: int
    value: Fraction
    date: date


@dataclass(frozen=True)
class Award:
    """One row of a points ledger."""

    order: int
    at: int
    system: int
    trigger: str
    amount: int
    base_amount: int
    total: int


@dataclass(frozen=True)
class Row:
    """One closed period."""

    period: date
    length: int
    outcome: str
    closed_at: int


@dataclass(frozen=True)
class Streak:
    """Where a streak stands. `period` is the open period, None when no streak is running."""

    length: int = 0
    longest: int = 0
    started: date | None = None
    period: date | None = None
    met: bool = False
    # The local date of the last change of zone that was forgiven, whichever streak it saved.
    forgiven_on: date | None = None
    # The period after the last one that broke: what is closed does not come again.
    resumes_on: date = date.min
    rows: tuple[Row, ...] = ()


@dataclass
class User:
    """Things of the document are named by the number that they got when they first appeared."""

    number: int
    zone: str = ""
    last_date: date = date.min
    attributes: dict[str, str] = field(default_factory=dict)
    events: list[Counted] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)
    completions: dict[int, tuple[int, bool]] = field(default_factory=dict)
    streak: Streak = field(default_factory=Streak)


# --- Numbers --------------------------------------------------------------------------------------

COMBINE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "sum": operator.add,
    "max": max,
    "min": min,
    "last": lambda _, value: value,
}


def running_totals(metric: Entry, values: list[Fraction]) -> list[Fraction]:
    """The total after each of the values (SPEC 4.6); the first one of any metric is the total."""
    return list(accumulate(values, COMBINE[metric.get("aggregation", "sum")]))


def exact(number: float | str) -> Fraction:
    """The number as it is written; `str` of a float is its shortest decimal form."""
    return Fraction(str(number))


def decimal_string(number: Fraction) -> str:
    """The number in decimals, without an exponent and without zeros at the end."""
    millionths = number * 10**6
    assert millionths.denominator == 1
    whole, part = divmod(abs(millionths.numerator), 10**6)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{part:06}".rstrip("0").rstrip(".")


# --- Streaks (SPEC 2.4, 2.5, 5) -------------------------------------------------------------------


def close(streak: Streak, period: date, outcome: str, closed_at: int) -> Streak:
    """Writes the row of a period. A broken streak is over; otherwise the caller opens another."""
    if outcome == "broken":
        rows = (*streak.rows, Row(period, 0, outcome, closed_at))
        return replace(streak, length=0, started=None, period=None, met=False, rows=rows)
    rows = (*streak.rows, Row(period, streak.length, outcome, closed_at))
    return replace(streak, rows=rows)


def brought_up(streak: Streak, zone: str, at: int) -> Streak:
    """The streak after all midnights up to and including the instant."""
    while streak.period is not None and day_end(zone, streak.period) <= at:
        midnight = day_end(zone, streak.period)
        streak = close(streak, streak.period, "extended" if streak.met else "broken", midnight)
        following = local_date(zone, midnight)
        if streak.period is not None:
            streak = replace(streak, period=following, met=False)
        else:
            streak = replace(streak, resumes_on=following)
    return streak


def moved(streak: Streak, zone: str, day: date, at: int) -> Streak:
    """The running streak after a command that came in this zone on this date (SPEC 2.4).

    Without a change of the zone in effect, or if the open period is still open in the new zone, the
    date is the open period's and nothing closes.
    """
    assert streak.period is not None
    assert day >= streak.period
    if day == streak.period:
        return streak
    last_forgiven = streak.forgiven_on
    too_soon = last_forgiven is not None and day < last_forgiven + FORGIVEN_DAYS * ONE_DAY
    period = streak.period
    while period < day:
        if period == streak.period and streak.met:
            streak = close(streak, period, "extended", at)
        elif period == streak.period or has_an_instant(zone, period):
            if too_soon:
                return close(streak, period, "broken", at)
            streak = close(replace(streak, forgiven_on=day), period, "skipped", at)
        period += ONE_DAY
    return replace(streak, period=day, met=False)


def extended(streak: Streak, day: date) -> Streak:
    """The streak after an event met the period of this date."""
    length = streak.length + 1
    return replace(
        streak,
        length=length,
        longest=max(length, streak.longest),
        started=day if streak.period is None else streak.started,
        period=day,
        met=True,
    )


# --- The oracle -----------------------------------------------------------------------------------


class Oracle:
    """A scope. `apply` takes the operations of a history in order; `outcome` says what came of it.

    `last_answer` says what became of the last operation: "applied", "repeated" for an idempotency
    key that was used before, "refused" for what the engine answers with an error. The last two
    change nothing.
    """

    def __init__(self) -> None:
        self.last_answer: Answer = "applied"
        self.order = 0
        self.clock = 0
        self.document = EMPTY_DOCUMENT
        # The things of the present document, numbered in the order of their first appearance. What
        # is removed loses its number, and with it all that was remembered under it.
        self.numbers: dict[Path, int] = {}
        self.numbers_used = 0
        # By board number: the operation that made it active, or edited it since.
        self.users: dict[str, User] = {}
        self.keys_used: set[tuple[int, str, str]] = set()

    def apply(self, operation: Operation) -> None:
        self.order += 1
        self.last_answer = "applied"
        at = operation.to if isinstance(operation, Pass) else operation.at
        assert at >= self.clock, "instants never run backwards"
        self.clock = at
        for user in self.users.values():
            user.streak = brought_up(user.streak, self.zone_of(user), at)
        match operation:
            case Configure():
                self._configure(operation.document)
            case Upsert():
                if self._refuses_upsert(operation):
                    self.last_answer = "refused"
                elif self._says_something(operation):
                    self._upsert(operation)
            case Event():
                self._event(operation)
            case Pass():
                pass

    # What is in the document

    def entries(self, kind: str) -> list[Entry]:
        return self.document.get(kind, [])

    def entry(self, kind: str, key: str) -> Entry | None:
        return entry_of(self.document, kind, key)

    def number(self, *path: str) -> int:
        return self.numbers[path]

    def zone_of(self, user: User) -> str:
        return user.zone or self.document.get("defaultTimeZone", "UTC")

    # Configuration versions: steps (SPEC 2.7)

    def _configure(self, document: Document) -> None:
        before, self.document = self.document, document
        present = set(paths(document))
        self.numbers = {path: n for path, n in self.numbers.items() if path in present}
        for path in paths(document):
            if path not in self.numbers:
                self.numbers_used += 1
                self.numbers[path] = self.numbers_used
        for achievement in self.entries("achievements"):
            old = entry_of(before, "achievements", achievement["key"])
            if begins_to_count(
                old, achievement, "trigger", "metricKey", "metricValue", "streakLength"
            ):
                self._backdate(achievement)

    def _backdate(self, achievement: Entry) -> None:
        """SPEC 6.4: everybody who qualifies completes it now, without points."""
        number = self.number("achievements", achievement["key"])
        for user in self.users.values():
            if achievement["trigger"] == "metric":
                qualifies = self._total_qualifies(user, achievement)
            else:
                qualifies = user.streak.longest >= achievement["streakLength"]
            if qualifies and number not in user.completions:
                user.completions[number] = (self.clock, True)

    # Commands (SPEC 1.4)

    def _refuses_upsert(self, operation: Event | Upsert) -> bool:
        if operation.zone and not zone_exists(operation.zone):
            return True
        for key in operation.attributes or {}:
            attribute = self.entry("attributes", key)
            if attribute is None or attribute["type"] != "user":
                return True
        return False

    def _says_something(self, operation: Upsert) -> bool:
        """An upsert that says nothing new of a known user is no command: it leaves no trace."""
        user = self.users.get(operation.user)
        if user is None or (operation.zone is not None and operation.zone != user.zone):
            return True
        return not (operation.attributes or {}).items() <= user.attributes.items()

    def _upsert(self, operation: Event | Upsert) -> User:
        """Creates or changes the user, moves them to another zone, decides the command's date."""
        user = self.users.setdefault(operation.user, User(number=len(self.users) + 1))
        for key, value in (operation.attributes or {}).items():
            user.attributes[key] = value
        if operation.zone is not None:
            user.zone = operation.zone
        zone = self.zone_of(user)
        day = max(local_date(zone, self.clock), user.last_date, user.streak.resumes_on)
        if user.streak.period is not None:
            day = max(day, user.streak.period)
            user.streak = moved(user.streak, zone, day, self.clock)
        user.last_date = day
        return user

    def _event(self, operation: Event) -> None:
        metric = self.entry("metrics", operation.metric)
        value = exact(operation.value)
        if metric is None or abs(value) > LARGEST_VALUE or self._refuses_upsert(operation):
            self.last_answer = "refused"
            return
        number = self.number("metrics", operation.metric)
        value = round(value, 6)  # a fraction rounds half to even
        if operation.key and (number, operation.user, operation.key) in self.keys_used:
            self.last_answer = "repeated"
            return
        known = self.users.get(operation.user)
        totals_before = [] if known is None else self._totals(known, metric)
        values_before = [] if known is None else self._values(known, number)
        totals = running_totals(metric, [*values_before, value])
        if abs(totals[-1]) > LARGEST_TOTAL:
            self.last_answer = "refused"
            return
        if operation.key:
            self.keys_used.add((number, operation.user, operation.key))

        user = self._upsert(operation)
        user.events.append(Counted(self.order, self.clock, number, value, user.last_date))
        has_extended = self._meets_the_period(user)
        if has_extended:
            user.streak = extended(user.streak, user.last_date)
        completed = self._complete_achievements(user, metric, has_extended)
        if metric.get("aggregation", "sum") in ("sum", "max"):
            peak_before = max([Fraction(0), *totals_before])
            peak_after = max([Fraction(0), *totals])
            self._award_crossings(user, metric, peak_before, peak_after)
        for achievement in completed:
            self._award_completion(user, achievement)

    # Metrics (SPEC 4)

    def _values(self, user: User, metric: int) -> list[Fraction]:
        return [event.value for event in user.events if event.metric == metric]

    def _totals(self, user: User, metric: Entry) -> list[Fraction]:
        """The user's total after each of their events on the metric."""
        return running_totals(metric, self._values(user, self.number("metrics", metric["key"])))

    # The streak (SPEC 5.2)

    def _meets_the_period(self, user: User) -> bool:
        """Whether the event just counted meets a period that was not met yet."""
        settings = self.document.get("streaks")
        if settings is None or not settings["metrics"] or user.streak.met:
            return False
        conditions = [
            self._satisfies(user, condition["key"], exact(condition["threshold"]))
            for condition in settings["metrics"]
        ]
        return all(conditions) if settings.get("evaluationMode") == "AND" else any(conditions)

    def _satisfies(self, user: User, key: str, threshold: Fraction) -> bool:
        """Compares the aggregate of the open period's events.

        They bear the period's date and come after the last close. A date can come again after its
        close: a streak broke in the east, and the user is now in the west.
        """
        metric = self.entry("metrics", key)
        assert metric is not None
        number = self.number("metrics", key)
        last_close = user.streak.rows[-1].closed_at if user.streak.rows else 0
        values = [
            event.value
            for event in user.events
            if event.metric == number and event.date == user.last_date and event.at >= last_close
        ]
        return bool(values) and running_totals(metric, values)[-1] >= threshold

    # Achievements (SPEC 6)

    def _total_qualifies(self, user: User, achievement: Entry) -> bool:
        metric = self.entry("metrics", achievement["metricKey"])
        assert metric is not None
        totals = self._totals(user, metric)
        if not totals:
            return False
        if metric.get("aggregation", "sum") == "min":
            return totals[-1] <= exact(achievement["metricValue"])
        return totals[-1] >= exact(achievement["metricValue"])

    def _complete_achievements(self, user: User, metric: Entry, has_extended: bool) -> list[Entry]:
        """Completes what the event completes; gives it in order: metric ones, then streak ones."""
        open_ones = [
            achievement
            for achievement in sorted(
                self.entries("achievements"),
                key=lambda achievement: self.number("achievements", achievement["key"]),
            )
            if is_active(achievement)
            and self.number("achievements", achievement["key"]) not in user.completions
        ]
        completed = [
            achievement
            for achievement in open_ones
            if achievement["trigger"] == "metric"
            and achievement["metricKey"] == metric["key"]
            and self._total_qualifies(user, achievement)
        ]
        completed += [
            achievement
            for achievement in open_ones
            if achievement["trigger"] == "streak"
            and has_extended
            and user.streak.length >= achievement["streakLength"]
        ]
        for achievement in completed:
            number = self.number("achievements", achievement["key"])
            user.completions[number] = (self.clock, False)
        return completed

    # Points (SPEC 7)

    def _triggers(self) -> list[tuple[Entry, Entry]]:
        """All active triggers with their systems, in the order in which they are worked off."""
        pairs = [
            (system, trigger)
            for system in self.entries("points")
            for trigger in system.get("triggers", [])
            if is_active(trigger)
        ]
        return sorted(
            pairs,
            key=lambda pair: (
                self.number("points", pair[0]["key"]),
                self.number("triggers", pair[0]["key"], pair[1]["key"]),
            ),
        )

    def _award_crossings(
        self, user: User, metric: Entry, peak_before: Fraction, peak_after: Fraction
    ) -> None:
        for system, trigger in self._triggers():
            if trigger["type"] == "metric" and trigger["metricKey"] == metric["key"]:
                threshold = exact(trigger["metricThreshold"])
                crossings = floor(peak_after / threshold) - floor(peak_before / threshold)
                self._award(user, system, trigger, crossings * trigger["points"])

    def _award_completion(self, user: User, achievement: Entry) -> None:
        for system, trigger in self._triggers():
            if trigger["type"] == "achievement" and (
                trigger["achievementKey"] == achievement["key"]
            ):
                self._award(user, system, trigger, trigger["points"])

    def _award(self, user: User, system: Entry, trigger: Entry, base_amount: int) -> None:
        total = self._points(user, system)
        amount = base_amount
        cap = system.get("maxPoints")
        if amount > 0 and cap is not None:
            amount = min(amount, max(0, cap - total))
        if amount != 0:
            user.awards.append(
                Award(
                    order=self.order,
                    at=self.clock,
                    system=self.number("points", system["key"]),
                    trigger=trigger["key"],
                    amount=amount,
                    base_amount=base_amount,
                    total=total + amount,
                )
            )

    def _ledger(self, user: User, system: Entry) -> list[Award]:
        number = self.number("points", system["key"])
        return [award for award in user.awards if award.system == number]

    def _points(self, user: User, system: Entry) -> int:
        return sum(award.amount for award in self._ledger(user, system))

    def _level(self, user: User, system: Entry) -> str | None:
        total = self._points(user, system)
        reached = [level for level in system.get("levels", []) if level["points"] <= total]
        return max(reached, key=lambda level: level["points"])["key"] if reached else None

    # Boards (SPEC 8)

    def _board_values(self, user: User, board: Entry) -> list[tuple[int, int, int]]:
        """What the user had on the board after each operation: (value, at, order)."""
        if board["rankBy"] == "metric":
            metric = self.entry("metrics", board["metricKey"])
            assert metric is not None
            number = self.number("metrics", metric["key"])
            events = [event for event in user.events if event.metric == number]
            totals = self._totals(user, metric)
            return [
                (floor(total), event.at, event.order)
                for event, total in zip(events, totals, strict=True)
            ]
        system = self.entry("points", board["pointsSystemKey"])
        assert system is not None
        # Of several awards of one event only the total after the last one comes onto the board.
        last_of_event = {award.order: award for award in self._ledger(user, system)}
        return [(award.total, award.at, award.order) for award in last_of_event.values()]

    def _standing(self, board: Entry) -> list[list[Any]]:
        """Everybody on the board in order; `maxParticipants` is not applied.

        Ties: whose present value was set earlier, within one instant by order of the commands. A
        board that is seeded later shows the order that it would have had all along.
        """
        if not is_active(board):
            return []
        sign = 1 if board.get("order", "desc") == "asc" else -1
        places: list[tuple[tuple[int, ...], str, int]] = []
        for name, user in self.users.items():
            values = self._board_values(user, board)
            if values:
                value, at, order = set_last(values)
                places.append(((sign * value, at, order), name, value))
        return [[name, value] for _, name, value in sorted(places)]

    # What came of it

    def outcome(self, at: int) -> dict[str, Any]:
        """Everything that can be seen at an instant, as plain data; changes nothing.

        Metrics are those on which the user has events; achievements those that they completed;
        points, ledgers, levels and boards are all those of the present document. `zone` is the
        setting, "" if there is none. An inactive board is empty.
        """
        assert at >= self.clock
        return {
            "users": {name: self._user_outcome(user, at) for name, user in self.users.items()},
            "boards": {
                board["key"]: self._standing(board) for board in self.entries("leaderboards")
            },
        }

    def _user_outcome(self, user: User, at: int) -> dict[str, Any]:
        streak = brought_up(user.streak, self.zone_of(user), at)
        return {
            "zone": user.zone,
            "attributes": {
                key: value
                for key, value in user.attributes.items()
                if self.entry("attributes", key) is not None
            },
            "metrics": {
                metric["key"]: decimal_string(totals[-1])
                for metric in self.entries("metrics")
                if (totals := self._totals(user, metric))
            },
            "streak": {
                "length": streak.length,
                "longest": streak.longest,
                "started": iso(streak.started),
                "period": iso(streak.period),
                "met": streak.met,
            },
            "periods": [
                [iso(row.period), iso(row.period), row.length, row.outcome, row.closed_at]
                for row in streak.rows
            ],
            "achievements": self._named(
                {number: list(completion) for number, completion in user.completions.items()},
                "achievements",
            ),
            "points": {
                system["key"]: self._points(user, system) for system in self.entries("points")
            },
            "ledger": {
                system["key"]: [
                    [award.trigger, award.amount, award.base_amount, award.total, award.at]
                    for award in self._ledger(user, system)
                ]
                for system in self.entries("points")
            },
            "levels": {
                system["key"]: self._level(user, system) for system in self.entries("points")
            },
        }

    def _named(self, by_number: Mapping[int, Any], kind: str) -> dict[str, Any]:
        """Turns numbers into keys; what is no longer in the document drops out."""
        return {
            entry["key"]: by_number[self.number(kind, entry["key"])]
            for entry in self.entries(kind)
            if self.number(kind, entry["key"]) in by_number
        }


# --- The document ---------------------------------------------------------------------------------


def entry_of(document: Document, kind: str, key: str) -> Entry | None:
    for entry in document.get(kind, []):
        if entry["key"] == key:
            return entry
    return None


def paths(document: Document) -> list[Path]:
    """Everything in the document that has an identity of its own, in the order of the document."""
    found: list[Path] = [
        (kind, entry["key"])
        for kind in ("metrics", "attributes", "achievements", "points", "leaderboards")
        for entry in document.get(kind, [])
    ]
    found += [
        ("triggers", system["key"], trigger["key"])
        for system in document.get("points", [])
        for trigger in system.get("triggers", [])
    ]
    return found


def is_active(entry: Entry) -> bool:
    return entry.get("status", "active") == "active"


def begins_to_count(before: Entry | None, now: Entry, *fields: str) -> bool:
    """Whether an entry became active, or is active and one of these fields was edited."""
    if not is_active(now):
        return False
    if before is None or not is_active(before):
        return True
    return any(with_defaults(before, name) != with_defaults(now, name) for name in fields)


def with_defaults(entry: Entry, name: str) -> Any:
    return entry.get(name, "desc" if name == "order" else None)


def set_last(values: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Of (value, at, order) in order of time: the one that set the present value."""
    setting = values[-1]
    for earlier in reversed(values):
        if earlier[0] != setting[0]:
            break
        setting = earlier
    return setting


def iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
