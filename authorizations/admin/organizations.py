"""What organizations decided: policies, services, requests, rules. To read; their administrators decide on their pages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet

from accounts.models import OrganizationInvitation, PolicyChange
from accounts.operations import Between
from accounts.operations.showing import linked
from accounts.policies import POLICIES
from authorizations.admin.base import ReadOnly
from authorizations.models import ApprovalRequest, ApprovalRule, RevocationRule, ServiceRuling, ShutOut


def choices(name: str, values: Iterable[tuple[str, Any]], label: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label or name.capitalize(), choices=[("", "Any"), *values], required=False)


class OfOrganization(Between):
    """By the organization, by what the list's own field says, and by time."""

    column = "made_at"
    organization = forms.UUIDField(label="Organization (id)", required=False)

    def narrow(self, rows: QuerySet, now: datetime) -> QuerySet:  # type: ignore[type-arg]
        for name, value in self.said.items():
            if name not in {"since", "until"}:
                rows = rows.filter(**{name: value})
        return self.between(rows, self.column)


class PolicyChangeFilters(OfOrganization):
    policy = choices("policy", [(key, str(policy.title)) for key, policy in POLICIES.items()])


class RulingFilters(OfOrganization):
    column = "decided_at"
    decision = choices("decision", ServiceRuling.Decision.choices)
    application__client_id = forms.CharField(label="App (id)", max_length=255, required=False)


class RequestFilters(OfOrganization):
    column = "asked_at"
    state = choices("state", ApprovalRequest.State.choices)
    person = forms.UUIDField(label="Person (id)", required=False)


class RuleFilters(OfOrganization):
    pass


class ShutOutFilters(OfOrganization):
    column = "at"


class InvitationFilters(OfOrganization):
    column = "created_at"


@admin.register(PolicyChange)
class PolicyChangeAdmin(ReadOnly):
    filters = PolicyChangeFilters
    list_display = (
        "made_at",
        "place",
        "policy",
        "previous",
        "value",
        "made_by_name",
        "effective_at",
        "cancelled_at",
    )
    search_fields = ("organization__name", "organization__slug", "made_by_name", "why")
    list_select_related = ("organization",)
    place = linked("organization")


@admin.register(ServiceRuling)
class RulingAdmin(ReadOnly):
    """How services stand in organizations: approved, blocked, ended."""

    filters = RulingFilters
    list_display = ("decided_at", "place", "app_link", "decision", "expires_at", "decided_by_name")
    list_select_related = ("organization", "application")
    search_fields = ("organization__name", "application__name", "why")
    place, app_link = linked("organization"), linked("application", "app")
    fields = readonly_fields = (
        "place",
        "app_link",
        "decision",
        "scopes",
        "expires_at",
        "sooner",
        "why",
        "decided_by_name",
        "decided_at",
    )


@admin.register(ApprovalRequest)
class RequestAdmin(ReadOnly):
    filters = RequestFilters
    list_display = ("asked_at", "place", "app_link", "person_link", "state", "decided_at", "decided_by_name")
    list_select_related = ("organization", "application", "person")
    search_fields = ("organization__name", "application__name", "person__display_name")
    place, app_link, person_link = linked("organization"), linked("application", "app"), linked("person")
    fields = readonly_fields = (
        "place",
        "app_link",
        "person_link",
        "scopes",
        "justification",
        "state",
        "asked_at",
        "expires_at",
        "decided_at",
        "decided_by_name",
        "approved_scopes",
        "approved_until",
        "answer",
    )


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(ReadOnly):
    filters = RuleFilters
    list_display = ("made_at", "place", "position", "verdict", "publisher_domain", "only_verified", "made_by_name")
    list_select_related = ("organization",)
    place = linked("organization")


@admin.register(RevocationRule)
class RevocationRuleAdmin(ReadOnly):
    filters = RuleFilters
    list_display = ("made_at", "place", "created_before", "scopes", "made_by_name", "withdrawn_at", "over_at")
    list_select_related = ("organization",)
    place = linked("organization")


@admin.register(ShutOut)
class ShutOutAdmin(ReadOnly):
    filters = ShutOutFilters
    list_display = ("reference", "at", "place", "app_name", "person_name", "people", "made_by_name")
    list_select_related = ("organization",)
    search_fields = ("reference", "app_name", "organization__name")
    place = linked("organization")


@admin.register(OrganizationInvitation)
class InvitationAdmin(ReadOnly):
    """Their links are kept as digests, and those are not shown."""

    filters = InvitationFilters
    list_display = ("created_at", "place", "email", "access_level", "invited_by_name", "expires_at", "accepted_at")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__name")
    place = linked("organization")
    fields = readonly_fields = (
        "place",
        "email",
        "access_level",
        "projects",
        "invited_by_name",
        "created_at",
        "expires_at",
        "accepted_at",
        "accepted_by",
        "revoked_at",
    )
