"""What the pages about personal tokens of members cost on PostgreSQL: the same for one and for many. And at once."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Membership
from authorizations.events.models import Event
from authorizations.models import PersonalAccessToken
from authorizations.services import revocation_rules, token_administration
from tests import factories, people
from tests.authorizations.test_page_budgets_postgresql import cost
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/contoso/_settings/tokens"


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def test_the_pages_cost_the_same_for_one_and_for_many(alice, bob, charlie, dana):
    contoso = factories.organization("contoso", bob, alice)
    browser = people.browser(bob)
    first = factories.personal_token(alice, name="Token").token.pk
    pages = {
        BASE: 14,
        f"{BASE}?show=unused&q=a": 14,
        f"{BASE}/end?token={first}": 12,
        f"{BASE}/rules": 12,
        f"{BASE}/rules/new?preview=1&everything=1&why=x": 13,
    }
    revocation_rules.make(contoso, ["vso.code"], by=bob, now=timezone.now())
    before = {address: cost(browser, address)[0] for address in pages}
    for person in (charlie, dana):
        Membership.objects.create(organization=contoso, person=person, access_level="basic")
        for n in range(8):
            factories.personal_token(person, name=f"Token {n}")
    for _ in range(5):
        revocation_rules.make(contoso, ["vso.build"], by=bob, now=timezone.now())
    ids = "&".join(f"token={pk}" for pk in PersonalAccessToken.objects.values_list("pk", flat=True))
    for address, most in pages.items():
        asked = f"{address}&{ids}" if "/end" in address else address
        then, said = cost(browser, asked)
        assert then == before[address] <= most, f"{address}: {before[address]}, then {then}:\n{said}"


@pytest.mark.parametrize("turn", range(3))
def test_of_many_who_end_the_same_tokens_one_does(alice, bob, turn):
    contoso = factories.organization("contoso", bob, alice)
    ids = [factories.personal_token(alice, place=place).token.pk for place in (None, None, contoso)]

    def end():
        return token_administration.end_tokens(contoso, ids, why="stolen", by=bob, now=timezone.now()).number

    assert sorted(at_once(end, end, end)) == [0, 0, 3]
    assert Event.objects.filter(name="personal_token.revoked").count() == 3


@pytest.mark.parametrize("turn", range(3))
def test_two_organizations_at_once_both_shut_a_token_out(alice, bob, turn):
    places = [factories.organization(slug, bob, alice) for slug in ("contoso", "fabrikam")]
    token = factories.personal_token(alice).token.pk

    def ending(place):
        return lambda: token_administration.end_tokens(place, [token], why="x", by=bob, now=timezone.now()).number

    assert at_once(*[ending(place) for place in places]) == [1, 1]
    assert set(PersonalAccessToken.objects.get(pk=token).shut_out) == {str(place.pk) for place in places}
