"""Makes a file of `tests/data` of a repository: who committed when, by which clock, how much.

    python -m tests.real.extract REPOSITORY FILE.csv.xz

Taken are the commits of HEAD in order of the authors' dates, those of one second in order of their
hashes, as `laurels import-git` takes them. Of each: the author, by e-mail in lower case, as a
number in order of their first commits; the author date in seconds since 1970, and its offset from
UTC in minutes; files changed, lines added and deleted (0 of merges). Left out is all the rest:
names, addresses, hashes, messages, committers.
"""

import csv
import io
import lzma
import re
import subprocess
import sys
from pathlib import Path

FIELDS = ("author", "seconds", "offset", "files", "added", "deleted")
_DATE = re.compile(r"(\d+) ([+-])(\d\d)(\d\d)")
_CHANGED = (
    re.compile(r"(\d+) files? changed"),
    re.compile(r"(\d+) insertion"),
    re.compile(r"(\d+) deletion"),
)


def rows(repository: Path) -> list[tuple[int, ...]]:
    command = ["git", "-C", str(repository), "log", "--no-mailmap", "--no-renames", "--shortstat"]
    command += ["--date=raw", "--format=%x00%H%x00%ae%x00%ad%x00"]
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode(
        "utf-8", "replace"
    )
    fields = iter(told.split("\0")[1:])
    commits: list[tuple[int, str, str, int, list[int]]] = []
    for hash_, email, date, changes in zip(fields, fields, fields, fields, strict=True):
        parsed = _DATE.fullmatch(date)
        assert parsed, date
        seconds, sign, hours, minutes = parsed.groups()
        offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
        counts = [pattern.search(changes) for pattern in _CHANGED]
        changed = [int(count[1]) if count else 0 for count in counts]
        commits.append((int(seconds), hash_, email.strip().lower(), offset, changed))
    commits.sort(key=lambda commit: commit[:2])
    authors: dict[str, int] = {}
    return [
        (authors.setdefault(email, len(authors) + 1), seconds, offset, *changed)
        for seconds, _, email, offset, changed in commits
    ]


def main() -> None:
    repository, file = map(Path, sys.argv[1:])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(rows(repository))
    file.write_bytes(lzma.compress(text.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
