"""Importing: lines become items or refusals with a place, windows are acknowledged in order."""

import json
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from api.imports import (
    WINDOW_ITEMS,
    WINDOWS_IN_FLIGHT,
    Result,
    Tally,
    Window,
    import_windows,
    listed_windows,
)
from api.items import Item, Refusal, read_instant, read_item
from api.lines import LineSource, LineSplitter, import_name, read_file
from engine.host.requests import Applied, EventRequest, UserFields
from engine.model.errors import EngineFailed, InvalidInput, LaurelsError, StorageFull
from engine.model.identifiers import Instant, Millionths, Seq, UserNumber
from engine.model.limits import EVENT_SIZE_MAX, INSTANT_MAX
from engine.model.user import UserState

STAMP = "2026-03-01T09:30:00+01:00"
AT = Instant(1_772_353_800_000_000)
GOOD = {"key": "m", "user": {"id": "ada"}, "value": 1, "timestamp": STAMP}


def line(**changes: object) -> bytes:
    """A good line, with fields changed; a field of `...` is left out."""
    return json.dumps({k: v for k, v in {**GOOD, **changes}.items() if v is not ...}).encode()


def read(text: bytes | None) -> Item | Refusal:
    return read_item(7, text, "import", INSTANT_MAX)


def item(number: int) -> Item:
    request = EventRequest("m", UserFields("ada"), Millionths(1), import_key=str(number))
    return Item(number, request, AT)


# --- One line ---


def test_a_line_becomes_a_request() -> None:
    assert read(line()) == Item(
        7,
        EventRequest("m", UserFields("ada"), Millionths(1_000_000), import_key="import:7"),
        AT,
    )


def test_every_field_of_a_line_is_taken_over() -> None:
    user = {"id": "ada", "tz": None, "name": "Ada", "email": "a@b", "attributes": {"plan": "x"}}
    read_back = read(line(user=user, attributes={"via": "app"}, idempotencyKey="k", value=-0.5))
    assert isinstance(read_back, Item)
    request = read_back.request
    assert request.user == UserFields(
        "ada", tz=None, name="Ada", email="a@b", attributes={"plan": "x"}
    )
    assert request.value == -500_000
    assert request.attributes == {"via": "app"}
    assert (request.key, request.import_key) == ("k", None)


def test_what_is_left_out_is_told_from_null() -> None:
    read_back = read(line(user={"id": "ada", "name": None}))
    assert isinstance(read_back, Item)
    assert (read_back.request.user.name, read_back.request.user.email) == (None, UNSET)


NESTED = b"[" * 5000 + b"]" * 5000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (line(key=...), "missing the field 'key'"),
        (line(user={}), "user: missing the field 'id'"),
        (line(user={"id": 5}), "user.id: must be text, not a number"),
        (line(user="ada"), "user: must be an object, not text"),
        (line(user={"id": "a", "ID": "b"}), "user: unknown field 'ID'"),
        (line(user={"id": "a", "tz": 1}), "user.tz: must be text or null, not a number"),
        (line(extra=1), "unknown field 'extra'"),
        (line(attributes={"a": 1}), "attributes: must be text, not a number"),
        (line(value="1"), 'value: must be a finite JSON number, not "1"'),
        (line(value=None), "value: must be a finite JSON number, not null"),
        (line(value=True), "value: must be a finite JSON number, not true"),
        (line(value=float("nan")), "value: NaN is no number in JSON (column 46)"),
        (line(value=float("-inf")), "value: -Infinity is no number in JSON (column 46)"),
        (line().replace(b"1,", b"1e400,"), "value: must be a number of magnitude up to 10^12"),
        (
            line().replace(b"1,", b"1e999999999,"),
            "value: must be a number of magnitude up to 10^12",
        ),
        (line().replace(b"1,", b"01,"), "value: is not valid JSON: invalid number (column 47)"),
        (line().replace(b"1,", NESTED + b","), "is nested too deeply"),
        (line(timestamp=...), "missing the field 'timestamp'"),
        (line(timestamp=1), "timestamp: must be an RFC 3339 timestamp, not a number"),
        (
            line(timestamp="2026-03-01T09:30:00"),
            "timestamp: has no offset from UTC; "
            "write it like 2026-03-01T09:30:00+01:00 or with a Z",
        ),
        (
            line(timestamp="1 March 2026"),
            "timestamp: is not an RFC 3339 timestamp like 2026-03-01T09:30:00+01:00",
        ),
        (line(timestamp="1969-12-31T23:59:59Z"), "timestamp: must lie between 1970 and 2100"),
        (line(timestamp="0001-01-01T00:00:00+14:00"), "timestamp: must lie between 1970 and 2100"),
        (b"[1]", "must be an object, not an array"),
        (b'{"key": ', "is not valid JSON: it ends too early"),
        (b'{"key": m}', "key: is not valid JSON: invalid character (column 9)"),
        (line() + b"}", "is not valid JSON: trailing characters (column 91)"),
        (b'{"key": "m\xff"}', "is not UTF-8 text (byte 0xff in column 11)"),
        (None, "the line is longer than 16384 bytes"),
    ],
)
def test_a_line_that_cannot_be_is_refused_in_a_sentence(text: bytes | None, said: str) -> None:
    refusal = read(text)
    assert isinstance(refusal, Refusal)
    assert (refusal.line, str(refusal.error)) == (7, said)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_an_item_or_a_refusal(text: bytes) -> None:
    assert isinstance(read(text), Item | Refusal)


def test_an_item_later_than_the_end_of_the_import_is_refused() -> None:
    assert isinstance(read_item(1, line(), "n", AT), Item)
    refusal = read_item(1, line(), "n", Instant(AT - 1))
    assert isinstance(refusal, Refusal)
    assert str(refusal.error) == (
        "timestamp: 2026-03-01T08:30:00Z is later than the end of the import, "
        "2026-03-01T08:29:59.999999Z"
    )


def test_an_instant_of_the_command_line() -> None:
    assert read_instant(STAMP, "--finish-at") == AT
    with pytest.raises(InvalidInput, match=r"^--finish-at: has no offset"):
        read_instant("2026-03-01T09:30:00", "--finish-at")


# --- Lines of a file or a pipe ---


@given(st.binary(max_size=300).map(lambda data: data.replace(b"x", b"\n")), st.data())
def test_lines_are_the_same_however_the_bytes_arrive(data: bytes, draw: st.DataObject) -> None:
    size = 20
    expected = [
        (number, None if len(text) > size else text)
        for number, text in enumerate((part.strip() for part in data.split(b"\n")), start=1)
        if text
    ]
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    splitter = LineSplitter(size)
    found: list[tuple[int, bytes | None]] = []
    for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += splitter.feed(data[begin:end])
    found += splitter.end()
    # A line padded with blanks may be long where its text is short: both readings are right.
    assert [number for number, _ in found] == [number for number, _ in expected]
    for (_, got), (_, want) in zip(found, expected, strict=True):
        assert got in (want, None)
        if got is None:
            assert any(len(part) > size for part in data.split(b"\n"))


def test_a_long_line_is_told_and_the_next_one_read() -> None:
    splitter = LineSplitter()
    long = b"x" * (EVENT_SIZE_MAX + 1)
    found = [entry for _ in range(3) for entry in splitter.feed(long)]
    found += splitter.feed(b"\n\nshort\n" + long + b"\nlast")
    found += splitter.end()
    assert found == [(1, None), (3, b"short"), (4, None), (5, b"last")]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert list(LineSplitter().feed(b"\xef\xbb\xbf{}\r\n")) == [(1, b"{}")]


async def windows_of(source: LineSource) -> list[Window]:
    return [window async for window in source.windows()]


def open_lines(path: Path, *lines: bytes) -> int:
    path.write_bytes(b"\n".join(lines))
    return os.open(path, os.O_RDONLY)


async def test_a_file_comes_in_windows_with_its_line_numbers(tmp_path: Path) -> None:
    descriptor = open_lines(tmp_path / "f", b"", *[line()] * 300, b"broken", line())
    source = LineSource(read_file(descriptor), label="f", name=None, until=INSTANT_MAX, size=99)
    windows = await windows_of(source)
    items = [entry for window in windows for entry in window.items]
    assert max(len(window.items) for window in windows) == WINDOW_ITEMS
    assert [entry.line for entry in items] == list(range(2, 304))
    assert [entry.line for entry in items if isinstance(entry, Refusal)] == [302]
    assert {window.size for window in windows} == {99}
    assert windows[-1].position == (tmp_path / "f").stat().st_size
    first = items[0]
    assert isinstance(first, Item)
    assert first.request.import_key == f"{import_name('f', line())}:2"
    os.close(descriptor)


async def test_sorting_keeps_the_numbers_and_the_order_of_equal_times(tmp_path: Path) -> None:
    stamps = ["2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-02T02:00:00+02:00"]
    lines = [line(timestamp=stamp) for stamp in stamps]
    descriptor = open_lines(tmp_path / "f", *lines, b"broken")
    source = LineSource(read_file(descriptor), label="f", name="n", until=INSTANT_MAX, sort=True)
    (window,) = await windows_of(source)
    assert [entry.line for entry in window.items] == [4, 2, 1, 3]
    assert (window.position, window.size) == (4, 4)
    os.close(descriptor)


def test_the_same_file_grown_has_the_same_name() -> None:
    assert import_name("f", b"a") == import_name("f", b"a")
    assert len({import_name("f", b"a"), import_name("g", b"a"), import_name("f", b"b")}) == 3


# --- Windows into a target ---


class Recorder:
    """A target and a disk: what has been applied, and how far it is durable."""

    def __init__(self, *, durable: int = 10**9) -> None:
        self.applied: dict[str, Seq] = {}
        self.reported: list[Result] = []
        self.stop = trio.CancelScope()
        self.errors: dict[str, LaurelsError] = {}
        self.disk_error: LaurelsError | None = None
        self._durable = durable
        self._moved = trio.Event()

    async def record_event(self, request: EventRequest, *, at: Instant) -> Applied:
        key = request.import_key or ""
        if key in self.errors:
            raise self.errors[key]
        replayed = key in self.applied
        seq = self.applied.setdefault(key, Seq(len(self.applied) + 1))
        return Applied(seq, at, replayed, UserState(UserNumber(1)))

    async def durable(self, seq: Seq) -> None:
        while seq > self._durable:
            await self._moved.wait()
        if self.disk_error is not None:
            raise self.disk_error

    def sync(self) -> None:
        self._durable = 10**9
        self._moved.set()

    async def report(self, results: Sequence[Result], window: Window) -> None:
        assert len(results) <= len(window.items)
        self.reported += results

    async def run(self, windows: AsyncGenerator[Window]) -> None:
        await import_windows(self, self.durable, windows, self.report, self.stop)


async def test_results_come_in_the_order_of_the_items() -> None:
    recorder = Recorder()
    recorder.errors["3"] = InvalidInput("key", "there is no metric 'm'")
    items = [item(1), item(2), Refusal(9, InvalidInput("value", "is odd")), item(3), item(1)]
    await recorder.run(listed_windows(items))
    assert recorder.reported == [
        Result(1, "applied", Seq(1)),
        Result(2, "applied", Seq(2)),
        Result(9, "refused", error="value: is odd", code="invalid"),
        Result(3, "refused", error="key: there is no metric 'm'", code="invalid"),
        Result(1, "replayed", Seq(1)),
    ]
    tally = Tally()
    tally.add(recorder.reported)
    assert (tally.applied, tally.replayed, tally.refused, tally.total) == (2, 1, 2, 5)


async def test_nothing_is_reported_before_it_is_on_disk(autojump_clock: object) -> None:
    recorder = Recorder(durable=0)
    items = [item(number) for number in range(1, 100 * WINDOW_ITEMS + 1)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.run, listed_windows(items))
        await trio.testing.wait_all_tasks_blocked()
        assert recorder.reported == []
        # Bounded: applied are what is in the channels and in the tasks' hands, and no more.
        assert len(recorder.applied) <= (WINDOWS_IN_FLIGHT + 2) * WINDOW_ITEMS
        recorder.sync()
    assert [result.seq for result in recorder.reported] == list(range(1, len(items) + 1))


async def test_an_outage_ends_the_import_after_what_is_safe_was_reported() -> None:
    recorder = Recorder()
    recorder.errors["200"] = StorageFull("too little room")
    with pytest.raises(StorageFull):
        await recorder.run(listed_windows([item(number) for number in range(1, 10_000)]))
    assert [result.line for result in recorder.reported] == list(range(1, 200))
    assert len(recorder.applied) == 199


async def test_a_failed_commit_is_not_reported() -> None:
    recorder = Recorder()
    recorder.disk_error = EngineFailed("the commit failed")
    with pytest.raises(EngineFailed):
        await recorder.run(listed_windows([item(number) for number in range(1, 10_000)]))
    assert recorder.reported == []


async def test_stopping_reports_what_was_read_even_if_the_source_hangs() -> None:
    recorder = Recorder()
    read_end, write_end = os.pipe()
    source = LineSource(read_file(read_end), label="stdin", name=None, until=INSTANT_MAX)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.run, source.windows())
        os.write(write_end, line() + b"\n" + line() + b"\n" + b'{"half')
        while len(recorder.reported) < 2:
            await trio.lowlevel.checkpoint()
        recorder.stop.cancel()
    assert [result.line for result in recorder.reported] == [1, 2]
    os.close(write_end)


async def test_an_outage_ends_the_import_even_if_the_source_hangs() -> None:
    recorder = Recorder()
    recorder.disk_error = EngineFailed("the commit failed")
    read_end, write_end = os.pipe()
    source = LineSource(read_file(read_end), label="stdin", name=None, until=INSTANT_MAX)
    os.write(write_end, line() + b"\n")
    with pytest.raises(EngineFailed):
        await recorder.run(source.windows())
    os.close(write_end)
