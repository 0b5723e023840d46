"""The digest: one number for everything a scope has come to, equal wherever the log is replayed.

It covers the logical state in canonical order: configuration, every user brought up to the
scope's clock, every live board as an ordered list. It leaves out what depends on the order of
sweeping or on secrets: record numbers, how far a sweep is, API keys, idempotency keys (SPEC 1.6).
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

import msgspec

from engine.boards.boards import Entries, RunKey, gather
from engine.boards.final_order import whole_order
from engine.boards.shard import Shard
from engine.configuration import runs
from engine.host.scope import Scope
from engine.model.configuration import FREQUENCIES
from engine.model.identifiers import Instant, UserNumber
from engine.model.user import RunValue, ShardKey, StreakTrack, UserState

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def digest(scope: Scope, at: Instant | None = None, *, closed_runs: bool = True) -> str:
    """Return a scope's digest, 64 hexadecimal digits.

    Args:
        scope: the scope.
        at: an instant not before its clock: everybody is brought up to that one instead. So two
            scopes can be compared of which one's clock has run on.
        closed_runs: whether the standings of runs that are over count. Where nobody closes runs
            they are not known.

    Reads every user: some 20 µs each, without a pause in between.
    """
    state = scope.state
    plan = scope.plan
    hashed = sha256(_encoder.encode((state.name, state.importing, plan.configuration)))
    upto = max(state.clock, at or state.clock)
    gathered: dict[ShardKey, Entries] = {}
    for user in brought_up_users(scope, at):
        hashed.update(_encoder.encode(logical(user)))
        gather(user.number, user.entries, gathered, scope.boards.wants)
    live, final = _orders(scope, gathered, upto)
    hashed.update(_encoder.encode((live, final if closed_runs else ())))
    return hashed.hexdigest()


def _orders(scope: Scope, gathered: Mapping[ShardKey, Entries], at: Instant) -> tuple[object, ...]:
    """Return the standing of every run that is not over, and of each that is count and digest.

    Whether one that is over is closed already makes no difference.
    """
    boards = scope.plan.leaderboards
    live: dict[ShardKey, list[tuple[int, int]]] = {}
    over: dict[RunKey, dict[str, Shard]] = {}
    final = {
        (closed.finished.board, closed.finished.run): (
            closed.finished.participants,
            closed.finished.digest,
        )
        for closed in scope.state.all_closed()
    }
    for key, entries in gathered.items():
        run = key.board, key.run
        if run not in final:
            board = boards[key.board]
            shard = Shard(descending=board.order == "desc", entries=entries)
            if runs.is_over(board, key.run, at):
                over.setdefault(run, {})[key.group] = shard
            else:
                live[key] = [(place.number, place.value) for place in shard.page(0, len(shard))]
    final |= {run: whole_order(groups) for run, groups in over.items()}
    return sorted(live.items()), sorted(final.items())


def brought_up_users(scope: Scope, at: Instant | None = None) -> Iterator[UserState]:
    """Yield every user as they are at the scope's clock, or a later instant, by number."""
    upto = max(scope.state.clock, at or scope.state.clock)
    for number in range(1, scope.state.users + 1):
        state = scope.actors.view(UserNumber(number))
        yield scope.executor.brought_up(state, upto).state


def logical(user: UserState) -> tuple[object, ...]:
    """Return what is logical about a user's state: what no order of sweeping can change."""
    return (
        user.number,
        user.identity,
        user.created_at,
        user.updated_at,
        user.date,
        user.zone,
        user.created_on,
        user.counted,
        sorted(user.sums.items()),
        [_streak(user.streak(frequency)) for frequency in FREQUENCIES],
        (user.freezes.balance, user.freezes.earned),
        (user.pauses, user.pauses_made, user.preferences),
        sorted((k, m.total, m.peak, m.set_at, m.events, m.date) for k, m in user.metrics.items()),
        sorted(user.matching.items()),
        sorted((k, c.at, c.backdated) for k, c in user.completions.items()),
        sorted((k, p.total, p.set_at, p.date) for k, p in user.points.items()),
        sorted(user.capped.items()),
        (user.boosts, user.boosts_made),
        user.hidden,
        sorted((board, [_counted(value) for value in of]) for board, of in user.runs.items()),
    )


def _counted(value: RunValue) -> tuple[object, ...]:
    return value.run, value.value, value.set_at, value.events, value.group


def _streak(track: StreakTrack) -> tuple[object, ...]:
    return (
        (track.period, track.met, track.length, track.longest, track.started),
        (track.extended_at, track.set_at, track.forgiven, track.row),
        track.lapsed,
    )
