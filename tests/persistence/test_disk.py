"""The disk under the store: power cuts, failing calls, no room. Needs gcc for a shim (disk.c)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim, built."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc: what stands between the store and the disk cannot be built")
    library = tmp_path_factory.mktemp("shim") / "disk.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-o", library, HERE / "disk.c", "-ldl"], check=True)
    return library


def python(module: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a module of these tests in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", f"tests.persistence.{module}", *map(str, arguments)],
        cwd=REPOSITORY,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )


def cut_power(
    shim: Path, directory: Path, *, steps: int, cuts: int, unsafe: str | None = None, seed: int = 1
) -> dict[str, Any]:
    """Record a writer, cut it off at random, and return how many cuts ended how."""
    data, before, recording = directory / "data", directory / "before", directory / "recording"
    options = [unsafe] if unsafe else []
    python("power_cut", "write", data, 0, seed)
    shutil.copytree(data, before)
    python(
        "power_cut",
        *("write", data, steps, seed, *options),
        LD_PRELOAD=str(shim),
        DISK_RECORDING=str(recording),
    )
    # The images need no real disk: what is on them is what a disk would hold, and no more is lost.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else directory
    with tempfile.TemporaryDirectory(dir=memory) as images:
        done = python("power_cut", "check", before, recording, images, cuts)
    outcomes: dict[str, Any] = json.loads(done.stdout)
    print(outcomes, done.stderr)
    return outcomes


def test_no_power_cut_loses_what_was_acknowledged(shim: Path, tmp_path: Path) -> None:
    outcomes = cut_power(shim, tmp_path, steps=60, cuts=300)
    assert outcomes.pop("operations") > 200
    assert outcomes == {"good": 300}


@pytest.mark.parametrize("unsafe", ["metasync", "sync"])
def test_the_simulator_finds_what_an_unsafe_option_loses(
    shim: Path, tmp_path: Path, unsafe: str
) -> None:
    outcomes = cut_power(shim, tmp_path, steps=60, cuts=60, unsafe=unsafe)
    assert outcomes.get("lost", 0) + outcomes.get("died", 0) > 5


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_no_power_cut_of_many_loses_what_was_acknowledged(
    shim: Path, tmp_path: Path, seed: int
) -> None:
    outcomes = cut_power(shim, tmp_path, steps=200, cuts=2_000, seed=seed)
    assert outcomes["good"] == 2_000


@pytest.mark.parametrize("half", [0, 1])
def test_every_failing_call_is_told_and_loses_nothing(
    shim: Path, tmp_path: Path, half: int
) -> None:
    done = python("io_faults", tmp_path, half, LD_PRELOAD=str(shim))
    outcomes = json.loads(done.stdout)
    assert outcomes.pop("untouched") == 1, done.stderr
    assert outcomes.pop("told") > 30
    assert outcomes == {}, done.stderr


FULL_DISK = """
import resource, signal, sys, trio
from pathlib import Path
from engine.host.ports import OutcomeUnknown
from persistence.directory import open_store
from tests.persistence.workload import Acknowledged, append_some, check

path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
done = Acknowledged()

async def fill() -> None:
    async with open_store(path) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        while True:
            await append_some(store, 20)
            done.last_seq = store.log.bounds().last_seq

async def go_on() -> None:
    async with open_store(path) as store:
        await append_some(store, 20)

try:
    trio.run(fill)
except OutcomeUnknown as error:
    print(error)
assert done.last_seq > 100
check(path, done)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
trio.run(go_on)
check(path, done)
"""


def test_a_disk_without_room_ends_in_an_unknown_outcome_and_loses_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "data"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "may or may not be on disk; start again to find out" in done.stdout
