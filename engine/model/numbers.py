"""Exact numbers: metric quantities are integers in millionths (SPEC 4.1).

A JSON number is read from its text, so that 0.1 is a tenth and nothing passes through a double
on its way in. Its exponent is looked at before anything is expanded: 1e999999999 costs nothing.
"""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from engine.model.errors import InvalidInput
from engine.model.identifiers import Millionths
from engine.model.limits import NUMBER_LENGTH_MAX, VALUE_MAX

UNIT = 10**6
_SIX_PLACES = Decimal("0.000001")
_CONTEXT = Context(prec=NUMBER_LENGTH_MAX + 32, rounding=ROUND_HALF_EVEN)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,12})?")
_LARGEST = Decimal(VALUE_MAX // UNIT)
_PLAIN_DIGITS = 12  # fewer digits than 10**12 has: no check is needed


def parse_millionths(text: str, where: str = "value") -> Millionths:
    """Read a JSON number's text as millionths, rounded half-even to six places.

    Args:
        text: the number as it stands in the document.
        where: the field's name, for the error.

    Raises:
        InvalidInput: not a finite number, or its magnitude exceeds 10**12.
    """
    if text.isascii() and text.isdigit() and len(text) <= _PLAIN_DIGITS and text[0] != "0":
        return Millionths(int(text) * UNIT)
    if len(text) > NUMBER_LENGTH_MAX or _JSON_NUMBER.fullmatch(text) is None:
        shown = text if len(text) <= 40 else text[:37] + "…"
        raise InvalidInput(where, f"must be a finite JSON number, not {shown}")
    return from_decimal(Decimal(text), where)


def from_decimal(number: Decimal, where: str = "value") -> Millionths:
    """Round a decimal half-even to millionths.

    Raises:
        InvalidInput: not finite, or its magnitude exceeds 10**12.
    """
    if not number.is_finite():
        raise InvalidInput(where, f"must be a finite number, not {number}")
    if number.copy_abs() > _LARGEST:
        raise InvalidInput(where, "must be a number of magnitude up to 10^12")
    try:
        millionths = int(number.quantize(_SIX_PLACES, context=_CONTEXT).scaleb(6, _CONTEXT))
    except InvalidOperation as error:
        raise InvalidInput(where, "has too many digits") from error
    return Millionths(millionths)


def from_number(number: float | Decimal, where: str = "value") -> Millionths:
    """Read a Python number as millionths; a float means its shortest text (0.1 is a tenth).

    Raises:
        InvalidInput: not a number, not finite, or its magnitude exceeds 10**12.
    """
    match number:
        case bool():
            raise InvalidInput(where, f"must be a number, not {str(number).lower()}")
        case int():
            if abs(number) > VALUE_MAX // UNIT:
                raise InvalidInput(where, "must be a number of magnitude up to 10^12")
            return Millionths(number * UNIT)
        case float():
            return from_decimal(Decimal(repr(number)), where)
        case Decimal():
            return from_decimal(number, where)


def as_double(quantity: Millionths) -> float:
    """Return a quantity as the wire shows it: the nearest double."""
    return quantity / UNIT


def as_text(quantity: Millionths) -> str:
    """Return a quantity exactly, without trailing zeros: `12`, `-0.5`."""
    whole, part = divmod(abs(quantity), UNIT)
    sign = "-" if quantity < 0 else ""
    return f"{sign}{whole}" + (f".{part:06d}".rstrip("0") if part else "")
