"""Why? From any fact back to what caused it: event, configuration, trigger, boosts, caps.

SPEC 1.5. Everything is read from the log: the fact's record, and the version of the configuration
that was in force then, so that what has been edited or deleted since is told as it was.
"""

from http import HTTPStatus

from msgspec import UNSET

from api.operations.answers_explain import CommandAnswer, ExplanationAnswer, FactAnswer
from api.operations.call import Call, NoQuery, Reply
from api.operations.explain_facts import Explainer
from api.operations.instants import instant_text
from api.operations.versions import read_record, read_version
from engine.configuration import runs
from engine.configuration.plan import Plan
from engine.host.ports import LogReader
from engine.host.scope import Scope
from engine.model.commands import BringUp, RecordEvent
from engine.model.configuration import EMPTY, Configuration
from engine.model.errors import NotFound
from engine.model.facts import (
    AchievementCompleted,
    AnyFact,
    Fact,
    LevelChanged,
    PointsAwarded,
    RankMoved,
    RunCounted,
    RunFinished,
)
from engine.model.identifiers import fact_id, read_fact_id
from engine.model.numbers import as_double
from engine.model.record import StoredRecord

TYPES: dict[str, str] = {
    "UserCreated": "user.created",
    "ZoneChanged": "user.zone_changed",
    "MetricChanged": "metric.changed",
    "PeriodMet": "streak.extended",
    "PeriodClosed": "streak.period_closed",
    "AchievementCompleted": "achievement.completed",
    "PointsAwarded": "points.awarded",
    "LevelChanged": "points.level_changed",
    "RankMoved": "leaderboard.rank_moved",
    "FreezesChanged": "streak.freezes_changed",
    "StreakReset": "streak.reset",
    "StreakRestored": "streak.restored",
    "PausesChanged": "streak.pauses_changed",
    "PreferencesChanged": "user.preferences_changed",
    "BoostsChanged": "points.boosts_changed",
    "RunCounted": "leaderboard.counted",
    "UserHidden": "user.hidden",
    "RunFinished": "leaderboard.finished",
}
"""What facts are called outside."""


async def explain(call: Call[NoQuery, None]) -> Reply:
    """Return why a fact is.

    Raises:
        NotFound: there is no such fact.
    """
    return Reply(HTTPStatus.OK, explain_fact(call.scope, call.engine.log, call.path[0]))


def explain_fact(scope: Scope, log: LogReader, id_: str) -> ExplanationAnswer:
    """Return why a fact is.

    Args:
        scope: where it happened.
        log: the log, with what waits for the disk.
        id_: the fact's public id.

    Raises:
        NotFound: there is no such fact in the scope.
    """
    found = read_fact_id(id_)
    if found is None:
        raise NotFound(f"{id_[:80]!r} is no id of a fact; those are like 1234.5")
    seq, index = found
    stored = read_record(scope, log, seq)
    facts = stored.record.facts if stored is not None else ()
    if stored is None or index >= len(facts):
        raise NotFound(f"there is no fact {id_}")
    fact = facts[index]
    due = _is_due(stored, fact)
    configuration = _in_force(scope, log, stored, fact, due=due)
    # Only names, thresholds and multipliers are looked up in it: nothing is evaluated.
    plan = Plan(configuration)
    told = Explainer(scope, log, plan, stored).explain(fact, due=due)
    known = scope.directory.numbers()
    user = stored.record.user
    return ExplanationAnswer(
        fact_id=id_,
        type=type_of(fact),
        at=instant_text(fact.at),
        user_id=scope.directory.id(user) if user in known else None,
        why=told.why,
        configuration_version=configuration.version,
        command=_command(stored, plan),
        due=due,
        award=told.award or UNSET,
        completion=told.completion or UNSET,
        level=told.level or UNSET,
        leaderboard=told.leaderboard or UNSET,
        facts=[
            FactAnswer(fact_id=fact_id(seq, place), type=type_of(other))
            for place, other in enumerate(facts)
        ],
    )


def type_of(fact: Fact) -> str:
    """Return what a fact's kind is called outside."""
    return TYPES[type(fact).__name__]


def _is_due(stored: StoredRecord, fact: AnyFact) -> bool:
    """Whether a fact had fallen due or came with a step, ahead of the record's command."""
    if fact.at < stored.record.at or isinstance(stored.record.command, BringUp):
        return True
    return isinstance(fact, PointsAwarded) and fact.source == "time"


def _in_force(
    scope: Scope, log: LogReader, stored: StoredRecord, fact: AnyFact, *, due: bool
) -> Configuration:
    """Return the configuration by which a fact was decided.

    Of what fell due the last version before its instant: at one instant due work comes before a
    step, and what the step itself backdates after it.
    """
    versions = scope.state.versions[: stored.record.step]
    by_step = isinstance(fact, AchievementCompleted) and fact.backdated
    if isinstance(fact, LevelChanged):
        awards = [f for f in stored.record.facts if isinstance(f, PointsAwarded)]
        by_step = all((f.system, f.at) != (fact.system, fact.at) for f in awards)
    for seq in reversed(versions):
        at, configuration = read_version(scope, log, seq)
        if not due or at < fact.at or (at == fact.at and (by_step or _began(fact, configuration))):
            return configuration
    return EMPTY


def _began(fact: AnyFact, configuration: Configuration) -> bool:
    """Whether a version of the very instant of a fact is its cause: it began or ended a board."""
    if not isinstance(fact, RankMoved | RunCounted | RunFinished):
        return False
    activation = runs.activation_of(fact.run)
    return any((b.ordinal, b.run) == (fact.board, activation) for b in configuration.leaderboards)


def _command(stored: StoredRecord, plan: Plan) -> CommandAnswer:
    record, personal = stored.record, stored.personal
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(record.command).__name__)
    answer = CommandAnswer(
        type=name[1:],
        at=instant_text(record.at),
        reason=personal.reason if personal is not None else UNSET,
    )
    if not isinstance(record.command, RecordEvent):
        return answer
    metric = plan.metrics.get(record.command.metric)
    return CommandAnswer(
        type="event",
        at=answer.at,
        metric=metric.metric.key if metric else UNSET,
        value=as_double(record.command.value),
        attributes=personal.event_attributes if personal is not None else UNSET,
    )
