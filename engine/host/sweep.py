"""The sweep: brings up, slice by slice, whoever does not come by themselves (SPEC 2.7).

Steps first, in order: every user who existed at the step and has not met it yet. Then whoever the
index of due instants names, earliest first. How far a step is swept is noted in the log now and
then, so that a restart does not look at everybody again; it changes nothing else.
"""

from collections.abc import Callable

import msgspec

from engine.host.actors import Actors
from engine.host.timeline import Timeline
from engine.model.identifiers import Instant, UserNumber
from engine.model.scope import ScopeState, StepState

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

    def __init__(
        self,
        state: ScopeState,
        timeline: Timeline,
        actors: Actors,
        bring_up: Callable[[UserNumber, Instant], None],
        note: Callable[[int, int, Instant], None],
    ) -> None:
        """Begin where the log says.

        Args:
            state: the scope's state.
            timeline: its steps and what is due.
            actors: its users.
            bring_up: brings a user up to an instant and records what there is to say.
            note: records that a step is worked off by the users up to a number.
        """
        self._state = state
        self._timeline = timeline
        self._actors = actors
        self._bring_up = bring_up
        self._note = note
        self._reached = (0, 0)

    def slice(self, at: Instant, limit: int) -> bool:
        """Bring up to `limit` users to an instant; return whether there may be more to do."""
        step = self._timeline.unswept_step()
        if step is not None:
            self._meet(step, at, limit)
            return True
        users = self._timeline.due_users(at, limit)
        for number in users:
            self._bring_up(number, at)
        if not users:
            self._timeline.retire()
        return bool(users)

    def progress(self, now: Instant) -> SweepProgress:
        """Return how far the sweep is."""
        step = self._timeline.unswept_step()
        due = self._timeline.next_due()
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
            if self._actors.view(UserNumber(number)).step < step.number:
                self._bring_up(UserNumber(number), at)
        self._reached = step.number, last
        if last == step.users or last // NOTE_EVERY_USERS > reached // NOTE_EVERY_USERS:
            self._note(step.number, last, at)

    def _reached_of(self, step: StepState) -> int:
        """Return the number of the last user who has met a step, as far as is known."""
        number, reached = self._reached
        noted = self._state.swept if self._state.swept_step == step.number else 0
        return max(noted, reached if number == step.number else 0)
