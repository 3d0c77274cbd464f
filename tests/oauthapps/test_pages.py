"""The pages of app developers."""

import re

from django.utils import timezone

from oauthapps.models import Application, ApplicationSecret
from tests import people

FORM = {
    "name": "Ledger", "company": "Contoso Ltd", "client_type": "confidential", "redirect_uris": "https://ledger.example/cb",
    "scope:vso.profile": "required", "scope:vso.work": "optional",
}  # fmt: skip


def test_dana_registers_an_app_and_sees_its_secret_once(dana):
    browser = people.browser(dana)
    assert browser.get("/app/register").status_code == 200
    page = browser.post("/app/register", FORM).content.decode()
    app, secret = Application.objects.get(), ApplicationSecret.objects.get()
    shown = re.search(rf"{secret.key_id}\.[A-Za-z0-9_-]{{43}}", page)
    assert shown and app.scopes == ["vso.profile"] and app.optional_scopes == ["vso.work"]
    again = browser.get(f"/app/{app.client_id}").content.decode()
    assert app.client_id in again and shown[0] not in again
    assert "Ledger" in browser.get("/app/").content.decode()


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_made(dana):
    page = people.browser(dana).post("/app/register", FORM | {"redirect_uris": "http://ledger.example/cb"})
    assert page.status_code == 400 and "must start with https://" in page.content.decode()
    assert not Application.objects.exists()


def test_charlie_sees_and_changes_nothing_of_danas_app(dana, charlie_browser):
    people.browser(dana).post("/app/register", FORM)
    app = Application.objects.get()
    assert charlie_browser.get(f"/app/{app.client_id}").status_code == 404
    assert charlie_browser.post(f"/app/{app.client_id}", FORM).status_code == 404
    assert charlie_browser.post(f"/app/{app.client_id}/secrets/alternative").status_code == 404
    assert ApplicationSecret.objects.count() == 1


def test_a_second_secret_lives_beside_the_first_and_a_new_one_ends_the_old(dana):
    browser = people.browser(dana)
    browser.post("/app/register", FORM)
    app = Application.objects.get()
    browser.post(f"/app/{app.client_id}/secrets/alternative")
    assert ApplicationSecret.objects.filter(revoked_at=None).count() == 2
    browser.post(f"/app/{app.client_id}/secrets/primary")
    assert ApplicationSecret.objects.filter(revoked_at=None).count() == 2
    assert ApplicationSecret.objects.filter(revoked_at__isnull=False).count() == 1


def test_reloading_the_page_of_a_new_secret_makes_no_other(dana):
    browser = people.browser(dana)
    browser.post("/app/register", FORM)
    app = Application.objects.get()
    address, form = f"/app/{app.client_id}/secrets/primary", {"replaces": ApplicationSecret.objects.get().key_id}
    assert browser.post(address, form).status_code == 200
    assert browser.post(address, form).status_code == 302
    assert ApplicationSecret.objects.count() == 2


def test_changing_the_publisher_ends_its_verification(dana):
    browser = people.browser(dana)
    browser.post("/app/register", FORM)
    Application.objects.update(verified_domain="contoso.example")
    app = Application.objects.get()
    assert browser.post(f"/app/{app.client_id}", FORM | {"company": "Another Ltd"}).status_code == 302
    assert Application.objects.get().verified_domain == ""


def test_a_form_that_is_sent_twice_registers_one_app(dana):
    browser = people.browser(dana)
    ticket = re.search(r'name="ticket" value="([^"]+)"', browser.get("/app/register").content.decode())
    assert ticket
    form = FORM | {"ticket": ticket[1]}
    assert browser.post("/app/register", form).status_code == 200
    again = browser.post("/app/register", form, follow=True)
    app = Application.objects.get()
    assert again.redirect_chain == [(f"/app/{app.client_id}", 302)]
    assert "registered the app already" in again.content.decode()
    assert ApplicationSecret.objects.count() == 1


def test_somebody_elses_form_chooses_no_id_for_charlie(dana, charlie_browser):
    ticket = re.search(r'name="ticket" value="([^"]+)"', people.browser(dana).get("/app/register").content.decode())
    assert ticket
    charlie_browser.post("/app/register", FORM | {"ticket": ticket[1]})
    people.browser(dana).post("/app/register", FORM | {"name": "Cash book", "ticket": ticket[1]})
    assert Application.objects.count() == 2


def test_a_form_whose_app_is_gone_registers_another(dana):
    browser = people.browser(dana)
    ticket = re.search(r'name="ticket" value="([^"]+)"', browser.get("/app/register").content.decode())
    assert ticket
    form = FORM | {"ticket": ticket[1]}
    browser.post("/app/register", form)
    Application.objects.update(deleted_at=timezone.now())
    assert browser.post("/app/register", form).status_code == 200
    assert Application.objects.filter(deleted_at=None).count() == 1
