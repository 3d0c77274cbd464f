"""The approval page in a real browser: by keyboard alone, with its clock, accessible in each of its states."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from authorizations.protocol_rules import s256
from tests.browser import steps
from tests.browser.looks import faults
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
CALLBACK = "http://localhost:1/callback"
BOB = "bob@contoso.example"


@pytest.fixture(scope="module")
def boards(stack: Stack) -> dict[str, Any]:
    return stack.register(
        name="Board Painter",
        redirect_uris=[CALLBACK],
        website="https://boards.fabrikam.example/",
        scopes=["openid", "profile", "email", "vso.work", "vso.project"],
        optional_scopes=["vso.code"],
    )


def address(stack: Stack, app: dict[str, Any], scope: str, **more: str) -> str:
    said = {
        "client_id": app["client_id"],
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": scope,
        "state": "s1",
        "code_challenge": s256("v" * 50),
        "code_challenge_method": "S256",
    }
    return f"{stack.portal}/oauth2/v2.0/authorize?{urlencode(said | more)}"


def asked(page: Page, stack: Stack, app: dict[str, Any], scope: str, account: str = BOB, **more: str) -> None:
    """Opens the approval page as somebody who is signed in."""
    page.goto(address(stack, app, scope, **more))
    if page.locator("#signin-work").count():
        steps.sign_in(page, account)
    expect(page.locator("#consent-form")).to_be_visible()


def answer(page: Page) -> str:
    """Where the answer went: nobody listens there, so the address is read from the attempt."""
    with page.expect_request(re.compile(re.escape(CALLBACK))) as sent:
        page.keyboard.press("Enter")
    return sent.value.url


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.name || document.activeElement.tagName")


def tab_to(page: Page, wanted: str, most: int = 60) -> list[str]:
    seen: list[str] = []
    while focused(page) != wanted:
        assert len(seen) < most, f"no way to {wanted} by keyboard: {seen}"
        page.keyboard.press("Tab")
        seen.append(focused(page))
    return seen


def test_the_keyboard_alone_chooses_and_accepts(stack, opened: Callable[..., BrowserContext], boards) -> None:
    page = opened().new_page()
    asked(page, stack, boards, "openid profile email vso.work vso.code")
    assert focused(page) == "H1"
    order = tab_to(page, "scope-vso.code")
    assert order.index("switch-account") < order.index("scope-vso.code")
    page.keyboard.press("Space")  # unticks
    page.keyboard.press("Enter")  # on a box: nothing is sent
    tab_to(page, "reach-all")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#consent-form")).to_be_visible()
    assert focused(page) == "reach-some" and page.url.startswith(stack.portal)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first organization
    tab_to(page, "duration-longest")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert focused(page) == "duration-30"
    order = tab_to(page, "consent-accept")
    visible = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert visible != "none"
    assert "code=" in answer(page)
    later = page.context.new_page()  # the first one is still on its way to the service
    later.goto(f"{stack.portal}/_usersSettings/authorizations")
    expect(later.get_by_text("Board Painter").first).to_be_visible()


def test_accept_and_cancel_are_equal_in_size(stack, opened: Callable[..., BrowserContext], boards) -> None:
    page = opened().new_page()
    asked(page, stack, boards, "openid vso.work", account=steps.ALICE)
    sizes = [page.locator(f"#consent-{which}").bounding_box() for which in ("accept", "cancel")]
    assert (sizes[0]["width"], sizes[0]["height"]) == (sizes[1]["width"], sizes[1]["height"])


def test_each_state_is_accessible(stack, opened: Callable[..., BrowserContext], boards) -> None:
    page = opened().new_page()
    asked(
        page, stack, boards, "openid profile email vso.work vso.code", account="olivia@contoso.example", prompt="login"
    )
    problems = faults(page, "first time")
    page.locator("label:has(#reach-some)").click()
    problems += faults(page, "choosing organizations")
    page.locator("#consent-accept").click()
    expect(page.locator("#problems-title")).to_be_visible()
    problems += faults(page, "none chosen")
    page.locator(".never summary").click()
    problems += faults(page, "refusing for good")
    page.goto(f"{stack.portal}/_usersSettings/authorizations/blocked")
    assert problems + faults(page, "refused services") == []


def test_a_person_is_warned_and_gets_more_time(stack, opened: Callable[..., BrowserContext], boards) -> None:
    page = opened().new_page()
    page.clock.install()
    asked(page, stack, boards, "openid vso.work", account=steps.ALICE)
    page.wait_for_load_state()  # the page's own clock begins with its script, which may come after the form
    ticket = page.locator("input[name=ticket]").input_value()
    page.clock.fast_forward("12:30")
    expect(page.locator("#time-dialog")).not_to_be_visible()
    page.clock.fast_forward("00:31")
    expect(page.locator("#time-dialog")).to_be_visible()
    assert focused(page) == "time-more"
    assert faults(page, "dialog") == []
    page.locator("#time-more").click()
    expect(page.locator("#time-dialog")).not_to_be_visible()
    expect(page.locator("#announce")).to_have_text("You have more time now.")
    assert page.locator("input[name=ticket]").input_value() != ticket
    page.clock.fast_forward("14:00")
    expect(page.locator("#time-dialog")).to_be_visible()
    page.locator("#time-close").click()
    page.clock.fast_forward("01:01")
    expect(page.locator("#time-again")).to_be_visible()
    page.locator("#time-again").click()
    expect(page.locator("#consent-form")).to_be_visible()
    assert "state=s1" in page.url


def test_without_script_there_is_more_time_too(stack, opened: Callable[..., BrowserContext], boards) -> None:
    page = opened(java_script_enabled=False).new_page()
    asked(page, stack, boards, "openid vso.work vso.code", account=steps.ALICE)
    page.locator("#scope-vso\\.code").uncheck()
    page.locator("#duration-1").check()
    page.locator("#more-time").click()
    expect(page.locator("#consent-form")).to_be_visible()
    expect(page.locator("#duration-1")).to_be_checked()
    expect(page.locator("#scope-vso\\.code")).not_to_be_checked()
