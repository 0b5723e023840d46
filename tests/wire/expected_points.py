"""What the answers of the first two days of the script `POINTS` must say, field by field.

The numbers follow from the rules (docs/achievements.md, docs/points.md) and the game's file: in the
first week of October all of `xp` is multiplied by 1.5, that of those who pay by 3.
"""

from collections.abc import Mapping
from typing import Any

from tests.wire.shapes import Json, id_of, metric, profile, progress, recorded, status, streak
from tests.wire.shapes_points import (
    AGAIN,
    AGED,
    AUTUMN,
    BORN,
    BOTH,
    FAR,
    FRIDAY,
    GREETED,
    HELLO,
    HIGHER,
    HIKED,
    HIKER,
    JOINED,
    JUMP,
    LOCKED,
    LOW,
    MEMBERS,
    MIDDLE,
    PATRON,
    PATRONS,
    REST,
    SATURDAY,
    STEPPED,
    SUMMER,
    TOP,
    TWICE,
    WINTER,
    XP_TRIGGERS,
    YEAR,
    award,
    earned,
    had,
    lives,
    not_had,
    rich,
    risen,
    stats,
    xp,
)

BOTH_BOOSTS = (AUTUMN, PATRONS)
FIRST_DAY = streak(1, "2024-10-04", "2024-10-04", "2024-10-05", extended=True)
SECOND_DAY = streak(2, "2024-10-04", "2024-10-05", "2024-10-06")
ADAS_FIRST = [
    award("3.2", JOINED, 15, 15, *BOTH_BOOSTS, base=5),
    award("3.9", STEPPED, 9, 24, *BOTH_BOOSTS, base=3),
    award("3.10", HIKED, 3, 27, *BOTH_BOOSTS, base=1),
]
ADAS_HELLO = award("6.1", GREETED, 12, 39, *BOTH_BOOSTS, base=4)
ADAS_NEXT = [
    award("11.7", STEPPED, 20, 59, *BOTH_BOOSTS, base=9, at=SATURDAY),
    award("11.8", AGAIN, 30, 89, *BOTH_BOOSTS, base=10, at=SATURDAY),
]
CYDS_FIRST = award("8.1", JOINED, 7, 7, AUTUMN, base=5)
BORN_WITH = {"ada": award("3.3", BORN, 2, 2), "bob": award("4.2", BORN, 2, 2)}
BOBS_JUMPS = award("10.1", JUMP, -2, 0)
A_DAY = {"at": SATURDAY, "intervals": 2}
"""What a time trigger's row has for the intervals of the first day."""

ALL = [FAR, HIKER, PATRON, TWICE, HELLO, BOTH, YEAR, LOCKED, MEMBERS]
FOR_ALL = [a for a in ALL if a not in (PATRON, MEMBERS)]
HAD_ON_SATURDAY = [
    had(stats(FAR, 2), "11.4", SATURDAY),
    had(stats(PATRON, 1), "3.8"),
    had(stats(TWICE, 1), "11.5", SATURDAY),
    had(stats(HELLO, 2), "6.0"),
    had(stats(BOTH, 1), "11.6", SATURDAY),
]
CYDS_YEAR = {"achievedAt": "2024-10-05T00:00:00Z"}


def completed(fact: str, **points: Json) -> Json:
    """The answer to a completion by the product."""
    return {
        "completionId": fact,
        "achievement": had(HELLO, fact),
        "points": points,
        "achievements": [],
    }


def in_ranges(size: int, nothing: int, **users: int) -> list[Json]:
    """How many users have how much: nothing or less, and in the n-th range, `_n`."""
    return [{"from": 0, "to": 0, "users": nothing}] + [
        {"from": n * size + 1, "to": (n + 1) * size, "users": users.get(f"_{n + 1}", 0)}
        for n in range(10)
    ]


def by_level(*users: int, top: Json) -> list[Json]:
    return [
        {"level": level, "users": n} for level, n in zip((LOW, MIDDLE, top), users, strict=True)
    ]


FIRST_DAYS: Mapping[str, Any] = {
    "achievements": [stats(a) for a in ALL],
    "achievements of a patron": [stats(a) for a in ALL],
    "achievements of somebody else": [stats(a) for a in FOR_ALL],
    "xp": xp(triggers=XP_TRIGGERS),
    "lives": lives(triggers=[BORN, REST, JUMP]),
    "levels": [LOW, MIDDLE, TOP],
    "no levels": [],
    "nobody's levels": by_level(0, 0, 0, top=TOP),
    "nobody's points": in_ranges(1, 0),
    "ada's first steps": recorded(
        3,
        7.0,
        FIRST_DAY,
        achievements=[had(PATRON, "3.8")],
        points={
            "xp": xp(**earned(27, *ADAS_FIRST), **risen("3.11", None, LOW)),
            "lives": lives(**earned(2, BORN_WITH["ada"])),
        },
        leaderboards=rich("3.12", 27, 1, None),
    ),
    "boosts": [AUTUMN, WINTER],
    "boosts, those that are over too": [AUTUMN, WINTER, SUMMER],
    "no boosts": [],
    "bob is made": profile("bob", attributes={"team": "blue"}),
    "bob's many steps": recorded(
        5,
        100.0,
        FIRST_DAY,
        achievements=[had(FAR, "5.4")],
        points={
            "xp": xp(
                **earned(27, award("5.5", STEPPED, 20, 27, AUTUMN, base=60)),
                **risen("5.6", None, LOW),
            )
        },
        leaderboards=rich("5.7", 27, 2, 2),
    ),
    "ada says hello": completed(
        "6.0", xp=xp(**earned(39, ADAS_HELLO), **risen("6.2", LOW, MIDDLE))
    ),
    "ada says hello again": completed("6.0"),
    "cyd says hello": completed(
        "8.3",
        xp=xp(**earned(7, CYDS_FIRST)),
        lives=lives(**earned(2, award("8.2", BORN, 2, 2))),
    ),
    "dan is made": profile("dan", signUpDate="2020-02-29"),
    "dan's achievements": [had(stats(YEAR, 1), "9.1") | {"backdated": True}],
    "bob jumps": recorded(
        10,
        2.0,
        FIRST_DAY | {"extended": False},
        metricId=id_of("metric", 2),
        points={"lives": lives(**earned(0, BOBS_JUMPS))},
    ),
    "status before": status("live", FRIDAY, 10, 4),
    "bob is out of lives": {
        "error": "value: the user would be out of points: -1 of 'lives'",
        "code": "invalid",
        "field": "value",
    },
    "status after": status("live", FRIDAY, 10, 4),
    "bob's lives": lives(total=0, level=None, awards=[BOBS_JUMPS, BORN_WITH["bob"]]),
    "ada's second day": recorded(
        11,
        21.0,
        SECOND_DAY | {"extended": True},
        achievements=[
            had(FAR, "11.4", SATURDAY),
            had(TWICE, "11.5", SATURDAY),
            had(BOTH, "11.6", SATURDAY),
        ],
        points={"xp": xp(**earned(89, *ADAS_NEXT))},
        leaderboards=rich("11.9", 89, 1, 1),
    ),
    "ada's achievements": HAD_ON_SATURDAY,
    "all that ada could have": [
        HAD_ON_SATURDAY[0],
        not_had(stats(HIKER)),
        *HAD_ON_SATURDAY[1:],
        not_had(stats(YEAR, 1)),
        not_had(stats(LOCKED)),
        not_had(stats(MEMBERS)),
    ],
    "how far bob is": [
        had(stats(FAR, 2), "5.4") | progress(100.0, 20.0, 100.0),
        not_had(stats(HIKER)) | progress(0.0, 10.5, 0.0),
        not_had(stats(TWICE, 1)) | progress(1.0, 2.0, 50.0),
        not_had(stats(HELLO, 2)),
        not_had(stats(BOTH, 1)),
        not_had(stats(YEAR, 1)),
        not_had(stats(LOCKED)) | progress(0.0, 50.0, 0.0),
    ],
    "ada's metrics": [
        metric(
            1,
            "steps",
            "Steps",
            21.0,
            had(FAR, "11.4", SATURDAY) | progress(21.0, 20.0, 100.0),
            not_had(HIKER) | progress(7.0, 10.5, 66.67),
            had(PATRON, "3.8") | progress(21.0, 5.0, 100.0),
        ),
        metric(2, "jumps", "Jumps", 0.0),
        metric(3, "height", "Height", 0.0, not_had(LOCKED) | progress(0.0, 50.0, 0.0)),
    ],
    "ada's points": xp(
        total=89,
        level=MIDDLE,
        awards=[*reversed([*ADAS_FIRST, ADAS_HELLO, *ADAS_NEXT])],
    ),
    "ada's lives": lives(total=4, level=None, awards=[award("11.1", REST, 2, 4, **A_DAY)]),
    "cyd's achievements, one due": [had(stats(HELLO, 2), "8.3"), stats(YEAR, 1) | CYDS_YEAR],
    "cyd's points, some due": xp(
        total=16,
        level=LOW,
        awards=[
            award(None, AGED, 9, 16, AUTUMN, base=6, at="2024-10-05T00:00:00Z"),
            CYDS_FIRST,
        ],
    ),
    "cyd's lives, some due": lives(
        total=4,
        level=None,
        awards=[award(None, REST, 2, 4, **A_DAY), award("8.2", BORN, 2, 2)],
    ),
    "ada's boosts": [AUTUMN, PATRONS],
    "bob's boosts": [AUTUMN],
    "ada leaps": recorded(
        12,
        32.0,
        SECOND_DAY | {"extended": False},
        metricId=id_of("metric", 3),
        points={
            "xp": xp(
                **earned(107, award("12.1", HIGHER, 18, 107, *BOTH_BOOSTS, base=6, at=SATURDAY)),
                **risen("12.2", MIDDLE, TOP),
            )
        },
        leaderboards=rich("12.3", 107, 1, 1),
    ),
    "ada leaps lower": recorded(
        13, 32.0, SECOND_DAY | {"extended": False}, metricId=id_of("metric", 3)
    ),
    "ada leaps higher": recorded(
        14,
        57.0,
        SECOND_DAY | {"extended": False},
        metricId=id_of("metric", 3),
        points={
            "xp": xp(
                **earned(119, award("14.1", HIGHER, 12, 119, *BOTH_BOOSTS, base=4, at=SATURDAY))
            )
        },
        leaderboards=rich("14.2", 119, 1, 1),
    ),
}
"""By the names of the steps of the first two days."""
