"""Leaderboards of a document: what is refused and where, and when their order begins anew."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from engine.configuration import runs
from engine.configuration.document import StreakChanges, read_document
from engine.configuration.entries import document_of
from engine.configuration.resolve import change_streak, resolve
from engine.configuration.resolve_boards import opening, with_opened
from engine.configuration.resolver import date_of, day_of
from engine.model.configuration import EMPTY, Configuration, Leaderboard
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import DAY_US, HOUR_US, Day, Instant, Ordinal
from tests.unit.configurations import named

DOCUMENT = {
    "metrics": [named("m"), {**named("low"), "aggregation": "min"}],
    "attributes": [
        *({**named(f"u{n}"), "type": "user"} for n in range(11)),
        {**named("e"), "type": "event"},
    ],
    "points": [named("p")],
}
TODAY = date(2024, 10, 4)
FILTER = [{"attributeKey": "u0", "attributeValue": "1"}]
EVENT_FILTER = [{"attributeKey": "e", "attributeValue": "1"}]
WEEKLY = {"runUnit": "week", "runInterval": 2}
NIGHT = {"startTime": "22:00", "endTime": "06:00"}


def at(day: date, hour: int = 15) -> int:
    return day_of(day) * DAY_US + hour * HOUR_US


NOW = at(TODAY)


def metric_board(**fields: Any) -> dict[str, Any]:
    return {**named("b"), "rankBy": "metric", "metricKey": "m", **fields}


def streak_board(**fields: Any) -> dict[str, Any]:
    return {**named("b"), "rankBy": "streak", **fields}


def put(
    *boards: dict[str, Any], before: Configuration = EMPTY, now: int = NOW, **more: Any
) -> Configuration:
    document = read_document({**DOCUMENT, "leaderboards": list(boards), **more})

    def any_zone(_: str) -> bool:
        return True

    return resolve(document, before, at=Instant(now), started=False, knows_zone=any_zone)


def board_in(configuration: Configuration) -> Leaderboard:
    (board,) = configuration.leaderboards
    return board


def issues(*boards: dict[str, Any], **how: Any) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationInvalid) as caught:
        put(*boards, **how)
    return caught.value.issues


@pytest.mark.parametrize(
    ("entry", "place", "said"),
    [
        (metric_board(rankBy="level"), "leaderboards[0].rankBy", "Invalid enum value 'level'"),
        (metric_board(status="archived"), "leaderboards[0].status", "Invalid enum value"),
        (metric_board(order="up"), "leaderboards[0].order", "Invalid enum value 'up'"),
        (metric_board(runUnit="hour"), "leaderboards[0].runUnit", "Invalid enum value 'hour'"),
        (metric_board(runInterval=0), "leaderboards[0].runInterval", "Expected `int` >= 1"),
        (metric_board(runInterval=1_001), "leaderboards[0].runInterval", "Expected `int` <= 1000"),
        (metric_board(maxParticipants=0), "leaderboards[0].maxParticipants", "Expected `int` >= 1"),
        (metric_board(startTime="24:00"), "leaderboards[0].startTime", "regex"),
        (metric_board(startTime="9:00"), "leaderboards[0].startTime", "regex"),
        (metric_board(endTime="12:60"), "leaderboards[0].endTime", "regex"),
        (metric_board(endTime="12:00\n"), "leaderboards[0].endTime", "regex"),
        (metric_board(start="today"), "leaderboards[0].start", "Invalid RFC3339"),
        (metric_board(key="a b"), "leaderboards[0].key", "regex"),
        (
            metric_board(breakdownAttributes=[f"u{n}" for n in range(11)]),
            "leaderboards[0].breakdownAttributes",
            "length <= 10",
        ),
        (metric_board(pointsSystem="p"), "leaderboards[0]", "unknown field `pointsSystem`"),
    ],
)
def test_a_value_that_cannot_be_is_told_at_its_field(
    entry: dict[str, Any], place: str, said: str
) -> None:
    ((where, what),) = issues(entry)
    assert where == f"{place} (of {entry['key']!r})"
    assert said in what


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        # What it ranks by.
        (metric_board(metricKey=None), ["metricKey is missing"]),
        (metric_board(metricKey="x"), ["metricKey: there is no 'x'"]),
        (
            metric_board(rankBy="points"),
            [
                "metricKey does not belong to a board ranked by points",
                "pointsSystemKey is missing",
            ],
        ),
        (streak_board(rankBy="points", pointsSystemKey="x"), ["pointsSystemKey: there is no 'x'"]),
        (streak_board(metricKey="m"), ["metricKey does not belong to a board ranked by streak"]),
        (
            streak_board(**WEEKLY),
            [
                "runUnit does not belong to a board ranked by streak",
                "runInterval does not belong to a board ranked by streak",
            ],
        ),
        (
            streak_board(**NIGHT),
            [
                "startTime does not belong to a board ranked by streak",
                "endTime does not belong to a board ranked by streak",
            ],
        ),
        # Whom.
        (
            metric_board(userAttributes=EVENT_FILTER),
            ["userAttributes[0]: 'e' is an attribute of events"],
        ),
        (
            metric_board(userAttributes=FILTER + FILTER),
            ["userAttributes[1]: 'u0' is there twice"],
        ),
        (
            metric_board(breakdownAttributes=["u0", "x", "e", "u0"]),
            [
                "breakdownAttributes[1]: there is no attribute 'x'",
                "breakdownAttributes[2]: 'e' is an attribute of events",
                "breakdownAttributes[3]: 'u0' is there twice",
            ],
        ),
        # When.
        (metric_board(runInterval=2), ["runInterval does not belong to a board without runUnit"]),
        (
            metric_board(startTime="10:00", endTime="10:00"),
            ["startTime and endTime must differ"],
        ),
        (
            metric_board(startTime="00:00", endTime="00:00"),
            ["startTime and endTime must differ"],
        ),
        (
            metric_board(endTime="00:00"),
            ["endTime 00:00 leaves nothing of the day; it may be left out"],
        ),
        (
            metric_board(start="2024-10-04", end="2024-10-03"),
            ["end must not be before start (2024-10-04)"],
        ),
        (
            metric_board(status="inactive", start="2024-10-02", end="2024-10-01"),
            ["end must not be before start (2024-10-02)"],
        ),
        (metric_board(start="1969-12-31"), ["start must be a date from 1970 to 2100"]),
        (metric_board(start="2101-01-01"), ["start must be a date from 1970 to 2100"]),
        (
            metric_board(status="finished", start="2024-10-02", end="2024-10-01"),
            ["end must not be before start (2024-10-02)"],
        ),
        (metric_board(end="1969-12-31"), ["end must be a date from 1970 to 2100"]),
        (metric_board(end="2101-01-01"), ["end must be a date from 1970 to 2100"]),
        (
            metric_board(status="scheduled", start="2024-10-04"),
            ["start must lie in the future of what is 'scheduled'"],
        ),
        (
            metric_board(status="scheduled"),
            ["start must lie in the future of what is 'scheduled'"],
        ),
    ],
)
def test_a_board_that_cannot_be_is_told_with_its_place(
    entry: dict[str, Any], said: list[str]
) -> None:
    assert issues(entry) == [("leaderboards[0] ('b')", what) for what in said]


def test_a_key_is_used_once_and_mistakes_are_told_where_they_are() -> None:
    assert issues(
        named("a") | {"rankBy": "streak"}, metric_board(), metric_board(runInterval=1)
    ) == [
        ("leaderboards[2] ('b')", "the key is used twice"),
        ("leaderboards[2] ('b')", "runInterval does not belong to a board without runUnit"),
    ]


def test_what_a_board_uses_cannot_be_taken_out_of_the_document() -> None:
    board = metric_board(userAttributes=FILTER, breakdownAttributes=["u1"])
    before = put(board)
    place = "leaderboards[0] ('b')"
    assert issues(board, before=before, metrics=[named("n")]) == [
        (place, "metricKey: there is no 'm'")
    ]
    attributes = [{**named("u0"), "type": "event"}]
    assert issues(board, before=before, attributes=attributes) == [
        (place, "userAttributes[0]: 'u0' is an attribute of events"),
        (place, "breakdownAttributes[0]: there is no attribute 'u1'"),
    ]
    of_points = streak_board(rankBy="points", pointsSystemKey="p")
    assert issues(of_points, before=put(of_points), points=[]) == [
        (place, "pointsSystemKey: there is no 'p'")
    ]


FULL = metric_board(
    name="Board",
    description="D",
    order="asc",
    maxParticipants=50,
    start="2024-10-01",
    end="2024-12-31",
    **NIGHT,
    **WEEKLY,
    userAttributes=FILTER,
    breakdownAttributes=["u2", "u1"],
)


def test_everything_that_a_board_can_have() -> None:
    board = board_in(put(FULL))
    assert (board.key, board.name, board.description, board.order) == ("b", "Board", "D", "asc")
    assert (board.metric, board.points_system, board.max_participants) == (1, None, 50)
    assert (date_of(board.start), board.start_given) == (date(2024, 10, 1), True)
    assert board.end == day_of(date(2024, 12, 31))
    assert (board.start_minute, board.end_minute) == (1_320, 360)
    assert (board.run_unit, board.run_interval) == ("week", 2)
    assert [(f.attribute, f.value) for f in board.user_attributes] == [(1, "1")]
    assert board.breakdown == (3, 2), "in the order in which groups are named"
    assert (board.run, board.opened, board.ended) == (1, True, ())
    bare = board_in(put(streak_board()))
    assert bare == Leaderboard(
        Ordinal(1), "b", "B", "streak", run=1, start=day_of(TODAY), opened=True
    )
    assert board_in(put(metric_board(runUnit="day"))).run_interval == 1


@pytest.mark.parametrize(
    "entry",
    [
        FULL,
        metric_board(),
        metric_board(runUnit="day"),
        metric_board(startTime="00:00"),
        metric_board(endTime="23:59", status="inactive"),
        metric_board(start="2024-11-01", status="scheduled"),
        metric_board(status="finished"),
        metric_board(status="finished", end="2024-10-01"),
        metric_board(status="inactive", end="2024-10-01"),
        metric_board(end="2024-10-01"),
        metric_board(end="2024-10-01", **WEEKLY),
        streak_board(order="asc", end="2100-12-31"),
        streak_board(rankBy="points", pointsSystemKey="p", maxParticipants=1_000_000),
    ],
)
def test_the_way_back_changes_nothing(entry: dict[str, Any]) -> None:
    made = put(entry)
    written = document_of(made)
    for later in (NOW, NOW + DAY_US, NOW + 400 * DAY_US):
        document = read_document(written)
        again = resolve(document, made, at=Instant(later), started=False, knows_zone=lambda _: True)
        assert again is made
    (fields,) = written["leaderboards"]
    (elsewhere,) = put(fields).leaderboards
    assert elsewhere == board_in(made)


# When its order begins anew.

FIELDS_OF_THE_ORDER: list[dict[str, Any]] = [
    {"metricKey": "low"},
    {"order": "asc"},
    {"start": "2024-10-02"},
    {"startTime": "08:00"},
    {"endTime": "08:00"},
    {"runUnit": "day"},
    {"userAttributes": FILTER},
    {"breakdownAttributes": ["u0"]},
]
OTHER_FIELDS: list[dict[str, Any]] = [
    {"name": "Other"},
    {"description": "Other"},
    {"maxParticipants": 3},
    {"end": "2024-12-31"},
]


@pytest.mark.parametrize("fields", FIELDS_OF_THE_ORDER)
def test_another_order_begins_anew(fields: dict[str, Any]) -> None:
    for base, changed in (({}, fields), (fields, {})):
        before = put(metric_board(**base))
        after = board_in(put(metric_board(**changed), before=before, now=NOW + 2 * DAY_US))
        assert (after.ordinal, after.run) == (1, 2)
        start = changed.get("start", "2024-10-06")
        assert date_of(after.start).isoformat() == start


@pytest.mark.parametrize("fields", OTHER_FIELDS)
def test_the_order_goes_on_under_another_name(fields: dict[str, Any]) -> None:
    before = put(metric_board())
    after = board_in(put(metric_board(**fields), before=before, now=NOW + 2 * DAY_US))
    assert (after.run, after.start) == (1, board_in(before).start)
    assert after != board_in(before)


def test_to_say_when_it_began_begins_nothing() -> None:
    before = put(metric_board(**WEEKLY))
    said = put(metric_board(start="2024-10-04", **WEEKLY), before=before, now=NOW + 9 * DAY_US)
    assert board_in(said) == replace(board_in(before), start_given=True)
    unsaid = board_in(put(metric_board(**WEEKLY), before=said, now=NOW + 9 * DAY_US))
    assert (unsaid.run, date_of(unsaid.start)) == (2, date(2024, 10, 13))


def test_each_activation_has_a_run_of_its_own() -> None:
    version, seen = EMPTY, []
    for days, status in enumerate(
        ("inactive", "active", "active", "inactive", "active", "finished", "active")
    ):
        version = put(metric_board(status=status), before=version, now=NOW + days * DAY_US)
        board = board_in(version)
        seen.append((board.run, board.start - day_of(TODAY), board.status))
    assert seen == [
        (0, 0, "inactive"),
        (1, 1, "active"),
        (1, 1, "active"),
        (1, 1, "inactive"),
        (2, 4, "active"),
        (2, 4, "finished"),
        (3, 6, "active"),
    ]


def test_a_board_that_comes_back_is_another_one() -> None:
    before = put(metric_board())
    gone = put(before=before)
    assert gone.leaderboards == ()
    back = board_in(put(metric_board(), before=gone))
    assert (back.ordinal, back.run) == (2, 1)


def test_a_total_board_that_begins_later_is_opened_by_a_step() -> None:
    opens = at(date(2024, 10, 8), 10)
    before = put(metric_board(start="2024-10-09", status="scheduled"))
    board = board_in(before)
    assert (board.status, board.run, board.opened) == ("active", 1, False)
    assert runs.run_on(board, board.start) is None
    assert opening(before) == opens
    assert runs.shown_status(board, Instant(NOW)) == "scheduled"
    # What is changed meanwhile leaves it waiting; another date is another activation.
    renamed = put(metric_board(start="2024-10-09", name="Other"), before=before, now=opens - 1)
    assert (board_in(renamed).run, opening(renamed)) == (1, opens)
    sooner = put(metric_board(start="2024-10-06"), before=before)
    assert (board_in(sooner).run, opening(sooner)) == (2, at(date(2024, 10, 5), 10))
    at_once = board_in(put(metric_board(start="2024-10-05"), before=before))
    assert (at_once.run, at_once.opened) == (2, True)
    opened = with_opened(renamed, Instant(opens))
    assert opened.version == renamed.version + 1
    assert board_in(opened) == replace(board_in(renamed), opened=True)
    assert runs.run_on(board_in(opened), board.start) == 1
    assert opening(opened) is None
    assert with_opened(renamed, Instant(opens - 1)).leaderboards == renamed.leaderboards
    # From here on it goes on, also under a file that says it is scheduled.
    file = metric_board(start="2024-10-09", status="scheduled", name="Other")
    assert put(file, before=opened, now=opens + 40 * DAY_US) is opened


def test_a_counting_board_that_begins_later_waits_by_its_dates() -> None:
    for fields in (WEEKLY, NIGHT):
        version = put(metric_board(start="2024-10-09", status="scheduled", **fields))
        board = board_in(version)
        assert (board.run, board.opened, opening(version)) == (1, True, None)
        assert runs.shown_status(board, Instant(NOW)) == "scheduled"
        assert runs.run_on(board, Day(board.start - 1)) is None


def test_a_board_that_is_inactive_waits_for_nothing() -> None:
    before = put(metric_board(start="2024-10-09"))
    assert opening(put(metric_board(start="2024-10-09", status="inactive"), before=before)) is None
    again = put(metric_board(start="2024-10-09"), before=before)
    assert again is before


ENDED = metric_board(start="2024-09-01", end="2024-10-01")


def test_an_end_that_is_moved_after_the_board_was_over_begins_it_anew() -> None:
    over = put(ENDED)
    assert runs.shown_status(board_in(over), Instant(NOW)) == "finished"
    for end in ("2024-10-04", "2100-12-31", None):
        moved = board_in(put({**ENDED, "end": end}, before=over))
        assert (moved.run, date_of(moved.start)) == (2, date(2024, 9, 1))
    # Over by another date it is over all the same.
    assert board_in(put({**ENDED, "end": "2024-09-15"}, before=over)).run == 1
    # Not yet over, it goes on; and goes on until it is over.
    last = at(date(2024, 10, 2), 12)
    assert board_in(put({**ENDED, "end": None}, before=over, now=last - 1)).run == 1
    assert board_in(put({**ENDED, "end": None}, before=over, now=last)).run == 2
    brought_forward = put(
        {**ENDED, "end": "2024-09-02"}, before=put(ENDED, now=last - 1), now=last - 1
    )
    assert board_in(brought_forward).run == 1
    assert runs.shown_status(board_in(brought_forward), Instant(last - 1)) == "finished"


def test_the_start_of_a_board_that_gave_none_is_that_of_its_activation() -> None:
    over = put(metric_board(end="2024-10-05"))
    later = at(date(2024, 11, 1))
    assert put(metric_board(end="2024-10-05"), before=over, now=later) is over
    moved = board_in(put(metric_board(end="2024-11-30"), before=over, now=later))
    assert (moved.run, date_of(moved.start)) == (2, date(2024, 11, 1))
    # Also where that is after its end: it is over from the start.
    inactive = put(metric_board(status="inactive", end="2024-10-05"))
    for file, before, run in (
        (metric_board(end="2024-10-05", order="asc"), over, 2),
        (metric_board(end="2024-10-05"), inactive, 1),
        (metric_board(end="2024-10-05"), EMPTY, 1),
    ):
        begun = put(file, before=before, now=later)
        board = board_in(begun)
        assert (board.status, board.run, date_of(board.start)) == ("active", run, date(2024, 11, 1))
        assert runs.shown_status(board, Instant(later)) == "finished"
        assert put(file, before=begun, now=later + 30 * DAY_US) is begun
    said = "end must not be before start (2024-11-01)"
    given_then = metric_board(start="2024-11-01", end="2024-10-05")
    assert issues(given_then, before=over, now=later) == [("leaderboards[0] ('b')", said)]
    # What was finished before it began.
    finished = board_in(put(metric_board(status="finished", end="2024-10-01")))
    assert (date_of(finished.start), finished.run) == (date(2024, 10, 1), 0)
    # A start that is taken back while inactive.
    given = put(metric_board(status="inactive", start="2024-01-01"))
    assert board_in(put(metric_board(status="inactive"), before=given)).start == day_of(TODAY)


# What is finished by hand.

KEPT: list[dict[str, Any]] = [
    *FIELDS_OF_THE_ORDER,
    {"end": "2024-10-05"},
    {"start": "2024-09-01", "end": "2024-09-02"},
    {"rankBy": "points", "metricKey": None, "pointsSystemKey": "p"},
    {"rankBy": "streak", "metricKey": None},
]


@pytest.mark.parametrize("fields", KEPT)
def test_a_board_that_is_finished_keeps_what_it_ranked_and_how(fields: dict[str, Any]) -> None:
    before, later = put(metric_board()), NOW + 2 * DAY_US
    stands = replace(board_in(before), status="finished", finished_at=Instant(later))
    # With the finishing, and when it is finished.
    file = metric_board(**fields, status="finished")
    at_once = put(file, before=before, now=later)
    finished = put(metric_board(status="finished"), before=before, now=later)
    assert board_in(at_once) == board_in(finished) == stands
    assert put(file, before=finished, now=later + DAY_US) is finished
    # So the same file is no new version, nor is the one that the board could have come from.
    assert put(file, before=at_once, now=later + 400 * DAY_US) is at_once
    assert put(*document_of(at_once)["leaderboards"], before=at_once, now=later + 1) is at_once
    # In force when it is not finished any more.
    for status, run in (("active", 2), ("inactive", 1)):
        wanted = {**metric_board(**fields), "status": status}
        again = board_in(put(wanted, before=at_once, now=later))
        anew = board_in(put(wanted, now=later))
        start = anew.start if status == "active" or anew.start_given else stands.start
        assert again == replace(anew, run=run, start=start), "and by no hand finished"


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"name": "Other"}, {"name": "Other"}),
        ({"description": "Other"}, {"description": "Other"}),
        ({"maxParticipants": 3}, {"max_participants": 3}),
    ],
)
def test_how_a_finished_board_is_shown_can_change(
    fields: dict[str, Any], changed: dict[str, Any]
) -> None:
    finished = put(metric_board(status="finished"), before=put(metric_board()))
    for before in (finished, put(metric_board())):
        after = board_in(put(metric_board(**fields, status="finished"), before=before))
        assert after == replace(board_in(finished), **changed)


def test_when_a_board_was_finished_stays_so_until_it_is_on_again() -> None:
    version, seen = EMPTY, list[int]()
    for days, status in enumerate(
        ("finished", "finished", "active", "finished", "finished", "inactive", "finished")
    ):
        version = put(metric_board(status=status), before=version, now=NOW + days * DAY_US)
        seen.append(board_in(version).finished_at)
    assert seen == [NOW, NOW, 0, NOW + 3 * DAY_US, NOW + 3 * DAY_US, 0, NOW + 6 * DAY_US]


def test_a_board_that_was_inactive_has_nothing_to_keep() -> None:
    before = put(metric_board(status="inactive"), before=put(metric_board()))
    finished = board_in(put(metric_board(status="finished", order="asc"), before=before))
    assert (finished.order, finished.run, finished.finished_at) == ("asc", 1, NOW)


def test_what_waits_for_its_start_can_be_finished() -> None:
    file = metric_board(start="2024-10-09", status="scheduled")
    waiting = put(file)
    finished = put({**file, "status": "finished"}, before=waiting)
    stands = replace(board_in(waiting), status="finished", finished_at=Instant(NOW))
    assert board_in(finished) == stands
    assert (opening(finished), runs.run_on(stands, stands.start)) == (None, None)
    assert put({**file, "status": "finished"}, before=finished, now=NOW + 9 * DAY_US) is finished
    again = board_in(put(file, before=finished))
    assert again == replace(board_in(waiting), run=2)
    at_last = board_in(put({**file, "status": "active"}, before=finished, now=NOW + 9 * DAY_US))
    assert (at_last.run, at_last.opened) == (2, True)


def test_what_a_finished_board_ranked_by_cannot_be_taken_out_of_the_document() -> None:
    """Though its entry names it no more."""
    before = put(metric_board(userAttributes=FILTER, breakdownAttributes=["u1", "u2"]))
    other = streak_board(status="finished")
    finished = put(other, before=before)
    less = {"metrics": [], "attributes": [{**named("u1"), "type": "event"}]}
    place = "leaderboards[0] ('b')"
    said = [
        (place, "is finished: the metric 'm' must stay, it ranks by that"),
        (place, "is finished: the user attribute 'u0' must stay, it ranks by that"),
        (place, "is finished: the user attribute 'u1' must stay, it ranks by that"),
        (place, "is finished: the user attribute 'u2' must stay, it ranks by that"),
    ]
    for known in (before, finished):
        assert issues(other, before=known, **less) == said
    # What is named all the same is told once.
    named_too = metric_board(status="finished", userAttributes=FILTER)
    assert issues(named_too, before=finished, **less) == [
        (place, "metricKey: there is no 'm'"),
        (place, "userAttributes[0]: there is no attribute 'u0'"),
        *said[2:],
    ]
    # Under another status, or without the board, it can go.
    off = board_in(put(streak_board(status="inactive"), before=finished, **less))
    assert (off.metric, off.user_attributes, off.breakdown) == (None, (), ())
    assert put(before=finished, **less).leaderboards == ()


def test_a_points_system_that_a_finished_board_ranked_by_is_archived() -> None:
    before = put(streak_board(rankBy="points", pointsSystemKey="p"))
    other = streak_board(status="finished")
    finished = put(other, before=before, points=[])
    assert board_in(finished).points_system == 1
    assert put(other, before=finished, points=[], now=NOW + DAY_US) is finished
    document = read_document(document_of(finished))
    again = resolve(document, finished, at=Instant(NOW), started=False, knows_zone=lambda _: True)
    assert again is finished


def test_dates_of_a_finished_board_are_checked_as_they_are_said() -> None:
    """Not against those that it keeps."""
    over = put(metric_board(end="2024-10-01"))
    finished = put(metric_board(status="finished", end="2024-10-01"), before=over)
    file = metric_board(status="finished", start="2024-09-01", end="2024-10-01")
    assert put(file, before=finished) is finished
    said = [("leaderboards[0] ('b')", "end must not be before start (2024-10-02)")]
    assert issues({**file, "start": "2024-10-02"}, before=finished) == said


@pytest.mark.parametrize(
    ("week_start", "first"),
    [("monday", "1970-01-05"), ("sunday", "1970-01-04"), ("thursday", "1970-01-01")],
)
def test_before_the_clock_runs_weeks_begin_as_the_scopes_weeks(week_start: str, first: str) -> None:
    board = board_in(put(metric_board(**WEEKLY), now=1, weekStart=week_start))
    assert date_of(board.start).isoformat() == first
    assert board_in(put(metric_board(runUnit="month"), now=1)).start == 0
    assert date_of(board_in(put(metric_board(**WEEKLY), weekStart=week_start)).start) == TODAY


# Streaks of another frequency.


def switched(before: Configuration, now: int = NOW + DAY_US) -> Configuration:
    return change_streak(StreakChanges(frequency="weekly"), before, at=Instant(now))


def test_another_frequency_begins_streak_boards_anew() -> None:
    boards = (streak_board(), {**metric_board(), **named("c"), "key": "c"})
    before = put(*boards)
    for after in (
        switched(before),
        put(*boards, before=before, now=NOW + DAY_US, streaks={"frequency": "weekly"}),
    ):
        assert [(b.run, b.start - day_of(TODAY)) for b in after.leaderboards] == [(2, 1), (1, 0)]


def test_another_frequency_is_nothing_to_a_board_that_is_not_on() -> None:
    for fields in (
        {"status": "inactive"},
        {"status": "finished"},
        {"start": "2024-09-01", "end": "2024-10-01"},
        {"start": "2024-11-01"},
    ):
        before = put(streak_board(**fields))
        assert switched(before).leaderboards == before.leaderboards
    # Nor to one that was over when it gave no start.
    before = put(streak_board(end="2024-10-05"))
    assert switched(before, at(date(2024, 11, 1))).leaderboards == before.leaderboards
