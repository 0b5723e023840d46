"""What people change about a user's streak by hand (docs/streaks.md)."""

from dataclasses import replace
from typing import Literal, assert_never

from tests.model.metrics import exact
from tests.model.operations import (
    AddPause,
    DeletePause,
    GrantFreeze,
    Prefer,
    Reset,
    Restore,
    StreakCommand,
)
from tests.model.points import Refused
from tests.model.remembered import Moment, Preferences, User
from tests.model.settings import customizes, in_force, today
from tests.model.streaks import (
    Pause,
    Row,
    ended,
    first_day,
    granted,
    is_over_somewhere,
    restore_window,
    to_restore,
)
from tests.model.things import Things


def changes_nothing(things: Things, user: User, operation: StreakCommand) -> bool:
    """Whether it says nothing new: then it leaves no trace, like such an upsert."""
    return isinstance(operation, Prefer) and (
        preferred(things, user, operation) == user.preferences
    )


def check(things: Things, user: User, operation: StreakCommand, at: int) -> None:
    """Refuses what a user cannot be told."""
    match operation:
        case GrantFreeze():
            freezes = in_force(things, user).freezes
            refused = freezes is None or user.progress.balance >= freezes["maxCount"]
        case AddPause(start=start, end=end):
            refused = end < start or start < today(things, user, at)
        case DeletePause(index=index):
            refused = not 1 <= index <= len(user.pauses)
            if not refused:
                pause = user.pauses[index - 1]
                # What is long over the engine may have forgotten: so the player does not ask it.
                refused = pause.is_deleted or is_over_somewhere(pause.end, at)
        case Restore():
            refused = not user.preferences.is_enabled or row_to_restore(things, user, at) is None
        case Prefer(streak=changes):
            refused = bool(changes.keys() - {"enabled"}) and not customizes(things)
        case Reset():
            refused = False
        case _:
            assert_never(operation)
    if refused:
        raise Refused


def apply(things: Things, user: User, operation: StreakCommand, moment: Moment) -> None:
    match operation:
        case GrantFreeze():
            grant(things, user, "manual", 1, moment.at)
        case AddPause(start=start, end=end):
            user.pauses.append(Pause(start, end))
        case DeletePause(index=index):
            user.pauses[index - 1] = replace(user.pauses[index - 1], is_deleted=True)
        case Reset():
            end_streaks(user, moment.order)
            forget_rows(user)
            user.resets.append((moment.date, moment.at))
        case Restore():
            restore(things, user, moment)
        case Prefer():
            was_enabled = user.preferences.is_enabled
            user.preferences = preferred(things, user, operation)
            if was_enabled and not user.preferences.is_enabled:
                end_streaks(user, moment.order)
        case _:
            assert_never(operation)


def grant(
    things: Things, user: User, reason: Literal["initial_grant", "manual"], amount: int, at: int
) -> None:
    user.progress = granted(user.progress, in_force(things, user), reason, amount, at=at)


def end_streaks(user: User, order: int) -> None:
    """Ends them all, and empties the sums of the open periods."""
    for frequency, streak in user.progress.streaks.items():
        user.progress = user.progress.with_streak(frequency, ended(streak))
    user.emptied_by = order


def forget_rows(user: User) -> None:
    """Lets no restore give back what is on record by now."""
    for frequency, streak in user.progress.streaks.items():
        forgotten = replace(streak, rows_before_reset=len(streak.rows))
        user.progress = user.progress.with_streak(frequency, forgotten)


def row_to_restore(things: Things, user: User, at: int) -> Row | None:
    window = restore_window(things.frequency, today(things, user, at), things.week_start)
    return to_restore(user.progress.streaks[things.frequency], window)


def restore(things: Things, user: User, moment: Moment) -> None:
    frequency = things.frequency
    streak = user.progress.streaks[frequency]
    row = row_to_restore(things, user, moment.at)
    assert row is not None
    period = first_day(frequency, moment.date, things.week_start)
    assert streak.period in (None, period)
    streak = replace(
        streak,
        length=row.length,
        started=row.started,
        period=period,
        set_at=moment.at,
        set_order=moment.order,
    )
    user.progress = user.progress.with_streak(frequency, streak)


def preferred(things: Things, user: User, operation: Prefer) -> Preferences:
    """The user's settings after a change of some; null takes one back."""
    preferences = user.preferences
    for name, value in operation.streak.items():
        match name:
            case "enabled":
                preferences = replace(preferences, is_enabled=value is not False)
            case "evaluationMode":
                preferences = replace(preferences, evaluation_mode=value)
            case "daysOff":
                days = None if value is None else tuple(value)
                preferences = replace(preferences, days_off=days)
            case "metrics":
                conditions = None
                if value is not None:
                    conditions = tuple(
                        (things.number("metrics", each["key"]), exact(each["threshold"]))
                        for each in value
                    )
                preferences = replace(preferences, conditions=conditions)
            case _:
                raise AssertionError(name)
    return preferences
