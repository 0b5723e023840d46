"""What operators scrape at `/metrics`: rates, latencies, commits, queues, clock lag.

Counting is done where things happen; what is a state (queues, connections, lag) is read when it is
asked for. Everything lives in a registry of its own, so that two servers in a process do not mix.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.front.admission import AdmissionStatistics
from engine.host.engine import LiveEngine

FrontName = Literal["lane", "quart"]
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 10)
_RECORDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096)


class Telemetry:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "laurels_requests",
            "Requests answered.",
            ["operation", "front", "status"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "laurels_request_seconds",
            "From a whole request head to its answer, durable.",
            ["operation", "front"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._commit_latency = Histogram(
            "laurels_commit_seconds",
            "One commit of the log, synced.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._commit_records = Histogram(
            "laurels_commit_records",
            "Records in one commit of the log.",
            buckets=_RECORDS,
            registry=self.registry,
        )
        self._cut_off = Counter(
            "laurels_connections_cut_off",
            "Connections ended by the server.",
            ["why"],
            registry=self.registry,
        )
        self._children: dict[tuple[str, str, int], Counter] = {}
        self._latencies: dict[tuple[str, str], Histogram] = {}

    def observe(self, front: FrontName, operation: str, status: int, seconds: float) -> None:
        """Note that a request was answered. Some 2 µs."""
        counter = self._children.get((operation, front, status))
        if counter is None:
            counter = self._requests.labels(operation, front, str(status))
            self._children[operation, front, status] = counter
        counter.inc()
        latency = self._latencies.get((operation, front))
        if latency is None:
            latency = self._latencies[operation, front] = self._latency.labels(operation, front)
        latency.observe(seconds)

    def observe_commit(self, seconds: float, records: int) -> None:
        """Note a commit of the log."""
        self._commit_latency.observe(seconds)
        self._commit_records.observe(records)

    def cut_off(self, why: str) -> None:
        """Note that the server ended a connection."""
        self._cut_off.labels(why).inc()

    def watch(self, states: Callable[[], Iterator[Metric]]) -> None:
        """Ask for these states at every scrape."""
        self.registry.register(_States(states))

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)


class _States(Collector):
    def __init__(self, states: Callable[[], Iterator[Metric]]) -> None:
        self._states = states

    def collect(self) -> Iterator[Metric]:
        return self._states()


def engine_states(engine: LiveEngine) -> Iterator[Metric]:
    """Yield how an engine stands."""
    statistics = engine.statistics()
    committer = statistics.committer
    yield GaugeMetricFamily(
        "laurels_queued_records", "Records waiting for the disk.", committer.queued_records
    )
    yield GaugeMetricFamily(
        "laurels_queued_bytes", "Bytes waiting for the disk.", committer.queued_bytes
    )
    yield GaugeMetricFamily(
        "laurels_durable_record", "The last record on disk.", committer.durable_seq
    )
    yield GaugeMetricFamily(
        "laurels_keys_in_memory",
        "Idempotency keys not yet in the index.",
        statistics.keys_in_memory,
    )
    lag = GaugeMetricFamily(
        "laurels_clock_lag_seconds",
        "Since the earliest work that is due and not recorded.",
        labels=["scope"],
    )
    users = GaugeMetricFamily("laurels_users", "Users.", labels=["scope"])
    hot = GaugeMetricFamily("laurels_hot_users", "Users decoded in memory.", labels=["scope"])
    dirty = GaugeMetricFamily(
        "laurels_dirty_users", "Users whose last change the snapshot lacks.", labels=["scope"]
    )
    for scope in engine.scopes():
        name = scope.state.name
        lag.add_metric([name], scope.sweep_progress().lag / 1_000_000)
        users.add_metric([name], scope.state.users)
        hot.add_metric([name], statistics.actors[name].hot)
        dirty.add_metric([name], statistics.actors[name].dirty)
    yield from (lag, users, hot, dirty)


def admission_states(statistics: AdmissionStatistics, connections: int) -> Iterator[Metric]:
    """Yield how full the server is."""
    yield GaugeMetricFamily("laurels_connections", "Open connections.", connections)
    yield GaugeMetricFamily(
        "laurels_requests_in_flight", "Requests being answered.", statistics.requests
    )
    yield GaugeMetricFamily(
        "laurels_body_bytes_in_flight", "Room given to bodies.", statistics.body_bytes
    )
    yield CounterMetricFamily(
        "laurels_requests_refused", "Requests told to come again.", statistics.refused
    )
