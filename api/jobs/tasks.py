"""What a job can be asked to do, and the doing of it, in whatever process."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

import msgspec

from api.operations.answers_jobs import DryRunAnswer, WhatIfAnswer
from api.operations.instants import instant_text
from engine.configuration.document import Document, parse_toml, read_document
from engine.host.comparison import UserDifference
from engine.host.dry_run import UserBackdated
from engine.model.identifiers import Instant
from persistence.directory import open_reader
from persistence.dry_run import dry_run_directory
from persistence.verify import Progress
from persistence.what_if import Question, what_if


class WhatIfTask(msgspec.Struct, frozen=True, tag="what-if"):
    """Run a history again under another configuration."""

    scope: str
    toml: bytes
    """The configuration file."""
    begin: Instant | None = None
    end: Instant | None = None


class DryRunTask(msgspec.Struct, frozen=True, tag="dry-run"):
    """Find out what a configuration would backdate, were it put in force now."""

    scope: str
    toml: bytes
    """The configuration file."""


Task = WhatIfTask | DryRunTask
Result = WhatIfAnswer | DryRunAnswer
Row = UserDifference | UserBackdated
"""What is told of one user."""


async def perform(data: Path, task: Task, tell: Progress, take: Callable[[Row], None]) -> Result:
    """Do what a task asks for.

    Args:
        data: the data directory; its writer may be running.
        task: what to do.
        tell: told how far it is.
        take: gets the users whom it concerns, in order of their making.

    Raises:
        LaurelsError: it cannot be done; see `what_if` and `dry_run_directory`.
    """
    document = read_toml(task.toml)
    opening = partial(open_reader, data)
    match task:
        case WhatIfTask():
            question = Question(document, task.scope, task.begin, task.end)
            answer = await what_if(opening, question, tell, take)
            return WhatIfAnswer(
                scope=task.scope,
                begin=None if answer.begin is None else instant_text(answer.begin),
                end=instant_text(answer.end),
                difference=answer.difference,
            )
        case DryRunTask():
            found = await dry_run_directory(opening, task.scope, document, tell, take)
            return DryRunAnswer(
                scope=task.scope,
                at=instant_text(found.at),
                users=found.dry_run.users,
                achievements=found.dry_run.achievements,
            )
        case _:
            assert_never(task)


def read_toml(text: bytes) -> Document:
    """Read a configuration file.

    Raises:
        ConfigurationInvalid: names every place that can be found wrong without a scope.
    """
    return read_document(parse_toml(text))
