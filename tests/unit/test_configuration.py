"""Every mistake in a configuration document is told in one sentence that names its place."""

from textwrap import dedent
from typing import Any

import pytest

from engine.configuration.document import parse_toml, read_document
from engine.configuration.resolve import resolve
from engine.host.zones import Zones
from engine.model.configuration import EMPTY, Configuration
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import Instant
from engine.model.limits import CONFIGURATION_SIZE_MAX, CONFIGURED_MAX

METRIC = '[[metrics]]\nkey = "m"\nname = "M"\n'
ACHIEVEMENT = METRIC + '[[achievements]]\nkey = "a"\nname = "A"\n'
SYSTEM = METRIC + '[[points]]\nkey = "p"\nname = "P"\n'
TRIGGER = SYSTEM + '[[points.triggers]]\nkey = "t"\npoints = 1\n'
BOARD = METRIC + '[[leaderboards]]\nkey = "b"\nname = "B"\n'
zones = Zones()


def put(
    text: str | bytes, before: Configuration = EMPTY, *, started: bool = False, at: int = 1
) -> Configuration:
    data = parse_toml(text if isinstance(text, bytes) else dedent(text).encode())
    return put_data(data, before, started=started, at=at)


def put_data(
    data: dict[str, Any], before: Configuration = EMPTY, *, started: bool = False, at: int = 1
) -> Configuration:
    return resolve(
        read_document(data), before, at=Instant(at), started=started, knows_zone=zones.knows
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # The file as a whole.
        ("[[metrics]\n", "file: is not valid TOML: Expected ']]' .* line 1, column 10"),
        ("a = 1\nb = [1,\n\n&]", r"file: is not valid TOML: Invalid value \(at line 4, column 1"),
        ("a = 1\na = 2\n\n", "file: is not valid TOML: Cannot overwrite a value"),
        (b'a = 1\nb = "\xff"', r"file: is not UTF-8 text \(line 2\)"),
        (b"a = " + b"[" * 50_000, "file: is nested too deeply"),
        (b"#" * (CONFIGURATION_SIZE_MAX + 1), f"file: is longer than {CONFIGURATION_SIZE_MAX} byt"),
        # Names and types.
        ("metric = 1", "file: .*unknown field `metric`"),
        ("metrics = 1", "metrics: .*array.*int"),
        ("metrics = [1]", r"metrics\[0\]: .*object.*int"),
        (METRIC + "nmae = 1", r"metrics\[0\] \(of 'm'\): .*unknown field `nmae`"),
        ('[[metrics]]\nkey = "m"', r"metrics\[0\] \(of 'm'\): .*missing.*`name`"),
        (METRIC + 'aggregation = "avg"', r"metrics\[0\].aggregation \(of 'm'\): .*'avg'"),
        ('[[metrics]]\nkey = "ä"\nname = "A"', r"metrics\[0\].key \(of 'ä'\): .*regex"),
        ('[[metrics]]\nkey = ""\nname = "A"', r"metrics\[0\].key \(of ''\): .*regex"),
        ('[[metrics]]\nkey = "m"\nname = ""', r"metrics\[0\].name \(of 'm'\): .*length >= 1"),
        (ACHIEVEMENT + 'trigger = "api"', r"achievements\[0\].trigger \(of 'a'\): .*'api'"),
        (SYSTEM + 'badge = {uri = "x"}', r"points\[0\].badge \(of 'p'\): .*unknown field `uri`"),
        (TRIGGER + "type = 1", r"points\[0\].triggers\[0\].type \(of 'p'\): .*str.*int"),
        (
            TRIGGER.replace("1", "1.5") + 'type = "metric"',
            r"points\[0\].triggers\[0\].points \(of 'p'\): .*int.*decimal",
        ),
        (
            TRIGGER + 'type = "metric"\nmetricThreshold = 0',
            r"points\[0\].triggers\[0\].metricThreshold \(of 'p'\): .*>= 1",
        ),
        ("streaks = {metrics = []}", "streaks.metrics: .*length >= 1"),
        ('[streaks]\nfrequency = "weekly"\nmetrics = []', "streaks.frequency: .*'weekly'"),
        (BOARD + 'rankBy = "metric"\nmaxParticipants = 0', r"leaderboards\[0\].maxParti.*: .*>= 1"),
        # Numbers.
        *(
            (ACHIEVEMENT + f'trigger = "metric"\nmetricValue = {number}', said)
            for number, said in (
                ("nan", r"achievements\[0\].metricValue \(of 'a'\): .*finite number, not NaN"),
                ("-inf", r"achievements\[0\].metricValue \(of 'a'\): .*finite number, not -Inf"),
                ("1e13", r"achievements\[0\].metricValue \(of 'a'\): .*magnitude up to 10\^12"),
                ("1e999999999", r"achievements\[0\].metricValue \(of 'a'\): .*magnitude up to"),
                ("true", r"achievements\[0\].metricValue \(of 'a'\): must be a number, not true"),
                ('"1"', r"achievements\[0\].metricValue \(of 'a'\): .*number.*str"),
                ("2024-01-01", r"achievements\[0\].metricValue \(of 'a'\): .*number.*date"),
            )
        ),
        (
            METRIC + '[streaks]\nmetrics = [{key = "m", threshold = inf}]',
            r"streaks.metrics\[0\].threshold: must be a finite number, not Infinity",
        ),
        # The whole: keys, references, what belongs together.
        ('defaultTimeZone = "Mars"', "defaultTimeZone: unknown time zone 'Mars'"),
        (METRIC + METRIC, r"metrics\[1\] \('m'\): the key is used twice"),
        (
            SYSTEM + 2 * '[[points.levels]]\nkey = "l"\nname = "L"\npoints = 1\n',
            r"points\[0\] \('p'\).levels\[1\] \('l'\): the key is used twice\n"
            r"points\[0\] \('p'\).levels\[1\] \('l'\): another level already begins at 1 points",
        ),
        (
            '[streaks]\nmetrics = [{key = "x", threshold = 1}]',
            r"streaks.metrics\[0\]: key: there is no 'x'",
        ),
        (
            ACHIEVEMENT + 'trigger = "metric"\nmetricKey = "x"\nmetricValue = 1',
            r"achievements\[0\] \('a'\): metricKey: there is no 'x'",
        ),
        (
            ACHIEVEMENT + 'trigger = "metric"\nstreakLength = 1',
            r"achievements\[0\] \('a'\): metricKey is missing\n"
            r"achievements\[0\] \('a'\): streakLength does not belong to a metric trigger\n"
            r"achievements\[0\] \('a'\): metricValue is missing",
        ),
        (
            ACHIEVEMENT + 'trigger = "streak"\nmetricKey = "m"',
            r"achievements\[0\] \('a'\): metricKey does not belong to a streak trigger\n"
            r"achievements\[0\] \('a'\): streakLength is missing",
        ),
        (
            TRIGGER + 'type = "metric"\nachievementKey = "a"',
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): metricKey is missing\n"
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): achievementKey does not belong .*\n"
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): metricThreshold is missing",
        ),
        (
            TRIGGER + 'type = "achievement"\nachievementKey = "x"',
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): achievementKey: there is no 'x'",
        ),
        *(
            (
                TRIGGER.replace('name = "M"', f'name = "M"\naggregation = "{how}"')
                + 'type = "metric"\nmetricKey = "m"\nmetricThreshold = 1',
                rf"points\[0\] .*'t'\): needs a sum or max metric, 'm' is {how}",
            )
            for how in ("min", "last")
        ),
        (
            BOARD + 'rankBy = "points"\nmetricKey = "m"',
            r"leaderboards\[0\] \('b'\): pointsSystemKey is missing\n"
            r"leaderboards\[0\] \('b'\): metricKey does not belong to a board ranked by points",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str | bytes, said: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=rf"\A{said}") as refusal:
        put(text)
    assert len(refusal.value.issues) == said.count("\n") + 1 + said.count(r"\n")
    assert all(place and what for place, what in refusal.value.issues)


@pytest.mark.parametrize("number", ["1" * 5_000, "1e" + "9" * 30, "1e-" + "9" * 30])
def test_a_number_too_long_for_python_is_a_mistake_in_the_file(number: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"\Afile: "):
        put(f"a = {number}")


def test_a_key_does_not_end_in_a_newline() -> None:
    with pytest.raises(ConfigurationInvalid, match="regex"):
        put('[[metrics]]\nkey = "m\\n"\nname = "M"')


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigurationInvalid) as refusal:
        put(METRIC * 2 + '[streaks]\nmetrics = [{key = "x", threshold = 1}]')
    assert [place for place, _ in refusal.value.issues] == [
        "metrics[1] ('m')",
        "streaks.metrics[0]",
    ]


def test_numbers_of_entries_are_bounded() -> None:
    entries = [{"key": f"m{n}", "name": "M"} for n in range(CONFIGURED_MAX + 1)]
    with pytest.raises(ConfigurationInvalid, match=r"\Ametrics: more than 10000 entries\Z"):
        put_data({"metrics": entries})


@pytest.mark.parametrize("threshold", [0.1, 10**12, -(10**12), 0, 1e-7])
def test_quantities_are_exact(threshold: float) -> None:
    configuration = put_data(
        {
            "metrics": [{"key": "m", "name": "M"}],
            "streaks": {"metrics": [{"key": "m", "threshold": threshold}]},
        }
    )
    assert configuration.streak is not None
    (condition,) = configuration.streak.conditions
    assert condition.threshold == round(threshold * 10**6)


def test_what_is_fixed_once_made_stays() -> None:
    made = put(METRIC + 'aggregation = "max"')
    with pytest.raises(ConfigurationInvalid) as refusal:
        put(METRIC, made)
    place, what = "metrics[0] ('m')", "aggregation is fixed once made: it stays 'max'"
    assert refusal.value.issues == [(place, what)]
    # Removed and made anew it is another metric.
    assert put(METRIC, put("", made)).metrics[0].ordinal == 2


def test_the_default_zone_is_fixed_once_the_clock_runs() -> None:
    paris = 'defaultTimeZone = "Europe/Paris"'
    assert put(paris, put("")).default_time_zone == "Europe/Paris"
    with pytest.raises(ConfigurationInvalid, match=r"\AdefaultTimeZone: .*it stays 'UTC'\Z"):
        put(paris, put(""), started=True)


def test_an_unchanged_document_makes_no_version() -> None:
    text = BOARD + 'rankBy = "metric"\nmetricKey = "m"\n' + TRIGGER.removeprefix(METRIC)
    text += 'type = "metric"\nmetricKey = "m"\nmetricThreshold = 5'
    first = put(text, at=1)
    assert first.version == 1
    assert put(text, first, at=10**15, started=True) is first
    assert put(text.replace('name = "B"', 'name = "C"'), first).version == 2
    # The first document makes a version even if it is empty.
    assert put("").version == 1


def test_a_trigger_knows_when_it_was_made_and_changed() -> None:
    text = TRIGGER + 'type = "metric"\nmetricKey = "m"\nmetricThreshold = 5'
    first = put(text, at=10)
    renamed = put(text.replace('name = "P"', 'name = "Q"'), first, at=20)
    raised = put(text.replace("points = 1", "points = 2"), renamed, at=30)
    times = [c.points[0].triggers[0] for c in (first, renamed, raised)]
    assert [(t.created, t.updated) for t in times] == [(10, 10), (10, 10), (10, 30)]
