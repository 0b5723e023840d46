"""Which events are summed by themselves: one filter for all who ask for the same events (SPEC 6.3).

A filter lasts while anybody asks for it who is not archived, active or not. So an achievement that
is switched off keeps what was counted for it.
"""

from collections.abc import Iterable

import msgspec

from engine.configuration.resolver import Resolver
from engine.model.configuration import (
    Achievement,
    AttributeFilter,
    EventFilter,
    PointsSystem,
    PointsTrigger,
)
from engine.model.identifiers import Ordinal


class EventFilters:
    """The event filters of one version, as they are asked for."""

    def __init__(self, resolver: Resolver) -> None:
        """Take the resolver, which gives new ones their ordinals."""
        self._resolver = resolver
        self._before = {(f.metric, f.attributes): f for f in resolver.before.event_filters}
        self._asked: dict[tuple[Ordinal, tuple[AttributeFilter, ...]], EventFilter] = {}

    def asked(self) -> tuple[EventFilter, ...]:
        """Return those asked for so far, by age."""
        return tuple(sorted(self._asked.values(), key=lambda f: f.ordinal))

    def of_achievements(self, achievements: Iterable[Achievement]) -> tuple[Achievement, ...]:
        """Return achievements with the filters that they ask for."""
        return tuple(
            a if a.event_filter == found else msgspec.structs.replace(a, event_filter=found)
            for a in achievements
            for found in (self._filter(a, asks=a.status != "archived"),)
        )

    def of_systems(self, systems: Iterable[PointsSystem]) -> tuple[PointsSystem, ...]:
        """Return points systems whose triggers have the filters that they ask for."""
        return tuple(self._of_system(system) for system in systems)

    def _of_system(self, system: PointsSystem) -> PointsSystem:
        live = system.status != "archived"
        found = [self._filter(t, asks=live and t.status != "archived") for t in system.triggers]
        if all(t.event_filter == f for t, f in zip(system.triggers, found, strict=True)):
            return system
        triggers = tuple(
            msgspec.structs.replace(trigger, event_filter=ordinal)
            for trigger, ordinal in zip(system.triggers, found, strict=True)
        )
        return msgspec.structs.replace(system, triggers=triggers)

    def _filter(self, thing: Achievement | PointsTrigger, *, asks: bool) -> Ordinal | None:
        if not asks or thing.metric is None or not thing.event_attributes:
            return None
        wanted = thing.metric, thing.event_attributes
        found = self._asked.get(wanted)
        if found is None:
            ordinal = self._resolver.ordinal("event_filter", self._before.get(wanted))
            found = self._asked[wanted] = EventFilter(ordinal, *wanted)
        return found.ordinal
