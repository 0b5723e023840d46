"""A dry run says what is recorded when it comes true, over random histories."""

import random
import re
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.configuration.document import read_document
from engine.host.digest import digest
from engine.host.dry_run import UserBackdated, dry_run
from engine.host.recovery import read_records
from engine.host.scope import Scope
from engine.model.errors import ConfigurationInvalid
from engine.model.facts import AchievementCompleted
from engine.model.identifiers import Instant
from tests.model.histories import histories
from tests.model.operations import Operation
from tests.model.player import Player, Regime
from tests.model.test_what_if import (
    HOUR,
    instant_of,
    other_documents,
    regimes,
)


@settings(max_examples=150)
@given(histories(), histories(max_operations=4), regimes, st.integers(0, 2**16))
def test_a_dry_run_says_what_would_be_recorded(
    history: list[Operation], other: list[Operation], regime: Regime, seed: int
) -> None:
    """With a step that is not swept yet, and midnights that nobody has worked off."""
    dice = random.Random(seed)
    documents = other_documents(history)
    pending, wanted = dice.choice(documents), dice.choice(documents + other_documents(other))
    end = instant_of(history[-1]) + 24 * HOUR

    async def check() -> None:
        player = Player(regime)
        await player.play(history, end)
        async with player.engine() as engine:
            scope = await engine.scope()
            try:
                await scope.configure(pending)
            except ConfigurationInvalid:
                return
            player.clock.at = at = Instant(end + 48 * HOUR)
            before, last = digest(scope, at), engine.last_seq
            try:
                foretold = await foretell(scope, wanted, at)
            except ConfigurationInvalid as refused:
                with pytest.raises(ConfigurationInvalid, match=re.escape(str(refused))):
                    await scope.configure(wanted)
                return
            assert (digest(scope, at), engine.last_seq) == (before, last)
            await scope.configure(wanted)
            while scope.sweep_slice():
                pass
            await engine.durable(engine.last_seq)
            recorded: dict[str, list[str]] = {}
            for stored in read_records(engine.log, last):
                for fact in stored.record.facts:
                    if isinstance(fact, AchievementCompleted) and fact.backdated and fact.at == at:
                        user = scope.directory.id(stored.record.user)
                        key = scope.plan.achievements[fact.achievement].key
                        recorded.setdefault(user, []).append(key)
            assert foretold == recorded

    trio.run(check)


async def foretell(scope: Scope, document: dict[str, Any], at: Instant) -> dict[str, list[str]]:
    users: list[UserBackdated] = []
    found = await dry_run(
        scope, read_document(document), at, tell=lambda *_: None, take=users.append
    )
    assert found.users == len(users)
    for row in found.achievements:
        assert row.users == sum(row.key in user.achievements for user in users)
    assert {key for user in users for key in user.achievements} <= {
        row.key for row in found.achievements
    }
    return {user.user_id: user.achievements for user in users}
