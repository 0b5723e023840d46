"""What public ids mean: items of the Admin API in the words of a configuration document.

The configuration names things by key, the Admin API by id. Here an item becomes a change in a
document's field names, so the engine need not know of ids.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from api.json_input import misfit
from engine.configuration import document as doc
from engine.configuration.changes import Change
from engine.configuration.edit import Draft
from engine.configuration.resolver import Counted, named_by_id
from engine.host.scope import Scope
from engine.model.configuration import Configuration, PointsSystem
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Ordinal, public_id

Fields = dict[str, Any]
"""An item of a list, as it was sent."""

T = TypeVar("T")
C = TypeVar("C", bound=Counted)


def fields_of(entry: type[doc.Entry | doc.TriggerEntry]) -> frozenset[str]:
    """Return the fields of a document's entry as items of the Admin API have them."""
    return frozenset(named_by_id(field.encode_name) for field in msgspec.structs.fields(entry))


NESTED: Mapping[str, frozenset[str]] = {
    "levels": fields_of(doc.LevelEntry),
    "triggers": fields_of(doc.TriggerEntry),
    "boosts": fields_of(doc.BoostEntry),
}
"""What is in points systems, and the fields that items of it have."""

_KEYS = {
    "metricId": "metricKey",
    "achievementId": "achievementKey",
    "achievementIds": "achievementKeys",
    "pointsSystemId": "pointsSystemKey",
}
_WORDS = {
    "achievement": "achievement",
    "points_system": "points system",
    "points_level": "level",
    "points_trigger": "trigger",
    "points_boost": "boost",
    "leaderboard": "leaderboard",
}


class FilterItem(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One of `userAttributes` or `eventAttributes`."""

    attribute_id: str
    attribute_value: str


class Ids:
    """What public ids mean, for the items of one request."""

    def __init__(self, scope: str, draft: Draft) -> None:
        """Take the scope's name and the draft in which the things are."""
        self._scope = scope
        self._draft = draft
        self._known: dict[str, dict[str, Ordinal]] = {}

    def thing(self, kind: str, things: Iterable[Counted], fields: Fields) -> Ordinal:
        """Return the thing whose `id` an item has. O(things) the first time.

        Args:
            kind: of the things.
            things: all that can be meant, as they were before the request.
            fields: the item.

        Raises:
            InvalidInput: there is no id.
            NotFound: it is not one of the things'.
        """
        id_ = fields.get("id")
        if not isinstance(id_, str):
            raise InvalidInput("id", "is missing" if id_ is None else "must be text")
        found = self._find(kind, things, id_)
        if found is None:
            raise NotFound(f"there is no {_WORDS[kind]} with this id")
        return found

    def change(self, fields: Fields, known: Collection[str], place: str = "") -> Change:
        """Return what an item says in a document's field names.

        Args:
            fields: the item.
            known: the fields that it may have; `id` is none of the change.
            place: what stands before a field's name where its mistakes are told.

        Raises:
            InvalidInput: a field is not known, or names something that is not there.
        """
        change: dict[str, object] = {}
        for field, value in fields.items():
            if field == "id" and "id" in known:
                continue
            if field not in known:
                raise InvalidInput(place.removesuffix("."), f"unknown field {field[:80]!r}")
            change[_KEYS.get(field, field)] = (
                None if value is None else self._said(field, value, f"{place}{field}")
            )
        return change

    def _said(self, field: str, value: object, where: str) -> object:
        match field:
            case "metricId":
                return self._metric(where, convert(value, str, where))
            case "achievementId":
                return self._achievement(where, convert(value, str, where))
            case "achievementIds":
                ids = convert(value, list[str], where)
                return [self._achievement(where, id_) for id_ in ids]
            case "pointsSystemId":
                return self._system(where, convert(value, str, where))
            case "breakdownAttributes":
                return [
                    self._attribute(f"{where}[{index}]", id_)
                    for index, id_ in enumerate(convert(value, list[str], where))
                ]
            case "userAttributes" | "eventAttributes":
                return [
                    {
                        "attributeKey": self._attribute(f"{where}[{index}]", wanted.attribute_id),
                        "attributeValue": wanted.attribute_value,
                    }
                    for index, wanted in enumerate(convert(value, list[FilterItem], where))
                ]
            case "levels" | "triggers" | "boosts":
                return [
                    self.change(nested, NESTED[field], f"{where}[{index}].")
                    for index, nested in enumerate(convert(value, list[dict[str, Any]], where))
                ]
            case _:
                return value

    def _metric(self, where: str, id_: str) -> str:
        found = self._find("metric", self._draft.before.metrics, id_)
        return self._named(where, "metric", self._draft.names.metrics, found)

    def _attribute(self, where: str, id_: str) -> str:
        found = self._find("attribute", self._draft.before.attributes, id_)
        return self._named(where, "attribute", self._draft.names.attributes, found)

    def _achievement(self, where: str, id_: str) -> str:
        found = self._find("achievement", self._draft.before.achievements, id_)
        key = self._named(where, "achievement", self._draft.names.achievements, found)
        # That of an archived one may be the key of a younger one by now.
        return self._named(where, "achievement", {self._draft.keys[key]: key}, found)

    def _system(self, where: str, id_: str) -> str:
        draft = self._draft
        found = self._find("points_system", draft.before.points, id_)
        key = self._named(where, "points system", draft.system_keys, found)
        # As with achievements.
        return self._named(where, "points system", {draft.systems_by_key[key]: key}, found)

    def _named(
        self, where: str, kind: str, keys: Mapping[Ordinal, str], found: Ordinal | None
    ) -> str:
        key = None if found is None else keys.get(found)
        if key is None:
            raise InvalidInput(where, f"there is no {kind} with this id")
        return key

    def _find(self, kind: str, things: Iterable[Counted], id_: str) -> Ordinal | None:
        known = self._known.get(kind)
        if known is None:
            known = {public_id(self._scope, kind, thing.ordinal): thing.ordinal for thing in things}
            self._known[kind] = known
        return known.get(id_.lower())


def find_by_id(scope: Scope, kind: str, things: Iterable[C], id_: str) -> C:
    """Return the thing that an id in a path means.

    Raises:
        NotFound: it means none of them.
    """
    name, wanted = scope.state.name, id_.lower()
    for thing in things:
        if public_id(name, kind, thing.ordinal) == wanted:
            return thing
    raise NotFound(f"there is no {_WORDS[kind]} {id_[:80]!r}")


def system_in(configuration: Configuration, ordinal: Ordinal) -> PointsSystem:
    """Return a points system of a version that has it."""
    return next(system for system in configuration.points if system.ordinal == ordinal)


def system_at(scope: Scope, id_: str) -> PointsSystem:
    """Return the points system that an id in a path means, an archived one too.

    Raises:
        NotFound: there is none.
    """
    return find_by_id(scope, "points_system", scope.configuration.points, id_)


def convert(value: object, kind: type[T], where: str) -> T:
    """Check the type of a field.

    Raises:
        InvalidInput: it is of another one.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what = misfit(error)
        dot = "." if what.where and not what.where.startswith("[") else ""
        raise InvalidInput(f"{where}{dot}{what.where}", what.what) from error
