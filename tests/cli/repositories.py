"""Small git repositories with given authors and dates, made in one go by `git fast-import`."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Made(NamedTuple):
    """A commit to make. The date is git's raw one: seconds since 1970 and the clock's offset."""

    name: str
    email: str
    date: str
    lines: int = 0


def make_repository(path: Path, commits: Iterable[Made], *, branch: str = "main") -> Path:
    """Make a bare repository with these commits, the first one oldest; returns its path."""
    run_git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
    stream = b"".join(
        _commit(branch, number, commit) for number, commit in enumerate(commits, start=1)
    )
    # Permissive, since the offsets that some tools wrote are no offsets.
    run_git("-C", str(path), "fast-import", "--quiet", "--date-format=raw-permissive", data=stream)
    return path


def run_git(*arguments: str, data: bytes = b"") -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment["GIT_CONFIG_GLOBAL"] = environment["GIT_CONFIG_SYSTEM"] = os.devnull
    done = subprocess.run(
        ["git", *arguments], input=data, capture_output=True, check=True, env=environment
    )
    return done.stdout.decode()


def hashes(path: Path, ref: str = "main") -> list[str]:
    """Return the commits' hashes, the oldest first."""
    return run_git("-C", str(path), "rev-list", "--reverse", ref).split()


def _commit(branch: str, number: int, commit: Made) -> bytes:
    author = f"{commit.name} <{commit.email}> {commit.date}".lstrip()
    message = f"commit {number}"
    text = f"commit refs/heads/{branch}\nauthor {author}\n"
    text += f"committer C <c@example.org> {1_600_000_000 + number} +0000\n"
    text += f"data {len(message)}\n{message}\n"
    if commit.lines:
        content = "".join(f"{number} {line}\n" for line in range(commit.lines))
        text += f"M 644 inline file-{number}\ndata {len(content)}\n{content}\n"
    return text.encode("utf-8", "surrogateescape") + b"\n"
