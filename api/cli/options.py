"""Options that several commands have, with the same words."""

from pathlib import Path
from typing import Annotated

import typer

DataDirectory = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="LAURELS_DATA",
        metavar="DIR",
        help="The data directory. One process at a time may write to it.",
    ),
]
DATA_DIRECTORY = Path("laurels-data")

ScopeName = Annotated[
    str,
    typer.Option(
        "--scope",
        metavar="NAME",
        help="The scope: users, configuration and boards of their own.",
    ),
]
SCOPE_NAME = "default"

ServerUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="LAURELS_URL",
        metavar="URL",
        help="Ask the server that answers there, instead of opening a data directory.",
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar=["LAURELS_KEY", "LAURELS_ADMIN_KEY"],
        metavar="KEY",
        help="The API key for the server.",
        show_envvar=True,
    ),
]
