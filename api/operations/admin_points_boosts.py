"""Boosts of a points system by an operator's hand: `admin.points.boosts.*`.

Those for everybody and those by attributes are configured: what a list changes of them is one
version. Those of single users are commands of their own (`own_boosts`), and come first, since they
may have to wait for an import to end. Archived ones are out of sight.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from api.operations.admin_items import (
    REFUSALS,
    IdsQuery,
    Item,
    Items,
    PageQuery,
    create_each,
    created,
    deleted,
    edit_each,
    issue_of,
    item_keys,
    read_items,
    updated,
)
from api.operations.answer import IssueAnswer
from api.operations.answers_configuration import AdminBoostAnswer
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.ids import NESTED, Fields, Ids, find_by_id, system_at, system_in
from api.operations.own_boosts import (
    Given,
    OwnBoost,
    change_own,
    find_own,
    give,
    is_own,
    own_boosts,
    read_own,
    shown_own,
    take,
)
from api.operations.render_configuration import ConfigurationRender
from engine.configuration.edit import Draft
from engine.configuration.edit_points import create_boost, delete_boost, update_boost
from engine.host.scope import Scope
from engine.model.configuration import Configuration, PointsBoost, PointsSystem
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Ordinal, read_boost_id

_NEW = NESTED["boosts"] | {"userId"}
_CHANGED = NESTED["boosts"] | {"id"}

R = TypeVar("R")
Told = tuple[dict[int, R], list[IssueAnswer]]
"""What came of items, by index, and the issues of those that were refused."""


async def create(call: Call[NoQuery, Items]) -> Reply:
    """Make boosts: for everybody, by attributes, or with `userId` for a single user.

    Raises:
        NotFound: there is no such points system.
        InvalidInput: the list as a whole cannot be.
    """
    scope, of = call.scope, system_at(call.scope, call.path[0])
    own, configured = _apart(read_items(call.body), is_own)
    operation = f"points.boosts/{of.ordinal}"
    keys = item_keys(call, operation, own)

    async def give_own(index: int, fields: Fields) -> Given:
        _check_alive(of)
        boost = read_own(scope, of.ordinal, fields)
        return await give(scope, boost, call.engine.log, key=keys.get(index, b""))

    def make(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        return create_boost(draft, of.ordinal, ids.change(fields, _NEW))

    def find(configuration: Configuration, ordinal: Ordinal) -> PointsBoost:
        boosts = system_in(configuration, of.ordinal).boosts
        return next(boost for boost in boosts if boost.ordinal == ordinal)

    given, issues = await _each(own, give_own)
    answers = {index: boost.answer for index, boost in given.items()}
    new = not all(boost.replayed for boost in given.values())
    if configured:
        made = await create_each(call, operation, configured, make, find)
        render = ConfigurationRender(scope)
        answers |= {index: render.boost(boost) for index, boost in made.things.items()}
        new, issues = new or made.is_new, issues + made.issues
    return created(_in_order(answers), _by_index(issues), new=new)


async def update(call: Call[NoQuery, Items]) -> Reply:
    """Change boosts: left out is no change.

    Raises:
        NotFound: there is no such points system.
        InvalidInput: the list as a whole cannot be.
    """
    scope, of = call.scope, system_at(call.scope, call.path[0])
    own, configured = _apart(read_items(call.body), _names_own)

    async def change_users(index: int, fields: Fields) -> AdminBoostAnswer:
        _check_alive(of)
        return await change_own(scope, _own(scope, of, fields), fields)

    def change(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        ordinal = ids.thing("points_boost", of.boosts, fields)
        update_boost(draft, of.ordinal, ordinal, ids.change(fields, _CHANGED))
        return ordinal

    answers, issues = await _each(own, change_users)
    changed, more_issues = await edit_each(scope, configured, change) if configured else ({}, [])
    answers |= _shown(scope, of, changed)
    return updated(_in_order(answers), _by_index(issues + more_issues))


async def delete(call: Call[IdsQuery, None]) -> Reply:
    """Archive configured boosts, and take users' own ones away.

    Raises:
        NotFound: there is no such points system.
    """
    scope, of = call.scope, system_at(call.scope, call.path[0])
    own, configured = _apart(call.query.items(), _names_own)

    async def take_users(index: int, fields: Fields) -> None:
        _check_alive(of)
        await take(scope, _own(scope, of, fields))

    def take_away(draft: Draft, ids: Ids, fields: Fields) -> None:
        delete_boost(draft, of.ordinal, ids.thing("points_boost", of.boosts, fields))

    taken, issues = await _each(own, take_users)
    done, more_issues = await edit_each(scope, configured, take_away) if configured else ({}, [])
    indices = sorted(taken.keys() | done.keys())
    return deleted(call.query.ids, indices, _by_index(issues + more_issues))


async def list_all(call: Call[PageQuery, None]) -> Reply:
    """Return some of the boosts: the configured ones in their order, then those of single users.

    Raises:
        NotFound: there is no such points system.
    """
    scope, page = call.scope, call.query
    of = system_at(scope, call.path[0])
    live = _live(of)
    render = ConfigurationRender(scope)
    answers = [render.boost(boost) for boost in page.of(live)]
    skip, limit = max(0, page.skip - len(live)), page.limit - len(answers)
    answers += own_boosts(scope, of.ordinal, skip, limit) if limit else []
    return Reply(HTTPStatus.OK, answers)


async def get(call: Read) -> Reply:
    """Return a boost.

    Raises:
        NotFound: there is no such points system, or no such boost of it.
    """
    system_id, id_ = call.path
    scope = call.scope
    of = system_at(scope, system_id)
    if read_boost_id(id_) is not None:
        return Reply(HTTPStatus.OK, shown_own(scope, _own(scope, of, {"id": id_})))
    boost = find_by_id(scope, "points_boost", _live(of), id_)
    return Reply(HTTPStatus.OK, ConfigurationRender(scope).boost(boost))


async def _each(
    items: Mapping[int, Fields], apply: Callable[[int, Fields], Awaitable[R]]
) -> Told[R]:
    """Apply items that are commands of their own, one after the other."""
    done: dict[int, R] = {}
    issues: list[IssueAnswer] = []
    for index, fields in items.items():
        try:
            done[index] = await apply(index, fields)
        except REFUSALS as error:
            issues.append(issue_of(error, index, fields))
    return done, issues


def _apart(
    items: Mapping[int, Item], is_own: Callable[[Item], bool]
) -> tuple[dict[int, Fields], dict[int, Item]]:
    """Return the items about boosts of single users, and the others."""
    own = {i: item for i, item in items.items() if isinstance(item, dict) and is_own(item)}
    return own, {index: item for index, item in items.items() if index not in own}


def _names_own(item: Item) -> bool:
    """Tell whether an item names the boost of a single user."""
    id_ = item.get("id") if isinstance(item, dict) else None
    return isinstance(id_, str) and read_boost_id(id_) is not None


def _own(scope: Scope, of: PointsSystem, fields: Fields) -> OwnBoost:
    own = find_own(scope, of.ordinal, fields["id"])
    if own is None:
        raise NotFound("there is no boost with this id")
    return own


def _check_alive(of: PointsSystem) -> None:
    if of.status == "archived":
        raise InvalidInput("", "the points system is archived: nothing in it can change")


def _shown(
    scope: Scope, of: PointsSystem, ordinals: Mapping[int, Ordinal]
) -> dict[int, AdminBoostAnswer]:
    render = ConfigurationRender(scope)
    known = {boost.ordinal: boost for boost in scope.plan.systems[of.ordinal].system.boosts}
    return {index: render.boost(known[ordinal]) for index, ordinal in ordinals.items()}


def _live(of: PointsSystem) -> list[PointsBoost]:
    return [boost for boost in of.boosts if boost.status != "archived"]


def _in_order(answers: Mapping[int, AdminBoostAnswer]) -> list[AdminBoostAnswer]:
    return [answers[index] for index in sorted(answers)]


def _by_index(issues: list[IssueAnswer]) -> list[IssueAnswer]:
    return sorted(issues, key=lambda issue: issue.index or 0)
