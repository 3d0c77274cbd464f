"""The rows of the hot path against the models: the same facts, so the same decision, in any world.

Each world is made of rows of the real tables; what the quick statement finds is compared with what the models say, as
facts (what the policy is asked) and as the answers of the endpoints.
"""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from authorizations import rows, selectors
from authorizations.models import Authorization, AuthorizationCode, Connection, RevokedAccessToken
from authorizations.policy import decide
from authorizations.services import access_tokens
from oauthapps.models import Application, ApplicationSecret
from tests import factories
from tests.conftest import missing

pytestmark = pytest.mark.django_db
WORLDS = 60
SCOPES = ["openid", "profile", "vso.profile", "vso.work", "vso.work_write", "vso.code_manage", "user_impersonation"]


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


@pytest.fixture
def models(monkeypatch):
    """A call whose rows come from the models."""

    def call(ask: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(rows, "quick", lambda: False)
            return ask()

    return call


def world(seed: int, now: datetime, connected: dict[str, Any]) -> access_tokens.AccessToken:
    """Everything that a decision asks about, each of it good or not. Most are good, or nothing would ever be allowed."""
    chance = random.Random(seed)

    def maybe(value: Any, otherwise: Any = None, often: float = 0.12) -> Any:
        return value if chance.random() < often else otherwise

    def near() -> datetime:
        """The last instant that counts, the first that does not, or well away."""
        steps = (timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1), timedelta(days=1))
        return now + chance.choice(steps)

    past = now - timedelta(seconds=chance.randint(1, 90))
    chosen = chance.sample(SCOPES, chance.randint(1, len(SCOPES)))
    Application.objects.update(
        disabled_at=maybe(past),
        deleted_at=maybe(past),
        model=maybe("legacy", "standard"),
        scopes=chance.sample(SCOPES, chance.randint(1, len(SCOPES))),
        optional_scopes=chance.sample(SCOPES, chance.randint(0, 3)),
    )
    ApplicationSecret.objects.update(revoked_at=maybe(past), expires_at=maybe(near(), now + timedelta(days=9), 0.3))
    User.objects.update(is_active=maybe(False, True))
    Authorization.objects.update(
        revoked_at=maybe(past),
        expires_at=maybe(near(), maybe(None, now + timedelta(days=9)), 0.3),
        confirmed_at=maybe(past),
        scopes=chosen,
        organizations=maybe(["11111111-1111-4111-8111-111111111111"]),
    )
    Connection.objects.update(
        revoked_at=maybe(past),
        expires_at=maybe(near(), now + timedelta(days=9), 0.3),
        secret=maybe(None, ApplicationSecret.objects.first(), 0.3),
        scopes=chance.sample(SCOPES, chance.randint(1, 4)),
        auth_time=maybe(1_700_000_000),
    )
    token = access_tokens.read(connected["access_token"], timezone.now())
    assert token is not None
    RevokedAccessToken.objects.all().delete()
    if maybe(True):
        RevokedAccessToken.objects.create(jti=token.jti, expires_at=now + timedelta(hours=1))
    return token


def test_the_quick_statement_finds_the_facts_that_the_models_have(connected, models):
    now, reasons = datetime(2026, 3, 4, 5, 6, 7, 891_011, UTC), set()
    for seed in range(WORLDS):
        token = world(seed, now, connected)
        ask = lambda: selectors.connection_of_token(token.connection_id, token.jti)  # noqa: E731, B023
        quick, plain = ask(), models(ask)
        assert type(quick) is not type(plain)
        facts = selectors.connection_facts(quick, now)
        assert facts == selectors.connection_facts(plain, now), seed
        for few in itertools.combinations(SCOPES, 2):
            assert decide(frozenset(few), facts) == decide(frozenset(few), selectors.connection_facts(plain, now))
        reasons.add(decide(frozenset(), facts).reason)
    assert len(reasons) >= 8, reasons  # the worlds differ, and some are good
    assert None in reasons


def test_the_code_the_secret_and_the_refreshed_connection_are_the_models_own(alice_browser, payroll, models):
    code = factories.approve(alice_browser, payroll)
    payroll.exchange(factories.approve(alice_browser, payroll))
    now = timezone.now()
    digest = AuthorizationCode.objects.get(spent_at=None).digest
    key, held = ApplicationSecret.objects.get(application=payroll.app).key_id, Connection.objects.get()
    assert code
    for ask, names in (
        (
            lambda: selectors.code_by_digest(digest),
            ("pk", "redirect_uri", "code_challenge", "nonce", "auth_time", "expires_at", "spent_at"),
        ),
        (lambda: selectors.secret_by_key(key), ("pk", "key_id", "digest", "revoked_at", "expires_at")),
        (lambda: selectors.secrets_by_key([key, "nobody"])[key], ("pk", "key_id", "digest", "expires_at")),
        (
            lambda: selectors.app_by_client_id(payroll.client_id),
            ("pk", "client_id", "name", "is_legacy", "is_public", "scope_closure", "callbacks"),
        ),
        (
            lambda: selectors.connection_by_id(held.pk),
            ("pk", "refresh_digest", "previous_digest", "rotated_at", "created_at", "expires_at", "auth_time", "nonce"),
        ),
    ):
        quick, plain = ask(), models(ask)
        assert [getattr(quick, n) for n in names] == [getattr(plain, n) for n in names]
    facts = [selectors.code_facts(c.authorization, payroll.app, None, now) for c in _both(models, digest)]
    assert facts[0] == facts[1]


def _both(models: Any, digest: str) -> tuple[Any, Any]:
    return selectors.code_by_digest(digest), models(lambda: selectors.code_by_digest(digest))


def test_a_whole_life_is_the_same_by_rows_and_by_models(alice_browser, payroll, resource_server, models):
    """Exchange, refresh, introspection, userinfo and revocation: statuses, claims and events."""

    def life() -> list[Any]:
        tokens = payroll.exchange(factories.approve(alice_browser, payroll)).json()
        again = payroll.refresh(tokens["refresh_token"]).json()
        introspected = resource_server.introspect(again["access_token"])
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {again['access_token']}"}
        person = payroll.http.get("/oauth2/v2.0/userinfo", **bearer).json()
        ended = payroll.call("/oauth2/v2.0/revoke", {"token": again["refresh_token"]}).status_code
        after = resource_server.introspect(again["access_token"])
        own = payroll.token(grant_type="client_credentials").json()
        varying = {"exp", "iat", "nbf", "jti"}
        return [
            sorted(tokens),
            sorted(again),
            again["scope"],
            {k: v for k, v in introspected.items() if k not in varying},
            person,
            ended,
            after,
            sorted(own),
        ]

    assert life() == models(life)


def test_what_a_row_does_not_have_comes_from_its_model(connected):
    found: Any = selectors.connection_by_id(Connection.objects.get().pk)
    assert found.authorization.application.company == "Payroll Ltd" or found.authorization.application.company
    assert str(found.authorization.person) == str(User.objects.get())
    assert found.authorization.person.whole() == User.objects.get()
    with pytest.raises(AttributeError):
        _ = found.authorization.no_such_thing


def test_what_a_kept_row_of_an_app_does_not_have_is_asked_anew(payroll):
    """The parsed row is shared by calls; whatever is not among its columns must not stand still with it."""
    first = rows.reading.app(payroll.client_id)
    assert first.company == Application.objects.get().company
    Application.objects.update(company="Another Company")
    second = rows.reading.app(payroll.client_id)
    assert second is first and second.company == "Another Company"
