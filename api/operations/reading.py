"""What reads have in common, over HTTP and in process: state brought up to now, ledgers, boards.

Rows come from the log, newest first. What has fallen due and is not recorded yet is in a user's
state, and in front of the rows where it needs no id of its own (SPEC 2.7).
"""

from api.operations.answers_points import AwardAnswer
from api.operations.render_points import PointsRender
from engine.configuration.plan import SystemPlan
from engine.host.ports import LogReader
from engine.host.scope import Scope
from engine.model.facts import PointsAwarded
from engine.rules.evaluate import Decision
from persistence.ledgers import Ledgers


def last_awards(
    scope: Scope, log: LogReader, decision: Decision, system: SystemPlan, limit: int
) -> list[AwardAnswer]:
    """Return a user's last awards in a points system, newest first.

    What has fallen due and is not recorded yet stands first, without an id.
    """
    render, state, ordinal = PointsRender(scope), decision.state, system.system.ordinal
    awards = [
        render.award(None, fact, state)
        for fact in reversed(decision.facts)
        if isinstance(fact, PointsAwarded) and fact.system == ordinal
    ][:limit]
    recorded = scope.actors.view(state.number)
    rows = Ledgers(log, scope.state.number).points(recorded, ordinal, limit - len(awards))
    return awards + [render.award(row.id, row.fact, state) for row in rows]
