"""Finds the facts that an answer names, and of which type each must be.

Whatever an answer names can be asked about at `/v1/explain/{id}`; so every script is followed by a
question about every fact that was named in it.
"""

from collections.abc import Iterator
from typing import Any

from tests.wire.shapes_explained import AWARDED, COMPLETED, COUNTED, FINISHED, LEVEL, MOVED

STREAK = "streak."
"""Rows of the ledgers of periods and freezes are facts of several types."""
ANY = ""
"""An event's id is that of the first fact of its record, whatever that is."""


def facts_named(answer: Any) -> Iterator[tuple[str, str]]:
    """Yield the ids of facts in an answer, each with what its type begins with."""
    match answer:
        case dict():
            yield from _own(answer)
            for value in answer.values():
                yield from facts_named(value)
        case list():
            for item in answer:
                yield from facts_named(item)
        case _:
            pass


def _own(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    match answer:
        case {"factId": str(fact), "type": str(kind)}:
            yield fact, kind
        case {"factId": str(fact), "achievedAt": str()}:
            yield fact, COMPLETED
        case {"factId": str(fact), "newLevel": _}:
            yield fact, LEVEL
        case {"factId": str(fact), "rankBy": _}:
            yield fact, MOVED
        case {"factId": str(fact), "previousPosition": _}:
            yield fact, MOVED
        case {"factId": str(fact), "overAt": _}:
            yield fact, FINISHED
        case {"factId": str(fact), "id": str()}:
            yield fact, COUNTED
        case {"factId": _}:
            raise AssertionError(f"what fact is that? {answer}")
        case {"id": str(fact), "awarded": int(), "total": int()}:
            yield fact, AWARDED
        case {"id": str(fact), "outcome": str()} | {"id": str(fact), "balance": int()}:
            yield fact, STREAK
        case {"rowId": str(fact)}:
            yield fact, STREAK
        case _:
            pass
    match answer:
        case {"completionId": str(fact)}:
            yield fact, COMPLETED
        case {"eventId": str(fact)} | {"metBy": str(fact)}:
            yield fact, ANY
        case {"prerequisites": dict(facts)}:
            yield from ((fact, COMPLETED) for fact in facts.values() if fact is not None)
        case _:
            pass
