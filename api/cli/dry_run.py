"""`laurels dry-run`: what putting a configuration in force now would backdate."""

from typing import TYPE_CHECKING

from api.cli.options import (
    DATA_DIRECTORY,
    SCOPE_NAME,
    ApiKey,
    DataDirectory,
    ScopeName,
    ServerUrl,
)
from api.cli.what_if import AsJson, NewConfiguration, Users, read_other

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from api.operations.answers_jobs import DryRunAnswer
    from engine.host.dry_run import UserBackdated

EPILOG = "Example: `laurels dry-run new.toml --users 100`"


def dry_run(
    config: NewConfiguration,
    *,
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    users: Users = 10,
    as_json: AsJson = False,
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Show what putting a configuration in force now would give people for their past.

    An achievement that becomes active, or is changed while it is, completes for everybody who
    already qualifies. Shown is how many that would be, and who.

    The data directory is only read; a server may be running on it. With --url the server runs it as
    a job, in a process beside it.
    """
    from api.cli import jobs
    from api.jobs.tasks import DryRunTask
    from api.operations.answers_jobs import DryRunAnswer
    from engine.host.dry_run import UserBackdated

    task = DryRunTask(scope, read_other(config))
    kind = jobs.Kind("/admin/v1/dry-run", DryRunAnswer, UserBackdated)
    outcome = jobs.carry_out(task, kind, jobs.Place(data, url, api_key), users)
    jobs.show(outcome, _parts(outcome.result, outcome.users), as_json=as_json)


def _parts(found: "DryRunAnswer", users: "Sequence[UserBackdated]") -> "Iterator[RenderableType]":
    from api.cli import tables

    yield f"Scope {found.scope}, were the configuration put in force at {found.at}."
    if not found.achievements:
        yield "Nothing would be backdated: no achievement becomes active or changes."
        return
    table = tables.table("Backdated", "Achievement", "Name", "Users", numbers=("Users",))
    for row in found.achievements:
        table.add_row(row.key, tables.plain(row.name), f"{row.users:,}")
    yield table
    if users:
        title = f"Users: {len(users):,} of {found.users:,}"
        table = tables.table(title, "User", "Would get")
        for user in users:
            table.add_row(tables.plain(user.user_id), ", ".join(user.achievements))
        yield table
