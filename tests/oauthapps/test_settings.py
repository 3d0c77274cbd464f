"""The settings of an app: what is wrong is said beside the field, and two owners cannot undo each other."""

import re
import threading

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.events.models import Event
from oauthapps import services
from oauthapps.models import Application
from tests import factories, people
from tests.conftest import missing

FORM = {
    "name": "Ledger", "company": "Contoso Ltd", "client_type": "confidential", "redirect_uris": "https://ledger.example/cb",
    "scope:vso.profile": "required", "scope:vso.work": "optional",
}  # fmt: skip


@pytest.fixture
def ledger(dana, bob):
    made = services.register(
        services.Registration("Ledger", "Contoso Ltd", ["https://ledger.example/cb"], ["vso.profile"], ["vso.work"]),
        owners=[dana, bob],
        by=dana,
        now=timezone.now(),
    )
    return f"/app/{made.client_id}/settings"


@pytest.fixture
def browser(dana):
    return people.browser(dana)


def version(page):
    return re.search(r'name="version" value="(\d+)"', page.content.decode())[1]


def text(page):
    return re.sub(r"\s+", " ", page.content.decode())


def test_what_was_typed_is_saved_and_said(browser, ledger):
    typed = FORM | {
        "description": "Books.",
        "website": "https://ledger.example/",
        "version": version(browser.get(ledger)),
    }
    page = browser.post(ledger, typed, follow=True)
    app = Application.objects.get()
    assert "The settings are saved." in text(page)
    assert (app.description, app.website, app.version) == ("Books.", "https://ledger.example/", 2)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "required"),
        ("name", "x" * 101, "at most 100"),
        ("name", "abc\u202efdp", "reading direction"),
        ("name", "P\u0430ypal", "mixes Cyrillic and Latin"),
        ("name", "Gatehouse support", "name of this portal"),
        ("name", "M\u0456crosoft", "mixes"),
        ("name", "Micros0ft", "reads like Microsoft"),
        ("company", "", "required"),
        ("company", "Gate-House", "name of this portal"),
        ("company", "a\x00b", "Null characters"),
        ("description", "x" * 1001, "at most 1000"),
        ("description", "a\u202eb", "reading direction"),
        ("website", "javascript:alert(1)", "whole address"),
        ("website", "x" * 2001, "at most 2000"),
        ("terms_url", "data:text/html,x", "whole address"),
        ("privacy_url", "https://a@b.example", "user name and password"),
        ("client_type", "other", "valid choice"),
        ("redirect_uris", "", "at least one callback"),
        ("redirect_uris", "http://ledger.example/cb", "must start with https://"),
        ("redirect_uris", "https://ledger.example/cb\nhttps://*.example/cb", "exactly"),
        ("redirect_uris", "https://p\u0430ypal.com/cb", "mixes Cyrillic and Latin"),
        ("redirect_uris", "\n".join(f"https://ledger.example/{n}" for n in range(51)), "at most 50"),
        ("version", "x", "whole number"),
        ("version", "99999999999999999999", "less than or equal"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(browser, ledger, field, value, says):
    page = browser.post(ledger, FORM | {field: value})
    assert page.status_code == 400 and says in text(page)
    assert f'href="#id_{field}' in text(page) or field == "version"
    assert Application.objects.get().version == 1


def test_everything_that_is_wrong_is_said_at_once(browser, ledger):
    wrong = {"name": "", "website": "javascript:x", "redirect_uris": "http://a.example/cb\nhttps://b.example/#x"}
    page = text(browser.post(ledger, {"company": "Contoso Ltd", "client_type": "confidential"} | wrong))
    for says in ("required", "whole address", "must start with https://", "fragment", "Choose at least one permission"):
        assert says in page


def test_a_look_alike_host_is_saved_only_when_it_is_meant(browser, ledger):
    typed = FORM | {"redirect_uris": "https://bücher.example/cb"}
    page = browser.post(ledger, typed)
    assert page.status_code == 400 and "xn--bcher-kva.example" in text(page)
    token = re.search(r'name="confirm" value="([0-9a-f]{16})"', page.content.decode())[1]
    assert (
        browser.post(ledger, typed | {"redirect_uris": "https://bäcker.example/cb", "confirm": token}).status_code
        == 400
    )
    assert browser.post(ledger, typed | {"confirm": token}).status_code == 302
    assert Application.objects.get().callbacks == ["https://xn--bcher-kva.example/cb"]


def test_a_confirmation_is_kept_while_something_else_is_wrong(browser, ledger):
    typed = FORM | {"website": "https://bücher.example/"}
    token = re.search(r'name="confirm" value="([0-9a-f]{16})"', text(browser.post(ledger, typed)))[1]
    page = text(browser.post(ledger, typed | {"confirm": token, "name": ""}))
    assert f'type="hidden" name="confirm" value="{token}"' in page


def test_a_company_that_speaks_of_a_known_one_must_be_meant(browser, ledger):
    typed = FORM | {"company": "Microsoft"}
    page = browser.post(ledger, typed)
    assert "speaks of Microsoft" in text(page)
    token = re.search(r'name="confirm" value="([0-9a-f]{16})"', page.content.decode())[1]
    assert browser.post(ledger, typed | {"confirm": token}).status_code == 302


def test_a_name_that_imitates_another_owners_app_is_refused(browser, ledger, charlie):
    other = factories.app(name="Contoso Books")
    other.app.owners.set([charlie])
    page = browser.post(ledger, FORM | {"name": "Cont0so B00ks"})
    assert page.status_code == 400 and "Another app here is called “Contoso Books”" in text(page)


def test_an_owner_may_name_two_of_their_own_apps_alike(browser, ledger):
    assert browser.post("/app/register", FORM).status_code == 200
    assert Application.objects.filter(name="Ledger").count() == 2


def test_a_name_that_is_there_already_does_not_block_other_changes(browser, ledger):
    Application.objects.update(name="Gatehouse helper", redirect_uris="https://ledger.example/a/../cb")
    typed = FORM | {"name": "Gatehouse helper", "redirect_uris": "https://ledger.example/a/../cb", "description": "New"}
    assert browser.post(ledger, typed).status_code == 302


def test_a_resource_server_needs_no_callback_and_no_permission(browser, ledger):
    Application.objects.update(resource_server=True, scopes=[], optional_scopes=[], redirect_uris="")
    assert browser.post(ledger, {k: v for k, v in FORM.items() if k[:5] not in {"scope", "redir"}}).status_code == 302


def test_of_two_owners_who_save_at_once_the_second_sees_both_and_loses_nothing(browser, bob, ledger):
    bobs = people.browser(bob)
    seen = version(bobs.get(ledger))
    browser.post(ledger, FORM | {"version": seen, "description": "Danas words", "scope:vso.work": "required"})
    page = bobs.post(ledger, FORM | {"version": seen, "description": "Bobs words", "company": "Bobs Ltd"})
    shown = text(page)
    app = Application.objects.get()
    assert page.status_code == 409 and (app.description, app.company) == ("Danas words", "Contoso Ltd")
    assert (
        "Dana saved it" in shown and "Danas words" in shown and "Bobs words</textarea>" in shown and "Bobs Ltd" in shown
    )
    assert "Permission: Work items (read)" in shown and 'href="#scope-vso.work"' in shown
    assert "Callback addresses</a></th>" not in shown  # the same in both
    assert bobs.post(ledger, FORM | {"version": version(page), "description": "Both"}).status_code == 302
    assert Application.objects.get().description == "Both"
    assert Event.objects.filter(name="app.changed").count() == 2


def test_parallel_saves_of_one_version_let_exactly_one_win(transactional_db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    app = factories.app(name="Ledger").app
    barrier, results = threading.Barrier(4), []

    def save(number):
        mine = Application.objects.get(pk=app.pk)
        said = services.values(mine) | {"redirect_uris": mine.callbacks, "description": f"by {number}"}
        barrier.wait(10)
        try:
            services.change(mine, services.Registration(**said), by=None, now=timezone.now())
            results.append(f"by {number}")
        except services.Stale:
            results.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    [t.join(20) for t in threads]
    assert sorted(results)[1:] == ["stale"] * 3
    app.refresh_from_db()
    assert app.description == sorted(results)[0] and app.version == 2


def test_a_page_that_names_no_version_saves_on_what_there_is(browser, ledger):
    assert browser.post(ledger, FORM | {"description": "New"}).status_code == 302


def test_charlie_cannot_save(charlie_browser, ledger):
    assert charlie_browser.post(ledger, FORM | {"version": "1"}).status_code == 404
    assert Application.objects.get().version == 1


def test_a_legacy_app_is_offered_what_its_model_knows(browser, dana, legacy_app):
    legacy_app.app.owners.set([dana])
    page = text(browser.get(f"/app/{legacy_app.client_id}/settings"))
    assert 'name="scope:openid"' not in page and 'name="scope:vso.work"' in page


def test_the_picker_counts_and_finds_without_javascript(browser, ledger):
    page = text(browser.get(ledger))
    assert "You ask for 2 permissions, none of high privilege." in page
    found = text(browser.get(ledger, {"find": "build"}))
    assert re.search(r"\d+ permissions match\.", found) and 'id="scope-vso.build"' in found
    hidden = re.search(r'<fieldset class="scope-row" id="scope-vso.profile"[^>]*>', found)[0]
    assert " hidden" in hidden and 'name="scope:vso.profile" value="required" checked' in found
    assert "No permission matches" in text(browser.get(ledger, {"find": "zebra<script>"}))
    assert browser.get(ledger, {"find": "x" * 5000 + "\x00"}).status_code == 200


def test_a_permission_of_high_privilege_is_explained_and_counted(browser, ledger):
    browser.post(ledger, FORM | {"scope:vso.code_manage": "required"})
    page = text(browser.get(ledger))
    assert "You ask for 3 permissions, 1 of high privilege." in page and "High privilege." in page
