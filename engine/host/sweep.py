"""The sweep: brings up, slice by slice, whoever does not come by themselves (SPEC 2.7).

Steps first, in order: every user who existed at the step and has not met it yet. Then whoever the
index of due instants names, earliest first. Then the runs of boards that are over are closed. How
far a step is swept is noted in the log now and then, so that a restart does not look at everybody
again; it changes nothing else.
"""

import msgspec

from engine.host.closing import Closing, Due
from engine.host.executor import Executor
from engine.model.commands import NoteSweep
from engine.model.identifiers import Instant, UserNumber
from engine.model.scope import StepState

NOTE_EVERY_USERS = 10_000
"""Users between two notes of how far a step is swept: one small record among so many."""


class SweepProgress(msgspec.Struct, frozen=True):
    """How far a scope's sweep is."""

    step: int
    """The step being swept, 0 for none."""
    swept: int
    users: int
    """Of the users whom the step may concern, so many are done."""
    lag: int
    """Microseconds since the earliest work that is due and not recorded."""


class Sweep:
    """The sweep of one scope."""

    def __init__(self, executor: Executor) -> None:
        """Begin where the log says."""
        self._state = executor.state
        self._timeline = executor.timeline
        self._actors = executor.actors
        self._bring_up = executor.bring_up
        self._record = executor.record
        self._closing = Closing(executor)
        self._open_boards = executor.open_boards
        self._reached = (0, 0)

    def slice(self, at: Instant, limit: int) -> bool:
        """Bring up to `limit` users to an instant; return whether there may be more to do."""
        self._open_boards(at)
        step = self._timeline.unswept_step()
        if step is not None:
            self._meet(step, at, limit)
            return True
        for _ in range(limit):
            number = self._timeline.due.take(at)
            if number is None:
                self._timeline.retire()
                return self._closing.slice(at, limit)
            self._bring_up(number, at)
        return True

    def runs_to_close(self, at: Instant) -> list[Due]:
        """Return the runs that are over at an instant and not closed yet."""
        return self._closing.due(at)

    def is_behind(self, at: Instant) -> bool:
        """Tell whether anything due by an instant is not recorded, or a run not closed."""
        due = self._timeline.due.first()
        return (
            self._timeline.unswept_step() is not None
            or (due is not None and due <= at)
            or bool(self._closing.due(at))
        )

    def progress(self, now: Instant) -> SweepProgress:
        """Return how far the sweep is."""
        step = self._timeline.unswept_step()
        due = self._timeline.due.first()
        return SweepProgress(
            step=step.number if step else 0,
            swept=self._reached_of(step) if step else 0,
            users=step.users if step else 0,
            lag=max(0, now - due) if due is not None else 0,
        )

    def _meet(self, step: StepState, at: Instant, limit: int) -> None:
        """Let the next users work off a step, those who have not met it by a command of theirs."""
        reached = self._reached_of(step)
        last = min(step.users, reached + limit)
        for number in range(reached + 1, last + 1):
            state = self._actors.view(UserNumber(number))
            if state.step < step.number:
                self._bring_up(state.number, at, state)
        self._reached = step.number, last
        if last == step.users or last // NOTE_EVERY_USERS > reached // NOTE_EVERY_USERS:
            self._record(NoteSweep(step.number, last), at)

    def _reached_of(self, step: StepState) -> int:
        """Return the number of the last user who has met a step, as far as is known."""
        number, reached = self._reached
        noted = self._state.swept if self._state.swept_step == step.number else 0
        return max(noted, reached if number == step.number else 0)
