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
