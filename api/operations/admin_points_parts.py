"""What a points system is made of, by an operator's hand: its levels and its triggers.

`admin.points.levels.*`, `admin.points.triggers.*`. Both are only configured, and alike but for how
they are made, changed and shown. Boosts, which can also be a single user's, are in
`admin_points_boosts`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

import msgspec

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
from api.operations.answer import Answer
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.ids import NESTED, Fields, Ids, find_by_id, system_at, system_in
from api.operations.render_configuration import ConfigurationRender
from engine.configuration import edit_points
from engine.configuration.changes import Change
from engine.configuration.edit import Draft
from engine.host.scope import Scope
from engine.model.configuration import Configuration, PointsLevel, PointsSystem, PointsTrigger
from engine.model.errors import InvalidInput
from engine.model.identifiers import Ordinal


class _Part(Protocol):
    @property
    def ordinal(self) -> Ordinal: ...


P = TypeVar("P", bound=_Part)


class Kind(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """A kind of part: what it is called, and how it is made, changed, taken away and shown."""

    name: str
    """As in public ids."""
    fields: Collection[str]
    """What a new one can have."""
    fixed: Collection[str] = ()
    """Those that cannot be changed."""
    all: Callable[[PointsSystem], Sequence[P]]
    live: Callable[[PointsSystem], Sequence[P]]
    """Those that are shown."""
    make: Callable[[Draft, Ordinal, Change], Ordinal]
    change: Callable[[Draft, Ordinal, Ordinal, Change], None]
    take_away: Callable[[Draft, Ordinal, Ordinal], None]
    show: Callable[[ConfigurationRender, P], Answer]


class Parts(Generic[P]):
    """The operations on one kind of part of a points system.

    All raise `NotFound` where there is no such points system, and those that take a list
    `InvalidInput` where it cannot be as a whole.
    """

    def __init__(self, kind: Kind[P]) -> None:
        self._kind = kind

    async def create(self, call: Call[NoQuery, Items]) -> Reply:
        """Make parts; triggers are inactive unless they say otherwise."""
        kind, of = self._kind, system_at(call.scope, call.path[0])

        def make(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
            return kind.make(draft, of.ordinal, ids.change(fields, kind.fields))

        def find(configuration: Configuration, ordinal: Ordinal) -> P:
            return self._find(system_in(configuration, of.ordinal), ordinal)

        operation = f"{kind.name}/{of.ordinal}"
        made = await create_each(call, operation, read_items(call.body), make, find)
        answers = self._shown(call.scope, made.things.values())
        return created(answers, made.issues, new=made.is_new)

    async def update(self, call: Call[NoQuery, Items]) -> Reply:
        """Change parts: left out is no change."""
        kind, of = self._kind, system_at(call.scope, call.path[0])

        def change(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
            ordinal = ids.thing(kind.name, kind.all(of), fields)
            for field in kind.fixed:
                if field in fields:
                    raise InvalidInput(field, "cannot be changed")
            known = {*kind.fields, "id"}
            kind.change(draft, of.ordinal, ordinal, ids.change(fields, known))
            return ordinal

        changed, issues = await edit_each(call.scope, read_items(call.body), change)
        now = call.scope.plan.systems[of.ordinal].system
        parts = [self._find(now, ordinal) for ordinal in changed.values()]
        return updated(self._shown(call.scope, parts), issues)

    async def delete(self, call: Call[IdsQuery, None]) -> Reply:
        """Take parts away; what has awarded something is archived."""
        kind, of = self._kind, system_at(call.scope, call.path[0])

        def take_away(draft: Draft, ids: Ids, fields: Fields) -> None:
            kind.take_away(draft, of.ordinal, ids.thing(kind.name, kind.all(of), fields))

        done, issues = await edit_each(call.scope, call.query.items(), take_away)
        return deleted(call.query.ids, done, issues)

    async def list_all(self, call: Call[PageQuery, None]) -> Reply:
        """Return some of the parts, in the order of the configuration."""
        of = system_at(call.scope, call.path[0])
        page = call.query.of(self._kind.live(of))
        return Reply(HTTPStatus.OK, self._shown(call.scope, page))

    async def get(self, call: Read) -> Reply:
        """Return a part.

        Raises:
            NotFound: there is no such points system, or no such part of it.
        """
        system_id, id_ = call.path
        of = system_at(call.scope, system_id)
        part = find_by_id(call.scope, self._kind.name, self._kind.live(of), id_)
        return Reply(HTTPStatus.OK, self._kind.show(ConfigurationRender(call.scope), part))

    def _find(self, system: PointsSystem, ordinal: Ordinal) -> P:
        return next(part for part in self._kind.all(system) if part.ordinal == ordinal)

    def _shown(self, scope: Scope, parts: Iterable[P]) -> list[Answer]:
        render = ConfigurationRender(scope)
        return [self._kind.show(render, part) for part in parts]


LEVELS = Parts(
    Kind[PointsLevel](
        name="points_level",
        fields=NESTED["levels"],
        fixed=("key",),
        all=lambda system: system.levels,
        live=lambda system: system.levels,
        make=edit_points.create_level,
        change=edit_points.update_level,
        take_away=edit_points.delete_level,
        show=ConfigurationRender.level,
    )
)

TRIGGERS = Parts(
    Kind[PointsTrigger](
        name="points_trigger",
        fields=NESTED["triggers"],
        all=lambda system: system.triggers,
        live=lambda system: [t for t in system.triggers if t.status != "archived"],
        make=edit_points.create_trigger,
        change=edit_points.update_trigger,
        take_away=edit_points.delete_trigger,
        show=ConfigurationRender.trigger,
    )
)
