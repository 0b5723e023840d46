"""Groups and filters as queries write them."""

import pytest

from api.operations.render_filters import read_attributes
from engine.configuration.document import read_document
from engine.configuration.plan import Plan
from engine.configuration.resolve import resolve
from engine.model.configuration import EMPTY
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant

ATTRIBUTES = [{"key": key, "name": key} for key in ("city", "plan")]
PLAN = Plan(
    resolve(
        read_document({"attributes": ATTRIBUTES}),
        EMPTY,
        at=Instant(0),
        started=False,
        knows_zone=bool,
    )
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (None, ()),
        ("", ()),
        ("plan:pro", (("plan", "pro"),)),
        ("plan:pro,city:Bonn", (("city", "Bonn"), ("plan", "pro"))),
        ("plan:pro,plan:pro", (("plan", "pro"),)),
        ("plan:", (("plan", ""),)),
        ("plan:a:b", (("plan", "a:b"),)),
        (r"city:Bonn\, am Rhein,plan:pro", (("city", "Bonn, am Rhein"), ("plan", "pro"))),
        (r"city:a\b", (("city", r"a\b"),)),
    ],
)
def test_pairs_are_read(text: str | None, read: tuple[tuple[str, str], ...]) -> None:
    assert read_attributes(text, PLAN) == read


@pytest.mark.parametrize("text", ["plan", "plan:pro,", ",plan:pro", "plan:pro,team", "x:y"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_attributes(text, PLAN)
    assert caught.value.where == "userAttributes"
