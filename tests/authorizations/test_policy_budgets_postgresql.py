"""What the pages about policies cost on PostgreSQL: the same for one member and service and for many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import policy_changes
from accounts.models import Membership
from authorizations.models import Authorization, AuthorizationUsage, ServiceRuling
from tests import factories, people
from tests.authorizations.test_page_budgets_postgresql import cost, opened
from tests.conftest import missing

pytestmark = pytest.mark.django_db
BASE = "/contoso/_settings/policies"
NOW = timezone.now()
PAGES = {
    BASE: 13,
    f"{BASE}/third_party_access": 9,
    f"{BASE}/third_party_access/preview?value=false": 13,
    f"{BASE}/approved_services_only/preview?value=true": 13,
    f"{BASE}/high_privilege_approval/preview?value=true": 13,
    f"{BASE}/authorization_days/preview?value=30": 13,
    f"{BASE}/full_scope_tokens/preview?value=false": 12,
    f"{BASE}/token_creation/preview?value=none": 12,
}


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def consent(person, place, n):
    app = factories.app(name=f"Service {person.pk} {n}", scopes=["vso.code_full", "vso.work"]).app
    made = Authorization.objects.create(
        person=person, application=app, scopes=["vso.code_full"] if n % 2 else ["vso.work"],
        organizations=[str(place.pk)] if n % 3 else None, granted_at=NOW - timedelta(days=20 * n + 40),
    )  # fmt: skip
    opened(made, 2)
    AuthorizationUsage.objects.create(
        authorization=made, day=NOW.date(), facet="organization", value=str(place.pk), calls=3
    )
    ServiceRuling.objects.create(
        organization=place, application=app, decision="blocked" if n % 5 == 4 else "approved", decided_at=NOW
    )
    factories.personal_token(person, "user_impersonation" if n % 2 else "vso.code", name=f"Token {n}")


def change(place, by, value):
    place.refresh_from_db()
    policy_changes.set_policy(
        place, "token_days", value, by=by, why="So.", seen_version=place.policies_version, now=timezone.now()
    )


def test_the_pages_cost_the_same_for_one_and_for_many(alice, bob, charlie, dana):
    contoso = factories.organization("contoso", bob, alice)
    browser = people.browser(bob)
    consent(alice, contoso, 1)
    change(contoso, bob, 300)
    cost(browser, BASE)
    before = {address: cost(browser, address)[0] for address in PAGES}
    for person in (charlie, dana):
        Membership.objects.create(organization=contoso, person=person, access_level="stakeholder")
        for n in range(10):
            consent(person, contoso, n)
    for days in range(100, 110):
        change(contoso, bob, days)
    for address, most in PAGES.items():
        then, said = cost(browser, address)
        assert then == before[address] <= most, f"{address}: {before[address]}, then {then}:\n{said}"
