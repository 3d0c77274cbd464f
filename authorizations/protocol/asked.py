"""What a call says, read once for each different call.

Servers send the same call again and again: the same credentials about the same token, or for another token of their own.
Reading it (form, percent escapes, Base64, the digest of the secret) takes longer than deciding it. What is kept is what
the text says, under a digest of it, and neither a secret nor a token; whether any of it is good is asked each time.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from authorizations.bounded import Bounded
from authorizations.protocol.clients import Credentials, read_credentials
from authorizations.protocol.forms import read_form
from authorizations.protocol.http import Request
from authorizations.services import access_tokens
from authorizations.services.access_tokens import AccessToken

# What of a call is asked for again. Nothing else that somebody sends is kept, nor any of it when it is long.
KEPT = ("grant_type", "scope", "organization")
LONGEST = 1000


class Asked(NamedTuple):
    credentials: Credentials
    form: Mapping[str, str]
    token: AccessToken | None  # an access token of ours, alive or not
    keep: Callable[[], None]  # to be called once the credentials were found to be good


class Entry(NamedTuple):
    credentials: Credentials
    form: Mapping[str, str]
    token: bytes | None  # its place among the tokens whose signature was checked


NOTHING: Mapping[str, str] = {}
_known: Bounded[bytes, Entry] = Bounded(1500)


def read(request: Request) -> Asked:
    """Raises OAuthError."""
    place = _place(request)
    entry = _known.get(place)
    if entry is not None:
        token = access_tokens.verified.at(entry.token) if entry.token else None
        if token is not None or entry.token is None:
            return Asked(entry.credentials, entry.form, token, _nothing)
    form = read_form(request)
    credentials = read_credentials(request, form)
    token, at = _token(form)

    def keep() -> None:
        rest = {name: form[name] for name in KEPT if name in form}
        if (at is not None or "token" not in form) and sum(map(len, rest.values())) <= LONGEST:
            _known.keep(place, Entry(_one(credentials), rest or NOTHING, at))

    return Asked(credentials, form, token, keep)


def _place(request: Request) -> bytes:
    said = f"{request.content_type}\n{request.headers.get('Authorization', '')}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(said + request.body).digest()


def _token(form: Mapping[str, str]) -> tuple[AccessToken | None, bytes | None]:
    found = access_tokens.known(form["token"]) if "token" in form else None
    return found, access_tokens.verified.place(form["token"]) if found else None


@lru_cache(maxsize=256)
def _one(credentials: Credentials) -> Credentials:
    """The same object for the same client, which asks about many tokens."""
    return credentials


def _nothing() -> None:
    return None
