"""What refused commands said of their users, kept for the next command that is taken.

A command in the log says of its user only what was new then. A product says all of it every time:
so whatever a refused one said would have been said again, and is.
"""

from typing import NamedTuple

import msgspec
from msgspec import UNSET

from engine.model.commands import Personal, UserCommand
from engine.model.identifiers import UserNumber
from engine.model.user import Identity


class Said(NamedTuple):
    """What a command says of its user."""

    personal: Personal | None
    zone: str | None


class Hearsay:
    """By user what was said of them and not taken in."""

    def __init__(self) -> None:
        self._said: dict[UserNumber, Said] = {}

    def __bool__(self) -> bool:
        return bool(self._said)

    def user_id(self, number: UserNumber) -> str | None:
        """Return the id of a user of whom something was said that was not taken in."""
        said = self._said.get(number)
        return said.personal.id if said is not None and said.personal is not None else None

    def add(self, number: UserNumber, command: UserCommand, personal: Personal | None) -> Said:
        """Return what a command says of its user with what refused ones before it said."""
        if not introduces(command):
            return Said(personal, None)
        zone: str | None = getattr(command, "zone")  # noqa: B009 - as `introduces` has found
        before = self._said.get(number)
        if before is None:
            return Said(personal, zone)
        return Said(_merged(before.personal, personal), before.zone if zone is None else zone)

    def keep(self, number: UserNumber, said: Said) -> None:
        """Keep what a refused command says, and those before it."""
        self._said[number] = said._replace(personal=_lasting(said.personal))

    def forget(self, number: UserNumber) -> None:
        """Forget what has been taken in."""
        self._said.pop(number, None)


def introduces(command: UserCommand) -> bool:
    """Tell whether a command says who its user is, so that it makes one who does not exist.

    Those that do say the zone too, since a user's first date depends on it.
    """
    return hasattr(command, "zone")


def _lasting(personal: Personal | None) -> Personal | None:
    """Return what was said of a person without what was said of the event."""
    if personal is None:
        return None
    return Personal(**{field: getattr(personal, field) for field in Identity.__struct_fields__})


def _merged(before: Personal | None, news: Personal | None) -> Personal | None:
    if before is None or news is None:
        return news or before
    changes = {
        field: value
        for field in Personal.__struct_fields__
        if (value := getattr(news, field)) is not UNSET
    }
    if before.attributes is not UNSET and news.attributes is not UNSET:
        changes["attributes"] = {**before.attributes, **news.attributes}
    return msgspec.structs.replace(before, **changes)
