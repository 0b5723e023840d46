"""Which order a request about a leaderboard means: of which run, in which group.

?run=2026-01-15    the run that the date lies in, or ?run= its id; left out the present one: of the
                   user's local date if a user is named, else of the UTC date
?userAttributes=   the group; left out that of the user who is named
?at=               the present run is that of this instant, and so is the board

A board that has begun anew since ranked otherwise then. So what is asked of an earlier activation
is answered by the version of the configuration that was in force.
"""

from collections.abc import Mapping
from typing import NamedTuple

from api.operations.instants import read_date
from api.operations.render_filters import read_attributes
from api.operations.versions import Versions
from engine.boards.order import Nobody, Order
from engine.configuration import runs
from engine.configuration.board_plan import NO_GROUP, BoardPlan, values_of
from engine.configuration.plan import Plan
from engine.host.engine import Engine
from engine.host.scope import Scope
from engine.model.configuration import Leaderboard
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import DAY_US, Day, Instant
from engine.model.scope import ClosedRun
from engine.model.user import ShardKey, UserState
from engine.rules.turn import local_date
from persistence.archives import Archive

NOBODY = Nobody()

_ID_DIGITS_MAX = 18


class Run(NamedTuple):
    """A run of a board that a request means."""

    number: int
    dates: runs.Dates
    closed: ClosedRun | None
    """If its standing is final."""


class Asked(NamedTuple):
    """What a request says about whose order it means."""

    run: str | None = None
    attributes: str | None = None
    """The group, as `key:value,key:value`."""
    is_of_user: bool = False
    """Whether somebody is named, be there such a user or not."""
    state: UserState | None = None
    """The user who is named, brought up to now."""
    at: Instant | None = None


class Standing(NamedTuple):
    """An order that a request means."""

    board: Leaderboard
    plan: Plan
    """The version that the board belongs to."""
    run: Run | None
    """None if the board has none then."""
    group: str
    order: Order
    next_reset: Instant | None
    """When the next run begins; None if there is none, or it has begun."""


class Standings:
    """Finds the orders of one scope's boards."""

    def __init__(self, scope: Scope, engine: Engine) -> None:
        self._scope = scope
        self._derived = engine.derived
        self._versions = Versions(scope, engine.log)
        self._plan = scope.plan
        self._now = scope.now()

    def board(self, key: str) -> Leaderboard:
        """Return a board that everybody may see.

        Raises:
            NotFound: there is none of that key; says which there are.
        """
        board = self._plan.leaderboards_by_key.get(key)
        if board is None or board.status == "inactive":
            others = (b.key for b in self._plan.leaderboards.values() if b.status != "inactive")
            known = ", ".join(sorted(others)) or "none"
            raise NotFound(f"there is no active board {key[:80]!r} (boards: {known[:200]})")
        return board

    def find(self, key: str, asked: Asked) -> Standing:
        """Return the order that a request means.

        Raises:
            NotFound: there is no such board.
            InvalidInput: run or group are not to be had.
        """
        board, plan = self.board(key), self._plan
        if asked.at is not None and board.run > 1:
            then = self._versions.board_at(board.ordinal, asked.at)
            if then is not None and then.board.run != board.run:
                board, plan = then
        run = self.run(board, asked)
        if run is not None and run.closed and runs.activation_of(run.number) != board.run:
            closed = self._versions.board_at_record(board.ordinal, run.closed.seq)
            board, plan = closed or (board, plan)
        if board.status == "inactive":
            run = None  # at that instant
        compiled = breakdown_plan(plan, board)
        group = self._group(compiled, plan, asked, run)
        order = self.order(board, run, group)
        return Standing(board, plan, run, group, order, self._next_reset(board, run, asked.state))

    def run(self, board: Leaderboard, asked: Asked) -> Run | None:
        """Return the run that a request means, None if the board has none then.

        Raises:
            InvalidInput: there is no such run, or the board has none.
        """
        if asked.run is not None:
            return self._named(board, asked.run)
        if board.run_unit is None:
            return self._known(board, board.run)
        today = self._today(asked)
        if board.end is not None:
            today = min(today, board.end)  # of a board that is over its last run
        run = self._on(board, today)
        if board.status == "finished" and (run is None or not self._is_populated(board, run)):
            return next((r for r in self.all_runs(board) if r.dates.first <= today), run)
        return run

    def order(self, board: Leaderboard, run: Run | None, group: str) -> Order:
        """Return the order of a group in a run."""
        if run is None:
            return NOBODY
        archive = self._archive(run)
        if archive is not None:
            return archive.order(group) or NOBODY
        shard = self._scope.boards.shard(ShardKey(board.ordinal, group, run.number))
        return NOBODY if shard is None else shard

    def groups(self, board: Leaderboard, run: Run | None) -> Mapping[str, int]:
        """Return the groups of a run that somebody is on, with how many are."""
        if run is None:
            return {}
        archive = self._archive(run)
        if archive is not None:
            return archive.groups()
        live = self._scope.boards.groups(board.ordinal, run.number)
        return {group: len(shard) for group, shard in live.items()}

    def all_runs(self, board: Leaderboard) -> list[Run]:
        """Return the runs that somebody is or was on, newest first."""
        closed = self._scope.state.closed(board.ordinal)
        known = {c.finished.run: _closed(c) for c in closed}
        for ordinal, number in self._scope.boards.open_runs():
            if ordinal == board.ordinal:
                known[number] = Run(number, runs.dates_of(board, number), None)
        order = sorted(known.values(), key=lambda run: (run.dates.first, run.number))
        return order[::-1]

    def _today(self, asked: Asked) -> Day:
        """Return the date that counts: the user's own, or else that in UTC."""
        state, at = asked.state, asked.at
        if state is None:
            return Day((self._now if at is None else at) // DAY_US)
        zone = self._plan.zone(state.zone)
        if at is None:
            return local_date(state, zone, self._now, self._scope.calendar)
        return self._scope.calendar.day(zone, at)

    def _next_reset(
        self, board: Leaderboard, run: Run | None, state: UserState | None
    ) -> Instant | None:
        """Return when the next run begins: with the user's local date, or else that in UTC."""
        if run is None or board.run_unit is None or board.status != "active":
            return None
        last = run.dates.last
        if last is None or (board.end is not None and last >= board.end):
            return None
        if runs.activation_of(run.number) != self._plan.leaderboards[board.ordinal].run:
            return None
        if state is None:
            resets_at = Instant((last + 1) * DAY_US)
        else:
            resets_at = self._scope.calendar.day_end(self._plan.zone(state.zone), last)
        return resets_at if resets_at > self._now else None

    def _archive(self, run: Run) -> Archive | None:
        """Return the archive of a run, None while its order is in memory."""
        if run.closed is None or self._scope.boards.holds((run.closed.finished.board, run.number)):
            return None
        return Archive(self._derived, self._scope.state.number, run.closed)

    def _named(self, board: Leaderboard, asked: str) -> Run | None:
        """Return the run of a date, or of an id, as `render_boards.run_id` writes it."""
        if asked.isascii() and asked.isdigit() and len(asked) <= _ID_DIGITS_MAX:
            for run in self.all_runs(board):
                if run.number == int(asked):
                    return run
            raise InvalidInput("run", "the board has no run of that id that anybody was on")
        if board.run_unit is None:
            raise InvalidInput("run", "the board is perpetual: it has no runs")
        return self._on(board, read_date(asked, "run"))

    def _on(self, board: Leaderboard, day: Day) -> Run | None:
        """Return the run that a date lies in: one that somebody is or was on, if there is one."""
        number = runs.run_including(board, day)
        if number is not None:
            run = self._known(board, number)
            if self._is_populated(board, run):
                return run
        for closed in reversed(self._scope.state.closed_runs.get(board.ordinal, {}).values()):
            first, last = closed.finished.first, closed.finished.last
            if first <= day and (last is None or day <= last):
                return _closed(closed)
        return None if number is None else self._known(board, number)

    def _is_populated(self, board: Leaderboard, run: Run) -> bool:
        return run.closed is not None or bool(self._scope.boards.groups(board.ordinal, run.number))

    def _known(self, board: Leaderboard, number: int) -> Run:
        boards = self._scope.boards
        key = board.ordinal, number
        if boards.holds(key) or not boards.groups(*key):
            closed = self._scope.state.closed_runs.get(board.ordinal, {}).get(number)
            if closed is not None:
                return _closed(closed)
        return Run(number, runs.dates_of(board, number), None)

    def _group(self, board: BoardPlan, plan: Plan, asked: Asked, run: Run | None) -> str:
        if not board.breakdown:
            if asked.attributes:
                raise InvalidInput("userAttributes", "the board has no breakdown attributes")
            return NO_GROUP
        if asked.attributes:
            wanted = dict(read_attributes(asked.attributes, plan))
            group = board.group_of(wanted) if set(wanted) == set(board.breakdown) else None
            if group is None:
                raise InvalidInput("userAttributes", f"must name {_listed(board.breakdown)}")
            return group
        if asked.state is not None:
            return self._group_of(board, asked.state, run)
        if asked.is_of_user:
            return NO_GROUP  # nobody is in it
        raise InvalidInput(
            "userAttributes", f"is missing: the board is broken down by {_listed(board.breakdown)}"
        )

    def _group_of(self, board: BoardPlan, state: UserState, run: Run | None) -> str:
        """Return the group that a user is on, or else belongs to; empty if to none."""
        archive = self._archive(run) if run is not None else None
        if archive is not None:
            archived = archive.group_of(state.number)
            return archived or board.group_of(state.identity.attributes) or NO_GROUP
        for key in state.entries:
            if run is not None and (key.board, key.run) == (board.board.ordinal, run.number):
                return key.group
        return board.group_of(state.identity.attributes) or NO_GROUP


def breakdown_plan(plan: Plan, board: Leaderboard) -> BoardPlan:
    """Return a board compiled, also if it does not rank."""
    known = plan.boards.get(board.ordinal)
    return known if known is not None else plan.compiled(board)


def attribute_values(plan: BoardPlan, group: str) -> list[tuple[str, str]]:
    """Return the breakdown attributes of a group with their values."""
    return list(zip(plan.breakdown, values_of(group), strict=False))


def _closed(closed: ClosedRun) -> Run:
    finished = closed.finished
    return Run(finished.run, runs.Dates(finished.first, finished.last), closed)


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(f"{key}:…" for key in keys)
