"""How often a person, or an address where nobody is signed in, may ask for pages that cost something or can be guessed at.

Right links are never refused: a link of a mail, an invitation or a page about a refusal is counted only when it turned
out to be none of ours, and only then told to wait.
"""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.pages.too_many import too_many
from authorizations import limits
from authorizations.events.context import current

PAGES = re.compile(r"^/(?:(signin|accounts/)|(oauth2/(?:v2\.0/)?authorize)|(admin/))")
NAMES = ("signin", "authorize", "admin")
# Pages behind a value that somebody could try to make up, and what they answer to a wrong one.
GUESSED = frozenset(
    {
        "authorizations:mail-revoke",
        "authorizations:mail-deny",
        "authorizations:mail-unsubscribe",
        "accounts:invitation",
        "oauthapps:invitation",
        "oauthapps:calendar",
        "oauthapps:app-calendar",
        "authorizations:why",
    }
)
WRONG = frozenset({400, 404, 410})


class PageLimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _guessed(request, response) and (wait := limits.count("guesses_per_address", current().address)):
            return too_many(request, wait)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        found = PAGES.match(request.path_info)
        if found is None:
            return None
        wait = _counted(request, NAMES[(found.lastindex or 1) - 1])
        return too_many(request, wait) if wait else None


def _counted(request: HttpRequest, name: str) -> int:
    """A person is counted as that, wherever they come from; a stranger by the address."""
    if name != "signin" and request.user.is_authenticated:
        return limits.count(f"{name}_per_person", str(request.user.pk))
    return limits.count(f"{name}_per_address", current().address)


def _guessed(request: HttpRequest, response: HttpResponse) -> bool:
    match = request.resolver_match
    if match is None or match.view_name not in GUESSED:
        return False
    return response.status_code in WRONG or getattr(request, "guessed", False)
