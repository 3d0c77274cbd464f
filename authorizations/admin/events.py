"""The event log, and with it the timeline of everything: a person, an app, an organization, an authorization."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.operations import Between
from accounts.operations.searching import is_uuid
from accounts.operations.showing import instant, links
from authorizations.admin.base import ReadOnly
from authorizations.admin.places import PAGES, places
from authorizations.admin.words import called, sentence
from authorizations.events.kinds import FOLLOWS, ROUTINE, Kind
from authorizations.events.models import ANY_KIND, Event, EventBlock
from authorizations.models import Authorization

KINDS = [("", "Every kind"), *((kind.value, called(kind)) for kind in sorted(Kind))]
REFUSALS = sorted(kind.value for kind in Kind if kind.endswith("refused"))


def text(label: str, most: int = 64) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=most)


class EventFilters(Between):
    name = forms.ChoiceField(label="What happened", choices=KINDS, required=False)
    person = text("Person (id)")
    app = text("App (id)", 255)
    organization = text("Organization (id)")
    subject = text("About (id)")
    actor = text("Did it to others (id)")
    address = text("Address")
    request = text("Request id")
    reason = text("Reason of a refusal")
    routine = forms.BooleanField(label="Refreshes, codes and apps' own tokens, too", required=False)

    def narrow(self, rows: QuerySet[Event], now: datetime) -> QuerySet[Event]:
        said = self.said
        rows = self.between(rows, "at")
        for name, column in COLUMNS.items():
            if name in said:
                rows = rows.filter(**{column: said[name]})
        if "subject" in said:
            rows = rows.filter(subject_type__in=SUBJECTS, subject_id=said["subject"])
        if "actor" in said:
            rows = rows.filter(~Q(actor_id=""), ~Q(actor_id=F("person_id")), actor_id=said["actor"])
        if "organization" in said:
            rows = rows.exclude(organization_id="")
        if "reason" in said:
            rows = rows.filter(name__in=[said["name"]] if said.get("name") else REFUSALS, detail__reason=said["reason"])
        if said.get("name") in ROUTINE:
            return rows
        if said.get("routine"):
            return rows.filter(_found_with_routine(said["subject"]) if "subject" in said else ANY_KIND)
        return rows.exclude(name__in=FOLLOWS if "address" in said else ROUTINE)


def _found_with_routine(subject: str) -> Q:
    """Routine events are found by their person or their app alone, so those of the subject are named with it."""
    held = Authorization.objects.filter(pk=subject).values_list("person_id", flat=True) if is_uuid(subject) else []
    routine = Q(name__in=ROUTINE)
    return ~routine | routine & (Q(person_id__in=[str(person) for person in held]) | Q(app_id=subject))


COLUMNS = {
    "name": "name",
    "person": "person_id",
    "app": "app_id",
    "organization": "organization_id",
    "address": "address",
    "request": "request_id",
}
SUBJECTS = [*PAGES, "invitation", "shut_out", "job", "incident", "switch"]


@admin.register(Event)
class EventAdmin(ReadOnly):
    filters, keyset = EventFilters, ("at", "id")
    list_display = ("when", "said", "address", "about")
    list_display_links = ("when",)
    fields = readonly_fields = (
        "when",
        "said",
        "name",
        "about",
        "actor_id",
        "person_id",
        "app_id",
        "organization_id",
        "subject_type",
        "subject_id",
        "address",
        "user_agent",
        "request_id",
        "told",
        "sealed_in",
    )
    when = instant("at", "when (UTC)")

    @admin.display(description="what happened")
    def said(self, event: Event) -> str:
        return sentence(event)

    @admin.display(description="about")
    def about(self, event: Event) -> SafeString | str:
        return links(places(event))

    @admin.display(description="detail")
    def told(self, event: Event) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(event.detail, indent=2, ensure_ascii=False, sort_keys=True))

    @admin.display(description="sealed in")
    def sealed_in(self, event: Event) -> SafeString | str:
        for block in EventBlock.objects.filter(first_id__lte=event.pk, last_id__gte=event.pk).order_by("number"):
            if any(first <= event.pk <= last for first, last in block.ranges):
                return format_html('<a href="../../../eventblock/{}/change/">{}</a>', block.pk, block)
        return "not sealed yet"

    def get_search_fields(self, request: HttpRequest) -> Any:
        return ()  # the search of everything finds the person, the app or the request; these filters do the rest


@admin.register(EventBlock)
class EventBlockAdmin(ReadOnly):
    keyset = ("number",)
    list_display = ("number", "first_id", "last_id", "count", "first_at", "last_at", "sealed_at", "removed_at")
    fields = readonly_fields = (
        "number",
        "first_id",
        "last_id",
        "high_id",
        "count",
        "ranges",
        "first_at",
        "last_at",
        "open_gaps",
        "seal",
        "sealed_at",
        "summary",
        "removed_at",
    )
