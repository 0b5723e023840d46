"""What the oracle remembers of a user: what they did, what they got, what they set.

Things of the document go by their numbers (tests/model/things.py). Nothing here is a sum: totals,
highest totals, levels and summaries are worked out anew from these lists.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from tests.model.operations import Boost
from tests.model.streaks import Pause, Progress
from tests.model.things import Wanted

# When something became as it is: what is set earlier ranks first among equals (SPEC 8.3). At one
# instant due work comes first, by user number, then commands by their order.
SetAt = tuple[int, bool, int]


@dataclass(frozen=True)
class Moment:
    """A command of a user, or the instant of something due; `date` is the user's own.

    `order` numbers the operations of the history; what is due has none.
    """

    at: int
    order: int
    date: date

    @property
    def is_due(self) -> bool:
        return self.order == 0

    def set_at(self, user: "User") -> SetAt:
        return self.at, not self.is_due, user.number if self.is_due else self.order


@dataclass(frozen=True)
class Counted:
    """One event that counted, and by which command it was voided if it was."""

    moment: Moment
    metric: int
    value: Fraction
    attributes: Wanted
    voided: Moment | None = None

    def counts_at(self, order: int) -> bool:
        """Whether it is in the totals after an operation."""
        is_voided = self.voided is not None and self.voided.order <= order
        return self.moment.order <= order and not is_voided


@dataclass(frozen=True)
class Award:
    """One row of a points ledger. `trigger` is 0 if an operator or a voided event is the source.

    `boosts`: who gave them and what they multiply by.
    """

    moment: Moment
    system: int
    trigger: int
    source: str
    amount: int
    base_amount: int
    boosts: tuple[tuple[str, Fraction], ...] = ()


@dataclass(frozen=True)
class Completion:
    at: int
    is_backdated: bool


@dataclass(frozen=True)
class Preferences:
    """A user's own settings; None is as configured. A condition names its metric by number."""

    is_enabled: bool = True
    evaluation_mode: str | None = None
    conditions: tuple[tuple[int, Fraction], ...] | None = None
    days_off: tuple[int, ...] | None = None


@dataclass(frozen=True)
class OwnBoost:
    """A boost that a user was given. `system` is its number."""

    system: int
    boost: Boost
    is_deleted: bool = False


@dataclass
class User:
    number: int
    zone: str = ""
    last_date: date = date.min
    attributes: dict[str, str] = field(default_factory=dict)
    signed_up: date | None = None
    events: list[Counted] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)
    completions: dict[int, Completion] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    # Where and when they were made, and up to when everything due is worked off.
    made_on: date = date.min
    made_at: int = 0
    brought_up_to: int = 0
    preferences: Preferences = Preferences()
    # In the order of their making: a pause or boost is meant by its place, counted from 1.
    pauses: list[Pause] = field(default_factory=list)
    boosts: list[OwnBoost] = field(default_factory=list)
    resets: list[tuple[date, int]] = field(default_factory=list)
    # The operation that last reset or disabled the streaks: what came before is in no sum.
    emptied_by: int = 0

    def copy(self) -> "User":
        """One that can be changed without changing this one: what lists hold is never changed."""
        return replace(
            self,
            attributes=self.attributes.copy(),
            events=self.events.copy(),
            awards=self.awards.copy(),
            completions=self.completions.copy(),
            pauses=self.pauses.copy(),
            boosts=self.boosts.copy(),
            resets=self.resets.copy(),
        )
