"""Part `cost`: what streaks add to an event.

Engines side by side (`bench.side_by_side`) differ in nothing but their streak settings.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import trio

from bench.in_process import Figure
from bench.people import collected
from bench.side_by_side import event_of, side_by_side
from bench.workload import CONFIGURATION, lines

DAYS = 14
WITHOUT = "without streaks"

_DAILY: dict[str, Any] = CONFIGURATION["streaks"]
_FREEZES = {"startCount": 1, "maxCount": 3, "autoEarnInterval": 7, "autoEarnAmount": 1}
_BOARD = {"key": "streak", "name": "Longest streak", "rankBy": "streak"}


def _document(streaks: dict[str, Any] | None, *boards: dict[str, Any]) -> dict[str, Any]:
    """Return the workload's document with other streak settings, without achievements by streak."""
    document: dict[str, Any] = {
        **CONFIGURATION,
        "achievements": [a for a in CONFIGURATION["achievements"] if a["trigger"] == "metric"],
        "leaderboards": [*CONFIGURATION["leaderboards"], *boards],
    }
    del document["streaks"]
    return document if streaks is None else {**document, "streaks": streaks}


VARIANTS: Mapping[str, Mapping[str, Any]] = {
    WITHOUT: _document(None),
    "daily": _document(_DAILY),
    "daily, freezes earned": _document({**_DAILY, "freezes": _FREEZES}),
    "weekly": _document({**_DAILY, "frequency": "weekly"}),
    "daily, streak board": _document(_DAILY, _BOARD),
}


def run(events: int, users: int, place: Path) -> list[Figure]:
    """Measure every variant once; return microseconds an event, differences and ratios.

    Args:
        events: how many each variant takes, over two weeks.
        users: how many people send them, in several zones.
        place: where the data directories are made.
    """
    stream = [event_of(line) for line in lines(events, users, DAYS)]
    with collected():
        spent = trio.run(side_by_side, stream, VARIANTS, place)
    figures: list[Figure] = []
    for name, seconds in spent.items():
        cost = seconds / events * 1e6
        figures.append(Figure(f"event, {name}", cost, "µs"))
        if name != WITHOUT:
            without = spent[WITHOUT] / events * 1e6
            figures.append(Figure(f"… more than {WITHOUT}, {name}", cost - without, "µs"))
            figures.append(Figure(f"… times {WITHOUT}, {name}", cost / without, "×"))
    return figures
