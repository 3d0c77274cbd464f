"""Rows with the attributes of their models. Parsed once for each different content: what is kept is the parsing, and
never whether something is alive, which comes with each statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models

from accounts.models import User
from authorizations.models import Authorization, Connection
from oauthapps import rules, scopes
from oauthapps.models import Application, ApplicationSecret


def instant(value: str | None) -> datetime | None:
    """The session's time zone is UTC."""
    return datetime.fromisoformat(value) if value else None


@lru_cache(maxsize=1024)
def uuid(value: str | None) -> UUID:
    """The same people, authorizations and connections come again; making one costs 2 µs."""
    return UUID(value)


@lru_cache(maxsize=1024)
def names(value: str | None) -> tuple[str, ...]:
    return tuple(json.loads(value)) if value else ()


class Shape:
    """Whatever it does not have is the model's."""

    _model: type[models.Model]
    is_shared = False  # between calls: then the rest is asked anew each time, for it may have changed meanwhile
    pk: Any

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in {"pk", "_model"}:
            raise AttributeError(name)
        if self.is_shared:
            return getattr(self._model._default_manager.get(pk=self.pk), name)
        found = self.__dict__.get("_whole")
        if found is None:
            found = self.__dict__["_whole"] = self._model._default_manager.get(pk=self.pk)
        return getattr(found, name)


class AppRow(Shape):
    _model = Application
    is_shared = True  # `app_row` keeps it for as long as its columns stay the same
    COLUMNS = (
        "a.id, a.client_id, a.name, a.model, a.client_type, a.scopes, a.optional_scopes, a.disabled_at, a.deleted_at, "
        "a.id_token_algorithm, a.historic_answers, a.redirect_uris, a.verified_domain"
    )
    WIDTH = 13

    def __init__(self, raw: tuple[str | None, ...]) -> None:
        self.pk = self.id = int(raw[0] or 0)
        self.client_id, self.name, kind, client_type = (value or "" for value in raw[1:5])
        required, optional = names(raw[5]), names(raw[6])
        self.all_scopes = [*required, *(s for s in optional if s not in required)]
        self.scope_closure = scopes.closure(self.all_scopes)
        self.disabled_at, self.deleted_at = instant(raw[7]), instant(raw[8])
        self.id_token_algorithm = raw[9] or ""
        self.historic_answers = raw[10] == "t"
        self.verified_domain = raw[12] or ""
        self.callbacks = (raw[11] or "").split()
        self.model = kind
        self.is_legacy = kind == rules.Model.LEGACY
        self.is_public = client_type == Application.CLIENT_PUBLIC

    def accepts_callback(self, presented: str) -> bool:
        return any(rules.redirect_uri_matches(presented, registered) for registered in self.callbacks)


app_row = lru_cache(maxsize=1024)(AppRow)


class SecretRow(Shape):
    _model = ApplicationSecret
    COLUMNS = "s.id, s.key_id, s.digest, s.revoked_at, s.expires_at"
    WIDTH = 5
    seen = ""  # the text of what was read of it and of its app, where it was read to be remembered

    def __init__(self, raw: Sequence[str | None], application: Any = None) -> None:
        self.pk = self.id = int(raw[0] or 0)
        self.key_id, self.digest = raw[1] or "", raw[2] or ""
        self.revoked_at, self.expires_at = instant(raw[3]), datetime.fromisoformat(raw[4] or "")
        if application is not None:
            self.application = application

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now


KNOWN = ("is_active", "display_name", "principal_name", "principal", "email")


class PersonRow(Shape):
    _model = User
    is_authenticated = True
    COLUMNS = "p.id, p.is_active, p.display_name, p.principal_name, p.principal, p.email, p.tenant_id, p.created_at"
    WIDTH = 8

    def __init__(self, raw: Sequence[str | None]) -> None:
        self.pk = self.id = uuid(raw[0])
        self.is_active = raw[1] == "t"
        self.display_name, self.principal_name, self.principal, self.email = (value or "" for value in raw[2:6])
        self._rest = raw[6:]

    def __str__(self) -> str:
        return self.display_name or self.principal_name or self.principal

    def whole(self) -> User:
        """The model, for code that asks the database about the person. No statement: what is missing comes when asked."""
        known = {name: getattr(self, name) for name in ("id", *KNOWN)}
        known |= {"tenant_id": UUID(self._rest[0]), "created_at": instant(self._rest[1])}
        # Django wants them in the order of the columns, and takes those that are missing as deferred.
        ordered = [f.attname for f in User._meta.concrete_fields if f.attname in known]
        return User.from_db("default", ordered, [known[name] for name in ordered])


class AuthorizationRow(Shape):
    _model = Authorization
    COLUMNS = "z.id, z.scopes, z.organizations, z.granted_at, z.confirmed_at, z.expires_at, z.revoked_at"
    WIDTH = 7

    def __init__(self, raw: Sequence[str | None], person: PersonRow, application: AppRow) -> None:
        self.pk = self.id = uuid(raw[0])
        self.scopes = names(raw[1])
        self.organizations = None if raw[2] is None else names(raw[2])
        self.granted_at, self.confirmed_at = instant(raw[3]), instant(raw[4])
        self.expires_at, self.revoked_at = instant(raw[5]), instant(raw[6])
        self.person, self.application = person, application
        self.person_id, self.application_id = person.pk, application.pk


class ConnectionRow(Shape):
    _model = Connection
    token_revoked = False  # where a single access token was asked about, whether it is
    COLUMNS = (
        "c.id, c.scopes, c.refresh_digest, c.previous_digest, c.rotated_at, c.auth_time, c.nonce, c.created_at, "
        "c.expires_at, c.revoked_at"
    )
    WIDTH = 10

    def __init__(self, raw: Sequence[str | None], authorization: AuthorizationRow, secret: SecretRow | None) -> None:
        self.pk = self.id = uuid(raw[0])
        self.scopes = names(raw[1])
        self.refresh_digest, self.previous_digest = raw[2] or "", raw[3] or ""
        self.rotated_at = instant(raw[4])
        self.auth_time, self.nonce = int(raw[5]) if raw[5] else None, raw[6] or ""
        self.created_at = datetime.fromisoformat(raw[7] or "")
        self.expires_at, self.revoked_at = datetime.fromisoformat(raw[8] or ""), instant(raw[9])
        self.authorization, self.authorization_id = authorization, authorization.pk
        self.secret = secret


class TokenRow(Shape):
    """A connection as an access token of it is asked about: nothing of its refresh token, and of its secret the life."""

    _model = Connection
    token_revoked = False
    COLUMNS = "c.id, c.scopes, c.created_at, c.expires_at, c.revoked_at"
    WIDTH = 5

    def __init__(
        self, raw: Sequence[str | None], authorization: AuthorizationRow, secret: "SecretLifeRow | None"
    ) -> None:
        self.pk = self.id = uuid(raw[0])
        self.scopes = names(raw[1])
        self.created_at = datetime.fromisoformat(raw[2] or "")
        self.expires_at, self.revoked_at = datetime.fromisoformat(raw[3] or ""), instant(raw[4])
        self.authorization, self.authorization_id = authorization, authorization.pk
        self.secret = secret

    def for_one_call(self) -> "TokenRow":
        """With the same parts; what a call notes on it stays with the call."""
        made = object.__new__(TokenRow)
        made.__dict__.update(self.__dict__)
        return made


class SecretLifeRow(SecretRow):
    COLUMNS = "s.id, s.revoked_at, s.expires_at"
    WIDTH = 3

    def __init__(self, raw: Sequence[str | None]) -> None:
        self.pk = self.id = int(raw[0] or 0)
        self.revoked_at, self.expires_at = instant(raw[1]), datetime.fromisoformat(raw[2] or "")


@dataclass(slots=True)
class Opened:
    """A connection that is being opened."""

    pk: UUID
    authorization: Any
    scopes: tuple[str, ...]
    refresh_digest: str
    secret: Any
    auth_time: int | None
    nonce: str
    created_at: datetime
    address: str
    user_agent: str
    expires_at: datetime

    @property
    def authorization_id(self) -> UUID:
        found: UUID = self.authorization.pk
        return found


CODE = "d.digest, d.scopes, d.redirect_uri, d.code_challenge, d.nonce, d.auth_time, d.expires_at, d.spent_at"


class CodeRow(NamedTuple):
    pk: str
    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str
    nonce: str
    auth_time: int | None
    expires_at: datetime
    spent_at: datetime | None
    authorization: Any

    @property
    def authorization_id(self) -> UUID:
        found: UUID = self.authorization.pk
        return found
