"""`laurels import-git`: repositories become a game with the configuration that comes along."""

import re
from pathlib import Path

from tests.cli.command import laurels
from tests.cli.repositories import Made, make_repository

DAY = 86_400
BEGIN = 1_768_000_000  # 9 January 2026
FINISH = ("--finish-at", "2026-02-01T00:00:00Z")


def history(tmp_path: Path, name: str = "r") -> Path:
    made = [Made("Ada", "Ada@Example.org", f"{BEGIN + day * DAY} -0800", 2) for day in range(4)]
    made += [Made("Bo", "bo@example.org", f"{BEGIN + DAY} +0100")]
    return make_repository(tmp_path / name, made)


def test_a_history_goes_in_once(tmp_path: Path) -> None:
    repository, data = history(tmp_path), tmp_path / "data"
    first = laurels("import-git", repository, "--data", data, *FINISH)
    assert first.status == 0, first.err
    assert "5 commits by 2 authors" in first.err
    assert "5 events" in first.err
    before = laurels("digest", "--data", data).out
    again = laurels("import-git", repository, repository, "--data", data, *FINISH)
    assert again.status == 0
    assert "0 new, 5 were in already, 0 refused" in again.err
    assert laurels("digest", "--data", data).out == before
    shown = laurels("user", "ada@example.org", "--data", data).out
    assert "America/Los_Angeles" in shown
    assert "Three in a row" in shown
    assert "longest 4 days" in shown
    assert "ada@example.org" in laurels("top", "xp", "--data", data).out


def test_lines_are_counted_where_asked_for(tmp_path: Path) -> None:
    repository, data = history(tmp_path), tmp_path / "data"
    options = ("--lines", "--results", "all", *FINISH)
    done = laurels("import-git", repository, "--data", data, *options)
    assert [result["status"] for result in done.results] == ["applied"] * 9
    shown = laurels("user", "ada@example.org", "--data", data).out
    assert re.search(r"Lines changed +8\n", shown)


def test_a_configuration_without_commits_refuses_and_says_so(tmp_path: Path, config: Path) -> None:
    repository, data = history(tmp_path), tmp_path / "data"
    done = laurels("import-git", repository, "--data", data, "--config", config, *FINISH)
    assert done.status == 3
    assert "key: there is no metric 'commits'" in done.err
    assert "laurels: commit " in done.err
    assert "stays open, since nothing is in" in done.err


def test_commits_of_the_future_are_named_and_skipped(tmp_path: Path) -> None:
    repository, data = history(tmp_path), tmp_path / "data"
    done = laurels("import-git", repository, "--data", data, "--finish-at", "2026-01-10T00:00:00Z")
    assert done.status == 0
    assert done.err.count("has an author date later than the import's end; skipped") == 4


def test_a_path_that_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    done = laurels("import-git", tmp_path / "none", "--data", tmp_path / "data")
    assert done.status == 2
    assert "none: git cannot read it: " in done.err
    assert not (tmp_path / "data").exists()
