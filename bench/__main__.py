"""Measures Laurels on this machine: `python -m bench`, or `make bench`."""

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from api.cli.process import tune
from bench import in_process


def main() -> None:
    """Run the scenario and print its figures; with `--json`, write them to a file as well."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=in_process.__doc__)
    parser.add_argument("--events", type=int, default=50_000, help="events a run (50,000)")
    parser.add_argument("--users", type=int, default=5_000, help="people who send them (5,000)")
    parser.add_argument("--repeats", type=int, default=3, help="runs; medians are shown (3)")
    parser.add_argument("--directory", type=Path, default=Path(), help="on the disk to measure")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    tune()
    console = Console()
    errors = Console(stderr=True)
    figures = in_process.run(
        options.events, options.users, options.repeats, options.directory, errors.print
    )
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": str(len(os.sched_getaffinity(0))),
        **{name: version(name) for name in ("trio", "msgspec", "lmdb", "sortedcontainers")},
    }
    table = Table("figure", "median", title=f"in-process, {options.events:,} events")
    for figure in figures:
        table.add_row(figure.name, f"{figure.value:,.1f} {figure.unit}")
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
    if options.json is not None:
        content = {"machine": machine, "options": vars(options), "figures": figures}
        options.json.write_bytes(msgspec.json.encode(content, enc_hook=str))


if __name__ == "__main__":
    sys.exit(main())
