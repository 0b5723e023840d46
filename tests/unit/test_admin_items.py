"""Items of the Admin API: read by themselves, put into a document's words, told by index and id."""

from typing import Any

import msgspec
import pytest

from api.operations.admin_items import each, issue_of, read_items
from api.operations.ids import Ids, convert
from engine.configuration.edit import Draft
from engine.configuration.edit_achievements import (
    create_achievement,
    delete_achievement,
    update_achievement,
)
from engine.configuration.own_boosts import changed_own_boost, new_own_boost
from engine.model.errors import InvalidInput, Malformed, NotFound
from engine.model.identifiers import Instant, Ordinal, public_id
from engine.model.user import UserBoost
from tests.unit.configurations import named, put

SCOPE = "default"
CONFIGURATION = put(
    {
        "metrics": [named("m")],
        "attributes": [{**named("u"), "type": "user"}, {**named("e"), "type": "event"}],
        "achievements": [{**named("a"), "trigger": "api"}, {**named("b"), "trigger": "api"}],
        "points": [named("p")],
    }
)


def id_of(kind: str, ordinal: int) -> str:
    return public_id(SCOPE, kind, Ordinal(ordinal))


def ids() -> Ids:
    return Ids(SCOPE, Draft(CONFIGURATION, Instant(2)))


def body(text: str) -> list[msgspec.Raw]:
    return msgspec.json.decode(text, type=list[msgspec.Raw])


@pytest.mark.parametrize("count", [0, 101])
def test_a_list_has_some_items_but_not_too_many(count: int) -> None:
    with pytest.raises(InvalidInput, match="must have 1 to 100 items"):
        read_items(body(f"[{','.join(['1'] * count)}]"))


def test_an_item_that_cannot_be_read_does_not_keep_the_others_from_it() -> None:
    items = read_items(body('[{"id": "x"}, 1, null, {"id": 5, "userId": "ada"}, {"n": 1e999}]'))

    def apply(fields: dict[str, Any]) -> str:
        return convert(fields["id"], str, "id")

    done, issues = each(items, apply)
    assert done == {0: "x"}
    unset = msgspec.UNSET
    assert [(i.index, i.message, i.id, i.user_id) for i in issues] == [
        (1, "must be an object, not a number", unset, unset),
        (2, "must be an object, not null", unset, unset),
        (3, "id: must be text, not a number", unset, "ada"),
        (4, "Number out of range", unset, unset),
    ]


def test_what_is_no_json_is_no_list() -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        read_items([msgspec.Raw(b'{"name": "\xff"}')])


def test_an_issue_names_fields_as_they_were_sent() -> None:
    for error, said in (
        (NotFound("there is none"), "there is none"),
        (InvalidInput("id", "is missing"), "id: is missing"),
        (
            msgspec.ValidationError("Expected `str`, got `int` - at `$.achievementKeys[...]`"),
            "achievementIds: must be text, not a number",
        ),
    ):
        assert issue_of(error, 3, {"id": "x"}).message == said


def test_a_change_is_in_a_documents_words() -> None:
    fields = {
        "id": "any",
        "name": "N",
        "metricId": id_of("metric", 1).upper(),
        "achievementId": id_of("achievement", 2),
        "achievementIds": [id_of("achievement", 2), id_of("achievement", 1)],
        "userAttributes": [{"attributeId": id_of("attribute", 1), "attributeValue": "x"}],
        "eventAttributes": None,
        "pointsSystemId": id_of("points_system", 1),
        "breakdownAttributes": [id_of("attribute", 1)],
        "triggers": [{"metricId": id_of("metric", 1), "points": 1}],
        "boosts": None,
    }
    assert ids().change(fields, fields.keys()) == {
        "name": "N",
        "metricKey": "m",
        "achievementKey": "b",
        "achievementKeys": ["b", "a"],
        "userAttributes": [{"attributeKey": "u", "attributeValue": "x"}],
        "eventAttributes": None,
        "pointsSystemKey": "p",
        "breakdownAttributes": ["u"],
        "triggers": [{"metricKey": "m", "points": 1}],
        "boosts": None,
    }


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"metricKey": "m"}, "unknown field 'metricKey'"),
        ({"id": "x"}, "unknown field 'id'"),
        ({"metricId": 1}, "metricId: must be text, not a number"),
        ({"metricId": id_of("attribute", 1)}, "metricId: there is no metric with this id"),
        ({"achievementIds": "x"}, "achievementIds: must be an array, not text"),
        ({"achievementIds": ["x"]}, "achievementIds: there is no achievement with this id"),
        ({"userAttributes": {}}, "userAttributes: must be an array, not an object"),
        (
            {"userAttributes": [{"attributeKey": "u", "attributeValue": "x"}]},
            r"userAttributes\[0\]: unknown field 'attributeKey'",
        ),
        (
            {"userAttributes": [{"attributeId": "u", "attributeValue": "x"}]},
            r"userAttributes\[0\]: there is no attribute with this id",
        ),
        ({"pointsSystemId": "p"}, "pointsSystemId: there is no points system with this id"),
        ({"breakdownAttributes": "x"}, "breakdownAttributes: must be an array, not text"),
        ({"breakdownAttributes": [1]}, r"breakdownAttributes\[0\]: must be text, not a number"),
        (
            {"breakdownAttributes": ["x"]},
            r"breakdownAttributes\[0\]: there is no attribute with this id",
        ),
        ({"triggers": [1]}, r"triggers\[0\]: must be an object, not a number"),
        ({"triggers": [{"nmae": 1}]}, r"triggers\[0\]: unknown field 'nmae'"),
        ({"triggers": [{"metricId": 1}]}, r"triggers\[0\].metricId: must be text, not a number"),
    ],
)
def test_a_change_that_means_nothing_is_refused(fields: dict[str, Any], said: str) -> None:
    known = {"metricId", "achievementIds", "userAttributes", "triggers"}
    known |= {"pointsSystemId", "breakdownAttributes"}
    with pytest.raises(InvalidInput, match=rf"\A{said}\Z"):
        ids().change(fields, known)


def test_ids_mean_what_is_there_by_now() -> None:
    draft = Draft(CONFIGURATION, Instant(2))
    of_request = Ids(SCOPE, draft)
    wanted = {"achievementId": id_of("achievement", 1)}
    assert of_request.change(wanted, wanted.keys()) == {"achievementKey": "a"}
    update_achievement(draft, Ordinal(1), {"key": "c"})
    assert of_request.change(wanted, wanted.keys()) == {"achievementKey": "c"}
    things = CONFIGURATION.achievements
    assert of_request.thing("achievement", things, {"id": id_of("achievement", 2)}) == 2
    for fields, error in (
        ({}, InvalidInput("id", "is missing")),
        ({"id": 1}, InvalidInput("id", "must be text")),
        ({"id": id_of("metric", 1)}, NotFound("there is no achievement with this id")),
    ):
        with pytest.raises(type(error), match=str(error)):
            of_request.thing("achievement", things, fields)
    # An archived one is not meant by the key that a younger one has.
    delete_achievement(draft, Ordinal(1))
    create_achievement(draft, {"name": "C", "trigger": "api", "key": "c"})
    with pytest.raises(InvalidInput, match="achievementId: there is no achievement with this id"):
        of_request.change(wanted, wanted.keys())
    delete_achievement(draft, Ordinal(2))  # archived: the id still names it, and the draft refuses
    assert of_request.thing("achievement", things, {"id": id_of("achievement", 2)}) == 2


# Users' own boosts.

BOOST = {"name": "B", "start": "2026-03-01", "multiplier": 1.5}


def test_a_users_own_boost_follows_the_rules_of_configured_ones() -> None:
    boost = new_own_boost(Ordinal(2), {**BOOST, "end": None, "userAttributes": None})
    assert boost == UserBoost(
        index=0,
        system=Ordinal(2),
        name="B",
        start=20_513,  # type: ignore[arg-type]
        end=None,
        multiplier=1_500_000,  # type: ignore[arg-type]
        rounding="down",
    )
    changed = changed_own_boost(boost, {"end": "2026-03-02", "status": "inactive", "name": "C"})
    assert (changed.name, changed.end, changed.active) == ("C", 20_514, False)
    assert changed_own_boost(changed, {"end": None, "status": "active", "name": "B"}) == boost
    assert changed_own_boost(boost, {}) == boost
    for fields, said in (
        ({"multiplier": 1}, "multiplier must be above 0 and below 100, and not 1"),
        ({"end": "2026-02-28"}, "end must not be before start"),
        ({"userAttributes": [{}]}, "userAttributes: do not belong to a user's own boost"),
        ({"key": "k"}, "key: does not belong to a user's own boost"),
        ({"status": "archived"}, "status: cannot be 'archived': delete it instead"),
    ):
        for change in (new_own_boost, changed_own_boost):
            given = (
                (Ordinal(2), {**BOOST, **fields}) if change is new_own_boost else (boost, fields)
            )
            with pytest.raises(InvalidInput, match=said):
                change(*given)  # type: ignore[arg-type]
    with pytest.raises(msgspec.ValidationError, match="start"):
        changed_own_boost(boost, {"start": None})
