"""`laurels why`: what it says of a fact and of a streak, from a directory and from a server."""

from pathlib import Path

import pytest

from tests.cli.command import CONFIGURATION, FINISH_AT, event, laurels, write_lines
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
    events = [event(2), event(2), event(3), event(4, value=2), event(7, value=5)]
    return imported(tmp_path_factory.mktemp("why"), GAME, events)


@pytest.fixture(scope="module")
def earned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada: a lesson on Monday, for five points; two on Tuesday, which makes three and a level."""
    events = [event(2), event(3, value=2)]
    return imported(tmp_path_factory.mktemp("earned"), CONFIGURATION, events)


def imported(directory: Path, game: str, events: list[dict[str, object]]) -> Path:
    """A data directory with a game that was played to its end."""
    config, data = directory / "game.toml", directory / "data"
    config.write_text(game)
    lines = write_lines(directory / "e.jsonl", events)
    done = laurels("import", lines, "--data", data, "--config", config, "--finish-at", FINISH_AT)
    assert done.status == 0, done.err
    return data


BY_EVENT = "By version 1 of the configuration, by event of 2026-03-03T12:00:00Z."


@pytest.mark.parametrize(
    ("fact", "what", "said"),
    [
        ("5.1", "metric.changed", "The event was counted: the total of 'Lessons' is 3."),
        (
            "5.2",
            "streak.extended",
            "The event met the daily period that begins on 2026-03-03: "
            "the streak has a length of 2.",
        ),
        (
            "5.3",
            "achievement.completed",
            "'Three [b]lessons' asks for 3 of 'Lessons'.\nThe event brought the total to 3.",
        ),
        (
            "5.4",
            "points.awarded",
            "Trigger 'lesson' awards 5 of 'xp' for every 1 of 'Lessons': its highest total rose "
            "to 3 and passed 2 of them, 2 × 5 = 10.\nThe total is 15 by it.",
        ),
        ("5.5", "points.level_changed", "The total of 'xp' is 15; 'One' begins at 10."),
        (
            "5.6",
            "leaderboard.rank_moved",
            "The user's value on 'Most lessons' became 3: they stayed at 1.",
        ),
    ],
)
def test_a_fact_is_explained(earned: Path, fact: str, what: str, said: str) -> None:
    done = laurels("why", fact, "--data", earned)
    assert done.status == 0, done.err
    title, *why = done.out[: done.out.index("In the same record")].splitlines()
    assert title == f"{fact}: {what} of ada, 2026-03-03T12:00:00Z"
    assert [line.strip() for line in why] == [*said.splitlines(), BY_EVENT]


def test_what_is_in_the_same_record_is_listed(earned: Path) -> None:
    done = laurels("why", "5.4", "--data", earned)
    _, _, table = done.out.partition("In the same record")
    heads, _, *shown = rows(f"In the same record{table}")[1:]
    assert heads == ["Id", "What"]
    assert shown == [
        ["5.0", "streak.period_closed"],
        ["5.1", "metric.changed"],
        ["5.2", "streak.extended"],
        ["5.3", "achievement.completed"],
        ["5.4", "points.awarded"],
        ["5.5", "points.level_changed"],
        ["5.6", "leaderboard.rank_moved"],
    ]


def test_what_fell_due_is_told_apart(earned: Path) -> None:
    done = laurels("why", "5.0", "--data", earned)
    assert done.out.startswith("5.0: streak.period_closed of ada, 2026-03-03T00:00:00Z\n")
    assert "recorded with event of 2026-03-03T12:00:00Z." in done.out


def test_a_server_explains_facts_alike(earned: Path) -> None:
    with served(earned) as server:
        for fact in ("4.0", "5.0", "5.3", "5.4", "5.5", "5.6"):
            asked = laurels("why", fact, *server.options)
            assert asked.status == 0, asked.err
            assert asked.out == laurels("why", "fact", fact, "--data", earned).out
        asked = laurels("why", "5.99", *server.options)
        assert (asked.status, asked.out) == (2, "")
        assert "there is no fact 5.99" in asked.err


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("5.99", "there is no fact 5.99"),
        ("2.0", "there is no fact 2.0"),
        ("999.0", "there is no fact 999.0"),
        ("ada", "'ada' is no id of a fact; those are like 1234.5"),
        ("5", "'5' is no id of a fact; those are like 1234.5"),
        ("5/4", "'5/4' is no id of a fact; those are like 1234.5"),
    ],
)
def test_what_is_no_fact_is_said(earned: Path, fact: str, said: str) -> None:
    done = laurels("why", fact, "--data", earned)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


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
