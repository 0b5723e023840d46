"""A call of every operation of the client's by which an operator changes achievements and points.

They are made in `a_points_game`.
"""

from collections.abc import Mapping

from trophy import TrophyApi
from trophy.types import (
    CreateAchievementRequestItem,
    CreateAchievementRequestItemBadge,
    CreateAchievementRequestItemEventAttributesItem,
    CreateAchievementRequestItemUserAttributesItem,
    CreatePointsBoostRequestItem,
    CreatePointsBoostRequestItemUserAttributesItem,
    CreatePointsLevelRequestItem,
    CreatePointsSystemRequestItem,
    CreatePointsTriggerRequestItem,
    PatchPointsBoostsRequestItem,
    PatchPointsLevelsRequestItem,
    PatchPointsTriggersRequestItem,
    UpdateAchievementRequestItem,
    UpdatePointsSystemRequestItem,
)

from tests.wire.client import Call
from tests.wire.shapes import id_of

FAR, HELLO = id_of("achievement", 1), id_of("achievement", 5)
XP, LIVES = id_of("points_system", 1), id_of("points_system", 2)
STEPS, LOW, STEPPED, AUTUMN = (
    id_of("metric", 1),
    id_of("points_level", 1),
    id_of("points_trigger", 2),
    id_of("points_boost", 1),
)
PLAN, VIA = id_of("attribute", 1), id_of("attribute", 3)
NO_ID = "00000000-0000-5000-8000-000000000000"

TRAILS = CreateAchievementRequestItem(
    name="Trails",
    trigger="metric",
    description="Only trails count.",
    status="active",
    badge=CreateAchievementRequestItemBadge(url="https://example.org/trails.png"),
    user_attributes=[
        CreateAchievementRequestItemUserAttributesItem(attribute_id=PLAN, attribute_value="pro")
    ],
    key="trails",
    metric_id=STEPS,
    metric_value=5.5,
    event_attributes=[
        CreateAchievementRequestItemEventAttributesItem(attribute_id=VIA, attribute_value="trail")
    ],
)
NO_KEY = CreateAchievementRequestItem(name="No key", trigger="api")
BEST = CreatePointsLevelRequestItem(name="Best", key="best", points=500)
EVERY_TEN = CreatePointsTriggerRequestItem(
    type="metric", points=2, status="active", metric_id=STEPS, metric_threshold=10
)
DOUBLE = CreatePointsBoostRequestItem(
    name="Double",
    start="2024-10-01",
    end="2024-10-31",
    multiplier=2,
    rounding="nearest",
    user_attributes=[
        CreatePointsBoostRequestItemUserAttributesItem(attribute_id=PLAN, attribute_value="pro")
    ],
)
ADAS = CreatePointsBoostRequestItem(user_id="ada", name="Ada's", start="2024-10-05", multiplier=1.5)
GEMS = CreatePointsSystemRequestItem(
    name="Gems",
    key="gems",
    max_points=50,
    levels=[BEST],
    boosts=[DOUBLE, ADAS],
    triggers=[EVERY_TEN],
)


def new_level(api: TrophyApi) -> str:
    (level,) = api.admin.points.levels.create(XP, request=[BEST]).created
    return level.id


def new_boost(api: TrophyApi) -> str:
    (boost,) = api.admin.points.boosts.create(XP, request=[ADAS]).created
    return boost.id


CALLS_OF_ADMIN: Mapping[str, Call] = {
    "admin.achievements.create": lambda api: api.admin.achievements.create(
        request=[TRAILS, NO_KEY]
    ),
    "admin.achievements.delete": lambda api: api.admin.achievements.delete(
        ids=[id_of("achievement", 2), NO_ID]
    ),
    "admin.achievements.get": lambda api: api.admin.achievements.get(FAR),
    "admin.achievements.list": lambda api: api.admin.achievements.list(limit=100, skip=0),
    "admin.achievements.update": lambda api: api.admin.achievements.update(
        request=[
            UpdateAchievementRequestItem(id=FAR, name="Very far", metric_value=25),
            UpdateAchievementRequestItem(id=NO_ID, name="?"),
        ]
    ),
    "admin.points.boosts.create": lambda api: api.admin.points.boosts.create(
        XP, request=[DOUBLE, ADAS, ADAS.model_copy(update={"user_id": "nobody"})]
    ),
    "admin.points.boosts.delete": lambda api: api.admin.points.boosts.delete(
        XP, ids=[AUTUMN, new_boost(api), NO_ID]
    ),
    "admin.points.boosts.get": lambda api: api.admin.points.boosts.get(XP, new_boost(api)),
    "admin.points.boosts.list": lambda api: api.admin.points.boosts.list(XP, limit=3),
    "admin.points.boosts.update": lambda api: api.admin.points.boosts.update(
        XP,
        request=[
            PatchPointsBoostsRequestItem(id=AUTUMN, name="Golden", multiplier=1.75),
            PatchPointsBoostsRequestItem(id=new_boost(api), rounding="up"),
            PatchPointsBoostsRequestItem(id=NO_ID, name="?"),
        ],
    ),
    "admin.points.levels.create": lambda api: api.admin.points.levels.create(
        XP, request=[BEST, BEST]
    ),
    "admin.points.levels.delete": lambda api: api.admin.points.levels.delete(XP, ids=[LOW, NO_ID]),
    "admin.points.levels.get": lambda api: api.admin.points.levels.get(XP, LOW),
    "admin.points.levels.list": lambda api: api.admin.points.levels.list(XP, limit=2, skip=1),
    "admin.points.levels.update": lambda api: api.admin.points.levels.update(
        XP,
        request=[
            PatchPointsLevelsRequestItem(id=new_level(api), points=400),
            PatchPointsLevelsRequestItem(id=NO_ID, points=1),
        ],
    ),
    "admin.points.systems.create": lambda api: api.admin.points.systems.create(
        request=[GEMS, GEMS]
    ),
    "admin.points.systems.delete": lambda api: api.admin.points.systems.delete(ids=[LIVES, XP]),
    "admin.points.systems.get": lambda api: api.admin.points.systems.get(XP),
    "admin.points.systems.list": lambda api: api.admin.points.systems.list(limit=2),
    "admin.points.systems.update": lambda api: api.admin.points.systems.update(
        request=[
            UpdatePointsSystemRequestItem(id=LIVES, name="Hearts", max_points=7),
            UpdatePointsSystemRequestItem(id=NO_ID, name="?"),
        ]
    ),
    "admin.points.triggers.create": lambda api: api.admin.points.triggers.create(
        XP,
        request=[
            EVERY_TEN,
            CreatePointsTriggerRequestItem(
                type="time", points=1, time_unit="days", time_interval=1
            ),
            CreatePointsTriggerRequestItem(type="streak", points=1),
        ],
    ),
    "admin.points.triggers.delete": lambda api: api.admin.points.triggers.delete(
        XP, ids=f"{STEPPED},{NO_ID}"
    ),
    "admin.points.triggers.get": lambda api: api.admin.points.triggers.get(XP, STEPPED),
    "admin.points.triggers.list": lambda api: api.admin.points.triggers.list(XP, skip=2),
    "admin.points.triggers.update": lambda api: api.admin.points.triggers.update(
        XP,
        request=[
            PatchPointsTriggersRequestItem(id=STEPPED, points=4, status="inactive"),
            PatchPointsTriggersRequestItem(id=NO_ID, points=1),
        ],
    ),
}
