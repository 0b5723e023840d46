"""The specification in persistence/DESIGN.md agrees with the code."""

import re

from engine.model.identifiers import Seq
from persistence.derived import CONTENTS
from persistence.framing import (
    BATCHES,
    DERIVED_TABLES,
    LOG_KEY,
    LOG_TABLES,
    META,
    PERSONAL,
    RECORDS,
    frame,
    number_key,
)
from persistence.memory import MemoryDisk, open_memory_store
from persistence.tables import Change
from tests.conftest import REPOSITORY

DESIGN = (REPOSITORY / "persistence" / "DESIGN.md").read_text(encoding="utf-8")


def example_rows() -> list[tuple[str, bytes, bytes]]:
    """The rows of the worked example: table, key, row."""
    example = re.search(r"^```\ntable +key +row\n(.*?)^```", DESIGN, re.MULTILINE | re.DOTALL)
    assert example
    rows: list[tuple[str, bytes, bytes]] = []
    for entry in re.split(r"\n(?=\w)", example[1].strip()):
        table, key, *row = entry.split()
        rows.append((table, bytes.fromhex(key), bytes.fromhex("".join(row))))
    return rows


async def test_the_worked_example_is_what_the_code_writes() -> None:
    disk = MemoryDisk()
    own_row = frame(META, LOG_KEY, 0, bytes(range(16)) + bytes(range(32)))
    disk.log.durable.apply(Change(put={META: [(LOG_KEY, own_row)]}))
    async with open_memory_store(disk) as store:
        await store.log.append(Seq(1), [b"hello", b"world"], {Seq(2): b"Ada"})
    written = [
        (table, key, row)
        for table in (META, RECORDS, PERSONAL, BATCHES)
        for key, row in disk.log.durable.rows(table, b"", b"\xff" * 9, 10)
    ]
    assert written == example_rows()
    assert [key for _, key, _ in written] == [LOG_KEY, *map(number_key, (1, 2, 2, 1))]


def test_the_contents_of_derived_data_are_those_that_design_names() -> None:
    named = re.findall(r"contents \(1\): (\d+) \|$", DESIGN, re.MULTILINE)
    assert [bytes([int(number)]) for number in named] == [CONTENTS]


def test_the_tables_that_design_names_are_the_tables() -> None:
    named = re.findall(r"^\| (log|derived) \| `(\w+)` \|", DESIGN, re.MULTILINE)
    assert named == [("log", name) for name in LOG_TABLES] + [
        ("derived", name) for name in DERIVED_TABLES
    ]
