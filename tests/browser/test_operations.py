"""An auditor at work in a browser: finds a person, reads what happened, filters the events, and may not act."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.looks import faults
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
ARTHUR = "arthur@contoso.example"
LISTS = (
    "authorizations/authorization",
    "oauthapps/application",
    "oauthapps/applicationsecret",
    "notifications/message",
    "authorizations/taskrun",
    "authorizations/eventstream",
)


def opens_the_pages(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.portal}/admin/")
    steps.sign_in(page, ARTHUR)
    page.wait_for_url(f"{stack.portal}/admin/")


def finds(page: Page, text: str, name: str) -> None:
    page.locator("#find-q").fill(text)
    page.locator("#find-go").click()
    page.wait_for_url(re.compile(r"/admin/find\?q="))
    page.locator("#found section").filter(has_text="People").get_by_role("link", name=name, exact=True).click()


def test_an_auditor_looks_and_cannot_act(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = opened().new_page()
    opens_the_pages(page, stack)
    problems = faults(page, "overview")
    expect(page.locator("#chart-grants svg rect").first).to_be_visible()
    page.locator("#chart-grants summary").click()
    expect(page.locator("#chart-grants tbody tr")).to_have_count(30)

    finds(page, "ali ander", "Alice Andersen")
    expect(page.locator("#timeline li").first).to_contain_text("Alice Andersen")
    problems += faults(page, "person")
    page.locator("#around").get_by_role("link", name="Authorizations").click()
    expect(page.locator("#result_list")).to_contain_text("Northwind Boards")
    page.go_back()
    page.locator("#timeline-all").click()
    problems += faults(page, "events")
    page.locator("#filters [name=name]").select_option("authorization.granted")
    page.locator("#filters [name=since]").fill("yesterday")
    page.locator("#filter").click()
    expect(page.get_by_role("alert")).to_contain_text("Write a date such as 2026-11-26")
    page.locator("#filters [name=since]").fill("2020-01-01")
    page.locator("#filter").click()
    expect(page.locator("#result_list")).to_contain_text("Alice Andersen approved")
    page.locator("#result_list a").first.click()
    problems += faults(page, "event")

    for place in LISTS:
        page.goto(f"{stack.portal}/admin/{place}/")
        problems += faults(page, place)
    page.goto(f"{stack.portal}/admin/authorizations/authorization/")
    expect(page.locator("select[name=action]")).to_have_count(0)
    page.locator("#result_list a").first.click()
    problems += faults(page, "authorization")
    tries_to_act(page, stack)
    assert problems == []


def tries_to_act(page: Page, stack: Stack) -> None:
    """The page of a role is refused, and so is a form that somebody sends by hand."""
    person = page.locator("#around").get_by_role("link", name=re.compile("^Person: ")).get_attribute("href")
    answer = page.goto(f"{stack.portal}{(person or '').removesuffix('change/')}role/")
    assert answer is not None and answer.status == 403
    page.goto(f"{stack.portal}/admin/accounts/user/")
    sent = page.evaluate(
        """async () => {
            const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
            const row = document.querySelector('#result_list a').href.match(/user\\/([0-9a-f-]+)/)[1];
            const body = new URLSearchParams({csrfmiddlewaretoken: token, action: 'deactivate_people', _selected_action: row});
            const answer = await fetch('/admin/accounts/user/', {method: 'POST', body});
            return answer.redirected ? answer.url : String(answer.status);
        }"""
    )
    assert "operationsjob/new" not in sent


@pytest.mark.parametrize("width", [1280, 320])
def test_the_pages_work_without_javascript(stack: Stack, opened: Callable[..., BrowserContext], width: int) -> None:
    page = opened(java_script_enabled=False, viewport={"width": width, "height": 800}).new_page()
    opens_the_pages(page, stack)
    finds(page, "ali ander", "Alice Andersen")
    expect(page.locator("#timeline li").first).to_be_visible()
    page.locator("#nav-sidebar").get_by_role("link", name="Incidents").click()
    expect(page).to_have_url(f"{stack.portal}/admin/authorizations/incident/")
    page.locator("#changelist-filter").get_by_role("link").nth(1).click()
    expect(page).to_have_url(re.compile(r"/incident/\?\w+"))
