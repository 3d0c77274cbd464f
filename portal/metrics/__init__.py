"""`/metrics`: the numbers of all processes of this machine, and what the database says, as Prometheus text."""

from portal.metrics.answer import metrics

__all__ = ["metrics"]
