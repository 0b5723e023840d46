"""Numbers: read exactly from their text, whatever the text; written so that they read the same."""

import math
from decimal import Decimal
from fractions import Fraction
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.model.errors import InvalidInput
from engine.model.limits import NUMBER_LENGTH_MAX, TOTAL_MAX, VALUE_MAX
from engine.model.numbers import UNIT, as_text, from_number, parse_millionths

digits = st.text("0123456789", min_size=1, max_size=18)
whole = st.just("0") | digits.map(lambda text: text.lstrip("0") or "0")
exponent = st.integers(-30, 30).flatmap(
    lambda e: st.sampled_from((f"e{e}", f"E{e:+d}", f"e{e:+04d}"))
)
json_numbers = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("", "-")),
    whole,
    st.just("") | digits.map(".{}".format),
    st.just("") | exponent,
)
# Exactly between two millionths, and a hair beside it.
ties = st.builds(
    "{}{}.{:06d}{}".format,
    st.sampled_from(("", "-")),
    st.integers(0, 10**12),
    st.integers(0, UNIT - 1),
    st.sampled_from(("5", "50", "5000000000001", "4999999999999")),
)


@given(json_numbers | ties)
@example("1000000000000.0000004")
@example("-1e12")
@example("0.0000005e0")
@example("-0")
@example("-0.0e-7")
def test_a_json_number_is_rounded_half_even_once(text: str) -> None:
    exact = Fraction(text)
    if abs(exact) > VALUE_MAX // UNIT:
        with pytest.raises(InvalidInput, match=r"^price: must be a number of magnitude up to"):
            parse_millionths(text, "price")
    else:
        assert parse_millionths(text) == round(exact * UNIT)  # of a fraction: half-even
        assert from_number(Decimal(text)) == round(exact * UNIT)


HUGE = "must be a number of magnitude up to 10^12"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("1e999999999", HUGE),
        ("-1e999999999999", HUGE),
        ("1e-999999999", 0),
        ("-1e-999999999999", 0),
        ("0e999999999", 0),
        ("9" * NUMBER_LENGTH_MAX, HUGE),
        ("0." + "4" * (NUMBER_LENGTH_MAX - 2), 444_444),
        ("0." + "5" * (NUMBER_LENGTH_MAX - 2), 555_556),
        ("0.0000005" + "0" * (NUMBER_LENGTH_MAX - 10) + "1", 1),
        ("1" + "0" * 300 + "e-300", UNIT),
        ("0." + "4" * (NUMBER_LENGTH_MAX - 1), "must be a finite JSON number, not 0.4444"),
    ],
)
def test_a_number_of_any_size_costs_nothing(text: str, outcome: int | str) -> None:
    began = perf_counter()
    if isinstance(outcome, str):
        with pytest.raises(InvalidInput) as refusal:
            parse_millionths(text)
        assert str(refusal.value).startswith(f"value: {outcome}")
        assert len(str(refusal.value)) < 100
    else:
        assert parse_millionths(text) == outcome
    assert perf_counter() - began < 0.5  # expanded it would be a gigabyte


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "+1", "--1", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "0x10"),
        *("1_000", " 1", "1 ", "1\n", "1,5", "½", "\u0661", "\uff11", "true", "null"),
        *("NaN", "nan", "sNaN", "Infinity", "-inf", "1e1234567890123"),
    ],
)
def test_what_is_no_json_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="must be a finite JSON number"):
        parse_millionths(text)


@given(st.integers(-TOTAL_MAX, TOTAL_MAX) | st.integers(-3 * UNIT, 3 * UNIT))
def test_text_says_a_quantity_exactly(quantity: int) -> None:
    text = as_text(quantity)  # pyright: ignore[reportArgumentType]
    assert Fraction(text) == Fraction(quantity, UNIT)
    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")
    if abs(quantity) <= VALUE_MAX:
        assert parse_millionths(text) == quantity


@given(st.floats(-1e12, 1e12) | st.floats())
def test_a_float_means_its_shortest_text(number: float) -> None:
    if math.isfinite(number) and abs(number) <= 1e12:
        assert from_number(number) == parse_millionths(repr(number))
    else:
        with pytest.raises(InvalidInput):
            from_number(number)


@given(st.integers(-(10**13), 10**13) | st.integers())
def test_an_integer_is_itself(number: int) -> None:
    if abs(number) <= 10**12:
        assert from_number(number) == number * UNIT
    else:
        with pytest.raises(InvalidInput):
            from_number(number)


@pytest.mark.parametrize("number", [True, False, Decimal("nan"), Decimal("snan"), Decimal("-inf")])
def test_what_is_no_number_is_refused(number: Decimal) -> None:
    with pytest.raises(InvalidInput, match="number, not"):
        from_number(number)
