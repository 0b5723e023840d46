"""What the explanations of the script `POINTS` must say: why something is as it is."""

from collections.abc import Mapping
from typing import Any

from tests.wire.shapes_explained import (
    BY_BOTH,
    DAY_LATER,
    LONDON_MIDNIGHT,
    MIDNIGHT,
    boosted,
    by_autumn,
    by_both,
    completion,
    explained,
    level,
    on_rich,
    reasons,
    total,
)
from tests.wire.shapes_points import (
    AGAIN,
    AGED,
    AUTUMN,
    BOTH,
    FAR,
    GREETED,
    HELLO,
    JOINED,
    JUMP,
    LOW,
    MIDDLE,
    MONDAY,
    PATRONS,
    REST,
    SATURDAY,
    SOON,
    STEPPED,
    TOP_EDITED,
    TWICE,
    YEAR,
    stats,
)

EACH_TWELVE = "Trigger 'rest' awards 1 of 'lives' every 12 hours since the user was made"
BACKDATED = (
    "It was completed by the user's past, when the achievement or the sign-up date was set: "
    "backdated, without points."
)

EXPLANATIONS: Mapping[str, Any] = {
    "why a new user": explained("3.0", "The user was made, on 2024-10-04 where they are."),
    "why an award, boosted": explained(
        "3.2",
        "Trigger 'joined' awards 5 of 'xp' to a new user.",
        by_both("2024-10-04", 15),
        total(15),
        award=reasons(JOINED, 15, 15, *BY_BOTH, **boosted(5, 15, *BY_BOTH)),
    ),
    "why a met period": explained(
        "3.5",
        "The event met the daily period that begins on 2024-10-04: the streak has a length of 1.",
    ),
    "why a first level": explained(
        "3.11", "The total of 'xp' is 27; 'Low' begins at 10.", level=level(27, None, LOW)
    ),
    "why a first rank": explained(
        "3.12",
        "The user's value on 'Rich' became 27: they came in at 1.",
        leaderboard=on_rich(None, 1, 27),
    ),
    "why an award, boosted and capped": explained(
        "5.5",
        "Trigger 'stepped' awards 3 of 'xp' for every 5 of 'Steps': "
        "its highest total rose to 100 and passed 20 of them, 20 × 3 = 60.",
        by_autumn("2024-10-04", 90),
        "The trigger awards at most 20 a day.",
        total(27),
        award=reasons(STEPPED, 20, 27, AUTUMN, times=20, cap=20, **boosted(60, 90, AUTUMN)),
    ),
    "why a completion by the product": explained(
        "6.0",
        "The product said that 'Hello' is completed.",
        completion=completion(stats(HELLO, 2)),
    ),
    "why an award for a completion": explained(
        "6.1",
        "Trigger 'greeted' awards 4 of 'xp' for completing 'Hello'.",
        by_both("2024-10-04", 12),
        total(39),
        award=reasons(GREETED, 12, 39, *BY_BOTH, **boosted(4, 12, *BY_BOTH)),
    ),
    "why a level": explained(
        "6.2", "The total of 'xp' is 39; 'Middle' begins at 30.", level=level(39, LOW, MIDDLE)
    ),
    "why a completion by a sign-up date": explained(
        "9.1",
        "A year has passed since the user signed up.",
        BACKDATED,
        completion=completion(stats(YEAR, 1), backdated=True, threshold=1.0),
    ),
    "why an award that takes": explained(
        "10.1",
        "Trigger 'jump' awards -1 of 'lives' for every 1 of 'Jumps': "
        "its highest total rose to 2 and passed 2 of them, 2 × -1 = -2.",
        total(0),
        award=reasons(JUMP, -2, 0, system="lives", times=2),
    ),
    "why a closed period": explained(
        "11.0",
        "The daily period from 2024-10-04 to 2024-10-04 ended extended; the streak has "
        "a length of 1. `laurels why streak` says how it came to that.",
        due=LONDON_MIDNIGHT,
    ),
    "why an award for time": explained(
        "11.1",
        f"{EACH_TWELVE}: 2 of them ended from {MIDNIGHT} to {SATURDAY}.",
        total(4),
        due=SATURDAY,
        award=reasons(REST, 2, 4, system="lives", times=2),
    ),
    "why a counted event": explained("11.2", "The event was counted: the total of 'Steps' is 21."),
    "why a completion by a total": explained(
        "11.4",
        "'Far' asks for 20 of 'Steps'.",
        "The event brought the total to 21.",
        completion=completion(stats(FAR, 2), value=21.0, threshold=20.0),
    ),
    "why a completion by the streak": explained(
        "11.5",
        "'Two days in a row' asks for a streak of 2 periods.",
        "The event brought it to 2.",
        completion=completion(stats(TWICE, 1), threshold=2.0),
    ),
    "why a completion by others": explained(
        "11.6",
        "'Both' asks for 2 achievements, and the last of them was completed.",
        completion=completion(
            stats(BOTH, 1), prerequisites={TWICE["id"]: "11.5", HELLO["id"]: "6.0"}
        ),
    ),
    "why an award for the streak": explained(
        "11.8",
        "Trigger 'again' awards 10 of 'xp' at every multiple of 2 periods of the streak.",
        by_both("2024-10-05", 30),
        total(89),
        award=reasons(AGAIN, 30, 89, *BY_BOTH, **boosted(10, 30, *BY_BOTH)),
    ),
    "why a move on a board": explained(
        "11.9",
        "The user's value on 'Rich' became 89: they stayed at 1.",
        leaderboard=on_rich(1, 1, 89),
    ),
    "why an event is out": explained(
        "15.0", "Event 11.0 was voided: the total of 'Steps' is 7 without it."
    ),
    "why its points are gone": explained(
        "15.1",
        "An event was voided: what it had awarded of 'xp' was taken back.",
        total(69),
        award=reasons(None, -50, 69, source="voided_event"),
    ),
    "why a leap is out": explained(
        "16.0", "Event 14.0 was voided: the total of 'Height' is 32 without it."
    ),
    "why bob got lives back": explained(
        "22.1",
        "An event was voided: what it had awarded of 'lives' was taken back.",
        total(3),
        award=reasons(None, 2, 3, system="lives", source="voided_event"),
    ),
    "why ada was given points": explained(
        "18.0",
        "An operator gave 10 of 'xp': Well done.",
        total(67),
        award=reasons(None, 10, 67),
    ),
    "why bob was taken points": explained(
        "19.2",
        "An operator took away 100 of 'xp': Did not walk.",
        total(-73),
        award=reasons(None, -100, -73),
    ),
    "why ada was given fewer lives": explained(
        "20.0",
        "An operator gave 10 of 'lives'.",
        "The system's maximum of 5 left 1 of it.",
        total(5),
        award=reasons(None, 1, 5, system="lives", base=10),
    ),
    "why ada has what was locked": explained(
        "24.3",
        "'Soon' asks for 30 of 'Height'.",
        BACKDATED,
        due=MONDAY,
        completion=completion(stats(SOON, 1), backdated=True, threshold=30.0),
    ),
    "why ada is at the top": explained(
        "24.4",
        "The levels of 'xp' were edited.",
        due=MONDAY,
        level=level(None, MIDDLE, TOP_EDITED),
    ),
    "why ada's last award": explained(
        "24.8",
        "Trigger 'stepped' awards 3 of 'xp' for every 5 of 'Steps': "
        "its highest total rose to 27 and passed 1 of them, 1 × 3 = 3.",
        "Boosts on 2024-10-08: For patrons ×2; together ×2, rounded up: 6.",
        total(73),
        award=reasons(
            STEPPED, 6, 73, PATRONS, base=3, boosted=6, multiplier="2", rounding="up", cap=20
        ),
    ),
    "why cyd has been here for a year": explained(
        "25.0",
        "A year has passed since the user signed up.",
        "It fell due, without anybody's doing.",
        due=MIDNIGHT,
        completion=completion(stats(YEAR, 2), threshold=1.0),
    ),
    "why cyd was given points for it": explained(
        "25.1",
        "Trigger 'aged' awards 6 of 'xp' for completing 'A year'.",
        by_autumn("2024-10-05", 9),
        total(16),
        due=MIDNIGHT,
        award=reasons(AGED, 9, 16, AUTUMN, **boosted(6, 9, AUTUMN)),
    ),
    "why cyd is on a level": explained(
        "25.2",
        "The total of 'xp' is 16; 'Low' begins at 10.",
        due=MIDNIGHT,
        level=level(16, None, LOW),
    ),
    "why cyd has lives": explained(
        "25.3",
        f"{EACH_TWELVE}: 3 of them ended from {MIDNIGHT} to {DAY_LATER}.",
        total(5),
        due=DAY_LATER,
        award=reasons(REST, 3, 5, system="lives", times=3),
    ),
}
"""By the names of the steps."""
