"""The preview of a policy is what is then refused: for random organizations, and through the real API."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import policies, policy_changes
from accounts.models import AccessLevel, Membership, Organization
from authorizations import selectors
from authorizations.models import (
    Authorization,
    AuthorizationUsage,
    Exclusion,
    PersonalAccessToken,
    ServiceRuling,
    ShutOut,
)
from authorizations.places import place_facts, with_ruling
from authorizations.policy import Facts, decide
from authorizations.services import impact
from oauthapps import scopes
from oauthapps.models import Application
from tests import factories, people

HELD = [
    ["vso.project"],
    ["vso.code_full", "vso.project"],
    ["openid"],
    ["user_impersonation"],
    ["vso.advsec"],
    ["vso.work_write"],
    # More than the preview looks through first, with the mighty one after them.
    ["vso.project", "vso.wiki", "vso.test", "vso.build", "vso.code", "vso.release", "vso.code_full"],
    ["openid", "vso.code", "vso.code_full"],
]
FLIPS = [
    ("third_party_access", False),
    ("approved_services_only", True),
    ("verified_publishers_only", True),
    ("high_privilege_approval", True),
    ("authorization_days", 30),
]
BACK = [
    ("third_party_access", True),
    ("approved_services_only", False),
    ("high_privilege_approval", False),
    ("authorization_days", None),
    ("authorization_days", 90),
]
LATER = timedelta(days=1)


def a_small_organization(seed, alice, bob, charlie, dana):
    pick, now = random.Random(seed), timezone.now()
    place = factories.organization(f"place{seed}", alice, bob, charlie)
    other = factories.organization(f"other{seed}", dana)
    for membership in Membership.objects.filter(organization=place):
        Membership.objects.filter(pk=membership.pk).update(access_level=pick.choice(AccessLevel.values))
    for n in range(6):
        held = pick.choice(HELD)
        app = factories.app(name=f"Service {seed}-{n}", scopes=held, redirect_uris=[f"https://s{n}.example/cb"]).app
        Application.objects.filter(pk=app.pk).update(
            verified_domain=pick.choice(["", "x.example"]), disabled_at=pick.choice([None, None, now])
        )
        if pick.random() < 0.4:  # asks for less, or for something else, than what people have given
            fewer = pick.choice([held[:1], ["vso.code"], []])
            Application.objects.filter(pk=app.pk).update(scopes=fewer, optional_scopes=pick.choice([[], ["vso.work"]]))
        if pick.random() < 0.6:
            ServiceRuling.objects.create(
                organization=place, application=app, decision=pick.choice(["approved", "approved", "blocked"]),
                scopes=pick.choice([None, ["vso.project"]]), decided_at=now,
                expires_at=pick.choice([None, now - LATER, now + LATER]),
            )  # fmt: skip
        for person in (alice, bob, charlie, dana):
            if pick.random() < 0.7:
                consent = Authorization.objects.create(
                    person=person, application=app, scopes=pick.choice([held, held, held[:1], held[-1:], held[:-1]]),
                    granted_at=now - timedelta(days=pick.choice([1, 60, 120])),
                    confirmed_at=pick.choice([None, now - timedelta(days=2)]),
                    organizations=pick.choice([None, None, [str(place.pk)], [str(other.pk)]]),
                    expires_at=pick.choice([None, now - LATER, now + LATER]),
                )  # fmt: skip
                if pick.random() < 0.15:
                    shut_out(place, consent, now)
    charlie.is_active = pick.random() < 0.8
    charlie.save()
    place.policies = {k: [[0, v]] for k, v in FLIPS if pick.random() < 0.25}
    place.save()
    return place


def shut_out(place, consent, now):
    app, person = consent.application, consent.person
    act = ShutOut.objects.create(
        reference=str(consent.pk)[:12], organization=place, application=app, app_name=app.name, at=now, people=1,
        connections=0, calls=0,
    )  # fmt: skip
    Exclusion.objects.create(organization=place, application=app, person=person, authorization=consent, act=act)


def usable(organization, now):
    """(membership, app): what the policy allows, asked person by person as a call asks it."""
    found = {}
    for held in Authorization.objects.select_related("application", "person"):
        mine = Membership.objects.select_related("organization").filter(organization=organization, person=held.person)
        membership = with_ruling(mine, held.application).first()
        if membership is None:
            continue
        membership.organization.policies = organization.policies
        included = held.organizations is None or str(organization.pk) in held.organizations
        place = place_facts(membership, held.application, included, now)
        facts = Facts(
            now, selectors.app_facts(held.application, None, now), now + LATER * 900, held.person.is_active,
            consent=selectors.consent_facts(held), place=place,
        )  # fmt: skip
        api = scopes.of_the_api(scopes.closure(held.scopes))
        key = (membership.pk, held.application_id)
        found[key] = {s for s in api if decide(frozenset({s}), facts).allowed}
    return found


@pytest.mark.parametrize("seed", range(20))
def test_the_preview_is_what_the_policy_refuses_after_the_flip(seed, alice, bob, charlie, dana):
    place, now = a_small_organization(seed, alice, bob, charlie, dana), timezone.now()
    before = usable(place, now)
    for key, value in [*FLIPS, *BACK]:
        after = usable(impact.candidate(place, {key: value}, now), now)
        refused = {pair for pair in before if before[pair] - after[pair]}
        said = impact.of(place, key, value, at=now)
        found = impact.affected(place, key, value, at=now)
        assert {(m, app) for app, members in found.pairs.items() for m in members} == refused, key
        assert found.people == said.people
        assert said.authorizations == len(refused) and said.people == len({m for m, _ in refused})
        assert said.services == len({app for _, app in refused}) == len(said.named)
        assert said.partly == len([p for p in refused if before[p] & after[p]])
        assert said.regained == len([p for p in before if after[p] - before[p] and p not in refused])


def call(tokens, slug="contoso"):
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)


@pytest.mark.parametrize(("key", "value"), [*FLIPS[:3], ("authorization_days", 30)])
def test_whom_the_preview_names_is_refused_by_the_api_and_nobody_else(alice, bob, key, value):
    place, now = factories.organization("contoso", alice, bob), timezone.now()
    old, verified = factories.app(name="Old"), factories.app(name="Verified", verified_domain="x.example")
    ServiceRuling.objects.create(organization=place, application=verified.app, decision="approved", decided_at=now)
    tokens = {
        (person.pk, app.app.pk): factories.connect(people.browser(person), app)
        for person in (alice, bob) for app in (old, verified)
    }  # fmt: skip
    Authorization.objects.filter(application=old.app).update(granted_at=now - timedelta(days=60), confirmed_at=None)
    assert {call(t).status_code for t in tokens.values()} == {200}
    said = impact.affected(place, key, value, at=timezone.now())
    policy_changes.set_policy(place, key, value, by=alice, why="Now.", seen_version=0, now=timezone.now())
    seats = dict(Membership.objects.filter(organization=place).values_list("person_id", "pk"))
    named = {(p, a) for p, a in tokens if seats[p] in said.pairs.get(a, ())}
    assert named == {pair for pair, t in tokens.items() if call(t).status_code == 403} and len(named) >= 2


def test_the_preview_counts_connections_and_the_calls_of_thirty_days_here(alice, bob, payroll):
    place, other = factories.organization("contoso", alice, bob), factories.organization("fabrikam", alice)
    factories.connect(people.browser(alice), payroll)
    factories.connect(people.browser(alice), payroll)
    today, held = timezone.now().date(), Authorization.objects.get()
    for days, value, calls in ((0, place, 7), (29, place, 3), (31, place, 100), (0, other, 1000)):
        AuthorizationUsage.objects.create(
            authorization=held, day=today - timedelta(days=days), facet="organization", value=str(value.pk), calls=calls
        )
    said = impact.of(place, "third_party_access", False, at=timezone.now())
    assert (said.people, said.services, said.connections, said.calls) == (1, 1, 2, 10)
    assert said.named[0].name == "Payroll" and said.named[0].wholly and not said.nothing
    back = impact.candidate(place, {"third_party_access": False}, timezone.now())
    again = impact.of(back, "third_party_access", True, at=timezone.now())
    assert again.nothing and (again.regained, again.regained_people) == (1, 1)


def test_a_service_that_keeps_something_is_counted_as_losing_a_part(alice):
    place = factories.organization("contoso", alice)
    app = factories.app(scopes=["vso.project", "vso.code_full"]).app
    Authorization.objects.create(
        person=alice, application=app, scopes=["vso.project", "vso.code_full"], granted_at=timezone.now()
    )
    said = impact.of(place, "high_privilege_approval", True, at=timezone.now())
    assert said.authorizations == said.partly == 1 and not said.named[0].wholly


def token(person, n, *, days=1, held=("vso.code",), place=None, used=None):
    now = timezone.now()
    return PersonalAccessToken.objects.create(
        person=person, name=f"t{n}", scopes=list(held), organization=place, digest=str(n), created_at=now,
        issued_at=now - timedelta(days=days), expires_at=now + LATER, last_used_at=used,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "refused"),
    [
        ("full_scope_tokens", False, {1}),
        ("all_organizations_tokens", False, {0, 1}),
        ("token_days", 30, {2}),
        ("token_idle_days", 20, {2, 3}),
        ("token_creation", "none", {0, 1, 2, 3, 4}),
        ("token_creation", "packaging", {0, 1, 2, 3}),
        ("token_creation", "listed", {3}),
        ("third_party_access", False, set()),
    ],
)
def test_the_preview_of_a_policy_about_tokens_is_what_is_then_refused(alice, bob, charlie, key, value, refused):
    place, now = factories.organization("contoso", alice, bob), timezone.now()
    Membership.objects.filter(person=alice, organization=place).update(may_make_tokens=True)
    made = [
        token(alice, 0),
        token(alice, 1, held=["user_impersonation"]),
        token(alice, 2, days=60, place=place),
        token(bob, 3, days=25, place=place),
        token(alice, 4, held=["vso.packaging"], place=place),
    ]
    token(charlie, 5)  # of a stranger
    said = impact.of(place, key, value, at=now)
    assert said.tokens == len(refused) and said.people == len({made[n].person_id for n in refused})
    if refused:
        holders = impact.affected(place, key, value, at=now).holders
        assert holders == Counter(made[n].person_id for n in refused)
    if said.creation_only:
        return  # it binds making alone: nothing that is there is refused
    place.policies = policies.with_value({}, key, value, begins=now, now=now)
    place.save()
    for n, one in enumerate(made):
        facts, _ = selectors.place(one.person, "contoso", one.organizations, None, now)
        allowed = decide(frozenset({one.scopes[0]}), selectors.personal_facts(one, now, facts)).allowed
        assert allowed is (n not in refused), n


TOKEN_FLIPS = [
    ("full_scope_tokens", False),
    ("full_scope_tokens", True),
    ("all_organizations_tokens", False),
    ("all_organizations_tokens", True),
    ("token_days", 30),
    ("token_days", 100),
    ("token_days", None),
    ("token_idle_days", 20),
    ("token_idle_days", None),
]


def usable_tokens(organization, now):
    """token: what the policy allows of it, asked token by token as a call asks it."""
    found = {}
    for one in PersonalAccessToken.objects.select_related("person"):
        mine = Membership.objects.select_related("organization").filter(organization=organization, person=one.person)
        membership = mine.first()
        if membership is None or one.organization_id not in (None, organization.pk):
            continue
        membership.organization.policies = organization.policies
        facts = selectors.personal_facts(one, now, place_facts(membership, None, True, now))
        api = scopes.of_the_api(scopes.closure(one.scopes))
        found[one] = {s for s in api if decide(frozenset({s}), facts).allowed}
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_preview_of_tokens_is_what_the_policy_refuses_after_the_flip(seed, alice, bob, charlie, dana):
    pick, now = random.Random(seed), timezone.now()
    place, other = factories.organization("contoso", alice, bob, charlie), factories.organization("fabrikam", dana)
    for membership in Membership.objects.filter(organization=place):
        Membership.objects.filter(pk=membership.pk).update(access_level=pick.choice(AccessLevel.values))
    for n in range(30):
        made = token(
            pick.choice([alice, bob, charlie, dana]), n, days=pick.choice([1, 25, 40, 120]),
            held=pick.choice(HELD), place=pick.choice([None, place, other]),
            used=now - timedelta(days=pick.choice([0, 10, 25, 50])) if n % 3 else None,
        )  # fmt: skip
        made.shut_out = pick.choice([[], [], [str(place.pk)], [str(other.pk)]])
        made.save()
    charlie.is_active = pick.random() < 0.8
    charlie.save()
    place.policies = {k: [[0, v]] for k, v in reversed(TOKEN_FLIPS) if pick.random() < 0.25}
    if pick.random() < 0.5:
        place.token_rules = [[(now - timedelta(days=30)).timestamp(), ["vso.code"]]]
    place.save()
    before = usable_tokens(place, now)
    for key, value in TOKEN_FLIPS:
        after = usable_tokens(impact.candidate(place, {key: value}, now), now)
        refused = [one for one in before if before[one] - after[one]]
        said = impact.of(place, key, value, at=now)
        assert said.tokens == len(refused), key
        assert impact.affected(place, key, value, at=now).holders == Counter(one.person_id for one in refused)
        gained = [one for one in before if after[one] - before[one] and one not in refused]
        assert (said.regained, said.regained_people) == (len(gained), len({one.person_id for one in gained}))


def test_what_a_revocation_rule_ended_already_is_no_part_of_the_preview(alice):
    place, now = factories.organization("contoso", alice), timezone.now()
    place.token_rules = [[(now - timedelta(days=10)).timestamp(), ["vso.code", "vso.code_write"]]]
    place.save()
    token(alice, 0, days=20)
    token(alice, 1, days=20, held=["vso.work"])
    token(alice, 2, days=5)
    token(alice, 3, days=20, held=["vso.code_write"])
    said = impact.of(place, "all_organizations_tokens", False, at=now)
    assert (said.tokens, said.people) == (2, 1)


def test_another_organization_is_no_part_of_the_preview(alice, charlie, payroll):
    place = factories.organization("contoso", alice)
    factories.organization("fabrikam", charlie)
    Authorization.objects.create(
        person=charlie, application=payroll.app, scopes=["vso.project"], granted_at=timezone.now()
    )
    assert impact.of(place, "third_party_access", False, at=timezone.now()).nothing
    assert Organization.objects.get(pk=place.pk).policies == {}
