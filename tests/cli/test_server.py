"""`serve`, `event`, and `import`, `top`, `user` with `--url`: commands and a real server."""

import json
import re
import resource
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.command import FINISH_AT, event, laurels, write_lines
from tests.cli.served import KEY, Served, served

FAR = "2099-01-01T00:00:00Z"
"""An end that no clock of a server runs beyond while a test runs."""


@pytest.fixture
def server(tmp_path: Path, config: Path) -> Generator[Served]:
    with served(tmp_path / "served", "--config", config) as running:
        yield running


def test_the_first_start_makes_a_key_and_shows_it_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with served(data, key=None, lines=2) as server:
        key = server.said[1].rpartition(" ")[2]
        assert len(key) > 40
        headers = {"X-API-KEY": key}
        assert httpx.get(f"{server.url}/admin/v1/status", headers=headers).status_code == 200
        assert httpx.get(f"{server.url}/admin/v1/status").status_code == 401
        # A new directory is a small game at once.
        done = laurels("event", "lessons", "ada", "--url", server.url, "--key", key)
        assert json.loads(done.out)["points"]["xp"]["added"] == 10
        assert server.stop() == 0
        assert server.process.stdout
        assert server.process.stdout.read() == ""
        assert key not in server.log.read_text()
        assert key.partition(".")[2].encode() not in (data / "log" / "data.mdb").read_bytes()
    with served(data, key=None) as server:  # it is known, and not shown again
        assert httpx.get(f"{server.url}/v1/users/ada", headers=headers).json()["id"] == "ada"
        assert server.stop() == 0
        assert server.process.stdout
        assert server.process.stdout.read() == ""
    with served(data) as server:  # a key from outside counts alone
        assert httpx.get(f"{server.url}/v1/users/ada", headers=headers).status_code == 401
        given = {"X-API-KEY": KEY}
        assert httpx.get(f"{server.url}/v1/users/ada", headers=given).status_code == 200


def test_an_event_and_what_is_shown_of_it(server: Served) -> None:
    def send(number: int) -> Any:
        about = ("--tz", "Asia/Tokyo", "--idempotency-key", f"k{number}")
        done = laurels("event", "lessons", "a b", "1", *about, *server.options)
        assert done.status == 0, done.err
        return json.loads(done.out)

    answers = [send(number) for number in range(3)]
    assert answers[-1]["achievements"][0]["name"] == "Three [b]lessons"
    again = laurels("event", "lessons", "a b", "7", "--idempotency-key", "k1", *server.options)
    assert json.loads(again.out)["idempotentReplayed"] is True
    assert ["1", "a b", "3"] in cells(laurels("top", "most", *server.options).out)
    shown = cells(laurels("user", "a b", *server.options).out)
    for row in (["Time zone", "Asia/Tokyo"], ["Lessons", "3"], ["XP", "15", "One"]):
        assert row in shown


def cells(text: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


def test_what_is_wrong_gets_a_sentence_and_a_status(server: Served, tmp_path: Path) -> None:
    asks = server.options
    wrong = [
        (2, ("event", "nope", "ada", *asks), "there is no metric 'nope'"),
        (2, ("event", "lessons", "ada", "NaN", *asks), "must be a finite JSON number"),
        (2, ("user", "nobody", *asks), "there is no user 'nobody'"),
        (2, ("top", "nope", *asks), "there is no active board 'nope' (boards: most)"),
        (2, ("top", "most", "--url", server.url, "--key", "wrong"), "is not known"),
        (2, ("top", "most", "--url", server.url), "--key: is needed with --url"),
        (2, ("top", "most", "--url", "localhost", "--key", KEY), "must begin with http://"),
        (
            10,
            ("top", "most", "--url", "http://127.0.0.1:1", "--key", KEY),
            "`laurels serve`",
        ),
    ]
    for status, arguments, said in wrong:
        done = laurels(*arguments)
        assert (done.status, said in done.err) == (status, True), done.err
    bad = tmp_path / "bad.toml"
    bad.write_text("[[metrics]]\nkey = 'x y'\n")
    done = laurels("import", "-", "--config", bad, *asks)
    assert (done.status, "metrics[0]" in done.err) == (4, True), done.err
    second = laurels("serve", "--data", tmp_path / "served", "--port", 0)
    assert second.status == 5
    assert f"ask it with --url {server.url}" in second.err
    port = server.url.rpartition(":")[2]
    taken = laurels("serve", "--data", tmp_path / "other", "--port", port)
    assert (taken.status, "in use" in taken.err) == (2, True), taken.err


@pytest.mark.parametrize("sort", [False, True])
def test_an_import_is_the_same_by_http_and_by_directory(
    tmp_path: Path, config: Path, server: Served, sort: bool
) -> None:
    events = [event(day, f"u{n}", hour=h) for day in (3, 4, 6) for h in (9, 15) for n in range(300)]
    if sort:
        events = events[::-1]
    bad = [b"{", json.dumps(event(7, "u1", value="x")).encode(), b'"' + b"x" * 20_000 + b'"']
    lines = write_lines(tmp_path / "events.jsonl", [*events[:700], *bad, *events[700:]])
    options = ("--finish-at", FAR, "--results", "all", *(["--sort"] if sort else []))
    local = tmp_path / "local"
    here = laurels("import", lines, "--data", local, "--config", config, *options)
    there = laurels("import", lines, *server.options, *options)
    assert (here.status, there.status) == (3, 3), here.err + there.err
    said = [
        [{k: v for k, v in result.items() if k != "seq"} for result in done.results]
        for done in (here, there)
    ]
    assert said[0] == said[1]
    assert sum(result["status"] == "applied" for result in said[0]) == len(events)
    again = laurels("import", lines, *server.options, *options)
    assert {result["status"] for result in again.results} == {"replayed", "refused"}
    assert digest(tmp_path / "served") == digest(local)
    assert server.stop() == 0
    assert digest(tmp_path / "served") == digest(local)


def test_an_import_that_ends_in_the_past_is_compared_at_one_instant(
    tmp_path: Path, config: Path, server: Served
) -> None:
    lines = write_lines(tmp_path / "e.jsonl", [event(day) for day in (3, 4, 5, 9)])
    options = ("--finish-at", FINISH_AT)
    local = tmp_path / "local"
    assert laurels("import", lines, "--data", local, "--config", config, *options).status == 0
    done = laurels("import", lines, *server.options, *options)
    assert done.status == 0, done.err
    assert "finished: everything due by" in done.err
    at = ("--at", FAR)
    assert digest(tmp_path / "served", *at) == digest(local, *at)
    early = laurels("digest", "--data", local, "--at", "2026-03-01T00:00:00Z")
    assert (early.status, "before the scope's clock" in early.err) == (2, True)


def digest(data: Path, *options: str) -> str:
    done = laurels("digest", "--data", data, *options)
    assert done.status == 0, done.err
    return done.out.split()[1]


def test_one_request_imports_a_file_and_finishes_it(server: Served) -> None:
    body = "".join(json.dumps(event(day)) + "\n" for day in (3, 4)) + "{\n"
    headers = {"X-API-KEY": KEY}
    url = f"{server.url}/admin/v1/import"
    query = {"finish": "true", "finishAt": FAR, "name": "n"}
    answer = httpx.post(url, content=body, params=query, headers=headers)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["applied"], told["refused"], told["status"]["mode"]) == (2, 1, "live")
    assert told["results"] == [
        {
            "line": 3,
            "status": "refused",
            "error": "is not valid JSON: it ends too early",
            "code": "malformed",
        }
    ]
    late = httpx.post(url, content=json.dumps(event(8)), headers=headers)
    assert (late.status_code, late.json()["refused"]) == (200, 1)
    assert "is not importing" in late.json()["results"][0]["error"]


def test_a_server_has_room_for_its_connections(tmp_path: Path, config: Path) -> None:
    """Whatever the shell allows: here 256 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with served(tmp_path / "data", "--config", config) as server:
            limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    row = next(line for line in limits.splitlines() if line.startswith("Max open files"))
    assert int(row.split()[3]) >= min(2_048, hard)


def test_the_log_is_lines_of_json(server: Served) -> None:
    assert server.stop() == 0
    said = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert [line["event"] for line in said] == ["listening", "ready", "stopping", "stopped"]
    assert all({"level", "timestamp"} <= line.keys() for line in said)
