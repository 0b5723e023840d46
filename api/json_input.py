"""JSON from outside: bounded, decoded into a type, and every refusal says what and where.

The decoder's own complaints are a programmer's (`Expected `str`, got `int` - at `$.user.id``);
here they become a sentence with the field's place. What the decoder does not take for an error of
its own (deep nesting, text that is not UTF-8) is refused here as well (RELIABILITY 1.7).
"""

import re
from typing import TypeVar

import msgspec

from engine.model.errors import InvalidInput, Malformed
from engine.model.limits import JSON_DEPTH_MAX

T = TypeVar("T")

_PATH = re.compile(r"(?P<what>.*?)(?: - at `(?P<key>key in )?\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
# Strings are passed over whole, also one that never ends: in linear time, whatever the text.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)$")
_LAST_FIELD = re.compile(rb'"([^"\\]{1,80})"\s*:\s*[-+.0-9eE]*$')
_NOT_JSON = re.compile(rb"-?(?:NaN|[Ii]nf(?:inity)?)")


def decode_json(decoder: msgspec.json.Decoder[T], text: bytes) -> T:
    """Decode a document.

    Raises:
        Malformed: it is no JSON; says where it breaks off.
        InvalidInput: it is not of the decoder's type; names the field.
    """
    # Quick for what is small: as many brackets as may be nested cannot be nested too deeply.
    if text.count(b"[") + text.count(b"{") > JSON_DEPTH_MAX and _depth(text) > JSON_DEPTH_MAX:
        raise Malformed("", "is nested too deeply")
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise misfit(error) from error
    except msgspec.DecodeError as error:
        raise _broken(text, str(error)) from error
    except UnicodeDecodeError as error:
        raise Malformed("", f"is not UTF-8 text{_first_bad_byte(text)}") from error
    except RecursionError as error:
        raise Malformed("", "is nested too deeply") from error


def misfit(error: msgspec.ValidationError) -> InvalidInput:
    """Say in a person's words what a value does not fit."""
    match = _PATH.fullmatch(str(error))
    assert match is not None, "the pattern takes any text"
    return InvalidInput(_place(match), in_words(match["what"]))


def in_words(what: str) -> str:
    """Say in a person's words what msgspec says in a programmer's."""
    if "timezone component" in what:
        return "has no offset from UTC; write it like 2026-03-01T09:30:00+01:00 or with a Z"
    if "encoded datetime" in what:
        return "is not an RFC 3339 timestamp like 2026-03-01T09:30:00+01:00"
    if "encoded date" in what:
        return "is not a date like 2026-03-01"
    if "matching regex '^([01][0-9]" in what:
        return "is not a time of day like 09:30"
    what = what.replace("Object missing required field", "missing the field")
    what = what.replace("Object contains unknown field", "unknown field")
    what = re.sub(r"Expected `(array|int|float|str)` (?:of length )?([<>]=?) (\S+)", _bounded, what)
    what = re.sub(r"Expected `str` matching regex '(.*)'", r"must match \1", what)
    what = re.sub(r"Invalid enum value (.*)", r"cannot be \1", what)
    what = re.sub(r"Expected `([^`]*)`, got `([^`]*)`", _expected, what)
    return what.replace("`", "'")


def _depth(text: bytes) -> int:
    """Return how deeply a document is nested."""
    depth = deepest = 0
    for found in _STRING_OR_BRACKET.findall(text):
        if found in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif found in (b"]", b"}"):
            depth -= 1
    return deepest


def _place(match: re.Match[str]) -> str:
    path = (match["path"] or "").replace("[...]", "")
    return f"a key of {path}" if match["key"] else path


_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "an array",
    "datetime": "an RFC 3339 timestamp",
    "date": "a date like 2026-03-01",
}


_GOT = {"int": "a number", "float": "a number with a fraction"}
_UNITS = {"array": "item", "str": "character"}


def _bounded(match: re.Match[str]) -> str:
    kind, how, bound = match.groups()
    at = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}[how]
    unit = _UNITS.get(kind)
    if unit is None:
        return f"must be {at} {bound}"
    return f"must have {at} {bound} {unit}{'' if bound == '1' else 's'}"


def _expected(match: re.Match[str]) -> str:
    expected = " or ".join(_KINDS.get(kind, kind) for kind in match[1].split(" | "))
    got = _GOT.get(match[2]) or _KINDS.get(match[2], match[2])
    return f"must be {expected}, not {got}"


def _broken(text: bytes, complaint: str) -> Malformed:
    """Say where JSON breaks off: the field, and the column, counted in bytes from 1."""
    found = _BYTE.search(complaint)
    if found is None:
        reason = "it ends too early" if "truncated" in complaint else complaint
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
