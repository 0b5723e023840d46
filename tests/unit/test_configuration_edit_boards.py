"""Single changes to leaderboards: defaults, what can change when, and runs that are ended early."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from engine.configuration import runs
from engine.configuration.document import LeaderboardEntry
from engine.configuration.edit import Draft
from engine.configuration.edit_boards import (
    create_leaderboard,
    delete_leaderboard,
    end_run,
    update_leaderboard,
)
from engine.configuration.edit_points import create_system, delete_system, update_system
from engine.configuration.resolve_boards import with_opened
from engine.configuration.resolver import date_of, day_of
from engine.model.configuration import Configuration, Leaderboard
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import DAY_US, HOUR_US, Instant, Ordinal
from engine.model.limits import CONFIGURED_MAX, ENDED_RUNS_KEPT_DAYS
from tests.unit.configurations import named, put

Edit = Callable[[Draft], Any]

DOCUMENT = {
    "metrics": [named("m"), {**named("low"), "aggregation": "min"}],
    "attributes": [
        *({**named(f"u{n}"), "type": "user"} for n in range(3)),
        {**named("e"), "type": "event"},
    ],
    "points": [named("p"), named("q")],
}
FILTERS = [{"attributeKey": key, "attributeValue": "1"} for key in ("u0", "u1")]
WEEKLY = {"runUnit": "week", "runInterval": 2}
DAILY = {"runUnit": "day", "runInterval": 1}
NIGHT = {"startTime": "22:00", "endTime": "06:00"}
ONE = Ordinal(1)


def at(day: str, hour: int = 15) -> int:
    return day_of(date.fromisoformat(day)) * DAY_US + hour * HOUR_US


NOW = at("2024-10-04")
BEFORE = put(DOCUMENT)


def edited(before: Configuration, *edits: Edit, now: int = NOW) -> Configuration:
    draft = Draft(before, Instant(now))
    for edit in edits:
        edit(draft)
    return draft.finish()


def new(**fields: Any) -> Edit:
    board = {**named("b"), "rankBy": "metric", "metricKey": "m", **fields}
    return lambda draft: create_leaderboard(draft, board)


def made(**fields: Any) -> Configuration:
    return edited(BEFORE, new(**fields))


def change(**fields: Any) -> Edit:
    return lambda draft: update_leaderboard(draft, ONE, fields)


def board_in(configuration: Configuration) -> Leaderboard:
    (board,) = configuration.leaderboards
    return board


def refused(before: Configuration, edit: Edit, now: int = NOW) -> str:
    draft = Draft(before, Instant(now))
    with pytest.raises((InvalidInput, NotFound)) as caught:
        edit(draft)
    assert draft.finish() is before
    return str(caught.value)


# New ones.


def test_a_new_board_is_inactive_and_for_a_thousand() -> None:
    board = board_in(made())
    assert board == Leaderboard(
        ONE,
        "b",
        "B",
        "metric",
        status="inactive",
        metric=ONE,
        max_participants=1_000,
        start=day_of(date(2024, 10, 4)),
    )
    assert board_in(made(maxParticipants=None)).max_participants is None
    assert board_in(made(maxParticipants=5_000)).max_participants == 5_000
    active = board_in(made(status="active", description=None, end=None))
    assert active == replace(board, status="active", run=1)


def test_a_new_board_with_everything() -> None:
    whole = made(
        description="D",
        status="scheduled",
        order="asc",
        start="2024-10-09",
        end="2024-12-31",
        userAttributes=FILTERS,
        breakdownAttributes=["u2", "u1"],
        **WEEKLY,
        **NIGHT,
    )
    file = {
        **{**named("b"), "rankBy": "metric", "metricKey": "m", "description": "D"},
        **{"status": "scheduled", "order": "asc", "start": "2024-10-09", "end": "2024-12-31"},
        **{"userAttributes": FILTERS, "breakdownAttributes": ["u2", "u1"], **WEEKLY, **NIGHT},
        "maxParticipants": 1_000,
    }
    assert whole.leaderboards == put({**DOCUMENT, "leaderboards": [file]}, at=NOW).leaderboards


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"metricKey": None}, "metricId is missing"),
        ({"metricKey": "x"}, "metricId: there is no 'x'"),
        ({"rankBy": "points", "metricKey": None}, "pointsSystemId is missing"),
        (
            {"rankBy": "streak", "metricKey": None, **DAILY},
            "runUnit does not belong to a board ranked by streak; "
            "runInterval does not belong to a board ranked by streak",
        ),
        ({"runUnit": "day"}, "runInterval is missing"),
        ({"runInterval": 1}, "runInterval does not belong to a board without runUnit"),
        ({"startTime": "08:00", "endTime": "08:00"}, "startTime and endTime must differ"),
        (
            {"breakdownAttributes": ["e"]},
            "breakdownAttributes[0]: 'e' is an attribute of events",
        ),
        (
            {"start": "2024-10-04", "end": "2024-10-03"},
            "end must not be before start (2024-10-04)",
        ),
        (
            {"status": "active", "end": "2024-10-03"},
            "end: must not lie in the past: make the leaderboard 'finished' instead",
        ),
        ({"status": "finished"}, "end: must lie in the past of what is 'finished' from the start"),
        (
            {"status": "finished", "end": "2024-10-04"},
            "end: must lie in the past of what is 'finished' from the start",
        ),
        ({"status": "scheduled"}, "start must lie in the future of what is 'scheduled'"),
        (
            {"status": "scheduled", "start": "2024-10-04"},
            "start must lie in the future of what is 'scheduled'",
        ),
        ({"key": "x"}, "key: there is a leaderboard 'x' already"),
        ({"status": "archived"}, "status: cannot be 'archived' from the start"),
    ],
)
def test_a_wrong_new_board_leaves_nothing_behind(fields: dict[str, Any], said: str) -> None:
    before = made(key="x")
    assert refused(before, new(**fields)) == said
    draft = Draft(before, Instant(NOW))
    with pytest.raises(InvalidInput):
        new(**fields)(draft)
    assert new()(draft) == 2, "no number is lost"


def test_a_field_that_is_not_of_its_type_is_named() -> None:
    for fields, said in (
        ({"key": None}, r"missing required field `key`"),
        ({"rankBy": None}, r"missing required field `rankBy`"),
        ({"key": "ä"}, r"regex.*\$\.key"),
        ({"status": "over"}, r"'over'.*\$\.status"),
        ({"maxParticipants": 0}, r">= 1.*\$\.maxParticipants"),
        ({"startTime": "8:00"}, r"regex.*\$\.startTime"),
        ({"run": 1}, "unknown field `run`"),
    ):
        with pytest.raises(msgspec.ValidationError, match=said):
            edited(BEFORE, new(**fields))
    for fields in ({"name": None}, {"status": None}, {"key": None}, {"rankBy": None}):
        with pytest.raises(msgspec.ValidationError, match=r"got `null`|None"):
            edited(made(), change(**fields))


def test_what_was_finished_before_it_was_made() -> None:
    board = board_in(made(status="finished", end="2024-09-30"))
    assert (board.status, board.run, date_of(board.start)) == ("finished", 0, date(2024, 9, 30))


# Changes while it is inactive.


def test_everything_can_change_while_it_is_inactive() -> None:
    before = made(description="D", userAttributes=FILTERS, **WEEKLY, **NIGHT)
    known = board_in(before)
    for fields, changes in (
        ({"name": "C", "key": "c"}, {"name": "C", "key": "c"}),
        ({"description": None}, {"description": ""}),
        ({"metricKey": "low", "order": "asc"}, {"metric": 2, "order": "asc"}),
        ({"maxParticipants": None}, {"max_participants": None}),
        (
            {"start": "2024-10-09", "end": "2024-10-10"},
            {"start": known.start + 5, "start_given": True, "end": known.start + 6},
        ),
        ({"startTime": None}, {"start_minute": None}),
        ({"endTime": None}, {"end_minute": None}),
        ({"runUnit": None}, {"run_unit": None, "run_interval": 1}),
        ({"runUnit": None, "runInterval": None}, {"run_unit": None, "run_interval": 1}),
        ({"runUnit": "month", "runInterval": 3}, {"run_unit": "month", "run_interval": 3}),
        ({"userAttributes": None}, {"user_attributes": ()}),
        ({"userAttributes": []}, {"user_attributes": ()}),
        ({"breakdownAttributes": ["u1", "u0"]}, {"breakdown": (2, 1)}),
    ):
        after = edited(before, change(**fields), now=NOW + DAY_US)
        assert board_in(after) == replace(known, **changes), fields
        assert after.version == before.version + 1
    assert refused(before, change(runInterval=None)) == "runInterval is missing"
    assert refused(before, change(metricKey=None)) == "metricId is missing"


def test_ranked_by_something_else_it_loses_what_belonged_to_that() -> None:
    before = made(userAttributes=FILTERS, **WEEKLY, **NIGHT)
    points = board_in(edited(before, change(rankBy="points", pointsSystemKey="q")))
    assert points == replace(board_in(before), rank_by="points", metric=None, points_system=2)
    streak = board_in(edited(before, change(rankBy="streak")))
    assert (streak.metric, streak.run_unit, streak.start_minute, streak.end_minute) == (None,) * 4
    assert streak.user_attributes == board_in(before).user_attributes
    assert refused(before, change(rankBy="points")) == "pointsSystemId is missing"
    said = "runUnit does not belong to a board ranked by streak"
    assert refused(before, change(rankBy="streak", runUnit="day")) == said
    with pytest.raises(msgspec.ValidationError, match=r"\$\.rankBy"):
        edited(before, change(rankBy="level"))


def test_a_key_is_used_once() -> None:
    before = edited(BEFORE, new(), new(key="x"))
    assert refused(before, change(key="x")) == "key: there is a leaderboard 'x' already"
    swapped = edited(before, change(key="c"), new(key="b"))
    assert [(b.key, b.ordinal) for b in swapped.leaderboards] == [("c", 1), ("x", 2), ("b", 3)]


# Changes while it is not.

FIXED: dict[str, Any] = {
    "key": "c",
    "rankBy": "streak",
    "metricKey": "low",
    "order": "asc",
    "userAttributes": FILTERS[:1],
    "breakdownAttributes": ["u1", "u0"],
    "runUnit": "day",
    "runInterval": 3,
    "start": "2024-10-02",
    "startTime": "21:00",
    "endTime": None,
}
SAME: dict[str, Any] = {
    "key": "b",
    "rankBy": "metric",
    "metricKey": "m",
    "order": "desc",
    "userAttributes": FILTERS[::-1],
    "breakdownAttributes": ["u0", "u1"],
    **WEEKLY,
    "start": "2024-10-04",
    **NIGHT,
}
ACTIVE = made(
    status="active",
    userAttributes=FILTERS,
    breakdownAttributes=["u0", "u1"],
    **WEEKLY,
    **NIGHT,
)
FINISHED = edited(ACTIVE, change(status="finished"))


def test_every_field_is_either_always_or_only_sometimes_to_be_changed() -> None:
    always = {"name", "description", "status", "maxParticipants", "end", "pointsSystemKey"}
    fields = {field.encode_name for field in msgspec.structs.fields(LeaderboardEntry)}
    assert FIXED.keys() | always == fields


@pytest.mark.parametrize("field", FIXED)
@pytest.mark.parametrize("before", [ACTIVE, FINISHED], ids=["active", "finished"])
def test_what_is_ranked_can_change_only_while_it_is_inactive(
    before: Configuration, field: str
) -> None:
    name = field.replace("Key", "Id")
    for status in ({}, {"status": "inactive"}):
        said = refused(before, change(**{field: FIXED[field]}, **status))
        assert said == f"{name}: can change only while the leaderboard is inactive"
    assert edited(before, change(**{field: SAME[field]})) is before
    # In two steps it can.
    off = edited(before, change(status="inactive"))
    if field != "rankBy":
        assert edited(off, change(**{field: FIXED[field]})).version == off.version + 1


def test_all_that_cannot_change_is_named() -> None:
    said = refused(ACTIVE, change(metricKey="low", start="2024-10-09", name="C"))
    assert said == (
        "metricId: can change only while the leaderboard is inactive; "
        "start: can change only while the leaderboard is inactive"
    )
    of_points = made(status="active", rankBy="points", metricKey=None, pointsSystemKey="p")
    said = "pointsSystemId: can change only while the leaderboard is inactive"
    assert refused(of_points, change(pointsSystemKey="q")) == said
    assert edited(of_points, change(pointsSystemKey="p")) is of_points


def test_what_is_shown_can_be_sent_back() -> None:
    """Nor does a start that nobody gave become one that was given."""
    for before in (ACTIVE, FINISHED, made(status="scheduled", start="2024-10-09")):
        board = board_in(before)
        shown = runs.shown_status(board, Instant(NOW))
        same = {"name": "B", "start": date_of(board.start).isoformat(), "status": shown}
        assert edited(before, change(**same)) is before


def test_what_can_change_at_any_time() -> None:
    for before in (ACTIVE, FINISHED):
        later = change(name="C", description="D", maxParticipants=3)
        after = edited(before, later, now=NOW + DAY_US)
        assert board_in(after) == replace(
            board_in(before), name="C", description="D", max_participants=3
        )
        assert board_in(edited(after, change(maxParticipants=None))).max_participants is None


def test_an_end_can_change_until_the_board_is_finished() -> None:
    after = edited(ACTIVE, change(end="2024-10-31"), now=NOW + DAY_US)
    assert board_in(after) == replace(board_in(ACTIVE), end=day_of(date(2024, 10, 31)))
    assert board_in(edited(after, change(end=None))).end is None
    finished = edited(after, change(status="finished"))
    said = "end: can change only while the leaderboard is not finished"
    for fields in ({"end": "2024-10-30"}, {"end": None}):
        for before, status in (
            (finished, {}),
            (finished, {"status": "finished"}),
            (after, {"status": "finished"}),
        ):
            assert refused(before, change(**fields, **status)) == said
    assert edited(finished, change(end="2024-10-31", status="finished")) is finished
    # With another status it can at once.
    for status, run in (("active", 2), ("inactive", 1)):
        again = board_in(edited(finished, change(end="2024-10-30", status=status)))
        assert (again.status, again.run, again.end) == (status, run, day_of(date(2024, 10, 30)))


PAST = "end: must not lie in the past: make the leaderboard 'finished' instead"


def test_an_end_lies_in_the_future_of_a_board_that_is_on() -> None:
    later = at("2024-10-09")
    for end in ("2024-10-08", "2024-10-04"):
        assert refused(ACTIVE, change(end=end), now=later) == PAST
    assert board_in(edited(ACTIVE, change(end="2024-10-09"), now=later)).run == 1
    inactive = made(end="2024-10-08")
    for before in (inactive, edited(inactive, change(status="active"), change(status="finished"))):
        assert refused(before, change(status="active"), now=later) == PAST
    assert refused(FINISHED, change(status="active", end="2024-10-08"), now=later) == PAST
    for fields in ({}, {"start": "2024-10-01"}, WEEKLY, NIGHT):
        assert refused(BEFORE, new(status="active", end="2024-10-03", **fields)) == PAST
    # While it is inactive, it does not matter.
    assert board_in(edited(ACTIVE, change(status="inactive", end="2024-10-03"))).end is not None
    assert refused(made(), change(end="2024-10-03", status="active")) == PAST
    active = edited(inactive, change(status="active", end=None), now=later)
    assert (board_in(active).run, board_in(active).start) == (1, day_of(date(2024, 10, 9)))
    ahead = made(status="scheduled", start="2024-10-09")
    said = "end must not be before start (2024-10-09)"
    assert refused(ahead, change(end="2024-10-08")) == said


def test_a_board_that_is_over_by_its_end() -> None:
    before, later = made(status="active", end="2024-10-08"), at("2024-10-20")
    assert runs.shown_status(board_in(before), Instant(later)) == "finished"
    assert edited(before, change(status="finished"), now=later) is before
    assert board_in(edited(before, change(name="C"), now=later)).run == 1
    for fields in ({"status": "active"}, {"end": "2024-10-19"}):
        assert refused(before, change(**fields), now=later) == PAST
    for fields in ({"end": "2024-10-20"}, {"end": None}, {"status": "active", "end": None}):
        again = board_in(edited(before, change(**fields), now=later))
        assert (again.status, again.run, date_of(again.start)) == ("active", 2, date(2024, 10, 20))
    said = "end: can change only while the leaderboard is not finished"
    assert refused(before, change(status="finished", end=None), now=later) == said


def test_a_board_of_a_file_that_was_over_from_the_start() -> None:
    """The file may say so; by itself it takes any change but one that would begin it."""
    file = {**named("b"), "rankBy": "metric", "metricKey": "m", "end": "2024-10-01"}
    before = put({**DOCUMENT, "leaderboards": [file]}, at=NOW)
    board = board_in(before)
    assert (board.run, runs.shown_status(board, Instant(NOW))) == (1, "finished")
    same = {"start": "2024-10-04", "end": "2024-10-01", "status": "finished"}
    assert edited(before, change(**same)) is before
    assert board_in(edited(before, change(name="C"))) == replace(board, name="C")
    for fields in ({"status": "active"}, {"end": "2024-10-03"}):
        assert refused(before, change(**fields)) == PAST
    off = edited(before, change(status="inactive"))
    assert refused(off, change(status="active")) == PAST
    assert board_in(edited(off, change(status="active", end="2024-10-04"))).run == 2


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        (made(), "active", ("active", 1)),
        (made(start="2024-10-09"), "scheduled", ("active", 1)),
        (made(start="2024-10-09", **WEEKLY), "scheduled", ("active", 1)),
        (made(), "inactive", ("inactive", 0)),
        (ACTIVE, "active", ("active", 1)),
        (ACTIVE, "inactive", ("inactive", 1)),
        (ACTIVE, "finished", ("finished", 1)),
        (FINISHED, "finished", ("finished", 1)),
        (FINISHED, "inactive", ("inactive", 1)),
        (FINISHED, "active", ("active", 2)),
        (edited(ACTIVE, change(status="inactive")), "active", ("active", 2)),
        (made(status="scheduled", start="2024-10-09"), "scheduled", ("active", 1)),
        (made(status="scheduled", start="2024-10-09"), "active", ("active", 1)),
        (made(status="scheduled", start="2024-10-09"), "inactive", ("inactive", 1)),
        (made(status="scheduled", start="2024-10-09"), "finished", ("finished", 1)),
        (made(status="active", start="2024-10-05"), "scheduled", ("active", 1)),
    ],
)
def test_a_status_that_can_follow(
    before: Configuration, status: str, after: tuple[str, int]
) -> None:
    board = board_in(edited(before, change(status=status)))
    assert (board.status, board.run) == after


@pytest.mark.parametrize(
    ("before", "status", "said"),
    [
        (made(), "finished", "status: an inactive leaderboard cannot become 'finished'"),
        (made(), "scheduled", "start must lie in the future of what is 'scheduled'"),
        (ACTIVE, "scheduled", "status: the leaderboard has begun already"),
        (FINISHED, "scheduled", "status: a finished leaderboard cannot become 'scheduled'"),
    ],
)
def test_a_status_that_cannot_follow(before: Configuration, status: str, said: str) -> None:
    assert refused(before, change(status=status)) == said


def test_changes_in_one_list_follow_each_other() -> None:
    again = edited(ACTIVE, change(status="inactive"), change(order="asc"), change(status="active"))
    assert again.version == ACTIVE.version + 1
    assert (board_in(again).run, board_in(again).order) == (2, "asc")


def test_without_changes_there_is_no_version() -> None:
    for before in (made(), ACTIVE, FINISHED):
        assert edited(before, now=NOW + 400 * DAY_US) is before
        assert edited(before, change(), now=NOW + 400 * DAY_US) is before


# What goes.


def test_a_deleted_board_is_gone_and_so_is_its_number() -> None:
    gone = edited(ACTIVE, lambda draft: delete_leaderboard(draft, ONE))
    assert gone.leaderboards == ()
    for edit in (
        change(name="C"),
        lambda draft: delete_leaderboard(draft, ONE),
        lambda draft: end_run(draft, ONE, Instant(NOW)),
    ):
        assert refused(gone, edit) == "there is no such leaderboard"
    again = edited(gone, new())
    assert board_in(again).ordinal == 2
    draft = Draft(ACTIVE, Instant(NOW))
    delete_leaderboard(draft, ONE)
    assert new()(draft) == 2


def test_a_points_system_that_a_board_of_the_list_ranks_by() -> None:
    by_points = new(rankBy="points", metricKey=None, pointsSystemKey="p")
    before = edited(BEFORE, by_points)
    said = "cannot be deleted: the leaderboard 'b' ranks by it"
    assert refused(before, lambda draft: delete_system(draft, ONE)) == said
    edited(
        before,
        change(rankBy="points", pointsSystemKey="q"),
        lambda draft: delete_system(draft, ONE),
        change(pointsSystemKey="q"),
    )
    draft = Draft(before, Instant(NOW))
    delete_leaderboard(draft, ONE)
    delete_system(draft, ONE)
    # What is archived cannot be ranked by anew.
    with pytest.raises(InvalidInput, match="pointsSystemId: there is no 'p'"):
        by_points(draft)
    again = create_system(draft, named("p"))
    update_system(draft, ONE, {"name": "Old"})
    by_points(draft)
    assert [b.points_system for b in draft.finish().leaderboards] == [again]


def test_a_board_of_an_archived_system_can_still_change() -> None:
    file = {**named("b"), "rankBy": "points", "pointsSystemKey": "p"}
    first = put({**DOCUMENT, "leaderboards": [file]}, at=NOW)
    archived = {**DOCUMENT, "points": [{**named("p"), "status": "archived"}]}
    before = put({**archived, "leaderboards": [file]}, first, at=NOW)
    after = board_in(edited(before, change(name="C", pointsSystemKey="p")))
    assert (after.name, after.points_system, after.run) == ("C", 1, 1)


def test_numbers_of_boards_are_bounded() -> None:
    boards = [{**named(f"b{n}"), "rankBy": "streak"} for n in range(CONFIGURED_MAX)]
    draft = Draft(put({**DOCUMENT, "leaderboards": boards}), Instant(NOW))
    with pytest.raises(InvalidInput, match=r"\Athere can be 10000 leaderboards in all\Z"):
        new()(draft)
    delete_leaderboard(draft, ONE)
    new()(draft)


# Runs that are ended.


def end(configuration: Configuration, now: int) -> Configuration:
    return edited(configuration, lambda draft: end_run(draft, ONE, Instant(now)), now=now)


def end_refused(configuration: Configuration, now: int) -> str:
    return refused(configuration, lambda draft: end_run(draft, ONE, Instant(now)), now=now)


def test_the_run_of_today_is_ended_and_the_next_one_comes() -> None:
    before = made(status="active", start="2024-10-01", **WEEKLY)
    ended = end(before, at("2024-10-14", 23))
    board, first = board_in(ended), day_of(date(2024, 10, 1))
    (ended_run,) = board.ended
    assert board == replace(board_in(before), ended=(ended_run,))
    assert ended_run == ((1 << 24) + first, at("2024-10-14", 23))
    assert runs.over_at(board, ended_run.run) == at("2024-10-14", 23)
    said = "the run of today, by the date in UTC, is ended already"
    assert end_refused(ended, at("2024-10-14", 23)) == said
    both = board_in(end(ended, at("2024-10-15", 0)))
    assert [e.run for e in both.ended] == [(1 << 24) + first, (1 << 24) + first + 14]
    assert runs.run_on(both, both.start) is None
    # What else changes leaves it ended; another activation forgets it.
    assert board_in(edited(ended, change(name="C"))).ended == board.ended
    again = edited(ended, change(status="inactive"), change(status="active"))
    assert board_in(again).ended == ()


@pytest.mark.parametrize("fields", [{}, {"startTime": "22:00"}, {"end": "2024-10-31"}])
def test_a_board_without_runs_is_finished(fields: dict[str, Any]) -> None:
    before = made(status="active", **fields)
    board = board_in(end(before, NOW + 1))
    assert board == replace(board_in(before), status="finished", finished_at=Instant(NOW + 1))
    assert runs.over_at(board, board.run) == NOW + 1
    by_status = edited(before, change(status="finished"), now=NOW + 1)
    assert board_in(by_status) == board


def test_where_no_run_is_on_none_can_be_ended() -> None:
    for before, now, said in (
        (made(**DAILY), NOW, "no run of the leaderboard is on: it is inactive"),
        (FINISHED, NOW, "no run of the leaderboard is on: it is finished"),
        (
            made(status="scheduled", start="2024-10-09", **DAILY),
            at("2024-10-08", 9),
            "no run of the leaderboard is on: it is scheduled",
        ),
        (
            made(status="scheduled", start="2024-10-09"),
            NOW,
            "no run of the leaderboard is on: it is scheduled",
        ),
        (
            made(status="scheduled", start="2024-10-09", **DAILY),
            at("2024-10-08", 10),
            "no run of the leaderboard is on today, by the date in UTC",
        ),
        (
            made(status="active", end="2024-10-08", **DAILY),
            at("2024-10-09", 11),
            "no run of the leaderboard is on today, by the date in UTC",
        ),
        (
            made(status="active", end="2024-10-08", **DAILY),
            at("2024-10-09", 12),
            "no run of the leaderboard is on: it is finished",
        ),
    ):
        assert end_refused(before, now) == said
    opened = with_opened(
        made(status="scheduled", start="2024-10-09"), Instant(at("2024-10-08", 10))
    )
    assert board_in(end(opened, at("2024-10-08", 11))).status == "finished"


def test_runs_that_are_long_over_are_forgotten() -> None:
    version = made(status="active", **DAILY)
    ends = ENDED_RUNS_KEPT_DAYS + 30
    for days in range(ends):
        version = end(version, NOW + days * DAY_US)
        assert len(board_in(version).ended) <= ENDED_RUNS_KEPT_DAYS + 2
    board = board_in(version)
    now = NOW + (ends - 1) * DAY_US
    first = board.start + ends - len(board.ended)
    assert [e.run for e in board.ended] == [
        (1 << 24) + day for day in range(first, board.start + ends)
    ]
    over = runs.over_at(replace(board, ended=()), board.ended[0].run)
    assert over is not None
    assert 0 <= over + ENDED_RUNS_KEPT_DAYS * DAY_US - now < DAY_US
    # What is forgotten is over all the same.
    assert runs.is_over(board, (1 << 24) + first - 1, Instant(now))
