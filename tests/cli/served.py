"""A server as people start it: the command `laurels serve`, a process of its own."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.cli.command import command, environment

KEY = "served.0123456789abcdef"
STOP_S_MAX = 20


class Served(NamedTuple):
    """A server that answers."""

    url: str
    said: list[str]
    """Its first lines on standard output."""
    process: subprocess.Popen[str]
    log: Path

    @property
    def options(self) -> tuple[str, str, str, str]:
        """What a command needs to ask it."""
        return "--url", self.url, "--key", KEY

    def stop(self) -> int:
        """Tell it to stop; return its exit status."""
        self.process.terminate()
        return self.process.wait(STOP_S_MAX)


@contextmanager
def served(
    data: Path, *options: object, key: str | None = KEY, lines: int = 1
) -> Generator[Served]:
    """Run the command on a directory; with `lines` lines of standard output it is ready."""
    log = data.parent / f"{data.name}.log"
    env = environment() | ({} if key is None else {"LAURELS_ADMIN_KEY": key})
    arguments = command("serve", "--data", data, "--port", 0, *options)
    with (
        log.open("a") as err,
        subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=err, text=True, env=env
        ) as process,
    ):
        assert process.stdout is not None
        try:
            said = [process.stdout.readline().strip() for _ in range(lines)]
            assert said[0].startswith("Laurels answers at "), log.read_text()
            yield Served(said[0].rpartition(" ")[2], said, process, log)
        finally:
            process.kill()
