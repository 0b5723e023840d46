"""The parts between the front ends and the operations, one at a time."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.front.admission import Admission
from api.front.auth import Authenticator, Unauthorized, check_given_key, make_key
from api.front.logs import open_log
from api.front.routes import ROUTES, MethodNotAllowed, NoRoute, Router
from engine.model.errors import InvalidInput, Malformed, Overloaded
from tests.unit.games import game

router = Router()
segments = st.text(min_size=1, max_size=20).filter(lambda text: text not in {"event"})


@given(st.data())
def test_every_route_is_found_with_its_variables_decoded(data: st.DataObject) -> None:
    route = data.draw(st.sampled_from(ROUTES))
    values: list[str] = []
    path: list[str] = []
    for segment in route.path.split("/"):
        if segment.startswith("{"):
            value = data.draw(segments)
            values.append(value)
            path.append("".join(f"%{byte:02x}" for byte in value.encode("utf-8", "replace")))
        else:
            path.append(segment)
    method = data.draw(
        st.sampled_from(["HEAD", "GET"] if route.method == "GET" else [route.method])
    )
    match = router.find(method, "/".join(path))
    assert match.route is route
    assert list(match.path) == [value.encode("utf-8", "replace").decode() for value in values]
    assert router.knows(method, "/".join(path))


@given(st.text(alphabet="/v1adminusers{}%.", max_size=40))
def test_any_other_path_is_refused(path: str) -> None:
    try:
        match = router.find("GET", "/" + path)
    except (NoRoute, MethodNotAllowed, Malformed):
        return
    assert len(match.route.path.split("/")) == len(path.split("/")) + 1


def test_what_is_near_a_route_is_none() -> None:
    for path in (
        "",
        "/",
        "/v1",
        "/v1/users/",
        "/v1//x",
        "/v1/users/a/",
        "/V1/users/a",
        "/v1/users/a/b",
    ):
        with pytest.raises(NoRoute):
            router.find("GET", path)
    with pytest.raises(MethodNotAllowed) as refusal:
        router.find("DELETE", "/v1/users/ada")
    assert refusal.value.allowed == ["GET", "PATCH", "PUT", "HEAD"]
    with pytest.raises(Malformed):
        router.find("GET", "/v1/users/%ff")


async def test_keys_open_their_scope_and_nothing_else_does() -> None:
    key, other = make_key(), make_key()
    assert key.text.startswith(f"{key.prefix}.")
    assert len({key.text, other.text, key.digest, other.digest}) == 4
    async with game() as (_, scope):
        inside = Authenticator(scope)
        with pytest.raises(Unauthorized):
            inside.authenticate(key.text)
        await scope.add_key("admin", key.prefix, key.digest)
        assert inside.authenticate(key.text) is scope
        for wrong in (None, "", other.text, key.text + " ", key.text[:-1], key.prefix, "\ud800é"):
            with pytest.raises(Unauthorized):
                inside.authenticate(wrong)
        given_alone = Authenticator(scope, "given.0123456789abcdef")
        assert given_alone.authenticate("given.0123456789abcdef") is scope
        with pytest.raises(Unauthorized):
            given_alone.authenticate(key.text)


@pytest.mark.parametrize(
    "text",
    ["", "short", "x" * 256, "sixteen chars  ok", "unprintable-\x07-key", "ümlaut-0123456789"],
)
def test_a_given_key_must_be_a_possible_header(text: str) -> None:
    with pytest.raises(InvalidInput, match="LAURELS_ADMIN_KEY"):
        check_given_key(text)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=40))
def test_admission_never_lets_in_more_than_its_bounds(steps: list[tuple[bool, int]]) -> None:
    admission = Admission(requests_max=3, body_bytes_max=100)
    inside: list[int] = []
    refused = 0
    for enters, size in steps:
        if enters:
            try:
                admission.enter(size)
            except Overloaded:
                refused += 1
                assert len(inside) == 3 or sum(inside) + size > 100
            else:
                inside.append(size)
        elif inside:
            admission.leave(inside.pop())
        statistics = admission.statistics()
        assert (statistics.requests, statistics.body_bytes) == (len(inside), sum(inside))
        assert statistics.refused == refused
        assert statistics.requests <= 3
        assert statistics.body_bytes <= 100


def test_lines_of_one_kind_are_limited_and_counted() -> None:
    out, now = io.StringIO(), 0.0
    log = open_log(out, monotonic=lambda: now)
    for number in range(50):
        log.warning("slow reader", number=number)
    log.info("ready")
    now = 1.5
    log.warning("slow reader", number=50)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["slow reader"] * 10 + ["ready", "slow reader"]
    assert lines[-1]["not_shown_before"] == 40
