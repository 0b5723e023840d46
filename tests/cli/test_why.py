"""`laurels why`: what it says of a streak, from a directory and from a server."""

from pathlib import Path

import pytest

from tests.cli.command import FINISH_AT, event, laurels, write_lines
from tests.cli.served import served
from tests.cli.test_reading import rows

GAME = """
[[metrics]]
key = "lessons"
name = "Lessons"

[streaks]
metrics = [{ key = "lessons", threshold = 2 }]
freezes = { startCount = 1, maxCount = 1 }
daysOff = [0]
"""
RANGE = ("--from", "2026-03-02", "--to", "2026-03-09")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada: two lessons on Monday, one on Tuesday, five on Saturday; Sunday is a day off."""
    directory = tmp_path_factory.mktemp("why")
    (directory / "game.toml").write_text(GAME)
    lines = write_lines(
        directory / "e.jsonl", [event(2), event(2), event(3), event(4, value=2), event(7, value=5)]
    )
    data = directory / "data"
    config = directory / "game.toml"
    done = laurels("import", lines, "--data", data, "--config", config, "--finish-at", FINISH_AT)
    assert done.status == 0, done.err
    return data


def test_each_period_is_explained(played: Path) -> None:
    done = laurels("why", "streak", "ada", "--data", played, *RANGE)
    assert done.status == 0, done.err
    title, heads, rule, *shown = rows(done.out)
    assert title == ["ada: daily streak of 0, longest 2"]
    assert (heads, len(rule)) == (["Period", "Verdict", "Length", "Why"], 1)
    broken = "not met (no event that counts); no day off, no pause, no freeze: the streak broke"
    assert shown == [
        ["2026-03-02", "extended", "1", met("5.0", "02", "lessons at 2")],
        ["2026-03-03", "frozen", "1", "not met (lessons 1); a freeze was used, 0 left"],
        ["2026-03-04", "extended", "2", met("7.0", "04", "lessons at 2")],
        ["2026-03-05", "broken", "0", broken],
        ["2026-03-06", "none", "0", "no streak was running, and nothing met the period"],
        ["2026-03-07", "extended", "1", met("8.0", "07", "lessons at 5")],
        ["2026-03-08", "day off", "1", "not met (no event that counts); Sunday was a day off"],
        ["2026-03-09", "broken", "0", broken],
    ]


def met(event_id: str, day: str, what: str) -> str:
    return f"met by event {event_id} at 2026-03-{day}T12:00:00Z, with {what}"


def test_other_frequencies_can_be_asked_for(played: Path) -> None:
    done = laurels("why", "streak", "ada", "--data", played, *RANGE, "--frequency", "weekly")
    assert done.status == 0, done.err
    assert rows(done.out)[0] == ["ada: weekly streak of 0, longest 1"]
    assert rows(done.out)[3][:3] == ["2026-03-02 – 2026-03-08", "extended", "1"]


def test_a_server_says_the_same(played: Path) -> None:
    with served(played) as server:
        asked = laurels("why", "streak", "ada", *server.options, *RANGE)
    assert asked.status == 0, asked.err
    assert asked.out == laurels("why", "streak", "ada", "--data", played, *RANGE).out


def test_what_cannot_be_explained_is_said(played: Path) -> None:
    for arguments, said in (
        (("zoe",), "there is no user 'zoe'"),
        (("ada", "--from", "2026-03-09", "--to", "2026-03-02"), "from: lies after the last date"),
        (("ada", "--from", "1990-01-01"), "from: asks for more than 400 periods"),
    ):
        done = laurels("why", "streak", *arguments, "--data", played)
        assert done.status == 2
        assert said in done.err
    done = laurels("why", "streak", "ada", "--data", played, "--from", "yesterday")
    assert done.status == 2
