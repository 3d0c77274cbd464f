"""The life of an app, walked in a browser on a product of one's own: register, rotate, share, migrate, sunset."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.live.stack import Stack, folder, running

pytestmark = pytest.mark.xdist_group("live")
DANA, CHARLIE = "dana@fabrikam.example", "charlie@fabrikam.example"
SCOPE = "vso.profile vso.project vso.work"


def test_an_app_from_its_registration_to_the_end_of_the_legacy_model(opened: Callable[..., BrowserContext]) -> None:
    with folder() as home:
        with running(home) as stack:
            dana = at_home(opened().new_page(), stack, DANA)
            charlie = at_home(opened().new_page(), stack, CHARLIE)
            alice = opened().new_page()
            registers(dana, stack)
            shares(dana, charlie, stack)
            steps.connect(alice, stack, "legacy", steps.ALICE)
            rotates(dana, alice, stack)
            migrates(dana, alice, stack)
        with running(home, stack.port, LEGACY_SUNSET="2026-01-01T00:00:00Z") as later:
            is_over(opened().new_page(), later)


def at_home(page: Page, stack: Stack, account: str) -> Page:
    page.goto(f"{stack.portal}/signin?next=/app/")
    steps.sign_in(page, account)
    page.wait_for_url(f"{stack.portal}/app/")
    return page


def registers(dana: Page, stack: Stack) -> None:
    dana.goto(f"{stack.portal}/app/register")
    dana.get_by_label("Name", exact=True).fill("Ledger")
    dana.get_by_label("Company").fill("Fabrikam")
    dana.get_by_label("Callback addresses").fill("https://ledger.fabrikam.example/cb")
    dana.locator("#save-app").click()
    secret = dana.locator("#new-secret").inner_text()
    app_id = str(dana.locator("a[href$='/settings']").get_attribute("href")).split("/")[2]
    # The secret was shown this once.
    dana.goto(f"{stack.portal}/app/{app_id}")
    expect(dana.locator("#app-id")).to_have_text(app_id)
    assert secret.split(".")[1] not in dana.content()


def shares(dana: Page, charlie: Page, stack: Stack) -> None:
    address = app_address(stack, "legacy")
    dana.goto(f"{address}/owners")
    dana.locator("#invite-owner").click()
    link = dana.locator("#invitation-link").inner_text()
    charlie.goto(link)
    charlie.locator("#accept-invitation").click()
    charlie.goto(address)
    expect(charlie.locator("h1")).to_have_text("Contoso Reports Classic")
    charlie.goto(link)
    expect(charlie.locator("#accept-invitation")).to_have_count(0)


def rotates(dana: Page, alice: Page, stack: Stack) -> None:
    """Second slot, the service moves over, the old one ends: the service never loses a connection."""
    address = app_address(stack, "legacy")
    dana.goto(f"{address}/secrets")
    dana.locator("form[action$='/secrets/alternative'] button").click()
    keys(alice, stack, "legacy", secret=dana.locator("#new-secret").inner_text())
    alice.goto(f"{stack.service}/legacy")
    alice.locator("#refresh-token").click()
    expect(alice.locator("#refresh-status")).to_contain_text("200")
    dana.goto(f"{address}/secrets/primary/end")
    dana.locator("#end-secret").click()
    for button, status in (("#refresh-token", "#refresh-status"), ("#call-api", "#api-status")):
        alice.locator(button).click()
        expect(alice.locator(status)).to_contain_text("200")


def migrates(dana: Page, alice: Page, stack: Stack) -> None:
    address = app_address(stack, "legacy")
    dana.goto(f"{address}/migration")
    dana.locator("#create-twin").click()
    secret = dana.locator("#new-secret").inner_text()
    dana.goto(f"{address}/migration")
    dana.get_by_role("link", name="Open the new version").click()
    keys(alice, stack, "standard", secret=secret, app_id=dana.locator("#app-id").inner_text(), scope=SCOPE)

    steps.ask(alice, stack, "standard")
    alice.locator("#continue-accept").click()
    expect(alice).to_have_url(re.compile(re.escape(f"{stack.service}/standard")))
    expect(alice.locator("#api-status")).to_contain_text("200")
    alice.goto(f"{stack.service}/legacy")
    alice.locator("#call-api").click()
    expect(alice.locator("#api-status")).to_contain_text("401")


def is_over(alice: Page, stack: Stack) -> None:
    steps.ask(alice, stack, "legacy")
    expect(alice.locator("#error-code")).to_have_text("invalidClientId")
    steps.ask(alice, stack, "standard")
    steps.sign_in(alice, steps.ALICE)
    expect(alice.locator("#api-status")).to_contain_text("200")


def keys(page: Page, stack: Stack, model: str, *, secret: str, **said: Any) -> None:
    page.goto(f"{stack.service}/keys")
    page.locator(f"#{model}-secret").fill(secret)
    if said:
        page.locator(f"#{model}-id").fill(said["app_id"])
        page.locator(f"#{model}-scope").fill(said["scope"])
    page.locator(f"#save-{model}").click()
    expect(page.locator("#saved")).to_be_visible()


def app_address(stack: Stack, model: str) -> str:
    return f"{stack.portal}/app/{stack.credentials(model)['client_id']}"
