"""Every page of the main walk: no axe violations in either colour scheme, and no sideways scrolling on a small screen."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser import steps
from tests.live.stack import ROOT, Stack

pytestmark = pytest.mark.xdist_group("live")
IMAGES = ROOT / "docs" / "images"
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 700}},
}


@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_accessible(stack: Stack, opened: Callable[..., BrowserContext], look: str) -> None:
    page = opened(**LOOKS[look]).new_page()
    problems = before_sign_in(page, stack)
    steps.ask(page, stack, "standard")
    steps.sign_in(page, "bob@contoso.example")
    problems += faults(page, "approval")
    picture(page, look, IMAGES / "approval.png")
    page.locator("#consent-accept").click()
    page.wait_for_url(f"{stack.service}/standard/**")
    problems += inside(page, stack, look)
    assert problems == []


def before_sign_in(page: Page, stack: Stack) -> list[str]:
    return (
        at(page, f"{stack.portal}/", "front")
        + at(page, f"{stack.portal}/signin", "sign-in")
        + at(page, f"{stack.portal}/oauth2/v2.0/authorize?client_id=unknown", "protocol error")
    )


def inside(page: Page, stack: Stack, look: str) -> list[str]:
    found = steps.row(page, stack, "standard")
    problems = faults(page, "list")
    picture(page, look, IMAGES / "authorizations.png")
    problems += at(page, f"{stack.portal}/_usersSettings/authorizations/{found}/revoke", "revoke")
    page.locator("#revoke-confirm").click()
    problems += faults(page, "revoked")
    problems += at(page, f"{stack.portal}/_usersSettings/profile", "profile")
    return problems + at(page, f"{stack.portal}/app/register", "register")


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_of_an_app_is_accessible(stack: Stack, opened: Callable[..., BrowserContext], look: str) -> None:
    page = opened(**LOOKS[look]).new_page()
    page.goto(f"{stack.portal}/signin?next=/app/")
    steps.sign_in(page, "dana@fabrikam.example")
    page.wait_for_url(f"{stack.portal}/app/")
    app = f"{stack.portal}/app/{stack.credentials()['client_id']}"
    assert [
        fault for tab in ("", "/settings", "/secrets", "/use", "/preview") for fault in at(page, app + tab, f"app{tab}")
    ] == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_the_way_out_of_the_legacy_model_are_accessible(
    stack: Stack, opened: Callable[..., BrowserContext], look: str
) -> None:
    page = opened(**LOOKS[look]).new_page()
    page.goto(f"{stack.portal}/signin?next=/app/legacy")
    steps.sign_in(page, "dana@fabrikam.example")
    page.wait_for_url(f"{stack.portal}/app/legacy")
    problems = faults(page, "cockpit")
    page.locator("[data-app] a.row-link").first.click()
    problems += faults(page, "migration")
    problems += at(page, f"{stack.portal}/app/register/legacy", "closed")
    assert problems == []


def at(page: Page, address: str, name: str) -> list[str]:
    page.goto(address)
    return faults(page, name)


def faults(page: Page, name: str) -> list[str]:
    page.wait_for_load_state("load")
    violations = Axe().run(page).response["violations"]
    found = [f"{name}: {v['id']} at {v['nodes'][0]['target']}: {v['nodes'][0]['failureSummary']}" for v in violations]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{name}: scrolls sideways")
    return found


def picture(page: Page, look: str, path: Path) -> None:
    if look == "light" and os.environ.get("GATEHOUSE_SCREENSHOTS") == "1":
        page.screenshot(path=path, full_page=True)
