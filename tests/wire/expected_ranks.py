"""What the script `RANKS` must be answered with."""

from collections.abc import Mapping
from typing import Any

from tests.wire.shapes import Json
from tests.wire.shapes_ranks import (
    BOARDS,
    MONTHLY,
    WEEKLY_UNDIVIDED,
    change,
    closed,
    day,
    group,
    moved,
    moving,
    page,
    place,
    rank_of,
    ranking,
    rankings,
    run,
    told,
    values,
)

FRI, SAT, SUN, MON, TUE = (f"2024-10-0{day}" for day in (4, 5, 6, 7, 8))
NOON, EVENING, MORNING = f"{FRI}T12:00:00Z", f"{FRI}T16:00:00Z", f"{SAT}T12:00:00Z"
FRIDAY_OVER, TUESDAY = MORNING, f"{TUE}T12:00:00Z"
ENDS_FRIDAY, ENDS_SATURDAY = f"{SAT}T00:00:00Z", f"{SUN}T00:00:00Z"
UK, DE = values(country="uk"), values(country="de")
UK_RED, UK_BLUE, DE_BLUE = (
    values(country=country, team=team)
    for country, team in (("uk", "red"), ("uk", "blue"), ("de", "blue"))
)
OF_FRIDAY, OF_WEEK, OF_MONTH = (FRI, FRI), ("2024-09-30", SUN), ("2024-10-01", "2024-10-31")
WEEK_ENDS, WEEK_ENDS_IN_TOKYO = f"{MON}T00:00:00Z", f"{SUN}T15:00:00Z"


def friday(participants: int, **fields: Any) -> Json:
    return run(16797216, FRI, FRI, participants, FRIDAY_OVER, **fields)


def saturday(participants: int) -> Json:
    return run(16797217, SAT, SAT, participants, f"{SUN}T12:00:00Z")


def week(participants: int, groups: int = 1) -> Json:
    return run(16797212, *OF_WEEK, participants, f"{MON}T12:00:00Z", groups=groups)


def second_week(participants: int, number: int = 16797219, **fields: Any) -> Json:
    return run(number, MON, "2024-10-13", participants, "2024-10-14T12:00:00Z", **fields)


def month(participants: int, groups: int = 1) -> Json:
    over_at = "2024-11-01T12:00:00Z"
    return run(16797213, *OF_MONTH, participants, over_at, groups=groups)


def one_run(participants: int, groups: int = 1) -> Json:
    return run(1, None, None, participants, groups=groups)


def shown(*hidden: str, **statuses: str) -> list[Json]:
    """The list of boards without some of them."""
    statuses |= {"soon": "scheduled", "soon-daily": "scheduled", "old": "finished"}
    return [
        board | {"status": statuses.get(board["key"], "active")}
        for board in BOARDS
        if board["key"] not in hidden
    ]


def of_friday(ranked: list[Json], participants: int = 4, **fields: Any) -> Json:
    """A page of Friday while it is on."""
    fields = {"threshold": 8, "reset": ENDS_FRIDAY} | fields
    return page("daily", friday(participants), ranked, participants=participants, **fields)


FIRST_TWO = rankings(bob=7, cyd=7)
CLOSED_FRIDAY = closed(friday(4), "23.0", MORNING)


def of_past(ranked: list[Json], participants: int = 4, **fields: Any) -> Json:
    """A page of Friday once it is closed."""
    fields = {"threshold": 8} | fields
    return page("daily", CLOSED_FRIDAY, ranked, participants=participants, **fields)


CLOSED_WEEK = closed(week(4), "27.0", MORNING, MORNING)
LAST_OF_WEEK = rankings(cyd=10, ada=9, bob=8, dan=3)
AUTUMN_OVER = closed(
    run(1, "2024-10-01", SUN, 5, f"{MON}T12:00:00Z"),
    "36.0",
    TUESDAY,
)
ADAS_CHANGES = [
    change("5.12", NOON, None, (1, 5), 2),
    change("6.11", NOON, (1, 5), (2, 5), 2),
    change("7.13", NOON, (2, 5), (3, 5), 2),
    change("14.1", EVENING, (3, 5), (2, 5), 2),  # cyd is hidden
    change("16.1", EVENING, (2, 5), (3, 5), 2),  # and shown
    change("17.11", EVENING, (3, 5), (4, 5), 2),  # eve comes
    change("18.8", EVENING, (4, 5), (3, 5), 2),  # and never came
]


def changes(rows: list[Json], following: str | None = None) -> Json:
    return {"changes": rows, "next": following}


ON_FRIDAY: Mapping[str, Any] = {
    "boards": shown("old"),
    "boards, those that are over too": shown(),
    "nobody's day": page("daily", friday(0, groups=0), [], reset=ENDS_FRIDAY),
    "a board to come": page(
        "soon",
        run(1, "2024-12-01", None, 0, status="scheduled", groups=0),
        [],
        status="scheduled",
    ),
    "a day to come": page("soon-daily", None, [], status="scheduled"),
    "a run to come": page(
        "daily",
        run(
            *(16797297, "2024-12-24", "2024-12-24", 0, "2024-12-25T12:00:00Z"),
            status="scheduled",
            groups=0,
        ),
        [],
        reset="2024-12-25T00:00:00Z",
    ),
    "no such run": page("daily", None, []),
    "a finished board": page(
        "old",
        # It was finished before the clock ran.
        run(0, None, "2024-09-30", 0, "1970-01-01T00:00:00Z", status="over", groups=0),
        [],
        status="finished",
    ),
    "the day": of_friday(FIRST_TWO),
    "beyond the cap": of_friday(FIRST_TWO[1:]),
    "no ranks at all": of_friday([]),
    "far beyond the end": of_friday([]),
    "around cyd": of_friday(FIRST_TWO, reset=f"{FRI}T15:00:00Z"),
    "around ada, who has no rank": of_friday(FIRST_TWO, reset=f"{FRI}T23:00:00Z"),
    "before the beginning": of_friday(FIRST_TWO[:1]),
    "long before the beginning": of_friday([]),
    "friends": of_friday(
        [ranking("ada", 1, 5, boardRank=None), ranking("dan", 2, 3, boardRank=None)]
    ),
    "some of the friends": of_friday([ranking("ada", 2, 5, boardRank=None)]),
    "fewest": page("few", one_run(4), rankings(dan=3, ada=5), participants=4, threshold=4),
    "rank of a value": rank_of(7, None, 3, 4),
    "rank of a smaller value": rank_of(6, None, 3, 4),
    "rank where fewer is more": rank_of(3, 2, 2, 4),
    "groups": {
        "run": week(4, 2),
        "groups": [group(3, country="uk"), group(1, country="de")],
        "total": 2,
    },
    "groups, the second": {"run": week(4, 2), "groups": [group(1, country="de")], "total": 2},
    "groups by two": {
        "run": one_run(3, 2),
        "groups": [group(2, country="uk", team="red"), group(1, country="de", team="blue")],
        "total": 2,
    },
    "the one group": {"run": friday(4), "groups": [group(4)], "total": 1},
    "a group": page("weekly", week(4, 2), rankings(cyd=7, ada=5, dan=3), group=UK, reset=WEEK_ENDS),
    "a group of two": page("teams", one_run(3, 2), rankings(cyd=9, ada=6), group=UK_RED),
    "an empty group": page("weekly", week(4, 2), [], group=values(country="fr"), reset=WEEK_ENDS),
    "the group of cyd": page(
        "weekly",
        week(4, 2),
        rankings(cyd=7),
        group=UK,
        participants=3,
        reset=WEEK_ENDS_IN_TOKYO,
    ),
    "no group of nobody": page("weekly", week(4, 2), [], reset=WEEK_ENDS),
    "friends in a group": page(
        "weekly",
        week(4, 2),
        [ranking("cyd", 1, 7, boardRank=1), ranking("dan", 2, 3, boardRank=3)],
        group=UK,
        participants=3,
        reset=WEEK_ENDS,
    ),
    "rank in a group": rank_of(6, 2, 2, 3),
    "place in a group": place(
        *("weekly", week(4, 2), (3, 3), 3),
        day(FRI, None, (3, 3)),
        group=UK,
        reset=f"{MON}T07:00:00Z",
    ),
    "place in no group": place("teams", one_run(3, 2), None, 0),
    "place by night": place("nights", one_run(2), (1, 7), 2, day(FRI, None, (1, 7))),
    "ada is on no board by night": place("nights", one_run(2), None, 2),
    "place for those who pay": place(
        "monthly", month(1), (1, 6), 1, day(FRI, None, (1, 6)), reset="2024-11-01T00:00:00Z"
    ),
    "days in a row": page("days", one_run(4), rankings(ada=1, bob=1, cyd=1, dan=1)),
    "the day by UTC": of_friday(FIRST_TWO),
    "the day of cyd": page("daily", saturday(1), rankings(cyd=2), reset=f"{SAT}T15:00:00Z"),
    "the night": page("nights", one_run(2), rankings(cyd=9, dan=3)),
    "the month without ada": page("monthly", month(0, 0), [], reset="2024-11-01T00:00:00Z"),
    "hidden already": {"updated": [{"userId": "cyd", "hidden": True}], "issues": []},
    "the group without cyd": page(
        "weekly", week(3), rankings(bob=8, ada=5, dan=3), group=UK, reset=WEEK_ENDS
    ),
    "place of the hidden": place("weekly", week(3), None, 3, group=UK, reset=WEEK_ENDS_IN_TOKYO),
    "shown": {"updated": [{"userId": "cyd", "hidden": False}], "issues": []},
    "the group with cyd": page(
        "weekly", week(4), rankings(cyd=10, bob=8, ada=5, dan=3), group=UK, reset=WEEK_ENDS
    ),
    "the day with eve": of_friday(rankings(eve=9, bob=8), 5, threshold=9),
    "the day without eve": of_friday(rankings(bob=8, cyd=7)),
    "changes of ada": changes(ADAS_CHANGES),
    "changes of ada, the first": changes(ADAS_CHANGES[:2], "6.11"),
    "changes of ada, the next": changes(ADAS_CHANGES[2:4], "14.1"),
    "changes of ada, the last": changes(ADAS_CHANGES[3:6], "17.11"),
    "changes of ada at noon": changes(ADAS_CHANGES[:3]),
    "changes of ada later": changes(ADAS_CHANGES[3:]),
    "changes of bob elsewhere": changes(
        [change("6.12", NOON, None, (1, 7)), change("11.7", EVENING, (1, 7), None)]
    ),
}

LATER: Mapping[str, Any] = {
    "the day is over": page("daily", saturday(1), rankings(cyd=3), reset=ENDS_SATURDAY),
    "the day before is not closed": page(
        "daily",
        friday(4, status="over"),
        rankings(bob=8, cyd=7),
        participants=4,
        threshold=8,
    ),
    "the day before is closed": of_past(rankings(bob=8, cyd=7)),
    "around somebody in the past": of_past(rankings(bob=8, cyd=7)),
    "friends in the past": of_past(
        [ranking("cyd", 1, 7, boardRank=2), ranking("dan", 2, 3, boardRank=None)]
    ),
    "rank in the past": rank_of(5, None, 4, 4),
    "groups in the past": {"run": CLOSED_FRIDAY, "groups": [group(4)], "total": 1},
    "place in the past": place(
        *("daily", CLOSED_FRIDAY, (3, 5), 4),
        day(SAT, (None, 5), (None, 5)),
        day(FRI, None, (None, 5)),
        rank=None,
    ),
    "runs": [saturday(1), CLOSED_FRIDAY],
    "runs, the second": [CLOSED_FRIDAY],
    "a run by its id": of_past(rankings(bob=8)),
    "at an instant": of_past(FIRST_TWO, at=NOON),
    "at an instant, around bob": of_past(rankings(bob=8, cyd=7), at=EVENING),
    "at an instant, of friends": of_past(
        [ranking("ada", 1, 5, boardRank=None), ranking("dan", 2, 3, boardRank=None)], at=NOON
    ),
    "at an instant, a group": page(
        "weekly", week(4), rankings(bob=7), group=DE, reset=WEEK_ENDS, at=NOON
    ),
    "at an instant before all": of_past([], 0, threshold=0, at="2024-10-04T11:59:59.999999Z"),
    "at an instant, somebody": place(
        *("weekly", week(4), (2, 8), 4),
        day(FRI, None, (2, 8)),
        group=UK,
        reset=WEEK_ENDS,
        at=EVENING,
    ),
    "at an instant, somebody in another group": place(
        *("weekly", week(4), (1, 7), 1),
        day(FRI, None, (1, 7)),
        group=DE,
        reset=WEEK_ENDS,
        at=NOON,
    ),
    "days of somebody": place(
        *("weekly", week(4), (1, 10), 4),
        day(SAT, (1, 10), (1, 10)),
        day(FRI, None, (1, 10)),
        group=UK,
        reset=WEEK_ENDS_IN_TOKYO,
    ),
    "no days of somebody": place("weekly", week(4), (1, 10), 4, group=UK, reset=WEEK_ENDS_IN_TOKYO),
    "the week is closed": page("weekly", CLOSED_WEEK, LAST_OF_WEEK, group=UK, reset=WEEK_ENDS),
    "place in the week that is closed": place(
        *("weekly", CLOSED_WEEK, (3, 8), 4),
        day(SAT, (2, 8), (3, 8)),
        day(FRI, None, (2, 8)),
        group=UK,
        reset=WEEK_ENDS,
    ),
    "groups of the week": {
        "run": CLOSED_WEEK,
        "groups": [group(4, country="uk")],
        "total": 1,
    },
    "a board that is over": page(
        # Eve's total is 0 once her only event is voided: she has one all the same.
        "autumn",
        AUTUMN_OVER,
        rankings(ada=19, cyd=10, bob=8, dan=3, eve=0),
        status="finished",
    ),
    "boards on Tuesday": shown("autumn", "old"),
    "place on a board that is over": place(
        *("autumn", AUTUMN_OVER, (1, 19), 5),
        day(MON, (1, 19), (1, 19)),
        day(SUN, (1, 19), (1, 19)),
        day(SAT, (3, 5), (1, 19)),
        day(FRI, None, (3, 5)),
    ),
    "the second week": page(
        "weekly", second_week(0, groups=0), [], group=UK, reset="2024-10-14T00:00:00Z"
    ),
    "the second week, begun": page(
        "weekly", second_week(1), rankings(dan=8), group=UK, reset="2024-10-14T00:00:00Z"
    ),
    "the first week": page("weekly", CLOSED_WEEK, LAST_OF_WEEK, group=UK),
    "days in a row on Tuesday": page("days", one_run(1), rankings(dan=1)),
    "runs on Tuesday": [
        run(16797220, TUE, TUE, 1, "2024-10-09T12:00:00Z"),
        closed(saturday(2), "35.0", TUESDAY),
        CLOSED_FRIDAY,
    ],
    "changes of dan": changes([change("39.10", TUESDAY, None, (1, 8))]),
    "changes of dan in the first week": changes(
        [
            change("8.12", NOON, None, (3, 3)),
            change("11.8", EVENING, (3, 3), (4, 3)),
            change("14.3", EVENING, (4, 3), (3, 3)),
            change("16.3", EVENING, (3, 3), (4, 3)),
        ]
    ),
    "the week, begun anew": page(
        WEEKLY_UNDIVIDED,
        second_week(0, 33574435, groups=0),
        [],
        reset="2024-10-14T00:00:00Z",
    ),
    "the week begun anew": page(
        WEEKLY_UNDIVIDED, second_week(1, 33574435), rankings(dan=2), reset="2024-10-14T00:00:00Z"
    ),
    "a week before that": page("weekly", CLOSED_WEEK, LAST_OF_WEEK, group=UK),
    "a week before that, of a user": page(
        "weekly", CLOSED_WEEK, rankings(3, bob=8), group=UK, participants=4
    ),
    "groups of a week before that": {
        "run": CLOSED_WEEK,
        "groups": [group(4, country="uk")],
        "total": 1,
    },
    "rank in a week before that": rank_of(9, 3, 3, 4),
    "place in a week before that": place(
        *("weekly", CLOSED_WEEK, (2, 9), 4), day(SAT, (3, 5), (2, 9)), group=UK
    ),
    "at an instant before that": page(
        "weekly",
        second_week(0, groups=0, status="over"),
        rankings(dan=8),
        group=UK,
        at=TUESDAY,
    ),
    "runs of the weeks": [second_week(1, 33574435), CLOSED_WEEK],
    "the last month": page(
        MONTHLY,
        closed(month(1), "51.0", "2024-11-18T12:00:00Z", "2024-10-09T12:00:00Z"),
        rankings(ada=27),
        status="finished",
    ),
    "place in the last month": place(
        MONTHLY,
        closed(month(1), "51.0", "2024-11-18T12:00:00Z", "2024-10-09T12:00:00Z"),
        *((1, 27), 1),
        day("2024-10-09", (1, 27), (1, 27)),
    ),
}

EXPECTED_OF_RANKS = {**ON_FRIDAY, **LATER}

EXPECTED_MOVES: Mapping[str, Json] = {
    "ada walks": {
        **moved("days", "5.11", 1, 1, None),
        **moved("daily", "5.12", 5, 1, None, dates=OF_FRIDAY),
        **moved("weekly", "5.13", 5, 1, None, dates=OF_WEEK, group=UK),
        **moved("few", "5.14", 5, 1, None),
        **moved("autumn", "5.15", 5, 1, None),
        **moved("monthly", "5.16", 6, 1, None, dates=OF_MONTH),
        **moved("teams", "5.17", 6, 1, None, group=UK_RED),
    },
    "bob walks": {
        **moved("days", "6.10", 1, 2, None),
        **moved("daily", "6.11", 7, 1, None, dates=OF_FRIDAY, threshold=6),
        **moved("weekly", "6.12", 7, 1, None, dates=OF_WEEK, group=DE),
        **moved("few", "6.13", 7, 2, None, threshold=6),
        **moved("autumn", "6.14", 7, 1, None),
        **moved("teams", "6.15", 9, 1, None, group=DE_BLUE),
    },
    "dan walks": {
        **moved("days", "8.10", 1, 4, None),
        **moved("daily", "8.11", 3, None, None, dates=OF_FRIDAY, threshold=8),
        **moved("weekly", "8.12", 3, 3, None, dates=OF_WEEK, group=UK),
        **moved("nights", "8.13", 3, 2, None),
        **moved("few", "8.14", 3, 1, None, threshold=4),
        **moved("autumn", "8.15", 3, 4, None),
    },
    "bob walks a little": {},
    "bob moves": {
        **moved("weekly", "11.12", 8, 2, None, dates=OF_WEEK, group=UK),
        **moved("teams", "11.15", 12, 1, None, group=UK_BLUE),
        **moved("daily", "11.11", 8, 1, 1, dates=OF_FRIDAY, threshold=8),
        **moved("few", "11.13", 8, None, None, threshold=4),
        **moved("autumn", "11.14", 8, 2, 2),
    },
    "ada pays no more": moved("monthly", "12.4", None, None, 1, dates=OF_MONTH),
    "cyd walks unseen": {},
}
"""What events changed on boards."""

MOVED, COUNTED, FINISHED = (f"leaderboard.{what}" for what in ("rank_moved", "counted", "finished"))
IN_WEEK = "'Of the week' (2024-09-30 to 2024-10-06, country"
GROUPS = "Their attributes are others now: they have changed groups."
EXPECTED_REASONS: Mapping[str, Json] = {
    "why a place": told(
        *(MOVED, "ada", f"The user's value on 'Of the day' ({FRI}) became 5: they came in at 1."),
        board="daily",
        dates=OF_FRIDAY,
        **moving(None, 1, 5),
    ),
    "why a change of less than one": told(
        *(COUNTED, "bob", f"The user has 7.5 on 'Of the day' ({FRI}): 0.5 more than before."),
        board="daily",
        dates=OF_FRIDAY,
        breakdownAttributeValues=[],
        value=7.5,
        change=0.5,
        events=2,
    ),
    "why an old group": told(
        *(MOVED, "bob", f"The user left {IN_WEEK} de), where they were at 1.", GROUPS),
        board="weekly",
        dates=OF_WEEK,
        **moving(1, None, None, country="de"),
    ),
    "why a move in a new group": told(
        *(MOVED, "bob", f"The user's value on {IN_WEEK} uk) became 8: they stayed at 2."),
        board="weekly",
        dates=OF_WEEK,
        **moving(2, 2, 8, country="uk"),
    ),
    "why a filter that does not match": told(
        *(MOVED, "ada"),
        "The user left 'Of the month' (2024-10-01 to 2024-10-31), where they were at 1.",
        "By their attributes they no longer belong on it.",
        board="monthly",
        dates=OF_MONTH,
        **moving(1, None, None),
    ),
    "why a filter that matches": told(
        *(MOVED, "ada"),
        "The user's value on 'Of the month' (2024-10-01 to 2024-10-31) became 6: they came in "
        "at 1.",
        "By their attributes they belong on it.",
        board="monthly",
        dates=OF_MONTH,
        **moving(None, 1, 6),
    ),
    "why hiding": told(
        *("user.hidden", "cyd"),
        "An operator keeps the user off all leaderboards; their values go on: A robot.",
    ),
    "why a hidden one's place": told(
        *(MOVED, "cyd", f"The user left 'Of the day' ({FRI}), where they were at 2."),
        "An operator keeps them off all leaderboards.",
        board="daily",
        dates=OF_FRIDAY,
        **moving(2, None, None),
    ),
    "why a shown one's place": told(
        *(MOVED, "cyd", "The user's value on 'By night' became 10: they came in at 1."),
        "An operator shows them again.",
        board="nights",
        **moving(None, 1, 10),
    ),
    "why what is voided": told(
        *(COUNTED, "eve"),
        f"Nothing is left of what counted for the user on 'Of the day' ({FRI}).",
        board="daily",
        dates=OF_FRIDAY,
        breakdownAttributeValues=[],
        value=None,
        change=-9.0,
        events=0,
    ),
    "why a voided one's place": told(
        *(MOVED, "eve", f"The user left 'Of the day' ({FRI}), where they were at 1."),
        "An event was voided.",
        board="daily",
        dates=OF_FRIDAY,
        **moving(1, None, None),
    ),
    "why the end of a day": told(
        *(FINISHED, None),
        f"'Of the day' ({FRI}) is final, with 4 participants. Over at {MORNING}.",
        board="daily",
        dates=OF_FRIDAY,
        participants=4,
        groups=1,
    ),
    "why the end of a week by hand": told(
        *(FINISHED, None),
        "'Of the week' (2024-09-30 to 2024-10-06) is final, with 4 participants. "
        "An operator ended it early.",
        board="weekly",
        dates=OF_WEEK,
        participants=4,
        groups=1,
    ),
    "why a place from the beginning": told(
        *(MOVED, "ada", "The user's value on 'Fewest steps' became 19: they came in at 1."),
        "The leaderboard began with everybody who belongs on it.",
        due=True,
        board="few",
        **moving(None, 1, 19),
    ),
    "why the end of a month by hand": told(
        *(FINISHED, None),
        "'Of the month' (2024-10-01 to 2024-10-31) is final, with 1 participant. "
        "An operator ended it early.",
        due=True,
        board="monthly",
        dates=OF_MONTH,
        participants=1,
        groups=1,
    ),
}
"""The digests of orders are left out."""

TOLD_ELSEWHERE = {
    *("dan is made", "cyd walks", "cyd walks on Saturday", "ada pays again", "hidden"),
    *("hidden, again", "overview of the hidden", "eve walks", "eve's steps voided"),
    *("ada walks on Saturday", "the week is ended", "the week is ended, again"),
    *("ada walks for nothing", "dan walks in the second week", "overview of dan"),
    *("configuration edited", "dan walks in the week begun anew"),
}
"""Steps whose answers have nothing new to say about places."""
