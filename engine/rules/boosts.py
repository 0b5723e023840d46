"""Boosts: what an award is multiplied by, exactly, rounded once (SPEC 7.4); a user's own ones."""

from msgspec.structs import replace

from engine.model.errors import InvalidInput
from engine.model.facts import AppliedBoost, BoostsChanged
from engine.model.identifiers import Day, Ordinal
from engine.model.limits import BOOSTS_MAX
from engine.model.numbers import UNIT
from engine.model.user import UserBoost
from engine.rules.turn import Turn


def applying(turn: Turn, system: Ordinal, date: Day) -> tuple[AppliedBoost, ...]:
    """Return the boosts that multiply a user's awards of a system on a date.

    The configured ones by age, then the user's own.
    """
    configured = turn.plan.systems[system].boosts(date, turn.attributes)
    own = turn.draft.boosts
    if not configured and not own:
        return ()  # as mostly
    found = [AppliedBoost(b.ordinal, False, b.multiplier, b.rounding) for b in configured]
    found += [
        AppliedBoost(boost.index, True, boost.multiplier, boost.rounding)
        for boost in own
        if boost.system == system
        and boost.active
        and boost.start <= date
        and (boost.end is None or date <= boost.end)
    ]
    return tuple(found)


def boosted(amount: int, boosts: tuple[AppliedBoost, ...]) -> int:
    """Return a positive amount times all boosts: the exact product, rounded once.

    By the strictest rounding of them; `nearest` takes halves up.
    """
    if not boosts:
        return amount
    divisor = 1
    for boost in boosts:
        amount *= boost.multiplier
        divisor *= UNIT
    asked = {boost.rounding for boost in boosts}
    if "down" in asked:
        return amount // divisor
    if "nearest" in asked:
        return (2 * amount + divisor) // (2 * divisor)
    return -(-amount // divisor)


def add(turn: Turn, boost: UserBoost) -> None:
    """Give a user a boost of their own; of too many the ones over longest give way.

    Raises:
        InvalidInput: there are too many that are not over.
    """
    kept = turn.draft.boosts
    if len(kept) >= BOOSTS_MAX:
        over = [b for b in kept if b.end is not None and b.end < turn.date]
        if not over:
            raise InvalidInput("", f"the user has {BOOSTS_MAX} boosts already that are not over")
        first = min(over, key=lambda b: (b.end, b.index))
        kept = tuple(b for b in kept if b is not first)
    made = turn.draft.boosts_made + 1
    turn.emit(BoostsChanged(turn.at, (*kept, replace(boost, index=made)), made))


def change(turn: Turn, boost: UserBoost) -> None:
    """Replace a user's boost by another of the same index.

    Raises:
        InvalidInput: there is none of that index.
    """
    _check_known(turn, boost.index)
    boosts = tuple(boost if b.index == boost.index else b for b in turn.draft.boosts)
    turn.emit(BoostsChanged(turn.at, boosts, turn.draft.boosts_made))


def delete(turn: Turn, index: int) -> None:
    """Take a user's boost away.

    Raises:
        InvalidInput: there is none of that index.
    """
    _check_known(turn, index)
    boosts = tuple(b for b in turn.draft.boosts if b.index != index)
    turn.emit(BoostsChanged(turn.at, boosts, turn.draft.boosts_made))


def _check_known(turn: Turn, index: int) -> None:
    if all(boost.index != index for boost in turn.draft.boosts):
        raise InvalidInput("", "there is no such boost")
