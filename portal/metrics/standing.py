"""How things stand, from the database: jobs, outbox, sealing, keys. Read when asked, at most every five seconds."""

import threading
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import Error
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from authorizations import backlog, task_runs
from authorizations.models import EventStream, SigningKey
from authorizations.services.streaming import reading
from authorizations.services.streaming.reading import Place

KEPT = 5.0  # seconds
_lock = threading.Lock()
_kept: list[Metric] = []
_read_at = float("-inf")


class Standing(Collector):
    def collect(self) -> Iterator[Metric]:
        global _kept, _read_at
        with _lock:
            if time.monotonic() - _read_at > KEPT:
                _kept, _read_at = _read(), time.monotonic()
            yield from _kept


def forget() -> None:
    global _read_at  # noqa: PLW0603
    _read_at = float("-inf")


def _read() -> list[Metric]:
    """A database that is away costs these numbers, and not the others."""
    try:
        found = [*_jobs(), *_outbox(), *_sealing(), *_streams(), *_keys()]
    except Error:
        return [GaugeMetricFamily("gatehouse_database_answers", "Whether the database answers", 0)]
    return [GaugeMetricFamily("gatehouse_database_answers", "Whether the database answers", 1), *found]


def _jobs() -> Iterator[Metric]:
    lag = GaugeMetricFamily("gatehouse_task_lag_seconds", "Seconds since the job last succeeded", labels=["task"])
    period = GaugeMetricFamily("gatehouse_task_period_seconds", "How often the job should run", labels=["task"])
    failures = GaugeMetricFamily("gatehouse_task_failures", "Failures since it last succeeded", labels=["task"])
    took = GaugeMetricFamily("gatehouse_task_took_seconds", "How long its last run took", labels=["task"])
    late = GaugeMetricFamily("gatehouse_task_late", "Whether it is late", labels=["task"])
    for state in task_runs.states(settings.CELERY_BEAT_SCHEDULE, now=timezone.now()):
        name = [state.entry]
        period.add_metric(name, state.period.total_seconds())
        late.add_metric(name, state.late)
        if state.run and state.lag is not None:
            lag.add_metric(name, state.lag.total_seconds())
            failures.add_metric(name, state.run.failures)
        if state.run and state.run.took_ms is not None:
            took.add_metric(name, state.run.took_ms / 1000)
    yield from (lag, period, failures, took, late)


def _outbox() -> Iterator[Metric]:
    depth = GaugeMetricFamily("gatehouse_outbox_messages", "Messages that have not left", labels=["channel"])
    late = GaugeMetricFamily("gatehouse_outbox_overdue_seconds", "How long the oldest is overdue", labels=["channel"])
    for channel, waiting in backlog.outbox(timezone.now()).items():
        depth.add_metric([channel], waiting.count)
        late.add_metric([channel], waiting.age)
    yield from (depth, late)
    yield GaugeMetricFamily("gatehouse_outbox_given_up", "Messages that were given up", backlog.given_up())


def _sealing() -> Iterator[Metric]:
    waiting = backlog.unsealed(timezone.now())
    yield GaugeMetricFamily("gatehouse_unsealed_events", "Events in no sealed block yet", waiting.count)
    yield GaugeMetricFamily("gatehouse_unsealed_seconds", "How long the oldest of them waits", waiting.age)


def _streams() -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "gatehouse_event_stream_waiting_seconds", "Age of the oldest not sent", labels=["stream"]
    )
    failing = GaugeMetricFamily("gatehouse_event_stream_failing_seconds", "Since when it fails", labels=["stream"])
    paused = GaugeMetricFamily("gatehouse_event_stream_paused", "Whether it is paused", labels=["stream"])
    now = timezone.now()
    for stream in EventStream.objects.order_by("name")[:50]:
        oldest = reading.behind(Place(stream.block, stream.event)).since
        waiting.add_metric([stream.name], max(0.0, (now - oldest).total_seconds()) if oldest else 0)
        failing.add_metric([stream.name], (now - stream.failing_since).total_seconds() if stream.failing_since else 0)
        paused.add_metric([stream.name], stream.paused_at is not None)
    yield from (waiting, failing, paused)


def _keys() -> Iterator[Metric]:
    age = GaugeMetricFamily("gatehouse_signing_key_age_seconds", "How long the key signs", labels=["algorithm"])
    ends = GaugeMetricFamily("gatehouse_signing_key_due_seconds", "Until its successor is due", labels=["algorithm"])
    now = timezone.now()
    keys = SigningKey.objects.filter(retired_at=None, current_from__isnull=False).order_by("algorithm")
    for algorithm, current_from in keys.values_list("algorithm", "current_from"):
        since = (now - (current_from or now)).total_seconds()
        age.add_metric([algorithm], since)
        ends.add_metric([algorithm], settings.SIGNING_KEY_LIFETIME.total_seconds() - since)
    yield from (age, ends)
