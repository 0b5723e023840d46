"""A directory read where the clock on the wall shows something else, or by other zone data.

Records carry the local dates that were decided. So whoever reads them by their facts comes to the
same state, whatever zone the machine is set to and whatever is known about the past by now; only
whoever evaluates needs the release of zone data that the rules' version names.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pytest

from engine.model.record import RULES, RULES_ZONE_DATA
from tests.conftest import REPOSITORY
from tests.persistence.children import snapshot_of
from tests.persistence.zone_history import BEGIN, END, LOOK_ALIKE, SETTLED, Found

OTHER_RELEASE = "2099.1"
MISMATCH = f"rules version {RULES} needs tzdata {RULES_ZONE_DATA}, but {OTHER_RELEASE} is installed"
AT_HOME = "UTC0"
ELSEWHERE = {
    "Pacific/Kiritimati": ("<+14>-14", 14 * 3600),
    "America/Los_Angeles": ("PST8PDT,M3.2.0,M11.1.0", -8 * 3600),
    "Asia/Kathmandu": ("<+0545>-5:45", 5 * 3600 + 45 * 60),
}
"""For machines without zones of their own what POSIX writes instead, and what both mean."""


class Built(NamedTuple):
    """A directory, and what was found in it by the process that made it."""

    data: Path
    found: Found


def child(
    action: str, data: Path, *, zone: str = AT_HOME, first_on_path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    path = [str(first_on_path)] if first_on_path else []
    return subprocess.run(
        [sys.executable, "-m", "tests.persistence.zone_history", action, str(data)],
        cwd=REPOSITORY,
        env={**os.environ, "TZ": zone, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def found_by(ran: subprocess.CompletedProcess[str]) -> Found:
    assert ran.returncode == 0, ran.stderr
    return msgspec.json.decode(ran.stdout, type=Found)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    data = tmp_path_factory.mktemp("zones") / "data"
    return Built(data, found_by(child("build", data)))


def check_same(found: Found, built: Built) -> None:
    """The state is the builder's, by snapshot and tail and by the facts alone."""
    for way in (found.digest, found.digest_by_facts):
        assert way == built.found.digest
    for due in (found.due, found.due_by_facts):
        assert due == built.found.due
    assert found.seq == built.found.seq


def test_there_is_something_in_the_history(built: Built) -> None:
    assert built.found.digest == built.found.digest_by_facts
    assert built.found.utc_offset_s == 0
    counts = built.found.counts
    assert counts["move"] > 40
    for frequency in ("daily", "weekly"):
        for outcome in ("extended", "frozen", "broken"):
            assert counts[f"{frequency} {outcome}"] > 5
    assert counts["monthly extended"] > 50
    for kind in ("daily skipped", "daily paused", "daily day_off", "manual"):
        assert counts[kind] > 3
    for kind in ("initial_grant", "accumulation", "consumed"):
        assert counts[kind] > 10


@pytest.mark.parametrize("zone", LOOK_ALIKE)
def test_a_look_alike_differs_in_the_past_alone(zone: str) -> None:
    """In the history's first months, and not since everybody is where they stay."""

    def offsets(name: str, first: datetime, last: datetime) -> list[timedelta | None]:
        info = ZoneInfo(name)
        hours = range((last - first) // timedelta(hours=1))
        return [(first + timedelta(hours=n)).astimezone(info).utcoffset() for n in hours]

    other = LOOK_ALIKE[zone]
    assert offsets(zone, BEGIN, SETTLED) != offsets(other, BEGIN, SETTLED)
    until = END + timedelta(days=15)  # beyond the end of the open month
    assert offsets(zone, SETTLED, until) == offsets(other, SETTLED, until)


@pytest.mark.parametrize("zone", ELSEWHERE)
def test_the_zone_of_the_machine_does_not_matter(built: Built, zone: str) -> None:
    posix, offset = ELSEWHERE[zone]
    known = (Path("/usr/share/zoneinfo") / zone).exists()
    found = found_by(child("check", built.data, zone=zone if known else posix))
    assert found.utc_offset_s == offset, "it is there that it was read"
    check_same(found, built)
    assert found.verified is not None
    assert found.verified.first_difference is None
    assert found.verified.agree
    assert [row.name for row in found.verified.rows] == ["snapshot and tail", "facts", "evaluation"]
    assert {row.digest for row in found.verified.rows} == {built.found.digest}


class OtherRelease(NamedTuple):
    """Another release of `tzdata`, and what was found by it."""

    path: Path
    """Of a directory with the package, to come first where Python looks for modules."""
    found: Found


@pytest.fixture(scope="module", params=["by name only", "with other rules for the past"])
def other_release(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, built: Built
) -> OtherRelease:
    directory = tmp_path_factory.mktemp("other-release")
    with resources.as_file(resources.files("tzdata")) as package:
        shutil.copytree(package, directory / "tzdata")
    files = importlib.metadata.files("tzdata")
    assert files is not None
    (metadata,) = (file for file in files if file.name == "METADATA")
    text = metadata.read_text(encoding="utf-8")
    text, replaced = re.subn(r"(?m)^Version: .*$", f"Version: {OTHER_RELEASE}", text)
    assert replaced == 1
    information = directory / f"tzdata-{OTHER_RELEASE}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(text, encoding="utf-8")
    if request.param != "by name only":
        for zone, look_alike in LOOK_ALIKE.items():
            file, other = (directory / "tzdata" / "zoneinfo" / name for name in (zone, look_alike))
            assert file.read_bytes() != other.read_bytes()
            shutil.copyfile(other, file)
    before = snapshot_of(built.data)
    found = found_by(child("check", built.data, first_on_path=directory))
    assert snapshot_of(built.data) == before
    return OtherRelease(directory, found)


def test_the_release_of_the_zone_data_does_not_matter_to_who_reads(
    built: Built, other_release: OtherRelease
) -> None:
    check_same(other_release.found, built)
    assert other_release.found.verified is not None
    ways = {row.name: row.digest for row in other_release.found.verified.rows}
    assert ways["snapshot and tail"] == ways["facts"] == built.found.digest


def test_who_evaluates_is_told_of_the_other_release(other_release: OtherRelease) -> None:
    """And not of a record, as if that one were not what was written."""
    verified = other_release.found.verified
    assert verified is not None
    assert not verified.agree
    assert (verified.first_difference or "").startswith(MISMATCH)


def test_who_writes_is_refused_by_the_other_release(
    built: Built, other_release: OtherRelease
) -> None:
    before = snapshot_of(built.data)
    ran = child("write", built.data, first_on_path=other_release.path)
    assert ran.returncode != 0
    assert ran.stdout == ""
    assert f"ZoneDataMismatch: {MISMATCH}" in ran.stderr
    after = snapshot_of(built.data)
    for file in ("log/data.mdb", "derived/data.mdb"):
        assert before[file] is not None
        assert after[file] == before[file]
