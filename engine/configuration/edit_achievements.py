"""Changes to achievements: `engine.configuration.edit` has the idea."""

from engine.configuration import document as doc
from engine.configuration.changes import (
    Change,
    changed_fields,
    check_archiving,
    free_key,
    new_fields,
    read_entry,
)
from engine.configuration.edit import Draft
from engine.configuration.entries import achievement_fields
from engine.configuration.resolve_achievements import (
    CONDITION,
    OPTIONAL,
    archived,
    cycle_through,
    resolve_achievement,
    wrong_with_cycle,
)
from engine.model.configuration import Achievement
from engine.model.errors import InvalidInput
from engine.model.identifiers import Ordinal

_DEPENDENT = {f for fields in (*CONDITION.values(), *OPTIONAL.values()) for f in fields}
"""Fields that mean something else, or nothing, under another trigger."""

_SHOWN = ("name", "description", "badge")


def create_achievement(draft: Draft, change: Change) -> Ordinal:
    """Make an achievement, inactive unless it is said otherwise.

    Raises:
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    with draft.change():
        draft.check_count("achievements", len(draft.achievements) + 1)
        fields = new_fields(change, status="inactive")
        if fields.get("trigger") == "api" and "key" not in fields:
            raise InvalidInput("key", "is missing: the product completes it by its key")
        next_one = draft.next_of("achievement")
        fields.setdefault("key", free_key("achievement", next_one, draft.keys))
        entry = read_entry(doc.AchievementEntry, fields)
        _check_key(draft, entry.key)
        ordinal = draft.resolver.ordinal("achievement", None)
        achievement = resolve_achievement(draft.resolver, "", entry, None, ordinal)
        draft.check_references("achievementKeys", achievement.achievements)
        draft.check()
    draft.put_achievement(achievement)
    return ordinal


def update_achievement(draft: Draft, ordinal: Ordinal, change: Change) -> None:
    """Change an achievement: left out is no change.

    Under another trigger the fields of the old one are gone.

    Raises:
        NotFound: there is none, or it is archived.
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    match = draft.find_achievement(ordinal)
    with draft.change():
        check_archiving(change, _SHOWN, draft.resolver)
        retriggered = change.get("trigger", match.trigger) != match.trigger
        before = achievement_fields(match, draft.names)
        fields = changed_fields(before, change, _DEPENDENT if retriggered else ())
        entry = read_entry(doc.AchievementEntry, fields)
        if entry.key != match.key:
            _check_new_key(draft, entry.key)
        achievement = resolve_achievement(draft.resolver, "", entry, match, ordinal)
        wanted, known = achievement.achievements, match.achievements
        draft.check_references("achievementKeys", wanted, known)
        draft.check()
        if wanted != known:
            _check_cycles(draft, achievement)
    draft.put_achievement(achievement)


def delete_achievement(draft: Draft, ordinal: Ordinal) -> None:
    """Archive an achievement; one that was never active vanishes.

    Raises:
        NotFound: there is none, or it is archived.
        InvalidInput: something needs it.
    """
    achievement = draft.find_achievement(ordinal)
    needed_by = draft.references.to(ordinal)
    if needed_by is not None:
        raise InvalidInput("", f"cannot be deleted: {needed_by} refers to it")
    left = archived(achievement)
    if left is None:
        draft.drop_achievement(achievement)
    else:
        draft.put_achievement(left)


def _check_key(draft: Draft, key: str) -> None:
    """Refuse a key that a new achievement cannot have."""
    holder = draft.keys.get(key)
    if holder is None:
        return
    if draft.achievements[holder].status != "archived":
        raise InvalidInput("key", f"there is an achievement {key!r} already")
    # A document names what it refers to by key, so this key has to go on meaning the old one.
    needed_by = draft.references.to(holder)
    if needed_by is not None:
        what = f"{key!r} is an archived achievement's, and {needed_by} refers to it"
        raise InvalidInput("key", what)


def _check_new_key(draft: Draft, key: str) -> None:
    """Refuse a key that a known achievement cannot get.

    That of an archived one is for new achievements only: of several archived ones of a key the
    youngest has to be the one that was archived last.
    """
    holder = draft.keys.get(key)
    if holder is not None:
        archived = draft.achievements[holder].status == "archived"
        what = "an archived achievement has this key" if archived else "another achievement has it"
        raise InvalidInput("key", what)


def _check_cycles(draft: Draft, achievement: Achievement) -> None:
    changed = {**draft.achievements, achievement.ordinal: achievement}
    cycle = cycle_through(achievement.ordinal, changed)
    if cycle is not None:
        keys = [changed[member].key for member in cycle]
        raise InvalidInput("", wrong_with_cycle(keys))
