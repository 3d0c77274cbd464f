"""An incident from the first look to its end, walked by an operator in a browser on a product of one's own."""

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.looks import faults
from tests.live.stack import Stack, folder, running

pytestmark = pytest.mark.xdist_group("live")
OLIVIA = "olivia@contoso.example"
INCIDENTS, JOBS = "/admin/authorizations/incident", "/admin/authorizations/operationsjob"
SERVICE = steps.NAMES["standard"]
DONE_MS, PACK_MS = 60_000, 90_000


def test_an_incident_is_opened_stopped_told_proved_and_closed(
    opened: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    with folder() as home, running(home) as stack:
        alice, olivia = opened().new_page(), opened(accept_downloads=True).new_page()
        steps.connect(alice, stack, "standard", steps.ALICE)
        operates(olivia, stack)
        incident = opens(olivia, stack)
        looks(olivia, "incident")
        previews(olivia)
        looks(olivia, "preview")
        stops(olivia)
        looks(olivia, "job")
        is_refused(alice, stack)
        reads_the_reason(alice, stack)
        olivia.goto(incident)
        expect(olivia.locator("#incident")).to_have_attribute("data-state", "contained")
        tells(olivia)
        olivia.goto(incident)
        verifies(olivia, stack, tmp_path)
        closes(olivia)
        switches_on_again(olivia, stack)


def operates(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.portal}/signin?next=/admin/")
    steps.sign_in(page, OLIVIA)
    page.wait_for_url(f"{stack.portal}/admin/")


def opens(olivia: Page, stack: Stack) -> str:
    olivia.goto(f"{stack.portal}{INCIDENTS}/")
    olivia.locator("#open-incident").click()
    looks(olivia, "opening")
    olivia.locator("#id_title").fill("A key of the reports was found in public")
    olivia.locator("#id_what").fill(SERVICE)
    olivia.locator("#id_since").fill(f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d %H:%M}")
    olivia.locator("#id_what_happened").fill("A colleague saw it in a repository and told us.")
    olivia.locator("#open-it").click()
    expect(olivia.locator("#affected-people")).to_have_text("1")
    return olivia.url


def previews(olivia: Page) -> None:
    olivia.get_by_role("link", name="Revoke everything that is approved now").click()
    expect(olivia.locator("#count-authorizations")).to_have_text("1")


def stops(olivia: Page) -> None:
    confirms(olivia)
    expect(olivia.locator("#job-done")).to_have_text("2")  # the app, and Alice's approval


def confirms(olivia: Page) -> None:
    expect(olivia.locator("#switch-off")).to_be_checked()
    olivia.locator("#reason").fill("A key of it was found in public")
    olivia.locator("#do-it").click()
    olivia.wait_for_url(re.compile(f"{JOBS}/[0-9a-f-]{{36}}/change/"))
    # The page follows the job by itself.
    expect(olivia.locator("#job-state")).to_have_attribute("data-state", "done", timeout=DONE_MS)


def is_refused(alice: Page, stack: Stack) -> None:
    alice.goto(f"{stack.service}/standard")
    alice.locator("#call-api").click()
    expect(alice.locator(".problem").first).to_be_visible()


def reads_the_reason(alice: Page, stack: Stack) -> None:
    alice.goto(f"{stack.portal}/_usersSettings/notifications")
    expect(alice.get_by_text("A key of it was found in public").first).to_be_visible()


def tells(olivia: Page) -> None:
    olivia.locator("#tell").click()
    olivia.locator("#text").fill("You need do nothing: the key was replaced.")
    olivia.locator("#see-mail").click()
    expect(olivia.locator("[data-mail]").first).to_contain_text("You need do nothing: the key was replaced.")
    looks(olivia, "telling")
    olivia.locator("#tell-all").click()
    expect(olivia.locator("#job-state")).to_have_attribute("data-state", "done", timeout=DONE_MS)


def verifies(olivia: Page, stack: Stack, home: Path) -> None:
    pack = packs(olivia, home)
    assert "proved by" in stack.manage("verify_evidence", str(pack))
    with zipfile.ZipFile(pack, "a") as archive:
        archive.writestr("more.txt", "put in afterwards")
    with pytest.raises(AssertionError):
        stack.manage("verify_evidence", str(pack))


def packs(olivia: Page, home: Path) -> Path:
    olivia.locator("#make-pack").click()
    link = olivia.locator("[data-pack-link]")
    expect(link).to_be_visible(timeout=PACK_MS)
    with olivia.expect_download() as download:
        link.click()
    download.value.save_as(home / "pack.zip")
    return home / "pack.zip"


def closes(olivia: Page) -> None:
    olivia.locator("#conclusion").fill("The key was replaced and its owners told how to keep it.")
    olivia.locator("#close-it").click()
    expect(olivia.locator("#incident")).to_have_attribute("data-state", "closed")


def switches_on_again(olivia: Page, stack: Stack) -> None:
    olivia.goto(f"{stack.portal}{JOBS}/")
    olivia.locator("#result_list tbody tr").last.get_by_role("link").first.click()
    olivia.locator("#undo").click()
    olivia.locator("#reason").fill("The key was replaced")
    olivia.locator("#do-it").click()
    expect(olivia.locator("#job-state")).to_have_attribute("data-state", "done", timeout=DONE_MS)


def looks(page: Page, name: str) -> None:
    """Our part of the page: its frame is the admin's."""
    assert faults(page, name, within=".ops") == []
    page.set_viewport_size({"width": 1280, "height": 800})
