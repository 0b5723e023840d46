"""One line of newline-delimited JSON as an event: strict, bounded, and every refusal says where.

    {"key": "commits", "user": {"id": "ada", "tz": "Europe/London"}, "value": 1,
     "timestamp": "2026-03-01T09:30:00+00:00", "attributes": {…}, "idempotencyKey": "…"}

The field names are the Admin API's for batch events, with a `timestamp` added (SPEC 9.1). What a
line says of the configuration (is there such a metric, is the attribute declared) is judged by the
engine; here a line only becomes a request, or a refusal.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec

from api.json_input import decode_json, in_words
from api.operations.instants import instant_text
from engine.host.requests import EventRequest, UserFields
from engine.model.errors import InvalidInput, LaurelsError, Malformed
from engine.model.identifiers import Instant
from engine.model.limits import EVENT_SIZE_MAX, INSTANT_MAX, INSTANT_MIN
from engine.model.numbers import parse_millionths

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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


class _Line(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    key: str
    user: UserFields
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
        decoded = decode_json(_decoder, text)
        at = _instant(decoded.timestamp, "timestamp")
        if at > until:
            what = f"{instant_text(at)} is later than the end of the import, {instant_text(until)}"
            raise InvalidInput("timestamp", what)
        key = decoded.idempotency_key
        request = EventRequest(
            decoded.key,
            decoded.user,
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
        raise InvalidInput(where, in_words(str(error))) from error


def peek_instant(text: bytes | None) -> Instant:
    """Return a line's timestamp for sorting, 0 for a line that has none: it will be refused."""
    try:
        return _instant(_stamp_decoder.decode(text or b"").timestamp, "")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, InvalidInput):
        return INSTANT_MIN


def _instant(moment: datetime, where: str) -> Instant:
    at = Instant((moment - _EPOCH) // _MICROSECOND)
    if not INSTANT_MIN <= at <= INSTANT_MAX:
        raise InvalidInput(where, "must lie between 1970 and 2100")
    return at
