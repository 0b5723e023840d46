"""The jobs of a server: one running, the last few that are over, and whoever waits for one.

    running ──► done
       ├──────► failed       the sentence says what to do
       └──────► cancelled    by whoever asked, or because the server stops

Nothing of them is on disk: a restart forgets them. The users whom a job lists are in a temporary
file without a name, which the system takes away with the job, or with the process.
"""

import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import IO, NamedTuple

import msgspec
import trio

from api.jobs.limits import JOB_PAGE_SIZE_MAX, JOBS_KEPT_MAX, JOBS_RUNNING_MAX
from api.jobs.messages import Progressed
from api.jobs.tasks import Task, WhatIfTask
from api.jobs.worker import JobFailed, Worker
from api.operations.answers_jobs import JobKind, JobState
from engine.host.clock import Clock
from engine.model.errors import EngineClosed, Forbidden, InvalidInput, NotFound, Overloaded
from engine.model.identifiers import Instant

NO_RESULT = msgspec.Raw(b"null")


class Job:
    """One job, running or over."""

    def __init__(self, job_id: str, task: Task, started_at: Instant) -> None:
        self.id = job_id
        self.scope = task.scope
        self.kind: JobKind = "what-if" if isinstance(task, WhatIfTask) else "dry-run"
        self.state: JobState = "running"
        self.started_at = started_at
        self.ended_at: Instant | None = None
        self.progress = Progressed("starting", 0, 0)
        self.result = NO_RESULT
        self.users_listed = 0
        self.error: str | None = None
        self.users: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `Jobs` closes it
        self.running = trio.CancelScope()
        self._over = trio.Event()

    def end(self, state: JobState, at: Instant) -> None:
        """Note how it ended."""
        self.state = state
        self.ended_at = at
        self._over.set()

    async def wait_over(self, seconds: float) -> None:
        """Wait until it is over, at most so long."""
        with trio.move_on_after(seconds):
            await self._over.wait()


class Page(NamedTuple):
    """Some of the users whom a job lists."""

    rows: list[msgspec.Raw]
    next: str | None


class Jobs:
    """All jobs that are known."""

    def __init__(self, worker: Worker | None, clock: Clock, nursery: trio.Nursery) -> None:
        """Begin with none.

        Args:
            worker: does them; None for a server that can do none.
            clock: tells when they began and ended.
            nursery: where they run.
        """
        self._worker = worker
        self._clock = clock
        self._nursery = nursery
        self._jobs: dict[str, Job] = {}
        self._count = 0
        self._closed = False

    def start(self, task: Task, prefix: int) -> Job:
        """Start a job.

        Args:
            task: what to do.
            prefix: begins the job's id: the last record of the log, so that no id means one job
                before a restart of the server and another one after it.

        Raises:
            Overloaded: one is running.
            EngineClosed: the server is stopping.
            Forbidden: this server keeps its data in memory only.
        """
        if self._closed:
            raise EngineClosed("the server is stopping; ask again in a moment")
        if self._worker is None:
            raise Forbidden("this server has no data directory that a job could read")
        running = [job for job in self._jobs.values() if job.state == "running"]
        if len(running) >= JOBS_RUNNING_MAX:
            raise Overloaded(f"job {running[0].id} is running; ask again when it is over")
        self._count += 1
        job = Job(f"{prefix}-{self._count}", task, self._clock.now())
        self._jobs[job.id] = job
        self._nursery.start_soon(self._run, self._worker, job, task)
        return job

    def find(self, scope: str, job_id: str) -> Job:
        """Return a job of a scope.

        Raises:
            NotFound: there is none, or not any more.
        """
        job = self._jobs.get(job_id)
        if job is None or job.scope != scope:
            raise NotFound(f"there is no job {job_id[:80]!r} (any more)")
        return job

    def of(self, scope: str) -> list[Job]:
        """Return the jobs of a scope, the last one first."""
        return [job for job in reversed(self._jobs.values()) if job.scope == scope]

    async def page(self, job: Job, after: str, limit: int) -> Page:
        """Return some of the users whom a job lists.

        Args:
            job: one that is over.
            after: where to begin: `0`, or what another page says is next.
            limit: how many at most.

        Raises:
            InvalidInput: no page begins there.
        """
        start = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else -1
        # A descriptor of its own: the job may be forgotten, and its number used again, meanwhile.
        descriptor = os.dup(job.users.fileno())
        return await trio.to_thread.run_sync(_read_page, descriptor, start, limit)

    def close(self) -> None:
        """Start none any more, and end the one that is running."""
        self._closed = True
        for job in self._jobs.values():
            job.running.cancel()

    async def _run(self, worker: Worker, job: Job, task: Task) -> None:
        def tell(progress: Progressed) -> None:
            job.progress = progress

        state: JobState = "cancelled"
        try:
            with job.running:
                done = await worker.run(task, job.users, tell)
                job.result, job.users_listed = done.result, done.users_listed
                state = "done"
        except JobFailed as error:
            job.error = str(error)
            state = "failed"
        finally:
            job.end(state, self._clock.now())
            self.forget(JOBS_KEPT_MAX)

    def forget(self, kept: int = 0) -> None:
        """Forget the oldest jobs that are over, but for so many."""
        over = [job for job in self._jobs.values() if job.state != "running"]
        for job in over[: max(0, len(over) - kept)]:
            del self._jobs[job.id]
            job.users.close()


def _read_page(descriptor: int, start: int, limit: int) -> Page:
    """Read lines from a position on, and close the descriptor. Blocks: for a thread."""
    try:
        if start < 0 or (start > 0 and os.pread(descriptor, 1, start - 1) != b"\n"):
            raise InvalidInput("after", "must be what another page says is next")
        text = os.pread(descriptor, JOB_PAGE_SIZE_MAX, start)
        *lines, rest = text[: text.rfind(b"\n") + 1].split(b"\n", limit)
        end = start + sum(len(line) + 1 for line in lines)
        more = bool(rest) or bool(os.pread(descriptor, 1, end))
        return Page([msgspec.Raw(line) for line in lines], str(end) if more else None)
    finally:
        os.close(descriptor)


@asynccontextmanager
async def open_jobs(worker: Worker | None, clock: Clock) -> AsyncGenerator[Jobs]:
    """Let jobs run while the block does; what is running when it is left is ended."""
    jobs: Jobs | None = None
    try:
        async with trio.open_nursery() as nursery:
            jobs = Jobs(worker, clock, nursery)
            try:
                yield jobs
            finally:
                jobs.close()
    finally:
        if jobs is not None:
            jobs.forget()
