"""One flipped byte in a log: `verify` names its record, and no start passes over it.

Every byte of every row is flipped in tests/persistence; here it is what a person gets to see.
"""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from persistence.environment import Environment
from persistence.framing import FRAME, LOG_TABLES, PERSONAL, RECORDS, number_key
from tests.cli.command import CONFIGURATION, FINISH_AT, Done, event, laurels, write_lines
from tests.crash.history import outcome

EVENTS = 12
FIRST_EVENT = 4
"""Its record: before it the scope, its configuration, and the import's begin are recorded."""


class Played(NamedTuple):
    """An import that is through, with its two inputs."""

    data: Path
    lines: Path
    config: Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    directory = tmp_path_factory.mktemp("played")
    config = directory / "game.toml"
    config.write_text(CONFIGURATION)
    events = [event(1 + n // 2, f"user-{n % 2}", attributes={"via": "app"}) for n in range(EVENTS)]
    lines = write_lines(directory / "e.jsonl", events)
    made = Played(directory / "data", lines, config)
    done = bring_in(made, made.data)
    assert done.status == 0, done.err
    return made


def bring_in(played: Played, data: Path) -> Done:
    options = ("--config", played.config, "--finish-at", FINISH_AT)
    return laurels("import", played.lines, "--data", data, *options)


def flip(data: Path, table: str, seq: int, offset: int) -> None:
    """Flip a bit in a row, in every copy of it that LMDB keeps; offset -1 is its last byte."""
    environment = Environment.open_writer(
        data / "log", LOG_TABLES, map_size=1 << 30, readahead=True
    )
    with environment.view() as view:
        row = view.get(table, number_key(seq))
    environment.close()
    assert row is not None
    file = data / "log" / "data.mdb"
    content = bytearray(file.read_bytes())
    starts = [match.start() for match in re.finditer(re.escape(row), content)]
    assert starts
    for start in starts:
        content[start + offset % len(row)] ^= 0x10
    file.write_bytes(content)


NAMES = {RECORDS: "record", PERSONAL: "the personal row of record"}


@pytest.mark.parametrize("table", [RECORDS, PERSONAL])
@pytest.mark.parametrize("seq", [FIRST_EVENT, FIRST_EVENT + EVENTS // 2, FIRST_EVENT + EVENTS - 1])
@pytest.mark.parametrize("offset", [0, 4, 5, FRAME.size, FRAME.size + 3, -1])
def test_a_flipped_byte_is_named_and_refused(
    tmp_path: Path, played: Played, table: str, seq: int, offset: int
) -> None:
    data = tmp_path / "data"
    shutil.copytree(played.data, data)
    flip(data, table, seq, offset)
    named = f"{NAMES[table]} {seq} is damaged"

    verified = laurels("verify", "--data", data)
    assert verified.status == 6
    assert named in verified.err
    assert "All agree" not in verified.out

    # Without a snapshot a start reads the whole log.
    shutil.rmtree(data / "derived")
    before = (data / "log" / "data.mdb").read_bytes()
    for refused in (bring_in(played, data), laurels("digest", "--data", data)):
        assert refused.status == 6
        assert refused.err == f"laurels: {named}: its checksum does not fit its bytes\n"
        assert refused.out == ""
    assert (data / "log" / "data.mdb").read_bytes() == before, "nothing was repaired or cut off"


def test_the_untouched_log_is_read_without_a_snapshot(tmp_path: Path, played: Played) -> None:
    data = tmp_path / "data"
    shutil.copytree(played.data, data)
    shutil.rmtree(data / "derived")
    assert laurels("verify", "--data", data, "--evaluate").status == 0
    assert outcome(data) == outcome(played.data)
    assert bring_in(played, data).status == 0
    assert outcome(data) == outcome(played.data)


@pytest.mark.parametrize("offset", [0, FRAME.size, -1])
def test_a_flipped_byte_behind_the_snapshot_is_refused_by_a_start(
    tmp_path: Path, played: Played, offset: int
) -> None:
    data = tmp_path / "data"
    shutil.copytree(played.data, data)
    derived = (data / "derived" / "data.mdb").read_bytes()
    other = write_lines(tmp_path / "f.jsonl", [event(9, "late")])
    options = ("--config", played.config, "--finish-at", FINISH_AT, "--scope", "other")
    assert laurels("import", other, "--data", data, *options).status == 0
    # As a crash leaves it: the snapshot is that of the stop before.
    (data / "derived" / "data.mdb").write_bytes(derived)
    last = int(laurels("digest", "--data", data, "--scope", "other").out.split()[0])
    flip(data, RECORDS, last, offset)
    refused = bring_in(played, data)
    assert refused.status == 6
    assert f"record {last} is damaged" in refused.err
