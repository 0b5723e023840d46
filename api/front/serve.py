"""From a data directory to a running server, and back to a directory that is closed in good order.

The port is open before recovery begins, so that whoever watches over the server sees how far it is.
"""

import gc
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import trio

from api.front.auth import Authenticator, make_key
from api.front.limits import CLOSING_SNAPSHOT_SECONDS_MAX
from api.front.logs import Log
from api.front.server import Front, Server
from api.front.service import Service
from api.front.telemetry import Telemetry, engine_states
from api.jobs.jobs import open_jobs
from api.jobs.worker import ChildWorker, Worker
from engine.configuration.document import parse_toml
from engine.host.clock import Clock, SystemClock
from engine.host.engine import LiveEngine, Settings, open_engine
from engine.host.ports import Store
from engine.host.scope import Scope
from engine.model.errors import LaurelsError
from engine.model.identifiers import Seq
from persistence.directory import open_store

SCOPE = "default"
"""The scope that a server answers for."""
_SETTINGS = Settings(closing_snapshot_s=CLOSING_SNAPSHOT_SECONDS_MAX)


class AddressUnusable(LaurelsError):
    """The server cannot listen where it is told to."""

    code = "address"
    status = 503
    exit_code = 2


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator chooses."""

    host: str = "127.0.0.1"
    port: int = 8787
    """0 lets the system choose a free one."""
    document: Mapping[str, Any] | None = None
    """The configuration to put in force; None keeps what the directory has, or the example."""
    given_key: str | None = None
    """The one admin key that counts; None for those of the directory, the first made if need be."""
    front: Front = "both"


Announce = Callable[[str, str | None], None]
"""Told once the server answers: its address, and the admin key if one was made."""


async def serve_directory(
    data: Path, options: Options, log: Log, announce: Announce, stop: trio.Event
) -> None:
    """Serve a data directory until told to stop, or until a commit fails.

    Args:
        data: the directory; made if it is missing.
        options: what the operator chose.
        log: told of what matters.
        announce: told once the server answers.
        stop: set to stop; what is under way may end.

    Raises:
        DirectoryInUse: another process writes to the directory.
        LogDamaged: stored bytes are not what was written.
        ConfigurationInvalid: names every place that is wrong; nothing has changed.
        EngineFailed: a commit failed; the next start recovers.
        AddressUnusable: the address or the port cannot be used.
    """
    async with (
        listening(options, log) as port,
        open_store(data, url=port.url) as store,
    ):
        if not store.stopped_cleanly:
            log.warning("the last stop was not a clean one; recovering", data=str(data))
        if store.derived_reset:
            log.warning("derived data are made anew", why=store.derived_reset)
        worker = ChildWorker(data)
        await answer(port, store, options, announce=announce, stop=stop, worker=worker)


class Port(NamedTuple):
    """An open port, and what serves it."""

    url: str
    server: Server
    service: Service
    log: Log


@asynccontextmanager
async def listening(options: Options, log: Log) -> AsyncGenerator[Port]:
    """Open the port and answer what can be answered without an engine."""
    service = Service(Telemetry(), log)
    server = Server(service, log, front=options.front)
    try:
        listeners = await trio.open_tcp_listeners(options.port, host=options.host)
    except OSError as error:
        raise AddressUnusable(
            f"cannot listen on {options.host}, port {options.port}: {error.strerror or error}; "
            "choose another with --host and --port"
        ) from error
    host, port = listeners[0].socket.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    log.info("listening", url=url)
    async with server.serving(listeners):
        yield Port(url, server, service, log)


async def answer(
    port: Port,
    store: Store,
    options: Options,
    *,
    announce: Announce,
    stop: trio.Event,
    clock: Clock | None = None,
    settings: Settings = _SETTINGS,
    worker: Worker | None = None,
) -> None:
    """Recover the engine, answer until told to stop, drain, close the engine.

    Args:
        port: where to answer.
        store: the data directory, opened.
        options: what the operator chose.
        announce: told once the server answers.
        stop: set to stop.
        clock: default the machine's.
        settings: of the engine.
        worker: does the jobs; without one they are refused.

    Raises:
        EngineFailed: a commit failed; the next start recovers.
    """
    url, server, service, log = port
    began_at = time.monotonic()
    service.records = store.log.bounds().last_seq

    def progress(seq: Seq) -> None:
        service.recovered = seq

    async with (
        open_engine(store, clock=clock, settings=settings, progress=progress) as engine,
        open_jobs(worker, clock or SystemClock()) as jobs,
    ):
        gc.freeze()  # what recovery built stays; no collection has to look at it again
        engine.observe_commits(service.telemetry.observe_commit)
        service.telemetry.watch(lambda: engine_states(engine))
        scope = await engine.scope(SCOPE)
        await _configure(scope, options.document, log)
        new_key = await _admit_admin(scope, options.given_key)
        await engine.durable(engine.last_seq)
        service.open(engine, Authenticator(scope, options.given_key), jobs)
        log.info(
            "ready",
            url=url,
            records=engine.last_seq,
            users=scope.state.users,
            seconds=round(time.monotonic() - began_at, 3),
        )
        announce(url, new_key)
        if not await _wait(stop, engine):
            log.error("a commit failed; the process ends, the next start recovers")
        stopping_at = time.monotonic()
        log.info("stopping")
        jobs.close()  # who waits for one is told, and its process ends while requests do
        await server.drain()
        service.close()
    log.info("stopped", seconds=round(time.monotonic() - stopping_at, 3))


async def _wait(stop: trio.Event, engine: LiveEngine) -> bool:
    """Wait until told to stop; return False if a commit fails first."""

    async def fail() -> None:
        await engine.wait_failed()
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(fail)
        await stop.wait()
        nursery.cancel_scope.cancel()
    return stop.is_set()


async def _configure(scope: Scope, document: Mapping[str, Any] | None, log: Log) -> None:
    before = scope.configuration.version
    if document is None and before == 0:
        text = files("api").joinpath("configurations", "example.toml").read_bytes()
        document = parse_toml(text)
        log.info("no configuration is given and none is there: the built-in example is in force")
    if document is not None:
        version = await scope.configure(document)
        if 0 < before < version:
            log.info("a new version of the configuration is in force", version=version)


async def _admit_admin(scope: Scope, given_key: str | None) -> str | None:
    """Make sure that somebody can come in; return the key that was made for it, if one was."""
    if given_key is not None or scope.state.keys:
        return None
    key = make_key()
    await scope.add_key("admin", key.prefix, key.digest)
    return key.text
