"""`manage.py register_app`: apps from a document, for automation."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from authorizations.events.models import Event
from oauthapps.models import Application, ApplicationSecret

DOCUMENT = {
    "name": "Ledger",
    "company": "Contoso Ltd",
    "redirect_uris": ["https://ledger.example/cb"],
    "scopes": ["vso.profile"],
}


@pytest.fixture
def register(tmp_path, db):
    def call(document):
        path = tmp_path / "app.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        out = io.StringIO()
        call_command("register_app", str(path), stdout=out)
        return json.loads(out.getvalue())

    return call


def test_a_new_app_gets_an_id_and_a_secret_that_is_stored_as_a_digest(register):
    printed = register(DOCUMENT)
    app = Application.objects.get(client_id=printed["client_id"])
    secret = ApplicationSecret.objects.get(application=app)
    assert printed["client_secret"].startswith(secret.key_id + ".") and printed["client_secret"] not in repr(
        vars(secret)
    )
    assert not Event.objects.filter(detail__icontains=printed["client_secret"]).exists()


def test_the_same_document_with_the_id_updates_and_prints_no_secret(register):
    printed = register(DOCUMENT)
    again = register({"client_id": printed["client_id"], "name": "Ledger 2"})
    assert again == {"client_id": printed["client_id"], "created": False}
    app = Application.objects.get()
    assert (app.name, app.company, app.callbacks) == ("Ledger 2", "Contoso Ltd", ["https://ledger.example/cb"])


def test_a_legacy_app_needs_a_registration_date_before_the_cutoff(register):
    legacy = DOCUMENT | {"model": "legacy"}
    with pytest.raises(CommandError, match="closed on 2025-04-01"):
        register(legacy)
    with pytest.raises(CommandError, match="closed on 2025-04-01"):
        register(legacy | {"registered_at": "2025-04-01T00:00:00Z"})
    assert register(legacy | {"registered_at": "2025-03-31T23:59:59Z"})["created"] is True


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "not a JSON document"),
        ("[]", "one JSON object"),
        (DOCUMENT | {"colour": "red"}, "not known: colour"),
        (DOCUMENT | {"scopes": "vso.code"}, "list of strings"),
        (DOCUMENT | {"scopes": ["vso.nothing"]}, "Unknown permissions"),
        (DOCUMENT | {"redirect_uris": ["http://ledger.example/cb"]}, "https://"),
        (DOCUMENT | {"redirect_uris": ["https://ledger.example/cb#x"]}, "fragment"),
        (DOCUMENT | {"redirect_uris": ["https://*.example/cb"]}, "exactly"),
        (DOCUMENT | {"redirect_uris": ["javascript:alert(1)"]}, "whole address"),
        (DOCUMENT | {"redirect_uris": []}, "at least one callback"),
        (DOCUMENT | {"name": " "}, "name"),
        (DOCUMENT | {"model": "other"}, "standard"),
        (DOCUMENT | {"owners": ["nobody"]}, "nobody here"),
        ({"name": "x"}, "needs: company"),
        (DOCUMENT | {"model": "legacy", "registered_at": "2024-01-01", "scopes": ["openid"]}, "legacy model"),
    ],
)
def test_a_wrong_document_changes_nothing_and_says_why(register, document, says):
    with pytest.raises(CommandError, match=says):
        register(document)
    assert not Application.objects.exists()
