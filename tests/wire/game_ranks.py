"""A game of leaderboards with one of everything: runs, groups, windows, filters, caps, both orders.

It is put in force before anybody plays, so that a board without a date of its own begins in 1970.
"""

from engine.configuration.document import parse_toml

RANKS_FILE = b"""
[[metrics]]
key = "steps"
name = "Steps"

[[attributes]]
key = "country"
name = "Country"

[[attributes]]
key = "team"
name = "Team"

[[attributes]]
key = "plan"
name = "Plan"

[streaks]
metrics = [{ key = "steps", threshold = 1 }]

[[points]]
key = "xp"
name = "Experience"

[[points.triggers]]
key = "stepped"
type = "metric"
metricKey = "steps"
metricThreshold = 2
points = 3

[[leaderboards]]
key = "daily"
name = "Of the day"
rankBy = "metric"
metricKey = "steps"
maxParticipants = 2
start = 2024-10-01
runUnit = "day"

[[leaderboards]]
key = "weekly"
name = "Of the week"
rankBy = "metric"
metricKey = "steps"
start = 2024-09-30
runUnit = "week"
breakdownAttributes = ["country"]

[[leaderboards]]
key = "monthly"
name = "Of the month"
description = "For those who pay."
rankBy = "points"
pointsSystemKey = "xp"
start = 2024-10-01
end = 2024-11-30
runUnit = "month"
userAttributes = [{ attributeKey = "plan", attributeValue = "pro" }]

[[leaderboards]]
key = "nights"
name = "By night"
rankBy = "metric"
metricKey = "steps"
startTime = "20:00"
endTime = "06:00"

[[leaderboards]]
key = "few"
name = "Fewest steps"
rankBy = "metric"
metricKey = "steps"
order = "asc"
maxParticipants = 2

[[leaderboards]]
key = "teams"
name = "Teams"
rankBy = "points"
pointsSystemKey = "xp"
breakdownAttributes = ["country", "team"]

[[leaderboards]]
key = "days"
name = "Days in a row"
rankBy = "streak"

[[leaderboards]]
key = "autumn"
name = "Autumn"
rankBy = "metric"
metricKey = "steps"
start = 2024-10-01
end = 2024-10-06

[[leaderboards]]
key = "soon"
name = "Soon"
rankBy = "metric"
metricKey = "steps"
start = 2024-12-01

[[leaderboards]]
key = "soon-daily"
name = "Soon, by day"
rankBy = "metric"
metricKey = "steps"
start = 2024-12-01
runUnit = "day"

[[leaderboards]]
key = "old"
name = "Old"
rankBy = "streak"
status = "finished"
end = 2024-09-30

[[leaderboards]]
key = "off"
name = "Off"
rankBy = "streak"
status = "inactive"
"""
RANKS_GAME = parse_toml(RANKS_FILE)
