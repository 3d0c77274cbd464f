"""`python -m tests.browser.pictures`: takes the pictures of docs/images on a product of its own."""

import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import steps
from tests.browser import test_operations as operations
from tests.browser import test_operations_life as incidents
from tests.browser import test_organization_life as life
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.test_app_life import SCOPE, app_address, keys
from tests.live.stack import ROOT, Stack, folder, running

IMAGES = ROOT / "docs" / "images"
SETTINGS = "/_usersSettings"
DANA = "dana@fabrikam.example"
LESS, MORE = (
    "openid profile offline_access vso.profile",
    "openid profile offline_access vso.profile vso.project vso.work",
)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with folder() as home, running(home) as stack, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        of_people(chromium, stack)
        of_organizations(chromium, stack)
        of_owners(chromium, stack)
        of_operations(chromium, stack)
        of_mail(chromium, stack.home)
        with folder() as other, running(other) as fresh_one:
            of_incidents(chromium, fresh_one)
        chromium.close()


def fresh(chromium: Browser, **options: object) -> Page:
    page = chromium.new_context(viewport={"width": 1200, "height": 800}, color_scheme="light", **options).new_page()
    page.set_default_timeout(30_000)
    return page


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("load")
    page.screenshot(path=IMAGES / f"{name}.png", full_page=True)


def visit(page: Page, stack: Stack, path: str, name: str) -> None:
    page.goto(f"{stack.portal}{path}")
    take(page, name)


def of_people(chromium: Browser, stack: Stack) -> None:
    page = fresh(chromium)
    asked(page, stack, LESS)
    steps.sign_in(page, steps.ALICE)
    take(page, "approval")
    page.locator("#consent-accept").click()
    expect(page).to_have_url(re.compile(re.escape(f"{stack.service}/standard")))
    asked(page, stack, MORE)
    take(page, "approval-difference")
    page.locator("#consent-accept").click()
    visit(page, stack, f"{SETTINGS}/authorizations", "authorizations")
    page.get_by_role("link", name="Northwind Boards", exact=True).click()
    take(page, "authorization")
    receipt(page, stack)
    visit(page, stack, f"{SETTINGS}/notifications", "notices")


def asked(page: Page, stack: Stack, scope: str) -> None:
    page.goto(f"{stack.service}/keys")
    page.locator("#standard-scope").fill(scope)
    page.locator("#save-standard").click()
    steps.ask(page, stack, "standard")


def receipt(page: Page, stack: Stack) -> None:
    """Revoked, and then called once more: the receipt names the call that was refused."""
    found = steps.row(page, stack, "standard")
    page.goto(f"{stack.portal}{SETTINGS}/authorizations/{found}/revoke")
    take(page, "revoke")
    page.locator("#revoke-confirm").click()
    page.wait_for_url(re.compile("/receipts/"))
    address = page.url
    page.goto(f"{stack.service}/standard")
    page.locator("#call-api").click()
    page.goto(address)
    page.get_by_text("refused", exact=False).first.wait_for()
    page.wait_for_timeout(20_000)
    page.goto(address)
    take(page, "receipt")


def of_organizations(chromium: Browser, stack: Stack) -> None:
    service, alice = fresh(chromium), fresh(chromium)
    steps.connect(service, stack, "standard", steps.ALICE)
    life.at_home(alice, stack, steps.ALICE)
    visit(alice, stack, f"{life.PLACE}/members", "organization-members")
    visit(alice, stack, f"{life.PLACE}/services", "organization-services")
    visit(alice, stack, f"{life.PLACE}/policies/third_party_access/preview?value=false", "organization-impact")
    alice.goto(f"{stack.portal}{life.PLACE}/approvals")
    alice.locator("[data-request] a").first.click()
    take(alice, "organization-approval")
    life.switches_services_off(alice, stack, "standard")
    take(alice, "organization-policies")
    alice.goto(life.is_refused(service, stack, "standard"))
    take(alice, "why")
    life.undoes(alice, stack)
    visit(alice, stack, f"{life.PLACE}/audit", "organization-audit")
    visit(alice, stack, f"{life.PLACE}/tokens", "organization-tokens")
    visit(alice, stack, f"{SETTINGS}/tokens", "tokens")


def of_owners(chromium: Browser, stack: Stack) -> None:
    page = fresh(chromium)
    page.goto(f"{stack.portal}/signin?next=/app/")
    steps.sign_in(page, DANA)
    page.wait_for_url(f"{stack.portal}/app/")
    take(page, "apps")
    legacy = app_address(stack, "legacy").removeprefix(stack.portal)
    for tab in ("secrets", "owners", "migration"):
        visit(page, stack, f"{legacy}/{tab}", f"app-{tab}")
    visit(page, stack, f"{app_address(stack, 'standard').removeprefix(stack.portal)}", "app")
    visit(page, stack, "/app/legacy", "sunset-cockpit")
    continued(chromium, page, stack, legacy)


def continued(chromium: Browser, dana: Page, stack: Stack, legacy: str) -> None:
    """The page that people get who allowed the old version and are sent by the new one."""
    alice = fresh(chromium)
    steps.connect(alice, stack, "legacy", steps.ALICE)
    dana.goto(f"{stack.portal}{legacy}/migration")
    dana.locator("#create-twin").click()
    secret = dana.locator("#new-secret").inner_text()
    dana.goto(f"{stack.portal}{legacy}/migration")
    dana.get_by_role("link", name="Open the new version").click()
    keys(alice, stack, "standard", secret=secret, app_id=dana.locator("#app-id").inner_text(), scope=SCOPE)
    steps.ask(alice, stack, "standard")
    expect(alice.locator("#continue-page")).to_be_visible()
    take(alice, "continue")


def of_operations(chromium: Browser, stack: Stack) -> None:
    page = fresh(chromium)
    page.set_viewport_size({"width": 1400, "height": 1500})  # with the navigation, and all of a page above its footer
    operations.opens_the_pages(page, stack)
    take(page, "admin-overview")
    page.locator("#find-q").fill("ali")
    page.locator("#find-go").click()
    page.wait_for_url(re.compile("/admin/find"))
    take(page, "admin-search")
    page.locator("#found section").filter(has_text="People").get_by_role("link", name="Alice Andersen").click()
    take(page, "admin-person")
    page.locator("#timeline-all").click()
    take(page, "admin-events")
    page.goto(f"{stack.portal}/admin/authorizations/authorization/?state=live")
    take(page, "admin-authorizations")
    page.locator("#result_list a").first.click()
    take(page, "admin-authorization")


def of_incidents(chromium: Browser, stack: Stack) -> None:
    """An incident, what would stop it, the job that did, and the report of its evidence pack."""
    for account in (steps.ALICE, "bob@contoso.example", steps.ERIN):
        steps.connect(fresh(chromium), stack, "standard", account)
    page = fresh(chromium, accept_downloads=True)
    incidents.operates(page, stack)
    page.goto(f"{stack.portal}{incidents.INCIDENTS}/open/")
    page.locator("#id_title").fill("A key of the reports was found in public")
    page.locator("#id_what").fill(incidents.SERVICE)
    page.locator("#id_since").fill(f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d %H:%M}")
    page.locator("#id_what_happened").fill("A colleague saw it in a repository and told us.")
    page.locator("#open-it").click()
    incident = page.url
    page.get_by_role("link", name="Revoke everything that is approved now").click()
    take(page, "operations-preview")
    incidents.confirms(page)
    take(page, "operations-job")
    page.goto(incident)
    page.locator("#tell").click()
    page.locator("#text").fill("You need do nothing: the key was replaced.")
    page.locator("#see-mail").click()
    take(page, "operations-telling")
    page.locator("#tell-all").click()
    page.goto(incident)
    take(page, "operations-incident")
    report_of(chromium, incidents.packs(page, stack.home), stack.home)


def report_of(chromium: Browser, pack: Path, home: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        archive.extract("report.html", home)
    page = fresh(chromium)
    page.goto((home / "report.html").as_uri())
    take(page, "operations-report")


def of_mail(chromium: Browser, home: Path) -> None:
    """The first mail about an end that is coming, as a mail program shows it."""
    for path in sorted((home / "mail").glob("*.html")):
        if "stops acting for you" in path.read_text(encoding="utf-8") and path.name != "index.html":
            page = chromium.new_context(viewport={"width": 720, "height": 800}, color_scheme="light").new_page()
            page.goto(path.as_uri())
            return take(page, "mail")
    raise SystemExit("No mail about a coming end was written.")


if __name__ == "__main__":
    main()
