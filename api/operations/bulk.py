"""Lists of changes: each item a command of its own, applied or refused by itself (wire.md 1.2).

What is refused is told as an issue with the item's index, the others go on. A list that is sent
again under the same `Idempotency-Key` applies only what the first one had not applied.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec

from api.operations.answer import IssueAnswer
from api.operations.call import Call
from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.host.requests import Applied, check_key
from engine.model.errors import InvalidInput, NotFound
from engine.model.limits import ITEMS_MAX

ItemT = TypeVar("ItemT")
QueryT = TypeVar("QueryT")
BodyT = TypeVar("BodyT")
Items = Annotated[list[ItemT], msgspec.Meta(min_length=1, max_length=ITEMS_MAX)]


async def each(
    users: Sequence[str], apply: Callable[[int], Awaitable[Applied]]
) -> tuple[dict[int, Applied], list[IssueAnswer]]:
    """Apply every item; return what came of those applied, by index, and the others' issues."""
    done: dict[int, Applied] = {}
    issues: list[IssueAnswer] = []
    for index, user_id in enumerate(users):
        try:
            done[index] = await apply(index)
        except (InvalidInput, NotFound) as error:
            issues.append(IssueAnswer(message=str(error), user_id=user_id, index=index))
    return done, issues


def created_status(done: dict[int, Applied]) -> HTTPStatus:
    """Return 201 if anything is new: not if all is a repeat or refused (SPEC 4.2)."""
    new = any(not applied.replayed for applied in done.values())
    return HTTPStatus.CREATED if new else HTTPStatus.OK


def item_keys(
    call: Call[QueryT, BodyT], operation: str, items: Sequence[msgspec.Struct]
) -> list[bytes]:
    """Return for each item the hash of its idempotency key; empty ones if none was given.

    An item's own content is part of it: the same key with another list is another request.

    Raises:
        InvalidInput: the key is empty or too long.
    """
    key = call.idempotency_key
    check_key(key)
    if key is None:
        return [b""] * len(items)
    return [
        call.scope.operation_key(operation, key, f"{index}\0{msgspec.json.encode(item).decode()}")
        for index, item in enumerate(items)
    ]


def facts_of(applied: Applied, log: LogReader) -> Sequence[object]:
    """Return what an item caused, also when an earlier copy of it did."""
    if not applied.replayed:
        return applied.facts
    rows = log.read_record(applied.seq)
    assert rows is not None, "a known key's record is in the log"
    return decode_stored(applied.seq, *rows).record.facts
