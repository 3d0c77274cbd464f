"""The audit of an organization in words: what each kind of event is called, where it belongs, and one sentence for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.policies import POLICIES
from authorizations.events.kinds import Kind
from authorizations.events.models import Event

CREATE, MODIFY, REMOVE, ACCESS, EXECUTE = "create", "modify", "remove", "access", "execute"
CATEGORIES = {
    CREATE: _("Create"),
    MODIFY: _("Modify"),
    REMOVE: _("Remove"),
    ACCESS: _("Access"),
    EXECUTE: _("Execute"),
}


@dataclass(frozen=True)
class Action:
    """`sentence` may name %(who)s (acted), %(person)s (was concerned), %(app)s and %(what)s (of the detail)."""

    area: str
    category: str
    sentence: Any

    def id_of(self, kind: str) -> str:
        """As in the systems before us: Area.WhatHappened."""
        return f"{self.area}.{''.join(part.title() for part in kind.replace('_', '.').split('.'))}"


ACTIONS: Mapping[str, Action] = {
    Kind.ORGANIZATION_CREATED: Action("Organization", CREATE, _("%(who)s created the organization")),
    Kind.ORGANIZATION_CHANGED: Action("Organization", MODIFY, _("%(who)s changed the organization")),
    Kind.ORGANIZATION_OWNER_CHANGED: Action("Organization", MODIFY, _("%(who)s made %(person)s the owner")),
    Kind.ORGANIZATION_PREVIEW_CHANGED: Action("Organization", MODIFY, _("%(who)s changed a preview feature")),
    Kind.MEMBER_INVITED: Action("Members", CREATE, _("%(who)s invited %(what)s")),
    Kind.MEMBER_INVITATION_REVOKED: Action("Members", REMOVE, _("%(who)s withdrew the invitation of %(what)s")),
    Kind.MEMBER_ADDED: Action("Members", CREATE, _("%(person)s became a member")),
    Kind.MEMBER_CHANGED: Action("Members", MODIFY, _("%(who)s changed what %(person)s may do")),
    Kind.MEMBER_REMOVED: Action("Members", REMOVE, _("%(person)s is no longer a member (by %(who)s)")),
    Kind.PROJECT_CREATED: Action("Projects", CREATE, _("%(who)s created the project %(what)s")),
    Kind.PROJECT_CHANGED: Action("Projects", MODIFY, _("%(who)s changed a project or its members")),
    Kind.PROJECT_DELETED: Action("Projects", REMOVE, _("%(who)s deleted the project %(what)s")),
    Kind.POLICY_CHANGED: Action("Policies", MODIFY, _("%(who)s changed the policy “%(what)s”")),
    Kind.POLICY_SCHEDULED: Action("Policies", MODIFY, _("%(who)s scheduled a change of the policy “%(what)s”")),
    Kind.POLICY_CANCELLED: Action("Policies", MODIFY, _("%(who)s cancelled a scheduled change of “%(what)s”")),
    Kind.POLICY_ANNOUNCED: Action("Policies", EXECUTE, _("%(who)s announced a change of the policy “%(what)s”")),
    Kind.APPROVAL_REQUESTED: Action("Approvals", CREATE, _("%(who)s asked for the approval of %(app)s")),
    Kind.APPROVAL_WITHDRAWN: Action("Approvals", REMOVE, _("%(who)s withdrew the request for %(app)s")),
    Kind.APPROVAL_GRANTED: Action("Approvals", EXECUTE, _("%(who)s approved %(app)s")),
    Kind.APPROVAL_CHANGED: Action("Approvals", MODIFY, _("%(who)s changed the approval of %(app)s")),
    Kind.APPROVAL_DENIED: Action("Approvals", EXECUTE, _("%(who)s denied the request for %(app)s")),
    Kind.APPROVAL_EXPIRED: Action("Approvals", REMOVE, _("Nobody answered the request for %(app)s in time")),
    Kind.APPROVAL_RULE_CHANGED: Action("Approvals", MODIFY, _("%(who)s changed a rule that decides requests")),
    Kind.SERVICE_BLOCKED: Action("Services", REMOVE, _("%(who)s blocked %(app)s")),
    Kind.SERVICE_UNBLOCKED: Action("Services", MODIFY, _("%(who)s took the block of %(app)s back")),
    Kind.SERVICE_APPROVAL_ENDED: Action("Services", REMOVE, _("The approval of %(app)s ended (by %(who)s)")),
    Kind.SERVICE_SHUT_OUT: Action("Services", REMOVE, _("%(who)s ended what %(app)s could do here")),
    Kind.AUTHORIZATION_NARROWED: Action("Services", MODIFY, _("%(who)s limited %(app)s")),
    Kind.PERSONAL_TOKEN_CREATED: Action("Tokens", CREATE, _("%(who)s made a personal access token")),
    Kind.PERSONAL_TOKEN_CHANGED: Action("Tokens", MODIFY, _("%(who)s changed a personal access token")),
    Kind.PERSONAL_TOKEN_REGENERATED: Action("Tokens", MODIFY, _("%(who)s made a personal access token anew")),
    Kind.PERSONAL_TOKEN_REVOKED: Action("Tokens", REMOVE, _("%(who)s ended a personal access token of %(person)s")),
    Kind.PERSONAL_TOKEN_EXPIRED: Action("Tokens", REMOVE, _("A personal access token of %(person)s ended by its time")),
    Kind.PERSONAL_TOKEN_LEAKED: Action("Tokens", REMOVE, _("A leaked personal access token of %(person)s was ended")),
    Kind.REVOCATION_RULE_MADE: Action("Tokens", CREATE, _("%(who)s made a rule that ends older tokens")),
    Kind.REVOCATION_RULE_WITHDRAWN: Action("Tokens", REMOVE, _("%(who)s withdrew a rule that ends older tokens")),
    Kind.AUDIT_DOWNLOADED: Action("Auditing", ACCESS, _("%(who)s downloaded the audit")),
}
AREAS = {
    "Organization": _("Organization"),
    "Members": _("Members"),
    "Projects": _("Projects"),
    "Policies": _("Policies"),
    "Approvals": _("Approvals"),
    "Services": _("Services"),
    "Tokens": _("Tokens"),
    "Auditing": _("Audit"),
}
OTHER = "Other"


def action(kind: str) -> Action:
    """One that nobody has put into words yet is told by its name rather than hidden."""
    known = ACTIONS.get(kind)
    return known or Action(OTHER, EXECUTE, kind.replace(".", " ").replace("_", " ").capitalize().replace("%", "%%"))


def sentence(event: Event) -> str:
    said = {
        "who": event.actor_name or _now("This portal"),
        "person": event.person_name or _now("somebody"),
        "app": event.app_name or _now("a service"),
        "what": _what(event.detail),
    }
    return str(action(event.name).sentence) % said


def _what(detail: dict[str, Any]) -> str:
    policy = POLICIES.get(str(detail.get("policy", "")))
    if policy is not None:
        return str(policy.title)
    return str(detail.get("name") or detail.get("address") or detail.get("email") or detail.get("policy") or "")
