"""What a history is drawn from, and the steps that are drawn: the first half of making one.

Steps know nothing of each other, nor of the document: "an event of the second user on the third
metric, just before midnight". Numbers stand for choices that depend on what there is; they are
taken modulo that when steps are written down (tests/model/histories.py).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


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
    "2023-03-01T00:00",  # the anniversaries of 29 February, in a common year
    "2024-03-01T00:00",  # and in a leap year
)

# Where those who travel go more often than elsewhere: to the next date, and back to the last one.
FAR_ZONES = (*ZONES, "", *("Pacific/Kiritimati", "Pacific/Pago_Pago") * 4)

USERS = ("u0", "u1", "u2", "u3", "u4")
# A streak lives only if its user comes every day, so most histories have few users.
USER_COUNTS = (1, 1, 2, 2, 3, 5)
VALUES = (
    *("1", "1", "1", "2", "2", "3", "5", "10", "0", "-1", "-2", "-7"),
    *("0.1", "0.5", "2.5", "-0.5", "0.000001", "-0.000001", "0.999999"),
    *("1.0000005", "1.0000015", "-0.0000005", "0.0000004"),  # half-even, and less than a millionth
)
HUGE_VALUES = ("1000000000000", "-1000000000000", "1000000000001")
KEYS = (*(None,) * 20, "k0", "k1", "k2", "k3", "k4")
ATTRIBUTES = ("x0", "x1")
EVENT_ATTRIBUTE = "y0"
ATTRIBUTE_VALUES = ("red", "red", "blue", "")

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


class Chance(Protocol):
    """Where choices come from: hypothesis, or a seeded generator."""

    def pick(self, options: Sequence[T], /) -> T: ...

    def between(self, low: int, high: int, /) -> int: ...


class Drawn:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def pick(self, options: Sequence[T], /) -> T:
        return self._draw(st.sampled_from(options))

    def between(self, low: int, high: int, /) -> int:
        return self._draw(st.integers(low, high))


class Seeded:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def pick(self, options: Sequence[T], /) -> T:
        return options[self._rng.randrange(len(options))]

    def between(self, low: int, high: int, /) -> int:
        return self._rng.randint(low, high)


# --- Steps ----------------------------------------------------------------------------------------

Wait = Literal["microseconds", "midnight", "own midnight", "own week", "own month", "own year"]
Kind = Literal[
    "metric", "attribute", "streak", "achievement", "points", "trigger", "boost", "level", "board"
]
Action = Literal["add", "edit", "status", "rename", "remove"]
StepKind = Literal[
    "event",
    "upsert",
    "complete",
    "anniversary",
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
    "boost",
    "award",
    "void",
    "hide",
    "end run",
    "date line",
]
# Each from 0 to 11.
Numbers = tuple[int, ...]
BACK = "back"  # to the zone that the user had before the present one


@dataclass(frozen=True)
class Time:
    """How long to wait: so many microseconds, after the next midnight somewhere or at once.

    The midnight may be one that begins a week, a month or a year. So many `days` go by before it.
    """

    wait: Wait = "microseconds"
    amount: int = 0
    zone: str = "UTC"
    days: int = 0


@dataclass(frozen=True)
class Mutation:
    """A change of the document."""

    kind: Kind
    action: Action
    which: int
    numbers: Numbers


@dataclass(frozen=True)
class Step:
    """One operation to be, or some; which fields matter depends on `kind`."""

    kind: StepKind
    time: Time
    user: int
    metric: int = 0
    value: str = "1"
    zone: str | None = None
    attributes: dict[str, str] | None = None
    event_attributes: dict[str, str] | None = None
    signs_up: Numbers = ()
    key: str | None = None
    days: int = 1  # the same event again on the days that follow
    stride: int = 1  # or on every so manieth of them
    back: int = 0
    mutations: tuple[Mutation, ...] = ()
    numbers: Numbers = ()
    journey: tuple[tuple[str, int], ...] = ()  # zones, and how long to stay


def draw_time(chance: Chance) -> Time:
    match chance.between(0, 17):
        case 0 | 1:
            return Time(amount=0)
        case 2:
            return Time(amount=chance.between(1, 3))
        case 3:
            return Time(amount=chance.between(1, 7200) * SECOND)
        case 4 | 5:
            return Time(amount=chance.between(1, 30) * HOUR)
        case 6:
            return Time(amount=chance.between(1, 3) * DAY)
        case 7 if chance.between(0, 2) == 2:
            return Time(amount=chance.between(4, 60) * DAY)
        case 7 if chance.between(0, 5) == 5:
            return Time(amount=chance.between(100, 400) * DAY)
        case 7 | 8:
            return Time("midnight", chance.between(-1, 1), chance.pick(ZONES))
        case 9:
            return Time("own midnight", chance.between(-1, 1))
        case 10:
            return _draw_period_end(chance)
        case _:
            return Time("own midnight", chance.between(0, 23) * HOUR)


def _draw_period_end(chance: Chance) -> Time:
    """Around the end of a week or month, the present one or the next."""
    amount = chance.pick((-HOUR, -1, 0, 1, HOUR, 10 * HOUR))
    if chance.between(0, 1):
        return Time("own month", amount, days=chance.pick((0, 28)))
    return Time("own week", amount, days=chance.pick((0, 7)))


def _draw_evening(chance: Chance) -> Time:
    """The last hour of the next period: nobody did anything in it so far."""
    match chance.between(0, 2):
        case 0:
            return Time("own midnight", -HOUR, days=1)
        case 1:
            return Time("own week", -HOUR, days=7)
        case _:
            return Time("own month", -HOUR, days=28)


def _draw_zone(chance: Chance) -> str | None:
    match chance.between(0, 9):
        case 7 | 8:
            return chance.pick(FAR_ZONES)
        case 9:
            return BACK
        case _:
            return None


def _draw_attributes(chance: Chance, often: int = 1) -> dict[str, str] | None:
    """With a chance of `often` to 7."""
    if chance.between(0, 7) < 8 - often:
        return None
    return {
        chance.pick(ATTRIBUTES): chance.pick(ATTRIBUTE_VALUES)
        for _ in range(chance.pick((1, 1, 2)))
    }


def _draw_sign_up(chance: Chance, often: int = 1) -> Numbers:
    return draw_numbers(chance) if chance.between(0, 11) > 11 - often else ()


def draw_mutation(chance: Chance, *, adds_only: bool = False) -> Mutation:
    kinds: tuple[Kind, ...] = (
        *("streak", "achievement", "points", "trigger", "board", "level", "metric", "attribute"),
        *("achievement", "trigger", "board", "streak", "boost", "trigger", "attribute"),
        *("achievement", "trigger", "boost", "achievement", "trigger", "board", "board", "board"),
    )
    actions: tuple[Action, ...] = (
        *("add", "add", "edit", "edit", "status", "status", "remove", "rename"),
    )
    return Mutation(
        kind=chance.pick(kinds),
        action="add" if adds_only else chance.pick(actions),
        which=chance.between(0, 3),
        numbers=draw_numbers(chance, 8),
    )


def draw_numbers(chance: Chance, count: int = 3) -> Numbers:
    return tuple(chance.between(0, 11) for _ in range(count))


def _draw_journey(chance: Chance) -> tuple[tuple[str, int], ...]:
    """Some zones within days. A stay of a day or more is long enough to leave a period unmet."""
    return tuple(
        (chance.pick(FAR_ZONES), chance.pick((25, 1, 6, 13, 24, 26, 30)) * HOUR)
        for _ in range(chance.between(2, 6))
    )


def draw_step(chance: Chance) -> Step | None:
    """A step, or rarely none: the simplest thing that hypothesis can make of a step is nothing."""
    what = chance.between(0, 56)
    if what == 0:
        return None
    time = draw_time(chance)
    user = chance.between(0, len(USERS) - 1)
    match what:
        case 17 | 18:
            return Step(
                "upsert",
                time,
                user,
                zone=_draw_zone(chance),
                attributes=_draw_attributes(chance, 5),
                signs_up=_draw_sign_up(chance, 4),
            )
        case 19 | 20 | 21 | 42:
            mutations = tuple(draw_mutation(chance) for _ in range(chance.between(1, 3)))
            return Step("configure", time, user, mutations=mutations)
        case 22:
            return Step("pass", time, user)
        case 23:
            return Step("retry", time, user, back=chance.between(0, 5))
        case 24 | 43 | 52 | 54:
            time = _draw_evening(chance) if chance.between(0, 3) else time
            return Step("travel", time, user, journey=_draw_journey(chance))
        case 25:
            return Step("freeze", time, user)
        case 26 | 27:
            kind: StepKind = chance.pick(("pause", "pause", "unpause"))
            return Step(kind, time, user, numbers=draw_numbers(chance))
        case 28:
            return Step(chance.pick(("restore", "restore", "reset")), time, user)
        case 29:
            return Step("lapse", Time(), user, numbers=draw_numbers(chance))
        case 30 | 31:
            return Step("prefer", time, user, numbers=draw_numbers(chance))
        case 32 | 33:
            return Step(
                "complete",
                time,
                user,
                zone=_draw_zone(chance),
                attributes=_draw_attributes(chance, 2),
                signs_up=_draw_sign_up(chance),
                numbers=draw_numbers(chance),
            )
        case 34 | 35 | 44:
            return Step("boost", time, user, numbers=draw_numbers(chance, 6))
        case 36:
            return Step("award", time, user, numbers=draw_numbers(chance))
        case 37 | 38 | 39:
            return Step("void", time, user, back=chance.pick((0, 0, 0, 1, 1, 2, 4, 9)))
        case 40 | 41 | 45 | 53 | 55:
            return Step("anniversary", time, user, numbers=draw_numbers(chance, 4))
        case 56:
            mutation = Mutation("streak", "edit", 0, (0, *draw_numbers(chance, 7)))
            return Step("configure", time, user, mutations=(mutation,))
        case 51:
            action: Action = chance.pick(("edit", "edit", "edit", "status", "add"))
            mutation = Mutation("board", action, 0, draw_numbers(chance, 8))
            return Step("configure", time, user, mutations=(mutation,))
        case 46:
            return Step("hide", time, user, numbers=draw_numbers(chance))
        case 47:
            return Step("end run", time, user, numbers=draw_numbers(chance))
        case 48 | 49 | 50:
            return Step(
                "date line",
                time,
                user,
                attributes=_draw_attributes(chance, 5),
                numbers=draw_numbers(chance, 6),
            )
        case _:
            return _draw_event(chance, time, user)


def _draw_event(chance: Chance, time: Time, user: int) -> Step:
    event_attributes = None
    if chance.between(0, 1):
        event_attributes = {EVENT_ATTRIBUTE: chance.pick(ATTRIBUTE_VALUES)}
    return Step(
        "event",
        time,
        user,
        metric=chance.between(0, 2),
        value=chance.pick(VALUES if chance.between(0, 60) < 60 else HUGE_VALUES),
        zone=_draw_zone(chance),
        attributes=_draw_attributes(chance, 3),
        event_attributes=event_attributes,
        signs_up=_draw_sign_up(chance),
        key=chance.pick(KEYS),
        days=chance.pick((1, 1, 1, 1, 1, 2, 3, 4, 5)),
        stride=chance.pick((1, 1, 1, 1, 7, 30)),
    )
