"""The name that an organization has in addresses: the first part of its paths, so it must be no page's."""

import re

from django.utils.translation import gettext as _

LONGEST = 50
PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
# First parts of paths that lead elsewhere (a test holds it against the URL tables), and words that would be mistaken
# for a part of the portal. What begins with _ or a dot is ours too; the pattern refuses it.
RESERVED = frozenset(
    [
        "about",
        "accounts",
        "admin",
        "api",
        "app",
        "app-logo",
        "apps",
        "assets",
        "auth",
        "authorize",
        "blog",
        "contact",
        "docs",
        "favicon",
        "genuine",
        "health",
        "help",
        "home",
        "invitations",
        "legal",
        "login",
        "logout",
        "mail",
        "metrics",
        "new",
        "notices",
        "oauth",
        "oauth2",
        "operations",
        "organization",
        "organizations",
        "portal",
        "privacy",
        "profile",
        "receipts",
        "rest-api",
        "robots",
        "root",
        "schema",
        "search",
        "secrets",
        "security",
        "settings",
        "signin",
        "signout",
        "signup",
        "static",
        "status",
        "support",
        "switch-account",
        "system",
        "terms",
        "tokens",
        "unknown",
        "users",
        "why",
        "www",
    ]
)


class WrongAddress(ValueError):
    """Says in a sentence what is wrong and what to do."""


def checked(text: str) -> str:
    """The address name in its one form. Raises WrongAddress."""
    name = text.strip().lower()
    if not 2 <= len(name) <= LONGEST:
        raise WrongAddress(_("Use 2 to %(most)s characters.") % {"most": LONGEST})
    if not PATTERN.fullmatch(name):
        raise WrongAddress(_("Use the letters a to z, digits and hyphens; begin and end with a letter or a digit."))
    if name in RESERVED:
        raise WrongAddress(_("“%(name)s” belongs to this portal. Choose another.") % {"name": name})
    return name
