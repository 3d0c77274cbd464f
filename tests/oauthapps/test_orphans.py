"""Operations see which apps nobody looks after, and give them an owner."""

import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.services import deactivate
from authorizations.events.models import Event
from authorizations.services.app_retirement import delete_app
from oauthapps.models import Application
from tests import factories, people


@pytest.fixture
def olivia(db):
    return people.operations("olivia")


@pytest.fixture
def operations(olivia):
    return people.browser(olivia)


@pytest.fixture
def orphan(dana, payroll):
    payroll.app.owners.add(dana)
    deactivate(dana, by=None, reason="left", now=timezone.now())
    return payroll.app


def lines(capsys):
    call_command("orphaned_apps")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_app_is_orphaned_when_its_last_active_owner_is_deactivated(capsys, alice_browser, bob, dana, payroll):
    payroll.app.owners.add(dana, bob)
    factories.connect(alice_browser, payroll)
    deactivate(dana, by=None, reason="left", now=timezone.now())
    assert lines(capsys) == []
    deactivate(bob, by=None, reason="left", now=timezone.now())
    (line,) = lines(capsys)
    assert (line["client_id"], line["people"], line["connections"]) == (payroll.client_id, 1, 1)
    assert sorted(o["name"] for o in line["owners"]) == ["Bob", "Dana"] and all(
        o["deactivated_at"] for o in line["owners"]
    )


def test_a_deleted_app_is_no_orphan(capsys, orphan):
    delete_app(orphan, by=None, now=timezone.now())
    assert lines(capsys) == []


def test_the_list_of_the_admin_shows_orphans_and_tombstones(operations, orphan, legacy_app, bob):
    legacy_app.app.owners.add(bob)
    found = operations.get("/admin/oauthapps/application/?looked_after=orphaned").content.decode()
    assert "Payroll" in found and "Classic" not in found
    delete_app(legacy_app.app, by=bob, now=timezone.now())
    gone = operations.get("/admin/oauthapps/application/?looked_after=deleted").content.decode()
    assert "Classic" in gone and "Payroll" not in gone
    page = operations.get(f"/admin/oauthapps/application/{legacy_app.app.pk}/change/")
    assert page.status_code == 200 and "Deleted by" in page.content.decode()


def test_operations_assign_an_owner_with_a_reason(operations, bob, orphan):
    change = operations.get(f"/admin/oauthapps/application/{orphan.pk}/change/").content.decode()
    assert "assign-owner" in change
    address = f"/admin/oauthapps/application/{orphan.pk}/assign-owner/"
    assert operations.get(address).status_code == 200
    assert operations.post(address, {"person": "bob@example.test", "reason": ""}).status_code == 400
    assert operations.post(address, {"person": "nobody", "reason": "x"}).status_code == 400
    assert operations.post(address, {"person": "dana@example.test", "reason": "x"}).status_code == 400
    assert operations.post(address, {"person": "bob@example.test", "reason": "Dana left"}).status_code == 302
    event = Event.objects.get(name="owner.added")
    assert event.actor_name == "Olivia" and event.detail["reason"] == "Dana left"
    assert not Application.objects.orphaned().exists()


def test_only_operations_assign_owners(charlie_browser, orphan):
    answer = charlie_browser.post(
        f"/admin/oauthapps/application/{orphan.pk}/assign-owner/", {"person": "charlie@example.test", "reason": "x"}
    )
    assert answer.status_code in {302, 403} and orphan.owners.count() == 1


def test_owners_cannot_be_changed_around_the_service(operations, bob, orphan):
    operations.post(f"/admin/oauthapps/application/{orphan.pk}/change/", {"owners": [str(bob.pk)]})
    assert list(orphan.owners.values_list("display_name", flat=True)) == ["Dana"]
