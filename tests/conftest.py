"""What all tests share: how many examples are drawn, and where durable data goes.

Temporary directories lie on the checkout's own file system, not in /tmp, which is in memory on many
machines: a test of durability has to meet a real disk. Every run says what it met.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
LONG = os.environ.get("LAURELS_LONG") == "1"
TEST_DATA = Path(os.environ.get("LAURELS_TEST_DATA") or REPOSITORY / ".test-data").resolve()

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "long",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("long" if LONG else "ci")


def pytest_configure() -> None:
    TEST_DATA.mkdir(parents=True, exist_ok=True)
    # pytest's own setting: tmp_path and tmp_path_factory work below it.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(TEST_DATA)


def pytest_report_header() -> str:
    profile = "long" if LONG else "ci"
    return f"laurels: durable data on {file_system_type(TEST_DATA)}; hypothesis profile {profile}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # -q, which is our default, hides the header.
    if terminalreporter.verbosity < 0:
        terminalreporter.write_line(pytest_report_header())


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    """An empty directory of the test's own, on the file system that the run names."""
    directory = tmp_path / "data"
    directory.mkdir()
    return directory


def file_system_type(path: Path) -> str:
    """Says what `path` lies on, as Linux calls it: ext4, overlay, tmpfs.

    The mount table is searched for the longest mount point above the path; of several mounts at one
    point the last one listed is on top.
    """
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "an unknown file system"
    found, depth = "an unknown file system", -1
    for line in mounts:
        # Fields: id, parent, device, root, mount point, options, ..., "-", type, source, options.
        mount, _, origin = line.partition(" - ")
        point = Path(mount.split()[4].replace("\\040", " "))
        if path.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = origin.split()[0], len(point.parts)
    return found
