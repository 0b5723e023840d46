"""`laurels dry-run`: what it foretells, and what then happens."""

import json
import shutil
from pathlib import Path

from tests.cli.command import CONFIGURATION, laurels
from tests.cli.served import served
from tests.cli.test_reading import rows
from tests.cli.test_what_if import HARDER, played, trace

__all__ = ["played"]

MORE = (
    HARDER + '\n[[achievements]]\nkey = "two"\nname = "Two"\ntrigger = "streak"\nstreakLength = 2\n'
)


def test_it_says_how_many_and_who_and_leaves_no_trace(played: Path, tmp_path: Path) -> None:
    config = tmp_path / "more.toml"
    config.write_text(MORE)
    before = trace(played / "data")
    done = laurels("dry-run", config, "--data", played / "data")
    assert done.status == 0, done.err
    assert trace(played / "data") == before
    shown = rows(done.out)
    for row in (
        ["three", "Three [b]lessons", "1"],
        ["two", "Two", "2"],
        ["Users: 2 of 2"],
        ["ada", "two"],
        ["bo", "three, two"],
    ):
        assert row in shown


def test_json_has_all_of_it(played: Path, tmp_path: Path) -> None:
    config = tmp_path / "more.toml"
    config.write_text(MORE)
    done = laurels("dry-run", config, "--data", played / "data", "--json", "--users", 1)
    found = json.loads(done.out)
    assert found["result"]["users"] == 2
    assert found["users"] == [{"userId": "ada", "achievements": ["two"]}]
    assert found["result"]["achievements"] == [
        {"key": "three", "name": "Three [b]lessons", "users": 1},
        {"key": "two", "name": "Two", "users": 2},
    ]


def test_a_server_says_the_same(played: Path, tmp_path: Path) -> None:
    config = tmp_path / "more.toml"
    config.write_text(MORE)
    data = shutil.copytree(played / "data", tmp_path / "data")
    here = laurels("dry-run", config, "--data", data, "--json")
    with served(data) as server:
        there = laurels("dry-run", config, *server.options, "--json")
    assert there.status == 0, there.err
    one, other = json.loads(here.out), json.loads(there.out)
    assert one["result"].pop("at") < other["result"].pop("at")
    assert one == other


def test_what_is_in_force_backdates_nothing(played: Path) -> None:
    done = laurels("dry-run", played / "game.toml", "--data", played / "data")
    assert "Nothing would be backdated" in done.out


def test_what_cannot_be_put_in_force_is_told(played: Path, tmp_path: Path) -> None:
    config = tmp_path / "sunday.toml"
    config.write_text('weekStart = "sunday"\n' + CONFIGURATION)
    done = laurels("dry-run", config, "--data", played / "data")
    assert done.status == 4
    assert "weekStart: is fixed once the scope's clock runs" in done.err
