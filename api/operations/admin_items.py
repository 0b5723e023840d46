"""Lists of items as the Admin API takes them, and what comes of each.

A body is a bare array. Each item is read by itself: what is wrong with it is told as an issue with
its index, and its id where it has one, and the others go on. Only a body that is no list, or has
too few or too many items, is refused as a whole.

The items of a list that change the configuration make one version of it (`edit_each`); what they
say by ids is put into a document's words by `api.operations.ids`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import UNSET

from api.json_input import decode_json, misfit
from api.operations.answer import Answer, DeletedAnswer, IssueAnswer
from api.operations.answers_configuration import (
    CreatedAnswer,
    DeletedThingsAnswer,
    UpdatedAnswer,
)
from api.operations.call import Call, NoQuery, Reply
from api.operations.ids import Fields, Ids, convert
from engine.configuration.edit import Draft
from engine.configuration.resolver import named_by_id
from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.host.requests import check_key
from engine.host.scope import MadeByKey, Scope
from engine.model.commands import ApplyConfiguration
from engine.model.configuration import Configuration
from engine.model.errors import InvalidInput, Malformed, NotFound
from engine.model.identifiers import Instant, Ordinal, Seq
from engine.model.limits import ITEMS_MAX

Items = list[msgspec.Raw]
"""A body: items that are still to be read."""

Item = Fields | InvalidInput
"""An item that was read, or why it could not be."""

REFUSALS = (InvalidInput, NotFound, msgspec.ValidationError)
"""What refuses an item and lets the others go on."""

T = TypeVar("T")
R = TypeVar("R")

_decoder = msgspec.json.Decoder(object)


class Made(msgspec.Struct, Generic[T], frozen=True):
    """What came of a list of new things, by index."""

    things: dict[int, T]
    repeats: dict[int, Seq]
    """Those that were made before, and the records that made them."""
    issues: list[IssueAnswer]

    @property
    def is_new(self) -> bool:
        """Whether anything is made only now."""
        return len(self.things) > len(self.repeats)


class IdsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which things are meant."""

    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=ITEMS_MAX)]

    def items(self) -> dict[int, Item]:
        """Return them as items of a list."""
        return {index: {"id": id_} for index, id_ in enumerate(self.ids)}


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a list is wanted."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0

    def of(self, things: Sequence[T]) -> Sequence[T]:
        """Return it."""
        return things[self.skip : self.skip + self.limit]


def read_items(items: Items) -> dict[int, Item]:
    """Read the items of a list, by index; those that cannot be are what is wrong with them.

    Raises:
        InvalidInput: there are none, or too many.
        Malformed: one of them is no JSON.
    """
    if not 0 < len(items) <= ITEMS_MAX:
        raise InvalidInput("", f"must have 1 to {ITEMS_MAX} items")
    return {index: _read(item) for index, item in enumerate(items)}


def each(
    items: Mapping[int, Item], apply: Callable[[Fields], R]
) -> tuple[dict[int, R], list[IssueAnswer]]:
    """Apply every item; return what came of those applied, by index, and the others' issues."""
    done: dict[int, R] = {}
    issues: list[IssueAnswer] = []
    for index, item in items.items():
        try:
            done[index] = apply(fields_of(item))
        except REFUSALS as error:
            issues.append(issue_of(error, index, item))
    return done, issues


async def edit_each(
    scope: Scope, items: Mapping[int, Item], apply: Callable[[Draft, Ids, Fields], R]
) -> tuple[dict[int, R], list[IssueAnswer]]:
    """Apply every item to the configuration, in one version; return as `each` does."""

    def edit(
        before: Configuration, at: Instant
    ) -> tuple[Configuration, tuple[dict[int, R], list[IssueAnswer]]]:
        draft = Draft(before, at)
        ids = Ids(scope.state.name, draft)
        told = each(items, lambda fields: apply(draft, ids, fields))
        return draft.finish(), told

    return await scope.edit_configuration(edit)


async def create_each(
    call: Call[NoQuery, Items],
    operation: str,
    items: Mapping[int, Item],
    make: Callable[[Draft, Ids, Fields], Ordinal],
    find: Callable[[Configuration, Ordinal], T],
) -> Made[T]:
    """Make what items say, in one version of the configuration.

    An item that was made before under the request's idempotency key is not made again: it is found
    in the version that made it.

    Args:
        call: the request.
        operation: its name, as part of the keys.
        items: what is to be made.
        make: makes one.
        find: finds one in a version.
    """
    scope, log = call.scope, call.engine.log
    keys = item_keys(call, operation, items)

    def edit(before: Configuration, at: Instant) -> tuple[Configuration, Made[Ordinal]]:
        draft = Draft(before, at)
        ids = Ids(scope.state.name, draft)
        known = {i: seq for i, key in keys.items() if (seq := scope.used_key(key)) is not None}
        fresh = {index: item for index, item in items.items() if index not in known}
        made, issues = each(fresh, lambda fields: make(draft, ids, fields))
        return draft.finish(), Made(made, known, issues)

    def by_key(told: Made[Ordinal]) -> MadeByKey:
        return tuple((keys[i], ordinal) for i, ordinal in told.things.items() if i in keys)

    told = await scope.edit_configuration(edit, by_key)
    now = scope.configuration
    things = {index: find(now, ordinal) for index, ordinal in told.things.items()}
    for index, seq in told.repeats.items():
        version = version_of(log, seq)
        things[index] = find(version.configuration, dict(version.keys)[keys[index]])
    in_order = {index: things[index] for index in sorted(things)}
    return Made(in_order, told.repeats, told.issues)


def item_keys(
    call: Call[NoQuery, Items], operation: str, items: Mapping[int, Item]
) -> dict[int, bytes]:
    """Return for each item that could be read the hash of its idempotency key, if one was given.

    An item's own content is part of it: the same key with another list is another request.

    Raises:
        InvalidInput: the key is empty or too long.
    """
    check_key(call.idempotency_key)
    if call.idempotency_key is None:
        return {}
    return {
        index: call.scope.operation_key(operation, call.idempotency_key, f"{index}\0{_text(item)}")
        for index, item in items.items()
        if isinstance(item, dict)
    }


def _text(fields: Fields) -> str:
    return msgspec.json.encode(fields, order="sorted").decode()


def version_of(log: LogReader, seq: Seq) -> ApplyConfiguration:
    """Return the version that a record put in force: the one that a known key led to."""
    rows = log.read_record(seq)
    assert rows is not None, "a known key's record is in the log"
    command = decode_stored(seq, *rows).record.command
    assert isinstance(command, ApplyConfiguration), "the key is of something configured"
    return command


def issue_of(error: Exception, index: int, item: Item) -> IssueAnswer:
    """Return the issue that tells why an item was not applied."""
    if isinstance(error, msgspec.ValidationError):
        what = misfit(error)
        error = InvalidInput(named_by_id(what.where), what.what)
    fields = item if isinstance(item, dict) else {}
    id_, user_id = fields.get("id"), fields.get("userId")
    return IssueAnswer(
        message=str(error),
        index=index,
        id=id_ if isinstance(id_, str) else UNSET,
        user_id=user_id if isinstance(user_id, str) else UNSET,
    )


def created(answers: Sequence[Answer], issues: list[IssueAnswer], *, new: bool = True) -> Reply:
    """Return the answer to a list of new things: 201 if there is one, and it is not a repeat."""
    status = HTTPStatus.CREATED if answers and new else HTTPStatus.OK
    return Reply(status, CreatedAnswer(created=answers, issues=issues))


def updated(answers: Sequence[Answer], issues: list[IssueAnswer]) -> Reply:
    """Return the answer to a list of changes."""
    return Reply(HTTPStatus.OK, UpdatedAnswer(updated=answers, issues=issues))


def deleted(ids: Sequence[str], done: Iterable[int], issues: list[IssueAnswer]) -> Reply:
    """Return the answer to a list of ids of what is to be deleted; `done` are indices of it."""
    answers = [DeletedAnswer(id=ids[index]) for index in done]
    return Reply(HTTPStatus.OK, DeletedThingsAnswer(deleted=answers, issues=issues))


def _read(item: msgspec.Raw) -> Item:
    try:
        return convert(decode_json(_decoder, bytes(item)), dict[str, Any], "")
    except Malformed:
        raise
    except InvalidInput as error:
        return error


def fields_of(item: Item) -> Fields:
    """Return what an item says.

    Raises:
        InvalidInput: it could not be read.
    """
    if isinstance(item, InvalidInput):
        raise item
    return item
