"""The frame around the pages of an app: its tabs, and who gets to see it."""

import re

import pytest

from tests import factories, people

TABS = ("", "/settings", "/secrets")


@pytest.fixture
def danas(dana):
    made = factories.app(name="Ledger")
    made.app.owners.set([dana])
    return made


def shown(page):
    nav = re.search(r'<nav class="tabs".*?</nav>', page.content.decode(), re.S)
    return re.findall(r'<a href="([^"]+)"', nav[0])


@pytest.mark.parametrize("tab", TABS)
def test_dana_sees_each_tab_and_which_one_is_open(danas, dana, tab):
    address = f"/app/{danas.client_id}{tab}"
    page = people.browser(dana).get(address)
    assert page.status_code == 200 and f'href="{address}" aria-current="page"' in page.content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_charlie_sees_no_tab_of_danas_app(danas, charlie_browser, tab):
    assert charlie_browser.get(f"/app/{danas.client_id}{tab}").status_code == 404


@pytest.mark.parametrize("tab", TABS)
def test_who_is_not_signed_in_signs_in_first(danas, client, tab):
    assert client.get(f"/app/{danas.client_id}{tab}")["Location"].startswith("/signin?")


def test_a_public_app_has_no_secrets_tab_and_no_such_page(public_app, dana):
    public_app.app.owners.set([dana])
    browser = people.browser(dana)
    assert f"/app/{public_app.client_id}/secrets" not in shown(browser.get(f"/app/{public_app.client_id}"))
    assert browser.get(f"/app/{public_app.client_id}/secrets").status_code == 404


def test_a_tab_whose_page_does_not_exist_is_not_shown(danas, dana, monkeypatch):
    from oauthapps.pages import frame

    monkeypatch.setattr(frame, "TABS", (*frame.TABS, frame.Tab("no-such-page", "Nothing")))
    assert "Nothing" not in people.browser(dana).get(f"/app/{danas.client_id}").content.decode()
