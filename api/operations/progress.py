"""What a user has: metrics, achievements, points, each brought up to now."""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec

from api.operations.call import Call, Read, Reply
from api.operations.reading import last_awards
from api.operations.render import Render
from engine.model.errors import NotFound


class AchievementsQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whether achievements are wanted that the user has not completed."""

    include_incomplete: Literal["true", "false"] = "false"


class PointsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the last awards are wanted."""

    awards: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10


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
    metric = call.scope.plan.metrics_by_key.get(key)
    if metric is None:
        raise NotFound(f"there is no metric {key[:80]!r}")
    return Reply(HTTPStatus.OK, Render(call.scope).metric(metric, state))


async def achievements(call: Call[AchievementsQuery, None]) -> Reply:
    """Return the achievements that a user has completed, or all of them.

    Raises:
        NotFound: there is no such user.
    """
    state = call.scope.read_user(call.path[0]).state
    render = Render(call.scope)
    every = call.query.include_incomplete == "true"
    return Reply(
        HTTPStatus.OK,
        [
            render.achievement_with_stats(achievement, state)
            for achievement in call.scope.configuration.achievements
            if achievement.ordinal in state.completions
            or (every and achievement.status == "active")
        ],
    )


async def points(call: Call[PointsQuery, None]) -> Reply:
    """Return what a user has of a points system, with their last awards, newest first.

    Raises:
        NotFound: there is no such user or points system.
    """
    user_id, key = call.path
    state = call.scope.read_user(user_id).state
    system = call.scope.plan.systems_by_key.get(key)
    if system is None:
        raise NotFound(f"there is no points system {key[:80]!r}")
    awards = last_awards(call.scope, call.engine.log, state, system, call.query.awards)
    had = state.points.get(system.system.ordinal)
    total = had.total if had else 0
    return Reply(HTTPStatus.OK, Render(call.scope).points(system.system.ordinal, total, awards))
