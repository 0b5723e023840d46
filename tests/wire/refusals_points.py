"""Every kind of request about achievements and points that must be refused, and in which words.

Played in the game of `game_points`, after Ada, who pays, has made seven steps, and Bob was made.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.wire.refusals import Refusal, invalid, refusal
from tests.wire.refusals_streaks import of_keys, of_lists
from tests.wire.script import Step, get, post
from tests.wire.script_points import (
    ACHIEVEMENTS,
    ADAS,
    AWARDS_OF_LIVES,
    AWARDS_OF_XP,
    HELLO,
    JUMPS,
    LIVES,
    VOID,
    XP,
    given,
)
from tests.wire.server import event
from tests.wire.shapes_streaks import issue, nobody

PAY = {"attributes": {"plan": "pro"}}
NOBODY = "/v1/users/nobody"
RANGE = "aggregation=daily&startDate=2024-10-01&endDate=2024-10-04"
POINTS_SUMMARY = f"{ADAS}/points/xp/event-summary"
STEPS_SUMMARY = f"{ADAS}/metrics/steps/event-summary"
NO_DATE = "is not a date like 2026-03-01"
NO_CENTURY = "must be between 1970 and 2100"
NO_PAIRS = "must be like key:value,key:value"
NO_AMOUNT = "amount: must be a whole number up to ±1,000,000,000,000, not 0"

BEFORE_REFUSALS_OF_POINTS: Sequence[Step] = (
    post("somebody", 201, event("ada", 7, **PAY)),
    post("somebody else", 201, {"id": "bob"}, "/v1/users"),
)

TRACES_OF_POINTS: Mapping[str, str] = {
    "status": "/admin/v1/status",
    "ada": ADAS,
    "achievements": ACHIEVEMENTS,
    "ada's achievements": f"{ADAS}/achievements",
    "ada's points": f"{ADAS}/points/xp",
    "bob's lives": "/v1/users/bob/points/lives",
    "ada's steps": f"{ADAS}/metrics/steps",
}
"""Where a refused request could leave a trace."""

CORRECTIONS: Sequence[tuple[str, str, dict[str, Any]]] = (
    (AWARDS_OF_XP, "awards", given("ada", 5)),
    (VOID, "events", {"id": "3.0"}),
)
"""Where lists of corrections go, the name of the list, and an item that would do."""


def _refusals() -> Iterator[Refusal]:
    yield from _of_what_is_not()
    yield from _of_filters()
    yield from _of_queries()
    yield from _of_summaries()
    yield from _of_explanations()
    yield from _of_completions()
    yield from _of_events()
    for path, name, item in CORRECTIONS:
        yield from of_lists(path, name, item)
    yield from of_keys(*CORRECTIONS[0])
    yield from _of_reasons()
    yield from _of_items()
    yield from _of_methods()


def _of_what_is_not() -> Iterator[Refusal]:
    no_user = "there is no user 'nobody'"
    for path in ("achievements", "points/xp", "points/xp/boosts", "points/none"):
        yield refusal(get(f"nobody's {path}", f"{NOBODY}/{path}", 404), no_user, "not_found")
    for path in ("points/xp", "metrics/steps"):
        step = get(f"nobody's {path} by day", f"{NOBODY}/{path}/event-summary?{RANGE}", 404)
        yield refusal(step, no_user, "not_found")
    no_system = "there is no points system 'none'"
    for path in ("", "/levels", "/boosts", "/summary", "/level-summary"):
        step = get(f"no such system{path}", f"/v1/points/none{path}", 404)
        yield refusal(step, no_system, "not_found")
    for path in ("", "/boosts", f"/event-summary?{RANGE}"):
        step = get(f"ada's none{path[:8]}", f"{ADAS}/points/none{path}", 404)
        yield refusal(step, no_system, "not_found")
    yield refusal(
        get("no such metric by day", f"{ADAS}/metrics/none/event-summary?{RANGE}", 404),
        "there is no metric 'none'",
        "not_found",
    )
    yield refusal(
        post(
            "awards of no system", 404, {"awards": [given("ada", 1)]}, "/admin/v1/points/xp/awards"
        ),
        "there is no points system 'xp'",
        "not_found",
    )


def _of_filters() -> Iterator[Refusal]:
    for path in (ACHIEVEMENTS, f"{XP}/summary"):
        for text, what in (
            ("plan", NO_PAIRS),
            ("plan:pro,", NO_PAIRS),
            (",", NO_PAIRS),
            ("none:x", "undeclared user attribute 'none'"),
            ("via:trail", "undeclared user attribute 'via'"),
            (":pro", "undeclared user attribute ''"),
            ("plan:pro,plan:free", "'plan' is there twice"),
        ):
            step = get(f"{path} of {text}", f"{path}?userAttributes={text}", 422)
            yield invalid(step, "userAttributes", what)


def _of_queries() -> Iterator[Refusal]:
    for path, field, value, what in (
        (f"{ADAS}/achievements", "includeIncomplete", "yes", "cannot be 'yes'"),
        (f"{ADAS}/achievements", "includeProgress", "1", "cannot be '1'"),
        (f"{XP}/boosts", "includeFinished", "True", "cannot be 'True'"),
        (f"{ADAS}/points/xp", "awards", "0", "must be at least 1"),
        (f"{ADAS}/points/xp", "awards", "101", "must be at most 100"),
        (f"{ADAS}/points/xp", "awards", "all", "must be a whole number, not text"),
    ):
        yield invalid(get(f"{field}={value}", f"{path}?{field}={value}", 422), field, what)
    for path in (XP, f"{XP}/levels", f"{XP}/level-summary", f"{ADAS}/points/xp/boosts"):
        yield refusal(
            get(f"{path} with a parameter", f"{path}?limit=1", 422),
            "unknown field 'limit'",
            "invalid",
        )


def _of_summaries() -> Iterator[Refusal]:
    asked = {"aggregation": "daily", "startDate": "2024-10-01", "endDate": "2024-10-04"}
    for path in (POINTS_SUMMARY, STEPS_SUMMARY):
        for field in asked:
            query = "&".join(f"{name}={value}" for name, value in asked.items() if name != field)
            step = get(f"{path} without {field}", f"{path}?{query}", 422)
            yield refusal(step, f"missing the field '{field}'", "invalid")
        for field, value, what in (
            ("aggregation", "hourly", "cannot be 'hourly'"),
            ("startDate", "", NO_DATE),
            ("startDate", "20241001", NO_DATE),
            ("startDate", "2024-10-01T00:00:00Z", NO_DATE),
            ("startDate", "1969-12-31", NO_CENTURY),
            ("endDate", "2024-02-30", NO_DATE),
            ("endDate", "9999-12-31", NO_CENTURY),
            ("endDate", "2024-09-30", "lies before startDate"),
            ("endDate", "2025-11-05", "makes a range of more than 400 days"),
        ):
            query = "&".join(f"{n}={v}" for n, v in (asked | {field: value}).items())
            step = get(f"{path} with {field} {value!r}", f"{path}?{query}", 422)
            yield invalid(step, field, what)


def _of_explanations() -> Iterator[Refusal]:
    for text in ("ada", "3", "3.", "0.0", "03.1", "3.01", "-3.0", "9" * 19 + ".0", "3.0.0"):
        yield refusal(
            get(f"explain {text}", f"/v1/explain/{text}", 404),
            f"{text!r} is no id of a fact; those are like 1234.5",
            "not_found",
        )
    for text, what in (("3.99", "no such place"), ("2.0", "a configuration"), ("99.0", "to come")):
        step = get(f"explain {what}", f"/v1/explain/{text}", 404)
        yield refusal(step, f"there is no fact {text}", "not_found")


def _of_completions() -> Iterator[Refusal]:
    ada, bob = {"user": {"id": "ada"}}, {"user": {"id": "bob"}}
    yield refusal(
        post("no such achievement", 404, ada, f"{ACHIEVEMENTS}/none/complete"),
        "there is no achievement 'none'",
        "not_found",
    )
    no_attributes = "has not the attributes that the achievement asks for"
    for key, body, field, what in (
        ("far", ada, "key", "is completed by its trigger, 'metric'"),
        ("twice", ada, "key", "is completed by its trigger, 'streak'"),
        ("soon", ada, "key", "is completed by its trigger, 'metric'"),
        ("secret", ada, "key", "the achievement is inactive"),
        ("members", bob, "user", no_attributes),
        ("members", {"user": {"id": "eve"}}, "user", no_attributes),
        ("members", {"user": {"id": "ada", "attributes": {"plan": "free"}}}, "user", no_attributes),
    ):
        step = post(f"{key} by {body['user']}", 422, body, f"{ACHIEVEMENTS}/{key}/complete")
        yield invalid(step, field, what)
    for body, field, what in (
        ({"user": "ada"}, "user", "must be an object, not text"),
        ({"user": {}}, "user", "missing the field 'id'"),
        ({"user": {"id": "a/b"}}, "user.id", "must not contain '/' or control characters"),
        (
            {"user": {"id": "ada", "tz": "Mars"}},
            "user.tz",
            "unknown time zone 'Mars'; use an IANA name",
        ),
        ({"user": {"id": "ada", "age": 7}}, "user", "unknown field 'age'"),
        (
            {"user": {"id": "eve", "signUpDate": "2024-10-06"}},
            "user.signUpDate",
            "lies after the user's today",
        ),
    ):
        yield invalid(post(f"hello of {body}", 422, body, HELLO), field, what)
    for body, error in (
        ({}, "missing the field 'user'"),
        ([], "must be an object, not an array"),
        (ada | {"value": 1}, "unknown field 'value'"),
    ):
        yield refusal(post(f"hello of {body}", 422, body, HELLO), error, "invalid")


def _of_events() -> Iterator[Refusal]:
    """Bob has two lives; what an event gives and takes counts together."""
    for value in (3, 10**6):
        step = post(f"{value} jumps", 422, event("bob", value), JUMPS)
        out = f"the user would be out of points: {2 - value} of 'lives'"
        yield invalid(step, "value", out)
    step = post("jumps of a new user", 422, event("eve", 3), JUMPS)
    yield invalid(step, "value", "the user would be out of points: -1 of 'lives'")


def _of_reasons() -> Iterator[Refusal]:
    item = given("ada", 5) | {"reason": 5}
    yield invalid(
        post("a number for a reason", 422, {"awards": [item]}, AWARDS_OF_XP),
        "awards[0].reason",
        "must be text or null, not a number",
    )
    half = given("ada", 5) | {"amount": 1.5}
    yield invalid(
        post("half a point", 422, {"awards": [half]}, AWARDS_OF_XP),
        "awards[0].amount",
        "must be a whole number, not a number with a fraction",
    )


def _of_items() -> Iterator[Refusal]:
    """Each item is refused, the list is not."""
    too_long = "reason: is longer than 1024 characters"
    awards = [given("ada", 0), given("ada", -(10**12) - 1), given("ada", 10**30)]
    awards += [given("ada", 5, "r" * 1_025), given("nobody", 5)]
    issues = [issue(index, NO_AMOUNT, userId="ada") for index in range(3)]
    issues += [issue(3, too_long, userId="ada"), nobody(4)]
    step = post("awards of nothing", 200, {"awards": awards}, AWARDS_OF_XP)
    yield Refusal(step, {"created": [], "issues": issues})
    step = post("lives for nobody", 200, {"awards": [given("nobody", 1)]}, AWARDS_OF_LIVES)
    yield Refusal(step, {"created": [], "issues": [nobody(0)]})
    events = [{"id": "3.0", "reason": "r" * 1_025}, {"id": "4.0"}, {"id": "2.0"}, {"id": ""}]
    said = (
        too_long,
        "record 4 holds no event",
        "record 2 holds no event",
        "there is no such event",
    )
    step = post("voiding what is no event", 200, {"events": events}, VOID)
    issues = [issue(index, message, id=events[index]["id"]) for index, message in enumerate(said)]
    yield Refusal(step, {"voided": [], "issues": issues})


def _of_methods() -> Iterator[Refusal]:
    for method, path, allowed in (
        ("POST", ACHIEVEMENTS, "GET, HEAD"),
        ("GET", HELLO, "POST"),
        ("PUT", XP, "GET, HEAD"),
        ("DELETE", f"{LIVES}/levels", "GET, HEAD"),
        ("POST", f"{ADAS}/points/xp", "GET, HEAD"),
        ("GET", AWARDS_OF_XP, "POST"),
        ("GET", VOID, "POST"),
        ("POST", "/v1/explain/3.0", "GET, HEAD"),
    ):
        words = allowed.replace(", ", " or ")
        yield refusal(
            Step(f"{method} {path}", 405, method, path),
            f"{method} is not possible here; use {words}",
            "method_not_allowed",
            allow=allowed,
        )


REFUSALS_OF_POINTS: Sequence[Refusal] = tuple(_refusals())
