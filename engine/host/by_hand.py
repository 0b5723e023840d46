"""What people change about a user's streak by hand: grants, pauses, resets, restores, settings.

Each is one command of the user, in a record of its own, with an idempotency key where one was
given: a key covers one item of one operation, so a list that was cut off can be sent again whole.
"""

from datetime import date

from engine.host.preferences import PreferencesChanges, changed
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.commands import (
    AddPause,
    ChangePreferences,
    DeletePause,
    GrantFreeze,
    ResetStreak,
    RestoreStreak,
)
from engine.model.user import UserState
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
