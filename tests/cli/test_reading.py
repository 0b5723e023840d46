"""`top`, `user`, `digest`, `verify`: what they show of a small game."""

import re
from pathlib import Path

import pytest

from tests.cli.command import CONFIGURATION, FINISH_AT, event, laurels, write_lines


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished import: ada on three days in a row, bo on two, cy once."""
    directory = tmp_path_factory.mktemp("played")
    (directory / "game.toml").write_text(CONFIGURATION)
    about = {"id": "ada", "tz": "Asia/Tokyo", "name": "Ada [bold]", "attributes": {"plan": "pro"}}
    events = [event(7) | {"user": about}, event(7, "bo"), event(7, "cy", value=0.5)]
    events += [event(8, "ada"), event(8, "bo"), event(9, "ada")]
    lines = write_lines(directory / "e.jsonl", events)
    data = directory / "data"
    config = directory / "game.toml"
    done = laurels("import", lines, "--data", data, "--config", config, "--finish-at", FINISH_AT)
    assert done.status == 0, done.err
    return data


def rows(text: str) -> list[list[str]]:
    """Return a table's cells: columns are two blanks apart at least."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]


def test_top_shows_a_board(played: Path) -> None:
    done = laurels("top", "most", "--data", played)
    assert done.status == 0
    assert rows(done.out)[0] == ["Most lessons (active): 3 participants"]
    assert rows(done.out)[3:] == [
        ["1", "ada", "Ada [bold]", "3"],
        ["2", "bo", "2"],
        ["3", "cy", "0"],
    ]
    page = laurels("top", "most", "--data", played, "--offset", 1, "--limit", 1)
    assert rows(page.out)[3:] == [["2", "bo", "2"]]


def test_user_shows_everything_a_user_has(played: Path) -> None:
    done = laurels("user", "ada", "--data", played)
    assert done.status == 0
    shown = rows(done.out)
    for row in (
        ["Name", "Ada [bold]"],
        ["Time zone", "Asia/Tokyo"],
        ["Attributes", "plan=pro"],
        ["Lessons", "3"],
        ["Three [b]lessons", "2026-03-09 12:00"],
        ["XP", "15", "One"],
        ["Most lessons", "1", "3"],
        ["2026-03-09", "extended", "3"],
    ):
        assert row in shown
    # As of now: the streak has long been broken.
    assert ["Streak", "0 days; longest 3 days"] in shown


def test_what_does_not_exist_is_said(played: Path) -> None:
    for arguments, said in (
        (("top", "least"), "there is no active board 'least' (boards: most)"),
        (("user", "dora"), "dora"),
        (("digest", "--scope", "other"), "other"),
        (("top", "most", "--limit", -1), "limit"),
    ):
        done = laurels(*arguments, "--data", played)
        assert (done.status, done.out) == (2, "")
        assert said in done.err
        assert len(done.err.splitlines()) == 1


def test_digest_is_a_number_and_64_digits(played: Path) -> None:
    done = laurels("digest", "--data", played)
    assert re.fullmatch(r"\d+ [0-9a-f]{64}\n", done.out)


@pytest.mark.parametrize("options", [[], ["--evaluate"]])
def test_verify_agrees_with_the_digest(played: Path, options: list[str]) -> None:
    done = laurels("verify", "--data", played, *options)
    assert done.status == 0, done.err
    assert done.out.endswith("All agree.\n")
    digests = set(re.findall(r"[0-9a-f]{64}", done.out))
    assert digests == {laurels("digest", "--data", played).out.split()[1]}
    assert len(re.findall(r"[0-9a-f]{64}", done.out)) == 2 + len(options)


def test_verify_finds_a_flipped_byte(played: Path) -> None:
    stored = played / "log" / "data.mdb"
    whole = stored.read_bytes()
    at = whole.rindex(b"Ada [bold]")
    try:
        stored.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        done = laurels("verify", "--data", played)
    finally:
        stored.write_bytes(whole)
    assert done.status == 6
    assert re.search(r"record \d+", done.err)
