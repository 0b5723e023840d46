"""Whatever changes state. A command enters resolved: ordinals for keys, millionths for numbers.

On disk a command is an array that begins with its tag. A tag is never given another meaning, and
fields are only ever appended, with a default (persistence/DESIGN.md, "Rules of evolution").

What is personal (who the user is, their attributes) is no part of a command: it travels beside it
as `Personal` and is stored in a row that can be deleted (SPEC 9.4).
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from engine.model.configuration import Configuration
from engine.model.identifiers import Day, Millionths, Ordinal, Seq
from engine.model.user import Preferences, UserBoost

Role = Literal["admin"]
"""What an API key lets its holder do."""


class Command(msgspec.Struct, frozen=True, array_like=True, tag_field="command"):
    """Base of all commands."""


class OpenScope(Command, frozen=True, tag=1):
    """Make a scope; its record's scope number is the name's number from here on."""

    name: str


class ApplyConfiguration(Command, frozen=True, tag=2):
    """Put a configuration in force: a step on the scope's timeline (SPEC 2.7)."""

    configuration: Configuration
    keys: tuple[tuple[bytes, Ordinal], ...] = ()
    """Of the items of a list that had an idempotency key: its hash, and what the item made."""
    by_clock: bool = False
    """Whether time has made it: a board that was scheduled has opened."""


class StartImport(Command, frozen=True, tag=3):
    """Put a scope whose clock has not started into history mode (SPEC 9.1)."""


class FinishImport(Command, frozen=True, tag=4):
    """Let the clock run on to this record's instant and leave history mode (SPEC 9.1)."""


class RecordEvent(Command, frozen=True, tag=5):
    """One interaction of one user on one metric (SPEC 1.4)."""

    metric: Ordinal
    value: Millionths
    zone: str | None = None
    """The zone given with the event: None if none was, empty if it was set to null."""
    key: bytes = b""
    """Keyed hash of the idempotency key, 16 bytes; empty without one."""


class UpsertUser(Command, frozen=True, tag=6):
    """Create a user or change what is known of them."""

    zone: str | None = None


class BringUp(Command, frozen=True, tag=7):
    """Work off what has fallen due for a user who sent nothing (the sweep)."""


class NoteSweep(Command, frozen=True, tag=8):
    """Note that the users up to a number have worked off a step; nothing else changes."""

    step: int
    swept: int


class AddKey(Command, frozen=True, tag=9):
    """Let the holder of an API key in; the key itself is not stored (SPEC 11.1)."""

    role: Role
    prefix: str
    """The key's readable beginning, by which people tell keys apart."""
    hash: bytes
    """SHA-256 of the whole key."""


class GrantFreeze(Command, frozen=True, tag=10):
    """Give a user one streak freeze (SPEC 5.5)."""

    key: bytes = b""


class AddPause(Command, frozen=True, tag=11):
    """Let a user's streak rest over some dates, both ends included (SPEC 5.3)."""

    start: Day
    end: Day
    key: bytes = b""


class DeletePause(Command, frozen=True, tag=12):
    """Take a pause away, from the next close on."""

    index: int


class ResetStreak(Command, frozen=True, tag=13):
    """Set a user's streak to nothing (SPEC 5.7)."""

    key: bytes = b""


class RestoreStreak(Command, frozen=True, tag=14):
    """Give a user back the greatest length that they had lately (SPEC 5.7)."""

    key: bytes = b""


class ChangePreferences(Command, frozen=True, tag=15):
    """Give a user these settings of their own."""

    preferences: Preferences


class CompleteAchievement(Command, frozen=True, tag=16):
    """Complete an achievement whose trigger is `api` (SPEC 6.6)."""

    achievement: Ordinal
    zone: str | None = None


class Remaining(msgspec.Struct, frozen=True, array_like=True):
    """Aggregates of a metric's events without a voided one; None where there are no others.

    What the rules cannot know without the ledger. The total, and what filters come to, they know of
    a `sum`: there it is left out.
    """

    total: Millionths | None
    day: Millionths | None
    week: Millionths | None
    month: Millionths | None
    matching: tuple[tuple[Ordinal, Millionths | None], ...] = ()
    """By the event filters that the voided event matched."""


class VoidedRun(msgspec.Struct, frozen=True, array_like=True):
    """What a voided event counted for in a run of a board."""

    board: Ordinal
    run: int
    change: int
    """What it added: to be taken off, unless the value is to be `remaining`."""
    events: int
    """How often it counted."""
    replaced: bool = False
    remaining: Millionths | None = None
    """What the other events of the run come to: of a metric that is no sum."""


class VoidEvent(Command, frozen=True, tag=17):
    """Take an event of the user out again, with the points that it awarded (SPEC 4.7)."""

    event: Seq
    metric: Ordinal
    value: Millionths
    date: Day
    """The event's local date."""
    matched: tuple[Ordinal, ...] = ()
    """The event filters that it counted for."""
    awarded: tuple[tuple[Ordinal, int], ...] = ()
    """By points system what it awarded in all, ascending."""
    remaining: Remaining = Remaining(None, None, None, None)
    key: bytes = b""
    """A hash that is the event's own: it is voided once."""
    runs: tuple[VoidedRun, ...] = ()


class AwardPoints(Command, frozen=True, tag=18):
    """Give a user points, or take some (SPEC 7.3)."""

    system: Ordinal
    amount: int
    key: bytes = b""


class AddBoost(Command, frozen=True, tag=19):
    """Give a user a boost of their own; the boost's index is set when it is made."""

    boost: UserBoost
    key: bytes = b""


class ChangeBoost(Command, frozen=True, tag=20):
    """Replace a user's boost by another of the same index."""

    boost: UserBoost


class DeleteBoost(Command, frozen=True, tag=21):
    """Take a user's boost away."""

    index: int


class HideUser(Command, frozen=True, tag=22):
    """Keep a user off all boards, or no longer (SPEC 3.5)."""

    hidden: bool
    key: bytes = b""


class CloseRun(Command, frozen=True, tag=23):
    """Make the standing of a run final that is over (SPEC 8.7)."""

    board: Ordinal
    run: int


class NoteArchive(Command, frozen=True, tag=24):
    """Note that the archive of a closed run is complete."""

    board: Ordinal
    run: int


UserCommand = (
    RecordEvent
    | UpsertUser
    | BringUp
    | GrantFreeze
    | AddPause
    | DeletePause
    | ResetStreak
    | RestoreStreak
    | ChangePreferences
    | CompleteAchievement
    | VoidEvent
    | AwardPoints
    | AddBoost
    | ChangeBoost
    | DeleteBoost
    | HideUser
)
"""What concerns one user: evaluated on their state."""

ScopeCommand = (
    OpenScope
    | ApplyConfiguration
    | StartImport
    | FinishImport
    | NoteSweep
    | AddKey
    | CloseRun
    | NoteArchive
)
"""What concerns a scope as a whole."""

AnyCommand = UserCommand | ScopeCommand


def keys_of(command: AnyCommand) -> Sequence[bytes]:
    """Return the hashes of the idempotency keys that a command came with."""
    if isinstance(command, ApplyConfiguration):
        return [key for key, _ in command.keys]
    key = key_of(command)
    return (key,) if key else ()


def key_of(command: AnyCommand) -> bytes:
    """Return the hash of the one idempotency key that a command came with; empty without one."""
    match command:
        case (
            RecordEvent()
            | GrantFreeze()
            | AddPause()
            | ResetStreak()
            | RestoreStreak()
            | VoidEvent()
            | AwardPoints()
            | AddBoost()
            | HideUser()
        ):
            return command.key
        case _:
            return b""


class Personal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a command said about a person: a row of its own beside the record.

    Fields that were not given are absent; `None` was given as null. `id` is always there, since a
    row must be readable by itself.
    """

    id: str
    name: str | msgspec.UnsetType | None = msgspec.UNSET
    email: str | msgspec.UnsetType | None = msgspec.UNSET
    attributes: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    event_attributes: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    sign_up_date: Day | msgspec.UnsetType | None = msgspec.UNSET
    device_tokens: tuple[str, ...] | msgspec.UnsetType | None = msgspec.UNSET
    subscribe_to_emails: bool | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType = msgspec.UNSET
    """Why an operator did it: free text may name people."""
