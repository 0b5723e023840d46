"""What the facts about streaks, freezes and pauses make of a user's state; see `apply`."""

from msgspec.structs import replace

from engine.model.configuration import FREQUENCIES
from engine.model.facts import (
    FreezesChanged,
    MetricChanged,
    PeriodClosed,
    PeriodMet,
    StreakReset,
    StreakRestored,
)
from engine.model.identifiers import Ordinal, Seq
from engine.model.user import (
    ORDER_OF_COMMANDS,
    Freezes,
    Lapse,
    PeriodStarts,
    PeriodSums,
    StreakTrack,
    UserState,
)

_LAPSES_KEPT_DAYS = 800
"""Longer than any window of a restore reaches back: January of last year, seen from December."""


def open_sums(state: UserState, periods: PeriodStarts) -> dict[Ordinal, PeriodSums]:
    """Return the sums that a user has in some periods: those of theirs that are among them."""
    counted = state.counted
    if counted == periods:
        return state.sums
    same = [before == now for before, now in zip(counted, periods, strict=True)]
    if not any(same):
        return {}
    return {
        metric: PeriodSums(
            *(total if kept else None for total, kept in zip(sums, same, strict=True))
        )
        for metric, sums in state.sums.items()
    }


def count(state: UserState, fact: MetricChanged) -> None:
    """Add an event to the sums of the periods that it lies in."""
    periods = PeriodStarts(fact.day, fact.week, fact.month)
    kept = open_sums(state, periods)
    state.sums = {**kept, fact.metric: PeriodSums(fact.day_sum, fact.week_sum, fact.month_sum)}
    state.counted = periods


def meet(track: StreakTrack, fact: PeriodMet, seq: Seq) -> StreakTrack:
    """Return a streak that has one more period met."""
    return StreakTrack(
        period=fact.period,
        met=True,
        met_by=seq,
        length=fact.length,
        longest=max(track.longest, fact.length),
        started=fact.started,
        extended_at=fact.at,
        set_at=fact.at,
        set_order=ORDER_OF_COMMANDS + seq,
        forgiven=track.forgiven,
        row=track.row,
        lapsed=track.lapsed,
        head=track.head,
    )


def close(track: StreakTrack, fact: PeriodClosed, seq: Seq) -> StreakTrack:
    """Return a streak whose open period is closed."""
    broken = fact.outcome == "broken"
    return StreakTrack(
        period=fact.next_period,
        met=False,
        met_by=track.met_by,
        length=fact.length,
        longest=track.longest,
        started=track.started,
        extended_at=track.extended_at,
        set_at=track.set_at,
        set_order=track.set_order,
        forgiven=fact.next_period if fact.forgiven else track.forgiven,
        row=None if broken else fact.period_start,
        lapsed=_lapsed(track) if broken else track.lapsed,
        head=seq,
    )


def reset(state: UserState, fact: StreakReset, seq: Seq) -> None:
    """End all streaks; after a true reset nothing can be restored either."""
    for frequency in FREQUENCIES:
        track = state.streak(frequency)
        state.streaks[frequency] = StreakTrack(
            period=track.period,
            met_by=track.met_by,
            longest=track.longest,
            started=track.started,
            extended_at=track.extended_at,
            set_at=fact.at,
            set_order=ORDER_OF_COMMANDS + seq,
            forgiven=track.forgiven,
            lapsed=_lapsed(track) if fact.reason == "disabled" else (),
            head=seq,
        )
    state.sums = {}
    state.emptied = seq


def restore(track: StreakTrack, fact: StreakRestored, seq: Seq) -> StreakTrack:
    """Return a streak with a length that it had."""
    return replace(
        track,
        period=fact.period,
        length=fact.length,
        longest=max(track.longest, fact.length),
        started=fact.started,
        set_at=fact.at,
        set_order=ORDER_OF_COMMANDS + seq,
        row=None,
        lapsed=_lapsed(track),
        head=seq,
    )


def change_freezes(freezes: Freezes, fact: FreezesChanged, seq: Seq) -> Freezes:
    """Return a balance after a row of its ledger."""
    earned = fact.period if fact.reason == "accumulation" else freezes.earned
    return Freezes(fact.balance, earned, seq)


def _lapsed(track: StreakTrack) -> tuple[Lapse, ...]:
    """Return the lengths that can be given back when the running streak ends here.

    What is recorded of it is the length of its last row, without an open period met since.
    """
    if track.row is None:
        return track.lapsed
    length = track.length - track.met
    kept = [
        lapse
        for lapse in track.lapsed
        if lapse.length > length and lapse.period > track.row - _LAPSES_KEPT_DAYS
    ]
    return (*kept, Lapse(track.row, length, track.started))
