"""`laurels import`: what goes in, what is said of it, and that running it again changes nothing."""

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.cli.command import (
    FINISH_AT,
    command,
    environment,
    event,
    laurels,
    laurels_process,
    write_lines,
)

FINISH = ("--finish-at", FINISH_AT)


def digest(data: Path, *options: object) -> str:
    done = laurels("digest", "--data", data, *options)
    assert done.status == 0, done.err
    return done.out


def test_a_file_goes_in_and_again_changes_nothing(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(1), event(2), b"", event(3)])
    data = tmp_path / "data"
    import_it = ("import", lines, "--data", data, "--config", config, *FINISH, "--results", "all")
    first = laurels_process(*import_it)
    assert first.status == 0, first.err
    assert [(r["line"], r["status"]) for r in first.results] == [
        (1, "applied"),
        (2, "applied"),
        (4, "applied"),
    ]
    assert "3 new, 0 were in already, 0 refused" in first.err
    assert "finished: everything due by 2026-03-10T00:00:00Z is recorded" in first.err
    before = digest(data)
    again = laurels(*import_it)
    assert again.status == 0
    assert [(r["line"], r["status"], r["seq"]) for r in again.results] == [
        (r["line"], "replayed", r["seq"]) for r in first.results
    ]
    assert digest(data) == before


def test_an_open_import_takes_appended_lines_and_is_finished_later(
    tmp_path: Path, config: Path
) -> None:
    lines, data = tmp_path / "e.jsonl", tmp_path / "data"
    write_lines(lines, [event(1), event(2)])
    opened = laurels("import", lines, "--data", data, "--config", config, "--no-finish")
    assert opened.status == 0
    assert "the import stays open (--no-finish)" in opened.err
    write_lines(lines, [event(1), event(2), event(3)])
    # The configuration is in force already, so it need not be named again.
    resumed = laurels("import", lines, "--data", data, *FINISH)
    assert "1 new, 2 were in already, 0 refused" in resumed.err
    whole = tmp_path / "whole"
    laurels("import", lines, "--data", whole, "--config", config, *FINISH)
    assert digest(data) == digest(whole)


def test_lines_with_keys_may_move(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    keyed = [event(day, idempotencyKey=f"k{day}") for day in (1, 2)]
    lines = write_lines(tmp_path / "e.jsonl", keyed)
    laurels("import", lines, "--data", data, "--config", config, "--no-finish")
    moved = write_lines(tmp_path / "f.jsonl", [*reversed(keyed), event(3)])
    done = laurels("import", moved, "--data", data, *FINISH)
    assert "1 new, 2 were in already, 0 refused" in done.err


def test_standard_input_and_a_name(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    text = (json.dumps(event(1)) + "\n" + json.dumps(event(2))).encode()
    options = ("--data", data, "--config", config, "--no-finish")
    assert "2 new" in laurels("import", "-", *options, "--name", "n", data=text).err
    assert "2 were in already" in laurels("import", "-", *options, "--name", "n", data=text).err
    # Another name makes other items of the same lines.
    other = laurels("import", "-", *options, "--name", "other", data=text)
    assert "1 new, 0 were in already, 1 refused" in other.err


def test_order_of_time(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(2), event(1), event(3)])
    done = laurels(
        "import", lines, "--data", tmp_path / "a", "--config", config, *FINISH, "--results", "all"
    )
    assert done.status == 3
    assert [r["status"] for r in done.results] == ["applied", "refused", "applied"]
    assert done.results[1]["code"] == "out_of_order"
    options = ("--config", config, *FINISH, "--results", "all", "--sort")
    done = laurels("import", lines, "--data", tmp_path / "b", *options)
    assert done.status == 0
    assert [(r["line"], r["status"]) for r in done.results] == [
        (2, "applied"),
        (1, "applied"),
        (3, "applied"),
    ]


def test_results_of_errors_only(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(1), b"{", event(2)])
    data = tmp_path / "data"
    done = laurels(
        "import", lines, "--data", data, "--config", config, *FINISH, "--results", "errors"
    )
    assert done.status == 3
    assert done.results == [
        {
            "line": 2,
            "status": "refused",
            "error": "is not valid JSON: it ends too early",
            "code": "malformed",
        }
    ]


def test_many_refused_lines_are_named_in_part(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(1), *[b"{"] * 30])
    done = laurels_process("import", lines, "--data", tmp_path / "d", "--config", config, *FINISH)
    assert done.status == 3
    assert "laurels: line 2: is not valid JSON: it ends too early" in done.err
    assert "line 21: " in done.err
    assert "line 22: " not in done.err
    assert "… and 10 more refused; --results errors lists all of them" in done.err


def test_a_live_scope_takes_no_history(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    lines = write_lines(tmp_path / "e.jsonl", [event(1)])
    laurels("import", lines, "--data", data, "--config", config, *FINISH)
    before = digest(data)
    more = write_lines(tmp_path / "f.jsonl", [event(2)])
    done = laurels("import", more, "--data", data, *FINISH)
    assert done.status == 3
    assert "line 1: timestamp: scope 'default' is not importing" in done.err
    assert digest(data) == before


def test_an_import_of_which_nothing_is_in_stays_open(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    lines = write_lines(tmp_path / "e.jsonl", [event(1, key="lesson")])
    done = laurels("import", lines, "--data", data, "--config", config, *FINISH)
    assert done.status == 3
    assert "the import stays open, since nothing is in" in done.err
    write_lines(lines, [event(1)])
    assert laurels("import", lines, "--data", data, *FINISH).status == 0


def test_later_than_the_end_is_refused(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(1), event(20)])
    done = laurels("import", lines, "--data", tmp_path / "data", "--config", config, *FINISH)
    assert done.status == 3
    assert "line 2: timestamp: 2026-03-20T12:00:00Z is later than the end of the import" in done.err


def test_a_changed_configuration_is_a_new_version(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    lines = write_lines(tmp_path / "e.jsonl", [event(1), event(2)])
    laurels("import", lines, "--data", data, "--config", config, "--no-finish")
    config.write_text(config.read_text().replace('name = "Lessons"', 'name = "Lectures"'))
    done = laurels("import", lines, "--data", data, "--config", config, *FINISH)
    assert done.status == 0
    assert "the configuration differs: it is in force from here as version 2" in done.err


def test_two_scopes_do_not_touch_each_other(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    one = write_lines(tmp_path / "one.jsonl", [event(1, idempotencyKey="k")])
    two = write_lines(tmp_path / "two.jsonl", [event(2, idempotencyKey="k"), event(3)])
    laurels("import", one, "--data", data, "--config", config, *FINISH)
    before = digest(data).split()[1]
    done = laurels("import", two, "--data", data, "--config", config, "--scope", "b", "--no-finish")
    assert done.status == 0
    assert "2 new" in done.err
    assert digest(data).split()[1] == before
    missing = laurels("digest", "--data", data, "--scope", "c")
    assert missing.status == 2
    assert "'c'" in missing.err


def start_from_pipe(data: Path, config: Path) -> subprocess.Popen[bytes]:
    """Start an import from a pipe; returns once its first line is acknowledged."""
    arguments = ("import", "-", "--data", data, "--config", config, *FINISH, "--name", "pipe")
    process = subprocess.Popen(
        command(*arguments, "--results", "all"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(event(1)).encode() + b"\n")
    process.stdin.flush()
    # A slow pipe gets its answers at once: nothing waits for a window to fill up.
    assert json.loads(process.stdout.readline())["status"] == "applied"
    return process


def test_an_interrupted_import_says_so_and_goes_on_later(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    process = start_from_pipe(data, config)
    process.send_signal(signal.SIGINT)
    # Standard input is still open: the command does not wait for its end.
    assert process.wait(timeout=30) == 130
    said = process.communicate()[1].decode()
    assert "1 line is in and on disk; the same command goes on from there" in said
    assert "Traceback" not in said
    text = (json.dumps(event(1)) + "\n" + json.dumps(event(2)) + "\n").encode()
    done = laurels("import", "-", "--data", data, *FINISH, "--name", "pipe", data=text)
    assert done.status == 0
    assert "1 new, 1 were in already, 0 refused" in done.err


def test_a_second_writer_is_refused_and_changes_nothing(tmp_path: Path, config: Path) -> None:
    data = tmp_path / "data"
    process = start_from_pipe(data, config)
    lines = write_lines(tmp_path / "e.jsonl", [event(2)])
    second = laurels_process("import", lines, "--data", data, *FINISH)
    assert second.status == 5
    assert str(process.pid) in second.err
    assert len(second.err.splitlines()) == 1
    # Readers need no lock.
    assert laurels("digest", "--data", data).status == 0
    out, _ = process.communicate(json.dumps(event(3)).encode(), timeout=30)
    assert [json.loads(line)["line"] for line in out.splitlines()] == [2]
    assert process.returncode == 0


def test_a_reader_of_results_who_leaves_gets_no_traceback(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(1)] * 5000)
    arguments = ("import", lines, "--data", tmp_path / "d", "--config", config, "--results", "all")
    process = subprocess.Popen(
        command(*arguments, "--no-finish"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait(timeout=30)
    assert "Traceback" not in said


def test_a_terminal_gets_a_bar_and_the_same_words(tmp_path: Path, config: Path) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [*[event(1)] * 5000, b"{"])
    arguments = ("import", lines, "--data", tmp_path / "data", "--config", config, *FINISH)
    ours, theirs = os.openpty()
    shown = {**environment(), "TERM": "xterm-256color"}
    process = subprocess.Popen(command(*arguments), stderr=theirs, env=shown)
    os.close(theirs)
    said = b""
    with open(ours, "rb", buffering=0) as terminal, suppress(OSError):  # noqa: PTH123 - no path
        while piece := terminal.read(4096):
            said += piece
    assert process.wait(timeout=30) == 3
    assert "importing" in said.decode()
    assert "━" in said.decode()
    assert "line 5001: is not valid JSON" in said.decode()
    assert "5,000 new, 0 were in already, 1 refused" in said.decode()
