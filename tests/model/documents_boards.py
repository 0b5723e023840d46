"""The part of random documents that is about leaderboards. See documents.py.

Most have runs of a day, so that a history of some days sees several of them. An edit mostly moves
the end or changes what ranks nobody otherwise: every other one makes a board begin anew.
"""

from collections.abc import Callable
from datetime import date, timedelta

from tests.model.documents_points import filters
from tests.model.operations import Document, Entry
from tests.model.steps import Numbers

Maker = Callable[[Numbers, Entry | None], Entry | None]

RUNS: tuple[Entry, ...] = (
    *({},) * 4,
    *({"runUnit": "day"},) * 3,
    {"runUnit": "day", "runInterval": 1},
    {"runUnit": "week"},
    {"runUnit": "month"},
    {"runUnit": "day", "runInterval": 3},
    {"runUnit": "year", "runInterval": 2},
)
WINDOWS: tuple[Entry, ...] = (
    *({},) * 7,
    {"startTime": "09:00", "endTime": "17:00"},
    {"startTime": "22:00", "endTime": "06:00"},
    {"startTime": "08:30"},
    {"endTime": "12:00"},
    {"startTime": "06:00", "endTime": "00:00"},
)
# Days from today to the start and to the end. A board whose start is left out begins on the day on
# which it becomes active, and may not end before: so it has no end, for nobody here knows that day.
DATES: tuple[tuple[int | None, int | None], ...] = (
    *((None, None),) * 4,
    *((-2, None), (0, None), (-2, 3), (0, 1), (-1, 0)),
    *((2, None), (3, 4), (-40, None)),
)
ENDS = (None, 0, 1, 1, 3, -2, -2, -2)


def maker_of_boards(document: Document, today: date) -> Maker:
    def make(numbers: Numbers, old: Entry | None) -> Entry | None:
        if old is not None and numbers[3] < 7:
            return with_another_end(old, numbers, today)
        key = f"b{numbers[0] % 3}" if old is None else old["key"]
        ranked = what_is_ranked(document, numbers)
        if ranked is None:
            return None
        entry: Entry = {"key": key, "name": f"Board {key}", **ranked}
        if numbers[3] >= 9:
            entry["maxParticipants"] = numbers[3] - 8
        entry["order"] = ("desc", "asc")[numbers[3] % 2]
        if entry["rankBy"] != "streak":
            entry |= RUNS[numbers[4]] | WINDOWS[numbers[5]]
        for field, days in zip(("start", "end"), DATES[numbers[6]], strict=True):
            if days is not None:
                entry[field] = today + timedelta(days=days)
        entry |= with_attributes(document, numbers)
        status = {10: "inactive", 11: "scheduled"}.get(numbers[2], "active")
        return {**entry, "status": status if old is None else old["status"]}

    return make


def what_is_ranked(document: Document, numbers: Numbers) -> Entry | None:
    metrics, systems = document["metrics"], document["points"]
    if numbers[1] % 6 == 5:
        return {"rankBy": "streak"}
    if systems and (numbers[1] % 3 > 0 or not metrics):
        chosen = systems[numbers[2] % len(systems)]
        return {"rankBy": "points", "pointsSystemKey": chosen["key"]}
    if metrics:
        chosen = metrics[numbers[2] % len(metrics)]
        return {"rankBy": "metric", "metricKey": chosen["key"]}
    return None


def with_attributes(document: Document, numbers: Numbers) -> Entry:
    """Groups by one attribute of users or by two, or a filter, or both."""
    declared = [each["key"] for each in document["attributes"] if each["type"] == "user"]
    entry: Entry = {}
    keys = {5: declared, 6: declared[:1], 7: declared[:1], 8: declared[-1:], 9: declared[::-1]}
    breakdown = keys.get(numbers[7], declared[:1] if numbers[7] == 11 else [])
    if breakdown:
        entry["breakdownAttributes"] = breakdown
    wanted = filters(document, "user", 8, numbers[5]) if numbers[7] >= 10 else []
    if wanted:
        entry["userAttributes"] = wanted
    return entry


def with_another_end(old: Entry, numbers: Numbers, today: date) -> Entry:
    """The board as it is but for its end, sometimes, and for what ranks nobody otherwise."""
    entry = {**old, "name": f"{old['key']} edited {numbers[1]}"}
    if numbers[4] < 2 or "start" not in entry:
        entry["maxParticipants"] = 1 + numbers[4]
        return entry
    days = ENDS[numbers[6] % len(ENDS)]
    entry.pop("end", None)
    if days is not None:
        end = today + timedelta(days=days)
        entry["end"] = max(end, entry.get("start", end))
    return entry


def strike_out_attributes(document: Document) -> None:
    """Strikes out attributes that are not declared any more."""
    declared = {each["key"] for each in document["attributes"]}
    for board in document["leaderboards"]:
        for field in ("userAttributes", "breakdownAttributes"):
            kept = [
                each
                for each in board.get(field, [])
                if (each if isinstance(each, str) else each["attributeKey"]) in declared
            ]
            if field in board:
                board[field] = kept


def switch_off_finished(boards: list[Entry]) -> None:
    """What is finished keeps what it ranked by, which could not be taken away."""
    for board in boards:
        if board["status"] == "finished":
            board["status"] = "inactive"


def correct_schedules(boards: list[Entry], today: date) -> None:
    """Makes active what is scheduled but begins too soon for that."""
    for board in boards:
        starts = board.get("start", today)
        if board["status"] == "scheduled" and starts < today + timedelta(days=2):
            board["status"] = "active"
