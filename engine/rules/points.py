"""Points: awards by triggers, clipped to the system's cap, each a row of its ledger (SPEC 7)."""

from engine.configuration.plan import SystemPlan
from engine.model.configuration import PointsTrigger
from engine.model.errors import InvalidInput
from engine.model.facts import LevelChanged, PointsAwarded
from engine.model.identifiers import Instant, Millionths, Ordinal, Seq
from engine.model.limits import POINTS_MAX
from engine.model.user import PointsState
from engine.rules.turn import Turn

NO_LEVEL = Ordinal(0)


def award_by_metric(
    turn: Turn, metric: Ordinal, peak_before: Millionths, before: dict[Ordinal, PointsState]
) -> None:
    """Award for every multiple of a threshold that the peak has risen over (SPEC 7.2)."""
    peak = turn.draft.metrics[metric].peak
    if peak == peak_before:
        return
    for system, trigger in turn.plan.metrics[metric].triggers:
        threshold = trigger.metric_threshold
        assert threshold, "a metric trigger has a threshold"
        crossings = peak // threshold - peak_before // threshold
        if crossings:
            _award(turn, system, trigger, crossings * trigger.points, before)


def award_by_achievement(
    turn: Turn, completed: list[Ordinal], before: dict[Ordinal, PointsState]
) -> None:
    """Award for the achievements that this command completed, in order of completion."""
    for achievement in completed:
        for system, trigger in turn.plan.achievement_triggers.get(achievement, ()):
            _award(turn, system, trigger, trigger.points, before)


def change_levels(turn: Turn, before: dict[Ordinal, PointsState]) -> list[Ordinal]:
    """State the levels that changed; return the systems whose points did."""
    changed = [o for o, state in turn.draft.points.items() if before.get(o) is not state]
    changed.sort()
    for ordinal in changed:
        system = turn.plan.systems[ordinal]
        had = before.get(ordinal)
        now = turn.draft.points[ordinal].total
        total_before = had.total if had else 0
        state_level(turn, system, system, before=total_before, after=now, at=turn.at)
    return changed


def state_level(
    turn: Turn,
    old: SystemPlan,
    new: SystemPlan,
    *,
    before: int,
    after: int,
    at: Instant,
) -> None:
    """Emit `LevelChanged` if a total's level under one plan differs from another's."""
    was, now = old.level(before), new.level(after)
    from_level = was.ordinal if was else NO_LEVEL
    to_level = now.ordinal if now else NO_LEVEL
    if from_level != to_level:
        turn.emit(LevelChanged(at, new.system.ordinal, from_level, to_level))


def _award(
    turn: Turn,
    system: Ordinal,
    trigger: PointsTrigger,
    base_amount: int,
    before: dict[Ordinal, PointsState],
) -> None:
    """Add one ledger row, boosted and clipped; none if nothing is left of it."""
    state = turn.draft.points.get(system)
    total = state.total if state else 0
    amount = base_amount
    cap = turn.plan.systems[system].system.max_points
    if cap is not None and amount > 0:
        amount = min(amount, max(0, cap - total))
    if not amount:
        return
    total += amount
    if abs(total) > POINTS_MAX:
        raise InvalidInput("value", "would take the user's points beyond ±2^53")
    had = before.get(system)
    nets_to_nothing = had is not None and had.total == total
    turn.emit(
        PointsAwarded(
            at=turn.at,
            system=system,
            trigger=trigger.ordinal,
            amount=amount,
            base_amount=base_amount,
            total=total,
            set_at=had.set_at if had and nets_to_nothing else turn.at,
            set_order=had.set_order if had and nets_to_nothing else turn.order,
            prev=state.head if state else Seq(0),
        )
    )
