"""What people change about a user by hand: freezes, pauses, streaks, points, boosts, settings.

Each is one command of the user, in a record of its own, with an idempotency key where one was
given: a key covers one item of one operation, so a list that was cut off can be sent again whole.
"""

from datetime import date

from engine.host.preferences import PreferencesChanges, changed
from engine.host.requests import Applied, check_text
from engine.host.scope import Scope
from engine.model.commands import (
    AddBoost,
    AddPause,
    AwardPoints,
    ChangeBoost,
    ChangePreferences,
    DeleteBoost,
    DeletePause,
    GrantFreeze,
    HideUser,
    ResetStreak,
    RestoreStreak,
)
from engine.model.errors import InvalidInput
from engine.model.identifiers import Ordinal
from engine.model.limits import AWARD_MAX, REASON_LENGTH_MAX
from engine.model.user import UserBoost, UserState
from engine.rules.periods import day_of


async def grant_freeze(scope: Scope, user_id: str, *, key: bytes = b"") -> Applied:
    """Give a user one streak freeze.

    Raises:
        NotFound: there is no such user.
        InvalidInput: freezes are switched off, or there is no room for one.
    """
    return await scope.change_user(user_id, lambda _: GrantFreeze(key))


async def add_pause(
    scope: Scope, user_id: str, start: date, end: date, *, key: bytes = b""
) -> Applied:
    """Let a user's streak rest over some dates, both ends included.

    Raises:
        NotFound: there is no such user.
        InvalidInput: they begin before the user's today or end before they begin.
    """
    return await scope.change_user(user_id, lambda _: AddPause(day_of(start), day_of(end), key))


async def delete_pause(scope: Scope, user_id: str, index: int) -> Applied:
    """Take the n-th pause that a user was ever given away.

    Raises:
        NotFound: there is no such user.
        InvalidInput: there is no such pause, or it is over or deleted.
    """
    return await scope.change_user(user_id, lambda _: DeletePause(index))


async def reset_streak(scope: Scope, user_id: str, *, key: bytes = b"") -> Applied:
    """Set a user's streaks to nothing.

    Raises:
        NotFound: there is no such user.
    """
    return await scope.change_user(user_id, lambda _: ResetStreak(key))


async def restore_streak(scope: Scope, user_id: str, *, key: bytes = b"") -> Applied:
    """Give a user back the greatest length that they had lately.

    Raises:
        NotFound: there is no such user.
        InvalidInput: there is none that is greater than the present one.
    """
    return await scope.change_user(user_id, lambda _: RestoreStreak(key))


async def award_points(
    scope: Scope,
    user_id: str,
    system: Ordinal,
    amount: int,
    reason: str | None = None,
    *,
    key: bytes = b"",
) -> Applied:
    """Give a user points, or take some.

    Raises:
        NotFound: there is no such user.
        InvalidInput: it would change nothing, or too much.
    """
    if not amount or abs(amount) > AWARD_MAX:
        raise InvalidInput("amount", f"must be a whole number up to ±{AWARD_MAX:,}, not 0")
    _check_reason(reason)
    return await scope.change_user(
        user_id, lambda _: AwardPoints(system, amount, key), reason=reason
    )


async def add_boost(scope: Scope, user_id: str, boost: UserBoost, *, key: bytes = b"") -> Applied:
    """Give a user a boost of their own; its index is set here.

    Raises:
        NotFound: there is no such user.
        InvalidInput: they have too many.
    """
    return await scope.change_user(user_id, lambda _: AddBoost(boost, key))


async def change_boost(scope: Scope, user_id: str, boost: UserBoost) -> Applied:
    """Replace a user's boost by another of the same index; what changes nothing is no command.

    Raises:
        NotFound: there is no such user.
        InvalidInput: they have no such boost.
    """
    return await scope.change_user(
        user_id, lambda state: None if boost in state.boosts else ChangeBoost(boost)
    )


async def delete_boost(scope: Scope, user_id: str, index: int) -> Applied:
    """Take the n-th boost that a user was ever given away.

    Raises:
        NotFound: there is no such user.
        InvalidInput: they have no such boost.
    """
    return await scope.change_user(user_id, lambda _: DeleteBoost(index))


async def change_preferences(scope: Scope, user_id: str, changes: PreferencesChanges) -> Applied:
    """Change a user's own settings; what changes nothing is no command.

    Raises:
        NotFound: there is no such user.
        Forbidden: users have no streak settings of their own as things are.
        InvalidInput: names the field that is wrong.
    """

    def decide(state: UserState) -> ChangePreferences | None:
        preferences = changed(state.preferences, changes, scope.plan)
        return None if preferences == state.preferences else ChangePreferences(preferences)

    return await scope.change_user(user_id, decide)


def _check_reason(reason: str | None) -> None:
    if reason is not None:
        check_text(reason, "reason", REASON_LENGTH_MAX)


async def hide_user(
    scope: Scope, user_id: str, hidden: bool, reason: str | None, *, key: bytes = b""
) -> Applied:
    """Keep a user off all boards from now on, or show them again; their values go on (SPEC 3.5).

    Raises:
        NotFound: there is no such user.
        InvalidInput: the reason is too long.
    """
    if reason is not None:
        check_text(reason, "reason", REASON_LENGTH_MAX)

    def decide(state: UserState) -> HideUser | None:
        return HideUser(hidden, key) if state.hidden != hidden else None

    return await scope.change_user(user_id, decide, reason=reason)
