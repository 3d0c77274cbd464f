"""Administrators, invited people and makers who act at once, on a database that runs them at once."""

from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, Organization, OrganizationInvitation, User
from accounts.services import invitations, members, organizations
from accounts.services.members import Rights
from accounts.services.standing import Refused, administrators
from tests import factories, people
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


@pytest.fixture
def contoso(alice, bob, charlie):
    """Alice owns it and cannot sign in; Bob and Charlie administer."""
    made = factories.organization("contoso", alice, bob, charlie)
    Membership.objects.filter(organization=made).update(administrator=True)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    return made


def attempt(call):
    """The result, or the name of the refusal."""

    def run():
        try:
            return call()
        except (Refused, invitations.InvitationOver) as refusal:
            return type(refusal).__name__

    return run


@pytest.mark.parametrize("turn", range(3))
def test_of_two_last_administrators_who_leave_at_once_one_stays(bob, charlie, contoso, turn):
    now = timezone.now()
    done = at_once(*[attempt(lambda p=p: members.leave(contoso, p, now=now)) for p in (bob, charlie)])
    assert Counter(map(str, done)) == {"True": 1, "LastAdministrator": 1}
    assert administrators(contoso).count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_two_who_demote_each_other_leave_one(bob, charlie, contoso, turn):
    now, was = timezone.now(), Rights("basic", administrator=True)
    done = at_once(
        *[
            attempt(lambda a=a, b=b: members.change(contoso, a, Rights("basic"), was=was, by=b, now=now))
            for a, b in ((bob, charlie), (charlie, bob))
        ]
    )
    assert Counter(map(str, done)) == {"True": 1, "NoRight": 1}
    assert administrators(contoso).count() == 1


def test_of_two_who_open_one_invitation_at_once_one_joins(bob, dana, contoso):
    now, guests = timezone.now(), [dana, people.person("erin")]
    _, link = invitations.invite(contoso, email="x@example.test", level="basic", project_ids=[], by=bob, now=now)
    value = link.rsplit("/", 1)[1]
    done = at_once(*[attempt(lambda p=p: invitations.accept(value, person=p, now=now) and "joined") for p in guests])
    assert Counter(done) == {"joined": 1, "InvitationOver": 1}
    assert contoso.memberships.count() == 4


def test_one_address_is_invited_once(bob, charlie, contoso):
    now = timezone.now()
    said = {"email": "x@example.test", "level": "basic", "project_ids": [], "now": now}
    done = at_once(*[attempt(lambda p=p: invitations.invite(contoso, by=p, **said) and "ok") for p in (bob, charlie)])
    assert Counter(done) == {"ok": 1, "Refused": 1} and OrganizationInvitation.objects.count() == 1


def test_one_address_name_is_taken_once(bob, charlie):
    now = timezone.now()
    done = at_once(
        *[
            attempt(lambda p=p: organizations.create(name="New", slug="new-one", owner=p, by=p, now=now) and "made")
            for p in (bob, charlie)
        ]
    )
    assert Counter(done) == {"made": 1, "Refused": 1} and Organization.objects.count() == 1


def test_handing_over_and_removing_at_once_leave_an_owner_who_is_a_member(alice, bob, charlie, contoso):
    User.objects.filter(pk=alice.pk).update(is_active=True)
    now = timezone.now()
    at_once(
        attempt(lambda: organizations.transfer(contoso, bob, by=alice, now=now)),
        attempt(lambda: members.remove(contoso, bob, by=charlie, now=now)),
    )
    contoso.refresh_from_db()
    assert Membership.objects.filter(organization=contoso, person=contoso.owner).exists()
