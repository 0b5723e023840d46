"""Filters by attributes, as the application API shows them and as a query gives them."""

import re
from collections.abc import Iterable, Sequence

from msgspec import UNSET, UnsetType

from api.operations.answer import FilterAnswer
from engine.configuration.filters import Wanted
from engine.configuration.plan import Plan
from engine.model.configuration import AttributeFilter
from engine.model.errors import InvalidInput

_COMMA = re.compile(r"(?<!\\),")


def filters(plan: Plan, wanted: Iterable[AttributeFilter]) -> list[FilterAnswer]:
    """Return the attributes that somebody must have; of archived things only those still there."""
    keys = {a.ordinal: a.key for a in plan.configuration.attributes}
    return [
        FilterAnswer(key=keys[f.attribute], value=f.value) for f in wanted if f.attribute in keys
    ]


def only_filter(of_events: Sequence[FilterAnswer]) -> FilterAnswer | UnsetType:
    """Return the one filter of events that the contract's older field has room for."""
    return of_events[0] if of_events else UNSET


def read_attributes(text: str | None, plan: Plan) -> Wanted:
    r"""Read `key:value,key:value`, as queries have it; a comma in a value is written as `\,`.

    Raises:
        InvalidInput: it is not written so, or names an attribute that is not declared.
    """
    if not text:
        return ()
    found: dict[str, str] = {}
    for part in _COMMA.split(text):
        key, colon, value = part.replace(r"\,", ",").partition(":")
        if not colon:
            raise InvalidInput("userAttributes", "must be like key:value,key:value")
        if key not in plan.user_attributes:
            raise InvalidInput("userAttributes", f"undeclared user attribute {key[:80]!r}")
        if found.setdefault(key, value) != value:
            raise InvalidInput("userAttributes", f"{key[:80]!r} is there twice")
    return tuple(sorted(found.items()))
