"""Achievements: all of them, those of a user, and one completed at the product's word (SPEC 6)."""

from http import HTTPStatus
from typing import Literal

import msgspec

from api.operations.answers_achievements import CompletionAnswer
from api.operations.call import Call, NoQuery, Reply
from api.operations.render import completed_by, is_shown
from api.operations.render_achievements import AchievementRender
from api.operations.render_filters import read_attributes
from api.operations.render_points import PointsRender
from engine.host.requests import UserFields
from engine.model.identifiers import fact_id

YesNo = Literal["true", "false"]


class AllAchievementsQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whose achievements are wanted."""

    user_attributes: str | None = None


class AchievementsQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is wanted besides the achievements that the user has completed."""

    include_incomplete: YesNo = "false"
    include_progress: YesNo = "false"


class CompleteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who completes an achievement."""

    user: UserFields


async def all_achievements(call: Call[AllAchievementsQuery, None]) -> Reply:
    """Return the achievements that can be seen, with how many have completed them.

    Raises:
        InvalidInput: the attributes are not written as they should be, or not declared.
    """
    plan = call.scope.plan
    text = call.query.user_attributes
    attributes = dict(read_attributes(text, plan))
    render = AchievementRender(call.scope)
    return Reply(
        HTTPStatus.OK,
        [
            render.with_stats(achievement)
            for achievement in plan.configuration.achievements
            if achievement.status in ("active", "locked")
            and (text is None or plan.matches(achievement, attributes))
        ],
    )


async def complete(call: Call[NoQuery, CompleteBody]) -> Reply:
    """Complete an achievement for a user; one that they have stays as it is.

    Raises:
        NotFound: there is no such achievement.
        InvalidInput: it is not to be completed so, or not now, or not by this user.
    """
    scope, (key,) = call.scope, call.path
    applied = await scope.complete_achievement(call.body.user, key)
    achievement = scope.plan.achievements_by_key[key]
    state = applied.state
    done = state.completions[achievement.ordinal]
    render = AchievementRender(scope)
    others = [a for a in completed_by(applied) if a != achievement.ordinal]
    answer = CompletionAnswer(
        completion_id=fact_id(done.seq, done.index),
        achievement=render.of_user(achievement, state),
        points=PointsRender(scope).changed(applied),
        achievements=[render.of_user(scope.plan.achievements[a], state) for a in others],
    )
    return Reply(HTTPStatus.CREATED, answer)


async def of_user(call: Call[AchievementsQuery, None]) -> Reply:
    """Return the achievements that a user has completed, or all that they could have.

    Raises:
        NotFound: there is no such user.
    """
    scope, query = call.scope, call.query
    state = scope.read_user(call.path[0]).state
    render = AchievementRender(scope)
    progress = query.include_progress == "true"
    every = query.include_incomplete == "true"
    attributes = state.identity.attributes
    return Reply(
        HTTPStatus.OK,
        [
            render.of_user_with_stats(achievement, state, progress=progress)
            for achievement in scope.configuration.achievements
            if achievement.ordinal in state.completions
            or (
                every
                and is_shown(achievement, state)
                and scope.plan.matches(achievement, attributes)
            )
        ],
    )
