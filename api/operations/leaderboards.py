"""Leaderboards: a page of one, and a user's place on one (SPEC 8.6)."""

from http import HTTPStatus
from typing import Annotated

import msgspec

from api.operations.call import Call, Reply
from api.operations.reading import board_days, board_page, find_board
from api.operations.render_boards import BoardRender
from engine.model.errors import InvalidInput
from engine.model.limits import PAGE_MAX


class LeaderboardQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which part of a board is wanted."""

    offset: int = 0
    limit: Annotated[int, msgspec.Meta(ge=0, le=PAGE_MAX)] = 10
    run: str | None = None
    user_id: str | None = None
    user_attributes: str | None = None


class UserLeaderboardQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How much of a user's history on a board is wanted."""

    run: str | None = None
    num_events: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10


async def get(call: Call[LeaderboardQuery, None]) -> Reply:
    """Return a page of a board, or the surroundings of a user on it.

    Raises:
        NotFound: there is no such board, or it is not active.
        InvalidInput: the board has no runs or no groups to choose from.
    """
    query = call.query
    _check_run(query.run)
    if query.user_attributes is not None:
        raise InvalidInput("userAttributes", "the board has no breakdown attribute")
    page = board_page(
        call.scope,
        call.path[0],
        offset=query.offset,
        limit=query.limit,
        around=query.user_id,
    )
    return Reply(HTTPStatus.OK, page)


async def of_user(call: Call[UserLeaderboardQuery, None]) -> Reply:
    """Return a user's rank and value on a board, with the days on which their value changed.

    Raises:
        NotFound: there is no such user or board.
        InvalidInput: the board has no runs to choose from.
    """
    user_id, key = call.path
    _check_run(call.query.run)
    scope = call.scope
    state = scope.read_user(user_id).state
    board, shard = find_board(scope, key)
    days = await board_days(scope, call.engine.log, state, board, call.query.num_events)
    return Reply(HTTPStatus.OK, BoardRender(scope).of_user(board, shard, state, days))


def _check_run(run: str | None) -> None:
    if run is not None:
        raise InvalidInput("run", "the board is perpetual: it has no runs")
