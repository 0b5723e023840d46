"""The game that servers are ended in, directories that hold one, and what is read of them then."""

import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from api.cli.importing import checked_document
from api.embedded import ScopeReader, open_laurels, open_reading
from engine.host.requests import EventRequest, UserFields
from engine.model.identifiers import Millionths
from engine.model.numbers import UNIT

CONFIGURATION = """
[[metrics]]
key = "steps"
name = "Steps"

[[metrics]]
key = "lessons"
name = "Lessons"

[streaks]
metrics = [{ key = "steps", threshold = 2 }, { key = "lessons", threshold = 1 }]

[[achievements]]
key = "walker"
name = "Walker"
trigger = "metric"
metricKey = "steps"
metricValue = 40

[[achievements]]
key = "begun"
name = "Begun"
trigger = "streak"
streakLength = 1

[[points]]
key = "xp"
name = "XP"
triggers = [
    { key = "each", type = "metric", metricKey = "steps", metricThreshold = 5, points = 2 },
    { key = "walked", type = "achievement", achievementKey = "walker", points = 50 },
]

[[leaderboards]]
key = "steps"
name = "Steps"
rankBy = "metric"
metricKey = "steps"

[[leaderboards]]
key = "xp"
name = "XP"
rankBy = "points"
pointsSystemKey = "xp"
"""
DOCUMENT = checked_document(CONFIGURATION.encode())
USERS = 1_000
LONG_NAME = "x" * 250


class Game(NamedTuple):
    """A directory with a game of many users with long names, never to be served itself."""

    data: Path
    digest: str

    def copy(self, directory: Path, name: str = "data") -> Path:
        return shutil.copytree(self.data, directory / name)


async def make_game(data: Path) -> Game:
    async with open_laurels(data) as laurels:
        scope = await laurels.scope()
        await scope.configure(DOCUMENT)
        for number in range(USERS):
            who = UserFields(f"user-{number}", name=LONG_NAME)
            await scope.record_event(EventRequest("steps", who, Millionths(UNIT)))
        return Game(data, scope.digest())


async def steps_of(data: Path, user: str) -> float:
    """Return a user's steps, as a directory has them that nobody serves."""
    async with open_reading(data) as laurels:
        return next(m.current for m in laurels.scope().user(user).metrics if m.key == "steps")


async def digest_of(data: Path) -> str:
    async with open_reading(data) as laurels:
        return laurels.scope().digest()


def check_state(scope: ScopeReader, totals: Counter[tuple[str, str]]) -> None:
    """Check that everybody has what follows from their totals by user and metric."""
    points: dict[str, int] = {}
    walkers: dict[str, int] = {}
    for user in sorted({user for user, _ in totals}):
        state = scope.user(user)
        steps, lessons = totals[user, "steps"], totals[user, "lessons"]
        expected = {"walker": steps >= 40, "begun": steps >= 2 or lessons > 0}
        if steps:
            walkers[user] = steps
        if award := 2 * (steps // 5) + 50 * expected["walker"]:
            points[user] = award
        assert {m.key: m.current for m in state.metrics} == {"steps": steps, "lessons": lessons}
        assert [system.total for system in state.points] == [award]
        done = {a.key for a in state.achievements if a.achieved_at is not None}
        assert done == {key for key, is_done in expected.items() if is_done}
        assert state.longest_streak >= expected["begun"]
    for key, values in (("steps", walkers), ("xp", points)):
        rows = scope.board(key, limit=1_000).rankings
        assert {row.user_id: row.value for row in rows} == values
        assert [row.value for row in rows] == sorted(values.values(), reverse=True)
