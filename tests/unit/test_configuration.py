"""Every mistake in a configuration document is told in one sentence that names its place."""

from textwrap import dedent
from typing import Any

import msgspec
import pytest

from engine.configuration.document import (
    FreezesEntry,
    Quantity,
    StreakChanges,
    StreakMetricEntry,
    parse_toml,
    read_document,
)
from engine.configuration.resolve import change_streak, resolve
from engine.host.zones import Zones
from engine.model.configuration import (
    EMPTY,
    Configuration,
    FreezeSettings,
    Streak,
    StreakCondition,
)
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import Instant, Millionths, Ordinal
from engine.model.limits import CONFIGURATION_SIZE_MAX, CONFIGURED_MAX

METRIC = '[[metrics]]\nkey = "m"\nname = "M"\n'
ACHIEVEMENT = METRIC + '[[achievements]]\nkey = "a"\nname = "A"\n'
SYSTEM = METRIC + '[[points]]\nkey = "p"\nname = "P"\n'
TRIGGER = SYSTEM + '[[points.triggers]]\nkey = "t"\npoints = 1\n'
BOARD = METRIC + '[[leaderboards]]\nkey = "b"\nname = "B"\n'
EVENT_ATTRIBUTE = '[[attributes]]\nkey = "e"\nname = "E"\ntype = "event"\n'
FILTER = '%sAttributes = [{attributeKey = "%s", attributeValue = "1"}]'
BOOST = SYSTEM + '[[points.boosts]]\nkey = "b"\nname = "B"\nstart = 2026-03-01\nmultiplier = %s\n%s'
STREAKS = "[streaks]\n%s\nmetrics = ["
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
        (ACHIEVEMENT + 'trigger = "x"', r"achievements\[0\].trigger \(of 'a'\): .*'x'"),
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
        (STREAKS % "" + 101 * '{key = "m", threshold = 1},' + "]", "streaks.metrics: .*<= 100"),
        (STREAKS % 'frequency = "yearly"' + "]", "streaks.frequency: .*'yearly'"),
        (STREAKS % 'evaluationMode = "XOR"' + "]", "streaks.evaluationMode: .*'XOR'"),
        (STREAKS % "daysOff = [7]" + "]", r"streaks.daysOff\[0\]: .*<= 6"),
        (STREAKS % "daysOff = [-1]" + "]", r"streaks.daysOff\[0\]: .*>= 0"),
        (STREAKS % "freezes = {startCount = 1}" + "]", "streaks.freezes: .*missing.*`maxCount`"),
        (
            STREAKS % "freezes = {startCount = 0, maxCount = 1001}" + "]",
            "streaks.freezes.maxCount: .*<= 1000",
        ),
        (
            STREAKS % "freezes = {startCount = -1, maxCount = 1}" + "]",
            "streaks.freezes.startCount: .*>= 0",
        ),
        *(
            (
                STREAKS % f"freezes = {{startCount = 0, maxCount = 1, {field} = 0}}" + "]",
                f"streaks.freezes.{field}: .*>= 1",
            )
            for field in ("autoEarnInterval", "autoEarnAmount")
        ),
        ('weekStart = "Monday"', "weekStart: .*'Monday'"),
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
                ('"1"', r"achievements\[0\].metricValue \(of 'a'\): .*number, not text"),
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
            METRIC + STREAKS % "" + 2 * '{key = "m", threshold = 1},' + "]",
            r"streaks.metrics\[1\]: key: 'm' is there twice",
        ),
        (STREAKS % "daysOff = [1, 2, 1]" + "]", "streaks.daysOff: names a weekday twice"),
        (
            STREAKS % "daysOff = [0, 1, 2, 3, 4, 5, 6]" + "]",
            "streaks.daysOff: must leave a weekday on which the streak counts",
        ),
        *(
            (
                STREAKS % f'frequency = "{frequency}"\ndaysOff = [0]' + "]",
                "streaks.daysOff: goes only with the daily frequency",
            )
            for frequency in ("weekly", "monthly")
        ),
        (
            STREAKS % "freezes = {startCount = 3, maxCount = 2, autoEarnInterval = 7}" + "]",
            "streaks.freezes: maxCount must not be less than startCount\n"
            "streaks.freezes: autoEarnInterval and autoEarnAmount go together: .*",
        ),
        (
            STREAKS % "freezes = {startCount = 0, maxCount = 2, autoEarnAmount = 1}" + "]",
            "streaks.freezes: autoEarnInterval and autoEarnAmount go together: .*",
        ),
        (
            ACHIEVEMENT + 'trigger = "metric"\nmetricKey = "x"\nmetricValue = 1',
            r"achievements\[0\] \('a'\): metricKey: there is no 'x'",
        ),
        (
            ACHIEVEMENT + 'trigger = "metric"\nstreakLength = 1',
            r"achievements\[0\] \('a'\): metricKey is missing\n"
            r"achievements\[0\] \('a'\): metricValue is missing\n"
            r"achievements\[0\] \('a'\): streakLength does not belong to a metric trigger",
        ),
        (
            ACHIEVEMENT + 'trigger = "streak"\nmetricKey = "m"',
            r"achievements\[0\] \('a'\): metricKey does not belong to a streak trigger\n"
            r"achievements\[0\] \('a'\): streakLength is missing",
        ),
        (
            TRIGGER + 'type = "metric"\nachievementKey = "a"',
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): metricKey is missing\n"
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): metricThreshold is missing\n"
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): achievementKey does not belong .*",
        ),
        (
            TRIGGER + 'type = "achievement"\nachievementKey = "x"',
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): achievementKey: there is no 'x'",
        ),
        # Which fields belong to which trigger.
        *(
            (
                ACHIEVEMENT + f'trigger = "{trigger}"\n{given}',
                rf"achievements\[0\] \('a'\): {said}",
            )
            for trigger, given, said in (
                ("streak", "", "streakLength is missing"),
                ("anniversary", "", "anniversaryYears is missing"),
                ("achievement", "", "achievementKeys is missing"),
                ("achievement", "achievementKeys = []", "achievementKeys is missing"),
                ("achievement", 'achievementKeys = ["x"]', "achievementKeys: there is no 'x'"),
                (
                    "achievement",
                    'achievementKeys = ["a"]',
                    "cannot be a prerequisite of itself: a → a",
                ),
                ("api", 'metricKey = "m"', "metricKey does not belong to an api trigger"),
                ("api", "metricValue = 0", "metricValue does not belong to an api trigger"),
                ("api", "streakLength = 1", "streakLength does not belong to an api trigger"),
                ("api", 'achievementKeys = ["a"]', "achievementKeys does not belong to an api t"),
                ("api", "anniversaryYears = 1", "anniversaryYears does not belong to an api t"),
            )
        ),
        *(
            (
                EVENT_ATTRIBUTE + ACHIEVEMENT + f'trigger = "api"\n{given}',
                rf"achievements\[0\] \('a'\): {said}",
            )
            for given, said in (
                (FILTER % ("event", "e"), "eventAttributes does not belong to an api trigger"),
                (FILTER % ("user", "x"), r"userAttributes\[0\]: there is no attribute 'x'"),
                (FILTER % ("user", "e"), r"userAttributes\[0\]: 'e' is an attribute of events"),
            )
        ),
        (
            '[[attributes]]\nkey = "u"\nname = "U"\n'
            + ACHIEVEMENT
            + 'trigger = "api"\nuserAttributes = ['
            + 2 * '{attributeKey = "u", attributeValue = "1"},'
            + "]",
            r"achievements\[0\] \('a'\): userAttributes\[1\]: 'u' is there twice",
        ),
        *(
            (
                TRIGGER + f'type = "{of_type}"\n{given}',
                rf"points\[0\] \('p'\).triggers\[0\] \('t'\): {said}",
            )
            for of_type, given, said in (
                ("streak", "", "streakLength is missing"),
                ("time", "timeInterval = 1", "timeUnit is missing"),
                ("time", 'timeUnit = "days"', "timeInterval is missing"),
                ("achievement", "", "achievementKey is missing"),
                (
                    "user_creation",
                    "blockIfOutOfPoints = true",
                    "blockIfOutOfPoints does not belong to a user_creation trigger",
                ),
                (
                    "user_creation",
                    'cap = {points = 1, period = "day"}',
                    "cap does not belong to a user_creation trigger",
                ),
                (
                    "time",
                    'timeUnit = "days"\ntimeInterval = 1\ncap = {points = 1, period = "day"}',
                    "cap does not belong to a time trigger",
                ),
                ("user_creation", "streakLength = 1", "streakLength does not belong to a user_c"),
                ("user_creation", "timeInterval = 1", "timeInterval does not belong to a user_cr"),
            )
        ),
        (
            TRIGGER.replace("= 1", "= 0") + 'type = "user_creation"',
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): points must not be 0",
        ),
        (
            TRIGGER.replace("= 1", "= -1")
            + 'type = "streak"\nstreakLength = 1\ncap = {points = 1, period = "week"}',
            r"points\[0\] \('p'\).triggers\[0\] \('t'\): cap goes only with points above 0",
        ),
        # Boosts.
        *(
            (
                BOOST % (multiplier, ""),
                r"points\[0\] \('p'\).boosts\[0\] \('b'\): multiplier must be",
            )
            for multiplier in ("0", "1", "-2", "100", "1.0000001", "0.0000001")
        ),
        (
            BOOST % ("2", 'end = "2026-02-28"'),
            r"points\[0\] \('p'\).boosts\[0\] \('b'\): end must not be before start",
        ),
        (
            BOOST % ("2", "end = 2026-03-01T00:00:00"),
            r"points\[0\].boosts\[0\].end \(of 'p'\): .*date",
        ),
        (BOOST % ("2", 'end = "tomorrow"'), r"points\[0\].boosts\[0\].end \(of 'p'\): .*date"),
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
            r"leaderboards\[0\] \('b'\): metricKey does not belong to a board ranked by points\n"
            r"leaderboards\[0\] \('b'\): pointsSystemKey is missing",
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


@pytest.mark.parametrize("kind", ["levels", "triggers", "boosts"])
def test_numbers_of_what_is_in_points_systems_are_bounded(kind: str) -> None:
    """In all of them together, since all of them make one plan."""
    more: dict[str, Any] = {
        "levels": {"name": "L"},
        "triggers": {"type": "user_creation", "points": 1},
        "boosts": {"name": "B", "start": "2026-03-01", "multiplier": 2},
    }[kind]
    half = CONFIGURED_MAX // 2

    def systems(count: int) -> dict[str, Any]:
        def nested(n: int) -> list[dict[str, Any]]:
            points = {"points": 0} if kind == "levels" else {}
            entries = [{"key": f"x{i}", **points, **more} for i in range(n)]
            for i, entry in enumerate(entries if points else ()):
                entry["points"] = i
            return entries

        first, second = nested(half), nested(count - half)
        return {
            "points": [
                {"key": "p", "name": "P", kind: first},
                {"key": "q", "name": "Q", kind: second},
            ]
        }

    full = put_data(systems(CONFIGURED_MAX))
    said = f"points.{kind}: more than 10000 entries, archived ones included"
    with pytest.raises(ConfigurationInvalid, match=rf"\A{said}\Z"):
        put_data(systems(CONFIGURED_MAX + 1))
    if kind == "triggers":  # what is archived counts
        data = systems(CONFIGURED_MAX)
        data["points"][0][kind][0]["key"] = "new"
        with pytest.raises(ConfigurationInvalid, match=said):
            put_data(data, full)


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


def test_the_week_start_is_fixed_once_the_clock_runs() -> None:
    sunday = 'weekStart = "sunday"'
    assert put(sunday, put("")).week_start == "sunday"
    with pytest.raises(ConfigurationInvalid, match=r"\AweekStart: .*it stays 'monday'\Z"):
        put(sunday, put(""), started=True)
    assert put(f"{sunday}\n{METRIC}", put(sunday), started=True).week_start == "sunday"


def test_streak_settings_are_kept_as_they_are_written() -> None:
    text = METRIC + STREAKS % (
        'frequency = "daily"\nevaluationMode = "AND"\ncustomizationEnabled = true\n'
        "daysOff = [6, 0]\n"
        "freezes = {startCount = 1, maxCount = 3, autoEarnInterval = 7, autoEarnAmount = 2}"
    )
    made = put(text + '{key = "m", threshold = -0.5}]').streak
    assert made == Streak(
        conditions=(StreakCondition(Ordinal(1), Millionths(-500_000)),),
        evaluation_mode="AND",
        days_off=(0, 6),
        customization_enabled=True,
        freezes=FreezeSettings(1, 3, 7, 2, since=Instant(1)),
    )
    # Without conditions there is a streak that nothing meets; without the table, none is set.
    assert put("streaks = {}").streak == Streak()
    assert put("").streak is None


@pytest.mark.parametrize(
    ("then", "goes_on"),
    [
        ("{startCount = 1, maxCount = 3, autoEarnInterval = 7, autoEarnAmount = 2}", True),
        ("{startCount = 0, maxCount = 3, autoEarnInterval = 7, autoEarnAmount = 1}", True),
        ("{startCount = 1, maxCount = 4, autoEarnInterval = 7, autoEarnAmount = 2}", False),
        ("{startCount = 1, maxCount = 3, autoEarnInterval = 8, autoEarnAmount = 2}", False),
        ("{startCount = 1, maxCount = 3}", False),
        ("", False),  # switched off
    ],
)
def test_freezes_are_earned_since_they_are_earned_so(then: str, goes_on: bool) -> None:
    """Whoever was not written since is not given what the settings would have given before."""

    def settings_at(freezes: str, before: Configuration, at: int) -> Configuration:
        return put(STREAKS % (f"freezes = {freezes}" if freezes else "") + "]", before, at=at)

    def since(configuration: Configuration) -> int | None:
        streak = configuration.streak
        return streak.freezes.since if streak and streak.freezes else None

    first = "{startCount = 1, maxCount = 3, autoEarnInterval = 7, autoEarnAmount = 2}"
    made = settings_at(first, EMPTY, 10)
    assert since(made) == 10
    changed = settings_at(then, made, 20)
    assert since(changed) == (10 if goes_on else 20 if then else None)
    back = settings_at(first, changed, 30)
    assert since(back) == (10 if goes_on else 30)
    assert since(settings_at(first, back, 40)) == since(back)


BOTH = STREAKS % "daysOff = [0]\nfreezes = {startCount = 1, maxCount = 3}"
STREAK_BOARD = '\n[[leaderboards]]\nkey = "b"\nname = "B"\nrankBy = "streak"'


def change(before: Configuration, at: int = 2, **changes: Any) -> Configuration:
    return change_streak(StreakChanges(**changes), before, at=Instant(at))


def test_streak_settings_are_changed_one_by_one() -> None:
    before = put(METRIC + BOTH + '{key = "m", threshold = 2}]' + STREAK_BOARD)
    assert before.streak is not None
    assert change(before) is before
    assert change(before, days_off=[0], evaluation_mode="OR") is before
    changed = change(before, evaluation_mode="AND")
    assert changed == msgspec.structs.replace(
        before,
        version=2,
        streak=msgspec.structs.replace(before.streak, evaluation_mode="AND"),
    )
    assert changed.leaderboards == before.leaderboards
    off = change(before, freezes=None)
    assert off.streak == msgspec.structs.replace(before.streak, freezes=None)
    # The first streak settings of a scope that has none.
    assert change(put(METRIC), customization_enabled=True).streak == Streak(
        customization_enabled=True
    )


def test_another_frequency_clears_the_days_off_and_begins_a_run() -> None:
    before = put(METRIC + BOTH + '{key = "m", threshold = 2}]' + STREAK_BOARD)
    day = 86_400 * 10**6
    weekly = change(before, at=3 * day, frequency="weekly")
    assert weekly.streak is not None
    assert (weekly.streak.frequency, weekly.streak.days_off) == ("weekly", ())
    assert [(b.run, b.start) for b in before.leaderboards] == [(1, 0)]
    assert [(b.run, b.start) for b in weekly.leaderboards] == [(2, 3)]
    back = change(weekly, at=4 * day, frequency="daily")
    assert back.streak is not None
    assert back.streak.days_off == ()
    assert [(b.run, b.start) for b in back.leaderboards] == [(3, 4)]
    with pytest.raises(ConfigurationInvalid, match="goes only with the daily frequency"):
        change(before, frequency="weekly", days_off=[0])


@pytest.mark.parametrize(
    ("changes", "issues"),
    [
        (
            {"metrics": [StreakMetricEntry("x", Quantity(Millionths(1)))]},
            [("metrics[0]", "key: there is no 'x'")],
        ),
        ({"days_off": [1, 1]}, [("daysOff", "names a weekday twice")]),
        (
            {"freezes": FreezesEntry(start_count=2, max_count=1), "days_off": list(range(7))},
            [
                ("daysOff", "must leave a weekday on which the streak counts"),
                ("freezes", "maxCount must not be less than startCount"),
            ],
        ),
    ],
)
def test_a_wrong_change_of_streak_settings_names_its_places(
    changes: dict[str, Any], issues: list[tuple[str, str]]
) -> None:
    with pytest.raises(ConfigurationInvalid) as refusal:
        change(put(METRIC), **changes)
    assert refusal.value.issues == issues


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
