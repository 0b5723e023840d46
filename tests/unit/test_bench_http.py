"""The bench's scenario `http`: what it sends, how it reads answers, how it sums up."""

import os
import random
from itertools import islice

import msgspec
import pytest

from bench.__main__ import main
from bench.children import read_busy_seconds, read_commits, read_processor_seconds
from bench.echo import answer_of
from bench.load import Load, LoadFailed, Plan, events, percentile, read_answer
from bench.over_http import ECHO, LANE, Run, Spread, complaints, summarize
from bench.workload import draw_number, person
from tests.wire.server import EVENT

PLAN = Plan(port=80, connections=1, users=100, run=7, warm_up_s=0, seconds=1)


def parts(request: bytes) -> tuple[str, str, bytes]:
    """The key, the user and the body of a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert int(headers["Content-Length"]) == len(body)
    return headers["Idempotency-Key"], msgspec.json.decode(body)["user"]["id"], body


def one_run(rate: float, **fields: object) -> Run:
    load = Load(measured=1, p50_ms=1, p99_ms=2, all=1, refused={}, lost=0, body_size=1, busy=0.1)
    return Run(
        events_a_second=rate,
        p50_ms=1,
        p99_ms=2,
        processor_us=3,
        records_a_commit=None,
        others=0,
        load=msgspec.structs.replace(load, **fields),
    )


def test_no_key_is_sent_twice() -> None:
    keys = [
        parts(request)[0]
        for run in (7, 8)
        for request in islice(events(msgspec.structs.replace(PLAN, run=run)), 1_000)
    ]
    assert len(set(keys)) == 2_000
    assert {len(key) for key in keys} == {36}


def test_senders_are_drawn_as_in_the_workload() -> None:
    dice = random.Random(PLAN.run)
    drawn = [person(draw_number(dice, 100)).id for _ in range(500)]
    assert [parts(request)[1] for request in islice(events(PLAN), 500)] == drawn


def test_once_means_everybody_once() -> None:
    senders = [parts(request)[1] for request in events(msgspec.structs.replace(PLAN, once=True))]
    assert senders == [person(number).id for number in range(100)]
    assert len({parts(request)[2] for request in islice(events(PLAN), 500)}) > 50


def test_a_request_is_an_event_of_the_interface() -> None:
    request = next(events(PLAN))
    assert request.startswith(f"POST {EVENT.replace('steps', 'lessons')} HTTP/1.1\r\n".encode())
    assert msgspec.json.decode(parts(request)[2]) == {
        "user": dict(zip(("id", "tz"), person(draw_number(random.Random(7), 100)), strict=True)),
        "value": 1,
    }


@pytest.mark.parametrize("size", [0, 1, 1_700])
def test_an_answer_is_read_once_it_is_whole(size: int) -> None:
    data = answer_of(size)
    assert read_answer(data) == (201, size, len(data))
    assert read_answer(data + b"HTTP/1.1 ") == (201, size, len(data))
    for end in range(len(data)):
        assert read_answer(data[:end]) is None


def test_an_answer_that_does_not_say_its_length_ends_the_run() -> None:
    with pytest.raises(LoadFailed, match="Content-Length"):
        read_answer(b"HTTP/1.1 200 OK\r\nx-content-length: 3\r\n\r\nabc")


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 201)]
    assert [percentile(values, percent) for percent in (1, 50, 99, 100)] == [2, 100, 198, 200]
    assert percentile([5.0], 50) == percentile([5.0], 99) == 5


def test_processor_time_is_read_behind_any_name() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    stat = f"12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 {3 * ticks} {2 * ticks} 0 0 20 0"
    assert read_processor_seconds(stat) == 5


def test_busy_time_is_all_that_is_not_idle() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    stat = f"cpu  {ticks} {ticks} {ticks} 9000 9000 {ticks} {ticks} {ticks} 0 0\ncpu0 1 2 3\n"
    assert read_busy_seconds(stat) == 6


def test_commits_are_read_from_the_metrics() -> None:
    text = (
        "# HELP laurels_commit_records Records in one commit of the log.\n"
        'laurels_commit_records_bucket{le="1.0"} 2.0\n'
        "laurels_commit_records_count 3.0\n"
        "laurels_commit_records_sum 12.0\n"
    )
    assert read_commits(text) == (3, 12)
    assert read_commits("") == (0, 0)


def test_medians_spread_and_the_ratio_to_the_echo() -> None:
    echo = [one_run(rate) for rate in (900.0, 1_000.0, 2_000.0)]
    lane = [one_run(rate) for rate in (300.0, 200.0, 250.0)]
    quicker, slower = summarize({(LANE, 32): lane, (LANE, 1): lane, (ECHO, 32): echo})[1:]
    assert (quicker.server, slower.server) == (ECHO, LANE)
    assert slower.events_a_second == Spread(250, 200, 300)
    assert (quicker.of_echo, slower.of_echo) == (1, 0.25)
    (alone,) = summarize({(LANE, 1): lane})
    assert alone.of_echo is None
    assert alone.records_a_commit is None


def test_every_request_that_was_not_answered_with_2xx_is_told() -> None:
    runs = [one_run(1), one_run(1, refused={503: 2}), one_run(1, refused={503: 1, 401: 1}, lost=1)]
    (figures,) = summarize({(LANE, 1): runs})
    assert figures.errors == 5
    assert figures.refused == {503: 3, 401: 1}
    (complaint,) = complaints([figures])
    assert "{503: 3, 401: 1}" in complaint
    assert complaints(summarize({(LANE, 1): runs[:1]})) == []


@pytest.mark.parametrize("bad", ["0", "", "1,x", "-1"])
def test_bad_options_are_told(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["http", "--connections", bad])
    assert ended.value.code == 2
    assert "--connections" in capsys.readouterr().err
