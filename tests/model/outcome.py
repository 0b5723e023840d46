"""What can be seen of a scope at an instant, as plain data.

Of users who were brought up to it. Metrics and leaderboards are those of the present document;
achievements, points systems and what hangs on them are shown by key with the archived ones, the
oldest first.
"""

from datetime import date
from typing import Any

from tests.model import points
from tests.model.boards import Boards
from tests.model.metrics import changes, decimal_string, events_on, total_after
from tests.model.remembered import User
from tests.model.runs import ONLY
from tests.model.settings import in_force, today
from tests.model.standings import Standing, Users, standings
from tests.model.streaks import Streak, expires
from tests.model.things import Thing, Things

EVER = 10**9

Outcome = dict[str, Any]


def outcome(things: Things, boards: Boards, users: Users, at: int) -> Outcome:
    """Everything that can be seen; `at` is the instant to which the users were brought up.

    Metrics are those on which the user has events; achievements those that they completed. `zone`
    is the setting, "" if there is none. What leaderboards are is said at `of_boards`.
    """
    return {
        "users": {name: user_outcome(things, user, at) for name, user in users.items()},
        **of_boards(things, boards, users, at),
        "completions": by_key(
            things,
            "achievements",
            lambda thing: sum(thing.number in user.completions for user in users.values()) or None,
        ),
        "summaries": by_key(things, "points", lambda thing: summary(thing, users)),
    }


def by_key(things: Things, kind: str, what: Any) -> dict[str, list[Any]]:
    """What there is to say of each thing, by key and then by age; None is nothing."""
    found: dict[str, list[Any]] = {}
    for thing in things.of_kind(kind):
        said = what(thing)
        if said is not None:
            found.setdefault(thing.key, []).append(said)
    return found


def user_outcome(things: Things, user: User, at: int) -> Outcome:
    force = in_force(things, user)
    day = today(things, user, at)
    progress = user.progress
    return {
        "zone": user.zone,
        "attributes": {
            key: value
            for key, value in user.attributes.items()
            if things.attribute_type(key) == "user"
        },
        "signedUp": iso(user.signed_up),
        "metrics": {
            metric.key: decimal_string(total)
            for metric in things.of_kind("metrics")
            if (total := total_after(metric, events_on(user, metric), EVER)) is not None
        },
        "metricDays": {
            metric.key: days
            for metric in things.of_kind("metrics")
            if (days := metric_days(user, metric))
        },
        "streaks": {
            frequency: streak_outcome(streak) for frequency, streak in progress.streaks.items()
        },
        "periods": {
            frequency: [
                [iso(row.period), iso(row.end), row.length, row.outcome, row.closed_at]
                for row in streak.rows
            ]
            for frequency, streak in progress.streaks.items()
        },
        "resets": [[iso(reset_on), reset_at] for reset_on, reset_at in user.resets],
        "freezes": {
            "balance": progress.balance,
            "ledger": [
                [
                    *(row.reason, row.amount, row.balance),
                    iso(row.date) if row.reason == "consumed" else None,
                    row.at,
                ]
                for row in progress.freezes
            ],
        },
        "pauses": [
            [iso(pause.start), iso(pause.end)] for pause in force.pauses if pause.end >= day
        ],
        "expires": iso(expires(progress.streaks[things.frequency], things.frequency, force)),
        "achievements": by_key(things, "achievements", lambda thing: completion(user, thing)),
        "points": by_key(things, "points", lambda thing: points.total(user, thing.number)),
        "levels": by_key(
            things, "points", lambda thing: [points.level(thing, points.total(user, thing.number))]
        ),
        "ledger": by_key(things, "points", lambda thing: ledger(things, user, thing)),
        "pointsDays": by_key(
            things,
            "points",
            lambda thing: [[iso(on), end] for on, end in points.end_of_dates(user, thing.number)],
        ),
        "boosts": [
            [
                *(index, things.by_number[own.system].key, iso(own.boost.start)),
                *(iso(own.boost.end), own.boost.multiplier, own.boost.rounding),
                own.boost.is_active,
            ]
            for index, own in enumerate(user.boosts, 1)
            if not own.is_deleted
        ],
    }


def streak_outcome(streak: Streak) -> Outcome:
    return {
        "length": streak.length,
        "longest": streak.longest,
        "started": iso(streak.started),
        "period": iso(streak.period),
        "met": streak.met,
    }


def metric_days(user: User, metric: Thing) -> list[list[Any]]:
    """The total at the end of each local date on which an event counted or was voided."""
    days = {moment.date: total for moment, total in changes(user, metric)}
    return [[iso(day), decimal_string(total)] for day, total in days.items()]


def completion(user: User, achievement: Thing) -> list[Any] | None:
    found = user.completions.get(achievement.number)
    return None if found is None else [found.at, found.is_backdated]


def ledger(things: Things, user: User, system: Thing) -> list[list[Any]]:
    """The rows: whose, net, base and total after, when, and the boosts that applied."""
    return [
        [
            things.by_number[award.trigger].key if award.trigger else None,
            *(award.source, award.amount, award.base_amount, total, award.moment.at),
            sorted([name, decimal_string(by)] for name, by in award.boosts),
        ]
        for award, total in zip(
            points.ledger(user, system.number), points.totals(user, system.number), strict=True
        )
    ]


def summary(system: Thing, users: Users) -> Outcome:
    """How many users have nothing, how many are in each of ten ranges, and on each level."""
    totals = [points.total(user, system.number) for user in users.values()]
    levels = [points.level(system, total) for total in totals]
    greatest = max([0, *totals])
    end = next(power for power in (10**n for n in range(1, 20)) if power >= greatest)
    ranges = [(n * end // 10 + 1, (n + 1) * end // 10) for n in range(10)]
    return {
        "ranges": [
            [0, 0, sum(total <= 0 for total in totals)],
            *([low, high, sum(low <= t <= high for t in totals)] for low, high in ranges),
        ],
        "levels": {
            each["key"]: levels.count(each["key"]) for each in system.entry.get("levels", [])
        },
    }


# --- Leaderboards (SPEC 8) ------------------------------------------------------------------------


def of_boards(things: Things, boards: Boards, users: Users, at: int) -> Outcome:
    """By the key of a board its status as everybody sees it, and its runs, over and not over.

    A run is `{"first": date, "groups": {group: [[user, value], ...]}}` with everybody in order. The
    date is that on which it begins, None if the board has but one run; the group is "" if the board
    has but one group, else the JSON of the values. There is no run without participants, nor a
    group. Those that are not over are in order of their dates, the others of when they were over.
    """
    at = at if users else 0  # the clock starts with the first of them
    found: Outcome = {"boards": {}, "closed": {}, "statuses": {}}
    for board in things.of_kind("leaderboards"):
        live, closed = standings(things, boards, board, users, at)
        found["boards"][board.key] = [run_outcome(standing) for standing in live]
        found["closed"][board.key] = [run_outcome(standing) for standing in closed]
        found["statuses"][board.key] = boards.status(board, at)
    return found


def run_outcome(standing: Standing) -> Outcome:
    first = None if standing.first == ONLY else standing.first
    return {"first": iso(first), "groups": standing.groups}


def iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
