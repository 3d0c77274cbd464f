"""From the database to facts, and the listings of the pages. One statement per question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from accounts.models import Membership, User
from authorizations import brown_outs, rows, there
from authorizations.models import (
    Authorization,
    AuthorizationCode,
    BlockedApp,
    Connection,
    PersonalAccessToken,
    RevokedAccessToken,
)
from authorizations.places import NOWHERE, not_shut_out, place_facts, with_ruling
from authorizations.policy import (
    AppFacts,
    ConnectionFacts,
    ConsentFacts,
    Facts,
    PersonalTokenFacts,
    PlaceFacts,
    Reason,
)
from authorizations.rows import reading
from authorizations.rows.reading import Presented
from authorizations.switches import reading as switches
from oauthapps import scopes
from oauthapps.models import Application, ApplicationSecret


def app_facts(app: Application, secret: ApplicationSecret | None, now: datetime) -> AppFacts:
    live = secret is None or secret.is_live(now)
    enabled = app.disabled_at is None and app.deleted_at is None
    return AppFacts(enabled=enabled, legacy=app.is_legacy, scopes=app.scope_closure, secret_live=live)


def _brown_out_ends(app: Application, now: datetime) -> datetime | None:
    """Asked for legacy apps alone: no statement, not even a rare one, for the standard model."""
    return brown_outs.ends(now) if app.is_legacy else None


def _legacy_stopped(app: Application, now: datetime) -> bool:
    return app.is_legacy and switches.legacy_stopped(now)


def consent_facts(authorization: Authorization) -> ConsentFacts:
    return ConsentFacts(
        scopes.closure(authorization.scopes),
        authorization.revoked_at is not None,
        authorization.expires_at,
        authorization.confirmed_at or authorization.granted_at,
    )


def _issuance_closed(issuing: bool, now: datetime) -> Reason | None:
    """Asked where something is about to be issued; what was issued goes on while a switch stops issuing."""
    return switches.issuance_closed(now) if issuing else None


def request_facts(app: Application, person: User | None, now: datetime, *, issuing: bool = False) -> Facts:
    """Before there is a consent: may this app ask at all?"""
    return Facts(
        now=now,
        app=app_facts(app, None, now),
        legacy_sunset=settings.LEGACY_SUNSET,
        brown_out_ends=_brown_out_ends(app, now),
        legacy_stopped=_legacy_stopped(app, now),
        issuance_closed=_issuance_closed(issuing, now),
        person_active=person.is_active if person else None,
        consent_needed=False,
    )


def client_facts(
    app: Application,
    secret: ApplicationSecret | None,
    now: datetime,
    *,
    token_revoked: bool = False,
    issuing: bool = False,
) -> Facts:
    """A client on its own behalf: no person, no consent."""
    connection = ConnectionFacts(
        revoked=False, expires_at=datetime.max.replace(tzinfo=now.tzinfo), token_revoked=token_revoked
    )
    return Facts(
        now=now,
        app=app_facts(app, secret, now),
        legacy_sunset=settings.LEGACY_SUNSET,
        brown_out_ends=_brown_out_ends(app, now),
        legacy_stopped=_legacy_stopped(app, now),
        issuance_closed=_issuance_closed(issuing, now),
        consent_needed=False,
        connection=connection,
    )


def code_facts(
    authorization: Authorization,
    app: Application,
    secret: ApplicationSecret | None,
    now: datetime,
    *,
    issuing: bool = False,
) -> Facts:
    return Facts(
        now=now,
        app=app_facts(app, secret, now),
        legacy_sunset=settings.LEGACY_SUNSET,
        brown_out_ends=_brown_out_ends(app, now),
        legacy_stopped=_legacy_stopped(app, now),
        issuance_closed=_issuance_closed(issuing, now),
        person_active=authorization.person.is_active,
        consent=consent_facts(authorization),
    )


def connection_facts(
    connection: Connection, now: datetime, place: PlaceFacts | None = None, *, issuing: bool = False
) -> Facts:
    authorization = connection.authorization
    return Facts(
        now=now,
        app=app_facts(authorization.application, connection.secret, now),
        legacy_sunset=settings.LEGACY_SUNSET,
        brown_out_ends=_brown_out_ends(authorization.application, now),
        legacy_stopped=_legacy_stopped(authorization.application, now),
        issuance_closed=_issuance_closed(issuing, now),
        person_active=authorization.person.is_active,
        consent=consent_facts(authorization),
        connection=ConnectionFacts(
            connection.revoked_at is not None,
            connection.expires_at,
            getattr(connection, "token_revoked", False),
            begun_at=connection.created_at,
            # Asked by revocation rules alone, and most organizations have none.
            scopes=scopes.closure(connection.scopes) if place and place.ruled_out else frozenset(),
        ),
        place=place,
    )


NO_APP = AppFacts(enabled=True, legacy=False, scopes=scopes.closure(scopes.CATALOGUE))


def personal_facts(token: PersonalAccessToken, now: datetime, place: PlaceFacts | None = None) -> Facts:
    """A personal access token: the person's own consent to a tool of theirs; no app stands between."""
    held = scopes.closure(token.scopes)
    return Facts(
        now=now,
        app=NO_APP,
        legacy_sunset=settings.LEGACY_SUNSET,
        person_active=token.person.is_active,
        consent=ConsentFacts(held, token.revoked_at is not None, token.expires_at, token.issued_at),
        connection=ConnectionFacts(False, token.expires_at, begun_at=token.issued_at, scopes=held),
        place=place,
        personal_token=PersonalTokenFacts(
            full=token.is_full,
            every_organization=token.organization_id is None,
            begun_at=token.issued_at,
            expires_at=token.expires_at,
            last_used_at=max(token.last_used_at or token.issued_at, token.issued_at),
            shut_out=place is not None and place.organization in token.shut_out,
        ),
    )


def personal_token(token_digest: str) -> PersonalAccessToken | None:
    """With its person and its organization, and the person's access level there. One statement, by the unique index."""
    level = Membership.objects.filter(organization=OuterRef("organization"), person=OuterRef("person"))
    return (
        PersonalAccessToken.objects.select_related("person", "organization")
        .annotate(home_level=Subquery(level.values("access_level")[:1]))
        .filter(digest=token_digest)
        .first()
    )


def home(token: PersonalAccessToken, now: datetime) -> PlaceFacts | None:
    """What the organization of a token found by `personal_token` says about it; None when it was made for all of them.
    No statement."""
    if token.organization is None:
        return None
    level = getattr(token, "home_level", None)
    if level is None:
        return NOWHERE
    membership = Membership(organization=token.organization, person=token.person, access_level=level)
    return place_facts(membership, None, True, now)


@dataclass(frozen=True)
class Caller:
    """Finds the caller's own secret in the statement that finds the token (introspection: one statement)."""

    key_id: str
    now: datetime

    def annotations(self) -> dict[str, Subquery]:
        live = ApplicationSecret.objects.live(self.now).filter(
            key_id=self.key_id, application__disabled_at=None, application__deleted_at=None
        )
        return {
            "caller_digest": Subquery(live.values("digest")[:1]),
            "caller_app": Subquery(live.values("application_id")[:1]),
            "caller_client_id": Subquery(live.values("application__client_id")[:1]),
            "caller_is_resource_server": Subquery(live.values("application__resource_server")[:1]),
        }


def _token_revoked(jti: UUID | str) -> Exists:
    return Exists(RevokedAccessToken.objects.filter(jti=jti))


def connection_of_token(
    connection_id: UUID | str, jti: UUID | str, caller: Caller | None = None, *, organization: str | None = None
) -> Connection | None:
    """Everything the policy asks about an access token of a person, in one statement; with `organization`, its name in
    addresses, also how the person stands there (`there.place_of`)."""
    more = {} if organization is None else there.annotations(organization)
    if organization is None and rows.quick():
        return reading.connection_of_token(connection_id, jti, (caller.key_id, caller.now) if caller else None)
    return (
        Connection.objects.select_related("authorization__person", "authorization__application", "secret")
        .annotate(token_revoked=_token_revoked(jti), **(caller.annotations() if caller else {}), **more)
        .filter(pk=connection_id)
        .first()
    )


def secret_of_token(key_id: str, jti: UUID | str, caller: Caller | None = None) -> ApplicationSecret | None:
    """The same for a token that a client got on its own behalf."""
    return (
        ApplicationSecret.objects.select_related("application")
        .annotate(token_revoked=_token_revoked(jti), **(caller.annotations() if caller else {}))
        .filter(key_id=key_id)
        .first()
    )


def secrets_by_key(keys: Iterable[str]) -> dict[str, ApplicationSecret]:
    """One statement, by the unique index."""
    if rows.quick():
        return reading.secrets(list(keys))
    found = ApplicationSecret.objects.select_related("application").filter(key_id__in=list(keys))
    return {secret.key_id: secret for secret in found}


# What a client shows is read by itself where the statement that found the client did not look for it.
UNREAD: Any = object()


def secrets_with(keys: Iterable[str], shown: Presented | None) -> dict[str, tuple[ApplicationSecret, Any]]:
    """Of each key id its secret and what was shown with it, if it was issued to the secret's app: a code or a connection,
    None, or UNREAD. One statement."""
    if shown is not None and rows.quick():
        return reading.secrets_with(list(keys), shown)
    return {key: (secret, UNREAD) for key, secret in secrets_by_key(keys).items()}


def secret_with(key_id: str, shown: Presented | None) -> tuple[ApplicationSecret | None, Any]:
    if shown is None:
        return secret_by_key(key_id), UNREAD
    return secrets_with([key_id], shown).get(key_id, (None, UNREAD))


def app_with(client_id: str, shown: Presented | None) -> tuple[Application | None, Any]:
    """The same for a public client."""
    if shown is not None and rows.quick():
        return reading.app_with(client_id[:255], shown)
    return app_by_client_id(client_id), UNREAD


def secret_by_key(key_id: str) -> ApplicationSecret | None:
    """With its app. One statement."""
    if rows.quick():
        return reading.secret(key_id)
    return ApplicationSecret.objects.select_related("application").filter(key_id=key_id).first()


def app_by_client_id(client_id: str) -> Application | None:
    if rows.quick():
        return reading.app(client_id[:255])
    return Application.objects.filter(client_id=client_id[:255]).first()


def connection_by_id(connection_id: UUID) -> Connection | None:
    """With all that it hangs on. One statement."""
    if rows.quick():
        return reading.connection(connection_id)
    found = Connection.objects.select_related("authorization__person", "authorization__application", "secret")
    return found.filter(pk=connection_id).first()


def code_by_digest(code_digest: str) -> AuthorizationCode | None:
    """With its authorization, person and app. One statement."""
    if rows.quick():
        return reading.code(code_digest)
    found = AuthorizationCode.objects.select_related("authorization__person", "authorization__application")
    return found.filter(digest=code_digest).first()


def place(
    person: User, slug: str, reached: Sequence[str] | None, app: Application | None, now: datetime
) -> tuple[PlaceFacts, Membership | None]:
    """What the organization says about this person with this app (None: with a personal access token), in one
    statement. All of it is read live: access ends with the membership (01-product, row 3).

    `reached`: the ids of the organizations that the consent is limited to; None is all of the person's.
    """
    found = Membership.objects.select_related("organization").filter(person=person, organization__slug=slug.lower())
    membership = with_ruling(found, app).first()
    if membership is None:
        return NOWHERE, None
    included = reached is None or str(membership.organization_id) in reached
    return place_facts(membership, app, included, now), membership


FEW = 10


@dataclass(frozen=True)
class Asking:
    """An app that asks, with what the person allowed it before."""

    app: Application
    authorization: Authorization | None  # live
    blocked: bool  # the person refused it for good
    familiar: bool  # at least FEW people have a standing authorization for it


def asking(client_id: str, person: User | None, now: datetime) -> Asking | None:
    """One statement, also when there is no authorization: the approval page has few to spend."""
    found = Application.objects.filter(client_id=client_id[:255]).annotate(
        familiar=Exists(Authorization.objects.filter(application=OuterRef("pk"), revoked_at=None)[FEW - 1 : FEW])
    )
    if person is None:
        app = found.first()
        return Asking(app, None, blocked=False, familiar=app.familiar) if app else None
    live = Q(authorizations__expires_at=None) | Q(authorizations__expires_at__gt=now)
    app = found.annotate(
        mine=FilteredRelation(
            "authorizations", condition=live & Q(authorizations__person=person, authorizations__revoked_at=None)
        ),
        blocked=Exists(BlockedApp.objects.filter(application=OuterRef("pk"), person=person)),
        **{f"mine_{name}": F(f"mine__{name}") for name in AUTHORIZATION_COLUMNS},
    ).first()
    return Asking(app, _mine(app, person), blocked=app.blocked, familiar=app.familiar) if app else None


AUTHORIZATION_COLUMNS = [field.attname for field in Authorization._meta.concrete_fields]


def _mine(app: Application, person: User) -> Authorization | None:
    values = [getattr(app, f"mine_{name}") for name in AUTHORIZATION_COLUMNS]
    if app.mine_id is None:  # type: ignore[attr-defined]
        return None
    found = Authorization.from_db("default", AUTHORIZATION_COLUMNS, values)
    found.application, found.person = app, person
    return found


def reached(person: User, organizations: Sequence[str] | None, app: Application | None) -> "QuerySet[Membership]":
    """The memberships that a consent reaches, `organizations` being the ids that it is limited to. By name."""
    found = memberships(person)
    if organizations is not None:
        found = found.filter(organization__in=[UUID(pk) for pk in organizations])
    return found if app is None else not_shut_out(found, app)


def memberships(person: User) -> "QuerySet[Membership]":
    return Membership.objects.filter(person=person).select_related("organization").order_by("organization__name")
