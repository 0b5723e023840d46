"""Figures of several runs: medians, spreads, the table that shows them, and what is too much."""

from collections.abc import Sequence

import msgspec
from rich.table import Table

from bench.in_process import Figure
from bench.open_loop import DELAY_MAX_MS
from bench.over_http import Spread, spread


class Measured(msgspec.Struct, frozen=True):
    """A figure over all runs."""

    part: str
    name: str
    unit: str
    spread: Spread


def summarize(part: str, runs: Sequence[Sequence[Figure]]) -> list[Measured]:
    """Return each figure of a part over all runs."""
    values: dict[tuple[str, str], list[float]] = {}
    for figures in runs:
        for figure in figures:
            values.setdefault((figure.name, figure.unit), []).append(figure.value)
    return [Measured(part, name, unit, spread(of)) for (name, unit), of in values.items()]


def table_of(title: str, figures: Sequence[Measured]) -> Table:
    """Return figures for people: medians, and from the least to the greatest beside them."""
    table = Table(title=title)
    for heading in ("part", "figure"):
        table.add_column(heading)
    for heading in ("median", "min–max"):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    before = figures[0].part if figures else ""
    for one in figures:
        if one.part != before:
            table.add_section()
            before = one.part
        median, least, greatest = map(_shown, (one.spread.median, one.spread.min, one.spread.max))
        table.add_row(one.part, one.name, median, f"{least}–{greatest}", one.unit)
    return table


def too_long(figures: Sequence[Measured], name: str) -> list[str]:
    """Return a sentence if an event waited longer than any may."""
    return [
        f"{name}: an event waited {one.spread.max:,.1f} ms; "
        f"none may wait {DELAY_MAX_MS:g} ms or longer"
        for one in figures
        if one.name == name and one.spread.max >= DELAY_MAX_MS
    ]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 or value == int(value) else f"{value:,.2f}"
