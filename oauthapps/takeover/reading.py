"""From what a line says to a take-over, strictly: a key that is not known is refused rather than lost."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from oauthapps.services import ForeignSecret, Registration, TakeOver
from oauthapps.takeover.documents import LineProblem

NEEDED = ("client_id", "name", "company", "redirect_uris", "scopes", "registered_at", "owners")
TEXTS = ("description", "website", "terms_url", "privacy_url", "verified_domain")
KNOWN = frozenset({*NEEDED, *TEXTS, "secrets", "historic_answers"})
CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,255}")


def take_over(found: dict[str, Any], *, create_owners: bool) -> TakeOver:
    """Raises LineProblem."""
    if unknown := sorted(set(found) - KNOWN):
        raise LineProblem(f"has keys that are not known: {', '.join(unknown)}.")
    if missing := [name for name in NEEDED if not found.get(name)]:
        raise LineProblem(f"lacks {', '.join(missing)}.")
    client_id = _text(found, "client_id")
    if not CLIENT_ID.fullmatch(client_id):
        raise LineProblem("client_id has letters, digits, dots, hyphens, underscores and tildes only.")
    texts: dict[str, Any] = {name: _text(found, name) for name in TEXTS if name in found}
    return TakeOver(
        client_id,
        Registration(
            name=_text(found, "name"),
            company=_text(found, "company"),
            redirect_uris=_texts(found, "redirect_uris"),
            scopes=_texts(found, "scopes"),
            model="legacy",
            historic_answers=_flag(found, "historic_answers"),
            **texts,
        ),
        _instant("registered_at", found["registered_at"]),
        _owners(_texts(found, "owners"), create=create_owners),
        [_secret(item) for item in _list(found, "secrets")],
    )


def _text(found: dict[str, Any], name: str) -> str:
    value = found[name]
    if not isinstance(value, str) or "\x00" in value:
        raise LineProblem(f"{name} must be a string.")
    return value


def _list(found: dict[str, Any], name: str) -> list[Any]:
    value = found.get(name, [])
    if not isinstance(value, list):
        raise LineProblem(f"{name} must be a list.")
    return value


def _texts(found: dict[str, Any], name: str) -> list[str]:
    value = _list(found, name)
    if not all(isinstance(item, str) and "\x00" not in item for item in value):
        raise LineProblem(f"{name} must be a list of strings.")
    return value


def _flag(found: dict[str, Any], name: str) -> bool:
    value = found.get(name, False)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise LineProblem(f"{name} must be true or false.")


def _instant(name: str, value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise LineProblem(f"{name} must be an instant like 2024-06-01T00:00:00Z.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _secret(item: Any) -> ForeignSecret:
    if (
        not isinstance(item, dict)
        or not isinstance(item.get("value"), str)
        or set(item) - {"slot", "value", "expires_at"}
    ):
        raise LineProblem("a secret has value, and may have slot and expires_at.")
    expires_at = _instant("expires_at", item["expires_at"]) if item.get("expires_at") else None
    return ForeignSecret(str(item.get("slot", "primary")), item["value"], expires_at)


def _owners(principals: list[str], *, create: bool) -> list[User]:
    known = {user.principal: user for user in User.objects.filter(principal__in=principals)}
    owners = []
    for principal in dict.fromkeys(principals):
        if principal not in known and not create:
            raise LineProblem(
                f"owners: nobody here is {principal[:80]} (<tenant id>.<object id>). They sign in first, or use --create-owners."
            )
        owners.append(known.get(principal) or _expected(principal))
    return owners


def _expected(principal: str) -> User:
    """Known by the directory's identifiers before the first sign-in, which fills in the name."""
    tenant, _, person = principal.partition(".")
    try:
        return User.objects.create_person(tenant_id=uuid.UUID(tenant), object_id=uuid.UUID(person))
    except ValueError as error:
        raise LineProblem(f"owners: {principal[:80]} is not <tenant id>.<object id>.") from error
