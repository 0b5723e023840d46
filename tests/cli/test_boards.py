"""Leaderboards on the command line: pages, runs, groups, the past, and why a fact of them is."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.cli.command import FINISH_AT, event, laurels, write_lines
from tests.cli.served import served
from tests.cli.test_reading import rows

GAME = """
[[metrics]]
key = "lessons"
name = "Lessons"

[[attributes]]
key = "country"
name = "Country"

[[leaderboards]]
key = "weekly"
name = "Of the [week]"
rankBy = "metric"
metricKey = "lessons"
start = 2026-03-02
runUnit = "week"
breakdownAttributes = ["country"]
maxParticipants = 2

[[leaderboards]]
key = "most"
name = "Most lessons"
rankBy = "metric"
metricKey = "lessons"
"""
FIRST_WEEK = ("--run", "2026-03-04")
UK = ("--group", "country:uk")


def of(country: str, day: int, user: str, value: float) -> dict[str, object]:
    return event(day, user, value=value) | {
        "user": {"id": user, "attributes": {"country": country}}
    }


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of four people, the first one of which is closed."""
    directory = tmp_path_factory.mktemp("boards")
    (directory / "game.toml").write_text(GAME)
    events = [
        *(
            of("uk", 2, "ada", 3),
            of("uk", 2, "bo", 2.5),
            of("uk", 2, "cy", 1),
            of("de", 3, "di", 9),
        ),
        *(of("uk", 4, "cy", 3), of("uk", 9, "bo", 1)),
    ]
    lines = write_lines(directory / "e.jsonl", events)
    data, config = directory / "data", directory / "game.toml"
    done = laurels("import", lines, "--data", data, "--config", config, "--finish-at", FINISH_AT)
    assert done.status == 0, done.err
    return data


WEEK = "Of the [week], 2026-03-02 – 2026-03-08"
PAGES = [
    ((*FIRST_WEEK, *UK), f"{WEEK}, country uk", [["1", "cy", "4"], ["2", "ada", "3"]]),
    ((*FIRST_WEEK, *UK, "--offset", 1), f"{WEEK}, country uk", [["2", "ada", "3"]]),
    ((*FIRST_WEEK, "--around", "di"), f"{WEEK}, country de", [["1", "di", "9"]]),
    (
        (*FIRST_WEEK, "--around", "bo", "--offset", -1),
        f"{WEEK}, country uk",
        [["2", "ada", "3"]],
    ),
]


@pytest.mark.parametrize(("options", "title", "ranked"), PAGES)
def test_top_shows_a_run_and_a_group(
    played: Path, options: tuple[object, ...], title: str, ranked: list[list[str]]
) -> None:
    done = laurels("top", "weekly", "--data", played, *options)
    assert done.status == 0, done.err
    people = "1 participant" if "country de" in title else "3 participants"
    assert rows(done.out)[0] == [f"{title} (closed): {people}"]
    assert rows(done.out)[3:] == ranked


def test_top_shows_a_board_as_it_was(played: Path) -> None:
    at = "2026-03-03T00:00:00Z"
    done = laurels("top", "weekly", "--data", played, *UK, "--at", at)
    assert rows(done.out)[0] == [f"{WEEK}, country uk, at {at}: 3 participants"]
    assert rows(done.out)[3:] == [["1", "ada", "3"], ["2", "bo", "2"]]
    done = laurels("top", "most", "--data", played, "--at", at)
    assert rows(done.out)[0] == [f"Most lessons, at {at}: 3 participants"]
    assert rows(done.out)[3:] == [["1", "ada", "3"], ["2", "bo", "2"], ["3", "cy", "1"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--group: is missing: the board is broken down by country:…"),
        (("--group", "uk"), "--group: must be like key:value,key:value"),
        ((*UK, "--run", "then"), "--run: is not a date like 2026-03-01"),
        ((*UK, "--at", "then"), "--at: is not an RFC 3339 timestamp"),
        ((*UK, "--at", "2100-01-01T00:00:00Z"), "--at: lies in the future"),
        ((*UK, "--offset", -1), "--offset: must not be negative"),
    ],
)
def test_what_cannot_be_shown_names_the_option(
    played: Path, options: tuple[str, ...], said: str
) -> None:
    done = laurels("top", "weekly", "--data", played, *options)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"laurels: {said}")
    assert len(done.err.splitlines()) == 1


def test_user_shows_runs_and_groups(played: Path, tmp_path: Path) -> None:
    copied = copytree(played, tmp_path / "copied")
    with served(copied) as server:
        done = laurels("event", "lessons", "bo", 1, *server.options)  # in the week that is now
        assert done.status == 0, done.err
        shown = rows(laurels("user", "bo", *server.options).out)
    week = next(row for row in shown if row[0] == "Of the [week]")
    assert week[2:] == ["country uk", "1", "1"]
    assert ["Most lessons", "3", "4"] in shown


def test_a_server_shows_the_same(played: Path, tmp_path: Path) -> None:
    here = [laurels("top", "weekly", "--data", played, *options).out for options, *_ in PAGES]
    with served(copytree(played, tmp_path / "copied")) as server:
        there = [laurels("top", "weekly", *options, *server.options).out for options, *_ in PAGES]
        refused = laurels("top", "weekly", *server.options)
    assert here == there
    assert refused.err.startswith("laurels: --group: is missing")


def facts(played: Path, kind: str) -> list[str]:
    """The ids of all facts of a kind, in order, as `why` lists them."""
    found: list[str] = []
    for seq in range(3, 40):
        done = laurels("why", f"{seq}.0", "--data", played)
        if done.status == 0:
            said = rows(done.out)
            found += [row[0] for row in said if row[1:] == [kind]]
            found += [f"{seq}.0"] if said[0][0].startswith(f"{seq}.0: {kind}") else []
    return sorted(set(found), key=lambda id_: tuple(map(int, id_.split("."))))


def why(played: Path, fact: str) -> list[str]:
    return [line.strip() for line in laurels("why", fact, "--data", played).out.splitlines()]


def test_why_tells_of_moves_and_of_what_counted(played: Path) -> None:
    moves, counted = (facts(played, f"leaderboard.{what}") for what in ("rank_moved", "counted"))
    said = [line for fact in moves + counted for line in why(played, fact)]
    run = "'Of the [week]' (2026-03-02 to 2026-03-08, country uk)"
    for sentence in (
        f"The user's value on {run} became 3: they came in at 1.",
        f"The user's value on {run} became 4: they moved from 3 to 1.",
        "The user's value on 'Most lessons' became 4: they moved from 4 to 2.",
        f"The user has 2.5 on {run}: 2.5 more than before.",
        f"The user has 4 on {run}: 3 more than before.",
    ):
        assert sentence in said


def test_why_tells_of_the_end_of_a_run(played: Path) -> None:
    (finished,) = facts(played, "leaderboard.finished")
    said = why(played, finished)
    assert said[0].startswith(f"{finished}: leaderboard.finished, 2026-03-09T12:00:00Z")
    assert said[1] == (
        "'Of the [week]' (2026-03-02 to 2026-03-08) is final, with 4 participants in 2 groups. "
        "Over at 2026-03-09T12:00:00Z."
    )
    assert said[2].startswith("By version 1 of the configuration, ")
