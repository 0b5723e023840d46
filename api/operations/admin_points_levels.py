"""Levels of a points system by an operator's hand: `admin.points.levels.*`."""

from collections.abc import Iterable
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
from api.operations.answers_configuration import AdminLevelAnswer
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.ids import NESTED, Fields, Ids, find_by_id, system_at, system_in
from api.operations.render_configuration import ConfigurationRender
from engine.configuration.edit import Draft
from engine.configuration.edit_points import create_level, delete_level, update_level
from engine.host.scope import Scope
from engine.model.configuration import Configuration, PointsLevel
from engine.model.errors import InvalidInput
from engine.model.identifiers import Ordinal

_NEW = NESTED["levels"]
_CHANGED = {*_NEW, "id"}


async def create(call: Call[NoQuery, Items]) -> Reply:
    """Make levels.

    Raises:
        NotFound: there is no such points system.
        InvalidInput: the list as a whole cannot be.
    """
    of = system_at(call.scope, call.path[0])

    def make(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        return create_level(draft, of.ordinal, ids.change(fields, _NEW))

    def find(configuration: Configuration, ordinal: Ordinal) -> PointsLevel:
        levels = system_in(configuration, of.ordinal).levels
        return next(level for level in levels if level.ordinal == ordinal)

    operation = f"points.levels/{of.ordinal}"
    made = await create_each(call, operation, read_items(call.body), make, find)
    render = ConfigurationRender(call.scope)
    answers = [render.level(level) for level in made.things.values()]
    return created(answers, made.issues, new=made.is_new)


async def update(call: Call[NoQuery, Items]) -> Reply:
    """Change levels: left out is no change; the key stays.

    Raises:
        NotFound: there is no such points system.
        InvalidInput: the list as a whole cannot be.
    """
    of = system_at(call.scope, call.path[0])

    def change(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        ordinal = ids.thing("points_level", of.levels, fields)
        if "key" in fields:
            raise InvalidInput("key", "cannot be changed")
        update_level(draft, of.ordinal, ordinal, ids.change(fields, _CHANGED))
        return ordinal

    changed, issues = await edit_each(call.scope, read_items(call.body), change)
    return updated(_shown(call.scope, of.ordinal, changed.values()), issues)


async def delete(call: Call[IdsQuery, None]) -> Reply:
    """Take levels away.

    Raises:
        NotFound: there is no such points system.
    """
    of = system_at(call.scope, call.path[0])

    def take_away(draft: Draft, ids: Ids, fields: Fields) -> None:
        delete_level(draft, of.ordinal, ids.thing("points_level", of.levels, fields))

    done, issues = await edit_each(call.scope, call.query.items(), take_away)
    return deleted(call.query.ids, done, issues)


async def list_all(call: Call[PageQuery, None]) -> Reply:
    """Return some of the levels, in the order of the configuration.

    Raises:
        NotFound: there is no such points system.
    """
    of = system_at(call.scope, call.path[0])
    render = ConfigurationRender(call.scope)
    return Reply(HTTPStatus.OK, [render.level(level) for level in call.query.of(of.levels)])


async def get(call: Read) -> Reply:
    """Return a level.

    Raises:
        NotFound: there is no such points system, or no such level of it.
    """
    system_id, id_ = call.path
    of = system_at(call.scope, system_id)
    level = find_by_id(call.scope, "points_level", of.levels, id_)
    return Reply(HTTPStatus.OK, ConfigurationRender(call.scope).level(level))


def _shown(scope: Scope, system: Ordinal, ordinals: Iterable[Ordinal]) -> list[AdminLevelAnswer]:
    render = ConfigurationRender(scope)
    known = {level.ordinal: level for level in scope.plan.systems[system].system.levels}
    return [render.level(known[ordinal]) for ordinal in ordinals]
