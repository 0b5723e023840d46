"""Long questions of the command line, answered from a data directory or by a server's job."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
import typer

from api.cli.client import Client, segment
from api.cli.exit_codes import INTERRUPTED
from api.cli.process import run
from api.cli.terminal import Meter, complain, meter
from api.jobs.tasks import Row, Task, WhatIfTask, perform
from api.jobs.worker import JobFailed
from api.operations.answers_jobs import JobAnswer, JobDetailsAnswer
from api.operations.instants import instant_text
from engine.model.identifiers import Instant
from engine.model.limits import PAGE_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

R = TypeVar("R")
U = TypeVar("U")

_WAIT_S = 2


class Outcome(msgspec.Struct, Generic[R, U]):
    """What came of it: as a job's answer has it."""

    result: R
    users: list[U]
    """Those whom it concerns, as many as were asked for."""


class Place(msgspec.Struct, frozen=True):
    """Where the history is."""

    data: Path
    url: str | None
    key: str | None


class Kind(msgspec.Struct, Generic[R, U], frozen=True):
    """What is asked, and of which form the answer is."""

    path: str
    result: type[R]
    row: type[U]


def carry_out(task: Task, kind: Kind[R, U], place: Place, users_max: int) -> Outcome[R, U]:
    """Do a task here, or have a server do it; show how far it is.

    Args:
        task: what to do.
        kind: of which form its answer is.
        place: where the history is.
        users_max: how many users are wanted.

    Raises:
        LaurelsError: it cannot be done.
    """
    with meter("starting", lambda done, _: f"{done:,}") as shown:
        if place.url is None:
            return _here(task, kind, place.data, users_max, shown)
        with Client(place.url, place.key) as client:
            return _there(task, kind, client, users_max, shown)


def show(outcome: "Outcome[R, U]", parts: "Iterator[RenderableType]", *, as_json: bool) -> None:
    """Print what came of it: as JSON, or else as tables."""
    from api.cli import tables

    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(outcome)).decode())
    else:
        tables.show(*parts)


def _here(task: Task, kind: Kind[R, U], data: Path, users_max: int, shown: Meter) -> Outcome[R, U]:
    users: list[U] = []

    def take(row: Row) -> None:
        if len(users) < users_max:
            assert isinstance(row, kind.row)
            users.append(row)

    def tell(doing: str, done: int, of: int) -> None:
        shown.enter(doing)
        shown.update(done, done, of)

    result = run(partial(perform, data, task, tell, take))
    assert isinstance(result, kind.result)
    return Outcome(result, users)


def _there(
    task: Task, kind: Kind[R, U], client: Client, users_max: int, shown: Meter
) -> Outcome[R, U]:
    query: dict[str, object] = {}
    if isinstance(task, WhatIfTask):
        query = {"from": _text(task.begin), "to": _text(task.end)}
    job = client.ask("POST", kind.path, JobAnswer, query=query, body=task.toml)
    path = f"/admin/v1/jobs/{segment(job.id)}"
    try:
        found = _wait(client, path, users_max, shown)
        users = [msgspec.json.decode(row, type=kind.row) for row in found.users]
        while len(users) < users_max and found.next is not None:
            limit = min(PAGE_MAX, users_max - len(users))
            paged: dict[str, object] = {"limit": limit, "after": found.next}
            found = client.ask("GET", path, JobDetailsAnswer, query=paged)
            users += [msgspec.json.decode(row, type=kind.row) for row in found.users]
    except KeyboardInterrupt:
        client.ask("DELETE", path, JobAnswer)
        complain(f"job {job.id} is cancelled")
        raise typer.Exit(INTERRUPTED) from None
    return Outcome(msgspec.json.decode(found.result, type=kind.result), users[:users_max])


def _wait(client: Client, path: str, users_max: int, shown: Meter) -> JobDetailsAnswer:
    query: dict[str, object] = {"wait": _WAIT_S, "limit": max(1, min(PAGE_MAX, users_max))}
    while True:
        found = client.ask("GET", path, JobDetailsAnswer, query=query)
        match found.state:
            case "done":
                return found
            case "failed":
                raise JobFailed(found.error or "the job failed")
            case "cancelled":
                raise JobFailed("the job was cancelled by somebody else, or the server stopped")
            case "running":
                progress = found.progress
                shown.enter(progress.doing)
                shown.update(progress.done, progress.done, progress.of)


def _text(at: Instant | None) -> str | None:
    return None if at is None else instant_text(at)
