"""What a process remembers never outlives a change: each call is answered as if everything had been read anew."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.models import Authorization, Connection, RevokedAccessToken
from authorizations.protocol import asked
from authorizations.rows import reading
from authorizations.services import access_tokens
from authorizations.services.keys import ring
from oauthapps.models import Application, ApplicationSecret
from tests import factories
from tests.authorizations.test_budgets_postgresql import statements
from tests.conftest import missing

pytestmark = pytest.mark.django_db
OWN = {"grant_type": "client_credentials"}


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


def asks(app: factories.TestApp, **form: str) -> Any:
    return app.token(**(OWN | form))


def issued() -> int:
    return Event.objects.filter(name=Kind.TOKEN_ISSUED.value).count()


def test_a_client_that_asks_again_costs_one_statement(payroll):
    assert len(statements(lambda: asks(payroll))[1]) == 2
    answer, found = statements(lambda: asks(payroll))
    assert answer.status_code == 200
    assert len(found) == 1
    assert issued() == 2


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        (lambda: ApplicationSecret.objects.update(revoked_at=timezone.now()), 401, "invalid_client"),
        (lambda: ApplicationSecret.objects.update(expires_at=timezone.now()), 401, "invalid_client"),
        (lambda: ApplicationSecret.objects.update(digest="0" * 64), 401, "invalid_client"),
        (lambda: ApplicationSecret.objects.all().delete(), 401, "invalid_client"),
        (lambda: Application.objects.update(disabled_at=timezone.now()), 401, "invalid_client"),
        (lambda: Application.objects.update(deleted_at=timezone.now()), 401, "invalid_client"),
        (lambda: Application.objects.update(model="legacy"), 400, "unauthorized_client"),
        (lambda: Application.objects.update(scopes=["vso.project"], optional_scopes=[]), 400, "invalid_scope"),
    ],
)
def test_a_remembered_client_is_refused_from_the_change_on(payroll, change, status, error):
    assert asks(payroll, scope="vso.profile").status_code == asks(payroll, scope="vso.profile").status_code == 200
    change()  # by another process: nobody tells this one
    refused = asks(payroll, scope="vso.profile")
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert issued() == 2


def test_a_remembered_client_goes_on_under_its_new_name(payroll):
    asks(payroll)
    Application.objects.update(name="Payroll 2")
    assert asks(payroll).status_code == 200
    assert Event.objects.filter(name=Kind.TOKEN_ISSUED.value).latest("pk").app_name == "Payroll 2"


def test_a_client_that_changes_with_each_look_is_told_to_come_again(payroll, monkeypatch):
    monkeypatch.setattr("authorizations.rows.writing.issued_to_client", lambda *_: False)
    for written in ("client_credentials", "client%5Fcredentials"):
        said = payroll.http.post(
            "/oauth2/v2.0/token", f"grant_type={written}", content_type=factories.FORM, **payroll.basic()
        )
        assert (said.status_code, said.json()["error"]) == (503, "temporarily_unavailable")
        assert said.headers["Retry-After"] == "1"
    assert issued() == 0


def test_a_wrong_secret_is_not_helped_by_the_right_one_before_it(payroll):
    asks(payroll)
    wrong = factories.TestApp(payroll.app, payroll.secret[:-1] + ("a" if payroll.secret[-1] != "a" else "b"))
    assert asks(wrong).status_code == 401
    assert asks(payroll).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_secret_that_ends_among_many_calls_issues_nothing_afterwards(payroll):
    """Sixteen at once: whatever was issued has its event, and after the end there is none."""
    asks(payroll)

    def call(number: int) -> int:
        try:
            if number == 8:
                ApplicationSecret.objects.update(revoked_at=timezone.now())
            return factories.TestApp(payroll.app, payroll.secret).token(**OWN).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(call, range(32)))
    assert set(answers) <= {200, 401}
    assert answers[8] == 401
    assert issued() == answers.count(200) + 1
    assert asks(payroll).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        lambda: Connection.objects.update(revoked_at=timezone.now()),
        lambda: Connection.objects.update(expires_at=timezone.now()),
        lambda: Authorization.objects.update(revoked_at=timezone.now()),
        lambda: Authorization.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        lambda: Application.objects.filter(name="Payroll").update(disabled_at=timezone.now()),
        lambda: Connection.objects.get().authorization.person.__class__.objects.update(is_active=False),
        lambda: [
            RevokedAccessToken.objects.create(jti=token.jti, expires_at=timezone.now() + timedelta(hours=1))
            for _, _, token in access_tokens.verified._known._held.values()
        ],
    ],
)
def test_a_remembered_token_is_over_from_the_change_on(connected, resource_server, change):
    form = {"token": connected["access_token"]}
    assert [resource_server.call("/oauth2/v2.0/introspect", form).json()["active"] for _ in range(3)] == [True] * 3
    change()
    assert resource_server.call("/oauth2/v2.0/introspect", form).json() == {"active": False}


def test_a_remembered_call_is_refused_when_the_secret_of_the_caller_has_ended(connected, resource_server):
    form = {"token": connected["access_token"]}
    assert all(resource_server.call("/oauth2/v2.0/introspect", form).json()["active"] for _ in range(2))
    ApplicationSecret.objects.filter(application=resource_server.app).update(revoked_at=timezone.now())
    assert resource_server.call("/oauth2/v2.0/introspect", form).status_code == 401


def test_a_permission_that_was_dropped_is_gone_from_a_remembered_token(connected, resource_server):
    form = {"token": connected["access_token"]}
    before = resource_server.call("/oauth2/v2.0/introspect", form).json()["scope"].split()
    Authorization.objects.update(scopes=["openid", "profile"])
    after = resource_server.call("/oauth2/v2.0/introspect", form).json()["scope"].split()
    assert set(after) < set(before)
    assert set(after) <= {"openid", "profile"}


def test_no_secret_and_no_token_is_kept_with_a_remembered_call(connected, resource_server):
    posted = {
        "token": connected["access_token"],
        "client_id": resource_server.client_id,
        "client_secret": resource_server.secret,
        "refresh_token": connected["refresh_token"],
        "anything": "x" * 5000,
    }
    assert resource_server.post("/oauth2/v2.0/introspect", posted).json()["active"]
    kept = repr(asked._known._held) + repr(reading._seen._held)
    assert resource_server.client_id in kept
    assert resource_server.secret not in kept
    assert connected["access_token"] not in kept
    assert connected["refresh_token"] not in kept
    assert "xxx" not in kept
