"""A page of a leaderboard, over HTTP and in process: from the top, around a user, or of friends."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from api.items import read_instant
from api.json_input import misfit
from api.operations.answers import BoardAnswer
from api.operations.board_history import BoardHistory, places_of
from api.operations.render_boards import BoardRender
from api.operations.standings import Asked, Standings
from engine.host.engine import Engine
from engine.host.scope import Scope
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant
from engine.model.limits import ITEMS_MAX, PAGE_MAX
from engine.model.user import UserState

RANKS_SHOWN = 10
"""Of a page that does not say how many."""

Page = Annotated[int, msgspec.Meta(ge=0, le=PAGE_MAX)]


class LeaderboardQuery(
    msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True
):
    """Which part of a board is wanted."""

    run: str | None = None
    user_attributes: str | None = None
    offset: int = 0
    limit: Page | UnsetType = UNSET
    user_id: str | None = None
    user_ids: Annotated[list[str], msgspec.Meta(max_length=ITEMS_MAX)] = []
    at: str | None = None


def read_query(values: Mapping[str, object]) -> LeaderboardQuery:
    """Return what a caller in process wants, by the names that a query of HTTP has.

    Raises:
        InvalidInput: it cannot be wanted; names the parameter.
    """
    try:
        return msgspec.convert(values, LeaderboardQuery)
    except msgspec.ValidationError as error:
        raise misfit(error) from error


async def read_page(scope: Scope, engine: Engine, key: str, query: LeaderboardQuery) -> BoardAnswer:
    """Return a page of a board, the surroundings of a user on it, or some users alone.

    Raises:
        NotFound: there is no such board, or it is not active.
        InvalidInput: the board has no such run or group, or offset or instant are out of bounds.
    """
    if query.offset < 0 and query.user_id is None:
        raise InvalidInput("offset", "must not be negative, unless it is counted from a user")
    if query.user_ids and query.user_id is not None:
        raise InvalidInput("userIds", "does not go together with userId")
    around, at = _known(scope, query.user_id), instant_of(scope, query.at)
    render = BoardRender(scope)
    is_of_user = query.user_id is not None
    asked = Asked(query.run, query.user_attributes, is_of_user, around, at)
    standing = Standings(scope, engine).find(key, asked)
    async with BoardHistory(scope, engine).at(standing, at) as then:
        if query.user_ids:
            numbers = map(scope.directory.number, query.user_ids)
            friends = await places_of(then.order, (n for n in numbers if n is not None))
            most = len(friends) if query.limit is UNSET else query.limit
            return render.among(then, friends, query.offset, most, at)
        first = query.offset
        limit = RANKS_SHOWN if query.limit is UNSET else query.limit
        if is_of_user:
            places = await places_of(then.order, [around.number] if around is not None else [])
            if not places:
                return render.page(then, 0, 0, at)
            first += places[0].position - 1
        return render.page(then, max(0, first), max(0, limit + min(0, first)), at)


def instant_of(scope: Scope, text: str | None) -> Instant | None:
    """Read the instant as of which something is asked for.

    Raises:
        InvalidInput: it is none, or lies in the future.
    """
    if text is None:
        return None
    at = read_instant(text, "at")
    if at > scope.now():
        raise InvalidInput("at", "lies in the future")
    return at


def _known(scope: Scope, user_id: str | None) -> UserState | None:
    """Return a user who is named, brought up to now; None if there is none of that id."""
    if user_id is None or scope.directory.number(user_id) is None:
        return None
    return scope.read_user(user_id).state
