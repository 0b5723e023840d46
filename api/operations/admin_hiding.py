"""Hiding users from leaderboards, and showing them again (ours, SPEC 3.5)."""

from http import HTTPStatus

import msgspec

from api.operations.answer import Answer, IssueAnswer
from api.operations.bulk import Items, each, item_keys
from api.operations.call import Call, NoQuery, Reply
from engine.host import by_hand
from engine.host.requests import Applied


class HidingItem(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Who is meant, and why."""

    user_id: str
    reason: str | None = None


class HidingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users to be hidden, or shown."""

    users: Items[HidingItem]


class HiddenUserAnswer(Answer, frozen=True, kw_only=True):
    """Whether a user is hidden from now on."""

    user_id: str
    hidden: bool


class HiddenUsersAnswer(Answer, frozen=True, kw_only=True):
    """What came of a list of users."""

    updated: list[HiddenUserAnswer]
    issues: list[IssueAnswer]


async def hide(call: Call[NoQuery, HidingBody]) -> Reply:
    """Keep users off all leaderboards; their values go on. Who is hidden already stays so."""
    return await _set(call, hidden=True)


async def show(call: Call[NoQuery, HidingBody]) -> Reply:
    """Let users be on leaderboards again, with the values that they have by now."""
    return await _set(call, hidden=False)


async def _set(call: Call[NoQuery, HidingBody], *, hidden: bool) -> Reply:
    items = call.body.users
    keys = item_keys(call, "users.hide" if hidden else "users.show", items)

    async def apply(index: int) -> Applied:
        item = items[index]
        return await by_hand.hide_user(
            call.scope, item.user_id, hidden, item.reason, key=keys[index]
        )

    applied, issues = await each([item.user_id for item in items], apply)
    updated = [
        HiddenUserAnswer(user_id=items[index].user_id, hidden=came.state.hidden)
        for index, came in applied.items()
    ]
    return Reply(HTTPStatus.OK, HiddenUsersAnswer(updated=updated, issues=issues))
