"""What the processes counted, as families of metrics."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from authorizations.meters.adding import Total
from authorizations.meters.memory import BOUNDS

# name in the process -> (name outside, what it is, labels)
COUNTERS = {
    "requests": ("gatehouse_requests", "Requests answered, by route and status", ("endpoint", "outcome")),
    "decisions": ("gatehouse_decisions", "Uses that the policy decided, by reason", ("reason",)),
    "refusals": ("gatehouse_refusals", "Calls refused, by endpoint and reason", ("endpoint", "reason")),
    "tokens_issued": ("gatehouse_tokens_issued", "Access tokens issued, by grant type", ("grant",)),
    "pool_held_seconds": ("gatehouse_pool_held_seconds", "Seconds that database connections were in use", ()),
    "pool_waits": ("gatehouse_pool_waits", "Times that a database connection had to be waited for", ()),
    "pool_wait_seconds": ("gatehouse_pool_wait_seconds", "Seconds waited for a database connection", ()),
    "pool_errors": ("gatehouse_pool_errors", "Times that no database connection could be had", ()),
}
HISTOGRAMS = {"request_seconds": ("gatehouse_request_seconds", "Seconds to answer, by route", ("endpoint",))}
GAUGES = {
    "resident_bytes": ("gatehouse_resident_bytes", "Memory of the processes of this machine"),
    "pool_size": ("gatehouse_pool_size", "Database connections that the processes hold"),
    "pool_most": ("gatehouse_pool_most", "Database connections that the processes may hold"),
}


class Counted(Collector):
    def __init__(self, total: Total) -> None:
        self.total = total

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("gatehouse_processes", "Processes of this machine that count", self.total.processes)
        for name, (outside, text, labels) in COUNTERS.items():
            counter = CounterMetricFamily(outside, text, labels=labels)
            for (of, values), count in sorted(self.total.counts.items()):
                if of == name:
                    counter.add_metric(values, count)
            yield counter
        for name, (outside, text, labels) in HISTOGRAMS.items():
            yield self._histogram(name, HistogramMetricFamily(outside, text, labels=labels))
        for name, (outside, text) in GAUGES.items():
            each = self.total.gauges.get((name, ()), [])
            yield GaugeMetricFamily(outside, text, sum(each))
            if name == "resident_bytes":
                yield GaugeMetricFamily(f"{outside}_largest", "Memory of the largest process", max(each, default=0.0))

    def _histogram(self, name: str, family: HistogramMetricFamily) -> HistogramMetricFamily:
        bounds = [*(floatToGoString(bound) for bound in BOUNDS), "+Inf"]
        for (of, values), cells in sorted(self.total.times.items()):
            if of == name and len(cells) == len(bounds) + 1:
                up_to, buckets = 0.0, []
                for bound, count in zip(bounds, cells, strict=False):
                    up_to += count
                    buckets.append((bound, up_to))
                family.add_metric(values, buckets, cells[-1])
        return family
