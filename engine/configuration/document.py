"""The configuration document: what a person writes, in the Admin API's field names.

Where the Admin API names another thing by its id, the document names it by its key
(`metricKey`, `achievementKey`, `pointsSystemKey`). Things are active unless said otherwise.
Reading checks names, types and single values; `engine.configuration.resolve` checks the whole.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from engine.model.configuration import (
    AchievementTrigger,
    Aggregation,
    CapPeriod,
    EvaluationMode,
    Frequency,
    PointsTriggerType,
    Rounding,
    RunUnit,
    Status,
    TimeUnit,
    Weekday,
)
from engine.model.errors import ConfigurationInvalid, InvalidInput
from engine.model.identifiers import Millionths
from engine.model.limits import (
    ATTRIBUTE_VALUE_LENGTH_MAX,
    ATTRIBUTES_MAX,
    BREAKDOWN_MAX,
    CONFIGURATION_SIZE_MAX,
    CONFIGURED_MAX,
    FREEZES_MAX,
    PREREQUISITES_MAX,
)
from engine.model.numbers import from_decimal, from_number

Key = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_-]+\Z", max_length=255)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Text = Annotated[str, msgspec.Meta(max_length=4096)]
Points = Annotated[int, msgspec.Meta(ge=-(10**12), le=10**12)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**12)]
TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Length = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Interval = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class Quantity:
    """A metric quantity in a document; exact, so no float ever holds it."""

    def __init__(self, millionths: Millionths) -> None:
        self.millionths = millionths


class Entry(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What every entry of a document has: a key, unique among its kind, and a name."""

    key: Key
    name: Name


class Badge(msgspec.Struct, forbid_unknown_fields=True):
    """A picture."""

    url: Text


class MetricEntry(Entry):
    """`[[metrics]]`."""

    aggregation: Aggregation = "sum"
    unit_type: Literal["number", "currency"] = "number"
    units: Text = ""


class AttributeEntry(Entry):
    """`[[attributes]]`."""

    type: Literal["user", "event"] = "user"


class StreakMetricEntry(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One of `metrics` under `[streaks]`."""

    key: str
    threshold: Quantity


class FreezesEntry(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """`freezes` under `[streaks]`."""

    start_count: Annotated[int, msgspec.Meta(ge=0, le=FREEZES_MAX)]
    max_count: Annotated[int, msgspec.Meta(ge=0, le=FREEZES_MAX)]
    auto_earn_interval: Annotated[int, msgspec.Meta(ge=1, le=3_660)] | None = None
    auto_earn_amount: Annotated[int, msgspec.Meta(ge=1, le=FREEZES_MAX)] | None = None


StreakMetrics = Annotated[list[StreakMetricEntry], msgspec.Meta(max_length=100)]
DaysOff = Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=6)]], msgspec.Meta(max_length=7)]


class StreakEntry(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """`[streaks]`."""

    frequency: Frequency = "daily"
    evaluation_mode: EvaluationMode = "OR"
    customization_enabled: bool = False
    days_off: DaysOff = []
    metrics: StreakMetrics = []
    freezes: FreezesEntry | None = None


class StreakChanges(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """What is to be another in the streak settings: left out is no change."""

    frequency: Frequency | UnsetType = UNSET
    evaluation_mode: EvaluationMode | UnsetType = UNSET
    customization_enabled: bool | UnsetType = UNSET
    days_off: DaysOff | UnsetType = UNSET
    metrics: StreakMetrics | UnsetType = UNSET
    freezes: FreezesEntry | UnsetType | None = UNSET
    """Null switches them off."""


class FilterEntry(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One of `userAttributes` or `eventAttributes`: an attribute that must have a value."""

    attribute_key: str
    attribute_value: Annotated[str, msgspec.Meta(max_length=ATTRIBUTE_VALUE_LENGTH_MAX)]


Filters = Annotated[list[FilterEntry], msgspec.Meta(max_length=ATTRIBUTES_MAX)]


class AchievementEntry(Entry):
    """`[[achievements]]`."""

    trigger: AchievementTrigger
    description: Text = ""
    badge: Badge | None = None
    status: Status = "active"
    user_attributes: Filters = []
    metric_key: str | None = None
    metric_value: Quantity | None = None
    event_attributes: Filters = []
    streak_length: Length | None = None
    achievement_keys: Annotated[list[str], msgspec.Meta(max_length=PREREQUISITES_MAX)] | None = None
    anniversary_years: Annotated[int, msgspec.Meta(ge=1, le=200)] | None = None


class LevelEntry(Entry):
    """One of `levels` of a points system."""

    points: Annotated[int, msgspec.Meta(ge=0, le=10**12)]
    description: Text = ""
    badge: Badge | None = None


class CapEntry(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`cap` of a trigger."""

    points: Positive
    period: CapPeriod


class TriggerEntry(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One of `triggers` of a points system."""

    key: Key
    type: PointsTriggerType
    points: Points
    status: Literal["inactive", "active", "archived"] = "active"
    user_attributes: Filters = []
    metric_key: str | None = None
    metric_threshold: Positive | None = None
    event_attributes: Filters = []
    block_if_out_of_points: bool = False
    achievement_key: str | None = None
    streak_length: Length | None = None
    time_unit: TimeUnit | None = None
    time_interval: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    cap: CapEntry | None = None


class BoostEntry(Entry, kw_only=True):
    """One of `boosts` of a points system."""

    start: date
    end: date | None = None
    multiplier: Quantity
    rounding: Rounding = "down"
    status: Literal["active", "inactive", "archived"] = "active"
    user_attributes: Filters = []


class PointsEntry(Entry):
    """`[[points]]`."""

    description: Text = ""
    badge: Badge | None = None
    status: Literal["active", "archived"] = "active"
    max_points: Positive | None = None
    levels: list[LevelEntry] = []
    triggers: list[TriggerEntry] = []
    boosts: list[BoostEntry] = []


class LeaderboardEntry(Entry):
    """`[[leaderboards]]`."""

    rank_by: Literal["metric", "points", "streak"]
    description: Text = ""
    status: Literal["inactive", "active", "scheduled", "finished"] = "active"
    order: Literal["desc", "asc"] = "desc"
    metric_key: str | None = None
    points_system_key: str | None = None
    max_participants: Positive | None = None
    start: date | None = None
    end: date | None = None
    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    run_unit: RunUnit | None = None
    run_interval: Interval | None = None
    user_attributes: Filters = []
    breakdown_attributes: Annotated[list[str], msgspec.Meta(max_length=BREAKDOWN_MAX)] = []


class Document(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The whole document."""

    default_time_zone: str = "UTC"
    week_start: Weekday = "monday"
    metrics: list[MetricEntry] = []
    attributes: list[AttributeEntry] = []
    streaks: StreakEntry | None = None
    achievements: list[AchievementEntry] = []
    points: list[PointsEntry] = []
    leaderboards: list[LeaderboardEntry] = []


def parse_toml(text: bytes) -> dict[str, Any]:
    """Read a document's TOML, numbers exactly.

    Raises:
        ConfigurationInvalid: it is no TOML; names line and column.
    """
    if len(text) > CONFIGURATION_SIZE_MAX:
        raise ConfigurationInvalid([("file", f"is longer than {CONFIGURATION_SIZE_MAX} bytes")])
    try:
        return tomllib.loads(text.decode(), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationInvalid([("file", f"is not valid TOML: {error}")]) from error
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise ConfigurationInvalid([("file", f"is not UTF-8 text (line {line})")]) from error
    except RecursionError as error:
        raise ConfigurationInvalid([("file", "is nested too deeply")]) from error
    except (ValueError, ArithmeticError) as error:  # of int and Decimal, which tomllib lets through
        raise ConfigurationInvalid([("file", "holds a number that is too long")]) from error


def read_document(data: Mapping[str, Any]) -> Document:
    """Check names, types and single values of a parsed document.

    Raises:
        ConfigurationInvalid: names the entry and the field.
    """
    try:
        document = msgspec.convert(data, Document, dec_hook=read_quantity)
    except msgspec.ValidationError as error:
        raise ConfigurationInvalid([_place(str(error), data)]) from error
    kinds = ("metrics", "attributes", "achievements", "points", "leaderboards")
    too_many = [kind for kind in kinds if len(getattr(document, kind)) > CONFIGURED_MAX]
    if too_many:
        raise ConfigurationInvalid([(k, f"more than {CONFIGURED_MAX} entries") for k in too_many])
    return document


def read_quantity(kind: type, value: object) -> Quantity:
    """Read a number as a `Quantity`: msgspec's hook for that type.

    Raises:
        ValueError: it is none, or out of bounds.
    """
    assert kind is Quantity
    try:
        match value:
            case Decimal():
                return Quantity(from_decimal(value, ""))
            case int() | float():
                return Quantity(from_number(value, ""))
            case _:
                raise ValueError(f"must be a number, not {_kind_of(value)}")
    except InvalidInput as error:
        raise ValueError(error.what) from error


def _kind_of(value: object) -> str:
    kinds: dict[type, str] = {str: "text", list: "an array", dict: "an object", type(None): "null"}
    return kinds.get(type(value)) or f"a {type(value).__name__}"


_PATH = re.compile(r"^(?P<what>.*?) - at `\$\.?(?P<path>[^`]*)`$", re.DOTALL)


def _place(message: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Turn msgspec's path into a place that a person finds in their file."""
    match = _PATH.match(message)
    if match is None:
        return "file", message
    path = match["path"].replace("[...]", "")
    entry = re.match(r"(\w+)\[(\d+)\]", path)
    if entry is None:
        return path, match["what"]
    try:
        key = data[entry[1]][int(entry[2])]["key"]
    except (KeyError, IndexError, TypeError):
        return path, match["what"]
    return f"{path} (of {key!r})", match["what"]


def place_of(kind: str, entries: Sequence[Entry | TriggerEntry], index: int) -> str:
    """Name an entry as `_place` does: its position in the file and its key."""
    return f"{kind}[{index}] ({entries[index].key!r})"
