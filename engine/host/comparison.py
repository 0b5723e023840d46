"""The difference between two runs of one history: how many have what, and who differs.

Things are matched by key, since that is what people know them by. What only one of the two
configurations has, nobody has in the other.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from engine.configuration.plan import Plan, SystemPlan
from engine.host.standing import BoardTop, Place, Standing, Standings
from engine.model.identifiers import Ordinal

_NOTHING = Standing([], [])


class _Answer(msgspec.Struct, rename="camel"):
    """A part of the difference, in the words of the wire."""


class AchievementDifference(_Answer):
    """How many have an achievement."""

    key: str
    name: str
    recorded: int = 0
    would_be: int = 0
    gained: int = 0
    """Users who would have it and have not."""
    lost: int = 0


class LevelDifference(_Answer):
    """How many are on a level."""

    key: str | None
    """None: on no level."""
    name: str
    recorded: int = 0
    would_be: int = 0


class PointsDifference(_Answer):
    """What all have of a points system."""

    key: str
    name: str
    levels: list[LevelDifference]
    recorded: int = 0
    """The sum of all totals."""
    would_be: int = 0
    more: int = 0
    """Users who would have more."""
    fewer: int = 0


class BoardDifference(_Answer):
    """The first places of a board."""

    key: str
    name: str
    group: str
    recorded: list[Place]
    would_be: list[Place]
    recorded_participants: int
    would_be_participants: int


class LeftOut(_Answer):
    """Commands that the configuration cannot take."""

    reason: str
    commands: int


class WhatIf(_Answer, kw_only=True):
    """What would be otherwise."""

    users: int
    """As recorded."""
    would_be_users: int
    users_differ: int
    evaluated: int
    """Commands that were evaluated anew and taken."""
    left_out: list[LeftOut]
    """Others, by reason, the most frequent first."""
    replaced_versions: int
    """Configurations of the record that the one stood for."""
    other_rules: int
    """Commands that were recorded under other rules than this release's."""
    achievements: list[AchievementDifference]
    points: list[PointsDifference]
    leaderboards: list[BoardDifference]


class PointsChange(_Answer, kw_only=True):
    """What a user has of a points system; levels by key."""

    recorded: int
    would_be: int
    recorded_level: str | None
    would_be_level: str | None


class UserDifference(_Answer):
    """What a user would have and has not, and the other way round."""

    user_id: str
    gained: list[str]
    """Achievements, by key."""
    lost: list[str]
    points: dict[str, PointsChange]
    """By points system, where points or level differ."""


class _Terms:
    """What one configuration's ordinals mean."""

    def __init__(self, plan: Plan) -> None:
        self.achievements = {a.ordinal: a.key for a in plan.configuration.achievements}
        by_life = sorted(
            plan.systems.values(), key=lambda s: getattr(s.system, "status", "") != "archived"
        )
        self.systems = {s.system.key: s for s in by_life}
        """Of an archived system and its successor the successor."""

    def completed(self, standing: Standing) -> set[str]:
        return {self.achievements[ordinal] for ordinal in standing.completions}

    def total(self, key: str, totals: Mapping[Ordinal, int]) -> "_Total":
        system = self.systems.get(key)
        if system is None:
            return _Total(0, None)
        total = totals.get(system.system.ordinal, 0)
        level = system.level(total)
        return _Total(total, level.key if level else None)


class _Total(NamedTuple):
    points: int
    level: str | None


class Comparison:
    """Collects the difference, a user at a time."""

    def __init__(self, recorded: Standings, plan: Plan) -> None:
        """Begin with nobody.

        Args:
            recorded: what everybody has, as recorded.
            plan: the other configuration's.
        """
        self._recorded = recorded
        self._before, self._after = _Terms(recorded.plan), _Terms(plan)
        self._plan = plan
        self.users = self.would_be_users = self.users_differ = 0
        names = {a.key: a.name for p in (recorded.plan, plan) for a in p.configuration.achievements}
        self.achievements = {key: AchievementDifference(key, name) for key, name in names.items()}
        systems = {**self._before.systems, **self._after.systems}
        self.points = {
            key: PointsDifference(key, plan.system.name, self._levels(key))
            for key, plan in systems.items()
        }
        self._levels_by_key = {
            key: {level.key: level for level in points.levels}
            for key, points in self.points.items()
        }

    def add(
        self, user_id: str, recorded: Standing | None, would_be: Standing | None
    ) -> UserDifference | None:
        """Take a user, None in a run in which there is no such user; return what differs.

        Some 5 µs, and more for everything that differs.
        """
        self.users += recorded is not None
        self.would_be_users += would_be is not None
        gained, lost = self._add_completions(recorded or _NOTHING, would_be or _NOTHING)
        points = self._add_points(recorded, would_be)
        if not gained and not lost and not points and (recorded is None) == (would_be is None):
            return None
        self.users_differ += 1
        return UserDifference(user_id, gained, lost, points)

    def boards(self, would_be: Standings) -> list[BoardDifference]:
        """Return the first places of every board that is live in either run."""
        before = _tops(self._recorded)
        after = _tops(would_be)
        nothing = BoardTop([], 0)
        rows: list[BoardDifference] = []
        for key, group in {**before, **after}:
            was, now = before.get((key, group), nothing), after.get((key, group), nothing)
            board = (
                self._plan.leaderboards_by_key.get(key)
                or self._recorded.plan.leaderboards_by_key[key]
            )
            row = BoardDifference(
                key=key,
                name=board.name,
                group=group,
                recorded=was.places,
                would_be=now.places,
                recorded_participants=was.participants,
                would_be_participants=now.participants,
            )
            rows.append(row)
        return rows

    def _levels(self, key: str) -> list[LevelDifference]:
        """Return the levels of a points system in order of the other configuration, then others."""
        names: dict[str | None, str] = {None: ""}
        for terms in (self._after, self._before):
            for level in _levels_of(terms.systems.get(key)):
                names.setdefault(*level)
        return [LevelDifference(key, name) for key, name in names.items()]

    def _add_completions(
        self, recorded: Standing, would_be: Standing
    ) -> tuple[list[str], list[str]]:
        before, after = self._before.completed(recorded), self._after.completed(would_be)
        rows = self.achievements
        for key in before:
            rows[key].recorded += 1
        for key in after:
            rows[key].would_be += 1
        if before == after:
            return [], []
        gained, lost = sorted(after - before), sorted(before - after)
        for key in gained:
            rows[key].gained += 1
        for key in lost:
            rows[key].lost += 1
        return gained, lost

    def _add_points(
        self, recorded: Standing | None, would_be: Standing | None
    ) -> dict[str, PointsChange]:
        had = dict((recorded or _NOTHING).points)
        has = dict((would_be or _NOTHING).points)
        changes: dict[str, PointsChange] = {}
        for key, row in self.points.items():
            before, after = self._before.total(key, had), self._after.total(key, has)
            row.recorded += before.points
            row.would_be += after.points
            row.more += after.points > before.points
            row.fewer += after.points < before.points
            levels = self._levels_by_key[key]
            if recorded is not None:
                levels[before.level].recorded += 1
            if would_be is not None:
                levels[after.level].would_be += 1
            if before != after:
                changes[key] = PointsChange(
                    recorded=before.points,
                    would_be=after.points,
                    recorded_level=before.level,
                    would_be_level=after.level,
                )
        return changes


def _levels_of(system: SystemPlan | None) -> Iterable[tuple[str, str]]:
    return () if system is None else ((level.key, level.name) for level in system.levels)


def _tops(standings: Standings) -> dict[tuple[str, str], BoardTop]:
    """Return the beginnings of boards by their key and group; of several runs the last one's."""
    boards = standings.plan.leaderboards
    return {
        (boards[shard.board].key, shard.group): top
        for shard, top in sorted(standings.boards.items())
    }
