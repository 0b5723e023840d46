"""`laurels verify`: replay the log from nothing and compare."""

from typing import Annotated

import typer

from api.cli.exit_codes import DAMAGED, FINE
from api.cli.options import DATA_DIRECTORY, DataDirectory

EPILOG = "Example: `laurels verify --data laurels-data --evaluate`"


def verify(
    data: DataDirectory = DATA_DIRECTORY,
    evaluate: Annotated[
        bool,
        typer.Option(
            "--evaluate",
            help="Besides, evaluate every command again by the rules and compare the facts.",
        ),
    ] = False,
) -> None:
    """Check a data directory: every checksum, and that the log replays to what is stored.

    Recovers as a start does, then rebuilds everything from the log's first record by the facts in
    it, makes sure that the rows of every ledger sum up to its total, and compares the digests. Exit
    status 0 if all agree, 6 if not; 9 if another release of the zone data is installed than the
    rules are to be evaluated by.
    """
    from api.cli import tables
    from api.cli.process import run
    from api.cli.terminal import complain, meter
    from engine.host.zones import check_zone_data
    from persistence.verify import verify_directory

    if evaluate:
        check_zone_data()
    with meter("verifying", lambda done, _: f"{done:,} records") as shown:

        def tell(way: str, done: int, total: int) -> None:
            shown.enter(f"verifying by {way}")
            shown.update(done, done, total)

        report = run(lambda: verify_directory(data, evaluate=evaluate, progress=tell))
    numbers = ("Records", "Seconds")
    table = tables.table("", "Scope", "By", "Records", "Seconds", "Digest", numbers=numbers)
    for row in report.rows:
        scope = tables.plain(row.scope)
        table.add_row(scope, row.name, f"{row.records:,}", f"{row.seconds:.2f}", row.digest)
    tables.show(table)
    if report.agree:
        typer.echo("All agree.")
        raise typer.Exit(FINE)
    complain(report.first_difference or "the digests differ")
    raise typer.Exit(DAMAGED)
