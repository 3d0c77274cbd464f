"""Each kill switch, at every kind of endpoint: what it refuses, in which words, and what it leaves alone."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.entra import Identity
from accounts.services import NobodyNew, sign_in
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationCode, Connection, PersonalAccessToken
from authorizations.services import personal_tokens, twins
from authorizations.switches import reading, turning
from authorizations.switches.models import Switch, SwitchPeriod
from oauthapps import services
from oauthapps.models import Application
from tests import factories, people, whys
from tests.api.conftest import program
from tests.api.test_delegatedauth_registrations import LEDGER
from tests.oauthapps.test_pages import FORM

LEGACY_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def olivia(db):
    return people.person("olivia")


@pytest.fixture
def turn(olivia):
    def on(switch, **said):
        values = {"by": olivia, "reason": "A leak is looked into.", "now": timezone.now()} | said
        return turning.turn_on(switch, **values)

    return on


@pytest.fixture
def legacy_tokens(alice_browser, legacy_app):
    return factories.connect(alice_browser, legacy_app)


def unavailable(response, code):
    """503 with when to come back, and where it is explained."""
    assert response.status_code == 503, (response.status_code, response.content[:300])
    assert int(response["Retry-After"]) > 0
    said = response.json()
    assert said.get("error") in {"temporarily_unavailable", "serverError"}
    assert whys.code_of(said["error_uri"]) == code
    return said


def bearer(token, path="/_apis/connectionData"):
    return Client().get(path, HTTP_AUTHORIZATION=f"Bearer {token}")


# Stop issuing


@pytest.mark.parametrize(
    ("switch", "code"), [(Switch.STOP_ISSUING, "issuing_stopped"), (Switch.READ_ONLY, "read_only")]
)
class TestNothingIsIssued:
    def test_codes_are_not_exchanged_and_not_spent(self, switch, code, alice_browser, payroll, turn, olivia):
        value = factories.approve(alice_browser, payroll)
        turn(switch)
        unavailable(payroll.exchange(value), code)
        assert AuthorizationCode.objects.get().spent_at is None
        turning.turn_off(switch, by=olivia, reason="The leak is closed.", now=timezone.now())
        assert payroll.exchange(value).status_code == 200

    def test_refresh_tokens_are_kept_for_later(self, switch, code, connected, payroll, turn, olivia):
        turn(switch)
        unavailable(payroll.refresh(connected["refresh_token"]), code)
        turning.turn_off(switch, by=olivia, reason="The leak is closed.", now=timezone.now())
        assert payroll.refresh(connected["refresh_token"]).status_code == 200

    def test_a_client_gets_no_token_of_its_own(self, switch, code, payroll, turn):
        turn(switch)
        unavailable(payroll.token(grant_type="client_credentials", scope="vso.profile"), code)

    def test_the_legacy_wire_says_it_in_its_own_shape(self, switch, code, legacy_app, legacy_tokens, turn):
        turn(switch)
        refused = legacy_app.legacy_token(grant_type="refresh_token", assertion=legacy_tokens["refresh_token"])
        assert unavailable(refused, code)["Error"] == "serverError"
        assert refused["Sunset"]

    def test_what_was_issued_goes_on(self, switch, code, connected, resource_server, turn):
        turn(switch)
        assert bearer(connected["access_token"]).status_code == 200
        assert bearer(connected["access_token"], "/oauth2/v2.0/userinfo").status_code == 200
        assert resource_server.introspect(connected["access_token"])["active"] is True
        assert resource_server.introspect(connected["refresh_token"])["active"] is False  # not the server's own

    def test_what_is_refused_for_good_is_said_as_that(self, switch, code, connected, payroll, turn):
        Connection.objects.update(revoked_at=timezone.now())
        turn(switch)
        refused = payroll.refresh(connected["refresh_token"])
        assert refused.status_code == 400 and refused.json()["error"] == "invalid_grant"

    def test_the_approval_page_explains_and_leads_back(self, switch, code, alice_browser, payroll, turn):
        turn(switch, until=timezone.now() + timedelta(minutes=10), told="We look into a leak.")
        page = alice_browser.get(payroll.request())
        text = page.content.decode()
        assert page.status_code == 503 and int(page["Retry-After"]) <= 600
        assert f'<code id="error-code">{code}</code>' in text and 'id="start-again"' in text
        assert "error=temporarily_unavailable" in text and "state=s1" in text
        assert "We look into a leak." in text  # the banner
        assert not AuthorizationCode.objects.exists()

    def test_without_a_page_the_service_is_told(self, switch, code, alice_browser, payroll, turn):
        turn(switch)
        answer = factories.answer_of(alice_browser.get(payroll.request(prompt="none")))
        assert answer["error"] == "temporarily_unavailable" and answer["state"] == "s1"
        assert whys.code_of(answer["error_uri"].partition("?")[0]) == code

    def test_an_open_approval_page_can_be_answered_later_and_refused_now(
        self, switch, code, alice_browser, payroll, turn, olivia
    ):
        page = alice_browser.get(payroll.request())
        turn(switch)
        path = "/oauth2/v2.0/authorize"
        assert factories.decide(alice_browser, page, path).status_code == 503
        assert not Authorization.objects.exists()
        assert factories.answer_of(factories.decide(alice_browser, page, path, "cancel"))["error"] == "access_denied"
        turning.turn_off(switch, by=olivia, reason="The leak is closed.", now=timezone.now())
        assert factories.answer_of(factories.decide(alice_browser, page, path))["code"]

    def test_no_personal_token_is_made_or_made_anew(self, switch, code, alice, turn):
        held = factories.personal_token(alice, "vso.profile").token
        turn(switch)
        with pytest.raises(personal_tokens.TokenRefused) as refused:
            factories.personal_token(alice, "vso.profile")
        assert whys.code_of(personal_tokens.why(refused.value, alice, timezone.now())) == code
        with pytest.raises(personal_tokens.TokenRefused):
            personal_tokens.regenerate(held, by=alice, replaces=held.version, now=timezone.now())
        assert PersonalAccessToken.objects.count() == 1

    def test_the_api_makes_no_personal_token(self, switch, code, alice, alice_browser, turn):
        factories.organization("contoso", alice)
        console = program(alice_browser)
        turn(switch)
        refused = Client().post(
            "/contoso/_apis/tokens/pats?api-version=7.1-preview.1",
            {"displayName": "New", "scope": "vso.profile"},
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {console.token}",
        )
        assert refused.status_code == 503 and int(refused["Retry-After"]) > 0
        assert refused.json()["typeKey"] == "VssServiceUnavailableException"
        assert whys.code_of(whys.rest(refused)) == code

    def test_the_page_for_personal_tokens_says_why(self, switch, code, alice_browser, turn):
        turn(switch)
        page = alice_browser.post(
            "/_usersSettings/tokens/new",
            {"name": "New", "scope-vso.profile": "on", "life": "30", "organization": "all"},
        )
        assert page.status_code in {400, 503} and f"/why/{code}" in page.content.decode()
        assert not PersonalAccessToken.objects.exists()


def test_stop_issuing_leaves_the_legacy_tokens_and_registrations_alone(legacy_tokens, alice, turn):
    turn(Switch.STOP_ISSUING)
    assert bearer(legacy_tokens["access_token"]).status_code == 200
    assert factories.app(name="Ledger").app.pk


# Stop the legacy model


def test_the_legacy_endpoints_and_tokens_are_paused(legacy_app, legacy_tokens, alice_browser, resource_server, turn):
    turn(Switch.STOP_LEGACY)
    refused = legacy_app.legacy_token(grant_type="refresh_token", assertion=legacy_tokens["refresh_token"])
    unavailable(refused, "legacy_stopped")
    page = alice_browser.get(legacy_app.legacy_request())
    assert page.status_code == 503 and "/why/legacy_stopped" in page.content.decode() and page["Sunset"]
    called = bearer(legacy_tokens["access_token"])
    assert called.status_code == 503 and "WWW-Authenticate" not in called
    assert whys.code_of(whys.rest(called)) == "legacy_stopped"
    assert resource_server.introspect(legacy_tokens["access_token"]) == {"active": False}


def test_the_standard_model_is_untouched_and_legacy_tokens_are_good_again(
    legacy_tokens, connected, payroll, turn, olivia
):
    turn(Switch.STOP_LEGACY)
    assert bearer(connected["access_token"]).status_code == 200
    assert payroll.refresh(connected["refresh_token"]).status_code == 200
    turning.turn_off(Switch.STOP_LEGACY, by=olivia, reason="The leak is closed.", now=timezone.now())
    assert bearer(legacy_tokens["access_token"]).status_code == 200


# Stop registrations


@pytest.mark.parametrize("switch", [Switch.STOP_REGISTRATIONS, Switch.READ_ONLY])
def test_no_way_registers_an_app(switch, dana, legacy_app, turn, tmp_path):
    browser = people.browser(dana)
    console = program(browser)
    before = Application.objects.count()
    turn(switch)
    page = browser.post("/app/register", FORM)
    words = "stopped the registration of apps" if switch is Switch.STOP_REGISTRATIONS else "nothing was changed"
    assert page.status_code in {400, 503} and words in page.content.decode()
    answer = console.put("/registration", LEDGER)
    assert answer.status_code == 503 and int(answer["Retry-After"]) > 0
    document = tmp_path / "app.json"
    document.write_text(
        '{"name": "Ledger", "company": "C", "redirect_uris": ["https://l.example/cb"], "scopes": ["vso.profile"]}'
    )
    with pytest.raises(CommandError, match="stopped the registration of apps"):
        call_command("register_app", str(document))
    with pytest.raises(services.RegistrationsStopped):
        twins.create_twin(legacy_app.app, by=dana, now=timezone.now())
    assert Application.objects.count() == before


def test_apps_that_are_here_are_changed_while_registrations_are_stopped(payroll, turn):
    turn(Switch.STOP_REGISTRATIONS)
    said = services.values(payroll.app) | {"redirect_uris": payroll.app.callbacks, "description": "Pays people."}
    services.change(payroll.app, services.Registration(**said), by=None, now=timezone.now())
    services.create_secret(payroll.app, slot="alternative", by=None, now=timezone.now())


# Read-only


def test_pages_are_read_and_nothing_is_saved(alice, alice_browser, connected, turn):
    authorization = Authorization.objects.get()
    turn(Switch.READ_ONLY)
    one = f"/_usersSettings/authorizations/{authorization.pk}"
    assert alice_browser.get(one).status_code == 200
    for path in (f"{one}/note", f"{one}/renew", f"{one}/end", "/_usersSettings/notifications/mail"):
        refused = alice_browser.post(path, {"note": "mine"})
        assert refused.status_code == 503 and "/why/read_only" in refused.content.decode(), path
    authorization.refresh_from_db()
    assert authorization.note == ""


def test_stopping_a_service_works_by_page_mail_api_and_client(alice, alice_browser, payroll, connected, turn):
    """Whoever has to stop a service must never be told to come back later."""
    turn(Switch.READ_ONLY)
    given = payroll.call("/oauth2/v2.0/revoke", {"token": connected["refresh_token"]})
    assert given.status_code == 200 and Connection.objects.get().revoked_at is not None
    authorization = Authorization.objects.get()
    assert alice_browser.post(f"/_usersSettings/authorizations/{authorization.pk}/revoke").status_code == 302
    authorization.refresh_from_db()
    assert authorization.revoked_at is not None
    assert (
        Client().post("/secrets/report", "{}", content_type="application/json").status_code == 400
    )  # read, not refused


def test_a_personal_token_is_ended_by_page_and_api(alice, alice_browser, turn):
    factories.organization("contoso", alice)
    console = program(alice_browser)
    first, second = factories.personal_token(alice), factories.personal_token(alice)
    turn(Switch.READ_ONLY)
    path = f"/contoso/_apis/tokens/pats?api-version=7.1-preview.1&authorizationId={first.token.pk}"
    assert Client().delete(path, HTTP_AUTHORIZATION=f"Bearer {console.token}").status_code == 204
    alice_browser.post(f"/_usersSettings/tokens/{second.token.pk}/revoke")
    assert not PersonalAccessToken.objects.live(timezone.now()).exists()


def test_known_people_sign_in_and_nobody_new_comes_in(alice, turn):
    turn(Switch.READ_ONLY)
    known = Identity(alice.tenant_id, alice.object_id, "Another Name", "a@example.test", "", None)
    assert sign_in(known, now=timezone.now()) == alice
    alice.refresh_from_db()
    assert alice.display_name == "Alice"
    with pytest.raises(NobodyNew):
        sign_in(Identity(people.FABRIKAM, people.CONTOSO, "New", "n@example.test", "", None), now=timezone.now())


def test_open_data_is_served(turn):
    turn(Switch.READ_ONLY)
    for path in (
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/health/ready",
        "/signin",
        "/receipts/verify",
    ):
        assert Client().get(path).status_code == 200, path
    assert Client().post("/receipts/verify", {"text": "x"}).status_code == 422


def test_operations_search_while_nothing_is_saved(olivia, turn):
    """Whoever looks into an incident needs the search most just then; it is sent by POST and changes nothing."""
    browser = people.operations_browser()
    turn(Switch.READ_ONLY)
    found = browser.post("/admin/find", {"q": "alice"})
    assert found.status_code == 302 and found["Location"] == "/admin/find?q=alice"


# Turning


def test_each_turn_is_a_row_and_an_event(turn, olivia):
    made = turn(Switch.STOP_ISSUING, told="We look into a leak.")
    assert turning.turn_off(Switch.STOP_ISSUING, by=olivia, reason="The leak is closed.", now=timezone.now())
    assert not turning.turn_off(Switch.STOP_ISSUING, by=olivia, reason="The leak is closed.", now=timezone.now())
    made.refresh_from_db()
    assert (made.turned_on_by, made.turned_off_by, made.off_reason) == (olivia, olivia, "The leak is closed.")
    on, off = Event.objects.filter(name="switch.turned").order_by("pk")
    assert on.subject_id == off.subject_id == "stop_issuing" and on.actor_name == off.actor_name == "Olivia"
    assert (on.detail["on"], off.detail["on"]) == (True, False) and on.detail["reason"] == "A leak is looked into."


def test_a_switch_is_on_once(turn):
    first = turn(Switch.READ_ONLY)
    with pytest.raises(turning.TurnRefused, match="on already"):
        turn(Switch.READ_ONLY)
    second = turn(Switch.READ_ONLY, seen=first.pk, reason="For longer than we thought.")
    with pytest.raises(turning.TurnRefused, match="on already"):
        turn(Switch.READ_ONLY, seen=first.pk)
    assert SwitchPeriod.objects.standing().get() == second


def test_an_end_that_was_said_comes_by_the_clock_and_is_written_down(turn, payroll, connected, clock):
    now = timezone.now()
    turn(Switch.STOP_ISSUING, until=now + timedelta(minutes=5))
    assert payroll.refresh(connected["refresh_token"]).status_code == 503
    clock.stands_at(now + timedelta(minutes=5))
    assert payroll.refresh(connected["refresh_token"]).status_code == 200
    assert turning.close_over(now + timedelta(minutes=5)) == 1
    assert turning.close_over(now + timedelta(minutes=5)) == 0
    period = SwitchPeriod.objects.get()
    assert period.turned_off_at == period.until and Event.objects.filter(name="switch.turned").count() == 2
    turn(Switch.STOP_ISSUING)  # and it can be turned on again


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("reason", {"reason": "leak"}),
        ("reason", {"reason": "x" * 501}),
        ("told", {"told": "x" * 301}),
        ("until", {"until": timezone.now() - timedelta(minutes=1)}),
        ("until", {"until": timezone.now() + timedelta(days=31)}),
    ],
)
def test_a_turn_says_why_and_ends_in_time(field, said, turn):
    with pytest.raises(turning.TurnRefused) as refused:
        turn(Switch.READ_ONLY, **said)
    assert refused.value.field == field and not SwitchPeriod.objects.exists()


def test_health_says_what_is_on(turn):
    assert Client().get("/health/ready").json()["switches"] == []
    turn(Switch.READ_ONLY)
    turn(Switch.STOP_ISSUING, until=timezone.now() + timedelta(hours=1))
    assert reading.live(timezone.now())
    ready = Client().get("/health/ready")
    said = {found["switch"]: found["until"] for found in ready.json()["switches"]}
    assert ready.status_code == 200 and set(said) == {"stop_issuing", "read_only"}
    assert said["read_only"] is None and said["stop_issuing"].endswith("Z")


def test_every_page_carries_the_banner(alice_browser, turn):
    turn(Switch.STOP_ISSUING, told="We look into a leak.")
    olivia_browser = people.operations_browser()
    for browser, path in (
        (Client(), "/"),
        (Client(), "/signin"),
        (alice_browser, "/_usersSettings/authorizations"),
        (olivia_browser, "/admin/"),
        (olivia_browser, "/admin/authorizations/authorization/"),
    ):
        text = browser.get(path).content.decode()
        assert 'data-switch="issuing_stopped"' in text and "We look into a leak." in text, path
        assert "A leak is looked into." not in text  # the reason is for operations


@pytest.mark.django_db
def test_the_command_turns_and_lists():
    out = io.StringIO()
    call_command("switch", "read-only", "on", "--reason", "The web is down.", "--minutes", "30", stdout=out)
    assert "read-only is on" in out.getvalue()
    call_command("switch", stdout=out)
    assert "read-only: ON since" in out.getvalue() and "stop-issuing: off" in out.getvalue()
    with pytest.raises(CommandError, match="on already"):
        call_command("switch", "read-only", "on", "--reason", "The web is down.")
    call_command("switch", "read-only", "off", "--reason", "The web is back.", stdout=out)
    with pytest.raises(CommandError, match="off already"):
        call_command("switch", "read-only", "off", "--reason", "The web is back.")
    with pytest.raises(CommandError, match="Say why"):
        call_command("switch", "stop-legacy", "on")
    assert "command line" in SwitchPeriod.objects.get().reason
