"""What every part of a resolution uses: issues, ordinals, references, and what is archived.

An entry is matched by its key with what is not archived; one that says itself that it is archived
also with the last archived thing of its key. A matched entry keeps its ordinal, a new one gets the
next ever made. What a document no longer has is archived where people may hold it, and gone where
they cannot: it never comes back, an entry of the same key is a new thing.

A resolver serves a whole document or a single entry: what it needs to know of others is in
dictionaries that are made once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from engine.configuration import document as doc
from engine.model.configuration import Attribute, AttributeFilter, Configuration, Metric
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import Day, Instant, Ordinal

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
"""What `date.toordinal` calls the local date 0."""


class Counted(Protocol):
    """Something with an ordinal."""

    @property
    def ordinal(self) -> Ordinal:
        """Its own."""
        ...


class Keyed(Counted, Protocol):
    """A configured thing."""

    @property
    def key(self) -> str:
        """Its name in references."""
        ...


class Lasting(Keyed, Protocol):
    """A configured thing that is archived instead of removed."""

    @property
    def status(self) -> str:
        """`archived`, or something else."""
        ...


class LastingEntry(Protocol):
    """An entry of one."""

    @property
    def key(self) -> str:
        """The thing's key."""
        ...

    @property
    def status(self) -> str:
        """What its status is to be."""
        ...


K = TypeVar("K", bound=Keyed)
L = TypeVar("L", bound=Lasting)
R = TypeVar("R")


class Resolver:
    """One resolution: the issues found and the ordinals given out so far."""

    def __init__(self, before: Configuration, at: Instant, *, by_id: bool = False) -> None:
        """Begin.

        Args:
            before: the version in force.
            at: the scope's clock.
            by_id: whether whoever is told of issues names other things by id, not by key.
        """
        self.before = before
        self.at = at
        self.made = dict(before.made)
        self.issues: list[tuple[str, str]] = []
        self.metrics: Mapping[str, Metric] = by_key(before.metrics)
        self.attributes: Mapping[str, Attribute] = by_key(before.attributes)
        self.achievements: Mapping[str, Ordinal] = {}
        self.systems: Mapping[str, Ordinal] = {}
        """What the keys in references mean."""
        self._by_id = by_id

    def issue(self, place: str, what: str) -> None:
        """Note that something is wrong."""
        self.issues.append((place, what))

    def finish(self, after: Configuration) -> Configuration:
        """Return the next version, or the one before if nothing differs.

        Raises:
            ConfigurationInvalid: with the issues found, if there are any.
        """
        if self.issues:
            raise ConfigurationInvalid(self.issues)
        unchanged = msgspec.structs.replace(after, version=self.before.version) == self.before
        return self.before if unchanged and self.before.version else after

    def ordinal(self, kind: str, known: Counted | None) -> Ordinal:
        """Return the ordinal of a known thing, or the next of its kind."""
        if known is not None:
            return known.ordinal
        self.made[kind] = self.made.get(kind, 0) + 1
        return Ordinal(self.made[kind])

    def unique(self, kind: str, entries: Sequence[doc.Entry | doc.TriggerEntry]) -> None:
        """Refuse a key that is there twice."""
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            if entry.key in seen:
                self.issue(doc.place_of(kind, entries, index), "the key is used twice")
            seen.add(entry.key)

    def named(self, field: str) -> str:
        """Return what a field of references is called where issues are told."""
        return named_by_id(field) if self._by_id else field

    def reference(self, place: str, field: str, key: str, known: Mapping[str, R]) -> R | None:
        """Return what a key means, None if that is nothing."""
        found = known.get(key)
        if found is None:
            self.issue(place, f"{self.named(field)}: there is no {key!r}")
        return found

    def belong(
        self,
        place: str,
        what: str,
        given: Mapping[str, object],
        needed: Collection[str],
        allowed: Collection[str] = (),
    ) -> None:
        """Refuse fields that are missing and fields that mean nothing here.

        Args:
            place: of the entry.
            what: is meant, with its article.
            given: all fields that depend on it; a value that is not there is None.
            needed: those that must be there.
            allowed: those that may be there.
        """
        for field, value in given.items():
            if value is None and field in needed:
                self.issue(place, f"{self.named(field)} is missing")
            elif value is not None and field not in needed and field not in allowed:
                self.issue(place, f"{self.named(field)} does not belong to {what}")

    def filters(
        self, place: str, entries: Iterable[doc.FilterEntry], kind: Literal["user", "event"]
    ) -> tuple[AttributeFilter, ...]:
        """Return `userAttributes` or `eventAttributes`, in the order of the attributes."""
        found: dict[Ordinal, AttributeFilter] = {}
        for index, entry in enumerate(entries):
            where, key = f"{kind}Attributes[{index}]", entry.attribute_key
            attribute = self.attributes.get(key)
            if attribute is None:
                self.issue(place, f"{where}: there is no attribute {key!r}")
            elif attribute.type != kind:
                self.issue(place, f"{where}: {key!r} is an attribute of {attribute.type}s")
            elif attribute.ordinal in found:
                self.issue(place, f"{where}: {key!r} is there twice")
            else:
                found[attribute.ordinal] = AttributeFilter(attribute.ordinal, entry.attribute_value)
        return tuple(found[ordinal] for ordinal in sorted(found))


def named_by_id(field: str) -> str:
    """Return what a document's field is called by those who name things by id."""
    return field.replace("Keys", "Ids").replace("Key", "Id")


def by_key(things: Iterable[K]) -> dict[str, K]:
    """Return configured things by their key."""
    return {thing.key: thing for thing in things}


class Matches(Generic[L]):
    """Which thing of the version before an entry means."""

    def __init__(self, before: Iterable[L]) -> None:
        """Take the things of one kind."""
        self._live: dict[str, L] = {}
        self._archived: dict[str, L] = {}
        for thing in sorted(before, key=lambda thing: thing.ordinal):
            of_status = self._archived if thing.status == "archived" else self._live
            of_status[thing.key] = thing

    def of(self, entry: LastingEntry) -> L | None:
        """Return it, None if the entry is a new thing."""
        match = self._live.get(entry.key)
        if match is None and entry.status == "archived":
            match = self._archived.get(entry.key)
        return match


def in_order(
    things: Iterable[L], before: Iterable[L], archived: Callable[[L], L | None]
) -> tuple[L, ...]:
    """Return the things of one kind with those that only the version before has.

    Args:
        things: those of the document.
        before: those of the version before.
        archived: what becomes of one that was removed; None if it vanishes.

    Returns:
        Those that are not archived in the order of the document, then the archived ones by age.
    """
    kept = list(things)
    known = {thing.ordinal for thing in kept}
    for thing in before:
        if thing.ordinal not in known:
            left = thing if thing.status == "archived" else archived(thing)
            kept += [left] if left is not None else []
    return live_first(kept)


def live_first(things: Iterable[L]) -> tuple[L, ...]:
    """Put what is archived behind what is not, by age."""

    def place(thing: L) -> tuple[bool, int]:
        archived = thing.status == "archived"
        return archived, thing.ordinal if archived else 0

    return tuple(sorted(things, key=place))


def article(word: str) -> str:
    """Return a word with its indefinite article."""
    return f"{'an' if word[0] in 'aei' else 'a'} {word}"


def day_of(of: date) -> Day:
    """Return a document's date as a local date."""
    return Day(of.toordinal() - EPOCH_ORDINAL)


def date_of(day: Day) -> date:
    """Return a local date as a document has it."""
    return date.fromordinal(day + EPOCH_ORDINAL)
