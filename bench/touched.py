"""Part `touched`: an event pays for what it touches, not for what is configured (DESIGN, Engine).

Three achievements and triggers that the events meet are in force in both; beside them a thousand
others of every kind that these events never meet: thresholds far above, attributes of other events
and other people, other metrics, lengths and achievements.
"""

from pathlib import Path
from typing import Any

import trio

from bench.in_process import Figure
from bench.people import collected
from bench.side_by_side import event_of, side_by_side
from bench.workload import CONFIGURATION, lines

DAYS = 14
FEW, MANY = "3 configured", "1,000 configured, 3 touched"
_OTHERS = 997


def run(events: int, users: int, place: Path) -> list[Figure]:
    """Measure both once; return microseconds an event, and the ratio."""
    stream = [event_of(line) for line in lines(events, users, DAYS)]
    variants = {FEW: document(0), MANY: document(_OTHERS)}
    with collected():
        spent = trio.run(side_by_side, stream, variants, place)
    return [
        *(Figure(f"event, {name}", s / events * 1e6, "µs") for name, s in spent.items()),
        Figure(f"{MANY}, times {FEW}", spent[MANY] / spent[FEW], "×"),
    ]


def document(others: int) -> dict[str, Any]:
    """Return the workload's document with so many achievements and triggers more."""
    achievements: list[dict[str, Any]] = []
    triggers: list[dict[str, Any]] = []
    for n in range(others):
        makers = (_high, _of_other_events, _of_other_people, _of_other_metric)
        kind, thing = makers[n // 2 % len(makers)](n)
        thing |= {"key": f"other-{n}"}
        if n % 2:
            achievements.append(
                {"name": "Other", "trigger": "metric", "metricValue": 10**9 + n} | kind | thing
            )
        else:
            triggers.append(
                {"type": "metric", "points": 1, "metricThreshold": 10**9 + n} | kind | thing
            )
    system = CONFIGURATION["points"][0]
    return {
        **CONFIGURATION,
        "metrics": [*CONFIGURATION["metrics"], {"key": "other", "name": "Other"}],
        "attributes": [
            {"key": "land", "name": "Land"},
            {"key": "subject", "name": "Subject", "type": "event"},
        ],
        "achievements": [*CONFIGURATION["achievements"], *achievements],
        "points": [{**system, "triggers": [*system["triggers"], *triggers]}],
    }


_LESSONS = {"metricKey": "lessons"}


def _high(n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    return _LESSONS, {}


def _of_other_events(n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    wanted = [{"attributeKey": "subject", "attributeValue": f"s{n % 50}"}]
    value = "metricValue" if n % 2 else "metricThreshold"
    return _LESSONS, {"eventAttributes": wanted, value: 1}


def _of_other_people(n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    wanted = [{"attributeKey": "land", "attributeValue": f"l{n % 200}"}]
    value = "metricValue" if n % 2 else "metricThreshold"
    return _LESSONS, {"userAttributes": wanted, value: 1}


def _of_other_metric(n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    value = "metricValue" if n % 2 else "metricThreshold"
    return {"metricKey": "other"}, {value: 1}
