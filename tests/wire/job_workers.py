"""Workers for tests: one that does nothing and says so at once, one that waits until it is told."""

from collections.abc import Callable
from typing import IO

import msgspec
import trio

from api.jobs.messages import Done, Progressed
from api.jobs.tasks import Task
from api.jobs.worker import JobFailed

USERS = ("ada", "bob", "cyd")


class QuickWorker:
    """Is done at once; of a task that names `unlucky` it says that it failed."""

    async def run(self, task: Task, users: IO[bytes], tell: Callable[[Progressed], None]) -> Done:
        await trio.lowlevel.checkpoint()
        tell(Progressed("looking at users", 2, 3))
        if b"unlucky" in task.toml:
            raise JobFailed("that was to be expected; ask for something else")
        for user in USERS:
            users.write(msgspec.json.encode({"userId": user}) + b"\n")
        users.flush()
        return Done(msgspec.Raw(b'{"scope":"default"}'), len(USERS))


class PatientWorker(QuickWorker):
    """Is done when it is told so."""

    def __init__(self) -> None:
        self.go_on = trio.Event()
        self.started = trio.Event()

    async def run(self, task: Task, users: IO[bytes], tell: Callable[[Progressed], None]) -> Done:
        self.started.set()
        await self.go_on.wait()
        return await super().run(task, users, tell)
