"""How a record changes the scope it belongs to: the one place that does, live and in recovery."""

from typing import assert_never

from msgspec.structs import replace

from engine.model.commands import (
    AddBoost,
    AddKey,
    AddPause,
    ApplyConfiguration,
    AwardPoints,
    BringUp,
    ChangeBoost,
    ChangePreferences,
    CloseRun,
    CompleteAchievement,
    DeleteBoost,
    DeletePause,
    FinishImport,
    GrantFreeze,
    HideUser,
    NoteArchive,
    NoteSweep,
    OpenScope,
    RecordEvent,
    ResetStreak,
    RestoreStreak,
    StartImport,
    UpsertUser,
    VoidEvent,
)
from engine.model.facts import AchievementCompleted, RunFinished, UserCreated
from engine.model.identifiers import Seq
from engine.model.record import Record
from engine.model.scope import AccessKey, ClosedRun, ScopeState, StepState


def apply_to_scope(scope: ScopeState, seq: Seq, record: Record) -> None:
    """Bring a scope's state from the record before to this one."""
    scope.clock = record.at
    scope.seq = seq
    for fact in record.facts:
        if type(fact) is AchievementCompleted:
            counted = scope.completions.get(fact.achievement, 0)
            scope.completions[fact.achievement] = counted + 1
    match record.command:
        case RecordEvent() | UpsertUser() | CompleteAchievement():
            scope.started = True
            if record.facts and isinstance(record.facts[0], UserCreated):
                scope.users = record.user
        case (
            BringUp()
            | GrantFreeze()
            | AddPause()
            | DeletePause()
            | ResetStreak()
            | RestoreStreak()
            | ChangePreferences()
            | VoidEvent()
            | AwardPoints()
            | AddBoost()
            | ChangeBoost()
            | DeleteBoost()
            | HideUser()
        ):
            pass
        case ApplyConfiguration(configuration):
            scope.versions = (*scope.versions, seq)
            step = StepState(scope.steps[-1].number + 1, record.at, configuration, scope.users)
            scope.steps.append(step)
        case StartImport():
            scope.importing = True
        case FinishImport():
            scope.importing = False
            scope.started = True
        case NoteSweep(step, swept):
            scope.swept_step = step
            scope.swept = swept
        case AddKey(role, prefix, hash_):
            scope.keys = (*scope.keys, AccessKey(role, prefix, hash_))
        case CloseRun():
            (finished,) = record.facts
            assert isinstance(finished, RunFinished)
            closed = ClosedRun(seq, record.at, finished)
            scope.closed_runs.setdefault(finished.board, {})[finished.run] = closed
        case NoteArchive(board, run):
            runs = scope.closed_runs[board]
            runs[run] = replace(runs[run], finalised_at=record.at)
        case OpenScope():
            pass
        case _:
            assert_never(record.command)
