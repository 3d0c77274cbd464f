"""What connected, in plain words, from what it says of itself. It may say anything: this is a hint, not a proof."""

import re

from django.utils.translation import gettext as _

# Order matters: each browser also names those before it in time.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
LANGUAGES = {
    "python-requests": "Python",
    "python-urllib": "Python",
    "python-httpx": "Python",
    "aiohttp": "Python",
    "authlib": "Python",
    "go-http-client": "Go",
    "okhttp": "Java",
    "apache-httpclient": "Java",
    "java": "Java",
    "axios": "JavaScript",
    "node": "JavaScript",
    "node-fetch": "JavaScript",
    "undici": "JavaScript",
    "got": "JavaScript",
    "openid-client": "JavaScript",
    "oauth4webapi": "JavaScript",
    "guzzlehttp": "PHP",
    "faraday": "Ruby",
    "rest-client": "Ruby",
    "reqwest": "Rust",
}
PRODUCT = re.compile(r"([A-Za-z][\w.+-]*)(?:/(\d+(?:\.\d+)?))?")
LONGEST = 60


def device(user_agent: str) -> str:
    """ "Firefox on Windows", "A Python program (python-requests 2.31)", or the program's own name."""
    if user_agent.startswith("Mozilla/"):
        return _browser(user_agent)
    found = PRODUCT.match(user_agent)
    if found is None:
        return user_agent[:LONGEST] or _("Unknown program")
    name = " ".join(filter(None, found.groups()))[:LONGEST]
    language = LANGUAGES.get(found[1].lower())
    return _("A %(language)s program (%(name)s)") % {"language": language, "name": name} if language else name


def _browser(user_agent: str) -> str:
    browser = next((name for mark, name in BROWSERS if f"{mark}/" in user_agent), _("A browser"))
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser
