"""Registering an app in the browser: the picker filters and counts as one chooses; without JavaScript it still works."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.looks import faults
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")


def register_page(stack: Stack, context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(f"{stack.portal}/signin?next=/app/register")
    steps.sign_in(page, "dana@fabrikam.example")
    page.wait_for_url(f"{stack.portal}/app/register")
    return page


def fill(page: Page, name: str) -> None:
    page.locator("#id_name").fill(name)
    page.locator("#id_company").fill("Fabrikam Tools")
    page.locator("#id_redirect_uris").fill("https://tools.fabrikam.example/callback")


def test_the_picker_filters_and_counts_while_one_chooses(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = register_page(stack, opened())
    expect(page.locator("#scopes-summary")).to_have_text("You ask for 2 permissions, none of high privilege.")
    page.locator("#scope-find").fill("code manage")
    expect(page.locator("#scopes-found")).to_contain_text("match")
    row = page.locator('[id="scope-vso.code_manage"]')
    row.locator('input[value="required"]').check()
    expect(page.locator("#scopes-summary")).to_have_text("You ask for 3 permissions, 1 of high privilege.")
    expect(page.locator('[id="scope-openid"]')).to_be_hidden()
    page.locator("#scope-find").fill("zebra")
    expect(page.locator("#scopes-found")).to_have_text("No permission matches. Try another word.")
    page.locator("#scope-find").press("Enter")  # loads nothing: what was typed elsewhere would be lost
    page.locator("#scope-find").fill("")
    expect(row).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_from_what_is_wrong_to_a_secret(stack: Stack, opened: Callable[..., BrowserContext], javascript: bool) -> None:
    page = register_page(stack, opened(java_script_enabled=javascript, viewport={"width": 320, "height": 700}))
    fill(page, f"Tools {javascript}")
    page.locator("#id_redirect_uris").fill("https://bücher.example/callback")
    page.locator("#save-app").click()
    expect(page.get_by_text("xn--bcher-kva.example").first).to_be_visible()
    if javascript:
        assert faults(page, "what is wrong") == []
    page.locator('input[type="checkbox"][name="confirm"]').check()
    page.locator("#save-app").click()
    expect(page.locator("#new-secret")).to_have_text(re.compile(r"^[0-9a-f]{16}\.[\w-]{43}$"))
