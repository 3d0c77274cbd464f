"""The list of apps: health first, searchable, and as cheap for a hundred apps as for one."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations.models import AppUsage
from oauthapps.models import Application, ApplicationSecret
from oauthapps.pages.health import signs
from tests import factories, people
from tests.authorizations.test_budgets_postgresql import CONTROL
from tests.conftest import missing


def owned(dana, name, **said):
    made = factories.app(name=name, **said)
    made.app.owners.set([dana])
    return made


@pytest.fixture
def browser(dana):
    return people.browser(dana)


def shown(page):
    return re.findall(r'class="row-link" href="[^"]+">([^<]+)<', page.content.decode())


def text(page):
    return re.sub(r"\s+", " ", page.content.decode())


def test_dana_sees_people_calls_and_health_of_each_app(browser, dana, alice_browser):
    payroll, today = owned(dana, "Payroll"), timezone.now().date()
    factories.connect(alice_browser, payroll)
    for back, calls in ((0, 5), (6, 2), (7, 30), (29, 1), (30, 1000)):
        AppUsage.objects.create(application=payroll.app, day=today - timedelta(days=back), endpoint="api", calls=calls)
    page = text(browser.get("/app/"))
    assert "1 person" in page and "7 in 7 days, 38 in 30" in page and "In order" in page


def test_charlie_sees_none_of_them(dana, charlie_browser):
    owned(dana, "Payroll")
    assert shown(charlie_browser.get("/app/")) == []


def test_an_authorization_that_is_over_counts_no_more(browser, dana, alice_browser):
    payroll = owned(dana, "Payroll")
    factories.connect(alice_browser, payroll)
    payroll.app.authorizations.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "0 people" in text(browser.get("/app/"))


@pytest.mark.parametrize(
    ("left", "label"),
    [
        (timedelta(seconds=-1), "Secret expired"),
        (timedelta(0), "Secret expired"),
        (timedelta(days=14), "Secret ends soon"),
        (timedelta(days=14, seconds=1), "In order"),
        (None, "Has no secret"),
    ],
)
def test_a_secret_is_judged_to_the_second(payroll, left, label):
    now = timezone.now()
    secrets = [] if left is None else [ApplicationSecret(expires_at=now + left)]
    assert signs(payroll.app, secrets, now)[0].label.startswith(label)


def test_a_fresh_secret_beside_an_ending_one_is_in_order(payroll):
    now = timezone.now()
    both = [ApplicationSecret(expires_at=now + timedelta(days=days)) for days in (1, 50)]
    assert signs(payroll.app, both, now)[0].tone == "ok"


def test_a_public_app_needs_no_secret(public_app):
    assert signs(public_app.app, [], timezone.now())[0].tone == "ok"


def test_a_legacy_app_counts_its_days_and_then_says_that_they_are_over(legacy_app, settings):
    now = timezone.now()
    secret = [ApplicationSecret(expires_at=now + timedelta(days=50))]
    for left, label in ((timedelta(days=2), "Legacy: 2 days left"), (timedelta(hours=1), "Legacy: 1 day left"), (timedelta(0), "The legacy model has ended")):  # fmt: skip
        settings.LEGACY_SUNSET = now + left
        assert signs(legacy_app.app, secret, now)[0].label == label


def test_filters_and_search_live_in_the_address(browser, dana):
    owned(dana, "Alpha")
    owned(dana, "Beta", company="Fabrikam Inc")
    owned(dana, "Gamma", model="legacy")
    off = owned(dana, "Delta").app
    Application.objects.filter(pk=off.pk).update(disabled_at=timezone.now())
    assert shown(browser.get("/app/")) == ["Alpha", "Beta", "Delta", "Gamma"]
    assert shown(browser.get("/app/?show=legacy")) == ["Gamma"]
    assert shown(browser.get("/app/?show=off")) == shown(browser.get("/app/?show=attention")) == ["Delta"]
    assert shown(browser.get("/app/?q=fabrikam")) == ["Beta"]
    assert shown(browser.get(f"/app/?q={off.client_id}")) == ["Delta"]
    assert "No app matches" in text(browser.get("/app/?q=zebra"))


@pytest.mark.parametrize(
    "query", ["?q=%00", "?q=%F0%9F%98%80", "?show=nothing", "?page=0", "?page=x", "?page=999", "?q=" + "x" * 3000]
)
def test_any_address_of_the_list_is_answered(browser, dana, query):
    owned(dana, "Alpha")
    assert browser.get(f"/app/{query}").status_code == 200


def test_the_list_goes_page_by_page_and_keeps_its_filter(browser, dana):
    for number in range(27):
        owned(dana, f"App {number:02}")
    first, second = browser.get("/app/?show=all&q=App"), browser.get("/app/?q=App&page=2")
    assert (len(shown(first)), len(shown(second))) == (25, 2) and "q=App&amp;page=2" in first.content.decode()


def test_the_list_costs_the_same_for_one_app_and_for_twenty(browser, dana):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/app/").status_code == 200
        return [q["sql"] for q in captured.captured_queries if not CONTROL.match(q["sql"])]

    owned(dana, "App 00", model="legacy")
    one = cost()
    for number in range(1, 21):
        owned(dana, f"App {number:02}", model="legacy" if number % 2 else "standard")
    many = cost()
    assert len(many) == len(one) <= 12, "\n".join(many)
    print(f"statements: {len(many)}")
