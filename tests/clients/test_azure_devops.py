"""The Python SDK of the systems before us, unmodified, against the running server: by a personal access token and by a
bearer token."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msrest.authentication import BasicAuthentication, BasicTokenAuthentication
from requests_oauthlib import OAuth2Session

from tests.live.person import Person
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
CALLBACK = "http://localhost:9916/callback"
SCOPES = ["vso.auditlog", "vso.profile", "vso.project", "vso.tokenadministration"]
OLIVIA = "olivia@contoso.example"  # she administers contoso
# What the page for personal access tokens does.
MAKE = """
import json
from datetime import timedelta
from django.utils import timezone
from accounts.models import Organization, User
from authorizations.api.shapes import descriptor
from authorizations.services import personal_tokens
now = timezone.now()
person = User.objects.get(principal_name={who!r})
made = personal_tokens.create(person, name={name!r}, scopes={scopes!r}, organization=None,
                              expires_at=now + timedelta(days=7), now=now)
print(json.dumps({{"value": made.value, "id": str(made.token.pk), "person": str(person.pk), "descriptor": descriptor(person)}}))
"""


def personal_token(stack: Stack, who: str, name: str, scopes: list[str]) -> dict[str, str]:
    code = MAKE.format(who=who, name=name, scopes=scopes)
    return json.loads(stack.manage("shell", "-c", code).splitlines()[-1])


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """The SDK keeps what it learned in files, whose folder it chooses while it is imported."""
    monkeypatch.setenv("AZURE_DEVOPS_CACHE_DIR", str(tmp_path))

    def forget() -> None:
        for name in [n for n in sys.modules if n.startswith("azure.devops")]:
            del sys.modules[name]

    forget()
    made = importlib.import_module("azure.devops.connection").Connection
    yield lambda address, credentials: made(base_url=address, creds=credentials)
    forget()


def bearer_token(stack: Stack, who: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    made = stack.register(name="SDK tool", redirect_uris=[CALLBACK], scopes=["openid", *SCOPES])
    client = OAuth2Session(made["client_id"], redirect_uri=CALLBACK, scope=["openid", *SCOPES], pkce="S256")
    address, _ = client.authorization_url(f"{stack.portal}/oauth2/v2.0/authorize")
    answer = Person(stack.portal, who).approve(address, CALLBACK)
    endpoint = f"{stack.portal}/oauth2/v2.0/token"
    return client.fetch_token(endpoint, authorization_response=answer, client_secret=made["client_secret"])[
        "access_token"
    ]


@pytest.mark.parametrize("kind", ["personal", "bearer"])
def test_an_administrator_works_with_the_sdk(
    stack: Stack, connection: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mine = personal_token(stack, OLIVIA, f"SDK {kind}", SCOPES)
    credentials = (
        BasicAuthentication("", mine["value"])
        if kind == "personal"
        else BasicTokenAuthentication({"access_token": bearer_token(stack, OLIVIA, monkeypatch)})
    )
    there = connection(f"{stack.portal}/contoso", credentials)
    there.authenticate()
    models = importlib.import_module("azure.devops.v7_1.token_admin.models")
    errors = importlib.import_module("azure.devops.exceptions")

    said = there.get_client("azure.devops.v7_1.location.location_client.LocationClient").get_connection_data(
        connect_options="includeServices"
    )
    assert said.authenticated_user.id == mine["person"] and said.location_service_data.service_definitions
    profile = there.clients_v7_1.get_profile_client().get_profile("me", details=True, core_attributes="Avatar")
    # Its model of an attribute has no fields; what is in them is tested in tests/api/test_profile_accounts.py.
    assert profile.id == mine["person"] and set(profile.core_attributes) == {"Avatar"}
    accounts = there.clients_v7_1.get_accounts_client().get_accounts(member_id=mine["person"])
    assert "contoso" in {a.account_name for a in accounts}
    core = there.clients_v7_1.get_core_client()
    projects = core.get_projects(top=1)
    assert len(projects) == 1 and core.get_project(projects[0].id).name == projects[0].name

    alices = personal_token(stack, "alice@contoso.example", f"Alice's {kind}", ["vso.profile"])
    admin = there.clients_v7_1.get_token_admin_client()
    listed = admin.list_personal_access_tokens(alices["descriptor"], page_size=200)
    assert alices["id"] in {str(t.authorization_id) for t in listed.value}
    admin.revoke_authorizations([models.TokenAdminRevocation(authorization_id=alices["id"])])
    listed = admin.list_personal_access_tokens(alices["descriptor"])
    assert alices["id"] not in {str(t.authorization_id) for t in listed.value}
    with pytest.raises(Exception, match="TF400813"):
        connection(f"{stack.portal}/contoso", BasicAuthentication("", alices["value"])).authenticate()
    admin.create_revocation_rule(models.TokenAdminRevocationRule(scopes="vso.packaging_manage"))

    audit = there.clients_v7_1.get_audit_client()
    assert {"Policies", "Tokens"} <= {action.area for action in audit.get_actions()}
    newest = audit.query_log(batch_size=1)
    following = audit.query_log(batch_size=1, continuation_token=newest.continuation_token)
    assert newest.has_more and [len(page.decorated_audit_log_entries) for page in (newest, following)] == [1, 1]
    assert newest.decorated_audit_log_entries[0].id != following.decorated_audit_log_entries[0].id
    entries = audit.query_log(batch_size=50).decorated_audit_log_entries
    made = next(entry for entry in entries if entry.actor_user_id == mine["person"])
    assert made.timestamp and made.action_id and made.details
    file = b"".join(audit.download_log("json"))
    assert made.id in {entry["id"] for entry in json.loads(file)}

    with pytest.raises(ValueError, match="is not registered"):  # and not a call to somebody else's server
        there.clients_v7_1.get_git_client().get_repositories()
    with pytest.raises(errors.AzureDevOpsServiceError, match="no such profile"):
        there.clients_v7_1.get_profile_client().get_profile(alices["person"])


def test_a_wrong_token_is_a_clear_error(stack: Stack, connection: Callable[..., Any]) -> None:
    there = connection(f"{stack.portal}/contoso", BasicAuthentication("", "A" * 84))
    with pytest.raises(Exception, match="TF400813"):
        there.authenticate()
