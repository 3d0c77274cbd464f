"""Whom and what an act touches: a few facts that can be written down, read back, said in words and asked of the database."""

import ipaddress
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Organization, User
from authorizations.models import Authorization, AuthorizationUsage, Connection, PersonalAccessToken, reaching
from oauthapps import scopes as catalogue
from oauthapps.models import Application, ApplicationSecret

MOMENTS = {"granted": "approved", "connected": "connected", "used": "used"}
MOST_CHOSEN = 2_000  # rows ticked one by one
MOST_ADDRESSES = 2_000


class WrongSelection(Exception):
    """`field`: what is wrong. The text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Selection:
    """All that is given must hold; what is empty limits nothing."""

    ids: tuple[str, ...] = ()  # of authorizations
    people: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()  # client ids
    secrets: tuple[str, ...] = ()  # key ids: those with a connection made with one of them
    scopes: tuple[str, ...] = ()  # any of these, or one that carries it
    organization: str = ""  # the consent reaches it
    moment: str = "granted"
    since: str = ""
    until: str = ""
    network: str = ""  # those with a connection made from there
    addresses: tuple[str, ...] = ()  # what of the network has been seen: `located` fills it

    @property
    def limited(self) -> bool:
        """False when nothing but scopes stands between this and everybody."""
        return any(
            (self.ids, self.people, self.apps, self.secrets, self.organization, self.since, self.until, self.network)
        )

    def as_json(self) -> dict[str, Any]:
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items() if v}


def from_json(said: Mapping[str, Any]) -> Selection:
    """Raises WrongSelection for what no version of this wrote."""
    known = {f.name: f for f in fields(Selection)}
    if unknown := set(said) - set(known):
        raise WrongSelection("", f"Unknown: {', '.join(sorted(unknown))}.")
    values = {k: tuple(map(str, v)) if isinstance(v, list | tuple) else str(v) for k, v in said.items()}
    return check(Selection(**values))  # type: ignore[arg-type]


def check(wanted: Selection) -> Selection:
    """Raises WrongSelection unless everything in it can be asked; returns it in its one spelling."""
    _keys(wanted)
    if wanted.moment not in MOMENTS:
        raise WrongSelection("moment", "The time is when it was approved, connected or used.")
    since, until = instant("since", wanted.since), instant("until", wanted.until)
    if since and until and since > until:
        raise WrongSelection("until", "The end is before the beginning.")
    if missing := catalogue.unknown(wanted.scopes):
        raise WrongSelection("scopes", f"Unknown permissions: {', '.join(sorted(missing))}.")
    network = str(read_network(wanted.network)) if wanted.network else ""
    return replace(
        wanted,
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
        network=network,
    )


def _keys(wanted: Selection) -> None:
    for name in ("ids", "people"):
        if any(not is_uuid(key) for key in getattr(wanted, name)):
            raise WrongSelection(name, "That is not the id of anything here.")
        if len(getattr(wanted, name)) > MOST_CHOSEN:
            raise WrongSelection(name, f"Choose at most {MOST_CHOSEN:,} one by one, or describe them by a query.")
    if wanted.organization and not is_uuid(wanted.organization):
        raise WrongSelection("organization", "That is not the id of an organization.")


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def instant(field: str, text: str) -> datetime | None:
    """2026-11-26, 2026-11-26T10:00 or with an offset; without one it is UTC. Raises WrongSelection."""
    if not text.strip():
        return None
    try:
        read = datetime.fromisoformat(text.strip())
        # An offset can lead out of the years there are; those far away would not fit the database either.
        at = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongSelection(field, "Write a date and time such as 2026-11-26 10:00 (UTC).") from None
    if not 2000 <= at.year <= 2200:
        raise WrongSelection(field, "Write a year between 2000 and 2200.")
    return at


def read_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Raises WrongSelection."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise WrongSelection("network", "Write one address or a range such as 192.0.2.0/24 or 2001:db8::/32.") from None


def within(network: ipaddress.IPv4Network | ipaddress.IPv6Network, address: str) -> bool:
    """An IPv4 address written as IPv6 (::ffff:192.0.2.1) is the IPv4 address. What is no address is nowhere."""
    try:
        found: Any = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found) in network or found in network


def located(wanted: Selection, *, at: datetime) -> Selection:
    """With the addresses of its network that connections came from until `at`. Raises WrongSelection."""
    if not wanted.network:
        return wanted
    network = read_network(wanted.network)
    seen = Connection.objects.filter(created_at__lte=at).values_list("address", flat=True).distinct()
    found = sorted(address for address in seen.iterator() if within(network, address))
    if len(found) > MOST_ADDRESSES:
        raise WrongSelection(
            "network", f"More than {MOST_ADDRESSES:,} addresses of it were seen. Choose a smaller range."
        )
    return replace(wanted, addresses=tuple(found))


def authorizations(wanted: Selection, *, at: datetime, now: datetime) -> QuerySet[Authorization]:
    """Those in force now that were approved by `at`, when somebody looked at what it would be."""
    found = Authorization.objects.live(now).filter(granted_at__lte=at)
    if wanted.organization:
        place = Organization.objects.filter(pk=wanted.organization).first()
        reached: Any = reaching.authorizations(place, now, also_deactivated=True).values("pk") if place else []
        found = found.filter(pk__in=reached)
    if wanted.ids:
        found = found.filter(pk__in=[uuid.UUID(key) for key in wanted.ids])
    if wanted.people:
        found = found.filter(person__in=_people(wanted))
    if wanted.apps:
        found = found.filter(application__in=list(apps(wanted).values_list("pk", flat=True)))
    if wanted.scopes:
        found = found.filter(scopes__holds_any=reaching.carriers(wanted.scopes))
    if wanted.moment == "granted":
        found = found.filter(_window("granted_at", wanted))
    elif wanted.moment == "used":
        found = found.filter(_used(wanted))
    if wanted.secrets or wanted.network or wanted.moment == "connected":
        found = found.filter(Exists(_made(wanted, at).filter(authorization=OuterRef("pk"))))
    return found


def connections(wanted: Selection, *, at: datetime, now: datetime) -> QuerySet[Connection]:
    """Open ones that were made by `at`. The time is when they were made."""
    rest = replace(wanted, secrets=(), network="", addresses=(), since="", until="", moment="granted")
    found = _made(replace(wanted, moment="connected"), at).filter(revoked_at=None, expires_at__gt=now)
    if rest.as_json() == Selection().as_json():
        return found
    return found.filter(authorization__in=authorizations(rest, at=at, now=now).values("pk"))


def personal_tokens(wanted: Selection, *, at: datetime, now: datetime) -> QuerySet[PersonalAccessToken]:
    return PersonalAccessToken.objects.live(now).filter(person__in=_people(wanted), created_at__lte=at)


def apps(wanted: Selection) -> QuerySet[Application]:
    return Application.objects.filter(client_id__in=wanted.apps)


def secrets(wanted: Selection) -> QuerySet[ApplicationSecret]:
    return ApplicationSecret.objects.filter(key_id__in=wanted.secrets).select_related("application")


def _people(wanted: Selection) -> list[uuid.UUID]:
    return [uuid.UUID(key) for key in wanted.people]


def people(wanted: Selection) -> QuerySet[User]:
    return User.objects.filter(pk__in=_people(wanted))


def _made(wanted: Selection, at: datetime) -> QuerySet[Connection]:
    found = Connection.objects.filter(created_at__lte=at)
    if wanted.secrets:
        found = found.filter(secret__key_id__in=wanted.secrets)
    if wanted.network:
        found = found.filter(address__in=wanted.addresses)
    return found.filter(_window("created_at", wanted)) if wanted.moment == "connected" else found


def _window(column: str, wanted: Selection) -> Q:
    since, until = instant("since", wanted.since), instant("until", wanted.until)
    window = Q(**{f"{column}__gte": since}) if since else Q()
    return window & Q(**{f"{column}__lte": until}) if until else window


def _used(wanted: Selection) -> Q:
    """Use is counted by days, UTC: a day that the window touches counts whole. The last use is known to the second."""
    since, until = instant("since", wanted.since), instant("until", wanted.until)
    if not since and not until:
        return Q(last_used_at__isnull=False)
    days = Q(facet=AuthorizationUsage.Facet.ENDPOINT)
    if since:
        days &= Q(day__gte=since.date())
    if until:
        days &= Q(day__lte=until.date())
    used = AuthorizationUsage.objects.filter(days, authorization=OuterRef("pk"))
    return Q(Exists(used)) | _window("last_used_at", wanted)


def in_words(wanted: Selection) -> list[tuple[str, str]]:
    """Label and value, for pages and reports."""
    said: list[tuple[str, str]] = []
    if wanted.ids:
        said.append(("Chosen one by one", f"{len(wanted.ids):,} authorizations"))
    if wanted.people:
        said.append(("People", _listed([str(p) for p in people(wanted)[:20]], len(wanted.people))))
    if wanted.apps:
        said.append(("Apps", _listed([f"{a.name} ({a.client_id})" for a in apps(wanted)[:20]], len(wanted.apps))))
    if wanted.secrets:
        said.append(
            ("Secrets", _listed([f"{s.key_id}… of {s.application}" for s in secrets(wanted)[:20]], len(wanted.secrets)))
        )
    if wanted.scopes:
        said.append(("Permissions", ", ".join(wanted.scopes)))
    if wanted.organization:
        place = Organization.objects.filter(pk=wanted.organization).first()
        said.append(("Organization", str(place) if place else f"{wanted.organization} (not here)"))
    if wanted.since or wanted.until or wanted.moment == "connected":
        said.append((f"When {MOMENTS[wanted.moment]}", _span(wanted)))
    if wanted.network:
        said.append(("Connected from", f"{wanted.network} ({len(wanted.addresses):,} addresses seen)"))
    return said


def _listed(names: list[str], count: int) -> str:
    return ", ".join(names) + (f" and {count - len(names):,} more" if count > len(names) else "")


def _span(wanted: Selection) -> str:
    since, until = instant("since", wanted.since), instant("until", wanted.until)
    parts = [
        f"from {since:%Y-%m-%d %H:%M:%S} UTC" if since else "",
        f"until {until:%Y-%m-%d %H:%M:%S} UTC" if until else "",
    ]
    return " ".join(filter(None, parts)) or "at any time"
