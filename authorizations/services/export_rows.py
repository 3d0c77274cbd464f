"""What the portal knows about a person, section by section, in batches. No secret, no digest, nobody else's name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization, User
from authorizations.events.models import ANY_KIND, Event
from authorizations.models import (
    Authorization,
    AuthorizationUsage,
    Connection,
    PersonalAccessToken,
    PersonalTokenUsage,
    ReceiptItem,
)
from authorizations.notifications.models import Notice
from oauthapps import scopes as catalogue

Row = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """`rows` makes the rows of a batch, at a constant number of statements."""

    name: str
    columns: tuple[str, ...]
    found: Callable[[User], QuerySet[Any]]
    rows: Callable[[User, list[Any]], Iterable[tuple[Any, ...]]]


def read(section: Section, person: User, after: str, limit: int) -> tuple[list[Row], str]:
    """The next rows in the order of their keys, and where to go on; an empty place when there are no more."""
    found = section.found(person).order_by("pk")
    batch = list(found.filter(pk__gt=after)[:limit] if after else found[:limit])
    rows = [dict(zip(section.columns, map(_plain, values), strict=True)) for values in section.rows(person, batch)]
    return rows, str(batch[-1].pk) if len(batch) == limit else ""


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def words(identifiers: Iterable[str]) -> list[str]:
    """Permissions as the approval page says them."""
    return [_(catalogue.CATALOGUE[s].sentence) if s in catalogue.CATALOGUE else s for s in identifiers]


def callback_hosts(callbacks: Iterable[str]) -> list[str]:
    """Where answers about the person were sent: the recipients."""
    return list(dict.fromkeys(host for c in callbacks if (host := urlsplit(c).hostname)))


def _who(person: User, actor_id: str) -> str:
    if not actor_id:
        return "portal"
    return "you" if actor_id == str(person.pk) else "somebody else"


def _people(person: User, batch: list[User]) -> Iterable[tuple[Any, ...]]:
    for p in batch:
        yield p.pk, p.display_name, p.principal_name, p.email, p.tenant_id, p.object_id, p.created_at, p.last_login


def _memberships(person: User, batch: list[Membership]) -> Iterable[tuple[Any, ...]]:
    for m in batch:
        yield m.organization.name, m.get_access_level_display(), m.administrator, m.created_at


def _authorizations(person: User, batch: list[Authorization]) -> Iterable[tuple[Any, ...]]:
    reached = {str(o) for a in batch for o in a.organizations or ()}
    names = {str(pk): name for pk, name in Organization.objects.filter(pk__in=reached).values_list("pk", "name")}
    for a in batch:
        app = a.application
        yield (
            a.pk,
            app.name,
            app.company,
            app.client_id,
            app.model,
            app.website,
            callback_hosts(app.callbacks),
            a.scopes,
            words(a.scopes),
            a.declined,
            ["all"] if a.organizations is None else [names.get(o, o) for o in a.organizations],
            a.granted_at,
            a.widened_at,
            a.expires_at,
            a.last_used_at,
            a.revoked_at,
            _who(person, a.revoked_by) if a.revoked_at else "",
            a.reason,
            a.page_version,
            a.address,
            a.user_agent,
            a.note,
        )


def _connections(person: User, batch: list[Connection]) -> Iterable[tuple[Any, ...]]:
    for c in batch:
        app = c.authorization.application
        yield (
            c.pk, c.authorization_id, app.name, c.scopes, c.created_at, c.address, c.user_agent,
            c.last_used_at, c.expires_at, c.revoked_at, c.reason,
        )  # fmt: skip


def _use(person: User, batch: list[AuthorizationUsage]) -> Iterable[tuple[Any, ...]]:
    for u in batch:
        yield u.authorization_id, u.authorization.application.name, u.day, u.facet, u.value, u.calls


def _personal_tokens(person: User, batch: list[PersonalAccessToken]) -> Iterable[tuple[Any, ...]]:
    """Never the value, nor what it is found by."""
    for t in batch:
        yield (
            t.pk, t.name, t.scopes, words(t.scopes), t.organization.name if t.organization else "all", t.created_at,
            t.issued_at, t.expires_at, t.last_used_at, t.last_address, t.last_user_agent, t.revoked_at, t.reason,
        )  # fmt: skip


def _personal_use(person: User, batch: list[PersonalTokenUsage]) -> Iterable[tuple[Any, ...]]:
    places = {u.place for u in batch if u.place}
    names = {str(pk): name for pk, name in Organization.objects.filter(pk__in=places).values_list("pk", "name")}
    for u in batch:
        yield u.token_id, u.token.name, u.day, names.get(u.place, u.place), u.calls


def _receipts(person: User, batch: list[ReceiptItem]) -> Iterable[tuple[Any, ...]]:
    for i in batch:
        r = i.receipt
        yield (
            r.reference, r.at, r.what, _who(person, r.actor_id), i.app_name, i.app_id, i.connections, i.codes,
            i.first_refused_at, i.first_refused_call, i.restored_at,
        )  # fmt: skip


def _notices(person: User, batch: list[Notice]) -> Iterable[tuple[Any, ...]]:
    for n in batch:
        yield n.pk, n.kind, n.app_name, n.created_at, n.read_at, n.cancelled_at, n.detail


def _events(person: User, batch: list[Event]) -> Iterable[tuple[Any, ...]]:
    for e in batch:
        mine = e.actor_id == str(person.pk)
        # Where somebody else sat when they acted on the account is theirs.
        address, device = (e.address, e.user_agent) if mine or not e.actor_id else ("", "")
        yield e.at, e.name, e.app_name, e.app_id, _who(person, e.actor_id), address, device, e.detail


SECTIONS = (
    Section(
        "person",
        ("id", "name", "user_name", "email", "tenant_id", "object_id", "known_since", "last_sign_in_at"),
        lambda person: User.objects.filter(pk=person.pk),
        _people,
    ),
    Section(
        "organizations",
        ("organization", "access_level", "administrator", "since"),
        lambda person: Membership.objects.filter(person=person).select_related("organization"),
        _memberships,
    ),
    Section(
        "authorizations",
        (
            "id",
            "service",
            "publisher",
            "app_id",
            "model",
            "website",
            "callback_hosts",
            "scopes",
            "permissions",
            "declined",
            "organizations",
            "granted_at",
            "widened_at",
            "expires_at",
            "last_used_at",
            "ended_at",
            "ended_by",
            "reason",
            "page_version",
            "approved_from_address",
            "approved_with_device",
            "note",
        ),
        lambda person: Authorization.objects.of(person).select_related("application"),
        _authorizations,
    ),
    Section(
        "connections",
        (
            "id",
            "authorization_id",
            "service",
            "scopes",
            "created_at",
            "address",
            "device",
            "last_used_at",
            "expires_at",
            "ended_at",
            "reason",
        ),
        lambda person: Connection.objects.filter(authorization__person=person).select_related(
            "authorization__application"
        ),
        _connections,
    ),
    Section(
        "use",
        ("authorization_id", "service", "day", "counted_by", "value", "calls"),
        lambda person: AuthorizationUsage.objects.filter(authorization__person=person).select_related(
            "authorization__application"
        ),
        _use,
    ),
    Section(
        "personal_tokens",
        (
            "id",
            "name",
            "scopes",
            "permissions",
            "organization",
            "created_at",
            "issued_at",
            "expires_at",
            "last_used_at",
            "last_address",
            "last_device",
            "ended_at",
            "reason",
        ),
        lambda person: PersonalAccessToken.objects.of(person).select_related("organization"),
        _personal_tokens,
    ),
    Section(
        "personal_token_use",
        ("token_id", "name", "day", "organization", "calls"),
        lambda person: PersonalTokenUsage.objects.filter(token__person=person).select_related("token"),
        _personal_use,
    ),
    Section(
        "receipts",
        (
            "reference",
            "at",
            "what",
            "by",
            "service",
            "app_id",
            "connections",
            "pending_codes",
            "first_refused_at",
            "first_refused_call",
            "restored_at",
        ),
        lambda person: ReceiptItem.objects.filter(receipt__person=person).select_related("receipt"),
        _receipts,
    ),
    Section(
        "notices",
        ("id", "kind", "service", "told_at", "read_at", "cancelled_at", "detail"),
        lambda person: Notice.objects.filter(person=person),
        _notices,
    ),
    Section(
        "events",
        ("at", "what", "service", "app_id", "by", "address", "device", "detail"),
        lambda person: Event.objects.filter(ANY_KIND, person_id=str(person.pk)),
        _events,
    ),
)
