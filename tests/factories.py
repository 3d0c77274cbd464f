"""Apps, consents and tokens, made by the services as the product makes them."""

import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Organization, Project, User
from authorizations.protocol_rules import s256
from authorizations.services import personal_tokens
from authorizations.services.personal_tokens import Made
from oauthapps import services
from oauthapps.models import Application

VERIFIER = "v" * 50
CALLBACK = "https://payroll.example/callback"
FORM = "application/x-www-form-urlencoded"


@dataclass
class TestApp:
    """An app and what its server knows."""

    __test__ = False
    app: Application
    secret: str = ""
    http: Client = field(default_factory=Client)

    @property
    def client_id(self) -> str:
        return self.app.client_id

    def basic(self) -> dict[str, str]:
        value = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {"HTTP_AUTHORIZATION": f"Basic {value}"}

    def post(self, path: str, form: dict[str, str], **extra: Any) -> Any:
        return self.http.post(path, urlencode(form), content_type=FORM, **extra)

    def call(self, path: str, form: dict[str, str]) -> Any:
        if self.secret:
            return self.post(path, form, **self.basic())
        return self.post(path, form | {"client_id": self.client_id})

    def token(self, **form: str) -> Any:
        return self.call("/oauth2/v2.0/token", form)

    def exchange(self, code: str, **more: str) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.token(**(form | more))

    def refresh(self, token: str, **more: str) -> Any:
        return self.token(grant_type="refresh_token", refresh_token=token, **more)

    def introspect(self, token: str) -> Any:
        return self.call("/oauth2/v2.0/introspect", {"token": token}).json()

    def request(self, **more: Any) -> str:
        params = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": " ".join(self.app.all_scopes),
            "state": "s1",
            "nonce": "n1",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        kept = {k: v for k, v in (params | more).items() if v is not None}
        return "/oauth2/v2.0/authorize?" + urlencode(kept)

    def legacy_token(self, **form: str) -> Any:
        base = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.secret,
            "redirect_uri": CALLBACK,
        }
        return self.post("/oauth2/token", base | form)

    def legacy_request(self, **more: Any) -> str:
        params = {
            "client_id": self.client_id,
            "response_type": "Assertion",
            "state": "s1",
            "scope": " ".join(self.app.all_scopes),
            "redirect_uri": CALLBACK,
        }
        return "/oauth2/authorize?" + urlencode({k: v for k, v in (params | more).items() if v is not None})


def app(**said: Any) -> TestApp:
    legacy = said.get("model") == "legacy"
    scopes = (
        ["vso.profile", "vso.project", "vso.work"]
        if legacy
        else ["openid", "profile", "email", "vso.profile", "vso.project"]
    )
    values = {"name": "Payroll", "company": "Contoso Ltd", "redirect_uris": [CALLBACK], "scopes": scopes} | said
    registered = datetime(2024, 1, 1, tzinfo=UTC) if legacy else None
    made = services.register(
        services.Registration(**values), owners=[], by=None, now=timezone.now(), registered_at=registered
    )
    secret = "" if made.is_public else services.create_secret(made, slot="primary", by=None, now=timezone.now())[1]
    return TestApp(made, secret)


def organization(slug: str, owner: User, *members: User, projects: tuple[str, ...] = ("Alpha",)) -> Organization:
    made = Organization.objects.create(name=slug.title(), slug=slug, owner=owner)
    for person in {owner, *members}:
        Membership.objects.create(organization=made, person=person, access_level="basic", administrator=person == owner)
    for name in projects:
        Project.objects.create(organization=made, name=name).members.set([owner, *members])
    return made


def personal_token(person: User, *scopes: str, place: Organization | None = None, **said: Any) -> Made:
    """A personal access token; without scopes: with full access. `place`: None for all organizations."""
    now = timezone.now()
    values = {"name": "Build script", "expires_at": now + timedelta(days=30), "now": now} | said
    return personal_tokens.create(person, scopes=scopes or ("user_impersonation",), organization=place, **values)


def basic(value: str, user: str = "") -> dict[str, str]:
    """The header of a tool that has a personal access token."""
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{user}:{value}".encode()).decode()}


def ticket_of(page: Any) -> str:
    found = re.search(r'name="ticket"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="ticket"', page.content.decode())
    assert found, page.content.decode()[:2000]
    return found[1] or found[2]


def decide(browser: Client, page: Any, path: str, decision: str = "accept", **more: Any) -> Any:
    return browser.post(f"{path}/decision", {"ticket": ticket_of(page), "decision": decision} | more)


def answer_of(response: Any) -> dict[str, str]:
    assert response.status_code == 302, (response.status_code, response.content[:1500])
    return {k: v[0] for k, v in parse_qs(urlsplit(response["Location"]).query).items()}


def approve(browser: Client, test_app: TestApp, **more: Any) -> str:
    """The person approves in the browser; returns the code."""
    legacy = test_app.app.is_legacy
    address = test_app.legacy_request(**more) if legacy else test_app.request(**more)
    response = browser.get(address)
    if response.status_code == 200:
        response = decide(
            browser,
            response,
            "/oauth2/authorize" if legacy else "/oauth2/v2.0/authorize",
            scope=test_app.app.optional_scopes,
        )
    return answer_of(response)["code"]


def connect(browser: Client, test_app: TestApp, **more: Any) -> dict[str, Any]:
    """Approve and exchange: the token answer."""
    code = approve(browser, test_app, **more)
    if test_app.app.is_legacy:
        return test_app.legacy_token(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=code).json()
    return test_app.exchange(code).json()


def later(**delta: float) -> datetime:
    return timezone.now() + timedelta(**delta)
