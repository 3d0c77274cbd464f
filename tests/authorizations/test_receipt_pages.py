"""Revoking one or many on the pages, the receipt, the way back, and the history."""

import json
import re
import time
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import usage
from authorizations.models import Authorization, Connection, Receipt, ReceiptItem
from authorizations.services.revocation import revoke_authorization, revoke_connection
from tests import factories, people
from tests.authorizations.test_revocation import many

LIST = "/_usersSettings/authorizations"
SET = f"{LIST}/revoke"
HISTORY = f"{LIST}/history"


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


@pytest.fixture
def address(alice_browser, alices):
    """Of the receipt of Alice's revocation of Payroll."""
    return alice_browser.post(f"{LIST}/{alices.pk}/revoke")["Location"]


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


# One service.


def test_revoking_leads_to_the_receipt(alice_browser, address):
    receipt = Receipt.objects.get()
    assert address == f"/_usersSettings/receipts/{receipt.reference}"
    page = text(alice_browser.get(address))
    assert receipt.reference in page and "Payroll was revoked" in page and "1, with its refresh token" in page


def test_revoking_in_place_links_the_receipt(alice_browser, alices):
    row = text(alice_browser.post(f"{LIST}/{alices.pk}/revoke", HTTP_HX_REQUEST="true"))
    assert Receipt.objects.get().reference in row and "1 connection was ended" in row and "<html" not in row


def test_a_second_click_shows_the_first_receipt(alice_browser, alices, address):
    again = alice_browser.post(f"{LIST}/{alices.pk}/revoke")
    assert again.status_code == 200 and "was already revoked" in text(again)
    assert Receipt.objects.get().reference in text(again)


def test_a_stale_page_of_an_expired_service_has_no_receipt(alice_browser, alices):
    Authorization.objects.update(revoked_at=timezone.now(), reason="expired")
    page = text(alice_browser.post(f"{LIST}/{alices.pk}/revoke"))
    assert "was already revoked" in page and "Receipt" not in page


# The receipt.


@pytest.mark.parametrize("suffix", ["", ".json", ".txt"])
def test_charlie_cannot_tell_alices_receipt_from_none(charlie_browser, address, suffix):
    for path in (address, "/_usersSettings/receipts/R-2222-2222"):
        assert charlie_browser.get(path + suffix).status_code == 404
    assert charlie_browser.post(f"{address}/restore").status_code == 404


@pytest.mark.parametrize("suffix", ["", ".json", ".txt"])
def test_nobody_signed_in_is_sent_to_sign_in(address, suffix):
    assert Client().get(address + suffix)["Location"].startswith("/signin")


def test_a_reference_is_found_in_any_case(alice_browser, address):
    assert (
        alice_browser.get(address.replace("R-", "r-").lower().replace("_userssettings", "_usersSettings")).status_code
        == 200
    )


def test_the_first_refused_call_appears(alice_browser, payroll, connected, address):
    assert "Nothing has been tried since" in text(alice_browser.get(address))
    payroll.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {connected['access_token']}")
    usage.flush()
    page = text(alice_browser.get(address))
    assert "a call of the API was refused" in page and "Nothing has been tried since" not in page


def poll(browser, address, seen=0):
    return text(browser.get(f"{address}?seen={seen}", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="first-refusal"))


def test_the_page_asks_by_itself_until_it_knows(alice_browser, payroll, connected, address):
    waiting = poll(alice_browser, address)
    assert "<html" not in waiting and 'data-hx-trigger="every 5s"' in waiting and "data-announce" not in waiting
    payroll.refresh(connected["refresh_token"])
    usage.flush()
    known = poll(alice_browser, address)
    assert "hx-trigger" not in known and 'data-announce="A call of Payroll was refused."' in known
    assert "data-announce" not in poll(alice_browser, address, seen=1)


def test_the_page_stops_asking_after_ten_minutes(alice_browser, address):
    Receipt.objects.update(at=timezone.now() - timedelta(minutes=11))
    page = poll(alice_browser, address)
    assert "hx-trigger" not in page and "Look again" in page


def test_a_tampered_receipt_says_so(alice_browser, address):
    Receipt.objects.update(connections=99)
    assert "changed after it was written" in text(alice_browser.get(address))


def test_a_connection_that_was_ended_has_its_receipt_page(alice, alice_browser, alices):
    ended = Connection.objects.select_related("authorization__person", "authorization__application").get()
    revoke_connection(ended, by=alice, reason="revoked", now=timezone.now())
    page = text(alice_browser.get(f"/_usersSettings/receipts/{Receipt.objects.get().reference}"))
    assert "A connection of Payroll was ended" in page and "mis-click" not in page


def test_what_operations_revoked_is_on_a_receipt_of_the_person(alice_browser, dana, alices):
    revoke_authorization(alices, by=dana, reason="revoked by operations", now=timezone.now())
    page = text(alice_browser.get(f"/_usersSettings/receipts/{Receipt.objects.get().reference}"))
    assert "The operators of this portal" in page and "Dana" not in page and "mis-click" not in page


# Restore.


def test_a_mis_click_is_taken_back(alice_browser, payroll, address):
    done = text(alice_browser.post(f"{address}/restore", follow=True))
    assert "is approved again" in done and Authorization.objects.get().revoked_at is None
    assert alice_browser.get(payroll.request()).status_code == 302


def test_restoring_a_second_time_explains_itself(alice_browser, address):
    alice_browser.post(f"{address}/restore")
    assert "Nothing was restored" in text(alice_browser.post(f"{address}/restore", follow=True))


def test_a_late_restore_explains_itself_and_restores_nothing(alice_browser, address):
    late = timezone.now() - timedelta(minutes=10, seconds=1)
    Receipt.objects.update(at=late)
    Authorization.objects.update(revoked_at=late)
    assert "mis-click" not in text(alice_browser.get(address))
    assert "Nothing was restored" in text(alice_browser.post(f"{address}/restore", follow=True))
    assert Authorization.objects.get().revoked_at == late


@pytest.mark.parametrize("item", ["x", "0", "99999999999999999", "９"])
def test_an_item_of_nowhere_is_not_there(alice_browser, address, item):
    assert alice_browser.post(f"{address}/restore", {"item": item}).status_code == 404


def test_restoring_needs_the_forgery_token(alice, address):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="accounts.backends.ActivePersonBackend")
    assert browser.post(f"{address}/restore").status_code == 403


# Several services.


def question(browser, parameters="show=all"):
    page = browser.get(f"{SET}?{parameters}")
    mark = re.search(r'name="set" value="([^"]+)"', page.content.decode())
    return page, mark[1] if mark else ""


def confirm(browser, mark, count, parameters="show=all"):
    return browser.post(f"{SET}?{parameters}", {"set": mark, "count": str(count)})


def test_all_are_shown_by_name_and_stopped_with_one_receipt(alice, alice_browser, alices):
    many(alice, 3)
    page, mark = question(alice_browser)
    assert "Revoke 4 services" in text(page) and "App 2" in text(page) and "4 connections end" in text(page)
    assert not Receipt.objects.exists()
    done = confirm(alice_browser, mark, 4)
    receipt = Receipt.objects.get()
    assert done["Location"].endswith(receipt.reference) and (receipt.services, receipt.selection) == (4, "All services")
    assert not Authorization.objects.filter(revoked_at=None).exists()
    shown = text(alice_browser.get(done["Location"]))
    assert "4 services were revoked" in shown and "Restore all 4 approvals" in shown


def test_unused_legacy_and_high_privilege_ones_can_be_chosen(alice, alice_browser, payroll, alices):
    many(alice, 1)
    legacy = Authorization.objects.create(
        person=alice,
        application=factories.app(name="Old", model="legacy").app,
        scopes=["vso.code_manage"],
        granted_at=timezone.now(),
    )
    Authorization.objects.filter(pk=alices.pk).update(granted_at=timezone.now() - timedelta(days=200))
    for show, name in (("legacy", "Old"), ("unused", "Payroll")):
        page, mark = question(alice_browser, f"show={show}")
        assert f"<strong>{name}</strong>" in text(page) and "Revoke 1 service" in text(page)
        confirm(alice_browser, mark, 1, f"show={show}")
    legacy.refresh_from_db()
    alices.refresh_from_db()
    assert legacy.revoked_at and alices.revoked_at and Authorization.objects.filter(revoked_at=None).count() == 1


def test_a_search_can_be_stopped(alice, alice_browser, alices):
    many(alice, 2)
    page, mark = question(alice_browser, "q=App+1")
    assert "Payroll" not in text(page).split("These services")[1]
    confirm(alice_browser, mark, 1, "q=App+1")
    assert Authorization.objects.filter(revoked_at=None).count() == 2


def test_nothing_but_what_was_shown_is_stopped(alice, alice_browser, alices):
    _, mark = question(alice_browser)
    many(alice, 1)
    refused = confirm(alice_browser, mark, 1)
    assert "The list has changed" in text(refused) and "Revoke 2 services" in text(refused)
    assert Authorization.objects.filter(revoked_at=None).count() == 2


@pytest.mark.parametrize("count", ["", "2", "one", "all"])
def test_the_number_must_be_typed(alice_browser, alices, count):
    _, mark = question(alice_browser)
    assert "Type the number of services, 1" in text(confirm(alice_browser, mark, count))
    alices.refresh_from_db()
    assert alices.revoked_at is None


def test_a_confirmation_of_somebody_else_counts_nothing(alice_browser, charlie, alices):
    _, mark = question(alice_browser)
    many(charlie, 1)
    assert "The list has changed" in text(confirm(people.browser(charlie), mark, 1))
    assert Authorization.objects.filter(revoked_at=None).count() == 2


def test_confirming_twice_finds_nothing_left(alice_browser, alices):
    _, mark = question(alice_browser)
    confirm(alice_browser, mark, 1)
    assert "Nothing to revoke" in text(confirm(alice_browser, mark, 1)) and Receipt.objects.count() == 1


def test_stopping_all_needs_a_fresh_sign_in(alice, alices):
    stale = people.browser(alice, auth_time=int(time.time()) - 3600)
    for answer in (stale.get(f"{SET}?show=all"), confirm(stale, "x", 1)):
        assert "/signin?" in answer["Location"] and "reauthenticate" in answer["Location"]
    assert stale.get(f"{SET}?show=unused").status_code == 200
    alices.refresh_from_db()
    assert alices.revoked_at is None


def test_an_unknown_kind_of_set_is_all_and_so_asks_for_a_fresh_sign_in(alice, alices):
    stale = people.browser(alice, auth_time=int(time.time()) - 3600)
    assert "/signin?" in stale.get(f"{SET}?show=everything")["Location"]


def test_nobody_signed_in_stops_nothing(alices):
    for answer in (Client().get(SET), Client().post(SET, {"set": "x", "count": "1"})):
        assert answer["Location"].startswith("/signin")


def test_the_question_costs_the_same_for_two_and_for_twelve(alice, alice_browser, alices):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert alice_browser.get(f"{SET}?show=all").status_code == 200
        return len(captured)

    many(alice, 1)
    two = cost()
    many(alice, 10)
    assert cost() == two <= 6


def test_one_of_a_set_can_be_restored_alone(alice, alice_browser, alices):
    many(alice, 2)
    _, mark = question(alice_browser)
    where = confirm(alice_browser, mark, 3)["Location"]
    item = ReceiptItem.objects.get(app_name="App 1")
    alice_browser.post(f"{where}/restore", {"item": str(item.pk)})
    assert Authorization.objects.get(revoked_at=None).application.name == "App 1"


# Downloads and their seal.


def verify(body, browser=None):
    return text((browser or Client()).post("/receipts/verify", {"text": body}))


def upload(body):
    return text(Client().post("/receipts/verify", {"file": SimpleUploadedFile("r.json", body)}))


@pytest.mark.parametrize("kind", ["json", "txt"])
def test_a_downloaded_receipt_is_genuine(alice_browser, address, kind):
    answer = alice_browser.get(f"{address}.{kind}")
    assert answer["Content-Disposition"] == f'attachment; filename="{Receipt.objects.get().reference}.{kind}"'
    body = answer.content.decode()
    assert "Genuine: receipt R-" in verify(body) and "Genuine: receipt R-" in upload(answer.content)
    assert "Payroll" in verify(body)


def test_the_text_survives_a_mail_program(alice_browser, address):
    body = alice_browser.get(f"{address}.txt").content.decode()
    assert "Genuine" in verify("  \r\n" + body.replace("\n", "  \r\n\r\n"))


@pytest.mark.parametrize("change", [("Payroll", "Payrol1"), ("R-", "R-2"), ("none yet", "2020-01-01")])
def test_a_changed_text_is_not_genuine(alice_browser, address, change):
    body = alice_browser.get(f"{address}.txt").content.decode()
    assert change[0] in body and "Not genuine" in verify(body.replace(*change))


@pytest.mark.parametrize("path", ["reference", "revoked_at", "stopped", "services", "person"])
def test_a_changed_file_is_not_genuine(alice_browser, address, path):
    document = alice_browser.get(f"{address}.json").json()
    document[path] = {} if isinstance(document[path], dict) else "x"
    assert "Not genuine" in verify(json.dumps(document))


def test_a_file_that_was_only_laid_out_anew_is_genuine(alice_browser, address):
    document = alice_browser.get(f"{address}.json").json()
    assert "Genuine" in verify(json.dumps(document, sort_keys=True))


def test_a_name_said_twice_fools_nobody(alice_browser, address):
    body = alice_browser.get(f"{address}.json").content.decode()
    doubled = body.replace("{", '{"reference": "R-FAKE-FAKE",', 1)
    assert "Genuine" not in verify(doubled)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "{",
        "{}",
        "[1]",
        '{"type": "gatehouse.revocation-receipt", "seal": "é"}',
        "{" * 5000,
        "\x00",
        '{"a": NaN}',
        "Revocation receipt R\nSeal: ☃",
        '{"seal": 1}',
    ],
)
def test_garbage_is_told_apart_in_words(body):
    page = verify(body)
    assert "Genuine:" not in page and "check" in page.lower()


def test_a_file_that_is_no_text_is_told_apart():
    assert "That is not a receipt" in upload(b"\xff\xfe\x00\x81")


def test_the_seal_of_a_hostile_name_cannot_add_a_line(alice, alice_browser):
    app = factories.app(name="Evil").app
    type(app).objects.filter(pk=app.pk).update(name="Evil\nServices: 99")
    made = Authorization.objects.create(person=alice, application=app, scopes=[], granted_at=timezone.now())
    where = alice_browser.post(f"{LIST}/{made.pk}/revoke")["Location"]
    body = alice_browser.get(f"{where}.txt").content.decode()
    assert "\nServices: 99" not in body and "Genuine" in verify(body)


def test_a_genuine_receipt_says_when_the_consent_was_restored(alice_browser, address):
    body = alice_browser.get(f"{address}.json").content.decode()
    alice_browser.post(f"{address}/restore")
    assert "the approval of 1 of its services was restored" in verify(body)


def test_a_receipt_of_another_portal_is_not_genuine(alice_browser, address, settings):
    body = alice_browser.get(f"{address}.json").content.decode()
    settings.DIGEST_KEY = "another key of another portal, which is long enough"
    assert "Not genuine" in verify(body)


# History.


def test_history_keeps_what_ended_with_its_reason_and_receipt(alice, alice_browser, dana, alices, address):
    made = many(alice, 3)
    Authorization.objects.filter(pk=made[0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    revoke_authorization(
        Authorization.objects.select_related("person", "application").get(pk=made[1].pk),
        by=dana,
        reason="revoked by operations",
        now=timezone.now(),
    )
    page = text(alice_browser.get(HISTORY))
    assert "You revoked it" in page and "Its time was over" in page and "Operations revoked it" in page
    assert Receipt.objects.order_by("at").first().reference in page and "App 2" not in page


def test_history_is_searched(alice_browser, alices, address):
    assert "Payroll" in text(alice_browser.get(f"{HISTORY}?q=payr"))
    assert "No service matches" in text(alice_browser.get(f"{HISTORY}?q=%00zzz"))


def test_charlie_has_a_history_of_his_own(charlie_browser, alices, address):
    page = text(charlie_browser.get(HISTORY))
    assert "Payroll" not in page and "Nothing has ended yet" in page


def test_history_costs_the_same_for_one_and_for_nineteen(alice, alice_browser, alices, address):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert alice_browser.get(HISTORY).status_code == 200
        return len(captured)

    one = cost()
    for authorization in many(alice, 18):
        alice_browser.post(f"{LIST}/{authorization.pk}/revoke")
    assert cost() == one <= 6


def test_history_wants_a_sign_in():
    assert Client().get(HISTORY)["Location"].startswith("/signin")


def test_an_unknown_authorization_is_404(alice_browser):
    assert alice_browser.post(f"{LIST}/{uuid.uuid4()}/revoke").status_code == 404


# Operations.


@pytest.fixture
def olivia_browser(db):
    return people.operations_browser("olivia")


def test_operations_read_receipts_and_change_none(olivia_browser, alices, address):
    receipt = Receipt.objects.get()
    assert receipt.reference in text(olivia_browser.get("/admin/authorizations/receipt/"))
    page = f"/admin/authorizations/receipt/{receipt.pk}/change/"
    assert "Payroll" in text(olivia_browser.get(page))
    assert olivia_browser.post(page, {"reference": "R-FAKE-FAKE"}).status_code == 403
    assert olivia_browser.get(page.replace("change", "delete")).status_code == 403
