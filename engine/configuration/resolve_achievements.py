"""`[[achievements]]`: conditions, prerequisites without a cycle, and what becomes of removed ones.

An achievement that was active once may be held by somebody: it cannot become inactive again, and is
archived when it is removed. One that never was vanishes.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from engine.configuration import document as doc
from engine.configuration.resolver import Matches, Resolver, article, in_order
from engine.model.configuration import Achievement, AchievementTrigger
from engine.model.identifiers import Ordinal

CONDITION: dict[AchievementTrigger, tuple[str, ...]] = {
    "metric": ("metricKey", "metricValue"),
    "streak": ("streakLength",),
    "api": (),
    "achievement": ("achievementKeys",),
    "anniversary": ("anniversaryYears",),
}
"""By trigger the fields that it needs."""

OPTIONAL: dict[AchievementTrigger, tuple[str, ...]] = {"metric": ("eventAttributes",)}
"""By trigger the fields that it may have."""


def resolve_achievements(
    resolver: Resolver, entries: list[doc.AchievementEntry]
) -> tuple[Achievement, ...]:
    """Return the achievements that entries mean, with the archived ones.

    From here on the resolver knows what their keys mean.
    """
    resolver.unique("achievements", entries)
    matches = Matches(resolver.before.achievements)
    known = [matches.of(entry) for entry in entries]
    ordinals = [resolver.ordinal("achievement", match) for match in known]
    resolver.achievements = dict(zip((e.key for e in entries), ordinals, strict=True))
    places = [doc.place_of("achievements", entries, index) for index in range(len(entries))]
    made = [
        resolve_achievement(resolver, place, entry, match, ordinal)
        for place, entry, match, ordinal in zip(places, entries, known, ordinals, strict=True)
    ]
    by_ordinal = {achievement.ordinal: achievement for achievement in made}
    for cycle in _cycles(by_ordinal):
        place = places[ordinals.index(cycle[0])]
        resolver.issue(place, wrong_with_cycle([by_ordinal[member].key for member in cycle]))
    return in_order(made, resolver.before.achievements, archived)


def resolve_achievement(
    resolver: Resolver,
    place: str,
    entry: doc.AchievementEntry,
    match: Achievement | None,
    ordinal: Ordinal,
) -> Achievement:
    """Return the achievement that an entry means; cycles of prerequisites are not looked for.

    What is archived stays as it was, but for what is shown of it; so nothing is looked up that may
    be no more.

    Args:
        resolver: knows what the keys in references mean.
        place: of the entry.
        entry: what is wanted.
        match: the achievement before, None for a new one.
        ordinal: the achievement's own.
    """
    badge_url = entry.badge.url if entry.badge else None
    if match is not None and entry.status == "archived":
        return msgspec.structs.replace(
            match,
            name=entry.name,
            description=entry.description,
            badge_url=badge_url,
            status="archived",
        )
    if match is not None and match.status != "inactive" and entry.status == "inactive":
        what = "cannot become inactive again, since users may hold it: lock or archive it instead"
        resolver.issue(place, what)
    metric, value = None, entry.metric_value
    _check_condition(resolver, place, entry)
    if entry.trigger == "metric" and entry.metric_key is not None:
        metric = resolver.reference(place, "metricKey", entry.metric_key, resolver.metrics)
    achievement = Achievement(
        ordinal=ordinal,
        key=entry.key,
        name=entry.name,
        trigger=entry.trigger,
        description=entry.description,
        badge_url=badge_url,
        status=entry.status,
        user_attributes=resolver.filters(place, entry.user_attributes, "user"),
        metric=metric.ordinal if metric else None,
        metric_value=value.millionths if value else None,
        event_attributes=resolver.filters(place, entry.event_attributes, "event"),
        streak_length=entry.streak_length,
        achievements=_prerequisites(resolver, place, entry),
        anniversary_years=entry.anniversary_years,
    )
    # Filters of events get their ordinals when all who ask for them are known.
    event_filter = match.event_filter if match is not None else None
    return msgspec.structs.replace(achievement, event_filter=event_filter)


def archived(achievement: Achievement) -> Achievement | None:
    """Return what becomes of an achievement that is removed; None if nobody can hold it."""
    if achievement.status == "inactive":
        return None
    return msgspec.structs.replace(achievement, status="archived")


def wrong_with_cycle(keys: Sequence[str]) -> str:
    """Say that prerequisites go round in a circle, given its members."""
    return f"cannot be a prerequisite of itself: {' → '.join((*keys, keys[0]))}"


def cycle_through(
    start: Ordinal, achievements: Mapping[Ordinal, Achievement]
) -> list[Ordinal] | None:
    """Return a cycle of prerequisites that an achievement is in, from itself on; None without one.

    O(prerequisites that can be reached).
    """
    came_from: dict[Ordinal, Ordinal] = {}
    waiting = [start]
    while waiting:
        at = waiting.pop()
        for prerequisite in _needs(at, achievements):
            if prerequisite == start:
                cycle = [at]
                while cycle[-1] != start:
                    cycle.append(came_from[cycle[-1]])
                return cycle[::-1]
            if prerequisite not in came_from:
                came_from[prerequisite] = at
                waiting.append(prerequisite)
    return None


def _check_condition(resolver: Resolver, place: str, entry: doc.AchievementEntry) -> None:
    given = {
        "metricKey": entry.metric_key,
        "metricValue": entry.metric_value,
        "eventAttributes": entry.event_attributes or None,
        "streakLength": entry.streak_length,
        "achievementKeys": entry.achievement_keys or None,
        "anniversaryYears": entry.anniversary_years,
    }
    trigger = entry.trigger
    what = f"{article(trigger)} trigger"
    resolver.belong(place, what, given, CONDITION[trigger], OPTIONAL.get(trigger, ()))


def _prerequisites(
    resolver: Resolver, place: str, entry: doc.AchievementEntry
) -> tuple[Ordinal, ...]:
    found: set[Ordinal] = set()
    for key in entry.achievement_keys or () if entry.trigger == "achievement" else ():
        ordinal = resolver.reference(place, "achievementKeys", key, resolver.achievements)
        if ordinal in found:
            field = resolver.named("achievementKeys")
            resolver.issue(place, f"{field}: {key!r} is there twice")
        elif ordinal is not None:
            found.add(ordinal)
    return tuple(sorted(found))


def _needs(ordinal: Ordinal, achievements: Mapping[Ordinal, Achievement]) -> Iterable[Ordinal]:
    """Return the prerequisites of an achievement, as far as it can still be completed."""
    achievement = achievements.get(ordinal)
    if achievement is None or achievement.status == "archived":
        return ()
    return achievement.achievements


def _cycles(achievements: Mapping[Ordinal, Achievement]) -> list[list[Ordinal]]:
    """Return cycles of prerequisites, each from another achievement on. O(prerequisites)."""
    cycles: list[list[Ordinal]] = []
    told: set[Ordinal] = set()
    done: set[Ordinal] = set()
    for start in achievements:
        if start in done:
            continue
        path = {start: iter(_needs(start, achievements))}
        while path:
            at, onward = next(reversed(path.items()))
            for prerequisite in onward:
                if prerequisite in path and prerequisite not in told:
                    members = list(path)
                    cycle = members[members.index(prerequisite) :]
                    cycles.append(cycle)
                    told.update(cycle)
                elif (
                    prerequisite in achievements
                    and prerequisite not in path
                    and prerequisite not in done
                ):
                    path[prerequisite] = iter(_needs(prerequisite, achievements))
                    break
            else:
                del path[at]
                done.add(at)
    return cycles
