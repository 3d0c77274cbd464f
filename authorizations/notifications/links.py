"""Addresses in mails. Signed ones say what they are for; none of them changes anything by being opened."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from oauthapps.digests import derived

# A mail may be opened late; a link that stops a service need not work for ever.
REVOKE_LIFETIME = timedelta(days=30)


class BadLink(Exception):
    """Not one of ours, or changed on the way."""


class OldLink(Exception):
    """Ours, and too old."""


def absolute(path: str) -> str:
    return f"{settings.ISSUER}{path}"


def _signed(purpose: str, *parts: Any) -> str:
    return signing.dumps([str(part) for part in parts], salt=f"gatehouse.mail.{purpose}")


def _read(purpose: str, token: str, count: int, lifetime: timedelta | None = None) -> list[str]:
    try:
        parts = signing.loads(token, salt=f"gatehouse.mail.{purpose}", max_age=lifetime)
    except signing.SignatureExpired as error:
        raise OldLink from error
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error
    if not isinstance(parts, list) or len(parts) != count:
        raise BadLink
    return parts


def revoke(authorization_id: str, person_id: Any) -> str:
    return absolute(reverse("authorizations:mail-revoke", args=[_signed("revoke", authorization_id, person_id)]))


def read_revoke(token: str) -> tuple[str, str]:
    """Authorization and person. Raises BadLink, OldLink."""
    authorization_id, person_id = _read("revoke", token, 2, REVOKE_LIFETIME)
    return authorization_id, person_id


def deny(request_id: str, reviewer_id: Any) -> str:
    return absolute(reverse("authorizations:mail-deny", args=[_signed("deny", request_id, reviewer_id)]))


def read_deny(token: str) -> tuple[str, str]:
    """Request and reviewer. Raises BadLink, OldLink."""
    request_id, reviewer_id = _read("deny", token, 2, REVOKE_LIFETIME)
    return request_id, reviewer_id


def unsubscribe(person_id: Any, kind: str) -> str:
    return absolute(reverse("authorizations:mail-unsubscribe", args=[_signed("unsubscribe", person_id, kind)]))


def read_unsubscribe(token: str) -> tuple[str, str]:
    """Person and kind; `digest` for the digest. Works for ever: stopping mail must not depend on its age."""
    person_id, kind = _read("unsubscribe", token, 2)
    return person_id, kind


def preferences() -> str:
    return absolute(reverse("authorizations:mail-settings"))


def notices() -> str:
    return absolute(reverse("authorizations:notices"))


def invitation_value(seed: str) -> str:
    """The secret part of an invitation's link: made when it is needed, kept nowhere but as a digest."""
    return derived("organization-invitation", seed)


def invitation(seed: str) -> str:
    return absolute(invitation_path(seed))


def invitation_path(seed: str) -> str:
    return reverse("accounts:invitation", args=[invitation_value(seed)])
