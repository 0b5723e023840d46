"""`GET /admin/v1/status`: how a scope stands."""

from http import HTTPStatus

from api.operations.answers import StatusAnswer, SweepAnswer
from api.operations.call import Read, Reply
from api.operations.instants import instant_text
from engine.host.engine import Engine
from engine.host.scope import Scope


async def status(call: Read) -> Reply:
    """Return how the scope stands."""
    return Reply(HTTPStatus.OK, status_of(call.engine, call.scope))


def status_of(engine: Engine, scope: Scope) -> StatusAnswer:
    """Return how a scope stands."""
    sweep = scope.sweep_progress()
    return StatusAnswer(
        scope=scope.state.name,
        mode=scope.mode,
        clock=instant_text(scope.state.clock),
        last_record=engine.last_seq,
        users=scope.state.users,
        configuration_version=scope.configuration.version,
        sweep=SweepAnswer(
            lag_seconds=sweep.lag / 1_000_000,
            step=sweep.step,
            step_users_done=sweep.swept,
            step_users=sweep.users,
        ),
    )
