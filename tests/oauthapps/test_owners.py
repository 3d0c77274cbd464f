"""Several people own an app: they are invited, join, leave, hand over, and never is it left without an owner."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import deactivate
from authorizations.events.models import Event
from authorizations.notifications.models import Notice
from authorizations.notifications.texts import words
from oauthapps.models import OwnerInvitation
from oauthapps.services import invitations, owners
from oauthapps.services.registration import RegistrationRefused

NOW = timezone.now()


@pytest.fixture
def app(dana, payroll):
    payroll.app.owners.add(dana)
    return payroll.app


def invited(app, by, **more):
    return invitations.invite(app, by=by, note="Bob", now=NOW, **more)[1]


def said(person):
    return [words(n).title for n in Notice.objects.filter(person=person).order_by("created_at")]


def test_bob_joins_with_the_link_and_every_owner_is_told(dana, bob, app):
    token = invited(app, dana)
    assert invitations.accept(token, person=bob, now=NOW) == app
    assert set(app.owners.all()) == {dana, bob}
    assert said(dana) == said(bob) == ["Bob is now an owner of Payroll"]
    event = Event.objects.get(name="owner.added")
    assert (event.actor_name, event.person_name) == ("Dana", "Bob")


def test_a_link_is_good_once(dana, bob, charlie, app):
    token = invited(app, dana)
    invitations.accept(token, person=bob, now=NOW)
    with pytest.raises(invitations.InvitationOver):
        invitations.accept(token, person=charlie, now=NOW)
    assert charlie not in app.owners.all()


def test_a_link_ends_after_seven_days_to_the_instant(dana, bob, app):
    token = invited(app, dana)
    invitations.find(token, NOW + timedelta(days=7) - timedelta(microseconds=1))
    with pytest.raises(invitations.InvitationOver):
        invitations.accept(token, person=bob, now=NOW + timedelta(days=7))


def test_a_withdrawn_link_is_good_no_more(dana, bob, app):
    token = invited(app, dana)
    invitation = OwnerInvitation.objects.get()
    assert invitations.revoke(invitation, by=dana, now=NOW) and not invitations.revoke(invitation, by=dana, now=NOW)
    with pytest.raises(invitations.InvitationOver):
        invitations.accept(token, person=bob, now=NOW)


@pytest.mark.parametrize("how", ["left", "removed", "deactivated"])
def test_what_somebody_invited_ends_with_their_ownership(dana, bob, charlie, app, how):
    app.owners.add(bob)
    token = invited(app, bob)
    if how == "left":
        owners.leave(app, person=bob, now=NOW)
    elif how == "removed":
        owners.remove(app, bob, by=dana, now=NOW)
    else:
        deactivate(bob, by=None, reason="left", now=NOW)
    with pytest.raises(invitations.InvitationOver):
        invitations.accept(token, person=charlie, now=NOW)


def test_the_link_is_kept_as_a_digest_and_stands_in_no_event(dana, app):
    token = invited(app, dana)
    kept = "\n".join(str(row) for row in [*OwnerInvitation.objects.values(), *Event.objects.values()])
    assert token not in kept


def test_who_is_an_owner_already_keeps_the_link_for_somebody_else(dana, bob, app):
    token = invited(app, dana)
    with pytest.raises(RegistrationRefused, match="already"):
        invitations.accept(token, person=dana, now=NOW)
    assert invitations.accept(token, person=bob, now=NOW)


def test_handing_over_makes_the_other_the_owner_and_ends_mine(dana, bob, app):
    token = invited(app, dana, hands_over=True)
    invitations.accept(token, person=bob, now=NOW)
    assert list(app.owners.all()) == [bob]
    assert said(dana) == said(bob) == ["Bob took over Payroll from Dana"]


def test_the_last_owner_cannot_leave(dana, app):
    with pytest.raises(owners.LastOwner):
        owners.leave(app, person=dana, now=NOW)
    assert list(app.owners.all()) == [dana]


def test_an_owner_who_is_deactivated_does_not_count_as_one(dana, bob, app):
    app.owners.add(bob)
    deactivate(bob, by=None, reason="left", now=NOW)
    with pytest.raises(owners.LastOwner):
        owners.leave(app, person=dana, now=NOW)
    assert owners.remove(app, bob, by=dana, now=NOW)


def test_a_removed_owner_is_told_and_the_others_too(dana, bob, app):
    app.owners.add(bob)
    assert owners.remove(app, bob, by=dana, now=NOW)
    assert said(dana) == said(bob) == ["Dana removed Bob from the owners of Payroll"]
    assert words(Notice.objects.get(person=bob)).action is None


def test_a_stranger_removes_nobody(dana, bob, charlie, app):
    app.owners.add(bob)
    assert not owners.remove(app, dana, by=charlie, now=NOW)
    assert not owners.remove(app, charlie, by=dana, now=NOW)
    assert app.owners.count() == 2


def test_operations_give_an_orphan_an_owner_with_a_reason(dana, bob, charlie, app):
    with pytest.raises(RegistrationRefused, match="Say why"):
        owners.assign(app, bob, by=charlie, reason=" ", now=NOW)
    assert owners.assign(app, bob, by=charlie, reason="Dana left the company", now=NOW)
    assert Event.objects.get(name="owner.added").detail == {"what": "assigned", "reason": "Dana left the company"}
    assert said(bob) == ["Operations made Bob an owner of Payroll"]
    assert not owners.assign(app, bob, by=charlie, reason="again", now=NOW)


def test_there_is_a_bound_to_open_invitations(dana, app):
    for _ in range(invitations.MOST_OPEN):
        invited(app, dana)
    with pytest.raises(RegistrationRefused, match="Withdraw one"):
        invited(app, dana)
