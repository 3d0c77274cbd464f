"""Who gets into the admin, as what; how the first one is made; and that every change of a role is told and kept."""

import io
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, User
from accounts.roles import Role, at_least, columns
from accounts.services.operations import change_role
from accounts.services.standing import Refused
from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.notifications.models import Message, Notice
from portal.admin_site import OPENED_KEY
from tests import factories, people

USERS = "/admin/accounts/user"


def change(person, role, by, reason="On duty this month."):
    return change_role(person, role, by=by, reason=reason, now=timezone.now())


def command(*said):
    out = io.StringIO()
    call_command("make_operator", *said, stdout=out)
    return out.getvalue()


@pytest.fixture
def olivia(db):
    return people.operations("olivia")


# The role alone


def test_the_role_is_the_only_source_of_rights(olivia, alice):
    assert at_least(olivia, Role.ADMINISTRATOR) and not at_least(alice, Role.AUDITOR)
    for wrong in ({"is_staff": True}, {"is_superuser": True}, {"role": Role.OPERATOR}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=alice.pk).update(**wrong)
    alice.role = Role.OPERATOR
    alice.save()
    assert alice.is_staff and not alice.is_superuser
    assert alice.has_perm("accounts.view_user") and not alice.has_perm("accounts.change_user")


def test_a_personal_or_deactivated_account_has_no_rights_whatever_its_row_says(db):
    erin, bob = people.operations("erin"), people.operations("bob")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    bob.refresh_from_db()
    assert not at_least(erin, Role.AUDITOR) and not at_least(bob, Role.AUDITOR)


# Giving and taking


def test_a_change_is_kept_with_its_reason_and_told(olivia, bob):
    assert change(bob, Role.OPERATOR, olivia) and not change(bob, Role.OPERATOR, olivia)
    bob.refresh_from_db()
    assert (bob.role, bob.is_staff, bob.is_superuser) == ("operator", True, False)
    event = Event.objects.get(name="operations.role_changed")
    assert (event.actor_id, event.person_id) == (str(olivia.pk), str(bob.pk))
    assert event.detail == {"was": "", "role": "operator", "reason": "On duty this month."}
    notice = Notice.objects.get()
    assert notice.person == bob and notice.detail["by"] == "Olivia"
    assert Message.objects.filter(notice=notice, channel="mail").exists()


def test_what_is_refused_changes_nothing(olivia, alice, bob, charlie):
    people.operations("bob", "operator")
    erin = people.person("erin")
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    refused = [
        (alice, Role.AUDITOR, bob, "Only an administrator"),
        (olivia, Role.OPERATOR, olivia, "Nobody changes their own role"),
        (erin, Role.AUDITOR, olivia, "personal account"),
        (charlie, Role.AUDITOR, olivia, "deactivated"),
        (olivia, Role.NONE, None, "last administrator"),
    ]
    for person, role, by, said in refused:
        with pytest.raises(Refused, match=said):
            change(person, role, by)
    with pytest.raises(Refused, match="Say why"):
        change(alice, Role.AUDITOR, olivia, reason="  ")
    assert not Event.objects.exists() and User.objects.exclude(role="").count() == 2


def test_one_who_is_deactivated_does_not_count_as_another_administrator(olivia, bob):
    people.operations("bob")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(Refused, match="last administrator"):
        change(olivia, Role.AUDITOR, None)


# The page


def test_an_administrator_gives_a_role_on_the_page_of_the_person(olivia, bob):
    browser, address = people.browser(olivia), f"{USERS}/{bob.pk}/role/"
    assert "Change the role" in browser.get(f"{USERS}/{bob.pk}/change/").content.decode()
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"role": "auditor", "reason": ""}).status_code == 400
    assert browser.post(address, {"role": "king", "reason": "x"}).status_code == 400
    assert browser.post(address, {"role": "auditor", "reason": "On duty."}).status_code == 302
    bob.refresh_from_db()
    assert bob.role == "auditor"
    said = browser.post(f"{USERS}/{olivia.pk}/role/", {"role": "", "reason": "Enough."})
    assert said.status_code == 400 and "Nobody changes their own role" in said.content.decode()


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_nobody_below_gives_roles(role, bob):
    browser = people.operations_browser("olivia", role)
    assert "Change the role" not in browser.get(f"{USERS}/{bob.pk}/change/").content.decode()
    assert browser.get(f"{USERS}/{bob.pk}/role/").status_code == 403
    assert browser.post(f"{USERS}/{bob.pk}/role/", {"role": "auditor", "reason": "x"}).status_code == 403
    form = {"role": "administrator", "is_superuser": "on", "is_staff": "on"}
    assert browser.post(f"{USERS}/{bob.pk}/change/", form).status_code == 403
    bob.refresh_from_db()
    assert not bob.role


# The command


def test_the_first_operator_is_made_by_a_command(bob):
    assert "is now administrator" in command("Bob@example.test", "--role", "administrator")
    assert "was already administrator" in command(bob.principal, "--role", "administrator")
    event = Event.objects.get()
    assert event.name == "operations.role_changed" and event.actor_id == "" and event.person_id == str(bob.pk)
    assert people.browser(User.objects.get(pk=bob.pk)).get("/admin/").status_code == 200


def test_somebody_who_has_not_signed_in_yet_is_expected(db):
    principal = f"{people.CONTOSO}.{people.FABRIKAM}"
    command(principal, "--role", "auditor")
    found = User.objects.get(principal=principal)
    assert found.role == "auditor" and not found.has_usable_password()


def test_the_command_says_what_is_wrong(bob):
    erin = people.person("erin")
    User.objects.create_person(tenant_id=people.FABRIKAM, object_id=people.CONTOSO, principal_name="bob@example.test")
    wrong = {
        "nobody@example.test": "Nobody has signed in here as nobody@example.test",
        "bob@example.test": f"Several people have this user name.*{bob.principal}",
        erin.principal: "personal account",
        erin.principal_name: "personal account",
        "a.b": "Nobody has signed in here",
    }
    for said, answer in wrong.items():
        with pytest.raises(CommandError, match=answer):
            command(said, "--role", "auditor")
    with pytest.raises(CommandError, match="invalid choice"):
        command(bob.principal, "--role", "king")
    assert not Event.objects.exists() and not User.objects.exclude(role="").exists()


# The door


def test_people_without_a_role_are_told_so_and_strangers_sign_in_first(alice_browser, db):
    page = alice_browser.get("/admin/", follow=True)
    assert page.status_code == 403 and "You have no role in the operations" in page.content.decode()
    assert "/signin?" in Client().get("/admin/login/?next=/admin/events/event/")["Location"]
    assert alice_browser.get("/admin/password_change/", follow=True).status_code in {403, 404}


def test_reading_needs_a_sign_in_within_half_an_hour_and_acting_within_a_quarter(bob):
    now = int(time.time())
    reading = people.operations_browser("olivia", auth_time=now - 20 * 60)
    assert reading.get(f"{USERS}/{bob.pk}/change/").status_code == 200
    page = f"http://testserver{USERS}/{bob.pk}/role/"
    answer = reading.post(f"{USERS}/{bob.pk}/role/", {"role": "auditor", "reason": "x"}, HTTP_REFERER=page)
    assert answer["Location"].startswith("/signin?next=%2Fadmin%2Faccounts%2Fuser%2F")
    assert "reason=reauthenticate" in answer["Location"]
    assert "please repeat what you did" in reading.get("/admin/").content.decode()
    bob.refresh_from_db()
    assert not bob.role
    old = people.operations_browser("olivia", auth_time=now - 31 * 60)
    assert old.get("/admin/").status_code == 302


def test_opening_the_pages_is_an_event_once_for_each_sign_in(olivia):
    def opens(**said):
        browser = people.operations_browser("olivia", **said)
        session = browser.session
        del session[OPENED_KEY]
        session.save()
        return [browser.get(page).status_code for page in ("/admin/", f"{USERS}/")]

    assert opens() == [200, 200]
    event = Event.objects.get(name="operations.opened")
    assert event.actor_id == str(olivia.pk) and event.detail == {"role": "administrator"} and event.address
    opens(auth_time=int(time.time()) - 60)
    assert Event.objects.filter(name="operations.opened").count() == 2


# What each role may do


@pytest.fixture
def everything(alice, alice_browser, connected):
    return Authorization.objects.get(), factories.organization("contoso", alice)


ACTIONS = [
    ("authorizations/authorization", "revoke_selected", lambda a: a.pk),
    ("oauthapps/application", "disable_apps", lambda a: a.application_id),
    ("accounts/user", "deactivate_people", lambda a: a.person_id),
]


@pytest.mark.parametrize(("place", "action", "key"), ACTIONS)
def test_an_auditor_reads_and_cannot_act(everything, place, action, key):
    authorization, _ = everything
    auditor = people.operations_browser("olivia", "auditor")
    assert auditor.get(f"/admin/{place}/").status_code == 200
    assert auditor.get(f"/admin/{place}/{key(authorization)}/change/").status_code == 200
    auditor.post(f"/admin/{place}/", {"action": action, "_selected_action": [key(authorization)]})
    authorization.refresh_from_db()
    person, app = authorization.person, authorization.application
    assert authorization.revoked_at is None and person.is_active and app.disabled_at is None


def test_an_operator_acts_and_does_not_configure(everything, bob):
    authorization, organization = everything
    operator = people.operations_browser("olivia", "operator")
    app = f"/admin/oauthapps/application/{authorization.application_id}"
    assert operator.post(f"{app}/assign-owner/", {"person": bob.principal, "reason": "Left."}).status_code == 302
    assert bob.apps.exists()
    assert operator.post(f"{app}/change/", {"resource_server": "on"}).status_code == 403
    member = {"organization": organization.pk, "person": bob.pk, "access_level": "basic"}
    assert operator.post("/admin/accounts/membership/add/", member).status_code == 403
    place = f"/admin/accounts/organization/{organization.pk}"
    assert operator.post(f"{place}/change/", {"name": "Mine", "owner": bob.pk}).status_code == 403
    assert operator.get("/admin/authorizations/brownout/add/").status_code == 403
    assert operator.get("/admin/oauthapps/legacyexception/add/").status_code == 200
    assert not Membership.objects.filter(person=bob).exists()


def test_columns_of_a_role_are_written_together():
    assert columns("") == {"role": "", "is_staff": False, "is_superuser": False}


def test_the_frame_calls_olivia_by_her_name(db):
    olivia = people.operations()
    shown = people.operations_browser().get("/admin/").content.decode()
    assert str(olivia) in shown and olivia.principal not in shown
