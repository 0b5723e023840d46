"""Achievements by an operator's hand: `admin.achievements.*`.

What a list changes is one version of the configuration. Archived achievements are out of sight.
"""

from http import HTTPStatus

from api.operations.admin_items import (
    IdsQuery,
    Items,
    PageQuery,
    create_each,
    created,
    deleted,
    edit_each,
    read_items,
    updated,
)
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.ids import Fields, Ids, fields_of, find_by_id
from api.operations.render_configuration import ConfigurationRender
from engine.configuration import document as doc
from engine.configuration.edit import Draft
from engine.configuration.edit_achievements import (
    create_achievement,
    delete_achievement,
    update_achievement,
)
from engine.host.scope import Scope
from engine.model.configuration import Achievement, Configuration
from engine.model.identifiers import Ordinal

_NEW = fields_of(doc.AchievementEntry)
"""The fields of a new achievement."""

_CHANGED = _NEW | {"id"}


async def create(call: Call[NoQuery, Items]) -> Reply:
    """Make achievements, inactive unless they say otherwise.

    Raises:
        InvalidInput: the list as a whole cannot be.
    """

    def make(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        return create_achievement(draft, ids.change(fields, _NEW))

    made = await create_each(call, "achievements", read_items(call.body), make, _find)
    render = ConfigurationRender(call.scope)
    answers = [render.achievement(achievement) for achievement in made.things.values()]
    return created(answers, made.issues, new=made.is_new)


async def update(call: Call[NoQuery, Items]) -> Reply:
    """Change achievements: left out is no change.

    Raises:
        InvalidInput: the list as a whole cannot be.
    """

    def change(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        ordinal = ids.thing("achievement", draft.before.achievements, fields)
        update_achievement(draft, ordinal, ids.change(fields, _CHANGED))
        return ordinal

    changed, issues = await edit_each(call.scope, read_items(call.body), change)
    render, known = ConfigurationRender(call.scope), call.scope.plan.achievements
    return updated([render.achievement(known[ordinal]) for ordinal in changed.values()], issues)


async def delete(call: Call[IdsQuery, None]) -> Reply:
    """Archive achievements; those that were never active vanish."""

    def take_away(draft: Draft, ids: Ids, fields: Fields) -> None:
        ordinal = ids.thing("achievement", draft.before.achievements, fields)
        delete_achievement(draft, ordinal)

    done, issues = await edit_each(call.scope, call.query.items(), take_away)
    return deleted(call.query.ids, done, issues)


async def list_all(call: Call[PageQuery, None]) -> Reply:
    """Return some of the achievements, in the order of the configuration."""
    render, page = ConfigurationRender(call.scope), call.query.of(_live(call.scope))
    return Reply(HTTPStatus.OK, [render.achievement(achievement) for achievement in page])


async def get(call: Read) -> Reply:
    """Return an achievement.

    Raises:
        NotFound: there is none with this id, or it is archived.
    """
    found = find_by_id(call.scope, "achievement", _live(call.scope), call.path[0])
    return Reply(HTTPStatus.OK, ConfigurationRender(call.scope).achievement(found))


def _find(configuration: Configuration, ordinal: Ordinal) -> Achievement:
    return next(a for a in configuration.achievements if a.ordinal == ordinal)


def _live(scope: Scope) -> list[Achievement]:
    return [a for a in scope.configuration.achievements if a.status != "archived"]
