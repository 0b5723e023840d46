"""`make demo`, with fewer events: every claim that it makes is checked by itself."""

from pathlib import Path

import pytest

from bench import demo, demo_server, stage
from tests.cli.repositories import Made, make_repository

BEGIN = 1_768_000_000  # 9 January 2026


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A pipe and what is in flight hold some 3,500 results: the kill is still in the middle.
    monkeypatch.setattr(demo, "EVENT_COUNT", 6_000)
    monkeypatch.setattr(demo, "KILLED_AFTER", 1_000)
    monkeypatch.setattr(demo, "CHECKOUT", tmp_path)
    monkeypatch.setattr(stage, "CHECKOUT", tmp_path)
    monkeypatch.setattr(demo_server, "EVENTS_EACH", 60)
    monkeypatch.setattr(demo_server, "KILLED_AFTER", 100)


def test_the_demo_holds_with_a_repository(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    commits = [Made("Ada", "ada@example.org", f"{BEGIN + day * 86_400} +0000") for day in range(5)]
    assert demo.main([str(make_repository(tmp_path / "r", commits))]) == 0
    shown = capfd.readouterr().out
    assert "That is a tiny history of 5 commits" in shown
    assert "Three in a row" in shown
    assert "nothing is lost, nothing doubled" in shown
    assert "after the restart the digest is the same" in shown
    assert "240 events count: each one once" in shown
    assert list((tmp_path / ".test-data").iterdir()) == []


def test_the_demo_holds_without_any_history(capfd: pytest.CaptureFixture[str]) -> None:
    assert demo.main([]) == 0
    assert "Here is no git history to play" in capfd.readouterr().out


def test_the_demo_fails_on_what_is_no_repository(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert demo.main([str(tmp_path / "none")]) == 1
    shown = capfd.readouterr()
    assert "Does not hold: `laurels import-git` ended with exit status 2" in shown.out
    assert "git cannot read it" in shown.err
