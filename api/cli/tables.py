"""Tables for people: on a terminal in its width, in a pipe as wide as they need to be."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_WIDE = 200


def show(*parts: "RenderableType") -> None:
    """Print tables and text on standard output."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False).print(*parts, sep="\n")
        return
    # Into a file or a pipe nothing is cut off or padded to the width of a terminal.
    console = Console(highlight=False, width=_WIDE)
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    for line in captured.get().splitlines():
        print(line.rstrip())


def table(title: str, *columns: str, numbers: tuple[str, ...] = ()) -> "Table":
    """Return an empty table; the columns in `numbers` are aligned to the right."""
    from rich import box
    from rich.table import Table

    made = Table(title=title or None, title_justify="left", box=box.SIMPLE, title_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in numbers else "left")
    return made


def plain(text: str | None) -> "RenderableType":
    """Return text from outside for a cell: brackets in it are no markup."""
    from rich.text import Text

    return Text(text or "")


def heading(text: str) -> "RenderableType":
    """Return a line that stands above a table."""
    from rich.text import Text

    return Text(text, style="bold")


def quantity(value: float) -> str:
    """Return a number as people read it: `1,234`, `0.5`."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.6f}".rstrip("0")


def period(first: str, last: str) -> str:
    """Return the dates of a period: one, or from and to."""
    return first if first == last else f"{first} – {last}"


def moment(text: str | None) -> str:
    """Return an RFC 3339 instant to the minute."""
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M") if text else ""
