"""From the copied ids in an event to the pages of what they name. The pages say so themselves when it is gone."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

from accounts.operations.showing import listed
from authorizations.events.models import Event

PAGES: Mapping[str, str] = {
    "person": "accounts_user",
    "app": "oauthapps_application",
    "organization": "accounts_organization",
    "authorization": "authorizations_authorization",
    "connection": "authorizations_connection",
    "personal_token": "authorizations_personalaccesstoken",
    "secret": "oauthapps_applicationsecret",
    "approval_request": "authorizations_approvalrequest",
    "service_ruling": "authorizations_serviceruling",
    "policy_change": "accounts_policychange",
    "revocation_rule": "authorizations_revocationrule",
    "project": "accounts_project",
    "export": "authorizations_export",
    "brown_out": "authorizations_brownout",
    "signing_key": "authorizations_signingkey",
}


def page(kind: str, key: str) -> str:
    """Empty for a kind that has no page."""
    return reverse(f"admin:{PAGES[kind]}_change", args=[key]) if key and kind in PAGES else ""


def places(event: Event) -> list[tuple[str, str]]:
    """Address and text of everything the event names."""
    found = [
        (page("person", event.person_id), event.person_name or "person"),
        (page("app", event.app_id), event.app_name or "app"),
        (page("organization", event.organization_id), event.organization_name or "organization"),
    ]
    if event.actor_id and event.actor_id != event.person_id:
        found.append((page("person", event.actor_id), f"{event.actor_name or 'actor'} (acted)"))
    if event.subject_type not in {"person", "app", "organization"}:
        found.append((page(event.subject_type, event.subject_id), event.subject_type.replace("_", " ")))
    if connection := str(event.detail.get("connection") or ""):
        found.append((page("connection", connection), "connection"))
    return [(address, text) for address, text in found if address]


def timeline(**said: str) -> str:
    """The address of the events that are about something, newest first."""
    return listed(Event, "?" + urlencode(said))
