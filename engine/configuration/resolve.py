"""From a document to the next version: keys matched with the version before, references checked.

What every part shares is in `engine.configuration.resolver`; each part has a file of its own,
`engine.configuration.resolve_*`. What single changes make of a version, without a document, is in
`engine.configuration.edit`.
"""

from collections.abc import Callable, Iterable

import msgspec

from engine.configuration import document as doc
from engine.configuration.event_filters import EventFilters
from engine.configuration.resolve_achievements import resolve_achievements
from engine.configuration.resolve_boards import activated, resolve_boards
from engine.configuration.resolve_points import resolve_points
from engine.configuration.resolve_streak import (
    resolve_streak,
    streak_entry,
    switches,
)
from engine.configuration.resolver import Resolver, by_key
from engine.configuration.step_work import streak_of
from engine.configuration.timing import with_timing
from engine.model.configuration import Attribute, Configuration, Metric
from engine.model.identifiers import Instant
from engine.model.limits import CONFIGURED_MAX

__all__ = ["change_streak", "resolve", "too_many"]


def resolve(
    document: doc.Document,
    before: Configuration,
    *,
    at: Instant,
    started: bool,
    knows_zone: Callable[[str], bool],
) -> Configuration:
    """Return the version that a document makes of the one before.

    Args:
        document: what is wanted.
        before: the version in force.
        at: the scope's clock.
        started: whether it runs; from then on some settings are fixed.
        knows_zone: tells whether a name is an IANA zone.

    Returns:
        The next version, or `before` itself if nothing differs.

    Raises:
        ConfigurationInvalid: with every issue found, each with its place.
    """
    resolver = Resolver(before, at)
    _check_calendar(resolver, document, started=started, knows_zone=knows_zone)
    metrics = _metrics(resolver, document.metrics)
    attributes = _attributes(resolver, document.attributes)
    resolver.metrics, resolver.attributes = by_key(metrics), by_key(attributes)
    streak = resolve_streak(resolver, document.streaks)
    achievements = resolve_achievements(resolver, document.achievements)
    points = resolve_points(resolver, document.points)
    switched = switches(streak, before)
    boards = resolve_boards(
        resolver, document.leaderboards, week_start=document.week_start, switched=switched
    )
    filters = EventFilters(resolver)
    after = Configuration(
        version=before.version + 1,
        default_time_zone=document.default_time_zone,
        week_start=document.week_start,
        metrics=metrics,
        attributes=attributes,
        streak=streak,
        achievements=filters.of_achievements(achievements),
        points=with_timing(filters.of_systems(points), before.points, at),
        event_filters=filters.asked(),
        leaderboards=boards,
        made=resolver.made,
    )
    resolver.issues += too_many(after)
    return resolver.finish(after)


def change_streak(
    changes: doc.StreakChanges, before: Configuration, *, at: Instant
) -> Configuration:
    """Return the version that other streak settings make of the one before.

    Leaving the daily frequency clears the days off, unless new ones are given.

    Args:
        changes: what is to be another.
        before: the version in force.
        at: the scope's clock.

    Raises:
        ConfigurationInvalid: with every issue found.
    """
    resolver = Resolver(before, at)
    entry = streak_entry(streak_of(before), before.metrics)
    for field in changes.__struct_fields__:
        if (value := getattr(changes, field)) is not msgspec.UNSET:
            setattr(entry, field, value)
    if entry.frequency != "daily" and changes.days_off is msgspec.UNSET:
        entry.days_off = []
    streak = resolve_streak(resolver, entry, prefix="")
    switched = switches(streak, before)
    boards = tuple(
        activated(b, b, at, week_start=before.week_start, switched=switched)
        for b in before.leaderboards
    )
    after = msgspec.structs.replace(
        before, version=before.version + 1, streak=streak, leaderboards=boards
    )
    return resolver.finish(after)


def too_many(after: Configuration) -> Iterable[tuple[str, str]]:
    """Return the kinds of which a version has too many, archived ones included, and what of it."""
    systems = after.points
    counts = {
        "achievements": len(after.achievements),
        "points": len(systems),
        "points.levels": sum(len(system.levels) for system in systems),
        "points.triggers": sum(len(system.triggers) for system in systems),
        "points.boosts": sum(len(system.boosts) for system in systems),
    }
    for kind, count in counts.items():
        if count > CONFIGURED_MAX:
            yield kind, f"more than {CONFIGURED_MAX} entries, archived ones included"


def _check_calendar(
    resolver: Resolver,
    document: doc.Document,
    *,
    started: bool,
    knows_zone: Callable[[str], bool],
) -> None:
    before = resolver.before
    if not knows_zone(document.default_time_zone):
        resolver.issue("defaultTimeZone", f"unknown time zone {document.default_time_zone!r}")
    elif started and document.default_time_zone != before.default_time_zone:
        resolver.issue(
            "defaultTimeZone",
            f"is fixed once the scope's clock runs: it stays {before.default_time_zone!r}",
        )
    if started and document.week_start != before.week_start:
        resolver.issue(
            "weekStart", f"is fixed once the scope's clock runs: it stays {before.week_start!r}"
        )


def _metrics(resolver: Resolver, entries: list[doc.MetricEntry]) -> tuple[Metric, ...]:
    resolver.unique("metrics", entries)
    known = by_key(resolver.before.metrics)
    made: list[Metric] = []
    for index, entry in enumerate(entries):
        match = known.get(entry.key)
        if match is not None and match.aggregation != entry.aggregation:
            resolver.issue(
                doc.place_of("metrics", entries, index),
                f"aggregation is fixed once made: it stays {match.aggregation!r}",
            )
        made.append(
            Metric(
                ordinal=resolver.ordinal("metric", match),
                key=entry.key,
                name=entry.name,
                aggregation=entry.aggregation,
                unit_type=entry.unit_type,
                units=entry.units,
            )
        )
    return tuple(made)


def _attributes(resolver: Resolver, entries: list[doc.AttributeEntry]) -> tuple[Attribute, ...]:
    resolver.unique("attributes", entries)
    known = by_key(resolver.before.attributes)
    return tuple(
        Attribute(
            ordinal=resolver.ordinal("attribute", known.get(entry.key)),
            key=entry.key,
            name=entry.name,
            type=entry.type,
        )
        for entry in entries
    )
