"""What time alone does to a user (docs/points.md, "Order"): everything that falls due.

Periods and freezes, which are in tests/model/streaks.py, decide nothing about points, and points
nothing about them: so each is brought up by itself.
"""

from datetime import date

from tests.model.achievements import anniversary, complete, has_attributes
from tests.model.points import award, award_completions, ends_of_intervals, triggers
from tests.model.remembered import Moment, User
from tests.model.settings import in_force, zone_of
from tests.model.streaks import ONE_DAY, brought_up, day_end, local_date
from tests.model.things import Thing, Things


def bring_up(things: Things, user: User, at: int) -> None:
    """Works off what falls due until an instant, that one included, if nothing else happens."""
    since, zone = user.brought_up_to, zone_of(things, user)
    user.progress = brought_up(user.progress, in_force(things, user), since, at)
    for frequency, streak in user.progress.streaks.items():
        if streak.rows:
            # If time has changed the length, this is where it broke.
            user.note_length(frequency, _due(user, zone, streak.rows[-1].closed_at))
    first, last = local_date(zone, since), local_date(zone, at)
    anniversaries = {
        day_end(zone, day - ONE_DAY): achievements
        for day, achievements in anniversaries_between(things, user, first, last).items()
    }
    intervals: dict[int, list[Thing]] = {}
    for trigger in triggers(things, user, type="time"):
        for end in ends_of_intervals(user, trigger, since, at):
            intervals.setdefault(end, []).append(trigger)
    for instant in sorted({*anniversaries, *intervals}):
        moment = _due(user, zone, instant)
        completed = complete(things, user, anniversaries.get(instant, ()), instant)
        award_completions(things, user, completed, moment)
        for trigger in intervals.get(instant, ()):
            award(things, user, trigger, trigger.entry["points"], moment)
    user.brought_up_to = at


def _due(user: User, zone: str, at: int) -> Moment:
    return Moment(at, 0, max(local_date(zone, at), user.last_date), zone)


def anniversaries_between(
    things: Things, user: User, after: date, upto: date
) -> dict[date, list[Thing]]:
    """The anniversary achievements that the beginning of a date completes.

    Of the dates from the one after `after` up to `upto`.
    """
    found: dict[date, list[Thing]] = {}
    for achievement in things.active("achievements", trigger="anniversary"):
        day = anniversary(user, achievement.entry["anniversaryYears"])
        if after < day <= upto and has_attributes(user, achievement):
            found.setdefault(day, []).append(achievement)
    return found


def copies_brought_up(things: Things, users: dict[str, User], at: int) -> dict[str, User]:
    """What everybody will be at an instant if nothing happens until then."""
    copies = {name: user.copy() for name, user in users.items()}
    for user in copies.values():
        bring_up(things, user, at)
    return copies
