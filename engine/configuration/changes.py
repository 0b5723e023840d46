"""What a change to a configured thing says, and the entry of a document that comes of it.

A change is a mapping of a document's field names, with only what is given. To change a thing means
to lay the change over the entry that the thing could have come from, which is what
`engine.configuration.entries` makes; null takes away what may be left out. So one resolution serves
documents and changes.
"""

from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec

from engine.configuration import document as doc
from engine.configuration.entries import Fields
from engine.configuration.resolver import Resolver
from engine.model.errors import InvalidInput
from engine.model.identifiers import Ordinal

Change = Mapping[str, object]
"""Fields of a document's entry; what is left out is not said."""

REQUIRED = frozenset(
    {
        "key",
        "name",
        "trigger",
        "type",
        "status",
        "points",
        "start",
        "multiplier",
        "rounding",
        "rankBy",
        "order",
        "blockIfOutOfPoints",
    }
)
"""Fields that null cannot take away."""

EntryT = TypeVar("EntryT", bound=msgspec.Struct)


def new_fields(change: Change, **defaults: object) -> Fields:
    """Return the entry of a new thing: what is null is left out.

    Raises:
        InvalidInput: it would be archived from the start.
    """
    given = {field: value for field, value in change.items() if value is not None}
    if given.get("status") == "archived":
        raise InvalidInput("status", "cannot be 'archived' from the start")
    return {**defaults, **given}


def changed_fields(entry: Fields, change: Change, dropped: Collection[str] = ()) -> Fields:
    """Lay a change over an entry.

    Args:
        entry: as it is.
        change: what is to be another; null takes away what may be left out.
        dropped: fields that mean nothing any more, unless they are given.
    """
    fields = {field: value for field, value in entry.items() if field not in dropped}
    for field, value in change.items():
        if value is None and field not in REQUIRED:
            fields.pop(field, None)
        else:
            fields[field] = value
    return fields


def check_archiving(change: Change, allowed: Collection[str], resolver: Resolver) -> None:
    """Refuse changes to what is archived at the same time: it stays as it was.

    Raises:
        InvalidInput: names a field.
    """
    if change.get("status") == "archived":
        for field in change:
            if field != "status" and field not in allowed:
                raise InvalidInput(resolver.named(field), "cannot change with the archiving")


def read_entry(kind: type[EntryT], fields: Fields) -> EntryT:
    """Check names, types and single values of an entry.

    Raises:
        msgspec.ValidationError: names the field.
    """
    return msgspec.convert(fields, kind, dec_hook=doc.read_quantity)


def free_key(prefix: str, ordinal: Ordinal, taken: Collection[str]) -> str:
    """Return a key for a thing that was given none."""
    key = f"{prefix}-{ordinal}"
    count = 1
    while key in taken:
        count += 1
        key = f"{prefix}-{ordinal}-{count}"
    return key
