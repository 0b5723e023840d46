"""Triggers of a points system by an operator's hand: `admin.points.triggers.*`.

Archived ones are out of sight.
"""

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
from api.operations.answers_configuration import AdminTriggerAnswer
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.ids import NESTED, Fields, Ids, find_by_id, system_at, system_in
from api.operations.render_configuration import ConfigurationRender
from engine.configuration.edit import Draft
from engine.configuration.edit_points import create_trigger, delete_trigger, update_trigger
from engine.host.scope import Scope
from engine.model.configuration import Configuration, PointsSystem, PointsTrigger
from engine.model.identifiers import Ordinal

_NEW = NESTED["triggers"]
_CHANGED = {*_NEW, "id"}


async def create(call: Call[NoQuery, Items]) -> Reply:
    """Make triggers, inactive unless they say otherwise.

    Raises:
        NotFound: there is no such points system.
        InvalidInput: the list as a whole cannot be.
    """
    of = system_at(call.scope, call.path[0])

    def make(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        return create_trigger(draft, of.ordinal, ids.change(fields, _NEW))

    def find(configuration: Configuration, ordinal: Ordinal) -> PointsTrigger:
        triggers = system_in(configuration, of.ordinal).triggers
        return next(trigger for trigger in triggers if trigger.ordinal == ordinal)

    operation = f"points.triggers/{of.ordinal}"
    made = await create_each(call, operation, read_items(call.body), make, find)
    render = ConfigurationRender(call.scope)
    answers = [render.trigger(trigger) for trigger in made.things.values()]
    return created(answers, made.issues, new=made.is_new)


async def update(call: Call[NoQuery, Items]) -> Reply:
    """Change triggers: left out is no change.

    Raises:
        NotFound: there is no such points system.
        InvalidInput: the list as a whole cannot be.
    """
    of = system_at(call.scope, call.path[0])

    def change(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        ordinal = ids.thing("points_trigger", of.triggers, fields)
        update_trigger(draft, of.ordinal, ordinal, ids.change(fields, _CHANGED))
        return ordinal

    changed, issues = await edit_each(call.scope, read_items(call.body), change)
    return updated(_shown(call.scope, of.ordinal, changed.values()), issues)


async def delete(call: Call[IdsQuery, None]) -> Reply:
    """Archive triggers.

    Raises:
        NotFound: there is no such points system.
    """
    of = system_at(call.scope, call.path[0])

    def take_away(draft: Draft, ids: Ids, fields: Fields) -> None:
        delete_trigger(draft, of.ordinal, ids.thing("points_trigger", of.triggers, fields))

    done, issues = await edit_each(call.scope, call.query.items(), take_away)
    return deleted(call.query.ids, done, issues)


async def list_all(call: Call[PageQuery, None]) -> Reply:
    """Return some of the triggers, in the order of the configuration.

    Raises:
        NotFound: there is no such points system.
    """
    of = system_at(call.scope, call.path[0])
    render = ConfigurationRender(call.scope)
    return Reply(HTTPStatus.OK, [render.trigger(trigger) for trigger in call.query.of(_live(of))])


async def get(call: Read) -> Reply:
    """Return a trigger.

    Raises:
        NotFound: there is no such points system, or no such trigger of it.
    """
    system_id, id_ = call.path
    of = system_at(call.scope, system_id)
    trigger = find_by_id(call.scope, "points_trigger", _live(of), id_)
    return Reply(HTTPStatus.OK, ConfigurationRender(call.scope).trigger(trigger))


def _live(of: PointsSystem) -> list[PointsTrigger]:
    return [trigger for trigger in of.triggers if trigger.status != "archived"]


def _shown(scope: Scope, system: Ordinal, ordinals: Iterable[Ordinal]) -> list[AdminTriggerAnswer]:
    render = ConfigurationRender(scope)
    known = {trigger.ordinal: trigger for trigger in scope.plan.systems[system].system.triggers}
    return [render.trigger(known[ordinal]) for ordinal in ordinals]
