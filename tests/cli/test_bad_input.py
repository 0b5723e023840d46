"""Bad input of every kind: a sentence that says what and where, and a digest that stays."""

from pathlib import Path

import pytest

from tests.cli.command import CONFIGURATION, FINISH_AT, event, laurels, write_lines

VALUE = (
    b'{"key": "lessons", "user": {"id": "ada"}, "value": %s, "timestamp": "2026-03-02T00:00:00Z"}'
)

BAD_LINES: list[tuple[dict[str, object] | bytes, str]] = [
    (event(2, key="lesson"), "key: there is no metric 'lesson'"),
    (event(2, user="a/b"), "user.id: must not contain '/' or control characters"),
    (event(2, user=""), "user.id: must have 1 to 255 characters"),
    (
        event(2) | {"user": {"id": "x", "attributes": {"rank": "1"}}},
        "undeclared user attribute 'rank'",
    ),
    (event(2, attributes={"rank": "1"}), "attributes: undeclared event attribute 'rank'"),
    (event(2) | {"user": {"id": "x", "tz": "Mars/Base"}}, "user.tz: unknown time zone 'Mars/Base'"),
    (event(2) | {"user": {"id": "x", "tz": ""}}, "user.tz: must be an IANA time zone"),
    (event(2, idempotencyKey=""), "idempotencyKey: must have 1 to 255 characters"),
    (VALUE % b"NaN", "value: NaN is no number in JSON"),
    (VALUE % b"1e400", "value: must be a number of magnitude up to 10^12"),
    (VALUE % b"1e999999999", "value: must be a number of magnitude up to 10^12"),
    (VALUE % b'"1"', "value: must be a finite JSON number"),
    (VALUE % (b"[" * 5000 + b"]" * 5000), "is nested too deeply"),
    (VALUE.replace(b"ada", b"ad\xff") % b"1", "is not UTF-8 text (byte 0xff in column 38)"),
    (event(2, value=1) | {"timestamp": "2026-03-02"}, "timestamp: is not an RFC 3339 timestamp"),
    (event(2) | {"timestamp": "2026-03-02T00:00:00"}, "timestamp: has no offset from UTC"),
    ({"key": "lessons", "user": {"id": "ada"}, "value": 1}, "missing the field 'timestamp'"),
    (b"{", "is not valid JSON: it ends too early"),
    (b"x" * 20_000, "the line is longer than 16384 bytes"),
    (event(2, user="x" * 256), "user.id: must have 1 to 255 characters"),
]

BAD_CONFIGURATIONS: list[tuple[str, str]] = [
    ("[[metrics", "file: is not valid TOML: "),
    ("[[metrics]]\nkey = 'm'\n", "metrics[0]"),
    (CONFIGURATION.replace('metricKey = "lessons"', 'metricKey = "none"', 1), "'three'"),
    (CONFIGURATION + "\nsurprise = 1\n", "surprise"),
]


@pytest.fixture
def begun(tmp_path: Path, config: Path) -> Path:
    """A data directory with one event and an open import."""
    lines = write_lines(tmp_path / "good.jsonl", [event(1)])
    done = laurels("import", lines, "--data", tmp_path / "d", "--config", config, "--no-finish")
    assert done.status == 0, done.err
    return tmp_path / "d"


def test_every_bad_line_gets_a_sentence_and_changes_nothing(tmp_path: Path, begun: Path) -> None:
    before = laurels("digest", "--data", begun).out
    lines = write_lines(tmp_path / "bad.jsonl", [line for line, _ in BAD_LINES])
    done = laurels("import", lines, "--data", begun, "--no-finish", "--results", "errors")
    assert done.status == 3
    assert [result["line"] for result in done.results] == list(range(1, len(BAD_LINES) + 1))
    for result, (_, said) in zip(done.results, BAD_LINES, strict=True):
        assert said in result["error"]
    assert "Traceback" not in done.err
    assert laurels("digest", "--data", begun).out == before


def test_good_lines_between_bad_ones_go_in(tmp_path: Path, config: Path, begun: Path) -> None:
    mixed = [event(2), *[line for line, _ in BAD_LINES], event(3)]
    lines = write_lines(tmp_path / "mixed.jsonl", mixed)
    done = laurels("import", lines, "--data", begun, "--finish-at", FINISH_AT)
    assert done.status == 3
    assert f"2 new, 0 were in already, {len(BAD_LINES)} refused" in done.err


@pytest.mark.parametrize(("text", "said"), BAD_CONFIGURATIONS)
def test_a_bad_configuration_is_explained_and_changes_nothing(
    tmp_path: Path, begun: Path, text: str, said: str
) -> None:
    before = laurels("digest", "--data", begun).out
    (tmp_path / "bad.toml").write_text(text)
    lines = write_lines(tmp_path / "more.jsonl", [event(2)])
    done = laurels("import", lines, "--data", begun, "--config", tmp_path / "bad.toml")
    assert done.status == 4
    assert done.err.startswith("laurels: the configuration cannot be used; nothing has changed\n")
    assert said in done.err
    assert laurels("digest", "--data", begun).out == before


def test_what_is_wrong_at_once_makes_no_directory(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(1)])
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    data = tmp_path / "data"
    for options, status, said in (
        (["--config", tmp_path / "none.toml"], 2, "none.toml: No such file or directory"),
        (["--config", tmp_path / "bad.toml"], 4, "file: is not UTF-8 text (line 1)"),
        (["--config", tmp_path], 2, "Is a directory"),
        ([], 2, "--config: scope 'default' in "),
        (["--config", config, "--finish-at", "tomorrow"], 2, "--finish-at: is not an RFC 3339"),
    ):
        done = laurels("import", lines, "--data", data, *options)
        assert done.status == status, done.err
        assert said in done.err
        assert "Traceback" not in done.err
        assert not data.exists()
    done = laurels("import", tmp_path / "none.jsonl", "--data", data, "--config", config)
    assert done.status == 2
    assert "none.jsonl: No such file or directory" in done.err
    done = laurels("import", tmp_path, "--data", data, "--config", config)
    assert done.status == 2
    assert "is a directory" in done.err
    assert not data.exists()
