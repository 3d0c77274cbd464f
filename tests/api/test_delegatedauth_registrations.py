"""A program registers, reads and changes its person's apps, and nobody else's."""

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import deactivate
from authorizations.events.models import Event
from oauthapps.models import Application, ApplicationLogo, ApplicationSecret
from tests import factories, people
from tests.api.conftest import AREA, program

PATH = "/registration"
LEDGER = {
    "registrationName": "Ledger",
    "registrationDescription": "Keeps the books",
    "registrationLocation": "https://ledger.example/",
    "registrationTermsOfServiceLocation": "https://ledger.example/terms",
    "registrationPrivacyStatementLocation": "https://ledger.example/privacy",
    "organizationName": "Contoso Ltd",
    "redirectUris": ["https://ledger.example/callback", "http://localhost:5000/callback"],
    "responseTypes": "Code",
    "scopes": "openid vso.profile vso.work",
    "optionalScopes": "vso.work",
    "clientType": "confidential",
}
FIELDS = {
    *LEDGER, "registrationId", "organizationLocation", "identityId", "isValid", "validFrom", "secretValidTo",
    "secretVersionId", "revision", "registrationLogoSecureLocation",
}  # fmt: skip


def made(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def danas(dana):
    return program(people.browser(dana), name="Dana's console")


@pytest.fixture
def ledger(danas):
    return made(danas.put(PATH, LEDGER))


def test_dana_registers_an_app_and_its_secret_works(dana, danas):
    said = made(danas.put(PATH, LEDGER))
    app = Application.objects.get(client_id=said["registrationId"])
    assert set(said) == FIELDS | {"secret"} and said["isValid"] is True and said["identityId"] == str(dana.pk)
    assert {name: said[name] for name in LEDGER} == LEDGER | {"scopes": "openid vso.profile vso.work"}
    assert (app.scopes, app.optional_scopes) == (["openid", "vso.profile"], ["vso.work"])
    assert list(app.owners.all()) == [dana]
    assert Event.objects.get(name="app.registered", app_id=app.client_id).actor_id == str(dana.pk)
    assert factories.TestApp(app, said["secret"]).token(grant_type="client_credentials").status_code == 200


def test_the_secret_is_in_that_answer_and_nowhere_else(danas, ledger):
    for answer in (
        danas.get(PATH),
        danas.get(f"{PATH}/{ledger['registrationId']}"),
        danas.post(PATH, ledger_id(ledger)),
    ):
        assert answer.status_code == 200 and ledger["secret"] not in answer.content.decode()
        assert '"secret"' not in answer.content.decode()


def ledger_id(ledger, **more):
    return {"registrationId": ledger["registrationId"]} | more


def test_a_public_app_has_no_secret(danas):
    said = made(danas.put(PATH, LEDGER | {"clientType": "public"}))
    assert said["clientType"] == "public" and "secret" not in said and "secretValidTo" not in said
    assert not ApplicationSecret.objects.filter(application__client_id=said["registrationId"]).exists()


@pytest.mark.parametrize("number", [0, 1])
def test_the_client_type_may_be_a_number_as_one_sdk_writes_it(danas, number):
    assert made(danas.put(PATH, LEDGER | {"clientType": number}))["clientType"] == ["confidential", "public"][number]


def test_no_legacy_app_is_registered_after_the_cutoff(danas):
    answer = danas.put(PATH, LEDGER | {"responseTypes": "Assertion", "scopes": "vso.work", "optionalScopes": ""})
    assert answer.status_code == 400 and "responseTypes: Registration of legacy apps closed" in answer.json()["message"]
    assert not Application.objects.filter(name="Ledger").exists()


def test_a_legacy_app_may_be_registered_until_the_cutoff(danas, settings):
    settings.LEGACY_REGISTRATION_CUTOFF = timezone.now() + timezone.timedelta(minutes=1)
    said = made(danas.put(PATH, LEDGER | {"responseTypes": "assertion", "scopes": "vso.work", "optionalScopes": ""}))
    assert said["responseTypes"] == "Assertion"


def test_changing_says_only_what_is_new(danas, ledger):
    said = made(danas.post(PATH, ledger_id(ledger, registrationName="Ledger 2")))
    assert said["registrationName"] == "Ledger 2" and said["scopes"] == ledger["scopes"]
    assert said["optionalScopes"] == "vso.work" and said["redirectUris"] == ledger["redirectUris"]
    again = made(danas.post(f"{PATH}/{ledger['registrationId']}", {"registrationDescription": ""}))
    assert again["registrationDescription"] == "" and again["registrationName"] == "Ledger 2"


def test_a_document_that_was_read_may_be_sent_back_whole(danas, ledger):
    address = f"{PATH}/{ledger['registrationId']}"
    before = made(danas.get(address))
    after = made(danas.post(PATH, before | {"scopes": "openid vso.profile vso.work vso.code"}))
    assert after["scopes"].split() == ["openid", "vso.profile", "vso.code", "vso.work"]
    assert after["optionalScopes"] == "vso.work"


def test_either_name_of_the_site_is_the_site(danas, ledger):
    said = made(danas.post(PATH, ledger_id(ledger, organizationLocation="https://new.example/")))
    assert said["registrationLocation"] == said["organizationLocation"] == "https://new.example/"
    both = ledger_id(ledger, organizationLocation="https://a.example/", registrationLocation="https://b.example/")
    assert danas.post(PATH, both).status_code == 400


def test_changing_the_publisher_ends_its_verification_and_nothing_else_does(danas, ledger):
    Application.objects.filter(name="Ledger").update(verified_domain="contoso.example", historic_answers=True)
    made(danas.post(PATH, ledger_id(ledger, registrationDescription="Books")))
    assert Application.objects.get(name="Ledger").verified_domain == "contoso.example"
    made(danas.post(PATH, ledger_id(ledger, organizationName="Another Ltd")))
    app = Application.objects.get(name="Ledger")
    assert app.verified_domain == "" and app.historic_answers is True


def test_who_changes_what_somebody_else_has_changed_is_told(danas, ledger):
    address = f"{PATH}/{ledger['registrationId']}"
    seen = made(danas.get(address))
    made(danas.post(address, {"registrationDescription": "Hers"}))
    late = danas.post(address, seen | {"registrationDescription": "Late"})
    assert late.status_code == 409 and "revision" in late.json()["message"]
    now = made(danas.get(address))
    assert now["registrationDescription"] == "Hers" and now["revision"] == seen["revision"] + 1


def test_everything_that_is_wrong_is_said_at_once(danas):
    message = danas.put(PATH, LEDGER | {"registrationName": "", "scopes": "vso.everything"}).json()["message"]
    assert "registrationName:" in message and "scopes:" in message


def test_what_may_be_meant_is_saved_once_it_is_confirmed(danas):
    alike = LEDGER | {"redirectUris": ["https://b\u00fccher.example/callback"]}
    asked = danas.put(PATH, alike)
    assert asked.status_code == 400
    token = re.search(r'"confirmed": \["([0-9a-f]+)"\]', asked.json()["message"])
    assert token, asked.json()
    assert danas.put(PATH, alike | {"confirmed": ["0000"]}).status_code == 400
    made(danas.put(PATH, alike | {"confirmed": [token[1]]}))


def test_the_picture_of_an_app_has_a_whole_address(danas, ledger):
    picture = ApplicationLogo.objects.create(digest="a" * 64, image=b"x", created_at=timezone.now())
    Application.objects.filter(name="Ledger").update(logo=picture)
    said = made(danas.get(f"{PATH}/{ledger['registrationId']}"))
    assert said["registrationLogoSecureLocation"] == f"http://localhost:8000/app-logo/{'a' * 64}.png"


def test_the_model_of_an_app_never_changes(danas, ledger):
    answer = danas.post(PATH, ledger_id(ledger, responseTypes="Assertion", scopes="vso.work", optionalScopes=""))
    assert answer.status_code == 400 and "responseTypes" in answer.json()["message"]


def test_charlie_sees_and_changes_nothing_of_danas_app(danas, ledger, charlies_console):
    known, nobody = ledger["registrationId"], str(uuid.uuid4())
    assert charlies_console.get(PATH).json() == []
    for method in ("get", "post"):
        document = () if method == "get" else ({"registrationName": "Mine"},)
        hers, none = (getattr(charlies_console, method)(f"{PATH}/{i}", *document) for i in (known, nobody))
        assert hers.status_code == none.status_code == 404 and hers.json() == none.json()
    assert charlies_console.post(PATH, ledger_id(ledger, registrationName="Mine")).status_code == 404
    assert Application.objects.filter(name="Ledger").exists()


def test_an_id_is_found_in_any_case_of_the_path(danas, ledger):
    assert made(danas.get(f"/Registration/{ledger['registrationId'].upper()}"))["registrationName"] == "Ledger"


def test_an_app_that_brought_its_own_id_is_found_by_it(dana, danas):
    app = factories.app(name="Named").app
    Application.objects.filter(pk=app.pk).update(client_id="Named-App")
    app.owners.add(dana)
    assert made(danas.get(f"{PATH}/Named-App"))["registrationId"] == "Named-App"


BAD = {
    "no name": {"registrationName": " "},
    "a long name": {"registrationName": "x" * 101},
    "no company": {"organizationName": ""},
    "a name of the wrong type": {"registrationName": 7},
    "a name with a NUL": {"registrationName": "a\x00b"},
    "half a character": {"registrationName": "\ud83d"},
    "addresses as one string": {"redirectUris": "https://ledger.example/callback"},
    "addresses of the wrong type": {"redirectUris": [1]},
    "no address": {"redirectUris": []},
    "a script as address": {"redirectUris": ["javascript:alert(1)"]},
    "an address with a fragment": {"redirectUris": ["https://ledger.example/#x"]},
    "an address with a star": {"redirectUris": ["https://*.example/"]},
    "two addresses in one": {"redirectUris": ["https://a.example/ https://b.example/"]},
    "an address in clear": {"redirectUris": ["http://ledger.example/"]},
    "half a character in an address": {"redirectUris": ["https://a.example/\udc00"]},
    "a site that is none": {"registrationLocation": "data:text/html,x"},
    "a scope nobody knows": {"scopes": "vso.everything"},
    "no scope": {"scopes": "", "optionalScopes": ""},
    "scopes as a list": {"scopes": ["vso.work"]},
    "a response type nobody knows": {"responseTypes": "token"},
    "a client type of another kind": {"clientType": "fullTrust"},
    "a client type as a list": {"clientType": ["public"]},
    "a client type as truth": {"clientType": True},
    "a secret of their own": {"secret": "hunter2"},
    "a field nobody knows": {"registrationNme": "x"},
    "an id of their own": {"registrationId": str(uuid.uuid4())},
    "a confirmation of the wrong type": {"confirmed": "yes"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_what_is_wrong_is_a_clear_400_and_nothing_is_made(danas, change):
    answer = danas.put(PATH, LEDGER | change)
    assert answer.status_code == 400, answer.content
    assert answer.json()["typeKey"] == "VssPropertyValidationException" and len(answer.json()["message"]) > 20
    assert not Application.objects.exclude(name="Dana's console").exists()


def test_deleting_an_app_ends_everything_of_it(danas, dana, payroll, connected):
    payroll.app.owners.add(dana)
    assert danas.delete(f"{PATH}/{payroll.client_id}").status_code == 204
    assert (
        Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {connected['access_token']}").status_code
        == 401
    )
    assert payroll.refresh(connected["refresh_token"]).status_code == 401
    assert danas.get(f"{PATH}/{payroll.client_id}").status_code == 404
    assert danas.delete(f"{PATH}/{payroll.client_id}").status_code == 404
    assert Event.objects.get(name="app.deleted").actor_id == str(dana.pk)


def test_charlie_deletes_nothing_of_danas(ledger, charlies_console):
    there, nowhere = (charlies_console.delete(f"{PATH}/{i}") for i in (ledger["registrationId"], uuid.uuid4()))
    assert there.status_code == nowhere.status_code == 404 and there.json() == nowhere.json()
    assert Application.objects.get(name="Ledger").deleted_at is None


NO_REVISIONS = {f"the revision {value!r}": {"revision": value} for value in ("1", -1, 1.5, True, 2**40, [1])}


@pytest.mark.parametrize("change", (BAD | NO_REVISIONS).values(), ids=BAD | NO_REVISIONS)
def test_what_is_wrong_changes_nothing(danas, ledger, change):
    before = made(danas.get(f"{PATH}/{ledger['registrationId']}"))
    assert danas.post(f"{PATH}/{ledger['registrationId']}", change).status_code == 400
    assert made(danas.get(f"{PATH}/{ledger['registrationId']}")) == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"registrationName": ' + b"9" * 20_000 + b"}", "application/json", 400),
        (b'{"registrationName": "' + b"x" * 70_000 + b'"}', "application/json", 413),
        (b'{"registrationName": "' + b"x" * 900_000 + b'"}', "application/json", 413),
        (b"registrationName=Ledger", factories.FORM, 415),
    ],
)
def test_a_body_that_is_no_document_is_a_clear_4xx(danas, body, kind, status):
    for method, path in (("put", ""), ("post", ""), ("post", "/x")):
        answer = getattr(Client(), method)(
            f"{AREA}{PATH}{path}?api-version=7.2-preview",
            body,
            content_type=kind,
            HTTP_AUTHORIZATION=f"Bearer {danas.token}",
        )
        assert answer.status_code == status and answer.json()["typeKey"], answer.content


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("get", "/x"), ("put", ""), ("post", ""), ("post", "/x"), ("delete", "/x")]
)
def test_every_call_needs_the_permission_a_person_and_a_version(dana, danas, connected, method, path):
    def call(token, version="7.2"):
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        return getattr(Client(), method)(f"{AREA}{PATH}{path}?api-version={version}", **bearer)

    assert call("").status_code == 401
    lacking = call(connected["access_token"])
    assert lacking.status_code == 403 and 'scope="vso.tokens"' in lacking["WWW-Authenticate"]
    assert call(danas.token, "").json()["typeKey"] == "VssVersionNotSpecifiedException"
    deactivate(dana, by=None, reason="left", now=timezone.now())
    assert call(danas.token).status_code == 401


def own(person, count):
    for i in range(count):
        factories.app(name=f"App {i:02}").app.owners.add(person)


def test_a_long_list_comes_in_pages_each_app_once(dana, danas):
    own(dana, 7)
    seen, token = [], ""
    for size in (3, 3, 1):
        answer = danas.get(PATH, **{"$top": "3"}, **({"continuationToken": token} if token else {}))
        assert len(answer.json()) == size
        seen += [row["registrationId"] for row in answer.json()]
        token = answer.headers.get("X-MS-ContinuationToken", "")
    assert not token and len(set(seen)) == 7
    assert danas.get(PATH, continuationToken="%00").status_code == 400


def test_the_number_of_statements_does_not_grow_with_the_list(dana, danas):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            danas.get(PATH)
        return len(captured)

    own(dana, 2)
    few = cost()
    own(dana, 12)
    assert cost() == few <= 3
