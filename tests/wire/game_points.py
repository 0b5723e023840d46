"""A game of achievements and points with one of everything: triggers, filters, boosts, caps.

`xp` is earned by all that awards something, multiplied in October, and twice as much by those who
pay. `lives` are spent by jumping and come back with time.
"""

from engine.configuration.document import parse_toml

POINTS_FILE = b"""
[[metrics]]
key = "steps"
name = "Steps"

[[metrics]]
key = "jumps"
name = "Jumps"

[[metrics]]
key = "height"
name = "Height"
units = "cm"
aggregation = "max"

[[attributes]]
key = "plan"
name = "Plan"

[[attributes]]
key = "team"
name = "Team"

[[attributes]]
key = "via"
name = "Via"
type = "event"

[streaks]
metrics = [{ key = "steps", threshold = 1 }]

[[achievements]]
key = "far"
name = "Far"
trigger = "metric"
metricKey = "steps"
metricValue = 20
badge = { url = "https://example.org/far.png" }

[[achievements]]
key = "hiker"
name = "Hiker"
trigger = "metric"
metricKey = "steps"
metricValue = 10.5
eventAttributes = [{ attributeKey = "via", attributeValue = "trail" }]

[[achievements]]
key = "patron"
name = "Patron"
trigger = "metric"
metricKey = "steps"
metricValue = 5
userAttributes = [{ attributeKey = "plan", attributeValue = "pro" }]

[[achievements]]
key = "twice"
name = "Two days in a row"
trigger = "streak"
streakLength = 2

[[achievements]]
key = "hello"
name = "Hello"
description = "Say hello."
trigger = "api"

[[achievements]]
key = "both"
name = "Both"
trigger = "achievement"
achievementKeys = ["twice", "hello"]

[[achievements]]
key = "year"
name = "A year"
trigger = "anniversary"
anniversaryYears = 1

[[achievements]]
key = "secret"
name = "Secret"
trigger = "api"
status = "inactive"

[[achievements]]
key = "soon"
name = "Soon"
trigger = "metric"
metricKey = "height"
metricValue = 50
status = "locked"

[[achievements]]
key = "members"
name = "Members"
trigger = "api"
userAttributes = [{ attributeKey = "plan", attributeValue = "pro" }]

[[points]]
key = "xp"
name = "Experience"
description = "For all that you do."
badge = { url = "https://example.org/xp.png" }
levels = [
    { key = "low", name = "Low", points = 10 },
    { key = "mid", name = "Middle", points = 30, description = "Half way." },
    { key = "top", name = "Top", points = 100, badge = { url = "https://example.org/top.png" } },
]

[[points.triggers]]
key = "joined"
type = "user_creation"
points = 5

[[points.triggers]]
key = "stepped"
type = "metric"
metricKey = "steps"
metricThreshold = 5
points = 3
cap = { points = 20, period = "day" }

[[points.triggers]]
key = "hiked"
type = "metric"
metricKey = "steps"
metricThreshold = 4
points = 1
eventAttributes = [{ attributeKey = "via", attributeValue = "trail" }]

[[points.triggers]]
key = "higher"
type = "metric"
metricKey = "height"
metricThreshold = 10
points = 2

[[points.triggers]]
key = "again"
type = "streak"
streakLength = 2
points = 10

[[points.triggers]]
key = "greeted"
type = "achievement"
achievementKey = "hello"
points = 4
userAttributes = [{ attributeKey = "team", attributeValue = "red" }]

[[points.triggers]]
key = "aged"
type = "achievement"
achievementKey = "year"
points = 6

[[points.triggers]]
key = "later"
type = "streak"
streakLength = 7
points = 50
status = "inactive"

[[points.boosts]]
key = "autumn"
name = "Autumn"
start = 2024-10-01
end = 2024-10-07
multiplier = 1.5

[[points.boosts]]
key = "pro"
name = "For patrons"
start = 2024-10-04
multiplier = 2
rounding = "up"
userAttributes = [{ attributeKey = "plan", attributeValue = "pro" }]

[[points.boosts]]
key = "winter"
name = "Winter"
start = 2024-12-01
end = 2024-12-31
multiplier = 3
rounding = "nearest"

[[points.boosts]]
key = "summer"
name = "Summer"
start = 2024-06-01
end = 2024-08-31
multiplier = 1.25

[[points.boosts]]
key = "off"
name = "Switched off"
start = 2024-10-01
multiplier = 9
status = "inactive"

[[points]]
key = "lives"
name = "Lives"
maxPoints = 5

[[points.triggers]]
key = "born"
type = "user_creation"
points = 2

[[points.triggers]]
key = "rest"
type = "time"
timeUnit = "hours"
timeInterval = 12
points = 1

[[points.triggers]]
key = "jump"
type = "metric"
metricKey = "jumps"
metricThreshold = 1
points = -1
blockIfOutOfPoints = true

[[leaderboards]]
key = "rich"
name = "Rich"
rankBy = "points"
pointsSystemKey = "xp"
"""
POINTS_GAME = parse_toml(POINTS_FILE)
