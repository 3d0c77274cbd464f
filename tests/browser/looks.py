"""What may be wrong with a page for the eyes, hands and programs of people: axe's rules, and sideways scrolling.

A page is loaded once and looked at three times: wide and light, wide and dark, and on a small screen.
"""

from dataclasses import dataclass
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 700}
# What a colour scheme changes, and what a narrow screen does not.
COLOURS = "color-contrast"


@dataclass(frozen=True)
class Look:
    name: str
    scheme: Literal["light", "dark"]
    size: dict[str, int]
    options: dict[str, Any]


LOOKS = (
    Look("dark", "dark", WIDE, {"runOnly": {"type": "rule", "values": [COLOURS]}}),
    Look("narrow", "light", NARROW, {"rules": {COLOURS: {"enabled": False}}}),
    Look("light", "light", WIDE, {}),
)
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_axe = Axe()


def faults(page: Page, name: str, within: str = "html") -> list[str]:
    """`within`: only what is in there is looked at, such as our own part of a page whose frame is a library's."""
    page.wait_for_load_state("load")
    page.evaluate(_axe.axe_script)
    return [fault for look in LOOKS for fault in _faults(page, name, look, within)]


def _faults(page: Page, name: str, look: Look, within: str) -> list[str]:
    page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
    page.set_viewport_size(look.size)  # type: ignore[arg-type]
    page.evaluate(DRAWN)  # colours that still change would be measured on their way
    where = f"{name} ({look.name})"
    options = look.options | {"resultTypes": ["violations"]}
    answer = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])
    found = [
        f"{where}: {v['id']} at {v['nodes'][0]['target']}: {v['nodes'][0]['failureSummary']}"
        for v in answer["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{where}: scrolls sideways")
    return found
