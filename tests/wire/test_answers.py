"""What is answered: both front ends to the byte the same, and every field as it should be.

A client must not be able to tell which front end it talks to. So one script goes to both, through
every operation of the route table and every kind of refusal, and the answers are compared; then
what they say is compared with what it should be.
"""

import msgspec
import pytest

from api.front.admission import Admission
from api.front.routes import ROUTES, NoRoute, Router
from api.front.server import Front
from api.front.service import PROBES
from engine.model.identifiers import Seq
from tests.unit.games import clock_at
from tests.wire.expected import EXPECTED, EXPECTED_OF_IMPORT
from tests.wire.expected_streaks import EXPECTED_OF_STREAKS
from tests.wire.play import SCRIPTS, Play, ScriptName, played
from tests.wire.refusals import REFUSALS, Refusal
from tests.wire.refusals_streaks import LISTS, REFUSALS_OF_STREAKS, TRACES
from tests.wire.script import NO_PAUSE, PAUSES, STREAKS_OF
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


@pytest.mark.parametrize("name", EXPECTED)
def test_what_an_answer_says(front: Front, name: str) -> None:
    assert played(front, "live").answers[name].json == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED_OF_IMPORT)
def test_what_an_import_says(front: Front, name: str) -> None:
    assert played(front, "import").answers[name].json == EXPECTED_OF_IMPORT[name]


@pytest.mark.parametrize("name", EXPECTED_OF_STREAKS)
def test_what_is_said_of_streaks(front: Front, name: str) -> None:
    assert played(front, "streaks").answers[name].json == EXPECTED_OF_STREAKS[name]


def test_every_step_is_expected_to_say_something() -> None:
    assert EXPECTED.keys() == {step.name for step in SCRIPTS["live"]}
    assert EXPECTED_OF_IMPORT.keys() == {step.name for step in SCRIPTS["import"]}
    assert EXPECTED_OF_STREAKS.keys() == {step.name for step in SCRIPTS["streaks"]}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.step.name)
def test_what_a_refusal_says(front: Front, refusal: Refusal) -> None:
    check_refusal(refusal, played(front, "refusals"))


@pytest.mark.parametrize("refusal", REFUSALS_OF_STREAKS, ids=lambda refusal: refusal.step.name)
def test_what_a_refusal_about_streaks_says(front: Front, refusal: Refusal) -> None:
    check_refusal(refusal, played(front, "refusals of streaks"))


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
