"""Which place a user's values give them on the boards (SPEC 8.2). Ranks are the boards' business.

A board ranks what users have in all, or, where it keeps values, what counted in a run: then each
change is a fact of its own, also while the user is hidden, and their place follows from it. Shown
are whole numbers: of a metric the floor.

    event, award, length ──► value ──► group by attributes, filters ──► place, or none
"""

from collections.abc import Iterable, Sequence

from engine.configuration import runs
from engine.configuration.board_plan import BoardPlan
from engine.configuration.plan import SystemPlan
from engine.model.commands import VoidedRun
from engine.model.facts import RunCounted
from engine.model.identifiers import Day, Instant, Millionths, Ordinal
from engine.model.numbers import UNIT
from engine.model.user import Entry, RunValue, ShardKey
from engine.rules.metrics import aggregate
from engine.rules.turn import Moment, Turn


def rank_by_metric(turn: Turn, metric: Ordinal, value: Millionths | None) -> None:
    """Place the user on the boards of a metric that an event has just counted on.

    Args:
        turn: the user's turn.
        metric: the event's.
        value: the event's; None if one was taken out, which counts for runs by itself.
    """
    plan = turn.plan.metrics[metric]
    for board in plan.boards:
        if not board.keeps_values:
            _show_total(turn, board, turn.at)
        elif not board.is_counting:
            _count_total(turn, board, turn.at)
        elif value is not None and (run := _run_now(turn, board, turn.moment)) is not None:
            had = _value(turn, board, run)
            before = Millionths(had.value) if had else None
            counted = aggregate(plan.metric.aggregation, before, value)
            _set(turn, board, run, counted, turn.moment, change=value)


def rank_by_points(turn: Turn, system: Ordinal, moment: Moment, gained: int | None) -> None:
    """Place the user on the boards of a points system whose total has just changed.

    Args:
        turn: the user's turn.
        system: whose.
        moment: when.
        gained: how much has come to it at that moment; None if points were only taken back.
    """
    for board in turn.plan.systems[system].boards:
        if not board.keeps_values:
            _show_total(turn, board, moment.at)
        elif not board.is_counting:
            _count_total(turn, board, moment.at)
        elif gained is not None and (run := _run_now(turn, board, moment)) is not None:
            _set(turn, board, run, _so_far(turn, board, run) + gained, moment)


class Gains:
    """What intervals that are worked off together bring to the runs of a points system's boards."""

    def __init__(self, turn: Turn, system: SystemPlan) -> None:
        """Begin with nothing.

        Args:
            turn: the user's turn.
            system: the points system.
        """
        self._turn = turn
        self._system = system
        self._boards = [board for board in system.boards if board.keeps_values]
        self._gained: dict[tuple[BoardPlan, int], tuple[int, Instant, int]] = {}
        """By board and run: how much, when the value became what it is, of how many intervals."""

    def add(self, date: Day, first: Instant, interval: int, count: int, unit: int) -> None:
        """Add so much for each of some intervals that end on one date. O(1), or O(count)."""
        for board in self._boards:
            run = board.run_on(date)
            if run is None:
                continue
            ends: Sequence[int] = range(first, first + count * interval, interval)
            if runs.has_window(board.board):
                ends = [end for end in ends if _is_within(self._turn, board, Instant(end))]
            if ends:
                self._note(board, run, len(ends) * unit, Instant(ends[-1]), len(ends))

    def add_net(self, date: Day, at: Instant, change: int, count: int) -> None:
        """Add what some intervals that end at one instant come to together."""
        for board in self._boards:
            run = board.run_on(date)
            if run is not None and (
                not runs.has_window(board.board) or _is_within(self._turn, board, at)
            ):
                self._note(board, run, change, at, count)

    def _note(self, board: BoardPlan, run: int, change: int, at: Instant, count: int) -> None:
        known = self._gained.get((board, run))
        if known is None:
            # Nothing that comes to nothing is the first that counts, or changes nothing.
            changes = change or _value(self._turn, board, run) is None
            self._gained[board, run] = change, at if changes else Instant(0), count
        else:
            gained, set_at, counted = known
            set_at = max(set_at, at) if change else set_at
            self._gained[board, run] = gained + change, set_at, counted + count

    def settle(self, at: Instant) -> None:
        """Place the user by all that was added; the last of it came at an instant."""
        turn = self._turn
        for board in self._system.boards:
            if not board.keeps_values:
                _show_total(turn, board, at)
        for (board, run), (gained, last, count) in self._gained.items():
            moment = Moment(last, turn.draft.number, turn.date)
            value = _so_far(turn, board, run) + gained
            _set(turn, board, run, value, moment, events=count, at=at)


def rank_by_streak(turn: Turn, at: Instant) -> None:
    """Place the user on the streak boards, or take them off, after their length has changed."""
    for board in turn.plan.streak_boards:
        if not board.keeps_values:
            _show_total(turn, board, at)
        else:
            _count_total(turn, board, at)


def seed(turn: Turn, boards: Iterable[BoardPlan], at: Instant) -> None:
    """Place a user on boards that became active, by value and when it was set."""
    for board in boards:
        if board.keeps_values:
            _count_total(turn, board, at)
        else:
            _show_total(turn, board, at)


def regroup(turn: Turn, changed: Iterable[str]) -> None:
    """Move the user between groups, onto boards and off them, after attributes have changed."""
    boards = {
        board.board.ordinal: board
        for attribute in changed
        for board in turn.plan.boards_by_attribute.get(attribute, ())
    }
    for board in boards.values():
        group = board.group(turn.attributes)
        for run in _runs_of(turn, board):
            if _is_past(board, run, turn.date):
                continue  # they stay as they are
            had = _value(turn, board, run)
            if had is not None and had.group != group:
                _emit(turn, board, had._replace(group=group), change=0)
            _place_anew(turn, board, run)


def place_all(turn: Turn) -> None:
    """Place the user everywhere anew, after an operator has hidden them or shows them again."""
    for board in turn.plan.boards.values():
        for run in _runs_of(turn, board):
            if not runs.is_over(board.board, run, turn.at):
                _place_anew(turn, board, run)


def take_back(turn: Turn, voided: Sequence[VoidedRun]) -> None:
    """Take a voided event out of the runs that are not over (SPEC 4.7)."""
    for of_run in voided:
        board = turn.plan.boards.get(of_run.board)
        if board is None or runs.is_over(board.board, of_run.run, turn.at):
            continue
        had = _value(turn, board, of_run.run)
        if had is None or (not board.is_counting and board.run_on(turn.date) == of_run.run):
            continue  # what they have in all was placed already
        if had.events <= of_run.events and board.is_counting:
            _forget(turn, board, had)
            continue
        value = had.value - of_run.change
        if of_run.replaced and of_run.remaining is not None:
            value = of_run.remaining
        entry = _entry(board, had, value, turn.moment)
        now = RunValue(
            had.run, value, entry.set_at, entry.set_order, had.events - of_run.events, had.group
        )
        _emit(turn, board, now, change=value - had.value)
        _show(turn, board, _where(turn, board, now.run, now.group), turn.at, entry)


def _forget(turn: Turn, board: BoardPlan, had: RunValue) -> None:
    """Let nothing have counted for the user in a run."""
    _emit(turn, board, None, change=-had.value, run=had.run)
    _place_anew(turn, board, had.run)


def _emit(
    turn: Turn,
    board: BoardPlan,
    now: RunValue | None,
    *,
    change: int,
    run: int = 0,
    at: Instant | None = None,
) -> None:
    """State what a user has in a run from now on; None if nothing is left of it."""
    now_or_nothing = now or RunValue(run, 0, turn.at, turn.order, 0, None)
    turn.emit(
        RunCounted(
            turn.at if at is None else at,
            board=board.board.ordinal,
            run=now_or_nothing.run,
            value=None if now is None else now.value,
            change=change,
            set_at=now_or_nothing.set_at,
            set_order=now_or_nothing.set_order,
            events=now_or_nothing.events,
            group=now_or_nothing.group,
        )
    )


def _run_now(turn: Turn, board: BoardPlan, moment: Moment) -> int | None:
    """Return the run for which something counts that happens now, None for none."""
    run = board.run_on(moment.date)
    if runs.has_window(board.board) and not _is_within(turn, board, moment.at):
        return None
    return run


def _is_within(turn: Turn, board: BoardPlan, at: Instant) -> bool:
    return runs.is_within_window(board.board, turn.calendar.minute(turn.zone, at))


def _runs_of(turn: Turn, board: BoardPlan) -> list[int]:
    """Return the runs in which a user has a value."""
    if board.keeps_values:
        return [value.run for value in turn.draft.runs.get(board.board.ordinal, ())]
    return [board.board.run]


def _is_past(board: BoardPlan, run: int, date: Day) -> bool:
    """Tell whether a local date is too late to act on a run.

    It can be earlier than a run that they have a value in: what has fallen due in a zone ahead has
    a date of its own, and then they travelled back.
    """
    if not board.keeps_values:
        return False
    of = board.board
    if runs.activation_of(run) != of.run or runs.ended_at(of, run) is not None:
        return True
    last = runs.dates_of(of, run).last
    return last is not None and date > last


def _so_far(turn: Turn, board: BoardPlan, run: int) -> int:
    had = _value(turn, board, run)
    return had.value if had else 0


def _value(turn: Turn, board: BoardPlan, run: int) -> RunValue | None:
    for value in turn.draft.runs.get(board.board.ordinal, ()):
        if value.run == run:
            return value
    return None


def _entry(board: BoardPlan, had: RunValue | None, value: int, moment: Moment) -> Entry:
    """Return the place that a new value gives; what is shown the same as before keeps its place."""
    shown = _shown(board, value)
    if had is not None and _shown(board, had.value) == shown:
        return Entry(shown, had.set_at, had.set_order)
    return Entry(shown, moment.at, moment.order)


def _set(
    turn: Turn,
    board: BoardPlan,
    run: int,
    value: int,
    moment: Moment,
    *,
    events: int = 1,
    change: int | None = None,
    at: Instant | None = None,
) -> None:
    """Give the user a value in a run, and the place that follows.

    Args:
        turn: the user's turn.
        board: the board.
        run: which run of it.
        value: the new value.
        moment: when that was set, unless what is shown of it stays as it was.
        events: how often something has counted with it.
        change: by how much more it counted; default the difference.
        at: when it is stated, if later than it was set.
    """
    had = _value(turn, board, run)
    if change is None:
        change = value - (had.value if had else 0)
    entry = _entry(board, had, value, moment)
    at = moment.at if at is None else at
    _state(turn, board, run, value, entry, events=events, change=change, at=at)


def _count_total(turn: Turn, board: BoardPlan, at: Instant) -> None:
    """Let what a user has in all be their value in the one run of a board with an end."""
    run, has = board.run_on(turn.local_date(at)), _total(turn, board)
    if run is None or has is None:
        return
    (value, entry), had = has, _value(turn, board, run)
    if had is None or (had.value, had.set_at) != (value, entry.set_at):
        change = value - (had.value if had else 0)
        _state(turn, board, run, value, entry, events=0, change=change, at=at)
    else:
        _show(turn, board, _where(turn, board, run, had.group), at, entry)


def _state(
    turn: Turn,
    board: BoardPlan,
    run: int,
    value: int,
    entry: Entry,
    *,
    events: int,
    change: int,
    at: Instant,
) -> None:
    """State that something has counted for the user in a run, and give them their place."""
    had, group = _value(turn, board, run), board.group(turn.attributes)
    events = (had.events if had else 0) + events if board.is_counting else 0
    now = RunValue(run, value, entry.set_at, entry.set_order, events, group)
    _emit(turn, board, now, change=change, at=at)
    _show(turn, board, _where(turn, board, run, group), at, entry)


def _show_total(turn: Turn, board: BoardPlan, at: Instant) -> None:
    """Place the user by what they have in all."""
    has = _total(turn, board)
    if has is not None:
        where = _where(turn, board, board.board.run, board.group(turn.attributes))
        _show(turn, board, where, at, has[1])


def _total(turn: Turn, board: BoardPlan) -> tuple[int, Entry] | None:
    """Return what a user has in all of what a board ranks, and the place that it gives."""
    of, draft = board.board, turn.draft
    if of.metric is not None:
        metric = draft.metrics.get(of.metric)
        if metric is None:
            return None
        return metric.total, Entry(metric.total // UNIT, metric.set_at, metric.set_order)
    if of.points_system is not None:
        points = draft.points.get(of.points_system)
        if points is None:
            return None
        return points.total, Entry(points.total, points.set_at, points.set_order)
    track = draft.streak(turn.plan.streak.frequency)
    return track.length, Entry(track.length, track.set_at, track.set_order)


def _shown(board: BoardPlan, value: int) -> int:
    return value // UNIT if board.board.metric is not None else value


def _where(turn: Turn, board: BoardPlan, run: int, group: str | None) -> ShardKey | None:
    """Return where a user of a group is ranked; None if they are not to be on the board."""
    return None if group is None or turn.draft.hidden else board.shard_of(group, run)


def _show(turn: Turn, board: BoardPlan, shard: ShardKey | None, at: Instant, entry: Entry) -> None:
    """Give the user their place, if they are to be on the board."""
    if shard is None:
        return
    if board.board.rank_by == "streak" and not entry.value:
        turn.leave(at, shard)
    else:
        turn.place(at, shard, entry)


def _place_anew(turn: Turn, board: BoardPlan, run: int) -> None:
    """Take the user off wherever they are in a run, if need be, and onto where they belong."""
    had = _value(turn, board, run)
    if board.keeps_values:
        group = None if had is None else had.group
    else:
        group = board.group(turn.attributes)
    where = _where(turn, board, run, group)
    for other in _places(turn, board, run):
        if other != where:
            turn.leave(turn.at, other)
    if not board.keeps_values:
        _show_total(turn, board, turn.at)
    elif had is not None:
        entry = Entry(_shown(board, had.value), had.set_at, had.set_order)
        _show(turn, board, where, turn.at, entry)


def _places(turn: Turn, board: BoardPlan, run: int) -> list[ShardKey]:
    ordinal = board.board.ordinal
    return [key for key in turn.draft.entries if key.board == ordinal and key.run == run]
