"""A configuration that was never in force, put in force at an instant of a recorded history.

It is resolved as it would have been then: against the version that was in force at that instant.
Two things differ. Ordinals go on from the last that the record ever gave out, so that none means
two things. And what the document archives, where there was no such thing yet, is made first and
archived at once: a file of today can be asked about the past.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec.structs import replace

from engine.configuration.document import AchievementEntry, Document, PointsEntry
from engine.configuration.resolve import resolve
from engine.model.configuration import Configuration, PointsSystem
from engine.model.identifiers import Instant


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


def hypothetical(
    document: Document,
    parted: Configuration,
    *,
    made: Mapping[str, int],
    at: Instant,
    started: bool,
    knows_zone: Callable[[str], bool],
) -> Configuration:
    """Return the version that a document would have made at an instant of the past.

    Args:
        document: what is wanted.
        parted: the version in force at the instant.
        made: how many of each kind the record ever made (`Configuration.made`).
        at: the instant.
        started: whether the scope's clock ran then; from then on some settings are fixed.
        knows_zone: tells whether a name is an IANA zone.

    Raises:
        ConfigurationInvalid: with every issue found, each with its place.
    """
    before = replace(parted, made={**parted.made, **made})
    for each in (_before_archiving(document, parted), document):
        before = resolve(each, before, at=at, started=started, knows_zone=knows_zone)
    return before


def _before_archiving(document: Document, parted: Configuration) -> Document:
    """Return a document in which what was not there and is archived does nothing, but is there."""
    systems = {system.key: system for system in parted.points}
    return replace(
        document,
        achievements=[_achievement(entry, parted) for entry in document.achievements],
        points=[_system(entry, systems.get(entry.key)) for entry in document.points],
    )


def _achievement(entry: AchievementEntry, parted: Configuration) -> AchievementEntry:
    return entry if _may_stay(entry, parted.achievements) else replace(entry, status="inactive")


def _system(entry: PointsEntry, system: PointsSystem | None) -> PointsEntry:
    triggers, boosts = (system.triggers, system.boosts) if system else ((), ())
    entry = replace(
        entry,
        triggers=[
            each if _may_stay(each, triggers) else replace(each, status="inactive")
            for each in entry.triggers
        ],
        boosts=[
            each if _may_stay(each, boosts) else replace(each, status="inactive")
            for each in entry.boosts
        ],
    )
    return (
        entry if _may_stay(entry, [system] if system else []) else replace(entry, status="active")
    )


class _Living(_Keyed, Protocol):
    @property
    def status(self) -> str: ...


def _may_stay(entry: _Living, things: Iterable[_Keyed]) -> bool:
    """Whether an entry can be put in force where there are these things."""
    return entry.status != "archived" or any(thing.key == entry.key for thing in things)
