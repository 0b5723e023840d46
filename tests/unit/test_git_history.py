"""Git histories as events: what is read of a commit, who it is counted for, and their zone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.git_history import Commit, history_items, parse_date, read_history, user_id
from api.zone_inference import REPRESENTATIVES, Sighting, ZoneInference
from engine.host.zones import Zones
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant
from engine.model.numbers import UNIT
from tests.cli.repositories import Made, hashes, make_repository, run_git

WINTER, SUMMER = 1_768_000_000, 1_783_000_000  # January and July 2026


def at(*moment: int) -> Instant:
    return Instant(int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000)  # type: ignore[arg-type]


def test_commits_come_in_order_of_author_date_with_their_authors(tmp_path: Path) -> None:
    made = [
        Made("Ada", "Ada@Example.org", f"{SUMMER} -0700"),
        Made("Bo", "bo@example.org", f"{WINTER} +0530"),
        Made("Ada L.", "ada@example.org", f"{WINTER + 60} -0800"),
    ]
    repository = make_repository(tmp_path / "r", made)
    first, second, third = hashes(repository)
    history = read_history([repository])
    assert history.commits == [
        Commit(Instant(WINTER * 1_000_000), second, "bo@example.org", "Bo", 330, 0),
        Commit(Instant((WINTER + 60) * 1_000_000), third, "ada@example.org", "Ada L.", -480, 0),
        Commit(Instant(SUMMER * 1_000_000), first, "ada@example.org", "Ada", -420, 0),
    ]
    # The name last used, by author date; the zone of all their commits.
    assert history.authors["ada@example.org"] == ("Ada", "America/Los_Angeles")
    assert history.authors["bo@example.org"] == ("Bo", "Asia/Kolkata")
    assert not history.skipped
    assert not history.shallow


def test_events_carry_the_hash_as_key_and_lines_where_asked_for(tmp_path: Path) -> None:
    made = [Made("A", "a@b", f"{WINTER} +0100", lines=3), Made("A", "a@b", f"{SUMMER} +0200")]
    repository = make_repository(tmp_path / "r", made)
    first, second = hashes(repository)
    # The second commit removes nothing and adds nothing: no event for its lines.
    items = history_items(read_history([repository], lines=True))
    requests = [item.request for item in items]
    assert [(r.metric, r.value // UNIT, r.key) for r in requests] == [
        ("commits", 1, first),
        ("lines", 3, first),
        ("commits", 1, second),
    ]
    assert {(r.user.id, r.user.tz, r.user.name) for r in requests} == {
        ("a@b", "Europe/Berlin", "A")
    }
    assert [item.line for item in items] == [1, 2, 3]
    assert len(history_items(read_history([repository]))) == 2


def test_a_commit_in_several_repositories_counts_once_in_any_order(tmp_path: Path) -> None:
    shared = [Made("A", "a@b", f"{WINTER} +0000")]
    one = make_repository(tmp_path / "one", [*shared, Made("A", "a@b", f"{WINTER} +0000")])
    two = make_repository(tmp_path / "two", [*shared, Made("B", "b@b", f"{WINTER} +0000")])
    history = read_history([one, two])
    assert len(history.commits) == 3
    assert history == read_history([two, one])


def test_head_only_unless_all_refs_are_asked_for(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", [Made("A", "a@b", f"{WINTER} +0000")])
    tree = run_git("-C", str(repository), "rev-parse", "main^{tree}").strip()
    identity = ("-c", "user.name=B", "-c", "user.email=b@b")
    commit = run_git("-C", str(repository), *identity, "commit-tree", tree, data=b"x").strip()
    run_git("-C", str(repository), "update-ref", "refs/heads/side", commit)
    assert len(read_history([repository]).commits) == 1
    assert len(read_history([repository], all_refs=True).commits) == 2


def test_dates_that_cannot_be_are_skipped_and_named(tmp_path: Path) -> None:
    made = [
        Made("A", "a@b", "0 +0000"),
        Made("A", "a@b", "4102444801 +0000"),
        Made("A", "a@b", f"{SUMMER} +0000"),
        Made("A", "a@b", f"{WINTER} +0000"),
    ]
    repository = make_repository(tmp_path / "r", made)
    epoch, far, late, _ = hashes(repository)
    history = read_history([repository], until=Instant(WINTER * 1_000_000))
    assert [commit.at for commit in history.commits] == [WINTER * 1_000_000]
    assert {skipped.hash: skipped.reason for skipped in history.skipped} == {
        epoch: "has no readable author date after 1970",
        far: "has an author date after 2100",
        late: "has an author date later than the import's end",
    }


def test_strange_authors_get_ids_that_are_allowed(tmp_path: Path) -> None:
    long = "x" * 300
    made = [
        Made("", "", f"{WINTER} +0000"),
        Made("Only Name", "", f"{WINTER} +0000"),
        Made("\udcff Bad", "Bad\udcff@b", f"{WINTER} +0000"),
        Made("S", "a/b\x7f@c", f"{WINTER} +0000"),
        Made(long, f"{long}@b", f"{WINTER} +0000"),
        Made("Ünï", "ÜNÏ@b", f"{WINTER} +0000"),
    ]
    history = read_history([make_repository(tmp_path / "r", made)])
    assert {user: author.name for user, author in history.authors.items()} == {
        "unknown": "",
        "only name": "Only Name",
        "bad\ufffd@b": "\ufffd Bad",
        "a_b_@c": "S",
        "x" * 255: "x" * 255,
        "ünï@b": "Ünï",
    }


def test_id_has_no_line_breaks_and_no_slash() -> None:
    assert user_id(" A/B\n\u2028C@D ", "") == "a_b__c@d"
    assert user_id("", "") == "unknown"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("1700000000 -0800", (1_700_000_000, -480)),
        ("1700000000 +0545", (1_700_000_000, 345)),
        ("1700000000 -0000", (1_700_000_000, 0)),
        ("1700000000 +9999", (1_700_000_000, None)),
        ("1700000000 +0090", (1_700_000_000, None)),
        ("1700000000 +051800", (1_700_000_000, None)),
        ("", None),
        ("-5 +0000", None),
        ("yesterday", None),
    ],
)
def test_raw_dates(text: str, parsed: tuple[int, int | None] | None) -> None:
    assert parse_date(text) == parsed


def test_offsets_that_make_no_sense_leave_the_instant(tmp_path: Path) -> None:
    made = [Made("A", "a@b", f"{WINTER} +051800"), Made("A", "a@b", f"{WINTER} +0900")]
    history = read_history([make_repository(tmp_path / "r", made)])
    assert sorted(str(commit.offset) for commit in history.commits) == ["540", "None"]
    assert history.authors["a@b"].zone == "Asia/Tokyo"


def test_an_environment_of_another_repository_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repository(tmp_path / "other", [Made("O", "o@o", f"{WINTER} +0000")])
    mine = make_repository(tmp_path / "mine", [Made("M", "m@m", f"{WINTER} +0000")])
    monkeypatch.setenv("GIT_DIR", str(other))
    assert set(read_history([mine]).authors) == {"m@m"}


def test_a_shallow_clone_is_told(tmp_path: Path) -> None:
    made = [Made("A", "a@b", f"{WINTER} +0000"), Made("A", "a@b", f"{SUMMER} +0000")]
    repository = make_repository(tmp_path / "r", made)
    clone = tmp_path / "clone"
    run_git("clone", "--quiet", "--bare", "--depth=1", f"file://{repository}", str(clone))
    assert read_history([clone]).shallow == [clone]


def test_what_git_cannot_read_is_said_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "plain").mkdir()
    with pytest.raises(InvalidInput, match=r"plain: git cannot read it: not a git repository"):
        read_history([tmp_path / "plain"])
    with pytest.raises(InvalidInput, match=r"missing: git cannot read it: .*No such file"):
        read_history([tmp_path / "missing"])
    run_git("init", "--quiet", str(tmp_path / "empty"))
    with pytest.raises(InvalidInput, match=r"empty: this repository has no commits yet"):
        read_history([tmp_path / "empty"])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInput, match=r"^git: is not installed"):
        read_history([tmp_path / "empty"])


def test_every_representative_is_a_zone_that_events_may_have() -> None:
    zones = Zones()
    assert all(zones.knows(name) for name in REPRESENTATIVES)
    assert len(set(REPRESENTATIVES)) == len(REPRESENTATIVES)


@pytest.mark.parametrize(
    ("offsets", "zone"),
    [
        ([], "UTC"),
        ([(WINTER, -480), (SUMMER, -420)], "America/Los_Angeles"),
        ([(SUMMER, -420)], "America/Los_Angeles"),
        ([(WINTER, -420), (SUMMER, -420)], "America/Phoenix"),
        ([(WINTER, -420), (SUMMER, -360)], "America/Denver"),
        ([(WINTER, -300), (SUMMER, -240)], "America/New_York"),
        ([(WINTER, 0)], "UTC"),
        ([(WINTER, 0), (SUMMER, 0)], "UTC"),
        ([(WINTER, 0), (SUMMER, 60)], "Europe/London"),
        ([(WINTER, 60), (SUMMER, 120)], "Europe/Berlin"),
        ([(WINTER, 60), (SUMMER, 60)], "Africa/Lagos"),
        ([(WINTER, 120), (SUMMER, 180)], "Europe/Helsinki"),
        ([(WINTER, 180), (SUMMER, 180)], "Europe/Moscow"),
        ([(WINTER, 330)], "Asia/Kolkata"),
        ([(WINTER, 345)], "Asia/Kathmandu"),
        ([(WINTER, 660), (SUMMER, 600)], "Australia/Sydney"),
        ([(WINTER, 600), (SUMMER, 600)], "Australia/Brisbane"),
        ([(WINTER, 780), (SUMMER, 720)], "Pacific/Auckland"),
        # Mostly in London, once in New York.
        ([(WINTER, 0), (SUMMER, 60), (SUMMER + 86_400, 60), (SUMMER, -240)], "Europe/London"),
        # Nobody lives there, but the sign is right: Etc zones count westwards.
        ([(WINTER, -720), (SUMMER, -720)], "Etc/GMT+12"),
        ([(SUMMER, 840)], "Etc/GMT-14"),
        # No zone has it: nothing fits.
        ([(WINTER, 17)], "UTC"),
    ],
)
def test_the_zone_that_agrees_with_most(offsets: list[tuple[int, int]], zone: str) -> None:
    seen = [Sighting(Instant(second * 1_000_000), offset) for second, offset in offsets]
    assert ZoneInference().infer(seen) == zone
    assert ZoneInference().infer(reversed(seen)) == zone


def test_the_hour_counts_on_days_when_clocks_are_turned() -> None:
    # 8 March 2026, 10:00 UTC: Los Angeles goes from −08:00 to −07:00, New York did so at 07:00.
    before = Sighting(at(2026, 3, 8, 9, 59), -480)
    after = Sighting(at(2026, 3, 8, 10, 0), -420)
    assert ZoneInference().infer([before, after]) == "America/Los_Angeles"
    # The other way round it is no zone's: each alone is as good, and the first in the list wins.
    swapped = [Sighting(before.at, -420), Sighting(after.at, -480)]
    assert ZoneInference().infer(swapped) not in ("America/Los_Angeles", "UTC")
