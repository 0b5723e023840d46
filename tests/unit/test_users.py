"""What is known of a user: given fields replace, null takes away, and it survives a restart."""

from datetime import date

import pytest

from engine.host.requests import UserFields
from engine.model.errors import InvalidInput, NotFound
from engine.model.identifiers import Day
from engine.model.limits import DEVICE_TOKENS_MAX
from persistence.memory import MemoryDisk
from tests.unit.games import DAY, NOON, event, game


async def test_all_fields_are_kept_and_null_takes_away() -> None:
    disk = MemoryDisk()
    async with game(disk) as (_, scope):
        await scope.upsert_user(
            UserFields(
                "ada",
                tz="Europe/London",
                name="Ada",
                email="ada@example.org",
                attributes={"plan": "pro"},
                sign_up_date=date(2020, 2, 29),
                device_tokens=("t1", "t2"),
                subscribe_to_emails=False,
            )
        )
    async with game(disk) as (engine, scope):
        identity = scope.read_user("ada").state.identity
        assert (identity.name, identity.email) == ("Ada", "ada@example.org")
        assert identity.sign_up_date == Day((date(2020, 2, 29) - date(1970, 1, 1)).days)
        assert (identity.device_tokens, identity.subscribe_to_emails) == (("t1", "t2"), False)
        before = engine.last_seq
        await scope.upsert_user(UserFields("ada", name="Ada", device_tokens=("t1", "t2")))
        assert engine.last_seq == before, "what says nothing new leaves no record"
        await scope.record_event(event(device_tokens=None, sign_up_date=None))
        await scope.upsert_user(UserFields("ada", subscribe_to_emails=None, email=None))
        identity = scope.read_user("ada").state.identity
        assert (identity.sign_up_date, identity.device_tokens, identity.email) == (None, None, None)
        assert identity.subscribe_to_emails
        assert (identity.name, identity.attributes) == ("Ada", {"plan": "pro"})


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
async def test_nobody_signs_up_after_their_own_today(zone: str) -> None:
    async with game() as (engine, scope):
        today = scope.calendar.day(zone, NOON)
        for days, refused in ((0, False), (1, True)):
            when = date.fromordinal(date(1970, 1, 1).toordinal() + today + days)
            fields = UserFields(f"ada-{days}", tz=zone, sign_up_date=when)
            before = engine.last_seq
            if not refused:
                await scope.upsert_user(fields)
                continue
            with pytest.raises(InvalidInput, match="signUpDate"):
                await scope.upsert_user(fields)
            assert engine.last_seq == before
            assert scope.directory.number(fields.id) is None


@pytest.mark.parametrize("prefix", ["", "user."])
async def test_a_refusal_names_the_field_where_it_stands(prefix: str) -> None:
    wrong = {
        "tz": {"tz": "Mars/Olympus"},
        "name": {"name": "x" * 256},
        "attributes": {"attributes": {"undeclared": "x"}},
        "deviceTokens": {"device_tokens": ("x",) * (DEVICE_TOKENS_MAX + 1)},
        "attributes.plan": {"attributes": {"plan": "x" * 1_025}},
    }
    async with game() as (_, scope):
        for field, values in wrong.items():
            with pytest.raises(InvalidInput) as refusal:
                await scope.upsert_user(UserFields("ada", **values), where=prefix)
            assert refusal.value.where == prefix + field
        with pytest.raises(NotFound):
            await scope.upsert_user(UserFields("ada", name="Ada"), known_only=True)


async def test_a_key_is_in_the_log_and_in_no_digest() -> None:
    from engine.host.digest import digest

    disk = MemoryDisk()
    async with game(disk) as (engine, scope):
        before = digest(scope)
        await scope.add_key("admin", "abc", b"\1" * 32)
        assert (digest(scope), scope.mode) == (before, "idle")
        await engine.snapshots.write()
        await scope.add_key("admin", "def", b"\2" * 32)
    async with game(disk) as (_, scope):
        assert [(key.prefix, key.hash[0]) for key in scope.state.keys] == [("abc", 1), ("def", 2)]
        assert scope.state.clock < NOON + DAY
