"""An audit of every ledger, row by row: each row's total is the one before plus its amount.

By induction the sum of a ledger's amounts is the total that the state has: for points of every user
and system, for freezes, and for completions, of which there is one at most.
"""

from engine.model.facts import AchievementCompleted, FreezesChanged, PointsAwarded
from engine.model.identifiers import Ordinal, fact_id
from engine.model.record import StoredRecord
from engine.model.user import UserState


def audit(stored: StoredRecord, before: UserState | None) -> str | None:
    """Return what is wrong with the rows of a record, in words; None if nothing is.

    Args:
        stored: the record.
        before: its user as the records before have left them; None if it makes them.
    """
    points: dict[Ordinal, int] = {}
    balance = before.freezes.balance if before is not None else 0
    completed = set(before.completions) if before is not None else set[Ordinal]()
    for index, fact in enumerate(stored.record.facts):
        where = f"fact {fact_id(stored.seq, index)}"
        match fact:
            case PointsAwarded():
                had = before.points.get(fact.system) if before is not None else None
                total = points.get(fact.system, had.total if had else 0) + fact.amount
                if total != fact.total:
                    return f"{where}: the ledger of points comes to {total}, not {fact.total}"
                points[fact.system] = total
            case FreezesChanged():
                balance += fact.amount
                if balance != fact.balance:
                    return f"{where}: the ledger of freezes comes to {balance}, not {fact.balance}"
            case AchievementCompleted():
                if fact.achievement in completed:
                    return f"{where}: achievement {fact.achievement} is completed twice"
                completed.add(fact.achievement)
            case _:
                pass
    return None
