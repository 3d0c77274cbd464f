"""The search of everything: people, apps, organizations, authorizations, tokens, secrets, receipts, events."""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import Organization, User
from accounts.operations.searching import ORGANIZATION_WORDS, PERSON_WORDS, Words, is_uuid, words
from accounts.operations.showing import address, listed
from authorizations.admin.events import SUBJECTS
from authorizations.admin.pasted import recognised
from authorizations.admin.places import timeline
from authorizations.admin.tokens import TOKEN_WORDS
from authorizations.admin.words import sentence
from authorizations.events.kinds import FOLLOWS, ROUTINE
from authorizations.events.models import Event, EventBlock
from authorizations.models import Authorization, Connection, PersonalAccessToken, Receipt
from authorizations.notifications.models import Message, Notice
from oauthapps.models import Application, ApplicationSecret
from oauthapps.searching import APP_WORDS

MOST = 8
LONGEST = 200
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
KEY_ID = re.compile(r"[0-9a-f]{4,16}")


@dataclass(frozen=True)
class Hit:
    address: str
    title: str
    about: str = ""


@dataclass(frozen=True)
class Group:
    """`more`: the address of the list with all of them, empty when all are shown."""

    title: str
    hits: list[Hit]
    more: str = ""


def find(request: HttpRequest) -> HttpResponse:
    """A search is sent by POST, cleaned of what must not stand in an address, and shown by GET."""
    if request.method == "POST":
        said = recognised(request.POST.get("q", "")[:9000].replace("\x00", ""))
        if said is None:
            messages.warning(request, "This looks like a token or a secret, and it is none of ours. It was not kept.")
            return redirect("operations-find")
        return redirect(f"{reverse('operations-find')}?{urlencode({'q': said[:LONGEST]})}")
    text = (recognised(request.GET.get("q", "").replace("\x00", "")) or "")[:LONGEST].strip()
    context = admin.site.each_context(request) | {
        "title": f"Search: {text}" if text else "Search",
        "query": text,
        "groups": [group for group in groups(text) if group.hits] if text else [],
    }
    return render(request, "admin/find.html", context)


find.reads_only = True  # type: ignore[attr-defined]  # its POST changes nothing, so no fresh sign-in is asked for


def groups(text: str) -> Iterator[Group]:
    if is_uuid(text):
        yield from by_id(text)
        return
    yield from by_reference(text)
    if text.isascii() and text.isdigit() and len(text) < 19:
        yield records("Events", Event.objects.filter(pk=int(text)))
        yield records("Sealed blocks", EventBlock.objects.filter(pk=int(text)))
    if KEY_ID.fullmatch(text):
        yield records("Secrets", ApplicationSecret.objects.filter(key_id__startswith=text).order_by("key_id"))
    if is_address(text):
        found = Event.objects.filter(address=text)
        yield events("Events from this address", found, timeline(address=text), but=FOLLOWS)
        return
    if REQUEST_ID.fullmatch(text) and any(c.isdigit() for c in text):
        yield events("Events of this request", Event.objects.filter(request_id=text), timeline(request=text))
    yield from by_words(text)


def by_id(text: str) -> Iterator[Group]:
    yield records("People", User.objects.filter(Q(pk=text) | Q(object_id=text)))
    yield records("Apps", Application.objects.filter(client_id=text))
    for title, model in BY_ID:
        yield records(title, model._default_manager.filter(pk=text))
    yield events("Events", Event.objects.filter(subject_type__in=SUBJECTS, subject_id=text), timeline(subject=text))
    yield events("Events of this request", Event.objects.filter(request_id=text), timeline(request=text))


BY_ID: list[tuple[str, type[Model]]] = [
    ("Organizations", Organization),
    ("Authorizations", Authorization),
    ("Connections", Connection),
    ("Personal tokens", PersonalAccessToken),
    ("Receipts", Receipt),
    ("Notices", Notice),
    ("Messages", Message),
]


def by_reference(text: str) -> Iterator[Group]:
    """Every kind of record that has a reference which people read out on the telephone."""
    if not re.fullmatch(r"[A-Za-z]{1,3}-[A-Za-z0-9-]{4,16}", text):
        return
    for model in admin.site._registry:
        if any(field.name == "reference" for field in model._meta.fields):
            title = str(model._meta.verbose_name_plural).capitalize()
            yield records(title, model._default_manager.filter(reference=text.upper()))


def by_words(text: str) -> Iterator[Group]:
    if not words(text):
        return
    people = named(User.objects.order_by("display_name", "pk"), PERSON_WORDS, text)
    apps = named(Application.objects.order_by("name", "pk"), APP_WORDS, text)
    yield shown("People", people, text)
    yield shown("Apps", apps, text)
    yield shown("Organizations", named(Organization.objects.order_by("name"), ORGANIZATION_WORDS, text), text)
    yield shown("Personal tokens", named(PersonalAccessToken.objects.order_by("-created_at"), TOKEN_WORDS, text), text)
    who, what = [p.pk for p in people[:MOST]], [a.pk for a in apps[:MOST]]
    if who or what:
        found = Authorization.objects.filter(Q(person__in=who) | Q(application__in=what))
        found = found.select_related("person", "application").order_by("-granted_at", "-pk")
        yield shown("Authorizations", list(found[: MOST + 1]), text)
        about = Q(person_id__in=[str(p) for p in who[:3]]) | Q(app_id__in=[a.client_id for a in apps[:3]])
        yield events("Events", Event.objects.filter(about), "")


def named(rows: QuerySet[Any], how: Words, text: str) -> list[Any]:
    return list(how.narrow(rows, text)[: MOST + 1])


def shown(title: str, rows: list[Any], text: str) -> Group:
    more = listed(type(rows[0]), "?" + urlencode({"q": text})) if len(rows) > MOST else ""
    return Group(title, [Hit(address(row), str(row), about(row)) for row in rows[:MOST]], more)


def records(title: str, rows: QuerySet[Any]) -> Group:
    return Group(title, [Hit(address(row), str(row), about(row)) for row in rows[:MOST]])


def events(title: str, rows: QuerySet[Event], more: str, *, but: Sequence[str] = ROUTINE) -> Group:
    found = rows.exclude(name__in=but).order_by("-at", "-id")[:MOST]
    return Group(title, [Hit(address(e), sentence(e), f"{e.at:%Y-%m-%d %H:%M:%S} UTC") for e in found], more)


def about(row: Any) -> str:
    """What tells two of the same name apart."""
    if isinstance(row, User):
        return f"{row.principal_name} · {row.kind_label}{'' if row.is_active else ' · deactivated'}"
    if isinstance(row, Application):
        return f"{row.company} · {row.client_id}"
    if isinstance(row, Organization):
        return row.slug
    if isinstance(row, Authorization):
        return f"{'ended' if row.revoked_at else 'standing'} · {row.granted_at:%Y-%m-%d}"
    return row.name if isinstance(row, PersonalAccessToken) else ""


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
