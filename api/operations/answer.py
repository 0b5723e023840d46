"""What all answers have in common, and those that more than one resource gives.

Fields that may be null and are always sent have no default; fields that are left out where they do
not apply default to `UNSET`. Instants are RFC 3339 text, local dates ISO dates.
"""

import msgspec
from msgspec import UNSET, UnsetType


class Answer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Base of all answers."""


class IssueAnswer(Answer, frozen=True, kw_only=True):
    """Why an item of a list was not applied."""

    message: str
    severity: str = "error"
    index: int | UnsetType = UNSET
    id: str | UnsetType = UNSET
    user_id: str | UnsetType = UNSET


class DeletedAnswer(Answer, frozen=True, kw_only=True):
    """Something that is deleted."""

    id: str


class FilterAnswer(Answer, frozen=True, kw_only=True):
    """An attribute that must have a value."""

    key: str
    value: str
