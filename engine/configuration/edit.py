"""Single changes to a version, without a document: what the Admin API does.

A draft takes changes one after another; later ones see what earlier ones made. Each is resolved by
itself, by the functions that resolve an entry of a document, against dictionaries that are made
once. A change that is refused leaves nothing behind. In the end the draft is one version, or none.

What a change says, and how an entry comes of it, is in `engine.configuration.changes`.

What is archived is out of reach: it has no entry to be changed any more. Only a points system can
be given another name or picture even then.
"""

from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

import msgspec

from engine.configuration.entries import Names
from engine.configuration.event_filters import EventFilters
from engine.configuration.references import References
from engine.configuration.resolver import Keyed, Resolver, live_first
from engine.configuration.timing import with_timing
from engine.model.configuration import (
    Achievement,
    Configuration,
    PointsSystem,
    PointsTrigger,
)
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Instant, Ordinal
from engine.model.limits import CONFIGURED_MAX

K = TypeVar("K", bound=Keyed)


class Things(Generic[K]):
    """Things of one kind, with the keys that are taken."""

    def __init__(self, things: Iterable[K]) -> None:
        self._by_ordinal: dict[Ordinal, K] = {}
        self.keys: set[str] = set()
        """Of those that are not archived."""
        for thing in things:
            self.put(thing)

    def all(self) -> Collection[K]:
        """Return all of them, new ones last."""
        return self._by_ordinal.values()

    def find(self, ordinal: Ordinal, what: str) -> K:
        """Return one that is not archived.

        Raises:
            NotFound: there is none.
        """
        thing = self._by_ordinal.get(ordinal)
        if thing is None or not _is_live(thing):
            raise NotFound(f"there is no such {what}")
        return thing

    def check_key(self, key: str, what: str) -> None:
        """Refuse a key that is taken.

        Raises:
            InvalidInput: it is.
        """
        if key in self.keys:
            raise InvalidInput("key", f"there is a {what} {key!r} already")

    def put(self, thing: K) -> None:
        """Take a thing in the place of the one with its ordinal."""
        old = self._by_ordinal.get(thing.ordinal)
        if old is not None and _is_live(old):
            self.keys.remove(old.key)
        self._by_ordinal[thing.ordinal] = thing
        if _is_live(thing):
            self.keys.add(thing.key)

    def remove(self, thing: K) -> None:
        """Take a thing away."""
        del self._by_ordinal[thing.ordinal]
        self.keys.remove(thing.key)


class SystemDraft:
    """A points system in the making."""

    def __init__(self, system: PointsSystem) -> None:
        self.settings = system
        """The system; what is in it stands below."""
        self.levels = Things(system.levels)
        self.triggers = Things(system.triggers)
        self.boosts = Things(system.boosts)

    def finished(self) -> PointsSystem:
        """Return the system as it is by now."""
        return msgspec.structs.replace(
            self.settings,
            levels=tuple(self.levels.all()),
            triggers=live_first(self.triggers.all()),
            boosts=live_first(self.boosts.all()),
        )


class Draft:
    """A version in the making."""

    def __init__(self, before: Configuration, at: Instant) -> None:
        """Begin with the version in force. O(things).

        Args:
            before: that version.
            at: the scope's clock.
        """
        self.before = before
        self.resolver = Resolver(before, at, by_id=True)
        self.achievements: dict[Ordinal, Achievement] = _by_ordinal(before.achievements)
        self.achievement_keys = {a.ordinal: a.key for a in before.achievements}
        by_age = sorted(before.achievements, key=lambda a: (a.status != "archived", a.ordinal))
        self.keys = {achievement.key: achievement.ordinal for achievement in by_age}
        """What the keys of achievements mean: of an archived one and a later one the later one."""
        self.resolver.achievements = self.keys
        by_life = sorted(before.points, key=lambda s: (s.status != "archived", s.ordinal))
        self.system_keys = {system.ordinal: system.key for system in before.points}
        self.resolver.systems = self.systems_by_key = {s.key: s.ordinal for s in by_life}
        """What the keys of points systems mean: as of the achievements."""
        self.leaderboards = Things(before.leaderboards)
        self.names = Names(
            {metric.ordinal: metric.key for metric in before.metrics},
            {attribute.ordinal: attribute.key for attribute in before.attributes},
            self.achievement_keys,
        )
        self.counts = {
            "levels": sum(len(system.levels) for system in before.points),
            "triggers": sum(len(system.triggers) for system in before.points),
            "boosts": sum(len(system.boosts) for system in before.points),
        }
        """How many there are in all systems together."""
        self._systems: dict[Ordinal, PointsSystem | SystemDraft] = {
            system.ordinal: system for system in before.points
        }
        self._references: References | None = None

    @property
    def references(self) -> References:
        """Who refers to which achievement by now."""
        if self._references is None:
            self._references = References(self.achievements.values(), self.systems())
        return self._references

    def systems(self) -> list[PointsSystem]:
        """Return the points systems as they are by now."""
        return [
            system.finished() if isinstance(system, SystemDraft) else system
            for system in self._systems.values()
        ]

    def system_settings(self) -> list[PointsSystem]:
        """Return the points systems; what is in them may be out of date."""
        return [
            system.settings if isinstance(system, SystemDraft) else system
            for system in self._systems.values()
        ]

    def system(self, ordinal: Ordinal) -> SystemDraft:
        """Return a points system, to be changed.

        Raises:
            NotFound: there is none.
        """
        system = self._systems.get(ordinal)
        if system is None:
            raise NotFound("there is no such points system")
        if not isinstance(system, SystemDraft):
            system = self._systems[ordinal] = SystemDraft(system)
        return system

    def put_system(self, system: PointsSystem) -> None:
        """Take a points system in the place of the one with its ordinal."""
        if system.ordinal not in self._systems:
            self.system_keys[system.ordinal] = system.key
            self.systems_by_key[system.key] = system.ordinal
        self._systems[system.ordinal] = SystemDraft(system)
        self._references = None

    def find_achievement(self, ordinal: Ordinal) -> Achievement:
        """Return an achievement that is not archived.

        Raises:
            NotFound: there is none.
        """
        achievement = self.achievements.get(ordinal)
        if achievement is None or achievement.status == "archived":
            raise NotFound("there is no such achievement")
        return achievement

    def put_achievement(self, achievement: Achievement) -> None:
        """Take an achievement in the place of the one with its ordinal."""
        old = self.achievements.get(achievement.ordinal)
        if old is not None:
            if self._references is not None:
                self._references.remove_achievement(old)
            if old.key != achievement.key:
                self._free_key(old)
        self.achievements[achievement.ordinal] = achievement
        self.achievement_keys[achievement.ordinal] = achievement.key
        self.keys[achievement.key] = achievement.ordinal
        if self._references is not None:
            self._references.add_achievement(achievement)

    def drop_achievement(self, achievement: Achievement) -> None:
        """Let an achievement vanish."""
        if self._references is not None:
            self._references.remove_achievement(achievement)
        del self.achievements[achievement.ordinal]
        del self.achievement_keys[achievement.ordinal]
        self._free_key(achievement)

    def put_trigger(self, of: SystemDraft, trigger: PointsTrigger) -> None:
        """Take a trigger in the place of the one with its ordinal."""
        of.triggers.put(trigger)
        # Asked for by changes of achievements only, which do not come with those of triggers.
        self._references = None

    @contextmanager
    def change(self) -> Generator[None]:
        """Take back the ordinals that a change got, if it is refused."""
        made = dict(self.resolver.made)
        try:
            yield
        except (InvalidInput, msgspec.ValidationError):
            self.resolver.made = made
            self.resolver.issues.clear()
            raise

    def check(self) -> None:
        """Refuse the change if an issue was found.

        Raises:
            InvalidInput: tells all of them.
        """
        if self.resolver.issues:
            issues = [f"{place}: {what}" if place else what for place, what in self.resolver.issues]
            raise InvalidInput("", "; ".join(issues))

    def check_references(
        self, field: str, wanted: Iterable[Ordinal], known: Collection[Ordinal] = ()
    ) -> None:
        """Note that a thing cannot begin to refer to an archived achievement.

        Args:
            field: that refers.
            wanted: the achievements that it names.
            known: those that it named before.
        """
        for ordinal in wanted:
            achievement = self.achievements[ordinal]
            if achievement.status == "archived" and ordinal not in known:
                what = f"{self.resolver.named(field)}: there is no {achievement.key!r}"
                self.resolver.issue("", what)

    def check_count(self, what: str, count: int, *, archived: bool = True) -> None:
        """Refuse more things of a kind than there may be.

        Args:
            what: the kind.
            count: how many there would be.
            archived: whether some of them may be archived.

        Raises:
            InvalidInput: says how many there may be.
        """
        if count > CONFIGURED_MAX:
            most = f"there can be {CONFIGURED_MAX} {what} in all"
            raise InvalidInput("", f"{most}, archived ones included" if archived else most)

    def next_of(self, kind: str) -> Ordinal:
        """Return the ordinal that the next thing of a kind gets."""
        return Ordinal(self.resolver.made.get(kind, 0) + 1)

    def _free_key(self, achievement: Achievement) -> None:
        """Let the key of an achievement mean the archived one that had it before, if any."""
        key = achievement.key
        others = [o for o, a in self.achievements.items() if a.key == key and a != achievement]
        if others:
            self.keys[key] = max(others)
        else:
            del self.keys[key]

    def finish(self) -> Configuration:
        """Return the version that the changes make, the one before if they change nothing."""
        filters = EventFilters(self.resolver)
        achievements = filters.of_achievements(live_first(self.achievements.values()))
        points = with_timing(
            filters.of_systems(live_first(self.systems())), self.before.points, self.resolver.at
        )
        after = msgspec.structs.replace(
            self.before,
            achievements=achievements,
            points=points,
            event_filters=filters.asked(),
            leaderboards=tuple(self.leaderboards.all()),
            made=self.resolver.made,
        )
        if after == self.before:
            return self.before
        return msgspec.structs.replace(after, version=self.before.version + 1)


def _is_live(thing: Keyed) -> bool:
    return getattr(thing, "status", "active") != "archived"


def _by_ordinal(things: Sequence[K]) -> dict[Ordinal, K]:
    return {thing.ordinal: thing for thing in things}
