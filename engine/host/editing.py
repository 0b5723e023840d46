"""Putting another configuration in force: what has to be done, or be sure, before it is recorded.

Two things may take long, and then the edit is made once more on what has become of it meanwhile:
what is due is recorded first, and runs that are over are closed, if the version drops such a
board; and of a board that is to be seeded the groups are counted, since there can be too many of
them (SPEC 8.1).
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from engine.configuration import runs
from engine.configuration.board_plan import BoardPlan
from engine.configuration.plan import Plan
from engine.host.executor import Executor
from engine.host.sweep import Sweep
from engine.model.commands import ApplyConfiguration, keys_of
from engine.model.configuration import Configuration, Leaderboard
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant, Ordinal, Seq, UserNumber
from engine.model.limits import GROUPS_MAX, SWEEP_SLICE_USERS, UNARCHIVED_RUNS_MAX

T = TypeVar("T")
MadeByKey = tuple[tuple[bytes, Ordinal], ...]
"""Hashes of idempotency keys, each with what its item made."""

Edit = Callable[[Configuration, Instant], tuple[Configuration, T]]
"""Makes of a configuration, at an instant, the next one and what to tell of it."""


class Editing:
    """What puts configurations in force in one scope."""

    def __init__(self, executor: Executor, sweep: Sweep, now: Callable[[], Instant]) -> None:
        self._executor = executor
        self._sweep = sweep
        self._now = now
        self._committer = executor.committer
        self.archive: Callable[[], Awaitable[None]] | None = None
        """Writes the archives of closed runs; None where nobody does."""

    async def edit(self, edit: Edit[T], keys: Callable[[T], MadeByKey]) -> T:
        """Put in force what an edit makes of the configuration; what changes nothing is no version.

        Raises:
            InvalidInput: a board would have too many groups; nothing has changed.
        """
        executor = self._executor
        counted: set[Leaderboard] = set()
        while True:
            at = self._now()
            executor.open_boards(at)
            before = executor.plan.configuration
            after, told = edit(before, at)
            if after is before:
                return told
            if self._would_lose(after, at):
                await self._catch_up(at)
            elif uncounted := self._to_be_grouped(after, counted):
                await self._check_groups(uncounted)
                counted |= {board.board for board in uncounted}
            else:
                command = ApplyConfiguration(after, keys(told))
                self._add_keys(command, executor.record(command, at))
                return told

    async def close_runs(self, at: Instant) -> None:
        """Close what is over by an instant, and record whatever is due before."""
        while self._sweep.runs_to_close(at):
            self._committer.check()
            self._sweep.slice(at, SWEEP_SLICE_USERS)
            await self._committer.wait_room()
            await trio.lowlevel.checkpoint()
        if len(self._executor.boards.held()) > UNARCHIVED_RUNS_MAX and self.archive is not None:
            await self.archive()

    def _would_lose(self, configuration: Configuration, at: Instant) -> bool:
        """Tell whether a version may drop a run that is over and not closed yet.

        It may have no participants yet: who was not brought up since can still come onto it.
        """
        kept = {(b.ordinal, b.run) for b in configuration.leaderboards if b.status != "inactive"}
        dropped = any(
            (board.ordinal, board.run) not in kept and runs.can_be_over(board)
            for board in self._executor.plan.leaderboards.values()
        )
        return dropped and self._sweep.is_behind(at)

    async def _catch_up(self, at: Instant) -> None:
        """Record whatever is due by an instant, and close what is over."""
        while self._sweep.is_behind(at):
            self._committer.check()
            self._sweep.slice(at, SWEEP_SLICE_USERS)
            await self._committer.wait_room()
            await trio.lowlevel.checkpoint()

    def _to_be_grouped(
        self, configuration: Configuration, counted: set[Leaderboard]
    ) -> list[BoardPlan]:
        """Return the boards with groups that a version seeds and that are not counted yet."""
        broken_down = [b for b in configuration.leaderboards if b.breakdown and b not in counted]
        if not broken_down:
            return []
        work = Plan(configuration, self._executor.plan).work
        return [board for board in work.seeded if board.board in broken_down]

    async def _check_groups(self, boards: list[BoardPlan]) -> None:
        """Refuse boards that existing users would make too many groups of. Some 20 µs a user.

        Raises:
            InvalidInput: names the board.
        """
        groups: list[set[str]] = [set() for _ in boards]
        for number in range(1, self._executor.state.users + 1):
            state = self._executor.actors.find(UserNumber(number))
            for board, found in zip(boards, groups, strict=True):
                group = board.group(state.identity.attributes) if state is not None else None
                if group is not None:
                    found.add(group)
                    if len(found) > GROUPS_MAX:
                        raise InvalidInput(
                            "breakdownAttributes",
                            f"users have more than {GROUPS_MAX} combinations of values, so many "
                            f"groups the leaderboard {board.board.key!r} cannot have",
                        )
            if number % SWEEP_SLICE_USERS == 0:
                await trio.lowlevel.checkpoint()

    def _add_keys(self, command: ApplyConfiguration, seq: Seq) -> None:
        for key in keys_of(command):
            self._executor.keys.add(key, seq)
