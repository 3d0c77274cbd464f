"""What happens often: counted beside the calls, told once an hour and thing, and bounded whoever calls."""

import base64
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import noticing, usage
from authorizations.events.context import RequestFacts, remember
from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.models import Noticed, OrganizationRefusal
from authorizations.noticing import gathering, writing
from authorizations.protocol.http import json_answer
from portal import machine
from tests import factories

NOON = datetime(2026, 11, 26, 12, 0, 5, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


def events(kind):
    return list(Event.objects.filter(name=kind).order_by("pk"))


def refuse(now=NOON, address="203.0.113.7", **said):
    remember(RequestFacts(address=address))
    noticing.refused(Kind.TOKEN_REFUSED, **({"endpoint": "token", "reason": "code_unknown"} | said), now=now)


def test_a_stopped_service_that_keeps_knocking_is_two_events_an_hour(db):
    for second in range(50):
        refuse(NOON + timedelta(seconds=second))
    noticing.flush()
    (first,) = events(Kind.TOKEN_REFUSED)
    assert first.detail["calls"] == 50 and first.address == "203.0.113.7" and first.at == NOON + timedelta(seconds=49)
    for turn in range(10):
        refuse(NOON + timedelta(minutes=turn))
        noticing.flush()
    assert len(events(Kind.TOKEN_REFUSED)) == 1
    assert noticing.tell_over(NOON + timedelta(minutes=30)) == 0
    assert noticing.tell_over(NOON + timedelta(hours=1, minutes=3)) == 1
    _, rest = events(Kind.TOKEN_REFUSED)
    assert rest.detail["calls"] == 10 and not Noticed.objects.exists()
    assert noticing.tell_over(NOON + timedelta(hours=2)) == 0 and len(events(Kind.TOKEN_REFUSED)) == 2
    refuse(NOON + timedelta(hours=1))
    noticing.flush()
    assert events(Kind.TOKEN_REFUSED)[2].detail["calls"] == 1  # a new hour is news again


def test_strangers_from_any_number_of_addresses_cannot_fill_the_log(db):
    for hour_turn in range(12):
        for number in range(300):
            refuse(address=f"2001:db8::{hour_turn:x}:{number:x}", reason="client_not_recognized")
        assert len(noticing.gathered._found) <= gathering.MOST_UNPROVED + 1
        noticing.flush()
    found = events(Kind.TOKEN_REFUSED)
    assert len(found) <= writing.MOST_UNPROVED + 1
    noticing.tell_over(NOON + timedelta(hours=2))
    everything = events(Kind.TOKEN_REFUSED)
    assert sum(e.detail["calls"] for e in everything) == 12 * 300  # none is forgotten
    others = [e for e in everything if e.detail.get("others")]
    assert others and all(e.address == "" for e in others)


def test_two_workers_tell_it_once(db):
    refuse()
    gathered = noticing.gathered.drain()
    writing.write(gathered)
    writing.write(gathered)
    assert [e.detail["calls"] for e in events(Kind.TOKEN_REFUSED)] == [1]
    assert Noticed.objects.get().calls == 2


def test_an_app_is_named_and_a_claimed_one_only_if_its_secret_row_is_known(payroll):
    wrong = base64.b64encode(f"{payroll.client_id}:{payroll.secret[:-1]}x".encode()).decode()
    made_up = base64.b64encode(b"no-such-client:aaaa.bbbb").decode()
    body = urlencode({"grant_type": "client_credentials"})
    for value in (wrong, made_up):
        header = {"HTTP_AUTHORIZATION": f"Basic {value}"}
        assert Client().post("/oauth2/v2.0/token", body, content_type=FORM, **header).status_code == 401
    payroll.token(grant_type="authorization_code", code="unknown", redirect_uri=factories.CALLBACK)
    noticing.flush()
    told = {(e.app_name, e.detail["reason"]) for e in events(Kind.TOKEN_REFUSED)}
    assert told == {("Payroll", "client_not_recognized"), ("", "client_not_recognized"), ("Payroll", "code_unknown")}
    assert not any(payroll.secret[-12:] in str(e.detail) or "no-such" in str(e.__dict__) for e in Event.objects.all())


def test_introspections_say_which_resource_server_asked_about_which_app(connected, payroll, resource_server):
    for _ in range(3):
        assert resource_server.introspect(connected["access_token"])["active"]
    assert not resource_server.introspect("nonsense")["active"]
    noticing.flush()
    good, bad = sorted(events(Kind.TOKEN_INTROSPECTED), key=lambda e: e.detail["reason"])
    assert (good.app_name, good.detail["resource_server_name"], good.detail["calls"]) == ("Payroll", "API", 3)
    assert (bad.app_name, bad.detail["reason"], bad.detail["calls"]) == ("", "inactive", 1)


def test_noticing_costs_the_call_no_statement(connected, resource_server):
    resource_server.introspect(connected["access_token"])
    if connection.vendor == "postgresql":
        with CaptureQueriesContext(
            connection,
        ) as seen:
            resource_server.introspect(connected["access_token"])
        assert len(seen) == 1


def test_calls_refused_to_the_api_and_at_userinfo_are_told_and_counted_for_the_organization(
    alice, alice_browser, payroll
):
    contoso = factories.organization("contoso", alice)
    tokens = factories.connect(alice_browser, payroll)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert Client().get(f"/{contoso.slug}/_apis/tokenadmin/personalaccesstokens/x", headers=header).status_code == 403
    assert Client().get("/oauth2/v2.0/userinfo").status_code == 401
    noticing.flush()
    told = {(e.detail["endpoint"], e.detail["reason"], e.app_name) for e in events(Kind.CALL_REFUSED)}
    assert ("userinfo", "token_missing", "") in told
    assert ("api", "insufficient_scope", "Payroll") in told


def test_what_an_organization_refused_is_counted_by_reason_and_app(alice, db):
    contoso = factories.organization("contoso", alice)
    for _ in range(4):
        refuse(reason="third_party_access_off", organization=contoso, app_id="payroll-id")
    noticing.flush()
    row = OrganizationRefusal.objects.get()
    assert (row.organization_id, row.reason, row.app_id, row.calls) == (
        contoso.pk,
        "third_party_access_off",
        "payroll-id",
        4,
    )
    refuse(reason="third_party_access_off", organization=contoso, app_id="payroll-id")
    noticing.flush()
    assert OrganizationRefusal.objects.get().calls == 5
    assert events(Kind.TOKEN_REFUSED)[0].organization_name == str(contoso)


def test_calls_beyond_a_limit_are_told(db, monkeypatch):
    answer = json_answer({"error": "too_many"}, 429)
    monkeypatch.setattr(machine, "BEFORE", [lambda *_: answer])
    Client().post("/oauth2/v2.0/token")
    noticing.flush()
    (told,) = events(Kind.CALL_REFUSED)
    assert (told.detail["endpoint"], told.detail["reason"]) == ("token", "too_many_requests")


def test_the_approval_page_that_was_shown_is_known_afterwards(alice_browser, alice, payroll):
    assert alice_browser.get(payroll.request()).status_code == 200
    noticing.flush()
    (shown,) = events(Kind.CONSENT_SHOWN)
    assert (shown.person_name, shown.app_name) == (str(alice), "Payroll")


def test_a_request_for_authorization_that_is_refused_is_told(alice_browser, payroll):
    alice_browser.get(
        "/oauth2/v2.0/authorize", {"client_id": payroll.client_id, "redirect_uri": "https://evil.example/"}
    )
    noticing.flush()
    (refused,) = events(Kind.AUTHORIZATION_REFUSED)
    assert refused.detail["endpoint"] == "authorize" and refused.detail["reason"]
    assert "evil" not in str(refused.detail)


def test_a_database_that_is_away_costs_no_call_and_what_was_noticed_is_kept(db, monkeypatch, caplog):
    def away(*_):
        raise DatabaseError

    refuse()
    with monkeypatch.context() as patch:
        patch.setattr("authorizations.noticing.write", away)
        turn = threading.Thread(target=noticing.gathered._turn)
        turn.start()
        turn.join()
    assert "could not be written: DatabaseError" in caplog.text
    refuse()
    noticing.flush()
    assert [e.detail["calls"] for e in events(Kind.TOKEN_REFUSED)] == [2]


def test_the_first_use_of_a_secret_is_told_once(payroll):
    for _ in range(2):
        payroll.token(grant_type="client_credentials", scope="vso.profile")
        usage.flush()
    (used,) = events(Kind.SECRET_FIRST_USED)
    assert used.app_name == "Payroll" and used.detail == {"key_id": payroll.secret.split(".")[0]}
    assert used.address == "127.0.0.1"


def test_signing_out_is_told(alice_browser, alice):
    alice_browser.post("/signout")
    (out,) = events(Kind.PERSON_SIGNED_OUT)
    assert out.actor_id == str(alice.pk)
    Client().post("/signout")
    assert len(events(Kind.PERSON_SIGNED_OUT)) == 1


def test_gathering_costs_microseconds():
    remember(RequestFacts(address="203.0.113.7"))
    now, began = timezone.now(), time.perf_counter()
    for _ in range(5000):
        noticing.introspected(active=True, app_id="payroll", now=now)
    assert (time.perf_counter() - began) / 5000 < 60e-6
    noticing.gathered.drain()
