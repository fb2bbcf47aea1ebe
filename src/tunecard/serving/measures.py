"""What Prometheus reads at /metrics: requests by path and status, waiting rows and tokens, batches, seconds."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Measures:
    """One server's figures; no label holds anything that a client wrote."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tunecard_requests", "Requests by path and status.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "tunecard_request_seconds", "From the request to its answer.", ("path",), buckets=SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._rows = Counter("tunecard_rows", "Rows predicted.", registry=self._registry)
        self._batch_rows = Histogram("tunecard_batch_rows", "Rows in a batch.", buckets=ROWS, registry=self._registry)
        self._batch_seconds = Histogram(
            "tunecard_batch_seconds", "Seconds of a batch.", buckets=SECONDS, registry=self._registry
        )
        self._queue = Gauge("tunecard_queue_rows", "Rows that wait.", registry=self._registry)
        self._queue_tokens = Gauge("tunecard_queue_tokens", "Tokens that wait.", registry=self._registry)
        self._adapters = Gauge("tunecard_adapters", "Adapters that can be asked.", registry=self._registry)
        self._in_memory = Gauge("tunecard_adapters_in_memory", "Of these, in memory.", registry=self._registry)
        self._bytes = Gauge("tunecard_adapter_bytes", "What those in memory take.", registry=self._registry)
        ProcessCollector("tunecard", registry=self._registry)  # memory, seconds of processor, open files

    def request(self, path: str, status: int, seconds: float) -> None:
        """One answer."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def batch(self, rows: int, seconds: float) -> None:
        """One pass through the models."""
        self._rows.inc(rows)
        self._batch_rows.observe(rows)
        self._batch_seconds.observe(seconds)

    def queue(self, rows: int, tokens: int) -> None:
        """What waits now."""
        self._queue.set(rows)
        self._queue_tokens.set(tokens)

    def adapters(self, count: int) -> None:
        """How many there are now."""
        self._adapters.set(count)

    def in_memory(self, count: int, size: int) -> None:
        """How many adapters are in memory now, and their bytes."""
        self._in_memory.set(count)
        self._bytes.set(size)

    def families(self) -> Iterable[Metric]:
        """Every figure as it is now, for whoever tells them elsewhere."""
        return self._registry.collect()

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
