"""Generated events: the same ones at every run, of people some of whom do far more than others."""

import random
from collections.abc import Iterator
from typing import NamedTuple

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

CONFIGURATION_TOML = b"""
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
"""
"""One metric, a daily streak, two achievements, one points system, two boards."""

CONFIGURATION = parse_toml(CONFIGURATION_TOML)


class Person(NamedTuple):
    """Somebody who sends events."""

    id: str
    tz: str


def person(number: int) -> Person:
    """Return who has a number from 0 on."""
    return Person(f"user{number}", ZONES[number % len(ZONES)])


def draw_number(dice: random.Random, users: int) -> int:
    """Draw who sends the next event: few users send most of them (their rank's cube)."""
    return int(users * dice.random() ** 3)


class Line(msgspec.Struct, frozen=True):
    """An event as a caller would send it."""

    user: str
    tz: str
    key: str
    timestamp: float
    """Seconds since 1970."""


def lines(count: int, users: int, days: int = 30) -> Iterator[Line]:
    """Yield events in order of time, of users drawn by `draw_number`."""
    dice = random.Random(1)
    at = float(START_S)
    for index in range(count):
        at += dice.random() * 2 * (days * DAY_S / count)
        sender = person(draw_number(dice, users))
        yield Line(sender.id, sender.tz, f"key{index}", at)
