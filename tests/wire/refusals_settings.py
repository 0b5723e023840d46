"""What is refused of the settings of streaks, an operator's and a user's own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.wire.refusals import Refusal, invalid, refusal
from tests.wire.script import ADAS, SETTINGS, patch

PREFERENCES = f"{ADAS}/preferences"
TWO_OF_TWO = {"startCount": 2, "maxCount": 2}
STEPS = {"key": "steps", "threshold": 1}
WEEKDAYS = [0, 1, 2, 3, 4, 5, 6]
NO_DOCUMENT = "is not valid JSON: it ends too early"


def at_most(count: int) -> str:
    return f"must have at most {count} items"


def at_least_one() -> str:
    return "must have at least 1 item"


def of_settings() -> Iterator[Refusal]:
    for name, body, error in (
        ("a list", b"[]", "must be an object, not an array"),
        ("null", b"null", "must be an object, not null"),
        ("unknown field", {"weekStart": "monday"}, "unknown field 'weekStart'"),
    ):
        yield refusal(patch(f"settings: {name}", 422, body, SETTINGS), error, "invalid")
    yield refusal(patch("settings: nothing", 400, b"", SETTINGS), NO_DOCUMENT, "malformed")
    wrong: Sequence[tuple[dict[str, Any], str, str]] = (
        ({"frequency": "yearly"}, "frequency", "cannot be 'yearly'"),
        ({"frequency": None}, "frequency", "must be text, not null"),
        ({"evaluationMode": "ALL"}, "evaluationMode", "cannot be 'ALL'"),
        ({"evaluationMode": None}, "evaluationMode", "must be text, not null"),
        (
            {"customizationEnabled": 1},
            "customizationEnabled",
            "must be true or false, not a number",
        ),
        ({"customizationEnabled": None}, "customizationEnabled", "must be true or false, not null"),
        ({"daysOff": None}, "daysOff", "must be an array, not null"),
        ({"daysOff": 0}, "daysOff", "must be an array, not a number"),
        ({"daysOff": ["sunday"]}, "daysOff[0]", "must be a whole number, not text"),
        ({"daysOff": [0, 7]}, "daysOff[1]", "must be at most 6"),
        ({"daysOff": [-1]}, "daysOff[0]", "must be at least 0"),
        ({"daysOff": [*WEEKDAYS, 0]}, "daysOff", at_most(7)),
        ({"metrics": None}, "metrics", "must be an array, not null"),
        ({"metrics": STEPS}, "metrics", "must be an array, not an object"),
        ({"metrics": ["steps"]}, "metrics[0]", "must be an object, not text"),
        ({"metrics": [{"key": "steps"}]}, "metrics[0]", "missing the field 'threshold'"),
        ({"metrics": [{"threshold": 1}]}, "metrics[0]", "missing the field 'key'"),
        ({"metrics": [STEPS | {"name": "Steps"}]}, "metrics[0]", "unknown field 'name'"),
        ({"metrics": [STEPS | {"key": 5}]}, "metrics[0].key", "must be text, not a number"),
        (
            {"metrics": [STEPS | {"threshold": 10**13}]},
            "metrics[0].threshold",
            "must be a number of magnitude up to 10^12",
        ),
        ({"metrics": [STEPS] * 101}, "metrics", at_most(100)),
        ({"freezes": 2}, "freezes", "must be an object or null, not a number"),
        ({"freezes": {"maxCount": 2}}, "freezes", "missing the field 'startCount'"),
        ({"freezes": {"startCount": 2}}, "freezes", "missing the field 'maxCount'"),
        ({"freezes": TWO_OF_TWO | {"used": 1}}, "freezes", "unknown field 'used'"),
        ({"freezes": _freezes(startCount=-1)}, "freezes.startCount", "must be at least 0"),
        ({"freezes": _freezes(maxCount=1_001)}, "freezes.maxCount", "must be at most 1000"),
        (
            {"freezes": _freezes(maxCount=None)},
            "freezes.maxCount",
            "must be a whole number, not null",
        ),
        (
            {"freezes": _freezes(maxCount="2")},
            "freezes.maxCount",
            "must be a whole number, not text",
        ),
        ({"freezes": _freezes(autoEarnAmount=0)}, "freezes.autoEarnAmount", "must be at least 1"),
        (
            {"freezes": _freezes(autoEarnInterval=3_661)},
            "freezes.autoEarnInterval",
            "must be at most 3660",
        ),
    )
    for number, (body, field, what) in enumerate(wrong):
        yield invalid(patch(f"settings {number}: {field}", 422, body, SETTINGS), field, what)


def _freezes(**fields: Any) -> dict[str, Any]:
    return TWO_OF_TWO | fields


def of_settings_together() -> Iterator[Refusal]:
    """Each field can be, but not beside the others or in this game: all that is wrong is told."""
    twice = "names a weekday twice"
    pair = "autoEarnInterval and autoEarnAmount go together: give both or none"
    less = "maxCount must not be less than startCount"
    half: Mapping[str, object] = {"autoEarnInterval": 7}
    wrong: Sequence[tuple[str, dict[str, Any], list[tuple[str, str]]]] = (
        (
            "every day off",
            {"daysOff": WEEKDAYS},
            [("daysOff", "must leave a weekday on which the streak counts")],
        ),
        ("a day off twice", {"daysOff": [1, 1]}, [("daysOff", twice)]),
        (
            "days off in a week",
            {"frequency": "weekly", "daysOff": [0]},
            [("daysOff", "goes only with the daily frequency")],
        ),
        ("less than at first", {"freezes": _freezes(maxCount=1)}, [("freezes", less)]),
        ("an interval alone", {"freezes": _freezes(**half)}, [("freezes", pair)]),
        (
            "an amount with null",
            {"freezes": _freezes(autoEarnInterval=None, autoEarnAmount=1)},
            [("freezes", pair)],
        ),
        (
            "no such metric",
            {"metrics": [STEPS, {"key": "none", "threshold": 1}]},
            [("metrics[1]", "key: there is no 'none'")],
        ),
        (
            "a metric twice",
            {"metrics": [STEPS, STEPS | {"threshold": 2}]},
            [("metrics[1]", "key: 'steps' is there twice")],
        ),
        (
            "all of it at once",
            {"daysOff": [1, 1], "freezes": _freezes(maxCount=1, **half), "frequency": "monthly"},
            [
                ("daysOff", "goes only with the daily frequency"),
                ("daysOff", twice),
                ("freezes", less),
                ("freezes", pair),
            ],
        ),
    )
    for name, body, issues in wrong:
        says = {
            "error": "\n".join(f"{place}: {what}" for place, what in issues),
            "code": "configuration_invalid",
            "issues": [{"place": place, "message": what} for place, what in issues],
        }
        yield Refusal(patch(f"settings: {name}", 422, body, SETTINGS), says)


def of_preferences() -> Iterator[Refusal]:
    yield refusal(patch("preferences: nothing", 400, b"", PREFERENCES), NO_DOCUMENT, "malformed")
    for name, body, error in (
        ("a list", b"[]", "must be an object, not an array"),
        ("null", b"null", "must be an object, not null"),
        ("unknown field", {"streaks": {}}, "unknown field 'streaks'"),
    ):
        yield refusal(patch(f"preferences: {name}", 422, body, PREFERENCES), error, "invalid")
    metrics = "streak.metrics"
    wrong: Sequence[tuple[dict[str, Any], str, str]] = (
        ({"streak": []}, "streak", "must be an object or null, not an array"),
        ({"streak": {"frequency": "weekly"}}, "streak", "unknown field 'frequency'"),
        (
            {"streak": {"enabled": "no"}},
            "streak.enabled",
            "must be true or false or null, not text",
        ),
        (
            {"streak": {"evaluationMode": "ALL"}},
            "streak.evaluationMode",
            "cannot be 'ALL'",
        ),
        ({"streak": {"daysOff": [7]}}, "streak.daysOff[0]", "must be at most 6"),
        ({"streak": {"daysOff": [1, 1]}}, "streak.daysOff", "names a weekday twice"),
        (
            {"streak": {"daysOff": WEEKDAYS}},
            "streak.daysOff",
            "must leave a weekday on which the streak counts",
        ),
        ({"streak": {"metrics": []}}, metrics, at_least_one()),
        ({"streak": {"metrics": [STEPS] * 101}}, metrics, at_most(100)),
        ({"streak": {"metrics": [STEPS, STEPS]}}, f"{metrics}[1].key", "'steps' is there twice"),
        (
            {"streak": {"metrics": [STEPS | {"key": "none"}]}},
            f"{metrics}[0].key",
            "there is no metric 'none'",
        ),
        (
            {"streak": {"metrics": [{"key": "steps"}]}},
            f"{metrics}[0]",
            "missing the field 'threshold'",
        ),
        (
            {"streak": {"metrics": [STEPS | {"threshold": "1"}]}},
            f"{metrics}[0].threshold",
            "must be a number, not text",
        ),
        (
            {"streak": {"metrics": [STEPS | {"threshold": 10**13}]}},
            f"{metrics}[0].threshold",
            "must be a number of magnitude up to 10^12",
        ),
        ({"notifications": "none"}, "notifications", "must be an object or null, not text"),
        ({"notifications": {"digest": []}}, "notifications", "unknown field 'digest'"),
        (
            {"notifications": {"recap": "email"}},
            "notifications.recap",
            "must be an array or null, not text",
        ),
        (
            {"notifications": {"recap": ["email", "sms"]}},
            "notifications.recap[1]",
            "cannot be 'sms'",
        ),
        (
            {"notifications": {"recap": ["push", "push"]}},
            "notifications.recap",
            "names a channel twice",
        ),
        (
            {"notifications": {"recap": ["push", "email", "push"]}},
            "notifications.recap",
            at_most(2),
        ),
        # What is fine beside it is not stored either.
        (
            {"notifications": {"recap": []}, "streak": {"enabled": False, "daysOff": [1, 1]}},
            "streak.daysOff",
            "names a weekday twice",
        ),
    )
    for number, (body, field, what) in enumerate(wrong):
        step = patch(f"preferences {number}: {field}", 422, body, PREFERENCES)
        yield invalid(step, field, what)
