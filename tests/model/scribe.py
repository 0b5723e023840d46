"""Writing steps down as operations: the second half of making a history.

The scribe follows the clock, the document and the users' zones. It does not decide what becomes of
an operation, so what it knows of pauses, of boosts and of who is disabled is a guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.model.documents import Editor
from tests.model.documents_points import MULTIPLIERS, ROUNDINGS
from tests.model.operations import (
    AddBoost,
    AddPause,
    AwardPoints,
    Boost,
    ChangeBoost,
    Complete,
    Configure,
    DeleteBoost,
    DeletePause,
    EndRun,
    Event,
    GrantFreeze,
    Hide,
    Operation,
    Pass,
    Prefer,
    Reset,
    Restore,
    Said,
    Upsert,
    Void,
)
from tests.model.steps import BACK, DAY, HOUR, SECOND, Mutation, Numbers, Step, Time
from tests.model.streaks import WEEKDAYS

# Where dates come last and first.
FAR = ("Pacific/Pago_Pago", "Pacific/Kiritimati", None)


def wall_date(zone: str, at: int) -> date:
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).date()


def _midnight(zone: str, day: date) -> int:
    """About the midnight that begins a date; an hour off where clocks are changed then."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int(midnight.timestamp()) * SECOND


def _years_before(day: date, years: int) -> date:
    """The date so many years earlier; that before 29 February is the 28th."""
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    return day.replace(year=day.year - years)


@dataclass
class Scribe:
    """Turns steps into operations, following the clock, the document and the users."""

    clock: int
    users: Sequence[str]
    editor: Editor
    zones: dict[str, list[str]] = field(default_factory=dict)
    pauses: dict[str, list[date]] = field(default_factory=dict)  # their ends
    boosts: dict[str, list[Boost]] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    operations: list[Operation] = field(default_factory=list)

    def configure(self, mutations: Sequence[Mutation]) -> None:
        self.editor.today = wall_date("UTC", self.clock)
        for mutation in mutations:
            self.editor.mutate(mutation)
        self.operations.append(Configure(self.clock, self.editor.publish()))

    def write(self, step: Step | None) -> None:
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
                said = self._zone(step.zone, user), self._declared(step.attributes)
                signed_up = self._signed_up(step.signs_up, user)
                self.operations.append(Upsert(self.clock, user, *said, signed_up))
            case "complete":
                self._complete(step, user)
            case "anniversary":
                self._anniversary(step, user)
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
            case "boost":
                self._boost(step.numbers, user)
            case "award":
                self._award(step.numbers, user)
            case "void":
                self._void(step.back)
            case "hide":
                self._hide(step.numbers, user)
            case "end run":
                self._end_run(step.numbers)
            case "date line":
                self._date_line(step, user)

    def _event(self, step: Step, user: str) -> None:
        metrics = self.editor.document["metrics"]
        event = Event(
            at=self.clock,
            user=user,
            metric=metrics[step.metric % len(metrics)]["key"],
            value=step.value,
            zone=self._zone(step.zone, user),
            attributes=self._declared(step.attributes),
            key=step.key,
            event_attributes=self._declared(step.event_attributes),
            signed_up=self._signed_up(step.signs_up, user),
        )
        self.operations.append(event)
        for _ in range(step.days - 1):
            wait = Time("own midnight", 9 * HOUR + (step.stride - 1) * DAY)
            self.clock = self._instant(wait, user)
            again = replace(event, at=self.clock, zone=None, attributes=None, key=None)
            self.operations.append(replace(again, signed_up=None))

    def _retry(self, step: Step) -> None:
        """Sends one of the last events with a key again, if it still means anything."""
        metrics = [metric["key"] for metric in self.editor.document["metrics"]]
        sent = [
            operation
            for operation in self.operations
            if isinstance(operation, Event) and operation.key and operation.metric in metrics
        ]
        if sent:
            again = sent[max(0, len(sent) - 1 - step.back)]
            again = replace(again, at=self.clock, attributes=self._declared(again.attributes))
            of_event = self._declared(again.event_attributes)
            self.operations.append(replace(again, event_attributes=of_event))

    def _complete(self, step: Step, user: str) -> None:
        """Mostly an achievement that the product can complete; rarely one that does not exist."""
        achievements = self.editor.document["achievements"]
        ours = [each["key"] for each in achievements if each["trigger"] == "api"]
        if not ours or step.numbers[0] == 11:
            ours = [each["key"] for each in achievements] or ["a9"]
        complete = Complete(
            at=self.clock,
            user=user,
            achievement=ours[step.numbers[1] % len(ours)],
            zone=self._zone(step.zone, user),
            attributes=self._declared(step.attributes),
            signed_up=self._signed_up(step.signs_up, user),
        )
        self.operations.append(complete)

    def _anniversary(self, step: Step, user: str) -> None:
        """Has an anniversary tomorrow or the day after; waits for it, or flies towards it."""
        days = 1 + step.numbers[0] % 2
        day = wall_date(self._own_zone(user), self.clock) + timedelta(days=days)
        signed_up = _years_before(day, 1 + step.numbers[1] % 3)
        self.operations.append(Upsert(self.clock, user, signed_up=signed_up))
        amount = (-1, 0, 1, HOUR, -HOUR, -HOUR, -HOUR, -HOUR)[step.numbers[2] % 8]
        then = self._instant(Time("own midnight", amount, days=days - 1), user)
        self.clock = max(self.clock, then)
        if amount == -HOUR:
            zone = "Pacific/Kiritimati"
            self._zone(zone, user)
            flight = (Upsert(self.clock, user, zone), self._plain_event(user, zone))
            self.operations.append(flight[step.numbers[3] % 2])
        else:
            arrival = (Pass(self.clock), self._plain_event(user))
            self.operations.append(arrival[step.numbers[3] % 2])

    def _signed_up(self, numbers: Numbers, user: str) -> Said:
        """Mostly such that years are over about now; rarely in the future, or taken away."""
        if not numbers:
            return None
        today = wall_date(self._own_zone(user), self.clock)
        match numbers[0]:
            case 0:
                return ""
            case 1:
                return today + timedelta(days=1)
            case 2:
                return date(today.year - today.year % 4 - numbers[1] % 2 * 4, 2, 29)
            case _:
                days = (-1, 0, 1, 1, 2, 3, -30, -100)[numbers[1] % 8]
                return _years_before(today + timedelta(days=days), 1 + numbers[2] % 4)

    def _boost(self, numbers: Numbers, user: str) -> None:
        """Mostly a new one; else one that the user has is changed or taken away, or had been."""
        systems = [each["key"] for each in self.editor.document["points"]]
        active = [
            each["key"] for each in self.editor.document["points"] if each["status"] == "active"
        ]
        known = self.boosts.setdefault(user, [])
        if numbers[0] < 7 or not known:
            if active:
                boost = self._new_boost(active[numbers[1] % len(active)], numbers, user)
                known.append(boost)
                self.operations.append(AddBoost(self.clock, user, boost))
            return
        index = 1 + numbers[1] % (len(known) + (numbers[2] >= 9))
        if numbers[0] >= 10:
            self.operations.append(DeleteBoost(self.clock, user, index))
            return
        boost = known[min(index, len(known)) - 1]
        if boost.system in systems:
            changes = (
                {"is_active": not boost.is_active},
                {"multiplier": str(MULTIPLIERS[numbers[3] % len(MULTIPLIERS)])},
                {"end": None, "rounding": ROUNDINGS[numbers[3] % 3]},
                {},
            )
            boost = replace(boost, **changes[numbers[2] % 4])
            known[min(index, len(known)) - 1] = boost
            self.operations.append(ChangeBoost(self.clock, user, index, boost))

    def _new_boost(self, system: str, numbers: Numbers, user: str) -> Boost:
        today = wall_date(self._own_zone(user), self.clock)
        start = today + timedelta(days=(-1, 0, 0, 1, -9, 0)[numbers[2] % 6])
        length = (None, 0, 1, 3, 7, None)[numbers[3] % 6]
        return Boost(
            system=system,
            start=start,
            end=None if length is None else start + timedelta(days=length),
            multiplier=str(MULTIPLIERS[numbers[4] % len(MULTIPLIERS)]),
            rounding=ROUNDINGS[numbers[5] % 3],
        )

    def _award(self, numbers: Numbers, user: str) -> None:
        systems = self.editor.document["points"]
        if systems:
            amount = (1, 2, 5, 30, -1, -3, -20, 4, -2, 7, 1, 0)[numbers[1]]
            key = systems[numbers[0] % len(systems)]["key"]
            self.operations.append(AwardPoints(self.clock, user, key, amount))

    def _void(self, back: int) -> None:
        events = [each for each in self.operations if isinstance(each, Event)]
        self.operations.append(Void(self.clock, max(0, len(events) - 1 - back)))

    def _hide(self, numbers: Numbers, user: str) -> None:
        """Mostly who is not, or shows who is; sometimes after a while or once more."""
        is_hidden = user in self.hidden
        if numbers[0] < 10:
            is_hidden = not is_hidden
        (self.hidden.add if is_hidden else self.hidden.discard)(user)
        self.operations.append(Hide(self.clock, user, is_hidden))

    def _end_run(self, numbers: Numbers) -> None:
        """Mostly of a board that there is."""
        boards = [each["key"] for each in self.editor.document["leaderboards"]]
        key = boards[numbers[0] % len(boards)] if boards and numbers[1] < 11 else "b9"
        self.operations.append(EndRun(self.clock, key))

    def _date_line(self, step: Step, user: str) -> None:
        """Waits where runs open and where they are over, about 10:00 and 12:00 UTC.

        Before, one user acts where dates come last or first; then another one does, and something
        is done about what counted before.
        """
        numbers = step.numbers
        attributes = self._declared(step.attributes)
        self._act_in(FAR[numbers[0] % 3], user, attributes and dict.fromkeys(attributes, "blue"))
        amount = (-HOUR // 2, -1, 0, HOUR // 2, -HOUR // 2, -HOUR // 2)[numbers[2] % 6]
        hour, days = (10, 12)[numbers[1] % 2], (0, 0, 0, -1, 0, 1)[numbers[3] % 6]
        wait = Time("midnight", hour * HOUR + amount, days=days)
        self.clock = max(self.clock, self._instant(wait, user))
        other = self.users[(step.user + numbers[4] // 4) % len(self.users)]
        self._act_in(FAR[numbers[4] % 4 // 2 - 1], other, attributes)
        match numbers[5]:
            case 0 | 1 | 2:
                self._void(1)
            case 3:
                self._void(0)
            case 4 | 5:
                self._hide(numbers, user)
            case 6:
                self._end_run(numbers)
            case 7 | 8:
                self.operations.append(Upsert(self.clock, user, attributes=attributes))
            case _:
                self._act_in(None, self.users[(step.user + 2) % len(self.users)], None)

    def _act_in(self, zone: str | None, user: str, attributes: dict[str, str] | None) -> None:
        self._zone(zone, user)
        self.operations.append(replace(self._plain_event(user, zone), attributes=attributes))

    def _travel(self, step: Step, user: str) -> None:
        """Goes through some zones; every second stop has an event, some a pause from today on."""
        for place, (zone, stay) in enumerate(step.journey):
            self._zone(zone, user)
            if place % 2:
                self.operations.append(self._plain_event(user, zone))
            else:
                self.operations.append(Upsert(self.clock, user, zone))
            if stay == 6 * HOUR:
                today = wall_date(self._own_zone(user), self.clock)
                self.operations.append(AddPause(self.clock, user, today, today))
            self.clock += stay

    def _lapse(self, step: Step, user: str) -> None:
        """Stays away until the streak is over or nearly so, and then asks for it back.

        Ninety days and the turn of the year are where lengths are too old to be given back.
        """
        days = (1, 1, 2, 2, 8, 8, 15, 33, 64, 88, 89, 90)[step.numbers[0]]
        wait = "own year" if step.numbers[1] == 11 else "own midnight"
        self.clock = self._instant(Time(wait, 9 * HOUR, days=days), user)
        if step.numbers[1] % 3 == 0:
            self.operations.append(self._plain_event(user))
        self.operations.append(Restore(self.clock, user))
        if step.numbers[2] % 3 != 0:
            self.clock = self._instant(Time("own midnight", 9 * HOUR), user)
            self.operations.append(self._plain_event(user))

    def _plain_event(self, user: str, zone: str | None = None) -> Event:
        """One that mostly meets a period."""
        metric = self.editor.document["metrics"][0]["key"]
        return Event(self.clock, user, metric, "3", zone)

    def _pause(self, step: Step, user: str) -> None:
        """Mostly of a few days from today or a little later; rarely in the past, or of no days.

        Some are taken back soon, which is before they are over.
        """
        today = wall_date(self._own_zone(user), self.clock)
        start = today + timedelta(days=(0, 0, 0, 1, 1, 1, 2, 3, 6, 20, -1, -9)[step.numbers[0]])
        length = (0, 0, 0, 1, 1, 2, 2, 5, 9, 40, 150, -1)[step.numbers[1]]
        end = start + timedelta(days=length)
        if today <= start <= end:
            self.pauses.setdefault(user, []).append(end)
        self.operations.append(AddPause(self.clock, user, start, end))
        if step.numbers[2] < 4:
            wait = ("microseconds", "own midnight")[step.numbers[2] % 2]
            self.clock = self._instant(Time(wait, HOUR), user)
            self._unpause(step, user)

    def _unpause(self, step: Step, user: str) -> None:
        """Mostly the last pause that is not over, perhaps again; rarely one that does not exist."""
        today = wall_date(self._own_zone(user), self.clock)
        ends = self.pauses.get(user, [])
        indexes = [index for index, end in enumerate(ends, start=1) if end >= today]
        if not indexes or step.numbers[0] == 11:
            indexes = [0, len(ends) + 1]
        index = indexes[-1 - step.numbers[1] // 8 % len(indexes)]
        self.operations.append(DeletePause(self.clock, user, index))

    def _prefer(self, step: Step, user: str) -> None:
        preferences = self.editor.preferences(step.numbers, is_disabled=user in self.disabled)
        if preferences.get("enabled", True) is False:
            self.disabled.add(user)
        elif "enabled" in preferences:
            self.disabled.discard(user)
        self.operations.append(Prefer(self.clock, user, preferences))

    def _instant(self, time: Time, user: str) -> int:
        zone = time.zone if time.wait == "midnight" else self._own_zone(user)
        day = wall_date(zone, self.clock) + timedelta(days=1 + time.days)
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
        """Leaves out what the document does not declare: the engine would refuse it.

        No attribute of users has the key of one of events.
        """
        declared = [attribute["key"] for attribute in self.editor.document["attributes"]]
        kept = {key: value for key, value in (attributes or {}).items() if key in declared}
        return kept or None
