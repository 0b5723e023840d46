"""Single changes to a configuration: defaults, refusals, and that they are the same one by one."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.edit import Draft
from engine.configuration.edit_achievements import (
    create_achievement,
    delete_achievement,
    update_achievement,
)
from engine.configuration.edit_boards import (
    create_leaderboard,
    delete_leaderboard,
    end_run,
    update_leaderboard,
)
from engine.configuration.edit_points import (
    create_boost,
    create_level,
    create_system,
    create_trigger,
    delete_boost,
    delete_level,
    delete_system,
    delete_trigger,
    update_boost,
    update_level,
    update_system,
    update_trigger,
)
from engine.configuration.entries import document_of
from engine.model.configuration import Configuration, PointsSystem, PointsTrigger
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Instant, Ordinal
from engine.model.limits import CONFIGURED_MAX
from tests.unit.configurations import (
    SYSTEMS,
    badges,
    calendars,
    conditions,
    dates,
    documents,
    named,
    of_users,
    put,
    ranking,
    settings,
    some,
    try_put,
)

Edit = Callable[[Draft], Any]

DOCUMENT = {
    "metrics": [named("m"), {**named("low"), "aggregation": "min"}],
    "attributes": [{**named("u"), "type": "user"}, {**named("e"), "type": "event"}],
}
USER_FILTER = [{"attributeKey": "u", "attributeValue": "1"}]
EVENT_FILTER = [{"attributeKey": "e", "attributeValue": "1"}]
COUNTS = {"trigger": "metric", "metricKey": "m", "metricValue": 5}


def edited(before: Configuration, *edits: Edit, at: int = 2) -> Configuration:
    draft = Draft(before, Instant(at))
    for edit in edits:
        edit(draft)
    return draft.finish()


def after(*edits: Edit) -> Configuration:
    return edited(put(DOCUMENT), *edits)


def new(**fields: Any) -> Edit:
    return lambda draft: create_achievement(draft, {"name": "A", "trigger": "api", **fields})


def change(ordinal: int, **fields: Any) -> Edit:
    return lambda draft: update_achievement(draft, Ordinal(ordinal), fields)


def delete(ordinal: int) -> Edit:
    return lambda draft: delete_achievement(draft, Ordinal(ordinal))


def new_system(**fields: Any) -> Edit:
    return lambda draft: create_system(draft, {**named("p"), **fields})


def new_trigger(**fields: Any) -> Edit:
    trigger = {"type": "user_creation", "points": 1, **fields}
    return lambda draft: create_trigger(draft, Ordinal(1), trigger)


def change_trigger(ordinal: int, **fields: Any) -> Edit:
    return lambda draft: update_trigger(draft, Ordinal(1), Ordinal(ordinal), fields)


def new_boost(**fields: Any) -> Edit:
    boost = {"name": "B", "start": "2026-03-01", "multiplier": 2, **fields}
    return lambda draft: create_boost(draft, Ordinal(1), boost)


def seen(things: tuple[Any, ...]) -> list[tuple[str, int, str]]:
    return [(thing.key, thing.ordinal, thing.status) for thing in things]


def test_without_changes_there_is_no_version() -> None:
    before = after(new(key="a", **COUNTS), new_system(), new_trigger())
    same = {"name": "A", "metricValue": 5, "description": None}
    assert edited(before) is before
    assert edited(before, change(1, **same), change_trigger(1, points=1), at=9) is before
    # Not even of a scope that was never configured.
    assert edited(Configuration()).version == 0


def test_all_changes_make_one_version() -> None:
    before = put(DOCUMENT)
    made = edited(before, new(key="a"), new(key="b"), new_system(), new_boost())
    assert (before.version, made.version) == (1, 2)
    assert (seen(made.achievements), seen(made.points)) == (
        [("a", 1, "inactive"), ("b", 2, "inactive")],
        [("p", 1, "active")],
    )


# Achievements.


def test_a_new_achievement_is_inactive_and_gets_a_key() -> None:
    made = after(
        new(**COUNTS),
        new(key="achievement-3", name="C", status="active"),
        new(trigger="streak", streakLength=3, description=None, badge=None),
    )
    assert seen(made.achievements) == [
        ("achievement-1", 1, "inactive"),
        ("achievement-3", 2, "active"),
        ("achievement-3-2", 3, "inactive"),
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"key": "a", "trigger": "streak"}, "streakLength is missing"),
        ({"trigger": "api"}, "key: is missing: the product completes it by its key"),
        ({"key": "x"}, "key: there is an achievement 'x' already"),
        ({"key": "a", "status": "archived"}, "status: cannot be 'archived' from the start"),
        (
            {"key": "a", "trigger": "metric", "metricKey": "?", "streakLength": 1},
            "metricValue is missing; streakLength does not belong to a metric trigger; "
            "metricId: there is no '?'",
        ),
        ({"key": "a", "trigger": "achievement"}, "achievementIds is missing"),
        (
            {"key": "a", "trigger": "achievement", "achievementKeys": ["x", "x"]},
            "achievementIds: 'x' is there twice",
        ),
        ({"key": "a", "eventAttributes": EVENT_FILTER}, "eventAttributes does not belong to an ap"),
    ],
)
def test_a_wrong_new_achievement_leaves_nothing_behind(fields: dict[str, Any], said: str) -> None:
    before = after(new(key="x"))
    draft = Draft(before, Instant(3))
    with pytest.raises(InvalidInput, match=rf"\A{said.replace('?', '[?]')}"):
        create_achievement(draft, {"name": "A", "trigger": "api", **fields})
    assert draft.finish() is before
    # Not even a number that is gone.
    assert create_achievement(draft, {"name": "B", **COUNTS}) == 2


def test_a_field_that_is_not_of_its_type_is_named() -> None:
    draft = Draft(put(DOCUMENT), Instant(2))
    for fields, said in (
        ({"key": "ä"}, r"regex.*\$\.key"),
        ({"name": 1}, r"str.*\$\.name"),
        ({"nmae": "A"}, "unknown field `nmae`"),
        ({"badge": {"uri": "x"}}, r"unknown field `uri`.*\$\.badge"),
        ({"streakLength": 0}, r">= 1.*\$\.streakLength"),
    ):
        with pytest.raises(msgspec.ValidationError, match=said):
            create_achievement(draft, {"name": "A", "trigger": "api", "key": "a", **fields})
    assert draft.finish().version == 1


def test_a_change_is_what_is_given() -> None:
    first = after(
        new(
            key="a",
            description="D",
            badge={"url": "b"},
            userAttributes=USER_FILTER,
            eventAttributes=EVENT_FILTER,
            **COUNTS,
        )
    )
    (known,) = first.achievements
    replace = msgspec.structs.replace
    for fields, changes in (
        ({"name": "B"}, {"name": "B"}),
        ({"description": None}, {"description": ""}),
        ({"badge": None}, {"badge_url": None}),
        ({"userAttributes": None}, {"user_attributes": ()}),
        ({"userAttributes": []}, {"user_attributes": ()}),
        ({"eventAttributes": None}, {"event_attributes": (), "event_filter": None}),
        ({"metricValue": 0.1}, {"metric_value": 100_000}),
        ({"metricKey": "low"}, {"metric": 2, "event_filter": 2}),
        ({"status": "locked"}, {"status": "locked"}),
        ({"key": "b"}, {"key": "b"}),
    ):
        second = edited(first, change(1, **fields))
        assert second.achievements == (replace(known, **changes),)
    for fields in ({"name": None}, {"status": None}, {"trigger": None}, {"key": None}):
        with pytest.raises(msgspec.ValidationError, match=r"got `null`|None"):
            edited(first, change(1, **fields))
    with pytest.raises(InvalidInput, match="metricId is missing"):
        edited(first, change(1, metricKey=None))


def test_under_another_trigger_the_fields_of_the_old_one_are_gone() -> None:
    first = after(new(key="a", eventAttributes=EVENT_FILTER, userAttributes=USER_FILTER, **COUNTS))
    second = edited(first, change(1, trigger="streak", streakLength=3))
    (achievement,) = second.achievements
    assert (achievement.metric, achievement.metric_value, achievement.event_attributes) == (
        None,
        None,
        (),
    )
    assert achievement.user_attributes
    with pytest.raises(InvalidInput, match="streakLength is missing"):
        edited(first, change(1, trigger="streak"))
    with pytest.raises(InvalidInput, match="metricValue does not belong to a streak trigger"):
        edited(first, change(1, trigger="streak", streakLength=3, metricValue=5))


def test_what_is_archived_is_out_of_reach() -> None:
    first = after(new(key="a", status="active"), new(key="b"), delete(1), delete(2))
    assert seen(first.achievements) == [("a", 1, "archived")]
    for edit in (change(1, name="B"), delete(1), change(2, name="B"), delete(2), delete(3)):
        with pytest.raises(NotFound, match="there is no such achievement"):
            edited(first, edit)
    # By its status it is archived even if it was never active; but nothing else of it changes.
    with pytest.raises(InvalidInput, match="metricId: cannot change with the archiving"):
        after(new(key="a", **COUNTS), change(1, status="archived", metricKey="low"))
    made = after(new(key="a", **COUNTS), change(1, status="archived", name="Gone"))
    assert [(a.name, a.status) for a in made.achievements] == [("Gone", "archived")]


def test_what_something_refers_to_is_not_deleted() -> None:
    needs = {"trigger": "achievement", "achievementKeys": ["a"]}
    first = after(new(key="a"), new(key="c", **needs))
    with pytest.raises(InvalidInput, match="cannot be deleted: the achievement 'c' refers to it"):
        edited(first, delete(1))
    # Together with what refers to it, it can go, if that goes first.
    assert edited(first, delete(2), delete(1)).achievements == ()
    assert edited(first, change(2, trigger="api"), delete(1)).achievements[0].key == "c"
    awards = {"type": "achievement", "achievementKey": "a"}
    second = after(new(key="a"), new_system(), new_trigger(**awards))
    said = "the trigger 'trigger-1' of the points system 'p' refers to it"
    with pytest.raises(InvalidInput, match=said):
        edited(second, delete(1))
    gone = edited(second, lambda draft: delete_trigger(draft, Ordinal(1), Ordinal(1)), delete(1))
    assert gone.achievements == ()
    assert (
        edited(second, lambda draft: delete_system(draft, Ordinal(1)), delete(1)).achievements == ()
    )


def test_a_key_goes_on_meaning_what_is_referred_to() -> None:
    """A document names achievements by key, so every configuration has to have a document."""
    needs = {"trigger": "achievement", "achievementKeys": ["a"]}
    first = after(new(key="a"), new(key="c", **needs), change(1, status="archived"))
    said = "'a' is an archived achievement's, and the achievement 'c' refers to it"
    with pytest.raises(InvalidInput, match=said):
        edited(first, new(key="a"))
    with pytest.raises(InvalidInput, match="an archived achievement has this key"):
        edited(first, change(2, key="a"))
    # Nothing new begins to refer to an archived one, whatever its key.
    for edit in (new(key="d", **needs), new(key="c2", **needs)):
        with pytest.raises(InvalidInput, match="achievementIds: there is no 'a'"):
            edited(first, edit)
    # Its prerequisite is still the archived one when something else is changed.
    renamed = edited(first, change(2, name="C2"))
    assert renamed.achievements[0].achievements == (1,)
    again = edited(first, change(2, trigger="api"), new(key="a"))
    assert seen(again.achievements) == [
        ("c", 2, "inactive"),
        ("a", 3, "inactive"),
        ("a", 1, "archived"),
    ]
    # What vanishes leaves the key to the archived one.
    vanished = edited(again, delete(3))
    with pytest.raises(InvalidInput, match="an archived achievement has this key"):
        edited(vanished, change(2, key="a"))
    with pytest.raises(InvalidInput, match="an archived achievement has this key"):
        edited(again, change(3, key="b"), change(2, key="a"))
    freed = edited(
        put(DOCUMENT), new(key="a"), new(key="b"), change(1, key="c"), change(2, key="a")
    )
    assert seen(freed.achievements) == [("c", 1, "inactive"), ("a", 2, "inactive")]


def test_a_change_that_closes_a_cycle_names_it() -> None:
    def needs(*keys: str) -> dict[str, Any]:
        return {"trigger": "achievement", "achievementKeys": list(keys)}

    first = after(
        new(key="a"), new(key="b", **needs("a")), new(key="c", **needs("b")), new(key="d")
    )
    for edit, cycle in (
        (change(1, **needs("c")), "a → c → b → a"),
        (change(1, **needs("d", "a")), "a → a"),
        (change(2, achievementKeys=["a", "c"]), "b → c → b"),
    ):
        with pytest.raises(InvalidInput, match=rf"cannot be a prerequisite of itself: {cycle}\Z"):
            edited(first, edit)
    assert edited(first, change(4, **needs("a", "b", "c"))).achievements[3].achievements == (
        1,
        2,
        3,
    )


def test_an_active_achievement_does_not_become_inactive() -> None:
    first = after(new(key="a", status="active"))
    with pytest.raises(InvalidInput, match="cannot become inactive again"):
        edited(first, change(1, status="inactive"))


# Points systems.


def test_a_points_system_is_made_with_what_is_in_it() -> None:
    made = after(
        new_system(
            description="D",
            maxPoints=None,
            levels=[{**named("l"), "points": 0}],
            triggers=[
                {"type": "user_creation", "points": 1},
                {"type": "user_creation", "points": 2, "status": "active", "key": "trigger-1"},
                {"type": "user_creation", "points": 3, "key": None},
            ],
            boosts=[{"name": "B", "start": "2026-03-01", "multiplier": 2}],
        )
    )
    (system,) = made.points
    assert seen(system.triggers) == [
        ("trigger-1-2", 1, "inactive"),
        ("trigger-1", 2, "active"),
        ("trigger-3", 3, "inactive"),
    ]
    assert seen(system.boosts) == [("boost-1", 1, "active")]
    assert [level.key for level in system.levels] == ["l"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"levels": [{"name": "L", "points": 0}]}, r"missing.*`key`.*\$\.levels\[0\]"),
        ({"levels": [{**named("l"), "points": -1}]}, r">= 0.*\$\.levels\[0\]\.points"),
        ({"levels": [1]}, r"object.*\$\.levels\[0\]"),
        ({"levels": "x"}, r"array.*\$\.levels"),
        (
            {"levels": 2 * [{**named("l"), "points": 1}]},
            r"levels\[1\] \('l'\): the key is used twice; "
            r"levels\[1\] \('l'\): another level already begins at 1 points",
        ),
        (
            {"triggers": [{"type": "streak", "points": 0}]},
            r"triggers\[0\] \('trigger-1'\): streakLength is missing; "
            r"triggers\[0\] \('trigger-1'\): points must not be 0",
        ),
        (
            {"boosts": [{"name": "B", "start": "2026-03-01", "multiplier": 1}]},
            r"boosts\[0\] \('boost-1'\): multiplier must be above 0 and below 100, and not 1",
        ),
        ({"maxPoints": 0}, r">= 1.*\$\.maxPoints"),
    ],
)
def test_one_wrong_thing_in_a_new_points_system_refuses_it(
    fields: dict[str, Any], said: str
) -> None:
    before = put(DOCUMENT)
    draft = Draft(before, Instant(2))
    with pytest.raises((InvalidInput, msgspec.ValidationError), match=said):
        create_system(draft, {**named("p"), **fields})
    assert draft.finish() is before
    assert create_system(draft, named("p")) == 1


def test_settings_of_a_points_system_change_by_themselves() -> None:
    hourly = {"type": "time", "points": 1, "timeUnit": "hours", "timeInterval": 1}
    first = after(new_system(maxPoints=5, triggers=[hourly], description="D"))
    assert [t.since for t in first.points[0].triggers] == [2]

    def update(**fields: Any) -> Edit:
        return lambda draft: update_system(draft, Ordinal(1), fields)

    renamed = edited(first, update(name="Q", description=None), at=3)
    assert (renamed.points[0].name, renamed.points[0].description) == ("Q", "")
    assert renamed.points[0].triggers == first.points[0].triggers
    raised = edited(first, update(maxPoints=None), at=3)
    assert raised.points[0].max_points is None
    assert [(t.since, t.updated) for t in raised.points[0].triggers] == [(3, 2)]
    with pytest.raises(NotFound):
        edited(first, lambda draft: update_system(draft, Ordinal(2), {}))


def test_an_archived_points_system_only_shows_something_else() -> None:
    first = after(
        new_system(maxPoints=5), new_trigger(), lambda draft: delete_system(draft, Ordinal(1))
    )
    assert seen(first.points) == [("p", 1, "archived")]
    assert seen(first.points[0].triggers) == [("trigger-1", 1, "inactive")]
    with pytest.raises(NotFound, match="archived already"):
        edited(first, lambda draft: delete_system(draft, Ordinal(1)))
    with pytest.raises(InvalidInput, match="maxPoints: cannot change any more"):
        edited(first, lambda draft: update_system(draft, Ordinal(1), {"maxPoints": 6}))
    for edit in (
        new_trigger(),
        change_trigger(1, points=2),
        new_boost(),
        lambda draft: create_level(draft, Ordinal(1), {**named("l"), "points": 0}),
    ):
        with pytest.raises(InvalidInput, match="the points system is archived"):
            edited(first, edit)
    renamed = edited(first, lambda draft: update_system(draft, Ordinal(1), {"name": "Old"}))
    assert [(s.name, s.max_points, s.status) for s in renamed.points] == [("Old", 5, "archived")]
    again = edited(first, new_system())
    assert seen(again.points) == [("p", 2, "active"), ("p", 1, "archived")]
    with pytest.raises(InvalidInput, match="key: there is a points system 'p' already"):
        edited(again, new_system())


def test_a_points_system_that_a_board_ranks_by_is_not_deleted() -> None:
    board = {**named("b"), "rankBy": "points", "pointsSystemKey": "p"}
    document = {**DOCUMENT, "points": [named("p")], "leaderboards": [board]}
    first = put(document)
    with pytest.raises(InvalidInput, match="cannot be deleted: the leaderboard 'b' ranks by it"):
        edited(first, lambda draft: delete_system(draft, Ordinal(1)))
    archived = put({**document, "points": [{**named("p"), "status": "archived"}]}, first)
    with pytest.raises(InvalidInput, match="'p' is an archived one's, and the leaderboard 'b' ra"):
        edited(archived, new_system())


# What is in them.


def test_levels_are_made_changed_and_really_deleted() -> None:
    def level(points: int, **fields: Any) -> Edit:
        change = {**named(f"l{points}"), "points": points, **fields}
        return lambda draft: create_level(draft, Ordinal(1), change)

    def update(ordinal: int, **fields: Any) -> Edit:
        return lambda draft: update_level(draft, Ordinal(1), Ordinal(ordinal), fields)

    first = after(new_system(), level(0, description="D", badge={"url": "b"}), level(5))
    changed = edited(first, update(1, name="X", points=3, description=None, badge=None))
    (one, two) = changed.points[0].levels
    assert (one.name, one.points, one.description, one.badge_url) == ("X", 3, "", None)
    assert two == first.points[0].levels[1]
    for edit, said in (
        (level(5, key="x"), "points: another level already begins at 5 points"),
        (level(6, key="l5"), "key: there is a level 'l5' already"),
        (update(1, points=5), "points: another level already begins at 5 points"),
    ):
        with pytest.raises(InvalidInput, match=said):
            edited(first, edit)
    assert edited(first, update(1, points=0)) is first
    gone = edited(first, lambda draft: delete_level(draft, Ordinal(1), Ordinal(1)), level(0))
    assert [level.ordinal for level in gone.points[0].levels] == [2, 3]
    with pytest.raises(NotFound, match="there is no such level"):
        edited(gone, lambda draft: delete_level(draft, Ordinal(1), Ordinal(1)))


def test_a_trigger_changes_its_type_only_while_it_is_inactive() -> None:
    metric = {"type": "metric", "metricKey": "m", "metricThreshold": 5}
    cap = {"points": 3, "period": "day"}
    first = after(new_system(), new_trigger(**metric, cap=cap, blockIfOutOfPoints=True))
    streak = {"type": "streak", "streakLength": 3}
    (trigger,) = edited(first, change_trigger(1, **streak)).points[0].triggers
    assert trigger == PointsTrigger(
        ordinal=Ordinal(1),
        key="trigger-1",
        type="streak",
        points=1,
        status="inactive",
        streak_length=3,
        cap=trigger.cap,
        created=Instant(2),
        updated=Instant(2),
    )
    assert trigger.cap is not None, "a cap is not lost with the type"
    with pytest.raises(InvalidInput, match="cap does not belong to a user_creation trigger"):
        edited(first, change_trigger(1, type="user_creation"))
    assert edited(first, change_trigger(1, type="user_creation", cap=None)).version == 3
    active = edited(first, change_trigger(1, status="active"))
    with pytest.raises(InvalidInput, match="type: can change only while the trigger is inactive"):
        edited(active, change_trigger(1, **streak))
    with pytest.raises(InvalidInput, match="needs a sum or max metric, 'low' is min"):
        edited(active, change_trigger(1, metricKey="low"))


def test_triggers_are_archived() -> None:
    first = after(new_system(), new_trigger(), new_trigger(key="t", status="active"))
    gone = edited(first, lambda draft: delete_trigger(draft, Ordinal(1), Ordinal(1)), at=5)
    assert seen(gone.points[0].triggers) == [("t", 2, "active"), ("trigger-1", 1, "archived")]
    assert [t.updated for t in gone.points[0].triggers] == [2, 5]
    for edit in (
        change_trigger(1, points=2),
        lambda draft: delete_trigger(draft, Ordinal(1), Ordinal(1)),
    ):
        with pytest.raises(NotFound, match="there is no such trigger"):
            edited(gone, edit)
    with pytest.raises(InvalidInput, match="points: cannot change with the archiving"):
        edited(first, change_trigger(1, status="archived", points=2))
    assert edited(first, change_trigger(1, status="archived"), at=5) == gone
    with pytest.raises(InvalidInput, match="key: there is a trigger 't' already"):
        edited(first, change_trigger(1, key="t"))
    assert edited(gone, new_trigger(key="trigger-1")).points[0].triggers[1].ordinal == 3


def test_boosts_are_switched_changed_and_archived() -> None:
    def update(**fields: Any) -> Edit:
        return lambda draft: update_boost(draft, Ordinal(1), Ordinal(1), fields)

    first = after(new_system(), new_boost(end="2026-03-05", userAttributes=USER_FILTER))
    (boost,) = first.points[0].boosts
    replace = msgspec.structs.replace
    for fields, changes in (
        ({"status": "inactive"}, {"status": "inactive"}),
        ({"end": None}, {"end": None}),
        ({"userAttributes": None}, {"user_attributes": ()}),
        ({"multiplier": 1.5, "rounding": "up"}, {"multiplier": 1_500_000, "rounding": "up"}),
    ):
        assert edited(first, update(**fields)).points[0].boosts == (replace(boost, **changes),)
    for fields, said in (
        ({"end": "2026-02-28"}, "end must not be before start"),
        ({"multiplier": 100}, "multiplier must be above 0 and below 100, and not 1"),
        ({"status": "archived", "end": None}, "end: cannot change with the archiving"),
    ):
        with pytest.raises(InvalidInput, match=said):
            edited(first, update(**fields))
    gone = edited(first, lambda draft: delete_boost(draft, Ordinal(1), Ordinal(1)))
    assert seen(gone.points[0].boosts) == [("boost-1", 1, "archived")]
    with pytest.raises(NotFound, match="there is no such boost"):
        edited(gone, update(name="C"))


def test_numbers_of_things_are_bounded() -> None:
    full = {
        "achievements": [{**named(f"a{n}"), "trigger": "api"} for n in range(CONFIGURED_MAX)],
        "points": [
            {
                **named("p"),
                "triggers": [
                    {"key": f"t{n}", "type": "user_creation", "points": 1}
                    for n in range(CONFIGURED_MAX)
                ],
            }
        ],
    }
    draft = Draft(put(full), Instant(2))
    most = "there can be 10000 achievements in all, archived ones included"
    with pytest.raises(InvalidInput, match=most):
        new(key="x")(draft)
    delete(1)(draft)
    with pytest.raises(InvalidInput, match=most):
        new(key="x")(draft)
    most = "there can be 10000 triggers in all, archived ones included"
    with pytest.raises(InvalidInput, match=most):
        new_trigger()(draft)
    with pytest.raises(InvalidInput, match=most):
        create_system(draft, {**named("q"), "triggers": [{"type": "user_creation", "points": 1}]})
    new_boost()(draft)


# Anything: a history of changes is the same one by one and in one request, and has a document.


CLEARED = (
    *("end", "startTime", "endTime", "runUnit", "maxParticipants"),
    *("userAttributes", "breakdownAttributes", "start"),
)


@st.composite
def changes(draw: st.DrawFn) -> Edit:
    """Any change, right or wrong."""
    ordinal = Ordinal(draw(st.integers(1, 6)))
    system = Ordinal(draw(st.integers(1, 2)))
    keys = ("a0", "a1", "a2", "a3", "a4")
    status = draw(st.sampled_from(({}, {"status": "active"}, {"status": "inactive"})))
    key = draw(st.sampled_from(({}, {"key": "a0"}, {"key": "t0"})))
    condition = draw(conditions(keys))
    setting = draw(settings(keys))
    boost = draw(dates())
    filters = draw(of_users)
    level = {"name": "L", "points": draw(st.integers(0, 3))}
    more = {**key, **status, **filters}
    partly = draw(st.sets(st.sampled_from(sorted(setting))))
    some_setting = {field: setting[field] for field in partly}
    archive = draw(st.sampled_from(({}, {}, {"status": "archived"}, {"status": "locked"})))
    badge = draw(badges)
    ranks = {**draw(ranking(SYSTEMS)), **draw(st.sampled_from(({}, {"key": "b1"})))}
    dated = draw(calendars())
    cleared: dict[str, Any] = dict.fromkeys(draw(some(*CLEARED)))
    possible: list[Edit] = [
        lambda draft: create_achievement(draft, {"name": "N", **condition, **more}),
        lambda draft: update_achievement(draft, ordinal, {**condition, **more}),
        lambda draft: update_achievement(draft, ordinal, {**badge, **archive}),
        lambda draft: delete_achievement(draft, ordinal),
        lambda draft: create_system(draft, {**named("p1"), "triggers": [{**setting, **more}]}),
        lambda draft: update_system(draft, system, {"maxPoints": level["points"] or None}),
        lambda draft: delete_system(draft, system),
        lambda draft: create_level(draft, system, {"key": "l0", **level}),
        lambda draft: update_level(draft, system, ordinal, level),
        lambda draft: delete_level(draft, system, ordinal),
        lambda draft: create_trigger(draft, system, {**setting, **more}),
        lambda draft: update_trigger(draft, system, ordinal, {**some_setting, **more}),
        lambda draft: delete_trigger(draft, system, ordinal),
        lambda draft: create_boost(draft, system, {"name": "B", **boost, **more}),
        lambda draft: update_boost(draft, system, ordinal, {**boost, **more}),
        lambda draft: delete_boost(draft, system, ordinal),
        lambda draft: create_leaderboard(draft, {**named("b0"), **ranks, **dated}),
        lambda draft: update_leaderboard(draft, ordinal, {**ranks, **cleared}),
        lambda draft: update_leaderboard(draft, ordinal, dated),
        lambda draft: update_leaderboard(draft, ordinal, {"status": dated["status"]}),
        lambda draft: delete_leaderboard(draft, ordinal),
        lambda draft: end_run(draft, ordinal, draft.resolver.at),
    ]
    return draw(st.sampled_from(possible))


def said(draft: Draft, edit: Edit) -> object:
    """What came of a change."""
    try:
        return edit(draft)
    except (InvalidInput, NotFound, msgspec.ValidationError) as error:
        return str(error)


def without_filters(configuration: Configuration) -> Configuration:
    """A configuration but for its version and the ordinals of event filters.

    Asked for by nobody between two requests, a filter is another one after that; and in which order
    filters of one request are numbered is nobody's business.
    """

    def plain(thing: Any) -> Any:
        return msgspec.structs.replace(thing, event_filter=None)

    def plain_system(system: PointsSystem) -> PointsSystem:
        return msgspec.structs.replace(system, triggers=tuple(map(plain, system.triggers)))

    made = {kind: count for kind, count in configuration.made.items() if kind != "event_filter"}
    return msgspec.structs.replace(
        configuration,
        version=0,
        event_filters=(),
        achievements=tuple(map(plain, configuration.achievements)),
        points=tuple(map(plain_system, configuration.points)),
        made=made,
    )


@given(documents(), documents(), st.lists(changes(), max_size=12))
def test_any_changes(first: dict[str, Any], second: dict[str, Any], edits: list[Edit]) -> None:
    before = try_put(second, put(first, at=1), at=2)
    draft = Draft(before, Instant(3))
    told = [said(draft, edit) for edit in edits]
    together = draft.finish()
    assert together.version - before.version == (together != before)
    one_by_one, told_each = before, list[object]()
    for edit in edits:
        draft = Draft(one_by_one, Instant(3))
        told_each.append(said(draft, edit))
        one_by_one = draft.finish()
        if isinstance(told_each[-1], str):  # refused: nothing has changed
            assert draft.finish() is draft.before
    assert told == told_each
    assert without_filters(together) == without_filters(one_by_one)
    asked = {(f.metric, f.attributes) for f in one_by_one.event_filters}
    assert {(f.metric, f.attributes) for f in together.event_filters} == asked
    # What changes make is what a document could have made.
    assert put(document_of(together), together, at=9) is together
