"""The approval page as people will see it: the same words as the real one, marked, and with nothing to send."""

import re

import pytest

from authorizations.models import Authorization
from tests import factories, people

OPTIONAL = {"optional_scopes": ["vso.work", "vso.code_manage"]}


@pytest.fixture
def danas(dana):
    made = factories.app(**OPTIONAL)
    made.app.owners.set([dana])
    return made


@pytest.fixture
def browser(dana):
    return people.browser(dana)


def card(page):
    """The page without what makes it a form: everything that a person reads."""
    whole = re.sub(r'<form method="post" action="[^"]*switch.*?</form>', "", page.content.decode(), flags=re.S)
    whole = re.sub(r'<div class="time-left">.*?</div>|<input type="hidden"[^>]*>', "", whole, flags=re.S)
    whole = re.sub(r" disabled(?=[ >])| autofocus", "", whole)
    # What a form needs before its first question is nothing that a person sees.
    whole = re.sub(r'<form id="consent-form".*?(?=<section aria-labelledby="wants-title")', "", whole, flags=re.S)
    return re.sub(r"\s+", " ", re.search(r'<div class="card consent">.*?</form>', whole, re.S)[0])


def test_it_says_word_for_word_what_the_real_page_says(browser, danas):
    real, shown = card(browser.get(danas.request())), card(browser.get(f"/app/{danas.client_id}/preview"))
    assert "asks to act for you" in shown and real == shown


def test_it_is_marked_and_nothing_can_be_sent(browser, danas):
    page = browser.get(f"/app/{danas.client_id}/preview").content.decode()
    assert 'id="preview-title"' in page and 'name="ticket"' not in page
    for button in ("consent-accept", "consent-cancel", "consent-block"):
        assert " disabled" in re.search(rf'<button[^>]*id="{button}"[^>]*>', page)[0]
    assert browser.post(f"/app/{danas.client_id}/preview", {"decision": "accept"}).status_code == 405
    assert not Authorization.objects.exists()


def test_the_optional_permissions_can_be_chosen(browser, danas):
    some = browser.get(f"/app/{danas.client_id}/preview?view=first&with=vso.work").content.decode()
    assert 'id="scope-vso.work"' in some and 'id="scope-vso.code_manage"' not in some


def test_who_approved_less_before_sees_what_is_new(browser, danas):
    page = browser.get(f"/app/{danas.client_id}/preview?view=more&with=vso.work").content.decode()
    assert "asks for more" in page and 'id="scope-vso.work"' in page and 'id="had"' in page
    assert not Authorization.objects.exists()


def test_an_app_with_no_optional_permission_can_be_seen_widened_too(browser, dana):
    made = factories.app(scopes=["vso.code", "vso.code_manage"])
    made.app.owners.set([dana])
    assert "asks for more" in browser.get(f"/app/{made.client_id}/preview?view=more").content.decode()


def test_a_legacy_app_has_its_own_warning(browser, dana, legacy_app):
    legacy_app.app.owners.set([dana])
    assert "uses a way to connect that ends on" in browser.get(f"/app/{legacy_app.client_id}/preview").content.decode()


def test_the_callback_can_be_chosen_among_the_registered_alone(browser, dana):
    made = factories.app(redirect_uris=["https://one.example/cb", "https://two.example/cb"])
    made.app.owners.set([dana])
    address = f"/app/{made.client_id}/preview?view=first&callback="
    assert "goes to <strong>two.example" in browser.get(address + "https://two.example/cb").content.decode()
    assert "goes to <strong>one.example" in browser.get(address + "https://evil.example/cb").content.decode()


@pytest.mark.parametrize("query", ["", "?view=x", "?view=more&with=<b>&with=nothing", "?view=first", "?callback=%00"])
def test_whatever_is_asked_of_it_is_answered(browser, dana, query):
    apps = [factories.app(name="One", scopes=["openid"]), factories.app(name="Two", redirect_uris=[], scopes=[], resource_server=True)]  # fmt: skip
    for made in apps:
        made.app.owners.set([dana])
        assert browser.get(f"/app/{made.client_id}/preview{query}").status_code == 200


def test_charlie_sees_no_preview(danas, charlie_browser):
    assert charlie_browser.get(f"/app/{danas.client_id}/preview").status_code == 404


def test_who_is_not_signed_in_signs_in_first(danas, client):
    assert client.get(f"/app/{danas.client_id}/preview")["Location"].startswith("/signin?")
