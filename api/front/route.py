"""One operation of the HTTP interface: a method, a path, and what may be sent there."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, Protocol

import msgspec

from api.front.limits import BODY_SIZE_MAX
from api.operations import admin_items
from api.operations.call import Call, NoQuery, Reply

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
BodyKind = Literal["none", "json", "bytes", "stream"]
Operation = Callable[[Call[Any, Any]], Awaitable[Reply]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the HTTP interface."""

    name: str
    """What metrics and logs call it."""
    method: Method
    path: str
    operation: Operation
    query: type[msgspec.Struct] = NoQuery
    body: type | None = None
    """What a JSON body is decoded into."""
    body_kind: BodyKind = "none"
    body_size_max: int = 0
    """Bytes of a body; for one that streams, those held at a time."""
    command: bool = False
    """Whether it changes state: then it is refused while too much waits for the disk."""


def json_body(body: type, size_max: int = BODY_SIZE_MAX) -> dict[str, Any]:
    """Return what a route says of a JSON body that changes something."""
    return {"body": body, "body_kind": "json", "body_size_max": size_max, "command": True}


class _Listed(Protocol):
    """The operations on things of one kind, which the Admin API changes in lists."""

    @property
    def create(self) -> Operation: ...
    @property
    def delete(self) -> Operation: ...
    @property
    def get(self) -> Operation: ...
    @property
    def list_all(self) -> Operation: ...
    @property
    def update(self) -> Operation: ...


def listed(name: str, path: str, operations: _Listed) -> Sequence[Route]:
    """Return the five routes of one kind of things (wire.md 1.2)."""
    items = json_body(admin_items.Items)
    ids, page = admin_items.IdsQuery, admin_items.PageQuery
    one = f"{path}/{{id}}"
    return (
        Route(
            name=f"{name}.create", method="POST", path=path, operation=operations.create, **items
        ),
        Route(
            name=f"{name}.delete",
            method="DELETE",
            path=path,
            operation=operations.delete,
            query=ids,
            command=True,
        ),
        Route(name=f"{name}.get", method="GET", path=one, operation=operations.get),
        Route(
            name=f"{name}.list",
            method="GET",
            path=path,
            operation=operations.list_all,
            query=page,
        ),
        Route(
            name=f"{name}.update", method="PATCH", path=path, operation=operations.update, **items
        ),
    )
