"""Streaks through the hosted service's own client: what it asks for and what it is shown."""

from datetime import UTC, datetime
from typing import Any

from trophy import TrophyApi
from trophy.types import (
    NotificationPreferences,
    StreakMetricPreference,
    StreakPreferences,
    StreakSettingsMetric,
    UpdateStreakSettingsFreezes,
)

from api.front.server import Front
from engine.model.identifiers import Instant
from tests.unit.games import DAY, clock_at
from tests.wire.client import Client, a_game, ended, freezes, made_pause, pause, reset, restored

NOON = datetime(2024, 10, 5, 12, tzinfo=UTC)


def under(key: str) -> Any:
    """Options of a request that counts once."""
    return {"additional_headers": {"Idempotency-Key": key}}


async def length(client: Client, user: str) -> int:
    return (await client(lambda api: api.users.streak(user))).length


async def balance(client: Client, user: str) -> int | None:
    return (await client(lambda api: api.users.streak(user))).freezes


async def test_streaks_of_several_users(front: Front) -> None:
    async with a_game(front) as (_, client):
        listed = await client(lambda api: api.streaks.list(user_ids=["bob", "nobody", "ada"]))
        assert client.last.request.url.query == b"userIds=bob&userIds=nobody&userIds=ada"
        assert [(item.user_id, item.streak_length, item.extended) for item in listed] == [
            ("ada", 2, "2024-10-05T12:00:00Z"),
            ("bob", 1, "2024-10-04T12:00:00Z"),
        ]
        assert await client(lambda api: api.streaks.list(user_ids="bob,nobody,ada")) == listed
        assert client.last.request.url.query == b"userIds=bob%2Cnobody%2Cada"


async def test_a_streak_with_a_freeze_a_pause_and_a_reset(front: Front) -> None:
    clock = clock_at()
    async with a_game(front, clock) as (_, client):
        clock.at = Instant(clock.at + 4 * DAY)
        streak = await client(lambda api: api.users.streak("ada", history_periods=4))
        assert (streak.length, streak.freezes, streak.max_freezes) == (0, 0, 2)
        assert (streak.freeze_auto_earn_interval, streak.freeze_auto_earn_amount) == (7, 1)
        shown = [(day.length, day.used_freeze, day.used_pause) for day in streak.streak_history]
        assert shown == [
            (2, False, False),
            (2, True, False),
            (0, False, False),
            (0, False, False),
            (0, False, False),
        ]
        later = await client(lambda api: made_pause(api, "ada", "2024-10-09", "2024-10-20"))
        await client(lambda api: api.admin.streaks.reset(users=reset("ada")))
        streak = await client(lambda api: api.users.streak("ada", history_periods=0))
        (today,) = streak.streak_history
        assert today.reset_at == datetime(2024, 10, 9, 12, tzinfo=UTC)
        (away,) = streak.pauses
        assert (away.id, away.start, away.end) == (later, "2024-10-09", "2024-10-20")


async def test_a_pause_keeps_the_length(front: Front) -> None:
    clock = clock_at()
    async with a_game(front, clock) as (_, client):
        await client(lambda api: made_pause(api, "ada", "2024-10-06", "2024-10-07"))
        clock.at = Instant(clock.at + 4 * DAY)
        streak = await client(lambda api: api.users.streak("ada", history_periods=3))
        shown = [(day.length, day.used_pause) for day in streak.streak_history]
        assert shown == [(2, True), (2, True), (2, True), (2, False)]
        assert (streak.length, streak.freezes, streak.pauses) == (2, 1, [])
        assert streak.expires == "2024-10-09"


async def test_pauses_are_made_and_deleted(front: Front) -> None:
    async with a_game(front) as (_, client):
        asked = [pause("ada", "2024-10-06", "2024-10-07"), pause("ada", "2024-10-04")]
        made = await client(lambda api: api.admin.streaks.pauses.create(pauses=asked))
        assert client.last.status_code == 201
        ((created,), (issue,)) = made.created, made.issues
        assert (created.user_id, created.start, created.end) == ("ada", "2024-10-06", "2024-10-07")
        assert created.status == "active"
        assert (issue.index, issue.user_id, issue.severity) == (1, "ada", "error")
        assert issue.message == "start: lies before the user's today, 2024-10-05"
        ids = [created.id, "none"]
        gone = await client(lambda api: api.admin.streaks.pauses.delete(ids=ids))
        assert client.last.request.url.query == f"ids={created.id}&ids=none".encode()
        ((deleted,), (issue,)) = gone.deleted, gone.issues
        assert (deleted.id, issue.id, issue.index) == (created.id, "none", 1)
        again = await client(lambda api: api.admin.streaks.pauses.delete(ids=",".join(ids)))
        assert (again.deleted, [issue.id for issue in again.issues]) == ([], ids)
        asked = [pause("nobody", "2024-10-06")]
        await client(lambda api: api.admin.streaks.pauses.create(pauses=asked))
        assert client.last.status_code == 200


async def test_a_list_under_a_key_counts_once(front: Front) -> None:
    async with a_game(front) as (_, client):
        for status in (201, 200):
            answer = await client(
                lambda api: api.admin.streaks.freezes.create(
                    freezes=freezes("ada", "bob", "ada"), request_options=under("f")
                )
            )
            assert client.last.status_code == status
            (issue,) = answer.issues
            assert (issue.index, issue.user_id) == (2, "ada")
            assert issue.message == "there is no room for a freeze: the user has 2 of 2"
            assert await balance(client, "ada") == await balance(client, "bob") == 2
        made = [
            await client(
                lambda api: api.admin.streaks.pauses.create(
                    pauses=[pause("bob", "2024-10-06")], request_options=under("p")
                )
            )
            for _ in range(2)
        ]
        assert made[0] == made[1]
        pauses = (await client(lambda api: api.users.streak("bob"))).pauses
        assert [each.id for each in pauses] == [made[0].created[0].id]


async def test_another_list_under_the_same_key_is_another_request(front: Front) -> None:
    async with a_game(front) as (_, client):
        made = [
            await client(
                lambda api, who=who, day=day: api.admin.streaks.pauses.create(
                    pauses=[pause(who, day)], request_options=under("p")
                )
            )
            for who, day in (("ada", "2024-10-06"), ("bob", "2024-10-06"), ("bob", "2024-10-07"))
        ]
        assert client.last.status_code == 201
        for who, expected in (("ada", made[:1]), ("bob", made[1:])):
            pauses = (await client(lambda api, who=who: api.users.streak(who))).pauses
            made_now = [each.created[0].id for each in expected]
            assert [each.id for each in pauses][-len(expected) :] == made_now


async def test_streaks_are_reset_and_restored(front: Front) -> None:
    async with a_game(front) as (_, client):
        await client(lambda api: ended(api, "ada"))
        assert await length(client, "ada") == 0
        for status in (201, 200):
            answer = await client(
                lambda api: api.admin.streaks.restore(
                    users=restored("ada", "nobody"), request_options=under("r")
                )
            )
            assert client.last.status_code == status
            assert answer.restored_users == ["ada"]
            assert [issue.message for issue in answer.issues] == ["there is no user 'nobody'"]
            assert await length(client, "ada") == 1
        answer = await client(lambda api: api.admin.streaks.reset(users=reset("ada", "nobody")))
        assert client.last.status_code == 200
        assert answer.reset_users == ["ada"]
        assert [(issue.index, issue.user_id) for issue in answer.issues] == [(1, "nobody")]
        assert await length(client, "ada") == 0
        answer = await client(lambda api: api.admin.streaks.restore(users=restored("ada")))
        assert client.last.status_code == 200
        assert answer.restored_users == []


async def test_preferences_left_out_stay_and_null_goes_back(front: Front) -> None:
    async with a_game(front) as (_, client):
        own = StreakPreferences(
            evaluation_mode="AND",
            metrics=[StreakMetricPreference(key="steps", threshold=2.5)],
            days_off=[3],
        )
        set_to = await client(lambda api: api.users.update_preferences("ada", streak=own))
        assert set_to.streak is not None
        assert (set_to.streak.enabled, set_to.streak.evaluation_mode) == (True, "AND")
        assert set_to.streak.metrics == own.metrics
        assert set_to.streak.days_off == [3]
        assert await client(lambda api: api.users.update_preferences("ada")) == set_to
        assert client.last.request.content == b"{}"
        back = StreakPreferences(metrics=None)
        left = await client(lambda api: api.users.update_preferences("ada", streak=back))
        assert client.last.request.content == b'{"streak":{"metrics":null}}'
        assert left.streak is not None
        assert (left.streak.metrics, left.streak.days_off) == (None, [3])
        left = await client(lambda api: api.users.update_preferences("ada", streak=None))
        assert client.last.request.content == b'{"streak":null}'
        assert left.streak == StreakPreferences(enabled=True)
        assert await client(lambda api: api.users.get_preferences("ada")) == left


async def test_channels_of_notifications(front: Front) -> None:
    async with a_game(front) as (_, client):
        said = NotificationPreferences(recap=["push"], streak_reminder=[])
        answer = await client(lambda api: api.users.update_preferences("ada", notifications=said))
        body = b'{"notifications":{"recap":["push"],"streak_reminder":[]}}'
        assert client.last.request.content == body
        shown = answer.notifications
        assert (shown.recap, shown.streak_reminder) == (["push"], [])
        assert shown.achievement_completed == shown.reactivation == ["email", "push"]
        said = NotificationPreferences(recap=None)
        answer = await client(lambda api: api.users.update_preferences("ada", notifications=said))
        assert answer.notifications.recap == ["email", "push"]
        assert answer.notifications.streak_reminder == []


async def test_streaks_that_a_user_does_not_want(front: Front) -> None:
    async with a_game(front) as (_, client):

        def turn_off(api: TrophyApi) -> Any:
            api.admin.streaks.settings.update(customization_enabled=False)
            return api.users.update_preferences("ada", streak=StreakPreferences(enabled=False))

        off = await client(turn_off)
        assert off.streak.enabled is False
        assert await length(client, "ada") == 0


async def test_settings_left_out_stay_and_null_switches_freezes_off(front: Front) -> None:
    async with a_game(front) as (_, client):
        before = await client(lambda api: api.admin.streaks.settings.get())
        assert (before.frequency, before.evaluation_mode) == ("daily", "OR")
        assert (before.customization_enabled, before.days_off) == (True, [])
        assert before.metrics == [StreakSettingsMetric(key="steps", threshold=1)]
        assert before.freezes is not None
        assert (before.freezes.start_count, before.freezes.max_count) == (1, 2)
        assert (before.freezes.auto_earn_interval, before.freezes.auto_earn_amount) == (7, 1)
        assert await client(lambda api: api.admin.streaks.settings.update()) == before
        assert client.last.request.content == b"{}"
        after = await client(
            lambda api: api.admin.streaks.settings.update(freezes=None, days_off=[6])
        )
        assert client.last.request.content == b'{"daysOff":[6],"freezes":null}'
        assert after.freezes is None
        assert (after.days_off, after.metrics) == ([6], before.metrics)
        assert await balance(client, "ada") is None
        # A pair that is left out is none, as the client documents it.
        less = UpdateStreakSettingsFreezes(start_count=0, max_count=3)
        after = await client(lambda api: api.admin.streaks.settings.update(freezes=less))
        assert after.freezes is not None
        assert after.freezes.auto_earn_interval is after.freezes.auto_earn_amount is None
        assert await balance(client, "ada") == 1
        after = await client(lambda api: api.admin.streaks.settings.update(frequency="weekly"))
        assert (after.frequency, after.days_off) == ("weekly", [])
        assert await client(lambda api: api.admin.streaks.settings.get()) == after
