"""Laurels inside a Python program: open a data directory, await commands, read state.

    async with open_laurels("./laurels-data") as laurels:
        scope = await laurels.scope()
        await scope.configure(tomllib.loads(text, parse_float=Decimal))
        answer = await scope.event("lessons", user={"id": "ada", "tz": "Europe/London"}, value=1)

`event` returns when its record is on disk. Whoever pipelines uses `record_event`, which returns
once the event is applied, and waits for `Laurels.durable` before telling anybody.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from api.operations.answers import BoardAnswer, EventAnswer, UserAnswer
from api.operations.answers_explain import ExplanationAnswer
from api.operations.answers_points import AwardAnswer
from api.operations.answers_streaks import PeriodAnswer, StreakExplanationAnswer
from api.operations.board_pages import LeaderboardQuery, read_page
from api.operations.explain import explain_fact
from api.operations.explain_streak import explain
from api.operations.instants import instant_text
from api.operations.reading import last_awards
from api.operations.render import Render
from api.operations.render_boards import BoardRender
from api.operations.standings import Asked, Standings
from api.operations.streak_reading import recent_periods
from api.operations.voiding import void_event
from engine.configuration.plan import SystemPlan
from engine.host import by_hand
from engine.host.clock import Clock
from engine.host.digest import digest
from engine.host.engine import (
    Engine,
    EngineStatistics,
    LiveEngine,
    Settings,
    load_engine,
    open_engine,
)
from engine.host.requests import Applied, EventRequest, UserFields
from engine.host.scope import Mode, Scope, SweepProgress
from engine.model.configuration import Configuration, Frequency
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Instant, Seq, read_fact_id
from engine.model.limits import PAGE_MAX
from engine.model.numbers import from_number
from persistence.directory import open_reader, open_store

_SWEEP_USERS = 512


class ScopeReader:
    """What can be read of a scope: everybody as they are now, due work worked off."""

    def __init__(self, scope: Scope, engine: Engine) -> None:
        self._scope = scope
        self._engine = engine
        self._log = engine.log

    @property
    def name(self) -> str:
        """The scope's name."""
        return self._scope.state.name

    @property
    def mode(self) -> Mode:
        """`idle` before the first user command, `importing` in history mode, else `live`."""
        return self._scope.mode

    @property
    def clock(self) -> Instant:
        """The instant of the scope's last record, microseconds since 1970."""
        return self._scope.state.clock

    @property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return self._scope.configuration

    @property
    def user_count(self) -> int:
        """How many users there are."""
        return self._scope.state.users

    def user(self, user_id: str, periods: int = 10) -> UserAnswer:
        """Return a user with everything that they have now, and their last closed periods.

        Raises:
            NotFound: there is no such user.
        """
        decision = self._scope.read_user(user_id)
        found = recent_periods(self._scope, self._log, decision, periods)
        return Render(self._scope).user(decision.state, found)

    def awards(self, user_id: str, system_key: str, limit: int = 10) -> list[AwardAnswer]:
        """Return a user's last awards in a points system, newest first.

        Raises:
            NotFound: there is no such user or system.
        """
        decision = self._scope.read_user(user_id)
        system = self._system(system_key)
        return last_awards(self._scope, self._log, decision, system, min(limit, PAGE_MAX))

    def periods(self, user_id: str, limit: int = 10) -> list[PeriodAnswer]:
        """Return a user's last closed streak periods, newest first.

        Raises:
            NotFound: there is no such user.
        """
        decision = self._scope.read_user(user_id)
        return recent_periods(self._scope, self._log, decision, limit)

    def explain(self, fact_id: str) -> ExplanationAnswer:
        """Return why a fact is. See `api.operations.explain.explain_fact`.

        Raises:
            NotFound: there is no such fact in the scope.
        """
        return explain_fact(self._scope, self._log, fact_id)

    async def explain_streak(
        self,
        user_id: str,
        *,
        first: date | None = None,
        last: date | None = None,
        frequency: Frequency | None = None,
    ) -> StreakExplanationAnswer:
        """Return for each of a user's periods how it ended and why, oldest first.

        See `api.operations.explain_streak.explain`.
        """
        return await explain(
            self._scope, self._log, user_id, first=first, last=last, frequency=frequency
        )

    def board(
        self,
        key: str,
        *,
        offset: int = 0,
        limit: int = 10,
        run: str | None = None,
        user_attributes: str | None = None,
    ) -> BoardAnswer:
        """Return a page of a board.

        Args:
            key: the board's.
            offset: how many ranks to pass over.
            limit: how many to return, at most 1,000.
            run: a date of the run, `YYYY-MM-DD`; default the present one.
            user_attributes: the group, `key:value,key:value`, of a board that has groups.

        Raises:
            NotFound: there is no such board, or it is not active.
            InvalidInput: offset or limit out of bounds, or there is no such run or group.
        """
        if offset < 0 or not 0 <= limit <= PAGE_MAX:
            raise InvalidInput("limit", f"must be 0 to {PAGE_MAX}, and offset not negative")
        finder = Standings(self._scope, self._engine)
        standing = finder.find(key, Asked(run, user_attributes))
        return BoardRender(self._scope).page(standing, offset, limit)

    async def read_board(self, key: str, query: LeaderboardQuery) -> BoardAnswer:
        """Return a page of a board as HTTP does: also around a user, of friends, at an instant.

        See `api.operations.board_pages.read_page`.
        """
        return await read_page(self._scope, self._engine, key, query)

    def _system(self, key: str) -> SystemPlan:
        system = self._scope.plan.systems_by_key.get(key)
        if system is None:
            raise NotFound(f"there is no points system {key!r}")
        return system

    def digest(self, at: Instant | None = None) -> str:
        """Return the digest of the scope's logical state. Reads everybody: some 30 µs a user.

        Args:
            at: bring everybody up to this instant instead of the scope's clock.

        Raises:
            InvalidInput: the instant lies before the scope's clock.
        """
        if at is not None and at < self.clock:
            what = f"lies before the scope's clock, {instant_text(self.clock)}"
            raise InvalidInput("at", what)
        return digest(self._scope, at)


class EmbeddedScope(ScopeReader):
    """A scope that commands can be given to."""

    def __init__(self, scope: Scope, engine: LiveEngine) -> None:
        super().__init__(scope, engine)
        self._live = engine

    async def configure(self, document: Mapping[str, Any]) -> int:
        """Put a configuration document in force and on disk; return the version's number.

        Raises:
            ConfigurationInvalid: names every place that is wrong; nothing has changed.
        """
        version = await self._scope.configure(document)
        await self._live.durable(self._live.last_seq)
        return version

    async def event(
        self,
        metric: str,
        *,
        user: Mapping[str, Any],
        value: float | Decimal,
        attributes: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> EventAnswer:
        """Record one event and return everything that it changed, once that is on disk.

        Args:
            metric: the metric's key.
            user: `id`, and what is to be said of them: `tz`, `name`, `email`, `attributes`.
            value: how much; rounded half-even to six places.
            attributes: the event's own.
            idempotency_key: makes a repeat harmless, for ever.

        Raises:
            InvalidInput: names the field that is wrong; nothing has changed.
            EngineFailed: a commit failed; whether the event is on disk, a reopened engine knows.
        """
        fields = _user_fields(user)
        applied = await self._scope.record_event(
            EventRequest(
                metric, fields, from_number(value), dict(attributes or {}), idempotency_key
            )
        )
        answer = Render(self._scope).event(applied, metric, idempotency_key)
        await self._live.durable(self._live.last_seq)
        return answer

    async def record_event(self, request: EventRequest, *, at: Instant | None = None) -> Applied:
        """Apply an event in memory; it is on disk when `Laurels.durable(applied.seq)` returns.

        See `engine.host.scope.Scope.record_event`.
        """
        return await self._scope.record_event(request, at=at)

    async def identify(self, user: Mapping[str, Any]) -> UserAnswer:
        """Create a user, or change what is known of them; return them, once on disk.

        Raises:
            InvalidInput: names the field that is wrong; nothing has changed.
        """
        fields = _user_fields(user)
        await self._scope.upsert_user(fields, where="user.")
        answer = self.user(fields.id)
        await self._live.durable(self._live.last_seq)
        return answer

    async def complete(self, key: str, *, user: Mapping[str, Any]) -> UserAnswer:
        """Complete an achievement whose trigger is `api`; return the user, once it is on disk.

        Raises:
            NotFound: there is no such achievement.
            InvalidInput: it is not to be completed so, or not now, or not by this user.
        """
        fields = _user_fields(user)
        await self._scope.complete_achievement(fields, key)
        answer = self.user(fields.id)
        await self._live.durable(self._live.last_seq)
        return answer

    async def award(
        self, user_id: str, system_key: str, amount: int, reason: str | None = None
    ) -> AwardAnswer:
        """Give a user points, or take some; return the row, once it is on disk.

        Raises:
            NotFound: there is no such user or points system.
            InvalidInput: it would change nothing, or too much.
        """
        ordinal = self._system(system_key).system.ordinal
        await by_hand.award_points(self._scope, user_id, ordinal, amount, reason)
        (answer,) = self.awards(user_id, system_key, 1)
        await self._live.durable(self._live.last_seq)
        return answer

    async def void_event(self, event_id: str, reason: str | None = None) -> None:
        """Take an event out again, with what it awarded; it is on disk then.

        Raises:
            NotFound: there is no such event.
        """
        found = read_fact_id(event_id)
        if found is None:
            raise NotFound(f"there is no event {event_id!r}")
        await void_event(self._scope, self._log, found[0], reason)
        await self._live.durable(self._live.last_seq)

    async def start_import(self) -> None:
        """Put the scope into history mode. See `engine.host.scope.Scope.start_import`."""
        await self._scope.start_import()

    async def finish_import(self, at: Instant) -> None:
        """Let the clock run on to an instant and leave history mode.

        What has fallen due by then is recorded by `sweep_slice`.
        """
        await self._scope.finish_import(at)
        await self._live.durable(self._live.last_seq)

    async def sweep_slice(self) -> bool:
        """Record some of what is due by the scope's clock; return whether there may be more."""
        # Nobody waits for an event of theirs meanwhile: larger slices, fewer commits.
        more = self._scope.sweep_slice(self.clock, limit=_SWEEP_USERS)
        await self._live.durable(self._live.last_seq)
        return more

    def sweep_progress(self) -> SweepProgress:
        """Return how far the sweep is."""
        return self._scope.sweep_progress()


def _user_fields(user: Mapping[str, Any]) -> UserFields:
    try:
        return msgspec.convert(user, UserFields)
    except msgspec.ValidationError as error:
        raise InvalidInput("user", str(error)) from error


class Laurels:
    """A data directory, open for writing."""

    def __init__(self, engine: LiveEngine) -> None:
        self._engine = engine

    async def scope(self, name: str = "default") -> EmbeddedScope:
        """Return a scope, made if there is none of that name.

        Raises:
            InvalidInput: no possible name.
        """
        return EmbeddedScope(await self._engine.scope(name), self._engine)

    async def durable(self, seq: Seq) -> None:
        """Wait until a record, and so every one before it, is on disk.

        Raises:
            EngineFailed: a commit failed.
        """
        await self._engine.durable(seq)

    @property
    def last_seq(self) -> Seq:
        """The last record that was applied."""
        return self._engine.last_seq

    def statistics(self) -> EngineStatistics:
        """Return how the engine stands."""
        return self._engine.statistics()


class LaurelsReader:
    """What a data directory held when it was opened."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def scope(self, name: str = "default") -> ScopeReader:
        """Return a scope.

        Raises:
            NotFound: there is none of that name.
        """
        return ScopeReader(self._engine.find_scope(name), self._engine)

    def scopes(self) -> list[str]:
        """Return the names of all scopes."""
        return [scope.state.name for scope in self._engine.scopes()]

    @property
    def last_seq(self) -> Seq:
        """The last record on disk."""
        return self._engine.last_seq


@asynccontextmanager
async def open_laurels(
    directory: str | Path,
    *,
    clock: Clock | None = None,
    sweeping: bool = True,
    progress: Callable[[Seq], None] | None = None,
) -> AsyncGenerator[Laurels]:
    """Open a data directory as its one writer; made if it does not exist.

    Args:
        directory: where the log and what is derived from it live.
        clock: default the machine's.
        sweeping: whether live scopes are swept as time passes.
        progress: called during recovery with the last record applied.

    Raises:
        DirectoryInUse: another process writes to it.
        LogDamaged: stored bytes are not what was written.
    """
    settings = Settings(sweeping=sweeping)
    async with (
        open_store(Path(directory)) as store,
        open_engine(
            store, clock=clock, settings=settings, progress=progress or (lambda _: None)
        ) as engine,
    ):
        yield Laurels(engine)


@asynccontextmanager
async def open_reading(directory: str | Path) -> AsyncGenerator[LaurelsReader]:
    """Open a data directory for reading, beside its writer if there is one.

    Raises:
        NotFound: there is no data directory.
        LogDamaged: stored bytes are not what was written.
    """
    with open_reader(Path(directory), pinned=True) as store:
        yield LaurelsReader(await load_engine(store))
