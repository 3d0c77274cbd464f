"""One search over everything; what is pasted by mistake is recognised and goes nowhere."""

import re
import time
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event
from authorizations.models import Authorization, Receipt
from authorizations.services.revocation import revoke_authorization
from tests import factories, people

FIND = "/admin/find"


@pytest.fixture
def auditor(db):
    return people.operations_browser("olivia", "auditor")


def search(auditor, text):
    """The groups of what was found, each with the addresses of its hits."""
    answer = auditor.post(FIND, {"q": text})
    assert answer.status_code == 302
    page = auditor.get(answer["Location"])
    assert page.status_code == 200
    body = page.content.decode().partition('id="found"')[2]
    return {
        re.search(r"<h2[^>]*>(.*?)</h2>", part)[1]: re.findall(r'<li><a href="([^"]+)"', part)
        for part in body.split("<section")[1:]
    }


def test_words_lead_to_people_apps_authorizations_tokens_and_events(auditor, alice, connected, payroll):
    token = factories.personal_token(alice, name="Payroll nightly build").token
    place = factories.organization("payroll", alice)
    found = search(auditor, "payr")
    mine = Authorization.objects.get()
    assert found["Apps"] == [f"/admin/oauthapps/application/{payroll.app.pk}/change/"]
    assert found["Authorizations"] == [f"/admin/authorizations/authorization/{mine.pk}/change/"]
    assert found["Personal tokens"] == [f"/admin/authorizations/personalaccesstoken/{token.pk}/change/"]
    assert found["Organizations"] == [f"/admin/accounts/organization/{place.pk}/change/"]
    assert f"/admin/events/event/{Event.objects.filter(app_id=payroll.client_id).exclude(name='authorization_code.issued').latest('pk').pk}/change/" in found["Events"]  # fmt: skip
    assert search(auditor, "alice")["People"] == [f"/admin/accounts/user/{alice.pk}/change/"]
    assert search(auditor, "nobodyofthisname") == {}


def test_ids_references_addresses_and_requests_lead_to_their_records(auditor, alice, connected, payroll):
    mine = Authorization.objects.get()
    connection = mine.connections.get()
    for text, group in (
        (str(alice.pk), "People"),
        (str(alice.object_id), "People"),
        (payroll.client_id, "Apps"),
        (str(mine.pk), "Authorizations"),
        (str(connection.pk), "Connections"),
        (payroll.app.secrets.get().key_id, "Secrets"),
    ):
        assert len(search(auditor, text)[group]) == 1, text
    assert search(auditor, str(mine.pk))["Events"]
    revoke_authorization(mine, by=alice, reason="", now=timezone.now())
    receipt = Receipt.objects.get()
    assert search(auditor, receipt.reference.lower())["Receipts"] == [
        f"/admin/authorizations/receipt/{receipt.pk}/change/"
    ]
    made = event(Kind.PERSON_SIGNED_IN, now=timezone.now(), person=alice)
    made.address, made.request_id = "2001:db8::7", "0123456789abcdef0123456789abcdef"
    record_all([made])
    assert len(search(auditor, "2001:db8::7")["Events from this address"]) == 1
    assert len(search(auditor, "0123456789abcdef0123456789abcdef")["Events of this request"]) == 1
    assert search(auditor, str(Event.objects.latest("pk").pk))["Events"]


def test_a_pasted_token_leads_to_whose_it_is_and_stands_in_no_address(auditor, alice, connected, payroll):
    made = factories.personal_token(alice)
    connection = Authorization.objects.get().connections.get()
    pasted = {
        made.value: str(made.token.pk),
        payroll.secret: payroll.app.secrets.get().key_id,
        connected["refresh_token"]: str(connection.pk),
        connected["access_token"]: str(connection.pk),
    }
    for value, key in pasted.items():
        answer = auditor.post(FIND, {"q": f"  {value} "})
        assert answer["Location"] == f"{FIND}?q={key}"
        assert search(auditor, value), key
        # Somebody who writes it into the address by hand is not shown it either.
        assert value not in auditor.get(FIND, {"q": value}).content.decode()


@pytest.mark.parametrize("value", ["x" * 60, "eyJhbGciOiJub25lIn0.eyJhIjoxfQ." + "y" * 40, "a" * 41 + "\x00"])
def test_a_foreign_credential_is_not_kept(auditor, value):
    answer = auditor.post(FIND, {"q": value}, follow=True)
    assert answer.redirect_chain == [(FIND, 302)]
    assert "none of ours" in answer.content.decode() and value[:50] not in answer.content.decode()


@pytest.mark.parametrize(
    "text", ["", " ", "'; --", "%_\\", "R-", "1" * 30, "🙂", "a & b | c:*", "<script>alert(1)</script>"]
)
def test_any_text_gets_a_page(auditor, text):
    page = auditor.post(FIND, {"q": text}, follow=True)
    assert page.status_code == 200 and "<script>alert" not in page.content.decode()


def test_reading_is_enough_and_strangers_find_nothing(alice_browser, db):
    later = people.operations_browser("olivia", "auditor", auth_time=int(time.time()) - 20 * 60)
    assert later.post(FIND, {"q": "alice"})["Location"] == f"{FIND}?q=alice"
    assert Client().get(FIND, {"q": "alice"})["Location"].startswith("/admin/login/")
    page = alice_browser.get(FIND, {"q": "alice"}, follow=True)
    assert page.status_code == 403


def test_an_unknown_id_finds_nothing(auditor):
    assert search(auditor, str(uuid.uuid4())) == {}
