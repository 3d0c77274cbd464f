"""Host names as they are told to a person, and whether two of them belong together. Pure: text in, answer out."""

import unicodedata
from urllib.parse import urlsplit

# Below these anybody may have a name of their own, so a shared ending says nothing. (The public suffix list names
# thousands; an ending missed here costs a warning that should have come, so the usual hosting places are listed.)
SHARED = frozenset(
    [
        "github.io",
        "gitlab.io",
        "pages.dev",
        "workers.dev",
        "vercel.app",
        "netlify.app",
        "herokuapp.com",
        "azurewebsites.net",
        "azurestaticapps.net",
        "cloudapp.net",
        "cloudfront.net",
        "amazonaws.com",
        "web.app",
        "firebaseapp.com",
        "appspot.com",
        "run.app",
        "onrender.com",
        "fly.dev",
        "ngrok.io",
        "ngrok.app",
        "ngrok-free.app",
        "trycloudflare.com",
        "blogspot.com",
        "wordpress.com",
    ]
)
SECOND_LEVEL = frozenset(["ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "mil", "ne", "net", "nom", "or", "org"])


def host_of(address: str) -> str:
    """In ASCII, without user, path and port; empty when there is none."""
    try:
        return ascii_form(urlsplit(address).hostname or "")
    except ValueError:
        return ""


def place_of(address: str) -> str:
    """Host and port in ASCII, as a person compares them."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else ascii_form(parts.hostname or "")
    return f"{host}:{parts.port}" if parts.port else host


def ascii_form(host: str) -> str:
    """What the network is asked for: letters that look alike become different (RFC 3490)."""
    return ".".join(_label_to_ascii(label) for label in host.lower().split("."))


def _label_to_ascii(label: str) -> str:
    if label.isascii():
        return label
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return "xn--" + label.encode("punycode").decode("ascii")


def readable_form(host: str) -> str:
    """What a browser might show for it."""
    return ".".join(_label_to_unicode(label) for label in host.split("."))


def _label_to_unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def has_foreign_letters(host: str) -> bool:
    return any(label.startswith("xn--") for label in ascii_form(host).split("."))


def mixes_alphabets(host: str) -> bool:
    """One word written in two alphabets is how a name is imitated."""
    return any(len(_alphabets(label)) > 1 for label in readable_form(ascii_form(host)).split("."))


def _alphabets(label: str) -> set[str]:
    return {unicodedata.name(letter, "?").split(" ")[0] for letter in label if letter.isalpha()}


def belong_together(one: str, other: str) -> bool:
    """The same host, one below the other, or both below the same registered domain."""
    first, second = (ascii_form(h).rstrip(".").removeprefix("www.") for h in (one, other))
    if not first or not second:
        return False
    if first == second:
        return True
    home = _home(first)
    return bool(home) and home == _home(second)


def is_below(host: str, domain: str) -> bool:
    """The domain itself or a name in it: what a proof about a domain covers."""
    inner, outer = ascii_form(host).rstrip("."), ascii_form(domain).rstrip(".")
    return bool(outer) and (inner == outer or inner.endswith(f".{outer}"))


def _home(host: str) -> str:
    """The part that somebody registered; empty for an address in numbers and for a bare ending."""
    labels = host.split(".")
    if host.startswith("[") or ":" in host or labels[-1].isdigit() or len(labels) < 2:
        return ""
    ending = ".".join(labels[-2:])
    two = ending in SHARED or (len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL)
    needed = 3 if two else 2
    return ".".join(labels[-needed:]) if len(labels) >= needed else ""
