"""Changes to points systems and what is in them: `engine.configuration.edit` has the idea."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeGuard, cast

from engine.configuration import document as doc
from engine.configuration.changes import (
    Change,
    changed_fields,
    check_archiving,
    free_key,
    new_fields,
    read_entry,
)
from engine.configuration.edit import Draft, SystemDraft
from engine.configuration.entries import (
    Fields,
    boost_fields,
    level_fields,
    settings_fields,
    trigger_fields,
)
from engine.configuration.resolve_points import (
    OPTIONAL,
    SETTINGS,
    archived,
    archived_boost,
    archived_trigger,
    resolve_boost,
    resolve_level,
    resolve_settings,
    resolve_system,
    resolve_trigger,
    wrong_with_level,
)
from engine.model.configuration import PointsTrigger
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Ordinal

_DEPENDENT = {f for fields in (*SETTINGS.values(), *OPTIONAL.values()) for f in fields} - {"cap"}
"""Fields that mean something else, or nothing, under another type; a cap is not lost silently."""

_KINDS: Mapping[str, str] = {"levels": "level", "triggers": "trigger", "boosts": "boost"}
"""What is in a points system, and what one of it is called."""


def create_system(draft: Draft, change: Change) -> Ordinal:
    """Make a points system, with what is given for it in `levels`, `triggers` and `boosts`.

    Raises:
        InvalidInput: it cannot be, or something in it; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    with draft.change():
        draft.check_count("points systems", len(draft.system_settings()) + 1)
        fields = new_fields(change)
        for kind in _KINDS:
            nested = fields.get(kind, [])
            if _are_changes(nested):  # else refused below
                fields[kind] = _with_keys(draft, kind, nested)
        entry = read_entry(doc.PointsEntry, fields)
        _check_system_key(draft, entry.key)
        system = resolve_system(draft.resolver, "", entry, None)
        for trigger in system.triggers:
            _check_reference(draft, trigger, None)
        draft.check()
        for kind in _KINDS:
            draft.check_count(kind, draft.counts[kind] + len(getattr(system, kind)))
    for kind in _KINDS:
        draft.counts[kind] += len(getattr(system, kind))
    draft.put_system(system)
    return system.ordinal


def update_system(draft: Draft, ordinal: Ordinal, change: Change) -> None:
    """Change a points system: left out is no change. What is in it stays.

    Raises:
        NotFound: there is none.
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    match = draft.system(ordinal).finished()
    if match.status == "archived" and "maxPoints" in change:
        raise InvalidInput("maxPoints", "cannot change any more: the points system is archived")
    with draft.change():
        entry = read_entry(doc.PointsEntry, changed_fields(settings_fields(match), change))
        system = resolve_settings(draft.resolver, entry, match)
        draft.check()
    draft.put_system(system)


def delete_system(draft: Draft, ordinal: Ordinal) -> None:
    """Archive a points system; what is in it stands still.

    Raises:
        NotFound: there is none, or it is archived.
        InvalidInput: a leaderboard ranks by it.
    """
    system = draft.system(ordinal).finished()
    if system.status == "archived":
        raise NotFound("there is no such points system: it is archived already")
    board = _ranking(draft, ordinal)
    if board is not None:
        raise InvalidInput("", f"cannot be deleted: {board} ranks by it")
    draft.put_system(archived(system))


def create_level(draft: Draft, system: Ordinal, change: Change) -> Ordinal:
    """Make a level of a points system.

    Raises:
        NotFound: there is no such system.
        InvalidInput: the level cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    with draft.change():
        of = _open(draft, system, "levels")
        entry = read_entry(doc.LevelEntry, new_fields(change))
        of.levels.check_key(entry.key, "level")
        _check_threshold(of, entry.points, None)
        level = resolve_level(draft.resolver, entry, None)
    of.levels.put(level)
    draft.counts["levels"] += 1
    return level.ordinal


def update_level(draft: Draft, system: Ordinal, ordinal: Ordinal, change: Change) -> None:
    """Change a level: left out is no change.

    Raises:
        NotFound: there is no such system or level.
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    of = _open(draft, system)
    match = of.levels.find(ordinal, "level")
    with draft.change():
        entry = read_entry(doc.LevelEntry, changed_fields(level_fields(match), change))
        _check_threshold(of, entry.points, ordinal)
        of.levels.put(resolve_level(draft.resolver, entry, match))


def delete_level(draft: Draft, system: Ordinal, ordinal: Ordinal) -> None:
    """Take a level away.

    Raises:
        NotFound: there is no such system or level.
        InvalidInput: the system is archived.
    """
    of = _open(draft, system)
    of.levels.remove(of.levels.find(ordinal, "level"))
    draft.counts["levels"] -= 1


def create_trigger(draft: Draft, system: Ordinal, change: Change) -> Ordinal:
    """Make a trigger of a points system, inactive unless it is said otherwise.

    Raises:
        NotFound: there is no such system.
        InvalidInput: the trigger cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    with draft.change():
        of = _open(draft, system, "triggers")
        (fields,) = _with_keys(draft, "triggers", [change], of.triggers.keys)
        entry = read_entry(doc.TriggerEntry, fields)
        of.triggers.check_key(entry.key, "trigger")
        trigger = resolve_trigger(draft.resolver, "", entry, None)
        _check_reference(draft, trigger, None)
        draft.check()
    draft.put_trigger(of, trigger)
    draft.counts["triggers"] += 1
    return trigger.ordinal


def update_trigger(draft: Draft, system: Ordinal, ordinal: Ordinal, change: Change) -> None:
    """Change a trigger: left out is no change. Its type can change only while it is inactive.

    Under another type the fields of the old one are gone, but for a cap.

    Raises:
        NotFound: there is no such system or trigger.
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    of = _open(draft, system)
    match = of.triggers.find(ordinal, "trigger")
    with draft.change():
        check_archiving(change, (), draft.resolver)
        retyped = change.get("type", match.type) != match.type
        known = trigger_fields(match, draft.names)
        fields = changed_fields(known, change, _DEPENDENT if retyped else ())
        entry = read_entry(doc.TriggerEntry, fields)
        if retyped and match.status != "inactive":
            raise InvalidInput("type", "can change only while the trigger is inactive")
        if entry.key != match.key:
            of.triggers.check_key(entry.key, "trigger")
        trigger = resolve_trigger(draft.resolver, "", entry, match)
        _check_reference(draft, trigger, match)
        draft.check()
    draft.put_trigger(of, trigger)


def delete_trigger(draft: Draft, system: Ordinal, ordinal: Ordinal) -> None:
    """Archive a trigger.

    Raises:
        NotFound: there is no such system or trigger.
        InvalidInput: the system is archived.
    """
    of = _open(draft, system)
    trigger = of.triggers.find(ordinal, "trigger")
    draft.put_trigger(of, archived_trigger(trigger, draft.resolver.at))


def create_boost(draft: Draft, system: Ordinal, change: Change) -> Ordinal:
    """Make a boost of a points system, for everybody or by attributes.

    Raises:
        NotFound: there is no such system.
        InvalidInput: the boost cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    with draft.change():
        of = _open(draft, system, "boosts")
        (fields,) = _with_keys(draft, "boosts", [change], of.boosts.keys)
        entry = read_entry(doc.BoostEntry, fields)
        of.boosts.check_key(entry.key, "boost")
        boost = resolve_boost(draft.resolver, "", entry, None)
        draft.check()
    of.boosts.put(boost)
    draft.counts["boosts"] += 1
    return boost.ordinal


def update_boost(draft: Draft, system: Ordinal, ordinal: Ordinal, change: Change) -> None:
    """Change a boost: left out is no change.

    Raises:
        NotFound: there is no such system or boost.
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    of = _open(draft, system)
    match = of.boosts.find(ordinal, "boost")
    with draft.change():
        check_archiving(change, ("name",), draft.resolver)
        fields = changed_fields(boost_fields(match, draft.names), change)
        entry = read_entry(doc.BoostEntry, fields)
        if entry.key != match.key:
            of.boosts.check_key(entry.key, "boost")
        boost = resolve_boost(draft.resolver, "", entry, match)
        draft.check()
    of.boosts.put(boost)


def delete_boost(draft: Draft, system: Ordinal, ordinal: Ordinal) -> None:
    """Archive a boost.

    Raises:
        NotFound: there is no such system or boost.
        InvalidInput: the system is archived.
    """
    of = _open(draft, system)
    of.boosts.put(archived_boost(of.boosts.find(ordinal, "boost")))


def _open(draft: Draft, system: Ordinal, one_more: str | None = None) -> SystemDraft:
    """Return a points system in which something is to change.

    Raises:
        NotFound: there is none.
        InvalidInput: it is archived, or there is no room for one more of a kind.
    """
    of = draft.system(system)
    if of.settings.status == "archived":
        raise InvalidInput("", "the points system is archived: nothing in it can change")
    if one_more is not None:
        draft.check_count(one_more, draft.counts[one_more] + 1)
    return of


def _are_changes(nested: object) -> TypeGuard[list[Change]]:
    if not isinstance(nested, list):
        return False
    return all(isinstance(change, dict) for change in cast(list[object], nested))


def _with_keys(
    draft: Draft, kind: str, changes: Iterable[Change], taken: Collection[str] = ()
) -> list[Fields]:
    """Return entries of new things, with keys for those that were given none.

    Levels have one; what takes them into an entry says so.
    """
    defaults = {"status": "inactive"} if kind == "triggers" else {}
    entries = [new_fields(change, **defaults) for change in changes]
    if kind == "levels":
        return entries
    keys = {*taken, *(str(entry["key"]) for entry in entries if "key" in entry)}
    first = draft.next_of(f"points_{_KINDS[kind]}")
    for index, entry in enumerate(entries):
        if "key" not in entry:
            entry["key"] = free_key(_KINDS[kind], Ordinal(first + index), keys)
            keys.add(entry["key"])
    return entries


def _check_system_key(draft: Draft, key: str) -> None:
    """Refuse a key that a new points system cannot have."""
    of_key = [system for system in draft.system_settings() if system.key == key]
    if any(system.status != "archived" for system in of_key):
        raise InvalidInput("key", f"there is a points system {key!r} already")
    # A document names what a board ranks by with its key, which has to go on meaning the old one.
    for system in of_key:
        board = _ranking(draft, system.ordinal)
        if board is not None:
            raise InvalidInput("key", f"{key!r} is an archived one's, and {board} ranks by it")


def _ranking(draft: Draft, system: Ordinal) -> str | None:
    """Return a board that ranks by a points system, in words."""
    for board in draft.leaderboards.all():
        if board.points_system == system:
            return f"the leaderboard {board.key!r}"
    return None


def _check_reference(draft: Draft, trigger: PointsTrigger, match: PointsTrigger | None) -> None:
    """Note that a trigger cannot begin to wait for an archived achievement."""
    if trigger.achievement is not None:
        known = (match.achievement,) if match is not None and match.achievement else ()
        draft.check_references("achievementKey", (trigger.achievement,), known)


def _check_threshold(of: SystemDraft, points: int, own: Ordinal | None) -> None:
    """Refuse a level that begins where another one does."""
    if any(level.points == points and level.ordinal != own for level in of.levels.all()):
        raise InvalidInput("points", wrong_with_level(points))
