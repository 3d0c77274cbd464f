"""Personal access tokens under hands that act at once, on a database that runs them at once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import PersonalAccessToken
from authorizations.notifications.models import Notice
from authorizations.services import personal_endings, personal_expiry, personal_tokens, reminding
from authorizations.services.personal_tokens import Changes, TokenRefused
from tests import factories
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)
WHOAMI = "/_apis/connectionData"


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def attempt(call):
    """The result, or the code of the refusal."""

    def run():
        try:
            return call()
        except TokenRefused as refusal:
            return str(refusal.problem)

    return run


def status(value):
    return Client().get(WHOAMI, **factories.basic(value)).status_code


@pytest.mark.parametrize("turn", range(3))
def test_of_two_who_make_the_last_possible_token_one_does(alice, monkeypatch, turn):
    monkeypatch.setattr(personal_tokens, "MOST_LIVE", 3)
    factories.personal_token(alice)
    done = at_once(*[attempt(lambda: factories.personal_token(alice).value)] * 6)
    assert done.count("accessDenied") == 4 and PersonalAccessToken.objects.count() == 3
    assert all(status(v) == 200 for v in done if v != "accessDenied")


@pytest.mark.parametrize("turn", range(4))
def test_two_new_values_at_once_end_in_one_and_it_works(alice, turn):
    made = factories.personal_token(alice)

    def again():
        now = timezone.now()
        return personal_tokens.regenerate(made.token, by=alice, replaces=made.token.version, now=now).value

    done = at_once(*[attempt(again)] * 3)
    assert Counter(v == "failedToUpdateAccessToken" for v in done) == {True: 2, False: 1}
    [value] = [v for v in done if v != "failedToUpdateAccessToken"]
    assert status(value) == 200 and status(made.value) == 401


@pytest.mark.parametrize("turn", range(4))
def test_uses_that_race_a_new_value_are_refused_from_its_commit_on(alice, turn):
    made = factories.personal_token(alice)
    again, *statuses = at_once(
        lambda: personal_tokens.regenerate(made.token, by=alice, replaces=made.token.version, now=timezone.now()),
        *[lambda: status(made.value)] * 5,
    )
    assert set(statuses) <= {200, 401}
    assert status(made.value) == 401 and status(again.value) == 200


@pytest.mark.parametrize("turn", range(3))
def test_ended_by_several_at_once_it_ends_once(alice, bob, turn):
    made = factories.personal_token(alice)
    done = at_once(
        lambda: personal_tokens.revoke(made.token, by=alice, now=timezone.now()),
        lambda: personal_tokens.revoke(made.token, by=bob, reason="administrator", now=timezone.now()),
        lambda: personal_endings.report_leaked([made.value], now=timezone.now()),
        lambda: personal_endings.report_leaked([made.value], now=timezone.now()),
    )
    assert sum(bool(d) for d in done) == 1
    assert Event.objects.filter(name__in=["personal_token.revoked", "personal_token.leaked"]).count() == 1


@pytest.mark.parametrize("turn", range(4))
def test_a_new_value_that_races_a_revocation_never_outlives_it(alice, turn):
    made = factories.personal_token(alice)
    again, revoked = at_once(
        attempt(
            lambda: (
                personal_tokens.regenerate(made.token, by=alice, replaces=made.token.version, now=timezone.now()).value
            )
        ),
        lambda: personal_tokens.revoke(made.token, by=alice, now=timezone.now()),
    )
    assert revoked and status(made.value) == 401
    assert again == "authorizationNotFound" or status(again) == 401


def test_a_leak_of_the_old_value_that_races_a_new_one_ends_the_right_thing(alice):
    """Reported is the old value: it ends with the new one's commit, or the whole token ends with the report."""
    made = factories.personal_token(alice)
    again, leaked = at_once(
        attempt(
            lambda: (
                personal_tokens.regenerate(made.token, by=alice, replaces=made.token.version, now=timezone.now()).value
            )
        ),
        lambda: personal_endings.report_leaked([made.value], now=timezone.now()),
    )
    assert status(made.value) == 401
    if leaked == 0:
        assert status(again) == 200


def test_changes_at_once_do_not_undo_each_other(alice):
    made = factories.personal_token(alice, "vso.work_full")
    now = timezone.now()
    at_once(
        lambda: personal_tokens.edit(made.token, by=alice, changes=Changes(name="Renamed"), now=now),
        lambda: personal_tokens.edit(made.token, by=alice, changes=Changes(scopes=["vso.work"]), now=now),
        lambda: personal_tokens.edit(
            made.token, by=alice, changes=Changes(expires_at=now + timedelta(days=3)), now=now
        ),
    )
    token = PersonalAccessToken.objects.get()
    assert (token.name, token.scopes, token.expires_at) == ("Renamed", ["vso.work"], now + timedelta(days=3))


def test_workers_at_once_tell_and_close_each_token_once(alice):
    now = timezone.now()
    for _ in range(6):
        factories.personal_token(alice, now=now - timedelta(days=20), expires_at=now + timedelta(days=5))

    def remind():
        return sum(reminding.tell_new(drafts, now=now) for drafts in personal_expiry.expiring(now))

    at_once(*[remind] * 4)
    assert Notice.objects.filter(kind="personal_token.expiring").count() == 6
    later = now + timedelta(days=6)
    assert sum(at_once(*[lambda: personal_expiry.expire(now=later, limit=3)] * 4)) == 6
    assert Notice.objects.filter(kind="personal_token.ended").count() == 6
    assert Event.objects.filter(name="personal_token.expired").count() == 6
