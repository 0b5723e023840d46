"""Processes beside the test: a writer that does what it is told, and scripts."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")

WRITER = """
import sys, trio
from persistence.directory import open_store
from engine.model.identifiers import Seq

async def main():
    async with open_store(sys.argv[1], command="laurels import …") as store:
        for line in sys.stdin:
            word = line.strip()
            if word == "append":
                first = Seq(store.log.bounds().last_seq + 1)
                await store.log.append(first, [b"by the child"], {first: b"personal"})
            if word == "derive":
                await store.derived.write(included=store.log.bounds().last_seq)
            if word == "stop":
                break
            print(word, flush=True)

trio.run(main)
"""


class Writer:
    """A writer in a process of its own, which does what it is told."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(directory)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, word: str) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == word + "\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("stop\n")
        self.process.stdin.flush()
        assert self.process.wait() == 0

    def __enter__(self) -> "Writer":
        self.tell("ready")
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        with self.process:
            pass  # closes the pipes


def run(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, in a session of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )


def start(script: str, path: Path) -> subprocess.Popen[bytes]:
    """Start a script in a process of its own, with pipes to talk to it."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def size_of(directory: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def snapshot_of(directory: Path) -> dict[str, bytes | None]:
    """Every file's content; lock.mdb apart, in which LMDB notes its readers."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
        if path.name != "lock.mdb"
    }
