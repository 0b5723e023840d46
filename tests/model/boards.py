"""What becomes of the leaderboards of a scope: when they are active, and when their runs are over.

An *activation* is the time in which a board ranks the same in the same way. While it lasts only its
end can move. A board that is switched off, or that ranks otherwise from now on, gives up the runs
that are not over; a board that is finished has them over. Who is where is in standings.py.
"""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from tests.model import runs
from tests.model.operations import Entry
from tests.model.points import Refused
from tests.model.remembered import Moment, When
from tests.model.runs import ONLY, Rhythm
from tests.model.things import Thing, Things, wanted

Definition = tuple[object, ...]
NEVER: When = (10**20, 0)


@dataclass
class Activation:
    """A board from its beginning until it ranks no more, or otherwise."""

    board: int
    entry: Entry
    definition: Definition
    # What it ranks: the number of a metric or of a points system, or streaks of this frequency.
    metric: int | None
    system: int | None
    frequency: str
    rhythm: Rhythm
    began: When
    # The instant of the clock if it was scheduled.
    opened: When
    # The board's end, and since when it is that.
    ends: list[tuple[When, date | None]]
    # The runs that an operator ended.
    ended: dict[date, When] = field(default_factory=dict)
    finished: When = NEVER
    given_up: When = NEVER

    @property
    def is_counting(self) -> bool:
        """Whether it ranks what counted in a run, not what users have in all."""
        return self.rhythm.repeats or has_window(self.entry)

    def end_at(self, when: When) -> date | None:
        """The board's end as it was then."""
        return [end for since, end in self.ends if since <= when][-1]

    def counts_for(self, moment: Moment) -> date | None:
        """The run for which something counts that happens at a moment; None for none."""
        assert self.is_counting
        is_early = moment.when <= self.began or moment.date < self.rhythm.start
        if is_early or not runs.is_within(self.entry, moment.zone, moment.at):
            return None
        return self.rhythm.run_on(moment.date, self.end_at(moment.when))

    def is_acted_on(self, run: date, moment: Moment) -> bool:
        """Whether what happens at a moment is not too late for a run, by its local date."""
        last = self.rhythm.last_of(run, self.end_at(moment.when))
        return last is None or moment.date <= last

    def over(self, run: date) -> When:
        """When a run is over, or will be as things are now; nothing acts on it from then on."""
        return min(self.ended.get(run, NEVER), self.finished, self._over_by_dates(run))

    def _over_by_dates(self, run: date) -> When:
        for (since, end), (until, _) in pairwise([*self.ends, (NEVER, None)]):
            last = self.rhythm.last_of(run, end)
            if last is not None:
                # An end that is moved into the past takes effect when it is moved.
                over = max((runs.over_at(last), 0), since)
                if over < until:
                    return over
        return NEVER

    def is_finished(self, when: When) -> bool:
        """Whether nothing can come any more on any run."""
        if not self.rhythm.repeats:
            return self.over(ONLY) <= when
        end = self.end_at(when)
        return self.finished <= when or (end is not None and (runs.over_at(end), 0) <= when)


class Boards:
    """All activations there ever were, in order."""

    def __init__(self) -> None:
        self.activations: list[Activation] = []

    def of(self, board: Thing) -> list[Activation]:
        return [each for each in self.activations if each.board == board.number]

    def present(self, board: Thing) -> Activation | None:
        """The one in which the board is active, if it is; its end may be over."""
        for activation in self.of(board)[-1:]:
            if activation.given_up == activation.finished == NEVER:
                return activation
        return None

    def configure(self, things: Things, when: When) -> None:
        """Does what a configuration version means; the users' clock stands at 0 before it runs."""
        for board in things.by_number.values():
            if board.kind == "leaderboards":
                self._follow(things, board, when)

    def _follow(self, things: Things, board: Thing, when: When) -> None:
        present, entry = self.present(board), board.entry
        status = "inactive" if board.is_gone else entry.get("status", "active")
        if status == "finished":
            if present is not None:
                present.finished = when
        elif status == "inactive":
            if present is not None:
                present.given_up = when
        elif present is None:
            self._begin(things, board, when)
        else:
            end = entry.get("end")
            has_moved = present.end_at(when) != end
            stays_over = end is not None and (runs.over_at(end), 0) <= when
            if present.definition != definition(things, entry) or (
                has_moved and present.is_finished(when) and not stays_over
            ):
                present.given_up = when
                self._begin(things, board, when)
            elif has_moved:
                present.ends.append((when, entry.get("end")))

    def _begin(self, things: Things, board: Thing, when: When) -> None:
        entry = board.entry
        start = entry.get("start") or runs.default_start(entry, when[0], things.week_start)
        rhythm = Rhythm(start, entry.get("runUnit"), entry.get("runInterval", 1))
        # A repeating board has runs as their dates come; any other one opens before its start.
        opens = (runs.opens_at(start), 0)
        waits = "start" in entry and not rhythm.repeats and opens > when
        activation = Activation(
            board=board.number,
            entry=entry,
            definition=definition(things, entry),
            metric=numbered(things, "metrics", entry.get("metricKey")),
            system=numbered(things, "points", entry.get("pointsSystemKey")),
            frequency=things.frequency,
            rhythm=rhythm,
            began=when,
            opened=opens if waits else when,
            ends=[(when, entry.get("end"))],
        )
        self.activations.append(activation)

    def end_run(self, board: Thing, when: When) -> None:
        """Ends the run of the UTC date, or all that there is of a board without runs."""
        present = self.present(board)
        if present is None or when < present.opened:
            raise Refused
        run: date | None = ONLY
        if present.rhythm.repeats:
            run = present.rhythm.run_on(runs.utc_date(when[0]), present.end_at(when))
        if run is None or present.over(run) <= when:
            raise Refused
        if run == ONLY:
            present.finished = when
        else:
            present.ended[run] = when

    def status(self, board: Thing, at: int) -> str:
        """The status as everybody sees it."""
        present = self.present(board)
        if present is None:
            return "inactive" if board.entry["status"] == "inactive" else "finished"
        if present.is_finished(after_all(at)):
            return "finished"
        opens = present.opened[0]
        if present.rhythm.repeats:
            opens = max(opens, runs.opens_at(present.rhythm.start))
        return "scheduled" if at < opens else "active"


def after_all(at: int) -> When:
    """When everything of an instant has happened."""
    return at, 10**9


def has_window(entry: Entry) -> bool:
    return bool(entry.get("startTime") or entry.get("endTime"))


def definition(things: Things, entry: Entry) -> Definition:
    """What a board ranks, whom and when: if that is another one, it begins anew."""
    return (
        entry["rankBy"],
        numbered(things, "metrics", entry.get("metricKey")),
        numbered(things, "points", entry.get("pointsSystemKey")),
        things.frequency if entry["rankBy"] == "streak" else None,
        entry.get("order", "desc"),
        *(entry.get("runUnit"), entry.get("runInterval", 1)),
        *(entry.get("start"), entry.get("startTime"), entry.get("endTime")),
        wanted(entry, "userAttributes"),
        tuple(entry.get("breakdownAttributes", [])),
    )


def numbered(things: Things, kind: str, key: str | None) -> int | None:
    return None if key is None else things.number(kind, key)
