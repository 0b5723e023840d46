"""The bench's scenario `streaks`: every part, tiny, and what it makes of the figures."""

from pathlib import Path

import msgspec
import pytest
import trio

from bench import midnight, restart, streak_cost, streak_year, streaks
from bench.__main__ import main
from bench.in_process import Figure
from bench.over_http import Spread
from bench.people import (
    FREEZES,
    MADE_ON,
    NOT_SWEPT,
    SettableClock,
    configuration,
    midnight_after,
    prepared,
)
from bench.streaks import Measured, Options, complaints
from engine.host.engine import open_engine
from engine.model.identifiers import Day, Instant
from persistence.directory import open_store

PEOPLE = 20
SECOND = 1_000_000


def ignore(text: str) -> None:
    """What is told of progress."""


def by_name(figures: list[Figure]) -> dict[str, float]:
    found = {figure.name: figure.value for figure in figures}
    assert len(found) == len(figures), "no two figures have one name"
    return found


def test_the_clock_goes_on_from_where_it_is_set() -> None:
    clock = SettableClock(Instant(5))
    assert 5 <= clock.now() < 5 + SECOND
    clock.set(midnight_after(MADE_ON))
    assert 0 <= clock.now() - midnight_after(MADE_ON) < SECOND


def test_people_are_prepared_once(tmp_path: Path) -> None:
    told: list[str] = []
    data = prepared(tmp_path, PEOPLE, streak_board=False, tell=told.append)
    assert "20 people sent their event" in told
    again = prepared(tmp_path, PEOPLE, streak_board=False, tell=told.append)
    assert again == data
    assert "used again" in told[-1]
    assert [path.name for path in tmp_path.iterdir()] == [data.name]


def test_half_of_the_people_prepared_lose_their_streak_at_the_midnight(tmp_path: Path) -> None:
    data = prepared(tmp_path, PEOPLE, streak_board=True, tell=ignore)
    clock = SettableClock(Instant(midnight_after(Day(MADE_ON + 1)) - 60 * SECOND))

    async def lengths() -> list[tuple[int, int]]:
        async with (
            open_store(data) as store,
            open_engine(store, clock=clock, settings=NOT_SWEPT) as engine,
        ):
            scope = engine.find_scope("default")
            assert not scope.sweep_progress().lag
            assert scope.plan.streak_boards
            found: list[tuple[int, int]] = []
            for at in (clock.now(), midnight_after(Day(MADE_ON + 1))):
                clock.set(at)
                states = [scope.read_user(f"user{number}").state for number in range(PEOPLE)]
                found.append(
                    (
                        sum(state.streak("daily").length for state in states),
                        sum(state.freezes.balance for state in states),
                    )
                )
            return found

    assert trio.run(lengths) == [(PEOPLE, PEOPLE // 2), (PEOPLE // 2, 0)]


def test_a_midnight_is_measured_with_a_client(tmp_path: Path) -> None:
    data = prepared(tmp_path, PEOPLE, streak_board=False, tell=ignore)
    options = midnight.Options(users=PEOPLE, every_s=0.001, quiet_s=0.05)
    found = by_name(midnight.run(data, tmp_path, options))
    assert found["quiet: events"] > 10
    assert found["midnight: events"] > 0
    assert found["midnight: closes a second"] > 0
    for phase in ("quiet", "midnight"):
        middle, high, longest = (
            found[f"{phase}: {which} delay of an event"] for which in ("median", "p99", "longest")
        )
        assert 0 < middle <= high <= longest
    assert midnight.LONGEST in found


def test_streak_settings_are_compared_with_none(tmp_path: Path) -> None:
    found = by_name(streak_cost.run(300, 10, tmp_path))
    without = found[f"event, {streak_cost.WITHOUT}"]
    assert without > 0
    for name in streak_cost.VARIANTS:
        if name != streak_cost.WITHOUT:
            more, times = (
                found[f"… {which} {streak_cost.WITHOUT}, {name}"]
                for which in ("more than", "times")
            )
            assert without + more == pytest.approx(found[f"event, {name}"])
            assert without * times == pytest.approx(found[f"event, {name}"])


def test_a_year_is_weighed(tmp_path: Path) -> None:
    found = by_name(streak_year.run(5, 40, tmp_path, ignore))
    assert 200 < found["events"] < 600
    assert 100 < found["records of the sweep"] <= 365
    assert found["… of those the sweep's"] < found["rows of the log"] < found["file of the log"]
    assert found["a user's start row"] < found["a user's piece of the snapshot"]
    assert found["a decoded state in memory"] > found["a user's piece of the snapshot"]


def test_a_restart_is_measured_with_freezes_on_and_off(tmp_path: Path) -> None:
    data = prepared(tmp_path, PEOPLE, streak_board=False, tell=ignore)
    without = restart.without_freezes(data, tmp_path)
    found = by_name(restart.run(data, without, ignore))
    for name in ("freezes on", "freezes off"):
        assert found[f"… its processor time, {name}"] > 0
        assert found[f"recovery, {name}"] > 0


def test_parts_are_run_in_their_order_as_often_as_asked_for(tmp_path: Path) -> None:
    options = Options(
        directory=tmp_path,
        parts=("restart", "cost"),
        repeats=2,
        events=20,
        users=2,
        people=4,
    )
    told: list[str] = []
    figures = streaks.run(options, told.append)
    assert [figure.part for figure in figures] == sorted(
        (figure.part for figure in figures), key=streaks.PARTS.index
    )
    assert {figure.part for figure in figures} == {"cost", "restart"}
    assert told.count("run 2 of 2") == 2
    assert not list(tmp_path.iterdir()), "nothing is left behind"
    assert streaks.make_table(options, figures).row_count == len(figures)


def test_an_event_that_waited_too_long_is_told() -> None:
    longest = Measured("midnight", midnight.LONGEST, "ms", Spread(20, 10, 49.9))
    assert complaints([longest]) == []
    slow = msgspec.structs.replace(longest, spread=Spread(20, 10, 50))
    (complaint,) = complaints([slow])
    assert "50.0 ms" in complaint


def test_freezes_leave_room_to_earn() -> None:
    assert configuration(streak_board=False)["streaks"]["freezes"] == FREEZES
    assert configuration(streak_board=True)["leaderboards"][-1]["rankBy"] == "streak"
    assert midnight_after(Day(MADE_ON + 1)) - midnight_after(MADE_ON) == 86_400 * SECOND


@pytest.mark.parametrize("bad", ["cost,nothing", "", "noon"])
def test_parts_that_there_are_not_are_told(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["streaks", "--parts", bad])
    assert ended.value.code == 2
    assert "--parts" in capsys.readouterr().err
