"""Users' own boosts by an operator's hand: they live in the users' states, one command each."""

from typing import NamedTuple, TypeGuard

import msgspec

from api.operations.answers_configuration import AdminBoostAnswer
from api.operations.bulk import facts_of
from api.operations.ids import NESTED, Fields, convert
from api.operations.render_configuration import ConfigurationRender
from engine.configuration.own_boosts import changed_own_boost, new_own_boost
from engine.host import by_hand
from engine.host.ports import LogReader
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import BoostsChanged
from engine.model.identifiers import Ordinal, read_boost_id
from engine.model.user import UserBoost


class OwnBoost(NamedTuple):
    """A boost, and whose it is or will be."""

    user_id: str
    boost: UserBoost

    def of_system(self, system: Ordinal) -> "OwnBoost":
        """Return the same for another points system."""
        return self._replace(boost=msgspec.structs.replace(self.boost, system=system))


class Given(NamedTuple):
    """A boost that a user was given; `replayed` if that was before."""

    answer: AdminBoostAnswer
    replayed: bool


def is_own(item: object) -> TypeGuard[Fields]:
    """Tell whether an item is about a boost for a single user."""
    return isinstance(item, dict) and item.get("userId") is not None  # pyright: ignore


def read_own(scope: Scope, system: Ordinal, fields: Fields) -> OwnBoost:
    """Read an item about a new boost for a single user.

    Raises:
        NotFound: there is no such user.
        InvalidInput: the boost cannot be.
        msgspec.ValidationError: a field is not of its type.
    """
    user_id = convert(fields["userId"], str, "userId")
    boost = new_own_boost(system, _change(fields, "userId"))
    if scope.directory.number(user_id) is None:
        raise NotFound(f"there is no user {user_id[:80]!r}")
    return OwnBoost(user_id, boost)


def find_own(scope: Scope, system: Ordinal, id_: str) -> OwnBoost | None:
    """Return the boost of a user that an id means, None if it means none of this points system."""
    owned = read_boost_id(id_)
    if owned is None or owned[0] != scope.state.number or owned[1] not in scope.directory.numbers():
        return None
    _, user, index = owned
    for boost in scope.actors.view(user).boosts:
        if boost.index == index and boost.system == system:
            return OwnBoost(scope.directory.id(user), boost)
    return None


def shown_own(scope: Scope, own: OwnBoost) -> AdminBoostAnswer:
    """Return the boost of a user who is known."""
    number = scope.directory.number(own.user_id)
    assert number is not None
    return ConfigurationRender(scope).own_boost(number, own.boost)


def own_boosts(scope: Scope, system: Ordinal, skip: int, limit: int) -> list[AdminBoostAnswer]:
    """Return some of the boosts that single users have of a points system, by user and age."""
    render = ConfigurationRender(scope)
    found: list[AdminBoostAnswer] = []
    for user, index in scope.boosts.of_system(system, skip, limit):
        boosts = scope.actors.view(user).boosts
        found += [render.own_boost(user, boost) for boost in boosts if boost.index == index]
    return found


async def give(scope: Scope, own: OwnBoost, log: LogReader, *, key: bytes = b"") -> Given:
    """Give a user a boost.

    Args:
        scope: the user's.
        own: the boost.
        log: where the first giving stands, if this is a repeat.
        key: the hash of the item's idempotency key.

    Raises:
        NotFound: there is no such user.
        InvalidInput: they have too many.
    """
    applied = await by_hand.add_boost(scope, own.user_id, own.boost, key=key)
    answer = ConfigurationRender(scope).own_boost(applied.state.number, _given(applied, log))
    return Given(answer, replayed=applied.replayed)


async def change_own(scope: Scope, own: OwnBoost, fields: Fields) -> AdminBoostAnswer:
    """Change a user's boost: left out is no change.

    Raises:
        NotFound: the user or the boost is gone by now.
        InvalidInput: it cannot be.
        msgspec.ValidationError: a field is not of its type.
    """
    boost = changed_own_boost(own.boost, _change(fields, "id"))
    applied = await by_hand.change_boost(scope, own.user_id, boost)
    return ConfigurationRender(scope).own_boost(applied.state.number, boost)


async def take(scope: Scope, own: OwnBoost) -> None:
    """Take a user's boost away.

    Raises:
        NotFound: the user is gone by now.
        InvalidInput: the boost is.
    """
    await by_hand.delete_boost(scope, own.user_id, own.boost.index)


def _change(fields: Fields, aside: str) -> Fields:
    """Return what an item says of the boost itself, without whose or which it is."""
    for field in fields:
        if field not in NESTED["boosts"] and field != aside:
            raise InvalidInput("", f"unknown field {field[:80]!r}")
    return {field: value for field, value in fields.items() if field != aside}


def _given(applied: Applied, log: LogReader) -> UserBoost:
    """Return the boost that an item made, also when it was made by an earlier copy of it."""
    changed = [fact for fact in facts_of(applied, log) if isinstance(fact, BoostsChanged)]
    return changed[-1].boosts[-1]
