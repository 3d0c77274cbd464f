"""What came of each thing a job touched: written with it, read a page at a time, and as a table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F, QuerySet

from authorizations import bulk
from authorizations.models import OperationsJob, OperationsJobItem
from authorizations.services.export_files import csv_lines

Outcome = OperationsJobItem.Outcome
HEAD = ("what", "id", "person", "service", "outcome", "receipt", "connections", "problem", "at")
PER_PAGE = 50
BATCH = 1000


def write(job: OperationsJob, items: Sequence[OperationsJobItem]) -> None:
    """In the transaction of what they say. What a retried job finds done already keeps its first result."""
    if not items:
        return
    before = set(
        OperationsJobItem.objects.filter(
            job=job, subject_id__in=[i.subject_id for i in items], outcome__in=(Outcome.DONE, Outcome.OVER)
        ).values_list("subject_type", "subject_id")
        if job.handled
        else ()
    )
    new = [i for i in items if (i.subject_type, i.subject_id) not in before]
    bulk.insert(OperationsJobItem, new)
    came = Counter(str(i.outcome) for i in new)
    OperationsJob.objects.filter(pk=job.pk).update(
        done=F("done") + came["done"], over=F("over") + came["over"], failed=F("failed") + came["failed"]
    )


def found(job: OperationsJob, outcome: str = "") -> QuerySet[OperationsJobItem]:
    items = OperationsJobItem.objects.filter(job=job)
    return items.filter(outcome=outcome) if outcome in Outcome.values else items


def page(job: OperationsJob, outcome: str, after: int) -> tuple[list[OperationsJobItem], int]:
    """Results after this key, and the key of the next page (0 on the last): far back costs as little as the first."""
    rows = list(found(job, outcome).filter(pk__gt=after).order_by("pk")[: PER_PAGE + 1])
    return rows[:PER_PAGE], rows[PER_PAGE - 1].pk if len(rows) > PER_PAGE else 0


def table(job: OperationsJob, outcome: str = "") -> Iterator[bytes]:
    """CSV, read while it is sent; a mark at the beginning tells spreadsheets that it is UTF-8."""
    yield b"\xef\xbb\xbf" + csv_lines(HEAD, [])
    after = 0
    while rows := list(found(job, outcome).filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield csv_lines((), [_row(i) for i in rows])
        after = rows[-1].pk


def _row(i: OperationsJobItem) -> tuple[Any, ...]:
    at = i.at.isoformat()
    return (i.subject_type, i.subject_id, i.person_name, i.app_name, i.outcome, i.receipt, i.connections, i.problem, at)
