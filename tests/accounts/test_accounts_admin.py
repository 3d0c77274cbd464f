"""Organizations and members in the admin: through the same services, with the same rules and events."""

import pytest

from accounts.models import Membership, Organization
from accounts.services.members import Rights
from authorizations.events.models import Event
from tests import people
from tests.accounts.organizations import is_member, rights, text

A = "/admin/accounts"
INLINE = {
    f"previews-{name}_FORMS": value for name, value in (("TOTAL", 0), ("INITIAL", 0), ("MIN_NUM", 0), ("MAX_NUM", 9))
}


@pytest.fixture
def operations(db):
    return people.operations_browser("olivia")


def kinds():
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def test_operations_make_rename_and_hand_over_an_organization(operations, alice, bob):
    form = {"name": "Contoso", "slug": "Contoso", "owner": str(alice.pk)} | INLINE
    assert operations.post(f"{A}/organization/add/", form).status_code == 302
    made = Organization.objects.get()
    assert made.slug == "contoso" and rights(made, alice).administrator
    Membership.objects.create(organization=made, person=bob)
    change = f"{A}/organization/{made.pk}/change/"
    assert operations.post(change, form | {"name": "New name", "owner": str(bob.pk)}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.owner) == ("New name", bob)
    assert kinds() == ["organization.created", "organization.changed", "organization.owner_changed"]


def test_what_a_service_refuses_is_said_and_not_saved(operations, alice, charlie, contoso):
    form = {"name": "Renamed", "owner": str(charlie.pk)} | INLINE
    answer = operations.post(f"{A}/organization/{contoso.pk}/change/", form, follow=True)
    assert "Only another member who can sign in" in text(answer)
    contoso.refresh_from_db()
    assert (contoso.name, contoso.owner) == ("Contoso", alice) and not kinds()
    answer = operations.post(
        f"{A}/organization/add/", {"name": "X1", "slug": "admin", "owner": str(alice.pk)} | INLINE, follow=True
    )
    assert "belongs to this portal" in text(answer) and Organization.objects.count() == 1


def test_members_are_added_changed_and_removed_with_an_event_each(operations, charlie, contoso):
    form = {"organization": str(contoso.pk), "person": str(charlie.pk), "access_level": "basic"}
    operations.post(f"{A}/membership/add/", form)
    made = Membership.objects.get(organization=contoso, person=charlie)
    operations.post(f"{A}/membership/{made.pk}/change/", {"access_level": "stakeholder", "reviewer": "on"})
    assert rights(contoso, charlie) == Rights("stakeholder", reviewer=True)
    operations.post(f"{A}/membership/{made.pk}/delete/", {"post": "yes"})
    assert not is_member(contoso, charlie)
    assert kinds() == ["member.added", "member.changed", "member.removed"]


def test_the_owner_is_not_removed_in_the_admin_either(operations, alice, contoso, bob):
    owner, other = (Membership.objects.get(organization=contoso, person=p) for p in (alice, bob))
    assert operations.post(f"{A}/membership/{owner.pk}/delete/", {"post": "yes"}).status_code == 302
    form = {"action": "delete_selected", "_selected_action": [owner.pk, other.pk], "post": "yes"}
    operations.post(f"{A}/membership/", form)
    assert is_member(contoso, alice) and not is_member(contoso, bob)


def test_organizations_and_projects_are_not_deleted_there(operations, contoso):
    assert operations.post(f"{A}/organization/{contoso.pk}/delete/", {"post": "yes"}).status_code == 403
    project = contoso.projects.get()
    assert operations.post(f"{A}/project/{project.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operations.get(f"{A}/project/{project.pk}/change/").status_code == 200
