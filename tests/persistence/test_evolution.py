"""Records of earlier releases are read as what they said (persistence/DESIGN.md, rule 4).

The bytes are those that a release of rules version 1 wrote. They are never made anew: a release
that reads them otherwise, or not at all, has broken a rule of evolution.
"""

import pytest

from engine.host.engine import empty_engine, load_engine
from engine.host.recovery import read_records
from engine.host.reevaluation import Reevaluation
from engine.model.commands import (
    AnyCommand,
    ApplyConfiguration,
    BringUp,
    OpenScope,
    Personal,
    RecordEvent,
)
from engine.model.configuration import (
    Configuration,
    Leaderboard,
    Metric,
    Streak,
    StreakCondition,
)
from engine.model.facts import (
    AchievementCompleted,
    AnyFact,
    LevelChanged,
    MetricChanged,
    PeriodClosed,
    PeriodMet,
    PointsAwarded,
    RankMoved,
    UserCreated,
    ZoneChanged,
)
from engine.model.identifiers import (
    Day,
    Instant,
    Millionths,
    Ordinal,
    ScopeNumber,
    Seq,
    UserNumber,
)
from engine.model.record import RULES, Record, decode_record, encode_personal
from engine.model.user import ORDER_OF_COMMANDS
from persistence.memory import MemoryDisk, open_memory_store
from persistence.verify import LogAlone

ONE, TWO = Millionths(1_000_000), Millionths(2_000_000)
FIRST = Ordinal(1)
NOON = Instant(1_728_043_200_000_000)
MIDNIGHT = Instant(1_728_140_400_000_000)
DAY = Day(20_000)
ORDER = ORDER_OF_COMMANDS + 3
NEVER = Seq(0)


def record(
    at: int, user: int, step: int, date: int, command: AnyCommand, *facts: AnyFact
) -> Record:
    return Record(
        ScopeNumber(1),
        Instant(at),
        UserNumber(user),
        step,
        Day(date),
        1,
        NEVER,
        command,
        facts,
    )


WRITTEN = {
    "9901 00 00 00 00 01 00 9201a764656661756c74 90": record(0, 0, 0, 0, OpenScope("default")),
    """
    9901050000000100920285a776657273696f6e01a76d6574726963739183a76f7264696e616c01a36b6579a1
    6da46e616d65a14da673747265616b81aa636f6e646974696f6e739182a66d657472696301a9746872657368
    6f6c64ce000f4240ac6c6561646572626f617264739186a76f7264696e616c01a36b6579a162a46e616d65a1
    42a772616e6b5f6279a66d6574726963a66d657472696301a372756e01a46d61646582a66d657472696301ab
    6c6561646572626f6172640190
    """: record(
        5,
        0,
        0,
        0,
        ApplyConfiguration(
            Configuration(
                version=1,
                metrics=(Metric(FIRST, "m", "M"),),
                streak=Streak(conditions=(StreakCondition(FIRST, ONE),)),
                leaderboards=(Leaderboard(FIRST, "b", "B", "metric", metric=FIRST, run=1),),
                made={"metric": 1, "leaderboard": 1},
            )
        ),
    ),
    """
    9901cf000623a56917b0000101cd4e200100950501ce001e8480aa417369612f546f6b796fc4103031323334
    3536373839616263646566989201cf000623a56917b0009302cf000623a56917b000aa417369612f546f6b79
    6f9a03cf000623a56917b00001ce001e8480ce001e8480cf000623a56917b000cf4000000000000003cd4e20
    ce001e8480009504cf000623a56917b000cd4e2001cd4e209406cf000623a56917b00001c29a07cf000623a5
    6917b0000101040404cf000623a56917b000cf4000000000000003009508cf000623a56917b0000100019a09
    cf000623a56917b00001a001000102cf000623a56917b000cf4000000000000003
    """: record(
        NOON,
        1,
        1,
        DAY,
        RecordEvent(FIRST, TWO, "Asia/Tokyo", b"0123456789abcdef"),
        UserCreated(NOON),
        ZoneChanged(NOON, "Asia/Tokyo"),
        MetricChanged(NOON, FIRST, TWO, TWO, NOON, ORDER, DAY, TWO, NEVER),
        PeriodMet(NOON, DAY, 1, DAY),
        AchievementCompleted(NOON, FIRST, False),
        PointsAwarded(NOON, FIRST, FIRST, 4, 4, 4, NOON, ORDER, NEVER),
        LevelChanged(NOON, FIRST, Ordinal(0), FIRST),
        RankMoved(NOON, FIRST, "", 1, 0, 1, 2, NOON, ORDER),
    ),
    """
    9901cf000623cac1ad740001010001009107929905cf000623bc0aa9fc00cd4e20cd4e2001a8657874656e64
    6564cd4e2100c29905cf000623bc0aa9fc00cd4e21cd4e2100a662726f6b656ecd4e2204c3
    """: record(
        1_728_203_600_000_000,
        1,
        1,
        0,
        BringUp(),
        PeriodClosed(MIDNIGHT, DAY, DAY, 1, "extended", Day(DAY + 1), NEVER),
        PeriodClosed(MIDNIGHT, Day(DAY + 1), Day(DAY + 1), 0, "broken", Day(DAY + 2), Seq(4), True),
    ),
}
# What that release did not know yet.
DEFAULTS = {
    UserCreated: {"date": 0},
    MetricChanged: {"week": 0, "week_sum": 0, "month": 0, "month_sum": 0},
    PeriodMet: {"frequency": "daily"},
    PeriodClosed: {"frequency": "daily", "met_by": 0},
}


@pytest.mark.parametrize(
    ("written", "meant"), WRITTEN.items(), ids=["scope", "step", "event", "due"]
)
def test_records_of_the_first_rules_are_read_as_what_they_said(written: str, meant: Record) -> None:
    assert decode_record(bytes.fromhex(written)) == meant
    for fact in meant.facts:
        for field, value in DEFAULTS.get(type(fact), {}).items():
            assert getattr(fact, field) == value


async def test_a_log_of_the_first_rules_is_read_by_its_facts_and_not_evaluated() -> None:
    disk = MemoryDisk()
    async with open_memory_store(disk) as store:
        records = [bytes.fromhex(written) for written in WRITTEN]
        await store.log.append(Seq(1), records, {Seq(3): encode_personal(Personal("ada"))})
    async with open_memory_store(disk) as store:
        scope = (await load_engine(store)).find_scope("default")
        ada = scope.recorded_user("ada")
        assert (ada.zone, ada.date, ada.streak("daily").length) == ("Asia/Tokyo", DAY, 0)
        assert ada.streak("daily").longest == 1
        assert ada.streak("daily").lapsed == ((DAY, 1, DAY),)
        assert ada.metrics[FIRST].total == TWO
        replayed = Reevaluation(empty_engine(LogAlone(store.log)))
        for stored in read_records(store.log, NEVER):
            replayed.apply(stored)
            if replayed.first_difference is not None:
                break
        said = f"record 3 was made by rules version 1, not {RULES}"
        assert replayed.first_difference == said
