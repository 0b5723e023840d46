"""The bench's scenario `points`: every part, tiny, and what it makes of the figures."""

from pathlib import Path

import pytest

from bench import activation, hourly, points, touched
from bench.__main__ import main
from bench.in_process import Figure
from bench.measured import Measured
from bench.midnight import Options
from bench.over_http import Spread
from bench.people import prepared

PEOPLE = 20


def ignore(text: str) -> None:
    """What is told of progress."""


def by_name(figures: list[Figure]) -> dict[str, float]:
    found = {figure.name: figure.value for figure in figures}
    assert len(found) == len(figures), "no two figures have one name"
    return found


def test_a_thousand_are_configured_and_only_three_are_met(tmp_path: Path) -> None:
    document = touched.document(997)
    things = len(document["achievements"]) + len(document["points"][0]["triggers"])
    assert things == 997 + 4
    figures = by_name(touched.run(200, 10, tmp_path))
    assert figures[f"{touched.MANY}, times {touched.FEW}"] > 0


def test_everybody_is_given_what_becomes_active(tmp_path: Path) -> None:
    data = prepared(tmp_path, PEOPLE, streak_board=False, tell=ignore)
    figures = by_name(
        activation.run(data, tmp_path, Options(users=PEOPLE, every_s=0.001, quiet_s=0))
    )
    assert figures["activation: backdated to"] == PEOPLE
    assert activation.LONGEST in figures


def test_an_hour_is_a_row_for_everybody(tmp_path: Path) -> None:
    figures = by_name(hourly.run(PEOPLE, 2, tmp_path, ignore))
    assert figures["hourly: rows a user and day"] == 24
    assert figures["hourly: rows a day"] == 24 * PEOPLE


def test_the_command_line_takes_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["points", "--directory", str(tmp_path), "--repeats", "1"]
    arguments += ["--parts", "touched,hourly", "--events", "50", "--users", "5", "--people", "5"]
    assert main(arguments) == 0
    assert "rows a day" in capsys.readouterr().out


def test_a_pause_is_complained_of() -> None:
    too_long = Measured("activation", activation.LONGEST, "ms", Spread(60, 50, 70))
    assert points.complaints([too_long]) != []
    assert (
        points.complaints([Measured("activation", activation.LONGEST, "ms", Spread(4, 3, 5))]) == []
    )
