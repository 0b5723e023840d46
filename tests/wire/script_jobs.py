"""What is asked of jobs, and what they must say; the worker is `QuickWorker`."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.wire.script import Step, get, post
from tests.wire.server import FULL_FILE, event
from tests.wire.shapes import NOON

WHAT_IF = "/admin/v1/what-if"
DRY_RUN = "/admin/v1/dry-run"
JOBS_PATH = "/admin/v1/jobs"
BAD_FILE = FULL_FILE.replace(b'metricKey = "steps"', b'metricKey = "hops"')
SUNDAYS_FILE = b'weekStart = "sunday"\n' + FULL_FILE

JOBS: Sequence[Step] = (
    post("somebody", 201, event("ada", 3)),
    get("no jobs", JOBS_PATH),
    post("what if", 202, FULL_FILE, f"{WHAT_IF}?from=2024-10-01&to=2024-10-04"),
    get("it is done", f"{JOBS_PATH}/3-1?wait=5&limit=2"),
    get("the next page", f"{JOBS_PATH}/3-1?after=34&limit=2"),
    get("the last page", f"{JOBS_PATH}/3-1?after=51"),
    get("no page", f"{JOBS_PATH}/3-1?after=33", 422),
    get("no number", f"{JOBS_PATH}/3-1?after=last", 422),
    Step("too late to cancel", 200, "DELETE", f"{JOBS_PATH}/3-1"),
    post("an unlucky dry run", 202, b"# unlucky\n" + FULL_FILE, DRY_RUN),
    get("it has failed", f"{JOBS_PATH}/3-2?wait=5"),
    get("all jobs", JOBS_PATH),
    get("no such job", f"{JOBS_PATH}/3-3", 404),
    Step("none to cancel", 404, "DELETE", f"{JOBS_PATH}/none"),
    get("too long a wait", f"{JOBS_PATH}/3-1?wait=6", 422),
    get("too long a page", f"{JOBS_PATH}/3-1?limit=1001", 422),
    post("no file", 422, b" ", WHAT_IF),
    post("a bad file", 422, BAD_FILE, WHAT_IF),
    post("another week", 202, SUNDAYS_FILE, WHAT_IF),
    get("it is done too", f"{JOBS_PATH}/3-3?wait=5&limit=1"),
    post("another week from then on", 422, SUNDAYS_FILE, f"{WHAT_IF}?from=2024-10-04"),
    post("another week, dry", 422, SUNDAYS_FILE, DRY_RUN),
    post("no instant", 422, FULL_FILE, f"{WHAT_IF}?from=yesterday"),
    post("backwards", 422, FULL_FILE, f"{WHAT_IF}?from=2024-10-04&to=2024-10-02"),
    get("nothing was done", "/admin/v1/status"),
)


def job(number: int, kind: str, state: str = "running", **fields: Any) -> dict[str, Any]:
    over = state != "running"
    progress = {"doing": "looking at users", "done": 2, "of": 3}
    return {
        "id": f"3-{number}",
        "kind": kind,
        "state": state,
        "startedAt": NOON,
        "endedAt": NOON if over else None,
        "progress": progress if over else {"doing": "starting", "done": 0, "of": 0},
        "error": None,
        **fields,
    }


def details(of: dict[str, Any], *users: str, **fields: Any) -> dict[str, Any]:
    done = of["state"] == "done"
    return {
        **of,
        "result": {"scope": "default"} if done else None,
        "users": [{"userId": user} for user in users],
        "usersListed": 3 if done else 0,
        "next": None,
        **fields,
    }


def invalid(field: str, what: str) -> dict[str, Any]:
    return {"error": f"{field}: {what}", "code": "invalid", "field": field}


def unusable(*issues: tuple[str, str]) -> dict[str, Any]:
    return {
        "error": "\n".join(f"{place}: {what}" for place, what in issues),
        "code": "configuration_invalid",
        "issues": [{"place": place, "message": what} for place, what in issues],
    }


DONE = job(1, "what-if", "done")
FAILED = job(2, "dry-run", "failed", error="that was to be expected; ask for something else")
NO_PAGE = invalid("after", "must be what another page says is next")
FIXED = unusable(("weekStart", "is fixed once the scope's clock runs: it stays 'monday'"))
NO_HOPS = "metricKey: there is no 'hops'"

EXPECTED_OF_JOBS: Mapping[str, Any] = {
    "no jobs": {"jobs": []},
    "what if": job(1, "what-if"),
    "it is done": details(DONE, "ada", "bob", next="34"),
    "the next page": details(DONE, "cyd"),
    "the last page": details(DONE),
    "no page": NO_PAGE,
    "no number": NO_PAGE,
    "too late to cancel": DONE,
    "an unlucky dry run": job(2, "dry-run"),
    "it has failed": details(FAILED),
    "all jobs": {"jobs": [FAILED, DONE]},
    "no such job": {"error": "there is no job '3-3' (any more)", "code": "not_found"},
    "none to cancel": {"error": "there is no job 'none' (any more)", "code": "not_found"},
    "too long a wait": invalid("wait", "must be at most 5"),
    "too long a page": invalid("limit", "must be at most 1000"),
    "no file": unusable(("", "the body holds no configuration")),
    "a bad file": unusable(
        ("achievements[0] ('walker')", NO_HOPS),
        ("points[0] ('xp').triggers[0] ('each')", NO_HOPS),
        ("leaderboards[0] ('walk')", NO_HOPS),
    ),
    "another week": job(3, "what-if"),
    "it is done too": details(job(3, "what-if", "done"), "ada", next="17"),
    "another week from then on": FIXED,
    "another week, dry": FIXED,
    "no instant": invalid(
        "from", "must be an instant as 2026-03-01T09:30:00Z or a date as 2026-03-01"
    ),
    "backwards": invalid("to", "lies before from"),
}
