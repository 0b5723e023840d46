"""Jobs over HTTP, each in a process of its own: what they find, how they end, and that they do."""

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from api.front.server import Front
from api.jobs.limits import JOBS_KEPT_MAX
from api.jobs.tasks import WhatIfTask, perform
from api.jobs.worker import ChildWorker
from engine.host.engine import Settings
from tests.cli.test_what_if import trace
from tests.conftest import REPOSITORY
from tests.unit.games import clock_at
from tests.wire.job_workers import PatientWorker, QuickWorker
from tests.wire.script import CONFIGURATION
from tests.wire.script_jobs import DRY_RUN, JOBS_PATH, WHAT_IF
from tests.wire.server import EVENT, FULL, FULL_FILE, Running, event, running

LOWER_FILE = FULL_FILE.replace(b"metricValue = 10.5", b"metricValue = 5").replace(
    b"metricThreshold = 5, points = 2", b"metricThreshold = 1, points = 1"
)


@asynccontextmanager
async def a_game(
    data: Path, front: Front = "both", module: str = "api.jobs.child"
) -> AsyncGenerator[Running]:
    """A server on a directory with three users, of whom two have more than five steps."""
    worker = ChildWorker(data, module)
    settings = Settings(sweeping=False)
    async with running(
        front, data=data, document=FULL, clock=clock_at(), settings=settings, worker=worker
    ) as server:
        for user, value in (("ada", 6), ("bob", 12), ("cyd", 3)):
            assert (await server.ask("POST", EVENT, event(user, value))).status == 201
        yield server


async def start(server: Running, path: str, file: bytes) -> str:
    answer = await server.ask("POST", path, file)
    assert answer.status == 202, answer.body
    return f"{JOBS_PATH}/{answer.json['id']}"


async def over(server: Running, path: str, query: str = "") -> dict[str, Any]:
    """Wait until a job is over."""
    with trio.fail_after(30):
        while True:
            answer = await server.ask("GET", f"{path}?wait=5{query}")
            assert answer.status == 200, answer.body
            if answer.json["state"] != "running":
                return answer.json


async def process_of(server: Running, path: str) -> int:
    """Wait until a job's process says its number."""
    with trio.fail_after(30):
        while True:
            answer = await server.ask("GET", path)
            assert answer.json["error"] is None, answer.json
            if match := re.fullmatch(r"process (\d+)", answer.json["progress"]["doing"]):
                return int(match[1])


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


async def test_what_if_says_what_it_says_without_a_server(
    front: Front, data_directory: Path
) -> None:
    async with a_game(data_directory, front) as server:
        job = await over(server, await start(server, WHAT_IF, LOWER_FILE))
    assert (job["state"], job["error"], job["usersListed"]) == ("done", None, 3)
    rows: list[object] = []
    before = trace(data_directory)
    task = WhatIfTask("default", LOWER_FILE)
    result = await perform(data_directory, task, lambda *_: None, rows.append)
    assert job["result"] == msgspec.json.decode(msgspec.json.encode(result))
    assert job["users"] == msgspec.json.decode(msgspec.json.encode(rows))
    assert trace(data_directory) == before
    gained = {user["userId"]: user["gained"] for user in job["users"]}
    assert gained == {"ada": ["walker"], "bob": [], "cyd": []}


async def test_a_dry_run_says_what_then_happens(front: Front, data_directory: Path) -> None:
    async with a_game(data_directory, front) as server:
        job = await over(server, await start(server, DRY_RUN, LOWER_FILE))
        assert job["result"]["users"] == 1
        assert job["result"]["achievements"] == [{"key": "walker", "name": "Walker", "users": 1}]
        assert job["users"] == [{"userId": "ada", "achievements": ["walker"]}]
        ada = "/v1/users/ada/achievements"
        assert (await server.ask("GET", ada)).json == []
        assert (await server.ask("PUT", CONFIGURATION, LOWER_FILE)).status == 200
        assert [a["key"] for a in (await server.ask("GET", ada)).json] == ["walker"]


async def test_users_are_paged(data_directory: Path) -> None:
    async with a_game(data_directory) as server:
        path = await start(server, WHAT_IF, LOWER_FILE)
        found, page = list[str](), await over(server, path, "&limit=1")
        found += [user["userId"] for user in page["users"]]
        while page["next"] is not None:
            page = await over(server, path, f"&limit=1&after={page['next']}")
            found += [user["userId"] for user in page["users"]]
    assert found == ["ada", "bob", "cyd"]


async def test_a_job_can_be_cancelled_and_then_another_one_started(
    front: Front, data_directory: Path
) -> None:
    async with a_game(data_directory, front, "tests.wire.odd_child") as server:
        path = await start(server, WHAT_IF, b"# endless\n" + FULL_FILE)
        process = await process_of(server, path)
        second = await server.ask("POST", DRY_RUN, FULL_FILE)
        assert (second.status, second.headers["retry-after"]) == (503, "1")
        assert second.json["code"] == "overloaded"
        cancelled = await server.ask("DELETE", path)
        assert (cancelled.status, cancelled.json["state"]) == (200, "cancelled")
        assert is_gone(process)
        assert (await over(server, path))["result"] is None
        job = await over(server, await start(server, DRY_RUN, FULL_FILE))
        assert job["state"] == "done"


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (b"# exits", "its process ended with status 3; the server's log has what it said"),
        (b"# killed", "its process was killed, perhaps for want of memory; run `laurels what-if`"),
        (b"# babbles", "its process said what nobody understands; the log may say why"),
        (b"# damaged", "record 7 is not what was written"),
    ],
)
async def test_a_job_that_fails_says_what_to_do(
    data_directory: Path, file: bytes, error: str
) -> None:
    async with a_game(data_directory, module="tests.wire.odd_child") as server:
        job = await over(server, await start(server, WHAT_IF, file + b"\n" + FULL_FILE))
        assert job["state"] == "failed"
        assert job["error"].startswith(error)
        assert (await server.ask("POST", EVENT, event("ada"))).status == 201


@pytest.mark.parametrize("kind", [b"# endless", b"# deaf"])
async def test_a_stop_leaves_no_process(data_directory: Path, kind: bytes) -> None:
    async with a_game(data_directory, module="tests.wire.odd_child") as server:
        path = await start(server, WHAT_IF, kind + b"\n" + FULL_FILE)
        process = await process_of(server, path)
        began_at = trio.current_time()
    assert is_gone(process)
    assert trio.current_time() - began_at < 5


def test_a_server_that_is_killed_leaves_no_process(data_directory: Path) -> None:
    """A process that attends to a job is killed; the system closes the pipe, and the job ends."""
    attend = (
        "import tempfile, trio\n"
        "from pathlib import Path\n"
        "from api.jobs.tasks import DryRunTask\n"
        "from api.jobs.worker import ChildWorker\n"
        f"worker = ChildWorker(Path({str(data_directory)!r}), 'tests.wire.odd_child')\n"
        "task = DryRunTask('default', b'# endless\\n')\n"
        "tell = lambda progress: print(progress.doing, flush=True)\n"
        "trio.run(worker.run, task, tempfile.TemporaryFile(), tell)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", attend], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as server:
        assert server.stdout is not None
        process = int(server.stdout.readline().removeprefix("process "))
        handle = os.pidfd_open(process)
        try:
            server.send_signal(signal.SIGKILL)
            ended, _, _ = select.select([handle], [], [], 30)
            assert ended, "the job's process is still there"
        finally:
            os.close(handle)


async def test_the_last_jobs_are_kept() -> None:
    async with running(worker=QuickWorker()) as server:
        paths = [await _done(server) for _ in range(JOBS_KEPT_MAX + 2)]
        listed = [job["id"] for job in (await server.ask("GET", JOBS_PATH)).json["jobs"]]
        assert [f"{JOBS_PATH}/{job}" for job in listed] == paths[:1:-1]
        statuses = [(await server.ask("GET", path)).status for path in paths]
        assert statuses == [404, 404] + [200] * JOBS_KEPT_MAX


async def _done(server: Running) -> str:
    path = await start(server, DRY_RUN, FULL_FILE)
    assert (await over(server, path))["state"] == "done"
    return path


async def test_a_stop_ends_a_wait() -> None:
    worker = PatientWorker()
    async with running(worker=worker) as server:
        path = await start(server, DRY_RUN, FULL_FILE)
        await worker.started.wait()
        answers: list[dict[str, Any]] = []

        async def ask() -> None:
            answers.append((await server.ask("GET", f"{path}?wait=5")).json)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            while not server.service.admission.statistics().requests:
                await trio.lowlevel.checkpoint()
            server.stop.set()
        assert [answer["state"] for answer in answers] == ["cancelled"]


async def test_a_server_in_memory_refuses_jobs() -> None:
    async with running() as server:
        answer = await server.ask("POST", DRY_RUN, FULL_FILE)
        assert (answer.status, answer.json["code"]) == (403, "forbidden")
