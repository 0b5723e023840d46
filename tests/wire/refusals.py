"""Every kind of request that must be refused, and in which words.

A refusal says whose fault it is and where: a client's programmer reads it, and nobody else.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.wire.script import BOARD, CONFIGURATION, IMPORT, Step, get, post
from tests.wire.server import EVENT, KEY, event


class Refusal(NamedTuple):
    """A request that must be refused, and the words and headers of its answer."""

    step: Step
    says: Mapping[str, object]
    headers: Mapping[str, str] = MappingProxyType({})


def _refusals() -> Iterator[Refusal]:
    yield from _of_keys_and_paths()
    yield from _of_queries()
    yield from _of_bodies()
    yield from _of_values()
    yield from _of_users()


def refusal(step: Step, error: str, code: str, field: str | None = None, **headers: str) -> Refusal:
    says = {"error": error, "code": code} | ({} if field is None else {"field": field})
    return Refusal(step, says, {k.replace("_", "-"): v for k, v in headers.items()})


def invalid(step: Step, field: str, what: str) -> Refusal:
    return refusal(step, f"{field}: {what}", "invalid", field)


def _of_keys_and_paths() -> Iterator[Refusal]:
    ada = "/v1/users/ada"
    missing = "send an API key in the header X-API-KEY"
    unknown = "the API key in the header X-API-KEY is not known"
    asks = {"www_authenticate": "ApiKey"}
    yield refusal(get("no key", ada, 401, key=None), missing, "unauthorized", **asks)
    yield refusal(get("wrong key", ada, 401, key=KEY + "x"), unknown, "unauthorized", **asks)
    yield refusal(
        post("event without a key", 401, event(), key=None), missing, "unauthorized", **asks
    )
    yield invalid(
        get("tenant", ada, 422, headers={"Tenant-ID": "acme"}),
        "Tenant-ID",
        "there is no tenant 'acme'",
    )
    for path in ("/nowhere", "/v1/users/", "/v1//ada", "/v1/users/ada/"):
        yield refusal(
            get(f"no such path {path}", path, 404), f"there is nothing at {path}", "no_route"
        )
    for name, path in (("user", ""), ("streak", "/streak"), ("points", "/points/xp")):
        yield refusal(
            get(f"{name} of nobody", f"/v1/users/nobody{path}", 404),
            "there is no user 'nobody'",
            "not_found",
        )
    yield refusal(
        Step("change of nobody", 404, "PATCH", "/v1/users/nobody", {}),
        "there is no user 'nobody'",
        "not_found",
    )
    yield refusal(
        get("no such board", "/v1/leaderboards/none", 404),
        "there is no active board 'none' (boards: rich, walk)",
        "not_found",
    )
    yield refusal(
        get("no such metric", f"{ada}/metrics/none", 404), "there is no metric 'none'", "not_found"
    )
    yield refusal(
        get("no such system", f"{ada}/points/none", 404),
        "there is no points system 'none'",
        "not_found",
    )
    yield refusal(
        Step("no such method", 405, "DELETE", ada),
        "DELETE is not possible here; use GET or PATCH or PUT or HEAD",
        "method_not_allowed",
        allow="GET, PATCH, PUT, HEAD",
    )
    yield refusal(
        get("reading an event", EVENT, 405),
        "GET is not possible here; use POST",
        "method_not_allowed",
        allow="POST",
    )
    yield refusal(
        get("path that is no text", "/v1/users/%ff", 400),
        "path: %ff is not UTF-8 text",
        "malformed",
        "path",
    )


def _of_queries() -> Iterator[Refusal]:
    yield refusal(
        get("unknown parameter", "/v1/users/ada?x=1", 422), "unknown field 'x'", "invalid"
    )
    yield invalid(
        get("repeated parameter", f"{BOARD}?limit=1&limit=1", 422),
        "limit",
        "is there more than once",
    )
    yield invalid(
        get("limit of words", f"{BOARD}?limit=ten", 422),
        "limit",
        "must be a whole number, not text",
    )
    yield invalid(
        get("offset before the first", f"{BOARD}?offset=-1", 422),
        "offset",
        "must not be negative, unless it is counted from a user",
    )
    yield invalid(
        get("run of a perpetual board", f"{BOARD}?run=2024-10-04", 422),
        "run",
        "the board is perpetual: it has no runs",
    )
    yield invalid(
        get("group of an undivided board", f"{BOARD}?userAttributes=plan:pro", 422),
        "userAttributes",
        "the board has no breakdown attributes",
    )
    yield refusal(
        get("query that is no text", f"{BOARD}?userId=%ff", 400),
        "query: is not UTF-8 text, or has too many parameters",
        "malformed",
        "query",
    )


def _of_bodies() -> Iterator[Refusal]:
    yield refusal(
        post("half a document", 400, b'{"user":'),
        "is not valid JSON: it ends too early",
        "malformed",
    )
    yield refusal(
        post("no document", 400, b""), "is not valid JSON: it ends too early", "malformed"
    )
    yield refusal(
        post("nested deeply", 400, b'{"user":' + b"[" * 40 + b"]" * 40 + b"}"),
        "is nested too deeply",
        "malformed",
    )
    yield refusal(post("a list", 422, b"[]"), "must be an object, not an array", "invalid")
    yield refusal(post("no user", 422, {"value": 1}), "missing the field 'user'", "invalid")
    yield refusal(
        post("unknown field", 422, event() | {"points": 5}), "unknown field 'points'", "invalid"
    )
    yield refusal(
        post("unknown field of a user", 422, event(age=5)),
        "user: unknown field 'age'",
        "invalid",
        "user",
    )
    yield refusal(
        post("too large", 413, b" " * 16_385), "the body is larger than 16,384 bytes", "bad_request"
    )
    yield refusal(
        get("body of a read", "/v1/users/ada", 400, body=b"{}"),
        "this request takes no body",
        "bad_request",
    )
    what = (
        "is not valid TOML: Expected ']]' at the end of an array declaration (at line 1, column 10)"
    )
    broken = Step("configuration that is no TOML", 422, "PUT", CONFIGURATION, b"[[metrics\n")
    yield Refusal(
        broken,
        {
            "error": f"file: {what}",
            "code": "configuration_invalid",
            "issues": [{"place": "file", "message": what}],
        },
    )
    yield invalid(
        post("import of unknown results", 422, b"", f"{IMPORT}?results=some"),
        "results",
        "cannot be 'some'",
    )


def _of_values() -> Iterator[Refusal]:
    for text, what in (
        ('"much"', 'must be a finite JSON number, not "much"'),
        ("null", "must be a finite JSON number, not null"),
        ("true", "must be a finite JSON number, not true"),
        ("1e400", "must be a number of magnitude up to 10^12"),
        ("1e999999999", "must be a number of magnitude up to 10^12"),
        ("-1000000000000.1", "must be a number of magnitude up to 10^12"),
    ):
        body = f'{{"user": {{"id": "ada"}}, "value": {text}}}'.encode()
        yield invalid(post(f"value {text}", 422, body), "value", what)
    infinite = b'{"user": {"id": "ada"}, "value": Infinity}'
    yield refusal(
        post("value Infinity", 400, infinite),
        "value: Infinity is no number in JSON (column 34)",
        "malformed",
        "value",
    )
    yield invalid(
        post("no such metric to count", 422, event(), "/v1/metrics/none/event"),
        "key",
        "there is no metric 'none'",
    )
    yield invalid(
        post("undeclared attribute of an event", 422, event() | {"attributes": {"plan": "x"}}),
        "attributes",
        "undeclared event attribute 'plan'; declare it first",
    )
    for name, key in (("empty", ""), ("too long", "k" * 256)):
        yield invalid(
            post(f"idempotency key {name}", 422, event(), headers={"Idempotency-Key": key}),
            "idempotencyKey",
            "must have 1 to 255 characters",
        )


def _of_users() -> Iterator[Refusal]:
    changes: Sequence[tuple[str, dict[str, Any], str, str]] = (
        ("zone", {"tz": "Mars/Base"}, "tz", "unknown time zone 'Mars/Base'; use an IANA name"),
        ("empty zone", {"tz": ""}, "tz", "must be an IANA time zone or null, not empty"),
        (
            "undeclared attribute",
            {"attributes": {"via": "x"}},
            "attributes",
            "undeclared user attribute 'via'; declare it first",
        ),
        ("no attributes", {"attributes": None}, "attributes", "must be an object, not null"),
        (
            "sign-up to come",
            {"signUpDate": "2024-10-06"},
            "signUpDate",
            "lies after the user's today",
        ),
        ("long name", {"name": "n" * 256}, "name", "is longer than 255 characters"),
        ("number for a name", {"name": 5}, "name", "must be text or null, not a number"),
    )
    for name, fields, where, what in changes:
        change = Step(f"{name} of a known user", 422, "PATCH", "/v1/users/ada", fields)
        yield invalid(change, where, what)
        yield invalid(post(f"{name} in an event", 422, event(**fields)), f"user.{where}", what)
    for user_id, what in (
        ("", "must have 1 to 255 characters"),
        ("u" * 256, "must have 1 to 255 characters"),
        ("a/b", "must not contain '/' or control characters"),
        ("a\nb", "must not contain '/' or control characters"),
    ):
        name = f"id {user_id[:5]!r}"
        yield invalid(post(f"event of {name}", 422, event(user_id)), "user.id", what)
        yield invalid(post(f"user of {name}", 422, {"id": user_id}, "/v1/users"), "id", what)


REFUSALS: Sequence[Refusal] = tuple(_refusals())
