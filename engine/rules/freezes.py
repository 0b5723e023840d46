"""Streak freezes: a balance that is the sum of its ledger (SPEC 5.5).

Granted when a user is made, at every n-th local midnight of theirs, and by hand; consumed one at
a time by periods that would break the streak. No grant lifts the balance above the maximum.
"""

from typing import NamedTuple

from engine.configuration.plan import Plan
from engine.model.errors import InvalidInput
from engine.model.facts import FreezeReason, FreezesChanged
from engine.model.identifiers import Day, Instant
from engine.model.user import UserState, Waiting
from engine.rules.calendar import Calendar
from engine.rules.periods import waiting
from engine.rules.turn import Turn

NO_PERIOD = Day(0)


class Earning(NamedTuple):
    """A date that earns, and the local midnight that begins it."""

    at: Instant
    date: Day


def next_earning(
    plan: Plan, who: Waiting, calendar: Calendar, after: Day | None = None
) -> Earning | None:
    """Return the next date on which somebody earns; None if none does as things are.

    Args:
        plan: the plan in force.
        who: the user.
        calendar: the zone data.
        after: the last local date that is worked off; default that of `who.at`, or of the instant
            from which the settings hold if that is later.
    """
    settings = plan.streak.freezes
    if settings is None or settings.auto_earn_interval is None:
        return None
    if who.balance >= settings.max_count or not who.enabled:
        return None
    zone = plan.zone(who.zone)
    interval = settings.auto_earn_interval
    if after is None:
        after = calendar.day(zone, max(who.at, settings.since))
    last = max(after, who.earned)
    intervals = max(0, (last - who.created_on) // interval) + 1
    date = Day(who.created_on + interval * intervals)
    return Earning(calendar.day_end(zone, Day(date - 1)), date)


def next_earning_of(draft: UserState, plan: Plan, calendar: Calendar) -> Earning | None:
    """Return the next date on which a user earns, as `next_earning` does."""
    settings = plan.streak.freezes
    if settings is None or draft.freezes.balance >= settings.max_count:
        return None  # as of most users, at every event
    return next_earning(plan, waiting(draft), calendar)


def grant_initially(turn: Turn) -> None:
    """Give a new user what new users get."""
    settings = turn.plan.streak.freezes
    if settings is not None:
        _grant(turn, turn.at, "initial_grant", settings.start_count, NO_PERIOD)


def grant_by_hand(turn: Turn) -> None:
    """Give a user one freeze.

    Raises:
        InvalidInput: freezes are off, or there is no room for one.
    """
    settings = turn.plan.streak.freezes
    if settings is None:
        raise InvalidInput("", "streak freezes are switched off")
    if turn.draft.freezes.balance >= settings.max_count:
        has, most = turn.draft.freezes.balance, settings.max_count
        raise InvalidInput("", f"there is no room for a freeze: the user has {has} of {most}")
    _grant(turn, turn.at, "manual", 1, NO_PERIOD)


def earn(turn: Turn, earning: Earning) -> None:
    """Give a user what a date earns, as far as there is room."""
    settings = turn.plan.streak.freezes
    assert settings is not None, "somebody earns while freezes are switched on"
    amount = settings.auto_earn_amount or 0
    _grant(turn, earning.at, "accumulation", amount, earning.date)


def earn_jumped(turn: Turn, before: Day) -> None:
    """Give a user what those dates earn that a change of zone has jumped over.

    Args:
        turn: the user, in the new zone.
        before: the local date in the old one.
    """
    today = turn.calendar.day(turn.zone, turn.at)
    while True:
        found = next_earning(turn.plan, waiting(turn.draft), turn.calendar, before)
        if found is None or found.date > today:
            return
        earn(turn, Earning(turn.at, found.date))


def consume(turn: Turn, at: Instant, period: Day) -> None:
    """Use up one freeze for a period."""
    _change(turn, at, "consumed", -1, period)


def _grant(turn: Turn, at: Instant, reason: FreezeReason, count: int, period: Day) -> None:
    settings = turn.plan.streak.freezes
    assert settings is not None, "freezes are granted while they are switched on"
    amount = min(count, settings.max_count - turn.draft.freezes.balance)
    if amount > 0:
        _change(turn, at, reason, amount, period)


def _change(turn: Turn, at: Instant, reason: FreezeReason, amount: int, period: Day) -> None:
    freezes = turn.draft.freezes
    balance = freezes.balance + amount
    assert balance >= 0, "only what is there can be consumed"
    turn.emit(
        FreezesChanged(
            at=at,
            reason=reason,
            amount=amount,
            balance=balance,
            period=period,
            prev=freezes.head,
        )
    )
