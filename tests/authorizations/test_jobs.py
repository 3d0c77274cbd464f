"""Jobs may run twice, usage is written late, and events never hold a secret."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from authorizations import tasks, usage
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationCode, Connection, RevokedAccessToken
from oauthapps.models import ApplicationSecret
from tests import factories


def use(token):
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}")


def test_last_used_is_written_by_the_flush_and_not_before(connected):
    assert use(connected["access_token"]).status_code == 200
    assert Authorization.objects.get().last_used_at is None
    tasks.flush_usage()
    assert Authorization.objects.get().last_used_at and Connection.objects.get().last_used_at
    assert ApplicationSecret.objects.get().last_used_at


def test_last_used_only_moves_forward(connected):
    ahead = timezone.now() + timedelta(hours=1)
    Authorization.objects.update(last_used_at=ahead)
    use(connected["access_token"])
    usage.flush()
    assert Authorization.objects.get().last_used_at == ahead
    assert usage.flush() == 0


def test_a_refused_call_is_no_use(connected):
    Authorization.objects.update(revoked_at=timezone.now())
    usage.flush()
    assert use(connected["access_token"]).status_code == 401
    usage.flush()
    assert Authorization.objects.get().last_used_at is None


def test_expired_authorizations_are_closed_once(connected):
    assert tasks.expire_authorizations() == 0
    Authorization.objects.update(expires_at=timezone.now())
    assert use(connected["access_token"]).status_code == 401
    assert (tasks.expire_authorizations(), tasks.expire_authorizations()) == (1, 0)
    assert Authorization.objects.get().reason == "expired"
    assert Event.objects.filter(name="authorization.expired").count() == 1


def test_a_new_approval_after_the_end_starts_a_new_authorization(alice_browser, payroll, connected):
    Authorization.objects.update(expires_at=timezone.now())
    factories.connect(alice_browser, payroll)
    assert sorted(Authorization.objects.values_list("reason", flat=True)) == ["", "expired"]


def test_the_sweep_keeps_what_still_matters(payroll, connected):
    RevokedAccessToken.objects.create(expires_at=factories.later(minutes=5))
    assert tasks.sweep() == 0
    AuthorizationCode.objects.update(expires_at=timezone.now() - timedelta(hours=2))
    RevokedAccessToken.objects.create(expires_at=timezone.now() - timedelta(minutes=1))
    assert (tasks.sweep(), tasks.sweep()) == (2, 0)
    assert RevokedAccessToken.objects.count() == 1 and Connection.objects.count() == 1
    assert use(connected["access_token"]).status_code == 200


def test_events_never_hold_a_secret(alice_browser, payroll, legacy_app):
    code = factories.approve(alice_browser, payroll)
    tokens = payroll.exchange(code).json()
    fresh = payroll.refresh(tokens["refresh_token"]).json()
    own = payroll.token(grant_type="client_credentials").json()
    old = factories.connect(alice_browser, legacy_app)
    payroll.exchange(code)
    payroll.call("/oauth2/v2.0/revoke", {"token": fresh["refresh_token"]})
    payroll.call("/oauth2/v2.0/revoke", {"token": own["access_token"]})
    text = "\n".join(str(row) for row in Event.objects.values())
    secrets = [code, payroll.secret, legacy_app.secret, factories.VERIFIER]
    secrets += [
        b[k] for b in (tokens, fresh, own, old) for k in ("access_token", "refresh_token", "id_token") if k in b
    ]
    assert Event.objects.count() > 8 and not [s for s in secrets if s in text or s.split(".")[-1] in text]


def test_what_happened_is_in_the_log_with_its_names(alice, alice_browser, payroll):
    tokens = factories.connect(alice_browser, payroll)
    payroll.refresh(tokens["refresh_token"])
    names = list(Event.objects.filter(person_id=str(alice.pk)).order_by("id").values_list("name", flat=True))
    assert names == ["authorization.granted", "authorization_code.issued", "connection.created", "token.refreshed"]
    row = Event.objects.get(name="connection.created")
    assert row.app_id == payroll.client_id and row.app_name == "Payroll" and row.request_id
