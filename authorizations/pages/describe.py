"""From records to what the pages show. Words for people, never identifiers alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from authorizations.models import Authorization, Connection
from authorizations.pages import hosts
from oauthapps import scopes as catalogue
from oauthapps.models import Application

SIGN_IN = "Sign-in"
WEIGHTS = {"see": "See", "use": "Use", "change": "Change", "manage": "Manage", "full": "Full access"}


def app_card(app: Application) -> dict[str, Any]:
    return {
        "client_id": app.client_id,
        "name": app.name,
        "publisher": app.company,
        "website": app.website,
        "website_host": hosts.host_of(app.website),
        "verified_domain": app.verified_domain,
        "model": app.model,
        "description": app.description,
        "terms_url": app.terms_url,
        "privacy_url": app.privacy_url,
        "logo_url": app.logo_url,
    }


@dataclass(frozen=True)
class Choice:
    """How the permissions of one request stand."""

    optional: Collection[str] = ()
    unchecked: Collection[str] = ()
    granted: Collection[str] = ()
    # What signing in tells about the person, by scope: the value itself, not only its name.
    values: Mapping[str, str] = field(default_factory=dict)


def permission(scope: catalogue.Scope, choice: Choice) -> dict[str, Any]:
    weight = scope.weight.name.lower()
    return {
        "identifier": scope.identifier,
        "title": _(scope.title),
        "sentence": _(scope.sentence),
        "risk": _(scope.risk) if scope.risk else "",
        "high_privilege": scope.high_privilege,
        "weight": weight,
        "weight_label": _(WEIGHTS[weight]),
        "includes": [
            {"title": _(catalogue.CATALOGUE[s].title), "sentence": _(catalogue.CATALOGUE[s].sentence)}
            for s in included(scope)
        ],
        "optional": scope.identifier in choice.optional,
        "checked": scope.identifier not in choice.unchecked,
        "value": choice.values.get(scope.identifier, ""),
        "already_granted": scope.identifier in choice.granted,
    }


def included(scope: catalogue.Scope) -> list[str]:
    """What the permission carries with it; full access says so in its own sentence instead of naming everything."""
    if not scope.includes:
        return []
    return [s for s in catalogue.CATALOGUE if s in catalogue.closure([scope.identifier]) and s != scope.identifier]


def known(identifiers: Iterable[str]) -> list[str]:
    """Without those that the catalogue has no more: nobody can use them, and there are no words for them."""
    return [s for s in identifiers if s in catalogue.CATALOGUE]


def groups(identifiers: Iterable[str], choice: Choice = Choice()) -> list[dict[str, Any]]:
    known = [s for s in identifiers if s in catalogue.CATALOGUE]
    # What a service may do comes first; that it learns who you are, last.
    ordered = sorted(catalogue.by_category(known), key=lambda group: group[0] == SIGN_IN)
    return [{"category": _(category), "items": [permission(s, choice) for s in items]} for category, items in ordered]


def summary(identifiers: Iterable[str]) -> str:
    """One line, the heaviest right first."""
    known = catalogue.minimal(s for s in identifiers if s in catalogue.CATALOGUE)
    ordered = sorted((catalogue.CATALOGUE[s] for s in known), key=lambda s: (s.category == SIGN_IN, -s.weight))
    titles = [_(s.title) for s in ordered[:3]]
    more = len(ordered) - len(titles)
    return ", ".join(titles) + (_(" and %(count)s more") % {"count": more} if more > 0 else "")


def connection_card(connection: Connection) -> dict[str, Any]:
    return {
        "device": connection.user_agent[:80] or _("Unknown program"),
        "address": connection.address,
        "created_at": connection.created_at,
        "last_used_at": connection.last_used_at,
        "expires_at": connection.expires_at,
    }


def row(authorization: Authorization, connections: Iterable[Connection]) -> dict[str, Any]:
    return {
        "id": authorization.pk,
        "app": app_card(authorization.application),
        "summary": summary(authorization.scopes),
        "groups": groups(authorization.scopes),
        "granted_at": authorization.granted_at,
        "last_used_at": authorization.last_used_at,
        "expires_at": authorization.expires_at,
        "high_privilege": bool(catalogue.high_privilege(authorization.scopes)),
        "legacy": authorization.application.is_legacy,
        "organizations_label": _("All your organizations")
        if authorization.organizations is None
        else _("Chosen organizations"),
        "connections": [connection_card(c) for c in connections],
    }
