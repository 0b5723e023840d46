"""A job's process that does as the first line of the configuration says; else what it should."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import trio

from api.jobs import child, tasks
from api.jobs.tasks import Result, Row, Task
from engine.model.errors import LogDamaged
from persistence.verify import Progress


async def perform(data: Path, task: Task, tell: Progress, take: Callable[[Row], None]) -> Result:
    tell(f"process {os.getpid()}", 0, 1)
    match task.toml.partition(b"\n")[0]:
        case b"# endless":
            await trio.sleep_forever()
        case b"# deaf":
            while True:
                signal.pause()
        case b"# exits":
            os._exit(3)
        case b"# killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"# babbles":
            print("{}", flush=True)
        case b"# damaged":
            raise LogDamaged("record 7 is not what was written")
        case _:
            pass
    return await tasks.perform(data, task, tell, take)


child.perform = perform

if __name__ == "__main__":
    child.main()
