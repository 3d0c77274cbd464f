"""Owners who act at once, and an app that ends while its tokens are being used, on a database that runs them at once."""

from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.models import Authorization, Connection
from authorizations.notifications.models import Notice
from authorizations.services import app_secrets, secret_reminders
from authorizations.services.app_retirement import delete_app
from authorizations.services.keys import ring
from oauthapps import services
from oauthapps.models import Application, ApplicationSecret
from oauthapps.services import invitations, owners
from tests import factories, people
from tests.authorizations.test_races_postgresql import alive, at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


@pytest.fixture
def app(dana, bob, payroll):
    payroll.app.owners.set([dana, bob])
    return payroll.app


def attempt(call):
    """The result, or the name of the refusal."""

    def run():
        try:
            return call()
        except (services.RegistrationRefused, invitations.InvitationOver) as refusal:
            return type(refusal).__name__

    return run


@pytest.mark.parametrize("turn", range(5))
def test_of_two_owners_who_leave_at_once_exactly_one_does(dana, bob, app, turn):
    now = timezone.now()
    done = at_once(*[attempt(lambda p=p: owners.leave(app, person=p, now=now)) for p in (dana, bob)])
    assert Counter(map(str, done)) == {"True": 1, "LastOwner": 1}
    assert app.owners.count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_two_owners_who_remove_each_other_leave_one(dana, bob, app, turn):
    now = timezone.now()
    pairs = ((dana, bob), (bob, dana))
    done = at_once(*[attempt(lambda a=a, b=b: owners.remove(app, a, by=b, now=now)) for a, b in pairs])
    assert sorted(map(str, done)) == ["False", "True"] and app.owners.count() == 1


def test_of_two_who_open_one_invitation_at_once_one_joins(dana, bob, alice, charlie, app):
    now = timezone.now()
    _, token = invitations.invite(app, by=dana, note="", now=now)
    guests = (alice, charlie)
    done = at_once(*[attempt(lambda p=p: invitations.accept(token, person=p, now=now)) for p in guests])
    assert Counter(map(str, done)) == {str(app): 1, "InvitationOver": 1} and app.owners.count() == 3


@pytest.mark.parametrize("turn", range(3))
def test_two_owners_who_regenerate_at_once_make_one_secret_and_end_one(dana, bob, app, turn):
    now, seen = timezone.now(), ApplicationSecret.objects.get().key_id
    regenerate = [
        attempt(lambda p=p: app_secrets.regenerate(app, slot="primary", by=p, now=now, replaces=seen).value)
        for p in (dana, bob)
    ]
    done = at_once(*regenerate)
    assert "SecretChanged" in done and ApplicationSecret.objects.count() == 2
    value = next(v for v in done if v != "SecretChanged")
    assert factories.TestApp(app, value).token(grant_type="client_credentials").status_code == 200


def test_two_owners_who_fill_the_empty_slot_at_once_make_one_secret(dana, bob, app):
    now = timezone.now()
    done = at_once(
        *[
            attempt(lambda p=p: app_secrets.regenerate(app, slot="alternative", by=p, now=now, replaces="").value)
            for p in (dana, bob)
        ]
    )
    assert done.count("SecretChanged") == 1 and ApplicationSecret.objects.filter(revoked_at=None).count() == 2


def test_workers_that_remind_at_once_tell_each_owner_once(dana, bob, app):
    end = ApplicationSecret.objects.get().expires_at
    now = end.replace(hour=0, minute=0, second=0) - timezone.timedelta(days=6)
    assert sum(at_once(*[lambda: secret_reminders.remind(now)] * 4)) == 1
    assert Notice.objects.filter(kind="secret.expiring").count() == 2
    assert sum(at_once(*[lambda: secret_reminders.close_expired(end)] * 4)) == 1
    assert Notice.objects.filter(kind="secret.expired").count() == 2


@pytest.mark.parametrize("turn", range(4))
def test_a_refresh_with_the_new_secret_that_races_the_end_of_the_old_survives_or_ends_as_a_whole(
    alice_browser, dana, app, payroll, turn
):
    tokens = factories.connect(alice_browser, payroll)
    made = app_secrets.regenerate(app, slot="alternative", by=dana, now=timezone.now(), replaces="")
    server, old = factories.TestApp(app, made.value), ApplicationSecret.objects.get(slot="primary").key_id
    (ended, _), answer = at_once(
        lambda: app_secrets.retire(app, slot="primary", by=dana, now=timezone.now(), replaces=old),
        lambda: server.refresh(tokens["refresh_token"]),
    )
    row = Connection.objects.get()
    if answer.status_code == 200:
        assert ended in {0, 1} and row.revoked_at is None and alive(answer.json()["access_token"])
        assert server.refresh(answer.json()["refresh_token"]).status_code == 200
    else:
        assert ended == 1 and row.revoked_at is not None and not alive(tokens["access_token"])


@pytest.mark.parametrize("turn", range(4))
def test_nothing_survives_a_deletion_that_races_refreshes_and_an_exchange(
    alice_browser, bob, dana, app, payroll, resource_server, turn
):
    tokens = factories.connect(alice_browser, payroll)
    code = factories.approve(people.browser(bob), payroll)
    stopped, *answers = at_once(
        lambda: delete_app(app, by=dana, now=timezone.now()),
        *[lambda: payroll.refresh(tokens["refresh_token"])] * 3,
        lambda: payroll.exchange(code),
    )
    assert stopped.people == 2
    assert {a.status_code for a in answers} <= {200, 400, 401}
    for body in [tokens, *(a.json() for a in answers if a.status_code == 200)]:
        assert not alive(body["access_token"])
        assert resource_server.introspect(body["access_token"]) == {"active": False}
        assert payroll.refresh(body["refresh_token"]).status_code == 401
    assert not Authorization.objects.filter(revoked_at=None).exists()
    assert not Connection.objects.filter(revoked_at=None, authorization__revoked_at=None).exists()


@pytest.mark.parametrize("turn", range(4))
def test_an_approval_that_races_the_deletion_never_stands(alice_browser, dana, app, payroll, turn):
    page = alice_browser.get(payroll.request())
    _, answer = at_once(
        lambda: delete_app(app, by=dana, now=timezone.now()),
        lambda: factories.decide(alice_browser, page, "/oauth2/v2.0/authorize"),
    )
    assert answer.status_code in {302, 400}
    assert not Authorization.objects.filter(revoked_at=None).exists()
    if answer.status_code == 302:
        assert payroll.exchange(factories.answer_of(answer)["code"]).status_code == 401


def test_of_two_owners_who_delete_at_once_one_does(dana, bob, app):
    now = timezone.now()
    done = at_once(*[attempt(lambda p=p: delete_app(app, by=p, now=now).people) for p in (dana, bob)])
    assert Counter(map(str, done)) == {"0": 1, "RegistrationRefused": 1}
    assert Application.objects.get(pk=app.pk).deleted_at == now
