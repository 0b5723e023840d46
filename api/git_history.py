"""A git history as events: who committed when, and where they probably were.

`git log` is read as a stream. What it says of a commit never changes with the commit's hash, so the
hash makes the event's identity and a later run of the same import counts nothing twice. For that
reason names are taken as committed: `.mailmap` may change tomorrow and would move old commits to
another user.

The events are ordered by author date, across all repositories, and that needs every commit in
memory at once: some 300 bytes each.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from sys import intern
from typing import IO, NamedTuple

from msgspec import UNSET

from api.items import Item
from api.zone_inference import Sighting, ZoneInference
from engine.host.requests import EventRequest, UserFields
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant, Millionths
from engine.model.limits import ID_LENGTH_MAX, INSTANT_MAX
from engine.model.numbers import UNIT

SECOND_US = 1_000_000
READ_SIZE = 1 << 16
PROGRESS_COMMITS = 256
OFFSET_MAX = 14 * 60
"""Minutes: no zone has been further from UTC; clocks that say so are wrong."""

_FIELDS = ("%H", "%an", "%ae", "%ad")
_CHANGED = re.compile(rb"(\d+) (?:insertion|deletion)")
_DATE = re.compile(r"(\d{1,20}) ([+-])(\d{2})(\d{2})")

# Set by a git that runs us (hooks, aliases); they would name its repository instead of ours.
_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)


class Commit(NamedTuple):
    """What counts of one commit."""

    at: Instant
    hash: str
    user: str
    """The id: the author's e-mail, in lower case and without what ids must not hold."""
    name: str
    offset: int | None
    """Minutes east of UTC on the author's clock; None if it makes no sense."""
    lines: int
    """Lines added and removed, 0 where they were not asked for, and of merges."""


class Skipped(NamedTuple):
    """A commit that cannot be an event."""

    hash: str
    reason: str


class Author(NamedTuple):
    """What all of a person's commits say about them."""

    name: str
    zone: str


class History(NamedTuple):
    """One or several repositories, each commit once, by author date."""

    commits: Sequence[Commit]
    authors: dict[str, Author]
    skipped: Sequence[Skipped]
    shallow: Sequence[Path]
    """Repositories that hold the newest part of their history only."""


def read_history(
    paths: Sequence[Path],
    *,
    all_refs: bool = False,
    lines: bool = False,
    until: Instant = INSTANT_MAX,
    progress: Callable[[int], None] = lambda _: None,
) -> History:
    """Read the histories of repositories as one.

    Args:
        paths: repositories, bare ones too, or folders within.
        all_refs: every commit that any branch, tag or remote reaches, instead of HEAD's.
        lines: count changed lines, which takes git many times as long.
        until: commits after this instant are skipped.
        progress: told now and then how many commits have been read.

    Raises:
        InvalidInput: git is missing, or cannot read a path; the sentence is git's.
    """
    commits: dict[str, Commit] = {}
    skipped: dict[str, Skipped] = {}
    for path in paths:
        for found in read_commits(path, all_refs=all_refs, lines=lines, until=until):
            if isinstance(found, Commit):
                commits.setdefault(found.hash, found)
            else:
                skipped.setdefault(found.hash, found)
            if len(commits) % PROGRESS_COMMITS == 0:
                progress(len(commits))
    # By hash where the second is the same: the order must not depend on the order of the paths.
    ordered = sorted(commits.values())
    shallow = [path for path in paths if _is_shallow(path)]
    return History(ordered, describe_authors(ordered), list(skipped.values()), shallow)


def describe_authors(commits: Iterable[Commit]) -> dict[str, Author]:
    """Return every author by id: the name they last used, the zone their offsets point to."""
    names: dict[str, str] = {}
    seen: dict[str, list[Sighting]] = {}
    for commit in commits:
        names[commit.user] = commit.name or names.get(commit.user, "")
        sightings = seen.setdefault(commit.user, [])
        if commit.offset is not None:
            sightings.append(Sighting(commit.at, commit.offset))
    inference = ZoneInference()
    return {user: Author(names[user], inference.infer(seen[user])) for user in names}


def history_items(history: History) -> list[Item]:
    """Return a history as events: one on `commits` each, and one on `lines` where any changed."""
    items: list[Item] = []
    for commit in history.commits:
        author = history.authors[commit.user]
        user = UserFields(commit.user, tz=author.zone, name=author.name or UNSET)
        counts = [("commits", 1)] + ([("lines", commit.lines)] if commit.lines else [])
        for metric, count in counts:
            value = Millionths(count * UNIT)
            request = EventRequest(metric, user, value, key=commit.hash)
            items.append(Item(len(items) + 1, request, commit.at))
    return items


def read_commits(
    path: Path, *, all_refs: bool, lines: bool, until: Instant
) -> Iterator[Commit | Skipped]:
    """Yield what `git log` tells, newest first, as it tells it.

    Raises:
        InvalidInput: git is missing, or cannot read the path; the sentence is git's.
    """
    arguments = [
        "log",
        "--no-show-signature",
        "--no-color",
        "--no-mailmap",
        "--date=raw",
        # NUL is the one character that neither names nor counts of lines can hold.
        "--format=%x00" + "%x00".join(_FIELDS) + "%x00",
        *(["--shortstat"] if lines else []),
        *(["--all"] if all_refs else []),
    ]
    with tempfile.TemporaryFile() as complaints:
        process = _start_git(path, arguments, complaints)
        assert process.stdout is not None
        try:
            for fields in _in_groups(process.stdout):
                yield _read_commit(fields, until)
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdout.close()
            status = process.wait()
        if status != 0:
            complaints.seek(0)
            raise InvalidInput(str(path), _git_says(complaints.read()))


def user_id(email: str, name: str) -> str:
    """Return the id an author is known by: their e-mail, else their name, as SPEC 3.1 allows it."""
    text = email.strip().lower() or name.strip().lower() or "unknown"
    return "".join("_" if c == "/" or not c.isprintable() else c for c in text)[:ID_LENGTH_MAX]


def parse_date(text: str) -> tuple[int, int | None] | None:
    """Read git's raw date as seconds since 1970 and minutes east of UTC, None if it is none."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        seconds, _, rest = text.strip().partition(" ")
        # Some tools wrote offsets like +051800: the instant still counts.
        return (int(seconds), None) if rest and seconds.isascii() and seconds.isdigit() else None
    hours, minutes = int(match[3]), int(match[4])
    offset = (hours * 60 + minutes) * (-1 if match[2] == "-" else 1)
    sensible = minutes < 60 and abs(offset) <= OFFSET_MAX
    return int(match[1]), offset if sensible else None


def _read_commit(fields: tuple[bytes, ...], until: Instant) -> Commit | Skipped:
    hash_, name, email, date, changes = fields
    commit_hash = hash_.decode("ascii")
    parsed = parse_date(date.decode("ascii", "replace"))
    # git itself shows 1970-01-01T00:00:00Z where a commit's date cannot be read.
    if parsed is None or parsed[0] == 0:
        return Skipped(commit_hash, "has no readable author date after 1970")
    seconds, offset = parsed
    at = Instant(seconds * SECOND_US)
    if at > INSTANT_MAX:
        return Skipped(commit_hash, "has an author date after 2100")
    if at > until:
        return Skipped(commit_hash, "has an author date later than the import's end")
    shown = "".join(c for c in _text(name) if c.isprintable()).strip()[:ID_LENGTH_MAX]
    return Commit(
        at=at,
        hash=commit_hash,
        # Interned: a history has many commits and few authors.
        user=intern(user_id(_text(email), shown)),
        name=intern(shown),
        offset=offset,
        lines=sum(int(number) for number in _CHANGED.findall(changes)),
    )


def _in_groups(stream: IO[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Split a stream into commits: their fields, and what follows (counts of lines or nothing)."""
    tokens = _split(stream)
    next(tokens)  # the nothing before the first commit's NUL
    return zip(*[tokens] * (len(_FIELDS) + 1), strict=False)


def _split(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(READ_SIZE):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    yield rest


def _start_git(path: Path, arguments: list[str], complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    environment["LC_ALL"] = "C"
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    command = ["git", "-C", str(path), "-c", "i18n.logOutputEncoding=UTF-8", *arguments]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
        )
    except FileNotFoundError as error:
        raise InvalidInput("git", "is not installed or not on the PATH") from error


def _is_shallow(path: Path) -> bool:
    with tempfile.TemporaryFile() as complaints:
        process = _start_git(path, ["rev-parse", "--is-shallow-repository"], complaints)
        return process.communicate()[0].strip() == b"true"


def _git_says(complaint: bytes) -> str:
    sentences = [line.strip() for line in _text(complaint).splitlines() if line.strip()]
    sentence = "; ".join(sentences[:3]).removeprefix("fatal: ") or "git log failed"
    if "does not have any commits yet" in sentence:
        return "this repository has no commits yet"
    return f"git cannot read it: {sentence}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
