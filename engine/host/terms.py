"""Recorded commands in the terms of another configuration: by its ordinals for the same keys.

A command names what it is about by ordinal. What was removed and came back under its key has
another ordinal since; under one configuration for all of a history both mean the same thing.
"""

from typing import Any, cast

import msgspec

from engine.model.commands import UserCommand
from engine.model.configuration import EMPTY, Configuration
from engine.model.errors import InvalidInput

_REFERENCES = {"metric": "metrics", "achievement": "achievements", "system": "points"}
"""What commands name by ordinal: the field of a command, the part of a configuration."""


class Terms:
    """What recorded ordinals mean in a configuration."""

    def __init__(self) -> None:
        """Begin with the configuration that has nothing."""
        self._names: dict[str, dict[int, str]] = {field: {} for field in _REFERENCES}
        """By field and ordinal the key of whatever there was."""
        self._known: dict[str, dict[str, int]] = {}
        """By field and key the ordinal of what there is."""
        self.enact(EMPTY)

    def learn(self, configuration: Configuration) -> None:
        """Learn the ordinals of a configuration of the record."""
        for field, kind in _REFERENCES.items():
            for thing in getattr(configuration, kind):
                self._names[field][thing.ordinal] = thing.key

    def enact(self, configuration: Configuration) -> None:
        """Use the terms of another configuration from now on."""
        self.learn(configuration)
        for field, kind in _REFERENCES.items():
            # What is archived nobody can name any more; a successor may have its key.
            live = filter(_is_live, getattr(configuration, kind))
            self._known[field] = {thing.key: thing.ordinal for thing in live}

    def renamed(self, command: UserCommand) -> UserCommand:
        """Return a command as it would have been given; the same one if nothing differs.

        Raises:
            InvalidInput: it names what there is not.
        """
        for field, names in self._names.items():
            ordinal = getattr(command, field, None)
            if ordinal is not None and names.get(ordinal, "") not in self._known[field]:
                raise InvalidInput("", f"there is no {field} {names.get(ordinal, ordinal)!r}")
        return cast(UserCommand, self._inside(command))

    def _inside(self, value: msgspec.Struct) -> msgspec.Struct:
        changed: dict[str, object] = {}
        for field in value.__struct_fields__:
            before = getattr(value, field)
            after = self._named(field, before)
            if after is not before:
                changed[field] = after
        return msgspec.structs.replace(value, **changed) if changed else value

    def _named(self, field: str, value: Any) -> Any:
        """Return a field in today's terms, also inside; what there is not stays as it is."""
        if field in self._known:
            key = self._names[field].get(value)
            return value if key is None else self._known[field].get(key, value)
        if isinstance(value, msgspec.Struct):
            return self._inside(value)
        if not isinstance(value, tuple):
            return value
        before = cast(tuple[Any, ...], value)
        after = tuple(self._named("", part) for part in before)
        return before if after == before else after


def _is_live(thing: Any) -> bool:
    return getattr(thing, "status", None) != "archived"
