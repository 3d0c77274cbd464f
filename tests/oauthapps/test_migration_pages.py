"""The pages of the way out of the legacy model: closed registration, migration tab, cockpit, banners, operations."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations import usage
from authorizations.models import Authorization, BrownOut
from authorizations.notifications.models import Notice
from authorizations.services import twins
from authorizations.tasks import tell_of_sunset
from oauthapps import services
from oauthapps.models import Application, LegacyException
from tests import factories, people

FORM = {
    "name": "Ledger", "company": "Contoso Ltd", "client_type": "confidential", "redirect_uris": "https://ledger.example/cb",
    "scope:vso.profile": "required",
}  # fmt: skip


@pytest.fixture
def legacy(legacy_app, dana):
    legacy_app.app.owners.set([dana])
    return legacy_app


@pytest.fixture
def dana_browser(dana):
    return people.browser(dana)


@pytest.fixture
def olivia(db):
    return people.operations("olivia")


def exception(person, by, **more):
    now = timezone.now()
    said = {"reason": "A contract.", "valid_from": now, "valid_until": now + timedelta(days=1)} | more
    return services.grant_exception(person, **said, by=by, now=now)


# Registration is closed


def test_the_closed_page_says_since_when_and_leads_to_the_standard_model(dana_browser):
    page = dana_browser.get("/app/register/legacy").content.decode()
    assert "1 April 2025, 00:00 UTC" in page and 'href="/app/register"' in page and "stack-form" not in page


def test_the_page_that_the_headers_name_is_open_to_everybody(client, db):
    page = client.get("/app/register/legacy")
    assert page.status_code == 200 and 'id="legacy-closed"' in page.content.decode()
    assert client.post("/app/register/legacy", FORM)["Location"].startswith("/signin")


def test_the_registration_page_offers_the_legacy_model_to_holders_of_an_exception_only(
    dana, dana_browser, olivia, charlie_browser
):
    assert "/app/register/legacy" not in dana_browser.get("/app/register").content.decode()
    exception(dana, olivia)
    assert 'href="/app/register/legacy"' in dana_browser.get("/app/register").content.decode()
    assert "/app/register/legacy" not in charlie_browser.get("/app/register").content.decode()


def test_posting_to_the_closed_page_registers_nothing(dana_browser):
    assert dana_browser.post("/app/register/legacy", FORM).status_code == 403
    assert not Application.objects.exists()


def test_dana_with_an_exception_registers_one_legacy_app_there(dana, dana_browser, olivia):
    made = exception(dana, olivia)
    page = dana_browser.get("/app/register/legacy").content.decode()
    assert "A contract." in page and "scope:vso.work" in page and "scope:openid" not in page
    shown = dana_browser.post("/app/register/legacy", FORM)
    assert shown.status_code == 200 and 'id="new-secret"' in shown.content.decode()
    made.refresh_from_db()
    assert Application.objects.get().is_legacy and made.used_by == Application.objects.get()
    assert dana_browser.post("/app/register/legacy", FORM | {"name": "Other"}).status_code == 403


def test_charlie_is_not_offered_danas_exception(dana, charlie_browser, olivia):
    exception(dana, olivia)
    assert "A contract." not in charlie_browser.get("/app/register/legacy").content.decode()
    assert charlie_browser.post("/app/register/legacy", FORM).status_code == 403


def test_what_is_wrong_with_the_excepted_app_is_said_and_spends_nothing(dana, dana_browser, olivia):
    made = exception(dana, olivia)
    page = dana_browser.post("/app/register/legacy", FORM | {"redirect_uris": "http://x.example/cb"})
    made.refresh_from_db()
    assert page.status_code == 400 and made.used_at is None and not Application.objects.exists()


def test_after_the_sunset_no_exception_helps(dana, dana_browser, olivia, settings):
    exception(dana, olivia)
    settings.LEGACY_SUNSET = timezone.now() - timedelta(seconds=1)
    assert dana_browser.post("/app/register/legacy", FORM).status_code == 403
    assert "The model itself ended" in dana_browser.get("/app/register/legacy").content.decode()


# The migration tab


def test_the_checklist_has_the_apps_own_values_and_no_secret(dana_browser, legacy):
    page = dana_browser.get(f"/app/{legacy.client_id}/migration").content.decode()
    assert legacy.client_id in page and "/oauth2/v2.0/authorize" in page and "code_challenge" in page
    assert "https%3A%2F%2Fpayroll.example%2Fcallback" in page and legacy.secret not in page


def test_dana_makes_the_new_version_and_sees_its_secret_once(dana_browser, legacy):
    shown = dana_browser.post(f"/app/{legacy.client_id}/migration/new-version").content.decode()
    twin = Application.objects.get(twin_of=legacy.app)
    secret = re.search(rf"{twin.secrets.get().key_id}\.[A-Za-z0-9_-]{{43}}", shown)
    assert secret and twin.client_id in dana_browser.get(f"/app/{legacy.client_id}/migration").content.decode()
    again = dana_browser.post(f"/app/{legacy.client_id}/migration/new-version")
    assert again.status_code == 302 and Application.objects.filter(twin_of=legacy.app).count() == 1
    assert secret[0] not in dana_browser.get(f"/app/{twin.client_id}/migration").content.decode()


def test_progress_counts_who_moved_who_is_left_and_who_is_inactive(
    alice, bob, alice_browser, dana, dana_browser, legacy
):
    tokens = factories.connect(alice_browser, legacy)
    factories.connect(people.browser(bob), legacy)
    made, _, value = twins.create_twin(legacy.app, by=dana, now=timezone.now())
    page = alice_browser.get(factories.TestApp(made, value).request(scope="vso.profile"))
    form = {"ticket": factories.ticket_of(page), "decision": "continue"}
    alice_browser.post("/oauth2/v2.0/authorize/continue", form)
    usage.flush()
    assert tokens
    text = " ".join(dana_browser.get(f"/app/{legacy.client_id}/migration").content.decode().split())
    assert '<strong>1</strong> <span class="muted">1 of them without a call' in text and "50 %" in text


def test_charlie_sees_and_makes_nothing(charlie_browser, legacy, payroll, dana):
    payroll.app.owners.set([dana])
    assert charlie_browser.get(f"/app/{legacy.client_id}/migration").status_code == 404
    assert charlie_browser.post(f"/app/{legacy.client_id}/migration/new-version").status_code == 404
    assert not Application.objects.filter(twin_of__isnull=False).exists()


def test_a_standard_app_has_no_migration(dana, dana_browser, payroll):
    payroll.app.owners.set([dana])
    assert dana_browser.get(f"/app/{payroll.client_id}/migration").status_code == 404
    assert dana_browser.post(f"/app/{payroll.client_id}/migration/new-version").status_code == 404


def test_every_page_of_a_legacy_app_says_how_many_days_are_left(dana_browser, legacy, settings):
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=20)
    for tab in ("", "/settings", "/secrets", "/migration"):
        assert "20 days left" in dana_browser.get(f"/app/{legacy.client_id}{tab}").content.decode(), tab
    settings.LEGACY_SUNSET = timezone.now() - timedelta(days=1)
    assert "This app stopped on" in dana_browser.get(f"/app/{legacy.client_id}").content.decode()


# The cockpit


def test_dana_sees_her_legacy_apps_and_nobody_elses(dana_browser, legacy, charlie):
    other = factories.app(name="Foreign", model="legacy")
    other.app.owners.set([charlie])
    page = dana_browser.get("/app/legacy").content.decode()
    assert "Classic" in page and "Foreign" not in page


def test_it_says_who_was_told_and_what_is_planned(alice_browser, dana_browser, legacy, settings):
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=13)
    factories.connect(alice_browser, legacy)
    tell_of_sunset()
    start = timezone.now() + timedelta(days=2)
    BrownOut.objects.create(
        starts_at=start, ends_at=start + timedelta(hours=1), reason="A rehearsal.", announced_at=timezone.now()
    )
    page = " ".join(dana_browser.get("/app/legacy").content.decode().split())
    assert "1 person, 14 days before" in page and "1 owner, 14 days before" in page and "A rehearsal." in page
    assert "13 days left" in page and Notice.objects.count() == 2


def test_two_owners_count_each_person_once(alice_browser, charlie, dana, dana_browser, legacy):
    legacy.app.owners.set([dana, charlie])
    factories.connect(alice_browser, legacy)
    assert "<strong>1</strong> left" in dana_browser.get("/app/legacy").content.decode()


def test_search_and_filter_live_in_the_address(dana, dana_browser, legacy):
    for query, found in (("clas", True), ("nothing", False), ("Contoso", True)):
        assert ("data-app" in dana_browser.get("/app/legacy", {"q": query}).content.decode()) is found
    assert "data-app" in dana_browser.get("/app/legacy?show=waiting").content.decode()
    twins.create_twin(legacy.app, by=dana, now=timezone.now())
    assert "data-app" not in dana_browser.get("/app/legacy?show=waiting").content.decode()
    assert "data-app" in dana_browser.get("/app/legacy?show=done&q=%00").content.decode()
    assert dana_browser.get("/app/legacy?show=nonsense&page=99").status_code == 200


def test_the_download_has_every_app_and_no_formula(dana, dana_browser, legacy):
    Application.objects.filter(pk=legacy.app.pk).update(company="=HYPERLINK(1)")
    response = dana_browser.get("/app/legacy?format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [(r["name"], r["company"], r["owners"], r["people_left"]) for r in rows] == [
        ("Classic", "'=HYPERLINK(1)", "Dana", "0")
    ]
    assert response["Content-Disposition"].startswith("attachment")


def test_more_apps_than_fit_a_page_have_pages(dana, dana_browser):
    for number in range(21):
        factories.app(name=f"Classic {number}", model="legacy").app.owners.set([dana])
    first = dana_browser.get("/app/legacy?q=Classic").content.decode()
    second = dana_browser.get("/app/legacy?q=Classic&page=2").content.decode()
    assert (first.count("data-app="), second.count("data-app=")) == (
        20,
        1,
    ) and "q=Classic&amp;show=all&amp;page=2" in first


def test_operations_see_every_app_and_nobody_else_does(olivia, dana_browser, legacy):
    assert "Classic" in people.browser(olivia).get("/admin/legacy").content.decode()
    assert dana_browser.get("/admin/legacy").status_code in {302, 403}


@pytest.mark.parametrize("path", ["/app/legacy", "/admin/legacy"])
def test_its_statements_do_not_grow_with_the_number_of_apps(olivia, alice, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = people.browser(olivia)

    def more(many):
        for _ in range(many):
            made = factories.app(name=f"Classic {Application.objects.count()}", model="legacy").app
            made.owners.set([olivia])
            Authorization.objects.create(person=alice, application=made, scopes=["vso.work"], granted_at=timezone.now())

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    more(2)
    few = statements()
    more(15)
    assert statements() == few
    print(f"statements of {path}: {few}")


# Operations


def test_olivia_plans_changes_and_calls_off_a_brown_out_in_the_admin(olivia, legacy, settings):
    settings.BROWN_OUT_NOTICE = timedelta(0)
    browser, start = people.browser(olivia), timezone.now() + timedelta(days=1)

    def form(at, reason="A rehearsal."):
        end = at + timedelta(hours=1)
        return {
            "starts_at_0": f"{at:%Y-%m-%d}", "starts_at_1": f"{at:%H:%M:%S}",
            "ends_at_0": f"{end:%Y-%m-%d}", "ends_at_1": f"{end:%H:%M:%S}", "reason": reason,
        }  # fmt: skip

    assert browser.post("/admin/authorizations/brownout/add/", form(start)).status_code == 302
    made = BrownOut.objects.get()
    assert made.created_by == olivia and Notice.objects.filter(about_id=str(made.pk)).count() == 1
    address = f"/admin/authorizations/brownout/{made.pk}/change/"
    assert browser.post(address, form(start + timedelta(days=1), "Moved.")).status_code == 302
    made.refresh_from_db()
    assert (made.edition, made.reason) == (2, "Moved.") and BrownOut.objects.count() == 1
    action = {"action": "call_off", "_selected_action": [str(made.pk)]}
    browser.post("/admin/authorizations/brownout/", action)
    made.refresh_from_db()
    assert made.cancelled_at


def test_a_plan_that_makes_no_sense_is_explained_in_the_form(olivia):
    now = timezone.now()
    form = {
        "starts_at_0": f"{now:%Y-%m-%d}", "starts_at_1": f"{now:%H:%M:%S}",
        "ends_at_0": f"{now:%Y-%m-%d}", "ends_at_1": f"{now:%H:%M:%S}", "reason": "x",
    }  # fmt: skip
    page = people.browser(olivia).post("/admin/authorizations/brownout/add/", form)
    assert page.status_code == 200 and "at the earliest" in page.content.decode() and not BrownOut.objects.exists()


def test_olivia_grants_and_withdraws_an_exception_in_the_admin(olivia, dana):
    browser, now = people.browser(olivia), timezone.now()
    until = now + timedelta(days=7)
    form = {
        "person": str(dana.pk), "reason": "A contract.",
        "valid_from_0": f"{now:%Y-%m-%d}", "valid_from_1": f"{now:%H:%M:%S}",
        "valid_until_0": f"{until:%Y-%m-%d}", "valid_until_1": f"{until:%H:%M:%S}",
    }  # fmt: skip
    assert browser.post("/admin/oauthapps/legacyexception/add/", form | {"reason": " "}).status_code == 200
    assert browser.post("/admin/oauthapps/legacyexception/add/", form).status_code == 302
    made = LegacyException.objects.get()
    assert (made.person, made.granted_by) == (dana, olivia)
    action = {"action": "withdraw", "_selected_action": [str(made.pk)]}
    browser.post("/admin/oauthapps/legacyexception/", action)
    made.refresh_from_db()
    assert made.withdrawn_at


# Banners


def test_alice_sees_on_her_list_what_ends_and_when(alice_browser, legacy, settings):
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=20)
    assert "legacy-banner" not in alice_browser.get("/_usersSettings/authorizations").content.decode()
    factories.connect(alice_browser, legacy)
    page = " ".join(alice_browser.get("/_usersSettings/authorizations").content.decode().split())
    assert "In 20 days, on" in page and "these stop working for you: Classic" in page
    settings.LEGACY_SUNSET = timezone.now()
    assert "legacy-banner" not in alice_browser.get("/_usersSettings/authorizations").content.decode()


def test_dana_sees_on_her_list_of_apps_how_many_days_are_left(dana_browser, legacy, settings):
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=1)
    page = " ".join(dana_browser.get("/app/").content.decode().split())
    assert "1 day left: legacy apps stop on" in page and "/app/legacy" in page


def test_after_the_sunset_the_cockpit_is_history(alice_browser, dana_browser, olivia, legacy, settings):
    factories.connect(alice_browser, legacy)
    settings.LEGACY_SUNSET = timezone.now() - timedelta(seconds=1)
    for browser, path in ((dana_browser, "/app/legacy"), (people.browser(olivia), "/admin/legacy")):
        page = browser.get(path).content.decode()
        assert "The legacy model ended on" in page and "<strong>0</strong> left" in page
    assert "The legacy model ended on" in dana_browser.get(f"/app/{legacy.client_id}/migration").content.decode()
    assert b"".join(dana_browser.get("/app/legacy?format=csv").streaming_content)
