"""Revoking, restoring, exchanging and refreshing at once, on a database that really runs them at once."""

import pytest
from django.db import connection
from django.utils import timezone

from authorizations import usage
from authorizations.models import Authorization, AuthorizationCode, Connection, Receipt
from authorizations.services import export, receipts
from authorizations.services.keys import ring
from authorizations.services.restoring import NewerConsent, restore
from authorizations.services.revocation import revoke_authorization, revoke_authorizations
from tests import factories
from tests.authorizations.test_races_postgresql import alive, at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = pytest.mark.parametrize("turn", range(5))


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


def revoke(authorization):
    return revoke_authorization(authorization, by=authorization.person, reason="revoked", now=timezone.now())


def restored(alice):
    """Restores as soon as there is a receipt, as the quickest of people would."""
    for _ in range(400):
        receipt = Receipt.objects.first()
        if receipt is not None:
            return restore(receipt, by=alice, now=timezone.now())
    return None


def nothing_lives(payroll, resource_server, bodies):
    for body in bodies:
        assert not alive(body["access_token"])
        assert resource_server.introspect(body["access_token"]) == {"active": False}
        assert payroll.refresh(body["refresh_token"]).json()["error"] == "invalid_grant"


@TURNS
def test_nothing_survives_revoking_and_restoring_during_refresh_and_exchange(
    alice, alice_browser, payroll, resource_server, turn
):
    tokens = factories.connect(alice_browser, payroll)
    code = factories.approve(alice_browser, payroll)
    authorization = Authorization.objects.select_related("person", "application").get()
    done, back, exchanged, *refreshed = at_once(
        lambda: revoke(authorization),
        lambda: restored(alice),
        lambda: payroll.exchange(code),
        *[lambda: payroll.refresh(tokens["refresh_token"])] * 3,
    )
    assert done and {a.status_code for a in (exchanged, *refreshed)} <= {200, 400}
    if not back:
        assert restored(alice) == 1
    assert Authorization.objects.get().revoked_at is None
    issued = [tokens, *(a.json() for a in (exchanged, *refreshed) if a.status_code == 200)]
    nothing_lives(payroll, resource_server, issued)
    assert not Connection.objects.filter(revoked_at=None).exists()
    assert not AuthorizationCode.objects.filter(spent_at=None).exists()


@TURNS
def test_an_exchange_during_a_revocation_is_either_counted_or_refused(alice, alice_browser, payroll, turn):
    code = factories.approve(alice_browser, payroll)
    authorization = Authorization.objects.select_related("person", "application").get()
    _, exchanged = at_once(lambda: revoke(authorization), lambda: payroll.exchange(code))
    receipt = Receipt.objects.get()
    assert (receipt.connections, receipt.codes) == ((1, 0) if exchanged.status_code == 200 else (0, 1))


@TURNS
def test_of_parallel_restores_one_restores(alice, alice_browser, payroll, turn):
    factories.connect(alice_browser, payroll)
    revoke(Authorization.objects.select_related("person", "application").get())
    receipt = Receipt.objects.get()
    done = at_once(*[lambda: restore(receipt, by=alice, now=timezone.now())] * 6)
    assert sorted(done) == [0] * 5 + [1]


@TURNS
def test_restoring_and_approving_anew_leave_one_consent(alice, alice_browser, payroll, turn):
    factories.connect(alice_browser, payroll)
    revoke(Authorization.objects.select_related("person", "application").get())
    receipt, page = Receipt.objects.get(), alice_browser.get(payroll.request())

    def back():
        try:
            return restore(receipt, by=alice, now=timezone.now())
        except NewerConsent:
            return 0

    _, answer = at_once(back, lambda: factories.decide(alice_browser, page, "/oauth2/v2.0/authorize"))
    assert "code" in factories.answer_of(answer)
    assert Authorization.objects.filter(revoked_at=None).count() == 1


@TURNS
def test_two_sets_that_overlap_stop_each_service_once(alice, turn):
    made = [
        Authorization.objects.create(
            person=alice, application=factories.app(name=f"App {n}").app, scopes=[], granted_at=timezone.now()
        ).pk
        for n in range(12)
    ]
    halves = (made[:8], made[::-1][:8])
    stopped = at_once(
        *[
            lambda ids=ids: revoke_authorizations(alice, ids, by=alice, reason="revoked", now=timezone.now())
            for ids in halves
        ]
    )
    assert sum(r.services for r in stopped if r) == 12
    assert all(receipts.is_intact(r) for r in Receipt.objects.all())


@TURNS
def test_writing_last_used_times_does_not_lock_a_revocation_of_many(alice, turn):
    now = timezone.now()
    made = []
    for n in range(12):
        authorization = Authorization.objects.create(
            person=alice, application=factories.app(name=f"App {n}").app, scopes=[], granted_at=now
        )
        made.append(authorization.pk)
        opened = authorization.connections.create(
            scopes=[], refresh_digest=str(n), created_at=now, expires_at=factories.later(days=1)
        )
        usage.note_call(opened, "api", now)
    done, _ = at_once(
        lambda: revoke_authorizations(alice, made[::-1], by=alice, reason="revoked", now=timezone.now()), usage.flush
    )
    assert done.services == 12


@TURNS
def test_of_parallel_workers_one_makes_the_copy(alice, turn):
    made = export.request_export(alice, now=timezone.now())
    taken = [c for c in at_once(*[lambda: export.claim(now=timezone.now())] * 5) if c]
    assert len(taken) == 1 and taken[0][0] == made.pk


@TURNS
def test_two_clicks_at_once_ask_for_one_copy(alice, turn):
    made = at_once(*[lambda: export.request_export(alice, now=timezone.now()).pk] * 4)
    assert len(set(made)) == 1
