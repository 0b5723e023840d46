"""Leaderboards as answers: what they are, pages of them, and users' places on them."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET
from msgspec.structs import asdict

from api.operations.answers import (
    BoardAnswer,
    BoardDayAnswer,
    BoardPlaceAnswer,
    EventLeaderboardAnswer,
    LeaderboardAnswer,
    RankingAnswer,
    UserBoardAnswer,
)
from api.operations.instants import date_text
from engine.boards.shard import Shard
from engine.configuration.plan import shard_of
from engine.host.scope import Scope
from engine.model.configuration import Leaderboard
from engine.model.facts import RankMoved
from engine.model.identifiers import Day, Ordinal, public_id
from engine.model.user import UserState


class BoardDay(NamedTuple):
    """A user's place on a board at the end of a UTC day on which their own value changed."""

    day: Day
    from_position: int
    from_value: int | None
    to_position: int
    to_value: int


class BoardRender:
    """Makes the answers about one scope's boards, by its plan at the time."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._plan = scope.plan

    def leaderboard(self, board: Leaderboard) -> LeaderboardAnswer:
        """Return a leaderboard without its ranking."""
        metric = self._plan.metrics.get(board.metric or Ordinal(0))
        system = self._plan.systems.get(board.points_system or Ordinal(0))
        return LeaderboardAnswer(
            id=public_id(self._scope.state.name, "leaderboard", board.ordinal),
            name=board.name,
            key=board.key,
            rank_by=board.rank_by,
            breakdown_attribute=None,
            breakdown_attributes=[],
            description=board.description or None,
            start=date_text(board.start),
            end=None,
            start_time=None,
            end_time=None,
            max_participants=board.max_participants,
            run_unit=None,
            run_interval=None,
            user_attributes=[],
            metric_key=metric.metric.key if metric else UNSET,
            metric_name=metric.metric.name if metric else UNSET,
            points_system_key=system.system.key if system else UNSET,
            points_system_name=system.system.name if system else UNSET,
        )

    def page(self, board: Leaderboard, shard: Shard, offset: int, limit: int) -> BoardAnswer:
        """Return a leaderboard with a page of its ranking."""
        if board.max_participants is not None:
            limit = max(0, min(limit, board.max_participants - offset))
        directory = self._scope.directory
        return BoardAnswer(
            **asdict(self.leaderboard(board)),
            status=board.status,
            participants=len(shard),
            rankings=[
                RankingAnswer(
                    user_id=directory.id(place.number),
                    user_name=directory.name(place.number),
                    rank=place.position,
                    value=place.value,
                )
                for place in shard.page(offset, limit)
            ],
        )

    def of_user(
        self, board: Leaderboard, shard: Shard, state: UserState, days: Iterable[BoardDay]
    ) -> UserBoardAnswer:
        """Return a leaderboard with a user's place on it and its history by day."""
        return UserBoardAnswer(
            **asdict(self.leaderboard(board)),
            rank=rank_within(shard.position(state.number), board),
            value=shard.value(state.number),
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
        )

    def places(self, state: UserState) -> list[BoardPlaceAnswer]:
        """Return a user's places on all boards."""
        places: list[BoardPlaceAnswer] = []
        for board in self._plan.configuration.leaderboards:
            shard = self._scope.boards.shard(shard_of(board))
            value = shard.value(state.number) if shard else None
            if shard is not None and value is not None:
                rank = rank_within(shard.position(state.number), board)
                places.append(
                    BoardPlaceAnswer(key=board.key, name=board.name, rank=rank, value=value)
                )
        return places

    def moved(self, moves: Iterable[tuple[str, RankMoved]]) -> dict[str, EventLeaderboardAnswer]:
        """Return what an event changed on the boards; a move has its fact's id."""
        answers: dict[str, EventLeaderboardAnswer] = {}
        first: dict[Ordinal, int] = {}
        for id_, move in moves:
            board = self._plan.boards.get(move.board)
            shard = self._scope.boards.shard(shard_of(board)) if board else None
            if board is None or shard is None or move.run != board.run:
                continue
            previous = first.setdefault(move.board, move.from_position)
            answers[board.key] = EventLeaderboardAnswer(
                **asdict(self.leaderboard(board)),
                rank=rank_within(move.to_position, board),
                previous_rank=rank_within(previous, board),
                threshold=threshold_of(shard, board),
                fact_id=id_,
            )
        return answers


def rank_within(position: int, board: Leaderboard) -> int | None:
    """Return the rank at a position of the whole order: none beyond the cap (SPEC 8.4)."""
    cap = board.max_participants
    return position if position and (cap is None or position <= cap) else None


def threshold_of(shard: Shard, board: Leaderboard) -> int:
    """Return the least value that would enter a board's ranks now; 0 while it is not full."""
    cap = board.max_participants
    if cap is None or len(shard) < cap:
        return 0
    last = shard.value_at(cap)
    assert last is not None
    return last + 1 if board.order == "desc" else last - 1
