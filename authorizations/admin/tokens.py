"""Personal access tokens, for operations: whose, for what, until when. Their values exist nowhere."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.operations import Between
from accounts.operations.searching import Words, by_id, is_uuid
from accounts.operations.showing import instant, linked
from authorizations.admin import finding
from authorizations.admin.base import ReadOnly
from authorizations.models import PersonalAccessToken
from oauthapps.scopes import FULL_ACCESS

TOKEN_WORDS = Words("authorizations_personalaccesstoken", ("name",))
STATES = [("", "Any"), ("live", "Live"), ("expired", "Expired"), ("revoked", "Revoked")]


class TokenFilters(Between):
    state = forms.ChoiceField(choices=STATES, required=False)
    full = forms.BooleanField(label="Full access", required=False)
    person = forms.UUIDField(label="Person (id)", required=False)
    organization = forms.UUIDField(label="Organization (id)", required=False)

    def narrow(self, rows: Any, now: datetime) -> QuerySet[PersonalAccessToken]:
        said = self.said
        rows = self.between(rows, "created_at")
        for name in ("person", "organization"):
            if name in said:
                rows = rows.filter(**{name: said[name]})
        if said.get("full"):
            rows = rows.filter(scopes__holds_any=[FULL_ACCESS])
        states = {"live": lambda: rows.live(now), "expired": lambda: rows.expired(now), "revoked": rows.revoked}
        return states[said["state"]]() if "state" in said else rows


@admin.register(PersonalAccessToken)
class PersonalTokenAdmin(ReadOnly):
    filters = TokenFilters
    keyset = ("created_at", "id")
    search_fields = ("pk",)
    search_help_text = "Words of its name or of the person, or an id."
    list_display = ("created", "name", "person_link", "place", "rights", "used", "ends", "ended")
    list_display_links = ("created", "name")
    list_select_related = ("person", "organization")
    fields = readonly_fields = (
        "name",
        "person_link",
        "place",
        "rights",
        "created_at",
        "issued_at",
        "expires_at",
        "last_used_at",
        "last_address",
        "last_user_agent",
        "revoked_at",
        "revoked_by_name",
        "reason",
        "shut_out",
    )
    created, used, ends = instant("created_at"), instant("last_used_at", "last used"), instant("expires_at", "ends")
    ended, person_link, place = instant("revoked_at", "revoked"), linked("person"), linked("organization")

    @admin.display(description="permissions")
    def rights(self, token: PersonalAccessToken) -> str:
        return "full access" if token.is_full else ", ".join(token.scopes)

    def get_search_results(self, request: HttpRequest, rows: Any, text: str) -> tuple[Any, bool]:
        text = text.strip()
        if not text:
            return rows, False
        if is_uuid(text):
            return by_id(rows, ("pk", "person"), text), False
        named = TOKEN_WORDS.narrow(PersonalAccessToken.objects.all(), text).order_by().values_list("pk", flat=True)
        people = rows.filter(finding.named(text, app="")).order_by().values_list("pk", flat=True)
        return rows.filter(pk__in={*named[: finding.MOST], *people[: finding.MOST]}), False
