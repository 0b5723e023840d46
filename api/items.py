"""One line of newline-delimited JSON as an event: strict, bounded, and every refusal says where.

    {"key": "commits", "user": {"id": "ada", "tz": "Europe/London"}, "value": 1,
     "timestamp": "2026-03-01T09:30:00+00:00", "attributes": {…}, "idempotencyKey": "…"}

The field names are the Admin API's for batch events, with a `timestamp` added (SPEC 9.1). What a
line says of the configuration (is there such a metric, is the attribute declared) is judged by the
engine; here a line only becomes a request, or a refusal.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from api.operations.render import instant_text
from engine.host.requests import EventRequest, UserFields
from engine.model.errors import InvalidInput, LaurelsError, Malformed
from engine.model.identifiers import Instant
from engine.model.limits import EVENT_SIZE_MAX, INSTANT_MAX, INSTANT_MIN, JSON_DEPTH_MAX
from engine.model.numbers import parse_millionths

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PATH = re.compile(r"(?P<what>.*?)(?: - at `(?P<key>key in )?\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKET = re.compile(rb"[\[\]{}]")
_BYTE = re.compile(r"\(byte (\d+)\)$")
_LAST_FIELD = re.compile(rb'"([^"\\]{1,80})"\s*:\s*[-+.0-9eE]*$')
_NOT_JSON = re.compile(rb"-?(?:NaN|[Ii]nf(?:inity)?)")


class Item(NamedTuple):
    """A line that can be an event."""

    line: int
    request: EventRequest
    at: Instant


class Refusal(NamedTuple):
    """A line that cannot; `line` counts from 1."""

    line: int
    error: LaurelsError


_Timestamp = Annotated[datetime, msgspec.Meta(tz=True)]


class _User(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    tz: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    attributes: dict[str, str] | UnsetType = UNSET


class _Line(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    key: str
    user: _User
    value: msgspec.Raw
    timestamp: _Timestamp
    attributes: dict[str, str] = {}
    idempotency_key: str | None = None


class _Stamped(msgspec.Struct):
    timestamp: _Timestamp


_decoder = msgspec.json.Decoder(_Line)
_stamp_decoder = msgspec.json.Decoder(_Stamped)


def read_item(line: int, text: bytes | None, name: str, until: Instant) -> Item | Refusal:
    """Turn a line into an event or say why it is none. Some 4 µs.

    Args:
        line: its number, from 1.
        text: its bytes; None for one longer than `EVENT_SIZE_MAX`.
        name: the import's name: with the line's number it identifies an item without a key.
        until: later timestamps are refused: they would carry the scope's clock into the future.
    """
    try:
        if text is None:
            raise Malformed("", f"the line is longer than {EVENT_SIZE_MAX} bytes")
        decoded = _decode(text)
        at = _instant(decoded.timestamp, "timestamp")
        if at > until:
            what = f"{instant_text(at)} is later than the end of the import, {instant_text(until)}"
            raise InvalidInput("timestamp", what)
        key, user = decoded.idempotency_key, decoded.user
        request = EventRequest(
            decoded.key,
            UserFields(user.id, user.tz, user.name, user.email, user.attributes),
            parse_millionths(bytes(decoded.value).decode()),
            decoded.attributes,
            key,
            f"{name}:{line}" if key is None else None,
        )
    except InvalidInput as error:
        return Refusal(line, error)
    return Item(line, request, at)


def read_instant(text: str, where: str) -> Instant:
    """Read an RFC 3339 timestamp with its offset.

    Raises:
        InvalidInput: it is none, has no offset, or lies before 1970 or after 2100.
    """
    try:
        return _instant(msgspec.convert(text, _Timestamp), where)
    except msgspec.ValidationError as error:
        raise InvalidInput(where, _in_words(str(error))) from error


def peek_instant(text: bytes | None) -> Instant:
    """Return a line's timestamp for sorting, 0 for a line that has none: it will be refused."""
    try:
        return _instant(_stamp_decoder.decode(text or b"").timestamp, "")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, InvalidInput):
        return INSTANT_MIN


def _depth(text: bytes) -> int:
    """Return how deeply a line is nested; within the bound, a number not below that."""
    most = text.count(b"[") + text.count(b"{")
    if most <= JSON_DEPTH_MAX:
        return most
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", text)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _decode(text: bytes) -> _Line:
    if _depth(text) > JSON_DEPTH_MAX:
        raise Malformed("", "is nested too deeply")
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        match = _PATH.fullmatch(str(error))
        assert match is not None, "the pattern takes any text"
        raise InvalidInput(_place(match), _in_words(match["what"])) from error
    except msgspec.DecodeError as error:
        raise _broken(text, str(error)) from error
    except UnicodeDecodeError as error:
        raise Malformed("", f"is not UTF-8 text{_first_bad_byte(text)}") from error
    except RecursionError as error:
        raise Malformed("", "is nested too deeply") from error


def _instant(moment: datetime, where: str) -> Instant:
    at = Instant((moment - _EPOCH) // _MICROSECOND)
    if not INSTANT_MIN <= at <= INSTANT_MAX:
        raise InvalidInput(where, "must lie between 1970 and 2100")
    return at


def _place(match: re.Match[str]) -> str:
    path = (match["path"] or "").replace("[...]", "")
    return f"a key of {path}" if match["key"] else path


def _in_words(what: str) -> str:
    """Say in a person's words what msgspec says in a programmer's."""
    if "timezone component" in what:
        return "has no offset from UTC; write it like 2026-03-01T09:30:00+01:00 or with a Z"
    if "RFC3339" in what:
        return "is not an RFC 3339 timestamp like 2026-03-01T09:30:00+01:00"
    what = what.replace("Object missing required field", "missing the field")
    what = what.replace("Object contains unknown field", "unknown field")
    what = re.sub(r"Expected `([^`]*)`, got `([^`]*)`", _expected, what)
    return what.replace("`", "'")


_KINDS = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "an array",
    "datetime": "an RFC 3339 timestamp",
}


def _expected(match: re.Match[str]) -> str:
    expected = " or ".join(_KINDS.get(kind, kind) for kind in match[1].split(" | "))
    return f"must be {expected}, not {_KINDS.get(match[2], match[2])}"


def _broken(text: bytes, complaint: str) -> Malformed:
    """Say where JSON breaks off: the field, and the column, counted in bytes from 1."""
    found = _BYTE.search(complaint)
    if found is None:
        reason = "the line ends too early" if "truncated" in complaint else complaint
        return Malformed("", f"is not valid JSON: {reason}")
    at = int(found[1])
    field = _LAST_FIELD.search(text, 0, at)
    where = field[1].decode("utf-8", "replace") if field else ""
    # Of -Infinity the decoder takes the sign and stops at the next character.
    number = _NOT_JSON.match(text, max(0, at - 1)) or _NOT_JSON.match(text, at)
    if number is not None:
        shown = number[0].decode()
        return Malformed(where, f"{shown} is no number in JSON (column {number.start() + 1})")
    what = complaint.removeprefix("JSON is malformed: ").removesuffix(found[0]).strip()
    return Malformed(where, f"is not valid JSON: {what} (column {at + 1})")


def _first_bad_byte(text: bytes) -> str:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return f" (byte 0x{text[error.start]:02x} in column {error.start + 1})"
    return ""
