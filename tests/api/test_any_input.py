"""Whatever is sent to the REST API and the token endpoints: an answer below 500 that says what is wrong, and no change."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authorizations.api.delegatedauth_document import KNOWN
from authorizations.models import Authorization
from oauthapps.models import Application, ApplicationSecret
from tests import factories
from tests.api.conftest import AREA, Program

BOUNDED = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CHARACTERS = st.text(alphabet=st.characters(), max_size=40)  # halves of surrogate pairs and NUL among them
ODD = st.sampled_from(
    [
        "",
        "\x00",
        "a\x00b",
        "\ud800",
        "💥",
        "\u202e",
        "9" * 30,
        "-1",
        "null",
        "1e999",
        "%00",
        "../..",
        "{}",
        "me",
        "' OR 1=1",
    ]
)
TEXT = CHARACTERS | ODD
NUMBERS = st.integers() | st.floats() | st.booleans() | st.none()
VALUES = st.recursive(
    TEXT | NUMBERS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=8
)
DOCUMENTS = st.dictionaries(st.sampled_from(sorted(KNOWN)), VALUES, max_size=6) | VALUES
# In an address every byte can stand, also those that are no UTF-8.
ESCAPED = (st.binary(max_size=40).map(quote) | TEXT.map(lambda t: quote(t.encode("utf-8", "surrogatepass")))).filter(
    bool
)
READ = [
    "/_apis/connectiondata",
    "/_apis/profile/profiles/me",
    "/_apis/accounts",
    "/contoso/_apis/projects",
    f"{AREA}/authorizations/me",
    f"{AREA}/registration",
]
ASKED = ["api-version", "$top", "$skip", "continuationToken", "memberId", "ownerId"]
FORMS = ["/oauth2/v2.0/token", "/oauth2/v2.0/introspect", "/oauth2/v2.0/revoke", "/oauth2/token"]
NAMES = [
    *("grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret"),
    *("token", "token_type_hint", "client_assertion", "client_assertion_type", "assertion"),
]
GRANTS = st.sampled_from(
    [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "password",
    ]
)


def calm(response: Any) -> Any:
    assert response.status_code < 500, (response.status_code, response.content[:300])
    return response


def explained(response: Any) -> Any:
    """In the shape that clients of the API read."""
    if calm(response).status_code >= 400 and response.status_code != 405:
        said = response.json()
        assert said.get("message") or said.get("error"), said
    return response


@BOUNDED
@given(document=DOCUMENTS, method=st.sampled_from(["put", "post"]))
def test_no_document_breaks_the_registrations(console: Program, document: Any, method: str) -> None:
    before = Application.objects.count()
    response = explained(console.call(method, "/registration", document))
    assert response.status_code in {200, 400, 415}  # no document at all has no type
    assert Application.objects.count() == before + (response.status_code == 200)
    explained(console.post("/registration/x", document))


@BOUNDED
@given(document=st.dictionaries(st.sampled_from(sorted(KNOWN)), VALUES, max_size=3))
def test_no_document_breaks_an_app(alice: Any, console: Program, payroll: factories.TestApp, document: Any) -> None:
    payroll.app.owners.add(alice)
    explained(console.post(f"/registration/{payroll.client_id}", document))
    said = explained(console.get(f"/registration/{payroll.client_id}"))
    assert said.status_code == 200 and said.json()["registrationName"].strip()


@BOUNDED
@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "text/json", "", factories.FORM, "x"]))
def test_no_body_breaks_the_registrations(console: Program, body: bytes, kind: str) -> None:
    for method, path in (("put", ""), ("post", ""), ("post", "/x"), ("delete", "/x")):
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {console.token}"}
        address = f"{AREA}/registration{path}?api-version=7.1"
        explained(getattr(Client(), method)(address, body, content_type=kind, **bearer))


@BOUNDED
@given(part=ESCAPED, method=st.sampled_from(["get", "post", "put", "delete", "patch", "head", "options"]))
def test_no_path_breaks_the_api(console: Program, part: str, method: str) -> None:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {console.token}"}
    places = [f"/_apis/{part}", f"/{part}/_apis/projects", f"/_apis/profile/profiles/{part}"]
    places += [f"{AREA}/{place}/{part}" for place in ("authorizations", "registration", "registrationsecret")]
    for place in places:
        calm(getattr(Client(), method)(f"{place}?api-version=7.1", **bearer))
    assert Authorization.objects.filter(revoked_at=None).count() == 1
    assert ApplicationSecret.objects.filter(revoked_at=None).count() == 1


@BOUNDED
@given(name=st.sampled_from(ASKED), value=ESCAPED)
def test_no_query_breaks_the_reading(console: Program, name: str, value: str) -> None:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {console.token}"}
    for place in READ:
        explained(Client().get(place, QUERY_STRING=f"api-version=7.1&{name}={value}", **bearer))


@BOUNDED
@given(value=ESCAPED)
def test_no_id_ends_what_it_does_not_name(console: Program, value: str) -> None:
    assert explained(console.post("/authorizations/me", authorizationId=value)).status_code in {400, 404}
    explained(console.put(f"/registrationsecret/{value}", secretType=value))
    assert Authorization.objects.filter(revoked_at=None).count() == 1


@BOUNDED
@given(
    form=st.dictionaries(st.sampled_from(NAMES) | ESCAPED, ESCAPED, max_size=5),
    grant=GRANTS,
    path=st.sampled_from(FORMS),
)
def test_no_form_breaks_the_token_endpoints(
    payroll: factories.TestApp, form: dict[str, str], grant: str, path: str
) -> None:
    body = "&".join(f"{name}={value}" for name, value in ({"grant_type": quote(grant)} | form).items())
    for header in ({}, payroll.basic()):
        answer = calm(payroll.http.post(path, body, content_type=factories.FORM, **header))
        assert answer.status_code == 200 or "application/json" in answer["Content-Type"]


@BOUNDED
@given(body=st.binary(max_size=300), path=st.sampled_from(FORMS))
def test_no_bytes_break_the_token_endpoints(payroll: factories.TestApp, body: bytes, path: str) -> None:
    for kind in (factories.FORM, "application/json", "multipart/form-data; boundary=x"):
        calm(payroll.http.post(path, body, content_type=kind, **payroll.basic()))


HEADERS = st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=255), max_size=60)


@BOUNDED
@given(value=HEADERS, scheme=st.sampled_from(["Basic", "basic", "Bearer", "bearer", ""]), coded=st.booleans())
def test_no_credential_breaks_anything(db: Any, value: str, scheme: str, coded: bool) -> None:
    said = base64.b64encode(value.encode()).decode() if coded else value
    header = {"HTTP_AUTHORIZATION": f"{scheme} {said}".strip()}
    for path in FORMS:
        assert (
            calm(Client().post(path, "token=x&grant_type=client_credentials", factories.FORM, **header)).status_code
            >= 400
        )
    for path in (*READ, "/oauth2/v2.0/userinfo"):
        assert calm(Client().get(path, **header)).status_code in {401, 403}


@pytest.mark.parametrize("path", ["/_apis/x%0A", "/_apis/%0Ax/y", "/.well-known/%0Ax", "/contoso/_apis/a%0Ab"])
def test_a_line_break_in_a_path_leads_to_no_page(db: Any, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404 and answer["Content-Type"] == "application/json" and "Set-Cookie" not in answer


@pytest.mark.parametrize("document", [{"registrationName": "\ud800"}, {"redirectUris": ["https://a.example/\x00"]}])
def test_what_a_database_cannot_hold_is_said_and_not_tried(console: Program, document: dict[str, Any]) -> None:
    answer = console.put("/registration", document)
    assert answer.status_code == 400 and "not possible" in json.loads(answer.content)["message"]
