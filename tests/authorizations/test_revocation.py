"""What ends with a revocation, what the receipt says of it, and the first call that is refused afterwards."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import usage
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationCode, Connection, Receipt, ReceiptItem
from authorizations.services import receipts
from authorizations.services.revocation import revoke_authorization, revoke_authorizations, revoke_connection
from tests import factories


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


def revoke(authorization, by=None, **more):
    return revoke_authorization(
        authorization, by=by or authorization.person, reason="revoked", now=more.get("now", timezone.now())
    )


def use(token, http):
    return http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}")


def many(person, count, **more):
    """`count` more services of the person, each with one connection."""
    now = timezone.now()
    made = []
    for n in range(count):
        authorization = Authorization.objects.create(
            person=person,
            application=factories.app(name=f"App {n}").app,
            scopes=["vso.profile"],
            granted_at=now,
            **more,
        )
        authorization.connections.create(
            scopes=[], refresh_digest=str(n), created_at=now, expires_at=now + timedelta(days=9)
        )
        made.append(authorization)
    return made


def test_the_receipt_counts_what_was_stopped(alice, alice_browser, payroll, alices):
    factories.connect(alice_browser, payroll)
    factories.approve(alice_browser, payroll)
    now = timezone.now()
    assert revoke(alices, now=now)
    receipt = Receipt.objects.get()
    assert (receipt.person, receipt.actor_id, receipt.at) == (alice, str(alice.pk), now)
    assert (receipt.services, receipt.connections, receipt.codes, receipt.fresh_connections) == (1, 2, 1, 2)
    assert now < receipt.access_tokens_end_at <= now + timedelta(hours=1)
    item = receipt.items.get()
    assert (item.app_name, item.connections, item.codes) == ("Payroll", 2, 1)
    assert Event.objects.get(name="authorization.revoked").detail["receipt"] == receipt.reference


def test_what_was_over_before_is_not_counted(alices):
    Connection.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    AuthorizationCode.objects.create(
        digest="d", authorization=alices, redirect_uri="x", created_at=timezone.now(), expires_at=timezone.now()
    )
    revoke(alices)
    receipt = Receipt.objects.get()
    assert (receipt.connections, receipt.codes, receipt.fresh_connections) == (0, 0, 0)
    assert receipt.access_tokens_end_at is None


def test_an_access_token_that_had_ended_by_itself_is_not_counted(alices):
    Connection.objects.update(created_at=timezone.now() - timedelta(hours=3))
    revoke(alices)
    receipt = Receipt.objects.get()
    assert (receipt.connections, receipt.fresh_connections, receipt.access_tokens_end_at) == (1, 0, None)


def test_connections_and_codes_are_closed_with_the_authorization(alice_browser, payroll, alices):
    factories.approve(alice_browser, payroll)
    revoke(alices)
    assert not Connection.objects.filter(revoked_at=None).exists()
    assert not AuthorizationCode.objects.filter(spent_at=None).exists()


def test_a_code_closed_by_a_revocation_is_no_replay(alice_browser, payroll, alices):
    code = factories.approve(alice_browser, payroll)
    revoke(alices)
    assert payroll.exchange(code).json()["error"] == "invalid_grant"
    assert not Event.objects.filter(name="authorization_code.replayed").exists()


def test_a_second_revocation_makes_no_second_receipt(alices):
    assert revoke(alices) and not revoke(alices)
    assert Receipt.objects.count() == 1


def test_references_are_short_readable_and_different():
    made = {receipts.new_reference() for _ in range(500)}
    assert len(made) == 500 and all(len(r) == 11 and not set(r[2:]) & set("01IOLU") for r in made)


def test_a_taken_reference_is_not_used_twice(alice, monkeypatch):
    answers = iter(["R-AAAA-AAAA", "R-AAAA-AAAA", "R-BBBB-BBBB"])
    monkeypatch.setattr(receipts, "new_reference", lambda: next(answers))
    for expected in ("R-AAAA-AAAA", "R-BBBB-BBBB"):
        made = receipts.start(alice, Receipt.What.SERVICE, by=alice, reason="", now=timezone.now())
        assert made.reference == expected


@pytest.mark.parametrize("change", [{"connections": 7}, {"actor_name": "Mallory"}, {"at": timezone.now()}])
def test_an_edited_receipt_no_longer_fits_its_seal(alices, change):
    revoke(alices)
    assert receipts.is_intact(Receipt.objects.get())
    Receipt.objects.update(**change)
    assert not receipts.is_intact(Receipt.objects.get())


def test_an_edited_item_no_longer_fits_the_seal(alices):
    revoke(alices)
    ReceiptItem.objects.update(app_name="Something else")
    assert not receipts.is_intact(Receipt.objects.get())


def test_a_set_is_stopped_with_one_receipt_and_one_event_each(alice, charlie):
    made = many(alice, 3)
    others = many(charlie, 1)[0]
    ids = [a.pk for a in made] + [others.pk, uuid.uuid4()]
    receipt = revoke_authorizations(
        alice, ids, by=alice, reason="revoked", now=timezone.now(), what=Receipt.What.SET, selection="all"
    )
    assert (receipt.services, receipt.connections) == (3, 3) and receipt.items.count() == 3
    assert receipts.is_intact(Receipt.objects.get())
    assert Event.objects.filter(name="authorization.revoked").count() == 3
    others.refresh_from_db()
    assert others.revoked_at is None


def test_batches_share_one_receipt(alice, monkeypatch):
    monkeypatch.setattr("authorizations.services.revocation.BATCH", 2)
    ids = [a.pk for a in many(alice, 5)]
    receipt = revoke_authorizations(alice, ids, by=alice, reason="revoked", now=timezone.now())
    assert Receipt.objects.get() == receipt and (receipt.services, receipt.items.count()) == (5, 5)
    assert receipts.is_intact(Receipt.objects.get())


def test_stopping_thirty_costs_as_many_statements_as_stopping_three(alice):
    def cost(ids):
        with CaptureQueriesContext(connection) as captured:
            revoke_authorizations(alice, ids, by=alice, reason="revoked", now=timezone.now())
        return len(captured)

    made = [a.pk for a in many(alice, 33)]
    assert cost(made[:3]) == cost(made[3:]) <= 18


def test_a_connection_that_a_person_ends_has_a_receipt_of_its_own(alice, alices):
    ended = Connection.objects.select_related("authorization__person", "authorization__application").get()
    assert revoke_connection(ended, by=alice, reason="revoked", now=timezone.now())
    receipt = receipts.of_connection(alice, ended.pk)
    assert (receipt.what, receipt.services, receipt.connections) == ("connection", 1, 1)
    alices.refresh_from_db()
    assert alices.revoked_at is None and receipts.is_intact(receipt)


def test_a_connection_that_the_portal_ends_has_no_receipt(alices):
    ended = Connection.objects.select_related("authorization__person", "authorization__application").get()
    assert revoke_connection(ended, by=None, reason="refresh token reused", now=timezone.now())
    assert not Receipt.objects.exists()


# The first refused call.


def refused():
    usage.flush()
    item = ReceiptItem.objects.get()
    return item.first_refused_at, item.first_refused_call


def test_the_first_refused_call_of_the_api_is_on_the_receipt(payroll, connected, alices):
    revoke(alices)
    assert refused() == (None, "")
    before = timezone.now()
    assert use(connected["access_token"], payroll.http).status_code == 401
    at, call = refused()
    assert before <= at <= timezone.now() and call == "api"


def test_of_many_refused_calls_the_first_counts(payroll, connected, alices):
    revoke(alices)
    payroll.refresh(connected["refresh_token"])
    between = timezone.now()
    use(connected["access_token"], payroll.http)
    assert refused()[1] == "refresh" and refused()[0] < between
    use(connected["access_token"], payroll.http)
    assert refused()[1] == "refresh"


@pytest.mark.parametrize("call", ["introspect", "introspect a refresh token", "userinfo", "refresh", "code"])
def test_each_kind_of_call_can_be_the_first(alice_browser, payroll, resource_server, connected, alices, call):
    code = factories.approve(alice_browser, payroll)
    revoke(alices)
    if call == "introspect":
        assert resource_server.introspect(connected["access_token"]) == {"active": False}
    elif call == "introspect a refresh token":
        assert payroll.introspect(connected["refresh_token"]) == {"active": False}
    elif call == "userinfo":
        bearer = f"Bearer {connected['access_token']}"
        assert payroll.http.get("/oauth2/v2.0/userinfo", HTTP_AUTHORIZATION=bearer).status_code == 401
    elif call == "refresh":
        assert payroll.refresh(connected["refresh_token"]).status_code == 400
    else:
        assert payroll.exchange(code).status_code == 400
    assert refused()[1] == call.split()[0]


def test_a_legacy_call_is_noted_as_well(alice_browser, legacy_app):
    tokens = factories.connect(alice_browser, legacy_app)
    revoke(Authorization.objects.select_related("person", "application").get())
    answer = legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"])
    assert answer.status_code == 400 and refused()[1] == "refresh"


def test_a_refused_call_of_an_ended_connection_is_on_its_receipt(alice, payroll, connected, alices):
    ended = Connection.objects.select_related("authorization__person", "authorization__application").get()
    revoke_connection(ended, by=alice, reason="revoked", now=timezone.now())
    use(connected["access_token"], payroll.http)
    assert refused()[1] == "api"


def test_an_earlier_refusal_that_is_written_later_still_wins(alices):
    now = timezone.now()
    revoke(alices, now=now - timedelta(minutes=1))
    open_connection = Connection.objects.select_related("authorization").get()
    for at in (now, now - timedelta(seconds=30), now - timedelta(seconds=10)):
        usage.note_refusal(alices, open_connection, "api", at)
        usage.flush()
    assert refused()[0] == now - timedelta(seconds=30)


def test_a_refusal_of_before_belongs_to_another_revocation(alices):
    now = timezone.now()
    revoke(alices, now=now)
    usage.note_refusal(alices, None, "api", now - timedelta(minutes=1))
    assert refused() == (None, "")


def test_a_clock_that_is_a_second_behind_loses_no_proof(alices):
    now = timezone.now()
    revoke(alices, now=now)
    usage.note_refusal(alices, None, "api", now - timedelta(seconds=1))
    assert refused() == (now, "api")


def test_a_refusal_costs_no_statement_more_than_an_answer(payroll, connected, alices):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            use(connected["access_token"], payroll.http)
        return len(captured)

    before = cost()
    revoke(alices)
    assert cost() <= before


def test_knocking_again_and_again_costs_the_flush_one_statement(alices):
    revoke(alices)
    usage.note_refusal(alices, None, "api", timezone.now())
    usage.flush()
    usage.note_refusal(alices, None, "api", timezone.now())
    with CaptureQueriesContext(connection) as captured:
        usage.flush()
    assert len([q for q in captured if "SAVEPOINT" not in q["sql"]]) == 1
