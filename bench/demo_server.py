"""The demo's last act: a server answers an event, is killed under load, and has lost nothing."""

import json
import os
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from bench.stage import CHECKOUT, Failed, capture, console, holds, laurels, say, show_command, title

CONFIGURATION = CHECKOUT / "api" / "configurations" / "example.toml"
CLIENTS = 4
EVENTS_EACH = 400
KILLED_AFTER = 600
"""Acknowledged events, of all clients together, after which the server is killed."""
_EVENT = "/v1/metrics/lessons/event"
_WAIT_S = 30.0
_CREATED, _ACCEPTED = 201, 202


class _Server(NamedTuple):
    url: str
    key: str
    process: subprocess.Popen[str]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"X-API-KEY": self.key}, timeout=_WAIT_S)


def show_server(directory: Path) -> None:
    """Play the act.

    Raises:
        Failed: something that is promised did not hold.
    """
    title("4. A server is killed and started again")
    say("The first start on a directory makes an admin key and shows it once:")
    data = directory / "served"
    with _serving(data) as server:
        _show_event(server)
        say(
            f"Now {CLIENTS} clients send events as quickly as they are answered, each with an "
            f"Idempotency-Key. After {KILLED_AFTER} answers the server gets a SIGKILL."
        )
        acknowledged = _send_until_killed(server)
    say(f"Killed. {len(acknowledged):,} events had been acknowledged. What is on disk:")
    before = _digest(data)
    say("The same command again; recovery comes to the same state, and clients send all again:")
    with _serving(data, server.key) as server:
        if _digest(data) != before:
            raise Failed("after the restart the state is another one")
        holds("after the restart the digest is the same")
        _check_again(server, acknowledged)
        server.process.terminate()
        if server.process.wait(_WAIT_S) != 0:
            raise Failed(f"the server ended with exit status {server.process.returncode}")
    holds("SIGTERM: everything answered, committed, exit status 0")


def _show_event(server: _Server) -> None:
    body = '{"user": {"id": "ada", "tz": "Europe/London"}, "value": 1}'
    curl = f"curl -s {server.url}{_EVENT} -H 'X-API-KEY: …' -d '{body}'"
    console.print(f"\n[bold]$[/] [cyan]{curl}[/]", soft_wrap=True)
    with server.client() as client:
        answer = client.post(_EVENT, content=body)
    if answer.status_code != _CREATED:
        raise Failed(f"the event was answered with {answer.status_code}: {answer.text}")
    told = answer.json()
    shown = {
        "eventId": told["eventId"],
        "total": told["total"],
        "achievements": [each["name"] for each in told["achievements"]],
        "currentStreak": told["currentStreak"],
        "points": _only(told["points"], "total", "added"),
        "leaderboards": _only(told["leaderboards"], "rank", "previousRank"),
    }
    console.print_json(json.dumps(shown))
    say("(Shortened.) The answer was sent when all of it was on disk.")


def _only(told: dict[str, dict[str, Any]], *names: str) -> dict[str, dict[str, Any]]:
    return {key: {name: one[name] for name in names} for key, one in told.items()}


def _send_until_killed(server: _Server) -> set[str]:
    """Let clients send until the server is killed; return the keys that were acknowledged."""
    acknowledged: set[str] = set()
    enough, lock = threading.Event(), threading.Lock()

    def send(number: int) -> None:
        with server.client() as client:
            for index in range(EVENTS_EACH):
                key = f"client{number}-{index}"
                try:
                    status = _send(client, key)
                except httpx.TransportError:
                    return
                if status == _CREATED:
                    with lock:
                        acknowledged.add(key)
                        if len(acknowledged) >= KILLED_AFTER:
                            enough.set()

    clients = [threading.Thread(target=send, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    in_time = enough.wait(_WAIT_S)
    server.process.kill()
    for client in clients:
        client.join(_WAIT_S)
    if not in_time:
        raise Failed(f"only {len(acknowledged):,} events were acknowledged in {_WAIT_S:.0f} s")
    return acknowledged


def _check_again(server: _Server, acknowledged: set[str]) -> None:
    """Send every event again, acknowledged or not; each must count once."""
    new = known = 0
    with server.client() as client:
        for number in range(CLIENTS):
            for index in range(EVENTS_EACH):
                key = f"client{number}-{index}"
                status = _send(client, key)
                if status not in (_CREATED, _ACCEPTED):
                    raise Failed(f"event {key} was answered with {status}")
                if key in acknowledged and status != _ACCEPTED:
                    raise Failed(f"event {key} had been acknowledged and was lost")
                new, known = new + (status == _CREATED), known + (status == _ACCEPTED)
        total = client.get("/v1/users/player/metrics/lessons").json()["current"]
    holds(f"all {len(acknowledged):,} acknowledged events are there")
    holds(f"sent again, {known:,} were known already and {new:,} are new")
    if total != CLIENTS * EVENTS_EACH:
        raise Failed(f"{total:,.0f} events count, {CLIENTS * EVENTS_EACH:,} were sent")
    holds(f"{total:,.0f} events count: each one once")


def _send(client: httpx.Client, key: str) -> int:
    body = {"user": {"id": "player"}, "value": 1}
    return client.post(_EVENT, json=body, headers={"Idempotency-Key": key}).status_code


def _digest(data: Path) -> str:
    digest = capture("digest", "--data", data)
    console.print(f"  {digest}", soft_wrap=True)
    return digest


@contextmanager
def _serving(data: Path, key: str | None = None) -> Generator[_Server]:
    options = ["--data", str(data), "--config", str(CONFIGURATION), "--port", "0"]
    command = [*laurels(), "serve", *options]
    show_command(command)
    log = data.parent / "served.log"
    environment = {name: value for name, value in os.environ.items() if name != "LAURELS_ADMIN_KEY"}
    with (
        log.open("a") as err,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=err, text=True, env=environment
        ) as process,
    ):
        try:
            lines = _lines(process, 1 if key else 2)
            if not lines:
                raise Failed(f"the server did not start: {log.read_text()[-500:]}")
            for line in lines:
                console.print(f"  {line}", soft_wrap=True)
            yield _Server(lines[0].rpartition(" ")[2], key or lines[1].rpartition(" ")[2], process)
        finally:
            process.kill()


def _lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(count)]
    return lines if all(lines) else []
