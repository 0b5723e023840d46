"""A call of every operation of the client's by which an operator changes leaderboards.

They are made in `a_points_game`.
"""

from collections.abc import Mapping

from trophy import TrophyApi
from trophy.types import (
    CreateLeaderboardRequestItem,
    CreateLeaderboardRequestItemUserAttributesItem,
    UpdateLeaderboardRequestItem,
)

from tests.wire.calls_admin_points import LIVES, NO_ID, PLAN, STEPS
from tests.wire.client import Call
from tests.wire.shapes import id_of

RICH = id_of("leaderboard", 1)
TEAM = id_of("attribute", 2)

NIGHTS = CreateLeaderboardRequestItem(
    name="Nights",
    key="nights",
    description="Only nights count.",
    status="scheduled",
    rank_by="metric",
    metric_id=STEPS,
    max_participants=50,
    start="2024-11-01",
    end="2024-12-31",
    start_time="22:00",
    end_time="06:00",
    breakdown_attributes=[TEAM],
    run_unit="month",
    run_interval=1,
    user_attributes=[
        CreateLeaderboardRequestItemUserAttributesItem(attribute_id=PLAN, attribute_value="pro")
    ],
)
OF_LIVES = CreateLeaderboardRequestItem(
    name="Lives", key="lives", rank_by="points", points_system_id=LIVES, max_participants=None
)
NO_METRIC = CreateLeaderboardRequestItem(name="No metric", key="none", rank_by="metric")


def new_board(api: TrophyApi) -> str:
    (board,) = api.admin.leaderboards.create(request=[NIGHTS]).created
    return board.id


CALLS_OF_BOARDS: Mapping[str, Call] = {
    "admin.leaderboards.create": lambda api: api.admin.leaderboards.create(
        request=[NIGHTS, OF_LIVES, NO_METRIC]
    ),
    "admin.leaderboards.delete": lambda api: api.admin.leaderboards.delete(ids=[RICH, NO_ID]),
    "admin.leaderboards.get": lambda api: api.admin.leaderboards.get(new_board(api)),
    "admin.leaderboards.list": lambda api: api.admin.leaderboards.list(limit=100, skip=0),
    "admin.leaderboards.update": lambda api: api.admin.leaderboards.update(
        request=[
            UpdateLeaderboardRequestItem(id=RICH, name="Richer", max_participants=10),
            UpdateLeaderboardRequestItem(id=RICH, rank_by="streak"),
        ]
    ),
}
