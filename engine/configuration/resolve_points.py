"""`[[points]]`: points systems with their levels, triggers and boosts.

A system, a trigger or a boost that is removed is archived, since rows of ledgers name it. Levels
are derived, so they are really gone.
"""

import msgspec

from engine.configuration import document as doc
from engine.configuration.resolver import (
    Matches,
    Resolver,
    article,
    by_key,
    day_of,
    in_order,
)
from engine.model.configuration import (
    PointsBoost,
    PointsCap,
    PointsLevel,
    PointsSystem,
    PointsTrigger,
    PointsTriggerType,
)
from engine.model.identifiers import Instant
from engine.model.numbers import UNIT, from_number

SETTINGS: dict[PointsTriggerType, tuple[str, ...]] = {
    "metric": ("metricKey", "metricThreshold"),
    "achievement": ("achievementKey",),
    "streak": ("streakLength",),
    "time": ("timeUnit", "timeInterval"),
    "user_creation": (),
}
"""By type the fields that a trigger needs."""

OPTIONAL: dict[PointsTriggerType, tuple[str, ...]] = {
    "metric": ("eventAttributes", "blockIfOutOfPoints", "cap"),
    "achievement": ("cap",),
    "streak": ("cap",),
}
"""By type the fields that it may have."""

MULTIPLIER_END = 100 * UNIT
"""What a multiplier stays below: the wire contract's own."""


def resolve_points(resolver: Resolver, entries: list[doc.PointsEntry]) -> tuple[PointsSystem, ...]:
    """Return the points systems that entries mean, with the archived ones.

    The resolver has to know what the keys of metrics, attributes and achievements mean; from here
    on it knows those of points systems.
    """
    resolver.unique("points", entries)
    matches = Matches(resolver.before.points)
    made = [
        resolve_system(
            resolver, f"{doc.place_of('points', entries, index)}.", entry, matches.of(entry)
        )
        for index, entry in enumerate(entries)
    ]
    resolver.systems = {e.key: s.ordinal for e, s in zip(entries, made, strict=True)}
    return in_order(made, resolver.before.points, archived)


def resolve_system(
    resolver: Resolver, prefix: str, entry: doc.PointsEntry, match: PointsSystem | None
) -> PointsSystem:
    """Return the points system that an entry means, with what is in it.

    Args:
        resolver: knows what the keys in references mean.
        prefix: what stands before the places of what is in it.
        entry: what is wanted.
        match: the system before, None for a new one.
    """
    system = resolve_settings(resolver, entry, match)
    if match is not None and entry.status == "archived":
        return system
    return msgspec.structs.replace(
        system,
        levels=_levels(resolver, f"{prefix}levels", entry.levels, match),
        triggers=_triggers(resolver, f"{prefix}triggers", entry, match),
        boosts=_boosts(resolver, f"{prefix}boosts", entry.boosts, match),
    )


def resolve_settings(
    resolver: Resolver, entry: doc.PointsEntry, match: PointsSystem | None
) -> PointsSystem:
    """Return the points system that an entry means, with what was in it before.

    Of an archived one only what is shown may change.
    """
    system = match or PointsSystem(resolver.ordinal("points_system", None), entry.key, entry.name)
    if match is None or entry.status != "archived":
        system = msgspec.structs.replace(system, max_points=entry.max_points)
    return msgspec.structs.replace(
        system,
        name=entry.name,
        description=entry.description,
        badge_url=entry.badge.url if entry.badge else None,
        status=entry.status,
    )


def resolve_level(
    resolver: Resolver, entry: doc.LevelEntry, match: PointsLevel | None
) -> PointsLevel:
    """Return the level that an entry means."""
    return PointsLevel(
        ordinal=resolver.ordinal("points_level", match),
        key=entry.key,
        name=entry.name,
        points=entry.points,
        description=entry.description,
        badge_url=entry.badge.url if entry.badge else None,
    )


def resolve_trigger(
    resolver: Resolver, place: str, entry: doc.TriggerEntry, match: PointsTrigger | None
) -> PointsTrigger:
    """Return the trigger that an entry means.

    Args:
        resolver: knows what the keys in references mean.
        place: of the entry.
        entry: what is wanted.
        match: the trigger before, None for a new one; what is archived stays as it was.
    """
    if match is not None and entry.status == "archived":
        return archived_trigger(match, resolver.at)
    _check_settings(resolver, place, entry)
    metric, achievement = None, None
    if entry.type == "metric" and entry.metric_key is not None:
        metric = resolver.reference(place, "metricKey", entry.metric_key, resolver.metrics)
        if metric is not None and metric.aggregation not in ("sum", "max"):
            what = f"needs a sum or max metric, {metric.key!r} is {metric.aggregation}"
            resolver.issue(place, what)
    if entry.type == "achievement" and entry.achievement_key is not None:
        key, known = entry.achievement_key, resolver.achievements
        achievement = resolver.reference(place, "achievementKey", key, known)
    if not entry.points:
        resolver.issue(place, "points must not be 0")
    if entry.cap is not None and entry.points < 0:
        resolver.issue(place, "cap goes only with points above 0")
    threshold = entry.metric_threshold
    trigger = PointsTrigger(
        ordinal=resolver.ordinal("points_trigger", match),
        key=entry.key,
        type=entry.type,
        points=entry.points,
        status=entry.status,
        user_attributes=resolver.filters(place, entry.user_attributes, "user"),
        metric=metric.ordinal if metric else None,
        metric_threshold=from_number(threshold) if threshold else None,
        event_attributes=resolver.filters(place, entry.event_attributes, "event"),
        # Filters of events get their ordinals when all who ask for them are known.
        event_filter=match.event_filter if match else None,
        block_if_out_of_points=entry.block_if_out_of_points,
        achievement=achievement,
        streak_length=entry.streak_length,
        time_unit=entry.time_unit,
        time_interval=entry.time_interval,
        cap=_resolve_cap(resolver, entry.cap, match.cap if match else None),
        since=match.since if match else Instant(0),  # see `engine.configuration.timing`
        created=match.created if match else resolver.at,
        updated=match.updated if match else resolver.at,
    )
    if match is not None and trigger != match:
        trigger = msgspec.structs.replace(trigger, updated=resolver.at)
    return trigger


def _resolve_cap(
    resolver: Resolver, entry: doc.CapEntry | None, before: PointsCap | None
) -> PointsCap | None:
    if entry is None:
        return None
    match = before if before is not None and before.period == entry.period else None
    return PointsCap(resolver.ordinal("points_cap", match), entry.points, entry.period)


def resolve_boost(
    resolver: Resolver, place: str, entry: doc.BoostEntry, match: PointsBoost | None
) -> PointsBoost:
    """Return the boost that an entry means; what is archived stays as it was."""
    if match is not None and entry.status == "archived":
        return msgspec.structs.replace(match, name=entry.name, status="archived")
    start, end = day_of(entry.start), day_of(entry.end) if entry.end else None
    if end is not None and end < start:
        resolver.issue(place, "end must not be before start")
    multiplier = entry.multiplier.millionths
    if not 0 < multiplier < MULTIPLIER_END or multiplier == UNIT:
        resolver.issue(place, "multiplier must be above 0 and below 100, and not 1")
    return PointsBoost(
        ordinal=resolver.ordinal("points_boost", match),
        key=entry.key,
        name=entry.name,
        start=start,
        multiplier=multiplier,
        end=end,
        rounding=entry.rounding,
        status=entry.status,
        user_attributes=resolver.filters(place, entry.user_attributes, "user"),
    )


def wrong_with_level(points: int) -> str:
    """Say that two levels begin at the same points."""
    return f"another level already begins at {points} points"


def archived(system: PointsSystem) -> PointsSystem:
    """Return what becomes of a points system that is removed; what it holds stands still."""
    return msgspec.structs.replace(system, status="archived")


def archived_trigger(trigger: PointsTrigger, at: Instant) -> PointsTrigger:
    """Return what becomes of a trigger that is removed."""
    if trigger.status == "archived":
        return trigger
    return msgspec.structs.replace(trigger, status="archived", updated=at)


def archived_boost(boost: PointsBoost) -> PointsBoost:
    """Return what becomes of a boost that is removed."""
    return msgspec.structs.replace(boost, status="archived")


def _levels(
    resolver: Resolver, kind: str, entries: list[doc.LevelEntry], before: PointsSystem | None
) -> tuple[PointsLevel, ...]:
    resolver.unique(kind, entries)
    known = by_key(before.levels if before else ())
    thresholds: set[int] = set()
    for index, entry in enumerate(entries):
        if entry.points in thresholds:
            place = doc.place_of(kind, entries, index)
            resolver.issue(place, wrong_with_level(entry.points))
        thresholds.add(entry.points)
    return tuple(resolve_level(resolver, entry, known.get(entry.key)) for entry in entries)


def _triggers(
    resolver: Resolver, kind: str, entry: doc.PointsEntry, before: PointsSystem | None
) -> tuple[PointsTrigger, ...]:
    entries = entry.triggers
    resolver.unique(kind, entries)
    known = before.triggers if before else ()
    matches = Matches(known)
    made = [
        resolve_trigger(resolver, doc.place_of(kind, entries, index), each, matches.of(each))
        for index, each in enumerate(entries)
    ]
    return in_order(made, known, lambda trigger: archived_trigger(trigger, resolver.at))


def _boosts(
    resolver: Resolver, kind: str, entries: list[doc.BoostEntry], before: PointsSystem | None
) -> tuple[PointsBoost, ...]:
    resolver.unique(kind, entries)
    known = before.boosts if before else ()
    matches = Matches(known)
    made = [
        resolve_boost(resolver, doc.place_of(kind, entries, index), each, matches.of(each))
        for index, each in enumerate(entries)
    ]
    return in_order(made, known, archived_boost)


def _check_settings(resolver: Resolver, place: str, entry: doc.TriggerEntry) -> None:
    given = {
        "metricKey": entry.metric_key,
        "metricThreshold": entry.metric_threshold,
        "eventAttributes": entry.event_attributes or None,
        "blockIfOutOfPoints": entry.block_if_out_of_points or None,
        "achievementKey": entry.achievement_key,
        "streakLength": entry.streak_length,
        "timeUnit": entry.time_unit,
        "timeInterval": entry.time_interval,
        "cap": entry.cap,
    }
    what = f"{article(entry.type)} trigger"
    resolver.belong(place, what, given, SETTINGS[entry.type], OPTIONAL.get(entry.type, ()))
