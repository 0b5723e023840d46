"""Whatever changes state. A command enters resolved: ordinals for keys, millionths for numbers.

On disk a command is an array that begins with its tag. A tag is never given another meaning, and
fields are only ever appended, with a default (persistence/DESIGN.md, "Rules of evolution").

What is personal (who the user is, their attributes) is no part of a command: it travels beside it
as `Personal` and is stored in a row that can be deleted (SPEC 9.4).
"""

from typing import Literal

import msgspec

from engine.model.configuration import Configuration
from engine.model.identifiers import Day, Millionths, Ordinal
from engine.model.user import Preferences

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
)
"""What concerns one user: evaluated on their state."""

ScopeCommand = OpenScope | ApplyConfiguration | StartImport | FinishImport | NoteSweep | AddKey
"""What concerns a scope as a whole."""

AnyCommand = UserCommand | ScopeCommand


def key_of(command: AnyCommand) -> bytes:
    """Return the hash of the idempotency key that a command came with; empty without one."""
    match command:
        case RecordEvent() | GrantFreeze() | AddPause() | ResetStreak() | RestoreStreak():
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
