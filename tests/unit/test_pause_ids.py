"""The public id of a pause: a UUID that says whose it is, and nothing else is taken for one."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.identifiers import (
    Ordinal,
    ScopeNumber,
    UserNumber,
    pause_id,
    public_id,
    read_pause_id,
)

scopes = st.integers(0, 2**32 - 1).map(ScopeNumber)
users = st.integers(0, 2**48 - 1).map(UserNumber)
indices = st.integers(0, 2**30 - 1)
EXAMPLE = "00000000-002a-8001-8000-000080000007"
WHOSE = (ScopeNumber(2), UserNumber(42), 7)
SHIFTS = (0, 29, 30, 61, 62, 63, 64, 76, 79, 80, 127)
"""Bits at the edges of the fields, and of what is fixed between them."""


def test_an_id_looks_like_this() -> None:
    assert pause_id(*WHOSE) == EXAMPLE
    assert read_pause_id(EXAMPLE) == WHOSE


@given(scopes, users, indices)
def test_an_id_says_whose_pause_it_is(scope: ScopeNumber, user: UserNumber, index: int) -> None:
    text = pause_id(scope, user, index)
    assert read_pause_id(text) == (scope, user, index)
    assert read_pause_id(text.upper()) == (scope, user, index)
    assert text == str(UUID(text)), "as the standard library writes it"
    # RFC 9562: version 8, of which the variant's two bits and the version's four are not ours.
    assert UUID(text).version == 8
    assert UUID(text).variant == "specified in RFC 4122"


@given(st.tuples(scopes, users, indices), st.tuples(scopes, users, indices))
def test_no_two_pauses_share_an_id(
    one: tuple[ScopeNumber, UserNumber, int], two: tuple[ScopeNumber, UserNumber, int]
) -> None:
    assert (pause_id(*one) == pause_id(*two)) == (one == two)


@given(st.uuids())
def test_another_uuid_is_no_pauses(other: UUID) -> None:
    """Whatever is read as an id is one that would be given."""
    found = read_pause_id(str(other))
    assert found is None or pause_id(*found) == str(other)


@given(scopes, users, indices, st.integers(64, 79) | st.integers(62, 63))
def test_a_fixed_bit_that_is_flipped_is_noticed(
    scope: ScopeNumber, user: UserNumber, index: int, bit: int
) -> None:
    spoilt = UUID(int=UUID(pause_id(scope, user, index)).int ^ 1 << bit)
    assert read_pause_id(str(spoilt)) is None


@pytest.mark.parametrize("bit", SHIFTS)
def test_a_bit_that_is_flipped_names_another_pause_or_none(bit: int) -> None:
    spoilt = str(UUID(int=UUID(EXAMPLE).int ^ 1 << bit))
    assert read_pause_id(spoilt) != WHOSE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "pause",
        # The examples of RFC 9562, one a version; of 8 both.
        "c232ab00-9414-11ec-b3c8-9f6bdeced846",
        "5df41881-3aed-3515-88a7-2f4a814cf09e",
        "919108f7-52d1-4320-9bac-f847db4148a8",
        "2ed6657d-e927-568b-95e1-2665a8aea6a2",
        "1ec9414c-232a-6b00-b3c8-9f6bdeced846",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "2489e9ad-2ee2-8e00-8ec9-32d5f69181c0",
        "5c146b14-3c52-8afd-938a-375d0df1fbf6",
        str(UUID(int=0)),
        str(UUID(int=2**128 - 1)),
        public_id("default", "metric", Ordinal(1)),
        EXAMPLE.replace("-", ""),
        "{" + EXAMPLE + "}",
        "urn:uuid:" + EXAMPLE,
        EXAMPLE + " ",
        " " + EXAMPLE,
        EXAMPLE + "\n",
        EXAMPLE.replace("-", "_"),
        EXAMPLE[:-1],
        EXAMPLE + "0",
        EXAMPLE.replace("7", "\u0667"),  # a digit to `int`, but not the one that is written
        "0" * 40,
    ],
)
def test_no_other_text_is_taken_for_an_id(text: str) -> None:
    assert read_pause_id(text) is None
