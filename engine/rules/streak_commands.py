"""What operators and users change about a streak by hand (SPEC 5.7, wire.md 1.2)."""

from engine.model.configuration import FREQUENCIES
from engine.model.errors import InvalidInput
from engine.model.facts import PausesChanged, PreferencesChanged, StreakReset, StreakRestored
from engine.model.identifiers import Day, Seq
from engine.model.limits import DAY_MAX, PAUSES_MAX
from engine.model.user import Pause, Preferences
from engine.rules import periods, ranking
from engine.rules.turn import Turn


def add_pause(turn: Turn, start: Day, end: Day) -> None:
    """Let the streak rest over some dates.

    Raises:
        InvalidInput: they begin in the past or end before they begin; or there are too many pauses.
    """
    if start < turn.date:
        what = f"lies before the user's today, {periods.civil(turn.date)}"
        raise InvalidInput("start", what)
    if end < start:
        raise InvalidInput("end", "lies before start")
    if end > DAY_MAX:
        raise InvalidInput("end", f"lies after {periods.civil(DAY_MAX)}")
    open_from = min(periods.starts(turn.date, turn.plan.week_start))
    kept = tuple(pause for pause in turn.draft.pauses if pause.end >= open_from)
    if len(kept) >= PAUSES_MAX:
        raise InvalidInput("", f"the user has {PAUSES_MAX} pauses already that are not over")
    made = turn.draft.pauses_made + 1
    turn.emit(PausesChanged(turn.at, (*kept, Pause(made, start, end)), made))


def delete_pause(turn: Turn, index: int) -> None:
    """Take a pause away: what is closed stays, from now on it counts no more.

    Raises:
        InvalidInput: there is none of that index, or not any more.
    """
    kept = tuple(pause for pause in turn.draft.pauses if pause.index != index)
    if len(kept) == len(turn.draft.pauses):
        raise InvalidInput("", "there is no such pause, or it is over or deleted")
    turn.emit(PausesChanged(turn.at, kept, turn.draft.pauses_made))


def reset(turn: Turn) -> None:
    """End the streaks of all frequencies; nothing of them can be restored."""
    _end(turn, StreakReset(turn.at, turn.date, "reset", _heads(turn)))


def restore(turn: Turn) -> None:
    """Give back the greatest length recorded within the window on the configured frequency.

    Raises:
        InvalidInput: there is none that is greater than the present one.
    """
    draft, plan = turn.draft, turn.plan
    if not draft.preferences.enabled:
        raise InvalidInput("", "streaks are disabled for this user")
    frequency = plan.streak.frequency
    track = draft.streak(frequency)
    first = periods.restorable_from(frequency, turn.date, plan.week_start)
    found = [lapse for lapse in track.lapsed if lapse.period >= first]
    if not found or found[0].length <= track.length:
        raise InvalidInput("", "no longer streak than the present one lies within the window")
    turn.emit(
        StreakRestored(
            at=turn.at,
            frequency=frequency,
            period=periods.start(frequency, turn.date, plan.week_start),
            length=found[0].length,
            started=found[0].started,
            prev=track.head,
        )
    )
    ranking.rank_by_streak(turn, turn.at)


def change_preferences(turn: Turn, preferences: Preferences) -> None:
    """Give the user settings of their own; without streaks the running ones end."""
    ends = turn.draft.preferences.enabled and not preferences.enabled
    turn.emit(PreferencesChanged(turn.at, preferences))
    if ends:
        _end(turn, StreakReset(turn.at, turn.date, "disabled", _heads(turn)))


def _end(turn: Turn, fact: StreakReset) -> None:
    turn.emit(fact)
    ranking.rank_by_streak(turn, turn.at)


def _heads(turn: Turn) -> tuple[Seq, Seq, Seq]:
    daily, weekly, monthly = (turn.draft.streak(frequency).head for frequency in FREQUENCIES)
    return daily, weekly, monthly
