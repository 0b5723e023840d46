"""What the oracle remembers of a user: what they did, what they got, what they set.

Things of the document go by their numbers (tests/model/things.py). Nothing here is a sum: totals,
highest totals, levels and summaries are worked out anew from these lists.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from tests.model.operations import Boost
from tests.model.streaks import Frequency, Pause, Progress
from tests.model.things import Wanted

# When something became as it is: what is set earlier ranks first among equals (SPEC 8.3). At one
# instant due work comes first, by user number, then commands by their order.
SetAt = tuple[int, bool, int]
# When something happened: the instant, and the number of the operation. What is due has none, 0, so
# that it comes before the commands of its instant.
When = tuple[int, int]


@dataclass(frozen=True)
class Moment:
    """A command of a user, or the instant of something due; `date` is the user's own.

    `order` numbers the operations of the history; what is due has none. `zone` is the one in effect
    for the user, by whose clocks on the wall leaderboards go.
    """

    at: int
    order: int
    date: date
    zone: str

    @property
    def when(self) -> When:
        return self.at, self.order

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
    # With the event that caused it.
    voided: Moment | None = None


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


@dataclass(frozen=True)
class Act:
    """A command of a user, or a configuration that came, and what attributes they had after it."""

    moment: Moment
    attributes: dict[str, str]


@dataclass(frozen=True)
class Length:
    """A length that the streak of a frequency got, and since when it has it."""

    moment: Moment
    frequency: Frequency
    length: int
    set_at: SetAt


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
    # What leaderboards go by besides, in order of time.
    acts: list[Act] = field(default_factory=list)
    lengths: list[Length] = field(default_factory=list)
    # Whether an operator hides them, and since when.
    hidden: list[tuple[When, bool]] = field(default_factory=list)

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
            acts=self.acts.copy(),
            lengths=self.lengths.copy(),
            hidden=self.hidden.copy(),
        )

    def note_length(self, frequency: Frequency, moment: Moment) -> None:
        """Notes what a streak's length has become, if it has."""
        streak = self.progress.streaks[frequency]
        noted = [each for each in self.lengths if each.frequency == frequency]
        length, set_at = streak.length, (streak.set_at, True, streak.set_order)
        before = (noted[-1].length, noted[-1].set_at) if noted else (0, set_at)
        if (length, set_at) != before:
            self.lengths.append(Length(moment, frequency, length, set_at))
