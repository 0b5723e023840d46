"""The documentation says what the code does: every field is in it, and its examples run."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import api.front.limits
import api.front.telemetry
import api.jobs.limits
import engine.model.limits
from api.cli.exit_codes import EXPLAINED
from api.front.admission import Admission
from api.front.routes import ROUTES
from api.front.telemetry import Telemetry, admission_states
from api.operations import (
    admin_corrections,
    admin_hiding,
    answer,
    answers,
    answers_achievements,
    answers_configuration,
    answers_explain,
    answers_jobs,
    answers_points,
    answers_streaks,
    explain_streak,
    points,
    streak_verdicts,
    summaries,
)
from api.operations.ids import NESTED, fields_of
from engine.configuration import document
from engine.configuration.resolve import resolve
from engine.host.comparison import UserDifference
from engine.host.dry_run import UserBackdated
from engine.model.configuration import EMPTY
from engine.model.errors import LaurelsError
from engine.model.identifiers import Instant
from tests.cli.command import environment
from tests.cli.served import KEY, served

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()
CONFIGURATION = (REPOSITORY / "docs" / "configuration.md").read_text()

ENTRIES = [
    value
    for value in vars(document).values()
    if isinstance(value, type) and issubclass(value, msgspec.Struct)
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
def test_every_field_of_the_configuration_is_documented(entry: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(entry):
        assert re.search(rf"\b{field.encode_name}\b", CONFIGURATION), field.encode_name


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    """The very text that a reader copies, in an empty directory; its answer is the one shown."""
    toml = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0]
    python = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    (tmp_path / "lessons.toml").write_text(toml)
    ran = subprocess.run(
        [sys.executable, "-c", python], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    answer = json.loads(ran.stdout)
    assert answer["eventId"] == "3.0"
    assert answer["points"]["xp"]["awards"][0]["id"] == "3.7"
    assert answer["leaderboards"]["xp"]["rank"] == 1
    assert answer["currentStreak"]["length"] == 1


GUIDE = (REPOSITORY / "docs" / "getting-started.md").read_text()
HTTP = (REPOSITORY / "docs" / "http.md").read_text()
BOARDS = (REPOSITORY / "docs" / "leaderboards.md").read_text()
OPERATING = (REPOSITORY / "docs" / "operating.md").read_text()


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_the_guide_run(tmp_path: Path, number: int) -> None:
    python = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[number]
    with served(tmp_path / "data") as server:
        env = environment() | {"LAURELS_URL": server.url, "LAURELS_KEY": KEY}
        ran = subprocess.run(
            [sys.executable, "-c", python], env=env, capture_output=True, check=True, text=True
        )
    expected = ["streak: 1\nexperience: 10\nrank: 1\n", "1 10\n"]
    assert ran.stdout == expected[number]


def test_every_route_is_documented() -> None:
    rows = re.findall(r"^\| `([A-Z]+ /[^`]*)`", HTTP, re.MULTILINE)
    assert rows == [f"{route.method} {route.path}" for route in ROUTES]
    for route in ROUTES:
        for field in msgspec.structs.fields(route.query):
            assert f"`{field.encode_name}" in HTTP, field.encode_name


def test_every_field_of_a_body_is_documented() -> None:
    bodies = {route.body for route in ROUTES if route.body is not None}
    assert all_fields(*bodies) >= {
        "userId",
        "autoEarnInterval",
        "streak_reminder",
        "subscribeToEmails",
    }
    for field in sorted(all_fields(*bodies)):
        assert re.search(rf'[`"]{field}[`"]', HTTP + CONFIGURATION), field


def test_every_field_of_our_own_answers_about_streaks_is_documented() -> None:
    ours = (
        answers_streaks.StreakLedgerAnswer,
        answers_streaks.StreakExplanationAnswer,
        answer.IssueAnswer,
    )
    fields = all_fields(*ours)
    assert fields >= {"next", "metBy", "balance", "moreEvents", "eventId", "severity"}
    for field in sorted(fields):
        assert f"`{field}`" in HTTP, field


def test_every_field_of_the_answers_about_achievements_and_points_is_documented() -> None:
    answers = (
        answers_achievements.AchievementStatsAnswer,
        answers_achievements.CompletionAnswer,
        answers_points.BoostAnswer,
        answers_points.EventPointsAnswer,
        answers_points.LevelCountAnswer,
        answers_points.PointsAnswer,
        answers_points.RangeAnswer,
        answers_points.SummaryRowAnswer,
        answers_points.SystemAnswer,
    )
    ours = (
        answers_explain.ExplanationAnswer,
        admin_corrections.CreatedAwardsAnswer,
        admin_corrections.VoidedEventsAnswer,
    )
    fields = all_fields(*answers, *ours)
    assert fields >= {
        *("factId", "backdated", "currentValue", "threshold", "pctComplete", "status"),
        *("baseAmount", "source", "intervals", "levelChange", "from", "change"),
        *("prerequisites", "configurationVersion", "boosted", "award", "voided"),
    }
    for field in sorted(fields):
        assert f"`{field}`" in HTTP, field


def test_every_field_of_the_answers_about_leaderboards_is_documented() -> None:
    fields = all_fields(
        admin_hiding.HiddenUsersAnswer,
        answers.BoardAnswer,
        answers.EventLeaderboardAnswer,
        answers.GroupsAnswer,
        answers.ListedBoardAnswer,
        answers.RankChangesAnswer,
        answers.RankOfValueAnswer,
        answers.UserBoardAnswer,
    )
    assert fields >= {"boardRank", "overAt", "nextReset", "previousPosition", "total", "hidden"}
    for field in sorted(fields):
        assert f"`{field}`" in HTTP, field


def test_every_field_of_what_an_operator_configures_is_documented() -> None:
    """Items are read one by one, so their fields stand in no body: the answers have them too."""
    answered = all_fields(
        answers_configuration.AdminAchievementAnswer,
        answers_configuration.AdminLeaderboardAnswer,
        answers_configuration.AdminSystemAnswer,
    )
    given = fields_of(document.AchievementEntry).union(*NESTED.values())
    given |= fields_of(document.LeaderboardEntry)
    assert given <= answered
    assert given >= {"metricId", "achievementIds", "eventAttributes", "cap", "blockIfOutOfPoints"}
    for field in sorted(answered | {"attributeId", "attributeValue"}):
        assert re.search(rf'[`"]{field}[`"]', HTTP), field


def test_the_boards_of_the_documentation_can_be_put_in_force() -> None:
    """The first one has every field that there is."""
    whole, bare = re.findall(r"```toml\n(.*?)```", BOARDS, re.DOTALL)
    (entry,) = document.parse_toml(whole.encode())["leaderboards"]
    fields = {field.encode_name for field in msgspec.structs.fields(document.LeaderboardEntry)}
    assert entry.keys() | {"pointsSystemKey"} == fields
    keys = {"metrics": "steps", "points": "xp"}
    data = {kind: [{"key": key, "name": key}] for kind, key in keys.items()}
    data["attributes"] = [{"key": key, "name": key} for key in ("plan", "country")]
    data |= document.parse_toml((whole + bare).encode())
    made = resolve(
        document.read_document(data), EMPTY, at=Instant(0), started=False, knows_zone=bool
    )
    assert [board.key for board in made.leaderboards] == ["night-steps", "xp"]
    for field in sorted(fields):
        assert f"`{field}`" in BOARDS, field


def test_every_field_of_a_job_and_what_it_finds_is_documented() -> None:
    answers = (answers_jobs.JobsAnswer, answers_jobs.JobDetailsAnswer)
    results = (answers_jobs.WhatIfAnswer, answers_jobs.DryRunAnswer, UserDifference, UserBackdated)
    fields = all_fields(*answers, *results)
    assert fields >= {"usersListed", "wouldBeParticipants", "recordedLevel", "of", "from"}
    for field in sorted(fields):
        assert f"`{field}`" in HTTP, field


def test_every_limit_of_jobs_is_documented() -> None:
    for name, value in vars(api.jobs.limits).items():
        if name.isupper():
            shown = f"{value >> 20} MiB" if "SIZE" in name else f"{value:,}"
            shown += " s" if "SECONDS" in name else ""
            assert re.search(rf"^\| .*(job|page of them).* \| .*\b{shown}\b", HTTP, re.MULTILINE), (
                name
            )


def all_fields(*kinds: object) -> set[str]:
    """Return the names of all fields of some structs and of those inside of them."""
    found: set[str] = set()
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            for field in msgspec.structs.fields(kind):
                found |= {field.encode_name} | all_fields(field.type)
        else:
            found |= all_fields(*get_args(kind))
    return found


def test_every_error_that_http_can_tell_is_documented() -> None:
    """Those of the ways in, and the engine's own but for those of other processes."""
    elsewhere = {"error", "directory_in_use", "damaged", "read_only", "address"}
    elsewhere |= {"client_left"}  # nobody is left to be told
    elsewhere |= {"unreachable", "refused"}  # the command line's own
    elsewhere |= {"job_failed"}  # told in the job's answer
    told = {
        error.code
        for error in all_errors(LaurelsError)
        if error.__module__.startswith(("engine.model", "api."))
    }
    for code in sorted(told - elsewhere):
        assert f"`{code}`" in HTTP, code


def test_every_metric_is_documented() -> None:
    telemetry = Telemetry()
    telemetry.watch(lambda: admission_states(Admission().statistics(), 0))
    names = {name for family in telemetry.registry.collect() for name in [family.name]}
    engine_names = re.findall(r'"(laurels_[a-z_]+)"', inspect.getsource(api.front.telemetry))
    for name in names | set(engine_names):
        assert re.search(rf"`{name}(_total)?`", OPERATING), name


def test_every_limit_of_the_server_is_documented() -> None:
    """Numbers are looked for as the page writes them."""
    for name, value in vars(api.front.limits).items():
        if not name.isupper() or name in UNSAID:
            continue
        shown = {f"{value:,}", f"{value >> 10} KiB", f"{value >> 20} MiB"}
        shown = {f"{value} s"} if "SECONDS" in name else shown
        assert any(text in HTTP + OPERATING for text in shown), name


def test_every_limit_of_what_is_asked_of_streaks_is_documented() -> None:
    rows = {
        "items of a list": (engine.model.limits.ITEMS_MAX,),
        "rows of a page": (engine.model.limits.PAGE_MAX,),
        "periods of one explanation": (explain_streak.PERIODS_MAX,),
        "events read": (explain_streak.EVENTS_READ_MAX, streak_verdicts.EVENTS_SHOWN_MAX),
        "pauses of a user": (engine.model.limits.PAUSES_MAX,),
    }
    check_rows(rows)


def test_every_limit_of_what_is_asked_of_points_is_documented() -> None:
    (awards,) = (f for f in msgspec.structs.fields(points.PointsQuery) if f.name == "awards")
    (most,) = (meta.le for meta in get_args(awards.type) if isinstance(meta, msgspec.Meta))
    rows = {
        "days of a summary": (summaries.RANGE_DAYS_MAX,),
        "awards of a user": (most,),
        "an operator's reason": (engine.model.limits.REASON_LENGTH_MAX,),
        "boosts of a user": (engine.model.limits.BOOSTS_MAX,),
    }
    check_rows(rows)
    assert engine.model.limits.AWARD_MAX == 10**12
    assert "| points given or taken by hand | 10^12 |" in HTTP


def check_rows(rows: Mapping[str, tuple[int, ...]]) -> None:
    """The table of limits has these rows, each with these numbers first."""
    for what, limits in rows.items():
        row = re.search(rf"^\| {what}.*\| (.*) \|$", HTTP, re.MULTILINE)
        assert row is not None, what
        assert row[1].startswith(", ".join(f"{limit:,}" for limit in limits)), what


UNSAID = {
    "RETRY_AFTER_SECONDS",  # the header says it
    "DRAIN_SECONDS_MAX",  # inside the 20 seconds that are promised
    "CLOSING_SNAPSHOT_SECONDS_MAX",
    "CLIENT_COMPLAINTS_MAX",  # in words
}


def all_errors(error: type[LaurelsError]) -> set[type[LaurelsError]]:
    return {error}.union(*(all_errors(each) for each in error.__subclasses__()))


def test_every_exit_status_is_explained() -> None:
    assert {error.exit_code for error in all_errors(LaurelsError)} <= set(EXPLAINED)


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    for page in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("*/*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
