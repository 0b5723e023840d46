"""What a scope still has to do for its users, and in which configuration each of them stands.

Two kinds of work (SPEC 2.7). *Steps* concern many users: they are in the log, each with its plan.
What falls *due* for one user alone (midnights) follows from the zone data and is never logged
ahead; a heap of next-due instants leads the sweep to it. A user behind on either is brought up by
their next command or by the sweep, whichever comes first, with the same result.
"""

from heapq import heapify, heappop, heappush

from engine.configuration.plan import Plan
from engine.model.identifiers import Instant, UserNumber
from engine.model.scope import ScopeState, StepState
from engine.rules.turn import Step


class Timeline:
    """Steps with their plans, and the index of what is due."""

    def __init__(self, state: ScopeState) -> None:
        self._state = state
        self.steps: list[Step] = []
        for step in state.steps:
            self.add_step(step)
        self._due: dict[UserNumber, Instant] = {}
        self._heap: list[tuple[Instant, UserNumber]] = []

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.steps[-1].plan

    def add_step(self, step: StepState) -> None:
        """Append a step that the scope's state has got."""
        before = self.steps[-1].plan if self.steps else None
        self.steps.append(Step(step.number, step.at, Plan(step.configuration, before)))

    def steps_from(self, number: int) -> list[Step]:
        """Return the steps from a user's own on; from the first one kept if theirs is settled."""
        if number >= self.steps[-1].number:
            return self.steps[-1:]
        return self.steps[max(0, number - self.steps[0].number) :]

    def set_due(self, number: UserNumber, due: Instant | None) -> None:
        """Note when something falls due for a user next. O(log n)."""
        if self._due.get(number) == due:
            return
        if due is None:
            del self._due[number]
            return
        self._due[number] = due
        heappush(self._heap, (due, number))
        if len(self._heap) > 2 * len(self._due) + 64:
            self._heap = [(due, number) for number, due in self._due.items()]
            heapify(self._heap)

    def next_due(self) -> Instant | None:
        """Return the earliest instant at which something is due for anybody."""
        heap = self._heap
        while heap and self._due.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def due_users(self, upto: Instant, limit: int) -> list[UserNumber]:
        """Return up to `limit` users for whom something is due by an instant, earliest first.

        They stay due until `set_due` says otherwise.
        """
        found: dict[UserNumber, Instant] = {}
        while len(found) < limit and (due := self.next_due()) is not None and due <= upto:
            found[heappop(self._heap)[1]] = due  # one that came back to an instant is there twice
        for number, due in found.items():
            heappush(self._heap, (due, number))
        return list(found)

    def unswept_step(self) -> StepState | None:
        """Return the first step that may still mean something for users who have not met it."""
        for state, step in zip(self._state.steps[1:], self.steps[1:], strict=True):
            if step.plan.work and not self._is_swept(state):
                return state
        return None

    def retire(self) -> None:
        """Forget the steps that nobody is behind of any more."""
        while len(self.steps) > 1:
            following = self.steps[1]
            due = self.next_due()
            swept = not following.plan.work or self._is_swept(self._state.steps[1])
            if not swept or (due is not None and due < following.at):
                return
            del self.steps[0]
            del self._state.steps[0]

    def _is_swept(self, step: StepState) -> bool:
        state = self._state
        if state.swept_step != step.number:
            return state.swept_step > step.number or not step.users
        return state.swept >= step.users
