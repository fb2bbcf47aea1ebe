"""A replica's figures as Ray tells them: a scrape of /metrics would meet any one replica, Ray's own port tells of all.

Each sample becomes a gauge of Ray's with the name that it has at /metrics; Ray puts `ray_` before it, and the labels
`replica`, `deployment` and `application` beside its own. Counters stay counters in what they hold, so that `rate` and
`histogram_quantile` read them as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.samples import Sample
from ray.serve.metrics import Gauge

from tunecard.serving.measures import Measures

TELL_SECONDS = 5.0


class Figures:
    """Gauges, made when their sample is first seen."""

    def __init__(self) -> None:
        self._gauges: dict[str, Gauge] = {}

    def tell(self, families: Iterable[Metric]) -> None:
        """Every sample as it is now, but when each began."""
        for family in families:
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    self._gauge(sample, family.documentation).set(sample.value, tags=dict(sample.labels))

    def _gauge(self, sample: Sample, meaning: str) -> Gauge:
        if sample.name not in self._gauges:
            keys = tuple(sample.labels)
            self._gauges[sample.name] = Gauge(sample.name, meaning, tag_keys=keys)  # type: ignore[arg-type] # Ray types one
        return self._gauges[sample.name]


async def keep_telling(measures: Measures) -> None:
    """Until it is cancelled."""
    figures = Figures()
    while True:
        figures.tell(measures.families())
        await asyncio.sleep(TELL_SECONDS)
