"""What a history is made of: what users, operators and the product do, and when.

Instants are microseconds of UTC since 1970 and never decrease along a history. What is said of a
user on the way (zone, attributes, sign-up date) is None if nothing is said; "" stands for null,
which takes the setting away.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Document = dict[str, Any]
Entry = dict[str, Any]
Rounding = Literal["down", "nearest", "up"]
Said = date | Literal[""] | None


@dataclass(frozen=True)
class Configure:
    """A configuration version; the document replaces the one before it."""

    at: int
    document: Document


@dataclass(frozen=True)
class Event:
    """A user interaction. `attributes` are the user's, `event_attributes` its own."""

    at: int
    user: str
    metric: str
    value: str
    zone: str | None = None
    attributes: dict[str, str] | None = None
    key: str | None = None
    event_attributes: dict[str, str] | None = None
    signed_up: Said = None


@dataclass(frozen=True)
class Upsert:
    """Creates or changes a user, as an event does on its way."""

    at: int
    user: str
    zone: str | None = None
    attributes: dict[str, str] | None = None
    signed_up: Said = None


@dataclass(frozen=True)
class Complete:
    """The product says that a user has completed an achievement."""

    at: int
    user: str
    achievement: str
    zone: str | None = None
    attributes: dict[str, str] | None = None
    signed_up: Said = None


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


@dataclass(frozen=True)
class Boost:
    """A boost of one user. `system` is a key, the multiplier as it is written."""

    system: str
    start: date
    end: date | None
    multiplier: str
    rounding: Rounding = "down"
    is_active: bool = True


@dataclass(frozen=True)
class AddBoost:
    """An operator gives a user a boost of their own."""

    at: int
    user: str
    boost: Boost


@dataclass(frozen=True)
class ChangeBoost:
    """Replaces the user's boost with this number: 1 is the first that they were ever given."""

    at: int
    user: str
    index: int
    boost: Boost


@dataclass(frozen=True)
class DeleteBoost:
    """Takes the user's boost with this number away."""

    at: int
    user: str
    index: int


@dataclass(frozen=True)
class AwardPoints:
    """An operator gives a user points of a system, or takes some."""

    at: int
    user: str
    system: str
    amount: int


@dataclass(frozen=True)
class Void:
    """An operator takes an event out again: the n-th that was applied, counted from 0."""

    at: int
    event: int


@dataclass(frozen=True)
class Hide:
    """An operator keeps a user off all leaderboards, or no longer does."""

    at: int
    user: str
    hidden: bool


@dataclass(frozen=True)
class EndRun:
    """An operator ends the run of the UTC date, or a board that has no runs. `board` is a key."""

    at: int
    board: str


StreakCommand = GrantFreeze | AddPause | DeletePause | Reset | Restore | Prefer
PointsCommand = AddBoost | ChangeBoost | DeleteBoost | AwardPoints
UserUpsert = Event | Upsert | Complete
Operation = Configure | UserUpsert | Pass | StreakCommand | PointsCommand | Void | Hide | EndRun
