"""What a user has of the metrics, each brought up to now."""

from http import HTTPStatus

from api.operations.call import Call, Read, Reply
from api.operations.render import Render
from api.operations.summaries import SummaryQuery, metric_summary
from engine.host.scope import Scope
from engine.model.configuration import Metric
from engine.model.errors import NotFound


async def all_metrics(call: Read) -> Reply:
    """Return what a user has on every metric.

    Raises:
        NotFound: there is no such user.
    """
    state = call.scope.read_user(call.path[0]).state
    render = Render(call.scope)
    metrics = call.scope.configuration.metrics
    return Reply(HTTPStatus.OK, [render.metric(metric, state) for metric in metrics])


async def single_metric(call: Read) -> Reply:
    """Return what a user has on one metric.

    Raises:
        NotFound: there is no such user or metric.
    """
    user_id, key = call.path
    state = call.scope.read_user(user_id).state
    return Reply(HTTPStatus.OK, Render(call.scope).metric(_metric(call.scope, key), state))


async def event_summary(call: Call[SummaryQuery, None]) -> Reply:
    """Return what a user's total on a metric came to, period by period (SPEC 4.5).

    Raises:
        NotFound: there is no such user or metric.
        InvalidInput: the dates are no range, or too long a one.
    """
    user_id, key = call.path
    decision = call.scope.read_user(user_id)
    metric = _metric(call.scope, key)
    rows = await metric_summary(call.scope, call.engine.log, decision, metric.ordinal, call.query)
    return Reply(HTTPStatus.OK, rows)


def _metric(scope: Scope, key: str) -> Metric:
    metric = scope.plan.metrics_by_key.get(key)
    if metric is None:
        raise NotFound(f"there is no metric {key[:80]!r}")
    return metric
