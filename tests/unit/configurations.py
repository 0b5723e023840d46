"""Configurations for tests: any document that is right, and how to put one in force."""

from typing import Any

from hypothesis import strategies as st

from engine.configuration.document import read_document
from engine.configuration.resolve import resolve
from engine.model.configuration import EMPTY, Configuration
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import Instant

METRICS = {"m0": "sum", "m1": "max", "m2": "min"}
USER_ATTRIBUTES = ("u0", "u1")
EVENT_ATTRIBUTES = ("e0", "e1")
ACHIEVEMENTS = ("a0", "a1", "a2", "a3", "a4")
SYSTEMS = ("p0", "p1")
BOARDS = ("b0", "b1", "b2")


def put(data: dict[str, Any], before: Configuration = EMPTY, at: int = 1) -> Configuration:
    """Put a document in force in a scope that has not started."""

    def any_zone(_: str) -> bool:
        return True

    document = read_document(data)
    return resolve(document, before, at=Instant(at), started=False, knows_zone=any_zone)


def try_put(data: dict[str, Any], before: Configuration, at: int) -> Configuration:
    """Put a document in force, unless it makes inactive what was active: then nothing changes."""
    try:
        return put(data, before, at)
    except ConfigurationInvalid as error:
        for _, what in error.issues:
            assert what.startswith("cannot become inactive again"), what
        return before


def named(key: str) -> dict[str, Any]:
    return {"key": key, "name": key.upper()}


def some(*keys: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(keys), unique=True, max_size=len(keys))


def filters(field: str, *keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """Filters of attributes, mostly none."""
    values = st.sampled_from(("x", "y"))
    chosen = st.dictionaries(st.sampled_from(keys), values, max_size=2)
    return st.one_of(st.just({}), chosen).map(
        lambda wanted: (
            {field: [{"attributeKey": k, "attributeValue": v} for k, v in wanted.items()]}
            if wanted
            else {}
        )
    )


small = st.integers(1, 3)
of_users = filters("userAttributes", *USER_ATTRIBUTES)
of_events = filters("eventAttributes", *EVENT_ATTRIBUTES)
badges = st.sampled_from(({}, {}, {"badge": {"url": "https://x.test/b.png"}}))


@st.composite
def conditions(draw: st.DrawFn, prerequisites: tuple[str, ...]) -> dict[str, Any]:
    """What completes an achievement."""
    triggers = ["metric", "metric", "streak", "api", "anniversary"]
    triggers += ["achievement"] if prerequisites else []
    trigger = draw(st.sampled_from(triggers))
    fields: dict[str, Any] = {"trigger": trigger}
    match trigger:
        case "metric":
            fields["metricKey"] = draw(st.sampled_from(tuple(METRICS)))
            fields["metricValue"] = draw(st.sampled_from((1, 2.5, -3)))
            fields |= draw(of_events)
        case "streak":
            fields["streakLength"] = draw(small)
        case "anniversary":
            fields["anniversaryYears"] = draw(small)
        case "achievement":
            chosen = st.lists(st.sampled_from(prerequisites), min_size=1, unique=True)
            fields["achievementKeys"] = draw(chosen)
        case _:
            pass
    return fields


@st.composite
def settings(draw: st.DrawFn, achievements: tuple[str, ...]) -> dict[str, Any]:
    """What fires a points trigger, and what it awards."""
    types = ["metric", "metric", "streak", "time", "time", "user_creation"]
    types += ["achievement"] if achievements else []
    of_type = draw(st.sampled_from(types))
    fields: dict[str, Any] = {"type": of_type, "points": draw(st.sampled_from((1, 2, -1)))}
    match of_type:
        case "metric":
            fields["metricKey"] = draw(st.sampled_from(("m0", "m1")))
            fields["metricThreshold"] = draw(small)
            fields["blockIfOutOfPoints"] = draw(st.booleans())
            fields |= draw(of_events)
        case "streak":
            fields["streakLength"] = draw(small)
        case "time":
            fields["timeUnit"] = draw(st.sampled_from(("hours", "days")))
            fields["timeInterval"] = draw(small)
        case "achievement":
            fields["achievementKey"] = draw(st.sampled_from(achievements))
        case _:
            pass
    if (
        of_type in ("metric", "streak", "achievement")
        and fields["points"] > 0
        and draw(st.booleans())
    ):
        fields["cap"] = {"points": draw(small), "period": draw(st.sampled_from(("day", "week")))}
    return fields


@st.composite
def dates(draw: st.DrawFn) -> dict[str, Any]:
    """When a boost applies, and how."""
    fields: dict[str, Any] = {
        "start": draw(st.sampled_from(("2026-03-01", "2026-03-02"))),
        "multiplier": draw(st.sampled_from((0.5, 2, 1.000001))),
        "rounding": draw(st.sampled_from(("down", "nearest", "up"))),
    }
    if draw(st.booleans()):
        fields["end"] = "2026-03-02"
    return fields


@st.composite
def systems(draw: st.DrawFn, key: str, achievements: tuple[str, ...]) -> dict[str, Any]:
    """A points system with what is in it."""
    switched = st.sampled_from(("active", "active", "inactive"))
    fields: dict[str, Any] = {**named(key), **draw(badges)}
    if draw(st.booleans()):
        fields["maxPoints"] = draw(small)
    fields["levels"] = [
        {**named(level), "points": points}
        for points, level in enumerate(draw(some("l0", "l1", "l2")))
    ]
    fields["triggers"] = [
        {"key": trigger, "status": draw(switched), **draw(of_users), **draw(settings(achievements))}
        for trigger in draw(some("t0", "t1", "t2"))
    ]
    fields["boosts"] = [
        {**named(boost), "status": draw(switched), **draw(of_users), **draw(dates())}
        for boost in draw(some("b0", "b1"))
    ]
    return fields


@st.composite
def ranking(draw: st.DrawFn, points: tuple[str, ...]) -> dict[str, Any]:
    """What a board ranks, whom and when."""
    kinds = ["metric", "metric", "streak", *(["points"] if points else [])]
    rank_by = draw(st.sampled_from(kinds))
    fields: dict[str, Any] = {"rankBy": rank_by, **draw(of_users)}
    match rank_by:
        case "metric":
            fields["metricKey"] = draw(st.sampled_from(tuple(METRICS)))
        case "points":
            fields["pointsSystemKey"] = draw(st.sampled_from(points))
        case _:
            pass
    if rank_by != "streak" and draw(st.booleans()):
        fields["runUnit"] = draw(st.sampled_from(("day", "week", "month", "year")))
        fields["runInterval"] = draw(small)
    if rank_by != "streak" and draw(st.booleans()):
        fields["startTime"] = "22:00"
        fields |= draw(st.sampled_from(({}, {"endTime": "06:00"}, {"endTime": "00:00"})))
    fields["order"] = draw(st.sampled_from(("desc", "desc", "asc")))
    fields["breakdownAttributes"] = draw(some(*USER_ATTRIBUTES))
    return fields


@st.composite
def calendars(draw: st.DrawFn) -> dict[str, Any]:
    """When a board begins and ends, for scopes whose clock does not run yet."""
    fields: dict[str, Any] = {
        field: draw(st.sampled_from(values))
        for field, values in (
            ("start", ("1970-01-01", "2024-02-29")),
            ("end", ("2024-02-29", "2024-03-31")),
        )
        if draw(st.booleans())
    }
    statuses = ["active", "active", "inactive", "finished"]
    statuses += ["scheduled"] if fields.get("start") == "2024-02-29" else []
    fields["status"] = draw(st.sampled_from(statuses))
    return fields


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any document that is right by itself; metrics and attributes are always the same."""
    achievements: list[dict[str, Any]] = []
    for key in draw(some(*ACHIEVEMENTS)):
        known = tuple(achievement["key"] for achievement in achievements)
        status = draw(st.sampled_from(("active", "active", "inactive", "locked", "archived")))
        condition = draw(conditions(known))
        achievements.append(
            {**named(key), "status": status, **draw(badges), **draw(of_users), **condition}
        )
    keys = tuple(achievement["key"] for achievement in achievements)
    points = [draw(systems(key, keys)) for key in draw(some(*SYSTEMS))]
    ranked = tuple(system["key"] for system in points)
    boards = [
        {**named(key), **draw(ranking(ranked)), **draw(calendars())}
        | ({"maxParticipants": draw(small)} if draw(st.booleans()) else {})
        for key in draw(some(*BOARDS))
    ]
    return {
        "metrics": [{**named(key), "aggregation": how} for key, how in METRICS.items()],
        "attributes": [
            *({**named(key), "type": "user"} for key in USER_ATTRIBUTES),
            *({**named(key), "type": "event"} for key in EVENT_ATTRIBUTES),
        ],
        "achievements": draw(st.permutations(achievements)),
        "points": points,
        "leaderboards": boards,
    }
