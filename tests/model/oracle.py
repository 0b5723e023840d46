"""The rules of SPEC.md once more, as slowly and as plainly as they can be said.

The model test plays one history to the engine and to this oracle and compares what comes out. So
the oracle imports nothing of the engine and has no cleverness to get wrong. Totals, peaks, period
sums, levels and boards are worked out anew from the raw list of what happened whenever they are
asked for; amounts are fractions; midnights are found by walking through UTC.

All that is remembered of a user is what they did (`events`), what they got (`awards` and
`completions`), what they set, and where their streaks and freezes stand. The last, which is what
changes by itself as time passes, is an immutable value: see tests/model/streaks.py.

Here everybody is brought up to the instant of every operation. The engine does it later or in
another order, and has to end up the same: that is SPEC 2.7 put to the test.

Scope: metrics, users, zones, attributes, streaks, metric and streak achievements, points with
metric and achievement triggers, perpetual boards.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import accumulate
from math import floor
from typing import Any, Literal, assert_never

from tests.model.histories import (
    AddPause,
    Configure,
    DeletePause,
    Event,
    GrantFreeze,
    Operation,
    Pass,
    Prefer,
    Reset,
    Restore,
    StreakCommand,
    Upsert,
)
from tests.model.streaks import (
    FREQUENCIES,
    Frequency,
    InForce,
    Pause,
    Progress,
    Row,
    brought_up,
    earned,
    earning_dates,
    ended,
    expires,
    extended,
    first_day,
    granted,
    is_over_somewhere,
    local_date,
    moved,
    restore_window,
    to_restore,
    zone_exists,
)

Answer = Literal["applied", "repeated", "refused"]
Document = dict[str, Any]
Entry = dict[str, Any]
# What tells things of the document apart: kind and key; a trigger's system comes in between.
Path = tuple[str, ...]

EMPTY_DOCUMENT: Document = {"defaultTimeZone": "UTC", "metrics": []}

# SPEC 4.1
LARGEST_VALUE = 10**12
LARGEST_TOTAL = 9 * 10**12


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
class Preferences:
    """A user's own settings; None is as configured. A condition names its metric by number."""

    is_enabled: bool = True
    evaluation_mode: str | None = None
    conditions: tuple[tuple[int, Fraction], ...] | None = None
    days_off: tuple[int, ...] | None = None


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
    progress: Progress = field(default_factory=Progress)
    # Where and when they were made, and up to when `progress` has been brought.
    made_on: date = date.min
    brought_up_to: int = 0
    preferences: Preferences = Preferences()
    # In the order of their making: a pause is deleted by its place, counted from 1.
    pauses: list[Pause] = field(default_factory=list)
    resets: list[tuple[date, int]] = field(default_factory=list)
    # The operation that last reset or disabled the streaks: what came before is in no sum.
    emptied_by: int = 0


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
            user.progress = self._progress(user, at)
            user.brought_up_to = at
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
            case _:
                self._streak_command(operation)

    # What is in the document

    def entries(self, kind: str) -> list[Entry]:
        return self.document.get(kind, [])

    def entry(self, kind: str, key: str) -> Entry | None:
        return entry_of(self.document, kind, key)

    def number(self, *path: str) -> int:
        return self.numbers[path]

    def zone_of(self, user: User) -> str:
        return user.zone or self.document.get("defaultTimeZone", "UTC")

    def week_start(self) -> str:
        return self.document.get("weekStart", "monday")

    def frequency(self) -> Frequency:
        return frequency_of(self.document)

    def customizes(self) -> bool:
        """Whether the users' own settings are applied."""
        return self.document.get("streaks", {}).get("customizationEnabled", False)

    def in_force(self, user: User) -> InForce:
        """The settings that decide over the user's periods and freezes."""
        settings = self.document.get("streaks", {})
        days_off = settings.get("daysOff", [])
        if self.customizes() and user.preferences.days_off is not None:
            days_off = user.preferences.days_off
        return InForce(
            frequency=self.frequency(),
            week_start=self.week_start(),
            zone=self.zone_of(user),
            days_off=tuple(days_off) if self.frequency() == "daily" else (),
            pauses=tuple(pause for pause in user.pauses if not pause.is_deleted),
            freezes=settings.get("freezes"),
            is_enabled=user.preferences.is_enabled,
            made_on=user.made_on,
        )

    def conditions(self, user: User) -> tuple[str, list[tuple[int, Fraction]]]:
        """The evaluation mode and the conditions that count for a user, metrics by number."""
        settings = self.document.get("streaks", {})
        mode = settings.get("evaluationMode", "OR")
        conditions = [
            (self.number("metrics", condition["key"]), exact(condition["threshold"]))
            for condition in settings.get("metrics", [])
        ]
        if not self.customizes():
            return mode, conditions
        present = [self.number("metrics", metric["key"]) for metric in self.entries("metrics")]
        own = [each for each in user.preferences.conditions or () if each[0] in present]
        return user.preferences.evaluation_mode or mode, own or conditions

    # Time

    def _progress(self, user: User, at: int) -> Progress:
        """What the user will be at an instant if nothing else happens until then."""
        return brought_up(user.progress, self.in_force(user), user.brought_up_to, at)

    def _today(self, user: User, progress: Progress, at: int) -> date:
        """The local date that a command would have: in the user's zone, and never an earlier one.

        It is not earlier than that of their last command, nor in a period that is closed.
        """
        closed_up_to = [streak.resumes_on for streak in progress.streaks.values()]
        return max(local_date(self.zone_of(user), at), user.last_date, *closed_up_to)

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
            has_another_frequency = frequency_of(before) != self.frequency()
            if begins_to_count(
                old, achievement, "trigger", "metricKey", "metricValue", "streakLength"
            ) or (
                has_another_frequency
                and achievement["trigger"] == "streak"
                and is_active(achievement)
            ):
                self._backdate(achievement)

    def _backdate(self, achievement: Entry) -> None:
        """SPEC 6.4: everybody who qualifies completes it now, without points."""
        number = self.number("achievements", achievement["key"])
        for user in self.users.values():
            if achievement["trigger"] == "metric":
                qualifies = self._total_qualifies(user, achievement)
            else:
                longest = user.progress.streaks[self.frequency()].longest
                qualifies = longest >= achievement["streakLength"]
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
        known = self.users.get(operation.user)
        user = known or User(number=len(self.users) + 1)
        self.users[operation.user] = user
        for key, value in (operation.attributes or {}).items():
            user.attributes[key] = value
        zone_before = self.zone_of(user)
        if operation.zone is not None:
            user.zone = operation.zone
        if known is None:
            user.made_on = local_date(self.zone_of(user), self.clock)
            user.brought_up_to = self.clock
            freezes = self.in_force(user).freezes
            if freezes is not None:
                self._grant(user, "initial_grant", freezes["startCount"])
        user.last_date = self._today(user, user.progress, self.clock)
        if known is not None:
            self._move(user, zone_before)
        return user

    def _move(self, user: User, zone_before: str) -> None:
        """Closes what is over in the zone now in effect, then earns at the dates jumped over."""
        force = self.in_force(user)
        for frequency in FREQUENCIES:
            user.progress = moved(user.progress, frequency, force, user.last_date, self.clock)
        days = [local_date(zone, self.clock) for zone in (zone_before, force.zone)]
        for day in earning_dates(force, days[0], days[1]):
            user.progress = earned(user.progress, force, day, self.clock)

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
        met: list[Frequency] = [each for each in FREQUENCIES if self._meets_the_period(user, each)]
        for frequency in met:
            period = first_day(frequency, user.last_date, self.week_start())
            streak = extended(user.progress.streaks[frequency], period, self.clock, self.order)
            user.progress = user.progress.with_streak(frequency, streak)
        has_extended = self.frequency() in met
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

    # Streaks (SPEC 5)

    def _meets_the_period(self, user: User, frequency: Frequency) -> bool:
        """Whether the event just counted meets a period that was not met yet."""
        if not user.preferences.is_enabled or user.progress.streaks[frequency].met:
            return False
        mode, conditions = self.conditions(user)
        satisfied = [
            self._satisfies(user, frequency, metric, threshold) for metric, threshold in conditions
        ]
        return bool(satisfied) and (all(satisfied) if mode == "AND" else any(satisfied))

    def _satisfies(
        self, user: User, frequency: Frequency, number: int, threshold: Fraction
    ) -> bool:
        """Compares the aggregate of the period's events: those that bear a date of it.

        They need no further test but for a reset, since no command comes into a period once closed.
        """
        [metric] = [
            metric
            for metric in self.entries("metrics")
            if self.number("metrics", metric["key"]) == number
        ]
        period = first_day(frequency, user.last_date, self.week_start())
        values = [
            event.value
            for event in user.events
            if event.metric == number
            and first_day(frequency, event.date, self.week_start()) == period
            and event.order > user.emptied_by
        ]
        return bool(values) and running_totals(metric, values)[-1] >= threshold

    def _streak_command(self, operation: StreakCommand) -> None:
        user = self.users.get(operation.user)
        if user is None or self._refuses(user, operation):
            self.last_answer = "refused"
            return
        if isinstance(operation, Prefer) and self._preferred(user, operation) == user.preferences:
            return  # says nothing new and leaves no trace, like such an upsert
        user.last_date = self._today(user, user.progress, self.clock)
        match operation:
            case GrantFreeze():
                self._grant(user, "manual", 1)
            case AddPause(start=start, end=end):
                user.pauses.append(Pause(start, end))
            case DeletePause(index=index):
                user.pauses[index - 1] = replace(user.pauses[index - 1], is_deleted=True)
            case Reset():
                self._end_streaks(user)
                self._forget_rows(user)
                user.resets.append((user.last_date, self.clock))
            case Restore():
                self._restore(user)
            case Prefer():
                was_enabled = user.preferences.is_enabled
                user.preferences = self._preferred(user, operation)
                if was_enabled and not user.preferences.is_enabled:
                    self._end_streaks(user)
            case _:
                assert_never(operation)

    def _refuses(self, user: User, operation: StreakCommand) -> bool:
        """Whether a command of a known user is refused."""
        match operation:
            case GrantFreeze():
                freezes = self.in_force(user).freezes
                return freezes is None or user.progress.balance >= freezes["maxCount"]
            case AddPause(start=start, end=end):
                return end < start or start < self._today(user, user.progress, self.clock)
            case DeletePause(index=index):
                if not 1 <= index <= len(user.pauses):
                    return True
                pause = user.pauses[index - 1]
                # What is long over the engine may have forgotten: so the player does not ask it.
                return pause.is_deleted or is_over_somewhere(pause.end, self.clock)
            case Restore():
                return not user.preferences.is_enabled or self._row_to_restore(user) is None
            case Prefer(streak=changes):
                return bool(changes.keys() - {"enabled"}) and not self.customizes()
            case Reset():
                return False

    def _grant(self, user: User, reason: Literal["initial_grant", "manual"], amount: int) -> None:
        force = self.in_force(user)
        user.progress = granted(user.progress, force, reason, amount, at=self.clock)

    def _end_streaks(self, user: User) -> None:
        """Ends them all, and empties the sums of the open periods."""
        for frequency, streak in user.progress.streaks.items():
            user.progress = user.progress.with_streak(frequency, ended(streak))
        user.emptied_by = self.order

    def _forget_rows(self, user: User) -> None:
        """Lets no restore give back what is on record by now."""
        for frequency, streak in user.progress.streaks.items():
            forgotten = replace(streak, rows_before_reset=len(streak.rows))
            user.progress = user.progress.with_streak(frequency, forgotten)

    def _row_to_restore(self, user: User) -> Row | None:
        today = self._today(user, user.progress, self.clock)
        window = restore_window(self.frequency(), today, self.week_start())
        return to_restore(user.progress.streaks[self.frequency()], window)

    def _restore(self, user: User) -> None:
        frequency = self.frequency()
        streak = user.progress.streaks[frequency]
        row = self._row_to_restore(user)
        assert row is not None
        period = first_day(frequency, user.last_date, self.week_start())
        assert streak.period in (None, period)
        streak = replace(
            streak,
            length=row.length,
            started=row.started,
            period=period,
            set_at=self.clock,
            set_order=self.order,
        )
        user.progress = user.progress.with_streak(frequency, streak)

    def _preferred(self, user: User, operation: Prefer) -> Preferences:
        """The user's settings after a change of some; null takes one back."""
        preferences = user.preferences
        for name, value in operation.streak.items():
            match name:
                case "enabled":
                    preferences = replace(preferences, is_enabled=value is not False)
                case "evaluationMode":
                    preferences = replace(preferences, evaluation_mode=value)
                case "daysOff":
                    days = None if value is None else tuple(value)
                    preferences = replace(preferences, days_off=days)
                case "metrics":
                    conditions = None
                    if value is not None:
                        conditions = tuple(
                            (self.number("metrics", each["key"]), exact(each["threshold"]))
                            for each in value
                        )
                    preferences = replace(preferences, conditions=conditions)
                case _:
                    raise AssertionError(name)
        return preferences

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
            and user.progress.streaks[self.frequency()].length >= achievement["streakLength"]
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

    def _board_values(
        self, user: User, progress: Progress, board: Entry
    ) -> list[tuple[int, int, int]]:
        """What the user had on the board after each operation: (value, at, order).

        On a streak board only what they have now: each length but 0 is reached once in a streak.
        """
        if board["rankBy"] == "streak":
            streak = progress.streaks[self.frequency()]
            return [(streak.length, streak.set_at, streak.set_order)] if streak.length else []
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

    def _standing(self, board: Entry, progress: Mapping[str, Progress]) -> list[list[Any]]:
        """Everybody on the board in order; `maxParticipants` is not applied.

        Ties: whose present value was set earlier, within one instant by order of the commands. A
        board that is seeded later shows the order that it would have had all along.
        """
        if not is_active(board):
            return []
        sign = 1 if board.get("order", "desc") == "asc" else -1
        places: list[tuple[tuple[int, ...], str, int]] = []
        for name, user in self.users.items():
            values = self._board_values(user, progress[name], board)
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
        progress = {name: self._progress(user, at) for name, user in self.users.items()}
        return {
            "users": {
                name: self._user_outcome(user, progress[name], at)
                for name, user in self.users.items()
            },
            "boards": {
                board["key"]: self._standing(board, progress)
                for board in self.entries("leaderboards")
            },
        }

    def _user_outcome(self, user: User, progress: Progress, at: int) -> dict[str, Any]:
        force = self.in_force(user)
        today = self._today(user, progress, at)
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
            "streaks": {
                frequency: {
                    "length": streak.length,
                    "longest": streak.longest,
                    "started": iso(streak.started),
                    "period": iso(streak.period),
                    "met": streak.met,
                }
                for frequency, streak in progress.streaks.items()
            },
            "periods": {
                frequency: [
                    [iso(row.period), iso(row.end), row.length, row.outcome, row.closed_at]
                    for row in streak.rows
                ]
                for frequency, streak in progress.streaks.items()
            },
            "resets": [[iso(day), reset_at] for day, reset_at in user.resets],
            "freezes": {
                "balance": progress.balance,
                "ledger": [
                    [
                        *(row.reason, row.amount, row.balance),
                        iso(row.date) if row.reason == "consumed" else None,
                        row.at,
                    ]
                    for row in progress.freezes
                ],
            },
            "pauses": [
                [iso(pause.start), iso(pause.end)] for pause in force.pauses if pause.end >= today
            ],
            "expires": iso(expires(progress.streaks[self.frequency()], self.frequency(), force)),
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


def frequency_of(document: Document) -> Frequency:
    return document.get("streaks", {}).get("frequency", "daily")


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
