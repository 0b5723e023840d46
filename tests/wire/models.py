"""Reads an answer strictly, by the models as which the hosted service's client has read it.

The client is lenient in places: it takes a number for a date, and a missing field that may be null.
Clients in other languages are not.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pydantic

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")

_OF_LEADERBOARDS = {
    "breakdownAttribute",
    "description",
    "end",
    "startTime",
    "endTime",
    "maxParticipants",
    "runUnit",
    "runInterval",
}
NULLABLE: Mapping[str, set[str]] = {
    "User": {"email", "name", "tz"},
    "BaseStreakResponse": {"started", "periodStart", "periodEnd", "expires"},
    "StreakResponse": {"extended"},
    "AchievementResponse": {"description", "badgeUrl"},
    "UserAchievementResponse": {"achievedAt"},
    "UserAchievementWithStatsResponse": {"achievedAt"},
    "PointsResponse": {"description", "badgeUrl", "maxPoints"},
    "GetUserPointsResponse": {"level"},
    "PointsSystemResponse": {"description", "badgeUrl", "maxPoints"},
    "PointsLevel": {"badgeUrl"},
    "PointsBoost": {"end"},
    "AdminPointsSystem": {"badge", "maxPoints"},
    "AdminPointsLevel": {"badge"},
    "AdminPointsBoost": {"end", "userId"},
    "AdminLeaderboard": {"maxParticipants"},
    "LeaderboardResponse": _OF_LEADERBOARDS,
    "MetricEventLeaderboardResponse": _OF_LEADERBOARDS | {"rank", "previousRank"},
    "LeaderboardRanking": {"userName"},
    "UserLeaderboardResponse": {"rank", "value"},
    "LeaderboardEvent": {"previousRank", "rank", "previousValue", "value"},
    "BulkStreakResponseItem": {"extended"},
    "StreakSettings": {"freezes"},
    "StreakSettingsFreezes": {"autoEarnInterval", "autoEarnAmount"},
}
"""Fields that may be null and must be sent all the same: the published interface requires them,
and clients in other languages than Python hold it to that. Of the last three no document says so;
the client's own descriptions say when they are null.
"""


def faults(parsed: Any, raw: Any, place: str) -> Iterator[str]:
    """Yield what is wrong with a body, by the models as which the client has read it."""
    match parsed:
        case pydantic.BaseModel():
            model = type(parsed)
            try:
                model.model_validate(raw)
            except pydantic.ValidationError as error:
                yield f"{place}: {error}"
            yield from (f"{place}.{name} is missing" for name in nullable(model) - raw.keys())
            for name, field in model.model_fields.items():
                alias = field.alias or name
                if alias in raw:
                    yield from faults(getattr(parsed, name), raw[alias], f"{place}.{alias}")
        case dict():
            for key, value in parsed.items():
                yield from faults(value, raw[key], f"{place}.{key}")
        case list():
            for index, value in enumerate(parsed):
                yield from faults(value, raw[index], f"{place}[{index}]")
        case datetime():
            if INSTANT.fullmatch(str(raw)) is None:
                yield f"{place}: {raw!r} is no instant in UTC"
        case float():
            if type(raw) not in (int, float):
                yield f"{place}: {raw!r} is no number"
        case _:
            # The client takes 2.0 for an integer; a client in Go does not.
            if type(raw) is not type(parsed):
                yield f"{place}: {raw!r} is no {type(parsed).__name__}"


def nullable(model: type[pydantic.BaseModel]) -> set[str]:
    """Return the fields of a model that must be there, if only as null."""
    names = [name for base in model.__mro__ for name in NULLABLE.get(base.__name__, ())]
    return set(names)


def unnoticed(parsed: Any, raw: Any) -> list[str]:
    """Return the required fields whose lack would not be found a fault; of a list in its first."""
    if isinstance(parsed, list):
        parsed, raw = parsed[0], raw[0]
    model = type(parsed)
    required = {f.alias or name for name, f in model.model_fields.items() if f.is_required()}
    fields = required | nullable(model)
    assert fields, model
    return [
        field
        for field in fields
        if not list(faults(parsed, {k: v for k, v in raw.items() if k != field}, field))
    ]
