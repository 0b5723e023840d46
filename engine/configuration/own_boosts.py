"""A user's own boosts, read and changed by the rules for configured ones.

They are no part of a configuration, since a configuration names nobody (SPEC 7.4). What a change
says of one is what it would say of a configured one, but that it has no key and no filters.
"""

from engine.configuration import document as doc
from engine.configuration.changes import Change, changed_fields, new_fields, read_entry
from engine.configuration.entries import Fields, Names, boost_fields
from engine.configuration.resolve_points import resolve_boost
from engine.configuration.resolver import Resolver
from engine.model.configuration import EMPTY, PointsBoost
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant, Ordinal
from engine.model.user import UserBoost

_KEY = "own"
_NOBODY = Names({}, {}, {})


def new_own_boost(system: Ordinal, change: Change) -> UserBoost:
    """Return a boost for a user; its index is set when it is given to them.

    Raises:
        InvalidInput: it cannot be.
        msgspec.ValidationError: a field is not of its type.
    """
    _check(change)
    return _resolved(0, system, new_fields({**change, "key": _KEY}))


def changed_own_boost(boost: UserBoost, change: Change) -> UserBoost:
    """Return a user's boost as a change makes it: left out is no change.

    Raises:
        InvalidInput: it cannot be.
        msgspec.ValidationError: a field is not of its type.
    """
    _check(change)
    fields = boost_fields(_as_configured(boost), _NOBODY)
    return _resolved(boost.index, boost.system, changed_fields(fields, change))


def _check(change: Change) -> None:
    if change.get("userAttributes"):
        raise InvalidInput("userAttributes", "do not belong to a user's own boost")
    if change.get("key") is not None:
        raise InvalidInput("key", "does not belong to a user's own boost")
    if change.get("status") == "archived":
        raise InvalidInput("status", "cannot be 'archived': delete it instead")


def _resolved(index: int, system: Ordinal, fields: Fields) -> UserBoost:
    resolver = Resolver(EMPTY, Instant(0))
    boost = resolve_boost(resolver, "", read_entry(doc.BoostEntry, fields), None)
    if resolver.issues:
        raise InvalidInput("", "; ".join(what for _, what in resolver.issues))
    return UserBoost(
        index=index,
        system=system,
        name=boost.name,
        start=boost.start,
        end=boost.end,
        multiplier=boost.multiplier,
        rounding=boost.rounding,
        active=boost.status == "active",
    )


def _as_configured(boost: UserBoost) -> PointsBoost:
    return PointsBoost(
        ordinal=Ordinal(boost.index),
        key=_KEY,
        name=boost.name,
        start=boost.start,
        multiplier=boost.multiplier,
        end=boost.end,
        rounding=boost.rounding,
        status="active" if boost.active else "inactive",
    )
