"""The digest: one number for everything a scope has come to, equal wherever the log is replayed.

It covers the logical state in canonical order: configuration, every user brought up to the
scope's clock, every live board as an ordered list. It leaves out what depends on the order of
sweeping or on secrets: record numbers, how far a sweep is, API keys, idempotency keys (SPEC 1.6).
"""

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from engine.boards.boards import Boards, Entries, gather
from engine.host.scope import Scope
from engine.model.configuration import FREQUENCIES
from engine.model.identifiers import Instant, UserNumber
from engine.model.user import ShardKey, StreakTrack, UserState

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def digest(scope: Scope, at: Instant | None = None) -> str:
    """Return a scope's digest, 64 hexadecimal digits.

    Args:
        scope: the scope.
        at: an instant not before its clock: everybody is brought up to that one instead. So two
            scopes can be compared of which one's clock has run on.

    Reads every user: some 20 µs each, without a pause in between.
    """
    state = scope.state
    plan = scope.plan
    hashed = sha256(_encoder.encode((state.name, state.importing, plan.configuration)))
    gathered: dict[ShardKey, Entries] = {key: [] for key in plan.live}
    for user in brought_up_users(scope, at):
        hashed.update(_encoder.encode(logical(user)))
        gather(user.number, user.entries, gathered)
    boards = Boards()
    boards.rebuild(plan, gathered)
    for key in sorted(plan.live):
        shard = boards.shard(key)
        assert shard is not None
        order = [(place.number, place.value) for place in shard.page(0, len(shard))]
        hashed.update(_encoder.encode((key, order)))
    return hashed.hexdigest()


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
    )


def _streak(track: StreakTrack) -> tuple[object, ...]:
    return (
        (track.period, track.met, track.length, track.longest, track.started),
        (track.extended_at, track.set_at, track.forgiven, track.row),
        track.lapsed,
    )
