"""What the generator of histories promises, and that what it makes is worth playing."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings

from tests.model import points
from tests.model.board_situations import SITUATIONS, what_boards_meet
from tests.model.examples import HOUR, Outcome
from tests.model.histories import histories, random_history
from tests.model.operations import Configure, Event, Operation, Pass, Prefer
from tests.model.oracle import Oracle
from tests.model.remembered import Award, Preferences, User
from tests.model.settings import conditions, customizes, in_force
from tests.model.steps import ZONES
from tests.model.streaks import FREQUENCIES, WEEKDAYS, day_end
from tests.model.things import Document, Thing, Things, wanted


class TestHistories:
    """The generator keeps its promises, and what it makes is worth playing."""

    @settings(max_examples=40)
    @given(histories())
    def test_histories_are_valid(self, history: list[Operation]) -> None:
        assert len(history) <= 50
        check_history(history)

    def test_seeds_give_histories(self) -> None:
        history = random_history(random.Random(7), 50)
        assert history == random_history(random.Random(7), 50)
        assert len(history) == 50
        check_history(history)

    def test_things_happen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: Counter[str] = Counter()
        count_blocks(monkeypatch, seen)
        for seed in range(400):
            oracle = Oracle()
            for operation in random_history(random.Random(seed), 50):
                before = oracle.things.document
                oracle.apply(operation)
                seen[oracle.last_answer] += 1
                seen[f"{type(operation).__name__} {oracle.last_answer}"] += 1
                if isinstance(operation, Configure):
                    seen.update(what_a_switch_meets(oracle, before))
                elif isinstance(operation, Prefer) and oracle.last_answer == "applied":
                    seen["disabled"] += not oracle.users[operation.user].preferences.is_enabled
                elif isinstance(operation, Event):
                    seen["own settings"] += has_own_settings(oracle, operation.user)
            outcome = oracle.outcome(oracle.clock)
            check_outcome(outcome)
            seen.update(what_came_of_it(outcome))
            for user in oracle.users.values():
                seen.update(f"completed {what}" for what in completions(oracle.things, user))
                seen.update(f"row {what}" for what in awards(oracle.things, user))
            seen.update(f"board {what}" for what in set(what_boards_meet(oracle)))
        for what in HAPPENS:
            assert seen[what] >= 3, what


OUTCOMES = ("extended", "frozen", "paused", "skipped", "broken")
HAPPENS = (
    *("applied", "repeated", "refused", "level", "expires", "pause", "tie", "blocked"),
    *(f"{each} {outcome}" for each in FREQUENCIES for outcome in OUTCOMES),
    *("daily day_off", "initial_grant", "accumulation", "manual", "consumed"),
    *("frozen by a change of zone", "reset", "disabled", "own settings"),
    *("switch with streak board", "switch that backdates"),
    *(
        f"{command} {answer}"
        for command in (
            *("GrantFreeze", "AddPause", "DeletePause", "Restore", "Prefer", "Event", "Upsert"),
            *("Complete", "AddBoost", "ChangeBoost", "DeleteBoost", "AwardPoints", "Void"),
            *("Hide", "EndRun"),
        )
        for answer in ("applied", "refused")
    ),
    *("Event repeated", "Complete repeated", "Void repeated"),
    *(
        f"completed {trigger} {how}"
        for trigger in ("metric", "streak", "achievement", "anniversary")
        for how in ("live", "backdated")
    ),
    *(
        "completed and archived",
        "completed api live",
        "completed at midnight",
        "completed anniversary by a command",
    ),
    *("completed with userAttributes", "completed with eventAttributes"),
    *(
        f"row {source}"
        for source in (
            *("metric", "streak", "achievement", "user_creation", "time"),
            *("direct", "voided_event"),
        )
    ),
    *("row boosted", "row boosted twice", "row with an own boost", "row time boosted"),
    *("row at the maximum", "row at the cap", "row deducted", "row whole", "row due achievement"),
    *("row with userAttributes", "row with eventAttributes"),
    *(f"board {what}" for what in SITUATIONS),
)


def count_blocks(monkeypatch: pytest.MonkeyPatch, seen: Counter[str]) -> None:
    """Notes each event that is refused for want of points."""
    check = points.check_blocks

    def counting(*arguments: Any) -> None:
        try:
            check(*arguments)
        except points.Refused:
            seen["blocked"] += 1
            raise

    monkeypatch.setattr(points, "check_blocks", counting)


def what_a_switch_meets(oracle: Oracle, before: Document) -> list[str]:
    """What a change of the frequency has to do with; nothing after any other configuration."""
    things = oracle.things
    if things.frequency == before.get("streaks", {}).get("frequency", "daily"):
        return []
    met: list[str] = []
    for ranked in things.active("leaderboards", rankBy="streak"):
        if ranked.entry in before.get("leaderboards", []):
            met += ["switch with streak board"] * bool(oracle.users)
    for achievement in things.active("achievements", trigger="streak"):
        if achievement.entry in before.get("achievements", []):
            completed = [user.completions.get(achievement.number) for user in oracle.users.values()]
            now = [each for each in completed if each is not None and each.at == oracle.clock]
            met += ["switch that backdates"] * any(each.is_backdated for each in now)
    return met


def has_own_settings(oracle: Oracle, name: str) -> bool:
    """Whether a user is judged by other conditions or days off than those configured."""
    user, things = oracle.users.get(name), oracle.things
    if user is None or not customizes(things):
        return False
    plain = replace(user, preferences=Preferences())
    return conditions(things, user) != conditions(things, plain) or (
        in_force(things, user).days_off != in_force(things, plain).days_off
    )


def completions(things: Things, user: User) -> list[str]:
    """What is to be said of what a user has completed."""
    commands = {event.moment.at for event in user.events}
    seen: list[str] = []
    for number, completion in user.completions.items():
        entry = things.by_number[number].entry
        seen += ["and archived"] * things.by_number[number].is_archived
        seen.append(f"{entry['trigger']} {'backdated' if completion.is_backdated else 'live'}")
        seen += [
            f"with {field}" for field in ("userAttributes", "eventAttributes") if entry.get(field)
        ]
        if entry["trigger"] == "anniversary" and not completion.is_backdated:
            is_by_command = completion.at in commands
            seen.append("anniversary by a command" if is_by_command else "at midnight")
    return seen


def awards(things: Things, user: User) -> list[str]:
    """What is to be said of a user's ledgers."""
    seen: list[str] = []
    for award in user.awards:
        seen += [award.source, "deducted" if award.amount < 0 else "whole"]
        seen += ["boosted"] * bool(award.boosts) + ["boosted twice"] * (len(award.boosts) > 1)
        seen += ["with an own boost"] * any(name.startswith("#") for name, _ in award.boosts)
        seen += [f"{award.source} boosted"] * bool(award.boosts)
        seen += [f"due {award.source}"] * award.moment.is_due
        if award.trigger:
            trigger = things.by_number[award.trigger]
            seen += clipped(things, user, award, trigger)
            for field in ("userAttributes", "eventAttributes"):
                seen += [f"with {field}"] * bool(wanted(trigger.entry, field))
    return seen


def clipped(things: Things, user: User, award: Award, trigger: Thing) -> list[str]:
    """Whether less than the base amount was left, and if so of what."""
    if not 0 < award.amount < award.base_amount or award.boosts:
        return []
    ledger, system = points.ledger(user, award.system), things.by_number[award.system]
    after = sum(each.amount for each in ledger[: ledger.index(award) + 1])
    is_full = after == system.entry.get("maxPoints")
    return ["at the maximum"] if is_full else ["at the cap"] * ("cap" in trigger.entry)


def what_came_of_it(outcome: Outcome) -> Counter[str]:
    seen: Counter[str] = Counter()
    for user in outcome["users"].values():
        for frequency in FREQUENCIES:
            seen.update(f"{frequency} {row[3]}" for row in user["periods"][frequency])
        for row in user["periods"]["daily"]:
            is_midnight = row[4] in {day_end(zone, date.fromisoformat(row[0])) for zone in ZONES}
            seen["frozen by a change of zone"] += row[3] == "frozen" and not is_midnight
        seen.update(row[0] for row in user["freezes"]["ledger"])
        seen["reset"] += len(user["resets"])
        seen["pause"] += len(user["pauses"])
        seen["expires"] += user["expires"] is not None
        seen["level"] += any(level for levels in user["levels"].values() for [level] in levels)
    for places in standings_in(outcome):
        values = [value for _, value in places]
        seen["tie"] += len(set(values)) < len(values)
    return seen


def check_history(history: list[Operation]) -> None:
    """Valid operations at instants that never run backwards; the oracle takes them all."""
    assert isinstance(history[0], Configure)
    oracle = Oracle()
    for operation in history:
        before = oracle.clock
        if isinstance(operation, Configure):
            check_document(operation.document)
        oracle.apply(operation)
        assert oracle.clock >= before
    now = oracle.outcome(oracle.clock)
    later = oracle.outcome(oracle.clock + 48 * HOUR)
    check_outcome(later)
    assert now == oracle.outcome(oracle.clock), "a look changes nothing"
    oracle.apply(Pass(oracle.clock + 48 * HOUR))
    assert later == oracle.outcome(oracle.clock), "a look is what time would have done"


def check_document(document: dict[str, Any]) -> None:
    keys = {
        kind: [entry["key"] for entry in document[kind]]
        for kind in ("metrics", "attributes", "achievements", "points", "leaderboards")
    }
    assert keys["metrics"]
    assert all(len(set(each)) == len(each) for each in keys.values())
    crossable = [
        each["key"]
        for each in document["metrics"]
        if each.get("aggregation", "sum") in ("sum", "max")
    ]
    attributes = {each["key"]: each["type"] for each in document["attributes"]}
    for achievement in document["achievements"]:
        check_lasting(achievement, keys, attributes)
    for system in document["points"]:
        for kind in ("triggers", "boosts", "levels"):
            assert len({each["key"] for each in system[kind]}) == len(system[kind])
        assert len({each["points"] for each in system["levels"]}) == len(system["levels"])
        for trigger in system["triggers"]:
            check_lasting(trigger, keys, attributes)
            assert trigger["points"] != 0
            assert trigger["status"] == "archived" or trigger.get("metricKey") in {None, *crossable}
            if trigger["points"] < 0:
                assert "cap" not in trigger
        for boost in system["boosts"]:
            check_lasting(boost, keys, attributes)
            assert boost["start"] <= boost.get("end", date.max)
    for ranked in document["leaderboards"]:
        if ranked["rankBy"] == "metric":
            assert ranked["metricKey"] in keys["metrics"]
        elif ranked["rankBy"] == "points":
            assert ranked["pointsSystemKey"] in keys["points"]
        check_board(ranked, attributes)
    assert document.get("weekStart", "monday") in WEEKDAYS
    if "streaks" in document:
        check_streak_settings(document["streaks"], keys["metrics"])


def check_board(entry: Document, attributes: dict[str, str]) -> None:
    """Streaks have neither runs nor hours; dates and hours are in order."""
    if entry["rankBy"] == "streak":
        assert not entry.keys() & {"runUnit", "runInterval", "startTime", "endTime"}
    assert "runUnit" in entry or "runInterval" not in entry
    assert entry.get("startTime", "00:00") != entry.get("endTime")
    assert entry.get("start", date.min) <= entry.get("end", date.max)
    assert entry["status"] in ("active", "inactive", "finished") or "start" in entry
    keys = entry.get("breakdownAttributes", [])
    assert len(set(keys)) == len(keys)
    filtered = [key for key, _ in wanted(entry, "userAttributes")]
    assert all(attributes[key] == "user" for key in (*keys, *filtered))


def check_lasting(entry: Document, keys: dict[str, list[str]], attributes: dict[str, str]) -> None:
    """What is not archived refers to what is there."""
    if entry["status"] == "archived":
        return
    assert entry.get("metricKey") in {None, *keys["metrics"]}
    needed = {*entry.get("achievementKeys", []), entry.get("achievementKey")} - {None}
    assert needed <= set(keys["achievements"])
    for field, kind in (("userAttributes", "user"), ("eventAttributes", "event")):
        asked = [key for key, _ in wanted(entry, field)]
        assert all(attributes[key] == kind for key in asked)
        assert len(set(asked)) == len(entry.get(field, []))


def check_streak_settings(settings: dict[str, Any], metrics: list[str]) -> None:
    conditions = [each["key"] for each in settings["metrics"]]
    assert len(set(conditions)) == len(conditions)
    assert set(conditions) <= set(metrics)
    assert settings["frequency"] in FREQUENCIES
    assert settings["frequency"] == "daily" or "daysOff" not in settings
    days_off = settings.get("daysOff", [])
    assert days_off == sorted(set(days_off))
    assert len(days_off) < 7
    of_freezes = settings.get("freezes", {"startCount": 0, "maxCount": 0})
    assert 0 <= of_freezes["startCount"] <= of_freezes["maxCount"]
    assert ("autoEarnInterval" in of_freezes) == ("autoEarnAmount" in of_freezes)


def check_outcome(outcome: Outcome) -> None:
    """What holds after any history."""
    for user in outcome["users"].values():
        for frequency in FREQUENCIES:
            check_streak(user["streaks"][frequency], user["periods"][frequency])
        check_freezes(user)
        for key, ledgers in user["ledger"].items():
            for place, rows in enumerate(ledgers):
                assert user["points"][key][place] == sum(row[2] for row in rows)
                assert all(row[2] != 0 for row in rows)
                assert [row[5] for row in rows] == sorted(row[5] for row in rows)
    for places in standings_in(outcome):
        values = [value for _, value in places]
        assert values in (sorted(values), sorted(values, reverse=True))
    for run in runs_in(outcome):
        users = [user for places in run["groups"].values() for user, _ in places]
        assert 0 < len(users) == len(set(users)), "nobody is in two groups"
        assert all(run["groups"].values())
    for key, status in outcome["statuses"].items():
        assert status in ("active", "finished") or not outcome["boards"][key]


def runs_in(outcome: Outcome) -> list[Outcome]:
    of_boards = (*outcome["boards"].values(), *outcome["closed"].values())
    return [run for of_board in of_boards for run in of_board]


def standings_in(outcome: Outcome) -> list[list[list[Any]]]:
    return [places for run in runs_in(outcome) for places in run["groups"].values()]


def check_streak(streak: dict[str, Any], periods: list[list[Any]]) -> None:
    assert (streak["length"] > 0) == (streak["period"] is not None)
    assert (streak["length"] > 0) == (streak["started"] is not None)
    assert streak["length"] <= streak["longest"]
    assert [row[4] for row in periods] == sorted(row[4] for row in periods)
    starts = [row[0] for row in periods]
    assert starts == sorted(set(starts)), "no period is closed twice"
    if streak["period"] is not None:
        assert streak["started"] <= streak["period"]
        assert not starts or starts[-1] < streak["period"]


def check_freezes(user: Outcome) -> None:
    """The balance is the sum of the ledger, and each freeze consumed kept one period."""
    ledger = user["freezes"]["ledger"]
    assert [row[2] for row in ledger] == list(accumulate(row[1] for row in ledger))
    assert user["freezes"]["balance"] == sum(row[1] for row in ledger) >= 0
    rows = [row for rows in user["periods"].values() for row in rows]
    kept = sorted((row[0], row[4]) for row in rows if row[3] == "frozen")
    assert kept == sorted((row[3], row[4]) for row in ledger if row[0] == "consumed")
