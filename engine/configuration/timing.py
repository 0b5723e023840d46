"""Since when time triggers award as they do (SPEC 7.2): what came of an interval before is settled.

An interval that came to nothing (the system was at its maximum, a boost rounded it away) leaves no
trace: its user is not written. So a trigger must know since when it is as it is, or that interval
would count by settings that came after it.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from engine.model.configuration import PointsSystem, PointsTrigger
from engine.model.identifiers import Instant


def with_timing(
    systems: Iterable[PointsSystem], before: Iterable[PointsSystem], at: Instant
) -> tuple[PointsSystem, ...]:
    """Return points systems whose time triggers know since when they award as they do.

    Args:
        systems: those of a version.
        before: those of the version before.
        at: the version's instant.
    """
    known = {system.ordinal: system for system in before}
    return tuple(_with_timing(system, known.get(system.ordinal), at) for system in systems)


def _with_timing(system: PointsSystem, before: PointsSystem | None, at: Instant) -> PointsSystem:
    if system.status == "archived":
        return system
    goes_on = before is not None and _room(system) == _room(before)
    known = {t.ordinal: t for t in before.triggers} if before is not None else {}
    triggers: list[PointsTrigger] = []
    for trigger in system.triggers:
        match = known.get(trigger.ordinal)
        if trigger.status == "archived":
            since = trigger.since
        elif trigger.type != "time":
            since = Instant(0)
        elif match is not None and goes_on and _awards(trigger) == _awards(match):
            since = match.since
        else:
            since = at
        triggers.append(trigger if trigger.since == since else replace(trigger, since=since))
    after = tuple(triggers)
    return system if after == system.triggers else replace(system, triggers=after)


def _room(system: PointsSystem) -> tuple[object, ...]:
    """Return what of a system decides what an interval comes to."""
    return system.status, system.max_points, system.boosts


def _awards(trigger: PointsTrigger) -> tuple[object, ...]:
    """Return what of a trigger decides what an interval comes to, and when."""
    return (
        trigger.type,
        trigger.status,
        trigger.points,
        trigger.time_unit,
        trigger.time_interval,
        trigger.user_attributes,
    )
