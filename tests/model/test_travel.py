"""What travel does to a daily streak on the real engine: it costs nothing and gains nothing.

The oracle says what the rules are; these two properties are what they are for (docs/streaks.md,
"Change of zone"). Both are said in dates and instants only, so neither repeats a rule.
"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.examples import Outcome, follow, metric
from tests.model.histories import HOUR, SECOND, ZONES
from tests.model.operations import Configure, Event, Operation, Upsert
from tests.model.player import Player, Regime
from tests.model.streaks import ONE_DAY

# Where a date is seen first, at all times.
EARLIEST = timezone(timedelta(hours=14))
# Between the ends of the earth a whole date can be jumped over.
FAR_ZONES = (*ZONES, *("Pacific/Pago_Pago", "Pacific/Kiritimati") * 4)
WEEK = 7 * 24 * HOUR
MINUTE = 60 * SECOND


def wall(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone))


def start_of(day: date, zone: str) -> int:
    """Midnight: in 2024 none of the zones changes its clocks at one."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int(midnight.timestamp()) * SECOND


def offset(zone: str, at: int) -> timedelta:
    east = wall(at, zone).utcoffset()
    assert east is not None
    return east


# One run meets a day; there is no freeze and no day off.
DOCUMENT = {"metrics": [metric()], **follow()}


def play(history: list[Operation], end: int) -> Outcome:
    async def played() -> Outcome:
        outcome, _ = await Player(Regime(sweep="at random")).play(history, end)
        return outcome["users"]["ann"]

    return trio.run(played)


starts = st.dates(date(2024, 1, 1), date(2024, 12, 31))


@settings(max_examples=60)
@given(
    starts,
    st.sampled_from((1, 10, 30)).flatmap(
        lambda count: st.lists(
            st.tuples(st.sampled_from(ZONES), st.integers(0, 30 * 60)), min_size=count
        )
    ),
)
def test_toggling_zones_never_gains_a_day(day: date, stops: list[tuple[str, int]]) -> None:
    """There is one period a date, and dates only go forwards: from the user's own first one, which
    in the far west is one or two behind, to the latest that there is on earth.
    """
    at = start_of(day, "UTC")
    history: list[Operation] = [Configure(at, DOCUMENT)]
    first = wall(at + stops[0][1] * MINUTE, stops[0][0]).date()
    for zone, minutes in stops:
        at += minutes * MINUTE
        history.append(Event(at, "ann", "runs", "1", zone))
    user = play(history, at)
    met = sum(row[3] == "extended" for row in user["periods"]["daily"])
    met += user["streaks"]["daily"]["met"]
    last = datetime.fromtimestamp(at // SECOND, EARLIEST).date()
    assert met <= (last - first).days + 1


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[Operation], int, int]:
    """A history of somebody with one event every local day, how many these are, and its end.

    In some evenings, a week apart at the least, they fly to a zone further east; in others, to one
    further west.
    """
    now = start_of(draw(starts), "UTC")
    history: list[Operation] = [Configure(now, DOCUMENT)]
    zone = draw(st.sampled_from(FAR_ZONES))
    next_flight = now
    day_count = draw(st.integers(1, 40))
    last_day = date.min
    for _ in range(day_count):
        day = max(wall(now, zone).date(), last_day + ONE_DAY)
        last_day = day
        over = start_of(day + ONE_DAY, zone)
        now = draw(st.integers(max(now, start_of(day, zone)), over - 1))
        history.append(Event(now, "ann", "runs", "1", zone))
        evening = max(now, over - draw(st.integers(1, 90)) * MINUTE)
        further = [
            each
            for each in FAR_ZONES
            if offset(each, evening) < offset(zone, evening)
            or (offset(each, evening) > offset(zone, evening) and evening >= next_flight)
        ]
        if further and draw(st.booleans()):
            now, zone_before, zone = evening, zone, draw(st.sampled_from(further))
            history.append(Upsert(now, "ann", zone))
            if offset(zone, now) > offset(zone_before, now):
                next_flight = now + WEEK
    return history, day_count, now


@settings(max_examples=60)
@given(journeys())
def test_flying_east_in_the_evening_never_costs_a_day(
    journey: tuple[list[Operation], int, int],
) -> None:
    history, day_count, end = journey
    user = play(history, end)
    assert user["streaks"]["daily"]["length"] == day_count
    outcomes = {row[3] for rows in user["periods"].values() for row in rows}
    assert outcomes <= {"extended", "skipped"}
