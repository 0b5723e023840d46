"""A call of every operation of the client's on achievements and points, but for an operator's.

They are made in `a_points_game`.
"""

from collections.abc import Mapping

from trophy.types import UpsertedUser

from tests.wire.client import Call

CALLS_OF_POINTS: Mapping[str, Call] = {
    "achievements.all": lambda api: api.achievements.all_(user_attributes="plan:pro"),
    "achievements.complete": lambda api: api.achievements.complete(
        "hello", user=UpsertedUser(id="ada", name="Ada")
    ),
    "users.metric_event_summary": lambda api: api.users.metric_event_summary(
        "ada", "steps", aggregation="daily", start_date="2024-10-01", end_date="2024-10-05"
    ),
    "users.points_boosts": lambda api: api.users.points_boosts("ada", "xp"),
    "users.points_event_summary": lambda api: api.users.points_event_summary(
        "ada", "xp", aggregation="weekly", start_date="2024-09-01", end_date="2024-10-05"
    ),
    "points.boosts": lambda api: api.points.boosts("xp", include_finished=True),
    "points.level_summary": lambda api: api.points.level_summary("xp"),
    "points.levels": lambda api: api.points.levels("xp"),
    "points.summary": lambda api: api.points.summary("xp", user_attributes="plan:pro"),
    "points.system": lambda api: api.points.system("xp"),
}
