"""What an owner says about an app, and everything that is wrong with it, in sentences."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from oauthapps import hosts, lookalikes, names, rules, scopes
from oauthapps.models import Application
from oauthapps.models.application import SKELETON

SITES = ("website", "terms_url", "privacy_url")


@dataclass(frozen=True)
class Problem:
    """`confirm`: not wrong as such; it is saved once a person says that it is meant."""

    field: str
    message: str
    confirm: bool = False

    @property
    def token(self) -> str:
        """What a person sends back to confirm exactly this; another value asks again."""
        return hashlib.sha256(f"{self.field}\x00{self.message}".encode()).hexdigest()[:16]


class RegistrationRefused(Exception):
    """`field` names what is wrong, the message says what to do; `problems` has everything that is wrong."""

    def __init__(self, field: str, message: str, problems: Collection[Problem] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.problems = list(problems) or [Problem(field, message)]


@dataclass(frozen=True)
class Registration:
    """What an owner says about an app. Scopes are identifiers of the catalogue."""

    name: str
    company: str
    redirect_uris: list[str]
    scopes: list[str]
    optional_scopes: list[str] = field(default_factory=list)
    model: str = "standard"
    client_type: str = "confidential"
    description: str = ""
    website: str = ""
    terms_url: str = ""
    privacy_url: str = ""
    verified_domain: str = ""
    resource_server: bool = False
    historic_answers: bool = False
    id_token_algorithm: str = "RS256"  # noqa: S105


@dataclass(frozen=True)
class Asker:
    """Who says it, of which app. Operations (no person) are not asked whether they mean it."""

    person: User | None = None
    owners: Collection[User] = ()
    app: Application | None = None
    confirmed: Collection[str] = ()

    def keeps(self, name: str, value: Any) -> bool:
        """What was registered before is not judged anew: other fields could never be changed then."""
        return self.app is not None and getattr(self.app, name) == value


def check(registration: Registration, asker: Asker = Asker()) -> Registration:
    """Raises RegistrationRefused with all that is wrong."""
    if found := problems(registration, asker):
        raise RegistrationRefused(found[0].field, found[0].message, found)
    return registration


def problems(registration: Registration, asker: Asker = Asker()) -> list[Problem]:
    found = [
        *_names(registration, asker),
        *_choices(registration),
        *_addresses(registration, asker),
        *_scopes(registration),
    ]
    if asker.person is None:
        return [p for p in found if not p.confirm]
    return [p for p in found if not (p.confirm and p.token in asker.confirmed)]


def _names(registration: Registration, asker: Asker) -> Iterator[Problem]:
    if not registration.name.strip():
        yield Problem("name", "Give the app a name; people will see it.")
    elif not asker.keeps("name", registration.name):
        yield from _name("name", registration.name) or _imitation(registration.name, asker)
    if not registration.company.strip():
        yield Problem("company", "Say which company publishes the app; people will see it.")
    elif not asker.keeps("company", registration.company):
        yield from _name("company", registration.company) or _reserved("company", registration.company, asker)
    if not asker.keeps("description", registration.description):
        yield from _text("description", registration.description)


def _name(name: str, value: str) -> list[Problem]:
    try:
        names.check_name(value, most=100)
    except names.NameProblem as problem:
        return [Problem(name, str(problem))]
    return []


def _text(name: str, value: str) -> list[Problem]:
    try:
        names.check_text(value, most=1000, lines=True)
    except names.NameProblem as problem:
        return [Problem(name, str(problem))]
    return []


def _reserved(name: str, value: str, asker: Asker) -> list[Problem]:
    if asker.person is None:
        return []
    if names.reserved(value, [settings.PORTAL_NAME]):
        return [
            Problem(name, f"“{settings.PORTAL_NAME}” is the name of this portal; people would take your app for it.")
        ]
    found = names.reserved(value, settings.RESERVED_APP_NAMES)
    if found and found[1] and name == "name":
        return [Problem(name, f"“{value}” reads like {found[0]}. Choose a name that people cannot take for it.")]
    if found:
        message = f"“{value}” speaks of {found[0]}. People will ask whether it comes from there."
        return [Problem(name, message, confirm=True)]
    return []


def _imitation(value: str, asker: Asker) -> list[Problem]:
    """Another owner's app of the same look. Owners may name several of theirs alike (a legacy app and its twin)."""
    if found := _reserved("name", value, asker):
        return found
    if asker.person is None:
        return []
    alike = (
        Application.objects.standing()
        .filter(name_skeleton=lookalikes.skeleton(value)[:SKELETON])
        .exclude(owners__in=asker.owners)
    )
    if asker.app is not None:
        alike = alike.exclude(pk=asker.app.pk)
    other = alike.values_list("name", flat=True).first()
    if other is None:
        return []
    message = f"Another app here is called “{other}”, which looks the same. Choose a name that people can tell apart."
    return [Problem("name", message)]


def _choices(registration: Registration) -> Iterator[Problem]:
    if registration.model not in set(rules.Model):
        yield Problem("model", "The model is “standard” or “legacy”.")
    if registration.client_type not in {"confidential", "public"}:
        yield Problem("client_type", "The client type is “confidential” or “public”.")


def _addresses(registration: Registration, asker: Asker) -> Iterator[Problem]:
    before = asker.app.callbacks if asker.app else []
    if registration.redirect_uris or not registration.resource_server:
        yield from _callbacks(registration.redirect_uris, before)
    for name in SITES:
        value = getattr(registration, name)
        if not value or asker.keeps(name, value):
            continue
        try:
            rules.check_site(value)
            yield from _host(name, value)
        except rules.AddressProblem as problem:
            yield Problem(name, str(problem))


def _callbacks(addresses: list[str], before: list[str]) -> Iterator[Problem]:
    try:
        rules.check_callback_count(addresses)
    except rules.AddressProblem as problem:
        yield Problem("redirect_uris", str(problem))
        return
    for address in dict.fromkeys(addresses):
        if address in before:
            continue
        try:
            rules.check_callback(address)
            yield from _host("redirect_uris", address)
        except rules.AddressProblem as problem:
            yield Problem("redirect_uris", str(problem))


def _host(name: str, address: str) -> list[Problem]:
    try:
        warning = hosts.warning(urlsplit(address).hostname or "")
    except hosts.HostProblem as problem:
        return [Problem(name, str(problem))]
    return [Problem(name, warning, confirm=True)] if warning else []


def _scopes(registration: Registration) -> Iterator[Problem]:
    asked = [*registration.scopes, *registration.optional_scopes]
    if unknown := scopes.unknown(asked):
        yield Problem("scopes", f"Unknown permissions: {', '.join(sorted(unknown))}.")
        return
    if not asked and not registration.resource_server:
        yield Problem("scopes", "Choose at least one permission.")
    standard_only = [s for s in asked if scopes.CATALOGUE[s].model == "standard"]
    if registration.model == rules.Model.LEGACY and standard_only:
        yield Problem("scopes", f"Not possible in the legacy model: {', '.join(standard_only)}.")
