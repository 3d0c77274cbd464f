"""Making, changing and ending personal access tokens: what their person may do, and what organizations say."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import policies
from accounts.models import Membership
from accounts.services import deactivate
from authorizations.events.models import Event
from authorizations.models import PersonalAccessToken
from authorizations.notifications.models import Notice
from authorizations.personal_rules import MOST_LIVE, Problem
from authorizations.services import personal_tokens
from authorizations.services.personal_tokens import Changes, TokenRefused
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", bob, alice)


def decided(organization, **values):
    """The organization's policies, from now on."""
    now = timezone.now()
    for key, value in values.items():
        organization.policies = policies.with_value(organization.policies, key, value, begins=now, now=now)
    organization.save()
    return organization


def refused(call, problem):
    with pytest.raises(TokenRefused) as refusal:
        call()
    assert refusal.value.problem is problem and str(refusal.value)
    return refusal.value


def make(person, *scopes, **said):
    return factories.personal_token(person, *scopes, **said)


def edit(token, **changes):
    return personal_tokens.edit(token, by=token.person, changes=Changes(**changes), now=timezone.now())


def regenerate(token, **more):
    return personal_tokens.regenerate(
        token, by=token.person, **({"replaces": token.version, "now": timezone.now()} | more)
    )


def events():
    return list(Event.objects.filter(name__startswith="personal_token.").order_by("id").values_list("name", flat=True))


def test_alice_makes_a_token_and_its_value_is_nowhere(alice, contoso):
    made = make(alice, "vso.work", place=contoso, name="  My   laptop ")
    token = PersonalAccessToken.objects.get()
    assert personal_tokens.find(made.value) == token and token.name == "My laptop" and token.scopes == ["vso.work"]
    assert made.value not in repr(made) + str(token) + str(vars(token))
    [event] = Event.objects.filter(name="personal_token.created")
    assert event.person_id == event.actor_id == str(alice.pk) and event.organization_id == str(contoso.pk)
    [notice] = Notice.objects.all()
    told = str(vars(event)) + str(vars(notice))
    assert made.value not in told and token.digest not in told and notice.kind == "personal_token.changed"


def test_only_the_fewest_permissions_are_kept(alice):
    assert make(alice, "vso.work", "vso.work_write", "vso.code").token.scopes == ["vso.code", "vso.work_write"]
    assert make(alice, "user_impersonation", "vso.code").token.scopes == ["user_impersonation"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"name": " "}, Problem.NAME_MISSING),
        ({"name": "x" * 101}, Problem.NAME_WRONG),
        ({"name": "a\x00b"}, Problem.NAME_WRONG),
        ({"name": "a\u202eb"}, Problem.NAME_WRONG),
        ({"expires_at": timezone.now() - DAY}, Problem.END_WRONG),
        ({"expires_at": timezone.now() + 366 * DAY}, Problem.END_WRONG),
    ],
)
def test_what_no_token_can_be(alice, said, problem):
    refused(lambda: make(alice, **said), problem)
    assert not PersonalAccessToken.objects.exists() and not events()


@pytest.mark.parametrize("scopes", [("openid",), ("vso.nothing",), ("vso.work", "email"), ("",)])
def test_permissions_that_no_token_can_have(alice, scopes):
    refused(lambda: make(alice, *scopes), Problem.SCOPE_WRONG)


def test_a_token_without_permissions_is_refused(alice):
    now = timezone.now()
    refused(
        lambda: personal_tokens.create(alice, name="x", scopes=[], organization=None, expires_at=now + DAY, now=now),
        Problem.SCOPE_WRONG,
    )


def test_a_token_is_for_organizations_that_the_person_belongs_to(charlie, contoso):
    refused(lambda: make(charlie, place=contoso), Problem.ORGANIZATION_WRONG)


def test_a_deactivated_person_makes_none(alice):
    deactivate(alice, by=None, reason="left", now=timezone.now())
    refused(lambda: make(alice), Problem.NOT_ALLOWED)


def test_the_number_of_tokens_in_force_is_limited(alice, monkeypatch):
    monkeypatch.setattr(personal_tokens, "MOST_LIVE", 2)
    first, _ = make(alice), make(alice)
    refused(lambda: make(alice), Problem.NOT_ALLOWED)
    personal_tokens.revoke(first.token, by=alice, now=timezone.now())
    assert make(alice) and MOST_LIVE == 200


# What an organization says, and a token that it refuses and one that it accepts.
POLICIES = [
    ({"token_creation": "none"}, Problem.CREATION_OFF, ["vso.packaging"], None),
    ({"token_creation": "listed"}, Problem.CREATION_OFF, ["vso.packaging"], None),
    ({"token_creation": "packaging"}, Problem.CREATION_OFF, ["vso.packaging", "vso.work"], ["vso.packaging_write"]),
    ({"token_creation": "listed_or_packaging"}, Problem.CREATION_OFF, ["vso.work"], ["vso.packaging"]),
    ({"full_scope_tokens": False}, Problem.FULL_SCOPE, ["user_impersonation"], ["vso.code_full"]),
]


@pytest.mark.parametrize(("said", "problem", "wrong", "right"), POLICIES, ids=[str(p[0]) for p in POLICIES])
def test_an_organization_limits_who_makes_which(alice, contoso, said, problem, wrong, right):
    decided(contoso, **said)
    refusal = refused(lambda: make(alice, *wrong, place=contoso), problem)
    assert refusal.organization == contoso and refusal.policy == next(iter(said))
    assert refused(lambda: make(alice, *wrong), problem).organization == contoso
    assert right is None or make(alice, *right, place=contoso)


@pytest.mark.parametrize("said", ["listed", "listed_or_packaging"])
def test_who_is_on_the_list_makes_any(alice, contoso, said):
    decided(contoso, token_creation=said)
    Membership.objects.filter(person=alice).update(may_make_tokens=True)
    assert make(alice, place=contoso)


@pytest.mark.parametrize("said", ["none", "packaging"])
def test_the_list_does_not_help_where_it_is_not_asked_for(alice, contoso, said):
    decided(contoso, token_creation=said)
    Membership.objects.filter(person=alice).update(may_make_tokens=True)
    refused(lambda: make(alice, place=contoso), Problem.CREATION_OFF)


def test_a_token_for_all_organizations_must_be_acceptable_in_each(alice, bob, contoso):
    fabrikam = factories.organization("fabrikam", alice)
    decided(contoso, all_organizations_tokens=False)
    assert refused(lambda: make(alice), Problem.EVERY_ORGANIZATION).organization == contoso
    assert make(alice, place=contoso) and make(alice, place=fabrikam)
    Membership.objects.filter(organization=contoso, person=alice).delete()
    assert make(alice)


def test_the_longest_life_is_counted_from_the_issue(alice, contoso):
    decided(contoso, token_days=7)
    refused(lambda: make(alice, place=contoso, expires_at=timezone.now() + 8 * DAY), Problem.TOO_LONG)
    now = timezone.now()
    made = make(alice, place=contoso, now=now, expires_at=now + 7 * DAY)
    refused(lambda: edit(made.token, expires_at=now + 7 * DAY + timedelta(seconds=1)), Problem.TOO_LONG)


def test_a_policy_that_begins_later_does_not_bind_yet(alice, contoso):
    now = timezone.now()
    contoso.policies = policies.with_value({}, "token_creation", "none", begins=now + DAY, now=now)
    contoso.save()
    assert make(alice, place=contoso)
    refused(lambda: make(alice, place=contoso, now=now + DAY, expires_at=now + 9 * DAY), Problem.CREATION_OFF)


def test_a_change_to_less_is_possible_whatever_the_policies_say(alice, contoso):
    made = make(alice, "vso.work_write", place=contoso)
    decided(contoso, token_creation="none", token_days=1)
    shorter = made.token.expires_at - 5 * DAY
    token = edit(made.token, name="Renamed", scopes=["vso.work"], expires_at=shorter)
    token.refresh_from_db()
    assert (token.name, token.scopes, token.expires_at) == ("Renamed", ["vso.work"], shorter)
    assert events() == ["personal_token.created", "personal_token.changed"]
    assert Notice.objects.count() == 1, "a token that can do less is nothing to be warned of"
    assert personal_tokens.find(made.value) == token


def test_a_token_for_all_becomes_one_for_the_organization_that_forbids_such(alice, contoso):
    made = make(alice)
    decided(contoso, all_organizations_tokens=False)
    assert edit(made.token, place=(contoso,)).organization == contoso
    refused(lambda: edit(made.token, place=(None,)), Problem.EVERY_ORGANIZATION)


@pytest.mark.parametrize("changes", [{"scopes": ["vso.work_full"]}, {"expires_at": timezone.now() + 40 * DAY}])
def test_a_change_to_more_is_held_to_the_policies_like_a_new_token(alice, contoso, changes):
    made = make(alice, "vso.work", place=contoso)
    decided(contoso, token_creation="none")
    refused(lambda: edit(made.token, **changes), Problem.CREATION_OFF)
    decided(contoso, token_creation="all")
    assert edit(made.token, **changes)
    assert Notice.objects.count() == 2


def test_a_change_of_nothing_is_no_event(alice, contoso):
    made = make(alice, "vso.work", place=contoso)
    edit(made.token, name=made.token.name, scopes=["vso.work"], place=(contoso,), expires_at=made.token.expires_at)
    assert events() == ["personal_token.created"]


def test_only_the_person_changes_it(alice, charlie):
    token = make(alice).token
    for call in (
        lambda: personal_tokens.edit(token, by=charlie, changes=Changes(name="x"), now=timezone.now()),
        lambda: personal_tokens.regenerate(token, by=charlie, replaces=token.version, now=timezone.now()),
    ):
        refused(call, Problem.NOT_THERE)


def test_a_new_value_ends_the_old_one_and_lives_as_long_again(alice, contoso):
    start = timezone.now() - 10 * DAY
    made = make(alice, place=contoso, now=start, expires_at=start + 30 * DAY)
    now = timezone.now()
    again = regenerate(made.token, now=now)
    assert personal_tokens.find(made.value) is None and personal_tokens.find(again.value) == made.token
    assert again.token.expires_at == now + 30 * DAY and again.token.created_at == start
    assert events()[-1] == "personal_token.regenerated"
    refused(lambda: regenerate(made.token, replaces=made.token.version), Problem.CHANGED)
    assert personal_tokens.find(again.value), "a reloaded page must not end a value that nobody saw end"


def test_a_new_value_is_held_to_the_policies(alice, contoso):
    made = make(alice, place=contoso)
    decided(contoso, token_days=5)
    refused(lambda: regenerate(made.token), Problem.TOO_LONG)
    now = timezone.now()
    assert regenerate(made.token, now=now, expires_at=now + 5 * DAY)
    decided(contoso, token_creation="none")
    made.token.refresh_from_db()
    refused(lambda: regenerate(made.token), Problem.CREATION_OFF)


def test_what_has_ended_stays_ended(alice):
    over, gone = make(alice), make(alice)
    PersonalAccessToken.objects.filter(pk=over.token.pk).update(expires_at=timezone.now())
    personal_tokens.revoke(gone.token, by=alice, now=timezone.now())
    for token in (over.token, gone.token):
        refused(lambda t=token: regenerate(t), Problem.NOT_THERE)
        refused(lambda t=token: edit(t, name="x"), Problem.NOT_THERE)


def test_revoking_twice_is_once(alice, contoso):
    token = make(alice, place=contoso).token
    assert personal_tokens.revoke(token, by=alice, now=timezone.now())
    assert not personal_tokens.revoke(token, by=alice, now=timezone.now())
    [event] = Event.objects.filter(name="personal_token.revoked")
    assert event.organization_id == str(contoso.pk) and event.detail == {"name": "Build script", "reason": "revoked"}
    assert Notice.objects.count() == 1, "who did it knows it"


def test_alice_is_told_when_somebody_else_revokes_hers(alice, bob):
    token = make(alice).token
    [ended] = personal_tokens.revoke_all([token.pk], by=bob, reason="administrator", now=timezone.now())
    assert ended.revoked_by_name == "Bob"
    assert Notice.objects.get(kind="personal_token.revoked").detail["by"] == "Bob"


def test_the_database_refuses_an_end_before_the_beginning(alice):
    token = make(alice).token
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonalAccessToken.objects.filter(pk=token.pk).update(expires_at=token.issued_at)
