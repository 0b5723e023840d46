"""Who refers to an achievement: so none is removed that something needs."""

from collections.abc import Iterable

from engine.model.configuration import Achievement, PointsSystem, PointsTrigger
from engine.model.identifiers import Ordinal


class References:
    """The achievements that are prerequisites or triggers of what is not archived."""

    def __init__(
        self, achievements: Iterable[Achievement], systems: Iterable[PointsSystem]
    ) -> None:
        """Take the things of one version. O(prerequisites + triggers)."""
        self._to: dict[Ordinal, dict[str, None]] = {}
        for achievement in achievements:
            self.add_achievement(achievement)
        for system in systems:
            if system.status != "archived":
                for trigger in system.triggers:
                    self._add_trigger(system.key, trigger)

    def to(self, achievement: Ordinal) -> str | None:
        """Return something that refers to an achievement, in words; None if nothing does."""
        return next(iter(self._to.get(achievement, ())), None)

    def add_achievement(self, achievement: Achievement) -> None:
        """Note what an achievement refers to."""
        if achievement.status != "archived":
            for prerequisite in achievement.achievements:
                self._to.setdefault(prerequisite, {})[_achievement(achievement)] = None

    def remove_achievement(self, achievement: Achievement) -> None:
        """Forget what an achievement referred to."""
        if achievement.status != "archived":
            for prerequisite in achievement.achievements:
                del self._to[prerequisite][_achievement(achievement)]

    def _add_trigger(self, system: str, trigger: PointsTrigger) -> None:
        if trigger.status != "archived" and trigger.achievement is not None:
            who = f"the trigger {trigger.key!r} of the points system {system!r}"
            self._to.setdefault(trigger.achievement, {})[who] = None


def _achievement(achievement: Achievement) -> str:
    return f"the achievement {achievement.key!r}"
