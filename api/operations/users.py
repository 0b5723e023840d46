"""Users: create, identify, update, get (SPEC 3)."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec.structs import asdict

from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.render import Render
from api.operations.streak_reading import recent_periods
from engine.host.requests import UserChanges, UserFields
from engine.model.limits import PAGE_MAX


class OverviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a user's past is wanted."""

    periods: Annotated[int, msgspec.Meta(ge=0, le=PAGE_MAX)] = 7


async def create(call: Call[NoQuery, UserFields]) -> Reply:
    """Create a user; one who exists is changed, as by `identify`."""
    applied = await call.scope.upsert_user(call.body)
    return Reply(HTTPStatus.CREATED, Render(call.scope).profile(applied.state))


async def identify(call: Call[NoQuery, UserChanges]) -> Reply:
    """Create a user or change what is known of them."""
    return await _change(call, known_only=False)


async def update(call: Call[NoQuery, UserChanges]) -> Reply:
    """Change what is known of a user.

    Raises:
        NotFound: there is no such user.
    """
    return await _change(call, known_only=True)


async def get(call: Read) -> Reply:
    """Return a user.

    Raises:
        NotFound: there is no such user.
    """
    state = call.scope.read_user(call.path[0]).state
    return Reply(HTTPStatus.OK, Render(call.scope).profile(state))


async def overview(call: Call[OverviewQuery, None]) -> Reply:
    """Return a user with everything that they have, at one instant: what `laurels user` shows.

    Raises:
        NotFound: there is no such user.
    """
    decision = call.scope.read_user(call.path[0])
    periods = recent_periods(call.scope, call.engine.log, decision, call.query.periods)
    return Reply(HTTPStatus.OK, Render(call.scope).user(decision.state, periods))


async def _change(call: Call[NoQuery, UserChanges], *, known_only: bool) -> Reply:
    fields = UserFields(call.path[0], **asdict(call.body))
    applied = await call.scope.upsert_user(fields, known_only=known_only)
    return Reply(HTTPStatus.OK, Render(call.scope).profile(applied.state))
