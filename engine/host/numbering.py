"""How pauses and boosts of users are numbered when their commands run again.

A command that changes or takes away one of them says which by its number: the n-th that the user
was ever given. Where some were not given this time, the later ones have lower numbers.
"""

from msgspec.structs import replace

from engine.model.commands import (
    AddBoost,
    AddPause,
    ChangeBoost,
    DeleteBoost,
    DeletePause,
    UserCommand,
)
from engine.model.errors import InvalidInput
from engine.model.identifiers import UserNumber
from engine.model.user import UserState


class Numbering:
    """By user which pauses and boosts they were not given this time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pauses: dict[UserNumber, list[int]] = {}
        self._boosts: dict[UserNumber, list[int]] = {}
        """Numbers as recorded, ascending."""

    def renumbered(self, user: UserNumber, command: UserCommand) -> UserCommand:
        """Return a command that means the same pause or boost here.

        Raises:
            InvalidInput: it means one that was not given.
        """
        match command:
            case DeletePause():
                return replace(command, index=_here(self._pauses, user, command.index, "pause"))
            case DeleteBoost():
                return replace(command, index=_here(self._boosts, user, command.index, "boost"))
            case ChangeBoost():
                index = _here(self._boosts, user, command.boost.index, "boost")
                return replace(command, boost=replace(command.boost, index=index))
            case _:
                return command

    def missed(self, user: UserNumber, command: UserCommand, state: UserState | None) -> None:
        """Note that a command was refused.

        Args:
            user: whose it was.
            command: the command.
            state: the user, None if there is none.
        """
        if isinstance(command, AddPause):
            missed = self._pauses.setdefault(user, [])
            missed.append((state.pauses_made if state else 0) + len(missed) + 1)
        elif isinstance(command, AddBoost):
            missed = self._boosts.setdefault(user, [])
            missed.append((state.boosts_made if state else 0) + len(missed) + 1)


def _here(missed: dict[UserNumber, list[int]], user: UserNumber, index: int, what: str) -> int:
    numbers = missed.get(user, [])
    if index in numbers:
        raise InvalidInput("", f"the {what} was not given")
    return index - sum(number < index for number in numbers)
