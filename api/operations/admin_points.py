"""Points systems by an operator's hand: `admin.points.systems.*`.

Archived ones are shown with their status. What is in them has files of its own:
`admin_points_parts`, `admin_points_boosts`.
"""

from http import HTTPStatus
from typing import cast

import msgspec
from msgspec import UNSET

from api.operations.admin_items import (
    REFUSALS,
    IdsQuery,
    Items,
    PageQuery,
    create_each,
    created,
    deleted,
    edit_each,
    fields_of,
    issue_of,
    item_keys,
    read_items,
    updated,
)
from api.operations.answers_configuration import AdminBoostAnswer, AdminSystemAnswer
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.ids import NESTED, Fields, Ids, system_at, system_in
from api.operations.own_boosts import OwnBoost, give, is_own, read_own
from api.operations.render_configuration import ConfigurationRender
from engine.configuration.edit import Draft
from engine.configuration.edit_points import create_system, delete_system, update_system
from engine.host.scope import Scope
from engine.model.configuration import PointsSystem
from engine.model.errors import InvalidInput
from engine.model.identifiers import Ordinal

_SETTINGS = frozenset({"name", "description", "badge", "maxPoints"})
_NEW = _SETTINGS | {"key", *NESTED}
_CHANGED = _SETTINGS | {"id"}


async def create(call: Call[NoQuery, Items]) -> Reply:
    """Make points systems, with what is given for them; one wrong thing in one refuses it.

    Raises:
        InvalidInput: the list as a whole cannot be.
    """
    scope, items = call.scope, read_items(call.body)

    def make(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        configured, _ = _apart(scope, fields)
        return create_system(draft, ids.change(configured, _NEW))

    made = await create_each(call, "points", items, make, system_in)
    keys, issues = item_keys(call, "points", items), made.issues
    answers: list[AdminSystemAnswer] = []
    for index, system in made.things.items():
        given: list[AdminBoostAnswer] = []
        fields = fields_of(items[index])
        for place, own in enumerate(_apart(scope, fields)[1]):
            # Given after the system is made: a repeat gives what a crash in between has left out.
            key = scope.operation_key("points.own", keys[index].hex(), f"{place}") if keys else b""
            try:
                of_system = own.of_system(system.ordinal)
                given.append((await give(scope, of_system, call.engine.log, key=key)).answer)
            except REFUSALS as error:
                issues.append(issue_of(error, index, {"userId": own.user_id}))
        answers.append(_whole(scope, system, fields, given))
    return created(answers, issues, new=made.is_new)


async def update(call: Call[NoQuery, Items]) -> Reply:
    """Change points systems: left out is no change.

    Raises:
        InvalidInput: the list as a whole cannot be.
    """

    def change(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        ordinal = ids.thing("points_system", draft.before.points, fields)
        if "key" in fields:
            raise InvalidInput("key", "cannot be changed")
        update_system(draft, ordinal, ids.change(fields, _CHANGED))
        return ordinal

    changed, issues = await edit_each(call.scope, read_items(call.body), change)
    render, known = ConfigurationRender(call.scope), call.scope.plan.systems
    return updated([render.system(known[o].system) for o in changed.values()], issues)


async def delete(call: Call[IdsQuery, None]) -> Reply:
    """Archive points systems."""

    def take_away(draft: Draft, ids: Ids, fields: Fields) -> None:
        delete_system(draft, ids.thing("points_system", draft.before.points, fields))

    done, issues = await edit_each(call.scope, call.query.items(), take_away)
    return deleted(call.query.ids, done, issues)


async def list_all(call: Call[PageQuery, None]) -> Reply:
    """Return some of the points systems, archived ones last."""
    render, page = ConfigurationRender(call.scope), call.query.of(call.scope.configuration.points)
    return Reply(HTTPStatus.OK, [render.system(system) for system in page])


async def get(call: Read) -> Reply:
    """Return a points system.

    Raises:
        NotFound: there is none with this id.
    """
    system = system_at(call.scope, call.path[0])
    return Reply(HTTPStatus.OK, ConfigurationRender(call.scope).system(system))


def _apart(scope: Scope, fields: Fields) -> tuple[Fields, list[OwnBoost]]:
    """Return an item without the boosts for single users, and those.

    Raises:
        InvalidInput: one of them cannot be, or is for nobody.
        msgspec.ValidationError: a field of one is not of its type.
    """
    boosts = fields.get("boosts")
    if not isinstance(boosts, list):
        return fields, []
    configured: list[object] = []
    own: list[OwnBoost] = []
    for index, boost in enumerate(cast(list[object], boosts)):
        if not is_own(boost):
            configured.append(boost)
            continue
        try:
            own.append(read_own(scope, Ordinal(0), boost))
        except REFUSALS as error:
            told = issue_of(error, index, boost)
            raise InvalidInput(f"boosts[{index}]", told.message) from error
    return {**fields, "boosts": configured}, own


def _whole(
    scope: Scope, system: PointsSystem, fields: Fields, own: list[AdminBoostAnswer]
) -> AdminSystemAnswer:
    """Return a new points system with what was made in it, as far as it was given."""
    render = ConfigurationRender(scope)
    given = {field for field, value in fields.items() if value is not None}
    levels = [render.level(level) for level in system.levels]
    boosts = [render.boost(boost) for boost in system.boosts] + own
    triggers = [render.trigger(trigger) for trigger in system.triggers]
    return msgspec.structs.replace(
        render.system(system),
        levels=levels if "levels" in given else UNSET,
        boosts=boosts if "boosts" in given else UNSET,
        triggers=triggers if "triggers" in given else UNSET,
    )
