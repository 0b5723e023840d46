"""What was on a leaderboard: the order at an instant, a user's places by day and their changes."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from weakref import WeakKeyDictionary

import trio

from api.operations.answers import RankChangeAnswer, RankChangesAnswer
from api.operations.instants import instant_text
from api.operations.render_boards import BoardDay, rank_within
from api.operations.standings import NOBODY, Standing
from engine.boards.order import Order
from engine.boards.past_order import PastOrder
from engine.boards.rank_rows import RowId
from engine.boards.shard import Place, Shard
from engine.configuration import runs
from engine.host.engine import Engine
from engine.host.scope import Scope
from engine.model.identifiers import DAY_US, Day, Instant, UserNumber, fact_id
from engine.model.user import ShardKey
from persistence.rank_history import RankHistory

PAST_ORDERS_MAX = 4
"""Whole orders of the past in memory at a time: 16 bytes a participant each, perhaps 16 MB."""

_SLICE_PLACES = 4_096
"""Places of a past order looked at between two looks at the event loop: some 1 ms."""


_rooms: "WeakKeyDictionary[Engine, trio.Semaphore]" = WeakKeyDictionary()


class BoardHistory:
    """The past of one scope's boards."""

    def __init__(self, scope: Scope, engine: Engine) -> None:
        self._scope = scope
        self._history = RankHistory(engine.log, engine.derived, scope)
        self._room = _rooms.setdefault(engine, trio.Semaphore(PAST_ORDERS_MAX))

    @asynccontextmanager
    async def at(self, standing: Standing, at: Instant | None) -> AsyncGenerator[Standing]:
        """Give a standing as it was at an instant, until the block is left; at None as it is."""
        if at is None:
            yield standing
        elif standing.run is None:
            yield standing._replace(order=NOBODY)
        else:
            async with self._room:
                order = await self._history.standing_at(_shard(standing), at)
                yield standing._replace(order=order)

    async def days(
        self, standing: Standing, number: UserNumber, count: int, at: Instant | None
    ) -> list[BoardDay]:
        """Return where somebody stood at the end of the last UTC days, newest first.

        The last day is that of the instant, or of now, or the one on which the run was over. Days
        before they came onto the board are left out.
        """
        run = standing.run
        if run is None or not count:
            return []
        until = self._scope.now() if at is None else at
        closed = run.closed
        over_at = closed.finished.at if closed else runs.over_at(standing.board, run.number)
        last = min(until, until if over_at is None else over_at) // DAY_US
        if at is not None:  # the day was not over by then
            ends = await self._history.days(_shard(standing), number, last - 1, count)
            place = await self._history.place_at(_shard(standing), number, at)
            spots = [(end.day, end.spot) for end in ends] + [(last, place)]
        else:
            ends = await self._history.days(_shard(standing), number, last, count + 1)
            spots = [(end.day, end.spot) for end in ends]
        found = [
            BoardDay(
                Day(day),
                before.position if before else 0,
                before.value if before else None,
                spot.position if spot else 0,
                spot.value if spot else None,
            )
            for (_, before), (day, spot) in pairwise(spots)
            if before or spot
        ]
        return found[::-1]

    async def changes(
        self,
        standing: Standing,
        number: UserNumber,
        within: tuple[Instant, Instant],
        *,
        after: RowId | None,
        limit: int,
    ) -> RankChangesAnswer:
        """Return the changes of somebody's rank or value from one instant on and before another.

        Args:
            standing: the board, run and group.
            number: who.
            within: from when on, and before when.
            after: one of the changes: those behind it.
            limit: the most to return.
        """
        if standing.run is None:
            return RankChangesAnswer(changes=[], next=None)
        since, until = within
        found = await self._history.changes(
            _shard(standing), number, start=since, end=until, limit=limit + 1, after=after
        )
        board = standing.board
        shown = [
            RankChangeAnswer(
                timestamp=instant_text(change.at),
                fact_id=fact_id(*change.row),
                previous_rank=rank_within(change.before.position if change.before else 0, board),
                rank=rank_within(change.after.position if change.after else 0, board),
                previous_position=change.before.position if change.before else None,
                position=change.after.position if change.after else None,
                previous_value=change.before.value if change.before else None,
                value=change.after.value if change.after else None,
            )
            for change in found[:limit]
        ]
        return RankChangesAnswer(
            changes=shown, next=shown[-1].fact_id if len(found) > limit else None
        )


async def places_of(order: Order, numbers: Iterable[UserNumber]) -> list[Place]:
    """Return the places of some participants; whoever is not in the order is left out.

    Cost: O(log n) for each of a live order, a read each of an archived one. A past order is walked
    through once, in slices.
    """
    wanted = dict.fromkeys(numbers)
    found: list[Place] = []
    if isinstance(order, PastOrder):
        for offset in range(0, len(order), _SLICE_PLACES):
            found += [p for p in order.page(offset, _SLICE_PLACES) if p.number in wanted]
            if len(found) == len(wanted):
                break
            await trio.lowlevel.checkpoint()
        return found
    for number in wanted:
        value = order.value(number)
        if value is not None:
            found.append(Place(order.position(number), number, value))
        if not isinstance(order, Shard):  # a live one moves on while others run
            await trio.lowlevel.checkpoint()
    return found


def _shard(standing: Standing) -> ShardKey:
    assert standing.run is not None, "a board without a run has no history"
    return ShardKey(standing.board.ordinal, standing.group, standing.run.number)
