"""What falls due for one user alone, as time passes (SPEC 2.7).

Four things do, each at its instant and without anybody's doing:

    periods end        at local midnights           `streaks`
    freezes are earned at local midnights           `freezes`
    anniversaries      at local midnights           `achievements`
    time triggers      at intervals from creation   `intervals`

At one instant they come in this order, the shortest period first. Whatever happens to be worked off
together, the user ends up the same.
"""

from collections.abc import Mapping

from engine.configuration.filters import matches
from engine.configuration.plan import Plan, interval_after
from engine.model.identifiers import Day, Instant
from engine.model.user import Waiting
from engine.rules import achievements, freezes, intervals, periods, points, streaks
from engine.rules.calendar import Calendar
from engine.rules.turn import Moment, Turn

NEVER = Instant(2**62)


def work_off(turn: Turn, upto: Instant) -> None:
    """Do everything that falls due for a user by an instant, each at its own."""
    draft, plan, calendar = turn.draft, turn.plan, turn.calendar
    zone = turn.zone
    while True:
        first = periods.first_to_end(draft)
        end = NEVER if first is None else calendar.day_end(zone, first[0])
        earning = freezes.next_earning_of(draft, plan, calendar) if plan.earns else None
        earned_at = NEVER if earning is None else earning.at
        years = achievements.next_anniversary(turn) if plan.anniversaries else None
        years_at = NEVER if years is None else calendar.day_end(zone, Day(years - 1))
        at = min(end, earned_at, years_at)
        if plan.timed:
            # Those that end at the very instant come after what else is due then.
            before = Instant(min(at - 1, upto))
            if draft.at < before:
                intervals.award(turn, before)
                draft.at = before
        if at > upto:
            draft.at = upto
            return
        if first is not None and end == at:
            streaks.close_over(turn, end, first[1])
        elif earning is not None and earned_at == at:
            freezes.earn(turn, earning)
        else:
            _celebrate(turn, at)
        # What this made room for can fall due at the same instant; a date that was jumped over
        # begins two at once.
        draft.at = Instant(at - 1)


def next_due(
    who: Waiting, plan: Plan, calendar: Calendar, attributes: Mapping[str, str] | None = None
) -> Instant | None:
    """Return the instant at which something falls due for a user who sends nothing.

    It may be one at which in the end nothing does: then they are looked at for nothing.

    Args:
        who: the user.
        plan: the plan in force.
        calendar: the zone data.
        attributes: the user's, None if they are not at hand.
    """
    zone = plan.zone(who.zone)
    due = NEVER if who.last is None else calendar.day_end(zone, who.last)
    earning = freezes.next_earning(plan, who, calendar)
    if earning is not None:
        due = min(due, earning.at)
    if plan.anniversaries:
        today = calendar.day(zone, who.at)
        for years, _, wanted in plan.anniversaries:
            date = periods.anniversary(who.signed_up, years)
            if date > today and (attributes is None or matches(wanted, attributes)):
                due = min(due, calendar.day_end(zone, Day(date - 1)))
    for timed in plan.timed:
        most = timed.system.system.max_points
        full = most is not None and who.points.get(timed.system.system.ordinal, 0) >= most
        for trigger in timed.triggers:
            if full and trigger.trigger.points > 0:
                continue  # at its maximum a system has nothing due
            if attributes is None or matches(trigger.wanted, attributes):
                due = min(due, interval_after(trigger, who.created_at, who.at))
    return None if due == NEVER else due


def _celebrate(turn: Turn, at: Instant) -> None:
    """Complete the anniversaries that a midnight brings, with the points that follow."""
    moment = Moment(at, turn.draft.number, turn.local_date(at))
    awarding = points.Awarding(turn, moment)
    awarding.by_achievements(achievements.complete_anniversaries(turn, at))
    awarding.settle()
