"""The page of background jobs: every entry of the schedule is there, whatever became of it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from authorizations import task_runs
from tests import people
from tests.portal.jobs import all_ran

PAGE = "/admin/authorizations/taskrun/"


def test_an_auditor_sees_what_is_late_what_fails_and_what_never_ran(db, django_assert_max_num_queries):
    auditor = people.operations_browser("olivia", "auditor")
    empty = auditor.get(PAGE).content.decode()
    assert "No background job has run yet." in empty and empty.count('data-state="never"') == len(
        settings.CELERY_BEAT_SCHEDULE
    )
    now = timezone.now()
    all_ran(now)
    assert f"All {len(settings.CELERY_BEAT_SCHEDULE)} jobs are on time." in auditor.get(PAGE).content.decode()
    seal = settings.CELERY_BEAT_SCHEDULE["seal-events"]["task"]
    task_runs.failed(seal, took=timedelta(), error="django.db.utils.DatabaseError", now=now)
    task_runs.TaskRun.objects.filter(name__endswith="deliver_mail").update(succeeded_at=now - timedelta(hours=2))
    with django_assert_max_num_queries(5):
        page = auditor.get(PAGE).content.decode()
    assert 'data-task="deliver-mail" data-state="late"' in page and "2 h ago" in page
    assert "Failed once since it last succeeded: django.db.utils.DatabaseError" in page
    assert "2 of " in page


@pytest.mark.parametrize("method", ["post", "get"])
def test_nobody_changes_a_record(db, method):
    task_runs.started("x", now=timezone.now())
    admin = people.operations_browser()
    for act in ("add/", "x/delete/"):
        assert getattr(admin, method)(f"{PAGE}{act}").status_code == 403


def test_a_stranger_and_a_person_without_a_role_see_nothing(alice_browser):
    assert Client().get(PAGE).status_code == 302
    assert alice_browser.get(PAGE).status_code in {302, 403}
    assert b"deliver-mail" not in alice_browser.get(PAGE, follow=True).content
