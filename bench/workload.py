"""Generated events: the same ones at every run, of people some of whom do far more than others."""

import random
from collections.abc import Iterator

import msgspec

from engine.configuration.document import parse_toml

DAY_S = 86_400
START_S = 1_700_000_000
ZONES = (
    "America/New_York",
    "Europe/London",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Australia/Sydney",
    "Europe/Berlin",
    "America/Los_Angeles",
)

CONFIGURATION = parse_toml(b"""
[[metrics]]
key = "lessons"
name = "Lessons"

[streaks]
metrics = [{ key = "lessons", threshold = 1 }]

[[achievements]]
key = "first"
name = "First lesson"
trigger = "metric"
metricKey = "lessons"
metricValue = 1

[[achievements]]
key = "week"
name = "A week"
trigger = "streak"
streakLength = 7

[[points]]
key = "xp"
name = "XP"
levels = [
  { key = "novice", name = "Novice", points = 10 },
  { key = "adept", name = "Adept", points = 50 },
]
triggers = [
  { key = "lesson", type = "metric", metricKey = "lessons", metricThreshold = 1, points = 2 },
  { key = "started", type = "achievement", achievementKey = "first", points = 5 },
]

[[leaderboards]]
key = "lessons"
name = "Lessons"
rankBy = "metric"
metricKey = "lessons"

[[leaderboards]]
key = "xp"
name = "XP"
rankBy = "points"
pointsSystemKey = "xp"
""")
"""One metric, a daily streak, two achievements, one points system, two boards."""


class Line(msgspec.Struct, frozen=True):
    """An event as a caller would send it."""

    user: str
    tz: str
    key: str
    timestamp: float
    """Seconds since 1970."""


def lines(count: int, users: int, days: int = 30) -> Iterator[Line]:
    """Yield events in order of time; few users send most of them (their rank's cube)."""
    dice = random.Random(1)
    at = float(START_S)
    for index in range(count):
        at += dice.random() * 2 * (days * DAY_S / count)
        number = int(users * dice.random() ** 3)
        yield Line(f"user{number}", ZONES[number % len(ZONES)], f"key{index}", at)
