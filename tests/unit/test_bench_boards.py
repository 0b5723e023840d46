"""The bench's scenario `boards`: every part, small, and what it makes of the figures."""

from pathlib import Path

import pytest

from bench import board_closing, board_history, board_memory, board_moves, board_seeding, boards
from bench.__main__ import main
from bench.board_history import CHANGES, DAYS, ORDER, RANK, ROWS, STANDING, WEEK
from bench.in_process import Figure
from bench.measured import Measured
from bench.midnight import Options
from bench.over_http import Spread
from bench.people import configuration, prepared
from engine.host.moves import HistorySettings

PEOPLE = 1_000
AMID = Options(users=PEOPLE, every_s=0.005, quiet_s=0.05)
DELAYS = ("median delay of an event", "p99 delay of an event", "longest delay of an event")
WATCHED = ("longest commit", "longest step of the loop")


def ignore(text: str) -> None:
    """What is told of progress."""


def by_name(figures: list[Figure]) -> dict[str, float]:
    found = {figure.name: figure.value for figure in figures}
    assert len(found) == len(figures), "no two figures have one name"
    return found


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a prepared directory, which nobody changes."""
    place = tmp_path_factory.mktemp("people")
    return prepared(place, PEOPLE, streak_board=False, daily_board=True, tell=ignore)


def test_the_daily_board_is_one_of_the_boards() -> None:
    document = configuration(streak_board=False, daily_board=True)
    assert [board["key"] for board in document["leaderboards"]] == ["lessons", "xp", "daily"]


def test_boards_of_several_sizes_are_moved_and_read() -> None:
    figures = by_name(board_moves.run((20, PEOPLE), 100))
    for kind in (
        board_moves.MOVE,
        board_moves.RANK,
        board_moves.PAGE,
        board_moves.AROUND,
        board_moves.VALUE,
    ):
        for size in ("20", "1,000"):
            assert figures[f"{kind}, {size} participants"] > 0
    assert figures[f"{board_moves.TIMES} (1,000 and 20)"] > 0


def test_a_board_is_weighed_in_a_process_of_its_own() -> None:
    figures = by_name(board_memory.run(PEOPLE))
    assert set(figures) == {
        "memory: resident",
        "memory: resident, after a move of each",
        "memory: allocated",
    }
    assert 60 < figures["memory: allocated"] < 1_000


def test_a_week_ago_is_told_from_a_cut_and_the_moves_behind(people: Path, tmp_path: Path) -> None:
    # Cuts from 100 rows on, so that the day's cut is taken although people are few.
    small = HistorySettings(cut_rows_min=100, part_participants=64)
    data, made = board_history.make(people, tmp_path, PEOPLE, ignore, small)
    figures = by_name(made)
    # Everybody joined three boards; on two all moves but one were made, and one a week later.
    assert figures[ROWS] == 3 * PEOPLE + 2 * (PEOPLE - 1) + 2
    assert figures["… of that rows"] >= 32
    assert figures["… of that cuts"] > 0
    assert figures["history: the fact of a move in the log"] > 0
    assert 0 < figures["history: share of such facts in an event's record"] < 100
    figures = by_name(board_history.run(data, PEOPLE))
    assert figures[STANDING] == PEOPLE
    for name in (RANK, ORDER, CHANGES, WEEK, DAYS):
        assert figures[name] > 0
        assert figures[f"{name}: longest step of the loop"] >= 0


def test_a_run_that_everybody_is_on_is_closed(people: Path, tmp_path: Path) -> None:
    figures = by_name(board_closing.run(people, tmp_path, AMID))
    assert figures[board_closing.PARTICIPANTS] == PEOPLE
    assert figures[board_closing.ARCHIVED] == PEOPLE
    closed, archived = (f"closing: {what} and on disk after" for what in ("closed", "archived"))
    assert 0 < figures[closed] <= figures[archived]
    assert board_closing.LONGEST in figures
    assert set(figures) >= {f"closing: {name}" for name in (*DELAYS, *WATCHED)}
    assert set(figures) >= {f"quiet: {name}" for name in DELAYS}


def test_everybody_is_seeded(people: Path, tmp_path: Path) -> None:
    figures = by_name(board_seeding.run(people, tmp_path, AMID))
    assert figures[board_seeding.PLACED] == PEOPLE
    assert figures["seeding: all on disk after"] > 0
    assert board_seeding.LONGEST in figures
    assert set(figures) >= {f"seeding: {name}" for name in (*DELAYS, *WATCHED)}


def test_the_command_line_takes_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["boards", "--directory", str(tmp_path), "--repeats", "1", "--parts"]
    arguments += ["moves,history", "--sizes", "5,10", "--moves", "20", "--people", "20"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert board_moves.MOVE in told
    assert RANK in told


def test_what_is_too_much_is_complained_of() -> None:
    for part, name, unit, most in (
        ("moves", f"{board_moves.TIMES} (1,000 and 20)", "×", boards.TIMES_MAX),
        ("moves", f"{board_moves.RANK}, 1,000 participants", "µs", boards.RANK_MAX_US),
        ("closing", board_closing.LONGEST, "ms", 49.9),
        ("seeding", board_seeding.LONGEST, "ms", 49.9),
    ):
        fine = Measured(part, name, unit, Spread(most, most, most))
        too_much = Measured(part, name, unit, Spread(most + 1, most + 1, most + 1))
        assert boards.complaints([fine]) == []
        assert len(boards.complaints([too_much])) == 1
    moves = Measured("moves", f"{board_moves.MOVE}, 1,000 participants", "µs", Spread(99, 99, 99))
    assert boards.complaints([moves]) == []
