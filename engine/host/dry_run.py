"""What a configuration would backdate, were it put in force now (SPEC 6.4); nothing is changed.

Each user's copy is brought up over the steps of the scope and, behind them, the one that is not
there, by the same `evaluate` that the sweep would use. What they complete in the last step and do
not have without it is theirs because of the configuration.
"""

from collections.abc import Callable

import msgspec
import trio

from engine.configuration.document import Document
from engine.configuration.plan import Plan
from engine.configuration.resolve import resolve
from engine.host.scope import Scope
from engine.model.commands import BringUp
from engine.model.facts import AchievementCompleted
from engine.model.identifiers import Instant, Ordinal, UserNumber
from engine.model.user import UserState
from engine.rules.evaluate import evaluate
from engine.rules.turn import Step

PAUSE_USERS = 512
"""Users brought up between two looks at other tasks: some 20 ms."""


class Backdated(msgspec.Struct, rename="camel"):
    """How many would get an achievement for their past."""

    key: str
    name: str
    users: int = 0


class DryRun(msgspec.Struct, rename="camel"):
    """What would be backdated."""

    users: int
    """Those who would get anything."""
    achievements: list[Backdated]
    """Those that the configuration makes active or changes, and those that follow from them."""


class UserBackdated(msgspec.Struct, rename="camel"):
    """What a user would get."""

    user_id: str
    achievements: list[str]
    """By key."""


class _Hypothesis:
    """A scope with one step more."""

    def __init__(self, scope: Scope, document: Document, at: Instant) -> None:
        configuration = resolve(
            document,
            scope.configuration,
            at=at,
            started=scope.mode != "idle",
            knows_zone=scope.calendar.knows,
        )
        self._scope = scope
        self._at = at
        self.plan = Plan(configuration, scope.plan)
        self._step = Step(scope.timeline.steps[-1].number + 1, at, self.plan)

    def gained(self, state: UserState) -> list[Ordinal]:
        """Return what a user would get by the step. Some 30 µs, twice that if it is anything."""
        executor = self._scope.executor
        decision = evaluate(
            BringUp(),
            state,
            None,
            number=state.number,
            steps=[*self._scope.timeline.steps_from(state.step), self._step],
            calendar=self._scope.calendar,
            at=self._at,
            seq=executor.next_seq,
        )
        completed = [
            fact.achievement
            for fact in decision.facts
            if type(fact) is AchievementCompleted and fact.backdated and fact.at == self._at
        ]
        if not completed:
            return []
        without = executor.brought_up(state, self._at).state.completions
        return [ordinal for ordinal in completed if ordinal not in without]


async def dry_run(
    scope: Scope,
    document: Document,
    at: Instant,
    *,
    tell: Callable[[int, int], None],
    take: Callable[[UserBackdated], None],
) -> DryRun:
    """Find out what a document would backdate, were it put in force in a scope.

    Args:
        scope: the scope; is only read.
        document: the document.
        at: when, not before the scope's clock: mostly `scope.now()`.
        tell: told how many users are done, and of how many.
        take: gets everybody who would get something, in order of their making.

    Raises:
        ConfigurationInvalid: with every issue found, each with its place.
    """
    hypothesis = _Hypothesis(scope, document, at)
    plan = hypothesis.plan
    found = {a.ordinal: Backdated(a.key, a.name) for a in plan.work.backdated}
    users, count = scope.state.users, 0
    for number in range(1, users + 1):
        state = scope.actors.find(UserNumber(number)) if found else None
        gained = [] if state is None else hypothesis.gained(state)
        if gained:
            count += 1
            for ordinal in gained:
                achievement = plan.achievements[ordinal]
                row = found.setdefault(ordinal, Backdated(achievement.key, achievement.name))
                row.users += 1
            keys = [plan.achievements[ordinal].key for ordinal in gained]
            take(UserBackdated(scope.directory.id(UserNumber(number)), keys))
        if number % PAUSE_USERS == 0:
            tell(number, users)
            await trio.lowlevel.checkpoint()
    return DryRun(count, list(found.values()))
