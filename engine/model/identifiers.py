"""Names of numbers: which integer means what, and the public ids derived from them.

Configured things (metrics, achievements, …) are known inside by their *ordinal*: the n-th of its
kind ever made in its scope, from 1, never reused. Users are known by their *number*, likewise.
Keys and user ids appear only where a command enters and where an answer leaves.
"""

import re
from functools import lru_cache
from typing import NewType
from uuid import UUID, uuid5

ScopeNumber = NewType("ScopeNumber", int)
"""A scope in its log, from 1."""

UserNumber = NewType("UserNumber", int)
"""A user in their scope, from 1; 0 in a record that concerns no single user."""

Ordinal = NewType("Ordinal", int)
"""The n-th configured thing of its kind in its scope, from 1."""

Seq = NewType("Seq", int)
"""A record in its log, from 1, dense."""

Instant = NewType("Instant", int)
"""Microseconds since 1970-01-01T00:00:00Z."""

Day = NewType("Day", int)
"""A local calendar date, as days since 1970-01-01."""

Millionths = NewType("Millionths", int)
"""An exact metric quantity: the value times 10**6."""

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
"""Microseconds of an hour, and of a day of 24 hours."""

NAMESPACE = UUID("6c617572-656c-5573-8a6f-6c6f72626179")


@lru_cache(maxsize=65_536)
def public_id(scope: str, kind: str, ordinal: Ordinal) -> str:
    """Return the UUIDv5 under which a configured thing is known outside (SPEC 1.6)."""
    return str(uuid5(NAMESPACE, f"{scope}/{kind}/{ordinal}"))


_PAUSE_KIND = 1
_BOOST_KIND = 2
_INDEX_BITS = 30

Owned = tuple[ScopeNumber, UserNumber, int]
"""Scope, user, and the n-th thing of its kind that they were ever given."""


def pause_id(scope: ScopeNumber, user: UserNumber, index: int) -> str:
    """Return the public id of the n-th pause of a user: a UUID that says whose it is."""
    return _owned_id(_PAUSE_KIND, scope, user, index)


def read_pause_id(text: str) -> Owned | None:
    """Return what a pause's public id says; None if it is no such id."""
    return _read_owned_id(_PAUSE_KIND, text)


def boost_id(scope: ScopeNumber, user: UserNumber, index: int) -> str:
    """Return the public id of the n-th boost of a user's own, as `pause_id` does."""
    return _owned_id(_BOOST_KIND, scope, user, index)


def read_boost_id(text: str) -> Owned | None:
    """Return what the public id of a user's boost says; None if it is no such id."""
    return _read_owned_id(_BOOST_KIND, text)


def _owned_id(kind: int, scope: ScopeNumber, user: UserNumber, index: int) -> str:
    """Version 8 (RFC 9562): the user's number, the kind, then scope and index."""
    low = scope << _INDEX_BITS | index
    return str(UUID(int=user << 80 | 0x8 << 76 | kind << 64 | 0b10 << 62 | low))


def _read_owned_id(kind: int, text: str) -> Owned | None:
    try:
        number = UUID(text).int
    except ValueError:
        return None
    low = number & ((1 << 62) - 1)
    scope, index = ScopeNumber(low >> _INDEX_BITS), low & ((1 << _INDEX_BITS) - 1)
    user = UserNumber(number >> 80)
    return (scope, user, index) if _owned_id(kind, scope, user, index) == text.lower() else None


def fact_id(seq: Seq, index: int) -> str:
    """Return the public id of a fact: its record's number and its place there (SPEC 10.3)."""
    return f"{seq}.{index}"


_FACT_ID = re.compile(r"([1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,8})")


def read_fact_id(text: str) -> tuple[Seq, int] | None:
    """Return record and place of a fact's public id; None if it is no such id."""
    match = _FACT_ID.fullmatch(text)
    return (Seq(int(match[1])), int(match[2])) if match else None
