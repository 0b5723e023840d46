"""Leaderboards by an operator's hand: `admin.leaderboards.*`, and the early end of a run (ours).

What a list changes is one version of the configuration. What is deleted is gone.
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
    version_of,
)
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.ids import Fields, Ids, fields_of, find_by_id
from api.operations.render_configuration import ConfigurationRender
from engine.configuration import document as doc
from engine.configuration.edit import Draft
from engine.configuration.edit_boards import (
    create_leaderboard,
    delete_leaderboard,
    end_run,
    update_leaderboard,
)
from engine.host.requests import check_key
from engine.host.scope import MadeByKey, Scope
from engine.model.configuration import Configuration, Leaderboard
from engine.model.identifiers import Instant, Ordinal, Seq

_NEW = fields_of(doc.LeaderboardEntry)
"""The fields of a new leaderboard."""

_CHANGED = _NEW | {"id"}


async def create(call: Call[NoQuery, Items]) -> Reply:
    """Make leaderboards, inactive unless they say otherwise.

    Raises:
        InvalidInput: the list as a whole cannot be.
    """

    def make(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        return create_leaderboard(draft, ids.change(fields, _NEW))

    made = await create_each(call, "leaderboards", read_items(call.body), make, _find)
    render = ConfigurationRender(call.scope)
    answers = [render.leaderboard(board) for board in made.things.values()]
    return created(answers, made.issues, new=made.is_new)


async def update(call: Call[NoQuery, Items]) -> Reply:
    """Change leaderboards: left out is no change.

    Raises:
        InvalidInput: the list as a whole cannot be.
    """

    def change(draft: Draft, ids: Ids, fields: Fields) -> Ordinal:
        ordinal = ids.thing("leaderboard", draft.before.leaderboards, fields)
        update_leaderboard(draft, ordinal, ids.change(fields, _CHANGED))
        return ordinal

    changed, issues = await edit_each(call.scope, read_items(call.body), change)
    render, now = ConfigurationRender(call.scope), call.scope.configuration
    return updated([render.leaderboard(_find(now, o)) for o in changed.values()], issues)


async def delete(call: Call[IdsQuery, None]) -> Reply:
    """Let leaderboards vanish."""

    def take_away(draft: Draft, ids: Ids, fields: Fields) -> None:
        delete_leaderboard(draft, ids.thing("leaderboard", draft.before.leaderboards, fields))

    done, issues = await edit_each(call.scope, call.query.items(), take_away)
    return deleted(call.query.ids, done, issues)


async def list_all(call: Call[PageQuery, None]) -> Reply:
    """Return some of the leaderboards, in the order of the configuration."""
    render = ConfigurationRender(call.scope)
    page = call.query.of(call.scope.configuration.leaderboards)
    return Reply(HTTPStatus.OK, [render.leaderboard(board) for board in page])


async def get(call: Read) -> Reply:
    """Return a leaderboard.

    Raises:
        NotFound: there is none with this id.
    """
    board = _board_at(call.scope, call.path[0])
    return Reply(HTTPStatus.OK, ConfigurationRender(call.scope).leaderboard(board))


async def end(call: Read) -> Reply:
    """End the run of a leaderboard that is on; one without runs is finished.

    A repeat by the same idempotency key ends nothing, and is answered with what the first one made.

    Raises:
        NotFound: there is none with this id.
        InvalidInput: no run is on.
    """
    scope = call.scope
    ordinal = _board_at(scope, call.path[0]).ordinal
    check_key(call.idempotency_key)
    key = b""
    if call.idempotency_key is not None:
        key = scope.operation_key("leaderboards.end-run", call.idempotency_key, str(ordinal))

    def edit(before: Configuration, at: Instant) -> tuple[Configuration, Seq | None]:
        known = scope.used_key(key)
        if known is not None:
            return before, known
        draft = Draft(before, at)
        end_run(draft, ordinal, at)
        return draft.finish(), None

    def by_key(known: Seq | None) -> MadeByKey:
        return ((key, ordinal),) if key and known is None else ()

    known = await scope.edit_configuration(edit, by_key)
    version = scope.configuration
    if known is not None:
        version = version_of(call.engine.log, known).configuration
    board = _find(version, ordinal)
    return Reply(HTTPStatus.OK, ConfigurationRender(scope).leaderboard(board))


def _board_at(scope: Scope, id_: str) -> Leaderboard:
    return find_by_id(scope, "leaderboard", scope.configuration.leaderboards, id_)


def _find(configuration: Configuration, ordinal: Ordinal) -> Leaderboard:
    return next(b for b in configuration.leaderboards if b.ordinal == ordinal)
