"""`POST /v1/metrics/{key}/event`: one event in, everything that it changed out (SPEC 1)."""

from http import HTTPStatus

import msgspec

from api.operations.call import Call, NoQuery, Reply
from api.operations.render import Render
from engine.host.requests import EventRequest, UserFields
from engine.model.numbers import parse_millionths


class EventBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One interaction of one user."""

    user: UserFields
    value: msgspec.Raw
    """A JSON number, read from its text: 0.1 is a tenth."""
    attributes: dict[str, str] = {}


async def record_event(call: Call[NoQuery, EventBody]) -> Reply:
    """Record an event on a metric.

    Raises:
        InvalidInput: there is no such metric, or a field is refused.
        HistoryModeActive: the scope is importing its history.
        StorageFull: the disk is nearly full.
    """
    (metric,) = call.path
    body = call.body
    value = parse_millionths(bytes(body.value).decode())
    request = EventRequest(metric, body.user, value, body.attributes, call.idempotency_key)
    applied = await call.scope.record_event(request)
    status = HTTPStatus.ACCEPTED if applied.replayed else HTTPStatus.CREATED
    return Reply(status, Render(call.scope).event(applied, metric, call.idempotency_key))
