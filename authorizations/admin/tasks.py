"""Background jobs, for operations: every entry of the schedule, what became of it last, and what is late."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from authorizations import task_runs
from authorizations.admin.base import ReadOnly
from authorizations.models import TaskRun

WORDS = {
    "never": "Never ran",
    "running": "Running",
    "failing": "Fails",
    "late": "Late",
    "well": "On time",
}


@admin.register(TaskRun)
class TaskRunAdmin(ReadOnly):
    """One page: what the schedule has, not what the table has, so that a job that never ran is there, too."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        now = timezone.now()
        states = task_runs.states(settings.CELERY_BEAT_SCHEDULE, now=now)
        rows = [(state, WORDS[state.word], _about(state)) for state in states]
        troubles = sum(state.late or state.word == "failing" for state in states)
        context = self.admin_site.each_context(request) | {
            "title": "Background jobs",
            "rows": rows,
            "troubles": troubles,
            "nothing_ran": all(state.run is None for state in states),
            "now": now,
        }
        return render(request, "admin/tasks.html", context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _about(state: task_runs.State) -> str:
    if state.run is None:
        return "Late: it should have run by now." if state.late else ""
    if state.run.failures:
        times = "once" if state.run.failures == 1 else f"{state.run.failures} times"
        return f"Failed {times} since it last succeeded: {state.run.error}"
    return "" if state.run.processed is None else f"{state.run.processed} done"
