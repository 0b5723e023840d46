"""Leaderboards as answers: what they are, pages of them, and users' places on them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from api.operations.answer import FilterAnswer
from api.operations.answers import (
    BoardAnswer,
    BoardDayAnswer,
    BoardPlaceAnswer,
    EventLeaderboardAnswer,
    ListedBoardAnswer,
    RankingAnswer,
    RunAnswer,
    RunStatus,
    UserBoardAnswer,
)
from api.operations.instants import date_text, instant_text
from api.operations.render_filters import filters
from api.operations.standings import Run, Standing, attribute_values, breakdown_plan
from engine.boards.order import Order
from engine.boards.shard import Place
from engine.configuration import runs
from engine.configuration.entries import time_text
from engine.configuration.plan import Plan
from engine.host.scope import Scope
from engine.model.configuration import Leaderboard
from engine.model.facts import RankMoved
from engine.model.identifiers import Day, Instant, Ordinal, fact_id, public_id
from engine.model.user import ShardKey, UserState


class BoardDay(NamedTuple):
    """A user's place on a board at the end of a UTC day, and of the day before."""

    day: Day
    from_position: int
    from_value: int | None
    to_position: int
    to_value: int | None


class BoardRender:
    """Makes the answers about one scope's boards, by its plan at the time."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._plan = scope.plan
        self._now = scope.now()

    def listed(self, board: Leaderboard) -> ListedBoardAnswer:
        """Return a leaderboard without its ranking."""
        status = runs.shown_status(board, self._now)
        return ListedBoardAnswer(**self._fields(board, self._plan), status=status)

    def page(
        self, standing: Standing, offset: int, limit: int, at: Instant | None = None
    ) -> BoardAnswer:
        """Return a leaderboard with a page of its ranking."""
        cap = standing.board.max_participants
        if cap is not None:
            limit = min(limit, cap - offset)
        places = standing.order.page(offset, max(0, limit))
        return self._board(standing, [self._ranking(place, place.position) for place in places], at)

    def among(
        self,
        standing: Standing,
        places: Iterable[Place],
        offset: int,
        limit: int,
        at: Instant | None = None,
    ) -> BoardAnswer:
        """Return a leaderboard with some of its participants alone, ranked among themselves."""
        board = standing.board
        ranked = [
            self._ranking(place, rank, board_rank=rank_within(place.position, board))
            for rank, place in enumerate(sorted(places), start=1)
        ]
        return self._board(standing, ranked[offset : offset + limit], at)

    def of_user(
        self,
        standing: Standing,
        place: Place | None,
        days: Iterable[BoardDay],
        at: Instant | None = None,
    ) -> UserBoardAnswer:
        """Return a leaderboard with a user's place on it and its history by day."""
        board, participants = standing.board, len(standing.order)
        position = place.position if place is not None else 0
        return UserBoardAnswer(
            **self._fields(board, standing.plan),
            rank=rank_within(position, board),
            value=place.value if place is not None else None,
            history=[
                BoardDayAnswer(
                    date=date_text(day.day),
                    timestamp=f"{date_text(day.day)}T00:00:00Z",
                    previous_rank=rank_within(day.from_position, board),
                    rank=rank_within(day.to_position, board),
                    previous_value=day.from_value,
                    value=day.to_value,
                )
                for day in days
            ],
            position=position or None,
            participants=participants,
            percentile=_percentile(position, participants),
            run=self._run(standing),
            breakdown_attribute_values=values(standing.plan, board, standing.group),
            next_reset=_text(standing.next_reset),
            at=_text(at),
        )

    def places(self, state: UserState) -> list[BoardPlaceAnswer]:
        """Return a user's places in all live runs."""
        places: list[BoardPlaceAnswer] = []
        for key in sorted(state.entries):
            board, shard = self._plan.leaderboards.get(key.board), self._scope.boards.shard(key)
            value = shard.value(state.number) if shard else None
            if board is None or shard is None or value is None:
                continue
            if board.status == "inactive" or runs.is_over(board, key.run, self._now):
                continue
            first = runs.dates_of(board, key.run).first
            places.append(
                BoardPlaceAnswer(
                    key=board.key,
                    name=board.name,
                    rank=rank_within(shard.position(state.number), board),
                    value=value,
                    run=None if board.run_unit is None else date_text(first),
                    breakdown_attribute_values=values(self._plan, board, key.group),
                )
            )
        return places

    def moved(self, moves: Iterable[tuple[str, RankMoved]]) -> dict[str, EventLeaderboardAnswer]:
        """Return what an event changed on the boards; a move has its fact's id.

        Of a board on which the user has changed groups where they are now.
        """
        answers: dict[str, EventLeaderboardAnswer] = {}
        first: dict[ShardKey, int] = {}
        for id_, move in moves:
            plan = self._plan.boards.get(move.board)
            if plan is None or runs.activation_of(move.run) != plan.board.run:
                continue
            board, key = plan.board, ShardKey(move.board, move.group, move.run)
            previous = first.setdefault(key, move.from_position)
            shard = self._scope.boards.shard(key)
            pairs = values(self._plan, board, move.group)
            dates = runs.dates_of(board, move.run)
            fields = self._fields(board, self._plan)
            fields["start"] = date_text(dates.first)
            fields["end"] = None if dates.last is None else date_text(dates.last)
            answers[board.key] = EventLeaderboardAnswer(
                **fields,
                rank=rank_within(move.to_position, board),
                previous_rank=rank_within(previous, board),
                threshold=0 if shard is None else threshold_of(shard, board),
                breakdown_attribute_value=pairs[0].value if len(pairs) == 1 else UNSET,
                breakdown_attribute_values=pairs or UNSET,
                fact_id=id_,
                value=move.value if move.to_position else None,
            )
        return answers

    def run(self, board: Leaderboard, run: Run, groups: int, participants: int) -> RunAnswer:
        """Return a run of a board."""
        first, last = run.dates
        closed = run.closed
        over_at = closed.finished.at if closed else runs.over_at(board, run.number)
        return RunAnswer(
            id=str(run.number),
            start=date_text(first) if board.run_unit or board.start_given else None,
            end=None if last is None else date_text(last),
            status=self._run_status(board, run),
            participants=participants,
            groups=groups,
            over_at=_text(over_at),
            closed_at=_text(closed.closed_at if closed else None),
            finalised_at=_text((closed.finalised_at or None) if closed else None),
            fact_id=fact_id(closed.seq, 0) if closed else UNSET,
        )

    def _run_status(self, board: Leaderboard, run: Run) -> RunStatus:
        if run.closed is not None:
            return "closed"
        present = self._plan.leaderboards.get(board.ordinal, board)
        if runs.is_over(present, run.number, self._now):
            return "over"  # or the board has begun anew since
        first = board.start if board.run_unit is None else run.dates.first
        waits = runs.is_counting(board) and self._now < runs.opens_at(first)
        return "scheduled" if waits or not board.opened else "live"

    def _ranking(
        self, place: Place, rank: int, *, board_rank: int | UnsetType | None = UNSET
    ) -> RankingAnswer:
        directory = self._scope.directory
        return RankingAnswer(
            user_id=directory.id(place.number),
            user_name=directory.name(place.number),
            rank=rank,
            value=place.value,
            board_rank=board_rank,
        )

    def _board(
        self, standing: Standing, rankings: list[RankingAnswer], at: Instant | None
    ) -> BoardAnswer:
        board = standing.board
        return BoardAnswer(
            **self._fields(board, standing.plan),
            status=runs.shown_status(self._plan.leaderboards.get(board.ordinal, board), self._now),
            rankings=rankings,
            participants=len(standing.order),
            run=self._run(standing),
            breakdown_attribute_values=values(standing.plan, board, standing.group),
            threshold=threshold_of(standing.order, board),
            next_reset=_text(standing.next_reset),
            at=_text(at),
        )

    def _run(self, standing: Standing) -> RunAnswer | None:
        run = standing.run
        if run is None:
            return None
        if run.closed is not None:
            finished = run.closed.finished
            return self.run(standing.board, run, finished.groups, finished.participants)
        groups = self._scope.boards.groups(standing.board.ordinal, run.number)
        return self.run(standing.board, run, len(groups), sum(map(len, groups.values())))

    def _fields(self, board: Leaderboard, plan: Plan) -> dict[str, Any]:
        metric = plan.metrics.get(board.metric or Ordinal(0))
        system = plan.systems.get(board.points_system or Ordinal(0))
        breakdown = list(breakdown_plan(plan, board).breakdown) if board.breakdown else []
        return {
            "id": public_id(self._scope.state.name, "leaderboard", board.ordinal),
            "name": board.name,
            "key": board.key,
            "rank_by": board.rank_by,
            "breakdown_attribute": breakdown[0] if len(breakdown) == 1 else None,
            "breakdown_attributes": breakdown,
            "description": board.description or None,
            "start": date_text(board.start),
            "end": None if board.end is None else date_text(board.end),
            "start_time": time_text(board.start_minute),
            "end_time": time_text(board.end_minute),
            "max_participants": board.max_participants,
            "run_unit": board.run_unit,
            "run_interval": board.run_interval if board.run_unit else None,
            "user_attributes": filters(plan, board.user_attributes),
            "metric_key": metric.metric.key if metric else UNSET,
            "metric_name": metric.metric.name if metric else UNSET,
            "points_system_key": system.system.key if system else UNSET,
            "points_system_name": system.system.name if system else UNSET,
        }


def values(plan: Plan, board: Leaderboard, group: str) -> list[FilterAnswer]:
    """Return the breakdown attributes of a group with their values."""
    if not board.breakdown:
        return []
    pairs = attribute_values(breakdown_plan(plan, board), group)
    return [FilterAnswer(key=key, value=value) for key, value in pairs]


def rank_within(position: int, board: Leaderboard) -> int | None:
    """Return the rank at a position of the whole order: none beyond the cap (SPEC 8.4)."""
    cap = board.max_participants
    return position if position and (cap is None or position <= cap) else None


def threshold_of(order: Order, board: Leaderboard) -> int:
    """Return the least value that would enter a board's ranks now; 0 while it is not full."""
    cap = board.max_participants
    if cap is None or len(order) < cap:
        return 0
    last = order.value_at(cap)
    assert last is not None, "an order has values up to its length"
    return last + 1 if board.order == "desc" else last - 1


def _percentile(position: int, participants: int) -> float | None:
    """Return how many percent of the participants are behind a position, never rounded up."""
    if not position:
        return None
    return 10_000 * (participants - position) // participants / 100


def _text(at: Instant | None) -> str | None:
    return None if at is None else instant_text(at)
