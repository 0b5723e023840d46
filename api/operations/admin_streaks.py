"""Streaks by an operator's hand: settings, freezes, pauses, resets, restores."""

from datetime import date
from http import HTTPStatus
from typing import Protocol

import msgspec

from api.operations.answer import DeletedAnswer, IssueAnswer
from api.operations.answers_streaks import (
    CreatedFreezesAnswer,
    CreatedPausesAnswer,
    DeletedPausesAnswer,
    PauseRecordAnswer,
    ResetStreaksAnswer,
    RestoredStreaksAnswer,
)
from api.operations.bulk import Items, created_status, each, facts_of, item_keys
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.instants import date_text
from api.operations.render_streaks import StreakRender
from engine.configuration.document import StreakChanges
from engine.host import by_hand
from engine.host.ports import LogReader
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import PausesChanged
from engine.model.identifiers import read_pause_id
from engine.model.user import Pause


class FreezeItem(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Who is given a freeze."""

    user_id: str


class FreezesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Freezes to be granted, one each."""

    freezes: Items[FreezeItem]


class PauseItem(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whose streak is to rest over which dates."""

    user_id: str
    start: str
    end: str


class PausesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pauses to be made."""

    pauses: Items[PauseItem]


class UserItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose streak."""

    id: str


class UsersBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users whose streaks are meant."""

    users: Items[UserItem]


class IdsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which things are meant."""

    ids: Items[str]


async def settings(call: Read) -> Reply:
    """Return the streak settings in force."""
    return Reply(HTTPStatus.OK, StreakRender(call.scope).settings())


async def update_settings(call: Call[NoQuery, StreakChanges]) -> Reply:
    """Change streak settings: left out is no change.

    Raises:
        ConfigurationInvalid: names every setting that is wrong; nothing has changed.
    """
    await call.scope.configure_streaks(call.body)
    return Reply(HTTPStatus.OK, StreakRender(call.scope).settings())


async def create_freezes(call: Call[NoQuery, FreezesBody]) -> Reply:
    """Grant freezes, one for each item."""
    items = call.body.freezes
    keys = item_keys(call, "streaks.freezes", items)

    async def grant(index: int) -> Applied:
        return await by_hand.grant_freeze(call.scope, items[index].user_id, key=keys[index])

    granted, issues = await each([item.user_id for item in items], grant)
    return Reply(created_status(granted), CreatedFreezesAnswer(issues=issues))


async def create_pauses(call: Call[NoQuery, PausesBody]) -> Reply:
    """Make pauses."""
    items, scope = call.body.pauses, call.scope
    keys = item_keys(call, "streaks.pauses", items)

    async def add(index: int) -> Applied:
        item = items[index]
        start, end = _date(item.start, "start"), _date(item.end, "end")
        return await by_hand.add_pause(scope, item.user_id, start, end, key=keys[index])

    added, issues = await each([item.user_id for item in items], add)
    render = StreakRender(scope)
    created: list[PauseRecordAnswer] = []
    for index, applied in added.items():
        pause = _pause_of(applied, call.engine.log)
        created.append(
            PauseRecordAnswer(
                id=render.pause_id(applied.state, pause.index),
                user_id=items[index].user_id,
                start=date_text(pause.start),
                end=date_text(pause.end),
                status="active" if pause in applied.state.pauses else "archived",
            )
        )
    return Reply(created_status(added), CreatedPausesAnswer(created=created, issues=issues))


async def delete_pauses(call: Call[IdsQuery, None]) -> Reply:
    """Take pauses away."""
    scope = call.scope
    deleted: list[DeletedAnswer] = []
    issues: list[IssueAnswer] = []
    for index, id_ in enumerate(call.query.ids):
        found = read_pause_id(id_)
        try:
            if (
                found is None
                or found[0] != scope.state.number
                or found[1] not in scope.directory.numbers()
            ):
                raise NotFound("there is no such pause")
            await by_hand.delete_pause(scope, scope.directory.id(found[1]), found[2])
        except (InvalidInput, NotFound) as error:
            issues.append(IssueAnswer(message=str(error), id=id_, index=index))
        else:
            deleted.append(DeletedAnswer(id=id_))
    return Reply(HTTPStatus.OK, DeletedPausesAnswer(deleted=deleted, issues=issues))


async def restore(call: Call[NoQuery, UsersBody]) -> Reply:
    """Give users back the greatest length that they had lately."""
    users, restored, issues = await _each_user(call, "streaks.restore", by_hand.restore_streak)
    answer = RestoredStreaksAnswer(restored_users=users, issues=issues)
    return Reply(created_status(restored), answer)


async def reset(call: Call[NoQuery, UsersBody]) -> Reply:
    """Set users' streaks to nothing."""
    users, _, issues = await _each_user(call, "streaks.reset", by_hand.reset_streak)
    return Reply(HTTPStatus.OK, ResetStreaksAnswer(reset_users=users, issues=issues))


class _Change(Protocol):
    async def __call__(self, scope: Scope, user_id: str, *, key: bytes) -> Applied: ...


async def _each_user(
    call: Call[NoQuery, UsersBody], operation: str, change: _Change
) -> tuple[list[str], dict[int, Applied], list[IssueAnswer]]:
    """Change every user's streak; return those of whom it was, what came of it, and the issues."""
    users = [item.id for item in call.body.users]
    keys = item_keys(call, operation, call.body.users)
    done, issues = await each(users, lambda i: change(call.scope, users[i], key=keys[i]))
    return [users[index] for index in done], done, issues


def _pause_of(applied: Applied, log: LogReader) -> Pause:
    """Return the pause that an item made, also when it was made by an earlier copy of it."""
    changed = [fact for fact in facts_of(applied, log) if isinstance(fact, PausesChanged)]
    return changed[-1].pauses[-1]


def _date(text: str, where: str) -> date:
    try:
        return msgspec.convert(text, date)
    except msgspec.ValidationError as error:
        raise InvalidInput(where, "is not a date like 2026-03-01") from error
