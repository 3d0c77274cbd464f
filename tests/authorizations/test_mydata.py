"""My data: everything about me, nothing about others, nothing secret, at once or in the background."""

import csv
import io
import json
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import tasks
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event
from authorizations.models import Authorization, Export, ExportPart, PersonalAccessToken
from authorizations.notifications.compose import Draft, tell
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import export, export_files
from authorizations.services.export_rows import SECTIONS
from authorizations.services.revocation import revoke_authorization
from tests import factories, people
from tests.authorizations.test_receipt_pages import text

PAGE = "/_usersSettings/mydata"


def body(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def as_json(browser):
    return json.loads(body(browser.post(f"{PAGE}/copy", {"format": "json"})))["sections"]


def as_tables(data):
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return {
        name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
        for name in archive.namelist()
    }


@pytest.fixture
def whole_life(alice, alice_browser, payroll):
    """Alice in an organization: connected, used, told, revoked."""
    factories.organization("contoso", alice)
    tokens = factories.connect(alice_browser, payroll)
    authorization = Authorization.objects.select_related("person", "application").get()
    tell([Draft(NoticeKind.SERVICE_CONNECTED, alice.pk, "k", app=payroll.app)], now=timezone.now())
    payroll.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
    personal = factories.personal_token(alice, "vso.profile").value
    payroll.http.get("/_apis/connectionData", **factories.basic(personal))
    tasks.flush_usage()
    revoke_authorization(authorization, by=alice, reason="revoked", now=timezone.now())
    return tokens


@pytest.fixture
def long(monkeypatch, alice, whole_life):
    """So much that it is made in the background, in many parts."""
    monkeypatch.setattr(export, "SMALL", 10)
    monkeypatch.setattr(export, "BATCH", 7)
    record_all(event(Kind.PERSON_SIGNED_IN, now=timezone.now(), actor=alice, person=alice) for _ in range(40))


def test_every_section_is_there_with_its_rows(alice_browser, whole_life):
    sections = as_json(alice_browser)
    assert list(sections) == [s.name for s in SECTIONS]
    assert all(sections.values()), {name: len(rows) for name, rows in sections.items()}
    mine = sections["authorizations"][0]
    assert (mine["service"], mine["publisher"], mine["callback_hosts"]) == (
        "Payroll",
        "Contoso Ltd",
        ["payroll.example"],
    )
    assert (
        mine["ended_by"] == "you"
        and "vso.profile" in mine["scopes"]
        and len(mine["permissions"]) == len(mine["scopes"])
    )
    assert {e["what"] for e in sections["events"]} >= {"authorization.granted", "authorization.revoked"}


def test_the_tables_say_the_same(alice_browser, whole_life):
    sections = as_json(alice_browser)
    tables = as_tables(body(alice_browser.post(f"{PAGE}/copy", {"format": "csv"})))
    assert list(tables) == list(sections)
    # The copy itself is an event, so there is one more by then.
    assert len(tables["events"]) == len(sections["events"]) + 1
    assert tables["authorizations"][0]["callback_hosts"] == "payroll.example"


def test_an_empty_section_still_has_its_headings(charlie_browser):
    archive = zipfile.ZipFile(io.BytesIO(body(charlie_browser.post(f"{PAGE}/copy", {"format": "csv"}))))
    assert archive.read("receipts.csv").decode("utf-8-sig").startswith("reference,at,what")


def test_charlie_gets_nothing_of_alices(alice, charlie_browser, whole_life):
    copied = json.dumps(as_json(charlie_browser))
    assert "Payroll" not in copied and str(alice.pk) not in copied and alice.email not in copied


def test_no_secret_and_no_digest_is_in_it(alice, alice_browser, payroll, whole_life):
    copied = json.dumps(as_json(alice_browser))
    digests = [
        value
        for row in (
            *Authorization.objects.values(),
            *Authorization.objects.get().connections.values(),
            *PersonalAccessToken.objects.values(),
        )
        for name, value in row.items()
        if "digest" in name and value
    ]
    secrets = [payroll.secret, alice.password, whole_life["access_token"], whole_life["refresh_token"], *digests]
    assert digests and not [s for s in secrets if s in copied]


def test_who_else_acted_stays_unnamed(alice, alice_browser, dana, payroll):
    factories.connect(alice_browser, payroll)
    revoke_authorization(
        Authorization.objects.select_related("person", "application").get(),
        by=dana, reason="revoked by operations", now=timezone.now(),
    )  # fmt: skip
    sections = as_json(alice_browser)
    assert "Dana" not in json.dumps(sections) and sections["authorizations"][0]["ended_by"] == "somebody else"


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(alice, alice_browser, payroll, whole_life, hostile):
    type(payroll.app).objects.update(name=hostile)
    tables = as_tables(body(alice_browser.post(f"{PAGE}/copy", {"format": "csv"})))
    assert tables["authorizations"][0]["service"].startswith("'")
    assert (
        export_files.cell(["=a"]) == "'=a" and export_files.cell({"a": 1}) == '{"a": 1}' and export_files.cell(-3) == -3
    )


def test_a_copy_is_in_the_log(alice, alice_browser):
    as_json(alice_browser)
    assert Event.objects.get(name="data.exported").detail == {"as": "json"}


@pytest.mark.parametrize("kind", ["", "xml", "json\x00"])
def test_an_unknown_format_is_refused_in_words(alice_browser, kind):
    assert alice_browser.post(f"{PAGE}/copy", {"format": kind}).status_code == 400
    assert not Event.objects.filter(name="data.exported").exists()


def test_looking_changes_nothing_and_a_get_copies_nothing(alice_browser):
    assert alice_browser.get(PAGE).status_code == 200
    assert alice_browser.get(f"{PAGE}/copy").status_code == 405
    assert not Event.objects.filter(name__startswith="data.").exists()


def test_nobody_signed_in_is_sent_to_sign_in(db):
    for answer in (Client().get(PAGE), Client().post(f"{PAGE}/copy", {"format": "json"})):
        assert answer["Location"].startswith("/signin")


# In the background.


def make(browser):
    return browser.post(f"{PAGE}/copy", {"format": "json"})


def links(browser):
    import re

    return dict(re.findall(r'id="export-(json|csv)" href="([^"]+)"', browser.get(PAGE).content.decode()))


def test_a_long_copy_shows_its_progress_and_then_its_files(alice_browser, long):
    assert make(alice_browser)["Location"] == PAGE
    assert "waits for its turn" in text(alice_browser.get(PAGE)) and not links(alice_browser)
    taken = export.claim(now=timezone.now())
    for _ in range(12):
        assert export.advance(*taken, now=timezone.now())
    halfway = text(alice_browser.get(PAGE, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="export-state"))
    assert "is being made" in halfway and 'data-hx-trigger="every 2s"' in halfway and "<html" not in halfway
    assert 0 < Export.objects.get().percent < 100
    while export.advance(*taken, now=timezone.now()):
        pass
    found = links(alice_browser)
    copied = json.loads(body(alice_browser.get(found["json"])))["sections"]
    assert list(copied) == [s.name for s in SECTIONS] and len(copied["events"]) > 40
    assert len(as_tables(body(alice_browser.get(found["csv"])))["events"]) == len(copied["events"])


def test_what_was_made_in_the_background_is_what_is_made_at_once(alice, alice_browser, long):
    make(alice_browser)
    tasks.build_exports()
    stored = dict.fromkeys(s.name for s in SECTIONS)
    for source in (export.stored_rows(Export.objects.get()), export.live_rows(alice)):
        found = {name: [] for name in stored}
        for name, rows in source:
            found[name] += rows
        stored = found if not any(stored.values()) else stored
    assert stored == found


def test_asking_twice_makes_one(alice_browser, long):
    for _ in range(2):
        make(alice_browser)
    assert Export.objects.count() == 1
    assert Event.objects.filter(name="data.export_requested").count() == 1


def test_a_worker_that_died_is_continued_not_repeated(alice_browser, long):
    make(alice_browser)
    taken = export.claim(now=timezone.now())
    for _ in range(5):
        export.advance(*taken, now=timezone.now())
    before = list(ExportPart.objects.values_list("pk", flat=True))
    assert export.claim(now=timezone.now()) is None
    later = timezone.now() + export.LEASE + timedelta(seconds=1)
    again = export.claim(now=later)
    assert again[0] == taken[0] and not export.advance(*taken, now=later)
    while export.advance(*again, now=later):
        pass
    parts = list(ExportPart.objects.order_by("number"))
    assert [p.pk for p in parts[:5]] == before and [p.number for p in parts] == list(range(len(parts)))
    assert Export.objects.get().rows_done == sum(len(rows) for _, rows in export.stored_rows(Export.objects.get()))


def test_a_person_deactivated_meanwhile_gets_no_file(alice, alice_browser, long):
    make(alice_browser)
    taken = export.claim(now=timezone.now())
    export.advance(*taken, now=timezone.now())
    type(alice).objects.update(is_active=False)
    assert not export.advance(*taken, now=timezone.now())
    assert Export.objects.get().state == "failed" and not ExportPart.objects.exists()


def test_only_the_owner_with_the_whole_address_gets_the_file(alice_browser, charlie_browser, long):
    make(alice_browser)
    tasks.build_exports()
    address = links(alice_browser)["json"]
    made = Export.objects.get()
    assert charlie_browser.get(address).status_code == 404
    for wrong in (
        address.replace(export.token_of(made), "x" * 32),
        address.replace(export.token_of(made), "é"),
        address.replace(str(made.pk), str(uuid.uuid4())),
        address.replace("/json", "/xml"),
    ):
        assert alice_browser.get(wrong).status_code == 404
    assert Client().get(address)["Location"].startswith("/signin")
    assert body(alice_browser.get(address)) and Event.objects.filter(name="data.exported").count() == 1


def test_after_seven_days_the_file_is_gone(alice_browser, long):
    make(alice_browser)
    tasks.build_exports()
    address = links(alice_browser)["json"]
    assert tasks.sweep_exports() == 0
    Export.objects.update(expires_at=timezone.now())
    assert alice_browser.get(address).status_code == 404
    assert (tasks.sweep_exports(), tasks.sweep_exports()) == (1, 0)
    assert not ExportPart.objects.exists()


def test_the_page_costs_the_same_whatever_there_is(alice_browser, whole_life, alice):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            alice_browser.get(PAGE)
        return len(captured)

    few = cost()
    record_all(event(Kind.PERSON_SIGNED_IN, now=timezone.now(), actor=alice, person=alice) for _ in range(60))
    assert cost() == few <= 14


# The consent receipt.


def consent(browser, suffix=""):
    return browser.get(f"/_usersSettings/authorizations/{Authorization.objects.get().pk}/consent{suffix}")


def test_the_consent_receipt_says_who_what_when_and_how_to_withdraw(alice, alice_browser, payroll, connected):
    page = text(consent(alice_browser))
    for said in ("Alice", "Payroll", "Contoso Ltd", "payroll.example", "the approval page, version", "Revoke Payroll"):
        assert said in page, said
    document = consent(alice_browser, ".json").json()
    authorization = Authorization.objects.get()
    assert document["consentReceiptID"] == str(authorization.pk) and document["piiPrincipalId"] == str(alice.pk)
    assert document["piiControllers"][0]["piiController"] == "Contoso Ltd"
    purposes = document["services"][0]["purposes"]
    assert [p["scope"] for p in purposes] == authorization.scopes and all(p["purpose"] for p in purposes)
    details = document["authorization"]
    assert details["recipients"] == ["payroll.example"] and details["withdraw_at"].endswith("/revoke")
    assert details["page_version"] == authorization.page_version and details["organizations"] is None


def test_a_withdrawn_consent_still_has_its_receipt(alice, alice_browser, connected):
    revoke_authorization(
        Authorization.objects.select_related("person", "application").get(),
        by=alice,
        reason="revoked",
        now=timezone.now(),
    )
    assert "It is withdrawn already" in text(consent(alice_browser))
    assert consent(alice_browser, ".json").json()["authorization"]["ended_at"]


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_charlie_cannot_tell_alices_consent_from_none(charlie_browser, connected, suffix):
    assert consent(charlie_browser, suffix).status_code == 404
    assert charlie_browser.get(f"/_usersSettings/authorizations/{uuid.uuid4()}/consent{suffix}").status_code == 404
    assert consent(people.browser(Authorization.objects.get().person), suffix).status_code == 200
