"""Connect, approve, use, see, revoke: both models, both kinds of account, with and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser import steps
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
@pytest.mark.parametrize("account", [steps.ALICE, steps.ERIN], ids=["work", "personal"])
@pytest.mark.parametrize("model", ["standard", "legacy"])
def test_from_connecting_to_revoking(
    stack: Stack, opened: Callable[..., BrowserContext], model: str, account: str, javascript: bool
) -> None:
    page = opened(java_script_enabled=javascript).new_page()
    steps.connect(page, stack, model, account)
    expect(page.locator("#api-status")).to_contain_text("200")
    page.locator("#refresh-token").click()
    expect(page.locator("#refresh-status")).to_contain_text("200")

    steps.revoke(page, stack, model)

    page.goto(f"{stack.service}/{model}")
    page.locator("#call-api").click()
    expect(page.locator("#api-status")).to_contain_text("401")
    page.locator("#refresh-token").click()
    expect(page.locator("#refresh-status")).to_contain_text("400")


@pytest.mark.parametrize("model", ["standard", "legacy"])
def test_cancelling_gives_the_service_nothing(stack: Stack, opened: Callable[..., BrowserContext], model: str) -> None:
    page = opened().new_page()
    steps.ask(page, stack, model)
    steps.sign_in(page, "bob@contoso.example")
    page.locator("#consent-cancel").click()
    expect(page.locator("#error")).to_be_visible()
    page.goto(stack.service)
    expect(page.locator(f"#open-{model}")).to_have_count(0)
