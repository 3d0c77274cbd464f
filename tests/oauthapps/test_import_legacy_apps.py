"""`manage.py import_legacy_apps`: the registrations of another system, with the secrets their services run on."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from authorizations.events.models import Event
from oauthapps.models import Application, ApplicationSecret
from tests import factories, people

OLD_SECRET = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJjaWQiOiIxIn0.c2lnbmF0dXJl+/="
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def line(dana):
    return {
        "client_id": "0f0e0d0c-1111-2222-3333-444455556666",
        "name": "Classic",
        "company": "Contoso Ltd",
        "redirect_uris": [factories.CALLBACK],
        "scopes": ["vso.profile", "vso.project", "vso.work"],
        "registered_at": "2023-05-02T10:00:00Z",
        "owners": [dana.principal],
        "secrets": [{"value": OLD_SECRET}],
    }


@pytest.fixture
def run(tmp_path, db):
    def call(*documents, name="apps.jsonl", **options):
        path = tmp_path / name
        path.write_text("\n".join(d if isinstance(d, str) else json.dumps(d) for d in documents), encoding="utf-8")
        out = io.StringIO()
        try:
            call_command("import_legacy_apps", str(path), stdout=out, **options)
        except CommandError as error:
            return out.getvalue(), str(error)
        return out.getvalue(), ""

    return call


def test_an_app_keeps_its_id_names_callbacks_scopes_date_and_owners(run, line, dana):
    said, error = run(line)
    app = Application.objects.get()
    assert not error and f"line 1: imported: {app.client_id}" in said and "1 imported" in said
    assert (app.client_id, app.name, app.company) == (line["client_id"], "Classic", "Contoso Ltd")
    assert app.callbacks == line["redirect_uris"] and app.scopes == line["scopes"] and app.is_legacy
    assert app.registered_at.isoformat() == "2023-05-02T10:00:00+00:00" and list(app.owners.all()) == [dana]
    assert set(Event.objects.values_list("name", flat=True)) == {"app.registered", "app.imported"}


def test_running_services_go_on_with_the_secret_they_have(run, line, alice_browser, django_assert_num_queries):
    run(line)
    imported = factories.TestApp(Application.objects.get(), OLD_SECRET)
    tokens = factories.connect(alice_browser, imported)
    answer = imported.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"])
    assert answer.status_code == 200
    # Found by the unique index on the key id: one statement, as for a secret of ours.
    with django_assert_num_queries(1):
        imported.legacy_token(grant_type="refresh_token", assertion="x")


def test_a_secret_that_a_client_encodes_twice_is_found_as_well(run, line, alice_browser):
    run(line)
    twice = OLD_SECRET.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    imported = factories.TestApp(Application.objects.get(), twice)
    assert factories.connect(alice_browser, imported)["access_token"]


def test_nothing_readable_of_a_secret_is_stored(run, line):
    run(line)
    text = "\n".join(str(row) for model in (ApplicationSecret, Event, Application) for row in model.objects.values())
    assert OLD_SECRET not in text and OLD_SECRET[:20] not in text


def test_the_key_id_of_an_imported_secret_opens_nothing(run, line):
    run(line)
    key_id = ApplicationSecret.objects.get().key_id
    imported = factories.TestApp(Application.objects.get(), f"{key_id}.guess")
    body = imported.legacy_token(grant_type=GRANT, assertion="x").json()
    assert body["Error"] == "invalidClientSecret"


def test_an_imported_secret_ends_no_later_than_one_made_today(run, line, settings):
    line["secrets"] = [
        {"value": OLD_SECRET, "expires_at": "2099-01-01T00:00:00Z"},
        {"value": OLD_SECRET[::-1], "slot": "alternative"},
    ]
    run(line)
    latest = timezone.now() + settings.SECRET_LIFETIME
    assert ApplicationSecret.objects.count() == 2
    assert all(secret.expires_at <= latest for secret in ApplicationSecret.objects.all())


def test_the_same_file_twice_changes_nothing(run, line):
    run(line)
    Application.objects.update(name="Renamed by its owner")
    said, error = run(line)
    assert not error and "already here" in said and "0 imported" in said
    assert Application.objects.get().name == "Renamed by its owner" and ApplicationSecret.objects.count() == 1


def test_a_dry_run_reports_and_changes_nothing(run, line):
    said, error = run(line, dry_run=True)
    assert not error and "line 1: imported" in said and "Nothing was changed" in said
    assert not Application.objects.exists() and not Event.objects.exists()


def test_one_bad_line_keeps_all_others_out(run, line):
    said, error = run(line, line | {"client_id": "two", "scopes": ["vso.nothing"], "secrets": []})
    assert "line 1: imported" in said and "line 2: refused: scopes: Unknown permissions: vso.nothing" in said
    assert "1 refused" in error and "Nothing was changed" in error
    assert not Application.objects.exists()


def test_with_keep_going_the_good_lines_are_in(run, line):
    said, error = run("{", line, keep_going=True)
    assert "line 1: refused: is not JSON" in said and "The good lines are in" in error
    assert Application.objects.count() == 1


def test_a_csv_file_says_the_same(run, line, dana):
    head = "client_id,name,company,redirect_uris,scopes,registered_at,owners,secret,secret_expires_at,description"
    row = f'old-1,"Classic, the",Contoso Ltd,https://a.example/cb https://b.example/cb,vso.work vso.code,2023-05-02,{dana.principal},{OLD_SECRET},,'
    said, error = run(head, row, name="apps.CSV")
    app = Application.objects.get()
    assert not error, said
    assert app.name == "Classic, the" and len(app.callbacks) == 2 and app.scopes == ["vso.work", "vso.code"]
    assert ApplicationSecret.objects.get().slot == "primary"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"registered_at": "2025-04-01T00:00:00Z"}, "closed on 2025-04-01"),
        ({"registered_at": "soon"}, "instant like"),
        ({"registered_at": 5}, "instant like"),
        ({"registered_at": "2999-01-01"}, "future"),
        ({"owners": ["nobody"]}, "nobody here is nobody"),
        ({"owners": []}, "lacks owners"),
        ({"client_id": "a b"}, "letters, digits"),
        ({"client_id": ""}, "lacks client_id"),
        ({"name": 7}, "name must be a string"),
        ({"name": "a\x00b"}, "name must be a string"),
        ({"scopes": "vso.work"}, "must be a list"),
        ({"scopes": ["openid"]}, "Not possible in the legacy model"),
        ({"redirect_uris": ["http://x.example/cb"]}, "https://"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "whole address"),
        ({"colour": "red"}, "not known: colour"),
        ({"historic_answers": "maybe"}, "true or false"),
        ({"secrets": [{"value": "short"}]}, "24 to"),
        ({"secrets": [{"value": OLD_SECRET, "slot": "third"}]}, "slot"),
        ({"secrets": [{"value": OLD_SECRET, "expires_at": "2020-01-01"}]}, "expired already"),
        ({"secrets": [{"value": OLD_SECRET}, {"value": OLD_SECRET + "x"}]}, "slot is taken"),
        ({"secrets": ["x"]}, "a secret has value"),
    ],
    ids=str,
)
def test_a_wrong_line_is_refused_with_what_to_mend(run, line, change, says):
    said, error = run(line | change)
    assert error and says in said, said
    assert not Application.objects.exists() and not ApplicationSecret.objects.exists()


def test_a_secret_of_another_app_is_refused(run, line):
    said, error = run(line, line | {"client_id": "two"})
    assert error and "line 2: refused: secrets: A secret is used by another app" in said


def test_the_id_of_a_standard_app_is_refused(run, line, payroll):
    said, _ = run(line | {"client_id": payroll.client_id})
    assert "A standard app with this id" in said


def test_owners_who_have_not_signed_in_can_be_expected(run, line):
    principal = f"{people.CONTOSO}.{people.FABRIKAM}"
    assert "They sign in first" in run(line | {"owners": [principal]})[0]
    said, error = run(line | {"owners": [principal]}, create_owners=True)
    assert not error, said
    assert Application.objects.get().owners.get().principal == principal
    assert "is not <tenant id>" in run(line | {"client_id": "b", "owners": ["x.y"]}, create_owners=True)[0]


@pytest.mark.parametrize("content", [b"\xff\xfe", b""])
def test_a_file_that_cannot_be_read_is_one_clear_line(db, tmp_path, content):
    path = tmp_path / "apps.jsonl"
    path.write_bytes(content)
    out = io.StringIO()
    if content:
        with pytest.raises(CommandError, match="not UTF-8"):
            call_command("import_legacy_apps", str(path), stdout=out)
    else:
        call_command("import_legacy_apps", str(path), stdout=out)
        assert "0 imported" in out.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_legacy_apps", str(tmp_path / "missing"), stdout=out)
