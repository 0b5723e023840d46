"""Runs the command `laurels`: as a process of its own, or, ten times as fast, in this one."""

import gc
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.cli.main import main
from tests.conftest import REPOSITORY

CONFIGURATION = """
[[metrics]]
key = "lessons"
name = "Lessons"

[[attributes]]
key = "plan"
name = "Plan"

[[attributes]]
key = "via"
name = "Via"
type = "event"

[streaks]
metrics = [{ key = "lessons", threshold = 1 }]

[[achievements]]
key = "three"
name = "Three [b]lessons"
trigger = "metric"
metricKey = "lessons"
metricValue = 3

[[points]]
key = "xp"
name = "XP"
levels = [{ key = "one", name = "One", points = 10 }]
triggers = [
    { key = "lesson", type = "metric", metricKey = "lessons", metricThreshold = 1, points = 5 },
]

[[leaderboards]]
key = "most"
name = "Most lessons"
rankBy = "metric"
metricKey = "lessons"
"""
FINISH_AT = "2026-03-10T00:00:00Z"


class Done(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def results(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def environment() -> dict[str, str]:
    """The environment of a command: a wide screen, so that nothing is wrapped, and no colours."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LAURELS_")}
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}


def command(*arguments: object) -> list[str]:
    return [str(Path(sys.executable).with_name("laurels")), *map(str, arguments)]


def laurels_process(*arguments: object, data: bytes = b"") -> Done:
    """Run a command to its end as a process of its own."""
    done = subprocess.run(
        command(*arguments),
        input=data,
        capture_output=True,
        check=False,
        env=environment(),
        cwd=REPOSITORY,
        timeout=60,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def laurels(*arguments: object, data: bytes = b"") -> Done:
    """Run a command to its end in this process, from its entry on.

    What the entry sets for its process is set back afterwards.
    """
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    with pytest.MonkeyPatch.context() as patch, _standard_input(data), _untuned():
        for name in [name for name in os.environ if name not in environment()]:
            patch.delenv(name)
        for name, value in environment().items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["laurels", *map(str, arguments)])
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as exited:
            main()
    out.flush()
    err.flush()
    status = exited.value.code or 0
    assert isinstance(status, int)
    return Done(status, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


@contextmanager
def _standard_input(data: bytes) -> Generator[None]:
    kept = os.dup(0)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        os.dup2(file.fileno(), 0)
        try:
            yield
        finally:
            os.dup2(kept, 0)
            os.close(kept)


@contextmanager
def _untuned() -> Generator[None]:
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
        sys.setswitchinterval(interval)


def event(day: int, user: str = "ada", hour: int = 12, **fields: object) -> dict[str, object]:
    """A line of an import: one lesson in March 2026."""
    stamp = f"2026-03-{day:02}T{hour:02}:00:00Z"
    return {"key": "lessons", "user": {"id": user}, "value": 1, "timestamp": stamp, **fields}


def write_lines(path: Path, events: Iterable[dict[str, object] | bytes]) -> Path:
    lines = [e if isinstance(e, bytes) else json.dumps(e).encode() for e in events]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
