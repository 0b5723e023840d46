"""`laurels what-if`: what it shows of a small game, and that it leaves no trace."""

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import CONFIGURATION, FINISH_AT, event, laurels, write_lines
from tests.cli.served import served
from tests.cli.test_reading import rows

HARDER = CONFIGURATION.replace("metricValue = 3", "metricValue = 2").replace(
    "metricThreshold = 1, points = 5", "metricThreshold = 1, points = 4"
)
"""Three lessons were asked for, two would do; a lesson would be worth four points, not five."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished import: ada on three days in a row, bo on two, cy half a lesson."""
    directory = tmp_path_factory.mktemp("what-if")
    (directory / "game.toml").write_text(CONFIGURATION)
    (directory / "harder.toml").write_text(HARDER)
    events = [event(7), event(7, "bo", attributes={"via": "app"}), event(7, "cy", value=0.5)]
    events += [event(8, "ada"), event(8, "bo"), event(9, "ada")]
    lines = write_lines(directory / "e.jsonl", events)
    arguments = ("--config", directory / "game.toml", "--finish-at", FINISH_AT)
    done = laurels("import", lines, "--data", directory / "data", *arguments)
    assert done.status == 0, done.err
    return directory


def asked(played: Path, config: Path, *options: object) -> dict[str, Any]:
    done = laurels("what-if", config, "--data", played / "data", "--json", *options)
    assert done.status == 0, done.err
    found = json.loads(done.out)
    return {**found["result"], "users": found["users"]}


def trace(data: Path) -> dict[str, str]:
    """The bytes of all files but LMDB's lists of who is reading."""
    return {
        str(path.relative_to(data)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(data.rglob("*"))
        if path.is_file() and path.name != "lock.mdb"
    }


def test_the_difference_is_shown_and_leaves_no_trace(played: Path) -> None:
    before = trace(played / "data")
    assert len(before) == 3
    done = laurels("what-if", played / "harder.toml", "--data", played / "data")
    assert done.status == 0, done.err
    assert trace(played / "data") == before
    shown = rows(done.out)
    for row in (
        ["6 commands evaluated anew; 2 of 3 users differ."],
        ["three", "Three [b]lessons", "1", "2", "1", "0"],
        ["sum of all totals", "25", "20"],
        ["users with more", "0"],
        ["users with fewer", "2"],
        ["on no level", "1", "2"],
        ["on level one", "2", "1"],
        ["Users who differ: 2 of 2"],
        ["ada", "xp 15 → 12"],
        ["bo", "three", "xp 10 → 8", "xp one → –"],
    ):
        assert row in shown
    assert "Board" not in done.out  # by lessons they stand where they stood


def test_json_has_all_of_it(played: Path) -> None:
    found = asked(played, played / "harder.toml", "--users", 1)
    assert (found["scope"], found["from"], found["to"]) == ("default", None, FINISH_AT)
    difference = found["difference"]
    assert difference["achievements"] == [
        {
            "key": "three",
            "name": "Three [b]lessons",
            "recorded": 1,
            "wouldBe": 2,
            "gained": 1,
            "lost": 0,
        }
    ]
    [board] = difference["leaderboards"]
    assert board["recorded"] == board["wouldBe"]
    assert board["recorded"][0] == {"rank": 1, "userId": "ada", "value": 3}
    assert board["recordedParticipants"] == 3
    assert difference["usersDiffer"] == 2
    change = {"recorded": 15, "wouldBe": 12, "recordedLevel": "one", "wouldBeLevel": "one"}
    assert found["users"] == [{"userId": "ada", "gained": [], "lost": [], "points": {"xp": change}}]


def test_a_server_says_the_same(played: Path, tmp_path: Path) -> None:
    data = shutil.copytree(played / "data", tmp_path / "data")
    arguments = (played / "harder.toml", "--from", "2026-03-08", "--to", FINISH_AT, "--users", 1)
    here = laurels("what-if", *arguments, "--data", data)
    as_json = laurels("what-if", *arguments, "--data", data, "--json")
    with served(data) as server:
        there = laurels("what-if", *arguments, *server.options)
        assert (there.status, there.out) == (0, here.out), there.err
        assert laurels("what-if", *arguments, *server.options, "--json").out == as_json.out
        all_of_them = laurels("what-if", *arguments, "--users", 5, *server.options).out
        assert ["Users who differ: 2 of 2"] in rows(all_of_them)
        refused = laurels("what-if", played / "harder.toml", "--from", "0000", *server.options)
        assert refused.status == 2
        bad = tmp_path / "bad.toml"
        bad.write_text(HARDER.replace('metricKey = "lessons"', 'metricKey = "chapters"'))
        done = laurels("what-if", bad, *server.options)
        assert (done.status, done.err.count("there is no 'chapters'")) == (4, 3)


def test_what_was_in_force_makes_no_difference(played: Path) -> None:
    done = laurels("what-if", played / "game.toml", "--data", played / "data")
    assert rows(done.out)[1:] == [
        ["6 commands evaluated anew; 0 of 3 users differ."],
        ["Nobody would have anything else."],
    ]


def test_a_range_is_recorded_before_and_anew_within(played: Path) -> None:
    found = asked(played, played / "harder.toml", "--from", "2026-03-08", "--to", "2026-03-08")
    assert (found["from"], found["to"]) == ("2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z")
    assert found["difference"]["evaluated"] == 2
    totals = {u["userId"]: u["points"]["xp"] for u in found["users"]}
    assert {user: (t["recorded"], t["wouldBe"]) for user, t in totals.items()} == {
        "ada": (10, 9),
        "bo": (10, 9),
    }
    last = asked(played, played / "harder.toml", "--from", "2026-03-09T12:00:00Z")
    assert last["difference"]["evaluated"] == 0
    # The step itself: whoever has two lessons by then would have the achievement.
    assert [u["gained"] for u in last["users"]] == [["three"]]


def test_commands_that_cannot_be_taken_are_counted(played: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[[metrics]]\nkey = "chapters"\nname = "Chapters"\n')
    found = asked(played, other)
    difference = found["difference"]
    assert difference["leftOut"] == [{"reason": "there is no metric 'lessons'", "commands": 6}]
    assert (difference["users"], difference["wouldBeUsers"]) == (3, 0)
    assert [u["userId"] for u in found["users"]] == ["ada", "bo", "cy"]
    shown = rows(laurels("what-if", other, "--data", played / "data").out)
    assert ["Left out: 6 commands: there is no metric 'lessons'"] in shown
    assert ["There would be 0 users, not 3."] in shown


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--from", "2026-03-09", "--to", "2026-03-01"), 2, "to: lies before from"),
        (("--from", "yesterday"), 2, "--from: must be an instant as 2026-03-01T09:30:00Z or a"),
        (("--to", "2026-03-01T09:30:00"), 2, "--to: "),
        (("--scope", "none"), 2, "there is no scope 'none'"),
    ],
)
def test_what_cannot_be_asked(
    played: Path, options: tuple[str, ...], status: int, said: str
) -> None:
    done = laurels("what-if", played / "harder.toml", "--data", played / "data", *options)
    assert (done.status, done.out) == (status, "")
    assert said in done.err


def test_a_file_that_cannot_be_used_names_every_place(played: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(HARDER.replace('metricKey = "lessons"', 'metricKey = "chapters"'))
    done = laurels("what-if", bad, "--data", played / "data")
    assert done.status == 4
    assert done.err.count("there is no 'chapters'") == 3
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(HARDER + "\n[streaks2]\n")
    assert laurels("what-if", wrong, "--data", played / "data").status == 4
