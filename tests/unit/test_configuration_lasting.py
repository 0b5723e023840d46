"""What lasts from one configuration to the next: archived things, filters of events, timing."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.document import parse_toml
from engine.configuration.entries import document_of
from engine.model.configuration import (
    EMPTY,
    Achievement,
    AttributeFilter,
    Configuration,
    PointsSystem,
    PointsTrigger,
)
from engine.model.errors import ConfigurationInvalid
from tests.unit.configurations import documents, named, put, try_put

T = TypeVar("T")

METRIC = {"metrics": [named("m")]}
ATTRIBUTES = {
    "attributes": [
        {**named("u"), "type": "user"},
        {**named("e"), "type": "event"},
        {**named("f"), "type": "event"},
    ]
}


def wants(key: str, value: str = "x") -> dict[str, str]:
    return {"attributeKey": key, "attributeValue": value}


def api(key: str, **fields: Any) -> dict[str, Any]:
    return {**named(key), "trigger": "api", **fields}


def needs(key: str, *prerequisites: str, **fields: Any) -> dict[str, Any]:
    return {
        **named(key),
        "trigger": "achievement",
        "achievementKeys": list(prerequisites),
        **fields,
    }


def counts(key: str, *event_attributes: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {
        **named(key),
        "trigger": "metric",
        "metricKey": "m",
        "metricValue": 1,
        "eventAttributes": list(event_attributes),
        **fields,
    }


def system(key: str = "p", *triggers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**named(key), "triggers": list(triggers), **fields}


def hourly(key: str = "t", **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "type": "time",
        "points": 1,
        "timeUnit": "hours",
        "timeInterval": 2,
        **fields,
    }


def of_achievements(*achievements: dict[str, Any]) -> dict[str, Any]:
    return {**METRIC, **ATTRIBUTES, "achievements": list(achievements)}


def of_points(*points: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**METRIC, **ATTRIBUTES, "points": list(points), **more}


def seen(things: tuple[Any, ...]) -> list[tuple[str, int, str]]:
    return [(thing.key, thing.ordinal, thing.status) for thing in things]


# Life of achievements.


@pytest.mark.parametrize("before", ["inactive", "active", "locked"])
@pytest.mark.parametrize("after", ["inactive", "active", "locked", "archived"])
def test_what_was_active_cannot_become_inactive(before: str, after: str) -> None:
    first = put(of_achievements(api("a", status=before)))
    document = of_achievements(api("a", status=after))
    if after == "inactive" and before != "inactive":
        with pytest.raises(ConfigurationInvalid, match="lock or archive it instead"):
            put(document, first)
    else:
        assert seen(put(document, first).achievements) == [("a", 1, after)]


def test_what_is_removed_is_archived_unless_it_was_never_active() -> None:
    first = put(
        of_achievements(api("a"), api("b", status="inactive"), api("c", status="locked"), api("d"))
    )
    second = put(of_achievements(api("d")), first)
    assert seen(second.achievements) == [
        ("d", 4, "active"),
        ("a", 1, "archived"),
        ("c", 3, "archived"),
    ]
    # Nothing brings it back: its key is for a new one from now on.
    third = put(of_achievements(api("a"), api("d")), second)
    assert seen(third.achievements) == [
        ("a", 5, "active"),
        ("d", 4, "active"),
        ("a", 1, "archived"),
        ("c", 3, "archived"),
    ]
    fourth = put(of_achievements(api("d")), third)
    assert seen(fourth.achievements)[1:] == [
        ("a", 1, "archived"),
        ("c", 3, "archived"),
        ("a", 5, "archived"),
    ]
    # An entry that is archived itself means the last one of its key.
    entry = api("a", status="archived", description="It was.")
    fifth = put(of_achievements(entry, api("d")), fourth)
    assert seen(fifth.achievements) == seen(fourth.achievements)
    assert [a.description for a in fifth.achievements] == ["", "", "", "It was."]
    assert put(of_achievements(entry, api("d")), fifth) is fifth


def test_an_archived_one_stays_as_it_was_but_for_what_is_shown() -> None:
    first = put(of_achievements(counts("a", wants("e"), userAttributes=[wants("u")])))
    gone = {"achievements": [api("a", status="archived", name="Gone")]}
    second = put(gone, first)
    (kept,) = second.achievements
    # The metric and the attributes are no more: what is archived does not need them.
    assert (second.metrics, second.attributes, second.event_filters) == ((), (), ())
    (before,) = first.achievements
    assert kept == msgspec.structs.replace(
        before, name="Gone", status="archived", event_filter=None
    )
    assert put({}, second).achievements == (kept,)


def test_a_metric_that_something_needs_cannot_be_removed() -> None:
    for status in ("inactive", "active", "locked"):
        document = of_achievements(counts("a", status=status))
        with pytest.raises(ConfigurationInvalid, match="there is no 'm'"):
            put({**document, "metrics": []}, put(document))


def test_prerequisites_are_in_the_document() -> None:
    first = put(of_achievements(needs("c", "b", "a"), api("a"), api("b")))
    assert first.achievements[0].achievements == (2, 3)
    with pytest.raises(ConfigurationInvalid, match=r"achievementKeys: there is no 'b'"):
        put(of_achievements(needs("c", "b", "a"), api("a")), first)
    # One that is archived in the document is there: only nobody completes it any more.
    kept = put(of_achievements(needs("c", "b", "a"), api("a"), api("b", status="archived")), first)
    assert kept.achievements[0].achievements == (2, 3)
    with pytest.raises(ConfigurationInvalid, match=r"achievementKeys: there is no 'b'"):
        put(of_achievements(needs("c", "b", "a"), api("a")), kept)
    # A new one of the key is another one.
    new = put(of_achievements(needs("c", "b", "a"), api("a"), api("b")), kept)
    assert new.achievements[0].achievements == (2, 4)
    with pytest.raises(ConfigurationInvalid, match=r"achievementKeys: 'a' is there twice"):
        put(of_achievements(needs("c", "a", "a"), api("a")))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([needs("a", "b"), needs("b", "a")], ["a → b → a"]),
        ([needs("x", "b"), needs("a", "b"), needs("b", "c"), needs("c", "b")], ["b → c → b"]),
        ([needs("a", "b"), needs("b", "a"), needs("c", "c")], ["a → b → a", "c → c"]),
        ([needs("a", "b", status="inactive"), needs("b", "a", status="locked")], ["a → b → a"]),
        ([needs("a", "b", "c"), needs("b", "d"), needs("c", "d"), api("d")], []),
        ([needs("a", "b"), needs("b", "a", status="archived")], []),
    ],
)
def test_a_cycle_of_prerequisites_is_named(entries: list[Any], said: list[str]) -> None:
    document = of_achievements(*entries)
    if not said:
        assert put(document).version == 1
        return
    with pytest.raises(ConfigurationInvalid) as refusal:
        put(document)
    told = [what for _, what in refusal.value.issues]
    assert told == [f"cannot be a prerequisite of itself: {cycle}" for cycle in said]


def test_a_long_chain_of_prerequisites_is_followed() -> None:
    chain = [needs(f"a{n}", f"a{n + 1}") for n in range(5_000)]
    put(of_achievements(*chain, api("a5000")))
    with pytest.raises(ConfigurationInvalid, match=r"a0 → a1 → .* → a0"):
        put(of_achievements(*chain, needs("a5000", "a0")))


# Points.


def test_what_is_removed_of_a_points_system_is_archived_but_levels() -> None:
    boost = {**named("b"), "start": "2026-03-01", "multiplier": 2}
    level = {**named("l"), "points": 0}
    whole = of_points(system("p", hourly("t"), hourly("s"), levels=[level], boosts=[boost]))
    first = put(whole, at=10)
    second = put(of_points(system("p", hourly("s"))), first, at=20)
    (points,) = second.points
    assert seen(points.triggers) == [("s", 2, "active"), ("t", 1, "archived")]
    assert [(t.created, t.updated, t.since) for t in points.triggers] == [
        (10, 10, 20),  # its system's boosts are others
        (10, 20, 10),
    ]
    assert seen(points.boosts) == [("b", 1, "archived")]
    assert points.levels == ()
    third = put(whole, second, at=30)
    (points,) = third.points
    assert seen(points.triggers) == [("t", 3, "active"), ("s", 2, "active"), ("t", 1, "archived")]
    assert seen(points.boosts) == [("b", 2, "active"), ("b", 1, "archived")]
    assert [level.ordinal for level in points.levels] == [2]


def test_an_archived_points_system_stands_still() -> None:
    level = {**named("l"), "points": 0}
    first = put(of_points(system("p", hourly("t"), levels=[level], maxPoints=5)))
    removed = put(of_points(), first, at=2)
    assert removed.points == (msgspec.structs.replace(first.points[0], status="archived"),)
    said = put(of_points(system("p", status="archived", name="Old")), first, at=2)
    assert said.points == (msgspec.structs.replace(first.points[0], status="archived", name="Old"),)
    assert put(of_points(), said, at=3) is said
    again = put(of_points(system("p")), said, at=3)
    assert seen(again.points) == [("p", 2, "active"), ("p", 1, "archived")]


def test_a_board_ranks_by_a_points_system_of_the_document() -> None:
    board = {**named("b"), "rankBy": "points", "pointsSystemKey": "p"}
    first = put(of_points(system("p"), leaderboards=[board]))
    with pytest.raises(ConfigurationInvalid, match=r"pointsSystemKey: there is no 'p'"):
        put(of_points(leaderboards=[board]), first)
    document = of_points(system("p", status="archived"), leaderboards=[board])
    archived = put(document, first)
    assert [b.points_system for b in archived.leaderboards] == [1]
    again = put(of_points(system("p"), leaderboards=[board]), archived)
    assert [(b.points_system, b.run) for b in again.leaderboards] == [(2, 2)]


BOOST = {**named("b"), "start": "2026-03-01", "multiplier": 2}


@pytest.mark.parametrize(
    ("change", "since"),
    [
        ({}, 10),
        ({"name": "Q"}, 10),
        ({"maxPoints": 7}, 20),
        ({"boosts": [BOOST]}, 20),
        ({"key": "t2"}, 20),  # another trigger
        ({"points": 2}, 20),
        ({"timeUnit": "days"}, 20),
        ({"timeInterval": 3}, 20),
        ({"status": "inactive"}, 20),
        ({"userAttributes": [wants("u")]}, 20),
    ],
)
def test_a_time_trigger_counts_since_it_counts_so(change: dict[str, Any], since: int) -> None:
    """Whoever was not written since is given what ended before by what was in force then."""
    of_system = {
        field: change[field] for field in ("name", "maxPoints", "boosts") if field in change
    }
    of_trigger = {} if of_system else change

    def first_since(configuration: Configuration) -> int:
        return configuration.points[0].triggers[0].since

    first = put(of_points(system("p", hourly())), at=10)
    assert first_since(first) == 10
    second = put(of_points(system("p", hourly(**of_trigger), **of_system)), first, at=20)
    assert first_since(second) == since
    third = put(of_points(system("p", hourly())), second, at=30)
    assert first_since(third) == (10 if since == 10 else 30)
    # It was updated itself only if something of its own was.
    changed = bool(of_trigger)
    assert third.points[0].triggers[0].updated == (30 if changed else 10)


def test_only_time_triggers_have_an_instant_since() -> None:
    streak = {"key": "t", "type": "streak", "points": 1, "streakLength": 2}
    first = put(of_points(system("p", streak)), at=10)
    assert first.points[0].triggers[0].since == 0
    timed = put(of_points(system("p", hourly())), first, at=20)
    assert timed.points[0].triggers[0].since == 20
    back = put(of_points(system("p", streak)), timed, at=30)
    assert back.points[0].triggers[0].since == 0


# Filters of events.


def test_those_who_ask_for_the_same_events_share_a_filter() -> None:
    trigger = {
        "key": "t",
        "type": "metric",
        "points": 1,
        "metricKey": "m",
        "metricThreshold": 1,
        "eventAttributes": [wants("f"), wants("e")],
    }
    document = of_achievements(
        counts("a", wants("e"), wants("f")),
        counts("b", wants("e"), status="inactive"),
        counts("c"),
    )
    document["points"] = [system("p", trigger)]
    first = put(document)
    both = (AttributeFilter(2, "x"), AttributeFilter(3, "x"))  # type: ignore[arg-type]
    assert [(f.ordinal, f.metric, f.attributes) for f in first.event_filters] == [
        (1, 1, both),
        (2, 1, both[:1]),
    ]
    assert [a.event_filter for a in first.achievements] == [1, 2, None]
    assert first.points[0].triggers[0].event_filter == 1
    # As long as somebody asks for it, it stays.
    second = put({**document, "achievements": []}, first)
    assert second.event_filters == first.event_filters[:1]
    assert [a.event_filter for a in second.achievements] == [None, None]
    # Asked for again it is a new one.
    third = put(document, second)
    assert [f.ordinal for f in third.event_filters] == [1, 3]
    # An archived points system asks for nothing.
    fourth = put({**document, "achievements": [], "points": []}, third)
    assert fourth.event_filters == ()
    assert fourth.points[0].triggers[0].event_filter is None


# Anything.


def parts(configuration: Configuration) -> Iterator[tuple[str, Any]]:
    """Everything that is archived instead of removed, with its kind and whose it is."""
    for achievement in configuration.achievements:
        yield "achievement", achievement
    for points in configuration.points:
        yield "points", points
        for trigger in points.triggers:
            yield f"trigger of {points.ordinal}", trigger
        for boost in points.boosts:
            yield f"boost of {points.ordinal}", boost


def asking(configuration: Configuration) -> Iterator[Achievement | PointsTrigger]:
    yield from configuration.achievements
    for points in configuration.points:
        yield from points.triggers if points.status == "active" else ()


def asks_for(thing: Achievement | PointsTrigger) -> tuple[Any, ...] | None:
    if thing.status == "archived" or not thing.event_attributes:
        return None
    return thing.metric, thing.event_attributes


def check_filters(configuration: Configuration) -> None:
    known = {(f.metric, f.attributes): f.ordinal for f in configuration.event_filters}
    asked = {asks_for(thing) for thing in asking(configuration)} - {None}
    assert asked == set(known)
    for thing in asking(configuration):
        wanted = asks_for(thing)
        assert thing.event_filter == (known[wanted] if wanted else None)  # type: ignore[index]


def check_order(configuration: Configuration) -> None:
    def check(things: tuple[Any, ...]) -> None:
        archived = [thing.status == "archived" for thing in things]
        assert archived == sorted(archived)
        ordinals = [thing.ordinal for thing in things if thing.status == "archived"]
        assert ordinals == sorted(ordinals)
        keys = [thing.key for thing in things if thing.status != "archived"]
        assert len(set(keys)) == len(keys)

    check(configuration.achievements)
    check(configuration.points)
    for points in configuration.points:
        check(points.triggers)
        check(points.boosts)


@given(st.lists(documents(), min_size=1, max_size=5))
def test_any_documents_one_after_another(sequence: list[dict[str, Any]]) -> None:
    configuration = EMPTY
    archived: dict[tuple[str, int], Any] = {}
    for at, document in enumerate(sequence, start=1):
        before = configuration
        configuration = try_put(document, before, at)
        if configuration is not before:
            assert put(document, configuration, at + 100) is configuration
        check_filters(configuration)
        check_order(configuration)
        there = {(kind, thing.ordinal): thing for kind, thing in parts(configuration)}
        # Archiving is for ever, and nothing of it changes but what is shown.
        for place, thing in archived.items():
            assert without_names(there[place]) == without_names(thing)
        archived = {place: thing for place, thing in there.items() if thing.status == "archived"}
        for (kind, ordinal), thing in parts_by_place(before).items():
            vanishes = kind == "achievement" and thing.status == "inactive"
            assert vanishes or (kind, ordinal) in there
        # And the way back: a document made of it changes nothing, also as TOML would hold it.
        if configuration.version:
            assert put(document_of(configuration), configuration, at + 100) is configuration


def parts_by_place(configuration: Configuration) -> dict[tuple[str, int], Any]:
    return {(kind, thing.ordinal): thing for kind, thing in parts(configuration)}


def without_names(thing: Any) -> Any:
    changes: dict[str, Any] = {"name": ""} if hasattr(thing, "name") else {}
    if isinstance(thing, Achievement | PointsSystem):
        changes |= {"description": "", "badge_url": None}
    return msgspec.structs.replace(thing, **changes)


def test_a_document_of_a_configuration_holds_everything() -> None:
    text = """
        defaultTimeZone = "Europe/Berlin"
        weekStart = "sunday"
        metrics = [{key = "m", name = "M", aggregation = "max", unitType = "currency", units = "€"}]
        attributes = [
            {key = "u", name = "U", type = "user"},
            {key = "e", name = "E", type = "event"},
        ]
        achievements = [
            {key = "a", name = "A", trigger = "metric", description = "D", badge = {url = "b"},
             status = "locked", userAttributes = [{attributeKey = "u", attributeValue = "1"}],
             metricKey = "m", metricValue = 0.000001,
             eventAttributes = [{attributeKey = "e", attributeValue = "2"}]},
            {key = "c", name = "C", trigger = "achievement", achievementKeys = ["a"]},
            {key = "y", name = "Y", trigger = "anniversary", anniversaryYears = 3},
        ]
        [streaks]
        evaluationMode = "AND"
        customizationEnabled = true
        daysOff = [0, 6]
        metrics = [{key = "m", threshold = 1.5}]
        freezes = {startCount = 1, maxCount = 3, autoEarnInterval = 7, autoEarnAmount = 1}
        [[points]]
        key = "p"
        name = "P"
        maxPoints = 100
        levels = [{key = "l", name = "L", points = 0, description = "D", badge = {url = "b"}}]
        triggers = [
            {key = "t", type = "metric", points = -1, metricKey = "m", metricThreshold = 3,
             blockIfOutOfPoints = true},
            {key = "s", type = "streak", points = 1, streakLength = 7, status = "inactive",
             cap = {points = 5, period = "month"}},
            {key = "h", type = "time", points = 1, timeUnit = "days", timeInterval = 2},
            {key = "a", type = "achievement", points = 1, achievementKey = "a"},
        ]
        boosts = [{key = "b", name = "B", start = 2026-03-01, end = 2026-03-31, multiplier = 1.5,
                   rounding = "up", status = "inactive",
                   userAttributes = [{attributeKey = "u", attributeValue = "1"}]}]
        [[leaderboards]]
        key = "b"
        name = "B"
        rankBy = "points"
        pointsSystemKey = "p"
        order = "asc"
        maxParticipants = 3
        status = "inactive"
    """
    text = "\n".join(line.strip() for line in text.splitlines())
    document = parse_toml(multiline_tables(text).encode())
    assert document_of(put(document)) == document


def multiline_tables(text: str) -> str:
    """Join inline tables that are broken over lines here, which TOML 1.0 does not allow."""
    joined: list[str] = []
    for line in text.splitlines():
        if joined and joined[-1].count("{") > joined[-1].count("}"):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return "\n".join(joined)
