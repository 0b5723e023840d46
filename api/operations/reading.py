"""What reads have in common, over HTTP and in process: state brought up to now, ledgers, boards.

Rows come from the log, newest first. What has fallen due and is not recorded yet is in a user's
state, and in front of the rows where it needs no id of its own (SPEC 2.7).
"""

import trio

from api.operations.answers import BoardAnswer
from api.operations.answers_points import AwardAnswer
from api.operations.render_boards import BoardDay, BoardRender
from api.operations.render_points import PointsRender
from engine.boards.shard import Shard
from engine.configuration.plan import SystemPlan, shard_of
from engine.host.ports import LogReader
from engine.host.scope import Scope
from engine.host.zones import DAY_US
from engine.model.configuration import Leaderboard
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import PointsAwarded, RankMoved
from engine.model.identifiers import Day
from engine.model.limits import PAGE_MAX
from engine.model.user import UserState
from engine.rules.evaluate import Decision
from persistence.ledgers import Ledgers

MOVES_READ_MAX = 1_000
"""Records read for one history of a board: some 15 ms, in slices."""
_MOVES_SLICE = 64


def last_awards(
    scope: Scope, log: LogReader, decision: Decision, system: SystemPlan, limit: int
) -> list[AwardAnswer]:
    """Return a user's last awards in a points system, newest first.

    What has fallen due and is not recorded yet stands first, without an id.
    """
    render, state, ordinal = PointsRender(scope), decision.state, system.system.ordinal
    awards = [
        render.award(None, fact, state)
        for fact in reversed(decision.facts)
        if isinstance(fact, PointsAwarded) and fact.system == ordinal
    ][:limit]
    recorded = scope.actors.view(state.number)
    rows = Ledgers(log, scope.state.number).points(recorded, ordinal, limit - len(awards))
    return awards + [render.award(row.id, row.fact, state) for row in rows]


def find_board(scope: Scope, key: str) -> tuple[Leaderboard, Shard]:
    """Return an active board with its order.

    Raises:
        NotFound: there is none of that key; says which there are.
    """
    board = scope.plan.boards_by_key.get(key)
    shard = scope.boards.shard(shard_of(board)) if board else None
    if board is None or shard is None:
        known = ", ".join(sorted(scope.plan.boards_by_key)) or "none"
        raise NotFound(f"there is no active board {key[:80]!r} (boards: {known[:200]})")
    return board, shard


def board_page(
    scope: Scope, key: str, *, offset: int, limit: int, around: str | None = None
) -> BoardAnswer:
    """Return a page of a board.

    Args:
        scope: whose board.
        key: the board's.
        offset: how many ranks to pass over; with `around` counted from the user's own place.
        limit: how many to return, at most 1,000.
        around: the id of a user to start from; who is not on the board gives an empty page.

    Raises:
        NotFound: there is no such board, or it is not active.
        InvalidInput: offset or limit out of bounds.
    """
    if not 0 <= limit <= PAGE_MAX:
        raise InvalidInput("limit", f"must be 0 to {PAGE_MAX}")
    if offset < 0 and around is None:
        raise InvalidInput("offset", "must not be negative, unless it is counted from a user")
    board, shard = find_board(scope, key)
    first = offset
    if around is not None:
        number = scope.directory.number(around)
        position = shard.position(number) if number is not None else 0
        first = position - 1 + offset
        if not position:
            first = limit = 0
        elif first < 0:
            first, limit = 0, max(0, limit + first)
    return BoardRender(scope).page(board, shard, first, limit)


async def board_days(
    scope: Scope, log: LogReader, state: UserState, board: Leaderboard, limit: int
) -> list[BoardDay]:
    """Return a user's places on a board by day, newest first, from the records of their own moves.

    Reads at most `MOVES_READ_MAX` records: who sends more than that in so many days gets fewer.
    """
    moves: list[tuple[Day, RankMoved]] = []
    days: set[Day] = set()
    recorded = scope.actors.view(state.number)
    for count, (record, move) in enumerate(
        Ledgers(log, scope.state.number).moves(recorded, board), 1
    ):
        day = Day(record.record.at // DAY_US)
        days.add(day)
        moves.append((day, move))
        if count == MOVES_READ_MAX or len(days) > limit:
            break
        if count % _MOVES_SLICE == 0:
            await trio.lowlevel.checkpoint()
    return _by_day(moves, limit)


def _by_day(moves: list[tuple[Day, RankMoved]], limit: int) -> list[BoardDay]:
    days: list[BoardDay] = []
    for index, (day, move) in enumerate(moves):
        if not days or days[-1].day != day:
            if len(days) == limit:
                break
            days.append(BoardDay(day, 0, None, move.to_position, move.value))
        older = moves[index + 1][1].value if index + 1 < len(moves) else None
        before = move.from_position
        days[-1] = days[-1]._replace(from_position=before, from_value=older if before else None)
    return days
