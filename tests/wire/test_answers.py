"""What is answered: both front ends to the byte the same, and every field as it should be.

A client must not be able to tell which front end it talks to. So one script goes to both, through
every operation of the route table and every kind of refusal, and the answers are compared; then
what they say is compared with what it should be.
"""

from typing import Any

import msgspec
import pytest

from api.front.admission import Admission
from api.front.routes import ROUTES, NoRoute, Router
from api.front.server import Front
from api.front.service import PROBES
from engine.host.engine import Settings
from engine.model.identifiers import Instant, Ordinal, Seq, public_id
from tests.unit.games import DAY, clock_at
from tests.wire.expected import EXPECTED, EXPECTED_OF_IMPORT
from tests.wire.expected_admin_boards import EXPECTED_OF_BOARDS
from tests.wire.expected_admin_points import EXPECTED_OF_ADMIN
from tests.wire.expected_points_later import EXPECTED_OF_POINTS
from tests.wire.expected_ranks import (
    EXPECTED_MOVES,
    EXPECTED_OF_RANKS,
    EXPECTED_REASONS,
    TOLD_ELSEWHERE,
)
from tests.wire.expected_streaks import EXPECTED_OF_STREAKS
from tests.wire.facts_named import facts_named
from tests.wire.game_points import POINTS_GAME
from tests.wire.play import SCRIPTS, Play, ScriptName, played
from tests.wire.refusals import REFUSALS, Refusal
from tests.wire.refusals_admin import LISTS_OF_ADMIN, REFUSALS_OF_ADMIN, TRACES_OF_ADMIN
from tests.wire.refusals_points import CORRECTIONS, REFUSALS_OF_POINTS, TRACES_OF_POINTS
from tests.wire.refusals_ranks import REFUSALS_OF_RANKS, TRACES_OF_RANKS
from tests.wire.refusals_streaks import LISTS, REFUSALS_OF_STREAKS, TRACES
from tests.wire.script import NO_PAUSE, PAUSES, STREAKS_OF
from tests.wire.script_admin import ACHIEVEMENTS, NO_ID
from tests.wire.script_jobs import EXPECTED_OF_JOBS
from tests.wire.server import EVENT, KEY, Answer, event, recovering, running

SEEN = ("content-type", "content-length", "retry-after", "allow", "www-authenticate")
"""Headers that are part of an answer; what else there is belongs to a front end."""


def seen(answer: Answer) -> dict[str, str]:
    return {name: answer.headers[name] for name in SEEN if name in answer.headers}


@pytest.mark.parametrize("script", SCRIPTS)
def test_both_front_ends_answer_alike_to_the_byte(script: ScriptName) -> None:
    both, quart = played("both", script), played("quart", script)
    for step in SCRIPTS[script]:
        one, other = both.answers[step.name], quart.answers[step.name]
        assert (one.status, one.body) == (other.status, other.body), step.name
        assert seen(one) == seen(other), step.name
        if step.name in both.heads:
            one, other = both.heads[step.name], quart.heads[step.name]
            assert (one.status, seen(one)) == (other.status, seen(other)), f"HEAD, {step.name}"


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_step_is_answered_with_its_status_in_json(front: Front, script: ScriptName) -> None:
    play = played(front, script)
    for step in SCRIPTS[script]:
        answer = play.answers[step.name]
        assert answer.status == step.status, (step.name, answer.body)
        assert answer.headers["content-type"] == "application/json", step.name
        assert answer.headers["content-length"] == str(len(answer.body)), step.name
        if answer.status >= 400:
            assert {"error", "code"} <= answer.json.keys(), step.name


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_head_is_that_of_the_read(front: Front, script: ScriptName) -> None:
    play = played(front, script)
    assert play.heads
    for name, head in play.heads.items():
        read = play.answers[name]
        if read.status == 405:
            continue  # its sentence names the method
        assert (head.status, seen(head)) == (read.status, seen(read)), name


def test_the_scripts_take_every_route() -> None:
    router, taken = Router(), set[str]()
    for step in (step for script in SCRIPTS.values() for step in script):
        path, _, _ = step.path.partition("?")
        if step.status < 400:
            taken.add(router.find(step.method, path).route.name)
    assert taken == {route.name for route in ROUTES}


def test_an_operation_has_one_name_and_no_probe_hides_it() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    for path in PROBES:
        with pytest.raises(NoRoute):
            Router().find("GET", path)


def without_facts(answer: Any) -> Any:
    """An answer without the ids of facts, which are ours; where they lead is tested below."""
    match answer:
        case dict():
            return {k: without_facts(v) for k, v in answer.items() if k != "factId"}
        case list():
            return [without_facts(item) for item in answer]
        case _:
            return answer


@pytest.mark.parametrize("name", EXPECTED)
def test_what_an_answer_says(front: Front, name: str) -> None:
    assert without_facts(played(front, "live").answers[name].json) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED_OF_IMPORT)
def test_what_an_import_says(front: Front, name: str) -> None:
    assert without_facts(played(front, "import").answers[name].json) == EXPECTED_OF_IMPORT[name]


@pytest.mark.parametrize("name", EXPECTED_OF_STREAKS)
def test_what_is_said_of_streaks(front: Front, name: str) -> None:
    assert without_facts(played(front, "streaks").answers[name].json) == EXPECTED_OF_STREAKS[name]


@pytest.mark.parametrize("name", EXPECTED_OF_POINTS)
def test_what_is_said_of_achievements_and_points(front: Front, name: str) -> None:
    assert played(front, "points").answers[name].json == EXPECTED_OF_POINTS[name]


@pytest.mark.parametrize("name", EXPECTED_OF_ADMIN)
def test_what_an_operator_is_told(front: Front, name: str) -> None:
    assert played(front, "admin").answers[name].json == EXPECTED_OF_ADMIN[name]


@pytest.mark.parametrize("name", EXPECTED_OF_BOARDS)
def test_what_an_operator_is_told_of_leaderboards(front: Front, name: str) -> None:
    assert played(front, "boards").answers[name].json == EXPECTED_OF_BOARDS[name]


@pytest.mark.parametrize("name", EXPECTED_OF_RANKS)
def test_what_is_said_of_places_on_leaderboards(front: Front, name: str) -> None:
    assert played(front, "ranks").answers[name].json == EXPECTED_OF_RANKS[name]


@pytest.mark.parametrize("name", EXPECTED_MOVES)
def test_what_an_event_changed_on_leaderboards(front: Front, name: str) -> None:
    assert played(front, "ranks").answers[name].json["leaderboards"] == EXPECTED_MOVES[name]


@pytest.mark.parametrize("name", EXPECTED_REASONS)
def test_why_somebody_is_where_they_are(front: Front, name: str) -> None:
    answer = played(front, "ranks").answers[name].json
    said = {field: answer[field] for field in ("type", "userId", "why", "due")}
    if "leaderboard" in answer:
        said["leaderboard"] = about = answer["leaderboard"]
        assert len(about.pop("digest", "0" * 64)) == 64
    assert said == EXPECTED_REASONS[name]


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_fact_that_is_named_can_be_explained(front: Front, script: ScriptName) -> None:
    play = played(front, script)
    named = {pair for answer in play.answers.values() for pair in facts_named(answer.json)}
    for fact, kind in named:
        answer = play.explanations[fact]
        assert answer.status == 200, (fact, answer.body)
        said = answer.json
        assert said["type"].startswith(kind), fact
        assert {"factId": fact, "type": said["type"]} in said["facts"]
        assert said["why"], fact
        assert all(said["why"]), fact


@pytest.mark.parametrize("script", SCRIPTS)
def test_both_front_ends_explain_alike_to_the_byte(script: ScriptName) -> None:
    both, quart = played("both", script).explanations, played("quart", script).explanations
    assert both.keys() == quart.keys()
    for fact, answer in both.items():
        assert (answer.status, answer.body) == (quart[fact].status, quart[fact].body)


@pytest.mark.parametrize("name", EXPECTED_OF_JOBS)
def test_what_is_said_of_jobs(front: Front, name: str) -> None:
    assert played(front, "jobs").answers[name].json == EXPECTED_OF_JOBS[name]


def test_every_step_is_expected_to_say_something() -> None:
    assert EXPECTED.keys() == {step.name for step in SCRIPTS["live"]}
    assert EXPECTED_OF_IMPORT.keys() == {step.name for step in SCRIPTS["import"]}
    assert EXPECTED_OF_STREAKS.keys() == {step.name for step in SCRIPTS["streaks"]}
    assert EXPECTED_OF_POINTS.keys() == {step.name for step in SCRIPTS["points"]}
    assert EXPECTED_OF_ADMIN.keys() == {step.name for step in SCRIPTS["admin"]}
    ranked = EXPECTED_OF_RANKS.keys() | EXPECTED_MOVES.keys() | EXPECTED_REASONS.keys()
    assert ranked | TOLD_ELSEWHERE == {step.name for step in SCRIPTS["ranks"]}
    assert EXPECTED_OF_BOARDS.keys() == {step.name for step in SCRIPTS["boards"]}
    others = {"somebody", "nothing was done"}
    assert EXPECTED_OF_JOBS.keys() | others == {step.name for step in SCRIPTS["jobs"]}
    assert played("both", "jobs").answers["nothing was done"].json["lastRecord"] == 3


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.step.name)
def test_what_a_refusal_says(front: Front, refusal: Refusal) -> None:
    check_refusal(refusal, played(front, "refusals"))


@pytest.mark.parametrize("refusal", REFUSALS_OF_STREAKS, ids=lambda refusal: refusal.step.name)
def test_what_a_refusal_about_streaks_says(front: Front, refusal: Refusal) -> None:
    check_refusal(refusal, played(front, "refusals of streaks"))


@pytest.mark.parametrize("refusal", REFUSALS_OF_POINTS, ids=lambda refusal: refusal.step.name)
def test_what_a_refusal_about_points_says(front: Front, refusal: Refusal) -> None:
    check_refusal(refusal, played(front, "refusals of points"))


@pytest.mark.parametrize("refusal", REFUSALS_OF_ADMIN, ids=lambda refusal: refusal.step.name)
def test_what_an_operator_is_refused(front: Front, refusal: Refusal) -> None:
    check_refusal(refusal, played(front, "refusals of admin"))


@pytest.mark.parametrize("refusal", REFUSALS_OF_RANKS, ids=lambda refusal: refusal.step.name)
def test_what_a_refusal_about_places_says(front: Front, refusal: Refusal) -> None:
    check_refusal(refusal, played(front, "refusals of ranks"))


def check_refusal(refusal: Refusal, play: Play) -> None:
    answer = play.answers[refusal.step.name]
    assert answer.status == refusal.step.status
    assert answer.json == refusal.says
    shown = {k: v for k, v in seen(answer).items() if k not in ("content-type", "content-length")}
    assert shown == refusal.headers


def test_refusals_leave_no_trace(front: Front) -> None:
    answers = played(front, "refusals").answers
    assert answers["status after"].json == answers["status before"].json
    assert answers["status after"].json["lastRecord"] == 3
    assert answers["status after"].json["users"] == 1
    answers = played(front, "refusals of streaks").answers
    for trace in TRACES:
        assert answers[f"{trace} after"].body == answers[f"{trace} before"].body, trace
    assert answers["status after"].json["lastRecord"] == 5
    answers = played(front, "refusals of points").answers
    for trace in TRACES_OF_POINTS:
        assert answers[f"{trace} after"].body == answers[f"{trace} before"].body, trace
    assert answers["status after"].json["lastRecord"] == 4
    answers = played(front, "refusals of admin").answers
    for trace in TRACES_OF_ADMIN:
        assert answers[f"{trace} after"].body == answers[f"{trace} before"].body, trace
    assert answers["status after"].json["configurationVersion"] == 1
    answers = played(front, "refusals of ranks").answers
    for trace in TRACES_OF_RANKS:
        assert answers[f"{trace} after"].body == answers[f"{trace} before"].body, trace
    assert answers["status after"].json["lastRecord"] == 4


async def test_a_hundred_are_not_too_many(front: Front) -> None:
    async with running(front) as server:
        for path, name, item in LISTS:
            answer = await server.ask("POST", path, {name: [item] * 100})
            assert (answer.status, len(answer.json["issues"])) == (200, 100), path
        ids = ",".join([NO_PAUSE] * 100)
        answer = await server.ask("DELETE", f"{PAUSES}?ids={ids}")
        assert (answer.status, len(answer.json["issues"])) == (200, 100)
        users = "&".join(f"userIds=u{number}" for number in range(100))
        answer = await server.ask("GET", f"{STREAKS_OF}?{users}")
        assert (answer.status, answer.json) == (200, [])


async def test_a_hundred_things_and_corrections_are_not_too_many(front: Front) -> None:
    async with running(front, document=POINTS_GAME, clock=clock_at()) as server:
        await server.ask("POST", EVENT, event())
        for path, name, item in CORRECTIONS:
            answer = await server.ask("POST", path, {name: [item] * 100})
            came = {"awards": "created", "events": "voided"}[name]
            assert answer.status in (200, 201)
            assert len(answer.json[came]) == 100, path
        for path, item in LISTS_OF_ADMIN.items():
            answer = await server.ask("POST", path, [item] * 100)
            assert answer.status == 201, path
            assert len(answer.json["created"]) + len(answer.json["issues"]) == 100, path
            answer = await server.ask("PATCH", path, [{"id": NO_ID}] * 100)
            assert (answer.status, len(answer.json["issues"])) == (200, 100), path
            answer = await server.ask("DELETE", f"{path}?ids={','.join([NO_ID] * 100)}")
            assert (answer.status, len(answer.json["issues"])) == (200, 100), path
            assert len((await server.ask("GET", f"{path}?limit=100")).json) <= 100


def test_an_event_during_an_import_is_told_when_to_come_again(front: Front) -> None:
    answer = played(front, "import").answers["live event meanwhile"]
    assert answer.headers["retry-after"] == "1"


async def test_a_full_server_says_so_at_once(front: Front) -> None:
    async with running(front, clock=clock_at()) as server:
        server.service.admission = Admission(requests_max=0)
        answer = await server.ask("POST", EVENT, event())
        assert answer.status == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json == {
            "error": "the server is answering as many requests as it can; try again",
            "code": "overloaded",
        }
        assert (await server.ask("GET", "/readyz")).status == 200
        server.service.admission = Admission()
        assert (await server.ask("POST", EVENT, event())).json["total"] == 1


async def test_a_recovering_server_says_how_far_it_is(front: Front) -> None:
    async with recovering(front) as server:
        server.service.records, server.service.recovered = Seq(2_000), Seq(1_000)
        answer = await server.ask("GET", "/v1/users/ada")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.json == {
            "error": "the server is recovering: 1,000 of 2,000",
            "code": "not_ready",
        }
        ready = await server.ask("GET", "/readyz", key=None)
        assert ready.status == 503
        assert ready.json == {
            "error": "recovering",
            "code": "not_ready",
            "recovered": 1_000,
            "records": 2_000,
        }
        assert (await server.ask("GET", "/healthz", key=None)).status == 200


async def test_a_key_of_any_bytes_is_a_wrong_key(front: Front) -> None:
    async with running(front) as server, await server.connect() as connection:
        for key in (b"\xff\xfe", b"\xc3\xbc" * 40, KEY.encode() + b", " + KEY.encode()):
            await connection.send(
                b"GET /v1/users/ada HTTP/1.1\r\nHost: test\r\nX-API-KEY: " + key + b"\r\n\r\n"
            )
            assert (await connection.read()).status == 401


async def test_numbers_are_exact_on_the_wire(front: Front) -> None:
    async with running(front) as server:
        for text, total in ((b"0.1", b"0.1"), (b"0.2", b"0.3"), (b"9.7e2", b"970.3")):
            body = b'{"user": {"id": "ada"}, "value": %b}' % text
            answer = await server.ask("POST", EVENT, body)
            assert b'"total":%b,' % total in answer.body
            assert isinstance(msgspec.json.decode(answer.body)["total"], float)


async def test_a_completion_by_the_streak_tells_of_the_configured_frequency(front: Front) -> None:
    """Every frequency is followed, so by Monday the days are more than the weeks."""
    streaks = {"frequency": "weekly", "metrics": [{"key": "steps", "threshold": 1}]}
    clock = clock_at()
    async with running(front, document=POINTS_GAME | {"streaks": streaks}, clock=clock) as server:
        for _ in range(3):
            await server.ask("POST", EVENT, event())
            clock.at = Instant(clock.at + DAY)
        answer = await server.ask("POST", EVENT, event())
        (done,) = (a for a in answer.json["achievements"] if a["key"] == "twice")
        told = await server.ask("GET", f"/v1/explain/{done['factId']}")
    assert told.json["why"][1] == "The event brought it to 2."


WAITING_GAME: dict[str, Any] = {
    "metrics": [{"key": "steps", "name": "Steps"}],
    "achievements": [
        {"key": "year", "name": "A year", "trigger": "anniversary", "anniversaryYears": 1},
    ],
    "points": [
        {
            "key": "xp",
            "name": "Experience",
            "levels": [{"key": "some", "name": "Some", "points": 100}],
            "triggers": [
                {"key": "walk", "type": "metric", "points": 2}
                | {"metricKey": "steps", "metricThreshold": 1},
                {"key": "stay", "type": "time", "points": 3}
                | {"timeUnit": "days", "timeInterval": 1},
            ],
        }
    ],
    "leaderboards": [
        {"key": "rich", "name": "Rich", "rankBy": "points", "pointsSystemKey": "xp"},
        {"key": "far", "name": "Far", "rankBy": "metric", "metricKey": "steps"},
    ],
}
"""What falls due moves a board, brings a level and completes an achievement."""


async def test_an_event_tells_what_it_did_and_not_what_was_due(front: Front) -> None:
    clock, settings = clock_at(), Settings(sweeping=False)
    async with running(front, document=WAITING_GAME, clock=clock, settings=settings) as server:
        await server.ask("POST", EVENT, event("bob", 300))
        await server.ask("POST", EVENT, event())
        clock.at = Instant(clock.at + 366 * DAY)
        made = {"name": "One", "key": "one", "trigger": "metric", "metricValue": 1}
        made |= {"metricId": public_id("default", "metric", Ordinal(1)), "status": "active"}
        assert (await server.ask("POST", ACHIEVEMENTS, [made])).status == 201
        answer = await server.ask("POST", EVENT, event())
        shown = await server.ask("GET", "/v1/users/ada/achievements")
    assert answer.json["achievements"] == []
    assert sorted(a["key"] for a in shown.json) == ["one", "year"]
    points = answer.json["points"]["xp"]
    assert [(a["awarded"], a["total"]) for a in points["awards"]] == [(2, 366 * 3 + 4)]
    assert (points["added"], points["total"]) == (2, 366 * 3 + 4)
    assert "level" not in points
    moved = answer.json["leaderboards"]
    assert {key: (b["previousRank"], b["rank"]) for key, b in moved.items()} == {
        "rich": (1, 1),
        "far": (2, 2),
    }
