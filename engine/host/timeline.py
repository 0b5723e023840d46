"""What a scope still has to do for its users, and in which configuration each of them stands.

Two kinds of work (SPEC 2.7). *Steps* concern many users: they are in the log, each with its plan.
What falls *due* for one user alone (midnights) follows from the zone data and is never logged
ahead; an index of next-due instants leads the sweep to it. A user behind on either is brought up by
their next command or by the sweep, whichever comes first, with the same result.
"""

from engine.configuration.plan import Plan
from engine.configuration.resolve_boards import opening
from engine.host.due import DueIndex
from engine.model.identifiers import Instant
from engine.model.scope import ScopeState, StepState
from engine.rules.turn import Step


class Timeline:
    """Steps with their plans, and the index of what is due."""

    def __init__(self, state: ScopeState) -> None:
        self._state = state
        self.steps: list[Step] = []
        self._opens_at: Instant | None = None
        for step in state.steps:
            self.add_step(step)
        self.due = DueIndex()
        """What falls due for one user alone."""

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.steps[-1].plan

    def add_step(self, step: StepState) -> None:
        """Append a step that the scope's state has got."""
        before = self.steps[-1].plan if self.steps else None
        self.steps.append(Step(step.number, step.at, Plan(step.configuration, before)))
        self._opens_at = opening(step.configuration)

    @property
    def opens_at(self) -> Instant | None:
        """When the next board opens that waits for its time, None if none does."""
        return self._opens_at

    def opens_by(self, at: Instant) -> bool:
        """Tell whether a board that waits for its time opens by an instant."""
        return self._opens_at is not None and self._opens_at <= at

    def steps_from(self, number: int) -> list[Step]:
        """Return the steps from a user's own on; from the first one kept if theirs is settled."""
        if number >= self.steps[-1].number:
            return self.steps[-1:]
        return self.steps[max(0, number - self.steps[0].number) :]

    def unswept_step(self) -> StepState | None:
        """Return the first step that may still mean something for users who have not met it."""
        for state, step in zip(self._state.steps[1:], self.steps[1:], strict=True):
            if step.plan.work and not self._is_swept(state):
                return state
        return None

    def retire(self) -> None:
        """Forget the steps that nobody is behind of any more.

        What is due at the very instant of a step happens before it, so it still
        needs the plan of before.
        """
        while len(self.steps) > 1:
            following = self.steps[1]
            due = self.due.not_before()
            swept = not following.plan.work or self._is_swept(self._state.steps[1])
            if not swept or (due is not None and due <= following.at):
                return
            del self.steps[0]
            del self._state.steps[0]

    def _is_swept(self, step: StepState) -> bool:
        state = self._state
        if state.swept_step != step.number:
            return state.swept_step > step.number or not step.users
        return state.swept >= step.users
