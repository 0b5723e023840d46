"""What is to be said of facts about leaderboards: moves, what counted, hiding, the end of a run."""

from typing import NamedTuple

from msgspec import UNSET

from api.operations.answer import FilterAnswer
from api.operations.answers_explain import BoardReasonsAnswer
from api.operations.instants import date_text, instant_text
from engine.configuration import runs
from engine.configuration.board_plan import values_of
from engine.configuration.plan import Plan
from engine.model.commands import RecordEvent, UpsertUser
from engine.model.configuration import Leaderboard
from engine.model.facts import (
    MetricChanged,
    PointsAwarded,
    RankMoved,
    RunCounted,
    RunFinished,
    UserHidden,
)
from engine.model.identifiers import Millionths
from engine.model.numbers import as_double, as_text
from engine.model.record import StoredRecord


class ToldOfBoard(NamedTuple):
    """Sentences, and the same as data."""

    why: list[str]
    leaderboard: BoardReasonsAnswer


class BoardExplainer:
    """Explains what one record says of leaderboards, by the configuration in force then."""

    def __init__(self, plan: Plan, stored: StoredRecord) -> None:
        self._plan = plan
        self._stored = stored
        self._facts = stored.record.facts

    def moved(self, fact: RankMoved, *, due: bool) -> ToldOfBoard:
        """Say where a move led, and what brought it about if it was no event of their own."""
        board = self._plan.leaderboards.get(fact.board)
        group = self._group(board, fact.group)
        where = self._where(board, fact.run, group)
        if not fact.to_position:
            said = f"The user left {where}, where they were at {fact.from_position:,}."
        else:
            said = f"The user's value on {where} became {fact.value:,}: they {_how(fact)}."
        cause = self._cause(fact, board, due=due)
        return ToldOfBoard(
            [said, cause] if cause else [said],
            self._reasons(
                board,
                fact.run,
                group=group,
                previous_position=fact.from_position or None,
                position=fact.to_position or None,
                value=fact.value if fact.to_position else None,
            ),
        )

    def counted(self, fact: RunCounted) -> ToldOfBoard:
        """Say what somebody has come to in a run, exactly."""
        board = self._plan.leaderboards.get(fact.board)
        millionths = board is not None and board.rank_by == "metric"
        group = [] if fact.group is None else self._group(board, fact.group)
        where = self._where(board, fact.run, group)
        if fact.value is None:
            said = f"Nothing is left of what counted for the user on {where}."
        else:
            said = f"The user has {_amount(fact.value, millionths)} on {where}"
            change = _amount(abs(fact.change), millionths)
            how = f"{change} {'more' if fact.change > 0 else 'less'} than before"
            said += f": {how if fact.change else 'as much as before'}."
        value = fact.value
        if millionths and value is not None:
            value = as_double(Millionths(value))
        change = as_double(Millionths(fact.change)) if millionths else float(fact.change)
        return ToldOfBoard(
            [said],
            self._reasons(
                board, fact.run, group=group, value=value, change=change, events=fact.events
            ),
        )

    def finished(self, fact: RunFinished) -> ToldOfBoard:
        """Say of which run the standing is final, and how many are on it."""
        board = self._plan.leaderboards.get(fact.board)
        where = self._where(board, fact.run, [])
        groups = "" if fact.groups == 1 else f" in {fact.groups:,} groups"
        people = "participant" if fact.participants == 1 else "participants"
        by_hand = board is not None and runs.ended_at(board, fact.run) == fact.at
        over = "An operator ended it early." if by_hand else f"Over at {instant_text(fact.at)}."
        return ToldOfBoard(
            [f"{where} is final, with {fact.participants:,} {people}{groups}. {over}"],
            self._reasons(
                board,
                fact.run,
                participants=fact.participants,
                groups=fact.groups,
                digest=fact.digest.hex(),
            ),
        )

    def _cause(self, fact: RankMoved, board: Leaderboard | None, *, due: bool) -> str | None:
        hidden = next((f for f in self._facts if isinstance(f, UserHidden)), None)
        if hidden is not None and not due:
            what = "keeps them off all leaderboards" if hidden.hidden else "shows them again"
            return f"An operator {what}."
        if any(
            isinstance(f, RankMoved) and _is_counterpart(f, fact) and f.at == fact.at
            for f in self._facts
        ):
            return "Their attributes are others now: they have changed groups."
        voided = any(isinstance(f, MetricChanged) and f.voids for f in self._facts)
        if voided and not due:
            return "An event was voided."
        by_attributes = not due and isinstance(
            self._stored.record.command, RecordEvent | UpsertUser
        )
        if by_attributes and not fact.to_position:
            return "By their attributes they no longer belong on it."
        if fact.from_position or board is None or self._has_counted(fact, board):
            return None
        if by_attributes:
            return "By their attributes they belong on it."
        return "The leaderboard began with everybody who belongs on it." if due else None

    def _has_counted(self, fact: RankMoved, board: Leaderboard) -> bool:
        """Whether the user's own doing, or an interval that ended, changed the value."""
        if board.rank_by == "streak":
            return True
        if board.rank_by == "metric":
            return any(
                isinstance(f, MetricChanged) and f.metric == board.metric for f in self._facts
            )
        return any(
            isinstance(f, PointsAwarded) and f.system == board.points_system and f.at == fact.at
            for f in self._facts
        )

    def _where(self, board: Leaderboard | None, run: int, group: list[FilterAnswer]) -> str:
        if board is None:
            return "a board that is not known any more"
        said: list[str] = []
        if board.run_unit is not None:
            first, last = _dates(board, run)
            said.append(f"{first} to {last}" if last not in (None, first) else str(first))
        said += [f"{pair.key} {pair.value}" for pair in group]
        return f"{board.name!r} ({', '.join(said)})" if said else repr(board.name)

    def _group(self, board: Leaderboard | None, group: str) -> list[FilterAnswer]:
        if board is None or not board.breakdown:
            return []
        keys = self._plan.compiled(board).breakdown
        pairs = zip(keys, values_of(group), strict=False)
        return [FilterAnswer(key=key, value=value) for key, value in pairs]

    def _reasons(
        self,
        board: Leaderboard | None,
        run: int,
        *,
        group: list[FilterAnswer] | None = None,
        **fields: object,
    ) -> BoardReasonsAnswer:
        first, last = _dates(board, run) if board is not None else (None, None)
        return BoardReasonsAnswer(
            key=board.key if board else None,
            name=board.name if board else None,
            start=first,
            end=last,
            breakdown_attribute_values=UNSET if group is None else group,
            **fields,  # pyright: ignore[reportArgumentType] - each call names its own
        )


def _dates(board: Leaderboard, run: int) -> tuple[str | None, str | None]:
    first, last = runs.dates_of(board, run)
    known = board.run_unit is not None or board.start_given
    return date_text(first) if known else None, None if last is None else date_text(last)


def _how(fact: RankMoved) -> str:
    if fact.from_position == fact.to_position:
        return f"stayed at {fact.to_position:,}"
    if fact.from_position:
        return f"moved from {fact.from_position:,} to {fact.to_position:,}"
    return f"came in at {fact.to_position:,}"


def _is_counterpart(other: RankMoved, fact: RankMoved) -> bool:
    """Whether one of two moves leaves a group and the other joins another one of that run."""
    if (other.board, other.run) != (fact.board, fact.run) or other.group == fact.group:
        return False
    leaves, joins = (other, fact) if not other.to_position else (fact, other)
    return not leaves.to_position and not joins.from_position


def _amount(value: int, millionths: bool) -> str:
    return as_text(Millionths(value)) if millionths else f"{value:,}"
