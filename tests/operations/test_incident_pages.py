"""The pages of an incident, by role."""

import io

import pytest
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import EvidencePack, Incident, OperationsJob
from authorizations.notifications.models import Notice
from authorizations.services.evidence import checking, packing
from tests.operations.test_evidence import key, later
from tests.operations.test_incidents import opened
from tests.operations.test_job_pages import number, text, token

I = "/admin/authorizations/incident"  # noqa: E741
J = "/admin/authorizations/operationsjob"


@pytest.fixture
def incident(world, olivia):
    return opened(olivia, "app", "Payroll")


def test_an_operator_opens_contains_tells_packs_and_closes(operator, world, auditor, dana):
    payroll, _, _crowd = world
    said = {"title": "Payroll key stolen", "subject": "app", "what": "Payroll", "since": "2026-01-01 00:00"}
    page = operator.get(operator.post(f"{I}/open/", said)["Location"])
    incident = Incident.objects.get()
    assert 'id="affected-people">12<' in page.content.decode() and "UTC days" not in text(page)
    shown = operator.get(
        f"{J}/new/", {"go": 1, "act": "revoke", "app": payroll.client_id, "incident": str(incident.pk)}
    )
    assert number(shown, "people") == 12
    confirmed = {
        "shown": token(shown),
        "reason": "Key stolen",
        "people_typed": "12",
        "switch_off": "1",
        "incident": str(incident.pk),
    }
    assert operator.post(f"{J}/confirm/", confirmed).status_code == 302
    incident.refresh_from_db()
    payroll.refresh_from_db()
    assert incident.state == "contained" and payroll.disabled_at
    telling = operator.post(f"{I}/{incident.pk}/tell/", {"text": "Please look at your payslips."})
    assert "Please look at your payslips." in text(telling) and not Notice.objects.filter(kind="incident.told").exists()
    sent = {"text": "Please look at your payslips.", "shown": token(telling), "sure": "1"}
    assert (
        operator.post(f"{I}/{incident.pk}/tell/", sent)["Location"]
        == operator.post(f"{I}/{incident.pk}/tell/", sent)["Location"]
    )
    assert Notice.objects.filter(kind="incident.told").count() == 12 + 1
    operator.post(f"{I}/{incident.pk}/evidence/")
    assert packing.make(*packing.claim(now=later()), clock=later)
    pack = EvidencePack.objects.get()
    got = auditor.get(f"{I}/{incident.pk}/evidence/{pack.pk}.zip")
    data = b"".join(got.streaming_content)
    assert (
        checking.check(io.BytesIO(data), key).intact and Event.objects.filter(name="incident.downloaded").count() == 1
    )
    assert operator.post(f"{I}/{incident.pk}/close/", {"conclusion": "x"}).status_code == 400
    operator.post(f"{I}/{incident.pk}/close/", {"conclusion": "The key was replaced everywhere."})
    page = operator.get(f"{I}/{incident.pk}/change/")
    assert "Closed: The key was replaced everywhere." in text(page) and 'id="contain"' not in page.content.decode()
    assert incident.reference in text(operator.get(f"{I}/"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"what": "Nothing"}, "No app here"),
        ({"subject": "addresses", "what": "1.2.3.4/99"}, "Write one address or a range"),
        ({"since": "32.13.2026"}, "Write a date and time"),
        ({"until": "2199-01-01"}, "That is in the future"),
        ({"subject": "moon"}, "not one of the available choices"),
        ({"title": ""}, "This field is required"),
    ],
)
def test_wrong_input_is_said(operator, world, said, words):
    fine = {"title": "Stolen key", "subject": "app", "what": "Payroll", "since": "2026-01-01"}
    answer = operator.post(f"{I}/open/", fine | said)
    assert answer.status_code == 400 and words in text(answer) and not Incident.objects.exists()


def test_an_auditor_reads_and_does_not_act(auditor, incident):
    page = auditor.get(f"{I}/{incident.pk}/change/")
    assert page.status_code == 200 and 'id="contain"' not in page.content.decode()
    for path in ("open/", f"{incident.pk}/tell/", f"{incident.pk}/close/", f"{incident.pk}/evidence/"):
        assert auditor.post(f"{I}/{path}").status_code == 403
    assert not OperationsJob.objects.exists() and not EvidencePack.objects.exists()


def test_a_stranger_and_a_person_without_a_role_see_nothing(client, alice_browser, incident, olivia):
    pack = packing.request(incident, by=olivia, now=timezone.now())
    for browser in (client, alice_browser):
        for path in (
            "",
            "open/",
            f"{incident.pk}/change/",
            f"{incident.pk}/tell/",
            f"{incident.pk}/evidence/{pack.pk}.zip",
        ):
            answer = browser.get(f"{I}/{path}")
            assert answer.status_code in (302, 403) and b"Payroll" not in answer.content
        assert browser.post(f"{I}/{incident.pk}/close/", {"conclusion": "It is over now."}).status_code in (302, 403)
    incident.refresh_from_db()
    assert incident.state == "open"


def test_a_pack_that_is_not_ready_or_of_another_incident_is_not_there(operator, incident, olivia):
    pack = packing.request(incident, by=olivia, now=timezone.now())
    assert operator.get(f"{I}/{incident.pk}/evidence/{pack.pk}.zip").status_code == 404
    packing.make(*packing.claim(now=later()), clock=later)
    other = opened(olivia, "app", "Reports")
    assert operator.get(f"{I}/{other.pk}/evidence/{pack.pk}.zip").status_code == 404


def test_telling_needs_what_was_shown_for_it(operator, world, incident):
    other = token(operator.get(f"{J}/new/", {"go": 1, "act": "revoke", "app": "Reports"}))
    for shown in ("", "forged", other):
        answer = operator.post(f"{I}/{incident.pk}/tell/", {"shown": shown, "sure": "1", "text": "Hello"})
        assert answer.status_code in (200, 400) and not Notice.objects.exists()
    assert operator.post(f"{I}/{incident.pk}/tell/", {"text": "x" * 2001}).status_code == 400
