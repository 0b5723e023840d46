"""SIGKILL while an achievement is backdated: in the end everybody has it once, as without a kill.

LAURELS_PEOPLE=1000000 plays it with a million.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from bench.people import prepared
from tests.cli.command import environment
from tests.crash.activating import SLICE_USERS

PEOPLE = int(os.environ.get("LAURELS_PEOPLE", "1000"))
KILLS = 3


def activating(data: Path, slices: int) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "tests.crash.activating", str(data), str(slices)]
    return subprocess.run(arguments, env=environment(), capture_output=True, check=False, text=True)


def test_a_backdating_that_is_killed_goes_on(data_directory: Path) -> None:
    people = prepared(data_directory, PEOPLE, streak_board=False, tell=lambda _: None)
    undisturbed = data_directory / "undisturbed"
    shutil.copytree(people, undisturbed)
    whole = activating(undisturbed, 0)
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.split()[0] == str(PEOPLE)

    killed = data_directory / "killed"
    shutil.copytree(people, killed)
    slices = PEOPLE // SLICE_USERS // (KILLS + 1) + 1
    for _ in range(KILLS):
        ended = activating(killed, slices)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    finished = activating(killed, 0)
    assert finished.stdout == whole.stdout, finished.stderr
