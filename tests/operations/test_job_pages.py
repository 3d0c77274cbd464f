"""The pages: by role, with wrong input, stale previews and queries that mean everybody."""

import re

import pytest
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization, OperationsJob
from authorizations.notifications.models import Notice
from authorizations.services.operations import jobs
from authorizations.services.operations.preview import FRESH
from tests import people

J = "/admin/authorizations/operationsjob"


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def token(answer):
    return re.search(r'name="shown" value="([^"]+)"', answer.content.decode())[1]


def number(answer, name):
    return int(re.search(rf'id="count-{name}">([\d,]+)<', answer.content.decode())[1].replace(",", ""))


@pytest.fixture
def job(world, olivia):
    payroll, _, _ = world
    return jobs.start(
        "revoke",
        jobs.selection.Selection(apps=(payroll.client_id,)),
        by=olivia,
        reason="It was stolen",
        now=timezone.now(),
        counted={},
        counted_at=timezone.now(),
    )


def test_an_operator_looks_says_why_and_follows_the_job(operator, world):
    shown = operator.get(f"{J}/new/", {"go": 1, "act": "revoke", "app": "Payroll", "moment": "granted"})
    assert (number(shown, "people"), number(shown, "authorizations"), number(shown, "connections")) == (12, 12, 12)
    assert number(shown, "calls") == 36 and "cannot be brought back" in text(shown)
    answer = operator.post(
        f"{J}/confirm/", {"shown": token(shown), "reason": "Stolen from a laptop", "people_typed": "12"}
    )
    assert answer.status_code == 302
    made = OperationsJob.objects.get()
    # So few are done when the page comes back; the worker only says that nothing is left.
    page = operator.get(answer["Location"])
    assert (
        page.status_code == 200
        and 'id="job-done">12<' in page.content.decode()
        and "Stolen from a laptop" in text(page)
    )
    assert (
        operator.post(f"{J}/confirm/", {"shown": token(shown), "reason": "Clicked twice"})["Location"]
        == answer["Location"]
    )
    assert OperationsJob.objects.count() == 1
    lines = b"".join(operator.get(f"{J}/{made.pk}/results.csv").streaming_content).decode().splitlines()
    assert len(lines) == 13 and lines[0].endswith("what,id,person,service,outcome,receipt,connections,problem,at")
    assert made.reference in text(operator.get(f"{J}/"))


def test_a_query_that_means_everybody_wants_the_number_typed(operator, world):
    shown = operator.get(f"{J}/new/", {"go": 1, "act": "revoke", "scopes": "vso.profile"})
    assert "limited by no app" in text(shown)
    said = {"shown": token(shown), "reason": "Everything is burning"}
    for typed in ("", "yes", "11"):
        answer = operator.post(f"{J}/confirm/", said | {"people_typed": typed})
        assert answer.status_code == 400 and "Type the number of people" in text(answer)
        assert "Everything is burning" in answer.content.decode()
    assert not OperationsJob.objects.exists()
    assert operator.post(f"{J}/confirm/", said | {"people_typed": str(number(shown, "people"))}).status_code == 302


@pytest.mark.parametrize("app", ["Payroll", "Reports"])
def test_more_than_half_of_everything_wants_it_too(operator, world, app):
    shown = operator.get(f"{J}/new/", {"go": 1, "act": "revoke", "app": app})
    assert ("more than half" in text(shown)) == (app == "Payroll")


def test_a_reason_is_needed(operator, world):
    shown = operator.get(f"{J}/new/", {"go": 1, "act": "disable", "app": "Reports"})
    for reason in ("", "   ", "x", "y" * 201):
        assert operator.post(f"{J}/confirm/", {"shown": token(shown), "reason": reason}).status_code == 400
    assert not OperationsJob.objects.exists() and not Event.objects.filter(name="app.disabled").exists()


def test_what_was_counted_long_ago_is_counted_again(operator, world, clock):
    shown = operator.get(f"{J}/new/", {"go": 1, "act": "revoke", "app": "Reports"})
    clock.stands_at(timezone.now() + FRESH)
    answer = operator.post(f"{J}/confirm/", {"shown": token(shown), "reason": "Too late"})
    assert answer.status_code == 400 and "counted again" in text(answer) and not OperationsJob.objects.exists()
    assert token(answer) != token(shown)
    assert operator.post(f"{J}/confirm/", {"shown": token(answer), "reason": "In time"}).status_code == 302


def test_what_this_portal_did_not_sign_is_refused(operator, world):
    shown = token(operator.get(f"{J}/new/", {"go": 1, "act": "revoke", "app": "Reports"}))
    for bad in ("", "x", shown[:-1], shown[1:], "\x00"):
        answer = operator.post(f"{J}/confirm/", {"shown": bad, "reason": "Forged"})
        assert answer.status_code == 400 and "Nothing was done" in text(answer)
    assert Authorization.objects.filter(revoked_at=None).count() == 14


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"act": "explode"}, "explode is not one of the available choices"),
        ({"act": "revoke", "app": "Nothing"}, "No app here"),
        ({"act": "revoke", "network": "300.1.1.1"}, "Write one address or a range"),
        ({"act": "revoke", "since": "soon"}, "Write a date and time"),
        ({"act": "revoke", "since": "2026-02-30"}, "Write a date and time"),
        ({"act": "revoke", "organization": "nowhere"}, "No organization here"),
        ({"act": "revoke", "scopes": "root"}, "Unknown permissions"),
        ({"act": "revoke", "person": "nobody\x00"}, "Nobody here"),
        ({"act": "revoke", "id": "7"}, "not the id of anything"),
        ({"act": "revoke", "secret": "x" * 60}, "no key id"),
        ({"act": "revoke", "incident": "7"}, "That incident is not here"),
        ({"act": "disable"}, "Say which"),
        ({"act": "deactivate", "person": ""}, "Say which"),
    ],
)
def test_wrong_input_is_said_in_a_sentence(operator, world, said, words):
    answer = operator.get(f"{J}/new/", {"go": 1} | said)
    assert answer.status_code == 400 and words in text(answer)
    assert "xxxxx" not in text(answer).split("Secrets")[-1].split("Organization")[0]


def test_an_auditor_reads_and_does_not_act(auditor, job):
    assert auditor.get(f"{J}/").status_code == auditor.get(f"{J}/{job.pk}/change/").status_code == 200
    assert auditor.get(f"{J}/{job.pk}/results.csv").status_code == 200
    assert 'id="job-pause"' not in auditor.get(f"{J}/{job.pk}/change/").content.decode()
    for turn in ("pause", "resume", "cancel", "retry"):
        assert auditor.post(f"{J}/{job.pk}/{turn}/").status_code == 403
    assert auditor.get(f"{J}/new/").status_code == auditor.post(f"{J}/confirm/").status_code == 403
    job.refresh_from_db()
    assert job.state == "waiting"


def test_a_stranger_and_a_person_without_a_role_see_nothing(client, alice_browser, job):
    for browser in (client, alice_browser):
        for path in ("/", "/new/", f"/{job.pk}/change/", f"/{job.pk}/results.csv"):
            assert browser.get(J + path).status_code in (302, 403)
        for path in ("/confirm/", f"/{job.pk}/pause/"):
            assert browser.post(J + path).status_code in (302, 403)
    job.refresh_from_db()
    assert job.state == "waiting"


def test_a_job_is_paused_resumed_and_cancelled_on_its_page(operator, job):
    for turn, state in (("pause", "paused"), ("resume", "waiting"), ("cancel", "cancelled"), ("resume", "cancelled")):
        operator.get(f"{J}/{job.pk}/{turn}/")  # looking changes nothing
        assert operator.post(f"{J}/{job.pk}/{turn}/").status_code == 302
        job.refresh_from_db()
        assert job.state == state
    assert operator.post(f"{J}/{job.pk}/explode/").status_code == 404
    assert operator.get(f"{J}/not-a-job/change/").status_code == 404


def test_ticked_rows_lead_to_the_preview(world, alice, olivia):
    operator = people.browser(olivia)
    payroll, _, _crowd = world
    rows = list(Authorization.objects.filter(application=payroll).values_list("pk", flat=True)[:3])
    shown = operator.post(
        "/admin/authorizations/authorization/",
        {"action": "revoke_selected", "_selected_action": [str(r) for r in rows]},
    )
    assert shown.status_code == 200 and number(shown, "authorizations") == 3
    assert operator.post(f"{J}/confirm/", {"shown": token(shown), "reason": "Chosen by hand"}).status_code == 302
    assert Authorization.objects.filter(revoked_at__isnull=False).count() == 3
    answer = operator.post(
        "/admin/accounts/user/", {"action": "deactivate_people", "_selected_action": [str(alice.pk)]}
    )
    page = operator.get(answer["Location"])
    assert number(page, "people") == 1 and "Alice" in text(page)


def test_the_person_reads_the_reason(operator, world):
    _, _, crowd = world
    shown = operator.get(f"{J}/new/", {"go": 1, "act": "revoke", "person": crowd[0].principal_name, "app": "Reports"})
    operator.post(f"{J}/confirm/", {"shown": token(shown), "reason": "Its key was found in public"})
    own = people.browser(crowd[0])
    assert "Its key was found in public" in text(own.get("/_usersSettings/notifications"))
    assert Notice.objects.filter(person=crowd[0]).count() == 1
