"""Closing runs: when one is over and all work due by then is recorded, its standing is final.

Nothing acts on a run that is over (SPEC 8.7), so its order can be worked out slice by slice while
everything else goes on. Then one command closes it, with count and digest of the order. Runs are
closed in order of the instants at which they were over.
"""

from collections.abc import Iterator
from typing import NamedTuple

from engine.boards.final_order import FinalOrder, final_order
from engine.configuration import runs
from engine.host.executor import Executor
from engine.model.commands import CloseRun
from engine.model.facts import RunFinished
from engine.model.identifiers import Instant, Ordinal

_PLACES_OF_A_USER = 64
"""Participants that are taken in at the cost of bringing up one user."""


class Due(NamedTuple):
    """A run that is over and not closed."""

    at: Instant
    board: Ordinal
    run: int


class Closing:
    """What closes the runs of one scope."""

    def __init__(self, executor: Executor) -> None:
        self._boards = executor.boards
        self._timeline = executor.timeline
        self._state = executor.state
        self._record = executor.record
        self._working: tuple[Due, Iterator[FinalOrder | None]] | None = None
        self._looked: tuple[int, int] = (-1, -1)
        self._next: Instant | None = None

    def due(self, at: Instant) -> list[Due]:
        """Return the runs that are over at an instant and not closed, the earliest first."""
        seen = (self._boards.version, self._timeline.steps[-1].number)
        if self._looked == seen and (self._next is None or at < self._next):
            return []  # as nearly always
        boards = self._timeline.plan.leaderboards
        found: list[Due] = []
        later: list[Instant] = []
        for board, run in self._boards.open_runs():
            over_at = runs.over_at(boards[board], run)
            if over_at is not None and over_at <= at:
                found.append(Due(over_at, board, run))
            elif over_at is not None:
                later.append(over_at)
        self._looked = seen
        self._next = at if found else min(later, default=None)
        return sorted(found)

    def slice(self, at: Instant, limit: int) -> bool:
        """Go on closing what is over, at the cost of bringing up so many users.

        Everything due by the instant must be recorded. Returns whether there may be more to do.
        """
        if self._working is None:
            due = self.due(at)
            if not due:
                return False
            groups = self._boards.groups(due[0].board, due[0].run)
            self._working = due[0], final_order(groups, limit * _PLACES_OF_A_USER)
        run, order = self._working
        result = next(order)
        if result is not None:
            self._working = None
            self._close(run, result, at)
        return True

    def _close(self, due: Due, order: FinalOrder, at: Instant) -> None:
        board = self._timeline.plan.leaderboards[due.board]
        dates = runs.dates_of(board, due.run)
        finished = RunFinished(
            min(due.at, at), due.board, due.run, *dates, *order, descending=board.order == "desc"
        )
        self._record(CloseRun(due.board, due.run), at, facts=(finished,))
