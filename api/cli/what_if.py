"""`laurels what-if`: the recorded history once more under another configuration."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import (
    DATA_DIRECTORY,
    SCOPE_NAME,
    ApiKey,
    DataDirectory,
    ScopeName,
    ServerUrl,
)

EPILOG = (
    "Example: `laurels what-if harder.toml --from 2026-03-01`\n\n"
    "Example: `laurels what-if harder.toml --json --users 1000000 > difference.json`"
)

NewConfiguration = Annotated[
    Path, typer.Argument(metavar="NEW.toml", help="The other configuration.")
]
Users = Annotated[int, typer.Option("--users", min=0, help="How many of the users to show.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def what_if(
    config: NewConfiguration,
    *,
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    begin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="INSTANT|DATE",
            help="From when on the other configuration would have been in force; what was "
            "recorded up to then counts as it is. Default: from the beginning on.",
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="INSTANT|DATE",
            help="Until when; a date is included. Default: up to the scope's clock.",
        ),
    ] = None,
    users: Users = 10,
    as_json: AsJson = False,
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Show what another configuration would have made of the recorded history.

    Every event and every other command of the history is evaluated once more by the rules, under
    the other configuration alone, and everybody is brought up to the same instant. Shown is how
    many completions, points and levels there would be, the top of each board, and who differs.
    Commands that the other configuration cannot take, since their metric is not in it or the rules
    refuse them, are left out and counted. Dates are days of UTC.

    The data directory is only read; a server may be running on it. With --url the server runs it as
    a job, in a process beside it.
    """
    from api.cli import jobs
    from api.cli.show_difference import parts
    from api.jobs.tasks import WhatIfTask
    from api.moments import read_moment
    from api.operations.answers_jobs import WhatIfAnswer
    from engine.host.comparison import UserDifference

    task = WhatIfTask(
        scope,
        read_other(config),
        read_moment(begin, "--from"),
        read_moment(end, "--to", ends=True),
    )
    kind = jobs.Kind("/admin/v1/what-if", WhatIfAnswer, UserDifference)
    outcome = jobs.carry_out(task, kind, jobs.Place(data, url, api_key), users)
    jobs.show(outcome, parts(outcome.result, outcome.users), as_json=as_json)


def read_other(config: Path) -> bytes:
    """Return the text of a configuration file that is not to be put in force.

    Raises:
        ConfigurationInvalid: names every place that can be found wrong without a scope.
    """
    from api.jobs.tasks import read_toml
    from engine.model.limits import CONFIGURATION_SIZE_MAX

    with config.open("rb") as file:
        text = file.read(CONFIGURATION_SIZE_MAX + 1)
    read_toml(text)
    return text
