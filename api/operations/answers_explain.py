"""The shapes of explanations; `answer` has the conventions."""

from msgspec import UNSET, UnsetType

from api.operations.answer import Answer, FilterAnswer
from api.operations.answers_achievements import AchievementAnswer
from api.operations.answers_points import LevelAnswer, TriggerAnswer


class CommandAnswer(Answer, frozen=True, kw_only=True):
    """What was recorded: an event, or whatever else somebody or the clock did."""

    type: str
    at: str
    metric: str | UnsetType = UNSET
    value: float | UnsetType = UNSET
    attributes: dict[str, str] | UnsetType = UNSET
    """Of the event."""
    reason: str | UnsetType = UNSET
    """An operator's."""


class BoostAppliedAnswer(Answer, frozen=True, kw_only=True):
    """A boost that an award was multiplied by."""

    id: str
    name: str | None
    """None of one of the user's that is gone."""
    multiplier: float
    rounding: str


class AwardReasonsAnswer(Answer, frozen=True, kw_only=True):
    """How a row of a points ledger came about, step by step."""

    system: str
    source: str
    trigger: TriggerAnswer | None
    """As it was then."""
    times: int
    """How often the trigger fired: multiples passed, intervals ended, else 1."""
    base_amount: int
    boosts: list[BoostAppliedAnswer]
    multiplier: str
    """The boosts' product, exactly."""
    rounding: str | None
    """The strictest one; null without boosts."""
    boosted: int
    cap: int | None
    """Of the trigger within its period."""
    max_points: int | None
    """Of the system."""
    amount: int
    """Net."""
    total: int


class CompletionReasonsAnswer(Answer, frozen=True, kw_only=True):
    """How an achievement was completed."""

    achievement: AchievementAnswer
    """As it was then."""
    backdated: bool
    value: float | UnsetType = UNSET
    """What the condition was met by: a total, a length, years."""
    threshold: float | UnsetType = UNSET
    prerequisites: dict[str, str | None] | UnsetType = UNSET
    """Their ids, and the facts that completed them."""


class LevelReasonsAnswer(Answer, frozen=True, kw_only=True):
    """Why a level is another one."""

    system: str
    total: int | None
    """None if it was not the total that changed but the levels."""
    previous_level: LevelAnswer | None
    new_level: LevelAnswer | None


class BoardReasonsAnswer(Answer, frozen=True, kw_only=True):
    """Which leaderboard a fact is about, and what it says of it."""

    key: str | None
    """As it was then, with all that follows; null if it is not known any more."""
    name: str | None
    start: str | None
    """The first date of the run; null of a board without runs that nobody gave a date."""
    end: str | None
    breakdown_attribute_values: list[FilterAnswer] | UnsetType = UNSET
    """Of a move, and of what counted: the group."""
    previous_position: int | UnsetType | None = UNSET
    """Of a move: in the whole order, also beyond `maxParticipants`; null is not on it."""
    position: int | UnsetType | None = UNSET
    value: int | float | UnsetType | None = UNSET
    """Of a move what they are ranked by; of what counted the exact value, null if none is left."""
    change: float | UnsetType = UNSET
    """Of what counted, as the next: by how much the value is more than before."""
    events: int | UnsetType = UNSET
    """How often something has counted in the run."""
    participants: int | UnsetType = UNSET
    """Of a run that is closed, as the next three."""
    groups: int | UnsetType = UNSET
    digest: str | UnsetType = UNSET
    """SHA-256 of the final order."""


class FactAnswer(Answer, frozen=True, kw_only=True):
    """A fact by its kind."""

    fact_id: str
    type: str


class ExplanationAnswer(Answer, frozen=True, kw_only=True):
    """Why something is as it is."""

    fact_id: str
    type: str
    at: str
    user_id: str | None
    why: list[str]
    """Sentences for people; their words may change."""
    configuration_version: int
    """In force then; 0 before the first one."""
    command: CommandAnswer
    """What was recorded with it: what caused it, unless it had fallen due."""
    due: bool
    """Whether it had fallen due, so that no command is the cause."""
    award: AwardReasonsAnswer | UnsetType = UNSET
    completion: CompletionReasonsAnswer | UnsetType = UNSET
    level: LevelReasonsAnswer | UnsetType = UNSET
    leaderboard: BoardReasonsAnswer | UnsetType = UNSET
    facts: list[FactAnswer]
    """All of the record, this one too."""
