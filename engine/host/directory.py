"""Who is which number: ids and names of a scope's users, readable without their state."""

from collections.abc import Collection

from engine.model.identifiers import UserNumber


class Directory:
    """The ids and names of one scope's users."""

    def __init__(self) -> None:
        self._numbers: dict[str, UserNumber] = {}
        self._ids: dict[UserNumber, str] = {}
        self._names: dict[UserNumber, str] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def number(self, user_id: str) -> UserNumber | None:
        """Return a user's number, None if there is no such user."""
        return self._numbers.get(user_id)

    def numbers(self) -> Collection[UserNumber]:
        """Return the numbers of all users, in order of their making."""
        return self._ids.keys()

    def id(self, number: UserNumber) -> str:
        """Return a user's id; of an erased one, what stands in its place (SPEC 9.4)."""
        return self._ids.get(number) or f"erased-{number}"

    def name(self, number: UserNumber) -> str | None:
        """Return a user's name, None if they have none."""
        return self._names.get(number)

    def enter(self, number: UserNumber, user_id: str, name: str | None) -> None:
        """Enter a user, or take over their present name."""
        if number not in self._ids:
            self._numbers[user_id] = number
            self._ids[number] = user_id
        if name is not None:
            self._names[number] = name
        else:
            self._names.pop(number, None)
