"""A dry run on a data directory: what a configuration would backdate (`engine.host.dry_run`)."""

from collections.abc import Callable
from typing import NamedTuple

from engine.configuration.document import Document
from engine.host.clock import Clock
from engine.host.dry_run import DryRun, UserBackdated, dry_run
from engine.host.engine import empty_engine
from engine.host.zones import check_zone_data
from engine.model.identifiers import Instant
from persistence.verify import Progress
from persistence.what_if import Open


class DryAnswer(NamedTuple):
    """What came of it."""

    at: Instant
    """The instant at which the configuration would be put in force."""
    dry_run: DryRun


async def dry_run_directory(
    open_reader: Open,
    scope_name: str,
    document: Document,
    tell: Progress,
    take: Callable[[UserBackdated], None],
    *,
    clock: Clock | None = None,
) -> DryAnswer:
    """Find out what a document would backdate, were it put in force now.

    Cost: a start from the snapshot, and some 30 µs a user. The directory is seen in one state all
    the while, so that beside a busy writer its files grow (persistence/DESIGN.md, "Verify").

    Args:
        open_reader: opens the data directory; its writer may be running.
        scope_name: the scope.
        document: the document.
        tell: told how far it is.
        take: gets everybody who would get something.
        clock: says what is now; default the machine's.

    Raises:
        NotFound: there is no data directory, or no such scope.
        ConfigurationInvalid: the document cannot be put in force; names every place.
        ZoneDataMismatch: the zone data is not the rules' own.
        LogDamaged: stored bytes are not what was written.
    """
    check_zone_data()
    with open_reader(pinned=True) as store:
        engine = empty_engine(store, clock=clock)
        records = store.log.bounds().last_seq
        await engine.start(lambda seq: tell("reading what there is", seq, records))
        scope = engine.find_scope(scope_name)
        at = scope.now()
        found = await dry_run(
            scope,
            document,
            at,
            tell=lambda done, total: tell("looking at users", done, total),
            take=take,
        )
        return DryAnswer(at, found)
