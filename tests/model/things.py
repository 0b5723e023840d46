"""What the documents of a scope have named so far, and which of it is which.

A document replaces the one before it. Its entries are told apart by their keys; what a key means
can change, since what was removed does not come back: an entry of the same key is a new thing. So
each thing gets a number when it first appears, which is also its age, and keeps it.

What somebody may hold or see in a ledger (achievements, points systems, their triggers and boosts)
is archived when it is removed, or when its entry says so; an achievement that was never active
vanishes, as do metrics and boards.
"""

from dataclasses import dataclass, replace

from tests.model.operations import Document, Entry
from tests.model.streaks import Frequency

# Attributes that must have a value, by key.
Wanted = frozenset[tuple[str, str]]
# Events of a metric (by its number) that have certain attributes.
Filter = tuple[int, Wanted]

EMPTY_DOCUMENT: Document = {"defaultTimeZone": "UTC", "metrics": []}
LASTING = ("achievements", "points", "triggers", "boosts")


@dataclass(frozen=True)
class Thing:
    """Something that was configured. `entry` is the last one that was not archived."""

    number: int
    kind: str
    # The number of the points system that a trigger or a boost belongs to, else 0.
    system: int
    entry: Entry
    is_archived: bool = False
    is_gone: bool = False
    # Of a trigger with a cap: the operation since which it has one of this period.
    capped_since: int = 0

    @property
    def key(self) -> str:
        return self.entry["key"]


class Things:
    """All things of a scope, and the document in force."""

    def __init__(self) -> None:
        self.document = EMPTY_DOCUMENT
        self.by_number: dict[int, Thing] = {}
        # What the keys of the document in force mean: kind, system, key.
        self.meant: dict[tuple[str, int, str], int] = {}
        # The event filters that somebody asks for, and the operation since which.
        self.filters: dict[Filter, int] = {}

    def configure(self, document: Document, order: int) -> None:
        self.document = document
        self.meant = {}
        for kind in ("metrics", "achievements", "points", "leaderboards"):
            for entry in document.get(kind, []):
                self._put(kind, 0, entry, order)
        for of_system in document.get("points", []):
            system = self.number("points", of_system["key"])
            if self.by_number[system].is_archived:
                continue  # nothing in it can change any more
            for kind in ("triggers", "boosts"):
                for entry in of_system.get(kind, []):
                    self._put(kind, system, entry, order)
        for thing in list(self.by_number.values()):
            if thing.number not in self.meant.values():
                self._remove(thing)
        self.filters = {asked: self.filters.get(asked, order) for asked in self._asked()}

    def _put(self, kind: str, system: int, entry: Entry, order: int) -> None:
        """Finds what an entry means, or makes a new thing."""
        of_key = [
            thing
            for thing in self.by_number.values()
            if (thing.kind, thing.system, thing.key) == (kind, system, entry["key"])
            and not thing.is_gone
        ]
        live = [thing for thing in of_key if not thing.is_archived]
        archives = kind in LASTING and entry.get("status") == "archived"
        if live:
            known = live[0]
        elif archives and of_key:
            known = of_key[-1]
        else:
            assert not archives, "nothing is archived from the beginning"
            known = None
        if known is not None and archives:
            thing = replace(known, is_archived=True)
        else:
            number = known.number if known else len(self.by_number) + 1
            since = order
            if known is not None and period_of_cap(known.entry) == period_of_cap(entry):
                since = known.capped_since
            thing = Thing(number, kind, system, entry, capped_since=since)
        self.by_number[thing.number] = thing
        self.meant[kind, system, entry["key"]] = thing.number

    def _remove(self, thing: Thing) -> None:
        never_active = thing.kind == "achievements" and thing.entry.get("status") == "inactive"
        if thing.is_archived or (thing.kind in LASTING and not never_active):
            self.by_number[thing.number] = replace(thing, is_archived=True)
        else:
            self.by_number[thing.number] = replace(thing, is_gone=True)

    def _asked(self) -> list[Filter]:
        """The event filters that anything asks for that is not archived, active or not."""
        return [
            asked
            for thing in self.by_number.values()
            if thing.kind in ("achievements", "triggers") and not self.is_over(thing)
            if (asked := self.event_filter(thing.entry)) is not None
        ]

    # Looking up

    def number(self, kind: str, key: str, system: int = 0) -> int:
        return self.meant[kind, system, key]

    def thing(self, kind: str, key: str) -> Thing | None:
        """What a key of the document in force means."""
        number = self.meant.get((kind, 0, key))
        return None if number is None else self.by_number[number]

    def of_kind(self, kind: str) -> list[Thing]:
        """Those that are not gone, the oldest first."""
        return [t for t in self.by_number.values() if t.kind == kind and not t.is_gone]

    def is_over(self, thing: Thing) -> bool:
        """Whether it is archived, or its system is; or it is gone."""
        system = self.by_number.get(thing.system, thing)
        return thing.is_archived or thing.is_gone or system.is_archived

    def is_active(self, thing: Thing) -> bool:
        return not self.is_over(thing) and thing.entry.get("status", "active") == "active"

    def active(self, kind: str, **fields: object) -> list[Thing]:
        """The active ones that have these fields, the oldest first."""
        return [
            thing
            for thing in self.of_kind(kind)
            if self.is_active(thing)
            and all(thing.entry.get(name) == value for name, value in fields.items())
        ]

    def event_filter(self, entry: Entry) -> Filter | None:
        """The events that an achievement or trigger counts, if not all of the metric are."""
        attributes = wanted(entry, "eventAttributes")
        if not attributes:
            return None
        return self.number("metrics", entry["metricKey"]), attributes

    def attribute_type(self, key: str) -> str | None:
        for attribute in self.document.get("attributes", []):
            if attribute["key"] == key:
                return attribute.get("type", "user")
        return None

    @property
    def frequency(self) -> Frequency:
        return self.document.get("streaks", {}).get("frequency", "daily")

    @property
    def week_start(self) -> str:
        return self.document.get("weekStart", "monday")


def wanted(entry: Entry, field: str) -> Wanted:
    """The attributes that an entry asks for."""
    return frozenset(
        (each["attributeKey"], each["attributeValue"]) for each in entry.get(field, [])
    )


def period_of_cap(entry: Entry) -> str | None:
    return entry.get("cap", {}).get("period")
