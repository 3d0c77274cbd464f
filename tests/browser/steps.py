"""What a person does in the browser, one step a function."""

import re

from playwright.sync_api import Page, expect

from tests.live.stack import Stack

NAMES = {"standard": "Contoso Reports", "legacy": "Contoso Reports Classic"}
ALICE, ERIN = "alice@contoso.example", "erin@outlook.example"


def sign_in(page: Page, account: str) -> None:
    page.locator("#signin-microsoft" if account == ERIN else "#signin-work").click()
    page.locator(f'button[name="account"][value="{account}"]').click()


def ask(page: Page, stack: Stack, model: str) -> None:
    page.goto(stack.service)
    page.locator(f"#connect-{model}").click()


def connect(page: Page, stack: Stack, model: str, account: str) -> None:
    ask(page, stack, model)
    sign_in(page, account)
    expect(page.locator("#consent-form")).to_be_visible()
    page.locator("#consent-accept").click()
    expect(page).to_have_url(re.compile(re.escape(f"{stack.service}/{model}")))


def row(page: Page, stack: Stack, model: str) -> str:
    """The id of the service's authorization in the portal's list."""
    page.goto(f"{stack.portal}/_usersSettings/authorizations")
    named = page.locator("[data-authorization]").filter(has=page.get_by_text(NAMES[model], exact=True))
    return named.first.get_attribute("data-authorization") or ""


def revoke(page: Page, stack: Stack, model: str) -> None:
    found = row(page, stack, model)
    page.locator(f"#revoke-{found}").click()
    page.locator("#revoke-confirm").click()
    page.locator(f"#revoke-{found}").wait_for(state="detached")
