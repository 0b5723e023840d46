"""What the answers to the script `STREAKS` must say, field by field.

The numbers follow from the rules (docs/streaks.md) and the calendar.
"""

from collections.abc import Mapping
from typing import Any

from tests.wire.script import ADAS_OTHER_PAUSE, ADAS_PAUSE, NO_PAUSE
from tests.wire.shapes import (
    EACH_FIVE,
    award,
    changed,
    history,
    moved,
    profile,
    rich,
    status,
    streak,
    twice,
    walk,
)
from tests.wire.shapes_streaks import (
    counted,
    date,
    explanation,
    freeze_row,
    having,
    issue,
    london,
    met_by,
    midnight,
    no_streak,
    nobody,
    noon,
    past,
    pause,
    preferences,
    row,
    running,
    settings,
    stepped,
    verdict,
)

FREEZES = {"startCount": 1, "maxCount": 2, "autoEarnInterval": 7, "autoEarnAmount": 1}
NO_COUNT = "not met (no event that counts)"


GRANTED = {
    "issues": [
        issue(2, "there is no room for a freeze: the user has 2 of 2", userId="bob"),
        nobody(3),
    ]
}
ADAS_PAUSES = [pause(ADAS_PAUSE, 8, 9), pause(ADAS_OTHER_PAUSE, 12, 13)]
PAUSED = {
    "created": [each | {"userId": "ada", "status": "active"} for each in ADAS_PAUSES],
    "issues": [
        issue(2, "start: lies before the user's today, 2024-10-07", userId="ada"),
        issue(3, "end: lies before start", userId="bob"),
        issue(4, "start: is not a date like 2026-03-01", userId="bob"),
        nobody(5),
    ],
}
NOTHING_LONGER = "no longer streak than the present one lies within the window"
RESTORED = {"restoredUsers": ["bob"], "issues": [issue(1, NOTHING_LONGER, userId="ada"), nobody(2)]}
RESET = {"resetUsers": ["ada"], "issues": [nobody(1)]}
RESET_ON_THURSDAY = f"reset to nothing by an operator at {noon(10)}"
ADAS_AWARD = award("18.4", 2, 2, EACH_FIVE, noon(10))
WEEK = {"periodStart": "2024-10-07", "periodEnd": "2024-10-13"}
WEEK_BEFORE = {"periodStart": "2024-09-30", "periodEnd": "2024-10-06"}
TWO_STEPS = settings(2)
OWN = {
    "evaluationMode": "AND",
    "metrics": [{"key": "steps", "threshold": 1.5}, {"key": "laps", "threshold": 1}],
    "daysOff": [3, 6],
}

EXPECTED_OF_STREAKS: Mapping[str, Any] = {
    "settings as configured": settings(),
    "freezes on": settings(freezes=FREEZES),
    "ada begins": stepped(4, 1, running(1, 4, 5, 1), 1, None),
    "bob begins": stepped(5, 1, running(1, 4, 5, 1), 2, None),
    "both alike, as asked for": [
        {"userId": user, "streakLength": 1, "extended": noon(4)} for user in ("bob", "ada")
    ],
    "cyd is made": profile("cyd"),
    "ada's second day": stepped(7, 2, running(2, 5, 6, 1), 1, 1, achievements=[twice(noon(5))]),
    "bob's streak was frozen": running(
        1,
        today=6,
        expires=6,
        freezes=0,
        extended=noon(4),
        streakHistory=[past(4, 1), past(5, 1, usedFreeze=True), past(6, 1)],
        pauses=[],
    ),
    "bob's freezes, one use due": {
        "rows": [
            freeze_row(None, "consumed", 0, midnight(6), date(5)),
            freeze_row("5.1", "initial_grant", 1, noon(4), None),
        ],
        "next": None,
    },
    "freezes granted": GRANTED,
    "freezes granted, again": GRANTED,
    "bob's freezes": {
        "rows": [
            freeze_row("9.0", "manual", 2, noon(6), None),
            freeze_row("8.3", "manual", 1, noon(6), None),
        ],
        "next": "8.3",
    },
    "bob's older freezes": {
        "rows": [
            freeze_row("8.2", "consumed", 0, midnight(6), date(5)),
            freeze_row("5.1", "initial_grant", 1, noon(4), None),
        ],
        "next": None,
    },
    "bob comes back": stepped(10, 2, running(2, 6, 7, 2), 2, 2, achievements=[twice(noon(6))]),
    "ada's third day": stepped(11, 3, running(3, 6, 7, 1), 1, 1),
    "pauses made": PAUSED,
    "pauses made, again": PAUSED,
    "pauses to come": running(
        3,
        today=7,
        expires=7,
        freezes=1,
        extended=noon(6),
        streakHistory=[past(7, 3)],
        pauses=ADAS_PAUSES,
    ),
    "ada's fourth day": stepped(14, 4, running(4, 7, 10, 1), 1, 1),
    "a pause deleted": {
        "deleted": [{"id": ADAS_OTHER_PAUSE}],
        "issues": [issue(1, "there is no such pause", id=NO_PAUSE)],
    },
    "deleted already": {
        "deleted": [],
        "issues": [
            issue(0, "there is no such pause, or it is over or deleted", id=ADAS_OTHER_PAUSE),
            issue(1, "there is no such pause", id="monday"),
        ],
    },
    "ada's streak was paused": running(
        4,
        today=10,
        expires=10,
        freezes=1,
        extended=noon(7),
        streakHistory=[
            past(7, 4),
            past(8, 4, usedPause=True),
            past(9, 4, usedPause=True),
            past(10, 4),
        ],
        pauses=[],
    ),
    "bob's streak broke": no_streak(
        10,
        freezes=0,
        extended=None,
        streakHistory=[
            past(6, 2),
            past(7, 2, usedFreeze=True),
            past(8, 2, usedFreeze=True),
            past(9, 0),
            past(10, 0),
        ],
        pauses=[],
    ),
    "bob's streak restored": RESTORED,
    "bob's streak restored, again": RESTORED,
    "bob's streak as it was": running(
        2,
        today=10,
        expires=10,
        freezes=0,
        extended=noon(6),
        streakHistory=[past(9, 0), past(10, 2)],
        pauses=[],
    ),
    "bob's periods": {
        "rows": [
            row("16.7", 10, 2, "restored", at=noon(10)),
            row("16.6", 9, 0, "broken", at=midnight(10)),
            row("16.4", 8, 2, "frozen", at=midnight(9)),
        ],
        "next": "16.4",
    },
    "bob's older periods": {
        "rows": [
            row("16.2", 7, 2, "frozen", at=midnight(8)),
            row("16.0", 6, 2, "extended", at=midnight(7), met_by="10.0"),
            row("8.1", 5, 1, "frozen", at=midnight(6)),
        ],
        "next": "8.1",
    },
    "bob's oldest period": {
        "rows": [row("8.0", 4, 1, "extended", at=midnight(5), met_by="5.0")],
        "next": None,
    },
    "why bob's streak lives": explanation(
        "bob",
        2,
        2,
        verdict(3, "none", 0, "no streak was running, and nothing met the period"),
        verdict(
            4, "extended", 1, met_by("5.0", 4), counted("5.0", 4), row_id="8.0", at=midnight(5)
        ),
        verdict(
            5, "frozen", 1, f"{NO_COUNT}; a freeze was used, 0 left", row_id="8.1", at=midnight(6)
        ),
        verdict(
            6, "extended", 2, met_by("10.0", 6), counted("10.0", 6), row_id="16.0", at=midnight(7)
        ),
        verdict(
            7, "frozen", 2, f"{NO_COUNT}; a freeze was used, 1 left", row_id="16.2", at=midnight(8)
        ),
        verdict(
            8, "frozen", 2, f"{NO_COUNT}; a freeze was used, 0 left", row_id="16.4", at=midnight(9)
        ),
        verdict(
            9,
            "broken",
            0,
            f"{NO_COUNT}; no day off, no pause, no freeze: the streak broke",
            row_id="16.6",
            at=midnight(10),
        ),
        verdict(
            10,
            "open",
            2,
            f"restored to 2 by an operator at {noon(10)}; not met yet (no event that counts); "
            "needs steps ≥ 1 until the end of 2024-10-10",
        ),
    ),
    "ada's streak reset": RESET,
    "ada's streak reset, again": RESET,
    "nothing to restore": {
        "restoredUsers": [],
        "issues": [issue(0, NOTHING_LONGER, userId="ada")],
    },
    "ada's streak, reset": no_streak(
        10,
        freezes=1,
        extended=None,
        streakHistory=[past(10, 0, resetAt=noon(10))],
        pauses=[],
    ),
    "ada starts anew": stepped(
        18,
        5,
        running(1, 10, 11, 1, started=10),
        1,
        1,
        points={"xp": changed(2, [ADAS_AWARD])},
        leaderboards={"walk": walk(**moved(5, 1, 1)), "rich": rich(**moved(2, 1, None))},
    ),
    "why ada's streak is short": explanation(
        "ada",
        1,
        4,
        verdict(
            7, "extended", 4, met_by("14.0", 7), counted("14.0", 7), row_id="17.0", at=london(8)
        ),
        verdict(8, "paused", 4, f"{NO_COUNT}; a pause covered it", row_id="17.1", at=london(9)),
        verdict(9, "paused", 4, f"{NO_COUNT}; a pause covered it", row_id="17.2", at=london(10)),
        verdict(
            10,
            "open",
            1,
            f"{RESET_ON_THURSDAY}; {met_by('18.0', 10)}",
            counted("18.0", 10),
        ),
    ),
    "bob goes on": stepped(19, 3, running(3, 10, 11, 0), 2, 2),
    "a freeze earned": {
        "rows": [
            freeze_row(None, "accumulation", 1, midnight(11), date(11)),
            freeze_row("16.5", "consumed", 0, midnight(9), date(8)),
        ],
        "next": "16.5",
    },
    "days off": settings(freezes=FREEZES, daysOff=[0, 6]),
    "weekly": settings(2, freezes=FREEZES, frequency="weekly"),
    "ada by the week": having(2)
    | WEEK
    | {
        "length": 1,
        "frequency": "weekly",
        "started": "2024-10-07",
        "expires": "2024-10-20",
        "extended": noon(10),
        "streakHistory": [past(6, 1) | WEEK_BEFORE, past(7, 1, resetAt=noon(10)) | WEEK],
        "pauses": [],
    },
    "ada's months": {
        "rows": [
            row("17.3", 1, 0, "reset", at=noon(10))
            | {"frequency": "monthly", "periodEnd": "2024-10-31"}
        ],
        "next": None,
    },
    "why ada's week counts": explanation(
        "ada",
        1,
        2,
        verdict(
            6,
            "extended",
            1,
            met_by("4.0", 4),
            counted("4.0", 4),
            counted("7.0", 5, total=2, met=False),
            counted("11.0", 6, total=3, met=False),
            row_id="12.1",
            at=london(7),
            **WEEK_BEFORE,
        ),
        verdict(
            7,
            "open",
            1,
            f"{RESET_ON_THURSDAY}; {met_by('18.0', 10)}",
            counted("14.0", 7, met=False),
            counted("18.0", 10),
            **WEEK,
        ),
        frequency="weekly",
    ),
    "daily again, without freezes": TWO_STEPS,
    "bob without freezes": streak(
        3,
        date(4),
        date(11),
        date(11),
        extended=noon(10),
        streakHistory=history((date(11), 3)),
        pauses=[],
    ),
    "no freezes to grant": {"issues": [issue(0, "streak freezes are switched off", userId="bob")]},
    "bob's settings": preferences({}),
    "not for users to say": {
        "error": "streak: only 'enabled' can be set while customizationEnabled is off",
        "code": "forbidden",
    },
    "for users to say": TWO_STEPS | {"customizationEnabled": True},
    "bob's own settings": preferences({"recap": ["push"], "reactivation": []}, **OWN),
    "why bob's day is open": explanation(
        "bob",
        3,
        3,
        verdict(
            11,
            "open",
            3,
            "not met yet (no event that counts); needs steps ≥ 1.5 and laps ≥ 1 "
            "until the end of 2024-10-11",
        ),
    ),
    "some as configured": preferences({"reactivation": []}, evaluationMode="AND"),
    "what bob has set": preferences({"reactivation": []}, evaluationMode="AND"),
    "no streaks for bob": preferences({"reactivation": []}, evaluationMode="AND", enabled=False),
    "nothing for bob": {
        "restoredUsers": [],
        "issues": [issue(0, "streaks are disabled for this user", userId="bob")],
    },
    "bob's last periods": {
        "rows": [
            row("26.1", 11, 0, "disabled", at=noon(11)),
            row("24.0", 10, 3, "extended", at=midnight(11), met_by="19.0"),
        ],
        "next": "24.0",
    },
    "all as configured": preferences({}),
    "bob's streak restored once more": {"restoredUsers": ["bob"], "issues": []},
    "settings in the end": TWO_STEPS | {"customizationEnabled": True},
    "streaks": [
        {"userId": "bob", "streakLength": 3, "extended": noon(10)},
        {"userId": "ada", "streakLength": 1, "extended": noon(10)},
        {"userId": "cyd", "streakLength": 0, "extended": None},
    ],
    "nothing was done twice": status("live", noon(11), 28, 3, version=6, lag=13.0 * 3600)
    | {"sweep": {"lagSeconds": 13.0 * 3600, "step": 4, "stepUsersDone": 0, "stepUsers": 3}},
}
"""By the names of the steps."""
