"""Leaderboards as everybody reads them (SPEC 8.6): lists, pages, groups, runs, places, history."""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec

from api.items import read_instant
from api.operations.answers import GroupAnswer, GroupsAnswer, RankOfValueAnswer, RunAnswer
from api.operations.board_history import BoardHistory, places_of
from api.operations.board_pages import LeaderboardQuery, instant_of, read_page
from api.operations.call import Call, Reply
from api.operations.render_boards import BoardRender, rank_within, values
from api.operations.standings import Asked, Run, Standings
from engine.boards.order import position_for
from engine.boards.rank_rows import RowId
from engine.model.configuration import Leaderboard
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant, read_fact_id
from engine.model.limits import PAGE_MAX, POINTS_MAX

Page = Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)]
Skipped = Annotated[int, msgspec.Meta(ge=0)]


class ListQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whether boards are wanted that are over."""

    include_finished: Literal["true", "false"] = "false"


class UserLeaderboardQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How much of a user's history on a board is wanted."""

    run: str | None = None
    num_events: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    user_attributes: str | None = None
    at: str | None = None


class ChangesQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which of a user's rank changes are wanted."""

    run: str | None = None
    user_attributes: str | None = None
    since: str = msgspec.field(name="from", default="1970-01-01T00:00:00Z")
    until: str | None = msgspec.field(name="to", default=None)
    after: str | None = None
    limit: Page = 100


class RunsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of a board's runs are wanted, newest first."""

    limit: Page = 10
    skip: Skipped = 0


class GroupsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the groups of a run are wanted."""

    run: str | None = None
    limit: Page = 100
    skip: Skipped = 0


class RankQuery(
    msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True
):
    """The value whose rank is wanted, and on which run and group."""

    value: Annotated[int, msgspec.Meta(ge=-POINTS_MAX, le=POINTS_MAX)]
    run: str | None = None
    user_attributes: str | None = None


async def list_all(call: Call[ListQuery, None]) -> Reply:
    """Return the boards that are not inactive; those that are over if they are asked for."""
    render = BoardRender(call.scope)
    listed = [
        render.listed(board)
        for board in call.scope.configuration.leaderboards
        if board.status != "inactive"
    ]
    every = call.query.include_finished == "true"
    return Reply(HTTPStatus.OK, [b for b in listed if every or b.status != "finished"])


async def get(call: Call[LeaderboardQuery, None]) -> Reply:
    """Return a page of a board. See `board_pages.read_page`."""
    page = await read_page(call.scope, call.engine, call.path[0], call.query)
    return Reply(HTTPStatus.OK, page)


async def of_user(call: Call[UserLeaderboardQuery, None]) -> Reply:
    """Return a user's rank and value on a board, with their place at the end of the last days.

    Raises:
        NotFound: there is no such user or board.
        InvalidInput: the board has no such run or group, or the instant is none.
    """
    user_id, key = call.path
    query, scope = call.query, call.scope
    state = scope.read_user(user_id).state
    at = instant_of(scope, query.at)
    render, history = BoardRender(scope), BoardHistory(scope, call.engine)
    asked = Asked(query.run, query.user_attributes, True, state, at)
    standing = Standings(scope, call.engine).find(key, asked)
    days = await history.days(standing, state.number, query.num_events, at)
    async with history.at(standing, at) as then:
        places = await places_of(then.order, [state.number])
        place = places[0] if places else None
        return Reply(HTTPStatus.OK, render.of_user(then, place, days, at))


async def changes(call: Call[ChangesQuery, None]) -> Reply:
    """Return the changes of a user's rank within a period, those by others' moves included.

    Raises:
        NotFound: there is no such user or board.
        InvalidInput: the board has no such run or group, or the period is none.
    """
    user_id, key = call.path
    query, scope = call.query, call.scope
    state = scope.read_user(user_id).state
    asked = Asked(query.run, query.user_attributes, True, state)
    standing = Standings(scope, call.engine).find(key, asked)
    since = read_instant(query.since, "from")
    # Up to now, with what happened at this very instant.
    until = Instant(scope.now() + 1) if query.until is None else read_instant(query.until, "to")
    if until <= since and query.until is None:
        raise InvalidInput("from", "lies in the future")
    if until <= since:
        raise InvalidInput("to", "must be later than from")
    after = None
    if query.after is not None:
        found = read_fact_id(query.after)
        if found is None:
            raise InvalidInput("after", "is no id of a fact; those are like 1234.5")
        after = RowId(*found)
    history = BoardHistory(scope, call.engine)
    answer = await history.changes(
        standing, state.number, (since, until), after=after, limit=query.limit
    )
    return Reply(HTTPStatus.OK, answer)


async def runs(call: Call[RunsQuery, None]) -> Reply:
    """Return the runs of a board that anybody was on, newest first.

    Raises:
        NotFound: there is no such board.
    """
    finder, render = Standings(call.scope, call.engine), BoardRender(call.scope)
    board = finder.board(call.path[0])
    query = call.query
    found = finder.all_runs(board)[query.skip : query.skip + query.limit]
    return Reply(HTTPStatus.OK, [_run(render, finder, board, run) for run in found])


async def groups(call: Call[GroupsQuery, None]) -> Reply:
    """Return the groups of a board's run, those with most participants first.

    Raises:
        NotFound: there is no such board.
        InvalidInput: the board has no such run.
    """
    finder, render = Standings(call.scope, call.engine), BoardRender(call.scope)
    query = call.query
    # Nobody is named, and no group needs to be.
    standing = finder.find(call.path[0], Asked(query.run, is_of_user=True))
    board, run = standing.board, standing.run
    found = finder.groups(board, run)
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return Reply(
        HTTPStatus.OK,
        GroupsAnswer(
            run=None if run is None else _run(render, finder, board, run),
            groups=[
                GroupAnswer(
                    breakdown_attribute_values=values(standing.plan, board, group),
                    participants=participants,
                )
                for group, participants in ordered[query.skip : query.skip + query.limit]
            ],
            total=len(found),
        ),
    )


async def rank(call: Call[RankQuery, None]) -> Reply:
    """Return the rank that somebody would have who came to a value now.

    Raises:
        NotFound: there is no such board.
        InvalidInput: the board has no such run or group.
    """
    query = call.query
    standing = Standings(call.scope, call.engine).find(
        call.path[0], Asked(query.run, query.user_attributes)
    )
    board, order = standing.board, standing.order
    position = position_for(order, query.value, descending=board.order == "desc")
    return Reply(
        HTTPStatus.OK,
        RankOfValueAnswer(
            value=query.value,
            rank=rank_within(position, board),
            position=position,
            participants=len(order),
        ),
    )


def _run(render: BoardRender, finder: Standings, board: Leaderboard, run: Run) -> RunAnswer:
    if run.closed is not None:
        finished = run.closed.finished
        return render.run(board, run, finished.groups, finished.participants)
    found = finder.groups(board, run)
    return render.run(board, run, len(found), sum(found.values()))
